//! What is done with a response of urllib3.

use unblocked_syntax::{Field, Kind, NodeId};

use crate::rules::http::response::Use;
use crate::rules::http::scope::Scope;
use crate::rules::http::urllib::is_known;

/// What is done with a response; `None` when it goes elsewhere, or what is used of it has no like. `node` is the response
/// with the parentheses around it.
pub(in crate::rules::http) fn classify(
    scope: &Scope<'_>,
    node: NodeId,
    attribute: NodeId,
) -> Option<Use> {
    let ast = scope.ast();
    if ast.kind(attribute) != Kind::Attribute || ast.field(node) != Some(Field::Object) {
        return None;
    }
    let name = ast.child(attribute, Field::Attribute)?;
    let parent = ast.parent(attribute)?;
    let is_called = ast.kind(parent) == Kind::Call && ast.field(attribute) == Some(Field::Function);
    if is_called {
        let list = ast.child(parent, Field::Arguments)?;
        let is_json = scope.text(name) == "json" && ast.first_child(list).is_none();
        return is_json.then_some(Use::Json(parent));
    }
    if ast.field(attribute) == Some(Field::Left) || ast.kind(parent) == Kind::Delete {
        return None;
    }
    match scope.text(name) {
        "data" => Some(Use::Bytes(attribute)),
        "status" => Some(Use::Code(attribute)),
        "reason" => Some(Use::Reason(name)),
        "headers" => headers(scope, attribute),
        _ => None,
    }
}

/// `headers["X"]`, `headers.get("X")` and `"X" in headers`.
fn headers(scope: &Scope<'_>, headers: NodeId) -> Option<Use> {
    let ast = scope.ast();
    let parent = ast.parent(headers)?;
    let key = match ast.kind(parent) {
        Kind::Subscript if ast.field(headers) == Some(Field::Value) => {
            let outer = ast.parent(parent)?;
            let is_read = ast.field(parent) != Some(Field::Left) && ast.kind(outer) != Kind::Delete;
            let keys: Vec<NodeId> = ast.children(parent).skip(1).collect();
            match keys[..] {
                [key] if is_read => key,
                _ => return None,
            }
        }
        Kind::Attribute if ast.field(parent) == Some(Field::Function) => {
            let name = ast.child(parent, Field::Attribute)?;
            let list = ast.child(ast.parent(parent)?, Field::Arguments)?;
            ast.first_child(list)
                .filter(|_| scope.text(name) == "get")?
        }
        Kind::Comparison => {
            let parts: Vec<NodeId> = ast.children(parent).collect();
            match parts[..] {
                [key, operator, right]
                    if right == headers && scope.text(operator).ends_with("in") =>
                {
                    key
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    is_known(scope, key).then_some(Use::Same)
}
