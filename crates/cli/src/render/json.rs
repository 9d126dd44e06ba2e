//! Findings as JSON.

use serde::Serialize;
use unblocked_rewriter::{Applicability, Finding, Link, Severity};

use super::FileFindings;
use crate::location::Location;

/// A finding with its file and place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JsonFinding<'a> {
    path: &'a str,
    location: Location,
    end_location: Location,
    rule: &'a str,
    severity: Severity,
    applicability: Applicability,
    message: &'a str,
    help: Option<&'a str>,
    function: Option<&'a str>,
    docs_url: Option<&'a str>,
    /// From a view through helpers to what waits.
    chain: &'a [Link],
}

impl<'a> JsonFinding<'a> {
    pub(crate) fn all(file: &'a FileFindings<'_>) -> impl Iterator<Item = Self> {
        let of = move |finding: &'a Finding| Self {
            path: file.path,
            location: file.lines.location(finding.before.start),
            end_location: file.lines.location(finding.before.end),
            rule: &finding.rule,
            severity: finding.severity,
            applicability: finding.applicability,
            message: &finding.message,
            help: finding.help.as_deref(),
            function: finding.function.as_deref(),
            docs_url: finding.docs_url.as_deref(),
            chain: &finding.chain,
        };
        file.findings.iter().map(of)
    }
}
