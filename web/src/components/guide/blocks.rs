//! What steps are made of.

use unblocked_guide::{Block, Claim, Guide, Place, Verdict};
use yew::prelude::*;

use super::Desk;
use super::files::FileBlock;
use super::rail::link;
use crate::markdown;
use crate::state::{GuideAction, Shared};

/// How many places are listed at once.
const SHOWN: usize = 30;

#[derive(Properties, PartialEq)]
pub(super) struct BlocksProps {
    pub(super) blocks: Vec<Block>,
    pub(super) guide: Shared<Guide>,
    pub(super) desk: Desk,
}

/// Blocks in their order.
#[component]
pub(super) fn Blocks(props: &BlocksProps) -> Html {
    html! {
        { for props.blocks.iter().map(|block| show(block, &props.guide, &props.desk)) }
    }
}

fn show(block: &Block, guide: &Shared<Guide>, desk: &Desk) -> Html {
    match block {
        Block::Text(text) => markdown::render(text),
        Block::Heading(text) => html! { <h3>{ text }</h3> },
        Block::Places { title, places } => html! {
            <>
                { markdown::render(title) }
                <Places places={places.clone()} desk={desk.clone()} />
            </>
        },
        Block::Code { text, .. } => html! { <Code text={text.clone()} desk={desk.clone()} /> },
        Block::Example {
            title,
            before,
            after,
            note,
        } => {
            html! { <Example title={title.clone()} before={before.clone()} after={after.clone()} note={note.clone()} desk={desk.clone()} /> }
        }
        Block::Table { header, rows } => table(header, rows),
        Block::File(path) => match guide.files.iter().find(|file| file.path == *path) {
            Some(file) => html! { <FileBlock file={file.clone()} desk={desk.clone()} /> },
            None => Html::default(),
        },
        Block::Claim(id) => match guide.claims.iter().find(|claim| claim.id == *id) {
            Some(claim) => html! { <ClaimNote claim={claim.clone()} /> },
            None => Html::default(),
        },
        Block::Rule {
            rule,
            summary,
            places,
        } => html! {
            <div class="guide-rule">
                <p>
                    <a href={link(&format!("rule:{rule}"))}><code>{ rule }</code></a>
                    { format!(" ({})", places.len()) }
                </p>
                { markdown::render(summary) }
                <Places places={places.clone()} desk={desk.clone()} />
            </div>
        },
    }
}

fn table(header: &[String], rows: &[Vec<String>]) -> Html {
    html! {
        <div class="scrolls" tabindex="0">
            <table>
                <thead><tr>{ for header.iter().map(|name| html! { <th scope="col">{ name }</th> }) }</tr></thead>
                <tbody>
                    { for rows.iter().map(|row| html! {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ markdown::render(cell) }</td> }) }</tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct PlacesProps {
    pub(super) places: Vec<Place>,
    pub(super) desk: Desk,
}

/// Places to go to.
#[component]
pub(super) fn Places(props: &PlacesProps) -> Html {
    let all = use_state(|| false);
    let shown = if *all { props.places.len() } else { SHOWN };
    let rest = props.places.len().saturating_sub(shown);
    let more = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(true))
    };
    html! {
        <ul class="places">
            { for props.places.iter().take(shown).map(|place| html! {
                <li><PlaceButton place={place.clone()} desk={props.desk.clone()} /></li>
            }) }
            if rest > 0 {
                <li><button class="quiet" onclick={more}>{ format!("Show {rest} more") }</button></li>
            }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct PlaceProps {
    pub(super) place: Place,
    pub(super) desk: Desk,
}

/// A place to go to.
#[component]
pub(super) fn PlaceButton(props: &PlaceProps) -> Html {
    let place = props.place.clone();
    let onclick = props
        .desk
        .act
        .reform(move |_: MouseEvent| GuideAction::Go(place.clone()));
    html! {
        <button class="place-link" {onclick}>
            <span>{ props.place.to_string() }</span>
            <code>{ &props.place.label }</code>
        </button>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct CodeProps {
    pub(super) text: String,
    pub(super) desk: Desk,
}

/// Code with a button that copies it.
#[component]
pub(super) fn Code(props: &CodeProps) -> Html {
    let copy = {
        let (host, text) = (props.desk.host.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let (host, text) = (host.clone(), text.clone());
            wasm_bindgen_futures::spawn_local(async move {
                host.copy(&text).await;
            });
        })
    };
    html! {
        <div class="guide-code">
            <button class="quiet" onclick={copy}>{ "Copy" }</button>
            <pre tabindex="0">{ &props.text }</pre>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ExampleProps {
    title: String,
    before: String,
    after: String,
    note: String,
    desk: Desk,
}

/// Code before and after, which the editor opens.
#[component]
fn Example(props: &ExampleProps) -> Html {
    let open = {
        let (title, code) = (props.title.clone(), props.before.clone());
        props
            .desk
            .act
            .reform(move |_: MouseEvent| GuideAction::Try {
                title: format!("the example “{title}”"),
                code: code.clone(),
            })
    };
    html! {
        <>
            <div class="pair">
                <div>
                    <p class="code-title">{ "Before" }</p>
                    <pre tabindex="0">{ &props.before }</pre>
                </div>
                <div>
                    <p class="code-title">{ if props.after == props.before { "After: the same" } else { "After" } }</p>
                    <pre tabindex="0">{ &props.after }</pre>
                </div>
            </div>
            <p><button class="quiet" onclick={open}>{ "Open in the editor" }</button></p>
            if !props.note.is_empty() {
                { markdown::render(&props.note) }
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct ClaimProps {
    pub(super) claim: Claim,
}

/// What the original guide says, and what holds.
#[component]
pub(super) fn ClaimNote(props: &ClaimProps) -> Html {
    let claim = &props.claim;
    let (class, word) = match claim.verdict {
        Verdict::True => ("safe", "True"),
        Verdict::Partly => ("review", "In part"),
        Verdict::Wrong => ("manual", "Not so"),
    };
    html! {
        <details class="claim">
            <summary>
                <span class={classes!("badge", class)}>{ word }</span>
                <q>{ &claim.original }</q>
            </summary>
            { markdown::render(&claim.explanation) }
            if !claim.otherwise.is_empty() {
                <p class="code-title">{ "If you follow it" }</p>
                { markdown::render(&claim.otherwise) }
            }
            <p>
                { format!("{}. ", claim.versions()) }
                <a href={claim.docs_url.clone()} target="_blank" rel="noopener noreferrer">{ "Documentation" }<span class="sr">{ " (opens a new tab)" }</span></a>
            </p>
        </details>
    }
}
