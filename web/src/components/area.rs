//! The switch between code and guide, and the place of the guide, which is shown by a module that is loaded with it.

use wasm_bindgen::prelude::*;
use yew::prelude::*;

use crate::hooks::Dispatch;
use crate::host::{GuideSlot, Host};
use crate::state::{Action, GuideAction, GuideState, Shared};

/// The part that is shown first.
const FIRST: &str = "assessment";

#[derive(Properties, PartialEq)]
pub(crate) struct SwitchProps {
    pub(crate) open: bool,
}

/// Code or guide.
#[component]
pub(crate) fn Switch(props: &SwitchProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let button = |open: bool, label: &'static str| {
        let dispatch = dispatch.clone();
        let onclick = move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                let part = open.then(|| FIRST.to_owned());
                dispatch.dispatch(Action::Guide(GuideAction::Show(part)));
            }
        };
        html! { <button aria-pressed={(props.open == open).to_string()} {onclick}>{ label }</button> }
    };
    html! {
        <nav class="areas" aria-label="Area">
            { button(false, "Code") }
            { button(true, "Guide") }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct AreaProps {
    pub(crate) guide: GuideState,
    pub(crate) host: Host,
}

/// What is in the guide's place, and what it was given last.
struct Filled {
    slot: GuideSlot,
    given: Shared<String>,
    _act: Closure<dyn FnMut(String)>,
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.slot.destroy();
    }
}

/// The guide, when it is looked at.
#[component]
pub(crate) fn GuideArea(props: &AreaProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let place = use_node_ref();
    let filled = use_mut_ref(|| None::<Filled>);
    {
        let (place, host, guide) = (place.clone(), props.host.clone(), props.guide.clone());
        let dispatch = dispatch.clone();
        use_effect_with(props.guide.clone(), move |_| {
            let mut filled = filled.borrow_mut();
            let (Some(part), Some(made), Some(place)) =
                (&guide.part, &guide.made, place.cast::<web_sys::Element>())
            else {
                *filled = None;
                return;
            };
            let shown = serde_json::to_string(&crate::Shown {
                part: part.clone(),
                answers: guide.answers.clone(),
            });
            let shown = shown.unwrap_or_default();
            match &mut *filled {
                Some(filled) if filled.given == *made => filled.slot.show(&shown, None),
                Some(filled) => {
                    filled.given = made.clone();
                    filled.slot.show(&shown, Some(made));
                }
                None => {
                    let act = Closure::<dyn FnMut(String)>::new(move |text: String| {
                        if let (Some(dispatch), Ok(action)) =
                            (&dispatch, serde_json::from_str(&text))
                        {
                            dispatch.dispatch(Action::Guide(action));
                        }
                    });
                    let slot = host.guide(&place, &act);
                    slot.show(&shown, Some(made));
                    *filled = Some(Filled {
                        slot,
                        given: made.clone(),
                        _act: act,
                    });
                }
            }
        });
    }
    let Some(part) = &props.guide.part else {
        return Html::default();
    };
    if props.guide.made.is_some() && !props.guide.failed {
        return html! { <section key="made" class="guide" id="guide" role="main" aria-label="Guide" ref={place}></section> };
    }
    let again = {
        let part = part.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                let action = GuideAction::Show(Some(part.clone()));
                dispatch.dispatch(Action::Guide(action));
            }
        })
    };
    html! {
        <section key="wait" class="guide" id="guide" role="main" aria-label="Guide">
            if props.guide.failed {
                <p class="nothing" role="alert">{ "The guide could not be loaded. " }<button onclick={again}>{ "Try again" }</button></p>
            } else {
                <p class="nothing">{ "Making the guide…" }</p>
            }
        </section>
    }
}
