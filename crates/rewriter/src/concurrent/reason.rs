//! Why something has to stay in its place.

use unblocked_analyzer::SyncOnly;

use crate::waits::WhyInTurn;

/// A reason, by name and in words that may follow a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) because: WhyInTurn,
    pub(crate) text: String,
}

impl Reason {
    pub(crate) fn new(because: WhyInTurn, text: impl Into<String>) -> Self {
        Self {
            because,
            text: text.into(),
        }
    }
}

pub(super) fn data_flow(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::DataFlow, text)
}

/// It is seen outside.
pub(super) fn effect(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::OrderingEffect, text)
}

/// It changes what other code may see.
pub(super) fn mutation(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::SharedMutation, text)
}

/// It decides whether what follows is reached.
pub(super) fn decides(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::ControlFlow, text)
}

pub(super) fn handling(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::ExceptionHandling, text)
}

pub(super) fn unknown_code(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::UnknownCode, text)
}

/// Its form is not one that can be moved.
pub(super) fn form(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::StatementForm, text)
}

/// It is a block that stays synchronous.
pub(super) fn block(text: impl Into<String>) -> Reason {
    Reason::new(WhyInTurn::SyncBlock, text)
}

/// The same, of a kind that is known.
pub(super) fn of_block(what: SyncOnly, text: impl Into<String>) -> Reason {
    match what {
        SyncOnly::Transaction => Reason::new(WhyInTurn::InTransaction, text),
        _ => block(text),
    }
}
