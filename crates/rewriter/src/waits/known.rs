//! What is asked of functions again and again on the way through views.

use std::collections::HashMap;
use std::rc::Rc;

use unblocked_syntax::{LineIndex, Span};

use super::Place;
use super::expand::{Owner, reference};
use super::walk::{self, Event};
use crate::concurrent::Reasons;
use crate::effects::wrapped_in;
use crate::plan::{Plan, Planner};

/// What is asked for again and again.
pub(super) struct Known<'p, 'c, 'a> {
    pub(super) planner: &'p Planner<'a>,
    pub(super) plan: &'p Plan<'c>,
    pub(super) reasons: Reasons<'p, 'c, 'a>,
    events: HashMap<Owner, Rc<[Event<'a>]>>,
    lines: HashMap<usize, LineIndex<'a>>,
}

impl<'p, 'c, 'a> Known<'p, 'c, 'a> {
    pub(super) fn new(planner: &'p Planner<'a>, plan: &'p Plan<'c>) -> Self {
        Self {
            planner,
            plan,
            reasons: Reasons::new(planner),
            events: HashMap::new(),
            lines: HashMap::new(),
        }
    }

    pub(super) fn events(&mut self, (file, function): Owner) -> Rc<[Event<'a>]> {
        if let Some(events) = self.events.get(&(file, function)) {
            return events.clone();
        }
        let facts = self.planner.analysis.world.file(file);
        let mut found = self.around((file, function));
        if let Some(facts) = facts {
            found.extend(walk::events(facts, self.planner.effects, file, function));
        }
        let events: Rc<[Event<'a>]> = found.into();
        self.events.insert((file, function), events.clone());
        events
    }

    /// What the project's own decorators of a function do when it is called.
    fn around(&self, owner: Owner) -> Vec<Event<'a>> {
        let (Some(function), effects) = (reference(owner), self.planner.effects) else {
            return Vec::new();
        };
        let wrappers = wrapped_in(self.planner.analysis, function);
        wrappers
            .into_iter()
            .filter(|&(_, callee)| effects.waits(callee))
            .map(|(decorator, callee)| Event {
                node: decorator,
                site: None,
                callees: vec![callee],
                loops: 0,
                arms: Vec::new(),
                in_region: false,
            })
            .collect()
    }

    pub(super) fn place(&mut self, file: usize, span: Span) -> Place {
        let facts = self.planner.analysis.world.file(file);
        let lines = self
            .lines
            .entry(file)
            .or_insert_with(|| LineIndex::new(facts.map_or("", |facts| facts.text())));
        Place {
            path: facts.map(|facts| facts.path.clone()).unwrap_or_default(),
            range: span.into(),
            line: lines.line(span.start as usize) + 1,
        }
    }
}
