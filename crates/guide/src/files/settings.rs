//! Settings: databases for ASGI, the ASGI application, Daphne's `runserver`.

use std::collections::BTreeMap;

use unblocked_django::DjangoVersion;
use unblocked_syntax::{Span, TextEdit};

use super::{new, patch};
use crate::context::Context;
use crate::data::{Engine, GuideFile, Server};
use crate::project::settings::{Database, Setting};
use crate::project::value::Value;

const STEP: &str = "prerequisites";

/// Connections of one process to PostgreSQL, at most.
pub(crate) const POOL_SIZE: u32 = 20;

/// True when psycopg's pool can be used: psycopg 3, and a Django that knows it.
pub(crate) fn can_pool(context: &Context<'_>) -> bool {
    context.engine == Engine::PostgreSql
        && context.driver.as_deref() == Some("psycopg")
        && context.target >= DjangoVersion::new(5, 1)
}

/// True when an entry can be given the pool: one that is written out. What an address from the environment is about, nobody
/// knows here.
fn can_be_given_a_pool(context: &Context<'_>, database: &Database) -> bool {
    let options_are_known = database.options.as_ref().is_none_or(|options| {
        options.path == database.path && matches!(options.value, Value::Dict(_))
    });
    database.engine == Engine::PostgreSql
        && can_pool(context)
        && database.pool.is_none()
        && database.is_dictionary
        && database.alias == "default"
        && (options_are_known || database.async_mode.is_some())
}

/// True when the settings, as they become, have the pool.
pub(crate) fn has_pool(context: &Context<'_>) -> bool {
    if context.project.settings.files.is_empty() {
        return can_pool(context);
    }
    let mut databases = context.project.databases.iter();
    databases.any(|one| one.pool.is_some() || can_be_given_a_pool(context, one))
}

/// What to change in the settings at hand, or a file to take into them.
pub(crate) fn files(context: &Context<'_>) -> Vec<GuideFile> {
    if context.project.settings.files.is_empty() {
        return vec![fresh(context)];
    }
    let mut edits: BTreeMap<String, Vec<TextEdit>> = BTreeMap::new();
    for database in &context.project.databases {
        database_edits(context, database, &mut edits);
    }
    application_edits(context, &mut edits);
    edits
        .into_iter()
        .filter_map(|(path, edits)| {
            let facts = context
                .project
                .settings
                .files
                .iter()
                .find(|file| file.facts.path == path)?
                .facts;
            patch(
                &path,
                "python",
                STEP,
                "Settings under ASGI: connections are not kept by threads that come and go, and options that do not exist go.",
                facts.text(),
                edits,
            )
        })
        .collect()
}

fn database_edits(
    context: &Context<'_>,
    database: &Database,
    edits: &mut BTreeMap<String, Vec<TextEdit>>,
) {
    let mut add = |setting: &Setting, edit: TextEdit| {
        edits.entry(setting.path.clone()).or_default().push(edit);
    };
    if let (Some(setting), Some(spelled)) = (&database.engine_setting, &database.spelled)
        && let Some(right) = corrected(spelled)
    {
        add(
            setting,
            TextEdit::replace(setting.span, format!("\"{right}\"")),
        );
    }
    if let Some(age) = &database.conn_max_age
        && database.keeps_connections()
    {
        add(age, TextEdit::replace(age.span, "0"));
    }
    let text = |path: &str| {
        let files = &context.project.settings.files;
        let file = files.iter().find(|file| file.facts.path == path)?;
        Some(file.facts.text())
    };
    let gets_pool = can_be_given_a_pool(context, database);
    let pool = format!("\"pool\": {{\"min_size\": 2, \"max_size\": {POOL_SIZE}}}");
    if let Some(option) = &database.async_mode
        && let Some(text) = text(&option.path)
    {
        // The pool takes the place of the option, which may be the only one.
        let edit = if gets_pool {
            key(text, "async_mode", option.span)
                .map(|start| TextEdit::replace(Span::new(start, option.span.end), pool))
        } else {
            pair(text, "async_mode", option.span).map(|span| TextEdit::replace(span, ""))
        };
        if let Some(edit) = edit {
            add(option, edit);
        }
        return;
    }
    if gets_pool && let Some(text) = text(&database.path) {
        match &database.options {
            Some(options) => {
                if options.path == database.path
                    && matches!(options.value, Value::Dict(_))
                    && let Some(edit) = entry(text, options.span, &pool)
                {
                    add(options, edit);
                }
            }
            None => {
                if let (Some(engine), Some(edit)) = (
                    &database.engine_setting,
                    entry(
                        text,
                        database.item.span,
                        &format!("\"OPTIONS\": {{{pool}}}"),
                    ),
                ) {
                    add(engine, edit);
                }
            }
        }
    }
}

/// The right name of an engine that Django does not have.
pub(crate) fn corrected(spelled: &str) -> Option<&'static str> {
    match spelled {
        "django.db.backends.postgresql_async" | "django.db.backends.asyncpg" => {
            Some("django.db.backends.postgresql")
        }
        "django.db.backends.mysql_async" | "django.db.backends.aiomysql" => {
            Some("django.db.backends.mysql")
        }
        _ => None,
    }
}

/// Where `"key"` before a value begins.
fn key(text: &str, key: &str, value: Span) -> Option<u32> {
    let start = text
        .get(..value.start as usize)?
        .rfind(key)?
        .checked_sub(1)?;
    u32::try_from(start).ok()
}

/// The span of `"key": value,` around a value: its whole line when it stands alone there.
fn pair(text: &str, key: &str, value: Span) -> Option<Span> {
    let start = self::key(text, key, value)? as usize;
    let mut end = value.end as usize;
    let rest = text.get(end..)?;
    let comma = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest.get(comma..)?.starts_with(',') {
        end += comma + 1;
    }
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let next = text
        .get(end..)?
        .find('\n')
        .map_or(text.len(), |at| end + at + 1);
    let is_alone = text.get(line..start)?.trim().is_empty() && {
        let rest = text.get(end..next)?.trim();
        rest.is_empty() || rest.starts_with('#')
    };
    if is_alone {
        return Some(Span::new(line as u32, next as u32));
    }
    let rest = text.get(end..)?;
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    Some(Span::new(start as u32, (end + spaces) as u32))
}

/// Adds an entry to a dictionary display: in a line of its own when its last entry has one.
fn entry(text: &str, dictionary: Span, entry: &str) -> Option<TextEdit> {
    let source = dictionary.of(text);
    let inner = source.strip_prefix('{')?.strip_suffix('}')?;
    let close = dictionary.end - 1;
    if inner.trim().is_empty() {
        return Some(TextEdit::insert(close, entry));
    }
    if !inner.contains('\n') {
        let kept = inner.trim_end();
        let at = dictionary.start + 1 + kept.len() as u32;
        let comma = if kept.ends_with(',') { " " } else { ", " };
        return Some(TextEdit::insert(at, format!("{comma}{entry}")));
    }
    // The indentation of the first entry.
    let first = inner.lines().find(|line| {
        let line = line.trim_start();
        line.starts_with(['"', '\''])
    })?;
    let indent = first.len() - first.trim_start().len();
    let indent = first.get(..indent)?;
    let last = inner.trim_end();
    let (code, comment) = match last.rsplit_once('\n') {
        Some((_, line)) if line.contains('#') => (false, true),
        _ => (true, false),
    };
    // After a comment nothing can be told of the comma: the entry goes to the top.
    if comment && !code {
        return Some(TextEdit::insert(
            dictionary.start + 1,
            format!("\n{indent}{entry},"),
        ));
    }
    let comma = if last.ends_with(',') { "" } else { "," };
    let at = dictionary.start + 1 + last.len() as u32;
    Some(TextEdit::insert(at, format!("{comma}\n{indent}{entry},")))
}

/// `ASGI_APPLICATION`, and Daphne in front of the apps when it shall serve.
fn application_edits(context: &Context<'_>, edits: &mut BTreeMap<String, Vec<TextEdit>>) {
    let settings = &context.project.settings;
    if settings.get("ASGI_APPLICATION").is_none()
        && let Some(wsgi) = settings.get("WSGI_APPLICATION")
    {
        let text = wsgi.file.facts.text();
        let end = wsgi.item.span.end as usize;
        let at = text
            .get(end..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |at| end + at);
        let line = format!(
            "\nASGI_APPLICATION = \"{}.asgi.application\"",
            context.package
        );
        edits
            .entry(wsgi.file.facts.path.clone())
            .or_default()
            .push(TextEdit::insert(at as u32, line));
    }
    if context.next_server == Server::Daphne
        && let Some(apps) = settings.get("INSTALLED_APPS")
        && let Some((first, span)) = apps.item.texts().into_iter().next()
        && first != "daphne"
        && !apps.item.texts().iter().any(|(app, _)| *app == "daphne")
    {
        let text = apps.file.facts.text();
        let before = text.get(..span.start as usize).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line..).unwrap_or_default();
        let separator = if lead.trim().is_empty() {
            format!("\n{lead}")
        } else {
            " ".to_owned()
        };
        edits
            .entry(apps.file.facts.path.clone())
            .or_default()
            .push(TextEdit::insert(
                span.start,
                format!("\"daphne\",{separator}"),
            ));
    }
}

/// Settings to take over, for code without settings at hand.
fn fresh(context: &Context<'_>) -> GuideFile {
    let database = match context.engine {
        Engine::MySql => {
            "        \"ENGINE\": \"django.db.backends.mysql\",\n        \"NAME\": os.environ.get(\"DB_NAME\", \"app\"),\n        \"USER\": os.environ.get(\"DB_USER\", \"app\"),\n        \"PASSWORD\": os.environ.get(\"DB_PASSWORD\", \"\"),\n        \"HOST\": os.environ.get(\"DB_HOST\", \"127.0.0.1\"),\n        # Not kept between requests: under ASGI, the thread that holds a connection goes with its request.\n        \"CONN_MAX_AGE\": 0,\n".to_owned()
        }
        Engine::Sqlite => {
            "        \"ENGINE\": \"django.db.backends.sqlite3\",\n        \"NAME\": os.environ.get(\"DB_NAME\", \"db.sqlite3\"),\n        # Not kept between requests: under ASGI, the thread that holds a connection goes with its request.\n        \"CONN_MAX_AGE\": 0,\n".to_owned()
        }
        Engine::Oracle => {
            "        \"ENGINE\": \"django.db.backends.oracle\",\n        \"NAME\": os.environ.get(\"DB_NAME\", \"localhost:1521/app\"),\n        \"USER\": os.environ.get(\"DB_USER\", \"app\"),\n        \"PASSWORD\": os.environ.get(\"DB_PASSWORD\", \"\"),\n        # Not kept between requests: under ASGI, the thread that holds a connection goes with its request.\n        \"CONN_MAX_AGE\": 0,\n".to_owned()
        }
        _ => {
            let pool = if can_pool(context) {
                format!("        # psycopg's own pool: connections outlive requests without belonging to threads (Django 5.1 and later).\n        \"OPTIONS\": {{\"pool\": {{\"min_size\": 2, \"max_size\": {POOL_SIZE}}}}},\n")
            } else {
                String::new()
            };
            format!(
                "        \"ENGINE\": \"django.db.backends.postgresql\",\n        \"NAME\": os.environ.get(\"DB_NAME\", \"app\"),\n        \"USER\": os.environ.get(\"DB_USER\", \"app\"),\n        \"PASSWORD\": os.environ.get(\"DB_PASSWORD\", \"\"),\n        \"HOST\": os.environ.get(\"DB_HOST\", \"127.0.0.1\"),\n        # Not kept between requests: under ASGI, the thread that holds a connection goes with its request.\n        \"CONN_MAX_AGE\": 0,\n{pool}"
            )
        }
    };
    let daphne = if context.next_server == Server::Daphne {
        "\n# `manage.py runserver` serves ASGI when Daphne stands first:\n# INSTALLED_APPS = [\"daphne\", *INSTALLED_APPS]\n"
    } else {
        ""
    };
    let text = format!(
        "\"\"\"What async views need of the settings. Take it over into settings.py.\"\"\"\n\nimport os\n\nDATABASES = {{\n    \"default\": {{\n{database}    }}\n}}\n\n# Channels and Daphne's runserver read it; Django itself does not.\nASGI_APPLICATION = \"{}.asgi.application\"\n{daphne}",
        context.package
    );
    new(
        &context.project.home.path("settings_async.py"),
        "python",
        STEP,
        "What to take over into settings.py: no settings are at hand.",
        text,
    )
}
