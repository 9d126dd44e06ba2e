//! A file's text as an editor has it, and what the editor leaves out: line ends and byte order mark.

use serde::{Deserialize, Serialize};
use unblocked_rewriter::Edit;
use unblocked_wasm::Utf16Index;

/// A replaced range of a text, in UTF-16 code units of the text before the whole set of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// First code unit.
    pub(crate) from: usize,
    /// One past the last code unit.
    pub(crate) to: usize,
    /// What takes its place, with `\n` as line end.
    pub(crate) insert: String,
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum LineEnd {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
}

impl LineEnd {
    /// The characters themselves.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// What a text had that an editor's document does not have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Whether a byte order mark stood first.
    pub(crate) bom: bool,
    /// The line end of new lines: the commonest one.
    pub(crate) end: LineEnd,
    /// The end of each line, when they are not all the same.
    mixed: Option<Vec<LineEnd>>,
}

/// Splits a file's raw text into an editor's document and what that leaves out.
pub(crate) fn take_apart(raw: &str) -> (String, Origin) {
    let (bom, raw) = match raw.strip_prefix('\u{feff}') {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let mut text = String::with_capacity(raw.len());
    let mut ends = Vec::new();
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        let end = match character {
            '\n' => LineEnd::Lf,
            '\r' if characters.next_if_eq(&'\n').is_some() => LineEnd::CrLf,
            '\r' => LineEnd::Cr,
            other => {
                text.push(other);
                continue;
            }
        };
        text.push('\n');
        ends.push(end);
    }
    let count = |end| ends.iter().filter(|other| **other == end).count();
    // The last of equals wins: a file without line ends gets `\n`.
    let end = [LineEnd::Cr, LineEnd::CrLf, LineEnd::Lf]
        .into_iter()
        .max_by_key(|end| count(*end))
        .unwrap_or_default();
    let mixed = (count(end) != ends.len()).then_some(ends);
    (text, Origin { bom, end, mixed })
}

impl Origin {
    /// Whether the lines end in different ways.
    pub(crate) fn is_mixed(&self) -> bool {
        self.mixed.is_some()
    }

    /// What is worth knowing of it.
    pub(crate) fn describe(&self) -> Vec<String> {
        let end = match (self.is_mixed(), self.end) {
            (true, _) => Some("mixed line ends"),
            (_, LineEnd::CrLf) => Some("CRLF"),
            (_, LineEnd::Cr) => Some("CR"),
            (_, LineEnd::Lf) => None,
        };
        let bom = self.bom.then_some("BOM");
        end.into_iter().chain(bom).map(str::to_owned).collect()
    }

    /// The file's raw text again, from the document.
    pub(crate) fn put_together(&self, text: &str) -> String {
        let mut raw = String::with_capacity(text.len() + 3);
        if self.bom {
            raw.push('\u{feff}');
        }
        let mut lines = 0;
        for piece in text.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(line) => {
                    raw.push_str(line);
                    raw.push_str(self.end_of(lines).as_str());
                    lines += 1;
                }
                None => raw.push_str(piece),
            }
        }
        raw
    }

    /// The same for a text whose lines nothing is known of.
    pub(crate) fn uniform(&self) -> Self {
        Self {
            mixed: None,
            ..*self
        }
    }

    fn end_of(&self, line: usize) -> LineEnd {
        self.mixed
            .as_ref()
            .and_then(|ends| ends.get(line).copied())
            .unwrap_or(self.end)
    }

    /// The origin of the text which `changes` make of `text`: kept lines keep their ends.
    fn changed<'change>(
        &self,
        text: &str,
        changes: impl Iterator<Item = (usize, usize, &'change str)>,
    ) -> Self {
        let Some(ends) = &self.mixed else {
            return self.clone();
        };
        let newlines = |part: Option<&str>| part.unwrap_or_default().matches('\n').count();
        let mut kept = Vec::with_capacity(ends.len());
        let (mut at, mut line) = (0, 0);
        for (start, end, insert) in changes {
            let before = newlines(text.get(at..start));
            kept.extend((line..line + before).map(|line| self.end_of(line)));
            kept.extend(std::iter::repeat_n(self.end, newlines(Some(insert))));
            line += before + newlines(text.get(start..end));
            at = end;
        }
        let rest = newlines(text.get(at..));
        kept.extend((line..line + rest).map(|line| self.end_of(line)));
        Self {
            mixed: Some(kept),
            ..*self
        }
    }

    /// The origin of what the engine makes of `text`.
    pub(crate) fn after(&self, text: &str, edits: &[Edit]) -> Self {
        if self.mixed.is_none() {
            return self.clone();
        }
        let index = Utf16Index::new(text);
        let byte = |unit| index.to_byte(unit).unwrap_or(text.len());
        self.changed(
            text,
            edits.iter().map(|edit| {
                (
                    byte(edit.range.start),
                    byte(edit.range.end),
                    edit.text.as_str(),
                )
            }),
        )
    }
}

/// Applies an editor's changes, which are disjoint and in order, to `text`. `None` when they do not fit it.
pub(crate) fn apply(text: &str, origin: &Origin, changes: &[Change]) -> Option<(String, Origin)> {
    let index = Utf16Index::new(text);
    let mut bytes = Vec::with_capacity(changes.len());
    for change in changes {
        bytes.push((
            index.to_byte(change.from)?,
            index.to_byte(change.to)?,
            change.insert.as_str(),
        ));
    }
    let inserted: usize = changes.iter().map(|change| change.insert.len()).sum();
    let mut result = String::with_capacity(text.len() + inserted);
    let mut at = 0;
    for (start, end, insert) in &bytes {
        result.push_str(text.get(at..*start)?);
        result.push_str(insert);
        at = *end.max(start);
    }
    result.push_str(text.get(at..)?);
    let origin = origin.changed(text, bytes.into_iter());
    Some((result, origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: usize, to: usize, insert: &str) -> Change {
        Change {
            from,
            to,
            insert: insert.to_owned(),
        }
    }

    #[test]
    fn any_text_comes_back_as_it_was() {
        for raw in [
            "",
            "a",
            "a\nb\n",
            "a\r\nb\r\n",
            "\u{feff}a\r\nb",
            "a\rb\r",
            "a\nb\r\nc\rd\r\r\n\n",
            "\u{feff}",
            "\r\n\u{feff}x\n",
        ] {
            let (text, origin) = take_apart(raw);
            assert!(!text.contains('\r'), "{raw:?}");
            assert_eq!(origin.put_together(&text), raw);
        }
    }

    #[test]
    fn new_lines_end_as_most_lines_do() {
        let (text, origin) = take_apart("a\r\nb\r\nc\n");
        assert_eq!((origin.end, origin.is_mixed()), (LineEnd::CrLf, true));
        let (text, origin) = apply(&text, &origin, &[change(2, 2, "new\n")]).unwrap();
        assert_eq!(origin.put_together(&text), "a\r\nnew\r\nb\r\nc\n");
    }

    #[test]
    fn kept_lines_keep_their_ends() {
        let (text, origin) = take_apart("a\nb\r\nc\nd\re\n");
        let (text, origin) = apply(&text, &origin, &[change(2, 4, ""), change(6, 7, "D")]).unwrap();
        assert_eq!(origin.put_together(&text), "a\nc\nD\re\n");
    }

    #[test]
    fn what_the_engine_makes_of_a_text_ends_as_the_text_does() {
        let (text, origin) = take_apart("def view(request):\r\n    pass\n");
        let edits = [Edit {
            range: unblocked_rewriter::Range { start: 0, end: 0 },
            text: "import asyncio\n\nasync ".to_owned(),
        }];
        let after = "import asyncio\n\nasync def view(request):\n    pass\n";
        assert_eq!(
            origin.after(&text, &edits).put_together(after),
            "import asyncio\n\nasync def view(request):\r\n    pass\n"
        );
    }

    #[test]
    fn changes_count_code_units_of_the_text_before_all_of_them() {
        let origin = Origin::default();
        let changes = [change(0, 2, "box"), change(3, 4, ""), change(5, 5, "!")];
        let (text, _) = apply("📦 é x", &origin, &changes).unwrap();
        assert_eq!(text, "box  !x");
    }

    #[test]
    fn changes_that_do_not_fit_are_refused() {
        let origin = Origin::default();
        assert_eq!(apply("abc", &origin, &[change(2, 9, "")]), None);
        assert_eq!(apply("📦", &origin, &[change(1, 1, "x")]), None);
        assert_eq!(
            apply("abc", &origin, &[change(2, 3, ""), change(0, 1, "")]),
            None
        );
    }
}
