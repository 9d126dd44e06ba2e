//! A model of time: what each view waits for, in order, and what of it can pass at once.
//!
//! [`Timeline`] is plain data, the same for every surface: one for each view, be it converted or left. Its [`Wait`]s
//! stand in the order in which the view reaches them, those of its helpers at the places of the calls. How long each
//! takes is not in the code: whoever draws a timeline, or weighs one, brings the durations, and [`Schedule::spans`] says
//! when each wait begins and ends with them, before the migration and after it.
//!
//! What is told of time rests on how Django runs code. A synchronous view waits for one thing after another, in one
//! thread. An async view waits on the event loop for what is native there, and sends the rest to threads; all that may
//! touch Django's connections goes to *one* thread, the request's own, where one thing runs after another whatever is
//! gathered. So a query and an HTTP request can overlap, two queries of a request never do.

pub(crate) mod chains;
mod expand;
mod form;
mod in_turn;
mod known;
mod label;
pub(crate) mod pairs;

mod schedule;
#[cfg(test)]
mod tests;
mod walk;

use serde::{Deserialize, Serialize};
use unblocked_django::Effect;

use crate::report::{Decision, FunctionKind, Range};

pub(crate) use expand::timelines;
pub(crate) use form::{Context, of_call, of_site};
pub use in_turn::{InTurn, WhyInTurn};
pub(crate) use label::label as label_of;
pub use schedule::{Load, Passing};
pub(crate) use walk::{Event, events};

/// What a view waits for, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// The file of the view.
    pub path: String,
    /// The view's qualified name in it, as in [`FunctionReport::name`](crate::FunctionReport::name); `None` for a paste of
    /// bare statements.
    pub view: Option<String>,
    /// A function view, or a handler of a class-based one.
    pub kind: FunctionKind,
    /// The view's name, where it is defined.
    pub place: Place,
    /// What was decided for it.
    pub decision: Decision,
    /// What it waits for, in the order in which it gets there. Alternatives (`if` and `else`) follow each other here:
    /// [`Wait::conditions`] tells them apart.
    pub waits: Vec<Wait>,
    /// When each of `waits` begins in the code as it was.
    pub before: Schedule,
    /// When each of `waits` begins in the code as it became.
    pub after: Schedule,
    /// Why those that do not overlap then follow each other, in their order.
    pub in_turn: Vec<InTurn>,
    /// There are more waits than are listed: the view reaches too many, or through too many calls.
    pub is_cut: bool,
}

/// One place where a view waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// What it waits for.
    pub effect: Effect,
    /// What is called or evaluated there, in short: `requests.get`, `Order.objects.get`, `order.customer`.
    pub label: String,
    /// Where that stands.
    pub place: Place,
    /// How the view gets there: itself, each call through which it goes, and the place, which is the last. Names and
    /// labels joined with arrows read `view → service.load → client.fetch → requests.get`.
    pub chain: Vec<Link>,
    /// How many loops are around it, those around the calls that lead to it included: 0 runs at most once.
    pub loops: usize,
    /// What decides whether it is reached, from the outermost condition to the innermost. Empty: whenever the view gets
    /// that far. Two waits that name the same condition with different arms exclude each other.
    pub conditions: Vec<Condition>,
    /// A function that leads to it calls itself, directly or through others: it is reached an unknown number of times.
    pub is_recursive: bool,
    /// False when it may not wait at all: code that is not at hand, a relation that may be loaded.
    pub is_certain: bool,
    /// What became of it.
    pub form: WaitForm,
    /// What it occupies in the code as it was.
    pub occupied: Occupies,
    /// What it occupies in the code as it became.
    pub occupies: Occupies,
}

/// A place in the text as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file.
    pub path: String,
    /// Where in its text.
    pub range: Range,
    /// The line on which that begins, from 1.
    pub line: usize,
}

/// A step on the way to a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// What is called: `load`, or `service.load` in another file than the step before; at the end the wait's label.
    pub name: String,
    /// The call. Of the first, the view: its name, where it is defined.
    pub place: Place,
}

/// Something that decides whether code runs: an `if`, a `try`, an `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which, by its number in the timeline.
    pub condition: usize,
    /// Which of its branches: 0 is the first.
    pub arm: usize,
}

/// What became of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitForm {
    /// It is awaited.
    Native,
    /// The same code runs in a thread, and that is awaited.
    Thread,
    /// It waits as it did.
    Left,
    /// It does not wait any more: a query before loads it.
    Gone,
}

/// What nothing else can use meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occupies {
    /// Nothing: the event loop goes on.
    Nothing,
    /// The one thread of the request, in which Django's connections live: what needs it runs one after another. A
    /// synchronous view runs in it as a whole.
    RequestThread,
    /// A thread of its own.
    OwnThread,
    /// The event loop: every request of the process stands still. A mistake, and reported as one.
    EventLoop,
}

/// When waits begin, by what has to end first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// One for each wait of the timeline, in the same order.
    pub steps: Vec<Step>,
}

/// When a wait begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The waits that have ended when this one begins, by position; each comes before it in the list. Empty: it begins at once.
    /// Waits that follow the same ones overlap, as far as what they occupy allows.
    pub follows: Vec<usize>,
    /// How many of its repetitions run at once when it stands in a loop: 1 is one after another.
    pub at_once: usize,
}

impl Timeline {
    /// Every place that it names.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let waits = self.waits.iter_mut().flat_map(|wait| {
            let links = wait.chain.iter_mut().map(|link| &mut link.place);
            std::iter::once(&mut wait.place).chain(links)
        });
        std::iter::once(&mut self.place).chain(waits)
    }

    /// The waits of the code as it was with when they pass, given how long one of each takes and how often it is done.
    #[must_use]
    pub fn passing_before(&self, load: impl Fn(usize) -> Load) -> Passing {
        let occupied: Vec<Occupies> = self.waits.iter().map(|wait| wait.occupied).collect();
        self.before.spans(&occupied, load)
    }

    /// The same for the code as it became.
    #[must_use]
    pub fn passing_after(&self, load: impl Fn(usize) -> Load) -> Passing {
        let occupies: Vec<Occupies> = self.waits.iter().map(|wait| wait.occupies).collect();
        let is_gone = |index: usize| {
            let wait = self.waits.get(index);
            wait.is_some_and(|wait| wait.form == WaitForm::Gone)
        };
        self.after.spans(&occupies, |index| match is_gone(index) {
            true => Load::NONE,
            false => load(index),
        })
    }
}
