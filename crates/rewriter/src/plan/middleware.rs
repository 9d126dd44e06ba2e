//! The project's own middleware: what takes `get_response` and calls it.
//!
//! Synchronous middleware holds a thread for the whole request, and everything inside of it runs in its synchronous form.
//! One that can be followed gets an async form beside the synchronous one. `MiddlewareMixin` has one, which runs its hooks
//! in a thread: hooks that wait for more than the database get their own.

mod found;
mod locals;

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{ClassRef, FunctionRef};
use unblocked_syntax::NodeId;

use super::{Coloring, Planner, Role, choices};
use crate::because::Because;
use crate::classes::gains;
use crate::decisions::Choice;
use crate::draft::{Cannot, Color, Colors, Draft};
use crate::rules::middleware;

pub(super) use found::find;
pub(crate) use locals::is_local;

/// What a function of middleware is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Middleware {
    /// A function in this function of its module, which takes `get_response`.
    Function(FunctionRef),
    /// `__call__` of this class; the statement keeps `get_response`, unless `MiddlewareMixin` does that.
    Class(ClassRef, Option<NodeId>),
    /// `process_request` or `process_response` of this class, which `MiddlewareMixin` calls.
    Hook(ClassRef),
    /// `__call__` of this class, whose instances stand in the place of views; the statement keeps the view.
    Instance(ClassRef, NodeId),
    /// `process_view` or `process_template_response`, which Django calls, and awaits when it is async.
    Awaited,
}

/// The async form of `__call__`.
pub(crate) const ASYNC_CALL: &str = "__acall__";

/// The hooks that `MiddlewareMixin` calls, in the order in which it does.
pub(crate) const HOOKS: [&str; 2] = ["process_request", "process_response"];

impl Middleware {
    /// The name of the async form beside a function of that name; `None` when it has the same.
    pub(crate) fn twin(self, name: &str) -> Option<String> {
        match self {
            Self::Class(..) | Self::Instance(..) => Some(ASYNC_CALL.to_owned()),
            Self::Hook(_) => Some(async_hook(name)),
            Self::Function(_) | Self::Awaited => None,
        }
    }
}

/// The name of the async form of a hook.
pub(crate) fn async_hook(name: &str) -> String {
    format!("a{name}")
}

impl<'a> Planner<'a> {
    /// The middleware that can have an async form, with what it calls.
    pub(super) fn reach_middleware(
        &self,
        reached: &mut BTreeSet<FunctionRef>,
        queue: &mut Vec<FunctionRef>,
        refused: &mut HashMap<FunctionRef, Cannot>,
        possible: &mut HashMap<FunctionRef, bool>,
        wrapped: &Colors,
    ) {
        if !self.options.views.is_empty() {
            return;
        }
        for (function, kind, obstacle) in self.wrappers.all_middleware() {
            if !self.pays(function, kind) {
                continue;
            }
            let can = *possible.entry(function).or_insert_with(|| {
                let tried = obstacle
                    .map_or(Ok(()), |cannot| Err(cannot.clone()))
                    .and_then(|()| choices::check(self.decided.function(function), false))
                    .and_then(|()| self.eligible(function, Role::Wrapper, true))
                    .and_then(|()| self.trial(function, wrapped))
                    .and_then(|()| self.middleware_shape(function, kind, wrapped).map(|_| ()));
                match tried {
                    Ok(()) => true,
                    Err(cannot) => {
                        refused.insert(function, cannot);
                        false
                    }
                }
            });
            if can {
                reached.insert(function);
                queue.extend(self.callees(function));
            }
        }
    }

    /// True for middleware that gains from an async form, or was asked for. `__call__` holds a thread for the whole request;
    /// hooks hold it only while they wait.
    fn pays(&self, function: FunctionRef, kind: Middleware) -> bool {
        let is_chosen = matches!(
            self.decided.function(function),
            Some(Choice::Convert | Choice::Twin)
        );
        let gains = || self.effects.reached(function).any(gains);
        match kind {
            Middleware::Function(_) | Middleware::Class(..) => true,
            Middleware::Hook(_) => {
                is_chosen
                    || gains()
                    || (self.options.all_views && self.effects.reached(function).next().is_some())
            }
            Middleware::Awaited => is_chosen || gains(),
            // Its views need it, or nothing does.
            Middleware::Instance(..) => false,
        }
    }

    fn is_made(&self, function: FunctionRef, coloring: &Coloring) -> bool {
        coloring.colors.get(&function) == Some(&Color::Variant)
            && coloring.asyncs.contains(&function)
    }

    /// What a class needs beside its hooks is written with the first of those that have an async form, or told of with
    /// the first of those that could.
    fn is_told_with(
        &self,
        function: FunctionRef,
        class: ClassRef,
        is_made: bool,
        coloring: &Coloring,
    ) -> bool {
        let of_class = || {
            self.wrappers
                .all_middleware()
                .filter(move |(_, kind, _)| *kind == Middleware::Hook(class))
                .map(|(other, ..)| other)
        };
        if is_made {
            return of_class().find(|&other| self.is_made(other, coloring)) == Some(function);
        }
        !of_class().any(|other| self.is_made(other, coloring))
            && of_class().find(|&other| self.pays(other, Middleware::Hook(class))) == Some(function)
    }

    /// The name of the async form beside middleware, unless it has the function's.
    pub(crate) fn variant_name(&self, function: FunctionRef) -> Option<String> {
        let kind = self.wrappers.middleware(function)?;
        kind.twin(&self.analysis.world.function(function)?.name)
    }

    /// True for a hook that Django awaits when it is async.
    pub(super) fn is_awaited_hook(&self, function: FunctionRef) -> bool {
        self.wrappers.middleware(function) == Some(Middleware::Awaited)
    }

    /// Tries what middleware needs beside its async form.
    pub(super) fn try_middleware(
        &self,
        function: FunctionRef,
        colors: &Colors,
    ) -> Result<(), Cannot> {
        match self.wrappers.middleware(function) {
            Some(kind) => match self.middleware_shape(function, kind, colors)? {
                (_, Some(against)) => Err(against),
                (_, None) => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// What changes beside the async forms, and what was decided against.
    pub(super) fn shape_middleware(
        &self,
        coloring: &'a Coloring,
        shapes: &mut Vec<(usize, Draft<'a>)>,
    ) {
        for (function, kind, _) in self.wrappers.all_middleware() {
            let is_made = self.is_made(function, coloring);
            if let Middleware::Hook(class) = kind
                && !self.is_told_with(function, class, is_made, coloring)
            {
                continue;
            }
            if let Ok((draft, against)) = self.middleware_shape(function, kind, &coloring.colors)
                && is_made == against.is_none()
            {
                shapes.push((function.file, draft));
            }
        }
    }

    fn middleware_shape<'c>(
        &self,
        function: FunctionRef,
        kind: Middleware,
        colors: &'c Colors,
    ) -> Result<(Draft<'c>, Option<Cannot>), Cannot>
    where
        'a: 'c,
    {
        let mut draft = Draft::new(self, function.file, None, colors, Vec::new())
            .ok_or_else(|| Cannot::of(Because::NotAtHand, "it is not at hand"))?;
        let before = draft.checkpoint();
        middleware::write(&mut draft, kind)?;
        let against = draft.settle(before);
        Ok((draft, against))
    }
}
