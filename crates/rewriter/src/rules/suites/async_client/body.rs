//! What the body of a test asks, beside views.

use unblocked_analyzer::{Analysis, Base, ClassRef, FunctionRef, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{REQUESTS, Style, asks, refusal};
use crate::draft::{Color, Colors, Draft, Outcome};
use crate::suites::{Value, value, view_made};

/// Assertions that work in synchronous tests only, or evaluate what they are given.
const SYNC_ONLY: &[&str] = &[
    "assertFormError",
    "assertFormSetError",
    "assertFormsetError",
    "assertNumQueries",
    "assertQuerySetEqual",
    "assertQuerysetEqual",
    "assertRedirects",
    "captureOnCommitCallbacks",
    "fail_unless",
];

/// Methods of what nobody knows that ask nothing, by their names.
const HARMLESS: &[&str] = &[
    "append",
    "decode",
    "encode",
    "endswith",
    "has_header",
    "isoformat",
    "join",
    "json",
    "lower",
    "replace",
    "split",
    "startswith",
    "strip",
    "upper",
];

/// What is read of something that nobody knows may be a relation.
pub(super) fn attribute(draft: &Draft<'_>, node: NodeId) -> Outcome {
    let ast = draft.ast();
    let (Some(object), Some(name)) = (
        ast.child(node, Field::Object),
        ast.child(node, Field::Attribute),
    ) else {
        return Ok(());
    };
    let name = draft.text(name);
    if matches!(name, "context" | "context_data") {
        return Err(refusal(format!(
            "it reads `{}`, whose rows may be fetched where they are used",
            draft.excerpt(node)
        )));
    }
    let is_given = match ast.kind(object) {
        Kind::Attribute => {
            draft.text(object).starts_with("self.") && draft.text(object) != "self.client"
        }
        // What a fixture of the project gives may be a row.
        Kind::Identifier => fixture_of(draft, object),
        _ => false,
    };
    let is_unknown = *draft.type_of(object) == Type::Unknown && is_given;
    let is_called = ast.field(node) == Some(Field::Function);
    if is_unknown && !is_called && !matches!(name, "pk" | "id") && !name.ends_with("_id") {
        return Err(refusal(format!(
            "nothing tells what `{}` is",
            draft.excerpt(object)
        )));
    }
    Ok(())
}

/// What is called must be known not to ask, or be made right already.
pub(super) fn call(draft: &mut Draft<'_>, style: Style, call: NodeId) -> Outcome {
    let ast = draft.ast();
    let Some(function) = ast.child(call, Field::Function) else {
        return Ok(());
    };
    let unknown = |draft: &Draft<'_>| {
        Err(refusal(format!(
            "nothing tells what `{}` asks",
            draft.excerpt(call)
        )))
    };
    let name = ast
        .child(function, Field::Attribute)
        .map_or("", |name| draft.text(name));
    let object = ast.child(function, Field::Object);
    if object.is_some_and(|object| style.is_client(draft, object)) {
        return Ok(());
    }
    if let Some(class) = view_made(draft.facts, draft.file, function)
        && is_async_view(draft.analysis, draft.colors, class)
    {
        return draft.await_node(call);
    }
    if object.is_some_and(|object| asks::is_factory(draft, object) || style.is_tool(draft, object))
    {
        return Ok(());
    }
    let positional = draft.arguments(call);
    let positional = positional.iter().filter(|(name, _)| name.is_none()).count();
    if matches!(name, "raises" | "warns" | "deprecated_call") && positional > 1 {
        return Err(refusal(format!(
            "`{name}` calls what it is given, and does not await it"
        )));
    }
    if object.is_some_and(|object| draft.text(object) == "self") && name.starts_with("assert") {
        return assertion(draft, call, name);
    }
    if is_factory(draft, function) {
        return draft.wrap_call(call);
    }
    if draft.has_own_site(call) {
        return Ok(());
    }
    match draft.type_of(function) {
        Type::Path(path) if path.starts_with("model_bakery") || path.starts_with("mixer") => {
            draft.wrap_call(call)
        }
        Type::Path(_) | Type::Builtin(_) | Type::Model(_) => Ok(()),
        Type::Function(callee) | Type::Method(callee) => {
            let world = &draft.analysis.world;
            let uses_client = world
                .file(callee.file)
                .zip(world.function(*callee))
                .is_none_or(|(facts, callee)| {
                    let body = facts
                        .functions
                        .iter()
                        .find(|f| f.qualname == callee.qualname);
                    body.is_none_or(|body| facts.source(body.body).contains("client"))
                });
            if uses_client {
                return Err(refusal(format!(
                    "`{}` may use the synchronous client",
                    draft.excerpt(function)
                )));
            }
            Ok(())
        }
        Type::Class(_) => Ok(()),
        _ => match object.map(|object| draft.type_of(object)) {
            Some(Type::Unknown | Type::Opaque) | None => {
                let is_own = object.is_some_and(|object| draft.text(object) == "self");
                let is_harmless = HARMLESS.contains(&name)
                    || (is_own && matches!(name, "subTest" | "settings" | "modify_settings"))
                    || draft.text(function) == "reverse";
                match is_harmless {
                    true => Ok(()),
                    false => unknown(draft),
                }
            }
            Some(Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_)) => Ok(()),
            Some(Type::Object(_) | Type::Unresolved(..) | Type::Missing(_)) => unknown(draft),
            Some(_) => Ok(()),
        },
    }
}

fn assertion(draft: &Draft<'_>, call: NodeId, name: &str) -> Outcome {
    let sends_only = draft.arguments(call).iter().any(|(name, value)| {
        *name == Some("fetch_redirect_response") && draft.text(*value) == "False"
    });
    if SYNC_ONLY.contains(&name) && !(name == "assertRedirects" && sends_only) {
        return Err(refusal(format!("`{name}` works in synchronous tests only")));
    }
    let arguments = draft.arguments(call);
    let own = 1 + usize::from(name.ends_with("Message") || name.ends_with("Regex"));
    let positional = arguments.iter().filter(|(name, _)| name.is_none()).count();
    if (name.starts_with("assertRaises") || name.starts_with("assertWarns")) && positional > own {
        return Err(refusal(format!(
            "`{name}` calls what it is given, and does not await it"
        )));
    }
    for (_, value) in arguments {
        if matches!(
            draft.type_of(value),
            Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_) | Type::Page(_)
        ) {
            return Err(refusal(format!(
                "`{name}` fetches the rows of `{}`",
                draft.excerpt(value)
            )));
        }
    }
    Ok(())
}

/// True for a parameter that a fixture of the project gives.
fn fixture_of(draft: &Draft<'_>, name: NodeId) -> bool {
    let Some(definition) = draft.definition() else {
        return false;
    };
    let text = draft.text(name);
    definition.params.iter().any(|param| param.name == text)
        && draft
            .analysis
            .world
            .fixture(draft.file_index, definition.class, text)
            .is_some()
}

/// True for a class whose handlers are coroutine functions, or become so.
pub(super) fn is_async_view(analysis: &Analysis<'_>, colors: &Colors, class: ClassRef) -> bool {
    REQUESTS
        .iter()
        .filter_map(|method| analysis.world.method(class, method))
        .any(|handler| becomes_async(analysis, colors, handler))
}

fn becomes_async(analysis: &Analysis<'_>, colors: &Colors, function: FunctionRef) -> bool {
    let definition = analysis.world.function(function);
    colors.get(&function) == Some(&Color::Convert) || definition.is_some_and(|it| it.is_async)
}

/// What is passed on and called elsewhere gives coroutines there.
pub(super) fn check_values(draft: &Draft<'_>) -> Outcome {
    let facts = draft.facts;
    let mut values = draft.file.value_uses.iter();
    let passed_on = values.find(|used| {
        facts.owner(used.node) == draft.function
            && becomes_async(draft.analysis, draft.colors, used.function)
            && value(facts, used) == Value::IsCalled
    });
    match passed_on {
        Some(used) => Err(refusal(format!(
            "`{}` is async, and something else than the test calls it",
            draft.excerpt(used.node)
        ))),
        None => Ok(()),
    }
}

/// True when the test calls something itself that is async, or becomes so.
pub(super) fn calls_async(draft: &Draft<'_>) -> bool {
    let world = &draft.analysis.world;
    let is_called = draft
        .file
        .calls
        .iter()
        .filter(|call| call.function == draft.function)
        .map(|call| call.callee)
        .any(|callee| {
            let is_own = world
                .file(callee.file)
                .is_some_and(|facts| draft.suites.holds(facts, callee.file, Some(callee.index)));
            !is_own && becomes_async(draft.analysis, draft.colors, callee)
        });
    let nodes = draft.definition().into_iter();
    is_called
        || nodes
            .flat_map(|definition| draft.ast().subtree(definition.body))
            .filter_map(|node| view_made(draft.facts, draft.file, node))
            .any(|class| is_async_view(draft.analysis, draft.colors, class))
}

/// True for a class of factory_boy, and for a method of one.
fn is_factory(draft: &Draft<'_>, function: NodeId) -> bool {
    let of = |node: NodeId| match draft.type_of(node) {
        Type::Class(class) => draft
            .analysis
            .world
            .ancestors(*class)
            .iter()
            .any(|base| matches!(base, Base::External(path) if path.starts_with("factory."))),
        _ => false,
    };
    of(function) || draft.ast().child(function, Field::Object).is_some_and(of)
}
