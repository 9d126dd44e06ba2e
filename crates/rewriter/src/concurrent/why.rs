//! Why two waits of a function do not overlap: asked of drafts that are done, gathered or not.

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{SiteKind, SyncOnly};
use unblocked_syntax::{Field, Kind, LineIndex, NodeId};

use super::groups::{self, Apart, Group};
use super::loops;
use super::nature::Natures;
use super::reason::{Reason, data_flow, decides, form, handling, of_block};
use super::statement::{Statement, look};
use super::{MAX_STATEMENTS, NAME};
use crate::draft::Draft;
use crate::plan::Planner;
use crate::report::FindingState;
use crate::waits::{Event, WhyInTurn};

const ONE_CONNECTION: &str = "both are queries, and those of one request run one after another in its thread, on one connection, gathered or not";

/// The statements of a block, and what could overlap of them.
struct Block<'a> {
    statements: Vec<Statement<'a>>,
    groups: Vec<Group<'a>>,
    apart: Vec<Apart>,
}

/// Answers why waits pass one after another.
pub(crate) struct Reasons<'p, 'c, 'a> {
    planner: &'p Planner<'a>,
    natures: Natures<'p, 'a>,
    /// By file, function and block.
    blocks: HashMap<(usize, Option<usize>, NodeId), Block<'c>>,
    lines: Lines<'c>,
}

/// The lines of files.
#[derive(Default)]
struct Lines<'c>(HashMap<usize, LineIndex<'c>>);

impl<'c> Lines<'c> {
    /// The line of a node, from 1.
    fn of(&mut self, draft: &Draft<'c>, node: NodeId) -> usize {
        let lines = self
            .0
            .entry(draft.file_index)
            .or_insert_with(|| LineIndex::new(draft.facts.text()));
        lines.line(draft.ast().span(node).start as usize) + 1
    }
}

impl<'p, 'c, 'a> Reasons<'p, 'c, 'a> {
    pub(crate) fn new(planner: &'p Planner<'a>) -> Self {
        Self {
            planner,
            natures: Natures::new(planner.analysis, planner.effects),
            blocks: HashMap::new(),
            lines: Lines::default(),
        }
    }

    /// The line of a node, from 1.
    pub(crate) fn line(&mut self, draft: &Draft<'c>, node: NodeId) -> usize {
        self.lines.of(draft, node)
    }

    /// Why `second` begins when `first` has ended, both in one function that is or becomes async.
    pub(crate) fn of_pair(
        &mut self,
        draft: &Draft<'c>,
        events: &[Event<'_>],
        (first, second): (NodeId, NodeId),
    ) -> Reason {
        let ast = draft.ast();
        if let Some(reason) = self.of_region(draft, first, second) {
            return reason;
        }
        if draft.definition().is_some_and(|one| one.is_generator) {
            return form("the function is a generator, and what it yields comes in between");
        }
        let body = draft
            .definition()
            .map_or(NodeId::ROOT, |function| function.body);
        if !ast.contains(body, first) || !ast.contains(body, second) {
            return decides("a decorator of the function runs around it");
        }
        let block = std::iter::successors(Some(second), |&at| ast.parent(at)).find(|&up| {
            (up == body || ast.kind(up) == Kind::Block) && ast.contains(up, first) && up != first
        });
        let child = |block: NodeId, node| ast.children(block).find(|&id| ast.contains(id, node));
        let Some(block) = block else {
            return form("they stand in no block of statements");
        };
        match (child(block, first), child(block, second)) {
            (Some(one), Some(other)) if one == other => {
                self.within_statement(draft, one, (first, second))
            }
            (Some(one), Some(other)) => self.between(draft, events, block, (one, other)),
            _ => form("they stand in no block of statements"),
        }
    }

    /// Both stand in a block that stays synchronous.
    fn of_region(&mut self, draft: &Draft<'c>, first: NodeId, second: NodeId) -> Option<Reason> {
        let ast = draft.ast();
        let region = std::iter::successors(Some(second), |&at| ast.parent(at)).find(|&up| {
            ast.kind(up) == Kind::With
                && ast.contains(up, first)
                && self
                    .planner
                    .effects
                    .regions()
                    .at(draft.file_index, draft.function, up)
                    .is_some_and(|region| region.extraction.is_ok())
        })?;
        let sites = self
            .planner
            .effects
            .all_sites_of(draft.file_index, draft.function);
        let what = sites
            .filter(|site| site.node == region)
            .find_map(|site| match site.kind {
                SiteKind::SyncOnly { what } => Some(what),
                _ => None,
            })
            .unwrap_or(SyncOnly::Lock);
        let line = self.lines.of(draft, region);
        Some(of_block(
            what,
            format!(
                "both stand in {what}, from line {line} on, which runs in Django's thread as one piece"
            ),
        ))
    }

    /// Both stand in one statement, which may be a compound one.
    fn within_statement(
        &mut self,
        draft: &Draft<'c>,
        statement: NodeId,
        (first, second): (NodeId, NodeId),
    ) -> Reason {
        let ast = draft.ast();
        let line = self.lines.of(draft, statement);
        let up = std::iter::successors(Some(second), |&at| ast.parent(at))
            .find(|&up| ast.contains(up, first))
            .unwrap_or(statement);
        let excerpt = |node| draft.excerpt(node);
        match ast.kind(up) {
            Kind::If | Kind::Elif | Kind::Match | Kind::While => decides(format!(
                "what line {line} says decides whether it is reached"
            )),
            Kind::For => data_flow(format!(
                "it is done for each item of what line {line} runs over"
            )),
            Kind::Try => handling(format!(
                "the `try` of line {line} decides by what fails in it whether it is reached"
            )),
            Kind::With => decides(format!("the block of line {line} begins with it")),
            Kind::BooleanOperator | Kind::Conditional => {
                decides(format!("`{}` decides whether it is reached", excerpt(up)))
            }
            kind if kind.is_comprehension() => {
                let first_clause = ast.child_of_kind(up, Kind::ForInClause);
                match first_clause.is_some_and(|clause| ast.contains(clause, first)) {
                    true => data_flow(format!(
                        "it is done for each item of what line {line} runs over"
                    )),
                    false => Reason::new(
                        WhyInTurn::SameStatement,
                        format!("both stand in `{}`", excerpt(up)),
                    ),
                }
            }
            _ if up == second => {
                data_flow(format!("it is made with what `{}` gives", excerpt(first)))
            }
            _ => Reason::new(
                WhyInTurn::SameStatement,
                format!(
                    "both stand in the statement of line {line}, which is evaluated from left to right"
                ),
            ),
        }
    }

    /// They stand in two statements of a block.
    fn between(
        &mut self,
        draft: &Draft<'c>,
        events: &[Event<'_>],
        block: NodeId,
        (first, second): (NodeId, NodeId),
    ) -> Reason {
        let key = (draft.file_index, draft.function, block);
        if !self.blocks.contains_key(&key) {
            let looked = self.look(draft, events, block);
            self.blocks.insert(key, looked);
        }
        let Some(found) = self.blocks.get(&key) else {
            return form("their statements are not known");
        };
        let at = |node| {
            let mut statements = found.statements.iter();
            statements.position(|statement| statement.node == node)
        };
        let (Some(from), Some(to)) = (at(first), at(second)) else {
            return form("their block has more statements than are looked at");
        };
        let lane = |node: NodeId| {
            let groups = found.groups.iter().enumerate();
            groups
                .flat_map(|(group, one)| {
                    let lanes = one.lanes.iter().enumerate();
                    lanes.map(move |(lane, one)| ((group, lane), one))
                })
                .find(|(_, lane)| lane.statements.contains(&node))
                .map(|(at, _)| at)
        };
        if let (Some(one), Some(other)) = (lane(first), lane(second))
            && one.0 == other.0
            && one.1 != other.1
            && let Some(group) = found.groups.get(one.0)
        {
            return may_overlap(self.planner, draft, group.first);
        }
        let Some(statements) = found.statements.get(from..=to) else {
            return form("their statements are not known");
        };
        // What it uses, also through others.
        if let Some((name, is_direct)) = flow(statements) {
            let line = self.lines.of(draft, first);
            return data_flow(match is_direct {
                true => format!("it uses `{name}`, which line {line} gives"),
                false => format!("it uses `{name}`, made of what line {line} gives"),
            });
        }
        let (Some(one), Some(other)) = (statements.first(), statements.last()) else {
            return form("their statements are not known");
        };
        let queries = |one: &Statement<'_>| one.nature.asks_django && !one.nature.waits_outside;
        if queries(one) && queries(other) {
            return Reason::new(WhyInTurn::OrmOneConnection, ONE_CONNECTION);
        }
        // The statements themselves, then what is between them.
        let middle = statements.get(1..statements.len().saturating_sub(1));
        let bars = [one, other]
            .into_iter()
            .chain(middle.unwrap_or_default())
            .find_map(|one| Some((one.node, one.nature.bars.clone()?)));
        if let Some((node, bars)) = bars {
            let line = self.lines.of(draft, node);
            return Reason::new(bars.because, format!("{} (line {line})", bars.text));
        }
        // What else the later one uses was fetched beside the earlier one.
        let before = found.statements.get(..from).unwrap_or_default();
        let giver = before
            .iter()
            .rev()
            .filter(|one| one.awaits)
            .find_map(|one| {
                let name = other.names.reads.intersection(&one.names.writes).next()?;
                Some((one.node, (*name).to_owned()))
            });
        let failed = found.apart.iter().find(|one| one.node >= second);
        let failed = failed.map(|one| one.reason.clone());
        if let Some((node, name)) = giver {
            let line = self.lines.of(draft, node);
            return data_flow(format!("it uses `{name}`, which line {line} gives"));
        }
        failed.unwrap_or_else(|| form("no form is known in which they begin at the same time"))
    }

    fn look(&mut self, draft: &Draft<'c>, events: &[Event<'_>], block: NodeId) -> Block<'c> {
        let statements: Vec<Statement<'c>> = draft
            .ast()
            .children(block)
            .take(MAX_STATEMENTS)
            .map(|child| look(self.planner, &mut self.natures, draft, events, child))
            .collect();
        let (groups, apart) = groups::groups(draft, &statements);
        Block {
            statements,
            groups,
            apart,
        }
    }

    /// Why the turns of a loop follow each other.
    pub(crate) fn of_turns(
        &mut self,
        draft: &Draft<'c>,
        events: &[Event<'_>],
        node: NodeId,
    ) -> Reason {
        let ast = draft.ast();
        if let Some(reason) = self.of_region(draft, node, node) {
            return reason;
        }
        if draft.definition().is_some_and(|one| one.is_generator) {
            return form("the function is a generator, and what it yields comes in between");
        }
        if ast.kind(node) == Kind::While {
            return decides("each turn decides whether there is another");
        }
        if ast.is_async(node) || ast.kind(node) == Kind::GeneratorExpression {
            return form("its form is not one that is known to collect its turns' results alone");
        }
        let natures = &mut self.natures;
        if !loops::waits_outside(self.planner, natures, draft, events, node) {
            return Reason::new(
                WhyInTurn::OrmOneConnection,
                "they are queries, and those of one request run one after another in its thread, on one connection, gathered or not",
            );
        }
        match loops::look_at(self.planner, natures, draft, events, node) {
            Ok(_) => may_overlap(self.planner, draft, node),
            Err(Some(reason)) => reason,
            Err(None) => form("its form is not one that is known"),
        }
    }
}

/// They could pass at the same time.
fn may_overlap(planner: &Planner<'_>, draft: &Draft<'_>, node: NodeId) -> Reason {
    match draft.against(NAME, node, true) {
        Some(FindingState::Withheld) => Reason::new(
            WhyInTurn::Rejected,
            "only safe changes were asked for, and this one is for review",
        ),
        Some(_) => Reason::new(WhyInTurn::Rejected, "you decided against it"),
        None if planner.options.concurrent => {
            form("what stands around them could not be moved with them")
        }
        None => Reason::new(WhyInTurn::Independent, "nothing found stands against it"),
    }
}

/// A variable that the last statement reads and the first one gives, and whether it does so itself.
fn flow<'s>(statements: &'s [Statement<'_>]) -> Option<(&'s str, bool)> {
    let (first, rest) = statements.split_first()?;
    let (last, middle) = rest.split_last()?;
    let mut given: BTreeSet<&str> = first.names.writes.iter().copied().collect();
    let mut derived: BTreeSet<&str> = BTreeSet::new();
    for one in middle {
        let is_fed = one
            .names
            .reads
            .iter()
            .any(|name| given.contains(name) || derived.contains(name));
        for &name in &one.names.writes {
            given.remove(name);
            match is_fed {
                true => derived.insert(name),
                false => derived.remove(name),
            };
        }
    }
    let reads = || last.names.reads.iter().copied();
    let direct = reads().find(|name| given.contains(name));
    direct
        .map(|name| (name, true))
        .or_else(|| Some((reads().find(|name| derived.contains(name))?, false)))
}

/// The loop around a node, within a function's body.
pub(crate) fn loop_around(draft: &Draft<'_>, node: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    let body = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    let mut child = node;
    for up in ast.ancestors(node) {
        if child == body {
            return None;
        }
        let is_loop = match ast.kind(up) {
            Kind::For => ast.field(child) == Some(Field::Body),
            Kind::While => ast.field(child).is_some(),
            kind if kind.is_comprehension() => {
                let first = ast.child_of_kind(up, Kind::ForInClause);
                first != Some(child)
            }
            _ => false,
        };
        if is_loop {
            return Some(up);
        }
        child = up;
    }
    None
}
