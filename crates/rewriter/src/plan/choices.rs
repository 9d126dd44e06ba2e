//! What a function may be made, and why not.

use std::collections::BTreeSet;

use unblocked_analyzer::{Call, FunctionRef};
use unblocked_syntax::NodeId;

use super::{Coloring, Planner};
use crate::because::Because;
use crate::decisions::Choice;
use crate::draft::{Cannot, Color};
use crate::generators;
use crate::report::Possibility;
use crate::rules::plan::{async_generator, call_helper};
use crate::views::is_view;

const OF_FUNCTIONS: [Choice; 4] = [Choice::Convert, Choice::Twin, Choice::Wrap, Choice::Leave];

/// What may be made of a function that was async before.
pub(super) fn of_async() -> Vec<Possibility> {
    OF_FUNCTIONS
        .map(|choice| Possibility {
            choice,
            obstacle: Some("it was async before".to_owned()),
        })
        .to_vec()
}

/// Whether a function may become async, as far as was decided.
pub(super) fn check(chosen: Option<Choice>, is_view: bool) -> Result<(), Cannot> {
    match chosen {
        Some(Choice::Leave) => Err(Cannot::of(
            Because::Decided,
            "you chose to leave it as it is",
        )),
        Some(Choice::Wrap) if !is_view => {
            Err(Cannot::of(Because::Decided, "you chose to have it wrapped"))
        }
        _ => Ok(()),
    }
}

/// How it is said that a choice is impossible.
pub(super) fn denied(choice: Choice) -> &'static str {
    match choice {
        Choice::Convert => "It can't be converted as you chose",
        Choice::Twin => "It can't have a twin as you chose",
        Choice::Wrap => "It can't be wrapped as you chose",
        _ => "It can't be as you chose",
    }
}

impl Planner<'_> {
    /// What a sync function that waits may be made.
    pub(super) fn possibilities(
        &self,
        function: FunctionRef,
        coloring: &Coloring,
    ) -> Vec<Possibility> {
        let is_view = is_view(self.analysis, self.effects, function);
        let refusal = self.refusal(function, coloring, is_view);
        OF_FUNCTIONS
            .map(|choice| {
                let obstacle = match choice {
                    Choice::Convert => refusal
                        .clone()
                        .or_else(|| self.no_convert(function, coloring, is_view)),
                    Choice::Twin => refusal.clone().or_else(|| self.no_twin(function, is_view)),
                    Choice::Wrap => self.no_wrap(function, coloring, is_view),
                    _ => None,
                };
                Possibility { choice, obstacle }
            })
            .to_vec()
    }

    /// Why a function can't be written as a coroutine, whatever was decided for it.
    fn refusal(&self, function: FunctionRef, coloring: &Coloring, is_view: bool) -> Option<String> {
        let tried = coloring.possible.get(&function);
        if tried == Some(&true) {
            return None;
        }
        let was_left = check(self.decided.function(function), is_view).is_err();
        let gains_nothing = self.effects.waits_in_regions_only(function);
        if tried == Some(&false) && !was_left && !gains_nothing {
            return coloring
                .refused
                .get(&function)
                .map(|cannot| cannot.reason.clone());
        }
        self.eligible(function, self.role(function, is_view), true)
            .and_then(|()| self.trial(function, &coloring.everything_wrapped))
            .and_then(|()| self.try_wrappers(function, &coloring.everything_wrapped))
            .err()
            .map(|cannot| cannot.reason)
    }

    fn no_convert(
        &self,
        function: FunctionRef,
        coloring: &Coloring,
        is_view: bool,
    ) -> Option<String> {
        if self.wrappers.get(function).is_some() {
            return Some("it wraps views, of which some may be synchronous".to_owned());
        }
        if !is_view {
            if self.effects.is_looked_up(function) {
                return Some(
                    "code looks it up by a name that it computes, and what calls it may be synchronous"
                        .to_owned(),
                );
            }
            if !self.effects.values_of(function).is_empty() {
                return Some(
                    "it is passed on as a value, and what calls it may be synchronous".to_owned(),
                );
            }
            if let Ok(twin) = self.twin_name(function)
                && self.has_twin(function, &twin)
            {
                return Some(format!("it has an async twin already, `{twin}`"));
            }
        }
        self.effects.callers_of(function).find_map(|caller| {
            if caller.in_region {
                return Some(
                    "it is called in a lambda, or in a block that stays synchronous".to_owned(),
                );
            }
            let Some(caller) = caller.reference() else {
                return Some("code of a module calls it when it is imported".to_owned());
            };
            let definition = self.analysis.world.function(caller)?;
            let is_async = definition.is_async
                || caller == function
                || coloring.colors.get(&caller) == Some(&Color::Convert);
            if !is_async {
                return Some(format!(
                    "`{}` calls it and has a synchronous form",
                    definition.qualname
                ));
            }
            (!self.awaits_all(caller, function))
                .then(|| format!("you rejected that `{}` awaits it", definition.qualname))
        })
    }

    fn no_twin(&self, function: FunctionRef, is_view: bool) -> Option<String> {
        if is_view {
            return Some("Django calls the view that the URL names, and no other".to_owned());
        }
        if self.wrappers.get(function).is_some() {
            // Its async variant needs no name.
            return None;
        }
        self.twin_name(function).err().map(|cannot| cannot.reason)
    }

    fn no_wrap(&self, function: FunctionRef, coloring: &Coloring, is_view: bool) -> Option<String> {
        if is_view {
            return Some(
                "Django calls it, and runs it in a thread when it is synchronous".to_owned(),
            );
        }
        let definition = self.analysis.world.function(function)?;
        if definition.is_generator {
            return Some("it gives a generator, which would run on the event loop".to_owned());
        }
        (!self.has_async_caller(function, &coloring.asyncs))
            .then(|| "no async code calls it".to_owned())
    }

    /// True for a helper that was chosen to have an async form, be it called or not.
    pub(super) fn is_asked_for(
        &self,
        function: FunctionRef,
        views: &BTreeSet<FunctionRef>,
    ) -> bool {
        match self.decided.function(function) {
            Some(Choice::Twin) => !is_view(self.analysis, self.effects, function),
            Some(Choice::Convert) => self.effects.callers_of(function).all(|caller| {
                caller.awaiting().is_some_and(|caller| {
                    caller == function
                        || views.contains(&caller)
                        || self.is_async(caller)
                        || self.decided.function(caller) == Some(Choice::Convert)
                })
            }),
            _ => false,
        }
    }

    pub(super) fn has_async_caller(
        &self,
        function: FunctionRef,
        asyncs: &BTreeSet<FunctionRef>,
    ) -> bool {
        self.effects.callers_of(function).any(|caller| {
            caller.awaiting().is_some_and(|caller| {
                caller != function && (asyncs.contains(&caller) || self.is_async(caller))
            })
        })
    }

    /// False when it was decided that a call of a helper is not to be awaited.
    pub(super) fn would_await(&self, caller: FunctionRef, call: NodeId) -> bool {
        self.decided.takes_all()
            || self.analysis.world.file(caller.file).is_none_or(|facts| {
                let span = facts.ast().span(call);
                let (file, index) = (caller.file, Some(caller.index));
                [call_helper::NAME, async_generator::NAME]
                    .iter()
                    .all(|rule| {
                        self.decided
                            .against(file, index, rule, span, false)
                            .is_none()
                    })
            })
    }

    /// False for a call of a generator whose values are taken in a way that an async generator's can't be, and for one that
    /// is given a lambda in which something waits.
    pub(super) fn takes_async(&self, caller: FunctionRef, call: &Call) -> bool {
        if (self.called_back(caller).iter()).any(|(at, _)| *at == call.node) {
            return false;
        }
        let callee = self.analysis.world.function(call.callee);
        if !callee.is_some_and(|callee| callee.is_generator) {
            return true;
        }
        let (facts, types) = (
            self.analysis.world.file(caller.file),
            self.analysis.files.get(caller.file),
        );
        facts
            .zip(types)
            .is_some_and(|(facts, types)| generators::taken(facts, types, call.node).is_some())
    }

    /// True when all calls of `callee` in a function would be awaited.
    pub(super) fn awaits_all(&self, caller: FunctionRef, callee: FunctionRef) -> bool {
        self.effects
            .calls_of(caller.file, Some(caller.index))
            .filter(|call| call.callee == callee)
            .all(|call| self.would_await(caller, call.node) && self.takes_async(caller, call))
    }
}
