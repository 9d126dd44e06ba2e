//! Which functions are views.

use unblocked_analyzer::{Analysis, FunctionRef, ParamKind, Symbol, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::effects::Effects;
use crate::plan::twin_of;

/// True for a function view: routed, or a function of a request that responds and that nothing else calls.
pub(crate) fn is_view(
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    function: FunctionRef,
) -> bool {
    let (Some(facts), Some(definition)) = (
        analysis.world.file(function.file),
        analysis.world.function(function),
    ) else {
        return false;
    };
    if definition.class.is_some() || definition.parent.is_some() || definition.is_generator {
        return false;
    }
    let Some(first) = definition.params.first() else {
        return false;
    };
    let annotation = definition
        .beside
        .first()
        .and_then(|beside| beside.annotation);
    let annotated =
        annotation.is_some_and(|annotation| facts.source(annotation).ends_with("HttpRequest"));
    if first.kind == ParamKind::Rest || !(first.name == "request" || annotated) {
        return false;
    }
    if effects.values_of(function).contains(&true) {
        return true;
    }
    let called = effects
        .callers_of(function)
        .any(|caller| caller.reference() != Some(function));
    !called && !has_twin(analysis, function) && responds(analysis, function)
}

/// True when an async twin stands beside the function: then it is the form that synchronous code uses.
fn has_twin(analysis: &Analysis<'_>, function: FunctionRef) -> bool {
    let world = &analysis.world;
    world.function(function).is_some_and(|definition| {
        matches!(
            world.global(function.file, &twin_of(&definition.name)),
            Some(Symbol::Function(twin)) if world.function(twin).is_some_and(|twin| twin.is_async)
        )
    })
}

/// True when some `return` gives a response, as far as its name tells.
fn responds(analysis: &Analysis<'_>, function: FunctionRef) -> bool {
    let (Some(facts), Some(definition)) = (
        analysis.world.file(function.file),
        analysis.world.function(function),
    ) else {
        return false;
    };
    let ast = facts.ast();
    ast.subtree(definition.body)
        .filter(|&node| ast.kind(node) == Kind::Return && facts.owner(node) == Some(function.index))
        .filter_map(|node| ast.first_child(node))
        .any(|value| is_response(analysis, function.file, value))
}

pub(crate) fn is_response(analysis: &Analysis<'_>, file: usize, value: NodeId) -> bool {
    let Some(facts) = analysis.world.file(file) else {
        return false;
    };
    let ast = facts.ast();
    let value = ast.unparenthesized(value);
    match ast.kind(value) {
        Kind::Call => {
            let name = ast
                .child(value, Field::Function)
                .and_then(|function| facts.dotted(function))
                .unwrap_or_default();
            let last = name.rsplit('.').next().unwrap_or_default();
            matches!(last, "render" | "redirect" | "render_to_response" | "serve")
                || last.starts_with("HttpResponse")
                || last.ends_with("Response")
                || last.ends_with("Redirect")
        }
        // `response = HttpResponse(…)`, changed, then returned.
        Kind::Identifier => {
            let name = facts.source(value);
            name.ends_with("response")
                || matches!(
                    analysis.files.get(file).map(|found| found.type_of(value)),
                    Some(Type::External(path)) if path.ends_with("Response") || path.ends_with("Redirect")
                )
        }
        Kind::Conditional => ast
            .children(value)
            .any(|part| ast.kind(part) == Kind::Call && is_response(analysis, file, part)),
        _ => false,
    }
}

/// True for `handler404` and the like, by its parameters or by its dotted path in some setting or `handlerXXX = "…"`:
/// an async one fails with `AttributeError: 'coroutine' object has no attribute '_resource_closers'`.
pub(crate) fn is_error_handler(analysis: &Analysis<'_>, function: FunctionRef) -> bool {
    let (Some(facts), Some(definition)) = (
        analysis.world.file(function.file),
        analysis.world.function(function),
    ) else {
        return false;
    };
    let takes_error = |name: &str| {
        definition
            .params
            .iter()
            .skip(1)
            .any(|param| param.name == name)
    };
    // `CSRF_FAILURE_VIEW` takes a reason, `handler404` an exception.
    if takes_error("exception") || (takes_error("reason") && definition.name.contains("csrf")) {
        return true;
    }
    let path = format!("{}.{}", facts.module, definition.name);
    analysis
        .world
        .files
        .iter()
        .any(|file| file.mentioned.contains(&path))
}
