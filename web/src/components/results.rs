//! What was found and what was decided.

use unblocked_rewriter::{
    Applicability, FileReport, Finding, FunctionKind, StaleDecision, UserDecision,
};
use yew::prelude::*;

use super::bits::{Badge, applicability, count, decision, in_turn, meaning, sentence};
use super::decide::{DecideFunction, Reset};
use super::detail::Detail;
use crate::hooks::Dispatch;
use crate::state::{Action, Filter, RuleDocs, Shared, Tab, is_standing};

/// How many entries are drawn until more are asked for.
const PAGE: usize = 200;

/// The same of functions, whose rows are larger.
const ROWS: usize = 30;

#[derive(Properties, PartialEq)]
pub(crate) struct ResultsProps {
    pub(crate) report: Option<Shared<FileReport>>,
    /// The text that the report's places count in, when it is still the text of now.
    pub(crate) lines: Shared<Vec<usize>>,
    /// What was found in the text after that the user has made, each with its line.
    pub(crate) own: Vec<(Finding, usize)>,
    pub(crate) counts: [usize; 3],
    pub(crate) filter: Filter,
    pub(crate) tab: Tab,
    pub(crate) selected: Option<usize>,
    pub(crate) rules: Option<Shared<Vec<RuleDocs>>>,
    pub(crate) decisions: Vec<UserDecision>,
    /// The decisions that fit nothing.
    pub(crate) stale: Vec<StaleDecision>,
    /// What to say when there is nothing to list.
    pub(crate) empty: AttrValue,
    /// How many files there are.
    pub(crate) files: usize,
    /// The list of them, when it is looked at.
    pub(crate) project: Html,
}

/// The line of a place, counted from one. `starts` are the places where lines begin.
pub(super) fn line(starts: &[usize], place: usize) -> usize {
    starts.partition_point(|start| *start <= place).max(1)
}

/// What was found and what was decided.
#[component]
pub(crate) fn Results(props: &ResultsProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let act = use_callback(dispatch, |action: Action, dispatch| {
        if let Some(dispatch) = dispatch {
            dispatch.dispatch(action);
        }
    });
    let functions = props
        .report
        .as_ref()
        .map_or(0, |report| report.functions.len());
    let findings = props.counts.iter().sum::<usize>() + props.own.len();
    // Where there is one file, there is no list of them.
    let shown = match props.tab {
        Tab::Files if props.files <= 1 => Tab::Findings,
        tab => tab,
    };
    let tab = |tab: Tab, label: &'static str, number: usize| {
        let chosen = shown == tab;
        html! {
            <button
                class="tab"
                aria-pressed={chosen.to_string()}
                onclick={act.reform(move |_: MouseEvent| Action::Tab(tab))}
            >
                { label }
                <span class="count">{ number }</span>
            </button>
        }
    };
    html! {
        <section class="results" aria-label="Results">
            <div class="results-head">
                <div class="tabs" role="group" aria-label="Show">
                    { tab(Tab::Findings, "Changes and findings", findings) }
                    { tab(Tab::Functions, "Functions", functions) }
                    if props.files > 1 {
                        { tab(Tab::Files, "Files", props.files) }
                    }
                </div>
                <Reset decisions={props.decisions.clone()} stale={props.stale.clone()} act={act.clone()} />
                if shown == Tab::Findings {
                    <Filters counts={props.counts} filter={props.filter} act={act.clone()} />
                }
            </div>
            <div class="results-body">
                if shown == Tab::Findings {
                    <Findings
                        report={props.report.clone()}
                        own={props.own.clone()}
                        lines={props.lines.clone()}
                        filter={props.filter}
                        selected={props.selected}
                        act={act.clone()}
                        empty={props.empty.clone()}
                    />
                    if props.counts != [0; 3] {
                        <Detail
                            report={props.report.clone()}
                            selected={props.selected}
                            rules={props.rules.clone()}
                            decisions={props.decisions.clone()}
                            act={act.clone()}
                        />
                    }
                } else if shown == Tab::Files {
                    { props.project.clone() }
                } else {
                    <Functions
                        report={props.report.clone()}
                        lines={props.lines.clone()}
                        {act}
                        empty={props.empty.clone()}
                    />
                }
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct FiltersProps {
    counts: [usize; 3],
    filter: Filter,
    act: Callback<Action>,
}

#[component]
fn Filters(props: &FiltersProps) -> Html {
    let kinds = [
        Applicability::Safe,
        Applicability::Review,
        Applicability::Manual,
    ];
    html! {
        <div class="filters" role="group" aria-label="List findings that are">
            { for kinds.into_iter().zip(props.counts).map(|(kind, number)| {
                let (class, word) = applicability(kind);
                html! {
                    <button
                        class={classes!("filter", class)}
                        aria-pressed={props.filter.shows(kind).to_string()}
                        title={meaning(kind)}
                        onclick={props.act.reform(move |_: MouseEvent| Action::Toggle(kind))}
                    >
                        { word }
                        <span class="count">{ number }</span>
                    </button>
                }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FindingsProps {
    report: Option<Shared<FileReport>>,
    own: Vec<(Finding, usize)>,
    lines: Shared<Vec<usize>>,
    filter: Filter,
    selected: Option<usize>,
    act: Callback<Action>,
    empty: AttrValue,
}

#[component]
fn Findings(props: &FindingsProps) -> Html {
    let pages = use_state(|| 1_usize);
    let shown: Vec<(usize, &Finding)> = props
        .report
        .iter()
        .flat_map(|report| report.findings.iter().enumerate())
        .filter(|(_, finding)| props.filter.shows(finding.applicability))
        .collect();
    if shown.is_empty() && props.own.is_empty() {
        let found = props
            .report
            .as_ref()
            .is_some_and(|report| !report.findings.is_empty());
        return html! {
            <p class="nothing">
                { if found { AttrValue::Static("The filters hide all findings.") } else { props.empty.clone() } }
            </p>
        };
    }
    let rest = shown.len().saturating_sub(*pages * PAGE);
    let more = {
        let pages = pages.clone();
        Callback::from(move |_: MouseEvent| pages.set(*pages + 1))
    };
    html! {
        <div class="list">
            if !props.own.is_empty() {
                { own(&props.own, &props.act) }
            }
            <ol aria-label="Changes and findings">
            { for shown.iter().take(*pages * PAGE).map(|(index, finding)| {
                let index = *index;
                html! {
                    <li key={index}>
                        <button
                            class={classes!("finding", (!is_standing(finding)).then_some("gone"))}
                            aria-current={(props.selected == Some(index)).then_some("true")}
                            onclick={props.act.reform(move |_: MouseEvent| Action::Select(Some(index)))}
                        >
                            <Badge kind={finding.applicability} state={finding.state} />
                            <span class="message">{ sentence(&finding.message) }</span>
                            <span class="rule">{ &finding.rule }</span>
                            <span class="place">
                                <span class="sr">{ "line " }</span>
                                { line(&props.lines, finding.before.start) }
                            </span>
                        </button>
                    </li>
                }
            }) }
            { show_more(rest, more) }
            </ol>
        </div>
    }
}

/// What was found in the text after that the user has made.
fn own(findings: &[(Finding, usize)], act: &Callback<Action>) -> Html {
    html! {
        <>
            <p class="list-title">{ "In the code after, as you edited it" }</p>
            <ol class="own" aria-label="Findings in your code after">
                { for findings.iter().take(PAGE).enumerate().map(|(index, (finding, line))| {
                    let range = finding.before;
                    html! {
                        <li key={index}>
                            <button
                                class="finding"
                                title={finding.help.clone()}
                                onclick={act.reform(move |_: MouseEvent| Action::RevealOwn(range))}
                            >
                                <Badge kind={Applicability::Manual} state={finding.state} />
                                <span class="message">{ sentence(&finding.message) }</span>
                                <span class="rule">{ &finding.rule }</span>
                                <span class="place"><span class="sr">{ "line " }</span>{ line }</span>
                            </button>
                        </li>
                    }
                }) }
            </ol>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct FunctionsProps {
    report: Option<Shared<FileReport>>,
    lines: Shared<Vec<usize>>,
    act: Callback<Action>,
    empty: AttrValue,
}

fn kind(kind: FunctionKind) -> &'static str {
    match kind {
        FunctionKind::View => "view",
        FunctionKind::Handler => "handler",
        FunctionKind::Function => "function",
    }
}

/// The end of a list that is drawn in parts.
fn show_more(rest: usize, more: Callback<MouseEvent>) -> Html {
    html! {
        if rest > 0 {
            <li>
                <button class="quiet more" onclick={more}>
                    { format!("Show more ({rest} left)") }
                </button>
            </li>
        }
    }
}

#[component]
fn Functions(props: &FunctionsProps) -> Html {
    let functions = props
        .report
        .as_ref()
        .map_or(&[][..], |report| &*report.functions);
    let path = props
        .report
        .as_ref()
        .map(|report| report.path.clone())
        .unwrap_or_default();
    let pages = use_state(|| 1_usize);
    if functions.is_empty() {
        return html! { <p class="nothing">{ props.empty.clone() }</p> };
    }
    let shown = *pages * ROWS;
    let rest = functions.len().saturating_sub(shown);
    let more = {
        let pages = pages.clone();
        Callback::from(move |_: MouseEvent| pages.set(*pages + 1))
    };
    html! {
        <ol class="list wide" aria-label={count(functions.len(), "function", "functions")}>
            { for functions.iter().take(shown).enumerate().map(|(index, function)| {
                let (class, word) = decision(function.decision);
                let range = function.before;
                html! {
                    <li key={index} class="row">
                        <button
                            class="function"
                            onclick={props.act.reform(move |_: MouseEvent| Action::Reveal(range))}
                        >
                            <span class={classes!("badge", "decision", class)}>{ word }</span>
                            <span class="name">
                                <code>{ &function.name }</code>
                                <span class="kind">{ kind(function.kind) }</span>
                            </span>
                            <span class="message">
                                <code
                                    class="because"
                                    title={format!("{} {}", function.because.meaning(), function.because.what_to_do())}
                                >
                                    { function.because.as_str() }
                                </code>
                                { " " }
                                { sentence(&function.reason) }
                            </span>
                            <span class="effects">
                                if !function.effects.is_empty() {
                                    { "waits for " }{ function.effects.join(", ") }
                                }
                            </span>
                            <span class="place">
                                <span class="sr">{ "line " }</span>
                                { line(&props.lines, range.start) }
                            </span>
                        </button>
                        <DecideFunction
                            function={function.clone()}
                            path={path.clone()}
                            act={props.act.clone()}
                        />
                        if !function.in_turn.is_empty() {
                            <details class="waits-in-turn">
                                <summary>
                                    { "Why waits follow each other" }
                                    <span class="sr">{ format!(" in {}", function.name) }</span>
                                </summary>
                                { in_turn(&function.in_turn) }
                            </details>
                        }
                    </li>
                }
            }) }
            { show_more(rest, more) }
        </ol>
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_count_from_one() {
        let starts = [0, 4, 9];
        assert_eq!(line(&starts, 0), 1);
        assert_eq!(line(&starts, 3), 1);
        assert_eq!(line(&starts, 4), 2);
        assert_eq!(line(&starts, 99), 3);
    }
}
