//! What control flow says of a block: which statements reach their end, and which names are bound when they do.

use std::collections::HashMap;

use unblocked_syntax::{Ast, Field, Kind, NodeId};

/// Facts about the statements below one node, each from those of its parts.
pub(super) struct Flow {
    /// Statements and blocks that never reach their end.
    stops: HashMap<NodeId, bool>,
}

impl Flow {
    /// Looks at all statements below `root`. `swallows` tells of a `with` whether it may swallow exceptions.
    pub(super) fn new(ast: &Ast, root: NodeId, swallows: impl Fn(NodeId) -> bool) -> Self {
        let mut flow = Self {
            stops: HashMap::new(),
        };
        // In reverse pre-order, what a statement consists of comes before it.
        for node in ast.subtree(root).rev() {
            let kind = ast.kind(node);
            if kind.is_statement() || is_clause(kind) {
                let stops = flow.stops_at(ast, node, &swallows);
                flow.stops.insert(node, stops);
            }
        }
        flow
    }

    /// True when a statement or block may reach its end.
    pub(super) fn completes(&self, node: NodeId) -> bool {
        !self.stops.get(&node).copied().unwrap_or(false)
    }

    fn stops_at(&self, ast: &Ast, node: NodeId, swallows: &impl Fn(NodeId) -> bool) -> bool {
        let stops = |node: NodeId| !self.completes(node);
        match ast.kind(node) {
            Kind::Return | Kind::Raise | Kind::Break | Kind::Continue => true,
            Kind::Block => ast.children(node).any(stops),
            Kind::Elif => ast.child(node, Field::Consequence).is_some_and(stops),
            Kind::Else => ast.child(node, Field::Body).is_some_and(stops),
            Kind::Except | Kind::Finally => ast.child_of_kind(node, Kind::Block).is_some_and(stops),
            Kind::If => {
                let clauses = || {
                    ast.children(node)
                        .filter(|&clause| matches!(ast.kind(clause), Kind::Elif | Kind::Else))
                };
                ast.child(node, Field::Consequence).is_some_and(stops)
                    && clauses().any(|clause| ast.kind(clause) == Kind::Else)
                    && clauses().all(stops)
            }
            Kind::Try => {
                let of = |kind: Kind| {
                    ast.children(node)
                        .filter(move |&clause| ast.kind(clause) == kind)
                };
                of(Kind::Finally).any(stops)
                    || ((ast.child(node, Field::Body).is_some_and(stops)
                        || of(Kind::Else).any(stops))
                        && of(Kind::Except).all(stops))
            }
            Kind::With => !swallows(node) && ast.child(node, Field::Body).is_some_and(stops),
            _ => false,
        }
    }

    /// The statements and blocks below `root` that bind a name whenever they reach their end. `binds` tells it of a node
    /// that binds by itself.
    pub(super) fn binding(
        &self,
        ast: &Ast,
        root: NodeId,
        binds: impl Fn(NodeId) -> bool,
        swallows: impl Fn(NodeId) -> bool,
    ) -> Bound {
        let mut bound = Bound(HashMap::new());
        for node in ast.subtree(root).rev() {
            let value = bound.value(self, ast, node, &binds, &swallows);
            if value {
                bound.0.insert(node, true);
            }
        }
        bound
    }
}

/// Where a name is bound for certain.
pub(super) struct Bound(HashMap<NodeId, bool>);

impl Bound {
    /// True when the name is bound whenever the node reaches its end.
    pub(super) fn after(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    fn value(
        &self,
        flow: &Flow,
        ast: &Ast,
        node: NodeId,
        binds: &impl Fn(NodeId) -> bool,
        swallows: &impl Fn(NodeId) -> bool,
    ) -> bool {
        // What never gets to its end promises anything.
        let after = |node: NodeId| self.after(node) || !flow.completes(node);
        match ast.kind(node) {
            Kind::Identifier | Kind::Import | Kind::ImportFrom => binds(node),
            Kind::Block => ast.children(node).any(|part| self.after(part)),
            Kind::Elif => ast.child(node, Field::Consequence).is_some_and(after),
            Kind::Else => ast.child(node, Field::Body).is_some_and(after),
            Kind::Except | Kind::Finally => ast.child_of_kind(node, Kind::Block).is_some_and(after),
            Kind::If => {
                let condition = ast.child(node, Field::Condition);
                let clauses = || {
                    ast.children(node)
                        .filter(|&clause| matches!(ast.kind(clause), Kind::Elif | Kind::Else))
                };
                condition.is_some_and(|condition| self.after(condition))
                    || (ast.child(node, Field::Consequence).is_some_and(after)
                        && clauses().any(|clause| ast.kind(clause) == Kind::Else)
                        && clauses().all(after))
            }
            Kind::Try => {
                let of = |kind: Kind| {
                    ast.children(node)
                        .filter(move |&clause| ast.kind(clause) == kind)
                };
                of(Kind::Finally).any(|clause| self.after(clause))
                    || ((ast.child(node, Field::Body).is_some_and(after)
                        || of(Kind::Else).any(|clause| self.after(clause)))
                        && of(Kind::Except).all(after))
            }
            Kind::With => {
                let clause = ast.child_of_kind(node, Kind::WithClause);
                clause.is_some_and(|clause| self.after(clause))
                    || (!swallows(node) && ast.child(node, Field::Body).is_some_and(after))
            }
            // The body may not run at all; what may not be evaluated binds nothing for certain.
            Kind::For => ast
                .child(node, Field::Right)
                .is_some_and(|right| self.after(right)),
            Kind::While => ast
                .child(node, Field::Condition)
                .is_some_and(|condition| self.after(condition)),
            Kind::Match => ast
                .child(node, Field::Subject)
                .is_some_and(|subject| self.after(subject)),
            Kind::BooleanOperator | Kind::Comparison => {
                ast.first_child(node).is_some_and(|first| self.after(first))
            }
            Kind::Conditional => ast
                .children(node)
                .nth(1)
                .is_some_and(|test| self.after(test)),
            Kind::Lambda | Kind::Assert | Kind::Case | Kind::Delete => false,
            Kind::FunctionDef | Kind::ClassDef => ast
                .child(node, Field::Name)
                .is_some_and(|name| self.after(name)),
            kind if kind.is_comprehension() => false,
            _ => ast.children(node).any(|part| self.after(part)),
        }
    }
}

fn is_clause(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Block | Kind::Elif | Kind::Else | Kind::Except | Kind::Finally
    )
}
