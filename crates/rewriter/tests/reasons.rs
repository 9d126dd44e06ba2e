//! The page of reasons holds what the engine says of each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise ends the test"
)]

use std::fmt::Write as _;

use unblocked_rewriter::{Because, Options, UserDecision, WhyInTurn, Workspace, migrate};

const PAGE: &str = include_str!("../../../docs/reasons.md");

type Row = (&'static str, &'static str, &'static str);

fn table(rows: &[Row]) -> String {
    let mut text = String::from("| name | what it means | what to do |\n|---|---|---|\n");
    for (name, meaning, to_do) in rows {
        writeln!(text, "| `{name}` | {meaning} | {to_do} |").unwrap();
    }
    text
}

fn of_functions() -> Vec<Row> {
    let row = |one: Because| (one.as_str(), one.meaning(), one.what_to_do());
    Because::ALL.map(row).to_vec()
}

fn of_waits() -> Vec<Row> {
    let row = |one: WhyInTurn| (one.as_str(), one.meaning(), one.what_to_do());
    WhyInTurn::ALL.map(row).to_vec()
}

/// The rows under a heading, with the head of the table.
fn under(heading: &str) -> String {
    let (_, from) = PAGE.split_once(&format!("## {heading}\n")).unwrap();
    let section = from.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_page_says_of_every_reason_what_the_engine_says() {
    // What is missing or stale there is what this prints as expected.
    assert_eq!(under("Functions"), table(&of_functions()));
    assert_eq!(under("Waits that follow each other"), table(&of_waits()));
}

#[test]
fn every_reason_is_a_name_with_sentences() {
    for (name, meaning, to_do) in of_functions().into_iter().chain(of_waits()) {
        let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(name.chars().all(is_kebab), "{name}");
        for sentence in [meaning, to_do] {
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
            assert!(!sentence.contains('|'), "{name}: {sentence}");
        }
    }
}

/// Why that was decided for `function` of a paste.
fn because_with(text: &str, function: &str, options: &Options) -> Because {
    let mut workspace = Workspace::new();
    workspace.set_file("views.py", text);
    let report = migrate(&workspace, options);
    let functions = report.files.iter().flat_map(|file| &file.functions);
    let found = functions.into_iter().find(|one| one.name == function);
    found
        .unwrap_or_else(|| panic!("{function} in {report:#?}"))
        .because
}

fn because(text: &str, function: &str) -> Because {
    because_with(text, function, &Options::for_paste())
}

#[test]
fn what_keeps_a_view_synchronous_is_named_for_what_it_is() {
    let view = "def view(request):\n";
    let fetch = "    return HttpResponse(requests.get('https://api.example.com/x').text)\n";
    let head = "import requests\nfrom django.http import HttpResponse\n";
    let cases = [
        (
            format!("{head}from acme import traced\n\n@traced\n{view}{fetch}"),
            Because::SyncDecorator,
        ),
        (
            format!("{head}{view}    data = (1 +)\n{fetch}"),
            Because::SyntaxError,
        ),
        (
            format!(
                "{head}{view}    load = lambda: requests.get('https://api.example.com/x').text\n    yielded = sorted([1], key=lambda _: load())\n    return HttpResponse(load())\n"
            ),
            Because::AwaitPosition,
        ),
        (
            format!(
                "{head}\ndef items():\n    value = yield requests.get('https://api.example.com/x').text\n    yield value\n\n{view}    return HttpResponse(next(items()))\n"
            ),
            Because::Generator,
        ),
        (
            format!(
                "{head}asyncio = 1\n{view}    import smtplib\n    smtplib.SMTP('mail.example.com').noop()\n    return HttpResponse(asyncio)\n"
            ),
            Because::NameTaken,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(because(&text, "view"), expected, "{text}");
    }
}

#[test]
fn what_keeps_a_class_synchronous_is_named_for_what_it_is() {
    let head =
        "import requests\nfrom django.http import HttpResponse\nfrom django.views import View\n\n";
    let get = "    def get(self, request):\n        return HttpResponse(requests.get('https://api.example.com/x').text)\n";
    let cases = [
        (
            format!("{head}from .base import Base\n\nclass Page(Base, View):\n{get}"),
            Because::NotAtHand,
        ),
        (
            format!("{head}class Page(View):\n    post = make()\n\n{get}"),
            Because::ClassForm,
        ),
        (
            format!(
                "{head}from rest_framework.views import APIView\n\nclass Page(APIView):\n{get}"
            ),
            Because::LibraryCalls,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(because(&text, "Page.get"), expected, "{text}");
    }
}

#[test]
fn what_was_decided_is_named_so() {
    let text = "import requests\nfrom django.http import HttpResponse\n\ndef view(request):\n    return HttpResponse(requests.get('https://api.example.com/x').text)\n";
    let leave = UserDecision {
        function: Some("view".to_owned()),
        ..UserDecision::new(unblocked_rewriter::Choice::Leave)
    };
    let options = Options {
        decisions: vec![leave],
        ..Options::for_paste()
    };
    assert_eq!(because_with(text, "view", &options), Because::Decided);
}
