//! The variables of a block: where each lives once the block is a function of its own.

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::exits::{Exits, Jump};
use super::extract::Block;
use super::flow::Bound;
use super::names::{Mention, Names};

/// Where a variable that the block binds lives.
pub(super) enum Place {
    /// In the new function alone.
    Inside,
    /// In the function around it, by `nonlocal`.
    Shared,
    /// In both: the new function returns it.
    Result,
}

/// A variable that the block binds.
pub(super) struct Variable<'n> {
    name: &'n str,
    /// It is bound outside of all blocks as well.
    is_bound_outside: bool,
    /// The block may see a value from outside.
    reads_outer: bool,
    /// Its value may be seen after the block.
    is_read_after: bool,
    /// Its value may be seen after the block ended by an exception.
    is_seen_on_failure: bool,
    /// It is bound whenever the block reaches its end.
    is_certain: bool,
    mentions: &'n [Mention],
}

impl<'n> Variable<'n> {
    pub(super) fn new<S: Fn(NodeId) -> bool>(
        block: &Block<'_, S>,
        names: &'n Names<'_>,
        name: &'n str,
    ) -> Self {
        let ast = block.ast();
        let mentions = names.of(name);
        let outside = || {
            mentions
                .iter()
                .filter(|mention| !block.contains(mention.node))
        };
        let in_loop = block.loops().next().is_some();
        let after = |mention: &Mention| mention.node > block.statement;
        let in_other_block = |mention: &Mention| {
            block
                .others
                .iter()
                .any(|&(other, _)| ast.contains(other, mention.node))
        };
        let is_bound_outside = names.is_parameter(name)
            || outside().any(|mention| mention.binds && !in_other_block(mention));
        let binds = |node: NodeId| {
            mentions
                .iter()
                .any(|mention| mention.node == node && mention.binds)
        };
        let bound = block.flow.binding(ast, block.root, binds, block.swallows);
        let is_deleted = mentions.iter().any(|mention| {
            block.contains(mention.node)
                && mention.binds
                && ast
                    .ancestors(mention.node)
                    .take(2)
                    .any(|up| ast.kind(up) == Kind::Delete)
        });
        // An exception's name is deleted at the end of its clause.
        let is_exception = mentions.iter().any(|mention| {
            block.contains(mention.node)
                && mention.binds
                && ast
                    .ancestors(mention.node)
                    .take_while(|&up| ast.kind(up) != Kind::Block)
                    .any(|up| ast.kind(up) == Kind::Except)
        });
        let has_closure = outside().any(|mention| !mention.is_own);
        // In a loop, the block itself may have bound it in an earlier round.
        let may_be_bound_before = in_loop
            || names.is_parameter(name)
            || outside().any(|mention| mention.binds && !after(mention));
        // Uses outside that may see what the block leaves.
        let seen = || {
            outside().filter(|mention| {
                if after(mention) {
                    return is_exposed(block, &bound, mention, |binding| binding > block.statement);
                }
                // Only the next round of a loop comes to what stands before.
                block.common_loop(mention.node).is_some_and(|around| {
                    is_exposed(block, &bound, mention, |binding| {
                        ast.contains(around, binding)
                    })
                })
            })
        };
        let reads_outer = (may_be_bound_before || has_closure)
            && (has_closure
                || is_deleted
                || mentions
                    .iter()
                    .filter(|mention| block.contains(mention.node))
                    .any(|mention| {
                        is_exposed(block, &bound, mention, |binding| block.contains(binding))
                    }));
        let is_seen_on_failure = block.catchers().into_iter().any(|catcher| {
            let falls_through = ast.kind(catcher) == Kind::With
                || ast
                    .children(catcher)
                    .filter(|&clause| ast.kind(clause) == Kind::Except)
                    .any(|clause| block.flow.completes(clause));
            seen().any(|mention| {
                let inside = ast.children(catcher).any(|part| {
                    (ast.field(part) == Some(Field::Body) || ast.kind(part) == Kind::Else)
                        && ast.contains(part, mention.node)
                });
                let within = ast.contains(catcher, mention.node);
                (within && !inside) || (!within && after(mention) && falls_through)
            })
        });
        Self {
            name,
            is_bound_outside,
            reads_outer,
            is_read_after: has_closure || seen().any(|mention| after(mention) || in_loop),
            is_seen_on_failure,
            is_certain: bound.after(block.statement) && !is_deleted && !is_exception,
            mentions,
        }
    }

    pub(super) fn place(&self, exits: &Exits) -> Result<Place, String> {
        if !self.reads_outer && !self.is_read_after && !self.is_seen_on_failure {
            return Ok(Place::Inside);
        }
        let leaves_loop = matches!(exits, Exits::Flag { jumps, .. } if jumps
            .iter()
            .any(|(_, jump)| !matches!(jump, Jump::Return(_))));
        let can_be_returned =
            self.is_certain && !self.reads_outer && !self.is_seen_on_failure && !leaves_loop;
        if can_be_returned && *exits == Exits::Return {
            // The block never reaches its end, so nothing comes after it.
            return Ok(Place::Inside);
        }
        if can_be_returned {
            return Ok(Place::Result);
        }
        if self.is_bound_outside {
            return Ok(Place::Shared);
        }
        Err(format!(
            "`{}` is bound in it on some paths only and used outside of it",
            self.name
        ))
    }

    pub(super) fn is_annotated<S: Fn(NodeId) -> bool>(&self, block: &Block<'_, S>) -> bool {
        let ast = block.ast();
        self.mentions
            .iter()
            .filter(|mention| mention.binds && block.contains(mention.node))
            .any(|mention| {
                ast.parent(mention.node).is_some_and(|up| {
                    ast.kind(up) == Kind::Assignment && ast.child(up, Field::Type).is_some()
                })
            })
    }
}

/// True for a use that no binding, of those that `counts`, comes before on every way to it.
fn is_exposed<S: Fn(NodeId) -> bool>(
    block: &Block<'_, S>,
    bound: &Bound,
    mention: &Mention,
    counts: impl Fn(NodeId) -> bool,
) -> bool {
    let ast = block.ast();
    if mention.binds && !is_updated(ast, mention.node) {
        return false;
    }
    let holds = |binding: NodeId| bound.after(binding) && counts(binding);
    let mut child = mention.node;
    for up in ast.ancestors(mention.node) {
        let earlier = match ast.kind(up) {
            Kind::Block | Kind::Module => ast
                .children(up)
                .take_while(|&sibling| sibling != child)
                .any(holds),
            // What a header binds holds in the body.
            Kind::For if ast.field(child) == Some(Field::Body) => ast
                .child(up, Field::Left)
                .is_some_and(|left| ast.subtree(left).any(holds)),
            Kind::With if ast.field(child) == Some(Field::Body) => {
                ast.child_of_kind(up, Kind::WithClause).is_some_and(holds)
            }
            Kind::If | Kind::While if ast.field(child) != Some(Field::Condition) => {
                ast.child(up, Field::Condition).is_some_and(holds)
            }
            Kind::Except if ast.kind(child) == Kind::Block => ast
                .children(up)
                .take_while(|&part| part != child)
                .any(holds),
            Kind::Try if ast.kind(child) == Kind::Else => {
                ast.child(up, Field::Body).is_some_and(holds)
            }
            _ => false,
        };
        if earlier {
            return false;
        }
        if up == block.root {
            break;
        }
        child = up;
    }
    true
}

/// True for the variable of `total += 1`, and of `del total`.
fn is_updated(ast: &Ast, node: NodeId) -> bool {
    ast.ancestors(node)
        .take_while(|&up| ast.kind(up) != Kind::Block)
        .any(|up| match ast.kind(up) {
            Kind::AugmentedAssignment => ast.child(up, Field::Left) == Some(node),
            Kind::Delete => true,
            _ => false,
        })
}
