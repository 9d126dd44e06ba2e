//! The checklist: the original guide's seven items, as they hold, and one for each thing that the code at hand needs.

use crate::assessment::{Assessment, Recommendation};
use crate::context::Context;
use crate::data::{CheckItem, GuideFile, Pitfall, State};
use crate::files::requirements;
use crate::pitfalls::{invented_settings, kept_connections};

struct Items<'c, 'a> {
    context: &'c Context<'a>,
    all: Vec<CheckItem>,
}

impl Items<'_, '_> {
    /// An item that the code at hand decides.
    fn by_code(
        &self,
        id: &str,
        title: String,
        detail: &str,
        step: &str,
        state: State,
    ) -> CheckItem {
        self.item(id, title, detail, step, state, true)
    }

    /// An item that only the reader can tick.
    fn by_hand(&self, id: &str, title: String, detail: &str, step: &str) -> CheckItem {
        self.item(id, title, detail, step, State::ToDo, false)
    }

    fn item(
        &self,
        id: &str,
        title: String,
        detail: &str,
        step: &str,
        state: State,
        is_automatic: bool,
    ) -> CheckItem {
        let ticked = state == State::ToDo && self.context.answers.done.contains(id);
        CheckItem {
            id: id.to_owned(),
            title,
            detail: detail.to_owned(),
            state: if ticked { State::Done } else { state },
            by_hand: ticked,
            is_automatic,
            step: step.to_owned(),
            original: None,
            places: Vec::new(),
        }
    }
}

fn done_if(done: bool) -> State {
    if done { State::Done } else { State::ToDo }
}

/// The checklist for the code at hand.
pub(crate) fn checklist(
    context: &Context<'_>,
    assessment: &Assessment,
    pitfalls: &[Pitfall],
    files: &[GuideFile],
) -> Vec<CheckItem> {
    let mut items = Items {
        context,
        all: Vec::new(),
    };
    let has_settings = !context.project.settings.files.is_empty();
    let needs_asgi = crate::steps::needs_asgi(context, assessment);

    let invented = invented_settings(context);
    let mut item = items.by_code(
        "database",
        if invented.is_empty() {
            "Leave the database as it is: every backend works in async views".to_owned()
        } else {
            "Take settings out that Django does not have".to_owned()
        },
        &context.said(
            "There is no async backend to switch to.",
            "",
            "ref/databases/",
        ),
        "prerequisites",
        if invented.is_empty() {
            State::NotNeeded
        } else {
            State::ToDo
        },
    );
    item.original = Some("Switch database to async-capable backend".to_owned());
    item.places = invented;
    items.all.push(item);

    let kept = kept_connections(context);
    let state = match (kept.is_empty(), has_settings) {
        (true, true) => State::Done,
        (true, false) => State::ToDo,
        (false, _) => State::ToDo,
    };
    let mut item = items.by_code(
        "connections",
        "Set `CONN_MAX_AGE = 0`, or use psycopg's pool".to_owned(),
        &context.said(
            "Kept connections outlive their threads under ASGI, and pile up.",
            "3.1",
            "ref/databases/#persistent-database-connections",
        ),
        "prerequisites",
        state,
    );
    item.is_automatic = has_settings;
    item.places = kept;
    items.all.push(item);

    let asgi = context.project.asgi.is_some_and(|entry| entry.is_complete);
    let mut item = items.by_code(
        "asgi",
        "Have an `asgi.py` that makes Django's application".to_owned(),
        &context.said(
            "`startproject` writes one.",
            "3.0",
            "howto/deployment/asgi/",
        ),
        "prerequisites",
        done_if(asgi),
    );
    item.original = Some("Update ASGI configuration".to_owned());
    item.is_automatic = asgi;
    items.all.push(item);

    let additions = requirements::additions(context);
    let names: Vec<String> = additions
        .iter()
        .map(|one| format!("`{}`", one.line))
        .collect();
    let has_requirements = !context.project.requirements.is_empty();
    let title = if names.is_empty() {
        "Install what async code needs".to_owned()
    } else {
        format!("Install {}", names.join(", "))
    };
    let mut item = items.by_code(
        "dependencies",
        title,
        &context.said("An async HTTP client where views ask other services, the server, the driver that Django needs.", "", "ref/databases/"),
        "prerequisites",
        done_if(names.is_empty()),
    );
    item.original = Some("Install async dependencies (aiohttp, etc.)".to_owned());
    item.is_automatic = has_requirements;
    items.all.push(item);

    views(&mut items, assessment);

    // Kept connections and `ATOMIC_REQUESTS` are no pitfalls of synchronous code.
    let counts = |pitfall: &&Pitfall| {
        !pitfall.places.is_empty()
            && (needs_asgi || !matches!(&*pitfall.id, "database-connections" | "atomic-requests"))
    };
    for pitfall in pitfalls.iter().filter(counts) {
        let mut item = items.by_code(
            &format!("pitfall:{}", pitfall.id),
            format!(
                "Mend: {} ({})",
                lower_first(&pitfall.title),
                pitfall.places.len()
            ),
            &format!(
                "{} ({}, [documentation]({}))",
                pitfall.explanation,
                pitfall.versions(),
                pitfall.docs_url
            ),
            "pitfalls",
            State::ToDo,
        );
        item.places.clone_from(&pitfall.places);
        items.all.push(item);
    }

    let mut item = items.by_hand(
        "test",
        "Test each migrated view, as a visitor and as somebody who is logged in".to_owned(),
        &context.said("Anonymous tests miss `SynchronousOnlyOperation` of `request.user`. Run with `-W error::RuntimeWarning`.", "3.1", "topics/async/#async-safety"),
        "testing",
    );
    item.original = Some("Test async views thoroughly".to_owned());
    items.all.push(item);

    let is_asgi = context.server.is_some_and(crate::data::Server::is_asgi);
    let mut item = items.by_code(
        "server",
        if is_asgi {
            format!(
                "Serve ASGI: {} does",
                context.server.map_or("", crate::data::Server::as_str)
            )
        } else {
            format!("Serve ASGI with {}", context.next_server.as_str())
        },
        "Deploy the server first, with every view as it is; then migrate view by view.",
        "deployment",
        done_if(is_asgi),
    );
    item.original = Some("Update deployment to use ASGI server".to_owned());
    item.is_automatic = is_asgi || context.project.server().is_some();
    items.all.push(item);

    if files.iter().any(|file| file.path.ends_with("health.py")) {
        let item = items.by_hand(
            "health",
            "Add health checks, and alarm when `live` answers late".to_owned(),
            "A late `live` means that something blocks the event loop.",
            "deployment",
        );
        items.all.push(item);
    }
    let item = items.by_hand(
        "rollout",
        "Roll out to a part of the traffic first, with a way back".to_owned(),
        "One view for each release; the WSGI processes stay until it is calm.",
        "deployment",
    );
    items.all.push(item);
    let mut item = items.by_hand(
        "measure",
        "Measure before and after with the same load".to_owned(),
        "Requests per second, the 95th percentile, threads and memory, open connections.",
        "deployment",
    );
    item.original = Some("Monitor performance improvements".to_owned());
    items.all.push(item);
    if !needs_asgi {
        for item in &mut items.all {
            let is_of_asgi = matches!(
                &*item.id,
                "connections"
                    | "asgi"
                    | "dependencies"
                    | "test"
                    | "server"
                    | "health"
                    | "rollout"
                    | "measure"
            );
            if is_of_asgi && item.state == State::ToDo {
                item.state = State::NotNeeded;
                item.is_automatic = true;
            }
        }
    }
    items.all
}

/// The views to migrate, in their order, under the item of the original guide.
fn views(items: &mut Items<'_, '_>, assessment: &Assessment) {
    let ordered: Vec<_> = assessment
        .views
        .iter()
        .filter(|view| view.order.is_some())
        .collect();
    let is_done = assessment
        .views
        .iter()
        .any(|view| view.recommendation == Recommendation::Done);
    let (title, state) = match (ordered.len(), is_done) {
        (0, true) => (
            "Migrate views one at a time: those that pay are async".to_owned(),
            State::Done,
        ),
        (0, false) => (
            "Migrate views one at a time: none at hand has to move".to_owned(),
            State::NotNeeded,
        ),
        (more, _) => (
            format!("Migrate views one at a time: {more} to go, in this order"),
            State::ToDo,
        ),
    };
    let mut item = items.by_code(
        "views",
        title,
        &items.context.said(
            "Slow external calls first; what only asks the database stays synchronous.",
            "4.1",
            "topics/async/#async-safety",
        ),
        "views",
        state,
    );
    item.original = Some("Migrate views one at a time".to_owned());
    items.all.push(item);
    for view in ordered {
        let place = view.place.clone();
        let (name, reason) = (view.name.clone(), view.reason.clone());
        let mut item = items.by_code(
            &format!("view:{}", view.id),
            format!("`{name}`: {}", view.recommendation.as_str()),
            &items
                .context
                .said(&reason, "3.1", "topics/async/#async-safety"),
            "views",
            State::ToDo,
        );
        item.places.push(place);
        items.all.push(item);
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if !text.starts_with("DRF") => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}
