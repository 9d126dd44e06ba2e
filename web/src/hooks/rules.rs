//! What the rules say of themselves is loaded when somebody may want to read it.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::host::Host;
use crate::state::{Action, State};

/// Loads what the rules say of themselves.
#[hook]
pub(crate) fn use_rules(host: &Host, state: &UseReducerHandle<State>) {
    let is_wanted = state.rules.is_none() && state.selected.is_some();
    let (host, dispatch) = (host.clone(), state.dispatcher());
    // Where it can't be loaded the next occasion is the next attempt.
    use_effect_with(is_wanted, move |is_wanted| {
        if *is_wanted {
            spawn_local(async move {
                let text = host.rules().await.as_string();
                if let Some(rules) = text.and_then(|text| serde_json::from_str(&text).ok()) {
                    dispatch.dispatch(Action::Rules(rules));
                }
            });
        }
    });
}
