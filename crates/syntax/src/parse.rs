//! A text and its tree, kept together through edits.

use crate::ast::Ast;
use crate::comments::Hidden;
use crate::span::Span;

/// Longest text that is parsed, in bytes. Of a longer one the tree is empty, and all of it an error.
pub const MAX_BYTES: usize = 64 << 20;

/// Most continued lines (`\\`) in a row that hold nothing else. At each of them the parser looks at all that follow, so
/// that a text of nothing else would take minutes.
const MAX_EMPTY_CONTINUATIONS: usize = 100;

/// A text with its syntax tree. An edit re-parses what it touches only.
pub struct Parse {
    text: String,
    tree: Option<tree_sitter::Tree>,
    ast: Ast,
}

impl Parse {
    /// Parses `text`. Never fails: what is no Python is marked as an error in the tree.
    #[must_use]
    pub fn new(text: String) -> Self {
        let mut parse = Self {
            text,
            tree: None,
            ast: Ast::default(),
        };
        parse.run(None);
        parse
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Replaces `span` by `replacement` and re-parses incrementally.
    /// Returns false, and changes nothing, when the range does not lie on characters of the text.
    pub fn edit(&mut self, span: Span, replacement: &str) -> bool {
        if span.start > span.end || self.text.get(span.range()).is_none() {
            return false;
        }
        let start = span.start as usize;
        let start_position = point(&self.text, start);
        let old_end_position = point(&self.text, span.end as usize);
        self.text.replace_range(span.range(), replacement);
        let new_end_byte = start + replacement.len();
        let mut old = self.tree.take();
        if let Some(tree) = &mut old {
            tree.edit(&tree_sitter::InputEdit {
                start_byte: start,
                old_end_byte: span.end as usize,
                new_end_byte,
                start_position,
                old_end_position,
                new_end_position: point(&self.text, new_end_byte),
            });
        }
        self.run(old.as_ref());
        true
    }

    fn run(&mut self, old: Option<&tree_sitter::Tree>) {
        self.tree = None;
        if !is_parsed(&self.text) {
            self.ast = Ast::unparsed(&self.text);
            return;
        }
        let Some(mut hidden) = Hidden::in_text(&self.text, &[]) else {
            self.tree = parse(self.text.as_bytes(), old);
            self.ast = lower(self.tree.as_ref(), &self.text);
            return;
        };
        // What is hidden may change with any edit: no tree is kept to go on from.
        self.ast = lower(parse(&hidden.text, None).as_ref(), &self.text);
        let strings = self.ast.strings();
        match Hidden::in_text(&self.text, &strings) {
            Some(fewer) if fewer.comments.len() == hidden.comments.len() => {}
            Some(fewer) => {
                hidden = fewer;
                self.ast = lower(parse(&hidden.text, None).as_ref(), &self.text);
            }
            None => {
                self.ast = lower(parse(self.text.as_bytes(), None).as_ref(), &self.text);
                return;
            }
        }
        self.ast.add_comments(hidden.comments);
    }
}

fn parse(text: &[u8], old: Option<&tree_sitter::Tree>) -> Option<tree_sitter::Tree> {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
    parser.set_language(&language).ok()?;
    parser.parse(text, old)
}

fn lower(tree: Option<&tree_sitter::Tree>, text: &str) -> Ast {
    tree.map_or_else(|| Ast::unparsed(text), |tree| Ast::lower(tree, text))
}

/// True for a text that can be parsed in reasonable time.
fn is_parsed(text: &str) -> bool {
    let mut run = 0;
    text.len() <= MAX_BYTES
        && text.split_inclusive('\n').all(|line| {
            let is_empty_continuation = line.trim_ascii() == "\\";
            run = if is_empty_continuation { run + 1 } else { 0 };
            run <= MAX_EMPTY_CONTINUATIONS
        })
}

/// Row and column (bytes) of a byte offset, as tree-sitter counts them.
fn point(text: &str, offset: usize) -> tree_sitter::Point {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let row = before.iter().filter(|&&byte| byte == b'\n').count();
    let line = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |newline| newline + 1);
    tree_sitter::Point::new(row, offset - line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function with a long run of comments in it, and a string whose lines look like comments.
    fn commented(lines: usize) -> String {
        let comments: String = (0..lines)
            .map(|line| format!("{}# größe {line}\r\n", " ".repeat(line % 9)))
            .collect();
        format!(
            "def f():\n    x = 1\n    # first\n{comments}\n    return f\"\"\"\n{comments}# {{x}}\n{}\n\"\"\"\n# last\n",
            "# \n".repeat(lines)
        )
    }

    #[test]
    fn hidden_comments_change_no_node_and_are_not_lost() {
        let text = commented(700);
        let hidden = Parse::new(text.clone());
        let plain = lower(parse(text.as_bytes(), None).as_ref(), &text);
        let nodes = |ast: &Ast| -> Vec<_> {
            ast.ids()
                .map(|id| (ast.kind(id), ast.span(id), ast.depth(id)))
                .collect()
        };
        assert!(Hidden::in_text(&text, &[]).is_some());
        assert_eq!(nodes(hidden.ast()), nodes(&plain));
        assert_eq!(hidden.ast().comments(), plain.comments());
        assert_eq!(hidden.ast().errors(), plain.errors());
        assert_eq!(plain.comments().len(), 702);
    }

    #[test]
    fn edits_show_and_hide_comments() {
        let text = commented(210);
        let mut parse = Parse::new(text.clone());
        let start = u32::try_from(text.find("# größe 3\r").unwrap()).unwrap();
        for (length, replacement) in [(1, "y = 2 #"), (5, ""), (0, "# "), (40, "")] {
            assert!(parse.edit(Span::new(start, start + length), replacement));
            let fresh = Parse::new(parse.text().to_owned());
            assert_eq!(parse.ast().comments(), fresh.ast().comments());
            assert_eq!(parse.ast().len(), fresh.ast().len());
        }
    }
}
