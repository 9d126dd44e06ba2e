//! The engine with the guide, and what shows the guide: for the worker that takes over when the guide is opened, and for
//! the page.

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

/// The guide on the page.
#[wasm_bindgen]
pub struct GuideView(unblocked_web::GuideView);

#[wasm_bindgen]
impl GuideView {
    /// A guide in `place`; `act` gets what the reader does, as JSON.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(place: web_sys::Element, host: JsValue, act: js_sys::Function) -> Self {
        Self(unblocked_web::GuideView::new(place, host, act))
    }

    /// Shows a part, of a new guide if that is given.
    pub fn show(&mut self, shown: &str, guide: Option<String>) {
        self.0.show(shown, guide.as_deref());
    }

    /// Takes it from the page.
    pub fn destroy(self) {
        self.0.destroy();
    }
}

/// Nothing happens by itself.
fn main() {}
