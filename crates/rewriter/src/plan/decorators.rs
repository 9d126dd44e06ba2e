//! The project's own decorators: functions that take a view and return what wraps it.
//!
//! A synchronous wrapper gives an unawaited coroutine for an async view. One that can be followed gets an async variant,
//! chosen by what it decorates, so that it goes on wrapping both kinds.

use std::collections::{BTreeMap, HashMap};

use unblocked_analyzer::{Analysis, FileFacts, FunctionRef, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::middleware::{self, Middleware};
use crate::draft::Cannot;
use crate::options::Options;
use crate::views::check_decorators;

/// What a decorator of the project does with an async view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoration {
    /// It tells async views apart already.
    Aware,
    /// It wraps the view in this function.
    Wraps(Wrapper),
}

/// The function that a decorator returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapper {
    pub(crate) function: FunctionRef,
    /// The variable that holds the view.
    pub(crate) view: String,
    /// The calls of the view, in order of place.
    pub(crate) calls: Vec<NodeId>,
}

/// The wrappers around views, in decorators of the project.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    /// By view.
    views: HashMap<FunctionRef, Vec<FunctionRef>>,
    functions: HashMap<FunctionRef, Wrapper>,
    /// What is middleware, and of what kind.
    middleware: BTreeMap<FunctionRef, (Middleware, Option<Cannot>)>,
}

impl Wrappers {
    /// Those of the views that can have them.
    pub(super) fn new(
        analysis: &Analysis<'_>,
        options: &Options,
        views: impl IntoIterator<Item = FunctionRef>,
    ) -> Self {
        let mut all = Self::default();
        for found in middleware::find(analysis) {
            let obstacle = match found.wrapper {
                Ok(Some(wrapper)) => {
                    all.functions.insert(found.function, wrapper);
                    None
                }
                Ok(None) => None,
                Err(obstacle) => Some(obstacle),
            };
            all.middleware
                .insert(found.function, (found.kind, obstacle));
        }
        for view in views {
            for wrapper in check_decorators(analysis, view, options).unwrap_or_default() {
                all.views.entry(view).or_default().push(wrapper.function);
                all.functions.insert(wrapper.function, wrapper);
            }
        }
        all
    }

    /// What wraps a view.
    pub(super) fn of(&self, view: FunctionRef) -> &[FunctionRef] {
        self.views.get(&view).map_or(&[], Vec::as_slice)
    }

    /// The middleware at hand, and what keeps it as it is.
    pub(super) fn all_middleware(
        &self,
    ) -> impl Iterator<Item = (FunctionRef, Middleware, Option<&Cannot>)> + '_ {
        self.middleware
            .iter()
            .map(|(&function, (kind, obstacle))| (function, *kind, obstacle.as_ref()))
    }

    /// The middleware that a function is the body of.
    pub(super) fn middleware(&self, function: FunctionRef) -> Option<Middleware> {
        self.middleware.get(&function).map(|(kind, _)| *kind)
    }

    /// The wrapper that a function is.
    pub(super) fn get(&self, function: FunctionRef) -> Option<&Wrapper> {
        self.functions.get(&function)
    }

    /// The views that a function wraps.
    pub(super) fn views_of(&self, wrapper: FunctionRef) -> impl Iterator<Item = FunctionRef> + '_ {
        self.views
            .iter()
            .filter(move |(_, wrappers)| wrappers.contains(&wrapper))
            .map(|(&view, _)| view)
    }
}

/// Reads a decorator; `is_called` when it stands with arguments: `@role_required("editor")`.
pub(crate) fn decoration(
    analysis: &Analysis<'_>,
    decorator: FunctionRef,
    is_called: bool,
) -> Result<Decoration, Cannot> {
    let no = |what: &str| Err(Cannot::new(what));
    let (Some(facts), Some(definition)) = (
        analysis.world.file(decorator.file),
        analysis
            .world
            .file(decorator.file)
            .and_then(|facts| facts.functions.get(decorator.index)),
    ) else {
        return no("it is not at hand");
    };
    if definition.is_async || definition.is_generator || definition.parent.is_some() {
        return no("it is no plain function of a module");
    }
    if is_aware(facts, decorator.index) {
        return Ok(Decoration::Aware);
    }
    let outer = if is_called {
        returned(facts, decorator.index)
    } else {
        Some(decorator.index)
    };
    let Some((outer, wrapper)) = outer.and_then(|outer| Some((outer, returned(facts, outer)?)))
    else {
        return no("what it returns can't be followed");
    };
    let (Some(maker), Some(inner)) = (facts.functions.get(outer), facts.functions.get(wrapper))
    else {
        return no("what it returns can't be followed");
    };
    let [parameter] = maker.params.as_slice() else {
        return no("it takes more than the view");
    };
    if inner.is_generator {
        return no("what it returns is a generator");
    }
    let view = parameter.name.as_str();
    let types = analysis.files.get(decorator.file);
    let is_wraps = |node: NodeId| {
        types.is_some_and(
            |types| matches!(types.type_of(node), Type::Path(path) if &**path == "functools.wraps"),
        )
    };
    let ast = facts.ast();
    let keeps_name =
        |decorator: NodeId| ast.child(decorator, Field::Function).is_some_and(is_wraps);
    if !inner.decorators.iter().all(|&node| keeps_name(node)) {
        return no("what it returns is decorated itself");
    }
    let mut calls = Vec::new();
    for node in ast.subtree(maker.body) {
        if ast.kind(node) != Kind::Identifier
            || facts.source(node) != view
            || ast.field(node) == Some(Field::Attribute)
        {
            continue;
        }
        let parent = ast.parent(node).unwrap_or(node);
        let is_own = facts.owner(node) == Some(wrapper);
        match ast.kind(parent) {
            Kind::Call if is_own && ast.field(node) == Some(Field::Function) => calls.push(parent),
            // `view.__name__`
            Kind::Attribute => {}
            Kind::KeywordArgument if ast.field(node) == Some(Field::Name) => {}
            Kind::ArgumentList
                if ast
                    .parent(parent)
                    .is_some_and(|call| ast.child(call, Field::Function).is_some_and(is_wraps)) => {
            }
            _ => return no(&format!("it does more with `{view}` than call it")),
        }
    }
    Ok(Decoration::Wraps(Wrapper {
        function: FunctionRef {
            file: decorator.file,
            index: wrapper,
        },
        view: view.to_owned(),
        calls,
    }))
}

/// True when a decorator asks whether what it decorates is async, or returns an async function.
fn is_aware(facts: &FileFacts, index: usize) -> bool {
    let ast = facts.ast();
    let asks = facts.functions.get(index).is_some_and(|function| {
        ast.subtree(function.body).any(|node| {
            ast.kind(node) == Kind::Call
                && ast
                    .child(node, Field::Function)
                    .is_some_and(|callee| facts.source(callee).ends_with("iscoroutinefunction"))
        })
    });
    asks || facts.nested(index).any(|(_, nested)| nested.is_async)
}

/// The nested function that a function returns, when that is all it returns.
fn returned(facts: &FileFacts, index: usize) -> Option<usize> {
    let ast = facts.ast();
    let function = facts.functions.get(index)?;
    let mut returns = ast
        .subtree(function.body)
        .filter(|&node| ast.kind(node) == Kind::Return && facts.owner(node) == Some(index));
    let (only, None) = (returns.next()?, returns.next()) else {
        return None;
    };
    let value = ast.first_child(only)?;
    let is_last = ast.children(function.body).last() == Some(only);
    if !is_last || ast.kind(value) != Kind::Identifier {
        return None;
    }
    let name = facts.source(value);
    let mut named = facts
        .nested(index)
        .filter(|(_, nested)| nested.name == name);
    let (found, None) = (named.next()?, named.next()) else {
        return None;
    };
    let (position, nested) = found;
    let is_plain = nested.parent == Some(index)
        && ast.parent(nested.statement) == Some(function.body)
        && ast.span(nested.statement).has_own_lines(facts.text());
    // The name is the function, not something that it was given to since.
    let is_bound_once = ast
        .subtree(function.body)
        .filter(|&node| ast.kind(node) == Kind::Identifier && facts.source(node) == name)
        .count()
        == 2;
    (is_plain && is_bound_once).then_some(position)
}
