//! `unblocked migrate`.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use unblocked_rewriter::{
    Applicability, Because, Decision, FunctionKind, FunctionReport, StaleDecision, Timeline,
};

use super::{count, start, warn_of_nothing};
use crate::args::{MigrateArgs, MigrateFormat};
use crate::diff;
use crate::engine::{self, Outcome};
use crate::error::Error;
use crate::location::{Lines, Location};
use crate::project;
use crate::render::{self, FileFindings, JsonFinding};
use crate::write::{Change, replace_all};

pub(super) fn migrate(args: &MigrateArgs) -> Result<ExitCode, Error> {
    let (paths, config) = start(&args.paths)?;
    let options = config.for_migrate(args)?;
    let projects = project::read(&paths)?;
    let mut outcomes = Vec::new();
    let mut outside = Vec::new();
    let mut timelines = Vec::new();
    let mut read = 0;
    let mut stale = None;
    for project in &projects {
        let run = engine::run(project, &options)?;
        read += run.read;
        outcomes.extend(run.outcomes);
        outside.extend(run.outside);
        timelines.extend(run.timelines);
        in_all(&mut stale, run.stale);
    }
    warn_of_nothing(outcomes.len());
    // Before anything is said: a failure to write must not look like a migration.
    if args.write {
        write(&outcomes)?;
    }
    let summary = Summary::of(&outcomes, read, args.write);
    match args.output_format {
        MigrateFormat::Json => json(&outcomes, &timelines, &summary)?,
        MigrateFormat::Text => {
            if !args.write {
                for outcome in &outcomes {
                    diff::print(&diff_of(outcome))?;
                }
            }
            report(&outcomes, &summary, args.verbose)?;
        }
    }
    warn(&options.views, &outcomes, &outside)?;
    for one in stale.unwrap_or_default() {
        anstream::eprintln!("warning: {}", one.reason);
    }
    let pending = summary.changed > 0 && !args.write;
    Ok(ExitCode::from(u8::from(pending)))
}

/// Keeps the decisions that fit nothing in any project.
fn in_all(all: &mut Option<Vec<StaleDecision>>, stale: Vec<StaleDecision>) {
    match all {
        None => *all = Some(stale),
        Some(all) => all.retain(|one| stale.iter().any(|other| other.decision == one.decision)),
    }
}

pub(super) fn diff_of(outcome: &Outcome<'_>) -> String {
    outcome
        .change()
        .map_or_else(String::new, |(before, after)| {
            let (old, new) = (before.restore(&before.body), before.restore(after));
            diff::unified(&outcome.file.shown, &old, &new)
        })
}

fn write(outcomes: &[Outcome<'_>]) -> Result<(), Error> {
    let texts: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| {
            let (before, after) = outcome.change()?;
            let old = before.restore(&before.body);
            Some((&*outcome.file.path, old, before.restore(after)))
        })
        .collect();
    let changes: Vec<_> = texts
        .iter()
        .map(|(path, before, after)| Change {
            path,
            before: before.as_bytes(),
            after: after.as_bytes(),
        })
        .collect();
    replace_all(&changes)
}

/// What a migration came to, in numbers.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    read: usize,
    unreadable: usize,
    changed: usize,
    written: bool,
    converted: usize,
    twins: usize,
    wrapped: usize,
    left: usize,
    already_async: usize,
    /// Findings that were not changed.
    manual: usize,
    /// Changes that are right under an assumption.
    review: usize,
}

impl Summary {
    pub(super) fn of(outcomes: &[Outcome<'_>], read: usize, written: bool) -> Self {
        let mut summary = Self {
            read,
            written,
            ..Self::default()
        };
        for outcome in outcomes {
            summary.unreadable += usize::from(outcome.file.text.is_err());
            summary.changed += usize::from(outcome.change().is_some());
            let Some(report) = &outcome.report else {
                continue;
            };
            for function in &report.functions {
                *match function.decision {
                    Decision::Convert => &mut summary.converted,
                    Decision::Twin => &mut summary.twins,
                    Decision::Wrap => &mut summary.wrapped,
                    Decision::Leave => &mut summary.left,
                    Decision::AlreadyAsync => &mut summary.already_async,
                } += 1;
            }
            for finding in outcome.findings() {
                match finding.applicability {
                    Applicability::Manual => summary.manual += 1,
                    Applicability::Review => summary.review += 1,
                    Applicability::Safe => {}
                }
            }
        }
        summary
    }
}

const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Convert => "converted",
        Decision::Twin => "given an async twin",
        Decision::Wrap => "wrapped where it is called",
        Decision::Leave => "left as it is",
        Decision::AlreadyAsync => "async already",
    }
}

/// The summary, and under `--verbose` each decision and each finding that is left, on standard error.
pub(super) fn report(
    outcomes: &[Outcome<'_>],
    summary: &Summary,
    verbose: bool,
) -> Result<(), Error> {
    let mut err = anstream::stderr().lock();
    for outcome in outcomes {
        let path = &outcome.file.shown;
        if let Err(reason) = &outcome.file.text {
            writeln!(err, "{path}: this file {reason}")?;
        }
        let Some(report) = outcome.report.as_ref().filter(|_| verbose) else {
            continue;
        };
        let lines = Lines::new(outcome.text());
        for function in &report.functions {
            let at = lines.location(function.before.start);
            writeln!(
                err,
                "{path}:{}:{}: {} {} ({}): {}",
                at.line,
                at.column,
                function.name,
                decision(function.decision),
                function.because.as_str(),
                function.reason
            )?;
            if function.because.asks_for_something() {
                writeln!(err, "    to do: {}", function.because.what_to_do())?;
            }
            for one in &function.in_turn {
                writeln!(err, "    {}: {}", one.because, one.reason)?;
            }
        }
        let mut open = FileFindings::of(outcome);
        open.findings
            .retain(|finding| finding.applicability == Applicability::Manual);
        render::concise(&mut err, &[open])?;
    }
    let verb = if summary.written {
        "changed"
    } else {
        "would change"
    };
    writeln!(
        err,
        "{} read, {} {verb}: {} converted, {} twins added, {} wrapped, {} left sync.",
        count(summary.read, "file"),
        summary.changed,
        count(summary.converted, "function"),
        summary.twins,
        summary.wrapped,
        summary.left,
    )?;
    if summary.manual > 0 {
        let where_ = if verbose { "above" } else { "with --verbose" };
        writeln!(
            err,
            "{} to look at ({where_}).",
            count(summary.manual, "finding")
        )?;
    }
    Ok(())
}

/// What the user most likely did not mean.
fn warn(views: &[String], outcomes: &[Outcome<'_>], outside: &[&str]) -> Result<(), Error> {
    let mut err = anstream::stderr().lock();
    for view in views {
        let found = outcomes.iter().any(|outcome| {
            let functions = outcome.report.iter().flat_map(|report| &report.functions);
            let module = module(&outcome.file.id);
            functions
                .map(|function| format!("{module}.{}", function.name))
                .any(|name| is_view(&name, view))
        });
        if !found {
            writeln!(
                err,
                "warning: `{view}` names no function that waits or changes"
            )?;
        }
    }
    if let Some(first) = outside.first() {
        let more = match outside.len() - 1 {
            0 => String::new(),
            more => format!(" and {}", count(more, "other")),
        };
        writeln!(
            err,
            "warning: {first}{more} would have to change too, outside the given paths"
        )?;
    }
    Ok(())
}

/// `shop/views.py` as `shop.views`.
fn module(id: &str) -> String {
    let path = id.strip_suffix(".py").unwrap_or(id);
    path.strip_suffix("/__init__")
        .unwrap_or(path)
        .replace('/', ".")
}

/// True when `view` names this function, or the class that holds it; folders above the import root may be left out.
fn is_view(name: &str, view: &str) -> bool {
    let name = format!(".{name}.");
    name.contains(&format!(".{view}."))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonReport<'a> {
    files: Vec<JsonFile<'a>>,
    /// What each view waits for, and when, before and after. Ranges count bytes of the text before.
    timelines: &'a [Timeline],
    summary: &'a Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonFile<'a> {
    path: &'a str,
    changed: bool,
    /// Empty when nothing changed.
    diff: String,
    findings: Vec<JsonFinding<'a>>,
    functions: Vec<JsonFunction<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonFunction<'a> {
    name: &'a str,
    kind: FunctionKind,
    location: Location,
    decision: Decision,
    because: Because,
    reason: &'a str,
    /// What the reason's name means, and what can be done about it.
    meaning: &'static str,
    what_to_do: &'static str,
    effects: &'a [String],
}

/// Everything on standard output, files about which there is nothing to say left out.
pub(super) fn json(
    outcomes: &[Outcome<'_>],
    timelines: &[Timeline],
    summary: &Summary,
) -> Result<(), Error> {
    let findings: BTreeMap<_, _> = outcomes
        .iter()
        .map(|outcome| (&*outcome.file.path, FileFindings::of(outcome)))
        .collect();
    let mut files = Vec::new();
    for outcome in outcomes {
        let Some(found) = findings.get(&*outcome.file.path) else {
            continue;
        };
        let functions: &[FunctionReport] = match &outcome.report {
            Some(report) => &report.functions,
            None => &[],
        };
        let diff = diff_of(outcome);
        if diff.is_empty() && functions.is_empty() && found.findings.is_empty() {
            continue;
        }
        let function = |it| JsonFunction::of(it, &found.lines);
        files.push(JsonFile {
            path: &outcome.file.shown,
            changed: !diff.is_empty(),
            diff,
            findings: JsonFinding::all(found).collect(),
            functions: functions.iter().map(function).collect(),
        });
    }
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(
        &mut out,
        &JsonReport {
            files,
            timelines,
            summary,
        },
    )?;
    writeln!(out)?;
    Ok(())
}

impl<'a> JsonFunction<'a> {
    fn of(function: &'a FunctionReport, lines: &Lines<'_>) -> Self {
        Self {
            name: &function.name,
            kind: function.kind,
            location: lines.location(function.before.start),
            decision: function.decision,
            because: function.because,
            reason: &function.reason,
            meaning: function.because.meaning(),
            what_to_do: function.because.what_to_do(),
            effects: &function.effects,
        }
    }
}

#[cfg(test)]
mod tests;
