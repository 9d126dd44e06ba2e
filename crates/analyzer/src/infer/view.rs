//! Class-based views: what `self` holds in their methods, and calls of the methods that Django brings.

use std::sync::Arc;

use unblocked_django::{BaseKind, Effect, ViewMethod, view_method};
use unblocked_syntax::{Field, Kind, NodeId};

use super::call::queryset_of;
use super::{Inference, Key};
use crate::site::SiteKind;
use crate::types::{ClassRef, Evidence, Mapping, Model, Type};
use crate::world::Base;

impl Inference<'_, '_> {
    /// The class whose code calls `super()`, when that is what the node is.
    pub(super) fn class_of_super(&self, node: NodeId) -> Option<ClassRef> {
        let function = self.ast.child(node, Field::Function)?;
        if self.ast.kind(node) != Kind::Call || self.text(function) != "super" {
            return None;
        }
        let index = self.facts.functions.get(self.function?)?.class?;
        Some(ClassRef {
            file: self.file,
            index,
        })
    }

    /// True when `self.request` is the request: in a part of a class-based view, or of another class of Django's.
    pub(super) fn has_request(&self, class: ClassRef) -> bool {
        self.world.base_kinds(class).next().is_some() || self.world.view_kin(class).is_some()
    }

    /// What `self.name` holds: what the class assigns, or in a class-based view any class that shares its methods.
    pub(super) fn attribute_of_kin(&self, class: ClassRef, name: &str) -> Type {
        let known = |class| {
            let key = Key::Attribute(class, name.to_owned());
            self.exchange.known(key)
        };
        match self.world.view_kin(class) {
            Some((kin, _)) => kin
                .into_iter()
                .filter_map(known)
                .reduce(|a, b| a.join(&b))
                .unwrap_or_default(),
            None => known(class).unwrap_or_default(),
        }
    }

    /// `model = Product` in the body of a part of a class-based view.
    pub(super) fn view_attribute_assigned(&mut self, target: NodeId, kind: &Type) {
        if self.function.is_some() {
            return;
        }
        let class = self
            .ast
            .ancestors(target)
            .nth(3)
            .filter(|&up| self.ast.kind(up) == Kind::ClassDef)
            .and_then(|up| self.facts.class_at(up));
        let Some(index) = class else { return };
        let class = ClassRef {
            file: self.file,
            index,
        };
        if self.world.view_kin(class).is_some() {
            let key = Key::Attribute(class, self.text(target).to_owned());
            self.exchange.learn(key, &kind.stored());
        }
    }

    /// A call of a method that Django brings, on `self` or `super()`; `None` when it brings none of that name.
    pub(super) fn call_inherited(
        &mut self,
        node: NodeId,
        class: ClassRef,
        attribute: NodeId,
        is_super: bool,
    ) -> Option<Type> {
        let name = self.text(attribute);
        let (_, kinds) = self.world.view_kin(class)?;
        let method = kinds.iter().find_map(|&kind| view_method(kind, name))?;
        let waits = match method {
            // The plain `View` has no handlers.
            ViewMethod::Entry => {
                !unblocked_django::HANDLERS.contains(&name)
                    || kinds
                        .iter()
                        .any(|kind| matches!(kind, BaseKind::GenericView(_) | BaseKind::AuthView))
            }
            ViewMethod::Hook { waits } => waits,
            ViewMethod::LazyHook => true,
        };
        if waits {
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Inherited {
                    class,
                    name: attribute,
                    method,
                    is_super,
                },
            );
        }
        Some(match name {
            "get_queryset" => self.own_queryset(class),
            "get_object" => match self.rows_given(node) {
                Some(rows) => rows.element(),
                None => self.rows_of(class).element(),
            },
            "get_form" => self.form_of(class),
            "get_context_data" => self.context_of(class),
            _ => Type::Unknown,
        })
    }

    /// The rows that `get_object(queryset=…)` is to look in.
    fn rows_given(&self, call: NodeId) -> Option<Type> {
        let first = self
            .ast
            .first_child(self.ast.child(call, Field::Arguments)?)?;
        let rows = match self.ast.kind(first) {
            Kind::KeywordArgument => self.ast.child(first, Field::Value)?,
            _ => first,
        };
        let rows = self.type_at(rows);
        matches!(rows, Type::QuerySet(_)).then_some(rows)
    }

    /// What a generic view keeps on `self` beside what the project's code assigns.
    pub(super) fn kept_by_generic(&self, class: ClassRef, name: &str) -> Option<Type> {
        let (_, kinds) = self.world.view_kin(class)?;
        let is_generic = kinds
            .iter()
            .any(|kind| matches!(kind, BaseKind::GenericView(_) | BaseKind::ViewMixin));
        match name {
            "object" if is_generic => Some(match self.world.view_method(class, "get_object") {
                Some(own) => self.returned_by(own),
                None => self.rows_of(class).element(),
            }),
            "object_list" if is_generic => Some(self.rows_of(class)),
            _ => None,
        }
    }

    /// What Django passes to a hook of a generic view: the form, the context.
    pub(super) fn given_to_hook(
        &self,
        class: ClassRef,
        hook: &str,
        position: usize,
    ) -> Option<Type> {
        let is_context = hook == "render_to_response";
        let is_known = is_context || matches!(hook, "form_valid" | "form_invalid");
        let (_, kinds) = self
            .world
            .view_kin(class)
            .filter(|_| position == 1 && is_known)?;
        if !kinds.iter().any(|&kind| view_method(kind, hook).is_some()) {
            return None;
        }
        Some(match self.world.view_method(class, "get_context_data") {
            _ if !is_context => self.form_of(class),
            Some(own) => self.returned_by(own),
            None => self.context_of(class),
        })
    }

    pub(super) fn is_test_case(&self, class: ClassRef) -> bool {
        self.world
            .base_kinds(class)
            .any(|kind| kind == BaseKind::TestCase)
    }

    /// What a test case has of the classes that it derives from.
    pub(super) fn inherited_by_test(&self, class: ClassRef, name: &str) -> Option<Type> {
        if !self.is_test_case(class) {
            return None;
        }
        self.world
            .ancestors(class)
            .iter()
            .find_map(|base| match base {
                Base::Project(base) => self.exchange.known(Key::Attribute(*base, name.to_owned())),
                _ => None,
            })
    }

    /// The rows that a generic view shows, or finds its object in.
    fn rows_of(&self, class: ClassRef) -> Type {
        match self.world.view_method(class, "get_queryset") {
            Some(own) => self.returned_by(own),
            None => self.own_queryset(class),
        }
    }

    /// The form of a generic view: of its `form_class`, or made for its model.
    fn form_of(&self, class: ClassRef) -> Type {
        if self.world.view_method(class, "get_form_class").is_some() {
            return Type::Unknown;
        }
        let form_class = self.attribute_of_kin(class, "form_class");
        if let Some(form) = self.instance_of(&form_class) {
            return form;
        }
        match form_class {
            Type::Missing(path) => Type::MissingObject(path),
            Type::Unknown if self.own_queryset(class) != Type::Unknown => {
                Type::External("django.forms.ModelForm".into())
            }
            _ => Type::Unknown,
        }
    }

    /// The context that Django makes for the template of a generic view.
    fn context_of(&self, class: ClassRef) -> Type {
        let mut context = Mapping::of(Type::Plain, Type::Unknown);
        let rows = self
            .kept_by_generic(class, "object_list")
            .unwrap_or_default();
        for (key, value) in [
            (
                "object",
                self.kept_by_generic(class, "object").unwrap_or_default(),
            ),
            ("page_obj", Type::Page(Arc::new(rows.clone()))),
            ("is_paginated", Type::Plain),
            ("object_list", rows),
            ("form", self.form_of(class)),
        ] {
            context.insert(Some(key), value);
        }
        Type::mapping(context)
    }

    /// The queryset of a generic view: of its `queryset`, or its `model`.
    fn own_queryset(&self, class: ClassRef) -> Type {
        match self.attribute_of_kin(class, "queryset") {
            queryset @ Type::QuerySet(_) => queryset,
            _ => match self.attribute_of_kin(class, "model") {
                Type::Model(model) => Type::QuerySet(queryset_of(model, Evidence::Proven)),
                Type::Missing(path) | Type::Undefined(path) => {
                    let name = path.rsplit('.').next().unwrap_or(&path);
                    let model = Model::Named(name.into());
                    Type::QuerySet(queryset_of(model, Evidence::Evident))
                }
                _ => Type::Unknown,
            },
        }
    }
}
