//! The place of the project's list of files, which a script that is loaded with it fills.

use wasm_bindgen::prelude::*;
use yew::prelude::*;

use crate::hooks::Dispatch;
use crate::host::{Host, ProjectSlot, to_js};
use crate::state::{Action, FileId, State, View};

#[derive(Properties, PartialEq)]
pub(crate) struct ProjectProps {
    pub(crate) host: Host,
    pub(crate) state: UseReducerHandle<State>,
}

/// What is in the list's place, and what it was given last.
struct Filled {
    slot: ProjectSlot,
    given: (u64, FileId),
    _go: Closure<dyn FnMut(u32)>,
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.slot.destroy();
    }
}

/// All files, by what changes in them.
#[component]
pub(crate) fn Project(props: &ProjectProps) -> Html {
    let place = use_node_ref();
    let filled = use_mut_ref(|| None::<Filled>);
    {
        let (place, state, host) = (place.clone(), props.state.clone(), props.host.clone());
        use_effect(move || {
            let mut filled = filled.borrow_mut();
            let now = (state.rows_hash(), state.active);
            if filled.as_ref().is_some_and(|filled| filled.given == now) {
                return;
            }
            let Some(place) = place.cast::<web_sys::Element>() else {
                return;
            };
            let is_new = filled.as_ref().is_none_or(|filled| filled.given.0 != now.0);
            let filled = filled.get_or_insert_with(|| {
                let dispatch: Dispatch = state.dispatcher();
                let go = Closure::<dyn FnMut(u32)>::new(move |id| {
                    dispatch.dispatch(Action::Activate(FileId(id)));
                    dispatch.dispatch(Action::View(View::After));
                });
                Filled {
                    slot: host.project(&place, &go),
                    given: now,
                    _go: go,
                }
            });
            filled.given = now;
            let rows = if is_new {
                to_js(&state.rows())
            } else {
                JsValue::UNDEFINED
            };
            filled.slot.show(rows, state.active.0);
        });
    }
    html! { <section class="project" id="project" aria-label="Files of the project" ref={place}></section> }
}
