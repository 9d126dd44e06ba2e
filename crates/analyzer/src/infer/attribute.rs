//! Reading attributes: `object.name`.

use std::sync::Arc;

use unblocked_django::{Effect, Owner};
use unblocked_syntax::{Field, Kind, NodeId, view};

use super::computed::{LAZY_OBJECT, manager_of, named_manager};
use super::flow::LOADED_USER;
use super::prefetch::{fetched, into_attribute};
use super::{Inference, Key};
use crate::model::{Attribute, ModelInfo};
use crate::site::{SiteKind, Used, ValueUse};
use crate::types::{
    ClassRef, Evidence, Fetched, FunctionRef, Instance, Manager, ManagerClass, Model, Origin, Type,
};
use crate::world::{Symbol, attribute_path, external};

/// The longest path of relations that is followed, in bytes.
const MAX_PATH: usize = 200;

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

impl<'w> Inference<'w, '_> {
    pub(super) fn attribute(&mut self, node: NodeId) {
        let Some(view::Attribute {
            object,
            name: attribute,
        }) = view::Attribute::cast(self.ast, node)
        else {
            return;
        };
        let name = self.text(attribute);
        if !super::awaiting::is_of_coroutines(name) {
            self.used(object, Used::AsValue);
        }
        let of = self.type_at(object);
        let kind = match self.inherited_method(object, name, &of) {
            Some(method) => Type::Method(method),
            None => {
                let read = self.attribute_of(node, object, attribute, name, &of);
                self.bound_method(node, &of, name, read)
            }
        };
        self.note_value_use(node, &kind);
        self.set(node, kind);
    }

    /// The method of the project that `super().name` means, where nothing of Django's comes before it.
    fn inherited_method(&self, object: NodeId, name: &str, of: &Type) -> Option<FunctionRef> {
        if !matches!(of, Type::External(_) | Type::Unknown) {
            return None;
        }
        let class = self.class_of_super(object)?;
        self.world.super_method(class, name)
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
            Type::OneOfClasses(classes) => {
                let each = classes.iter().map(|&class| {
                    let class = self.world.class_type(class);
                    self.attribute_of(node, object, attribute, name, &class)
                });
                each.reduce(|a, b| a.join(&b)).unwrap_or_default()
            }
            // Of a form's field, of a formset.
            Type::Unknown if name == "queryset" && !self.is_target(node) => {
                Type::QuerySet(super::call::queryset_of(Model::Unknown, Evidence::Evident))
            }
            // Of a class that is not known, `type(order).objects`; `self.objects` may be a list.
            Type::Unknown | Type::Opaque
                if matches!(name, "objects" | "_default_manager" | "_base_manager")
                    && self.text(object) != "self" =>
            {
                manager_of(Model::Unknown, Owner::Manager)
            }
            // What a manager's own method gave, and has a method of the model, is an instance.
            Type::MaybeQuerySet(_) => match of.element() {
                Type::Instance(row) if self.is_of_model_alone(&row.model, name) => {
                    self.instance_attribute(node, object, attribute, name, &row)
                }
                _ => Type::Unknown,
            },
            Type::Instance(instance) if name == "__class__" => Type::Model(instance.model.clone()),
            Type::Instance(instance) => {
                self.instance_attribute(node, object, attribute, name, instance)
            }
            Type::Unresolved(instance, read) => {
                self.resolve_attribute(object, name, instance, read)
            }
            Type::Object(class) => self.object_attribute(node, object, attribute, name, *class),
            Type::OneOfObjects(classes) => {
                self.attribute_of_objects(node, object, attribute, name, (of, classes))
            }
            Type::Request => match name {
                "user" => {
                    let is_loading = self.is_loading(node);
                    if is_loading && self.loads_for_later(node) {
                        self.environment.bind(LOADED_USER, Type::Plain);
                    }
                    if !is_loading && self.environment.get(LOADED_USER).is_none() {
                        self.site(
                            node,
                            Effect::Query,
                            Evidence::Proven,
                            SiteKind::RequestUser { request: object },
                        );
                    }
                    self.instance_of(&Type::Model(self.world.user_model()))
                        .unwrap_or_default()
                }
                "session" => Type::Session,
                "GET" | "POST" | "META" | "COOKIES" | "FILES" | "headers" | "body" | "method"
                | "path" | "path_info" | "content_type" | "resolver_match" => Type::Plain,
                _ => match self.exchange.known(Key::OfRequest(name.to_owned())) {
                    // What it is for is not run before it is used.
                    Some(Type::External(path)) if path.ends_with(LAZY_OBJECT) => {
                        Type::MissingObject(LAZY_OBJECT.into())
                    }
                    known => known.unwrap_or_default(),
                },
            },
            Type::Page(list) => match name {
                "object_list" => Type::Page(list.clone()),
                _ => Type::Plain,
            },
            Type::Paginator(list) => self.paginator_attribute(node, object, attribute, name, list),
            Type::MissingObject(path)
                if &**path == LAZY_OBJECT
                    && !self.is_target(node)
                    && self.ast.field(node) != Some(Field::Function) =>
            {
                self.lazy_attribute(node, object, attribute)
            }
            Type::External(_) | Type::MissingObject(_) => self
                .form(of)
                .and_then(|form| self.form_attribute(node, object, attribute, name, &form))
                .or_else(|| self.external_attribute(of, name))
                .unwrap_or_default(),
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
        let manager = |class: ManagerClass, evidence| {
            Type::Manager(Manager {
                model: model.clone(),
                owner,
                evidence,
                class,
                prefetched: None,
                back: None,
                load: None,
            })
        };
        match info {
            Some(info) => match info.managers.get(name) {
                Some(class) => manager(*class, class.evidence()),
                None if name == "_default_manager" => {
                    let class = info.default_manager();
                    manager(class, class.evidence())
                }
                // Django's own manager, whatever others there are.
                None if name == "_base_manager" => {
                    manager(ManagerClass::default(), Evidence::Proven)
                }
                // A manager that a class which is not at hand brings.
                None if info.is_partial && name == "objects" => {
                    manager(ManagerClass::NOT_AT_HAND, Evidence::Evident)
                }
                None => Type::Unknown,
            },
            None if name.ends_with("objects") || name == "_default_manager" => {
                manager(ManagerClass::NOT_AT_HAND, Evidence::Evident)
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
        if let Some(rows) = into_attribute(instance, name) {
            return rows;
        }
        if let Model::OneOf(classes) = &instance.model {
            return self.attribute_of_one(node, object, attribute, name, (instance, classes));
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
                class: ManagerClass::default(),
                prefetched: None,
                back: None,
                load: None,
            });
        }
        let info = self.world.model(&instance.model);
        let known = match &instance.model {
            Model::User => self.world.user_attribute(name),
            _ => info.and_then(|info| info.attributes.get(name)),
        };
        if known.is_none()
            && let Some(kind) = self.awaited_relation(node, object, attribute, instance)
        {
            return kind;
        }
        if known.is_none() && info.is_none() {
            return self.unresolved(node, attribute, name, instance);
        }
        let evidence = match instance.evidence {
            Evidence::Possible => Evidence::Possible,
            Evidence::Evident | Evidence::Proven => Evidence::Proven,
        };
        if let Some(known) = known {
            let fetched = fetched(instance, name);
            return match known.clone() {
                Attribute::Value => {
                    self.deferred(node, object, attribute, name, instance);
                    Type::Plain
                }
                Attribute::File => {
                    self.deferred(node, object, attribute, name, instance);
                    Type::External(super::external::FIELD_FILE.into())
                }
                Attribute::Manager { model, owner, back } => {
                    // Prefetching looks the content type up, which Django remembers.
                    if owner == Owner::GenericRelatedManager && fetched.is_none() {
                        let of = self.describe(&instance.model);
                        self.site(
                            node,
                            Effect::Query,
                            Evidence::Proven,
                            SiteKind::GenericRelation {
                                object,
                                attribute,
                                of,
                            },
                        );
                    }
                    // A related manager derives from the model's default manager.
                    let class = self
                        .world
                        .model(&model)
                        .map_or(ManagerClass::NOT_AT_HAND, ModelInfo::default_manager);
                    let load = instance
                        .origin
                        .as_ref()
                        .filter(|origin| {
                            owner != Owner::GenericRelatedManager && origin.path.len() < MAX_PATH
                        })
                        .map(|origin| Origin {
                            node: origin.node,
                            path: format!("{}{name}", origin.path).into(),
                        });
                    // What further relations of rows that are fetched by their name alone can be fetched with.
                    let is_plain = !instance.prefetched.iter().any(|rows| *rows.path == *name);
                    let fetched = fetched.map(|fetched| Fetched {
                        origin: match &load {
                            Some(_) if is_plain => Some(Origin {
                                node,
                                path: Arc::default(),
                            }),
                            _ => fetched.origin.clone(),
                        },
                        ..fetched
                    });
                    Type::Manager(Manager {
                        class,
                        model,
                        owner,
                        evidence: evidence.min(class.evidence()),
                        prefetched: fetched.map(Arc::new),
                        back,
                        load,
                    })
                }
                Attribute::Relation {
                    model,
                    keys,
                    back,
                    is_generic,
                    ..
                } => {
                    // What `select_related` takes: a relation to one model.
                    let is_one = model != Model::Unknown;
                    let origin = instance.origin.as_ref().filter(|_| is_one || is_generic);
                    if fetched.is_none() && !self.is_target(node) {
                        let of = self.describe(&instance.model);
                        let load = origin.map(|origin| Origin {
                            node: origin.node,
                            path: format!("{}{name}", origin.path).into(),
                        });
                        self.site(
                            node,
                            Effect::Query,
                            Evidence::Proven,
                            SiteKind::Attribute {
                                object,
                                attribute,
                                of,
                                is_known: true,
                                load,
                                is_generic,
                                keys,
                            },
                        );
                    }
                    let origin = origin.filter(|_| is_one).map(|origin| Origin {
                        node: origin.node,
                        path: format!("{}{name}__", origin.path).into(),
                    });
                    let row = fetched.unwrap_or_default().row(model, evidence);
                    Type::Instance(Instance {
                        origin: origin.filter(|origin| origin.path.len() < MAX_PATH),
                        loaded: row.loaded.iter().cloned().chain(back).collect(),
                        ..row
                    })
                }
            };
        }
        let (Model::Known(class), Some(info)) = (&instance.model, info) else {
            return Type::Unknown;
        };
        if let Some(method) = self.world.method(*class, name) {
            return self.method_or_property(node, object, attribute, method);
        }
        if let Some(method) = self.made_property(*class, name) {
            return self.property_read((node, object, attribute), method);
        }
        match info.is_partial || is_user {
            true => self.unresolved(node, attribute, name, instance),
            false => Type::Unknown,
        }
    }

    fn object_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        class: ClassRef,
    ) -> Type {
        if let Some(method) = self.world.view_method(class, name) {
            return self.method_or_property(node, object, attribute, method);
        }
        if name == "request" && self.has_request(class) {
            return Type::Request;
        }
        let of = Type::Object(class);
        if let Some(list) = self.paginated(&of) {
            return self.paginator_attribute(node, object, attribute, name, &list);
        }
        if let Some(form) = self.form(&of)
            && let Some(kind) = self.form_attribute(node, object, attribute, name, &form)
        {
            return kind;
        }
        match self.attribute_of_kin(class, name) {
            Type::Unknown => self
                .inherited_client(class, name)
                .or_else(|| self.kept_by_generic(class, name))
                .or_else(|| self.inherited_by_test(class, name))
                .or_else(|| self.computed_attribute(node, object, attribute, class))
                .unwrap_or_default(),
            // `self.object = None` before it is made, and what a form saves.
            kept if kept == Type::None || is_of_unknown_model(&kept) => {
                match self.kept_by_generic(class, name) {
                    Some(Type::Unknown) | None => kept,
                    Some(known) => known,
                }
            }
            known => known,
        }
    }

    fn method_or_property(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        method: FunctionRef,
    ) -> Type {
        if self.is_property(method) {
            return self.property_read((node, object, attribute), method);
        }
        Type::Method(method)
    }

    pub(super) fn is_property(&self, method: FunctionRef) -> bool {
        self.world.function(method).is_some_and(|function| {
            function.decorator_names.iter().any(|name| {
                name.rsplit('.')
                    .next()
                    .is_some_and(|last| last.ends_with("property"))
            })
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
            Model::OneOf(_) => "the instance".into(),
            Model::Unknown => "the instance".into(),
        }
    }
}

fn is_of_unknown_model(kind: &Type) -> bool {
    matches!(kind, Type::Instance(instance) if instance.model == Model::Unknown)
}
