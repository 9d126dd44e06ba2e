//! Code that is async already, and not right, or not the short way.

pub(super) mod async_iterator;
pub(super) mod atomic;
pub(crate) mod declared;
pub(super) mod early_value;
pub(super) mod handler_name;
pub(super) mod lost_task;
pub(super) mod middleware_class;
pub(crate) mod missing_await;
pub(super) mod native_form;
pub(super) mod needless_await;
pub(super) mod needless_thread;
pub(super) mod never_was;
pub(super) mod no_await;
pub(super) mod no_such_setting;
pub(super) mod not_found;
pub(crate) mod own_loop;
pub(super) mod own_thread;
mod passes_test;
pub(super) mod sync_hook;

use unblocked_analyzer::{Analysis, FunctionRef, HalfAsync, Site, SiteKind, Threaded};
use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Field, Kind, NodeId, Span};

use crate::draft::{Cannot, Draft, Note, Outcome};
use crate::options::Options;
use crate::rewrites::{Piece, Template, template};

/// What a site says of code that is async already.
fn half_async(site: &Site) -> Option<&HalfAsync> {
    match &site.kind {
        SiteKind::HalfAsync(half) => Some(half),
        _ => None,
    }
}

fn threaded(site: &Site) -> Option<&Threaded> {
    match half_async(site)? {
        HalfAsync::Threaded(threaded) => Some(threaded),
        _ => None,
    }
}

/// The `await` right before a node.
fn awaited(draft: &Draft<'_>, node: NodeId) -> Option<NodeId> {
    let parent = draft.ast().parent(node)?;
    (draft.ast().kind(parent) == Kind::Await).then_some(parent)
}

/// The arguments after the function in `asyncio.to_thread(function, …)` and `run_in_executor(pool, function, …)`, with the
/// closing parenthesis.
fn rest_of_arguments(draft: &Draft<'_>, call: NodeId, function: NodeId) -> Template {
    let ast = draft.ast();
    let arguments = draft.arguments(call);
    let before = arguments
        .iter()
        .position(|&(_, value)| value == function)
        .map_or(0, |at| at + 1);
    let after = arguments.get(before).map(|&(_, value)| value);
    let Some(next) = after else {
        return template!["()"];
    };
    // `key=value` begins with its name.
    let argument = ast
        .parent(next)
        .filter(|&parent| KeywordArgument::cast(ast, parent).is_some())
        .unwrap_or(next);
    let span = Span::new(ast.span(argument).start, ast.span(call).end);
    vec![Piece::from("("), Piece::Source(span)]
}

/// A future of `run_in_executor` runs at once, wherever it is kept; what takes its place runs when it is awaited.
fn runs_at_once(draft: &Draft<'_>, call: NodeId) -> Outcome {
    let ast = draft.ast();
    let is_executor = ast
        .child(call, Field::Function)
        .is_some_and(|function| draft.text(function).ends_with(".run_in_executor"));
    let is_gathered = ast
        .ancestors(call)
        .nth(1)
        .and_then(|outer| ast.child(outer, Field::Function))
        .is_some_and(|outer| draft.text(outer).ends_with("gather"));
    match is_executor && awaited(draft, call).is_none() && !is_gathered {
        true => Err(Cannot::new(
            "its future is kept, and runs before it is awaited; let `sync_to_async` call the function in the request's one thread",
        )),
        false => Ok(()),
    }
}

/// Makes the call directly that was made in a thread; whether it is awaited stays.
fn call_directly(draft: &mut Draft<'_>, site: &Site, threaded: &Threaded) -> Outcome {
    let ast = draft.ast();
    if ast.kind(threaded.function) == Kind::Lambda {
        return Err(Cannot::new("a lambda runs in the thread"));
    }
    match threaded.adapter {
        Some(adapter) => draft
            .rewrites
            .replace(adapter, template![threaded.function]),
        None => {
            runs_at_once(draft, site.node)?;
            let mut call = template![threaded.function];
            call.extend(rest_of_arguments(draft, site.node, threaded.function));
            draft.rewrites.replace(site.node, call);
        }
    }
    Ok(())
}

/// What is to be said of a view, or a handler, that was async before.
pub(crate) fn of_view(
    analysis: &Analysis<'_>,
    function: FunctionRef,
    options: &Options,
    changes: bool,
) -> Vec<Note> {
    let (Some(facts), Some(types)) = (
        analysis.world.file(function.file),
        analysis.files.get(function.file),
    ) else {
        return Vec::new();
    };
    let Some(view) = facts.functions.get(function.index) else {
        return Vec::new();
    };
    let mut notes = not_found::notes(facts, types, view, options);
    let name = facts.ast().child(view.node, Field::Name);
    if let Some(name) = name.filter(|_| !changes) {
        notes.extend(no_await::note(facts, view, name, options));
    }
    notes
}

/// What is to be said of any function that was async before.
pub(crate) fn of_function(
    analysis: &Analysis<'_>,
    function: FunctionRef,
    options: &Options,
) -> Option<Note> {
    let facts = analysis.world.file(function.file)?;
    let types = analysis.files.get(function.file)?;
    let definition = facts.functions.get(function.index)?;
    atomic::note(facts, types, definition, options)
}
