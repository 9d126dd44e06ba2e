//! What can be undone beside the editors' own texts, and done again.

use std::collections::HashMap;

use unblocked_guide::Answers;
use unblocked_rewriter::Options;

use super::file::After;
use super::{File, FileId, Shared, State};

/// How many steps back there are.
const DEEPEST: usize = 50;

/// How something was before it was changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Earlier {
    /// Which files there were, and all that was asked for.
    Work(Box<Work>),
    /// What the engine was asked for.
    Options(Box<Options>),
    /// A text after, and what it was made from.
    After(FileId, Box<After>),
}

/// Which files there were, and all that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Work {
    files: Vec<File>,
    active: FileId,
    unreadable: Shared<Vec<String>>,
    options: Options,
    answers: Answers,
    untouched: bool,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    /// What it was, as a sentence.
    said: String,
    earlier: Earlier,
}

/// Steps that lead back, and those that were taken back.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Steps {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl State {
    /// All work as it is.
    pub(super) fn work_now(&self) -> Earlier {
        Earlier::Work(Box::new(Work {
            files: self.files.clone(),
            active: self.active,
            unreadable: self.unreadable.clone(),
            options: self.options.clone(),
            answers: self.guide.answers.clone(),
            untouched: self.untouched,
        }))
    }

    /// The options as they are.
    pub(super) fn options_now(&self) -> Earlier {
        Earlier::Options(Box::new(self.options.clone()))
    }

    /// A text after as it is.
    pub(super) fn after_now(&self, id: FileId) -> Option<Earlier> {
        let file = self.file(id)?;
        Some(Earlier::After(id, Box::new(file.after.clone())))
    }

    /// Lets what has been done be undone: `said` is a sentence of it.
    pub(super) fn done(&mut self, said: impl Into<String>, earlier: Earlier) {
        let steps = &mut self.steps;
        steps.undone.clear();
        steps.done.push(Step {
            said: said.into(),
            earlier,
        });
        let most = steps.done.len().saturating_sub(DEEPEST);
        steps.done.drain(..most);
    }

    /// The same, with a message that offers it.
    pub(super) fn done_aloud(&mut self, said: impl Into<String>, earlier: Earlier) {
        let said = said.into();
        self.notify(said.clone(), true);
        self.done(said, earlier);
    }

    /// Forgets all steps.
    pub(super) fn forget_steps(&mut self) {
        self.steps = Steps::default();
    }

    /// What can be undone, as a sentence.
    pub(crate) fn undoable(&self) -> Option<&str> {
        self.steps.done.last().map(|step| &*step.said)
    }

    /// What was undone and can be done again, as a sentence.
    pub(crate) fn redoable(&self) -> Option<&str> {
        self.steps.undone.last().map(|step| &*step.said)
    }

    /// Files that are not open, and can come back.
    pub(crate) fn restorable(&self) -> impl Iterator<Item = FileId> {
        let steps = self.steps.done.iter().chain(&self.steps.undone);
        steps.flat_map(|step| {
            let files = match &step.earlier {
                Earlier::Work(work) => &*work.files,
                _ => &[],
            };
            files.iter().map(|file| file.id)
        })
    }

    /// Undoes the last step, or does the last undone one again.
    pub(super) fn step(&mut self, back: bool) {
        let from = if back {
            &mut self.steps.done
        } else {
            &mut self.steps.undone
        };
        let Some(step) = from.pop() else {
            let what = if back { "undo" } else { "do again" };
            self.notify(format!("There is nothing to {what}."), false);
            return;
        };
        let Some(earlier) = self.put(step.earlier) else {
            // It was about a text that is gone for good.
            return self.step(back);
        };
        let what = if back { "Undone" } else { "Done again" };
        self.notify(format!("{what}: {}", step.said), !back);
        if let Some(notice) = &mut self.notice {
            notice.redo = back;
        }
        let said = step.said;
        let to = if back {
            &mut self.steps.undone
        } else {
            &mut self.steps.done
        };
        to.push(Step { said, earlier });
    }

    /// Puts back what was; gives what is, to be put back in turn.
    fn put(&mut self, earlier: Earlier) -> Option<Earlier> {
        Some(match earlier {
            Earlier::Work(work) => {
                let now = self.work_now();
                self.put_work(*work);
                now
            }
            Earlier::Options(options) => {
                let now = self.options_now();
                self.put_options(*options);
                now
            }
            Earlier::After(id, after) => {
                let now = self.after_now(id)?;
                self.file_mut(id)?.put_after(*after);
                now
            }
        })
    }

    fn put_work(&mut self, work: Work) {
        let mut open: HashMap<FileId, File> =
            self.files.drain(..).map(|file| (file.id, file)).collect();
        // What has been typed since into files that are still open stays: that is the editors' to undo.
        self.files = work
            .files
            .into_iter()
            .map(|kept| match open.remove(&kept.id) {
                Some(mut file) => {
                    file.path = kept.path;
                    file
                }
                None => kept,
            })
            .collect();
        self.unreadable = work.unreadable;
        self.untouched = work.untouched;
        self.put_options(work.options);
        if self.guide.answers != work.answers {
            self.guide.answers = work.answers;
            self.guide.revision += 1;
        }
        self.activate(Some(work.active));
    }

    fn put_options(&mut self, options: Options) {
        if self.options != options {
            self.options = options;
            self.options_revision += 1;
            self.stale.clear();
        }
    }
}
