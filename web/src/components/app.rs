//! The whole page.

use gloo_timers::callback::Timeout;
use unblocked_rewriter::{FileReport, Finding};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{DragEvent, HtmlInputElement};
use yew::prelude::*;

use super::area::{GuideArea, Switch};
use super::bits::{count, pick};
use super::files::{FileTab, Files};
use super::header::{Header, OptionsBar};
use super::panels::Panels;
use super::panes::{AfterActions, BeforeActions, Edited, PaneFrame, Split};
use super::project::Project;
use super::results::{Results, line};
use super::update::Update;
use crate::examples;
use crate::hooks::{
    Dispatch, first, remembered_theme, remembered_unified, use_commands, use_engine, use_guide,
    use_keys, use_links, use_panes, use_rules, use_storage, use_theme, use_unified,
};
use crate::host::Host;
use crate::state::{Action, Engine, File, Notice, Panel, Shared, Side, State, Tab, View};

/// What the page is given.
#[derive(Properties, PartialEq)]
pub(crate) struct AppProps {
    /// What only JavaScript has.
    pub(crate) host: Host,
}

/// The page.
#[component]
pub(crate) fn App(props: &AppProps) -> Html {
    let state = use_reducer(|| {
        let example = examples::GUIDE.first();
        let mut state = State::new(
            &example.map(examples::Example::files).unwrap_or_default(),
            remembered_theme(),
        );
        state.unified = remembered_unified();
        if let Some(saved) = first(&props.host).saved() {
            state.resume(&saved);
        }
        state
    });
    let (before, after) = (use_node_ref(), use_node_ref());
    use_theme(state.theme);
    let engine = use_engine(&props.host, &state);
    let panes = use_panes(&props.host, &state, &engine, &before, &after);
    use_guide(&state);
    use_rules(&props.host, &state);
    use_unified(state.unified);
    use_storage(&props.host, &state);
    use_links(&props.host, &state);
    let commands = use_commands(&props.host, &state, &panes);
    let control = use_keys(&props.host, &state, &commands);
    let Some(file) = state.active_file() else {
        return Html::default();
    };
    let report = file.report.clone();
    let lines = use_lines(report.as_ref(), file);
    let dispatch = state.dispatcher();
    let id = file.id;
    let regenerate = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Regenerate(id)))
    };
    let resolve = {
        let dispatch = dispatch.clone();
        Callback::from(move |side: Side| dispatch.dispatch(Action::Resolve(id, side)))
    };
    let show_conflict = {
        let (panes, place) = (panes.clone(), file.first_conflict());
        Callback::from(move |_: MouseEvent| {
            if let (Some(panes), Some(place)) = (&*panes.borrow(), place) {
                panes.show_after(place);
            }
        })
    };
    let files: Vec<FileTab> = state
        .tabs()
        .map(|file| FileTab {
            id: file.id,
            path: file.path.clone(),
            findings: file
                .report
                .as_ref()
                .map_or(0, |report| report.findings.len()),
        })
        .collect();
    let view = match state.view {
        View::Before => "view-before",
        View::After => "view-after",
        View::Results => "view-results",
    };
    let engine = match state.engine {
        Engine::Starting => "starting",
        Engine::Busy => "busy",
        Engine::Idle => "idle",
        Engine::Stopped => "stopped",
    };
    let unify = {
        let (dispatch, unified) = (dispatch.clone(), state.unified);
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Unified(!unified)))
    };
    let panel = |panel: Panel| {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Panel(Some(panel))))
    };
    let ondrop = {
        let open = commands.open.clone();
        Callback::from(move |event: DragEvent| {
            if let Some(data) = event.data_transfer()
                && data.files().is_some_and(|files| files.length() > 0)
            {
                event.prevent_default();
                open.emit(data.into());
            }
        })
    };
    let chosen = pick(&commands.open, |event: Event| {
        let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
        let files: JsValue = input.files()?.into();
        Some(files)
    });
    html! {
        <ContextProvider<Dispatch> context={dispatch.clone()}>
            <div class={classes!("page", view, state.unified.then_some("unified"), state.guide.part.is_some().then_some("guided"))} data-engine={engine} {ondrop} ondragover={|event: DragEvent| event.prevent_default()}>
                <Header
                    theme={state.theme}
                    share={commands.share.reform(|_: MouseEvent| ())}
                    history={panel(Panel::History)}
                    commands={panel(Panel::Commands)}
                />
                <Update host={props.host.clone()} />
                <div class="bar">
                    <Switch open={state.guide.part.is_some()} />
                    <Files {files} all={state.files.len()} active={state.active} open={chosen} />
                    <OptionsBar options={state.options.clone()} />
                </div>
                <Views view={state.view} findings={report.as_ref().map_or(0, |report| report.findings.len())} />
                <main id="main" tabindex="-1">
                    <PaneFrame
                        side="before"
                        title="Before"
                        slot={before}
                        facts={before_facts(file)}
                        actions={html! { <BeforeActions paste={commands.paste.reform(|_: MouseEvent| ())} /> }}
                    />
                    <Split name="columns" label="Width of the panes" />
                    <PaneFrame
                        side="after"
                        title="After"
                        slot={after}
                        facts={after_facts(file, state.engine)}
                        actions={html! {
                            <AfterActions
                                copy={commands.copy.reform(|_: MouseEvent| ())}
                                copied={commands.copied}
                                download={commands.download.reform(|_: MouseEvent| ())}
                                more={panel(Panel::Export)}
                                unified={state.unified}
                                unify={unify}
                            />
                        }}
                        banner={if state.engine == Engine::Stopped {
                            stopped(&dispatch)
                        } else if file.is_edited() {
                            html! {
                                <Edited
                                    update={file.update_available()}
                                    conflicts={file.conflicts()}
                                    {regenerate}
                                    {resolve}
                                    show={show_conflict}
                                />
                            }
                        } else {
                            Html::default()
                        }}
                    />
                    <Split name="rows" label="Height of the panes" />
                    <Results
                        report={report.clone()}
                        own={own_findings(file)}
                        {lines}
                        counts={file.counts()}
                        filter={state.filter}
                        tab={state.tab}
                        selected={state.selected}
                        rules={state.rules.clone()}
                        decisions={state.options.decisions.clone()}
                        stale={state.stale.clone()}
                        files={state.files.len() + state.unreadable.len()}
                        project={if state.tab == Tab::Files {
                            html! { <Project host={props.host.clone()} state={state.clone()} /> }
                        } else {
                            Html::default()
                        }}
                        empty={empty(file, state.engine)}
                    />
                <p id="editor-keys" class="sr">
                    { "Tab indents. To leave the editor press Escape, then Tab." }
                </p>
                </main>
                <GuideArea guide={state.guide.clone()} host={props.host.clone()} />
                <p class="sr" role="status" aria-live="polite">
                    { announcement(report.as_deref(), state.engine) }
                </p>
                <Panels host={props.host.clone()} state={state.clone()} {commands} {control} />
                <Message notice={state.notice.clone()} />
            </div>
        </ContextProvider<Dispatch>>
    }
}

/// Where the lines of the text begin that the report's places count in.
#[hook]
fn use_lines(report: Option<&Shared<FileReport>>, file: &File) -> Shared<Vec<usize>> {
    let kept = use_mut_ref(|| (None, Shared::new(Vec::new())));
    let mut kept = kept.borrow_mut();
    if kept.0.as_ref() != report {
        *kept = (report.cloned(), Shared::new(line_starts(&file.before)));
    }
    kept.1.clone()
}

/// Where the lines of a text begin, in UTF-16 code units.
fn line_starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut place = 0;
    for character in text.chars() {
        place += character.len_utf16();
        if character == '\n' {
            starts.push(place);
        }
    }
    starts
}

/// What was found in the text after that the user has made, each with its line.
fn own_findings(file: &File) -> Vec<(Finding, usize)> {
    let Some(findings) = file.after.findings.as_ref().filter(|_| file.is_edited()) else {
        return Vec::new();
    };
    if findings.is_empty() {
        return Vec::new();
    }
    let starts = line_starts(file.after.text());
    let line = |finding: &Finding| line(&starts, finding.before.start);
    findings.iter().map(|it| (it.clone(), line(it))).collect()
}

/// Whether the engine met code that is no Python.
fn has_syntax_error(report: &FileReport) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.rule.starts_with("syntax/"))
}

fn before_facts(file: &File) -> Vec<String> {
    let mut facts = vec![count(
        file.before.split_inclusive('\n').count(),
        "line",
        "lines",
    )];
    facts.extend(file.origin.describe());
    if file
        .report
        .as_ref()
        .is_some_and(|report| report.bare_statements)
    {
        facts.push("read as the body of an async view".to_owned());
    }
    if file.report.as_deref().is_some_and(has_syntax_error) {
        facts.push("syntax error: the code around it is still analysed".to_owned());
    }
    facts
}

fn after_facts(file: &File, engine: Engine) -> Vec<String> {
    let state = match engine {
        Engine::Starting => "starting the engine…".to_owned(),
        Engine::Stopped => "analysis stopped".to_owned(),
        Engine::Busy if file.report.is_none() => "analysing…".to_owned(),
        Engine::Busy | Engine::Idle => match &file.report {
            Some(report) if !report.edits.is_empty() => count(report.edits.len(), "edit", "edits"),
            Some(_) if !file.before.trim().is_empty() => "no change".to_owned(),
            _ => return Vec::new(),
        },
    };
    let mut facts = vec![state];
    if let (true, Some(findings)) = (file.is_edited(), &file.after.findings) {
        facts.push(match findings.len() {
            0 => "your text: nothing found".to_owned(),
            found => format!("your text: {}", count(found, "finding", "findings")),
        });
    }
    facts
}

/// Says that the engine was stopped, and lets it go on.
fn stopped(dispatch: &Dispatch) -> Html {
    let dispatch = dispatch.clone();
    let resume = move |_: MouseEvent| dispatch.dispatch(Action::Resume);
    html! {
        <div class="banner update" role="status">
            <p><strong>{ "Analysis stopped." }</strong>{ " Your files are all here; nothing is changed in them." }</p>
            <button class="quiet" id="resume" onclick={resume}>{ "Analyse again" }</button>
        </div>
    }
}

/// What the results say when there is nothing to list.
fn empty(file: &File, engine: Engine) -> AttrValue {
    AttrValue::Static(match (engine, &file.report) {
        _ if file.before.trim().is_empty() => {
            "Paste a Django view into the left pane, or choose an example above."
        }
        (Engine::Stopped, _) => "The analysis of this code was stopped. Edit it to try again.",
        (_, None) => "Reading the code…",
        (_, Some(report)) if report.functions.iter().any(|it| !it.effects.is_empty()) => {
            "No change: what waits here stays as it is. Functions says why, for each."
        }
        _ => "No change: nothing was found here that a view waits for.",
    })
}

/// What a screen reader is told when an analysis is done.
fn announcement(report: Option<&FileReport>, engine: Engine) -> String {
    let (Some(report), Engine::Idle) = (report, engine) else {
        return String::new();
    };
    format!(
        "{}: {}, {}.",
        report.path,
        count(report.edits.len(), "edit", "edits"),
        count(report.findings.len(), "finding", "findings"),
    )
}

#[derive(Properties, PartialEq)]
struct ViewsProps {
    view: View,
    findings: usize,
}

/// What a narrow screen shows.
#[component]
fn Views(props: &ViewsProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let button = |view: View, label: String| {
        let dispatch = dispatch.clone();
        let onclick = move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                dispatch.dispatch(Action::View(view));
            }
        };
        html! {
            <button aria-pressed={(props.view == view).to_string()} {onclick}>{ label }</button>
        }
    };
    html! {
        <nav class="views" aria-label="Show">
            { button(View::Before, "Before".to_owned()) }
            { button(View::After, "After".to_owned()) }
            { button(View::Results, format!("Findings ({})", props.findings)) }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct MessageProps {
    notice: Option<Notice>,
}

/// The last message, until it is read.
#[component]
fn Message(props: &MessageProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    {
        let dispatch = dispatch.clone();
        use_effect_with(props.notice.clone(), move |notice| {
            // What can be undone stays longer: it has to be read and decided.
            let timeout = notice.as_ref().map(|notice| {
                let seconds = if notice.undo { 20 } else { 8 };
                Timeout::new(seconds * 1000, move || {
                    if let Some(dispatch) = &dispatch {
                        dispatch.dispatch(Action::Dismiss);
                    }
                })
            });
            move || drop(timeout)
        });
    }
    let act = |action: fn() -> Action| {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                dispatch.dispatch(action());
            }
        })
    };
    html! {
        <div class="notice-place" role="status" aria-live="polite">
            if let Some(notice) = &props.notice {
                <div class="notice" key={notice.id}>
                    <p>{ &notice.text }</p>
                    if notice.undo {
                        <button class="main" id="undo" onclick={act(|| Action::Undo)}>{ "Undo" }</button>
                    }
                    if notice.redo {
                        <button class="quiet" id="redo" onclick={act(|| Action::Redo)}>{ "Redo" }</button>
                    }
                    <button class="quiet" onclick={act(|| Action::Dismiss)}>{ "Dismiss" }</button>
                </div>
            }
        </div>
    }
}
