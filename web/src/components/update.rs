//! Says that a new version of the page is ready, and takes it when that is wished.

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

use crate::host::Host;

/// Milliseconds in which the work of now is certainly saved.
const SAVED: u32 = 700;

#[derive(Properties, PartialEq)]
pub(crate) struct UpdateProps {
    pub(crate) host: Host,
}

/// Says that a new version of the page is ready.
#[component]
pub(crate) fn Update(props: &UpdateProps) -> Html {
    let take = use_state(|| None::<js_sys::Function>);
    {
        let (take, host) = (take.setter(), props.host.clone());
        use_effect_with((), move |()| {
            let ready = Closure::<dyn FnMut(js_sys::Function)>::new(move |function| {
                take.set(Some(function));
            });
            host.listen_to_updates(&ready);
            ready.forget();
        });
    }
    let Some(function) = &*take else {
        return Html::default();
    };
    let now = {
        let function = function.clone();
        Callback::from(move |_: MouseEvent| {
            let function = function.clone();
            Timeout::new(SAVED, move || {
                let _ = function.call0(&JsValue::NULL);
            })
            .forget();
        })
    };
    html! {
        <div class="banner update-ready" role="status">
            <p>{ "A new version of this page is ready. Your work is kept." }</p>
            <button class="quiet" id="take-update" onclick={now}>{ "Reload with it" }</button>
        </div>
    }
}
