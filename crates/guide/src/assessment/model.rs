//! Requests per worker: a simple model, with its formulas and what it takes for granted.

use unblocked_django::Effect;

use super::{Model, ViewWait};
use crate::answers::Answers;

/// Milliseconds of computing that a request costs besides its waits.
pub(super) const COMPUTING: f64 = 5.0;

/// Database connections that an async process uses at the same time.
pub(super) const CONNECTIONS: f64 = 20.0;

/// The share of its time that a place should be busy at most: beyond it queues grow fast.
const BUSY: f64 = 0.7;

/// Requests per second at the busiest time, unless the reader knows better.
pub(crate) const USUAL_TRAFFIC: f64 = 20.0;

/// Requests that are served at the same time, unless code or reader know better.
pub(crate) const USUAL_SLOTS: u32 = 4;

/// What the model takes for granted.
pub(crate) fn assumptions() -> Vec<String> {
    vec![
        format!("A request computes for {COMPUTING} ms besides what it waits for. Each process has a core, and as many processes serve async as serve today."),
        format!("An async process uses up to {CONNECTIONS} database connections at the same time: each request has its own thread and connection for the ORM."),
        format!("A place is busy {:.0} % of its time at most. Beyond that, queues grow fast.", BUSY * 100.0),
        "Each wait takes the latency that is given for it, whatever the load: the services behind it keep up.".to_owned(),
        "Of branches that exclude each other the first one is reckoned with, and every loop runs the same number of rounds.".to_owned(),
        "It is a model and no promise: measure before and after (step 8).".to_owned(),
    ]
}

pub(super) fn model(answers: &Answers, (slots, processes): (u32, u32)) -> Model {
    Model {
        formulas: vec![
            format!(
                "sync: requests/s = {BUSY} × min(places ÷ (waits + {COMPUTING} ms), processes ÷ {COMPUTING} ms)"
            ),
            format!(
                "async: requests/s = {BUSY} × processes × min(1 ÷ {COMPUTING} ms, {CONNECTIONS} connections ÷ time in the request's thread)"
            ),
            "places needed at a time = requests/s × seconds per request (Little's law)".to_owned(),
        ],
        assumptions: assumptions(),
        slots,
        processes,
        traffic: answers.traffic.unwrap_or(USUAL_TRAFFIC),
    }
}

/// Requests per second: with today's places, and of as many async processes.
pub(super) fn capacity(
    before: f64,
    waits: &[ViewWait],
    (slots, processes): (u32, u32),
) -> (f64, f64) {
    let processes = f64::from(processes);
    let by_places = f64::from(slots) * 1000.0 / (before + COMPUTING);
    let sync = BUSY * by_places.min(processes * 1000.0 / COMPUTING);
    let in_thread: f64 = waits
        .iter()
        .filter(|wait| needs_the_thread(wait))
        .map(|wait| wait.after.1 - wait.after.0)
        .sum();
    let by_computing = 1000.0 / COMPUTING;
    let by_threads = if in_thread > 0.0 {
        CONNECTIONS * 1000.0 / in_thread
    } else {
        f64::INFINITY
    };
    (sync, BUSY * processes * by_computing.min(by_threads))
}

/// True for what runs in the request's own thread, where Django's connections are.
fn needs_the_thread(wait: &ViewWait) -> bool {
    matches!(
        wait.effect,
        Effect::Query | Effect::Session | Effect::Template
    ) || wait.form == unblocked_rewriter::WaitForm::Thread
}

#[cfg(test)]
mod tests {
    use unblocked_rewriter::{Range, WaitForm};

    use super::*;
    use crate::data::Place;

    fn wait(effect: Effect, form: WaitForm, ms: f64) -> ViewWait {
        ViewWait {
            id: String::new(),
            effect,
            label: String::new(),
            place: Place::new("views.py", "", Range { start: 0, end: 0 }),
            chain: Vec::new(),
            in_loop: false,
            is_conditional: false,
            is_counted: true,
            is_certain: true,
            form,
            duration: ms,
            times: 1,
            before: (0.0, ms),
            after: (0.0, ms),
            overlapped: (0.0, ms),
        }
    }

    #[test]
    fn http_holds_no_place_in_async_code_and_queries_do() {
        let (sync, after) = capacity(
            995.0,
            &[wait(Effect::Http, WaitForm::Native, 995.0)],
            (4, 1),
        );
        assert!((sync - 2.8).abs() < 1e-9);
        assert!((after - 140.0).abs() < 1e-9);
        let (_, queries) = capacity(
            995.0,
            &[wait(Effect::Query, WaitForm::Native, 995.0)],
            (4, 1),
        );
        assert!(queries < 15.0);
        let (_, threads) = capacity(
            995.0,
            &[wait(Effect::Http, WaitForm::Thread, 995.0)],
            (4, 1),
        );
        assert!(threads < 15.0);
    }
}
