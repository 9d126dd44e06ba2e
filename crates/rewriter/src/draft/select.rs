//! Relations that are loaded with the queryset that their objects come from.

use std::collections::BTreeSet;

use unblocked_analyzer::{Origin, Type};

use super::Draft;

impl Draft<'_> {
    /// Has a relation loaded where its objects come from.
    pub(crate) fn select_related(&mut self, relation: &Origin) {
        let paths = self.selected.entry(relation.node).or_default();
        paths.insert(relation.path.to_string());
    }

    /// Writes `select_related(…)`, once for each queryset. A path loads what lies on the way too.
    pub(super) fn write_selected(&mut self) {
        for (node, paths) in std::mem::take(&mut self.selected) {
            let Ok(quote) = self.quote(node) else {
                continue;
            };
            let names: Vec<String> = paths
                .iter()
                .filter(|path| !is_on_the_way(path, &paths))
                .map(|path| format!("{quote}{path}{quote}"))
                .collect();
            let manager = match self.type_of(node) {
                Type::Model(_) => ".objects",
                _ => "",
            };
            let call = format!("{manager}.select_related({})", names.join(", "));
            self.rewrites.wrap(node, "", &call);
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
