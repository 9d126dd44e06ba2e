//! Pitfalls, those that the code has first.

use unblocked_guide::{Guide, Pitfall};
use yew::prelude::*;

use super::Desk;
use super::blocks::{ClaimNote, Places};
use crate::markdown;
use crate::state::Shared;

#[derive(Properties, PartialEq)]
pub(super) struct PitfallsProps {
    pub(super) guide: Shared<Guide>,
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
            { for found.into_iter().map(|pitfall| one(pitfall, true, &props.desk)) }
            { for others.into_iter().map(|pitfall| one(pitfall, false, &props.desk)) }
            <h3>{ "What the original guide says" }</h3>
            { for props.guide.claims.iter().filter(|claim| claim.part == "pitfalls").map(|claim| html! {
                <ClaimNote claim={claim.clone()} />
            }) }
        </>
    }
}

fn one(pitfall: &Pitfall, open: bool, desk: &Desk) -> Html {
    html! {
        <details class="pitfall" {open} id={format!("pitfall-{}", pitfall.id)}>
            <summary>
                <span class={classes!("badge", if open { "manual" } else { "safe" })}>
                    { if open { pitfall.places.len().to_string() } else { "none".to_owned() } }
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
                if let Some(since) = &pitfall.since {
                    { format!("Since Django {since}. ") }
                }
                <a href={pitfall.docs_url.clone()} target="_blank" rel="noopener noreferrer">{ "Documentation" }<span class="sr">{ " (opens a new tab)" }</span></a>
            </p>
        </details>
    }
}
