//! The page's keyboard shortcuts.

use wasm_bindgen::prelude::*;
use yew::prelude::*;

use super::Commands;
use crate::host::Host;
use crate::state::{Action, Panel, State};

/// Does what shortcuts stand for. Gives how the control key is called here.
#[hook]
pub(crate) fn use_keys(
    host: &Host,
    state: &UseReducerHandle<State>,
    commands: &Commands,
) -> AttrValue {
    let now = use_mut_ref(|| commands.clone());
    *now.borrow_mut() = commands.clone();
    let control = use_state(|| AttrValue::Static("Ctrl+"));
    let (host, dispatch, setter) = (host.clone(), state.dispatcher(), control.setter());
    use_effect_with((), move |()| {
        let pressed = Closure::<dyn FnMut(String)>::new(move |name: String| match &*name {
            "share" => {
                let share = now.borrow().share.clone();
                share.emit(());
            }
            "commands" => dispatch.dispatch(Action::Panel(Some(Panel::Commands))),
            "undo" => dispatch.dispatch(Action::Undo),
            "redo" => dispatch.dispatch(Action::Redo),
            "keys" => dispatch.dispatch(Action::Panel(Some(Panel::Keys))),
            _ => {}
        });
        setter.set(host.listen_to_keys(&pressed).into());
        pressed.forget();
    });
    (*control).clone()
}
