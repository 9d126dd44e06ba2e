//! The project's own middleware: what takes `get_response` and calls it.
//!
//! Synchronous middleware holds a thread for the whole request, and everything inside of it runs in its synchronous form.
//! One that can be followed gets an async form beside the synchronous one.

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{Analysis, ClassRef, FileFacts, FunctionRef};
use unblocked_syntax::{Field, Kind, NodeId};

use super::decorators::{Decoration, Wrapper, decoration};
use super::{Coloring, Planner, Role, choices};
use crate::draft::{Cannot, Color, Colors, Draft};
use crate::rules;

/// Where a middleware's function stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Middleware {
    /// A function in this function of its module, which takes `get_response`.
    Function(FunctionRef),
    /// `__call__` of this class; the statement keeps `get_response`.
    Class(ClassRef, NodeId),
}

/// All middleware of the project that has a synchronous form alone: what it is, and what wraps the response.
pub(super) fn find(
    analysis: &Analysis<'_>,
) -> Vec<(Middleware, Result<Wrapper, Cannot>, FunctionRef)> {
    let mut found = Vec::new();
    for (file, facts) in analysis.world.files.iter().enumerate() {
        if !facts.text().contains("get_response") {
            continue;
        }
        for (index, function) in facts.functions.iter().enumerate() {
            let is_maker = function.class.is_none()
                && function.parent.is_none()
                && function.decorators.is_empty()
                && matches!(&*function.params, [only] if only.name == "get_response");
            if !is_maker {
                continue;
            }
            let maker = FunctionRef { file, index };
            if let Ok(Decoration::Wraps(wrapper)) = decoration(analysis, maker, false) {
                let function = wrapper.function;
                found.push((
                    Middleware::Function(maker),
                    check(facts, Ok(wrapper)),
                    function,
                ));
            }
        }
        for index in 0..facts.classes.len() {
            let class = ClassRef { file, index };
            if let Some((keeps, call)) = class_middleware(facts, class) {
                let wrapper = followed(facts, class, keeps, call);
                let function = FunctionRef { file, index: call };
                found.push((
                    Middleware::Class(class, keeps),
                    check(facts, wrapper),
                    function,
                ));
            }
        }
    }
    found
}

/// A thread-local that is set in middleware is not seen by an async view: the thread is another one then.
fn check(facts: &FileFacts, wrapper: Result<Wrapper, Cannot>) -> Result<Wrapper, Cannot> {
    let is_local = facts
        .imports
        .iter()
        .any(|import| import.path == "threading.local")
        || facts.text().contains("threading.local");
    if is_local {
        return Err(Cannot::new(
            "its module uses `threading.local`, which code on the event loop shares between requests (use a `ContextVar`)",
        ));
    }
    wrapper
}

/// The statement that keeps `get_response`, and the `__call__`, of a class that is middleware and no more.
fn class_middleware(facts: &FileFacts, class: ClassRef) -> Option<(NodeId, usize)> {
    let definition = facts.classes.get(class.index)?;
    let ast = facts.ast();
    let is_plain = definition.bases.iter().all(|base| base == "object");
    let init = facts.functions.get(*definition.methods.get("__init__")?)?;
    let call = *definition.methods.get("__call__")?;
    let takes_response = init.params.get(1)?.name == "get_response";
    let is_aware = ast
        .subtree(definition.body)
        .any(|node| match ast.kind(node) {
            Kind::FunctionDef => ast.is_async(node),
            Kind::Identifier => matches!(
                facts.source(node),
                "sync_capable" | "async_capable" | "iscoroutinefunction" | "markcoroutinefunction"
            ),
            _ => false,
        });
    if !is_plain || !takes_response || is_aware {
        return None;
    }
    let keeps = ast
        .children(init.body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .find(|&statement| {
            ast.first_child(statement).is_some_and(|assignment| {
                let part = |field| ast.child(assignment, field).map(|part| facts.source(part));
                ast.kind(assignment) == Kind::Assignment
                    && part(Field::Right) == Some("get_response")
                    && part(Field::Left).is_some_and(|left| left.starts_with("self."))
            })
        })?;
    Some((keeps, call))
}

/// The calls of `self.get_response` in `__call__`, when that is all that becomes of it.
fn followed(
    facts: &FileFacts,
    class: ClassRef,
    keeps: NodeId,
    call: usize,
) -> Result<Wrapper, Cannot> {
    let ast = facts.ast();
    let (Some(definition), Some(function)) =
        (facts.classes.get(class.index), facts.functions.get(call))
    else {
        return Err(Cannot::new("it is not at hand"));
    };
    let kept = ast
        .first_child(keeps)
        .and_then(|assignment| ast.child(assignment, Field::Left));
    let name = kept.map_or("", |kept| facts.source(kept));
    if function.params.len() < 2 || !function.decorators.is_empty() {
        return Err(Cannot::new("its `__call__` is not called as Django does"));
    }
    let mut calls = Vec::new();
    for node in ast.subtree(definition.body) {
        if ast.kind(node) != Kind::Attribute
            || facts.source(node) != name
            || ast.contains(keeps, node)
        {
            continue;
        }
        let is_called = ast.field(node) == Some(Field::Function);
        match ast
            .parent(node)
            .filter(|_| is_called && facts.owner(node) == Some(call))
        {
            Some(parent) => calls.push(parent),
            None => {
                return Err(Cannot::new(format!(
                    "more is done with `{name}` than to call it in `__call__`"
                )));
            }
        }
    }
    Ok(Wrapper {
        function: FunctionRef {
            file: class.file,
            index: call,
        },
        view: "self".to_owned(),
        calls,
    })
}

impl<'a> Planner<'a> {
    /// The middleware that can have an async form, with what it calls.
    pub(super) fn reach_middleware(
        &self,
        reached: &mut BTreeSet<FunctionRef>,
        queue: &mut Vec<FunctionRef>,
        refused: &mut HashMap<FunctionRef, String>,
        possible: &mut HashMap<FunctionRef, bool>,
        wrapped: &Colors,
    ) {
        if !self.options.views.is_empty() {
            return;
        }
        for (function, kind, obstacle) in self.wrappers.all_middleware() {
            let can = *possible.entry(function).or_insert_with(|| {
                let tried = obstacle
                    .map_or(Ok(()), |Cannot(reason)| Err(Cannot::new(reason)))
                    .and_then(|()| choices::check(self.decided.function(function), false))
                    .and_then(|()| self.eligible(function, Role::Wrapper, true))
                    .and_then(|()| self.trial(function, wrapped))
                    .and_then(|()| self.middleware_shape(function, kind, wrapped).map(|_| ()));
                match tried {
                    Ok(()) => true,
                    Err(Cannot(reason)) => {
                        refused.insert(function, reason);
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
            let is_made = coloring.colors.get(&function) == Some(&Color::Variant)
                && coloring.asyncs.contains(&function);
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
            .ok_or_else(|| Cannot::new("it is not at hand"))?;
        let before = draft.checkpoint();
        rules::middleware::write(&mut draft, kind)?;
        let against = draft.settle(before);
        Ok((draft, against))
    }
}
