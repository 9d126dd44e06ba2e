//! `cargo xtask test`: every test of the project, part by part. A part that fails does not stop the next.

use crate::browser;
use crate::counts::{Counts, without_colors};
use crate::djangos;
use crate::embedding;
use crate::node;
use crate::process::{Run, cargo, command, find, step};
use crate::project;
use crate::python;
use crate::site;
use crate::wasm_tests;
use anyhow::{Context, Result, anyhow, bail};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

/// A part of the tests that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Format, lints, unit tests, documentation tests, WebAssembly.
    Rust,
    /// The migrated code on real Django.
    Django,
    /// The page in a real browser.
    E2e,
}

impl Part {
    const ALL: [Self; 3] = [Self::Rust, Self::Django, Self::E2e];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Django => "django",
            Self::E2e => "e2e",
        }
    }

    /// The part with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// What a part came to.
#[derive(Default)]
struct Outcome {
    counts: Counts,
    /// What ran, as in `Django 5.2 on Python 3.12`.
    details: Vec<String>,
    /// What this machine has no means to run.
    could_not_run: Vec<String>,
}

impl Outcome {
    /// A check of its own, told apart in the summary.
    fn check(&mut self, name: &str, result: Result<Counts>) {
        let counts = result.unwrap_or_else(|error| {
            eprintln!("error: {name}: {error:#}");
            Counts::one(false)
        });
        self.counts += counts;
        self.details.push(describe(name, counts));
    }
}

/// A check in the summary, as in `format`, `lints failed` or `223 tests, 1 of them failed`.
fn describe(name: &str, counts: Counts) -> String {
    match (counts.passed + counts.failed, counts.failed) {
        (1, 0) => name.to_owned(),
        (1, _) => format!("{name} failed"),
        (total, 0) => format!("{total} {name}"),
        (total, failed) => format!("{total} {name}, {failed} of them failed"),
    }
}

/// Runs one part or all. Returns whether all passed; the last line says how many did.
pub(crate) fn run(only: Option<Part>, postgres: bool) -> Result<bool> {
    let start = Instant::now();
    let mut total = Counts::default();
    let (mut parts, mut missing) = (Vec::new(), Vec::new());
    for part in Part::ALL
        .into_iter()
        .filter(|&part| only.is_none_or(|only| only == part))
    {
        eprintln!("\n### {} ###", part.name());
        let outcome = match part {
            Part::Rust => rust(),
            Part::Django => django(postgres),
            Part::E2e => e2e(),
        };
        let outcome = outcome.unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome {
                counts: Counts::one(false),
                details: vec!["could not be set up".to_owned()],
                ..Outcome::default()
            }
        });
        total += outcome.counts;
        parts.push(format!(
            "{}: {} ({})",
            part.name(),
            outcome.counts,
            outcome.details.join(", ")
        ));
        missing.extend(outcome.could_not_run);
    }
    parts.push(match &*missing {
        [] => "nothing was left out".to_owned(),
        missing => format!("could not run here: {}", missing.join(", ")),
    });
    eprintln!();
    println!(
        "{}; {:.0} s",
        parts.join("; "),
        start.elapsed().as_secs_f64()
    );
    println!("{total}");
    Ok(total.failed == 0)
}

fn rust() -> Result<Outcome> {
    let root = project::root();
    let mut outcome = Outcome::default();
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]).current_dir(&root);
    outcome.check("format", single("Checking the format", &mut format));

    let mut lints = cargo();
    lints
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--keep-going",
        ])
        .args(["--", "--deny", "warnings"])
        .current_dir(&root);
    outcome.check("lints", single("Checking the lints", &mut lints));

    let mut tests = cargo();
    let lines = if find("cargo-nextest").is_some() {
        tests.args(["nextest", "run", "--no-tests=pass"]);
        tests.args(["--status-level=fail", "--final-status-level=slow"]);
        NEXTEST
    } else {
        tests.args(["test", "--all-targets"]);
        CARGO_TEST
    };
    tests
        .args(["--workspace", "--locked", "--no-fail-fast"])
        .current_dir(&root);
    outcome.check(
        "tests",
        counted("Running the Rust tests", &mut tests, lines),
    );

    let mut docs = cargo();
    docs.args(["test", "--workspace", "--doc", "--locked", "--no-fail-fast"])
        .current_dir(&root);
    outcome.check(
        "documentation tests",
        counted("Running the documentation tests", &mut docs, CARGO_TEST),
    );

    outcome.check("WebAssembly tests", wasm_tests::run());
    Ok(outcome)
}

fn django(postgres: bool) -> Result<Outcome> {
    let mut environments = djangos::prepare()?;
    let binary = project::command_line_tool()?;
    let mut harness = command(python::base()?.path);
    harness
        .arg("tests/django/run.py")
        .arg("--unblocked")
        .arg(binary)
        .arg("--venvs")
        .arg(&environments.folder)
        .current_dir(project::root());
    if postgres {
        djangos::prepare_databases(&mut environments)?;
        harness.arg("--postgres");
    }
    let (mut counts, last) = counted_with_line(
        "Running the tests on real Django",
        &mut harness,
        Lines::Last,
    )?;
    let missing = u32::try_from(environments.missing.len())?;
    if is_ci() {
        // There every version has to run.
        counts.failed += missing;
    } else {
        counts.skipped += missing;
    }
    Ok(Outcome {
        counts,
        details: vec![in_brackets(&last).unwrap_or("Django").to_owned()],
        could_not_run: environments
            .missing
            .into_iter()
            .chain(missing_pythons(&last))
            .collect(),
    })
}

/// The Pythons that the harness would have compiled its texts on, as its last line states them.
fn missing_pythons(line: &str) -> Vec<String> {
    in_brackets(line)
        .unwrap_or_default()
        .split("; ")
        .filter_map(|part| part.strip_prefix("missing: "))
        .flat_map(|missing| missing.split(", "))
        .filter(|what| what.starts_with("Python "))
        .map(ToOwned::to_owned)
        .collect()
}

fn e2e() -> Result<Outcome> {
    let tests = project::root().join("tests/e2e");
    node::install_packages(&tests)?;
    let browser = browser::chromium(&tests)?;
    let dist = site::build()?;
    let in_browser = |purpose, more: &[&str]| {
        let mut harness = command(node::node()?);
        harness
            .arg(tests.join("run.mjs"))
            .arg("--dist")
            .arg(&dist)
            .args(more)
            .env("CHROMIUM", &browser)
            .current_dir(project::root());
        counted(purpose, &mut harness, Lines::Last)
    };
    let mut counts = in_browser("Running the tests in a real browser", &[])?;
    counts += in_browser(
        "Running them in the one-file page, opened from a file",
        &["--bundle"],
    )?;
    let embedding = embedding::tests(&dist, &browser)?;
    for (purpose, mut tests) in embedding.runs {
        counts += counted(purpose, &mut tests, Lines::Last)?;
    }
    let version = command(browser).arg("--version").read();
    let mut details = vec![version.unwrap_or_else(|_| "Chromium".to_owned())];
    let mut could_not_run = embedding.could_not_run;
    if let Some(firefox) = browser::firefox() {
        let mut harness = command(node::node()?);
        harness
            .arg(tests.join("firefox.mjs"))
            .arg("--dist")
            .arg(&dist)
            .env("FIREFOX", &firefox)
            .current_dir(project::root());
        counts += counted(
            "Running the main path in Firefox",
            &mut harness,
            Lines::Last,
        )?;
        let version = command(firefox).arg("--version").read();
        details.push(version.unwrap_or_else(|_| "Firefox".to_owned()));
    } else {
        could_not_run.push("Firefox".to_owned());
    }
    Ok(Outcome {
        counts,
        details,
        could_not_run,
    })
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// A command that is one check: it passes or fails.
fn single(purpose: &str, command: &mut Command) -> Result<Counts> {
    step(purpose, || command.run())?;
    Ok(Counts::one(true))
}

/// Cargo's own runner sums up each program.
const CARGO_TEST: Lines = Lines::Starting("test result: ");
/// nextest sums up all at once.
const NEXTEST: Lines = Lines::Starting("     Summary [");

/// Which lines of a test runner state counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// Each that starts so; they add up. What a failed test wrote is shown further in, and is none of them.
    Starting(&'static str),
    /// The last that is written.
    Last,
}

/// Runs tests, with their output shown, and reads how many passed.
fn counted(purpose: &str, command: &mut Command, lines: Lines) -> Result<Counts> {
    counted_with_line(purpose, command, lines).map(|(counts, _)| counts)
}

fn counted_with_line(
    purpose: &str,
    command: &mut Command,
    lines: Lines,
) -> Result<(Counts, String)> {
    eprintln!("=> {purpose}");
    let start = Instant::now();
    let mut counts = Counts::default();
    let mut last = String::new();
    let mut stated = false;
    let success = run_and_read(command, |line| {
        let line = without_colors(line);
        if line.trim().is_empty() {
            return;
        }
        let counting = match lines {
            Lines::Starting(start) => line.starts_with(start),
            Lines::Last => {
                counts = Counts::default();
                stated = false;
                true
            }
        };
        if let Some(found) = Counts::in_line(&line).filter(|_| counting) {
            counts += found;
            stated = true;
        }
        last = line;
    })?;
    eprintln!("   took {:.1} s", start.elapsed().as_secs_f64());
    if !success && counts.failed == 0 {
        // It did not come to the tests, or fell over after them.
        counts.failed = 1;
    } else if success && !stated {
        bail!("the tests did not say how many of them passed");
    }
    Ok((counts, last))
}

/// Runs a command, shows what it writes and hands each line on. Returns whether it exited with 0.
fn run_and_read(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    let (sender, lines) = mpsc::channel();
    for stream in [
        child
            .stdout
            .take()
            .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child
            .stderr
            .take()
            .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ]
    .into_iter()
    .flatten()
    {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream
                .read_until(b'\n', &mut line)
                .is_ok_and(|read| read > 0)
            {
                let text = String::from_utf8_lossy(&line);
                if sender
                    .send(text.trim_end_matches(['\r', '\n']).to_owned())
                    .is_err()
                {
                    break;
                }
                line.clear();
            }
        });
    }
    drop(sender);
    for line in lines {
        eprintln!("{line}");
        each(&line);
    }
    let status = child
        .wait()
        .map_err(|error| anyhow!("waiting failed: {error}"))?;
    Ok(status.success())
}

/// What stands in the last brackets of a line.
fn in_brackets(line: &str) -> Option<&str> {
    let inner = line.trim_end().strip_suffix(')')?;
    inner.rsplit_once('(').map(|(_, inner)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = command("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn every_part_is_known_by_its_name() {
        for part in Part::ALL {
            assert_eq!(Part::named(part.name()), Some(part));
        }
        assert_eq!(Part::named("everything"), None);
    }

    #[test]
    #[cfg(unix)]
    fn counts_add_up_or_are_the_last() {
        let script = "echo 'test result: ok. 1 passed; 0 failed'; echo '    test result: 9 passed'; \
            echo 'test result: ok. 2 passed; 0 failed; 1 ignored'; echo '4 passed'; echo";
        let all = counted("all", &mut shell(script), CARGO_TEST).unwrap();
        assert_eq!((all.passed, all.skipped), (3, 1));
        let last = counted("last", &mut shell(script), Lines::Last).unwrap();
        assert_eq!(last.passed, 4);
    }

    #[test]
    #[cfg(unix)]
    fn what_a_failed_test_wrote_is_not_counted() {
        let script = "echo '    test result: FAILED. 0 passed; 1 failed'; \
            echo '     Summary [   1.2s] 5 tests run: 4 passed, 1 failed, 0 skipped'; exit 100";
        let counts = counted("nextest", &mut shell(script), NEXTEST).unwrap();
        assert_eq!((counts.passed, counts.failed), (4, 1));
    }

    #[test]
    #[cfg(unix)]
    fn a_runner_that_falls_over_has_failed() {
        let counts = counted("falls", &mut shell("echo '5 passed'; exit 3"), Lines::Last).unwrap();
        assert_eq!((counts.passed, counts.failed), (5, 1));
        assert!(
            counted(
                "is silent",
                &mut shell("echo '5 passed'; echo bye"),
                Lines::Last
            )
            .is_err()
        );
    }

    #[test]
    fn the_summary_says_what_failed() {
        let counts = |passed, failed| Counts {
            passed,
            failed,
            skipped: 0,
        };
        assert_eq!(describe("format", counts(1, 0)), "format");
        assert_eq!(describe("lints", counts(0, 1)), "lints failed");
        assert_eq!(describe("tests", counts(223, 0)), "223 tests");
        assert_eq!(
            describe("tests", counts(222, 1)),
            "223 tests, 1 of them failed"
        );
    }

    #[test]
    fn a_python_that_is_missing_is_named() {
        let line = "django: 4 passed, 0 failed (Django 5.2 on Python 3.12; \
            missing: Django 6.0, Python 3.8 for Django 4.2; of 3 sites 50 % native)";
        assert_eq!(missing_pythons(line), ["Python 3.8 for Django 4.2"]);
        assert!(
            missing_pythons("django: 4 passed, 0 failed (Django 5.2 on Python 3.12)").is_empty()
        );
    }

    #[test]
    fn versions_stand_in_brackets() {
        let line = "django: 4 passed, 0 failed (Django 5.2 on Python 3.12)";
        assert_eq!(in_brackets(line), Some("Django 5.2 on Python 3.12"));
        assert_eq!(in_brackets("4 passed"), None);
    }
}
