//! The page's end: keeps a worker in step with the state, takes its answers, and replaces it when it fails or hangs.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::{Interval, Timeout};
use serde::Serialize;
use serde_json::value::RawValue;
use unblocked_rewriter::{Meaning, Place};
use wasm_bindgen::prelude::*;
use yew::{UseReducerDispatcher, UseReducerHandle};

use super::ledger::Ledger;
use super::protocol::{Answer, GuideAnswer, Order, Progress, Request, Stage};
use crate::host::{Host, Worker};
use crate::state::{Action, Engine, FileAnswer, FileId, GuideAction, State};

/// Seconds that a worker has to answer, whatever it was sent.
const PATIENCE: u32 = 12;

/// Bytes of code for which it has one second more.
const BYTES_PER_SECOND: usize = 500_000;

/// How often the same code may stop a worker before it is left alone.
const ATTEMPTS: u32 = 2;

/// A worker and the closures that it calls.
struct Running {
    worker: Worker,
    /// Tells it from those before and after it.
    number: u32,
    _on_message: Closure<dyn FnMut(String)>,
    _on_fail: Closure<dyn FnMut()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// What a name means, as the page shows it.
#[derive(Serialize)]
pub(crate) struct Told {
    /// What its value is.
    value: Option<String>,
    /// What becomes of the function that it is.
    told: Option<String>,
    /// The module that it comes from, when that is not at hand.
    missing: Option<String>,
    /// Where it is defined, to be read.
    place: Option<String>,
    /// The same, to go to.
    #[serde(skip)]
    definition: Option<Place>,
}

impl Told {
    fn new(meaning: Meaning, state: Option<&State>) -> Self {
        let told = meaning.function.and_then(|(path, name)| {
            let file = state?.files.iter().find(|file| file.path == path)?;
            let report = file.report.as_ref()?;
            let function = report.functions.iter().find(|it| it.name == name)?;
            let waits = match function.effects.is_empty() {
                true => "waits for nothing".to_owned(),
                false => format!("waits for {}", function.effects.join(", ")),
            };
            Some(format!("`{name}` {waits}: {}", function.reason))
        });
        let place = meaning.definition.as_ref();
        Self {
            value: meaning.value,
            told,
            missing: meaning.missing,
            place: place.map(|place| format!("{}:{}", place.path, place.line)),
            definition: meaning.definition,
        }
    }

    /// Goes to where it is defined, or says why that can't be.
    pub(crate) fn go(self) -> Action {
        match (self.definition, self.missing) {
            (Some(place), _) => Action::Go(place.path, place.range),
            (None, Some(path)) => Action::Notify(format!(
                "{path} is not among the files: add its file to go there."
            )),
            (None, None) => Action::Notify("Where this is defined is not known.".to_owned()),
        }
    }
}

/// Takes what a name means.
type Answered = Box<dyn FnOnce(Option<Told>)>;

struct Inner {
    me: Weak<RefCell<Inner>>,
    host: Host,
    dispatch: UseReducerDispatcher<State>,
    state: Option<UseReducerHandle<State>>,
    running: Option<Running>,
    /// A worker with the guide that is to take over once it is ready.
    next: Option<Running>,
    /// Whether the worker, or the one that takes its place, makes the guide.
    guides: bool,
    /// Counts workers.
    spawned: u32,
    ready: bool,
    ledger: Ledger,
    answered: u32,
    files: Vec<FileAnswer>,
    /// Who waits to be told what a name means.
    asked: Vec<(u32, Answered)>,
    /// Counts what was asked.
    questions: u32,
    /// Seconds since the worker last said anything while something is due.
    waited: u32,
    failures: u32,
    /// What the state was when the engine was given up.
    stopped: Option<Vec<(FileId, u32)>>,
    _clock: Option<Interval>,
    /// Stops an analysis that takes its time.
    cancel: Closure<dyn FnMut()>,
}

/// The page's end of the engine.
pub(crate) struct Client(Rc<RefCell<Inner>>);

/// What decides the outcome: another one is worth another attempt.
fn fingerprint(state: &State) -> Vec<(FileId, u32)> {
    let options = (FileId(0), state.options_revision);
    let files = state.files.iter().map(|file| (file.id, file.revision));
    std::iter::once(options).chain(files).collect()
}

impl Client {
    /// Starts the first worker.
    pub(crate) fn start(host: Host, dispatch: UseReducerDispatcher<State>) -> Self {
        let inner = Rc::new_cyclic(|me: &Weak<RefCell<Inner>>| {
            let cancelled = me.clone();
            let cancel = Closure::<dyn FnMut()>::new(move || {
                if let Some(inner) = cancelled.upgrade() {
                    inner.borrow_mut().stop();
                }
            });
            RefCell::new(Inner {
                me: me.clone(),
                cancel,
                host,
                dispatch,
                state: None,
                running: None,
                next: None,
                guides: false,
                spawned: 0,
                ready: false,
                ledger: Ledger::default(),
                answered: 0,
                files: Vec::new(),
                asked: Vec::new(),
                questions: 0,
                waited: 0,
                failures: 0,
                stopped: None,
                _clock: None,
            })
        });
        let weak = Rc::downgrade(&inner);
        // Counted in ticks and not by the clock: while a computer sleeps nobody waits.
        let clock = Interval::new(1000, move || {
            if let Some(inner) = weak.upgrade() {
                tick(&inner);
            }
        });
        inner.borrow_mut()._clock = Some(clock);
        spawn(&inner);
        Self(inner)
    }

    /// Where the name at a place of a file's generated text is in its text before.
    pub(crate) fn place_before(&self, id: FileId, after: usize) -> Option<usize> {
        let inner = self.0.borrow();
        inner.state.as_ref()?.file(id)?.place_before(after)
    }

    /// Asks what the name at a place of a file's text before means. `answer` gets it, once the engine has time; never if
    /// the engine is stopped meanwhile.
    pub(crate) fn ask(
        &self,
        id: FileId,
        offset: usize,
        answer: impl FnOnce(Option<Told>) + 'static,
    ) {
        let mut inner = self.0.borrow_mut();
        let path = inner
            .state
            .as_ref()
            .and_then(|state| Some(state.file(id)?.path.clone()));
        let (true, Some(path)) = (inner.ready, path) else {
            return;
        };
        inner.questions += 1;
        let question = inner.questions;
        let request = Request {
            number: inner.ledger.number(),
            order: Order::Meaning {
                question,
                path,
                offset,
            },
            more: false,
        };
        if let Some(running) = &inner.running {
            post(&running.worker, &request);
        }
        inner.asked.push((question, Box::new(answer)));
    }

    /// Sends what the worker does not know of `state` yet.
    pub(crate) fn sync(&self, state: &UseReducerHandle<State>) {
        self.0.borrow_mut().state = Some(state.clone());
        if self
            .0
            .borrow()
            .stopped
            .as_ref()
            .is_some_and(|stopped| *stopped != fingerprint(state))
        {
            let mut inner = self.0.borrow_mut();
            inner.stopped = None;
            inner.failures = 0;
            inner.dispatch.dispatch(Action::Engine(Engine::Starting));
            drop(inner);
            spawn(&self.0);
        }
        self.0.borrow_mut().send();
        let prepares = {
            let inner = self.0.borrow();
            state.guide.is_wanted() && !inner.guides && inner.next.is_none()
        };
        if prepares {
            prepare_guide(&self.0);
        }
    }
}

impl Inner {
    /// Forgets what the worker knew: another one takes its place.
    fn reset(&mut self) {
        self.ready = false;
        self.ledger = Ledger::default();
        self.answered = 0;
        self.waited = 0;
        self.files.clear();
        self.asked.clear();
        self.host.progress(None, 0, 0, None);
    }

    fn send(&mut self) {
        let (true, Some(running), Some(state)) = (self.ready, &self.running, &self.state) else {
            return;
        };
        let requests = self.ledger.sync(state);
        if requests.is_empty() {
            return;
        }
        if self.answered == self.ledger.number() - count(&requests) {
            self.waited = 0;
        }
        for request in &requests {
            post(&running.worker, request);
        }
        if state.engine != Engine::Busy {
            self.dispatch.dispatch(Action::Engine(Engine::Busy));
        }
        if self.ledger.has_more() {
            let me = self.me.clone();
            let rest = move || {
                if let Some(inner) = me.upgrade() {
                    inner.borrow_mut().send();
                }
            };
            Timeout::new(0, rest).forget();
        }
    }

    /// Shows how far an analysis has come.
    fn show(&self, progress: Progress) {
        let files = self.state.as_ref().map_or(0, |state| state.files.len());
        let (label, all) = match progress.stage {
            Stage::Read => ("Reading".to_owned(), files),
            Stage::Inferred(1) => ("Analysing".to_owned(), progress.all),
            Stage::Inferred(round) => (format!("Analysing, pass {round}"), progress.all),
            Stage::Planning => ("Planning".to_owned(), progress.all),
            Stage::Written => ("Writing".to_owned(), progress.all),
        };
        let cancel = self.cancel.as_ref().unchecked_ref();
        self.host
            .progress(Some(&label), progress.done, all, Some(cancel));
    }

    /// Gives the code up as the reader wants it, until there is other code or another wish.
    fn stop(&mut self) {
        if self.running.take().is_some() {
            self.reset();
            self.stopped = self.state.as_deref().map(fingerprint);
            self.dispatch.dispatch(Action::Engine(Engine::Stopped));
        }
    }

    /// Whether an answer is due.
    fn waits(&self) -> bool {
        self.running.is_some() && (!self.ready || self.answered < self.ledger.number())
    }

    fn patience(&self) -> u32 {
        let bytes: usize = self
            .state
            .iter()
            .flat_map(|state| &state.files)
            .map(|file| file.before.len())
            .sum();
        PATIENCE + u32::try_from(bytes / BYTES_PER_SECOND).unwrap_or(u32::MAX / 2)
    }

    /// Takes what the worker with this number says.
    fn take(&mut self, worker: u32, answer: Answer) {
        if matches!(answer, Answer::Ready) && is(&self.next, worker) {
            self.reset();
            self.running = self.next.take();
            self.guides = true;
        }
        if !is(&self.running, worker) {
            return;
        }
        self.waited = 0;
        match answer {
            Answer::Ready => {
                self.ready = true;
                self.send();
            }
            Answer::File { options, file } => {
                if self
                    .state
                    .as_ref()
                    .is_some_and(|state| state.options_revision == options)
                {
                    self.files.push(file);
                }
            }
            Answer::Progress(progress) => self.show(progress),
            Answer::Done {
                number,
                options,
                stale,
            } => {
                self.answered = number;
                self.failures = 0;
                self.host.progress(None, 0, 0, None);
                self.dispatch.dispatch(Action::Stale { options, stale });
                self.dispatch.dispatch(Action::Answered {
                    options,
                    files: std::mem::take(&mut self.files),
                    complete: number == self.ledger.number(),
                });
            }
            Answer::Checked {
                number, findings, ..
            } => {
                if let Some((id, text)) = self.ledger.checked(number) {
                    self.dispatch
                        .dispatch(Action::Checked { id, text, findings });
                }
            }
            Answer::Meaning { question, meaning } => {
                if let Some(at) = self.asked.iter().position(|(asked, _)| *asked == question) {
                    let (_, answer) = self.asked.swap_remove(at);
                    let state = self.state.as_deref();
                    answer(meaning.map(|meaning| Told::new(meaning, state)));
                }
            }
            Answer::Lost { path } => {
                self.ledger.lose(&path);
                self.send();
            }
        }
    }
}

fn is(running: &Option<Running>, worker: u32) -> bool {
    running
        .as_ref()
        .is_some_and(|running| running.number == worker)
}

fn count(requests: &[Request]) -> u32 {
    u32::try_from(requests.len()).unwrap_or(u32::MAX)
}

fn post(worker: &Worker, request: &Request) {
    if let Ok(text) = serde_json::to_string(request) {
        worker.post(&text);
    }
}

/// Starts a worker that is called back by `inner`.
fn start(inner: &Rc<RefCell<Inner>>, guides: bool) -> Running {
    let weak: Weak<RefCell<Inner>> = Rc::downgrade(inner);
    let mut inner = inner.borrow_mut();
    inner.spawned += 1;
    let number = inner.spawned;
    let on_message = {
        let weak = weak.clone();
        Closure::<dyn FnMut(String)>::new(move |text: String| {
            let Some(inner) = weak.upgrade() else {
                return;
            };
            if let Ok(answer) = serde_json::from_str(&text) {
                inner.borrow_mut().take(number, answer);
            } else if let Ok(GuideAnswer::<&RawValue>::Guide { revision, guide }) =
                serde_json::from_str(&text)
            {
                let guide = guide.get().to_owned();
                let action = GuideAction::Made { revision, guide };
                inner.borrow().dispatch.dispatch(Action::Guide(action));
            }
        })
    };
    let on_fail = Closure::<dyn FnMut()>::new(move || {
        if let Some(inner) = weak.upgrade() {
            // After this call: the closure is dropped with the worker that it belongs to.
            gloo_timers::callback::Timeout::new(0, move || failed(&inner, number)).forget();
        }
    });
    Running {
        worker: inner.host.spawn_worker(guides, &on_message, &on_fail),
        number,
        _on_message: on_message,
        _on_fail: on_fail,
    }
}

/// Starts the worker that answers from now on.
fn spawn(inner: &Rc<RefCell<Inner>>) {
    let guides = inner.borrow().guides;
    let running = start(inner, guides);
    let mut inner = inner.borrow_mut();
    inner.reset();
    inner.running = Some(running);
}

/// Starts a worker with the guide beside the one that answers now, which goes on until the other is ready.
fn prepare_guide(inner: &Rc<RefCell<Inner>>) {
    let next = start(inner, true);
    inner.borrow_mut().next = Some(next);
}

fn failed(inner: &Rc<RefCell<Inner>>, worker: u32) {
    if is(&inner.borrow().running, worker) {
        replace(inner, false);
    } else if is(&inner.borrow().next, worker) {
        let mut inner = inner.borrow_mut();
        inner.next = None;
        inner.dispatch.dispatch(Action::Guide(GuideAction::Failed));
    }
}

fn tick(inner: &Rc<RefCell<Inner>>) {
    let hung = {
        let mut inner = inner.borrow_mut();
        if inner.waits() {
            inner.waited += 1;
        }
        inner.waits() && inner.waited > inner.patience()
    };
    if hung {
        replace(inner, true);
    }
}

/// Puts a new worker in the place of one that failed or hung.
fn replace(inner: &Rc<RefCell<Inner>>, hung: bool) {
    let gives_up = {
        let mut inner = inner.borrow_mut();
        inner.running = None;
        inner.failures += 1;
        let gives_up = inner.failures > ATTEMPTS;
        if gives_up {
            inner.stopped = inner.state.as_deref().map(fingerprint);
            inner.dispatch.dispatch(Action::Engine(Engine::Stopped));
        } else {
            inner.dispatch.dispatch(Action::Replaced { hung });
        }
        gives_up
    };
    if !gives_up {
        spawn(inner);
    }
}
