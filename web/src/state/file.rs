//! One file of the page: the text before, what the engine makes of it, and what the user makes of that.

use std::collections::VecDeque;
use std::ops::Deref;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use unblocked_rewriter::{Applicability, FileReport, Finding, FindingState};

use super::NewFile;
use super::merge::{Side, conflicts, first_conflict, merge, resolve};
use super::text::{Change, Origin, apply};

/// How many change sets are kept for a worker that lags behind; past that it gets the whole text.
const LOG: usize = 32;

/// Shared data that is equal when it is the same.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Takes hold of `value`.
    pub(crate) fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Names a file for as long as the page is open; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct FileId(pub u32);

/// The after text: generated, and edited by the user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct After {
    /// The generated text that the pane's text was made from.
    pub(crate) base: Rc<str>,
    /// The pane's text, when the user has made it differ from `base`.
    pub(crate) edited: Option<Rc<str>>,
    /// Counts the texts which the page puts in the pane so that the user can undo it.
    pub(crate) replaced: u32,
    /// Counts the texts which the page puts in the pane by merging.
    #[serde(skip)]
    pub(crate) merged: u32,
    /// What the engine found in the user's text.
    #[serde(skip)]
    pub(crate) findings: Option<Shared<Vec<Finding>>>,
    /// What conflicts in the pane's text come from, as long as the user has not touched it since.
    #[serde(skip)]
    conflict: Option<Conflict>,
}

/// A merge that left conflicts: what it was made from, to be made again when more is generated.
#[derive(Debug, Clone, PartialEq)]
struct Conflict {
    base: Rc<str>,
    yours: Rc<str>,
    shown: Rc<str>,
}

impl After {
    /// The text in the pane.
    pub(crate) fn text(&self) -> &Rc<str> {
        self.edited.as_ref().unwrap_or(&self.base)
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Its name for the page.
    pub(crate) id: FileId,
    /// Its path, relative to the project's root; unique.
    pub(crate) path: String,
    /// The text before, with `\n` as line end.
    pub(crate) before: Rc<str>,
    /// What the text has besides.
    pub(crate) origin: Origin,
    /// Counts changes of the text before.
    pub(crate) revision: u32,
    /// The text after.
    pub(crate) after: After,
    /// The engine's last answer.
    #[serde(skip)]
    pub(crate) report: Option<Shared<FileReport>>,
    /// The editor's changes did not fit: its whole text is wanted.
    #[serde(skip)]
    pub(crate) lost: bool,
    /// The last change sets, each with the revision that it led to.
    #[serde(skip)]
    log: VecDeque<(u32, Rc<[Change]>)>,
}

impl File {
    /// A file that was opened, under a path of its own.
    pub(super) fn new(id: FileId, path: String, file: &NewFile) -> Self {
        Self {
            id,
            path,
            // Until the engine has answered, nothing is known to change.
            after: After {
                base: file.text.clone(),
                ..After::default()
            },
            before: file.text.clone(),
            origin: file.origin.clone(),
            revision: 0,
            report: None,
            lost: false,
            log: VecDeque::new(),
        }
    }

    /// Follows the editor.
    pub(crate) fn edit(&mut self, changes: Rc<[Change]>) {
        match apply(&self.before, &self.origin, &changes) {
            Some((text, origin)) => {
                self.before = text.into();
                self.origin = origin;
                self.revision += 1;
                self.log.push_back((self.revision, changes));
                if self.log.len() > LOG {
                    self.log.pop_front();
                }
            }
            None => self.lost = true,
        }
    }

    /// Takes the whole text from the editor, whose line ends are all `\n`.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.before = text.into();
        self.origin = self.origin.uniform();
        self.revision += 1;
        self.log.clear();
        self.lost = false;
    }

    /// The changes that lead from `revision` to now; `None` when they are not known any more.
    pub(crate) fn changes_since(&self, revision: u32) -> Option<Vec<Rc<[Change]>>> {
        let missing = self.revision.checked_sub(revision)?;
        let first = self.log.len().checked_sub(missing as usize)?;
        Some(
            self.log
                .iter()
                .skip(first)
                .map(|(_, changes)| Rc::clone(changes))
                .collect(),
        )
    }

    /// Takes the engine's answer. What the user has made of the after text is put into the new one.
    pub(crate) fn answer(&mut self, report: Shared<FileReport>) {
        if *self.after.base != *report.after {
            self.merge(&report.after);
        }
        self.report = Some(report);
    }

    fn merge(&mut self, generated: &str) {
        let after = &mut self.after;
        let Some(edited) = after.edited.clone() else {
            after.base = generated.into();
            return;
        };
        // Conflicts that nobody has touched yet are made again from what they came from.
        let (base, yours) = match after.conflict.take() {
            Some(conflict) if conflict.shown == edited => (conflict.base, conflict.yours),
            // In the midst of resolving them nothing moves.
            _ if conflicts(&edited) > 0 => return,
            _ => (after.base.clone(), edited.clone()),
        };
        let merged: Rc<str> = merge(&base, &yours, generated).into();
        if conflicts(&merged) > 0 {
            after.conflict = Some(Conflict {
                base,
                yours,
                shown: merged.clone(),
            });
        }
        after.base = generated.into();
        if merged != edited {
            after.merged += 1;
        }
        after.edited = (*merged != *after.base).then_some(merged);
    }

    /// How many conflicts there are between the user's text and the generated one.
    pub(crate) fn conflicts(&self) -> usize {
        self.after.edited.as_deref().map_or(0, conflicts)
    }

    /// Where the first of them is in the after text, in UTF-16 code units.
    pub(crate) fn first_conflict(&self) -> Option<usize> {
        self.after.edited.as_deref().and_then(first_conflict)
    }

    /// Takes one side of all of them.
    pub(crate) fn resolve(&mut self, side: Side) {
        let Some(edited) = self.after.edited.clone() else {
            return;
        };
        let text = resolve(&edited, side);
        if *text != *edited {
            self.after.replaced += 1;
            self.edit_after(&text);
        }
    }

    /// Takes what the engine found in the user's text.
    pub(crate) fn checked(&mut self, text: &Rc<str>, findings: Vec<Finding>) {
        if self
            .after
            .edited
            .as_ref()
            .is_some_and(|now| Rc::ptr_eq(now, text))
        {
            self.after.findings = Some(Shared::new(findings));
        }
    }

    /// Follows the editor of the after pane.
    pub(crate) fn edit_after(&mut self, text: &str) {
        self.after.edited = (*text != *self.after.base).then(|| text.into());
        if self.after.edited.is_none() {
            self.after.findings = None;
        }
        // Back to what was generated, or without conflicts, by undo or by hand: follow the engine again.
        if let Some(report) = self.report.clone()
            && self.conflicts() == 0
        {
            self.answer(report);
        }
    }

    /// Gives the generated text for the user's.
    pub(crate) fn regenerate(&mut self) {
        if let Some(report) = self.report.clone()
            && self.after.edited.take().is_some()
        {
            self.after.conflict = None;
            self.after.findings = None;
            self.after.replaced += 1;
            self.answer(report);
        }
    }

    /// Puts back a text after of earlier, and what it was made from.
    pub(super) fn put_after(&mut self, earlier: After) {
        let [replaced, merged] = [self.after.replaced + 1, self.after.merged];
        self.after = After {
            replaced,
            merged,
            findings: None,
            ..earlier
        };
        if let Some(report) = self.report.clone() {
            self.answer(report);
        }
    }

    /// Whether the after pane shows the user's own text.
    pub(crate) fn is_edited(&self) -> bool {
        self.after.edited.is_some()
    }

    /// Whether the engine has a newer text than the one which the user's own was made from.
    pub(crate) fn update_available(&self) -> bool {
        self.is_edited()
            && self
                .report
                .as_ref()
                .is_some_and(|report| *report.after != *self.after.base)
    }

    /// The before text as it came, with the user's changes.
    pub(crate) fn raw_before(&self) -> String {
        self.origin.put_together(&self.before)
    }

    /// The after text as it leaves the page.
    pub(crate) fn raw_after(&self) -> String {
        let text = self.after.text();
        let origin = match &self.report {
            Some(report) if *report.after == **text => {
                self.origin.after(&self.before, &report.edits)
            }
            _ => self.origin.clone(),
        };
        origin.put_together(text)
    }

    /// How many findings there are of each applicability: safe, review, manual.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let findings = self
            .report
            .as_ref()
            .map_or(&[][..], |report| &*report.findings);
        [
            Applicability::Safe,
            Applicability::Review,
            Applicability::Manual,
        ]
        .map(|kind| {
            findings
                .iter()
                .filter(|finding| finding.applicability == kind && is_standing(finding))
                .count()
        })
    }

    /// The last part of the path: the name to download under.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// False for a change that was not made, as something else was decided.
pub(crate) fn is_standing(finding: &Finding) -> bool {
    matches!(finding.state, FindingState::Applied | FindingState::Open)
}
