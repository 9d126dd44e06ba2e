//! The views with what each waits for: a picture of time that is a table.

use unblocked_guide::{Guide, Recommendation, ViewAssessment, ViewWait};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Desk;
use super::blocks::PlaceButton;
use crate::components::bits::in_turn;
use crate::markdown;
use crate::state::{GuideAction, Shared};

/// Views that are opened from the start.
const OPEN: usize = 3;

/// The longest latency that can be dragged to, in milliseconds.
const LONGEST: f64 = 3000.0;

#[derive(Properties, PartialEq)]
pub(super) struct ViewsProps {
    pub(super) guide: Shared<Guide>,
    pub(super) desk: Desk,
}

/// The views, in the order in which to look at them.
#[component]
pub(super) fn Views(props: &ViewsProps) -> Html {
    let assessment = &props.guide.assessment;
    html! {
        <>
            <p>{ format!("{}. {}", props.guide.summary, assessment.summary) }</p>
            { for assessment.views.iter().enumerate().map(|(index, view)| html! {
                <ViewPicture key={view.id.clone()} view={view.clone()} open={index < OPEN} desk={props.desk.clone()} />
            }) }
            if !assessment.views.is_empty() {
                <details class="model">
                    <summary>{ "How requests per second are reckoned" }</summary>
                    <ul>{ for assessment.model.formulas.iter().map(|line| html! { <li><code>{ line }</code></li> }) }</ul>
                    <ul>{ for assessment.model.assumptions.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                </details>
            }
        </>
    }
}

fn class(recommendation: Recommendation) -> &'static str {
    match recommendation {
        Recommendation::Fix => "manual",
        Recommendation::Migrate => "safe",
        Recommendation::Later | Recommendation::Blocked => "review",
        Recommendation::StaySync | Recommendation::Done => "set-aside",
    }
}

#[derive(Properties, PartialEq)]
struct ViewProps {
    view: ViewAssessment,
    open: bool,
    desk: Desk,
}

#[component]
fn ViewPicture(props: &ViewProps) -> Html {
    let view = &props.view;
    let whole = view.before.max(view.after).max(view.overlapped).max(1.0);
    html! {
        <details class="view-picture" open={props.open}>
            <summary>
                <span class={classes!("badge", class(view.recommendation))}>{ view.recommendation.as_str() }</span>
                <code>{ &view.name }</code>
                <span class="ms">{ view.times() }</span>
            </summary>
            { markdown::render(&view.reason) }
            <p>
                <PlaceButton place={view.place.clone()} desk={props.desk.clone()} />
                if !view.routes.is_empty() {
                    <span>{ "At " }<code class="routes">{ view.shown_routes() }</code>{ ". " }</span>
                }
                if !view.work.is_empty() {
                    <span>{ format!("Work: {}.", view.work) }</span>
                }
            </p>
            <div class="scrolls" tabindex="0">
                <table class="waterfall">
                    <caption class="sr">{ format!("What {} waits for, and when", view.name) }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "waits for" }</th>
                            <th scope="col">{ "takes" }</th>
                            <th scope="col">{ "before" }</th>
                            <th scope="col">{ "async" }</th>
                            <th scope="col">{ "overlapping" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { for view.waits.iter().enumerate().map(|(index, wait)| html! {
                            <Row key={format!("{index}:{}", wait.id)} wait={wait.clone()} {whole} desk={props.desk.clone()} />
                        }) }
                        <tr class="total">
                            <th scope="row">{ "in all" }</th>
                            <td></td>
                            <td>{ format!("{:.0} ms", view.before) }</td>
                            <td>{ format!("{:.0} ms", view.after) }</td>
                            <td>{ format!("{:.0} ms", view.overlapped) }</td>
                        </tr>
                    </tbody>
                </table>
            </div>
            if !view.in_turn.is_empty() {
                <p><strong>{ "One after another, once it is async" }</strong></p>
                { in_turn(&view.in_turn) }
            }
            <p>{ view.capacity() }</p>
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    wait: ViewWait,
    whole: f64,
    desk: Desk,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let wait = &props.wait;
    let set = {
        let name = format!("latency:{}", wait.id);
        props.desk.act.reform(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            GuideAction::Answer(name.clone(), input.value())
        })
    };
    let value = format!("{}", wait.duration);
    html! {
        <tr class={classes!((!wait.is_counted).then_some("gone"))}>
            <th scope="row">
                <span class={classes!("effect", format!("effect-{}", wait.effect))}>{ wait.effect.to_string() }</span>
                <PlaceButton place={wait.place.clone()} desk={props.desk.clone()} />
                if !wait.chain.is_empty() {
                    <span class="why">
                        { "through " }
                        { wait.chain.iter().map(|link| &*link.label).collect::<Vec<_>>().join(" → ") }
                    </span>
                }
            </th>
            <td>
                if wait.is_counted {
                    <label>
                        <span class="sr">{ format!("Milliseconds of {}", wait.label) }</span>
                        <input type="number" min="0" step="any" value={value.clone()} onchange={set.clone()} />
                    </label>
                    <label>
                        <span class="sr">{ format!("Milliseconds of {}, to drag", wait.label) }</span>
                        <input type="range" min="0" max={LONGEST.to_string()} step="10" {value} onchange={set} />
                    </label>
                    if wait.times > 1 {
                        { format!("× {}", wait.times) }
                    }
                } else {
                    { "other branch" }
                }
            </td>
            <td>{ bar(wait, wait.before, props.whole) }</td>
            <td>{ bar(wait, wait.after, props.whole) }</td>
            <td>{ bar(wait, wait.overlapped, props.whole) }</td>
        </tr>
    }
}

/// When a wait passes, drawn and written.
fn bar(wait: &ViewWait, (start, end): (f64, f64), whole: f64) -> Html {
    if !wait.is_counted {
        return Html::default();
    }
    let x = start / whole * 100.0;
    let width = ((end - start) / whole * 100.0).max(0.5);
    html! {
        <>
            <svg class="bar-picture" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="lane" x="0" y="0" width="100" height="8" />
                <rect class={format!("effect-{}", wait.effect)} x={format!("{x:.2}")} y="0" width={format!("{width:.2}")} height="8" />
            </svg>
            <span class="ms">{ format!("{start:.0}–{end:.0} ms") }</span>
        </>
    }
}
