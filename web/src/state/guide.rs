//! The guide: which part is shown, and what the reader answered.

use serde::{Deserialize, Serialize};
use unblocked_django::{DjangoVersion, PythonVersion};
use unblocked_guide::{Answers, Place};

use super::{Action, NewFile, Shared, State};

/// The guide's share of the state.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GuideState {
    /// The part that is shown: a step, or `pitfalls`, `checklist`, `pitfall:middleware`, `rule:orm/async-for`; `None` when the code is.
    pub(crate) part: Option<String>,
    /// What the reader answered.
    pub(crate) answers: Answers,
    /// Counts changes of what the engine is asked for.
    #[serde(skip)]
    pub(crate) revision: u32,
    /// The guide that the engine made last, as JSON: what shows it reads it.
    #[serde(skip)]
    pub(crate) made: Option<Shared<String>>,
    /// Whether the engine that makes it could not be loaded.
    #[serde(skip)]
    pub(crate) failed: bool,
}

/// What can happen to the guide.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum GuideAction {
    /// Show a part, or the code.
    Show(Option<String>),
    /// Answer a question; an empty answer takes it back.
    Answer(String, String),
    /// Take all answers of an earlier visit.
    Remember(Answers),
    /// The engine made it, with answers of this revision.
    Made {
        /// The answers' revision.
        revision: u32,
        /// The guide, as JSON.
        guide: String,
    },
    /// The engine that makes it could not be loaded.
    Failed,
    /// Show a place of the code.
    Go(Place),
    /// Open an example in the editor.
    Try {
        /// What it is.
        title: String,
        /// Its code.
        code: String,
    },
}

impl GuideState {
    /// The answers to make the guide with; `None` when nobody looks at it.
    pub(crate) fn wanted(&self) -> Option<Box<Answers>> {
        self.part.is_some().then(|| Box::new(self.answers.clone()))
    }

    /// Whether an engine that makes the guide is to be at hand.
    pub(crate) fn is_wanted(&self) -> bool {
        self.part.is_some() && !self.failed
    }

    fn show(&mut self, part: Option<String>) {
        // Another attempt.
        self.failed = false;
        if self.part.is_some() != part.is_some() {
            self.revision += 1;
        }
        self.part = part;
    }
}

impl State {
    pub(super) fn guide(&mut self, action: GuideAction) {
        match action {
            GuideAction::Show(part) => self.guide.show(part),
            GuideAction::Answer(question, answer) if matches!(&*question, "django" | "python") => {
                self.answer_version(&question, &answer);
            }
            GuideAction::Answer(question, answer) => {
                let before = self.guide.answers.clone();
                if !self.guide.answers.set(&question, &answer) {
                    self.notify(format!("“{answer}” is no answer to that."), false);
                } else if before != self.guide.answers {
                    self.guide.revision += 1;
                }
            }
            GuideAction::Remember(answers) => {
                // What came with the work, by a link or from the last visit, counts more.
                if self.guide.answers == Answers::default() && answers != self.guide.answers {
                    self.guide.answers = answers;
                    self.guide.revision += 1;
                }
            }
            GuideAction::Made { revision, guide } => {
                if revision == self.guide.revision {
                    self.guide.made = Some(Shared::new(guide));
                }
            }
            GuideAction::Failed => self.guide.failed = true,
            GuideAction::Go(place) => {
                let file = self.files.iter().find(|file| file.path == place.file);
                if let Some(id) = file.map(|file| file.id) {
                    self.guide.show(None);
                    self.act(Action::Activate(id));
                    self.act(Action::Reveal(place.range));
                }
            }
            GuideAction::Try { title, code } => {
                self.guide.show(None);
                self.act(Action::Open {
                    title,
                    files: vec![NewFile::new("views.py", &code)],
                    whole: false,
                });
            }
        }
    }
    /// A version is no answer of the guide's alone: the code is migrated for it.
    fn answer_version(&mut self, question: &str, answer: &str) {
        match question {
            "django" => {
                if let Ok(version) = answer.parse::<DjangoVersion>() {
                    self.act(Action::Version(version));
                }
            }
            _ => {
                // An empty answer is taken back: the oldest that Django runs on counts.
                let version = answer.parse::<PythonVersion>().ok();
                self.change_options(format!("Python {answer}."), |options| {
                    let oldest = options.target_version.oldest_python();
                    options.python_version = version.map(|version| version.max(oldest));
                });
            }
        }
    }
}
