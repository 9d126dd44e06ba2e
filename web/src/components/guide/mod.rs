//! The guide: a rail of steps, and the part that is chosen.

mod answers;
mod assessment;
mod blocks;
mod checklist;
mod files;
mod pitfalls;
mod rail;
mod rules;

use unblocked_guide::{Answers, Guide};
use unblocked_rewriter::RuleInfo;
use yew::prelude::*;

use crate::host::Host;
use crate::markdown;
use crate::state::{GuideAction, Shared};
use answers::Questions;
use assessment::Views;
use blocks::{Blocks, ClaimNote};
use checklist::Checklist;
use pitfalls::Pitfalls;
use rail::Rail;
use rules::{RuleList, RulePage};

/// What parts have in common.
#[derive(Clone, PartialEq)]
struct Desk {
    /// Says what the reader did.
    act: Callback<GuideAction>,
    /// Clipboard and downloads.
    host: Host,
}

#[derive(Properties, PartialEq)]
pub(crate) struct GuideProps {
    /// The part that is shown.
    pub(crate) part: String,
    /// What the reader answered.
    pub(crate) answers: Answers,
    pub(crate) guide: Shared<Guide>,
    pub(crate) rules: Shared<Vec<RuleInfo>>,
    /// Says what the reader did.
    pub(crate) act: Callback<GuideAction>,
    /// Clipboard and downloads.
    pub(crate) host: Host,
}

/// The guide: an application of its own, see [`crate::GuideView`].
#[component]
pub(crate) fn GuideParts(props: &GuideProps) -> Html {
    let content = use_node_ref();
    let opened = use_mut_ref(|| false);
    use_effect_with(
        (content.clone(), props.part.clone()),
        move |(content, part)| {
            let opened = opened.replace(true);
            if let Some(content) = content.cast::<web_sys::Element>() {
                let pitfall = part.strip_prefix("pitfall:").and_then(|id| {
                    let place = format!("#pitfall-{id}");
                    content.query_selector(&place).ok().flatten()
                });
                match pitfall {
                    Some(pitfall) => pitfall.scroll_into_view(),
                    None => {
                        content.set_scroll_top(0);
                        // On a narrow screen it stands below the rail, or the page is scrolled far into the part before.
                        if opened {
                            content.scroll_into_view();
                        }
                    }
                }
            }
        },
    );
    let desk = Desk {
        act: props.act.clone(),
        host: props.host.clone(),
    };
    html! {
        <>
            <Rail guide={props.guide.clone()} part={props.part.clone()} act={desk.act.clone()} />
            <div class="guide-part" tabindex="0" ref={content} key="part">
                { shown(&props.part, &props.guide, &props.answers, &props.rules, &desk) }
            </div>
        </>
    }
}

/// The part of this name.
fn shown(
    part: &str,
    guide: &Shared<Guide>,
    answers: &Answers,
    rules: &Shared<Vec<RuleInfo>>,
    desk: &Desk,
) -> Html {
    if let Some(name) = part.strip_prefix("rule:") {
        return html! { <RulePage name={name.to_owned()} rules={rules.clone()} desk={desk.clone()} /> };
    }
    if let Some(id) = part.strip_prefix("pitfall:") {
        return html! { <Pitfalls guide={guide.clone()} chosen={id.to_owned()} desk={desk.clone()} /> };
    }
    match part {
        "rules" => html! { <RuleList rules={rules.clone()} /> },
        "pitfalls" => html! { <Pitfalls guide={guide.clone()} desk={desk.clone()} /> },
        "checklist" => html! { <Checklist guide={guide.clone()} desk={desk.clone()} /> },
        "introduction" => html! {
            <>
                <h2>{ "What async brings" }</h2>
                { for guide.claims.iter().filter(|claim| claim.part == "introduction").map(|claim| html! {
                    <ClaimNote claim={claim.clone()} />
                }) }
            </>
        },
        _ => {
            let step = guide
                .steps
                .iter()
                .find(|step| step.id == part)
                .or(guide.steps.first());
            let Some(step) = step else {
                return Html::default();
            };
            html! {
                <>
                    <h2>{ format!("{}. {}", step.number, step.title) }</h2>
                    <p class="summary">
                        <span class={classes!("badge", state_class(step.state))}>{ step.state.as_str() }</span>
                        { markdown::render(&step.summary) }
                    </p>
                    if step.id == "assessment" {
                        <Views guide={guide.clone()} desk={desk.clone()} />
                        <Questions guide={guide.clone()} answers={answers.clone()} desk={desk.clone()} />
                        <Blocks
                            blocks={step.blocks.iter().filter(|block| matches!(block, unblocked_guide::Block::Claim(_))).cloned().collect::<Vec<_>>()}
                            guide={guide.clone()}
                            desk={desk.clone()}
                        />
                    } else {
                        <Blocks blocks={step.blocks.clone()} guide={guide.clone()} desk={desk.clone()} />
                    }
                </>
            }
        }
    }
}

fn state_class(state: unblocked_guide::State) -> &'static str {
    match state {
        unblocked_guide::State::ToDo => "review",
        unblocked_guide::State::Done => "safe",
        unblocked_guide::State::NotNeeded => "set-aside",
    }
}
