//! Everything that the engine makes of a text, as text: built natively and for WebAssembly, both have to say the same.

use std::fmt::Write;
use unblocked_rewriter::{Options, Workspace, migrate};
use unblocked_syntax::{Parse, Span};
use wasm_bindgen::prelude::wasm_bindgen;

/// Syntax tree and migration of `text` and of some variants of it, one fact per line.
#[wasm_bindgen]
#[must_use]
pub fn dump(path: &str, text: &str) -> String {
    let mut out = String::new();
    for (name, variant) in variants(text) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "=== {name}");
        let mut parse = Parse::new(variant.clone());
        dump_tree(&mut out, &parse);
        let _ = writeln!(out, "--- after an edit");
        let middle = Span {
            start: boundary(&variant, variant.len() / 2),
            end: boundary(&variant, variant.len() * 2 / 3),
        };
        parse.edit(middle, "(π := [x async for x in y])\n");
        dump_tree(&mut out, &parse);
        for options in [Options::default(), Options::for_paste()] {
            let _ = writeln!(out, "--- migrated with {options:?}");
            let mut workspace = Workspace::new();
            workspace.set_file(path, &variant);
            let report = serde_json::to_string_pretty(&migrate(&workspace, &options));
            let _ = writeln!(out, "{}", report.unwrap_or_else(|error| error.to_string()));
        }
    }
    out
}

/// The text as it is, with Windows' line ends behind a byte order mark, and broken off in the middle.
fn variants(text: &str) -> [(&'static str, String); 3] {
    let half = boundary(text, text.len() / 2) as usize;
    [
        ("as it is", text.to_owned()),
        (
            "for Windows",
            format!("\u{feff}# 🐍\n{text}").replace('\n', "\r\n"),
        ),
        (
            "broken off",
            text.get(..half).unwrap_or_default().to_owned(),
        ),
    ]
}

fn dump_tree(out: &mut String, parse: &Parse) {
    let ast = parse.ast();
    for id in ast.ids() {
        let (span, kind) = (ast.span(id), ast.kind(id));
        let _ = writeln!(
            out,
            "{}..{} {} {kind:?} {:?}",
            span.start,
            span.end,
            ast.depth(id),
            ast.field(id)
        );
    }
    let _ = writeln!(
        out,
        "comments {:?} errors {:?}",
        ast.comments(),
        ast.errors()
    );
}

/// The nearest offset, at or before `offset`, where a character starts.
fn boundary(text: &str, offset: usize) -> u32 {
    let found = (0..=offset)
        .rev()
        .find(|&offset| text.is_char_boundary(offset));
    u32::try_from(found.unwrap_or_default()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_shows_what_differs() {
        let dump = dump("a.py", "x = 1\n");
        assert!(dump.contains("0..5"), "{dump}");
        assert!(dump.contains("=== broken off"), "{dump}");
        assert_ne!(dump, super::dump("a.py", "x = 2.0\n"));
    }
}
