//! The two editors and what stands above them.

use yew::prelude::*;

use super::bits::{Icon, icons};

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
    /// What stands between head and editor.
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
                    { for props.facts.iter().map(|fact| html! { <li>{ fact }</li> }) }
                </ul>
                <div class="actions">{ props.actions.clone() }</div>
            </div>
            { props.banner.clone() }
            <div class="editor" ref={props.slot.clone()}></div>
        </section>
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
}

/// What can be done with the text after.
#[component]
pub(crate) fn AfterActions(props: &AfterActionsProps) -> Html {
    html! {
        <>
            <button class="main" id="copy" onclick={props.copy.clone()}>
                <Icon path={icons::COPY} />
                <span>{ if props.copied { "Copied" } else { "Copy" } }</span>
            </button>
            <button class="quiet" id="download" onclick={props.download.clone()}>
                <Icon path={icons::DOWNLOAD} />
                <span>{ "Download" }</span>
            </button>
        </>
    }
}

/// Says that the after text is the user's own.
#[derive(Properties, PartialEq)]
pub(crate) struct EditedProps {
    /// Whether the engine has made another text since.
    pub(crate) update: bool,
    pub(crate) regenerate: Callback<MouseEvent>,
}

/// Says that the after text is the user's own.
#[component]
pub(crate) fn Edited(props: &EditedProps) -> Html {
    html! {
        <div class={classes!("banner", props.update.then_some("update"))}>
            <p>
                if props.update {
                    <strong>{ "Update available." }</strong>
                    { " The code before has changed since you edited this. Your text is kept." }
                } else {
                    <strong>{ "Edited." }</strong>
                    { " Further changes of the code before won’t overwrite your text." }
                }
            </p>
            <button class="quiet" id="regenerate" onclick={props.regenerate.clone()}>
                { "Replace with regenerated" }
            </button>
        </div>
    }
}
