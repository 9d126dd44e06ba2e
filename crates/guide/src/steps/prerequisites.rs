//! Step 2: database, ASGI application, requirements, transactions around requests.

use unblocked_django::DjangoVersion;

use super::{Parts, made};
use crate::context::DRIVERS;
use crate::data::{Block, Engine, State, Step};
use crate::files::requirements;
use crate::files::settings::{POOL_SIZE, can_pool, has_pool};

pub(super) fn step(parts: &Parts<'_, '_>) -> Step {
    let context = parts.context;
    let mut blocks = vec![Block::Heading("Database Configuration".to_owned())];
    blocks.push(Block::Text(database(parts)));
    if !context.project.databases.is_empty() {
        let rows = context
            .project
            .databases
            .iter()
            .map(|one| {
                let age = match &one.conn_max_age {
                    Some(_) if one.keeps_connections() => "keeps connections: set it to 0",
                    Some(_) => "0, or what its address says",
                    None => "not set: 0",
                };
                vec![
                    format!("`{}` ({})", one.alias, one.place),
                    one.engine.as_str().to_owned(),
                    age.to_owned(),
                    if one.pool.is_some() { "yes" } else { "no" }.to_owned(),
                    if one.is_atomic() { "**yes**" } else { "no" }.to_owned(),
                ]
            })
            .collect();
        blocks.push(Block::Table {
            header: [
                "database",
                "engine",
                "CONN_MAX_AGE",
                "pool",
                "ATOMIC_REQUESTS",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows,
        });
    }
    let atomic: Vec<_> = context
        .project
        .databases
        .iter()
        .filter(|one| one.is_atomic())
        .filter_map(|one| one.atomic_requests.as_ref())
        .map(|setting| setting.place.clone())
        .collect();
    if !atomic.is_empty() {
        blocks.push(Block::Places {
            title: context.said("`ATOMIC_REQUESTS` refuses async views. Either put `@transaction.non_atomic_requests` on each view that becomes async, and what must be atomic into one synchronous function under `sync_to_async`; or set it to `False` and decorate the views that need it with `@transaction.atomic`.", "3.1", "topics/db/transactions/#tying-transactions-to-http-requests"),
            places: atomic.clone(),
        });
    }
    let useless: Vec<_> = requirements::useless(context)
        .map(|one| one.place.clone())
        .collect();
    if !useless.is_empty() {
        blocks.push(Block::Places {
            title: context.said("Drivers that Django does not use. Keep them only if code of your own imports them.", "", "ref/databases/"),
            places: useless,
        });
    }
    blocks.push(Block::Heading("ASGI Application".to_owned()));
    let asgi = match context.project.asgi {
        Some(entry) if entry.is_complete => format!(
            "`{}` makes Django's application: nothing to do. It works with every Django since 3.0.",
            entry.facts.path
        ),
        Some(entry) => format!(
            "`{}` is there but does not call `get_asgi_application`.",
            entry.facts.path
        ),
        None => "No `asgi.py` is at hand. Django's `startproject` writes one; this is the same."
            .to_owned(),
    };
    let text = format!(
        "{asgi} `ASGI_APPLICATION` is read by Daphne's `runserver` and by Channels; Django itself and the other servers do not need it."
    );
    blocks.push(parts.said(&text, "3.0", "howto/deployment/asgi/"));
    blocks.push(Block::Heading("Requirements".to_owned()));
    let additions = requirements::additions(context);
    if additions.is_empty() {
        blocks.push(Block::Text(
            "All that the async code needs is required already.".to_owned(),
        ));
    } else {
        let rows = additions
            .iter()
            .map(|one| vec![format!("`{}`", one.line), one.why.to_owned()])
            .collect();
        blocks.push(Block::Table {
            header: ["add", "because"].map(str::to_owned).to_vec(),
            rows,
        });
    }
    if let Some((version, place)) = context.project.django()
        && version != context.target
    {
        blocks.push(Block::Text(format!(
            "The requirements ask for Django {version} ({place}), this guide and its code are for {}. Choose {version} as the target, or upgrade first.",
            context.target
        )));
    }
    blocks.extend(parts.files_of("prerequisites"));
    blocks.extend(parts.claims_of("prerequisites"));
    let files = parts
        .files
        .iter()
        .filter(|file| file.step == "prerequisites")
        .count();
    let has_settings = !context.project.settings.files.is_empty();
    let (rules, ..) = parts.rules_of("prerequisites");
    blocks.extend(rules);
    let (state, summary) = match (files + atomic.len(), has_settings) {
        _ if !parts.needs_asgi => (
            State::NotNeeded,
            "No view at hand needs ASGI: this is for the day when one does.".to_owned(),
        ),
        (0, true) => (
            State::Done,
            "Settings, ASGI application and requirements are in order.".to_owned(),
        ),
        (0, false) => (State::ToDo, "No settings are at hand.".to_owned()),
        (more, _) => (
            State::ToDo,
            format!(
                "{} to take over.",
                super::count(more, "file or setting", "files and settings")
            ),
        ),
    };
    made("prerequisites", summary, state, files, blocks)
}

fn database(parts: &Parts<'_, '_>) -> String {
    let context = parts.context;
    let driver = context.driver.as_deref().and_then(|name| {
        DRIVERS
            .iter()
            .find(|(pip, ..)| *pip == name)
            .map(|(_, _, words)| *words)
    });
    let with = driver
        .map(|driver| format!(" with {driver}"))
        .unwrap_or_default();
    let pool = "psycopg's pool";
    let known = match context.engine {
        Engine::PostgreSql => {
            let advice = match context.driver.as_deref() {
                Some("asyncpg") => "Django needs psycopg 3 (`psycopg[binary]`) beside it: it never imports asyncpg.".to_owned(),
                Some("psycopg2" | "psycopg2-binary") => format!("psycopg2 works in async views as it is. {pool} needs psycopg 3 and Django 5.1: worth the change when many requests come at a time."),
                _ if can_pool(context) && !has_pool(context) => format!("{pool} (`OPTIONS[\"pool\"]`, Django 5.1 and later) is worth having: with psycopg-pool installed, `DATABASES[\"default\"].setdefault(\"OPTIONS\", {{}})[\"pool\"] = {{\"min_size\": 2, \"max_size\": {POOL_SIZE}}}`, where the address is one of PostgreSQL for certain. It needs `CONN_MAX_AGE = 0`."),
                _ if can_pool(context) => format!("{pool} (`OPTIONS[\"pool\"]`, Django 5.1 and later) keeps connections open without tying them to threads: here up to {POOL_SIZE} for each process. Keep processes × {POOL_SIZE} below PostgreSQL's `max_connections`."),
                _ if context.target < DjangoVersion::new(5, 1) => format!("{pool} comes with Django 5.1; below, use `CONN_MAX_AGE = 0`, with PgBouncer in front when connecting is slow."),
                _ => format!("With psycopg 3, {pool} (`OPTIONS[\"pool\"]`) is worth having."),
            };
            format!("PostgreSQL{with}. {advice}")
        }
        Engine::MySql => format!("MySQL{with}. It works in async views as it is, with mysqlclient; aiomysql and asyncmy are drivers for code outside Django. There is no pool in Django: keep `CONN_MAX_AGE = 0` under ASGI, and use ProxySQL or the like when connecting is slow."),
        Engine::Sqlite => format!("SQLite{with}. It works in async views as it is; writes go one at a time, as always."),
        Engine::Oracle => format!("Oracle{with}. It works in async views as it is. Django 5.0 and later use oracledb, 4.2 knows cx_Oracle only; 6.0 and later know oracledb only. From Django 5.2 on oracledb's own pool can be used (`OPTIONS = {{\"pool\": …}}`)."),
        Engine::Other => "This backend's own documentation tells what it supports. Django runs it in the request's thread, so it works in async views.".to_owned(),
        Engine::Unknown => "No database is at hand: choose yours among the answers, or add settings.py.".to_owned(),
    };
    let text = format!(
        "{known} Every backend works in async views, as Django runs queries in the request's own thread. What does matter is how long connections are kept: with `CONN_MAX_AGE` above 0 they outlive their threads under ASGI, and pile up."
    );
    context.said(
        &text,
        "4.1",
        "ref/databases/#persistent-database-connections",
    )
}
