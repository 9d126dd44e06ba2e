//! What is set on the session of an instance: it must be the same whenever it is set.

use unblocked_syntax::{Field, Kind, NodeId};

use super::super::module::{changing, rebinds};
use super::Finder;
use super::elsewhere::{Elsewhere, is_bound};

impl Finder<'_> {
    /// What a statement sets must be the same whenever it is set.
    pub(super) fn check_setting(&self, statement: NodeId, first: NodeId) -> Result<(), String> {
        let (scope, ast) = (&self.scope, self.scope.ast());
        let is_other = |id: NodeId| match ast.kind(id) {
            Kind::Attribute => self.is_changing_attribute(id),
            // What a dictionary holds changes unseen.
            Kind::Subscript => ast.first_child(id).is_some_and(|of| {
                ast.kind(of) == Kind::Attribute
                    && scope.text(of).starts_with(&format!("{}.", self.receiver))
                    && !self.is_of_session(of)
            }),
            Kind::Identifier => self.is_changing_name(id, first),
            _ => false,
        };
        let odd = changing(scope, statement, |called| self.is_format(called), is_other);
        odd.map_or(Ok(()), |odd| {
            Err(format!(
                "`{}`, which is set on the session `{}.{}`, may be another whenever it is asked for",
                crate::draft::excerpt(scope.text(odd)),
                self.receiver,
                self.name
            ))
        })
    }

    /// `"Bearer {}".format`
    fn is_format(&self, function: NodeId) -> bool {
        let (scope, ast) = (&self.scope, self.scope.ast());
        ast.child(function, Field::Object)
            .is_some_and(|object| ast.kind(object) == Kind::String)
            && ast
                .child(function, Field::Attribute)
                .is_some_and(|name| scope.text(name) == "format")
    }

    /// True for a variable that is bound after the session is made, or anew.
    fn is_changing_name(&self, id: NodeId, first: NodeId) -> bool {
        let (scope, ast) = (&self.scope, self.scope.ast());
        let name = scope.text(id);
        if name == self.receiver {
            return ast
                .parent(id)
                .is_none_or(|parent| ast.kind(parent) != Kind::Attribute);
        }
        let mut bound = scope
            .occurrences(name)
            .filter(|&id| is_bound(ast, id))
            .peekable();
        if bound.peek().is_none() {
            return rebinds(scope, name);
        }
        bound.any(|id| {
            id >= first
                || ast
                    .ancestors(id)
                    .take_while(|&up| up != scope.whole())
                    .any(|up| {
                        matches!(
                            ast.kind(up),
                            Kind::For | Kind::While | Kind::With | Kind::Nonlocal | Kind::Global
                        )
                    })
        })
    }

    /// True for an attribute of the instance that code sets more than once, or that is no plain value.
    fn is_changing_attribute(&self, id: NodeId) -> bool {
        let (scope, ast) = (&self.scope, self.scope.ast());
        let mut root = id;
        while let Some(object) = ast.child(root, Field::Object) {
            root = object;
        }
        let Some(name) = ast.child(id, Field::Attribute).map(|name| scope.text(name)) else {
            return true;
        };
        if scope.text(root) != self.receiver || name == self.name || self.is_of_session(id) {
            return false;
        }
        let world = &scope.analysis.world;
        let is_method = world.kin(self.class).iter().any(|&one| {
            world
                .class(one)
                .is_some_and(|outline| outline.methods.contains_key(name))
        });
        let mut stores = 0;
        for (file, facts) in world.files.iter().enumerate() {
            let Some(types) = scope.analysis.files.get(file) else {
                continue;
            };
            if !facts.text().contains(name) {
                continue;
            }
            let of = Elsewhere { file, facts, types };
            let ast = facts.ast();
            stores += ast
                .ids()
                .filter(|&id| match ast.kind(id) {
                    Kind::StringContent => of.looks_up(id, name),
                    Kind::Attribute => {
                        ast.child(id, Field::Attribute)
                            .is_some_and(|attribute| facts.source(attribute) == name)
                            && is_bound(ast, id)
                            && ast
                                .child(id, Field::Object)
                                .is_some_and(|object| self.may_be(&of, object))
                    }
                    _ => false,
                })
                .count();
        }
        is_method || stores > 1
    }

    /// True for `self.session.headers` and its like.
    fn is_of_session(&self, id: NodeId) -> bool {
        let (scope, ast) = (&self.scope, self.scope.ast());
        let mut inner = id;
        while let Some(object) = ast.child(inner, Field::Object) {
            let name = ast.child(inner, Field::Attribute);
            if name.is_some_and(|name| scope.text(name) == self.name)
                && scope.text(object) == self.receiver
            {
                return true;
            }
            inner = object;
        }
        false
    }
}
