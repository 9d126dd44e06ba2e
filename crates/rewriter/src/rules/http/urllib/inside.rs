//! What a handler looks at in an exception of urllib.

use unblocked_analyzer::{Call, FunctionRef, HttpLibrary, Type};
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::options::HttpClient;
use crate::rules::http::raised::is_loud;
use crate::rules::http::scope::Scope;

/// One look into an exception: the attribute, or the call of it, and what stands in its place behind the exception.
pub(in crate::rules::http) type Look = (NodeId, &'static str);

/// What a handler looks at, beyond telling its exception; `None` where the other client's has no like.
pub(in crate::rules::http) fn looks(
    scope: &Scope<'_>,
    exception: &str,
    uses: &[NodeId],
) -> Option<Vec<Look>> {
    let ast = scope.ast();
    let is_aiohttp = scope.options.http_client == HttpClient::Aiohttp;
    uses.iter()
        .map(|&id| {
            let attribute = ast.parent(id).filter(|&up| {
                ast.kind(up) == Kind::Attribute && ast.field(id) == Some(Field::Object)
            })?;
            if ast.field(attribute) == Some(Field::Left) || exception != "HTTPError" {
                return None;
            }
            let parent = ast.parent(attribute)?;
            let called = (ast.kind(parent) == Kind::Call
                && ast.field(attribute) == Some(Field::Function)
                && ast
                    .child(parent, Field::Arguments)
                    .is_some_and(|list| ast.first_child(list).is_none()))
            .then_some(parent);
            let name = scope.text(ast.child(attribute, Field::Attribute)?);
            let status = if is_aiohttp {
                ".status"
            } else {
                ".response.status_code"
            };
            Some(match (name, called) {
                ("code" | "status", None) => (attribute, status),
                ("getcode", Some(call)) => (call, status),
                ("reason" | "msg", None) if ast.field(attribute) != Some(Field::Function) => (
                    attribute,
                    if is_aiohttp {
                        ".message"
                    } else {
                        ".response.reason_phrase"
                    },
                ),
                // aiohttp has given the connection back.
                ("read", Some(call)) if !is_aiohttp => (call, ".response.content"),
                _ => return None,
            })
        })
        .collect()
}

/// True when something in a `try` statement's body may raise an exception of urllib, but for calls of `urlopen` there.
pub(in crate::rules::http) fn raises_otherwise(scope: &Scope<'_>, statement: NodeId) -> bool {
    let ast = scope.ast();
    let Some(body) = ast.child(statement, Field::Body) else {
        return true;
    };
    let waits = |callee: FunctionRef| scope.effects.waits(callee);
    let calls_what_waits = scope
        .effects
        .all_calls_of(scope.file, scope.function)
        .any(|(call, _): (&Call, bool)| ast.contains(body, call.node) && waits(call.callee));
    calls_what_waits
        || ast.subtree(body).any(|id| {
            ast.kind(id) == Kind::Call
                && !is_open(scope, id)
                && is_loud(scope, id, HttpLibrary::Urllib)
        })
}

/// True for a call of `urlopen`, or one that makes its `Request`.
fn is_open(scope: &Scope<'_>, call: NodeId) -> bool {
    scope
        .ast()
        .child(call, Field::Function)
        .is_some_and(|function| {
            matches!(scope.type_of(function), Type::Path(path)
                if matches!(canonical(path), super::OPEN | "urllib.request.Request"))
        })
}
