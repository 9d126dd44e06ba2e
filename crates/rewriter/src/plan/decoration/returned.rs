//! What a decorator's functions return.

use unblocked_syntax::{Field, Kind, NodeId};

use super::{Decoration, Reader};

/// The nested function that a function returns, and what stands between.
pub(super) struct Returned {
    /// Its index.
    pub(super) function: usize,
    /// Without a view it gives itself, with its other arguments.
    pub(super) gives_itself: bool,
    /// The statements after it.
    pub(super) ending: Vec<NodeId>,
}

/// What a decorator that is used with arguments or without gives in both cases.
pub(super) enum Inner {
    Maker(usize),
    Composed(Vec<NodeId>),
}

impl Reader<'_> {
    /// Of a function that returns `outer(inner(view))`, the decorators; none when it returns the view.
    pub(super) fn composed(&self, index: usize, view: &str) -> Option<Vec<NodeId>> {
        let ast = self.facts.ast();
        let function = self.function(index)?;
        let [only] = *self.returns(index) else {
            return None;
        };
        if ast.children(function.body).last() != Some(only) {
            return None;
        }
        // A view that is bound anew is another.
        let uses = ast
            .subtree(function.body)
            .filter(|&node| ast.kind(node) == Kind::Identifier && self.facts.source(node) == view)
            .filter(|&node| ast.field(node) != Some(Field::Attribute))
            .filter(|&node| {
                ast.parent(node)
                    .is_none_or(|parent| ast.kind(parent) != Kind::Attribute)
            })
            .count();
        let mut at = ast.first_child(only)?;
        let mut decorators = Vec::new();
        while ast.kind(at) == Kind::Call {
            let decorator = ast.child(at, Field::Function)?;
            let mut arguments = ast.children(ast.child(at, Field::Arguments)?);
            let (Some(inner), None) = (arguments.next(), arguments.next()) else {
                return None;
            };
            decorators.push(decorator);
            at = inner;
        }
        (uses == 1 && ast.kind(at) == Kind::Identifier && self.facts.source(at) == view)
            .then_some(decorators)
    }

    /// Of a function that gives a decorator, or, when it has the view, what that makes of it, the decorator.
    pub(super) fn optional(&self, index: usize) -> Option<Inner> {
        let ast = self.facts.ast();
        let function = self.function(index)?;
        let view = function.params.first()?;
        function.beside.first()?.default?;
        let returns = self.returns(index);
        if returns.len() < 2 {
            return None;
        }
        let mut name: Option<&str> = None;
        let mut is_given = false;
        for &one in &returns {
            let value = ast.first_child(one)?;
            let named = match ast.kind(value) {
                Kind::Identifier => value,
                Kind::Call => {
                    let mut arguments = ast.children(ast.child(value, Field::Arguments)?);
                    let (Some(argument), None) = (arguments.next(), arguments.next()) else {
                        return None;
                    };
                    if self.facts.source(argument) != view.name {
                        return None;
                    }
                    ast.child(value, Field::Function)?
                }
                _ => return None,
            };
            is_given |= named == value;
            let found = self.facts.source(named);
            if ast.kind(named) != Kind::Identifier || name.is_some_and(|name| name != found) {
                return None;
            }
            name = Some(found);
        }
        let name = name.filter(|name| is_given && *name != view.name)?;
        let mut nested = self
            .facts
            .nested(index)
            .filter(|(_, nested)| nested.parent == Some(index) && nested.name == name);
        if let (Some((inner, definition)), None) = (nested.next(), nested.next()) {
            let is_plain = definition.decorators.is_empty()
                && !definition.is_async
                && ast.parent(definition.statement) == Some(function.body);
            return (is_plain && self.binds(index, name) == 1).then_some(Inner::Maker(inner));
        }
        Some(Inner::Composed(vec![self.assigned(index, name)?]))
    }

    /// Of a function that makes a decorator with another's help, `return user_passes_test(…)`, that one.
    pub(super) fn given(&self, index: usize) -> Option<Decoration> {
        let ast = self.facts.ast();
        let function = self.function(index)?;
        let [only] = *self.returns(index) else {
            return None;
        };
        let value = ast.first_child(only)?;
        let decorator = match ast.kind(value) {
            Kind::Call => value,
            Kind::Identifier => self.assigned(index, self.facts.source(value))?,
            _ => return None,
        };
        (ast.children(function.body).last() == Some(only))
            .then(|| Decoration::Composed(vec![decorator]))
    }

    /// The value of a variable of a function that is bound once, in a statement of its own.
    pub(super) fn assigned(&self, index: usize, name: &str) -> Option<NodeId> {
        let ast = self.facts.ast();
        let value = ast
            .children(self.function(index)?.body)
            .filter_map(|statement| ast.first_child(statement))
            .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
            .find(|&assignment| {
                ast.child(assignment, Field::Left)
                    .is_some_and(|left| self.facts.source(left) == name)
            })
            .and_then(|assignment| ast.child(assignment, Field::Right))?;
        (self.binds(index, name) == 1).then_some(value)
    }

    /// How often a function binds a name.
    pub(super) fn binds(&self, index: usize, name: &str) -> usize {
        let ast = self.facts.ast();
        let Some(function) = self.function(index) else {
            return 0;
        };
        ast.subtree(function.body)
            .filter(|&node| ast.kind(node) == Kind::Identifier && self.facts.source(node) == name)
            .filter(|&node| {
                matches!(ast.field(node), Some(Field::Left | Field::Name))
                    && ast.parent(node).is_none_or(|parent| {
                        !matches!(ast.kind(parent), Kind::KeywordArgument | Kind::Attribute)
                    })
            })
            .count()
    }

    /// What a function returns, where.
    pub(super) fn returns(&self, index: usize) -> Vec<NodeId> {
        let ast = self.facts.ast();
        let Some(function) = self.function(index) else {
            return Vec::new();
        };
        ast.subtree(function.body)
            .filter(|&node| ast.kind(node) == Kind::Return && self.facts.owner(node) == Some(index))
            .collect()
    }

    /// The nested function that a function returns, when that is all it returns, and what it does with it before.
    pub(super) fn returned(&self, index: usize) -> Option<Returned> {
        let ast = self.facts.ast();
        let facts = self.facts;
        let function = self.function(index)?;
        let returns = self.returns(index);
        let (&last, earlier) = returns.split_last()?;
        // `if view is None: return partial(decorator, limit=limit)`
        let is_itself = |&one: &NodeId| {
            ast.first_child(one).is_some_and(|value| {
                let mut named = ast.child(value, Field::Arguments).into_iter();
                let of = named.next().and_then(|list| ast.first_child(list));
                ast.child(value, Field::Function)
                    .is_some_and(|callee| self.is_path(callee, "functools.partial"))
                    && of.is_some_and(|of| facts.source(of) == function.name)
            })
        };
        if !earlier.iter().all(is_itself) || ast.children(function.body).last() != Some(last) {
            return None;
        }
        let value = ast.first_child(last)?;
        let named = match ast.kind(value) {
            Kind::Identifier => value,
            // `return update_wrapper(wrapper, view)`, `return wraps(view)(wrapper)`
            Kind::Call => {
                let callee = ast.child(value, Field::Function)?;
                let wraps = ast.child(callee, Field::Function);
                let keeps = self.is_path(callee, "functools.update_wrapper")
                    || wraps.is_some_and(|wraps| self.is_path(wraps, "functools.wraps"));
                if !keeps {
                    return None;
                }
                ast.first_child(ast.child(value, Field::Arguments)?)?
            }
            _ => return None,
        };
        if ast.kind(named) != Kind::Identifier {
            return None;
        }
        let name = facts.source(named);
        let mut found = facts
            .nested(index)
            .filter(|(_, nested)| nested.name == name);
        let (Some((position, nested)), None) = (found.next(), found.next()) else {
            return None;
        };
        let is_plain = nested.parent == Some(index)
            && ast.parent(nested.statement) == Some(function.body)
            && ast.span(nested.statement).has_own_lines(facts.text());
        if !is_plain {
            return None;
        }
        let ending: Vec<NodeId> = ast
            .children(function.body)
            .skip_while(|&statement| statement != nested.statement)
            .skip(1)
            .filter(|&statement| ast.kind(statement) != Kind::Comment)
            .collect();
        if !ending
            .iter()
            .all(|&statement| statement == last || self.only_marks(statement, name))
        {
            return None;
        }
        // The name is the function, not something that it was given to since.
        let is_known = ast
            .subtree(function.body)
            .filter(|&node| ast.kind(node) == Kind::Identifier && facts.source(node) == name)
            .all(|node| {
                ast.contains(nested.node, node) && ast.field(node) == Some(Field::Name)
                    || ending
                        .iter()
                        .any(|&statement| ast.contains(statement, node))
            });
        (is_known && !ending.iter().any(|&node| facts.source(node).contains('\n'))).then_some(
            Returned {
                function: position,
                gives_itself: !earlier.is_empty(),
                ending,
            },
        )
    }

    /// `wrapper.is_marked = True`, `update_wrapper(wrapper, view)`
    pub(super) fn only_marks(&self, statement: NodeId, name: &str) -> bool {
        let ast = self.facts.ast();
        let Some(inner) = ast
            .first_child(statement)
            .filter(|_| ast.kind(statement) == Kind::ExpressionStatement)
        else {
            return false;
        };
        match ast.kind(inner) {
            Kind::Assignment => {
                let object = ast
                    .child(inner, Field::Left)
                    .and_then(|left| ast.child(left, Field::Object));
                let value = ast.child(inner, Field::Right);
                object.is_some_and(|object| self.facts.source(object) == name)
                    && value.is_some_and(|value| {
                        !ast.subtree(value).any(|node| ast.kind(node) == Kind::Call)
                    })
            }
            Kind::Call => ast
                .child(inner, Field::Function)
                .is_some_and(|function| self.is_path(function, "functools.update_wrapper")),
            _ => false,
        }
    }
}
