//! What JavaScript sees. The types of what goes in and out are in `package/types.d.ts`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use unblocked_guide::Answers;
use unblocked_rewriter::Options;
use wasm_bindgen::prelude::*;

use crate::{Analysis, Session};

/// The engine over a set of files.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    session: Session,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without files.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces its whole text. `path` uses `/` between folders.
    #[wasm_bindgen(js_name = setFile)]
    pub fn set_file(&mut self, path: &str, text: &str) {
        self.session.set_file(path, text);
    }

    /// Replaces `from..to` of a file's text. Returns false, and changes nothing, when that does not fit the text.
    #[wasm_bindgen(js_name = editFile)]
    pub fn edit_file(&mut self, path: &str, from: usize, to: usize, insert: &str) -> bool {
        self.session.edit_file(path, from, to, insert)
    }

    /// Removes a file.
    #[wasm_bindgen(js_name = removeFile)]
    pub fn remove_file(&mut self, path: &str) {
        self.session.remove_file(path);
    }

    /// What waits and what would fail in the files at hand. What `options` leaves out has its default.
    ///
    /// # Errors
    ///
    /// When `options` names something that does not exist, such as a version of Django.
    pub fn analyze(&self, options: JsValue) -> Result<JsValue, JsError> {
        let report = self.session.migrate(&given(options, "option")?);
        to_js(&Analysis::from(report))
    }

    /// Migrates the files at hand. What `options` leaves out has its default.
    ///
    /// # Errors
    ///
    /// As with [`Engine::analyze`].
    pub fn migrate(&self, options: JsValue) -> Result<JsValue, JsError> {
        to_js(&self.session.migrate(&given(options, "option")?))
    }

    /// The guide for the files at hand: assessment, steps, pitfalls, checklist and files. What `answers` leaves out is
    /// read from the code, or has its default.
    ///
    /// # Errors
    ///
    /// When `options` or `answers` name something that does not exist.
    pub fn guide(&self, options: JsValue, answers: JsValue) -> Result<JsValue, JsError> {
        let options: Options = given(options, "option")?;
        let answers: Answers = given(answers, "answer")?;
        let (_, guide) = self.session.migrate_and_guide(&options, &answers);
        to_js(&guide)
    }

    /// Every rule, by name, with its documentation.
    ///
    /// # Errors
    ///
    /// Never in practice: when an answer could not be made into JavaScript values.
    pub fn rules() -> Result<JsValue, JsError> {
        to_js(&unblocked_rewriter::rules())
    }
}

/// What was given, over the defaults. A name that does not exist is an error: left out in silence, it would have none of the
/// effect that was meant.
fn given<T: DeserializeOwned + Serialize + Default>(
    value: JsValue,
    what: &str,
) -> Result<T, JsError> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    let default: js_sys::Object = to_js(&T::default())?.unchecked_into();
    let known = js_sys::Object::keys(&default);
    if let Some(object) = value.dyn_ref::<js_sys::Object>() {
        for name in js_sys::Object::keys(object).iter() {
            if !known.includes(&name, 0) {
                let name = name.as_string().unwrap_or_default();
                let known = known.join(", ").as_string().unwrap_or_default();
                return Err(JsError::new(&format!(
                    "there is no {what} `{name}`; there are {known}"
                )));
            }
        }
    }
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        let text = error.to_string();
        JsError::new(text.trim_start_matches("Error: "))
    })
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsError> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|error| JsError::new(&error.to_string()))
}
