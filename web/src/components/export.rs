//! What the migrated code can leave the page as.

use yew::prelude::*;

use super::bits::{Icon, count, icons, sentence};
use super::dialog::Dialog;
use crate::hooks::{Commands, Dispatch, copy};
use crate::host::Host;

#[derive(Properties, PartialEq)]
pub(crate) struct ExportProps {
    pub(crate) host: Host,
    pub(crate) commands: Commands,
    /// How many files change.
    pub(crate) changed: usize,
    /// The command that does the same, and what it can't be told.
    pub(crate) command: (String, Option<&'static str>),
    pub(crate) close: Callback<()>,
}

/// What the migrated code can leave the page as.
#[component]
pub(crate) fn Export(props: &ExportProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let commands = &props.commands;
    let entry = |id: &'static str,
                 icon: &'static str,
                 label: &'static str,
                 hint: &'static str,
                 run: &Callback<()>| {
        html! {
            <li>
                <button class="quiet" {id} onclick={run.reform(|_: MouseEvent| ())}>
                    <Icon path={icon} />
                    <span>{ label }</span>
                </button>
                <span class="hint">{ sentence(hint) }</span>
            </li>
        }
    };
    let copy_command = {
        let (host, command) = (props.host.clone(), props.command.0.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                copy(&host, dispatch, command.clone(), "Copied the command.");
            }
        })
    };
    html! {
        <Dialog id="export" title="Take the code with you" close={props.close.clone()}>
            <p>{ count(props.changed, "file changes.", "files change.") }</p>
            <ul class="choices">
                if props.host.folder().is_some() {
                    { entry("save-folder", icons::OPEN, "Save to the folder…", "Shows the changed files first; those that you tick are overwritten.", &commands.save_back) }
                }
                { entry("get-patch", icons::DOWNLOAD, "Patch", "For `git apply` in the project’s folder.", &commands.download_patch) }
                { entry("get-zip", icons::DOWNLOAD, "Zip of all files", "As they are after the migration, in their folders.", &commands.download_zip) }
                { entry("get-review", icons::COPY, "Copy as Markdown", "Changes, what to check and what is left: for a pull request.", &commands.copy_review) }
            </ul>
            <h3>{ "The command that does the same" }</h3>
            <pre class="command" tabindex="0"><code>{ &props.command.0 }</code></pre>
            if let Some(note) = props.command.1 {
                <p class="hint">{ note }</p>
            }
            <div class="row-actions">
                <button class="quiet" id="copy-command" onclick={copy_command}>
                    <Icon path={icons::COPY} />
                    <span>{ "Copy command" }</span>
                </button>
            </div>
        </Dialog>
    }
}
