//! The checklist: items tick themselves where the code shows them done.

use unblocked_guide::{CheckItem, Guide, State, checklist_markdown, markdown as whole};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Desk;
use super::blocks::{ClaimNote, Places};
use crate::markdown;
use crate::state::{GuideAction, Shared};

#[derive(Properties, PartialEq)]
pub(super) struct ChecklistProps {
    pub(super) guide: Shared<Guide>,
    pub(super) desk: Desk,
}

/// The checklist.
#[component]
pub(super) fn Checklist(props: &ChecklistProps) -> Html {
    let guide = &props.guide;
    let done = guide
        .checklist
        .iter()
        .filter(|item| item.state != State::ToDo)
        .count();
    let copy = {
        let (host, guide) = (props.desk.host.clone(), guide.clone());
        Callback::from(move |_: MouseEvent| {
            let (host, text) = (host.clone(), checklist_markdown(&guide));
            wasm_bindgen_futures::spawn_local(async move {
                host.copy(&text).await;
            });
        })
    };
    let download = {
        let (host, guide) = (props.desk.host.clone(), guide.clone());
        Callback::from(move |_: MouseEvent| host.download("MIGRATION.md", &whole(&guide)))
    };
    let print = Callback::from(|_: MouseEvent| {
        if let Some(window) = web_sys::window() {
            let _ = window.print();
        }
    });
    html! {
        <>
            <h2>{ "Migration Checklist" }</h2>
            <p>
                { format!("{done} of {} done. ", guide.checklist.len()) }
                <progress max={guide.checklist.len().to_string()} value={done.to_string()} aria-label="Done"></progress>
            </p>
            <p>
                <button class="quiet" onclick={copy}>{ "Copy for an issue (Markdown)" }</button>
                <button class="quiet" onclick={download}>{ "Download the whole guide" }</button>
                <button class="quiet" onclick={print}>{ "Print" }</button>
            </p>
            <ul class="checks">
                { for guide.checklist.iter().map(|item| one(item, &props.desk)) }
            </ul>
            { for guide.claims.iter().filter(|claim| claim.part == "checklist").map(|claim| html! {
                <ClaimNote claim={claim.clone()} />
            }) }
        </>
    }
}

fn one(item: &CheckItem, desk: &Desk) -> Html {
    let id = format!("check-{}", item.id);
    let name = format!("done:{}", item.id);
    let onchange = desk.act.reform(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let answer = if input.checked() { "yes" } else { "" };
        GuideAction::Answer(name.clone(), answer.to_owned())
    });
    // What the code decides, the code alone can untick.
    let fixed = item.state != State::ToDo && !item.by_hand;
    html! {
        <li key={item.id.clone()} class={classes!(item.id.starts_with("view:").then_some("sub"))}>
            <input type="checkbox" id={id.clone()} checked={item.state != State::ToDo} disabled={fixed} {onchange} />
            <label for={id}>{ markdown::render(&item.title) }</label>
            <span class="why">
                { match (item.state, item.by_hand) {
                    (State::NotNeeded, _) => "not needed",
                    (State::Done, false) => "your code shows it",
                    _ => "",
                } }
            </span>
            <div class="more">
                { markdown::render(&item.detail) }
                if let Some(original) = &item.original {
                    <p>{ "In the original guide: " }<q>{ original }</q></p>
                }
                if !item.places.is_empty() {
                    <Places places={item.places.clone()} desk={desk.clone()} />
                }
            </div>
        </li>
    }
}
