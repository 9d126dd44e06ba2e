//! Step 1: what each view waits for, and whether moving it pays.

use super::{Parts, count, made};
use crate::assessment::Recommendation;
use crate::data::{Block, State, Step};

pub(super) fn step(parts: &Parts<'_, '_>) -> Step {
    let assessment = parts.assessment;
    let mut blocks = vec![parts.said(
        &format!(
        "{} Views that wait for slow services gain; views that only ask the database stay synchronous: that is a result, not a failure. Both kinds run side by side, under ASGI and WSGI.",
        assessment.summary
    ), "3.1", "topics/async/#async-views")];
    if !assessment.views.is_empty() {
        let rows = assessment
            .views
            .iter()
            .map(|view| {
                vec![
                    view.order
                        .map(|order| order.to_string())
                        .unwrap_or_default(),
                    match view.routes.is_empty() {
                        true => format!("`{}` ({})", view.name, view.place),
                        false => format!(
                            "`{}` ({}) at `{}`",
                            view.name,
                            view.place,
                            view.shown_routes()
                        ),
                    },
                    view.recommendation.as_str().to_owned(),
                    view.times(),
                    view.reason.clone(),
                    view.work.clone(),
                ]
            })
            .collect();
        blocks.push(Block::Table {
            header: ["#", "view", "advice", "time", "why", "work"]
                .map(str::to_owned)
                .to_vec(),
            rows,
        });
    }
    blocks.extend(parts.claims_of("assessment"));
    let to_do = assessment
        .views
        .iter()
        .filter(|view| {
            matches!(
                view.recommendation,
                Recommendation::Fix | Recommendation::Migrate
            )
        })
        .count();
    let state = if assessment.views.is_empty() {
        State::NotNeeded
    } else {
        State::Done
    };
    let summary = if assessment.views.is_empty() {
        assessment.summary.clone()
    } else {
        format!(
            "{} of {} worth doing.",
            to_do,
            count(
                assessment.views.len(),
                "view that waits is",
                "views that wait are"
            )
        )
    };
    made("assessment", summary, state, assessment.views.len(), blocks)
}
