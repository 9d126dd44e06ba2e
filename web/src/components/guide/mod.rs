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

use crate::hooks::Dispatch;
use crate::host::Host;
use crate::markdown;
use crate::state::{Action, GuideAction, GuideState, Shared};
use answers::Questions;
use assessment::Views;
use blocks::{Blocks, ClaimNote};
use checklist::Checklist;
use pitfalls::Pitfalls;
use rail::Rail;
use rules::{RuleList, RulePage};

/// The part that is shown first.
pub(crate) const FIRST: &str = "assessment";

/// What parts have in common.
#[derive(Clone, PartialEq)]
struct Desk {
    /// Says what the reader did.
    act: Callback<GuideAction>,
    /// Clipboard and downloads.
    host: Host,
}

#[derive(Properties, PartialEq)]
pub(crate) struct SwitchProps {
    pub(crate) open: bool,
}

/// Code or guide.
#[component]
pub(crate) fn Switch(props: &SwitchProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let button = |open: bool, label: &'static str| {
        let dispatch = dispatch.clone();
        let onclick = move |_: MouseEvent| {
            if let Some(dispatch) = &dispatch {
                let part = open.then(|| FIRST.to_owned());
                dispatch.dispatch(Action::Guide(GuideAction::Show(part)));
            }
        };
        html! { <button aria-pressed={(props.open == open).to_string()} {onclick}>{ label }</button> }
    };
    html! {
        <nav class="areas" aria-label="Area">
            { button(false, "Code") }
            { button(true, "Guide") }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct GuideProps {
    pub(crate) guide: GuideState,
    pub(crate) rules: Option<Shared<Vec<RuleInfo>>>,
    pub(crate) host: Host,
}

/// The guide, when it is looked at.
#[component]
pub(crate) fn GuideArea(props: &GuideProps) -> Html {
    let dispatch = use_context::<Dispatch>();
    let act = use_callback(dispatch, |action: GuideAction, dispatch| {
        if let Some(dispatch) = dispatch {
            dispatch.dispatch(Action::Guide(action));
        }
    });
    let content = use_node_ref();
    use_effect_with(
        (content.clone(), props.guide.part.clone()),
        |(content, part)| {
            let Some(content) = content.cast::<web_sys::Element>() else {
                return;
            };
            let pitfall = part
                .as_ref()
                .and_then(|part| part.strip_prefix("pitfall:"))
                .and_then(|id| {
                    let place = format!("#pitfall-{id}");
                    content.query_selector(&place).ok().flatten()
                });
            match pitfall {
                Some(pitfall) => pitfall.scroll_into_view(),
                None => content.set_scroll_top(0),
            }
        },
    );
    let Some(part) = &props.guide.part else {
        return Html::default();
    };
    let Some(made) = &props.guide.made else {
        let again = {
            let part = part.clone();
            act.reform(move |_: MouseEvent| GuideAction::Show(Some(part.clone())))
        };
        return html! {
            <section class="guide" id="guide" role="main" aria-label="Guide">
                if props.guide.failed {
                    <p class="nothing" role="alert">{ "The guide could not be loaded. " }<button onclick={again}>{ "Try again" }</button></p>
                } else {
                    <p class="nothing">{ "Making the guide…" }</p>
                }
            </section>
        };
    };
    let desk = Desk {
        act,
        host: props.host.clone(),
    };
    html! {
        <section class="guide" id="guide" role="main" aria-label="Guide">
            <Rail guide={made.clone()} part={part.clone()} act={desk.act.clone()} />
            <div class="guide-part" tabindex="0" ref={content} key="part">
                { shown(part, made, &props.guide.answers, props.rules.as_ref(), &desk) }
            </div>
        </section>
    }
}

/// The part of this name.
fn shown(
    part: &str,
    guide: &Shared<Guide>,
    answers: &Answers,
    rules: Option<&Shared<Vec<RuleInfo>>>,
    desk: &Desk,
) -> Html {
    if let Some(name) = part.strip_prefix("rule:") {
        return html! { <RulePage name={name.to_owned()} rules={rules.cloned()} desk={desk.clone()} /> };
    }
    if let Some(id) = part.strip_prefix("pitfall:") {
        return html! { <Pitfalls guide={guide.clone()} chosen={id.to_owned()} desk={desk.clone()} /> };
    }
    match part {
        "rules" => html! { <RuleList rules={rules.cloned()} /> },
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
