//! The guide's link in the address, and its answers in the browser's storage.

use unblocked_guide::Answers;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

use crate::state::{Action, GuideAction, State};

const ANSWERS: &str = "unblocked.answers";

/// The part that a fragment names: `#step=views`, `#pitfall=middleware`, `#rule=orm/async-for`.
fn part_of(fragment: &str) -> Option<String> {
    let fragment = fragment.trim_start_matches('#');
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '/' | '_'))
    };
    match fragment.split_once('=')? {
        ("step", step) if is_name(step) => Some(step.to_owned()),
        (kind @ ("rule" | "pitfall"), name) if is_name(name) => Some(format!("{kind}:{name}")),
        _ => None,
    }
}

/// The fragment that names a part.
pub(crate) fn fragment_of(part: &str) -> String {
    match part.split_once(':') {
        Some((kind, name)) => format!("{kind}={name}"),
        None => format!("step={part}"),
    }
}

fn fragment() -> Option<String> {
    web_sys::window()?.location().hash().ok()
}

fn remembered() -> Option<Answers> {
    let text = super::storage()?.get_item(ANSWERS).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// Keeps address and guide in step, and remembers the answers.
#[hook]
pub(crate) fn use_guide(state: &UseReducerHandle<State>) {
    {
        let dispatch = state.dispatcher();
        use_effect_with((), move |()| {
            if let Some(answers) = remembered() {
                dispatch.dispatch(Action::Guide(GuideAction::Remember(answers)));
            }
            let follow = {
                let dispatch = dispatch.clone();
                move || {
                    if let Some(part) = fragment().as_deref().and_then(part_of) {
                        dispatch.dispatch(Action::Guide(GuideAction::Show(Some(part))));
                    }
                }
            };
            follow();
            let listener = Closure::<dyn FnMut()>::new(follow);
            let function: js_sys::Function = listener
                .as_ref()
                .unchecked_ref::<js_sys::Function>()
                .clone();
            if let Some(window) = web_sys::window() {
                let _ = window.add_event_listener_with_callback("hashchange", &function);
            }
            move || {
                if let Some(window) = web_sys::window() {
                    let _ = window.remove_event_listener_with_callback("hashchange", &function);
                }
                drop(listener);
            }
        });
    }
    let first = use_mut_ref(|| true);
    use_effect_with(state.guide.part.clone(), move |part| {
        // What the address says when the page opens is taken over, not overwritten.
        if std::mem::take(&mut *first.borrow_mut()) {
            return;
        }
        let Some(location) = web_sys::window().map(|window| window.location()) else {
            return;
        };
        let now = location.hash().unwrap_or_default();
        match part {
            Some(part) if part_of(&now).as_ref() != Some(part) => {
                let _ = location.set_hash(&fragment_of(part));
            }
            None if part_of(&now).is_some() => {
                let _ = location.set_hash("");
            }
            _ => {}
        }
    });
    use_effect_with(state.guide.answers.clone(), |answers| {
        // Where storage is refused the answers last as long as the page.
        if let (Some(storage), Ok(text)) = (super::storage(), serde_json::to_string(answers))
            && *answers != Answers::default()
        {
            let _ = storage.set_item(ANSWERS, &text);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_linked_by_fragments() {
        for part in [
            "views",
            "checklist",
            "pitfall:middleware",
            "rule:orm/async-for",
        ] {
            let fragment = format!("#{}", fragment_of(part));
            assert_eq!(part_of(&fragment).as_deref(), Some(part));
        }
        for fragment in [
            "",
            "#",
            "#v1.abc",
            "#step=",
            "#step=<b>",
            "#pitfall=",
            "#other=views",
        ] {
            assert_eq!(part_of(fragment), None, "{fragment}");
        }
    }
}
