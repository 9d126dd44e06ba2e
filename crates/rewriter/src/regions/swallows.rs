//! Whether a context manager may end an exception, so that code goes on after its block.

use unblocked_analyzer::{Analysis, FunctionRef, Type};
use unblocked_syntax::{Field, Kind, NodeId};

/// True when a `with` statement may end an exception: nothing says that its context managers don't.
pub(super) fn swallows(analysis: &Analysis<'_>, file: usize, with: NodeId) -> bool {
    let (Some(facts), Some(types)) = (analysis.world.file(file), analysis.files.get(file)) else {
        return true;
    };
    let ast = facts.ast();
    let Some(clause) = ast.child_of_kind(with, Kind::WithClause) else {
        return true;
    };
    !ast.children(clause).all(|item| {
        let mut manager = ast.child(item, Field::Value).unwrap_or(item);
        if ast.kind(manager) == Kind::AsPattern {
            manager = ast.first_child(manager).unwrap_or(manager);
        }
        let function = ast.child(manager, Field::Function).unwrap_or(manager);
        keeps(analysis, types.type_of(function)) || keeps(analysis, types.type_of(manager))
    })
}

/// True for what lets exceptions pass: a context manager, or what makes one.
fn keeps(analysis: &Analysis<'_>, kind: &Type) -> bool {
    match kind {
        Type::Path(path) | Type::External(path) => {
            let path = unblocked_django::canonical(path);
            unblocked_django::waits_at_exit(path).is_some()
                || path == "contextlib.closing"
                || path.starts_with("django.db.")
                || path.starts_with("threading.")
                || path.starts_with("multiprocessing.")
        }
        Type::HttpResponse(..) => true,
        Type::Builtin(name) => &**name == "open",
        Type::Object(class) => {
            // It may be an object of a subclass.
            let classes = analysis.world.descendants(*class).iter().chain([class]);
            classes
                .map(|&class| analysis.world.method(class, "__exit__"))
                .all(|exit| exit.is_some_and(|exit| gives_nothing(analysis, exit)))
        }
        Type::Function(maker) => passes_on(analysis, *maker),
        _ => false,
    }
}

/// True for an `__exit__` that returns nothing true, whatever happens.
fn gives_nothing(analysis: &Analysis<'_>, exit: FunctionRef) -> bool {
    let (Some(facts), Some(definition)) = (
        analysis.world.file(exit.file),
        analysis.world.function(exit),
    ) else {
        return false;
    };
    let ast = facts.ast();
    let is_plain = definition.decorators.is_empty() && !definition.is_generator;
    is_plain
        && ast
            .subtree(definition.body)
            .filter(|&node| ast.kind(node) == Kind::Return && facts.owner(node) == Some(exit.index))
            .filter_map(|node| ast.first_child(node))
            .all(|value| matches!(facts.source(value), "None" | "False"))
}

/// True for a generator that catches nothing, of which `@contextmanager` makes a context manager.
fn passes_on(analysis: &Analysis<'_>, maker: FunctionRef) -> bool {
    let (Some(facts), Some(definition)) = (
        analysis.world.file(maker.file),
        analysis.world.function(maker),
    ) else {
        return false;
    };
    let ast = facts.ast();
    // A `with` in it may catch, and a `return` in `finally` does.
    definition.is_generator
        && definition.decorators.len() == 1
        && !ast
            .subtree(definition.body)
            .any(|node| matches!(ast.kind(node), Kind::Except | Kind::With | Kind::Return))
}
