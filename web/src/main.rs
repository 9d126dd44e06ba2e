//! The page of Django Unblocked, and the worker that its engine runs in: one wasm module for both.

mod components;
mod engine;
mod examples;
mod hooks;
mod host;
mod markdown;
mod state;

use wasm_bindgen::prelude::*;

/// Shows the page. Called by the start-up script.
#[wasm_bindgen]
pub fn page(host: JsValue) {
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

/// Runs the engine. Called by the worker's script.
#[wasm_bindgen]
pub fn worker() {
    engine::worker::start();
}

/// Nothing happens by itself: the same module is loaded by the page and by the worker.
fn main() {}
