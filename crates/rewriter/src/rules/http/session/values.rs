//! The values of what is set on a session: parameters, headers, cookies.

use unblocked_syntax::{Field, Kind, NodeId};

use super::super::arguments;
use super::super::scope::Scope;

/// What has to hold for a session's parameters, a dictionary, to be the same; `None` when one of them has no like.
pub(super) fn plain(scope: &Scope<'_>, values: NodeId) -> Option<Option<&'static str>> {
    let ast = scope.ast();
    let mut is_plain = true;
    for pair in ast.children(values) {
        let item = ast.child(pair, Field::Value)?;
        if arguments::is_constant(scope, item) {
            return None;
        }
        is_plain &= matches!(ast.kind(item), Kind::String | Kind::Integer | Kind::Float);
    }
    Some((!is_plain).then_some("no value of `params` is `None` or a boolean"))
}

/// Whether it has to hold that values, a dictionary's or one, are strings; `None` when one of them has no like.
pub(super) fn has_strings(scope: &Scope<'_>, given: NodeId) -> Option<bool> {
    let ast = scope.ast();
    let values: Vec<NodeId> = if ast.kind(given) == Kind::Dictionary {
        ast.children(given)
            .map(|pair| ast.child(pair, Field::Value))
            .collect::<Option<_>>()?
    } else {
        vec![given]
    };
    let has_no_like =
        |&value: &NodeId| arguments::is_constant(scope, value) || ast.kind(value) == Kind::Integer;
    if values.iter().any(has_no_like) {
        return None;
    }
    let is_plain = values.iter().all(|&value| ast.kind(value) == Kind::String);
    Some(!is_plain)
}
