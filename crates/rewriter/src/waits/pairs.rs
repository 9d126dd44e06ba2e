//! Which waits of a view follow each other, and why.

use unblocked_syntax::NodeId;

use super::expand::Owner;
use super::form::Context;
use super::known::Known;
use super::{InTurn, Step, Timeline, Wait, WaitForm, WhyInTurn};
use crate::concurrent::{Reason, loop_around};
use crate::report::FileReport;

/// A call on the way to a wait, or the place itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) owner: Owner,
    /// Which call of it.
    pub(super) serial: usize,
    /// What stands in it.
    pub(super) node: NodeId,
    pub(super) context: Context,
    /// Loops around that, in the function.
    pub(super) loops: usize,
}

/// Says of each view, beside what was decided for it, why its waits follow each other.
pub(crate) fn attach(files: &mut [FileReport], timelines: &[Timeline]) {
    for timeline in timelines {
        let Some(file) = files.iter_mut().find(|file| file.path == timeline.path) else {
            continue;
        };
        let mut functions = file.functions.iter_mut();
        let place = timeline.place.range;
        if let Some(view) = functions.find(|one| one.before == place) {
            view.in_turn.clone_from(&timeline.in_turn);
        }
    }
}

/// Which waits do not overlap, and why. `visits`: the way to each.
pub(super) fn in_turn(
    known: &mut Known<'_, '_, '_>,
    path: &str,
    waits: &[Wait],
    steps: &[Step],
    visits: &[Vec<Visit>],
) -> Vec<InTurn> {
    let told = Told { waits, path };
    let mut found: Vec<(Reason, InTurn)> = Vec::new();
    let mut loops: Vec<(usize, NodeId)> = Vec::new();
    let mut previous: Option<usize> = None;
    for (second, wait) in waits.iter().enumerate() {
        if wait.form == WaitForm::Gone {
            continue;
        }
        if let Some(first) = previous.replace(second)
            && follows(steps, second, first)
            && let (Some(one), Some(other)) = (visits.get(first), visits.get(second))
        {
            let reason = match are_branches(waits.get(first), wait) {
                true => Some(Reason::new(
                    WhyInTurn::OtherBranch,
                    "a request gets to one of them",
                )),
                false => why(known, one, other),
            };
            if let Some(reason) = reason {
                told.add(&mut found, first, second, reason);
            }
        }
        if let Some(visits) = visits.get(second)
            && steps.get(second).is_some_and(|step| step.at_once == 1)
            && let Some((line, reason)) = why_turns(known, visits, &mut loops)
        {
            let text = match reason.because {
                WhyInTurn::Independent => format!(
                    "the turns of the loop on line {line} could wait at the same time: {}",
                    reason.text
                ),
                _ => format!(
                    "the turns of the loop on line {line} follow each other: {}",
                    reason.text
                ),
            };
            let turns = InTurn {
                first: second,
                last: second,
                because: reason.because,
                reason: text,
            };
            found.push((reason, turns));
        }
    }
    found.into_iter().map(|(_, one)| one).collect()
}

/// True when a wait begins only after another one has ended.
fn follows(steps: &[Step], later: usize, earlier: usize) -> bool {
    let mut queue = vec![later];
    let mut seen = vec![false; steps.len()];
    while let Some(at) = queue.pop() {
        if at == earlier {
            return true;
        }
        // Each names such as come before it.
        if at > earlier
            && let Some(slot) = seen.get_mut(at)
            && !std::mem::replace(slot, true)
        {
            queue.extend(steps.get(at).iter().flat_map(|step| &step.follows));
        }
    }
    false
}

fn are_branches(first: Option<&Wait>, second: &Wait) -> bool {
    first.is_some_and(|first| {
        first.conditions.iter().any(|one| {
            let others = second.conditions.iter();
            let mut same = others.filter(|other| other.condition == one.condition);
            same.any(|other| other.arm != one.arm)
        })
    })
}

/// Why, where the ways to both part. `None` where one call leads to both: it means one of several functions, or all of a block's.
fn why(known: &mut Known<'_, '_, '_>, one: &[Visit], other: &[Visit]) -> Option<Reason> {
    let pairs = one.iter().zip(other);
    let parting = pairs
        .take_while(|(one, other)| one.serial == other.serial && one.owner == other.owner)
        .last();
    let Some((&one, &other)) = parting else {
        let text = "they have no function in common";
        return Some(Reason::new(WhyInTurn::Unchanged, text));
    };
    if one.node == other.node {
        return None;
    }
    if let Some(reason) = known.unmoved(one) {
        return Some(reason);
    }
    let events = known.events(one.owner);
    Some(match known.plan.draft(one.owner) {
        Some(draft) => known
            .reasons
            .of_pair(draft, &events, (one.node, other.node)),
        None => Reason::new(
            WhyInTurn::Unchanged,
            format!("{} is left as it is", known.name(one.owner)),
        ),
    })
}

/// The line of the innermost loop around a wait, and why its turns follow each other; once for each loop.
fn why_turns(
    known: &mut Known<'_, '_, '_>,
    visits: &[Visit],
    loops: &mut Vec<(usize, NodeId)>,
) -> Option<(usize, Reason)> {
    let visit = *visits.iter().rev().find(|visit| visit.loops > 0)?;
    let draft = known.plan.draft(visit.owner)?;
    let around = loop_around(draft, visit.node)?;
    if loops.contains(&(visit.serial, around)) {
        return None;
    }
    loops.push((visit.serial, around));
    let line = known.reasons.line(draft, around);
    if let Some(reason) = known.unmoved(visit) {
        return Some((line, reason));
    }
    let events = known.events(visit.owner);
    let reason = known.reasons.of_turns(draft, &events, around);
    Some((line, reason))
}

impl Known<'_, '_, '_> {
    /// Why nothing in a function passes at the same time, when it isn't a coroutine of ours.
    fn unmoved(&self, visit: Visit) -> Option<Reason> {
        let name = self.name(visit.owner);
        match visit.context {
            Context::Async => None,
            Context::Left | Context::Loaded => Some(Reason::new(
                WhyInTurn::Unchanged,
                format!("{name} is left as it is"),
            )),
            Context::Thread => Some(Reason::new(
                WhyInTurn::InThread,
                format!("{name} stays synchronous, and runs in a thread as one piece"),
            )),
        }
    }

    fn name(&self, (file, function): Owner) -> String {
        let facts = self.planner.analysis.world.file(file);
        let definition = facts
            .zip(function)
            .and_then(|(facts, index)| facts.functions.get(index));
        definition.map_or_else(
            || "the code".to_owned(),
            |definition| format!("`{}`", definition.qualname),
        )
    }
}

/// Puts reasons into sentences.
struct Told<'w> {
    waits: &'w [Wait],
    /// The view's file, which need not be named.
    path: &'w str,
}

impl Told<'_> {
    /// Adds that a wait follows another one; to what was said before, where the reason is the same for all.
    fn add(&self, found: &mut Vec<(Reason, InTurn)>, first: usize, last: usize, reason: Reason) {
        let joins = matches!(
            reason.because,
            WhyInTurn::Independent
                | WhyInTurn::OrmOneConnection
                | WhyInTurn::InTransaction
                | WhyInTurn::SyncBlock
                | WhyInTurn::InThread
                | WhyInTurn::Unchanged
        );
        let before = found
            .iter_mut()
            .rev()
            .find(|(_, one)| one.first != one.last);
        if let Some((same, one)) = before
            && joins
            && one.last == first
            && *same == reason
        {
            one.last = last;
            one.reason = self.sentence(one.first, last, &reason);
            return;
        }
        let one = InTurn {
            first,
            last,
            because: reason.because,
            reason: self.sentence(first, last, &reason),
        };
        found.push((reason, one));
    }

    fn sentence(&self, first: usize, last: usize, reason: &Reason) -> String {
        let text = &reason.text;
        let (one, other) = (self.place(first), self.place(last));
        let between = self.waits.get(first..=last).unwrap_or_default();
        let count = between
            .iter()
            .filter(|wait| wait.form != WaitForm::Gone)
            .count();
        match (count, reason.because) {
            (0..=2, WhyInTurn::Independent) => {
                format!("{other} could wait at the same time as {one}: {text}")
            }
            (_, WhyInTurn::Independent) => {
                format!("{count} waits, from {one} to {other}, could pass at the same time: {text}")
            }
            (_, WhyInTurn::OtherBranch) => {
                format!("{one} and {other} are branches of one condition: {text}")
            }
            (0..=2, _) => format!("{other} begins when {one} has ended: {text}"),
            _ => format!("{count} waits, from {one} to {other}, follow each other: {text}"),
        }
    }

    /// A wait with its line, and its file where that is not the view's.
    fn place(&self, index: usize) -> String {
        let Some(wait) = self.waits.get(index) else {
            return String::new();
        };
        let (label, line, path) = (&wait.label, wait.place.line, &wait.place.path);
        match path == self.path {
            true => format!("`{label}` (line {line})"),
            false => format!("`{label}` (line {line} of {path})"),
        }
    }
}

#[cfg(test)]
mod tests;
