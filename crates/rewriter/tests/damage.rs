//! Realistic code with random damage: what a project looks like while somebody types.

mod common;

use common::{Random, check, check_edits, long_file, realistic, uses};
use unblocked_rewriter::{Options, Report, Workspace, migrate};

/// What is typed into the damaged places.
const TYPED: &[&str] = &[
    "x",
    "é",
    "📦",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n    ",
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
    "f'{",
    ":",
    ",",
    ".",
    "=",
    "@",
    "# note\n",
    "def f():\n",
    "async ",
    "await ",
    "if x:\n    ",
    "else:\n",
    "return ",
    "lambda: ",
    "for x in y:\n",
    "with ",
    "try:\n",
    "print x\n",
    "`",
    "\0",
    "\x0c",
    "\u{feff}",
    "*",
    ":=",
    "import os\n",
    "; ",
    "Product.objects.get(pk=1)",
    "requests.get(url)",
    "request.user",
    "[p for p in Article.objects.all()]",
];

/// Words, numbers, runs of white space and single signs.
fn tokens(text: &str) -> Vec<std::ops::Range<usize>> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        ' ' | '\t' => 1,
        _ => 2,
    };
    let mut tokens: Vec<std::ops::Range<usize>> = Vec::new();
    let mut last = 2;
    for (at, c) in text.char_indices() {
        let kind = class(c);
        match tokens.last_mut() {
            Some(token) if kind == last && kind != 2 => token.end = at + c.len_utf8(),
            _ => tokens.push(at..at + c.len_utf8()),
        }
        last = kind;
    }
    tokens
}

/// Deletes, repeats, inserts or swaps a token.
fn damage(text: &mut String, random: &mut Random) {
    let tokens = tokens(text);
    let token = random.pick(&tokens).clone();
    match random.below(5) {
        0 | 1 => text.replace_range(token, ""),
        2 => {
            let again = text[token.clone()].to_owned();
            text.insert_str(token.end, &again);
        }
        3 => text.insert_str(token.start, random.pick::<&str>(TYPED)),
        _ => text.replace_range(token, random.pick::<&str>(TYPED)),
    }
}

fn migrate_all(files: &[(String, String)], options: &Options) -> Report {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    migrate(&workspace, options)
}

/// What holds for any project: the edits make the texts, and a second run changes nothing.
#[track_caller]
fn check_project(files: &[(String, String)], options: &Options, what: &str) {
    let report = migrate_all(files, options);
    for (file, (path, text)) in report.files.iter().zip(files) {
        assert_eq!(&file.path, path);
        check_edits(text, file);
    }
    let after: Vec<(String, String)> = report
        .files
        .into_iter()
        .map(|file| (file.path, file.after))
        .collect();
    for (again, (path, text)) in migrate_all(&after, options).files.iter().zip(&after) {
        let edit = again.edits.first();
        assert!(
            again.after == *text,
            "{what}: a second run changes {path}: {edit:?} near {:?}",
            edit.map(|edit| {
                let bytes = text.as_bytes();
                let around =
                    edit.range.start.saturating_sub(200)..(edit.range.end + 100).min(bytes.len());
                String::from_utf8_lossy(&bytes[around]).into_owned()
            })
        );
    }
}

#[test]
fn the_fixtures_themselves() {
    for options in uses() {
        check_project(&realistic(), &options, "undamaged");
    }
}

#[test]
fn damaged_tokens() {
    let project: Vec<_> = realistic()
        .into_iter()
        .filter(|(path, _)| path.starts_with("shop"))
        .collect();
    let mut random = Random::new(7);
    for round in 0..60 {
        let mut files = project.clone();
        for _ in 0..=random.below(4) {
            let file = random.below(files.len());
            if !files[file].1.is_empty() {
                damage(&mut files[file].1, &mut random);
            }
        }
        let options = &uses()[round % 2];
        check_project(&files, options, &format!("round {round}"));
    }
}

#[test]
fn heavily_damaged_files() {
    let mut random = Random::new(11);
    let text = long_file();
    for round in 0..60 {
        let mut damaged = text.clone();
        for _ in 0..=random.below(60) {
            damage(&mut damaged, &mut random);
        }
        check(&damaged, &uses()[round % 2]);
    }
}

#[test]
fn texts_that_stop_anywhere() {
    for (round, (_, text)) in realistic().into_iter().enumerate() {
        for end in (0..text.len())
            .step_by(97)
            .filter(|&at| text.is_char_boundary(at))
        {
            check(&text[..end], &uses()[(round + end) % 2]);
        }
    }
}

#[test]
fn texts_that_begin_anywhere() {
    let text = long_file();
    for start in (0..text.len())
        .step_by(197)
        .filter(|&at| text.is_char_boundary(at))
    {
        check(&text[start..], &uses()[start % 2]);
    }
}

#[test]
fn edits_of_a_workspace_are_the_whole_text_anew() {
    let mut random = Random::new(3);
    let mut text = long_file();
    let mut workspace = Workspace::new();
    workspace.set_file("views.py", &text);
    for _ in 0..60 {
        let (a, b) = (random.offset(&text), random.offset(&text));
        let (start, end) = if a.abs_diff(b) < 50 {
            (a.min(b), a.max(b))
        } else {
            (a, a)
        };
        let typed = random.pick(TYPED);
        text.replace_range(start..end, typed);
        assert!(workspace.edit_file("views.py", start, end, typed));
        let mut fresh = Workspace::new();
        fresh.set_file("views.py", &text);
        let options = Options::for_paste();
        assert_eq!(migrate(&workspace, &options), migrate(&fresh, &options));
    }
}
