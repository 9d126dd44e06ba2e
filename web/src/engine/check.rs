//! Checks what readers make of a text after: the same engine, over the project as it is after the migration.

use std::collections::BTreeMap;

use unblocked_rewriter::{Decision, FileReport, Finding, Options, Report};
use unblocked_wasm::Session;

use super::protocol::Answer;
use crate::state::is_standing;

/// A text that a reader has made.
struct Own {
    text: String,
    /// The request that brought it.
    number: u32,
}

/// The project as it is after the migration, with the readers' own texts.
#[derive(Default)]
pub(super) struct Check {
    own: BTreeMap<String, Own>,
    after: Session,
    paths: Vec<String>,
    told: BTreeMap<String, (u32, Vec<Finding>)>,
}

impl Check {
    /// Takes a reader's text of a file, or forgets it.
    pub(super) fn take(&mut self, path: String, text: Option<String>, number: u32) {
        self.told.remove(&path);
        match text {
            Some(text) => {
                self.own.insert(path, Own { text, number });
            }
            None => {
                self.own.remove(&path);
            }
        }
    }

    /// Forgets a file.
    pub(super) fn remove(&mut self, path: &str) {
        self.own.remove(path);
        self.told.remove(path);
    }

    /// Checks, and gives each answer that is new to `tell`.
    pub(super) fn run(&mut self, report: &Report, options: &Options, mut tell: impl FnMut(Answer)) {
        if self.own.is_empty() {
            // Nothing is kept for what nobody does.
            if !self.paths.is_empty() {
                *self = Self::default();
            }
            return;
        }
        for path in std::mem::take(&mut self.paths) {
            if !report.files.iter().any(|file| file.path == path) {
                self.after.remove_file(&path);
            }
        }
        for file in &report.files {
            let text = self
                .own
                .get(&file.path)
                .map_or(&file.after, |own| &own.text);
            if self.after.text(&file.path) != Some(text) {
                self.after.set_file(&file.path, text);
            }
            self.paths.push(file.path.clone());
        }
        let options = Options {
            decisions: Vec::new(),
            ..options.clone()
        };
        for file in self.after.migrate(&options).files {
            let Some(own) = self.own.get(&file.path) else {
                continue;
            };
            let findings = of_async_code(&file);
            let now = (own.number, findings);
            if self.told.get(&file.path) != Some(&now) {
                tell(Answer::Checked {
                    path: file.path.clone(),
                    number: now.0,
                    findings: now.1.clone(),
                });
                self.told.insert(file.path, now);
            }
        }
    }
}

/// What was found in functions that are async. What is synchronous was left so, and is none of this.
fn of_async_code(file: &FileReport) -> Vec<Finding> {
    let is_async = |finding: &&Finding| {
        finding.rule.starts_with("async/")
            || finding.rule == "syntax/error"
            || file.functions.iter().any(|function| {
                function.decision == Decision::AlreadyAsync
                    && finding.function.as_ref() == Some(&function.name)
            })
    };
    file.findings
        .iter()
        .filter(|finding| is_standing(finding))
        .filter(is_async)
        .cloned()
        .collect()
}
