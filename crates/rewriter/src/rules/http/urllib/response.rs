//! What is done with a response of `urlopen`.

use unblocked_analyzer::Type;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::rules::http::decide::Form;
use crate::rules::http::response::Use;
use crate::rules::http::scope::Scope;

/// Headers of which each client has its own idea.
const OWN: &[&str] = &[
    "content-encoding",
    "content-length",
    "set-cookie",
    "transfer-encoding",
];

/// What is done with a response; `None` when it goes elsewhere, or what is used of it has no like. `node` is the response
/// with the parentheses around it.
pub(in crate::rules::http) fn classify(
    scope: &Scope<'_>,
    response: NodeId,
    node: NodeId,
    parent: NodeId,
) -> Option<Use> {
    let ast = scope.ast();
    match ast.kind(parent) {
        Kind::Attribute if ast.field(node) == Some(Field::Object) => attribute(scope, parent),
        // `json.load(response)`
        Kind::ArgumentList if ast.first_child(parent) == Some(node) && node == response => {
            let call = ast.parent(parent)?;
            let function = ast.child(call, Field::Function)?;
            let loads =
                matches!(scope.type_of(function), Type::Path(path) if &**path == "json.load");
            loads.then_some(Use::Load(call))
        }
        _ => None,
    }
}

fn attribute(scope: &Scope<'_>, attribute: NodeId) -> Option<Use> {
    let ast = scope.ast();
    let name = ast.child(attribute, Field::Attribute)?;
    let parent = ast.parent(attribute)?;
    let is_called = ast.kind(parent) == Kind::Call && ast.field(attribute) == Some(Field::Function);
    if is_called {
        let list = ast.child(parent, Field::Arguments)?;
        let is_bare = ast.first_child(list).is_none();
        return match scope.text(name) {
            "read" if is_bare => Some(Use::Bytes(parent)),
            "getcode" if is_bare => Some(Use::Code(parent)),
            "geturl" if is_bare => Some(Use::UrlCall(parent)),
            "getheader" => is_known(scope, ast.first_child(list)?).then_some(Use::HeaderCall(name)),
            "info" if is_bare => match headers(scope, parent)? {
                Use::HeaderItem(item) => Some(Use::Info(parent, Some(item))),
                _ => Some(Use::Info(parent, None)),
            },
            "close" if is_bare => ast
                .parent(parent)
                .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
                .then_some(Use::Close(parent)),
            _ => None,
        };
    }
    let is_read = ast.field(attribute) != Some(Field::Left) && ast.kind(parent) != Kind::Delete;
    match scope.text(name) {
        "status" | "code" if is_read => Some(Use::Code(attribute)),
        "reason" if is_read => Some(Use::Reason(name)),
        "url" if is_read => Some(Use::Url(attribute)),
        "headers" => headers(scope, attribute),
        _ => None,
    }
}

/// `headers["X"]`, `headers.get("X")` and `"X" in headers`.
fn headers(scope: &Scope<'_>, headers: NodeId) -> Option<Use> {
    let ast = scope.ast();
    let parent = ast.parent(headers)?;
    match ast.kind(parent) {
        Kind::Subscript => {
            let index = ast.children(parent).nth(1)?;
            let fits = ast.field(headers) == Some(Field::Value)
                && ast.field(parent) != Some(Field::Left)
                && ast
                    .parent(parent)
                    .is_some_and(|up| ast.kind(up) != Kind::Delete)
                && ast.children(parent).count() == 2
                && is_known(scope, index);
            fits.then_some(Use::HeaderItem(parent))
        }
        Kind::Attribute => {
            let call = ast.parent(parent)?;
            let key = ast.first_child(ast.child(call, Field::Arguments)?)?;
            let fits = ast.field(parent) == Some(Field::Function)
                && ast
                    .child(parent, Field::Attribute)
                    .is_some_and(|name| scope.text(name) == "get")
                && is_known(scope, key);
            fits.then_some(Use::Same)
        }
        Kind::Comparison => {
            let parts: Vec<NodeId> = ast.children(parent).collect();
            matches!(parts[..], [key, operator, right]
                if right == headers && scope.text(operator).ends_with("in") && is_known(scope, key))
            .then_some(Use::Same)
        }
        _ => None,
    }
}

/// True for the name of a header, written out, that is the same in every client.
pub(in crate::rules::http) fn is_known(scope: &Scope<'_>, key: NodeId) -> bool {
    let name = scope
        .text(key)
        .trim_matches(['"', '\''])
        .to_ascii_lowercase();
    scope.ast().kind(key) == Kind::String && !OWN.contains(&name.as_str())
}

/// True when a body is read once at most, and not after it was closed: what is read again is empty.
pub(in crate::rules::http) fn is_read_once(
    scope: &Scope<'_>,
    call: NodeId,
    form: &Form,
    uses: &[(NodeId, Use)],
) -> bool {
    let ast = scope.ast();
    let reads: Vec<NodeId> = uses
        .iter()
        .filter(|(_, used)| used.reads_body())
        .map(|&(load, _)| load)
        .collect();
    let [read] = reads[..] else {
        return reads.is_empty();
    };
    let repeats = scope.ancestors(read).any(|up| {
        let repeats =
            matches!(ast.kind(up), Kind::For | Kind::While) || ast.kind(up).is_comprehension();
        repeats && !ast.contains(up, call)
    });
    let is_closed = uses
        .iter()
        .any(|&(load, used)| matches!(used, Use::Close(_)) && load < read);
    // One that was read before its `with` block ended stays read.
    let is_whole = match form {
        Form::With { statement, .. } => ast.contains(*statement, read),
        _ => true,
    };
    !repeats && !is_closed && is_whole
}
