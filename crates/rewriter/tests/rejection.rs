//! Whatever is rejected, what comes out is right: nothing waits in async code, nothing awaits outside of it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise ends the test"
)]

mod common;

use std::path::Path;

use unblocked_rewriter::{
    Applicability, Choice, FileReport, Finding, FindingState, HttpClient, Options, Report,
    Severity, UserDecision, Workspace, migrate, rules,
};
use unblocked_syntax::{Field, Kind, NodeId, Parse};

type Files = Vec<(String, String)>;

/// A set of files, and the options that they are migrated with.
struct Case {
    name: String,
    files: Files,
    options: Options,
}

impl Case {
    fn run(&self, decisions: &[UserDecision]) -> Report {
        let options = Options {
            decisions: decisions.to_vec(),
            ..self.options.clone()
        };
        migrate_all(&self.files, &options)
    }
}

fn migrate_all(files: &Files, options: &Options) -> Report {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    migrate(&workspace, options)
}

/// The realistic apps, the guide's examples and those of every rule.
fn cases() -> Vec<Case> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut cases = Vec::new();
    let realistic = common::realistic();
    for app in ["newsroom", "shop"] {
        for client in [HttpClient::Aiohttp, HttpClient::Httpx] {
            let files = realistic.iter().filter(|(path, _)| path.starts_with(app));
            cases.push(Case {
                name: format!("{app} {client:?}"),
                files: files.cloned().collect(),
                options: Options {
                    http_client: client,
                    ..Options::default()
                },
            });
        }
    }
    let mut texts: Vec<(String, String, HttpClient)> = Vec::new();
    for entry in std::fs::read_dir(fixtures.join("guide")).unwrap() {
        let path = entry.unwrap().path().join("before.py");
        let text = std::fs::read_to_string(&path).unwrap();
        texts.push((path.display().to_string(), text, HttpClient::Aiohttp));
    }
    for rule in rules() {
        for example in rule.examples {
            texts.push((rule.name.clone(), example.before, example.http_client));
        }
    }
    assert!(texts.len() > 30);
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    cases.extend(texts.into_iter().map(|(name, text, client)| Case {
        name,
        files: vec![("views.py".to_owned(), text)],
        options: Options {
            http_client: client,
            ..Options::for_paste()
        },
    }));
    cases
}

fn about(file: &FileReport, finding: &Finding) -> UserDecision {
    UserDecision {
        file: Some(file.path.clone()),
        function: finding.function.clone(),
        rule: Some(finding.rule.clone()),
        fingerprint: Some(finding.fingerprint.clone()),
        ..UserDecision::new(Choice::Reject)
    }
}

fn by_rule(rule: &str) -> UserDecision {
    UserDecision {
        rule: Some(rule.to_owned()),
        ..UserDecision::new(Choice::Reject)
    }
}

fn rejectable(report: &Report) -> Vec<UserDecision> {
    let of_file = |file: &FileReport| {
        let all = file
            .findings
            .iter()
            .filter(|finding| finding.state == FindingState::Applied);
        all.map(|finding| about(file, finding)).collect::<Vec<_>>()
    };
    report.files.iter().flat_map(of_file).collect()
}

/// What holds of an answer whatever was decided.
#[track_caller]
fn check(case: &Case, decisions: &[UserDecision]) -> Report {
    let report = case.run(decisions);
    let told = || format!("{}: {decisions:#?}", case.name);
    assert_eq!(report.stale, [], "{}", told());
    for file in &report.files {
        let before = case.files.iter().find(|(path, _)| *path == file.path);
        common::check_edits(&before.unwrap().1, file);
        check_decided(file, decisions);
        check_awaits(file, &told());
    }
    // Sync functions stay as they are, async ones have nothing left to repair but what was async before: that stays as it
    // was where its repair is rejected, and what runs in a thread because its native form was rejected is no better.
    let half_async = rules().into_iter().map(|rule| rule.name);
    let half_async = half_async.filter(|name| name.starts_with("async/"));
    let left = Options {
        decisions: std::iter::once(UserDecision::new(Choice::Leave))
            .chain(half_async.map(|name| by_rule(&name)))
            .collect(),
        bare_statements: false,
        ..case.options.clone()
    };
    let after: Files = report
        .files
        .iter()
        .map(|file| (file.path.clone(), file.after.clone()))
        .collect();
    let again = migrate_all(&after, &left);
    for (file, (_, text)) in again.files.iter().zip(&after) {
        assert_eq!(file.after, *text, "{}", told());
        let open = file.findings.iter().find(|finding| {
            finding.severity == Severity::Error && finding.applicability == Applicability::Manual
        });
        let was_open = report.files.iter().any(|file| {
            file.findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    && finding.applicability == Applicability::Manual
            })
        });
        assert!(open.is_none() || was_open, "{open:?}\n{text}\n{}", told());
    }
    report
}

/// No applied change was rejected, and every decision about one is told of, unless functions were decided about too:
/// then a change may have gone with what a function is.
#[track_caller]
fn check_decided(file: &FileReport, decisions: &[UserDecision]) {
    for finding in &file.findings {
        let is_rejected = finding.decision == Some(Choice::Reject);
        let is_applied = finding.state == FindingState::Applied;
        assert!(!(is_rejected && is_applied), "{finding:#?}\n{}", file.after);
        assert_eq!(
            finding.state == FindingState::Rejected,
            is_rejected,
            "{finding:#?}"
        );
        if is_applied {
            assert!(finding.can_be_rejected && !finding.fingerprint.is_empty());
        }
    }
    if decisions
        .iter()
        .any(|decision| decision.choice != Choice::Reject)
    {
        return;
    }
    for decision in decisions.iter().filter(|decision| {
        decision.fingerprint.is_some() && decision.file.as_deref() == Some(&file.path)
    }) {
        let listed = file.findings.iter().any(|finding| {
            finding.state == FindingState::Rejected
                && Some(&finding.rule) == decision.rule.as_ref()
                && finding.function == decision.function
                && Some(&finding.fingerprint) == decision.fingerprint.as_ref()
        });
        assert!(
            listed,
            "{decision:#?} is not listed in {:#?}",
            file.findings
        );
    }
}

/// `await`, `async for` and `async with` stand in coroutines alone; bare statements count as one.
#[track_caller]
fn check_awaits(file: &FileReport, told: &str) {
    if file.bare_statements {
        return;
    }
    let parse = Parse::new(file.after.clone());
    let ast = parse.ast();
    for id in ast.ids() {
        let waits =
            ast.kind(id) == Kind::Await || (ast.is_async(id) && ast.kind(id) != Kind::FunctionDef);
        if !waits {
            continue;
        }
        let mut child: NodeId = id;
        let around = ast.ancestors(id).find(|&up| {
            let is_body = ast.field(child) == Some(Field::Body);
            child = up;
            is_body && matches!(ast.kind(up), Kind::FunctionDef | Kind::Lambda)
        });
        assert!(
            around.is_some_and(|function| ast.is_async(function)),
            "{} awaits outside of async code in\n{}\n{told}",
            ast.text(id, &file.after),
            file.after
        );
    }
}

#[test]
fn each_change_alone_and_then_what_took_its_place() {
    let mut checked = 0;
    for case in cases() {
        for decision in rejectable(&case.run(&[])) {
            // What asks no other service is the same for all clients.
            let is_http = decision
                .rule
                .as_ref()
                .is_some_and(|rule| rule.starts_with("http/"));
            if case.options.http_client == HttpClient::Httpx && case.files.len() > 1 && !is_http {
                continue;
            }
            let mut decisions = vec![decision];
            // At most four forms of one place, and what else it moves.
            for _ in 0..4 {
                let report = check(&case, &decisions);
                checked += 1;
                let place = (
                    &decisions[0].file,
                    &decisions[0].function,
                    &decisions[0].fingerprint,
                );
                let next = rejectable(&report)
                    .into_iter()
                    .find(|next| (&next.file, &next.function, &next.fingerprint) == place);
                match next {
                    Some(next) => decisions.push(next),
                    None => break,
                }
            }
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn each_rule_everywhere() {
    let all: Vec<String> = rules().into_iter().map(|rule| rule.name).collect();
    for case in cases() {
        for rule in &all {
            check(&case, &[by_rule(rule)]);
        }
        check(&case, &[UserDecision::new(Choice::Reject)]);
    }
}

/// A sequence that looks random and is the same each time.
struct Dice(u64);

impl Dice {
    fn one_in(&mut self, n: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.is_multiple_of(n)
    }
}

#[test]
fn any_of_them_together() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for case in cases() {
        let rounds = if case.files.len() > 1 { 24 } else { 6 };
        let mut decisions: Vec<UserDecision> = Vec::new();
        for round in 0..rounds {
            // What is decided is kept for some rounds, so that decisions pile up.
            if round % 4 == 0 {
                decisions.clear();
            }
            let report = case.run(&decisions);
            decisions.extend(rejectable(&report).into_iter().filter(|_| dice.one_in(5)));
            for file in &report.files {
                for function in &file.functions {
                    let choice = [Choice::Leave, Choice::Wrap, Choice::Twin, Choice::Convert]
                        .into_iter()
                        .find(|_| dice.one_in(16));
                    if let Some(choice) = choice {
                        decisions.push(UserDecision {
                            file: Some(file.path.clone()),
                            function: Some(function.name.clone()),
                            ..UserDecision::new(choice)
                        });
                    }
                }
            }
            check(&case, &decisions);
        }
    }
}
