//! The work as a link or a file.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::bits::{Icon, grouped, icons};
use super::dialog::Dialog;
use crate::hooks::{Commands, Dispatch, copy};
use crate::host::Host;
use crate::state::Shared;

/// Characters that most chats and mail programs pass on in one message.
const CHATS: usize = 2_000;

/// Characters that browsers take as an address.
const BROWSERS: usize = 1_000_000;

#[derive(Properties, PartialEq)]
pub(crate) struct ShareProps {
    pub(crate) host: Host,
    /// The work as text.
    pub(crate) work: Shared<String>,
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
