//! Relations that are loaded with the queryset that their objects come from.

use std::collections::{BTreeMap, BTreeSet};

use unblocked_analyzer::{Origin, Type};
use unblocked_syntax::NodeId;

use super::Draft;

/// By the expression that a queryset begins with, what is loaded with it.
pub(super) type Selected = BTreeMap<NodeId, Loaded>;

/// Paths of relations.
#[derive(Debug, Clone, Default)]
pub(super) struct Loaded {
    /// By `select_related`.
    joined: BTreeSet<String>,
    /// By `prefetch_related`.
    prefetched: BTreeSet<String>,
}

impl Draft<'_> {
    /// Has a relation loaded where its objects come from.
    pub(crate) fn select_related(&mut self, relation: &Origin) {
        let loaded = self.selected.entry(relation.node).or_default();
        loaded.joined.insert(relation.path.to_string());
    }

    /// The same, by a query of its own.
    pub(crate) fn prefetch_related(&mut self, relation: &Origin) {
        let loaded = self.selected.entry(relation.node).or_default();
        loaded.prefetched.insert(relation.path.to_string());
    }

    /// Writes `select_related(…)` and `prefetch_related(…)`, once for each queryset. A path loads what lies on the way too.
    pub(super) fn write_selected(&mut self) {
        for (node, loaded) in std::mem::take(&mut self.selected) {
            let Ok(quote) = self.quote(node) else {
                continue;
            };
            let call = |builder: &str, paths: &BTreeSet<String>| {
                let names: Vec<String> = paths
                    .iter()
                    .filter(|path| !is_on_the_way(path, paths))
                    .map(|path| format!("{quote}{path}{quote}"))
                    .collect();
                match names.is_empty() {
                    true => String::new(),
                    false => format!(".{builder}({})", names.join(", ")),
                }
            };
            let manager = match self.type_of(node) {
                Type::Model(_) => ".objects",
                _ => "",
            };
            let joined = call("select_related", &loaded.joined);
            let prefetched = call("prefetch_related", &loaded.prefetched);
            self.rewrites
                .wrap(node, "", &format!("{manager}{joined}{prefetched}"));
        }
    }
}

fn is_on_the_way(path: &str, paths: &BTreeSet<String>) -> bool {
    paths.iter().any(|longer| {
        longer
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with("__"))
    })
}
