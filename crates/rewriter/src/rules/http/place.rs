//! Where a call stands: what can be put around it, and what comes before it.

use unblocked_syntax::{Field, Kind, NodeId};

use super::response::Use;
use super::scope::Scope;

/// True when a node stands in a block of the statement, not in its header.
pub(super) fn is_in_block(scope: &Scope<'_>, statement: NodeId, node: NodeId) -> bool {
    let ast = scope.ast();
    ast.ancestors(node)
        .take_while(|&up| up != statement)
        .any(|up| ast.kind(up) == Kind::Block)
}

/// The last of the statements that follow and use the response, when all uses are there and nothing else waits in them.
pub(super) fn enclosed(
    scope: &Scope<'_>,
    statement: NodeId,
    uses: &[(NodeId, Use)],
) -> Option<NodeId> {
    let ast = scope.ast();
    let block = ast.parent(statement)?;
    let mut left = uses.len();
    let mut last = None;
    for next in ast.children(block).skip_while(|&id| id <= statement) {
        if left == 0 {
            break;
        }
        let within = uses
            .iter()
            .filter(|(load, _)| ast.contains(next, *load))
            .count();
        let waits = scope
            .effects
            .sites_of(scope.file, scope.function)
            .any(|site| ast.contains(next, site.node))
            || scope
                .effects
                .calls_of(scope.file, scope.function)
                .any(|call| ast.contains(next, call.node) && scope.effects.waits(call.callee));
        let tries = ast
            .subtree(next)
            .any(|id| matches!(ast.kind(id), Kind::Try | Kind::FunctionDef | Kind::ClassDef));
        if within == 0 || waits || tries || !scope.has_own_lines(next) {
            return None;
        }
        left -= within;
        last = Some(next);
    }
    last.filter(|_| left == 0)
}

/// True when the call is evaluated whenever its statement is, once, and before anything else that could be noticed.
pub(super) fn is_first_evaluated(scope: &Scope<'_>, statement: NodeId, call: NodeId) -> bool {
    let ast = scope.ast();
    let mut child = call;
    for up in scope.ancestors(call) {
        let before: Vec<NodeId> = ast.children(up).take_while(|&id| id != child).collect();
        let inert = || {
            before
                .iter()
                .all(|&id| ast.kind(id) == Kind::Other || scope.is_inert(id))
        };
        let fits = match ast.kind(up) {
            Kind::Attribute | Kind::Parenthesized | Kind::ExpressionStatement | Kind::Return | Kind::UnaryOperator
            | Kind::NotOperator | Kind::ListComprehension | Kind::SetComprehension | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => true,
            Kind::Call => ast.field(child) == Some(Field::Function) || inert(),
            Kind::Subscript | Kind::ArgumentList | Kind::KeywordArgument | Kind::List | Kind::Tuple | Kind::Set
            | Kind::ExpressionList | Kind::Dictionary | Kind::Pair | Kind::ListSplat | Kind::DictionarySplat
            | Kind::BinaryOperator | Kind::Interpolation | Kind::String | Kind::ConcatenatedString | Kind::Raise
            // `a < b < c` stops at the first that is false.
            | Kind::Comparison
                if ast.kind(up) != Kind::Comparison || ast.children(up).count() == 3 =>
            {
                inert()
            }
            Kind::Assignment => ast.field(child) == Some(Field::Right),
            Kind::AugmentedAssignment => before
                .first()
                .is_some_and(|&left| ast.kind(left) == Kind::Identifier),
            Kind::BooleanOperator => ast.field(child) == Some(Field::Left),
            Kind::Conditional => ast.children(up).nth(1) == Some(child),
            Kind::ForInClause => ast.field(child) == Some(Field::Right),
            Kind::If => ast.field(child) == Some(Field::Condition),
            Kind::For => ast.field(child) == Some(Field::Right),
            Kind::Assert => ast.first_child(up) == Some(child),
            _ => false,
        };
        if !fits {
            return false;
        }
        if up == statement {
            return true;
        }
        child = up;
    }
    false
}
