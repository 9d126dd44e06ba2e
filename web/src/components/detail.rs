//! One finding in full, and what its rule says of itself.

use unblocked_rewriter::{FileReport, UserDecision};
use web_sys::{Element, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use super::bits::{Badge, outcome, sentence};
use super::decide::DecideChange;
use crate::markdown::Element as Text;
use crate::state::{Action, RuleDocs, Shared, View};

#[derive(Properties, PartialEq)]
pub(crate) struct DetailProps {
    pub(crate) report: Option<Shared<FileReport>>,
    pub(crate) selected: Option<usize>,
    pub(crate) rules: Option<Shared<Vec<RuleDocs>>>,
    /// What was decided so far.
    pub(crate) decisions: Vec<UserDecision>,
    pub(crate) act: Callback<Action>,
}

/// A web address, and nothing else: what the engine gives is shown as a link only if it is one.
fn web_address(url: Option<&String>) -> Option<String> {
    url.filter(|url| url.starts_with("https://")).cloned()
}

/// One finding in full.
#[component]
pub(crate) fn Detail(props: &DetailProps) -> Html {
    let place = use_node_ref();
    use_effect_with((place.clone(), props.selected), |(place, selected)| {
        // On a narrow screen it stands above the list, perhaps out of sight.
        if let (Some(_), Some(place)) = (selected, place.cast::<Element>()) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            place.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let show = |view: View, label: &'static str| {
        let onclick = props.act.reform(move |_: MouseEvent| Action::View(view));
        html! { <button class="quiet" {onclick}>{ label }</button> }
    };
    let finding = props.selected.and_then(|index| {
        let report = props.report.as_ref()?;
        report.findings.get(index)
    });
    let Some(finding) = finding else {
        return html! {
            <aside class="detail" aria-label="Explanation" tabindex="0" ref={place}>
                <p class="nothing">{ "Choose a finding to see its place, why it matters and what its rule does." }</p>
            </aside>
        };
    };
    let rule = props
        .rules
        .as_ref()
        .and_then(|rules| rules.iter().find(|rule| rule.name == finding.rule));
    html! {
        <aside class="detail" aria-label="Explanation" tabindex="0" ref={place}>
            <h3><code>{ &finding.rule }</code><Badge kind={finding.applicability} state={finding.state} /></h3>
            <p class="message">{ sentence(&finding.message) }</p>
            if let Some(help) = &finding.help {
                <p>{ sentence(help) }</p>
            }
            if let Some(way) = finding.way() {
                <p>{ "Reached by " }<code>{ way }</code></p>
            }
            <p class="meaning">{ outcome(finding) }</p>
            <DecideChange
                finding={finding.clone()}
                path={props.report.as_ref().map(|report| report.path.clone()).unwrap_or_default()}
                decisions={props.decisions.clone()}
                act={props.act.clone()}
            />
            if let Some(url) = web_address(finding.docs_url.as_ref()) {
                <p><a href={url} target="_blank" rel="noopener noreferrer">{ "Documentation" }<span class="sr">{ " (opens a new tab)" }</span></a></p>
            }
            <div class="narrow">
                { show(View::Before, "Show before") }
                { show(View::After, "Show after") }
            </div>
            if let Some(rule) = rule {
                <p><a href={format!("#rule={}", rule.name)}>{ "The rule’s page" }</a></p>
                <Docs key={rule.name.clone()} docs={rule.docs.clone()} />
            }
        </aside>
    }
}

#[derive(Properties, PartialEq)]
struct DocsProps {
    docs: Text,
}

/// What a rule says of itself, on demand.
#[component]
fn Docs(props: &DocsProps) -> Html {
    let open = use_state(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <div class="docs">
            <button class="quiet" aria-expanded={open.to_string()} onclick={toggle}>
                { if *open { "Hide what this rule does" } else { "What this rule does" } }
            </button>
            if *open {
                { props.docs.show() }
            }
        </div>
    }
}
