//! Helpers that only read relations of the rows that they are given: these are loaded where the rows come from.

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind};
use unblocked_django::Effect;

use super::Planner;
use crate::draft::reads;

impl Planner<'_> {
    /// True for a helper that needs no async form: wherever it is called, what it reads is loaded with the rows that it
    /// gets, or can be.
    pub(super) fn gets_rows(&self, function: FunctionRef) -> bool {
        if let Some(&known) = self.given_rows.borrow().get(&function) {
            return known;
        }
        let waits = |callee: FunctionRef| self.effects.waits(callee);
        let mut calls = self
            .analysis
            .files
            .iter()
            .enumerate()
            .flat_map(|(file, found)| {
                let calls = found.calls.iter().filter(|call| call.callee == function);
                calls.map(move |call| (file, found, call))
            });
        let mut sites = self
            .effects
            .all_sites_of(function.file, Some(function.index));
        let reads_only = sites.all(|site| {
            matches!(
                site.kind,
                SiteKind::Attribute { .. } | SiteKind::Property { .. } | SiteKind::Implicit { .. }
            )
        });
        let gets_rows = reads_only
            && !self.families.is_member(function)
            && self.effects.values_of(function).is_empty()
            && calls.all(|(file, found, call)| {
                let site = Site {
                    node: call.node,
                    function: call.function,
                    effect: Effect::Query,
                    evidence: Evidence::Proven,
                    kind: SiteKind::Project {
                        callee: function,
                        is_method: call.is_method,
                    },
                };
                reads(self.analysis, file, &site, &waits).is_some_and(|reads| {
                    let mut all = reads.iter();
                    !reads.is_empty()
                        && all.all(|read| {
                            let load = read.missing(found.type_of(read.object()));
                            load.is_none_or(|load| {
                                load.is_ok_and(|load| !found.closed_origins.contains(&load.node))
                            })
                        })
                })
            });
        self.given_rows.borrow_mut().insert(function, gets_rows);
        gets_rows
    }
}
