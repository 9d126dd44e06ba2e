//! Fields that `only` and `defer` leave out of a query.

use std::sync::Arc;

use unblocked_syntax::{NodeId, SmallSort};

use super::Inference;
use crate::model::Attribute;
use crate::types::{Evidence, Instance, QuerySet};

impl Inference<'_, '_> {
    /// The fields that are not loaded after `only(…)` or `defer(…)`. Of a model that is not at hand nothing is known.
    pub(super) fn left_out(
        &self,
        builder: &str,
        queryset: &QuerySet,
        arguments: &[NodeId],
    ) -> Arc<[Arc<str>]> {
        let Some(info) = self.world.model(&queryset.model) else {
            return Arc::default();
        };
        let names: Vec<String> = arguments
            .iter()
            .filter_map(|&argument| crate::facts::string_value(self.text(argument)))
            .collect();
        if names.len() < arguments.len() {
            // `defer(None)` loads everything again; what is computed leaves out who knows what.
            return Arc::default();
        }
        if builder == "defer" {
            let new = names.iter().map(|name| Arc::from(&**name));
            return queryset.deferred.iter().cloned().chain(new).collect();
        }
        let is_kept = |field: &str| {
            matches!(field, "id" | "pk")
                || names.iter().any(|name| {
                    let first = name.split("__").next().unwrap_or(name);
                    first == field || field.strip_suffix("_id") == Some(first)
                })
        };
        let mut left_out: Vec<Arc<str>> = info
            .attributes
            .iter()
            .filter(|(_, attribute)| matches!(attribute, Attribute::Value | Attribute::File))
            .map(|(name, _)| name.as_str())
            .filter(|name| !(name.starts_with("get_") && name.ends_with("_display")))
            .filter(|name| !is_kept(name))
            .map(Arc::from)
            .collect();
        left_out.small_sort();
        left_out.into()
    }

    /// A field is read: one that was left out is fetched.
    pub(super) fn deferred(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &str,
        instance: &Instance,
    ) {
        if !instance.deferred.iter().any(|field| **field == *name) || self.is_target(node) {
            return;
        }
        let of = self.describe(&instance.model);
        self.attribute_site((node, object, attribute), of, Evidence::Proven);
    }
}
