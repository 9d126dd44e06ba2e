//! Attributes of what may be an instance of one of several models.

use std::sync::Arc;

use unblocked_django::Effect;
use unblocked_syntax::NodeId;

use super::Inference;
use super::prefetch::fetched;
use crate::model::Attribute;
use crate::site::SiteKind;
use crate::types::{ClassRef, Evidence, FunctionRef, Instance, Manager, Model, Type};

impl<'w> Inference<'w, '_> {
    /// `object.name`: it asks the database if it does so on any of the models.
    pub(super) fn attribute_of_one(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        (instance, classes): (&Instance, &[ClassRef]),
    ) -> Type {
        let mut asks = false;
        let mut methods: Vec<FunctionRef> = Vec::new();
        let mut joined: Option<Type> = None;
        for &class in classes {
            let model = Model::Known(class);
            let Some(info) = self.world.model(&model) else {
                continue;
            };
            let kind = match info.attributes.get(name).cloned() {
                Some(Attribute::Value | Attribute::File) => {
                    asks |= instance.deferred.iter().any(|field| **field == *name);
                    Type::Plain
                }
                Some(Attribute::Relation { model, .. }) => {
                    let rows = fetched(instance, name);
                    asks |= rows.is_none();
                    Type::Instance(rows.unwrap_or_default().row(model, instance.evidence))
                }
                Some(Attribute::Manager { model, owner, .. }) => {
                    let class = self
                        .world
                        .model(&model)
                        .map_or(crate::types::ManagerClass::NOT_AT_HAND, |info| {
                            info.default_manager()
                        });
                    Type::Manager(Manager {
                        model,
                        owner,
                        evidence: instance.evidence.min(class.evidence()),
                        class,
                        prefetched: fetched(instance, name).map(Arc::new),
                        back: None,
                        load: None,
                    })
                }
                None => match self.world.method(class, name) {
                    Some(method) if self.is_property(method) => {
                        // Whether it waits is known to the plan only, of one property at a time.
                        asks = true;
                        self.returned_by(method)
                    }
                    Some(method) => {
                        methods.push(method);
                        continue;
                    }
                    None if info.is_partial => {
                        return self.unresolved(node, attribute, name, instance);
                    }
                    // That model does not have it.
                    None => continue,
                },
            };
            joined = Some(joined.map_or(kind.clone(), |known| known.join(&kind)));
        }
        if asks && !self.is_target(node) {
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
                    load: None,
                    is_generic: false,
                    keys: &[],
                },
            );
        }
        match joined {
            None if !methods.is_empty() => Type::callable(methods, false),
            joined => joined.unwrap_or_default(),
        }
    }
}
