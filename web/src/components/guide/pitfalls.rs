//! Pitfalls, those that the code has first.

use unblocked_guide::{Guide, Pitfall};
use yew::prelude::*;

use super::Desk;
use super::blocks::{ClaimNote, Places};
use super::rail::link;
use crate::markdown;
use crate::state::Shared;

#[derive(Properties, PartialEq)]
pub(super) struct PitfallsProps {
    pub(super) guide: Shared<Guide>,
    /// The one that a link leads to.
    #[prop_or_default]
    pub(super) chosen: Option<String>,
    pub(super) desk: Desk,
}

/// The pitfalls.
#[component]
pub(super) fn Pitfalls(props: &PitfallsProps) -> Html {
    let (found, others): (Vec<&Pitfall>, Vec<&Pitfall>) = props
        .guide
        .pitfalls
        .iter()
        .partition(|pitfall| !pitfall.places.is_empty());
    html! {
        <>
            <h2>{ "Common Pitfalls" }</h2>
            { for found.into_iter().chain(others).map(|pitfall| {
                let is_chosen = props.chosen.as_ref() == Some(&pitfall.id);
                one(pitfall, is_chosen, &props.desk)
            }) }
            <h3>{ "What the original guide says" }</h3>
            { for props.guide.claims.iter().filter(|claim| claim.part == "pitfalls").map(|claim| html! {
                <ClaimNote claim={claim.clone()} />
            }) }
        </>
    }
}

fn one(pitfall: &Pitfall, is_chosen: bool, desk: &Desk) -> Html {
    let is_there = !pitfall.places.is_empty();
    html! {
        <details class="pitfall" open={is_there || is_chosen} key={pitfall.id.clone()} id={format!("pitfall-{}", pitfall.id)}>
            <summary>
                <span class={classes!("badge", if is_there { "manual" } else { "safe" })}>
                    { if is_there { pitfall.places.len().to_string() } else { "none".to_owned() } }
                </span>
                { markdown::render(&pitfall.title) }
            </summary>
            <p><strong>{ &pitfall.verdict }</strong></p>
            { markdown::render(&pitfall.explanation) }
            if !pitfall.places.is_empty() {
                <Places places={pitfall.places.clone()} desk={desk.clone()} />
            }
            if !pitfall.avoided.is_empty() {
                <p class="code-title">{ "Where the migration keeps clear of it" }</p>
                <Places places={pitfall.avoided.clone()} desk={desk.clone()} />
            }
            <p>
                { format!("{}. ", pitfall.versions()) }
                <a href={pitfall.docs_url.clone()} target="_blank" rel="noopener noreferrer">{ "Documentation" }<span class="sr">{ " (opens a new tab)" }</span></a>
                { ". " }
                <a href={link(&format!("pitfall:{}", pitfall.id))}>{ "Link to this pitfall" }</a>
            </p>
        </details>
    }
}
