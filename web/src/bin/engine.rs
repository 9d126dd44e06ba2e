//! The engine's module: what a worker needs to migrate.

use wasm_bindgen::prelude::*;

/// Runs the engine. Called by the worker's script.
#[wasm_bindgen]
pub fn worker() {
    unblocked_web::start_engine();
}

/// Nothing happens by itself.
fn main() {}
