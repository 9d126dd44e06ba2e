//! The guide on the page, shown by the module that has it: an application beside the page's own, which is told what to
//! show and tells what the reader does, both as JSON.

use std::sync::Once;

use serde::{Deserialize, Serialize};
use unblocked_guide::{Answers, Guide};
use wasm_bindgen::prelude::*;
use web_sys::Element;
use yew::prelude::*;

use crate::components::guide::{GuideParts, GuideProps};
use crate::host::Host;
use crate::state::{GuideAction, Shared};

/// What is shown of the guide.
#[derive(Serialize, Deserialize)]
pub(crate) struct Shown {
    /// The part.
    pub(crate) part: String,
    /// What the reader answered.
    pub(crate) answers: Answers,
}

/// The guide in a place on the page.
pub struct GuideView {
    place: Element,
    host: Host,
    act: Callback<GuideAction>,
    guide: Option<Shared<Guide>>,
    rules: Shared<Vec<unblocked_rewriter::RuleInfo>>,
    shown: Option<yew::AppHandle<GuideParts>>,
}

impl GuideView {
    /// A guide in `place`; `act` gets what the reader does, as JSON.
    #[must_use]
    pub fn new(place: Element, host: JsValue, act: js_sys::Function) -> Self {
        reserve_root();
        Self {
            place,
            host: host.unchecked_into(),
            act: Callback::from(move |action: GuideAction| {
                if let Ok(text) = serde_json::to_string(&action) {
                    // It is the page's own function, which throws nothing.
                    let _ = act.call1(&JsValue::NULL, &JsValue::from_str(&text));
                }
            }),
            guide: None,
            rules: Shared::new(unblocked_rewriter::rules()),
            shown: None,
        }
    }

    /// Shows a part, of a new guide if that is given.
    pub fn show(&mut self, shown: &str, guide: Option<&str>) {
        if let Some(guide) = guide.and_then(|text| serde_json::from_str(text).ok()) {
            self.guide = Some(Shared::new(guide));
        }
        let (Some(guide), Ok(Shown { part, answers })) =
            (self.guide.clone(), serde_json::from_str(shown))
        else {
            return;
        };
        let props = GuideProps {
            part,
            answers,
            guide,
            rules: self.rules.clone(),
            act: self.act.clone(),
            host: self.host.clone(),
        };
        match &mut self.shown {
            Some(app) => app.update(props),
            None => {
                let place = self.place.clone();
                let app = yew::Renderer::<GuideParts>::with_root_and_props(place, props).render();
                self.shown = Some(app);
            }
        }
    }

    /// Takes it from the page.
    pub fn destroy(self) {
        if let Some(app) = self.shown {
            app.destroy();
        }
    }
}

/// Yew tells the applications of a page apart by numbers, which each module counts by itself. The page has the first
/// one: here it is given to an application that is never seen, so that no event is taken for the other's.
fn reserve_root() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nowhere = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.create_element("div").ok());
        if let Some(nowhere) = nowhere {
            yew::Renderer::<Nothing>::with_root(nowhere).render();
        }
    });
}

#[component]
fn Nothing() -> Html {
    Html::default()
}
