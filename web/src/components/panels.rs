//! The dialog that is open, and what the commands are.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::dialog::LastNotice;
use super::export::Export;
use super::history::History;
use super::palette::{Command, Keys, Palette};
use super::share::Share;
use crate::examples;
use crate::hooks::{Commands, Dispatch};
use crate::host::Host;
use crate::state::{Action, NewFile, Panel, Shared, State, Tab, Theme};

/// Has the browser ask for what the input of this name takes.
fn choose(input: &'static str) -> Callback<()> {
    Callback::from(move |()| {
        let input = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id(input))
            .and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(input) = input {
            input.click();
        }
    })
}

/// Everything that can be done by name.
fn all(
    host: &Host,
    state: &State,
    commands: &Commands,
    control: &str,
    dispatch: &Dispatch,
) -> Vec<Command> {
    let act = |action: fn() -> Action| {
        let dispatch = dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(action()))
    };
    let command = |title: &str, keys: String, run: Callback<()>| Command {
        title: title.to_owned(),
        keys,
        run,
    };
    let plain = |title: &str, run: &Callback<()>| command(title, String::new(), run.clone());
    let mut all = vec![
        command(
            "Copy a link to this work",
            format!("{control}S"),
            commands.share.clone(),
        ),
        plain("Copy the code after", &commands.copy),
        plain("Download the code after", &commands.download),
        plain("Download a patch", &commands.download_patch),
        plain("Download all files as a zip", &commands.download_zip),
        plain(
            "Copy the changes as Markdown, for a code review",
            &commands.copy_review,
        ),
        plain(
            "Show the command that does the same",
            &act(|| Action::Panel(Some(Panel::Export))),
        ),
        plain("Download this work as a file", &commands.download_work),
        plain("Open files, a zip or saved work", &choose("open-files")),
        plain("Open a project’s folder", &choose("open-folder")),
        plain("Paste from the clipboard", &commands.paste),
        plain(
            "Add a file",
            &act(|| Action::Add(vec![NewFile::new("module.py", "")])),
        ),
        plain(
            "Keep a snapshot of this work",
            &commands.keep.reform(|()| String::new()),
        ),
        plain(
            "Open earlier work",
            &act(|| Action::Panel(Some(Panel::History))),
        ),
        plain(
            "Start anew with an empty file",
            &act(|| Action::Open {
                title: "an empty file".to_owned(),
                files: Vec::new(),
                whole: false,
            }),
        ),
        plain("Reset all decisions", &act(|| Action::ResetDecisions)),
        plain(
            "List changes and findings",
            &act(|| Action::Tab(Tab::Findings)),
        ),
        plain("List functions", &act(|| Action::Tab(Tab::Functions))),
        plain("Theme: light", &act(|| Action::Theme(Theme::Light))),
        plain("Theme: dark", &act(|| Action::Theme(Theme::Dark))),
        plain("Theme: as the system", &act(|| Action::Theme(Theme::Auto))),
        command(
            "Keyboard shortcuts",
            "?".to_owned(),
            act(|| Action::Panel(Some(Panel::Keys))),
        ),
    ];
    let steps = [
        (
            "Undo",
            state.undoable(),
            "Z",
            (|| Action::Undo) as fn() -> Action,
        ),
        ("Redo", state.redoable(), "Shift+Z", || Action::Redo),
    ];
    for (what, said, key, action) in steps {
        if let Some(said) = said {
            let said = said.trim_end_matches('.');
            all.push(command(
                &format!("{what}: {said}"),
                format!("{control}Alt+{key}"),
                act(action),
            ));
        }
    }
    if host.folder().is_some() {
        all.push(plain(
            "Save the changed files to the folder",
            &commands.save_back,
        ));
    }
    all.push(if state.unified {
        plain(
            "Show before and after side by side",
            &act(|| Action::Unified(false)),
        )
    } else {
        plain(
            "Show before and after as one text",
            &act(|| Action::Unified(true)),
        )
    });
    if state.files.len() > 1 {
        all.push(plain("List all files", &act(|| Action::Files)));
        let (dispatch, id) = (dispatch.clone(), state.active);
        let delete = Callback::from(move |()| dispatch.dispatch(Action::Delete(id)));
        all.push(plain("Delete this file", &delete));
    }
    if let Some(file) = state.active_file().filter(|file| file.is_edited()) {
        let (dispatch, id) = (dispatch.clone(), file.id);
        all.push(plain(
            "Replace the code after with the regenerated one",
            &Callback::from(move |()| dispatch.dispatch(Action::Regenerate(id))),
        ));
    }
    for file in state.files.iter().filter(|file| file.id != state.active) {
        let (dispatch, id) = (dispatch.clone(), file.id);
        all.push(plain(
            &format!("Go to {}", file.path),
            &Callback::from(move |()| dispatch.dispatch(Action::Activate(id))),
        ));
    }
    for (index, example) in examples::all().enumerate() {
        let dispatch = dispatch.clone();
        all.push(plain(
            &format!("Example: {}", example.title),
            &Callback::from(move |()| {
                dispatch.dispatch(Action::Open {
                    title: format!("the example “{}”", example.title),
                    files: example.files(),
                    whole: index >= examples::GUIDE.len(),
                });
            }),
        ));
    }
    all
}

#[derive(Properties, PartialEq)]
pub(crate) struct PanelsProps {
    pub(crate) host: Host,
    pub(crate) state: UseReducerHandle<State>,
    pub(crate) commands: Commands,
    /// How the control key is called here.
    pub(crate) control: AttrValue,
}

/// The dialog that is open.
#[component]
pub(crate) fn Panels(props: &PanelsProps) -> Html {
    let state = &props.state;
    let dispatch = state.dispatcher();
    let close = {
        let dispatch = dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Action::Panel(None)))
    };
    let dialog = match state.panel {
        None => return Html::default(),
        Some(Panel::Share) => html! {
            <Share
                host={props.host.clone()}
                work={Shared::new(state.document().write())}
                snippet={Shared::new(state.snippet())}
                commands={props.commands.clone()}
                {close}
            />
        },
        Some(Panel::Export) => html! {
            <Export
                host={props.host.clone()}
                commands={props.commands.clone()}
                changed={state.changed().count()}
                command={state.command()}
                {close}
            />
        },
        Some(Panel::History) => html! {
            <History host={props.host.clone()} commands={props.commands.clone()} {close} />
        },
        Some(Panel::Commands) => html! {
            <Palette commands={all(&props.host, state, &props.commands, &props.control, &dispatch)} {close} />
        },
        Some(Panel::Keys) => html! { <Keys control={props.control.clone()} {close} /> },
    };
    html! {
        <ContextProvider<LastNotice> context={LastNotice(state.notice.clone())}>
            { dialog }
        </ContextProvider<LastNotice>>
    }
}
