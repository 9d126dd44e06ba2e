//! Small parts that others are made of.

use unblocked_rewriter::{Applicability, Decision, Finding, FindingState, InTurn};
use yew::prelude::*;

/// The word for an applicability.
pub(crate) fn applicability(kind: Applicability) -> (&'static str, &'static str) {
    match kind {
        Applicability::Safe => ("safe", "Safe"),
        Applicability::Review => ("review", "Review"),
        Applicability::Manual => ("manual", "Manual"),
    }
}

/// What an applicability means, in a sentence.
pub(crate) fn meaning(kind: Applicability) -> &'static str {
    match kind {
        Applicability::Safe => "Changed. It behaves the same on the target Django.",
        Applicability::Review => "Changed, under an assumption: check that it holds.",
        Applicability::Manual => "Not changed: this is left to you.",
    }
}

/// What became of a finding, in a sentence.
pub(crate) fn outcome(finding: &Finding) -> &'static str {
    match finding.state {
        FindingState::Applied | FindingState::Open => meaning(finding.applicability),
        FindingState::Rejected => "Not changed. What is done instead is a finding of its own.",
        FindingState::Withheld => "Not changed: only safe changes were asked for.",
    }
}

/// How sure a change is, as a small label.
#[derive(Properties, PartialEq)]
pub(crate) struct BadgeProps {
    pub(crate) kind: Applicability,
    pub(crate) state: FindingState,
}

/// How sure a change is, as a small label.
#[component]
pub(crate) fn Badge(props: &BadgeProps) -> Html {
    let (class, word) = match props.state {
        FindingState::Applied | FindingState::Open => applicability(props.kind),
        FindingState::Rejected => ("set-aside", "Rejected"),
        FindingState::Withheld => ("set-aside", "Withheld"),
    };
    html! { <span class={classes!("badge", class)}>{ word }</span> }
}

/// The word and class for a decision.
pub(crate) fn decision(decision: Decision) -> (&'static str, &'static str) {
    match decision {
        Decision::Convert => ("convert", "Converted"),
        Decision::Twin => ("twin", "Async twin"),
        Decision::Wrap => ("wrap", "Wrapped"),
        Decision::Leave => ("leave", "Left sync"),
        Decision::AlreadyAsync => ("async", "Already async"),
    }
}

/// Why waits follow each other, a line for each reason with its name.
pub(crate) fn in_turn(all: &[InTurn]) -> Html {
    html! {
        <ul class="in-turn">
            { for all.iter().map(|one| html! {
                <li>
                    <code title={format!("{} {}", one.because.meaning(), one.because.what_to_do())}>
                        { one.because.as_str() }
                    </code>
                    { " " }
                    { sentence(&one.reason) }
                </li>
            }) }
        </ul>
    }
}

/// `1 change`, `2 changes`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An icon, drawn with the current color.
#[derive(Properties, PartialEq)]
pub(crate) struct IconProps {
    pub(crate) path: &'static str,
}

/// An icon, drawn with the current color.
#[component]
pub(crate) fn Icon(props: &IconProps) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d={props.path} />
        </svg>
    }
}

/// The icons' paths, on a grid of 16.
pub(crate) mod icons {
    pub(crate) const COPY: &str = "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z";
    pub(crate) const DOWNLOAD: &str = "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11";
    pub(crate) const PASTE: &str = "M5.5 3.5h-2v10h9v-10h-2M5.5 2.5h5v2h-5zM6 8.5h4M6 11h4";
    pub(crate) const OPEN: &str = "M1.5 12.5v-9h4l1.5 2h7.5v7z";
    pub(crate) const CLOSE: &str = "M4 4l8 8M12 4l-8 8";
    pub(crate) const SHARE: &str = "M8 10V2M5 4.5 8 1.5l3 3M3.5 7.5v6h9v-6";
    pub(crate) const MORE: &str = "M3 8h.01M8 8h.01M13 8h.01";
    pub(crate) const ADD: &str = "M8 3v10M3 8h10";
    pub(crate) const RENAME: &str = "M2.5 13.5v-3l8-8 3 3-8 8zM8.5 4.5l3 3";
}

/// Passes on what `pick` makes of an event, if anything.
pub(crate) fn pick<EVENT: 'static, OUT: 'static>(
    to: &Callback<OUT>,
    pick: impl Fn(EVENT) -> Option<OUT> + 'static,
) -> Callback<EVENT> {
    let to = to.clone();
    Callback::from(move |event| {
        if let Some(out) = pick(event) {
            to.emit(out);
        }
    })
}

/// A sentence of the engine's, with what stands in backticks as code.
pub(crate) fn sentence(text: &str) -> Html {
    // The command prints these after a colon; here they stand alone.
    let mut characters = text.chars();
    let text: String = characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect();
    // An odd backtick opens nothing.
    let codes = text.matches('`').count() / 2 * 2;
    let mut nodes = Vec::new();
    let mut code = false;
    for part in text.splitn(codes + 1, '`') {
        nodes.push(if code {
            html! { <code>{ part }</code> }
        } else {
            html! { part.to_owned() }
        });
        code = !code;
    }
    nodes.into_iter().collect()
}
