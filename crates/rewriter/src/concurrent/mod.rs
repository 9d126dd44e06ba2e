//! What can pass at the same time, and the code for it.
//!
//! A pass over a finished draft: every site has its form already, this only moves statements. Independent statements of a
//! block become lanes; a lane that is one awaited call is gathered as it stands, any other becomes an inner coroutine.

mod calls;
mod emit;
mod groups;
mod loops;
mod names;
pub(crate) mod nature;
mod reason;
mod statement;
mod together;
mod turns;
mod why;

use std::collections::HashSet;

use unblocked_analyzer::FunctionRef;
use unblocked_syntax::{Kind, NodeId};

use crate::draft::Draft;
use crate::plan::Planner;
use crate::waits::events;
pub(crate) use loops::AT_ONCE;
use nature::Natures;
pub(crate) use reason::Reason;
pub(crate) use why::{Reasons, loop_around};

/// The rule that all this is.
pub(crate) const NAME: &str = "concurrent/gather";

/// Statements of a block that are looked at together. What lies beyond is left one after another.
const MAX_STATEMENTS: usize = 200;

/// Lets what is independent in a draft pass at the same time.
pub(crate) fn gather(planner: &Planner<'_>, draft: &mut Draft<'_>) {
    let facts = draft.facts;
    let ast = facts.ast();
    let found = events(facts, planner.effects, draft.file_index, draft.function);
    if found.is_empty() {
        return;
    }
    let mut natures = Natures::new(planner.analysis, planner.effects);
    let mut used = Used::default();
    let body = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    loops::loops(planner, &mut natures, draft, &mut used, &found, body);
    let blocks: Vec<NodeId> = ast
        .subtree(body)
        .filter(|&id| id == body || ast.kind(id) == Kind::Block)
        .filter(|&id| id == body || facts.owner(id) == draft.function)
        .filter(|&id| !draft.stays_sync(id))
        .filter(|&id| !draft.at_once.iter().any(|&done| ast.contains(done, id)))
        .collect();
    for block in blocks {
        let children: Vec<NodeId> = ast.children(block).take(MAX_STATEMENTS).collect();
        let awaiting = children
            .iter()
            .filter(|&&child| found.iter().any(|event| ast.contains(child, event.node)))
            .count();
        if awaiting < 2 {
            continue;
        }
        let statements: Vec<_> = children
            .into_iter()
            .map(|child| statement::look(planner, &mut natures, draft, &found, child))
            .collect();
        let (groups, apart) = groups::groups(draft, &statements);
        for group in groups {
            emit::group(draft, &mut used, &group);
        }
        for one in apart {
            emit::apart(draft, &one);
        }
    }
}

/// True for what runs in a coroutine whose draft may be gathered.
pub(crate) fn is_wanted(planner: &Planner<'_>, function: Option<FunctionRef>) -> bool {
    planner.options.concurrent
        && function.is_none_or(|function| {
            let definition = planner.analysis.world.function(function);
            definition.is_some_and(|definition| !definition.is_generator)
        })
}

/// The names that were given to something new.
#[derive(Debug, Default)]
struct Used {
    names: HashSet<String>,
}

impl Used {
    /// A name that nothing has yet.
    fn free(&mut self, draft: &Draft<'_>, wanted: &str) -> String {
        let is_free = |name: &String| !draft.uses_name(name) && !self.names.contains(name);
        let name = std::iter::once(wanted.to_owned())
            .chain((2..1000).map(|number| format!("{wanted}_{number}")))
            .find(is_free)
            .unwrap_or_else(|| wanted.to_owned());
        self.names.insert(name.clone());
        name
    }
}
