//! Runs the engine over a project.

use std::collections::{HashMap, HashSet};
use std::thread;

use unblocked_guide::{Answers, Guide};
use unblocked_rewriter::{
    Applicability, FileReport, Finding, FindingState, Options, Range, Severity, StaleDecision,
    Timeline, Workspace, migrate,
};

use crate::error::Error;
use crate::project::{Project, SourceFile, Text};

/// The rule of files that can't be read.
pub(crate) const UNREADABLE: &str = "file/unreadable";

/// A selected file and what came of it.
pub(crate) struct Outcome<'a> {
    pub(crate) file: &'a SourceFile,
    /// `None` for a file that can't be read, and for one that the engine gave no answer for.
    pub(crate) report: Option<FileReport>,
}

impl<'a> Outcome<'a> {
    /// The file's text; empty when it can't be read.
    pub(crate) fn text(&self) -> &'a str {
        self.file.text.as_ref().map_or("", |text| &text.body)
    }

    /// What stood in the file and what is to stand there, when the two differ.
    pub(crate) fn change(&self) -> Option<(&'a Text, &str)> {
        let before = self.file.text.as_ref().ok()?;
        let after = &self.report.as_ref()?.after;
        (before.body != *after).then_some((before, after))
    }

    /// What was found.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        match (&self.file.text, &self.report) {
            (Err(reason), _) => vec![unreadable(reason)],
            // What was decided against is done otherwise, which is a finding of its own.
            (Ok(_), Some(report)) => report
                .findings
                .iter()
                .filter(|finding| {
                    matches!(finding.state, FindingState::Applied | FindingState::Open)
                })
                .cloned()
                .collect(),
            (Ok(_), None) => Vec::new(),
        }
    }
}

/// What became of a project.
pub(crate) struct Run<'a> {
    /// The selected files, in the order of their paths.
    pub(crate) outcomes: Vec<Outcome<'a>>,
    /// Files outside the selection that the engine would change too.
    pub(crate) outside: Vec<&'a str>,
    /// How many files were read.
    pub(crate) read: usize,
    /// The decisions that fit nothing in it: their positions, and why.
    pub(crate) stale: Vec<StaleDecision>,
    /// What the views of the selected files wait for.
    pub(crate) timelines: Vec<Timeline>,
}

/// Migrates a project.
pub(crate) fn run<'a>(project: &'a Project, options: &Options) -> Result<Run<'a>, Error> {
    let read = project
        .files
        .iter()
        .filter(|file| file.text.is_ok())
        .count();
    if !project.files.iter().any(|file| file.selected) {
        return Ok(Run {
            outcomes: Vec::new(),
            outside: Vec::new(),
            read,
            stale: Vec::new(),
            timelines: Vec::new(),
        });
    }
    let options = &scoped(project, options);
    // On a thread of its own: its stack is of one size on every system, and a failure is told apart from a finding.
    let answer = thread::scope(|scope| {
        let engine = scope.spawn(|| migrate(&workspace_of(project), options));
        engine.join()
    });
    let mut report = answer.map_err(|_| Error::Engine)?;
    let shown: HashMap<&str, &str> = project
        .files
        .iter()
        .map(|file| (&*file.id, &*file.shown))
        .collect();
    let selected: HashSet<&str> = project
        .files
        .iter()
        .filter(|file| file.selected)
        .map(|file| &*file.id)
        .collect();
    report
        .timelines
        .retain(|timeline| selected.contains(&*timeline.path));
    for place in report.places_mut() {
        if let Some(shown) = shown.get(&*place.path) {
            place.path = (*shown).to_owned();
        }
    }
    for timeline in &mut report.timelines {
        timeline.path.clone_from(&timeline.place.path);
    }
    let mut reports: HashMap<String, FileReport> = report
        .files
        .into_iter()
        .map(|report| (report.path.clone(), report))
        .collect();
    let mut run = Run {
        outcomes: Vec::new(),
        outside: Vec::new(),
        read,
        stale: report.stale,
        timelines: report.timelines,
    };
    for file in &project.files {
        let outcome = Outcome {
            file,
            report: reports.remove(&file.id),
        };
        if file.selected {
            run.outcomes.push(outcome);
        } else if outcome.change().is_some() {
            run.outside.push(&file.shown);
        }
    }
    Ok(run)
}

/// Makes the guide for a project. Unless the target was chosen, it is the Django that the requirements ask for.
pub(crate) fn guide(
    project: &Project,
    options: &Options,
    is_chosen: bool,
    answers: &Answers,
) -> Result<Guide, Error> {
    let selected: HashSet<&str> = project
        .files
        .iter()
        .filter(|file| file.selected)
        .map(|file| &*file.id)
        .collect();
    let answer = thread::scope(|scope| {
        let engine = scope.spawn(|| {
            let workspace = workspace_of(project);
            let mut options = options.clone();
            let asked: Vec<&str> = selected.iter().copied().collect();
            if !is_chosen
                && let Some(required) = unblocked_guide::required_django(&workspace, &asked)
            {
                options.target_version = required;
                options.python_version = options
                    .python_version
                    .map(|python| python.max(required.oldest_python()));
            }
            let mut report = migrate(&workspace, &options);
            // What is at hand is assessed as far as it was asked for.
            report
                .timelines
                .retain(|timeline| selected.contains(&*timeline.path));
            unblocked_guide::guide(&workspace, &options, answers, &report)
        });
        engine.join()
    });
    answer.map_err(|_| Error::Engine)
}

/// The files of a project, for the engine.
fn workspace_of(project: &Project) -> Workspace {
    let mut workspace = Workspace::new();
    for file in &project.files {
        if let Ok(text) = &file.text {
            workspace.set_file(&file.id, &text.body);
        }
    }
    for (id, text) in &project.resources {
        workspace.set_file(id, text);
    }
    workspace
}

/// The options with the selection in them, unless every file is selected.
fn scoped(project: &Project, options: &Options) -> Options {
    let selected = project.files.iter().filter(|file| file.selected);
    let files: Vec<String> = if project.files.iter().all(|file| file.selected) {
        Vec::new()
    } else {
        selected.map(|file| file.id.clone()).collect()
    };
    Options {
        files,
        ..options.clone()
    }
}

fn unreadable(reason: &str) -> Finding {
    Finding {
        rule: UNREADABLE.to_owned(),
        severity: Severity::Error,
        applicability: Applicability::Manual,
        state: FindingState::Open,
        message: format!("this file {reason}"),
        help: None,
        before: Range { start: 0, end: 0 },
        after: None,
        function: None,
        docs_url: None,
        fingerprint: String::new(),
        can_be_rejected: false,
        decision: None,
        decided_by: None,
        chain: Vec::new(),
    }
}
