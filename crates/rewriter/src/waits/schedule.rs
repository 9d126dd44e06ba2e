//! From what follows what, and how long each takes, to when it happens.

use super::{Occupies, Schedule};

/// How long a wait takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Once, in any unit of time.
    pub duration: f64,
    /// How often it is done: more than once in a loop.
    pub times: u32,
}

impl Load {
    /// It takes no time.
    pub const NONE: Self = Self {
        duration: 0.0,
        times: 0,
    };
}

/// When everything passes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passing {
    /// Beginning and end of each wait, all its repetitions together, from the beginning of the view on.
    pub spans: Vec<(f64, f64)>,
    /// When the last has ended.
    pub total: f64,
}

impl Schedule {
    /// When each wait passes, given what each occupies and how long it takes.
    ///
    /// What needs the request's thread, or stops the event loop, runs alone; of two that could begin at the same time, the
    /// first in the list has it.
    #[must_use]
    pub fn spans(&self, occupies: &[Occupies], load: impl Fn(usize) -> Load) -> Passing {
        let mut spans: Vec<Option<(f64, f64)>> = vec![None; self.steps.len()];
        let mut thread_is_free = 0.0_f64;
        // Each round places the wait that can begin first.
        for _ in 0..self.steps.len() {
            let next = self
                .steps
                .iter()
                .enumerate()
                .filter(|(index, _)| spans.get(*index) == Some(&None))
                .filter_map(|(index, step)| {
                    let mut start = 0.0_f64;
                    for &before in &step.follows {
                        let (_, end) = spans.get(before).copied().flatten()?;
                        start = start.max(end);
                    }
                    if runs_alone(occupies, index) {
                        start = start.max(thread_is_free);
                    }
                    Some((index, start, step.at_once))
                })
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((index, start, at_once)) = next else {
                break;
            };
            let load = load(index);
            let at_once = u32::try_from(at_once).unwrap_or(u32::MAX).max(1);
            let rounds = load.times.div_ceil(at_once);
            let end = start + load.duration.max(0.0) * f64::from(rounds);
            if runs_alone(occupies, index) {
                thread_is_free = end;
            }
            if let Some(slot) = spans.get_mut(index) {
                *slot = Some((start, end));
            }
        }
        let spans: Vec<(f64, f64)> = spans.into_iter().map(Option::unwrap_or_default).collect();
        let total = spans.iter().fold(0.0_f64, |last, span| last.max(span.1));
        Passing { spans, total }
    }
}

fn runs_alone(occupies: &[Occupies], index: usize) -> bool {
    matches!(
        occupies.get(index),
        Some(Occupies::RequestThread | Occupies::EventLoop)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waits::Step;

    fn schedule(follows: &[&[usize]]) -> Schedule {
        Schedule {
            steps: follows
                .iter()
                .map(|follows| Step {
                    follows: follows.to_vec(),
                    at_once: 1,
                })
                .collect(),
        }
    }

    fn once(duration: f64) -> impl Fn(usize) -> Load {
        move |_| Load { duration, times: 1 }
    }

    #[test]
    fn what_follows_waits_and_what_does_not_overlaps() {
        let nothing = [Occupies::Nothing; 3];
        let chain = schedule(&[&[], &[0], &[1]]).spans(&nothing, once(2.0));
        assert_eq!(chain.spans, [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)]);
        let fork = schedule(&[&[], &[], &[0, 1]]).spans(&nothing, once(2.0));
        assert_eq!(fork.spans, [(0.0, 2.0), (0.0, 2.0), (2.0, 4.0)]);
    }

    #[test]
    fn queries_of_a_request_run_one_after_another() {
        let occupies = [
            Occupies::RequestThread,
            Occupies::RequestThread,
            Occupies::Nothing,
        ];
        let all_at_once = schedule(&[&[], &[], &[]]).spans(&occupies, once(3.0));
        assert_eq!(all_at_once.spans, [(0.0, 3.0), (3.0, 6.0), (0.0, 3.0)]);
        assert_eq!(all_at_once.total, 6.0);
    }

    #[test]
    fn the_thread_goes_to_whoever_can_begin_first() {
        // One branch: a request, then a query. The other: a query.
        let occupies = [
            Occupies::Nothing,
            Occupies::RequestThread,
            Occupies::RequestThread,
        ];
        let passing = schedule(&[&[], &[0], &[]]).spans(&occupies, once(2.0));
        assert_eq!(passing.spans, [(0.0, 2.0), (2.0, 4.0), (0.0, 2.0)]);
    }

    #[test]
    fn repetitions_run_a_few_at_once() {
        let mut loop_ = schedule(&[&[]]);
        let ten = |_| Load {
            duration: 1.0,
            times: 10,
        };
        assert_eq!(loop_.spans(&[Occupies::Nothing], ten).total, 10.0);
        loop_.steps[0].at_once = 4;
        assert_eq!(loop_.spans(&[Occupies::Nothing], ten).total, 3.0);
    }
}
