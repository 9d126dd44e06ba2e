//! Keeps the work between visits, and what is replaced as snapshots.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Dispatch;
use crate::host::Host;
use crate::state::{Action, Document, FileId, State};

/// Milliseconds without a change after which the work is saved.
const CALM: u32 = 400;

/// What makes one state of the work differ from another, without looking at the texts.
#[derive(Clone, PartialEq)]
struct Fingerprint {
    files: Vec<(FileId, String, u32, Option<*const u8>)>,
    active: FileId,
    options: u32,
}

impl Fingerprint {
    fn of(state: &State) -> Self {
        Self {
            files: state
                .files
                .iter()
                .map(|file| {
                    let edited = file.after.edited.as_ref().map(|text| text.as_ptr());
                    (file.id, file.path.clone(), file.revision, edited)
                })
                .collect(),
            active: state.active,
            options: state.options_revision,
        }
    }
}

#[derive(Default)]
struct Keeper {
    /// What was saved or is to be, and the state that it was. A state of its own: a handle shows the newest.
    last: Option<(Fingerprint, State)>,
    due: Option<Timeout>,
    warned: Rc<std::cell::Cell<bool>>,
}

/// Bytes that are written at a stretch: more would keep the page from drawing.
const AT_ONCE: usize = 200_000;

/// The document as text.
async fn write(host: &Host, document: Document) -> JsValue {
    let pieces = js_sys::Array::new();
    let mut piece = String::new();
    for part in document.pieces() {
        piece.push_str(&part);
        if piece.len() > AT_ONCE {
            pieces.push(&JsValue::from_str(&piece));
            piece.clear();
            host.pause().await;
        }
    }
    pieces.push(&JsValue::from_str(&piece));
    pieces.join("").into()
}

/// Saves what the state is now.
fn save(host: &Host, state: &State, dispatch: &Dispatch, warned: &Rc<std::cell::Cell<bool>>) {
    let (host, warned, dispatch) = (host.clone(), Rc::clone(warned), dispatch.clone());
    let document = state.document();
    spawn_local(async move {
        let text = write(&host, document).await;
        if !host.save(&text).await.is_truthy() && !warned.replace(true) {
            dispatch.dispatch(Action::Notify(
                "This browser does not keep your work: its storage is full or blocked. Share it as a link or a file before you leave.".to_owned(),
            ));
        }
    });
}

/// Keeps the work between visits.
#[hook]
pub(crate) fn use_storage(host: &Host, state: &UseReducerHandle<State>) {
    let keeper = use_mut_ref(Keeper::default);
    {
        // What is due is saved before the page may go away.
        let (host, keeper, dispatch) = (host.clone(), keeper.clone(), state.dispatcher());
        use_effect_with((), move |()| {
            let saver = host.clone();
            let leave = Closure::<dyn FnMut()>::new(move || {
                let mut keeper = keeper.borrow_mut();
                if keeper.due.take().is_some()
                    && let Some((_, state)) = &keeper.last
                {
                    save(&saver, state, &dispatch, &keeper.warned);
                }
            });
            host.on_leave(&leave);
            leave.forget();
        });
    }
    let (host, state) = (host.clone(), state.clone());
    use_effect(move || {
        let now = Fingerprint::of(&state);
        let mut keeper = keeper.borrow_mut();
        let Some((known, earlier)) = keeper.last.take() else {
            keeper.last = Some((now, (*state).clone()));
            return;
        };
        if known == now {
            keeper.last = Some((known, earlier));
            return;
        }
        let opened = earlier.generation != state.generation;
        if opened && earlier.is_own() {
            let (host, document) = (host.clone(), earlier.document());
            let title = "Before other work was opened";
            spawn_local(async move {
                let text = write(&host, document).await;
                host.keep(title, &text, false).await;
            });
        }
        if !opened {
            host.drop_link();
        }
        if state.is_own() {
            let (host, warned) = (host.clone(), Rc::clone(&keeper.warned));
            let state = state.clone();
            keeper.due = Some(Timeout::new(CALM, move || {
                save(&host, &state, &state.dispatcher(), &warned);
            }));
        }
        keeper.last = Some((now, (*state).clone()));
    });
}
