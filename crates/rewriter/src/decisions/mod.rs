//! What a reader decided about single changes and functions: input of the planner.
//!
//! A change that is not wanted steps down: from its native form to a thread, from there to a function that stays
//! synchronous. What comes out is planned with that, never filtered afterwards.

mod decided;
mod fingerprint;
mod tokens;

use serde::{Deserialize, Serialize};

pub(crate) use decided::Decided;
pub(crate) use fingerprint::Fingerprints;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Of changes: make them, also where only safe ones are asked for.
    Accept,
    /// Of changes: make another one that needs less, or none.
    Reject,
    /// Of a function: it becomes `async def`.
    Convert,
    /// Of a function: it keeps its sync form and gets an async twin.
    Twin,
    /// Of a function: it stays sync, and async callers run it in Django's thread.
    Wrap,
    /// Of a function: it stays as it is.
    Leave,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

impl Choice {
    /// True for what is decided about changes, not about functions.
    pub(crate) fn is_of_changes(self) -> bool {
        matches!(self, Self::Accept | Self::Reject)
    }
}

/// A decision, and what it is about. What is left out does not restrict it: `reject` with a rule alone rejects the
/// rule's changes everywhere. Of several that fit, the most specific counts; of equal ones, the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDecision {
    /// What was decided.
    pub choice: Choice,
    /// A file, by its path in the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A function: by its qualified name in `file`; without a file by its dotted path, as in
    /// [`Options::views`](crate::Options::views).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// A rule (`orm/await-terminal`); of changes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// One place in `function`, or in the bare statements of `file`: what
    /// [`Finding::fingerprint`](crate::Finding::fingerprint) says of it. Of changes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl UserDecision {
    /// A decision about everything, to be restricted.
    #[must_use]
    pub fn new(choice: Choice) -> Self {
        Self {
            choice,
            file: None,
            function: None,
            rule: None,
            fingerprint: None,
        }
    }
}

/// A decision that fits nothing at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StaleDecision {
    /// Its position in [`Options::decisions`](crate::Options::decisions).
    pub decision: usize,
    /// Why it fits nothing.
    pub reason: String,
}

/// True when `asked` names a function: its dotted path, or the end of it.
pub(crate) fn names_function(asked: &str, module: &str, qualname: &str) -> bool {
    let name = format!("{module}.{qualname}");
    asked == name || name.ends_with(&format!(".{asked}"))
}
