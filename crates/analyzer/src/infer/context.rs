//! Coroutines in dictionaries that are given to templates and responses: nothing awaits them there.

use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use super::awaiting::makes_responses;
use crate::site::Used;
use crate::types::Type;

impl Inference<'_, '_> {
    /// `context["product"] = coroutine`, where the dictionary is given to a template or a response, and to nothing else.
    pub(super) fn used_in_item(&mut self, target: NodeId, value: NodeId) {
        let object = self.ast.first_child(target);
        if object.is_some_and(|object| self.is_given_alone(object)) {
            self.used(value, Used::InVariable);
        }
    }

    /// True for a variable of a function that holds a dictionary which nothing but templates and responses is given.
    pub(super) fn is_given_alone(&self, variable: NodeId) -> bool {
        let ast = self.ast;
        let Some(function) = self
            .function
            .and_then(|index| self.facts.functions.get(index))
            .filter(|_| ast.kind(variable) == Kind::Identifier)
        else {
            return false;
        };
        let name = self.text(variable);
        if ast.after(function.body).index() - function.body.index() > super::awaiting::MOST_NODES {
            return false;
        }
        let mut is_made = false;
        let mut is_given = false;
        for node in ast.subtree(function.body) {
            if ast.kind(node) != Kind::Identifier || self.text(node) != name {
                continue;
            }
            let Some(parent) = ast.parent(node) else {
                return false;
            };
            let field = ast.field(node);
            match ast.kind(parent) {
                Kind::Attribute if field == Some(Field::Attribute) => {}
                Kind::KeywordArgument if field == Some(Field::Name) => {}
                Kind::Assignment if field == Some(Field::Left) => {
                    let is_dictionary = ast
                        .child(parent, Field::Right)
                        .is_some_and(|right| ast.kind(right) == Kind::Dictionary);
                    if !is_dictionary {
                        return false;
                    }
                    is_made = true;
                }
                // `context["a"] = …`
                Kind::Subscript
                    if ast.first_child(parent) == Some(node)
                        && ast.field(parent) == Some(Field::Left)
                        && ast
                            .parent(parent)
                            .is_some_and(|up| ast.kind(up) == Kind::Assignment) => {}
                Kind::ArgumentList if self.is_response_of(parent) => is_given = true,
                Kind::KeywordArgument
                    if ast
                        .parent(parent)
                        .is_some_and(|list| self.is_response_of(list)) =>
                {
                    is_given = true;
                }
                _ => return false,
            }
        }
        is_made && is_given
    }

    /// True for the arguments of what renders a template or makes a response.
    fn is_response_of(&self, arguments: NodeId) -> bool {
        let callee = self
            .ast
            .parent(arguments)
            .and_then(|call| self.ast.child(call, Field::Function));
        callee.is_some_and(|callee| match self.lookup(self.text(callee)) {
            Type::Path(path) => makes_responses(unblocked_django::canonical(&path)),
            Type::Undefined(name) => super::awaiting::is_response(&name) || &*name == "render",
            _ => false,
        })
    }
}
