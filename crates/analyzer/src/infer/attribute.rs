//! Reading attributes: `object.name`.

use std::sync::Arc;

use unblocked_django::{Effect, Owner};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use super::flow::LOADED_USER;
use crate::model::{Attribute, user_model};
use crate::site::{SiteKind, ValueUse};
use crate::types::{ClassRef, Evidence, FunctionRef, Instance, Manager, Model, Type};
use crate::world::{Symbol, attribute_path, external};

/// Fields and properties of the auth user that are plain values.
const USER_VALUES: &[&str] = &[
    "backend",
    "date_joined",
    "email",
    "first_name",
    "id",
    "is_active",
    "is_anonymous",
    "is_authenticated",
    "is_staff",
    "is_superuser",
    "last_login",
    "last_name",
    "password",
    "pk",
    "username",
];

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
    pub(super) fn attribute(&mut self, node: NodeId) {
        let (Some(object), Some(attribute)) = (
            self.ast.child(node, Field::Object),
            self.ast.child(node, Field::Attribute),
        ) else {
            return;
        };
        let name = self.text(attribute);
        let of = self.type_at(object);
        let kind = self.attribute_of(node, object, attribute, name, &of);
        self.note_value_use(node, &kind);
        self.set(node, kind);
    }

    fn attribute_of(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        of: &Type,
    ) -> Type {
        match of {
            Type::Path(path) => attribute_path(path, name)
                .map(|path| external(&path))
                .unwrap_or_default(),
            Type::Missing(path) => {
                let class: Arc<str> = path.rsplit('.').next().unwrap_or(path).into();
                named_manager(&class, name)
                    .or_else(|| attribute_path(path, name).map(Type::Missing))
                    .unwrap_or_default()
            }
            Type::Undefined(class) => named_manager(class, name).unwrap_or_default(),
            Type::Module(file) => match self.world.global(*file, name) {
                Some(Symbol::Variable(file, name)) => self.global_variable(file, &name),
                Some(symbol) => self.world.type_of(&symbol).unwrap_or_default(),
                None => Type::Unknown,
            },
            Type::Model(model) => match (self.class_attribute(model, name), model) {
                // A class method or a static one.
                (Type::Unknown, Model::Known(class)) => self
                    .world
                    .method(*class, name)
                    .map_or(Type::Unknown, Type::Method),
                (attribute, _) => attribute,
            },
            Type::Class(class) => match self.world.method(*class, name) {
                Some(function) => Type::Method(function),
                None => Type::Unknown,
            },
            Type::Instance(instance) => {
                self.instance_attribute(node, object, attribute, name, instance)
            }
            Type::Unresolved(instance) => self.resolve_attribute(object, name, instance),
            Type::Object(class) => self.object_attribute(node, object, attribute, name, *class),
            Type::MissingObject(_) => Type::Unknown,
            Type::Request => match name {
                "user" => {
                    if self.is_loading(node) {
                        self.environment.bind(LOADED_USER, Type::Plain);
                    }
                    if self.environment.get(LOADED_USER).is_none() {
                        self.site(
                            node,
                            Effect::Query,
                            Evidence::Proven,
                            SiteKind::RequestUser { request: object },
                        );
                    }
                    self.instance_of(&Type::Model(user_model(self.world)))
                        .unwrap_or_default()
                }
                "session" => Type::Session,
                "GET" | "POST" | "META" | "COOKIES" | "FILES" | "headers" | "body" | "method"
                | "path" | "path_info" | "content_type" | "resolver_match" => Type::Plain,
                _ => Type::Unknown,
            },
            Type::Page(element) => match name {
                "object_list" => Type::Page(element.clone()),
                _ => Type::Plain,
            },
            Type::External(path) if &**path == "django.core.paginator.Paginator" => {
                if matches!(name, "count" | "num_pages" | "page_range") {
                    self.site(
                        node,
                        Effect::Query,
                        Evidence::Proven,
                        SiteKind::Attribute {
                            object,
                            attribute,
                            of: "the paginator".into(),
                            is_known: true,
                        },
                    );
                    return Type::Plain;
                }
                Type::Unknown
            }
            _ => Type::Unknown,
        }
    }

    fn class_attribute(&self, model: &Model, name: &str) -> Type {
        let info = self.world.model(model);
        let owner = match (model, info) {
            (Model::User, _) => Owner::UserManager,
            (_, Some(info)) if info.is_user => Owner::UserManager,
            _ => Owner::Manager,
        };
        let manager = |class: Option<ClassRef>, evidence| {
            Type::Manager(Manager {
                model: model.clone(),
                owner,
                evidence,
                class,
                prefetched: false,
            })
        };
        match info {
            Some(info) => match info.managers.get(name) {
                Some(class) => manager(*class, Evidence::Proven),
                None if matches!(name, "_default_manager" | "_base_manager") => manager(
                    info.managers.values().flatten().next().copied(),
                    Evidence::Proven,
                ),
                // A manager that a class which is not at hand brings.
                None if info.is_partial && name == "objects" => manager(None, Evidence::Evident),
                None => Type::Unknown,
            },
            None if name.ends_with("objects") || name == "_default_manager" => {
                manager(None, Evidence::Evident)
            }
            None => Type::Unknown,
        }
    }

    fn instance_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        instance: &Instance,
    ) -> Type {
        if name == "pk" || name == "id" || name.ends_with("_id") || name.starts_with("__") {
            return Type::Plain;
        }
        let is_user = instance.model == Model::User
            || self
                .world
                .model(&instance.model)
                .is_some_and(|info| info.is_user);
        if is_user && USER_VALUES.binary_search(&name).is_ok() {
            return Type::Plain;
        }
        if is_user && matches!(name, "groups" | "user_permissions") {
            return Type::Manager(Manager {
                model: Model::Unknown,
                owner: Owner::ManyRelatedManager,
                evidence: Evidence::Proven,
                class: None,
                prefetched: false,
            });
        }
        let Some(info) = self.world.model(&instance.model) else {
            return self.unresolved(node, attribute, name, instance);
        };
        if let Some(known) = info.attributes.get(name) {
            let loaded = below(&instance.loaded, name);
            return match known.clone() {
                Attribute::Value | Attribute::File => Type::Plain,
                Attribute::Manager { model, owner } => Type::Manager(Manager {
                    // A related manager derives from the model's default manager.
                    class: self
                        .world
                        .model(&model)
                        .and_then(|info| info.default_manager()),
                    model,
                    owner,
                    evidence: Evidence::Proven,
                    prefetched: loaded.is_some(),
                }),
                Attribute::Relation(model) => {
                    if loaded.is_none() && !self.is_target(node) {
                        let of = self.describe(&instance.model);
                        self.site(
                            node,
                            Effect::Query,
                            Evidence::Proven,
                            SiteKind::Attribute {
                                object,
                                attribute,
                                of,
                                is_known: true,
                            },
                        );
                    }
                    Type::Instance(Instance {
                        model,
                        evidence: Evidence::Proven,
                        loaded: loaded.unwrap_or_default(),
                    })
                }
            };
        }
        let Model::Known(class) = instance.model else {
            return Type::Unknown;
        };
        match self.world.method(class, name) {
            Some(method) => self.method_or_property(node, object, attribute, method),
            None if info.is_partial || is_user => self.unresolved(node, attribute, name, instance),
            None => Type::Unknown,
        }
    }

    /// An attribute that the model does not tell: what is done with it may. Read for itself, it is named as a risk.
    fn unresolved(
        &mut self,
        node: NodeId,
        attribute: NodeId,
        name: &str,
        instance: &Instance,
    ) -> Type {
        let read_through = self.ast.field(node) == Some(Field::Object);
        let key = (instance.model.clone(), name.to_owned());
        if self.knowledge.relations.contains(&key) {
            self.learned.relations.insert(key);
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
        Type::Unresolved(instance.clone())
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
                Type::Instance(Instance { loaded, ..instance }),
            );
        }
    }

    /// `instance.attribute.name`, where the model does not tell what `attribute` is: `name` does, or it may be a
    /// relation. `object` is `instance.attribute`.
    fn resolve_attribute(&mut self, object: NodeId, name: &'w str, instance: &Instance) -> Type {
        let called = self
            .ast
            .parent(object)
            .is_some_and(|parent| self.is_called(parent));
        let Some(attribute) = self.ast.child(object, Field::Attribute) else {
            return Type::Unknown;
        };
        let text = self.text(attribute);
        let loaded = below(&instance.loaded, text);
        // `count`, `get`, `update` and `values` are shared with lists, strings and dictionaries.
        let is_shared = matches!(name, "count" | "get" | "update" | "values");
        let plural = text.ends_with("_set")
            || (text.ends_with('s') && !text.ends_with("ss") && name == "count");
        if called && is_manager_method(name) && (!is_shared || plural) {
            self.retype_as_manager(object, loaded.is_some());
            return Type::Unknown;
        }
        if (called && is_shared)
            || (VALUE_MEMBERS.binary_search(&name).is_ok() && (called || name != "name"))
        {
            return Type::Unknown;
        }
        let key = (instance.model.clone(), text.to_owned());
        self.learned.relations.insert(key);
        let related = self.relation(object, attribute, instance);
        self.set(object, related.clone());
        match related {
            Type::Instance(related) => Type::Unresolved(related),
            other => other,
        }
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
                },
            );
        }
        Type::Instance(Instance {
            model: Model::Unknown,
            evidence: Evidence::Evident,
            loaded: loaded.unwrap_or_default(),
        })
    }

    fn retype_as_manager(&mut self, node: NodeId, prefetched: bool) {
        self.set(
            node,
            Type::Manager(Manager {
                model: Model::Unknown,
                owner: Owner::RelatedManager,
                evidence: Evidence::Evident,
                class: None,
                prefetched,
            }),
        );
    }

    fn object_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        class: ClassRef,
    ) -> Type {
        if let Some(method) = self.world.method(class, name) {
            return self.method_or_property(node, object, attribute, method);
        }
        if name == "request" && self.world.base_kinds(class).next().is_some() {
            return Type::Request;
        }
        self.knowledge
            .attributes
            .get(&(class, name.to_owned()))
            .cloned()
            .unwrap_or_default()
    }

    fn method_or_property(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        method: FunctionRef,
    ) -> Type {
        if self.is_property(method) {
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Property {
                    object,
                    attribute,
                    callee: method,
                },
            );
            return self.returned_by(method);
        }
        Type::Method(method)
    }

    fn is_property(&self, method: FunctionRef) -> bool {
        let (Some(facts), Some(function)) =
            (self.world.file(method.file), self.world.function(method))
        else {
            return false;
        };
        function.decorators.iter().any(|&decorator| {
            facts.dotted(decorator).is_some_and(|name| {
                name.rsplit('.')
                    .next()
                    .is_some_and(|last| last.ends_with("property"))
            })
        })
    }

    /// True when the node is what a call calls.
    pub(super) fn is_called(&self, node: NodeId) -> bool {
        self.ast.field(node) == Some(Field::Function)
            && self
                .ast
                .parent(node)
                .is_some_and(|parent| self.ast.kind(parent) == Kind::Call)
    }

    /// True for the argument of `sync_to_async(bool)(request.user)`, which loads it in place.
    fn is_loading(&self, node: NodeId) -> bool {
        let call = self.ast.ancestors(node).nth(1);
        call.filter(|&call| self.ast.kind(call) == Kind::Call)
            .and_then(|call| self.ast.child(call, Field::Function))
            .is_some_and(|function| self.text(function).ends_with("sync_to_async(bool)"))
    }

    /// True when the node is assigned to.
    fn is_target(&self, node: NodeId) -> bool {
        self.ast.field(node) == Some(Field::Left)
            && self.ast.parent(node).is_some_and(|parent| {
                matches!(
                    self.ast.kind(parent),
                    Kind::Assignment | Kind::AugmentedAssignment
                )
            })
    }

    /// A function of the project that is mentioned without being called.
    pub(super) fn note_value_use(&mut self, node: NodeId, kind: &Type) {
        let (Type::Function(function) | Type::Method(function)) = *kind else {
            return;
        };
        if self.is_called(node) {
            return;
        }
        let is_route = self.ast.ancestors(node).take(3).any(|up| {
            self.ast.kind(up) == Kind::Call
                && self
                    .ast
                    .child(up, Field::Function)
                    .is_some_and(|f| matches!(self.text(f), "path" | "re_path" | "url"))
        });
        self.result.value_uses.push(ValueUse {
            node,
            function,
            is_route,
        });
    }

    /// A model, in words.
    pub(super) fn describe(&self, model: &Model) -> Arc<str> {
        match model {
            Model::Known(class) => self
                .world
                .class(*class)
                .map_or_else(|| "the instance".into(), |class| Arc::from(&*class.name)),
            Model::User => "the user".into(),
            Model::Named(name) => name.clone(),
            Model::Unknown => "the instance".into(),
        }
    }
}

/// `Name.objects`: evidently a manager. Other manager names end alike by habit (`all_objects`).
fn named_manager(class: &Arc<str>, name: &str) -> Option<Type> {
    let is_class = class.chars().next().is_some_and(char::is_uppercase);
    (is_class && (name.ends_with("objects") || name == "_default_manager")).then(|| {
        Type::Manager(Manager {
            model: Model::Named(class.clone()),
            owner: if &**class == "User" {
                Owner::UserManager
            } else {
                Owner::Manager
            },
            evidence: Evidence::Evident,
            class: None,
            prefetched: false,
        })
    })
}

/// The relations loaded below `name`; `None` when it is not loaded itself.
fn below(loaded: &Arc<[Arc<str>]>, name: &str) -> Option<Arc<[Arc<str>]>> {
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
