//! The project as a whole: what changes in which file.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use super::{File, State};

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Its text changes.
    Changed,
    /// Its text stays, and there is something to know of it.
    Findings,
    /// Nothing.
    Nothing,
    /// The engine has not answered yet.
    Waiting,
    /// It could not be opened.
    Unreadable,
}

/// A file, as the project lists it.
#[derive(Debug, Hash, Serialize)]
pub(crate) struct Row<'state> {
    /// Names it; none for one that could not be opened.
    id: Option<u32>,
    path: &'state str,
    outcome: Outcome,
    edits: usize,
    /// Findings: safe, to review, manual.
    findings: [usize; 3],
    /// Whether the reader has edited its text after.
    edited: bool,
}

impl File {
    fn outcome(&self) -> Outcome {
        match &self.report {
            _ if self.is_edited() => Outcome::Changed,
            None => Outcome::Waiting,
            Some(report) if !report.edits.is_empty() => Outcome::Changed,
            Some(report) if !report.findings.is_empty() => Outcome::Findings,
            Some(_) => Outcome::Nothing,
        }
    }
}

impl State {
    /// All files, as the project lists them.
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let open = self.files.iter().map(|file| Row {
            id: Some(file.id.0),
            path: &file.path,
            outcome: file.outcome(),
            edits: file.report.as_ref().map_or(0, |report| report.edits.len()),
            findings: file.counts(),
            edited: file.is_edited(),
        });
        let unreadable = self.unreadable.iter().map(|path| Row {
            id: None,
            path,
            outcome: Outcome::Unreadable,
            edits: 0,
            findings: [0; 3],
            edited: false,
        });
        open.chain(unreadable).collect()
    }

    /// Tells whether [`Self::rows`] is what it was.
    pub(crate) fn rows_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.rows().hash(&mut hasher);
        hasher.finish()
    }
}
