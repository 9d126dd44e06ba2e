//! Class-based views: what `self` holds in their methods, and calls of the methods that Django brings.

use unblocked_django::{BaseKind, Effect, ViewMethod, view_method};
use unblocked_syntax::{Field, Kind, NodeId};

use super::call::queryset_of;
use super::{Inference, Key};
use crate::site::SiteKind;
use crate::types::{ClassRef, Evidence, Model, Type};

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
            "get_object" => match self.world.view_method(class, "get_queryset") {
                Some(own) => self.returned_by(own).element(),
                None => self.own_queryset(class).element(),
            },
            "get_form" => self
                .instance_of(&self.attribute_of_kin(class, "form_class"))
                .unwrap_or_default(),
            _ => Type::Unknown,
        })
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
