//! The ways out of a block: how the function that it becomes tells its caller which one was taken.

use unblocked_analyzer::{Analysis, Type};
use unblocked_syntax::{Ast, Kind, NodeId};

use super::flow::Flow;
use super::names::Names;
use crate::views::is_response;

/// A statement that leaves a block otherwise than by its end or an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jump {
    /// `return`, with what it returns.
    Return(Option<NodeId>),
    /// `break` out of a loop around the block.
    Break,
    /// `continue` with a loop around the block.
    Continue,
}

impl Jump {
    /// The statement's keyword.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Return(_) => "return",
            Self::Break => "break",
            Self::Continue => "continue",
        }
    }
}

/// How a block is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exits {
    /// By its end, or by an exception.
    End,
    /// Every way through it returns or raises: the caller returns what it returned.
    Return,
    /// By its end or by `return` of something that is never `None`, which `name` takes.
    Value {
        jumps: Vec<(NodeId, Jump)>,
        name: String,
    },
    /// In several ways: `flag` says which, `value` takes what is returned.
    Flag {
        jumps: Vec<(NodeId, Jump)>,
        flag: String,
        value: Option<String>,
    },
}

/// The ways out of `region`, a statement of a function.
pub(super) fn exits(
    analysis: &Analysis<'_>,
    file: usize,
    region: NodeId,
    flow: &Flow,
    names: &mut Names<'_>,
) -> Exits {
    let Some(facts) = analysis.world.file(file) else {
        return Exits::End;
    };
    let ast = facts.ast();
    let jumps = jumps(ast, region, |node| names.is_own(node));
    if jumps.is_empty() {
        return Exits::End;
    }
    let returns_only = jumps
        .iter()
        .all(|(_, jump)| matches!(jump, Jump::Return(_)));
    if returns_only && !flow.completes(region) {
        return Exits::Return;
    }
    let never_none = |value: NodeId| {
        is_response(analysis, file, value)
            || matches!(
                analysis.files.get(file).map(|found| found.type_of(value)),
                Some(Type::Plain | Type::Sequence(_) | Type::Tuple(_))
            )
            || matches!(ast.kind(value), Kind::ExpressionList)
    };
    if jumps
        .iter()
        .all(|(_, jump)| matches!(jump, Jump::Return(Some(value)) if never_none(*value)))
    {
        return Exits::Value {
            jumps,
            name: names.fresh("early_response"),
        };
    }
    let returns = jumps
        .iter()
        .any(|(_, jump)| matches!(jump, Jump::Return(_)));
    Exits::Flag {
        jumps,
        flag: names.fresh("outcome"),
        value: returns.then(|| names.fresh("returned")),
    }
}

/// The statements that leave `region`, in order of place.
fn jumps(ast: &Ast, region: NodeId, is_own: impl Fn(NodeId) -> bool) -> Vec<(NodeId, Jump)> {
    let stays = |node: NodeId| {
        // `else` of a loop is outside of it.
        let mut child = node;
        ast.ancestors(node)
            .take_while(|&up| up != region)
            .any(|up| {
                let in_body = ast.field(child) == Some(unblocked_syntax::Field::Body);
                child = up;
                in_body && matches!(ast.kind(up), Kind::For | Kind::While)
            })
    };
    ast.subtree(region)
        .filter(|&node| is_own(node))
        .filter_map(|node| {
            let jump = match ast.kind(node) {
                Kind::Return => Jump::Return(ast.first_child(node)),
                Kind::Break if !stays(node) => Jump::Break,
                Kind::Continue if !stays(node) => Jump::Continue,
                _ => return None,
            };
            Some((node, jump))
        })
        .collect()
}
