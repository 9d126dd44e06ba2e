//! Methods of Django's that are values: `find = Order.objects.filter(paid=True).first`, to be called elsewhere.

use unblocked_django::{Owner, method_effect, returns};
use unblocked_syntax::NodeId;
use unblocked_syntax::view::Attribute;

use super::Inference;
use crate::types::{Instance, Model, Type};

/// The path of what may be any method of a manager, a queryset or an instance.
pub const DJANGO_METHOD: &str = "django.db.models.method";

impl Inference<'_, '_> {
    /// What an attribute is that is not called in its place, where it would be `read`: a method of Django's may wait
    /// wherever it is called.
    pub(super) fn bound_method(&self, node: NodeId, of: &Type, name: &str, read: Type) -> Type {
        let is_open = matches!(read, Type::Unknown | Type::Unresolved(..));
        if !is_open || self.is_called(node) || self.is_adapted(node) || self.is_target(node) {
            return read;
        }
        match is_method(of, name) {
            true => Type::Missing(DJANGO_METHOD.into()),
            false => read,
        }
    }

    /// True for `orders.count`, with the object in place.
    pub(super) fn is_method_here(&self, node: NodeId) -> bool {
        Attribute::cast(self.ast, node)
            .is_some_and(|read| is_method(&self.type_at(read.object), self.text(read.name)))
    }

    /// The method that `getattr(row, "name")` gives: the model's own, or Django's.
    pub(super) fn method_by_name(&self, instance: &Instance, name: &str) -> Type {
        let own = match &instance.model {
            Model::Known(class) => self.world.method(*class, name),
            _ => None,
        };
        match own {
            Some(method) if self.is_property(method) => Type::Unknown,
            Some(method) => Type::Method(method),
            None if method_effect(Owner::Model, name).is_some() => {
                Type::Missing(DJANGO_METHOD.into())
            }
            None => Type::Unknown,
        }
    }
}

/// True for the name of a method that asks the database, or gives a queryset.
pub(super) fn is_method(of: &Type, name: &str) -> bool {
    match of {
        Type::Manager(manager) => {
            returns(manager.owner, name).is_some() || method_effect(manager.owner, name).is_some()
        }
        Type::QuerySet(_) => {
            returns(Owner::QuerySet, name).is_some()
                || method_effect(Owner::QuerySet, name).is_some()
        }
        Type::Instance(_) => method_effect(Owner::Model, name).is_some(),
        _ => false,
    }
}
