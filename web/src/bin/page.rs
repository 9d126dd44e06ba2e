//! The page's module.

use wasm_bindgen::prelude::*;

/// Shows the page. Called by the start-up script.
#[wasm_bindgen]
pub fn page(host: JsValue) {
    unblocked_web::show(host);
}

/// Nothing happens by itself.
fn main() {}
