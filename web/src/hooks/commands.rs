//! What the user asks for that takes time or leaves the page: clipboard, files, links.

use gloo_timers::callback::Timeout;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Dispatch;
use super::panes::PanesRef;
use crate::host::{Host, to_js};
use crate::state::{Action, Document, NewFile, Panel, State};

/// The largest file that is taken, in bytes of its text.
const LARGEST: usize = 20_000_000;

/// How many refused files are named.
const NAMED: usize = 5;

/// What work is called as a file.
const WORK_FILE: &str = ".unblocked.json";

/// What the user can ask for.
#[derive(Clone, PartialEq)]
pub(crate) struct Commands {
    /// Copies the after text.
    pub(crate) copy: Callback<()>,
    /// Whether that has just been done.
    pub(crate) copied: bool,
    /// Downloads the after text.
    pub(crate) download: Callback<()>,
    /// Takes the clipboard's text as the before text.
    pub(crate) paste: Callback<()>,
    /// Opens files: a list of them, or what was dropped.
    pub(crate) open: Callback<JsValue>,
    /// Copies a link to the work, and shows it.
    pub(crate) share: Callback<()>,
    /// Downloads the work.
    pub(crate) download_work: Callback<()>,
    /// Downloads all changes as a patch.
    pub(crate) download_patch: Callback<()>,
    /// Downloads all files after the migration as a zip.
    pub(crate) download_zip: Callback<()>,
    /// Copies all changes as Markdown.
    pub(crate) copy_review: Callback<()>,
    /// Keeps the work as a snapshot of this name; without one it is called a snapshot.
    pub(crate) keep: Callback<String>,
}

/// A file as the start-up script reads it.
#[derive(Deserialize)]
struct ReadFile {
    path: String,
    text: Option<String>,
}

/// Files as the start-up script reads them.
#[derive(Deserialize, Default)]
struct ReadFiles {
    files: Vec<ReadFile>,
    /// Those that are too large or too many.
    refused: Vec<String>,
    /// Whether they are a folder or a zip.
    whole: bool,
}

/// A file of a zip.
#[derive(Serialize)]
struct ZipFile {
    path: String,
    text: String,
}

/// Copies text, and says whether that worked.
pub(crate) fn copy(host: &Host, dispatch: &Dispatch, text: String, done: &'static str) {
    let (host, dispatch) = (host.clone(), dispatch.clone());
    spawn_local(async move {
        let message = if host.copy(&text).await.is_truthy() {
            done
        } else {
            "The browser refused the clipboard. Select the text and copy it by hand."
        };
        dispatch.dispatch(Action::Notify(message.to_owned()));
    });
}

/// What becomes of files that were read.
fn opened(read: ReadFiles) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut taken = Vec::new();
    let mut refused: Vec<String> = read
        .refused
        .iter()
        .map(|path| format!("{path} is too large, or one too many"))
        .collect();
    for file in read.files {
        match file.text {
            Some(text) if text.len() > LARGEST => {
                refused.push(format!("{} is too large", file.path))
            }
            Some(text) if file.path.ends_with(WORK_FILE) => {
                actions.push(match Document::read(&text) {
                    Ok(document) => Action::OpenDocument {
                        title: file.path,
                        document: Box::new(document),
                    },
                    Err(reason) => Action::Notify(reason.message(&file.path)),
                })
            }
            Some(text) => taken.push(NewFile::new(&file.path, &text)),
            None => refused.push(format!("{} is not UTF-8 text", file.path)),
        }
    }
    if !taken.is_empty() {
        actions.push(if read.whole {
            Action::Open {
                title: if taken.len() == 1 {
                    "1 file".to_owned()
                } else {
                    format!("a project of {} files", taken.len())
                },
                files: taken,
                whole: true,
            }
        } else {
            Action::Add(taken)
        });
    } else if read.whole && refused.is_empty() {
        actions.push(Action::Notify("There is no Python file in it.".to_owned()));
    }
    if !refused.is_empty() {
        let rest = refused.len().saturating_sub(NAMED);
        refused.truncate(NAMED);
        let rest = if rest > 0 {
            format!(", and {rest} more")
        } else {
            String::new()
        };
        actions.push(Action::Notify(format!(
            "Not opened: {}{rest}.",
            refused.join(", ")
        )));
    }
    actions
}

/// What the user can ask for.
#[hook]
pub(crate) fn use_commands(
    host: &Host,
    state: &UseReducerHandle<State>,
    panes: &PanesRef,
) -> Commands {
    let copied = use_state(|| None::<Timeout>);
    let with = |act: fn(&Host, &UseReducerHandle<State>)| {
        let (host, state) = (host.clone(), state.clone());
        Callback::from(move |()| act(&host, &state))
    };
    let copy_after = {
        let (host, state, copied) = (host.clone(), state.clone(), copied.clone());
        Callback::from(move |()| {
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
    let paste = {
        let (host, panes, dispatch) = (host.clone(), panes.clone(), state.dispatcher());
        Callback::from(move |()| {
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
        Callback::from(move |source: JsValue| {
            let (host, dispatch) = (host.clone(), dispatch.clone());
            spawn_local(async move {
                let read = host.read(&source).await;
                for action in opened(serde_wasm_bindgen::from_value(read).unwrap_or_default()) {
                    dispatch.dispatch(action);
                }
            });
        })
    };
    Commands {
        copied: copied.is_some(),
        copy: copy_after,
        paste,
        open,
        download: with(|host, state| {
            if let Some(file) = state.active_file() {
                host.download(file.name(), &file.raw_after());
            }
        }),
        share: with(|host, state| {
            state.dispatch(Action::Panel(Some(Panel::Share)));
            let (host, dispatch, text) =
                (host.clone(), state.dispatcher(), state.document().write());
            spawn_local(async move {
                let link = host.link(&text).await.as_string().unwrap_or_default();
                copy(&host, &dispatch, link, "Copied the link.");
            });
        }),
        download_work: with(|host, state| {
            host.download(&format!("work{WORK_FILE}"), &state.document().write());
        }),
        download_patch: with(|host, state| {
            let patch = state.patch();
            if patch.is_empty() {
                state.dispatch(Action::Notify(
                    "Nothing changes: there is no patch.".to_owned(),
                ));
            } else {
                host.download("async.patch", &patch);
            }
        }),
        download_zip: with(|host, state| {
            let files: Vec<ZipFile> = state
                .files
                .iter()
                .map(|file| ZipFile {
                    path: file.path.clone(),
                    text: file.raw_after(),
                })
                .collect();
            host.download_zip("async.zip", to_js(&files));
        }),
        copy_review: with(|host, state| {
            copy(
                host,
                &state.dispatcher(),
                state.review(),
                "Copied the changes as Markdown.",
            );
        }),
        keep: {
            let (host, state) = (host.clone(), state.clone());
            Callback::from(move |name: String| {
                let (host, dispatch, text) =
                    (host.clone(), state.dispatcher(), state.document().write());
                spawn_local(async move {
                    let title = match name.trim() {
                        "" => "Snapshot",
                        name => name,
                    };
                    let kept = host.keep(title, &text, true).await.is_truthy();
                    let message = if kept {
                        format!("Kept “{title}”.")
                    } else {
                        "This browser’s storage is full or blocked: there is no snapshot."
                            .to_owned()
                    };
                    dispatch.dispatch(Action::Notify(message));
                });
            })
        },
    }
}
