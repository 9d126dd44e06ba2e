//! The engine with the guide: the module of the worker that takes over when the guide is opened.

use wasm_bindgen::prelude::*;

/// Runs the engine. Called by the worker's script.
#[wasm_bindgen]
pub fn worker() {
    unblocked_web::start_with_guide();
}

/// What the rules say of themselves. Called when the site is built, which makes a file of it.
#[wasm_bindgen]
#[must_use]
pub fn rules() -> String {
    unblocked_web::rules()
}

/// Nothing happens by itself.
fn main() {}
