//! Attributes of what may be an instance of one of several classes.

use std::sync::Arc;
use unblocked_syntax::SmallSort;

use unblocked_syntax::NodeId;

use super::Inference;
use super::prefetch::fetched;
use crate::model::{Attribute, ModelInfo};
use crate::types::{ClassRef, Evidence, FunctionRef, Instance, Manager, ManagerClass, Model, Type};

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
                Some(known) => {
                    asks |= match known {
                        Attribute::Relation { .. } => fetched(instance, name).is_none(),
                        Attribute::Manager { .. } => false,
                        _ => instance.deferred.iter().any(|field| **field == *name),
                    };
                    self.kind_of_attribute(instance, name, known)
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
            self.attribute_site((node, object, attribute), of, Evidence::Proven);
        }
        match joined {
            None if !methods.is_empty() => Type::callable(methods, false),
            joined => joined.unwrap_or_default(),
        }
    }

    /// What an attribute of an instance is, once it is read.
    pub(super) fn kind_of_attribute(
        &self,
        instance: &Instance,
        name: &str,
        attribute: Attribute,
    ) -> Type {
        match attribute {
            Attribute::Value | Attribute::File => Type::Plain,
            Attribute::Relation { model, .. } => {
                let rows = fetched(instance, name);
                Type::Instance(rows.unwrap_or_default().row(model, instance.evidence))
            }
            Attribute::Manager { model, owner, .. } => {
                let class = self
                    .world
                    .model(&model)
                    .map_or(ManagerClass::NOT_AT_HAND, ModelInfo::default_manager);
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
        }
    }

    /// A call of one of several classes.
    pub(super) fn call_one_of_classes(
        &mut self,
        node: NodeId,
        classes: &[ClassRef],
        arguments: &[NodeId],
    ) -> Type {
        for &class in classes {
            self.form_made(node, class, arguments);
        }
        let makers = self.methods_of_objects(classes, "__init__");
        if !makers.is_empty() {
            self.call_value(node, makers.into(), false, arguments);
        }
        classes
            .iter()
            .filter_map(
                |&class| match self.instance_of(&self.world.class_type(class))? {
                    Type::Instance(instance) => Some(self.with_arguments(node, instance)),
                    other => Some(other),
                },
            )
            .reduce(|a, b| a.join(&b))
            .unwrap_or_default()
    }

    /// `object.name` of an instance of one of several classes of the project.
    pub(super) fn attribute_of_objects(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        (of, classes): (&Type, &[ClassRef]),
    ) -> Type {
        if let Some(form) = self.form(of)
            && let Some(kind) = self.form_attribute(node, object, attribute, name, &form)
        {
            return kind;
        }
        let methods = self.methods_of_objects(classes, name);
        if let Some(&property) = methods.iter().find(|&&method| self.is_property(method)) {
            let class_names: Vec<&str> = classes
                .iter()
                .filter_map(|&class| Some(&*self.world.class(class)?.name))
                .collect();
            let of = class_names.join(" or ").into();
            self.attribute_site((node, object, attribute), of, Evidence::Proven);
            return self.returned_by(property);
        }
        if !methods.is_empty() {
            return Type::callable(methods, false);
        }
        classes
            .iter()
            .map(|&class| self.attribute_of_kin(class, name))
            .reduce(|a, b| a.join(&b))
            .unwrap_or_default()
    }

    /// A call of a method that none of the classes defines at hand.
    pub(super) fn call_one_of(
        &mut self,
        node: NodeId,
        attribute: NodeId,
        classes: &[ClassRef],
    ) -> Type {
        let partial = classes
            .iter()
            .find(|&&class| self.world.has_missing_base(class));
        if let Some(class) = partial.and_then(|&class| self.world.class(class)) {
            let of = class.name.clone();
            self.opaque(node, attribute, &of);
        }
        Type::Unknown
    }

    /// The methods that `object.name` may be.
    fn methods_of_objects(&self, classes: &[ClassRef], name: &str) -> Vec<FunctionRef> {
        let mut methods: Vec<FunctionRef> = classes
            .iter()
            .filter_map(|&class| self.world.method(class, name))
            .collect();
        methods.small_sort();
        methods.dedup();
        methods
    }
}
