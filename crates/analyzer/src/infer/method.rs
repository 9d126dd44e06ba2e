//! Methods of Django's objects: managers, querysets, instances, forms, and what libraries give.

use std::sync::Arc;

use unblocked_django::{
    BaseKind, Effect, Owner, Returns, contrib_manager_method, is_async_method, method_effect,
    returns,
};
use unblocked_syntax::NodeId;

use super::Inference;
use super::call::queryset_of;
use crate::site::SiteKind;
use crate::types::{
    ClassRef, Evidence, FunctionRef, Instance, Manager, Mapping, Model, QuerySet, Rows, Type,
};

/// Methods of an instance that ask nothing.
fn is_free_method(name: &str) -> bool {
    matches!(
        name,
        "get_absolute_url"
            | "get_full_name"
            | "get_short_name"
            | "get_username"
            | "set_password"
            | "set_unusable_password"
            | "has_usable_password"
            | "get_session_auth_hash"
            | "natural_key"
            | "clean"
            | "clean_fields"
            | "get_deferred_fields"
            | "model_class"
            | "serializable_value"
    ) || (name.starts_with("get_") && name.ends_with("_display"))
}

impl<'w> Inference<'w, '_> {
    pub(super) fn opaque(&mut self, node: NodeId, name: NodeId, of: &str) {
        self.site(
            node,
            Effect::Query,
            Evidence::Evident,
            SiteKind::OpaqueMethod {
                of: of.into(),
                name,
            },
        );
    }

    /// A method of one of Django's objects that asks the database.
    fn owned_site(&mut self, node: NodeId, receiver: NodeId, name: NodeId, owner: Owner) {
        self.site(
            node,
            owner.effect(),
            Evidence::Proven,
            SiteKind::Method {
                owner,
                receiver,
                name,
                overridden_by: None,
                model: Model::Unknown,
            },
        );
    }

    /// A method of one of Django's objects: waits when the data says so.
    pub(super) fn owned_call(
        &mut self,
        node: NodeId,
        receiver: NodeId,
        name: NodeId,
        owner: Owner,
        result: Type,
    ) -> Type {
        let text = self.text(name);
        if let Some(effect) = method_effect(owner, text) {
            self.site(
                node,
                effect,
                Evidence::Proven,
                SiteKind::Method {
                    owner,
                    receiver,
                    name,
                    overridden_by: None,
                    model: Model::Unknown,
                },
            );
            return result;
        }
        match is_async_method(owner, text) {
            Some(_) => Type::coroutine(result),
            None => Type::Unknown,
        }
    }

    pub(super) fn call_manager(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        manager: &Manager,
        arguments: &[NodeId],
    ) -> Type {
        let name = self.text(attribute);
        let own = self.world.manager_method(manager.class, name);
        let known = returns(manager.owner, name).is_some()
            || is_async_method(manager.owner, name).is_some()
            || method_effect(manager.owner, name).is_some();
        if let Some(own) = own
            && !known
        {
            // A method of the project's manager or queryset class.
            return self.own_method(node, own, &manager.model, arguments);
        }
        if !known
            && let Model::Named(model) = &manager.model
            && let Some(returned) = contrib_manager_method(model, name)
        {
            if returned != Returns::None {
                self.owned_site(node, object, attribute, manager.owner);
            }
            return match returned {
                Returns::Instance => queryset_of(manager.model.clone(), manager.evidence).row(),
                _ => Type::Plain,
            };
        }
        if !known
            && let Some(kind) = self.never_was(node, object, attribute, manager.owner, || {
                queryset_of(manager.model.clone(), manager.evidence)
            })
        {
            return kind;
        }
        if !known {
            self.opaque(node, attribute, "the manager");
            return Type::MaybeQuerySet(queryset_of(manager.model.clone(), manager.evidence));
        }
        let mut queryset = queryset_of(manager.model.clone(), manager.evidence);
        queryset.origin = self.begun_at(object, manager, name);
        queryset.loaded = manager.back.iter().cloned().collect();
        if name == "all"
            && let Some(fetched) = &manager.prefetched
        {
            let known = queryset.loaded.iter().chain(fetched.loaded.iter());
            queryset.loaded = known.cloned().collect();
            queryset.deferred = fetched.deferred.clone();
            queryset.prefetched = fetched.prefetched.clone();
            queryset.origin = fetched.origin.clone();
        }
        queryset.class = manager.class.queryset.or(manager
            .class
            .own
            .filter(|&class| self.is_queryset_class(class)));
        self.queryset_method(
            node,
            object,
            attribute,
            manager.owner,
            &queryset,
            own,
            arguments,
        )
    }

    /// A method of the project's manager or queryset class.
    fn own_method(
        &mut self,
        node: NodeId,
        own: FunctionRef,
        model: &Model,
        arguments: &[NodeId],
    ) -> Type {
        match self.call_project(node, own, true, arguments) {
            Type::QuerySet(queryset) if queryset.model == Model::Unknown => {
                Type::QuerySet(QuerySet {
                    model: model.clone(),
                    ..queryset
                })
            }
            Type::Instance(instance) if instance.model == Model::Unknown => {
                Type::Instance(Instance {
                    model: model.clone(),
                    ..instance
                })
            }
            Type::Unknown => Type::MaybeQuerySet(queryset_of(model.clone(), Evidence::Evident)),
            other => other,
        }
    }

    pub(super) fn is_queryset_class(&self, class: ClassRef) -> bool {
        self.world
            .base_kinds(class)
            .any(|kind| kind == BaseKind::QuerySet)
    }

    pub(super) fn call_queryset(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        queryset: &QuerySet,
        arguments: &[NodeId],
    ) -> Type {
        let owner = if queryset.is_raw {
            Owner::RawQuerySet
        } else {
            Owner::QuerySet
        };
        let name = self.text(attribute);
        let known = returns(owner, name).is_some()
            || is_async_method(owner, name).is_some()
            || method_effect(owner, name).is_some();
        if known {
            return self.queryset_method(node, object, attribute, owner, queryset, None, arguments);
        }
        // A method of a queryset class of the project: the model's manager tells which.
        let of_class = queryset
            .class
            .and_then(|class| self.world.method(class, name));
        let own = of_class.or_else(|| {
            let info = self.world.model(&queryset.model)?;
            info.managers
                .values()
                .find_map(|&class| self.world.manager_method(class, name))
        });
        match own {
            Some(own) => self.own_method(node, own, &queryset.model, arguments),
            None => {
                let made = self.never_was(node, object, attribute, owner, || queryset.clone());
                if let Some(kind) = made {
                    return kind;
                }
                self.opaque(node, attribute, "the queryset");
                Type::MaybeQuerySet(queryset.clone())
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site's parts")]
    fn queryset_method(
        &mut self,
        node: NodeId,
        receiver: NodeId,
        attribute: NodeId,
        owner: Owner,
        queryset: &QuerySet,
        own: Option<FunctionRef>,
        arguments: &[NodeId],
    ) -> Type {
        let name = self.text(attribute);
        self.close_origins(queryset, name, arguments);
        if let Some(form) = is_async_method(owner, name) {
            let sync = form.name.strip_prefix('a').unwrap_or(form.name);
            let result = match self.result_of(owner, sync, queryset, arguments) {
                Type::Instance(instance) if sync == "create" => self.with_arguments(node, instance),
                other => other,
            };
            return if form.is_async_iterator {
                Type::Unknown
            } else {
                Type::coroutine(result)
            };
        }
        if let Some(effect) = method_effect(owner, name) {
            // A queryset class is honoured by the async form. A manager is not, `acreate` calls the queryset's; but for
            // what related managers bring themselves.
            let overridden_by = own.filter(|_| !owner.calls_sync_form(name)).filter(|own| {
                self.world
                    .function(*own)
                    .and_then(|f| f.class)
                    .is_some_and(|index| {
                        let class = ClassRef {
                            file: own.file,
                            index,
                        };
                        !self
                            .world
                            .base_kinds(class)
                            .any(|kind| kind == BaseKind::QuerySet)
                    })
            });
            self.site(
                node,
                effect,
                queryset.evidence,
                SiteKind::Method {
                    owner,
                    receiver,
                    name: attribute,
                    overridden_by,
                    model: queryset.model.clone(),
                },
            );
        }
        match self.result_of(owner, name, queryset, arguments) {
            Type::Instance(instance) if name == "create" => self.with_arguments(node, instance),
            other => other,
        }
    }

    pub(super) fn result_of(
        &self,
        owner: Owner,
        name: &str,
        queryset: &QuerySet,
        arguments: &[NodeId],
    ) -> Type {
        let rows = |rows| {
            Type::QuerySet(QuerySet {
                rows,
                ..queryset.clone()
            })
        };
        match returns(owner, name) {
            Some(Returns::QuerySet) => {
                let mut result = match name {
                    "select_related" | "prefetch_related" => {
                        self.with_relations(name, queryset, arguments)
                    }
                    // What the others load is not asked for.
                    "union" | "intersection" | "difference" => QuerySet {
                        loaded: Arc::default(),
                        prefetched: Arc::default(),
                        ..queryset.clone()
                    },
                    _ => queryset.clone(),
                };
                if matches!(name, "only" | "defer") {
                    result.deferred = self.left_out(name, &result, arguments);
                }
                Type::QuerySet(result)
            }
            Some(
                Returns::ValuesQuerySet
                | Returns::ValuesListQuerySet
                | Returns::FlatValuesListQuerySet
                | Returns::DatesQuerySet,
            ) => rows(Rows::Plain),
            Some(Returns::RawQuerySet) => Type::QuerySet(QuerySet {
                is_raw: true,
                loaded: Arc::default(),
                prefetched: Arc::default(),
                ..queryset.clone()
            }),
            Some(Returns::Instance | Returns::OptionalInstance) => queryset.row(),
            // What is created was not fetched.
            Some(Returns::InstanceAndBool) => {
                Type::tuple(vec![queryset.row().without_origin(), Type::Plain])
            }
            Some(Returns::List) => Type::sequence(queryset.row().without_origin()),
            Some(Returns::SyncIterator) => Type::SyncIterator(Arc::new(queryset.row())),
            Some(Returns::Dict) if name == "in_bulk" => {
                Type::mapping(Mapping::of(Type::Plain, queryset.row()))
            }
            Some(Returns::Int | Returns::Bool | Returns::Dict | Returns::Str) => Type::Plain,
            Some(Returns::None) => Type::None,
            Some(_) | None => Type::Unknown,
        }
    }

    pub(super) fn call_instance(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        instance: &Instance,
    ) -> Type {
        let name = self.text(attribute);
        let info = self.world.model(&instance.model);
        let is_user = instance.model == Model::User || info.is_some_and(|info| info.is_user);
        let owner = if is_user { Owner::User } else { Owner::Model };
        if is_free_method(name) {
            return Type::Plain;
        }
        if matches!(name, "refresh_from_db" | "arefresh_from_db") {
            // It drops what was loaded.
            self.rebind(object, Arc::default());
        }
        if let Some(effect) = method_effect(owner, name) {
            self.site(
                node,
                effect,
                instance.evidence,
                SiteKind::Method {
                    owner,
                    receiver: object,
                    name: attribute,
                    overridden_by: None,
                    model: instance.model.clone(),
                },
            );
            return returns(owner, name).map_or(Type::Unknown, |returned| match returned {
                Returns::Bool | Returns::Int => Type::Plain,
                _ => Type::Unknown,
            });
        }
        if is_async_method(owner, name).is_some() {
            return Type::coroutine(Type::Unknown);
        }
        Type::Unknown
    }

    /// A method of what a function that is not at hand gave. One that a queryset or an instance has too may wait.
    pub(super) fn call_opaque(
        &mut self,
        node: NodeId,
        attribute: NodeId,
        name: &str,
        arguments: &[NodeId],
    ) -> Type {
        if unblocked_django::is_lazy_builder(Owner::QuerySet, name) && name != "values" {
            return Type::Opaque;
        }
        let waits = method_effect(Owner::QuerySet, name).is_some()
            || method_effect(Owner::Model, name).is_some();
        if waits && self.is_for_orm(arguments, name) {
            self.opaque(node, attribute, "the value");
            return Type::Opaque;
        }
        Type::Unknown
    }

    /// A method of an instance that its model does not tell.
    pub(super) fn call_unresolved(&mut self, node: NodeId, attribute: NodeId, instance: &Instance) {
        let name = self.text(attribute);
        let owner = if instance.model == Model::User {
            Owner::User
        } else {
            Owner::Model
        };
        if is_free_method(name)
            || method_effect(owner, name).is_some()
            || is_async_method(owner, name).is_some()
        {
            return;
        }
        let of = self.describe(&instance.model);
        self.opaque(node, attribute, &of);
    }

    pub(super) fn call_object(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        class: ClassRef,
    ) -> Type {
        if let Some(list) = self.paginated(&Type::Object(class)) {
            return self.call_paginator(node, object, attribute, list);
        }
        if let Some(result) = self.call_inherited(node, class, attribute, false) {
            return result;
        }
        if self.world.has_missing_base(class) {
            let of = self
                .world
                .class(class)
                .map_or("", |class| &class.name)
                .to_owned();
            self.opaque(node, attribute, &of);
        }
        Type::Unknown
    }
}
