//! How findings are shown.

mod full;
mod github;
mod json;
mod sarif;

use std::io::{self, Write};

use unblocked_rewriter::{Applicability, Finding};

use crate::engine::Outcome;
use crate::location::Lines;

pub(crate) use full::full;
pub(crate) use github::github;
pub(crate) use json::JsonFinding;
pub(crate) use sarif::sarif;

/// A file and what was found in it.
pub(crate) struct FileFindings<'a> {
    pub(crate) path: &'a str,
    pub(crate) lines: Lines<'a>,
    pub(crate) findings: Vec<Finding>,
}

impl<'a> FileFindings<'a> {
    pub(crate) fn of(outcome: &Outcome<'a>) -> Self {
        let mut findings = outcome.findings();
        findings.sort_by_key(|finding| (finding.before.start, finding.before.end));
        Self {
            path: &outcome.file.shown,
            lines: Lines::new(outcome.text()),
            findings,
        }
    }
}

/// One line for each: `path:line:column: rule message`.
pub(crate) fn concise(out: &mut impl Write, files: &[FileFindings<'_>]) -> io::Result<()> {
    for file in files {
        for finding in &file.findings {
            let at = file.lines.location(finding.before.start);
            writeln!(
                out,
                "{}:{}:{}: {} {}",
                file.path, at.line, at.column, finding.rule, finding.message
            )?;
        }
    }
    Ok(())
}

/// Everything as one JSON array.
pub(crate) fn json(out: &mut impl Write, files: &[FileFindings<'_>]) -> serde_json::Result<()> {
    let all: Vec<_> = files.iter().flat_map(JsonFinding::all).collect();
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out).map_err(serde_json::Error::io)
}

/// What `migrate` makes of a finding.
pub(crate) const fn applicability(applicability: Applicability) -> Option<&'static str> {
    match applicability {
        Applicability::Safe => Some("`unblocked migrate` changes this, keeping its behaviour"),
        Applicability::Review => Some("`unblocked migrate` changes this; review it"),
        Applicability::Manual => None,
    }
}
