//! The `timeout` of a request, for another client.

use unblocked_syntax::{Kind, NodeId};

use super::arguments::{Edit, Request};
use super::scope::Scope;

/// What becomes of a `timeout`; `None` when it has no like.
pub(super) fn timeout(
    scope: &Scope<'_>,
    value: NodeId,
    is_aiohttp: bool,
    request: &mut Request,
) -> Option<()> {
    let ast = scope.ast();
    let literal = scope.resolve(value);
    request.has_timeout = ast.kind(literal) != Kind::None;
    if !is_aiohttp {
        return match ast.kind(literal) {
            Kind::Call => None,
            Kind::Tuple => (ast.children(literal).count() == 2).then_some(()),
            _ => Some(()),
        };
    }
    let limits = match ast.kind(literal) {
        Kind::None => None,
        Kind::Integer | Kind::Float => Some((value, value)),
        Kind::Tuple if literal == value => {
            let parts: Vec<NodeId> = ast.children(literal).collect();
            match parts[..] {
                [connect, read] => Some((connect, read)),
                _ => return None,
            }
        }
        Kind::Tuple | Kind::String | Kind::True | Kind::False => return None,
        _ if matches!(ast.kind(value), Kind::Identifier | Kind::Attribute)
            && scope.is_inert(value) =>
        {
            request.assumptions.push("`timeout` is a number");
            Some((value, value))
        }
        _ => return None,
    };
    request.edits.push(Edit::Timeout(value, limits));
    Some(())
}
