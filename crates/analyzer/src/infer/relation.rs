//! Attributes of instances whose model does not tell what they are, and which relations are loaded.

use std::sync::Arc;

use unblocked_django::{Effect, Owner};
use unblocked_syntax::{Field, Kind, NodeId};

use super::prefetch::fetched;
use super::{Inference, Key};
use crate::site::SiteKind;
use crate::types::{Evidence, Fetched, Instance, Manager, ManagerClass, Model, Type};

/// Names of fields that are plain values by habit. Sorted.
const COMMON_VALUES: &[&str] = &[
    "active",
    "address",
    "amount",
    "body",
    "city",
    "code",
    "content",
    "count",
    "created",
    "created_at",
    "created_on",
    "currency",
    "date",
    "description",
    "email",
    "enabled",
    "end",
    "first_name",
    "is_active",
    "is_public",
    "key",
    "label",
    "last_name",
    "message",
    "modified",
    "name",
    "notes",
    "number",
    "order",
    "phone",
    "position",
    "price",
    "published",
    "published_at",
    "quantity",
    "rank",
    "rating",
    "reference",
    "score",
    "size",
    "sku",
    "slug",
    "start",
    "state",
    "status",
    "stock",
    "subject",
    "text",
    "timestamp",
    "title",
    "token",
    "total",
    "type",
    "updated",
    "updated_at",
    "url",
    "username",
    "uuid",
    "value",
    "views",
    "weight",
    "year",
];

/// Methods that only managers and querysets have, or that on an instance's attribute mean nothing else.
fn is_manager_method(name: &str) -> bool {
    unblocked_django::is_lazy_builder(Owner::RelatedManager, name)
        || unblocked_django::async_method(Owner::ManyRelatedManager, name).is_some()
        || unblocked_django::is_async_method(Owner::ManyRelatedManager, name).is_some()
}

/// Methods and attributes of strings, numbers, dates, files and the like: what has them is no relation.
const VALUE_MEMBERS: &[&str] = &[
    "append",
    "as_tuple",
    "astimezone",
    "capitalize",
    "casefold",
    "center",
    "close",
    "copy",
    "count",
    "date",
    "day",
    "days",
    "decode",
    "encode",
    "endswith",
    "find",
    "format",
    "get",
    "height",
    "hex",
    "hour",
    "index",
    "int",
    "isalnum",
    "isalpha",
    "isdigit",
    "isoformat",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "microsecond",
    "minute",
    "month",
    "name",
    "open",
    "partition",
    "path",
    "quantize",
    "read",
    "replace",
    "rfind",
    "rsplit",
    "rstrip",
    "second",
    "seconds",
    "size",
    "split",
    "splitlines",
    "startswith",
    "storage",
    "strftime",
    "strip",
    "time",
    "timestamp",
    "title",
    "total_seconds",
    "tzinfo",
    "upper",
    "url",
    "utcoffset",
    "values",
    "weekday",
    "width",
    "year",
];

impl<'w> Inference<'w, '_> {
    /// An attribute that the model does not tell: what is done with it may. Read for itself, it is named as a risk.
    pub(super) fn unresolved(
        &mut self,
        node: NodeId,
        attribute: NodeId,
        name: &str,
        instance: &Instance,
    ) -> Type {
        let read_through = self.ast.field(node) == Some(Field::Object);
        let key = Key::Relation(instance.model.clone(), name.to_owned());
        if self.exchange.known(key.clone()).is_some() {
            self.exchange.learn(key, &Type::Plain);
            if !self.is_target(node) && !self.is_called(node) {
                return self.relation(node, attribute, instance);
            }
        }
        if !read_through
            && instance.model != Model::Unknown
            && !self.is_called(node)
            && !self.is_target(node)
            && below(&instance.loaded, name).is_none()
            && COMMON_VALUES.binary_search(&name).is_err()
        {
            let of = self.describe(&instance.model);
            self.site(
                node,
                Effect::Query,
                Evidence::Evident,
                SiteKind::UnknownAttribute { attribute, of },
            );
        }
        Type::Unresolved(instance.clone(), name.into())
    }

    /// `instance.relation = other` loads the relation, `instance.relation_id = key` unloads it.
    pub(super) fn relation_assigned(&mut self, object: NodeId, name: &'w str) {
        let Type::Instance(instance) = self.type_at(object) else {
            return;
        };
        let relation = name.strip_suffix("_id").unwrap_or(name);
        let mut loaded: Vec<Arc<str>> = instance
            .loaded
            .iter()
            .filter(|path| path.split("__").next() != Some(relation))
            .cloned()
            .collect();
        if relation == name {
            loaded.push(name.into());
        }
        self.rebind(object, loaded.into());
    }

    /// What is known to be loaded with a variable's instance changes.
    pub(super) fn rebind(&mut self, object: NodeId, loaded: Arc<[Arc<str>]>) {
        if let Type::Instance(instance) = self.type_at(object)
            && self.ast.kind(object) == Kind::Identifier
        {
            self.environment.bind(
                self.text(object),
                Type::Instance(Instance {
                    loaded,
                    origin: None,
                    ..instance
                }),
            );
        }
    }

    /// `instance.attribute.name`, where the model does not tell what `attribute` is: `name` does, or it may be a
    /// relation. `object` is `instance.attribute`.
    pub(super) fn resolve_attribute(
        &mut self,
        object: NodeId,
        name: &'w str,
        instance: &Instance,
        read: &Arc<str>,
    ) -> Type {
        let arguments = self
            .ast
            .parent(object)
            .and_then(|method| self.arguments_of(method));
        let called = arguments.is_some();
        let is_value = VALUE_MEMBERS.binary_search(&name).is_ok() && (called || name != "name");
        let Some(attribute) = self.ast.child(object, Field::Attribute) else {
            // A variable that holds what was read: what is done with it tells what it is.
            let is_shared = matches!(name, "count" | "get" | "update" | "values");
            if called && is_manager_method(name) && !is_shared {
                self.retype_as_manager(object, None);
            } else if !(is_value || called && is_shared) {
                self.learn_relation(instance, read);
            }
            return Type::Unknown;
        };
        let text = self.text(attribute);
        // `count`, `get`, `update` and `values` are shared with lists, strings and dictionaries.
        let is_shared = matches!(name, "count" | "get" | "update" | "values");
        let plural = text.ends_with("_set")
            || (text.ends_with('s') && !text.ends_with("ss") && name == "count");
        if called
            && is_manager_method(name)
            && (!is_shared || plural || self.has_orm_arguments(arguments, name))
        {
            self.retype_as_manager(object, fetched(instance, text));
            return Type::Unknown;
        }
        if called && is_shared {
            return self.maybe_manager(instance, text, name);
        }
        if is_value {
            return Type::Unknown;
        }
        self.learn_relation(instance, text);
        let related = self.relation(object, attribute, instance);
        self.set(object, related.clone());
        match related {
            Type::Instance(related) => Type::Unresolved(related, name.into()),
            other => other,
        }
    }

    /// The arguments that a method is called with, at once or through `sync_to_async(method)(…)`.
    fn arguments_of(&self, method: NodeId) -> Option<NodeId> {
        let ast = self.ast;
        let mut callee = method;
        if !self.is_called(method) {
            callee = ast.ancestors(method).nth(1)?;
            let adapter = ast.child(callee, Field::Function)?;
            if !self.text(adapter).ends_with("sync_to_async") || !self.is_called(callee) {
                return None;
            }
        }
        ast.child(ast.parent(callee)?, Field::Arguments)
    }

    /// True for `object.name(…)` with arguments that only a manager's method takes: strings count what they are given,
    /// dictionaries have no keyword arguments but in `update`, and no argument in `values`.
    fn has_orm_arguments(&self, arguments: Option<NodeId>, name: &str) -> bool {
        let arguments = arguments
            .into_iter()
            .flat_map(|list| self.ast.children(list));
        match name {
            "update" => false,
            name => self.is_for_orm(&arguments.collect::<Vec<_>>(), name),
        }
    }

    /// False for arguments that strings, lists and dictionaries take, and managers don't.
    pub(super) fn is_for_orm(&self, arguments: &[NodeId], name: &str) -> bool {
        let mut arguments = arguments.iter();
        match name {
            "count" => arguments.next().is_none(),
            "values" => arguments.next().is_some(),
            "get" | "update" => {
                arguments.any(|&argument| self.ast.kind(argument) == Kind::KeywordArgument)
            }
            _ => true,
        }
    }

    /// What `name` of a manager, a string or a dictionary is, where the attribute may be any of them.
    fn maybe_manager(&self, instance: &Instance, attribute: &str, name: &str) -> Type {
        if COMMON_VALUES.binary_search(&attribute).is_ok() {
            return Type::Unknown;
        }
        match name {
            // It waits if it is a manager's.
            "update" | "values" => Type::Unresolved(instance.clone(), name.into()),
            _ => Type::Unknown,
        }
    }

    /// From the next round on, the attribute is a relation wherever it is read.
    pub(super) fn learn_relation(&mut self, instance: &Instance, name: &str) {
        let key = Key::Relation(instance.model.clone(), name.to_owned());
        self.exchange.learn(key, &Type::Plain);
    }

    /// Reads a relation of an instance whose model is not at hand.
    fn relation(&mut self, node: NodeId, attribute: NodeId, instance: &Instance) -> Type {
        let loaded = below(&instance.loaded, self.text(attribute));
        if loaded.is_none()
            && let Some(object) = self.ast.child(node, Field::Object)
        {
            let of = self.describe(&instance.model);
            self.site(
                node,
                Effect::Query,
                Evidence::Evident,
                SiteKind::Attribute {
                    object,
                    attribute,
                    of,
                    is_known: false,
                    load: None,
                    is_generic: false,
                    keys: &[],
                },
            );
        }
        Type::Instance(Instance {
            model: Model::Unknown,
            evidence: Evidence::Evident,
            loaded: loaded.unwrap_or_default(),
            deferred: Arc::default(),
            prefetched: Arc::default(),
            origin: None,
        })
    }

    fn retype_as_manager(&mut self, node: NodeId, prefetched: Option<Fetched>) {
        self.set(
            node,
            Type::Manager(Manager {
                model: Model::Unknown,
                owner: Owner::RelatedManager,
                evidence: Evidence::Evident,
                class: ManagerClass::NOT_AT_HAND,
                prefetched: prefetched.map(Arc::new),
                back: None,
                load: None,
            }),
        );
    }
}

/// The relations loaded below `name`; `None` when it is not loaded itself.
pub(super) fn below(loaded: &Arc<[Arc<str>]>, name: &str) -> Option<Arc<[Arc<str>]>> {
    let mut found = false;
    let mut rest: Vec<Arc<str>> = Vec::new();
    for path in loaded.iter() {
        if &**path == name {
            found = true;
        } else if let Some(tail) = path
            .strip_prefix(name)
            .and_then(|tail| tail.strip_prefix("__"))
        {
            found = true;
            rest.push(tail.into());
        }
    }
    found.then(|| rest.into())
}
