//! Tests that call themselves what becomes async.

use std::collections::BTreeSet;

use unblocked_analyzer::{ClassRef, FunctionRef, SiteKind};
use unblocked_django::Owner;
use unblocked_syntax::{Field, NodeId};

use super::{Coloring, Planner};
use crate::draft::{Color, Draft, Outcome};
use crate::rules::suites::{direct_call, request_session, request_user};
use crate::suites::{self, Value};

impl<'a> Planner<'a> {
    /// The calls in synchronous tests of what becomes async, by file.
    pub(super) fn shape_direct_calls(
        &self,
        coloring: &'a Coloring,
        shapes: &mut Vec<(usize, Draft<'a>)>,
    ) {
        let views: BTreeSet<ClassRef> = self
            .families
            .units()
            .filter(|unit| self.is_converted(unit, coloring))
            .flat_map(|unit| unit.views.iter().copied())
            .collect();
        let gives_users = self.asks_for_users(coloring);
        let gives_sessions = self.asks_sessions(coloring);
        for file in 0..self.analysis.world.files.len() {
            let Some(mut draft) = Draft::new(self, file, None, &coloring.colors, Vec::new()) else {
                continue;
            };
            for (called, place) in self.direct_calls(file, coloring, &views) {
                // The import was found to be possible before anything was planned.
                if direct_call::bridge(&mut draft, called, place).is_err() {
                    break;
                }
            }
            for place in self.effects.suites().kept(file) {
                direct_call::keep(&mut draft, place);
            }
            if gives_users {
                self.give(&mut draft, file, "user", request_user::give);
            }
            if gives_sessions {
                self.give(&mut draft, file, "session", request_session::give);
            }
            if draft.changes() || !draft.set_aside.is_empty() {
                shapes.push((file, draft));
            }
        }
    }

    /// True when something that becomes async asks requests of tests for their user by `auser`.
    fn asks_for_users(&self, coloring: &Coloring) -> bool {
        let asks = |function: FunctionRef| {
            let definition = self.analysis.world.function(function);
            let names = definition.into_iter().flat_map(|it| &it.decorator_names);
            let mut sites = self.effects.sites_of(function.file, Some(function.index));
            sites.any(|site| matches!(site.kind, SiteKind::RequestUser { .. }))
                || names
                    .into_iter()
                    .any(|name| request_user::is_asked_by(name))
        };
        let suites = self.effects.suites();
        self.options.target_version >= request_user::SINCE
            && coloring
                .asyncs
                .iter()
                .any(|&function| suites.gives_user(function) && asks(function))
    }

    /// True when something that becomes async asks the sessions that tests give by coroutines.
    fn asks_sessions(&self, coloring: &Coloring) -> bool {
        let suites = self.effects.suites();
        self.options.target_version >= request_session::SINCE
            && coloring.asyncs.iter().any(|&function| {
                let mut sites = self.effects.sites_of(function.file, Some(function.index));
                suites.gives_request(function)
                    && sites.any(|site| {
                        matches!(
                            site.kind,
                            SiteKind::SessionItem { .. }
                                | SiteKind::Method {
                                    owner: Owner::Session,
                                    ..
                                }
                        )
                    })
            })
    }

    /// Completes what the requests that tests make are given. `write` gets the statement, the request and the value.
    fn give(
        &self,
        draft: &mut Draft<'_>,
        file: usize,
        attribute: &str,
        write: fn(&mut Draft<'_>, NodeId, NodeId, NodeId) -> Outcome,
    ) {
        let Some(facts) = self.analysis.world.file(file) else {
            return;
        };
        let suites = self.effects.suites();
        for (statement, request, value) in suites::given(facts, attribute) {
            if !suites.holds(facts, file, facts.owner(statement)) {
                continue;
            }
            let before = draft.checkpoint();
            match write(draft, statement, request, value) {
                Ok(()) => {
                    draft.settle(before);
                }
                Err(_) => draft.restore(before),
            }
        }
    }

    /// What is called, and what is to be told of.
    fn direct_calls(
        &self,
        file: usize,
        coloring: &Coloring,
        views: &BTreeSet<ClassRef>,
    ) -> Vec<(NodeId, NodeId)> {
        let world = &self.analysis.world;
        let (Some(facts), Some(found)) = (world.file(file), self.analysis.files.get(file)) else {
            return Vec::new();
        };
        let suites = self.effects.suites();
        let ast = facts.ast();
        let stays_sync = |function: Option<usize>| {
            function.is_none_or(|index| {
                coloring.colors.get(&FunctionRef { file, index }) != Some(&Color::Convert)
            })
        };
        let becomes_async = |callee: FunctionRef| {
            coloring.colors.get(&callee) == Some(&Color::Convert) && !self.is_async(callee)
        };
        let mut places = Vec::new();
        for call in &found.calls {
            if becomes_async(call.callee)
                && stays_sync(call.function)
                && suites.bridges(self.analysis, file, call.function, call.node, call.callee)
                && let Some(called) = ast.child(call.node, Field::Function)
            {
                places.push((called, call.node));
            }
        }
        for value in &found.value_uses {
            let function = facts.owner(value.node);
            if !value.is_route
                && becomes_async(value.function)
                && stays_sync(function)
                && suites.bridges(self.analysis, file, function, value.node, value.function)
                && suites::value(facts, value) == Value::IsCalled
            {
                places.push((value.node, value.node));
            }
        }
        for (made, class) in suites::views_made(facts, found) {
            let function = facts.owner(made);
            if views.contains(&class)
                && stays_sync(function)
                && suites.bridges_view(facts, file, made, function)
            {
                places.push((made, made));
            }
        }
        // A call may have been seen more than once.
        places.sort_unstable();
        places.dedup();
        places
    }
}
