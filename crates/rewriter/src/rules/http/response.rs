//! What is done with a response.

use unblocked_analyzer::HttpLibrary;
use unblocked_syntax::{Field, Kind, NodeId};

use super::scope::Scope;
use super::{urllib, urllib3};

/// One use of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// `response.json()`: the call.
    Json(NodeId),
    /// `response.text`: the attribute.
    Text(NodeId),
    /// `response.content`: the attribute.
    Content(NodeId),
    /// `response.status_code`: the name.
    Status(NodeId),
    /// `response.ok`: the attribute.
    Ok(NodeId),
    /// `response.reason`: the name.
    Reason(NodeId),
    /// `response.url`: the attribute.
    Url(NodeId),
    /// `if response:`
    Truth(NodeId),
    /// `response.raise_for_status()`
    RaiseForStatus,
    /// `response.read()` of urllib, all of the body, or `response.data` of urllib3: the call or the attribute.
    Bytes(NodeId),
    /// `json.load(response)`: the call.
    Load(NodeId),
    /// `response.status` of urllib and urllib3, `response.code`, `response.getcode()`: the attribute or the call.
    Code(NodeId),
    /// `response.geturl()`: the call.
    UrlCall(NodeId),
    /// `response.headers["X"]`, which gives `None` for a header that is not there: the subscript.
    HeaderItem(NodeId),
    /// `response.getheader("X")`: the name.
    HeaderCall(NodeId),
    /// `response.info()`: the call, and the subscript that reads a header of it.
    Info(NodeId, Option<NodeId>),
    /// `response.close()`: the call.
    Close(NodeId),
    /// What is the same in every client: `response.headers["X"]`, `response is None`.
    Same,
}

impl Use {
    /// True when aiohttp has to be awaited for it.
    pub(super) fn reads_body(self) -> bool {
        matches!(
            self,
            Self::Json(_) | Self::Text(_) | Self::Content(_) | Self::Bytes(_) | Self::Load(_)
        )
    }
}

/// What is done with the response that an expression is; `None` when it goes elsewhere, or what is used of it has no
/// like.
pub(super) fn classify(scope: &Scope<'_>, response: NodeId, library: HttpLibrary) -> Option<Use> {
    let ast = scope.ast();
    // Two quotes are all that an f-string in an f-string leaves.
    let strings = ast
        .ancestors(response)
        .filter(|&up| ast.kind(up) == Kind::String)
        .count();
    if strings > 1 {
        return None;
    }
    let mut node = response;
    let mut parent = ast.parent(node)?;
    while ast.kind(parent) == Kind::Parenthesized {
        node = parent;
        parent = ast.parent(node)?;
    }
    match ast.kind(parent) {
        _ if library == HttpLibrary::Urllib => urllib::classify(scope, response, node, parent),
        _ if library == HttpLibrary::Urllib3 => urllib3::classify(scope, node, parent),
        Kind::Attribute if ast.field(node) == Some(Field::Object) => attribute(scope, parent),
        Kind::Comparison => {
            let parts: Vec<NodeId> = ast.children(parent).collect();
            let [left, operator, right] = parts[..] else {
                return None;
            };
            let is_none = left == node
                && scope.text(operator).starts_with("is")
                && ast.kind(right) == Kind::None;
            is_none.then_some(Use::Same)
        }
        _ => is_tested(scope, node).then_some(Use::Truth(response)),
    }
}

fn attribute(scope: &Scope<'_>, attribute: NodeId) -> Option<Use> {
    let ast = scope.ast();
    let name = ast.child(attribute, Field::Attribute)?;
    let parent = ast.parent(attribute)?;
    let called = (ast.kind(parent) == Kind::Call && ast.field(attribute) == Some(Field::Function))
        .then_some(parent);
    if matches!(ast.kind(parent), Kind::Delete)
        || (ast.field(attribute) == Some(Field::Left)
            && matches!(
                ast.kind(parent),
                Kind::Assignment | Kind::AugmentedAssignment | Kind::For | Kind::ForInClause
            ))
        || matches!(
            ast.kind(parent),
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern | Kind::AsPatternTarget
        )
    {
        return None;
    }
    if let Some(call) = called {
        let bare = ast
            .child(call, Field::Arguments)
            .is_some_and(|arguments| ast.first_child(arguments).is_none());
        return match scope.text(name) {
            "json" if bare => Some(Use::Json(call)),
            // It gives nothing, or itself: only as a statement is it the same.
            "raise_for_status" if bare => ast
                .parent(call)
                .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
                .then_some(Use::RaiseForStatus),
            _ => None,
        };
    }
    match scope.text(name) {
        "text" => Some(Use::Text(attribute)),
        "content" => Some(Use::Content(attribute)),
        "status_code" => Some(Use::Status(name)),
        "ok" => Some(Use::Ok(attribute)),
        "reason" => Some(Use::Reason(name)),
        "url" => Some(Use::Url(attribute)),
        "headers" => headers(scope, attribute).then_some(Use::Same),
        _ => None,
    }
}

/// `headers["X"]`, `headers.get("X")` and `"X" in headers`: each client has them, whatever the case of the letters.
fn headers(scope: &Scope<'_>, headers: NodeId) -> bool {
    let ast = scope.ast();
    let Some(parent) = ast.parent(headers) else {
        return false;
    };
    match ast.kind(parent) {
        Kind::Subscript => {
            ast.field(headers) == Some(Field::Value) && ast.field(parent) != Some(Field::Left)
        }
        Kind::Attribute => {
            ast.child(parent, Field::Attribute)
                .is_some_and(|name| scope.text(name) == "get")
                && ast.field(parent) == Some(Field::Function)
        }
        Kind::Comparison => {
            let parts: Vec<NodeId> = ast.children(parent).collect();
            matches!(parts[..], [_, operator, right] if right == headers && scope.text(operator).ends_with("in"))
        }
        _ => false,
    }
}

/// True when nothing but the truth of the node matters.
fn is_tested(scope: &Scope<'_>, node: NodeId) -> bool {
    let ast = scope.ast();
    let mut child = node;
    for up in scope.ancestors(node) {
        match ast.kind(up) {
            Kind::Parenthesized | Kind::BooleanOperator => {}
            Kind::NotOperator | Kind::IfClause => return true,
            Kind::If | Kind::Elif | Kind::While => {
                return ast.field(child) == Some(Field::Condition);
            }
            Kind::Conditional => return ast.children(up).nth(1) == Some(child),
            Kind::Assert => return ast.first_child(up) == Some(child),
            _ => return false,
        }
        child = up;
    }
    false
}
