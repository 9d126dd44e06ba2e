//! What may change rows, or see that they were fetched earlier: where nothing does, they can be.

use std::collections::HashSet;

use unblocked_analyzer::{FileFacts, FunctionRef, Model, Site, SiteKind, Type};
use unblocked_django::Effect;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::Draft;
use crate::effects::wrapped_in;

/// How many functions are looked into.
const MAX_FUNCTIONS: usize = 32;

/// How deep types are looked into.
const MAX_DEPTH: usize = 4;

/// Methods that ask the database, and change nothing there.
const READS: &[&str] = &[
    "aggregate",
    "contains",
    "count",
    "earliest",
    "exists",
    "explain",
    "first",
    "get",
    "has_module_perms",
    "has_perm",
    "has_perms",
    "in_bulk",
    "last",
    "latest",
];

/// Methods that write rows of their own model alone, unless the project overrides them.
const WRITES: &[&str] = &[
    "bulk_create",
    "bulk_update",
    "create",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
];

/// Functions of Django's that ask, and change nothing.
const READING: &[&str] = &[
    "django.shortcuts.get_list_or_404",
    "django.shortcuts.get_object_or_404",
];

impl Draft<'_> {
    /// True when nothing from where the queryset at `root` begins to the function's end may change rows of `related`, or
    /// sees rows of `queryset` outside of it: whether the former were fetched at once makes no difference then.
    pub(super) fn is_steady(&self, root: NodeId, queryset: NodeId, related: &Model) -> bool {
        let ast = self.ast();
        // In a loop, what stands before comes after as well.
        let from = ast
            .ancestors(root)
            .take_while(|&up| up != self.own_body())
            .filter(|&up| {
                let kind = ast.kind(up);
                matches!(kind, Kind::For | Kind::While) || kind.is_comprehension()
            })
            .last()
            .unwrap_or(root);
        let sees = |node: NodeId| {
            let kind = self.type_of(node);
            carries(kind, root) || carries(kind, queryset)
        };
        let is_own =
            |function: Option<usize>, node: NodeId| function == self.function && node >= from;
        let mut sites = self.file.sites.iter();
        let mut calls = self.file.calls.iter();
        let changes_rows = sites.any(|site| {
            let of_row = match &site.kind {
                SiteKind::Property { object, .. } => sees(*object),
                SiteKind::Implicit { .. } => sees(site.node),
                _ => false,
            };
            is_own(site.function, site.node)
                && (of_row || self.changes_at(self.facts, site, related))
        });
        let hands_on = calls.any(|call| {
            is_own(call.function, call.node)
                && (self.may_change(call.callee, related) || self.parts_of(call.node).any(sees))
        });
        !(changes_rows || hands_on || self.sets_attributes(ast, related) || self.gives_back(&sees))
    }

    /// The object and the arguments of a call.
    fn parts_of(&self, call: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let ast = self.ast();
        let object = ast
            .child(call, Field::Function)
            .and_then(|function| ast.child(function, Field::Object));
        let arguments = self.arguments(call).into_iter().map(|(_, value)| value);
        object.into_iter().chain(arguments)
    }

    /// True for a function that returns what it fetched to other code of the project.
    fn gives_back(&self, sees: &impl Fn(NodeId) -> bool) -> bool {
        let ast = self.ast();
        let is_view = self.own_function().is_some_and(|own| {
            self.analysis.files.iter().all(|file| {
                let mut calls = file.calls.iter();
                !calls.any(|call| call.callee == own)
            })
        });
        self.function.is_some()
            && !is_view
            && ast
                .subtree(self.own_body())
                .filter(|&id| matches!(ast.kind(id), Kind::Return | Kind::Yield))
                .filter_map(|id| ast.first_child(id))
                .any(sees)
    }

    /// True where the function sets attributes of related rows, which a later read would show.
    fn sets_attributes(&self, ast: &Ast, related: &Model) -> bool {
        ast.subtree(self.own_body()).any(|id| {
            let target = match ast.kind(id) {
                Kind::Assignment | Kind::AugmentedAssignment => ast.child(id, Field::Left),
                Kind::Call => {
                    let is_setattr = ast
                        .child(id, Field::Function)
                        .is_some_and(|function| self.text(function) == "setattr");
                    return is_setattr;
                }
                _ => None,
            };
            target
                .filter(|&target| ast.kind(target) == Kind::Attribute)
                .and_then(|target| ast.child(target, Field::Object))
                .is_some_and(|object| match self.type_of(object) {
                    Type::Instance(instance) => may_be(&instance.model, related),
                    _ => false,
                })
        })
    }

    /// True for a site that may change rows of a model.
    fn changes_at(&self, facts: &FileFacts, site: &Site, related: &Model) -> bool {
        match &site.kind {
            SiteKind::Method {
                name,
                model,
                overridden_by: None,
                ..
            } if site.effect == Effect::Query => {
                let name = facts.source(*name);
                let is_own = match model {
                    Model::Known(class) => ["save", name]
                        .iter()
                        .any(|name| self.analysis.world.method(*class, name).is_some()),
                    _ => false,
                };
                let is_other = !may_be(model, related) && !is_own && WRITES.contains(&name);
                !(READS.contains(&name) || is_other)
            }
            SiteKind::Method {
                overridden_by: Some(_),
                ..
            } => true,
            SiteKind::Function { path } if site.effect == Effect::Query => {
                !READING.contains(&unblocked_django::canonical(path))
            }
            SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => {
                self.may_change(*callee, related)
            }
            SiteKind::Method { .. }
            | SiteKind::Function { .. }
            | SiteKind::Evaluate { .. }
            | SiteKind::Attribute { .. }
            | SiteKind::GenericRelation { .. }
            | SiteKind::UnknownAttribute { .. }
            | SiteKind::UnknownValue { .. }
            | SiteKind::InCache { .. }
            | SiteKind::RequestUser { .. }
            | SiteKind::SessionItem { .. } => false,
            _ => true,
        }
    }

    /// True for a function of the project that may change rows of a model, or calls one that may.
    fn may_change(&self, function: FunctionRef, related: &Model) -> bool {
        let mut seen = HashSet::new();
        let mut queue = vec![function];
        while let Some(at) = queue.pop() {
            if !seen.insert(at) {
                continue;
            }
            let (Some(facts), Some(file)) = (
                self.analysis.world.file(at.file),
                self.analysis.files.get(at.file),
            ) else {
                return true;
            };
            let own = Some(at.index);
            let first = file.sites.partition_point(|site| site.function < own);
            let mut sites = (file.sites.iter().skip(first)).take_while(|site| site.function == own);
            let is_direct = sites.any(|site| match &site.kind {
                SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => {
                    queue.push(*callee);
                    false
                }
                _ => self.changes_at(facts, site, related),
            });
            if is_direct || seen.len() > MAX_FUNCTIONS {
                return true;
            }
            let first = file.calls.partition_point(|call| call.function < own);
            let calls = (file.calls.iter().skip(first)).take_while(|call| call.function == own);
            queue.extend(calls.map(|call| call.callee));
            let around = wrapped_in(self.analysis, at);
            queue.extend(around.into_iter().map(|(_, wrapper)| wrapper));
        }
        false
    }
}

/// True when an instance of one model may be one of another.
fn may_be(model: &Model, other: &Model) -> bool {
    match model {
        Model::Known(_) | Model::User => model == other,
        Model::OneOf(_) | Model::Named(_) | Model::Unknown => true,
    }
}

/// True for what holds rows that come from the queryset that begins at `origin`, or that queryset.
pub(super) fn carries(kind: &Type, origin: NodeId) -> bool {
    let mut level = vec![kind];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for kind in level {
            let is_from = |of: &Option<unblocked_analyzer::Origin>| {
                of.as_ref().is_some_and(|of| of.node == origin)
            };
            match kind {
                Type::Instance(instance) if is_from(&instance.origin) => return true,
                Type::QuerySet(queryset) | Type::MaybeQuerySet(queryset)
                    if is_from(&queryset.origin) =>
                {
                    return true;
                }
                Type::Sequence(inner)
                | Type::SyncIterator(inner)
                | Type::Page(inner)
                | Type::Paginator(inner)
                | Type::Coroutine(inner) => next.push(&**inner),
                Type::Tuple(parts) => next.extend(parts.iter()),
                Type::Mapping(mapping) => next.extend(mapping.parts()),
                _ => {}
            }
        }
        level = next;
    }
    false
}
