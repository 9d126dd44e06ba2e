//! The page of Django Unblocked, and the workers that its engine runs in. Each is a WebAssembly module of its own, see
//! `bin/`, so that what is painted first waits for nothing that it does not need.

mod components;
mod engine;
mod examples;
mod hooks;
mod host;
mod markdown;
mod state;

use wasm_bindgen::prelude::*;

pub use engine::worker::{start as start_engine, start_with_guide};

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
    serde_json::to_string(&unblocked_rewriter::rules()).unwrap_or_default()
}
