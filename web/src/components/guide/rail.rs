//! The rail: every part of the guide, and where it stands.

use unblocked_guide::{Guide, State};
use yew::prelude::*;

use crate::hooks::fragment_of;
use crate::state::{GuideAction, Shared};

#[derive(Properties, PartialEq)]
pub(super) struct RailProps {
    pub(super) guide: Shared<Guide>,
    pub(super) part: String,
    pub(super) act: Callback<GuideAction>,
}

/// One entry: its name, its title, and what stands beside it.
struct Entry {
    id: String,
    title: String,
    state: Option<State>,
    count: usize,
}

fn entries(guide: &Guide) -> Vec<Entry> {
    let entry = |id: &str, title: &str, state: Option<State>, count: usize| Entry {
        id: id.to_owned(),
        title: title.to_owned(),
        state,
        count,
    };
    let mut all = vec![entry("introduction", "What async brings", None, 0)];
    all.extend(guide.steps.iter().map(|step| {
        let title = format!("{}. {}", step.number, step.title);
        let count = if step.state == State::ToDo {
            step.count
        } else {
            0
        };
        entry(&step.id, &title, Some(step.state), count)
    }));
    let found = guide
        .pitfalls
        .iter()
        .filter(|one| !one.places.is_empty())
        .count();
    let pitfalls = if found > 0 { State::ToDo } else { State::Done };
    all.push(entry("pitfalls", "Pitfalls", Some(pitfalls), found));
    let open = guide
        .checklist
        .iter()
        .filter(|item| item.state == State::ToDo)
        .count();
    let checklist = if open > 0 { State::ToDo } else { State::Done };
    all.push(entry("checklist", "Checklist", Some(checklist), open));
    all.push(entry("rules", "Rules", None, 0));
    all
}

/// The link to a part.
pub(super) fn link(part: &str) -> String {
    format!("#{}", fragment_of(part))
}

/// The rail.
#[component]
pub(super) fn Rail(props: &RailProps) -> Html {
    let chosen = match props.part.split_once(':') {
        Some(("rule", _)) => "rules",
        Some(("pitfall", _)) => "pitfalls",
        _ => &props.part,
    };
    html! {
        <nav class="rail" aria-label="Parts of the guide">
            <ol>
                { for entries(&props.guide).into_iter().map(|entry| {
                    let id = entry.id.clone();
                    let onclick = props.act.reform(move |event: MouseEvent| {
                        event.prevent_default();
                        GuideAction::Show(Some(id.clone()))
                    });
                    html! {
                        <li key={entry.id.clone()}>
                            <a href={link(&entry.id)} aria-current={(entry.id == chosen).then_some("step")} {onclick}>
                                <span class={classes!("dot", entry.state.map(super::state_class))} aria-hidden="true"></span>
                                <span>{ entry.title }</span>
                                if entry.count > 0 {
                                    <span class="count">{ entry.count }</span>
                                }
                                if let Some(state) = entry.state {
                                    <span class="sr">{ format!(" ({})", state.as_str()) }</span>
                                }
                            </a>
                        </li>
                    }
                }) }
            </ol>
        </nav>
    }
}
