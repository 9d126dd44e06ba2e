//! What settings at hand say.

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use crate::facts::FileFacts;

/// The first of the files whose settings run every view in a transaction: some entry of `DATABASES` has
/// `"ATOMIC_REQUESTS"` set to anything but `False` or `None`.
pub(crate) fn atomic_requests(files: &[FileFacts]) -> Option<usize> {
    files.iter().position(|facts| {
        facts.text().contains("ATOMIC_REQUESTS")
            && facts
                .ast()
                .ids()
                .any(|node| sets_atomic_requests(facts, node))
    })
}

fn sets_atomic_requests(facts: &FileFacts, node: NodeId) -> bool {
    let ast = facts.ast();
    let is_key = |key: NodeId| {
        facts
            .source(key)
            .trim_matches(['"', '\''])
            .eq("ATOMIC_REQUESTS")
    };
    let value = match ast.kind(node) {
        // `{"ATOMIC_REQUESTS": True}`
        Kind::Pair => ast
            .child(node, Field::Key)
            .filter(|&key| is_key(key))
            .and_then(|_| ast.child(node, Field::Value)),
        // `dict(ATOMIC_REQUESTS=True)`
        Kind::KeywordArgument => ast
            .child(node, Field::Name)
            .filter(|&name| is_key(name))
            .and_then(|_| ast.child(node, Field::Value)),
        // `DATABASES["default"]["ATOMIC_REQUESTS"] = True`
        Kind::Assignment => ast
            .child(node, Field::Left)
            .filter(|&left| ast.kind(left) == Kind::Subscript)
            .and_then(|left| ast.child(left, Field::Subscript))
            .filter(|&key| is_key(key))
            .and_then(|_| ast.child(node, Field::Right)),
        _ => None,
    };
    value.is_some_and(|value| !matches!(ast.kind(value), Kind::False | Kind::None))
        && is_of_databases(facts, ast, node)
}

/// True below a module-level assignment to `DATABASES`, or to an entry of it.
fn is_of_databases(facts: &FileFacts, ast: &Ast, node: NodeId) -> bool {
    std::iter::once(node)
        .chain(ast.ancestors(node))
        .find(|&up| ast.kind(up) == Kind::Assignment)
        .and_then(|assignment| ast.child(assignment, Field::Left))
        .is_some_and(|left| {
            facts.source(left).starts_with("DATABASES") && facts.owner(left).is_none()
        })
        && !ast.ancestors(node).any(|up| ast.kind(up) == Kind::ClassDef)
}
