//! What the components share: the engine, the editors, the colors.

mod commands;
mod guide;
mod keys;
mod links;
mod panes;
mod rules;
mod storage;

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

pub(crate) use commands::{Commands, copy, use_commands};
pub(crate) use guide::{fragment_of, use_guide};
pub(crate) use keys::use_keys;
pub(crate) use links::{first, use_links};
pub(crate) use panes::use_panes;
pub(crate) use rules::use_rules;
pub(crate) use storage::use_storage;

use crate::engine::client::{Client, Told};
use crate::host::Host;
use crate::state::{FileId, State, Theme};

/// Where actions go.
pub(crate) type Dispatch = UseReducerDispatcher<State>;

/// A handle on the engine, there once the page is.
#[derive(Clone, Default)]
pub(crate) struct EngineRef(Rc<RefCell<Option<Client>>>);

impl EngineRef {
    /// Where the name at a place of a file's generated text is in its text before.
    pub(crate) fn place_before(&self, file: FileId, after: usize) -> Option<usize> {
        self.0.borrow().as_ref()?.place_before(file, after)
    }

    /// Asks what the name at a place of a file's text before means. `answer` gets it, once the engine has time; never if
    /// the engine is stopped meanwhile.
    pub(crate) fn ask(
        &self,
        file: FileId,
        offset: usize,
        answer: impl FnOnce(Option<Told>) + 'static,
    ) {
        if let Some(client) = &*self.0.borrow() {
            client.ask(file, offset, answer);
        }
    }
}

/// Keeps the engine in step with the state.
#[hook]
pub(crate) fn use_engine(host: &Host, state: &UseReducerHandle<State>) -> EngineRef {
    let engine = (*use_memo((), |()| EngineRef::default())).clone();
    let client = engine.0.clone();
    {
        let (client, host) = (client.clone(), host.clone());
        let dispatch = state.dispatcher();
        use_effect_with((), move |()| {
            *client.borrow_mut() = Some(Client::start(host, dispatch));
        });
    }
    let state = state.clone();
    use_effect(move || {
        if let Some(client) = &*client.borrow() {
            client.sync(&state);
        }
    });
    engine
}

const THEME: &str = "unblocked.theme";
const UNIFIED: &str = "unblocked.unified";

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The colors that were chosen on an earlier visit.
pub(crate) fn remembered_theme() -> Theme {
    match storage().and_then(|storage| storage.get_item(THEME).ok().flatten()) {
        Some(theme) if theme == "light" => Theme::Light,
        Some(theme) if theme == "dark" => Theme::Dark,
        _ => Theme::Auto,
    }
}

/// Whether both texts were shown as one on an earlier visit.
pub(crate) fn remembered_unified() -> bool {
    storage()
        .and_then(|storage| storage.get_item(UNIFIED).ok().flatten())
        .is_some()
}

/// Remembers whether both texts are shown as one.
#[hook]
pub(crate) fn use_unified(unified: bool) {
    use_effect_with(unified, |unified| {
        if let Some(storage) = storage() {
            let _ = if *unified {
                storage.set_item(UNIFIED, "yes")
            } else {
                storage.remove_item(UNIFIED)
            };
        }
    });
}

/// Shows the chosen colors and remembers them.
#[hook]
pub(crate) fn use_theme(theme: Theme) {
    use_effect_with(theme, |theme| {
        let name = match theme {
            Theme::Auto => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        };
        let root: Option<Element> = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            let _ = match name {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
        // Where storage is refused the choice lasts as long as the page.
        if let Some(storage) = storage() {
            let _ = match name {
                Some(name) => storage.set_item(THEME, name),
                None => storage.remove_item(THEME),
            };
        }
    });
}
