//! What the user asks for that takes time or leaves the page: clipboard, files, links.

use gloo_timers::callback::Timeout;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Dispatch;
use super::panes::PanesRef;
use crate::components::grouped;
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
    /// Saves the changed files to the folder that they are from.
    pub(crate) save_back: Callback<()>,
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

/// What is to know when all files are read.
#[derive(Deserialize)]
struct Read {
    /// Those that are too large or too many.
    refused: Vec<String>,
    /// Whether they are a folder or a zip.
    whole: bool,
}

/// Files that are being opened.
#[derive(Default)]
struct Opening {
    actions: Vec<Action>,
    files: Vec<NewFile>,
    unreadable: Vec<String>,
}

/// A file that changes.
#[derive(Serialize)]
struct ChangedFile {
    path: String,
    before: String,
    after: String,
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

impl Opening {
    fn take(&mut self, file: ReadFile) {
        match file.text {
            Some(text) if text.len() > LARGEST => {
                self.unreadable.push(format!("{} is too large", file.path));
            }
            Some(text) if file.path.ends_with(WORK_FILE) => {
                self.actions.push(match Document::read(&text) {
                    Ok(document) => Action::OpenDocument {
                        title: file.path,
                        document: Box::new(document),
                    },
                    Err(reason) => Action::Notify(reason.message(&file.path)),
                });
            }
            Some(text) => self.files.push(NewFile::new(&file.path, &text)),
            None if file.path.to_ascii_lowercase().ends_with(".zip") => self
                .unreadable
                .push(format!("{} can’t be read as a zip", file.path)),
            None => self
                .unreadable
                .push(format!("{} is not UTF-8 text", file.path)),
        }
    }

    /// What becomes of the files.
    fn end(self, read: Read) -> Vec<Action> {
        let (mut actions, files) = (self.actions, self.files);
        let mut unreadable = self.unreadable;
        let refused = read.refused.iter();
        unreadable.extend(refused.map(|path| format!("{path} is too large, or one too many")));
        let left = match unreadable.len() {
            0 => String::new(),
            many => {
                let named = unreadable.iter().take(NAMED);
                let named: Vec<&str> = named.map(String::as_str).collect();
                let rest = match many.saturating_sub(NAMED) {
                    0 => String::new(),
                    rest => format!(", and {rest} more"),
                };
                format!("Not opened: {}{rest}", named.join(", "))
            }
        };
        if !files.is_empty() && read.whole {
            let mut title = match files.len() {
                1 => "1 file".to_owned(),
                many => format!("a project of {} files", grouped(many)),
            };
            if !left.is_empty() {
                title = format!("{title}. {left}");
            }
            actions.push(Action::Open {
                title,
                files,
                whole: true,
            });
            actions.push(Action::Unreadable(unreadable));
            return actions;
        }
        if !files.is_empty() {
            actions.push(Action::Add(files));
        }
        if !left.is_empty() {
            actions.push(Action::Notify(format!("{left}.")));
        } else if read.whole && actions.is_empty() {
            actions.push(Action::Notify("There is no Python file in it.".to_owned()));
        }
        actions
    }
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
                let reading = host.read(&source);
                let mut opening = Opening::default();
                while let Ok(Some(files)) =
                    serde_wasm_bindgen::from_value::<Option<Vec<ReadFile>>>(reading.next().await)
                {
                    files.into_iter().for_each(|file| opening.take(file));
                }
                let actions = match serde_wasm_bindgen::from_value(reading.end()) {
                    Ok(Some(read)) => opening.end(read),
                    _ => vec![Action::Notify(
                        "Stopped. Your work is as it was.".to_owned(),
                    )],
                };
                for action in actions {
                    dispatch.dispatch(action);
                }
            });
        })
    };
    {
        let (host, open) = (host.clone(), open.clone());
        use_effect_with((), move |()| {
            let opened = Closure::<dyn FnMut(JsValue)>::new(move |folder| open.emit(folder));
            host.on_folder(&opened);
            opened.forget();
        });
    }
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
        save_back: with(|host, state| {
            state.dispatch(Action::Panel(None));
            let files: Vec<ChangedFile> = state
                .changed()
                .map(|(file, before, after)| ChangedFile {
                    path: file.path.clone(),
                    before,
                    after,
                })
                .collect();
            if files.is_empty() {
                state.dispatch(Action::Notify(
                    "Nothing changes: there is nothing to save.".to_owned(),
                ));
                return;
            }
            let (host, dispatch) = (host.clone(), state.dispatcher());
            spawn_local(async move {
                if let Some(said) = host.save_back(to_js(&files)).await.as_string() {
                    dispatch.dispatch(Action::Notify(said));
                }
            });
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
                    let kept = host.keep(title, &text.into(), true).await.is_truthy();
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
