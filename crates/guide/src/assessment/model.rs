//! Requests per worker: a simple model, with its formulas and what it takes for granted.

use unblocked_django::Effect;
use unblocked_rewriter::WaitForm;

use super::{Model, ViewWait};
use crate::answers::Answers;

/// Milliseconds of computing that a request costs besides its waits.
pub(super) const COMPUTING: f64 = 5.0;

/// Database connections that an async process uses at the same time.
pub(crate) const CONNECTIONS: u32 = 20;

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
        format!("Under an ASGI server each synchronous request has a thread of its own: {CONNECTIONS} for each process are reckoned with, unless you say how many requests are served at the same time."),
        "What waits on the event loop (in an async view) holds up the whole process.".to_owned(),
        format!("A place is busy {:.0} % of its time at most. Beyond that, queues grow fast.", BUSY * 100.0),
        "Each wait takes the latency that is given for it, whatever the load: the services behind it keep up.".to_owned(),
        "Of branches that exclude each other the first one is reckoned with, and every loop runs the same number of rounds.".to_owned(),
        "It is a model and no promise: measure before and after (step 8).".to_owned(),
    ]
}

pub(super) fn model(answers: &Answers, serving: Serving) -> Model {
    Model {
        formulas: vec![
            format!(
                "sync: requests/s = {BUSY} × min(places ÷ (waits + {COMPUTING} ms), processes ÷ {COMPUTING} ms)"
            ),
            format!(
                "async: requests/s = {BUSY} × processes × min(1 ÷ ({COMPUTING} ms + waits on the loop), {CONNECTIONS} connections ÷ time in the request's thread)"
            ),
            "places needed at a time = requests/s × seconds per request (Little's law)".to_owned(),
        ],
        assumptions: assumptions(),
        slots: serving.slots,
        processes: serving.processes,
        traffic: answers.traffic.unwrap_or(USUAL_TRAFFIC),
    }
}

/// How requests are served today.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Serving {
    /// Requests at the same time.
    pub(crate) slots: u32,
    /// The processes that they are in.
    pub(crate) processes: u32,
    /// An event loop serves async views already.
    pub(crate) is_asgi: bool,
}

impl Serving {
    /// Requests per second of a view as it is.
    pub(super) fn today(self, is_async: bool, waits: &[ViewWait], before: f64) -> f64 {
        if is_async && self.is_asgi {
            return self.in_async(waits);
        }
        let by_places = f64::from(self.slots) * 1000.0 / (before + COMPUTING);
        BUSY * by_places.min(f64::from(self.processes) * 1000.0 / COMPUTING)
    }

    /// Requests per second of an async view that waits on the event loop, which stands still meanwhile.
    pub(super) fn on_the_loop(self, before: f64) -> f64 {
        BUSY * f64::from(self.processes) * 1000.0 / (before + COMPUTING)
    }

    /// Requests per second of an async view, in as many async processes.
    pub(super) fn in_async(self, waits: &[ViewWait]) -> f64 {
        let time = |picks: fn(&ViewWait) -> bool| -> f64 {
            waits
                .iter()
                .filter(|wait| picks(wait))
                .map(|wait| wait.after.1 - wait.after.0)
                .sum()
        };
        let on_the_loop = time(|wait| wait.form == WaitForm::Left);
        let in_thread = time(needs_the_thread);
        let by_loop = 1000.0 / (COMPUTING + on_the_loop);
        let by_threads = if in_thread > 0.0 {
            f64::from(CONNECTIONS) * 1000.0 / in_thread
        } else {
            f64::INFINITY
        };
        BUSY * f64::from(self.processes) * by_loop.min(by_threads)
    }
}

/// True for what runs in the request's own thread, where Django's connections are.
fn needs_the_thread(wait: &ViewWait) -> bool {
    wait.form != WaitForm::Left
        && (wait.form == WaitForm::Thread
            || matches!(
                wait.effect,
                Effect::Query | Effect::Session | Effect::Template
            ))
}

#[cfg(test)]
mod tests {
    use unblocked_rewriter::Range;

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

    const WSGI: Serving = Serving {
        slots: 4,
        processes: 1,
        is_asgi: false,
    };

    #[test]
    fn http_holds_no_place_in_async_code_and_queries_do() {
        assert!((WSGI.today(false, &[], 995.0) - 2.8).abs() < 1e-9);
        let http = WSGI.in_async(&[wait(Effect::Http, WaitForm::Native, 995.0)]);
        assert!((http - 140.0).abs() < 1e-9);
        let queries = WSGI.in_async(&[wait(Effect::Query, WaitForm::Native, 995.0)]);
        assert!(queries < 15.0);
        let threads = WSGI.in_async(&[wait(Effect::Http, WaitForm::Thread, 995.0)]);
        assert!(threads < 15.0);
    }

    #[test]
    fn what_waits_on_the_loop_holds_up_its_process() {
        let asgi = Serving {
            is_asgi: true,
            ..WSGI
        };
        let waits = [wait(Effect::Http, WaitForm::Left, 995.0)];
        assert!((asgi.on_the_loop(995.0) - 0.7).abs() < 1e-9);
        assert!((asgi.in_async(&waits) - 0.7).abs() < 1e-9);
        // Under WSGI it holds a place, as a synchronous view does.
        assert!((WSGI.today(true, &waits, 995.0) - 2.8).abs() < 1e-9);
    }
}
