//! The work as a link or a file.

use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::bits::{Icon, grouped, icons};
use super::dialog::Dialog;
use crate::hooks::{Commands, Dispatch, copy};
use crate::host::Host;
use crate::state::{Shared, Snippet};

/// Characters that most chats and mail programs pass on in one message.
const CHATS: usize = 2_000;

/// Characters that browsers take as an address.
const BROWSERS: usize = 1_000_000;

#[derive(Properties, PartialEq)]
pub(crate) struct ShareProps {
    pub(crate) host: Host,
    /// The work as text.
    pub(crate) work: Shared<String>,
    /// What shows it in another page.
    pub(crate) snippet: Shared<Snippet>,
    pub(crate) commands: Commands,
    pub(crate) close: Callback<()>,
}

/// The work as a link or a file.
#[component]
pub(crate) fn Share(props: &ShareProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let link = use_state(String::new);
    {
        let (link, host) = (link.clone(), props.host.clone());
        use_effect_with(props.work.clone(), move |work| {
            let work = work.clone();
            spawn_local(async move {
                link.set(host.link(&work).await.as_string().unwrap_or_default());
            });
        });
    }
    let length = link.chars().count();
    let copy_link = {
        let (host, link) = (props.host.clone(), link.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                copy(&host, dispatch, (*link).clone(), "Copied the link.");
            }
        })
    };
    let select = Callback::from(|event: FocusEvent| {
        event.target_unchecked_into::<HtmlInputElement>().select();
    });
    let file = html! {
        <button class={if length > CHATS { "main" } else { "quiet" }} id="download-work" onclick={props.commands.download_work.reform(|_: MouseEvent| ())}>
            <Icon path={icons::DOWNLOAD} />
            <span>{ "Download as a file" }</span>
        </button>
    };
    html! {
        <Dialog id="share" title="Share this work" close={props.close.clone()}>
            <p>{ "The link holds the code of all files, the options and your decisions. It is not sent anywhere: whoever has the link has the code." }</p>
            if length > BROWSERS {
                <p class="warning" id="link-length">{ format!("As a link this would be {} characters long, which browsers do not take. Share the file: it is opened with “Open…”, or dropped on the page.", grouped(length)) }</p>
                <div class="row-actions">{ file }</div>
            } else {
                <div class="row-actions">
                    <input
                        id="link"
                        aria-label="Link"
                        readonly=true
                        value={(*link).clone()}
                        onfocus={select}
                    />
                    <button class={if length > CHATS { "quiet" } else { "main" }} id="copy-link" onclick={copy_link}>
                        <Icon path={icons::COPY} />
                        <span>{ "Copy link" }</span>
                    </button>
                </div>
                <p id="link-length" class={if length > CHATS { "warning" } else { "hint" }} aria-live="polite">
                    { format!("{} characters.", grouped(length)) }
                    if length > CHATS {
                        { format!(" Most chats take up to {} in a message: share the file instead. It is opened with “Open…”, or dropped on the page.", grouped(CHATS)) }
                    }
                </p>
                <div class="row-actions">{ file }</div>
            }
            if let (Some(bundle), true) = (props.host.bundle(), length <= BROWSERS) {
                <EmbedCode
                    host={props.host.clone()}
                    snippet={props.snippet.clone()}
                    site={bundle.trim_end_matches("django-unblocked.html").to_owned()}
                    link={(*link).clone()}
                />
            }
            if let Some(bundle) = props.host.bundle() {
                <h3>{ "Without a network" }</h3>
                <p>
                    <a id="get-bundle" href={bundle} download="django-unblocked.html">{ "Download this page as one file" }</a>
                    { ": a double click opens it, and it asks nobody for anything. Links and files of work open there too." }
                </p>
            } else {
                <p class="hint">{ "This page is a file on your computer: the link works where that file is. What follows “#v1=” opens work in any copy of this page." }</p>
            }
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
struct EmbedProps {
    host: Host,
    snippet: Shared<Snippet>,
    site: String,
    link: String,
}

/// HTML that shows the work in another page.
#[component]
fn EmbedCode(props: &EmbedProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let view = use_state(|| "after".to_owned());
    let text = props.snippet.html(&props.site, &props.link, &view);
    let choose = {
        let view = view.clone();
        Callback::from(move |event: Event| {
            view.set(event.target_unchecked_into::<HtmlSelectElement>().value());
        })
    };
    let select = Callback::from(|event: FocusEvent| {
        event
            .target_unchecked_into::<HtmlTextAreaElement>()
            .select();
    });
    let copy_snippet = {
        let (host, text) = (props.host.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                copy(&host, dispatch, text.clone(), "Copied the HTML.");
            }
        })
    };
    let views = [
        ("after", "the async code"),
        ("diff", "what changes"),
        ("before", "the sync code"),
        ("assessment", "the assessment"),
    ];
    html! {
        <>
            <h3>{ "In another page" }</h3>
            <p>{ "Put this HTML into documentation or a post: the code stands there, and can be tried in place." }</p>
            <textarea id="embed-code" aria-label="HTML for another page" readonly=true rows="6" value={text} onfocus={select} />
            <div class="row-actions">
                <label class="field">
                    <span>{ "It shows" }</span>
                    <select id="embed-view" onchange={choose}>
                        { for views.iter().map(|(value, label)| html! {
                            <option value={*value} selected={*view == *value}>{ *label }</option>
                        }) }
                    </select>
                </label>
                <button class="quiet" id="copy-embed" onclick={copy_snippet}>
                    <Icon path={icons::COPY} />
                    <span>{ "Copy HTML" }</span>
                </button>
            </div>
        </>
    }
}
