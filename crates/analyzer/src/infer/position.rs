//! Where an attribute is read: called, assigned to, loaded.

use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;

impl Inference<'_, '_> {
    /// True when the node is what a call calls.
    pub(super) fn is_called(&self, node: NodeId) -> bool {
        self.ast.field(node) == Some(Field::Function)
            && self
                .ast
                .parent(node)
                .is_some_and(|parent| self.ast.kind(parent) == Kind::Call)
    }

    /// True for what `sync_to_async(…)` is to run.
    pub(super) fn is_adapted(&self, node: NodeId) -> bool {
        self.ast
            .ancestors(node)
            .nth(1)
            .and_then(|call| self.ast.child(call, Field::Function))
            .is_some_and(|function| self.text(function).ends_with("sync_to_async"))
    }

    /// True for the argument of `sync_to_async(bool)(request.user)` or of `sync_to_async(getattr)(request.user, …)`,
    /// which load it in place, and for what such a call is joined to: `await sync_to_async(bool)(request.user) and
    /// request.user`.
    pub(super) fn is_loading(&self, node: NodeId) -> bool {
        let ast = self.ast;
        let call = ast.ancestors(node).nth(1);
        let is_argument = call
            .filter(|&call| ast.kind(call) == Kind::Call)
            .and_then(|call| ast.child(call, Field::Function))
            .is_some_and(|function| {
                let function = self.text(function);
                function.ends_with("sync_to_async(bool)")
                    || function.ends_with("sync_to_async(getattr)")
            });
        is_argument
            || (ast.field(node) == Some(Field::Right)
                && ast
                    .parent(node)
                    .filter(|&parent| ast.kind(parent) == Kind::BooleanOperator)
                    .and_then(|parent| ast.child(parent, Field::Left))
                    .is_some_and(|left| {
                        let user = self.text(node);
                        self.text(left)
                            .ends_with(&format!("sync_to_async(bool)({user})"))
                    }))
    }

    /// True when what loads the user in place does so for what follows: as a statement of its own, or in a condition that
    /// an attribute is read in.
    pub(super) fn loads_for_later(&self, node: NodeId) -> bool {
        let reads = self
            .ast
            .parent(node)
            .is_some_and(|arguments| self.ast.children(arguments).count() == 2);
        let awaited = self
            .ast
            .ancestors(node)
            .find(|&up| self.ast.kind(up) == Kind::Await)
            .and_then(|awaited| self.ast.parent(awaited));
        reads || awaited.is_some_and(|parent| self.ast.kind(parent) == Kind::ExpressionStatement)
    }

    /// True when the node is assigned to.
    pub(super) fn is_target(&self, node: NodeId) -> bool {
        self.ast.field(node) == Some(Field::Left)
            && self.ast.parent(node).is_some_and(|parent| {
                matches!(
                    self.ast.kind(parent),
                    Kind::Assignment | Kind::AugmentedAssignment
                )
            })
    }
}
