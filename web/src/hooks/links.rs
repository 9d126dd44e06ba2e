//! Opens links to work: the one that the page was opened with, and those that are opened in it later.

use serde::Deserialize;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

use super::Dispatch;
use crate::host::Host;
use crate::state::{Action, Document, State, Unreadable, VERSION};

/// What an address holds.
#[derive(Deserialize)]
struct Link {
    version: u32,
    /// What it unfolds to, unless it is damaged.
    text: Option<String>,
}

/// What the page starts with.
#[derive(Deserialize)]
pub(crate) struct First {
    link: Option<Link>,
    saved: Option<String>,
}

impl First {
    /// The work that was saved on an earlier visit.
    pub(crate) fn saved(&self) -> Option<Document> {
        Document::read(self.saved.as_deref()?).ok()
    }
}

/// What the page starts with.
pub(crate) fn first(host: &Host) -> First {
    serde_wasm_bindgen::from_value(host.first()).unwrap_or(First {
        link: None,
        saved: None,
    })
}

fn open(link: Link, dispatch: &Dispatch) {
    let document = match link.text {
        _ if link.version > VERSION => Err(Unreadable::Newer),
        Some(text) => Document::read(&text),
        None => Err(Unreadable::Damaged),
    };
    dispatch.dispatch(match document {
        Ok(document) => Action::OpenDocument {
            title: "the link".to_owned(),
            document: Box::new(document),
        },
        Err(reason) => Action::Notify(reason.message("This link")),
    });
}

/// Opens links to work.
#[hook]
pub(crate) fn use_links(host: &Host, state: &UseReducerHandle<State>) {
    let (host, dispatch) = (host.clone(), state.dispatcher());
    use_effect_with((), move |()| {
        if let Some(link) = first(&host).link {
            open(link, &dispatch);
        }
        let opened = Closure::<dyn FnMut(JsValue)>::new(move |link| {
            if let Ok(link) = serde_wasm_bindgen::from_value(link) {
                open(link, &dispatch);
            }
        });
        host.on_link(&opened);
        opened.forget();
    });
}
