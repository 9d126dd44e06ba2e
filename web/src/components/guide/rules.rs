//! The rule reference: a page for each rule, from its own documentation.

use unblocked_rewriter::RuleInfo;
use yew::prelude::*;

use super::Desk;
use super::rail::link;
use crate::markdown;
use crate::state::{GuideAction, Shared};

#[derive(Properties, PartialEq)]
pub(super) struct ListProps {
    pub(super) rules: Shared<Vec<RuleInfo>>,
}

/// All rules.
#[component]
pub(super) fn RuleList(props: &ListProps) -> Html {
    html! {
        <>
            <h2>{ "Rules" }</h2>
            <ul class="rule-list">
                { for props.rules.iter().map(|rule| html! {
                    <li key={rule.name.clone()}>
                        <a href={link(&format!("rule:{}", rule.name))}><code>{ &rule.name }</code></a>
                        { markdown::render(&rule.summary) }
                    </li>
                }) }
            </ul>
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct RuleProps {
    pub(super) name: String,
    pub(super) rules: Shared<Vec<RuleInfo>>,
    pub(super) desk: Desk,
}

/// One rule.
#[component]
pub(super) fn RulePage(props: &RuleProps) -> Html {
    let rule = props.rules.iter().find(|rule| rule.name == props.name);
    let Some(rule) = rule else {
        return html! { <p class="nothing">{ format!("There is no rule {}.", props.name) }</p> };
    };
    html! {
        <>
            <p><a href={link("rules")}>{ "All rules" }</a></p>
            { markdown::render(&rule.docs) }
            { for rule.examples.iter().enumerate().map(|(index, example)| {
                let (title, code) = (format!("an example of {}", rule.name), example.before.clone());
                let open = props.desk.act.reform(move |_: MouseEvent| GuideAction::Try {
                    title: title.clone(),
                    code: code.clone(),
                });
                let label = match rule.examples.len() {
                    1 => "Open the example in the editor".to_owned(),
                    _ => format!("Open example {} in the editor", index + 1),
                };
                html! { <button class="quiet" onclick={open}>{ label }</button> }
            }) }
        </>
    }
}
