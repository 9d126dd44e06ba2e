//! The page of Django Unblocked, and the workers that its engine runs in. Each is a WebAssembly module of its own, see
//! `bin/`, so that what is painted first waits for nothing that it does not need.

mod components;
mod engine;
mod examples;
mod guide_view;
mod hooks;
mod host;
mod markdown;
mod state;

use wasm_bindgen::prelude::*;

pub(crate) use guide_view::Shown;

pub use engine::worker::{start as start_engine, start_with_guide};
pub use guide_view::GuideView;

/// Shows the page, which gets from `host` what only JavaScript has.
pub fn show(host: JsValue) {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        let props = components::AppProps {
            host: host.unchecked_into(),
        };
        yew::Renderer::<components::App>::with_root_and_props(root, props).render();
    }
}

/// What the rules say of themselves, as the page reads it.
#[must_use]
pub fn rules() -> String {
    let docs: Vec<state::RuleDocs> = unblocked_rewriter::rules()
        .into_iter()
        .map(|rule| state::RuleDocs {
            docs: markdown::parse(&rule.docs),
            name: rule.name,
        })
        .collect();
    serde_json::to_string(&docs).unwrap_or_default()
}
