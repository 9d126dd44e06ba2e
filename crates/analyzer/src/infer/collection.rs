//! Values that a function which is not at hand gave: whether the code takes them for many, so that they may be querysets.

use std::collections::HashSet;

use unblocked_django::{Effect, Owner, is_lazy_builder};
use unblocked_syntax::view::{Attribute, Call};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{Consumer, SiteKind};
use crate::types::Evidence;

/// Builtins that take many.
const OF_MANY: &[&str] = &[
    "enumerate",
    "iter",
    "len",
    "list",
    "reversed",
    "set",
    "sorted",
    "tuple",
    "zip",
];

/// Functions that are given a template's context.
const RENDERING: &[&str] = &["TemplateResponse", "render", "render_to_string"];

impl<'w> Inference<'w, '_> {
    /// What nothing tells is tested, printed or searched: asked of numbers and strings too. True where it has to be done in
    /// a thread, as the code takes the value for many.
    pub(super) fn asks_of_many(&mut self, source: NodeId, by: Consumer) -> bool {
        let name = self.text(source);
        let is_variable = self.ast.kind(source) == Kind::Identifier;
        if !is_variable || !self.collections().contains(name) {
            return false;
        }
        if by == Consumer::Truth && self.is_condition(source) {
            return true;
        }
        self.site(
            source,
            Effect::Query,
            Evidence::Possible,
            SiteKind::UnknownValue { by },
        );
        false
    }

    /// True for what is a condition, or a part of one: its value goes nowhere else.
    fn is_condition(&self, node: NodeId) -> bool {
        let mut child = node;
        for up in self.ast.ancestors(node) {
            match self.ast.kind(up) {
                Kind::Parenthesized | Kind::BooleanOperator => {}
                Kind::NotOperator | Kind::Assert | Kind::IfClause => return true,
                Kind::If | Kind::Elif | Kind::While => {
                    return self.ast.field(child) == Some(Field::Condition);
                }
                // `a if condition else b`
                Kind::Conditional => return self.ast.children(up).nth(1) == Some(child),
                _ => return false,
            }
            child = up;
        }
        false
    }

    /// The variables that the function takes for many, wherever in it.
    fn collections(&mut self) -> &HashSet<&'w str> {
        let (ast, facts, function) = (self.ast, self.facts, self.function);
        let body = function.and_then(|index| facts.functions.get(index).map(|one| one.body));
        if self.collections.is_none() {
            let names = body.into_iter().flat_map(|body| ast.subtree(body));
            let many = names
                .filter(|&id| ast.kind(id) == Kind::Identifier && self.is_taken_for_many(id))
                .map(|id| facts.source(id))
                .collect();
            self.collections = Some(many);
        }
        self.collections.get_or_insert_default()
    }

    fn is_taken_for_many(&self, name: NodeId) -> bool {
        let ast = self.ast;
        let Some(parent) = ast.parent(name) else {
            return false;
        };
        match ast.kind(parent) {
            Kind::For | Kind::ForInClause => ast.field(name) == Some(Field::Right),
            Kind::Subscript => ast.field(name) == Some(Field::Value),
            Kind::ArgumentList => ast
                .parent(parent)
                .and_then(|call| Call::cast(ast, call))
                .is_some_and(|call| OF_MANY.contains(&self.text(call.function))),
            Kind::Attribute => Attribute::cast(ast, parent).is_some_and(|method| {
                let of_queryset = matches!(self.text(method.name), "exists" | "first" | "last")
                    || is_lazy_builder(Owner::QuerySet, self.text(method.name));
                of_queryset && self.is_called(parent) && self.text(method.name) != "values"
            }),
            Kind::Pair => {
                ast.field(name) == Some(Field::Value)
                    && ast
                        .ancestors(parent)
                        .take_while(|&up| !ast.kind(up).is_statement())
                        .filter_map(|up| Call::cast(ast, up))
                        .any(|call| {
                            let function = self.text(call.function);
                            let last = function.rsplit('.').next().unwrap_or(function);
                            RENDERING.contains(&last)
                        })
            }
            _ => false,
        }
    }
}
