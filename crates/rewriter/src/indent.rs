//! Indentation, as a file has it.

use unblocked_syntax::{Ast, Kind};

/// The white space that a line starts with.
pub(crate) fn indentation(line: &str) -> &str {
    let rest = line.trim_start_matches([' ', '\t', '\x0c', '\u{feff}']);
    line.get(..line.len() - rest.len())
        .unwrap_or_default()
        .trim_start_matches('\u{feff}')
}

/// One level of indentation, as the file has it.
pub(crate) fn indent_unit(ast: &Ast, source: &str) -> String {
    ast.ids()
        .filter(|&id| ast.kind(id) == Kind::Block)
        .find_map(|block| {
            let indentation = |node| {
                let before = source.get(..ast.span(node).start as usize)?;
                before.rsplit('\n').next().map(indentation)
            };
            let first = ast.first_child(block)?;
            let outer = ast.statement(ast.parent(block)?)?;
            let unit = indentation(first)?.strip_prefix(indentation(outer)?)?;
            (!unit.is_empty()).then(|| unit.to_owned())
        })
        .unwrap_or_else(|| "    ".to_owned())
}
