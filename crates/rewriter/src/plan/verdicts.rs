//! What is said of each function: what was decided, and why.

use std::collections::BTreeSet;

use unblocked_analyzer::{ClassRef, FunctionRef};
use unblocked_django::{BaseKind, Effect, ViewMethod, view_method};

use super::{Coloring, Middleware, Planner, callers, choices};
use crate::because::Because;
use crate::classes;
use crate::decisions::Choice;
use crate::draft::{Cannot, Color};
use crate::report::{Decision, Possibility};
use crate::views::is_view;

/// What was decided for a function, and why.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) because: Because,
    pub(crate) reason: String,
    pub(crate) is_view: bool,
    pub(crate) possibilities: Vec<Possibility>,
    pub(crate) chosen: Option<Choice>,
}

impl Planner<'_> {
    /// What becomes of a sync function that waits.
    pub(super) fn verdict(&self, function: FunctionRef, coloring: &Coloring) -> Option<Verdict> {
        let is_test = self.is_test(function);
        let is_view = coloring.views.contains(&function) && !is_test;
        let is_entry = self.families.is_entry(function);
        let color = coloring.colors.get(&function);
        let converts = matches!(color, Some(Color::Convert | Color::Variant))
            && coloring.asyncs.contains(&function);
        let is_refused = is_test && coloring.refused.contains_key(&function);
        if !self.effects.waits(function) && !converts && !is_refused {
            return None;
        }
        let chosen = self.decided.function(function);
        let (decision, because, mut reason) = match coloring.colors.get(&function) {
            Some(Color::Convert) if coloring.asyncs.contains(&function) => {
                let is_hook = self
                    .families
                    .set(function)
                    .is_some_and(|unit| unit.hooks.contains(&function));
                let (because, reason) = if is_test {
                    (
                        Because::TestAskedFor,
                        "A test that asks views: it becomes async, as was asked for.",
                    )
                } else if is_hook {
                    (
                        Because::HandlersAwait,
                        "Django calls it from handlers that are written out here, which await it: they become async together.",
                    )
                } else if is_entry {
                    (
                        Because::ClassWaits,
                        "It answers requests of a class-based view that waits: its handlers become async together.",
                    )
                } else if self.is_awaited_hook(function) {
                    (
                        Because::Middleware,
                        "It is a hook of middleware, which Django awaits when it is async, and adapts where it has to.",
                    )
                } else if is_view {
                    (Because::ViewWaits, "A view that waits: it becomes async.")
                } else {
                    (
                        Because::CallersAwait,
                        "Every caller is async: it becomes async with them.",
                    )
                };
                (Decision::Convert, because, reason.to_owned())
            }
            Some(Color::Twin(name)) if coloring.asyncs.contains(&function) => (
                Decision::Twin,
                Because::SyncCallers,
                format!("Synchronous code needs it, or may: async callers use its twin `{name}`."),
            ),
            Some(Color::Variant) if coloring.asyncs.contains(&function) => {
                let (because, reason) = match self.wrappers.middleware(function) {
                    Some(kind) if !matches!(kind, Middleware::Instance(..)) => (
                        Because::Middleware,
                        "It is middleware: Django takes its async form before async code.",
                    ),
                    _ => (
                        Because::Decorator,
                        "It wraps views: async ones get its async variant.",
                    ),
                };
                (Decision::Twin, because, reason.to_owned())
            }
            _ => {
                let refused = coloring.refused.get(&function);
                let called = self.effects.callers_of(function).any(|caller| {
                    caller
                        .awaiting()
                        .is_some_and(|caller| coloring.asyncs.contains(&caller))
                });
                match refused {
                    Some(Cannot { because, reason }) if called => (
                        Decision::Wrap,
                        *because,
                        format!(
                            "It stays synchronous ({reason}); async callers run it in Django's thread."
                        ),
                    ),
                    Some(Cannot { because, reason }) => (
                        Decision::Leave,
                        *because,
                        format!("It stays synchronous: {reason}."),
                    ),
                    None if called => (
                        Decision::Wrap,
                        Because::KeepsForm,
                        "It stays synchronous; async callers run it in Django's thread.".to_owned(),
                    ),
                    None => {
                        let (because, reason) = self.why_left(function, coloring);
                        (Decision::Leave, because, reason)
                    }
                }
            }
        };
        let possibilities = self.possibilities(function, coloring);
        let obstacle = possibilities
            .iter()
            .find(|possibility| Some(possibility.choice) == chosen)
            .and_then(|possibility| possibility.obstacle.as_ref());
        if let (Some(choice), Some(obstacle)) = (chosen, obstacle) {
            reason = format!("{}: {obstacle}. {reason}", choices::denied(choice));
        }
        Some(Verdict {
            decision,
            because,
            reason,
            is_view,
            possibilities,
            chosen,
        })
    }

    /// Why a function that nothing refused stays sync.
    fn why_left(&self, function: FunctionRef, coloring: &Coloring) -> (Because, String) {
        let definition = self.analysis.world.function(function);
        let known: BTreeSet<Effect> = self.effects.reached(function).collect();
        let looks_like_view = is_view(self.analysis, self.effects, function);
        match definition {
            Some(_) if self.analysis.world.runs_in_thread(function) => (
                Because::KeepsForm,
                "Its decorator runs it in a thread: what calls it awaits it.".to_owned(),
            ),
            Some(_) if looks_like_view && known.is_empty() => {
                (Because::NothingGained, "It waits for nothing but its template, or for code that is not at hand: async gains nothing.".to_owned())
            }
            Some(_) if looks_like_view => (Because::NotAskedFor, "It is not among the views that were asked for.".to_owned()),
            Some(_) if self.families.is_entry(function) => self.why_class_left(function),
            Some(definition) if definition.class.is_some() => self.why_method_left(function, coloring),
            _ => match callers::of_function(self.analysis, function) {
                Some(reason) => (Because::LibraryCalls, reason),
                None => (Because::NoAsyncCaller, "No async code calls it.".to_owned()),
            },
        }
    }

    /// Why a unit of class-based views that nothing refused stays sync.
    fn why_class_left(&self, function: FunctionRef) -> (Because, String) {
        let Some(unit) = self.families.set(function) else {
            return (Because::StaysWithClass, String::new());
        };
        if self.reached_by(unit).is_empty() {
            return (Because::NothingGained, "Its class waits for nothing but its template, or for code that is not at hand: async gains nothing.".to_owned());
        }
        if unit.is_generic {
            return (Because::NothingGained, "Django's generic views are synchronous, and their hooks can't wait; this one waits for nothing but the database: async gains nothing.".to_owned());
        }
        (
            Because::NotAskedFor,
            "It is not among the views that were asked for.".to_owned(),
        )
    }

    /// Why a method that nothing refused stays sync.
    fn why_method_left(&self, function: FunctionRef, coloring: &Coloring) -> (Because, String) {
        let plain = (
            Because::StaysWithClass,
            "It is a method: it stays synchronous with its class.".to_owned(),
        );
        if let Some(reason) = callers::of_resolver(self.analysis, function) {
            return (Because::LibraryCalls, reason.to_owned());
        }
        let world = &self.analysis.world;
        let Some(definition) = world.function(function) else {
            return plain;
        };
        let Some(index) = definition.class else {
            return plain;
        };
        let class = ClassRef {
            file: function.file,
            index,
        };
        if let Some(library) = classes::of_library_class(self.analysis, class) {
            let name = world.class(class).map_or("", |class| &*class.name);
            return (Because::LibraryCalls, format!("`{name}` is {library}."));
        }
        if let Some(reason) = callers::of_class(self.analysis, class, &definition.name) {
            return (Because::LibraryCalls, reason);
        }
        let role = world
            .base_kinds(class)
            .find_map(|kind| view_method(kind, &definition.name));
        if !matches!(role, Some(ViewMethod::Hook { .. } | ViewMethod::LazyHook)) {
            return plain;
        }
        if self.is_handed_over(class, coloring) {
            let reason = format!(
                "Django calls `{}` synchronously, in its thread, which the async handlers of the class hand over to.",
                definition.name
            );
            return (Because::DjangoCalls, reason);
        }
        let gains = self.effects.reached(function).any(classes::gains);
        let is_generic = world
            .base_kinds(class)
            .any(|kind| matches!(kind, BaseKind::GenericView(_)));
        let reason = match (is_generic, gains) {
            (true, true) => format!(
                "Django calls `{}` synchronously, so it can't wait: fetch what it needs in an async `get` (and `post`, where the class has it), keep it on `self`, and end with `return await sync_to_async(super().get)(request, *args, **kwargs)`.",
                definition.name
            ),
            (true, false) => format!(
                "Django calls `{}` synchronously, and it waits for nothing but the database: async gains nothing.",
                definition.name
            ),
            (false, _) => format!("Django calls `{}` synchronously.", definition.name),
        };
        (Because::DjangoCalls, reason)
    }
}
