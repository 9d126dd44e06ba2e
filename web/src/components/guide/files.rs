//! Files that the guide makes: shown, copied, downloaded.

use unblocked_guide::GuideFile;
use yew::prelude::*;

use super::Desk;
use crate::markdown;

#[derive(Properties, PartialEq)]
pub(super) struct FileProps {
    pub(super) file: GuideFile,
    pub(super) desk: Desk,
}

/// One file.
#[component]
pub(super) fn FileBlock(props: &FileProps) -> Html {
    let file = &props.file;
    let shown = file.patch.as_ref().unwrap_or(&file.text);
    let copy = {
        let (host, text) = (props.desk.host.clone(), shown.clone());
        Callback::from(move |_: MouseEvent| {
            let (host, text) = (host.clone(), text.clone());
            wasm_bindgen_futures::spawn_local(async move {
                host.copy(&text).await;
            });
        })
    };
    let download = {
        let (host, path, text) = (
            props.desk.host.clone(),
            file.path.clone(),
            file.text.clone(),
        );
        Callback::from(move |_: MouseEvent| {
            let name = path.rsplit('/').next().unwrap_or(&path);
            host.download(name, &text);
        })
    };
    html! {
        <details class="guide-file">
            <summary>
                <code>{ &file.path }</code>
                <span>{ if file.patch.is_some() { "changed" } else { "new" } }</span>
            </summary>
            { markdown::render(&file.purpose) }
            <p>
                <button class="quiet" onclick={copy}>{ if file.patch.is_some() { "Copy the patch" } else { "Copy" } }</button>
                <button class="quiet" onclick={download}>{ "Download" }</button>
            </p>
            <pre tabindex="0">{ shown }</pre>
        </details>
    }
}
