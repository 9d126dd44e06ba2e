//! An edited tree is the tree of the edited text.

#![allow(clippy::expect_used, reason = "a missing fixture ends the test")]

use std::path::Path;

use unblocked_syntax::{Ast, Parse, Span};

/// Random numbers, the same in every run: a multiplicative congruential generator with a xorshifted output.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)) >> 17;
        usize::try_from(mixed).unwrap_or(0) % limit.max(1)
    }

    fn offset(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// What people type, and what upsets a parser.
const TYPED: &[&str] = &[
    "",
    "x",
    "é",
    "日本",
    "📦",
    " ",
    "    ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n    ",
    "\n\n\n",
    "\\\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "\"\"\"",
    "'''",
    "f'",
    "f'{",
    "}'",
    ":",
    ",",
    ".",
    "=",
    "@",
    "#",
    "# note\n",
    "def f():\n",
    "class A:\n",
    "async ",
    "await ",
    "if x:\n    ",
    "else:\n",
    "return ",
    "lambda: ",
    "for x in y:\n",
    "x = 1\n",
    "with ",
    "try:\n",
    "except A, e:\n",
    "print x\n",
    "`",
    "\0",
    "\x0c",
    "\u{feff}",
    "match x:\n    case 1:\n        pass\n",
    "*",
    "**",
    "->",
    ":=",
    "import os\n",
    "from . import x\n",
];

fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/realistic");
    let read =
        |path: &str| std::fs::read_to_string(root.join(path)).expect("the fixtures are there");
    let views = read("newsroom/views.py");
    vec![
        read("shop/views.py"),
        read("newsroom/models.py"),
        views.replace('\n', "\r\n"),
        views.replace("    ", "\t"),
        format!("\u{feff}# größe 日本 📦\n{}", read("shop/services.py")),
        String::new(),
    ]
}

/// The trees are the same, node by node.
#[track_caller]
fn assert_same(edited: &Ast, fresh: &Ast, text: &str, step: usize) {
    let at = |ast: &Ast, id| {
        (
            ast.kind(id),
            ast.field(id),
            ast.span(id),
            ast.is_async(id),
            ast.has_error(id),
            ast.depth(id),
            ast.parent(id),
            ast.after(id),
        )
    };
    for (a, b) in edited.ids().zip(fresh.ids()) {
        assert_eq!(at(edited, a), at(fresh, b), "step {step} of {text:?}");
    }
    assert_eq!(edited.len(), fresh.len(), "step {step}");
    assert_eq!(edited.comments(), fresh.comments(), "step {step}");
    assert_eq!(edited.errors(), fresh.errors(), "step {step}");
}

#[test]
fn an_edited_tree_is_the_tree_of_the_edited_text() {
    for (seed, source) in sources().into_iter().enumerate() {
        let mut random = Random(seed as u64 * 7919 + 1);
        let mut parse = Parse::new(source.clone());
        let mut expected = source.clone();
        for step in 0..420 {
            // Damage adds up: begin anew now and then.
            if step % 35 == 0 {
                parse = Parse::new(source.clone());
                expected.clone_from(&source);
            }
            let start = random.offset(&expected);
            let mut end = start;
            if random.below(2) == 0 {
                end = (start + random.below(40)).min(expected.len());
                while !expected.is_char_boundary(end) {
                    end += 1;
                }
            }
            let typed = TYPED[random.below(TYPED.len())];
            expected.replace_range(start..end, typed);
            let span = Span::new(start.try_into().unwrap(), end.try_into().unwrap());
            assert!(parse.edit(span, typed));
            assert_eq!(parse.text(), expected);
            let fresh = Parse::new(expected.clone());
            assert_same(parse.ast(), fresh.ast(), &expected, step);
        }
    }
}

#[test]
fn an_edit_that_does_not_fit_changes_nothing() {
    let mut parse = Parse::new("x = 'é'\n".to_owned());
    let nodes = parse.ast().len();
    for (start, end) in [(6, 6), (7, 5), (0, 99), (u32::MAX, u32::MAX), (3, 6)] {
        assert!(!parse.edit(Span::new(start, end), "y"), "{start}..{end}");
    }
    assert_eq!(parse.text(), "x = 'é'\n");
    assert_eq!(parse.ast().len(), nodes);
}
