//! Which statements of a block can run at the same time.

use std::collections::{BTreeSet, HashMap};

use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use super::names::{Names, Occurrence, occurrences};
use super::reason::{Reason, data_flow, handling, mutation};
use super::statement::Statement;
use crate::draft::{Draft, excerpt};
use crate::waits::WhyInTurn;

/// Statements that follow each other, and run at the same time as other lanes.
#[derive(Debug, Clone)]
pub(super) struct Lane<'a> {
    /// In order.
    pub(super) statements: Vec<NodeId>,
    pub(super) names: Names<'a>,
    /// The variables that are needed afterwards.
    pub(super) results: Vec<&'a str>,
    pub(super) asks_django: bool,
    pub(super) waits_outside: bool,
}

/// Lanes, in the order of their first statements.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    pub(super) first: NodeId,
    pub(super) last: NodeId,
    /// Statements between them that wait for nothing, and come before all lanes.
    pub(super) before: Vec<NodeId>,
    pub(super) lanes: Vec<Lane<'a>>,
}

/// A place that waits for the one before it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) node: NodeId,
    pub(super) reason: Reason,
}

/// Statements in a row that may be moved against each other.
#[derive(Default)]
struct Run<'s, 'a> {
    items: Vec<(&'s Statement<'a>, Option<usize>)>,
    /// The lane that each lane was joined to.
    lanes: Vec<usize>,
    /// By variable, the statement that gave it its value last.
    writers: HashMap<&'a str, usize>,
}

impl<'s, 'a> Run<'s, 'a> {
    fn lane(&self, mut lane: usize) -> usize {
        while let Some(&joined) = self.lanes.get(lane)
            && joined != lane
        {
            lane = joined;
        }
        lane
    }

    /// The lanes that a statement needs something of, with one variable each.
    fn needs(&self, statement: &Statement<'a>) -> HashMap<usize, &'a str> {
        let mut needed = HashMap::new();
        for &name in &statement.names.reads {
            let writer = self.writers.get(name).and_then(|&at| self.items.get(at));
            if let Some(&(_, Some(lane))) = writer {
                needed.insert(self.lane(lane), name);
            }
        }
        needed
    }

    fn touches(&self, names: &BTreeSet<&'a str>) -> bool {
        self.items.iter().any(|(statement, lane)| {
            lane.is_some()
                && names.iter().any(|name| {
                    statement.names.reads.contains(name) || statement.names.writes.contains(name)
                })
        })
    }

    fn push(&mut self, statement: &'s Statement<'a>, needed: &HashMap<usize, &'a str>) {
        let lane = needed.keys().copied().min().unwrap_or_else(|| {
            self.lanes.push(self.lanes.len());
            self.lanes.len() - 1
        });
        for &other in needed.keys() {
            if let Some(slot) = self.lanes.get_mut(other) {
                *slot = lane;
            }
        }
        for &name in &statement.names.writes {
            self.writers.insert(name, self.items.len());
        }
        self.items.push((statement, Some(lane)));
    }

    /// The group that it is, if anything in it can overlap.
    fn close(mut self, draft: &Draft<'a>) -> Result<Group<'a>, Option<Reason>> {
        while self
            .items
            .last()
            .is_some_and(|(last, _)| !last.awaits && !last.follows_call)
        {
            self.items.pop();
        }
        let mut lanes: Vec<(usize, Lane<'a>)> = Vec::new();
        let mut before = Vec::new();
        for &(statement, lane) in &self.items {
            let Some(lane) = lane.map(|lane| self.lane(lane)) else {
                before.push(statement.node);
                continue;
            };
            let at = lanes.iter().position(|(id, _)| *id == lane);
            let at = at.unwrap_or_else(|| {
                lanes.push((lane, Lane::new()));
                lanes.len() - 1
            });
            if let Some((_, lane)) = lanes.get_mut(at) {
                lane.add(statement);
            }
        }
        let mut lanes: Vec<Lane<'a>> = lanes.into_iter().map(|(_, lane)| lane).collect();
        join_queries(&mut lanes, &self.items);
        let (Some(&(first, _)), Some(&(last, _))) = (self.items.first(), self.items.last()) else {
            return Err(None);
        };
        if lanes.len() < 2 || !lanes.iter().any(|lane| lane.waits_outside) {
            return Err(None);
        }
        for lane in &lanes {
            if let Some(name) = lane.names.reads.intersection(&lane.names.writes).next() {
                return Err(Some(mutation(format!("`{name}` is read and then changed"))));
            }
        }
        let mut group = Group {
            first: first.node,
            last: last.node,
            before,
            lanes,
        };
        group.find_results(draft);
        let results: Vec<&str> = group
            .lanes
            .iter()
            .flat_map(|lane| lane.results.iter().copied())
            .collect();
        match caught(draft, group.first, &results) {
            Some(reason) => Err(Some(reason)),
            None => Ok(group),
        }
    }
}

impl<'a> Lane<'a> {
    fn new() -> Self {
        Self {
            statements: Vec::new(),
            names: Names::default(),
            results: Vec::new(),
            asks_django: false,
            waits_outside: false,
        }
    }

    fn add(&mut self, statement: &Statement<'a>) {
        self.statements.push(statement.node);
        self.names.then(&statement.names);
        self.asks_django |= statement.nature.asks_django;
        self.waits_outside |= statement.nature.waits_outside;
    }
}

/// Queries of a request run one after another whatever is done: those that wait for nothing else are one lane.
fn join_queries<'a>(lanes: &mut Vec<Lane<'a>>, items: &[(&Statement<'a>, Option<usize>)]) {
    let queries: BTreeSet<NodeId> = lanes
        .iter()
        .filter(|lane| !lane.waits_outside)
        .flat_map(|lane| lane.statements.iter().copied())
        .collect();
    let Some(at) = lanes.iter().position(|lane| !lane.waits_outside) else {
        return;
    };
    let mut joined = Lane::new();
    for (statement, _) in items {
        if queries.contains(&statement.node) {
            joined.add(statement);
        }
    }
    lanes.retain(|lane| lane.waits_outside);
    lanes.insert(at.min(lanes.len()), joined);
    lanes.small_sort_by_key(|lane| lane.statements.first().copied());
}

impl<'a> Group<'a> {
    /// Which variables of each lane are needed after it.
    fn find_results(&mut self, draft: &Draft<'a>) {
        let needed: Vec<Vec<&'a str>> = self
            .lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| {
                let names = lane.names.writes.iter().copied();
                names
                    .filter(|name| {
                        // The last one to write a variable gives it its value.
                        let is_last = self.lanes.iter().enumerate().all(|(other, later)| {
                            other == index
                                || !later.names.writes.contains(name)
                                || writes_at(draft, later, name) < writes_at(draft, lane, name)
                        });
                        is_last && is_needed_after(draft, (self.first, self.last), name)
                    })
                    .collect()
            })
            .collect();
        for (lane, mut results) in self.lanes.iter_mut().zip(needed) {
            results.small_sort_by_key(|name| writes_at(draft, lane, name));
            lane.results = results;
        }
    }
}

/// True when a variable may be read after statements.
pub(super) fn is_needed_after(
    draft: &Draft<'_>,
    (first, last): (NodeId, NodeId),
    name: &str,
) -> bool {
    let ast = draft.ast();
    let Some(block) = ast.parent(first) else {
        return true;
    };
    let body = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    for next in ast.children(block).filter(|&id| id > last) {
        let names = Names::of(draft.facts, next);
        if names.reads.contains(name) || closes_over(draft, next, name) {
            return true;
        }
        if ast.kind(next) == Kind::ExpressionStatement && names.writes.contains(name) {
            return false;
        }
    }
    let is_inside = |id: NodeId| id >= first && id < ast.after(last);
    block == NodeId::ROOT
        || (block != body
            && occurrences(draft.facts, body)
                .into_iter()
                .any(|(id, what)| {
                    what != Occurrence::Write && !is_inside(id) && draft.text(id) == name
                }))
}

/// Why exceptions of a statement that gives `results` would be handled otherwise; `None` when they are not.
pub(super) fn caught(draft: &Draft<'_>, first: NodeId, results: &[&str]) -> Option<Reason> {
    let ast = draft.ast();
    let body = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    let mut child = first;
    for up in ast.ancestors(first) {
        if child == body {
            break;
        }
        if ast.kind(up) == Kind::Try && ast.field(child) == Some(Field::Body) {
            let reason = ast
                .children(up)
                .filter(|&id| id > child)
                .find_map(|clause| handles(draft, clause, results));
            if reason.is_some() {
                return reason;
            }
        }
        child = up;
    }
    None
}

/// Why a clause of a `try` around a group would see other values.
fn handles(draft: &Draft<'_>, clause: NodeId, results: &[&str]) -> Option<Reason> {
    let ast = draft.ast();
    let names = Names::of(draft.facts, clause);
    let is_handler = ast.kind(clause) == Kind::Except;
    if (is_handler || ast.kind(clause) == Kind::Finally)
        && let Some(name) = results.iter().find(|name| names.reads.contains(**name))
    {
        return Some(handling(format!(
            "`{name}` is read where a failure is handled, and would not be set there yet"
        )));
    }
    if !is_handler {
        return None;
    }
    let block = ast.child_of_kind(clause, Kind::Block)?;
    let last = ast.children(block).last()?;
    let leaves = matches!(
        ast.kind(last),
        Kind::Return | Kind::Raise | Kind::Continue | Kind::Break
    );
    let missing = results.iter().find(|name| !names.writes.contains(**name));
    match missing {
        Some(name) if !leaves => Some(handling(format!(
            "after a failure the code goes on, with what `{name}` was until then"
        ))),
        _ => None,
    }
}

/// Where a lane writes a variable last.
fn writes_at(draft: &Draft<'_>, lane: &Lane<'_>, name: &str) -> Option<NodeId> {
    lane.statements
        .iter()
        .flat_map(|&statement| occurrences(draft.facts, statement))
        .filter(|&(id, what)| what != Occurrence::Read && draft.text(id) == name)
        .map(|(id, _)| id)
        .max()
}

/// True when a function or lambda in a statement uses the variable.
fn closes_over(draft: &Draft<'_>, statement: NodeId, name: &str) -> bool {
    let ast = draft.ast();
    ast.subtree(statement).any(|id| {
        ast.kind(id) == Kind::Identifier
            && draft.text(id) == name
            && ast
                .ancestors(id)
                .take_while(|&up| up == statement || ast.contains(statement, up))
                .any(|up| matches!(ast.kind(up), Kind::Lambda | Kind::FunctionDef))
    })
}

/// The groups of a block, and what else waits for something else, with the reason.
pub(super) fn groups<'a>(
    draft: &Draft<'a>,
    statements: &[Statement<'a>],
) -> (Vec<Group<'a>>, Vec<Apart>) {
    let mut found = Vec::new();
    let mut apart: Vec<Apart> = Vec::new();
    let mut run = Run::default();
    // The last statement that waits for something outside, or may.
    let mut previous: Option<&Statement<'a>> = None;
    let mut between: Option<Reason> = None;
    let mut end = |run: Run<'_, 'a>, apart: &mut Vec<Apart>| match run.close(draft) {
        Ok(group) => found.push(group),
        Err(Some(reason)) => apart.push(Apart {
            node: NodeId::ROOT,
            reason,
        }),
        Err(None) => {}
    };
    for statement in statements {
        let mut reason = None;
        if let Some(bars) = &statement.nature.bars {
            end(std::mem::take(&mut run), &mut apart);
            if statement.awaits {
                reason = Some(bars.clone());
            } else {
                between.get_or_insert_with(|| bars.clone());
            }
        } else if run.items.is_empty() {
            if statement.awaits {
                run.push(statement, &HashMap::new());
            }
        } else {
            let needed = run.needs(statement);
            if needed.is_empty() && !statement.awaits {
                if run.touches(&statement.names.writes) {
                    end(std::mem::take(&mut run), &mut apart);
                } else {
                    run.items.push((statement, None));
                }
            } else {
                if let Some(name) = needed.values().min() {
                    reason = Some(data_flow(format!("it uses `{name}`")));
                }
                if needed.len() > 1 {
                    end(std::mem::take(&mut run), &mut apart);
                    if statement.awaits {
                        run.push(statement, &HashMap::new());
                    }
                } else {
                    run.push(statement, &needed);
                }
            }
        }
        if statement.awaits {
            let outside = |one: &Statement<'_>| one.nature.waits_outside;
            if previous.is_some_and(|before| outside(before) || outside(statement))
                && let Some(reason) = reason.or(between.take())
            {
                apart.push(Apart {
                    node: statement.node,
                    reason,
                });
            }
            between = statement.nature.bars.as_ref().map(|bars| Reason {
                because: bars.because,
                text: format!(
                    "`{}` stays in its place",
                    excerpt(draft.text(statement.node))
                ),
            });
            previous = Some(statement);
        }
    }
    end(run, &mut apart);
    let is_grouped = |node: NodeId| {
        let ast = draft.ast();
        found
            .iter()
            .any(|group: &Group<'_>| node >= group.first && node < ast.after(group.last))
    };
    // What failed as a whole is said at the first statement that waits.
    let whole = previous.map_or(NodeId::ROOT, |statement| statement.node);
    apart.iter_mut().for_each(|one| {
        if one.node == NodeId::ROOT {
            one.node = whole;
        }
    });
    apart.retain(|one| !is_grouped(one.node) || one.reason.because == WhyInTurn::DataFlow);
    (found, apart)
}
