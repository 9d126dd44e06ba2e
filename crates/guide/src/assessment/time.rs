//! When the waits of a view pass, with the reader's latencies.

use std::collections::HashMap;

use unblocked_rewriter::{Load, Place as Spot, Timeline, Wait};

use super::ViewWait;
use crate::answers::{Answers, usual_latency};
use crate::data::Place;

/// Rounds of a loop, unless the reader knows better.
pub(crate) const USUAL_ROUNDS: u32 = 10;

/// Rounds that are reckoned with at most: loops in loops grow fast.
const MOST_ROUNDS: u32 = 100_000;

/// A wait's name: what answers call it.
pub(crate) fn wait_key(wait: &Wait) -> String {
    format!("{}:{}:{}", wait.place.path, wait.place.line, wait.label)
}

pub(super) fn place(spot: &Spot, label: &str) -> Place {
    Place {
        file: spot.path.clone(),
        line: spot.line,
        range: spot.range,
        label: label.to_owned(),
    }
}

/// Which waits are on the way that is reckoned: of branches that exclude each other, the one that comes first.
fn counted(timeline: &Timeline) -> Vec<bool> {
    let mut taken: HashMap<usize, usize> = HashMap::new();
    timeline
        .waits
        .iter()
        .map(|wait| {
            wait.conditions
                .iter()
                .all(|one| *taken.entry(one.condition).or_insert(one.arm) == one.arm)
        })
        .collect()
}

/// A view's waits with their times, and the times of the whole: before, after, and with everything overlapping.
pub(super) fn waits(
    timeline: &Timeline,
    overlapped: &Timeline,
    answers: &Answers,
) -> (Vec<ViewWait>, [f64; 3]) {
    let counted = counted(timeline);
    let rounds = answers.rounds.unwrap_or(USUAL_ROUNDS);
    let loads: Vec<Load> = timeline
        .waits
        .iter()
        .zip(&counted)
        .map(|(wait, counted)| {
            if !counted {
                return Load::NONE;
            }
            let known = answers.latencies.get(&wait_key(wait));
            let known = known.or_else(|| answers.latencies.get(wait.effect.as_str()));
            let loops = u32::try_from(wait.loops).unwrap_or(u32::MAX);
            let loops = loops + u32::from(wait.is_recursive);
            Load {
                duration: known.copied().unwrap_or_else(|| usual_latency(wait.effect)),
                times: rounds
                    .checked_pow(loops)
                    .unwrap_or(MOST_ROUNDS)
                    .min(MOST_ROUNDS),
            }
        })
        .collect();
    let load = |index: usize| loads.get(index).copied().unwrap_or(Load::NONE);
    let before = timeline.passing_before(load);
    let after = timeline.passing_after(load);
    let overlap = overlapped.passing_after(load);
    let span = |passing: &unblocked_rewriter::Passing, index: usize| {
        passing.spans.get(index).copied().unwrap_or_default()
    };
    let found = timeline
        .waits
        .iter()
        .enumerate()
        .map(|(index, wait)| {
            let links = wait.chain.len().saturating_sub(1);
            ViewWait {
                id: wait_key(wait),
                effect: wait.effect,
                label: wait.label.clone(),
                place: place(&wait.place, &wait.label),
                // The view itself comes first, the place itself last.
                chain: wait
                    .chain
                    .iter()
                    .take(links)
                    .skip(1)
                    .map(|link| place(&link.place, &link.name))
                    .collect(),
                in_loop: wait.loops > 0 || wait.is_recursive,
                is_conditional: !wait.conditions.is_empty(),
                is_counted: counted.get(index).copied().unwrap_or(true),
                is_certain: wait.is_certain,
                form: wait.form,
                duration: load(index).duration,
                times: load(index).times,
                before: span(&before, index),
                after: span(&after, index),
                overlapped: span(&overlap, index),
            }
        })
        .collect();
    (found, [before.total, after.total, overlap.total])
}
