//! Deciding about changes and functions.

use unblocked_rewriter::{
    Choice, Decision, Finding, FindingState, FunctionReport, StaleDecision, UserDecision,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::bits::{count, pick, sentence};
use crate::state::Action;
use crate::state::decisions::about;

#[derive(Properties, PartialEq)]
pub(crate) struct ChangeProps {
    pub(crate) finding: Finding,
    pub(crate) path: String,
    /// What was decided so far.
    pub(crate) decisions: Vec<UserDecision>,
    pub(crate) act: Callback<Action>,
}

/// Accepts or rejects a change: it alone, its rule's in the function, or its rule's everywhere.
#[component]
pub(crate) fn DecideChange(props: &ChangeProps) -> Html {
    let finding = &props.finding;
    if !finding.can_be_rejected {
        return Html::default();
    }
    let by = finding
        .decided_by
        .and_then(|index| props.decisions.get(index));
    if let Some(decision) = by {
        let taken = decision.clone();
        return html! {
            <div class="decide">
                <p class="meaning">{ told(decision) }</p>
                <button class="quiet" onclick={props.act.reform(move |_: MouseEvent| Action::TakeBack(taken.clone()))}>
                    { "Take back" }
                </button>
            </div>
        };
    }
    let choice = match finding.state {
        FindingState::Applied => Choice::Reject,
        FindingState::Withheld => Choice::Accept,
        FindingState::Open | FindingState::Rejected => return Html::default(),
    };
    let everywhere = UserDecision {
        rule: Some(finding.rule.clone()),
        ..UserDecision::new(choice)
    };
    let in_function = UserDecision {
        file: Some(props.path.clone()),
        function: finding.function.clone(),
        ..everywhere.clone()
    };
    let here = about(finding, &props.path, choice);
    let word = if choice == Choice::Accept {
        "Accept"
    } else {
        "Reject"
    };
    let button = |class: &'static str, label: Html, decision: UserDecision| {
        html! {
            <button {class} onclick={props.act.reform(move |_: MouseEvent| Action::Decide(decision.clone()))}>
                { label }
            </button>
        }
    };
    html! {
        <div class="decide" role="group" aria-label="Decide">
            { button("outlined", html! { format!("{word} this change") }, here) }
            if let Some(function) = &finding.function {
                { button("quiet", html! { <>{ format!("{word} this rule in ") }<code>{ function }</code></> }, in_function) }
            }
            { button("quiet", html! { format!("{word} this rule everywhere") }, everywhere) }
        </div>
    }
}

/// What a decision said of a change.
fn told(decision: &UserDecision) -> String {
    let what = match decision.choice {
        Choice::Accept => "accepted",
        _ => "rejected",
    };
    match (&decision.fingerprint, &decision.function) {
        (Some(_), _) => format!("You {what} this change."),
        (None, Some(function)) => format!("You {what} this rule in {function}."),
        (None, None) => format!("You {what} this rule everywhere."),
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct FunctionProps {
    pub(crate) function: FunctionReport,
    pub(crate) path: String,
    pub(crate) act: Callback<Action>,
}

/// The choices, as a menu offers them: their values and words.
const CHOICES: [(Choice, &str, &str); 4] = [
    (Choice::Convert, "convert", "Convert"),
    (Choice::Twin, "twin", "Async twin"),
    (Choice::Wrap, "wrap", "Wrap"),
    (Choice::Leave, "leave", "Leave sync"),
];

/// What becomes of a function: as planned, or as chosen, where that can be.
#[component]
pub(crate) fn DecideFunction(props: &FunctionProps) -> Html {
    let function = &props.function;
    if function.decision == Decision::AlreadyAsync {
        return Html::default();
    }
    let obstacle = |choice: Choice| {
        function
            .possibilities
            .iter()
            .find(|one| one.choice == choice)
            .and_then(|one| one.obstacle.as_deref())
    };
    let onchange = {
        let (file, name) = (props.path.clone(), function.name.clone());
        pick(&props.act, move |event: Event| {
            let menu: HtmlSelectElement = event.target()?.dyn_into().ok()?;
            let value = menu.value();
            let chosen = CHOICES.iter().find(|(_, known, _)| *known == value);
            let decision = UserDecision {
                file: Some(file.clone()),
                function: Some(name.clone()),
                ..UserDecision::new(chosen.map_or(Choice::Leave, |(choice, ..)| *choice))
            };
            Some(match chosen {
                Some(_) => Action::Decide(decision),
                None => Action::TakeBack(decision),
            })
        })
    };
    let impossible: Vec<_> = CHOICES
        .iter()
        .filter_map(|(choice, _, word)| Some((*word, obstacle(*choice)?)))
        .collect();
    html! {
        <div class="decide-function">
            <label>
                <span class="sr">{ format!("What becomes of {}", function.name) }</span>
                <select {onchange}>
                    <option value="" selected={function.chosen.is_none()}>{ "As planned" }</option>
                    { for CHOICES.iter().map(|(choice, value, word)| {
                        let chosen = function.chosen == Some(*choice);
                        html! {
                            <option
                                value={*value}
                                selected={chosen}
                                disabled={!chosen && obstacle(*choice).is_some()}
                            >
                                { *word }
                            </option>
                        }
                    }) }
                </select>
            </label>
            if !impossible.is_empty() {
                <details>
                    <summary>
                        { count(impossible.len(), "choice is", "choices are") }{ " impossible" }
                        <span class="sr">{ format!(" for {}", function.name) }</span>
                    </summary>
                    <dl>
                        { for impossible.iter().map(|(word, reason)| html! {
                            <><dt>{ *word }</dt><dd>{ sentence(reason) }</dd></>
                        }) }
                    </dl>
                </details>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ResetProps {
    pub(crate) decisions: Vec<UserDecision>,
    /// Those of them that fit nothing.
    pub(crate) stale: Vec<StaleDecision>,
    pub(crate) act: Callback<Action>,
}

/// Takes all decisions back, or those that fit nothing, which are named.
#[component]
pub(crate) fn Reset(props: &ResetProps) -> Html {
    if props.decisions.is_empty() {
        return Html::default();
    }
    let stale = props.stale.iter().filter_map(|stale| {
        let decision = props.decisions.get(stale.decision)?;
        Some(html! { <li>{ sentence(&format!("{} {}", named(decision), stale.reason)) }</li> })
    });
    html! {
        <div class="decided">
            <span>{ count(props.decisions.len(), "decision", "decisions") }</span>
            if !props.stale.is_empty() {
                <details class="stale">
                    <summary>{ format!("{} without code", props.stale.len()) }</summary>
                    <div class="stale-list">
                        <ul>{ for stale }</ul>
                        <button class="quiet" id="clear-stale" onclick={props.act.reform(|_: MouseEvent| Action::ClearStale)}>
                            { "Clear these" }
                        </button>
                    </div>
                </details>
            }
            <button class="quiet" id="reset-decisions" onclick={props.act.reform(|_: MouseEvent| Action::ResetDecisions)}>
                { "Reset decisions" }
            </button>
        </div>
    }
}

/// A decision in words, for a list of some.
fn named(decision: &UserDecision) -> String {
    let what = match decision.choice {
        Choice::Accept => "accept",
        Choice::Reject => "reject",
        Choice::Convert => "convert",
        Choice::Twin => "async twin",
        Choice::Wrap => "wrap",
        Choice::Leave => "leave sync",
        Choice::Unknown => "unknown",
    };
    let parts = [&decision.rule, &decision.function, &decision.file];
    let about: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|it| format!("`{it}`"))
        .collect();
    format!("{what} {}:", about.join(" in "))
}
