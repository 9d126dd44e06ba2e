//! Attributes that are made when they are read, and managers that only their names tell.

use std::sync::Arc;

use unblocked_django::{Effect, Owner, async_method, method_effect};
use unblocked_syntax::NodeId;

use super::Inference;
use crate::facts::Target;
use crate::site::SiteKind;
use crate::types::{ClassRef, Evidence, FunctionRef, Manager, ManagerClass, Model, Type};
use crate::world::Base;

/// What middleware puts on a request that is made when it is used.
pub const LAZY_OBJECT: &str = "SimpleLazyObject";

impl Inference<'_, '_> {
    /// Reading the attribute of an object, in `(object.name, object, name)`, asks the database, and nothing can load it before.
    pub(super) fn attribute_site(
        &mut self,
        (node, object, attribute): (NodeId, NodeId, NodeId),
        of: Arc<str>,
        evidence: Evidence,
    ) {
        self.site(
            node,
            Effect::Query,
            evidence,
            SiteKind::Attribute {
                object,
                attribute,
                of,
                is_known: true,
                load: None,
                is_generic: false,
                keys: &[],
            },
        );
    }

    /// Reading the attribute, in `(object.name, object, name)`, calls a method of the project; gives what that returns.
    pub(super) fn property_read(
        &mut self,
        (node, object, attribute): (NodeId, NodeId, NodeId),
        callee: FunctionRef,
    ) -> Type {
        self.site(
            node,
            Effect::Query,
            Evidence::Proven,
            SiteKind::Property {
                object,
                attribute,
                callee,
            },
        );
        self.returned_by(callee)
    }

    /// The function that `name = property(function)` in the body of a class calls.
    pub(super) fn made_property(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let bases = self.world.ancestors(class).iter();
        let family = std::iter::once(class).chain(bases.filter_map(|base| match base {
            Base::Project(base) => Some(*base),
            _ => None,
        }));
        family
            .filter_map(|class| self.world.class(class))
            .flat_map(|outline| &outline.made)
            .find(|made| {
                made.name == name
                    && made
                        .field
                        .as_deref()
                        .is_some_and(|field| field.ends_with("property"))
            })
            .and_then(|made| match &made.target {
                Some(Target::Dotted(function)) => self.world.method(class, function),
                _ => None,
            })
    }

    /// Whatever is read of a lazy object makes it; a method that is called has the site at its call.
    pub(super) fn lazy_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
    ) -> Type {
        let of = "the lazy object".into();
        self.attribute_site((node, object, attribute), of, Evidence::Evident);
        Type::Opaque
    }

    /// What only `__getattr__` may give: of settings that the database keeps, for one.
    pub(super) fn computed_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        class: ClassRef,
    ) -> Option<Type> {
        let name = self.text(attribute);
        let callee = self.world.method(class, "__getattr__")?;
        // A method may be one that a base which is not at hand has.
        let may_be_method = self.is_called(node) || self.is_adapted(node);
        if name.starts_with("__")
            || self.is_target(node)
            || self.text(object) == "self"
            || may_be_method && self.world.has_missing_base(class)
        {
            return None;
        }
        Some(self.property_read((node, object, attribute), callee))
    }

    /// True for a method of a model at hand that querysets do not have.
    pub(super) fn is_of_model_alone(&self, model: &Model, name: &str) -> bool {
        let Model::Known(class) = model else {
            return false;
        };
        self.world.method(*class, name).is_some()
            && method_effect(Owner::QuerySet, name).is_none()
            && async_method(Owner::QuerySet, name).is_none()
    }
}

/// `Name.objects`: evidently a manager. Other manager names end alike by habit (`all_objects`).
pub(super) fn named_manager(class: &Arc<str>, name: &str) -> Option<Type> {
    let is_class = class.chars().next().is_some_and(char::is_uppercase);
    (is_class && (name.ends_with("objects") || name == "_default_manager")).then(|| {
        let owner = match &**class {
            "User" => Owner::UserManager,
            _ => Owner::Manager,
        };
        manager_of(Model::Named(class.clone()), owner)
    })
}

/// The manager of a model whose class is not at hand.
pub(super) fn manager_of(model: Model, owner: Owner) -> Type {
    Type::Manager(Manager {
        model,
        owner,
        evidence: Evidence::Evident,
        class: ManagerClass::NOT_AT_HAND,
        prefetched: None,
        back: None,
        load: None,
    })
}
