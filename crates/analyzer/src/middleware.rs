//! What the settings at hand say of the middleware that sets `request.user`.

use std::collections::BTreeSet;
use std::sync::Arc;

use unblocked_django::{MiddlewareUser, middleware_user};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::facts::FileFacts;
use crate::types::{ClassRef, FunctionRef};
use crate::workspace::World;
use crate::world::{Base, Symbol};

/// Who sets `request.user`, as far as the files at hand tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserMiddleware {
    /// No settings are at hand.
    Unknown,
    /// Nothing but Django's own middleware.
    Django,
    /// This middleware may replace or decorate the user.
    Other(Arc<str>),
}

/// Reads the settings and the middleware at hand.
pub(crate) fn find(world: &World<'_>) -> UserMiddleware {
    let mut has_settings = false;
    for facts in world.files {
        if !facts.text().contains("MIDDLEWARE") {
            continue;
        }
        let listed = listed(facts);
        has_settings |= !listed.is_empty();
        if let Some(path) = listed.iter().find(|path| may_set_user(world, path)) {
            return UserMiddleware::Other(path.as_str().into());
        }
    }
    // Middleware at hand counts even when no settings show that it is used.
    let own = world
        .files
        .iter()
        .find(|facts| facts.module.contains("middleware") && assigns_user(facts, NodeId::ROOT));
    match own {
        Some(facts) => UserMiddleware::Other(facts.module.as_str().into()),
        None if has_settings => UserMiddleware::Django,
        None => UserMiddleware::Unknown,
    }
}

/// The dotted paths that `MIDDLEWARE` is assigned, extended or changed with.
fn listed(facts: &FileFacts) -> BTreeSet<String> {
    let ast = facts.ast();
    let mut paths = BTreeSet::new();
    for node in ast.ids() {
        let is_list = |part: Field| {
            ast.child(node, part).is_some_and(|target| {
                let target = facts.source(target);
                target == "MIDDLEWARE" || target.starts_with("MIDDLEWARE.")
            })
        };
        let changes = match ast.kind(node) {
            Kind::Assignment | Kind::AugmentedAssignment => is_list(Field::Left),
            Kind::Call => is_list(Field::Function),
            _ => false,
        };
        if changes {
            paths.extend(
                ast.subtree(node)
                    .filter(|&inner| ast.kind(inner) == Kind::StringContent)
                    .map(|inner| facts.source(inner).to_owned())
                    .filter(|path| path.contains('.')),
            );
        }
    }
    paths
}

fn may_set_user(world: &World<'_>, path: &str) -> bool {
    match middleware_user(path) {
        MiddlewareUser::Keeps => return false,
        MiddlewareUser::Sets => return true,
        MiddlewareUser::Unknown => {}
    }
    match world.resolve(path, false) {
        Symbol::Class(class) => class_sets_user(world, class),
        Symbol::Function(FunctionRef { file, index }) => world.file(file).is_none_or(|facts| {
            facts
                .functions
                .get(index)
                .is_none_or(|function| assigns_user(facts, function.node))
        }),
        _ => true,
    }
}

fn class_sets_user(world: &World<'_>, class: ClassRef) -> bool {
    let sets = |class: ClassRef| {
        let facts = world.file(class.file);
        facts
            .zip(world.class(class))
            .is_none_or(|(facts, class)| assigns_user(facts, class.node))
    };
    sets(class)
        || world.ancestors(class).iter().any(|base| match base {
            Base::Project(base) => sets(*base),
            Base::External(path) => middleware_user(path) != MiddlewareUser::Keeps,
            Base::Missing(_) => true,
        })
}

/// True when something below `root` assigns `request.user` or an attribute of it, or logs somebody in.
fn assigns_user(facts: &FileFacts, root: NodeId) -> bool {
    let ast = facts.ast();
    ast.subtree(root).any(|node| match ast.kind(node) {
        Kind::Assignment => ast.child(node, Field::Left).is_some_and(|left| {
            let left = facts.source(left);
            left.ends_with("request.user")
                || left.contains("request.user.")
                || left.starts_with("user.")
        }),
        Kind::Call => ast.child(node, Field::Function).is_some_and(|function| {
            let function = facts.source(function);
            matches!(function, "login" | "auth.login" | "setattr")
                && facts.source(node).contains("request")
                && (function != "setattr" || facts.source(node).contains("user"))
        }),
        _ => false,
    })
}
