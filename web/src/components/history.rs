//! Snapshots of earlier work, kept by the browser.

use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::dialog::Dialog;
use crate::hooks::{Commands, Dispatch};
use crate::host::Host;
use crate::state::{Action, Document};

#[derive(Clone, PartialEq, Deserialize)]
struct Snapshot {
    id: f64,
    title: String,
    time: f64,
    size: f64,
}

#[derive(Properties, PartialEq)]
pub(crate) struct HistoryProps {
    pub(crate) host: Host,
    pub(crate) commands: Commands,
    pub(crate) close: Callback<()>,
}

fn when(time: f64) -> String {
    js_sys::Date::new(&time.into())
        .to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED)
        .into()
}

/// Snapshots of earlier work.
#[component]
pub(crate) fn History(props: &HistoryProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let list = use_state(|| None::<Vec<Snapshot>>);
    let changes = use_state(|| 0_u32);
    {
        let (list, host) = (list.clone(), props.host.clone());
        use_effect_with(*changes, move |_| {
            spawn_local(async move {
                let found = host.snapshots().await;
                list.set(Some(
                    serde_wasm_bindgen::from_value(found).unwrap_or_default(),
                ));
            });
        });
    }
    let open = |id: f64, title: String| {
        let (host, dispatch, close) = (props.host.clone(), dispatch.clone(), props.close.clone());
        Callback::from(move |_: MouseEvent| {
            let (host, dispatch, title, close) =
                (host.clone(), dispatch.clone(), title.clone(), close.clone());
            spawn_local(async move {
                let text = host.snapshot(id).await.as_string().unwrap_or_default();
                let action = match Document::read(&text) {
                    Ok(document) => Action::OpenDocument {
                        title,
                        document: Box::new(document),
                    },
                    Err(reason) => Action::Notify(reason.message("This snapshot")),
                };
                if let Some(dispatch) = &dispatch {
                    dispatch.dispatch(action);
                }
                close.emit(());
            });
        })
    };
    let drop = |id: f64| {
        let (host, changes) = (props.host.clone(), changes.clone());
        Callback::from(move |_: MouseEvent| {
            let (host, changes) = (host.clone(), changes.clone());
            spawn_local(async move {
                host.drop_snapshot(id).await;
                changes.set(*changes + 1);
            });
        })
    };
    let rename = |id: f64| {
        let (host, changes) = (props.host.clone(), changes.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let (host, changes, title) = (host.clone(), changes.clone(), input.value());
            spawn_local(async move {
                host.rename_snapshot(id, title.trim()).await;
                changes.set(*changes + 1);
            });
        })
    };
    let name = use_node_ref();
    let keep = {
        let (keep, changes, name) = (props.commands.keep.clone(), changes.clone(), name.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = name.cast::<HtmlInputElement>() {
                keep.emit(input.value());
                input.set_value("");
            }
            let changes = changes.clone();
            gloo_timers::callback::Timeout::new(150, move || changes.set(*changes + 1)).forget();
        })
    };
    html! {
        <Dialog id="history" title="Earlier work" close={props.close.clone()}>
            <p>{ "Your work is kept in this browser as you go. Snapshots keep how it was; one is made by itself when other work takes its place." }</p>
            <form class="row-actions" onsubmit={keep}>
                <input id="snapshot-name" ref={name} aria-label="Name of the snapshot" placeholder="Name (optional)" maxlength="80" autocomplete="off" />
                <button class="main" id="keep">{ "Keep a snapshot now" }</button>
            </form>
            if let Some(list) = &*list {
                if list.is_empty() {
                    <p class="hint">{ "There is no snapshot yet." }</p>
                }
                <ul class="choices">
                    { for list.iter().map(|snapshot| {
                        let name = format!("{}, {}", snapshot.title, when(snapshot.time));
                        html! {
                            <li key={snapshot.id.to_string()}>
                                <span class="grow">
                                    <input
                                        class="snapshot-title"
                                        aria-label={format!("Name of {name}")}
                                        value={snapshot.title.clone()}
                                        maxlength="80"
                                        autocomplete="off"
                                        onchange={rename(snapshot.id)}
                                    />
                                    <span class="hint">{ format!(" {}, {:.1} kB", when(snapshot.time), snapshot.size / 1000.0) }</span>
                                </span>
                                <button class="quiet" aria-label={format!("Open {name}")} onclick={open(snapshot.id, name.clone())}>{ "Open" }</button>
                                <button class="quiet" aria-label={format!("Delete {name}")} onclick={drop(snapshot.id)}>{ "Delete" }</button>
                            </li>
                        }
                    }) }
                </ul>
            }
        </Dialog>
    }
}
