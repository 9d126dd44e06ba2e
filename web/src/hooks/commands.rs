//! What the user asks for that takes time or leaves the page: clipboard, files.

use gloo_timers::callback::Timeout;
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;
use web_sys::FileList;
use yew::prelude::*;

use super::panes::PanesRef;
use crate::host::Host;
use crate::state::{Action, NewFile, State};

/// The largest file that is taken, in bytes of its text.
const LARGEST: usize = 20_000_000;

/// What the user can ask for.
pub(crate) struct Commands {
    /// Copies the after text.
    pub(crate) copy: Callback<MouseEvent>,
    /// Whether that has just been done.
    pub(crate) copied: bool,
    /// Downloads the after text.
    pub(crate) download: Callback<MouseEvent>,
    /// Takes the clipboard's text as the before text.
    pub(crate) paste: Callback<MouseEvent>,
    /// Opens files.
    pub(crate) open: Callback<FileList>,
}

/// A file as the start-up script reads it.
#[derive(Deserialize)]
struct ReadFile {
    path: String,
    text: Option<String>,
}

/// What the user can ask for.
#[hook]
pub(crate) fn use_commands(
    host: &Host,
    state: &UseReducerHandle<State>,
    panes: &PanesRef,
) -> Commands {
    let copied = use_state(|| None::<Timeout>);
    let copy = {
        let (host, state, copied) = (host.clone(), state.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(text) = state.active_file().map(|file| file.raw_after()) else {
                return;
            };
            let (host, dispatch, copied) = (host.clone(), state.dispatcher(), copied.clone());
            spawn_local(async move {
                if host.copy(&text).await.is_truthy() {
                    let reset = copied.clone();
                    copied.set(Some(Timeout::new(2000, move || reset.set(None))));
                } else {
                    dispatch.dispatch(Action::Notify(
                        "The browser refused the clipboard. Select the code and copy it by hand."
                            .to_owned(),
                    ));
                }
            });
        })
    };
    let download = {
        let (host, state) = (host.clone(), state.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(file) = state.active_file() {
                host.download(file.name(), &file.raw_after());
            }
        })
    };
    let paste = {
        let (host, panes, dispatch) = (host.clone(), panes.clone(), state.dispatcher());
        Callback::from(move |_: MouseEvent| {
            let (host, panes, dispatch) = (host.clone(), panes.clone(), dispatch.clone());
            spawn_local(async move {
                match host.paste().await.as_string() {
                    Some(raw) => {
                        if let Some(panes) = &*panes.borrow() {
                            panes.paste(&raw);
                        }
                    }
                    None => dispatch.dispatch(Action::Notify(
                        "The browser keeps the clipboard to itself. Click into the pane and paste with the keyboard."
                            .to_owned(),
                    )),
                }
            });
        })
    };
    let open = {
        let (host, dispatch) = (host.clone(), state.dispatcher());
        Callback::from(move |files: FileList| {
            let (host, dispatch) = (host.clone(), dispatch.clone());
            spawn_local(async move {
                let read = host.read(&files).await;
                let read: Vec<ReadFile> = serde_wasm_bindgen::from_value(read).unwrap_or_default();
                let mut taken = Vec::new();
                let mut refused = Vec::new();
                for file in read {
                    match file.text {
                        Some(text) if text.len() <= LARGEST => {
                            taken.push(NewFile::new(&file.path, &text));
                        }
                        Some(_) => refused.push(format!("{} is too large", file.path)),
                        None => refused.push(format!("{} is not UTF-8 text", file.path)),
                    }
                }
                if !taken.is_empty() {
                    dispatch.dispatch(Action::Add(taken));
                }
                if !refused.is_empty() {
                    dispatch.dispatch(Action::Notify(format!(
                        "Not opened: {}.",
                        refused.join(", ")
                    )));
                }
            });
        })
    };
    Commands {
        copied: copied.is_some(),
        copy,
        download,
        paste,
        open,
    }
}
