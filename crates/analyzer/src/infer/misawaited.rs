//! Awaits of what is no coroutine, and of names that Django never had.

use unblocked_django::{Owner, is_lazy_builder};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use super::awaiting::{is_response, makes_responses};
use crate::site::{HalfAsync, Misawaited, NeverWas, SiteKind};
use crate::types::{Evidence, Instance, QuerySet, Type};

/// Fields whose names begin with an `a` of their own, as far as models that are not at hand have them.
const OWN_A: &[&str] = &[
    "account",
    "action",
    "activity",
    "address",
    "admin",
    "agency",
    "agent",
    "album",
    "answer",
    "apartment",
    "app",
    "applicant",
    "application",
    "appointment",
    "approver",
    "area",
    "article",
    "artist",
    "asset",
    "assignee",
    "assignment",
    "attachment",
    "attempt",
    "attendee",
    "attribute",
    "auction",
    "audience",
    "audit",
    "author",
    "availability",
    "avatar",
    "award",
];

impl Inference<'_, '_> {
    /// `await`
    pub(super) fn awaited(&mut self, node: NodeId) {
        let Some(inner) = self.ast.first_child(node) else {
            return;
        };
        let result = match self.type_at(inner) {
            Type::Coroutine(result) => (*result).clone(),
            _ if !self.is_async_here() => Type::Unknown,
            Type::QuerySet(queryset) if queryset.evidence != Evidence::Possible => {
                self.half_async(
                    node,
                    queryset.evidence,
                    HalfAsync::Misawaited(Misawaited::QuerySet),
                );
                Type::QuerySet(queryset)
            }
            Type::Adapted(function) if self.early.contains(&function) => self.type_at(function),
            Type::Adapted(function) if self.ast.kind(inner) == Kind::Call => {
                self.half_async(
                    node,
                    Evidence::Proven,
                    HalfAsync::Misawaited(Misawaited::Adapter),
                );
                let result = self.call_adapted(inner, function, Some(inner), &[]);
                match result {
                    Type::Coroutine(result) => (*result).clone(),
                    _ => Type::Unknown,
                }
            }
            kind => match self.waits_synchronously(self.ast.unparenthesized(inner), &kind) {
                Some(evidence) => {
                    self.half_async(node, evidence, HalfAsync::Misawaited(Misawaited::Sync));
                    kind
                }
                None => Type::Unknown,
            },
        };
        self.set(node, result);
    }

    /// How sure it is that a value is no awaitable, for what it was just found to be.
    fn waits_synchronously(&self, node: NodeId, kind: &Type) -> Option<Evidence> {
        let ast = self.ast;
        if let Some(callee) = ast.child(node, Field::Function) {
            match self.type_at(callee) {
                Type::Method(own) if self.world.function(own).is_some_and(|own| own.is_async) => {
                    return None;
                }
                // What a variable holds besides, like the `get_response` that Django gives middleware, may be async.
                Type::Callable { .. } => return None,
                _ => {}
            }
        }
        if ast.kind(node) == Kind::Call
            && match kind {
                Type::External(path) => makes_responses(path),
                Type::MissingObject(name) => is_response(name),
                _ => false,
            }
        {
            return Some(Evidence::Proven);
        }
        let site = self
            .result
            .sites
            .iter()
            .rev()
            .take(12)
            .find(|site| site.node == node)?;
        let is_sync = match &site.kind {
            SiteKind::Method { overridden_by, .. } => overridden_by.is_none(),
            SiteKind::Function { path } => {
                !path.starts_with("requests.") && !path.starts_with("builtins.")
            }
            SiteKind::Form { .. } => true,
            SiteKind::Attribute { is_known, .. } => *is_known,
            _ => false,
        };
        (is_sync && site.evidence != Evidence::Possible).then_some(site.evidence)
    }

    /// `async for … in right`
    pub(super) fn looped_async(&mut self, right: NodeId) {
        if !self.is_async_here() {
            return;
        }
        let not_iterable = |is_manager| HalfAsync::NotAsyncIterable { is_manager };
        match self.type_at(right) {
            Type::QuerySet(_) => {
                let rows = self.ast.unparenthesized(right);
                if self.ast.kind(rows) == Kind::Identifier {
                    self.evaluated.insert(self.text(rows));
                }
            }
            Type::Manager(manager) => {
                self.half_async(right, manager.evidence, not_iterable(true));
                let rows = super::call::queryset_of(manager.model, manager.evidence);
                self.set(right, Type::QuerySet(rows));
            }
            Type::SyncIterator(_) if self.is_iterator_call(right) => {
                self.half_async(right, Evidence::Proven, not_iterable(false));
            }
            _ => {}
        }
    }

    /// `rows.iterator(…)`
    fn is_iterator_call(&self, node: NodeId) -> bool {
        self.ast
            .child(node, Field::Function)
            .and_then(|function| self.ast.child(function, Field::Attribute))
            .is_some_and(|name| self.text(name) == "iterator")
    }

    /// A method that managers and querysets never had; gives what the call that was meant gives.
    pub(super) fn never_was(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        owner: Owner,
        queryset: impl FnOnce() -> QuerySet,
    ) -> Option<Type> {
        let bare = self.text(attribute).strip_prefix('a')?;
        if !self.is_async_here() {
            return None;
        }
        let queryset = queryset();
        let evidence = queryset.evidence;
        let (what, result) = match bare {
            "list" => (
                NeverWas::List { rows: object },
                Type::sequence(queryset.row().without_origin()),
            ),
            "delete" if owner.is_manager() => {
                (NeverWas::ManagerDelete { manager: object }, Type::Unknown)
            }
            _ if is_lazy_builder(owner, bare) && bare != "get_queryset" => (
                NeverWas::Builder { name: attribute },
                self.result_of(owner, bare, &queryset, &[]),
            ),
            _ => return None,
        };
        if bare == "delete" && !self.is_awaited(node) {
            // Where it is not awaited either, that is to be mended first.
            return None;
        }
        self.half_async(node, evidence, HalfAsync::NeverWas(what));
        Some(self.as_awaited(node, result))
    }

    /// `await order.acustomer`: relations have no async form.
    pub(super) fn awaited_relation(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        instance: &Instance,
    ) -> Option<Type> {
        let name = self.text(attribute);
        let bare = name.strip_prefix('a')?;
        if !self.is_awaited(node) || !self.is_async_here() || bare.is_empty() {
            return None;
        }
        let evidence = match self.world.model(&instance.model) {
            Some(info) => match info.attributes.get(bare)? {
                crate::model::Attribute::Relation { .. } => Evidence::Proven,
                _ => return None,
            },
            None if OWN_A.binary_search(&name).is_ok() => return None,
            None => Evidence::Evident,
        };
        let what = NeverWas::Relation { object, attribute };
        self.half_async(node, evidence, HalfAsync::NeverWas(what));
        Some(Type::coroutine(Type::Unknown))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted() {
        assert!(super::OWN_A.is_sorted());
    }
}
