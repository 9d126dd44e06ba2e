//! The open files, as tabs.

use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::bits::{Icon, grouped, icons, pick};
use crate::hooks::Dispatch;
use crate::state::{Action, FileId, NewFile};

/// One tab.
#[derive(Clone, PartialEq)]
pub(crate) struct FileTab {
    pub(crate) id: FileId,
    pub(crate) path: String,
    pub(crate) findings: usize,
}

#[derive(Properties, PartialEq)]
pub(crate) struct FilesProps {
    pub(crate) files: Vec<FileTab>,
    /// How many there are, those without a tab included.
    pub(crate) all: usize,
    pub(crate) active: FileId,
    pub(crate) open: Callback<Event>,
}

/// The name for a file that is added: what a views file most often needs beside it.
fn next_name(files: &[FileTab]) -> &'static str {
    ["views.py", "models.py", "services.py", "helpers.py"]
        .into_iter()
        .find(|name| files.iter().all(|file| file.path != *name))
        .unwrap_or("module.py")
}

/// The open files.
#[component]
pub(crate) fn Files(props: &FilesProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let renaming = use_state(|| None::<FileId>);
    let act = {
        let dispatch = dispatch.clone();
        Callback::from(move |action| {
            if let Some(dispatch) = &dispatch {
                dispatch.dispatch(action);
            }
        })
    };
    let name = next_name(&props.files);
    let add = act.reform(move |_: MouseEvent| Action::Add(vec![NewFile::new(name, "")]));
    let many = props.all > props.files.len();
    html! {
        <nav class="files" aria-label="Files">
            <ul>
                { for props.files.iter().map(|file| html! {
                    <li key={file.id.0} class={classes!("file", (file.id == props.active).then_some("active"))}>
                        if *renaming == Some(file.id) {
                            <Rename
                                path={file.path.clone()}
                                done={{
                                    let (id, act, renaming) = (file.id, act.clone(), renaming.clone());
                                    Callback::from(move |path: Option<String>| {
                                        if let Some(path) = path {
                                            act.emit(Action::Rename(id, path));
                                        }
                                        renaming.set(None);
                                    })
                                }}
                            />
                        } else {
                            <Tab
                                file={file.clone()}
                                active={file.id == props.active}
                                alone={props.files.len() == 1}
                                {many}
                                act={act.clone()}
                                rename={{
                                    let (id, renaming) = (file.id, renaming.clone());
                                    Callback::from(move |()| renaming.set(Some(id)))
                                }}
                            />
                        }
                    </li>
                }) }
            </ul>
            if many {
                <button class="quiet" id="all-files" onclick={act.reform(|_: MouseEvent| Action::Files)} title="All files, by what changes in them">
                    { format!("All {} files", grouped(props.all)) }
                </button>
            }
            <button class="quiet" onclick={add} title="Add a file: models and helpers tell the engine more">
                <Icon path={icons::ADD} />
                <span>{ "Add file" }</span>
            </button>
            <label class="quiet pick" title="Open files, a zip or saved work from this computer. They stay here. All of it can be dropped on the page as well.">
                <input type="file" id="open-files" multiple=true onchange={props.open.clone()} />
                <Icon path={icons::OPEN} />
                <span>{ "Open…" }</span>
            </label>
            <label class="quiet pick" title="Open a project’s folder: its Python, templates and requirements. They stay here.">
                <input type="file" id="open-folder" multiple=true webkitdirectory=true onchange={props.open.clone()} />
                <Icon path={icons::OPEN} />
                <span>{ "Folder…" }</span>
            </label>
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct TabProps {
    file: FileTab,
    active: bool,
    alone: bool,
    /// Whether it is one of many, of which only some have tabs.
    many: bool,
    act: Callback<Action>,
    rename: Callback<()>,
}

#[component]
fn Tab(props: &TabProps) -> Html {
    let id = props.file.id;
    let path = &props.file.path;
    html! {
        <>
            <button
                class="name"
                aria-current={props.active.then_some("true")}
                onclick={props.act.reform(move |_: MouseEvent| Action::Activate(id))}
                ondblclick={props.rename.reform(|_: MouseEvent| ())}
                title={path.clone()}
            >
                <span class="path">{ path }</span>
                if props.file.findings > 0 {
                    <span class="count">
                        { props.file.findings }
                        <span class="sr">{ " findings" }</span>
                    </span>
                }
            </button>
            if props.active {
                <button class="tool" onclick={props.rename.reform(|_: MouseEvent| ())} aria-label={format!("Rename {path}")} title="Rename">
                    <Icon path={icons::RENAME} />
                </button>
            }
            if props.many && !props.alone {
                <button class="tool" onclick={props.act.reform(move |_: MouseEvent| Action::Hide(id))} aria-label={format!("Close the tab of {path}")} title="Close the tab: the file stays">
                    <Icon path={icons::CLOSE} />
                </button>
            } else if !props.alone {
                <button class="tool" onclick={props.act.reform(move |_: MouseEvent| Action::Delete(id))} aria-label={format!("Delete {path}")} title="Delete">
                    <Icon path={icons::CLOSE} />
                </button>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct RenameProps {
    path: String,
    /// The new path; `None` when it was given up.
    done: Callback<Option<String>>,
}

#[component]
fn Rename(props: &RenameProps) -> Html {
    let input = use_node_ref();
    use_effect_with(input.clone(), |input| {
        if let Some(input) = input.cast::<HtmlInputElement>() {
            let _ = input.focus();
            input.select();
        }
    });
    let value = |input: &NodeRef| input.cast::<HtmlInputElement>().map(|input| input.value());
    let onkeydown = {
        let input = input.clone();
        pick(&props.done, move |event: KeyboardEvent| {
            match &*event.key() {
                "Enter" => Some(value(&input)),
                "Escape" => Some(None),
                _ => None,
            }
        })
    };
    let onblur = {
        let input = input.clone();
        props.done.reform(move |_: FocusEvent| value(&input))
    };
    html! {
        <input
            ref={input}
            class="rename"
            aria-label="File name"
            value={props.path.clone()}
            spellcheck="false"
            autocomplete="off"
            {onkeydown}
            {onblur}
        />
    }
}
