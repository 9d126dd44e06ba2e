//! The two editors and what stands above them.

use yew::prelude::*;

use super::bits::{Icon, count, icons};
use crate::state::Side;

/// What an editor's head says.
#[derive(Properties, PartialEq)]
pub(crate) struct PaneProps {
    /// `before` or `after`.
    pub(crate) side: &'static str,
    pub(crate) title: &'static str,
    /// Where the editor goes.
    pub(crate) slot: NodeRef,
    /// What is to know of the text.
    pub(crate) facts: Vec<String>,
    /// What can be done with it.
    pub(crate) actions: Html,
    /// What stands below the editor: above it, its lines would not be beside the other editor's.
    #[prop_or_default]
    pub(crate) banner: Html,
}

/// One editor with its head.
#[component]
pub(crate) fn PaneFrame(props: &PaneProps) -> Html {
    let heading = format!("{}-title", props.side);
    html! {
        <section class={classes!("pane", props.side)} aria-labelledby={heading.clone()}>
            <div class="pane-head">
                <h2 id={heading}>{ props.title }</h2>
                <ul class="facts">
                    { for props.facts.iter().map(|fact| html! { <li title={fact.clone()}>{ fact }</li> }) }
                </ul>
                <div class="actions">{ props.actions.clone() }</div>
            </div>
            <div class="editor" ref={props.slot.clone()}></div>
            { props.banner.clone() }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SplitProps {
    /// `columns` or `rows`.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
}

/// The border between two parts of the page; `web/editor/splits.js` moves it.
#[component]
pub(crate) fn Split(props: &SplitProps) -> Html {
    let orientation = if props.name == "columns" {
        "vertical"
    } else {
        "horizontal"
    };
    html! {
        <div
            class={classes!("split", props.name)}
            role="separator"
            tabindex="0"
            aria-label={props.label}
            aria-orientation={orientation}
            aria-valuemin="15"
            aria-valuemax="94"
            aria-valuenow="50"
            title="Drag, or use the arrow keys; double click for the usual size"
        ></div>
    }
}

/// What can be done with the text before.
#[derive(Properties, PartialEq)]
pub(crate) struct BeforeActionsProps {
    pub(crate) paste: Callback<MouseEvent>,
}

/// What can be done with the text before.
#[component]
pub(crate) fn BeforeActions(props: &BeforeActionsProps) -> Html {
    html! {
        <button class="quiet" onclick={props.paste.clone()} title="Replace this file by what is on the clipboard">
            <Icon path={icons::PASTE} />
            <span>{ "Paste" }</span>
        </button>
    }
}

/// What can be done with the text after.
#[derive(Properties, PartialEq)]
pub(crate) struct AfterActionsProps {
    pub(crate) copy: Callback<MouseEvent>,
    pub(crate) copied: bool,
    pub(crate) download: Callback<MouseEvent>,
    /// Shows the other forms.
    pub(crate) more: Callback<MouseEvent>,
    /// Whether both texts are shown as one.
    pub(crate) unified: bool,
    /// Shows them as one, or not.
    pub(crate) unify: Callback<MouseEvent>,
}

/// What can be done with the text after.
#[component]
pub(crate) fn AfterActions(props: &AfterActionsProps) -> Html {
    html! {
        <>
            <button class="quiet" id="unify" aria-pressed={props.unified.to_string()} onclick={props.unify.clone()} title="Both texts in one pane: what is gone above what is new">
                { "Unified" }
            </button>
            <button class="main" id="copy" onclick={props.copy.clone()}>
                <Icon path={icons::COPY} />
                <span>{ if props.copied { "Copied" } else { "Copy" } }</span>
            </button>
            <button class="quiet" id="download" onclick={props.download.clone()}>
                <Icon path={icons::DOWNLOAD} />
                <span>{ "Download" }</span>
            </button>
            <button class="quiet" id="more" onclick={props.more.clone()} title="Patch, zip, Markdown for a review, command">
                <Icon path={icons::MORE} />
                <span>{ "More" }</span>
            </button>
        </>
    }
}

/// Says that the after text is the user's own.
#[derive(Properties, PartialEq)]
pub(crate) struct EditedProps {
    /// Whether the engine has made another text since.
    pub(crate) update: bool,
    /// How many conflicts there are with it.
    pub(crate) conflicts: usize,
    pub(crate) regenerate: Callback<MouseEvent>,
    /// Takes one side of all conflicts.
    pub(crate) resolve: Callback<Side>,
    /// Shows the first conflict.
    pub(crate) show: Callback<MouseEvent>,
}

/// Says that the after text is the user's own.
#[component]
pub(crate) fn Edited(props: &EditedProps) -> Html {
    let take = |id: &'static str, label: &'static str, side: Side| {
        html! {
            <button class="quiet" {id} onclick={props.resolve.reform(move |_: MouseEvent| side)}>{ label }</button>
        }
    };
    let open = props.conflicts > 0;
    html! {
        <div class={classes!("banner", (open || props.update).then_some("update"))} role="status">
            <p>
                if open {
                    <strong>{ count(props.conflicts, "conflict.", "conflicts.") }</strong>
                    { " You and the code before changed the same lines: both are below, between markers." }
                } else {
                    <strong>{ "Edited." }</strong>
                    { " Your changes are kept when the code before changes." }
                }
            </p>
            <div class="row-actions">
                if open {
                    <button class="quiet" id="show-conflict" onclick={props.show.clone()}>{ "Show" }</button>
                    { take("keep-yours", "Keep yours", Side::Yours) }
                    { take("keep-both", "Keep both", Side::Both) }
                    { take("take-generated", "Take the generated", Side::Generated) }
                }
                <button class="quiet" id="regenerate" onclick={props.regenerate.clone()}>
                    { "Reset to the generated code" }
                </button>
            </div>
        </div>
    }
}
