//! Why waits pass one after another.

use serde::{Deserialize, Serialize};

/// Waits of a timeline that follow each other, and why they do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InTurn {
    /// The first of them, by its position in [`Timeline::waits`](crate::Timeline::waits).
    pub first: usize,
    /// The last of them; the first itself for the turns of a loop around it. Of more than two, each follows the one before it
    /// for the same reason.
    pub last: usize,
    /// Why, by name.
    pub because: WhyInTurn,
    /// Why, in one sentence that names them with their lines.
    pub reason: String,
}

/// Why waits pass one after another, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyInTurn {
    /// Nothing stands against it: it was not asked for.
    Independent,
    /// It could be, and was decided against.
    Rejected,
    /// The later one uses what the earlier one gives.
    DataFlow,
    /// They are queries of one request.
    OrmOneConnection,
    /// They stand in one transaction.
    InTransaction,
    /// They stand in one block that works in synchronous code only.
    SyncBlock,
    /// What one of them does is seen outside, so its place counts.
    OrderingEffect,
    /// Something that other code may see is changed.
    SharedMutation,
    /// Whether the later one is reached is decided before it.
    ControlFlow,
    /// They are branches of one condition: a request gets to one of them.
    OtherBranch,
    /// A failure would be handled otherwise.
    ExceptionHandling,
    /// Code that is not at hand stands among them.
    UnknownCode,
    /// They stand in one statement.
    SameStatement,
    /// Their statements have a form that can't be moved.
    StatementForm,
    /// They run in one thread, as one piece.
    InThread,
    /// The code around them is left as it is.
    Unchanged,
}

impl WhyInTurn {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Independent,
        Self::Rejected,
        Self::DataFlow,
        Self::OrmOneConnection,
        Self::InTransaction,
        Self::SyncBlock,
        Self::OrderingEffect,
        Self::SharedMutation,
        Self::ControlFlow,
        Self::OtherBranch,
        Self::ExceptionHandling,
        Self::UnknownCode,
        Self::SameStatement,
        Self::StatementForm,
        Self::InThread,
        Self::Unchanged,
    ];

    /// The name, as in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Rejected => "rejected",
            Self::DataFlow => "data-flow",
            Self::OrmOneConnection => "orm-one-connection",
            Self::InTransaction => "in-transaction",
            Self::SyncBlock => "sync-block",
            Self::OrderingEffect => "ordering-effect",
            Self::SharedMutation => "shared-mutation",
            Self::ControlFlow => "control-flow",
            Self::OtherBranch => "other-branch",
            Self::ExceptionHandling => "exception-handling",
            Self::UnknownCode => "unknown-code",
            Self::SameStatement => "same-statement",
            Self::StatementForm => "statement-form",
            Self::InThread => "in-thread",
            Self::Unchanged => "unchanged",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Independent => "Nothing found stands against letting them pass at the same time.",
            Self::Rejected => "They could pass at the same time; it was decided that they do not.",
            Self::DataFlow => {
                "The later one uses a variable or a value that the earlier one gives."
            }
            Self::OrmOneConnection => {
                "Both are queries: those of one request run in one thread, on one connection, one after another whatever is gathered."
            }
            Self::InTransaction => "They stand in one transaction, which is one synchronous piece.",
            Self::SyncBlock => {
                "They stand in one block that works in synchronous code only: a cursor, a lock, a context manager that waits."
            }
            Self::OrderingEffect => {
                "One of them changes something outside, waits on purpose, or locks: its place in the order counts."
            }
            Self::SharedMutation => {
                "What other code may see is changed among them: an attribute, an item, a variable from outside, the session."
            }
            Self::ControlFlow => {
                "A condition, a loop, a `return`, a 404 or a decorator decides whether the later one is reached."
            }
            Self::OtherBranch => "They are branches of one condition: no request waits for both.",
            Self::ExceptionHandling => {
                "A `try` around them handles failures, and would see other values if both had begun."
            }
            Self::UnknownCode => "Code that is not at hand stands among them, and may do anything.",
            Self::SameStatement => {
                "They stand in one statement, which is evaluated from left to right."
            }
            Self::StatementForm => {
                "A statement among them can't be moved into a coroutine as it is written, or is none that is known."
            }
            Self::InThread => "A helper that stays synchronous runs in a thread, as one piece.",
            Self::Unchanged => "The function stays as it is.",
        }
    }

    /// What can be done about it.
    #[must_use]
    pub const fn what_to_do(self) -> &'static str {
        match self {
            Self::Independent => "`--concurrent` (in the page: Concurrent) writes it.",
            Self::Rejected => "Take the decision back.",
            Self::DataFlow => {
                "Nothing, if the value is needed. Otherwise fetch by what is known before, or move the use behind both."
            }
            Self::OrmOneConnection => {
                "Fetch more with one query: `select_related`, `prefetch_related`, `in_bulk`, `aggregate`."
            }
            Self::InTransaction => "Fetch what needs no transaction before the block.",
            Self::SyncBlock => "Move what needs neither cursor nor lock out of the block.",
            Self::OrderingEffect => "Put what only reads together, before or behind what writes.",
            Self::SharedMutation => {
                "Collect results in variables of the function, and change what is shared behind all of them."
            }
            Self::ControlFlow => "If it is needed anyway, fetch it before the decision.",
            Self::OtherBranch => "Nothing.",
            Self::ExceptionHandling => {
                "Give each call a `try` of its own, or leave in the handler (`return`, `raise`)."
            }
            Self::UnknownCode => {
                "Add the file that defines it, or move the call behind what waits."
            }
            Self::SameStatement => "Give each of them a statement of its own.",
            Self::StatementForm => "Write `name = call(…)`, a statement for each.",
            Self::InThread => "See why the helper stays synchronous.",
            Self::Unchanged => "See why the function stays as it is.",
        }
    }
}

impl std::fmt::Display for WhyInTurn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
