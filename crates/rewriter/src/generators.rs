//! Generators of the project: which can be async, and where what they give can be taken one by one.

use unblocked_analyzer::{FileAnalysis, FileFacts, Signature, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::Cannot;

/// Builtins that take all that an iterable gives before they return, and give it on to nobody.
const TAKING_ALL: &[&str] = &[
    "dict",
    "frozenset",
    "list",
    "max",
    "min",
    "set",
    "sorted",
    "sum",
    "tuple",
];

/// How what a generator gives is taken, where it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// By a `for` statement or a clause of a comprehension: this.
    Loop(NodeId),
    /// All at once, by this call: `list(rows())`.
    AtOnce(NodeId),
    /// By Django, part by part: `StreamingHttpResponse(rows())`.
    Streamed,
    /// By this statement of another generator: `yield from rows()`.
    Delegated(NodeId),
}

/// True for what an async generator can be written for: it is no method, and nothing decorates it.
pub(crate) fn is_plain(function: &Signature) -> bool {
    function.is_generator && !function.is_async && function.decorator_names.is_empty()
}

/// How what a call of a generator gives is taken; `None` for what an async generator can't be used for.
pub(crate) fn taken(facts: &FileFacts, types: &FileAnalysis, call: NodeId) -> Option<Taken> {
    let ast = facts.ast();
    let parent = ast.parent(call)?;
    match ast.kind(parent) {
        Kind::For | Kind::ForInClause
            if ast.field(call) == Some(Field::Right) && !ast.is_async(parent) =>
        {
            let comprehension = ast.parent(parent)?;
            let is_lazy = ast.kind(comprehension) == Kind::GeneratorExpression
                && !takes_all(facts, types, comprehension);
            (!is_lazy).then_some(Taken::Loop(parent))
        }
        Kind::Yield if facts.yields_from(parent) => {
            let statement = ast.parent(parent)?;
            let is_statement = ast.kind(statement) == Kind::ExpressionStatement;
            is_statement.then_some(Taken::Delegated(statement))
        }
        Kind::KeywordArgument => {
            let name = ast.child(parent, Field::Name)?;
            let consumer = ast.ancestors(parent).nth(1)?;
            let function = ast.child(consumer, Field::Function)?;
            let is_content = facts.source(name) == "streaming_content";
            (is_content && is_streaming(types, function)).then_some(Taken::Streamed)
        }
        Kind::ArgumentList => {
            let consumer = ast.parent(parent)?;
            if ast.children(parent).next() != Some(call) || ast.kind(consumer) != Kind::Call {
                return None;
            }
            if is_streaming(types, ast.child(consumer, Field::Function)?) {
                return Some(Taken::Streamed);
            }
            takes_all(facts, types, call).then_some(Taken::AtOnce(consumer))
        }
        _ => None,
    }
}

/// True when what is given an iterable takes all of it at once, or streams it.
pub(crate) fn takes_all(facts: &FileFacts, types: &FileAnalysis, iterable: NodeId) -> bool {
    let ast = facts.ast();
    let call = ast
        .ancestors(iterable)
        .take(2)
        .find(|&up| ast.kind(up) == Kind::Call);
    let Some(function) = call.and_then(|call| ast.child(call, Field::Function)) else {
        return false;
    };
    match types.type_of(function) {
        Type::Builtin(name) => TAKING_ALL.contains(&&**name),
        _ if is_streaming(types, function) => true,
        _ => ast.child(function, Field::Attribute).is_some_and(|name| {
            let object = ast.child(function, Field::Object);
            let is_text = object.is_some_and(|object| ast.kind(object) == Kind::String);
            facts.source(name) == "join" && is_text
        }),
    }
}

fn is_streaming(types: &FileAnalysis, function: NodeId) -> bool {
    match types.type_of(function) {
        Type::Path(path) => {
            unblocked_django::canonical(path) == "django.http.StreamingHttpResponse"
        }
        Type::Undefined(name) => &**name == "StreamingHttpResponse",
        _ => false,
    }
}

/// Why a generator can't be an async one, as far as its own code is concerned.
pub(crate) fn check(facts: &FileFacts, index: usize) -> Result<(), Cannot> {
    let no = |what: &str| {
        Err(Cannot::of(
            Because::Generator,
            format!("it is a generator that {what}"),
        ))
    };
    let Some(definition) = facts.functions.get(index) else {
        return Ok(());
    };
    let ast = facts.ast();
    let own = |node: &NodeId| facts.owner(*node) == Some(index);
    for node in ast.subtree(definition.body).filter(own) {
        match ast.kind(node) {
            Kind::Return if ast.first_child(node).is_some() => return no("returns a value"),
            Kind::Yield => {
                let is_statement = ast
                    .parent(node)
                    .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement);
                if !is_statement {
                    return no("is sent values");
                }
                let is_held = ast
                    .ancestors(node)
                    .take_while(|&up| up != definition.body)
                    .any(|up| matches!(ast.kind(up), Kind::Try | Kind::With));
                if is_held {
                    return no(
                        "yields within `try` or `with`: an async one that is left early would end these later",
                    );
                }
            }
            _ => {}
        }
    }
    Ok(())
}
