//! The questions, with the answers that the code gives, to be changed at once.

use unblocked_guide::{Answers, Guide, Input, Question, Source};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Desk;
use super::blocks::PlaceButton;
use crate::state::{GuideAction, Shared};

#[derive(Properties, PartialEq)]
pub(super) struct QuestionsProps {
    pub(super) guide: Shared<Guide>,
    pub(super) answers: Answers,
    pub(super) desk: Desk,
}

/// The questions.
#[component]
pub(super) fn Questions(props: &QuestionsProps) -> Html {
    html! {
        <>
            <h3>{ "Questions" }</h3>
            <p>{ "What your code says is filled in. Change what it does not know: the result follows at once, and your answers are kept in this browser." }</p>
            <ul class="questions">
                { for props.guide.questions.iter().map(|question| html! {
                    <li key={question.id.clone()}>
                        <One question={question.clone()} desk={props.desk.clone()} />
                    </li>
                }) }
            </ul>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct OneProps {
    question: Question,
    desk: Desk,
}

#[component]
fn One(props: &OneProps) -> Html {
    let question = &props.question;
    let id = format!("question-{}", question.id);
    let from = match question.source {
        Source::Code => ("safe", "your code"),
        Source::You => ("review", "you"),
        Source::Default => ("set-aside", "assumed"),
    };
    let set = {
        let name = question.id.clone();
        props
            .desk
            .act
            .reform(move |answer: String| GuideAction::Answer(name.clone(), answer))
    };
    let reset = set.reform(|_: MouseEvent| String::new());
    let can_reset = question.source == Source::You && !matches!(question.input, Input::Many(_));
    html! {
        <>
            <label for={id.clone()}>{ &question.text }</label>
            { input(question, id, &set, &props.desk) }
            <p class="answer">
                <span class={classes!("badge", from.0)}>{ from.1 }</span>
                { crate::components::bits::sentence(&question.answer) }
                if let Some(place) = question.places.first() {
                    <PlaceButton place={place.clone()} desk={props.desk.clone()} />
                }
                if can_reset {
                    <button class="quiet" onclick={reset}>{ "Take back" }</button>
                }
            </p>
        </>
    }
}

fn input(question: &Question, id: String, set: &Callback<String>, desk: &Desk) -> Html {
    match &question.input {
        Input::None => Html::default(),
        Input::Number(unit) => {
            let onchange = set.reform(|event: Event| {
                let input: HtmlInputElement = event.target_unchecked_into();
                input.value()
            });
            html! {
                <span>
                    <input type="number" min="0" step="any" {id} value={question.value.clone()} {onchange} />
                    { format!(" {unit}") }
                </span>
            }
        }
        Input::Choice(choices) => {
            let onchange = set.reform(|event: Event| {
                let select: HtmlSelectElement = event.target_unchecked_into();
                select.value()
            });
            html! {
                <select {id} {onchange}>
                    if question.value.is_empty() {
                        <option value="" selected=true>{ "not known" }</option>
                    }
                    { for choices.iter().map(|(key, label)| html! {
                        <option value={key.clone()} selected={*key == question.value}>{ label }</option>
                    }) }
                </select>
            }
        }
        Input::Many(choices) => html! {
            <span class="many" {id}>
                { for choices.iter().map(|(key, label, chosen)| {
                    let name = format!("view:{key}");
                    let onchange = desk.act.reform(move |event: Event| {
                        let input: HtmlInputElement = event.target_unchecked_into();
                        let answer = if input.checked() { "yes" } else { "" };
                        GuideAction::Answer(name.clone(), answer.to_owned())
                    });
                    html! {
                        <label class="check">
                            <input type="checkbox" checked={*chosen} {onchange} />
                            <span>{ label }</span>
                        </label>
                    }
                }) }
            </span>
        },
    }
}
