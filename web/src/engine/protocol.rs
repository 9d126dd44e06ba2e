//! What page and worker say to each other, as JSON text.

use serde::{Deserialize, Serialize};
use unblocked_guide::Answers;
use unblocked_rewriter::{Finding, Meaning, Options, StaleDecision};

use crate::state::FileAnswer;
use crate::state::text::Change;

/// The page to the worker. Each request is numbered; an answer names the last one that it takes into account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Its number.
    pub(crate) number: u32,
    /// What to do.
    pub(crate) order: Order,
    /// Whether others follow that belong to it: nothing is answered before they are there.
    #[serde(default)]
    pub(crate) more: bool,
}

/// What the worker is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Take a file's whole text.
    Set {
        /// Its path.
        path: String,
        /// Its text.
        text: String,
        /// The text's revision.
        revision: u32,
    },
    /// Follow changes of a file's text.
    Edit {
        /// Its path.
        path: String,
        /// The changes.
        changes: Vec<Change>,
        /// The text's revision after them.
        revision: u32,
    },
    /// Forget a file.
    Remove {
        /// Its path.
        path: String,
    },
    /// Migrate for these options from now on.
    Options {
        /// The options.
        options: Options,
        /// Their revision.
        revision: u32,
    },
    /// Check a text after that the reader has made, as async code; or no more.
    Check {
        /// The file's path.
        path: String,
        /// The text; `None` when the file has the generated one again.
        text: Option<String>,
    },
    /// Say what a name means. It changes nothing, so its request has the number of the one before.
    Meaning {
        /// Names the question.
        question: u32,
        /// The file's path.
        path: String,
        /// Where in its text.
        offset: usize,
    },
    /// Make the guide with these answers after each migration from now on, or no more. Only for a worker that can.
    Guide {
        /// The answers; `None` when the guide is not looked at.
        answers: Option<Box<Answers>>,
        /// Their revision.
        revision: u32,
    },
}

/// How far a migration has come: a file of a stage that goes through all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// What is being done.
    pub(crate) stage: Stage,
    /// Files that are done.
    pub(crate) done: usize,
    /// All files; none where the worker can't know.
    pub(crate) all: usize,
}

/// What is being done to all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// They are parsed.
    Read,
    /// They are inferred, for the how manieth time.
    Inferred(usize),
    /// It is decided what becomes of their functions.
    Planning,
    /// Their texts after are written.
    Written,
}

/// The worker to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It is ready to take requests.
    Ready,
    /// One file whose outcome is new. Sent one by one, so that neither side works long at a stretch.
    File {
        /// The options' revision.
        options: u32,
        /// The outcome.
        file: FileAnswer,
    },
    /// A migration that takes its time has come this far.
    Progress(Progress),
    /// All that was asked up to this request is answered.
    Done {
        /// The request's number.
        number: u32,
        /// The options' revision.
        options: u32,
        /// The decisions that fit nothing.
        stale: Vec<StaleDecision>,
    },
    /// What was found in a text after that the reader has made.
    Checked {
        /// The file's path.
        path: String,
        /// The number of the request that brought the text.
        number: u32,
        /// What was found; `before` of each counts in that text.
        findings: Vec<Finding>,
    },
    /// What a name means.
    Meaning {
        /// The question's name.
        question: u32,
        /// What it means; `None` where there is no name.
        meaning: Option<Meaning>,
    },
    /// A file's text is out of step: its whole text is wanted.
    Lost {
        /// Its path.
        path: String,
    },
}

/// What only a worker with the guide says to the page; apart, so that the other one carries none of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum GuideAnswer<G> {
    /// The guide, for all that was asked up to the last [`Answer::Done`].
    Guide {
        /// The answers' revision.
        revision: u32,
        /// The guide; for the page, which only hands it on, its text.
        guide: G,
    },
}
