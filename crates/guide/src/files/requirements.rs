//! Requirements: what the async code needs, in ranges that exist.

use std::collections::BTreeMap;

use unblocked_analyzer::ResourceKind;
use unblocked_django::DjangoVersion;
use unblocked_syntax::TextEdit;

use super::{new, patch};
use crate::content::servers;
use crate::context::Context;
use crate::data::{Engine, GuideFile};
use crate::project::requirements::{Form, Requirement};

/// A requirement to add, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addition {
    pub(crate) name: &'static str,
    extras: &'static [&'static str],
    range: &'static str,
    /// As pip writes it: `psycopg[binary,pool]>=3.2,<4`.
    pub(crate) line: String,
    pub(crate) why: &'static str,
    /// Tests need it.
    is_for_development: bool,
}

impl Addition {
    /// As Poetry and Pipenv write it: `psycopg = {version = ">=3.2,<4", extras = ["binary", "pool"]}`.
    fn key(&self) -> String {
        let (name, range) = (self.name, self.range);
        if self.extras.is_empty() {
            return format!("{name} = \"{range}\"");
        }
        format!(
            "{name} = {{version = \"{range}\", extras = [\"{}\"]}}",
            self.extras.join("\", \"")
        )
    }
}

/// What is missing among the requirements.
pub(crate) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let mut all: Vec<Addition> = Vec::new();
    let has = |name: &str| context.project.requirement(name).is_some();
    let mut add = |name: &'static str,
                   extras: &'static [&'static str],
                   range: &'static str,
                   why: &'static str| {
        if !has(name) && !all.iter().any(|one| one.name == name) {
            let listed = match extras.is_empty() {
                true => String::new(),
                false => format!("[{}]", extras.join(",")),
            };
            all.push(Addition {
                name,
                extras,
                range,
                line: format!("{name}{listed}{range}"),
                why,
                is_for_development: name.starts_with("pytest"),
            });
        }
    };
    for (name, range) in [
        ("aiohttp", ">=3.10,<4"),
        ("httpx", ">=0.27,<1"),
        ("httpx2", ">=0.1"),
    ] {
        if context.after_uses(&format!("import {name}\n")) {
            add(
                name,
                &[],
                range,
                "the migrated views ask other services with it",
            );
        }
    }
    for (name, range) in servers::facts(context.next_server).packages {
        add(name, &[], range, "it serves ASGI");
    }
    match context.engine {
        Engine::PostgreSql if !has("psycopg2") && !has("psycopg2-binary") => {
            add(
                "psycopg",
                &["binary", "pool"],
                ">=3.2,<4",
                "Django's driver for PostgreSQL; asyncpg is none",
            );
        }
        Engine::MySql if !has("pymysql") => {
            add(
                "mysqlclient",
                &[],
                ">=2.2,<3",
                "Django's driver for MySQL; aiomysql is none",
            );
        }
        // Django 5.0 to 5.2 take both drivers.
        Engine::Oracle if context.target < DjangoVersion::new(5, 0) => {
            add(
                "cx-oracle",
                &[],
                ">=8.3,<9",
                "Django's driver for Oracle below 5.0",
            );
        }
        Engine::Oracle if context.target < DjangoVersion::new(6, 0) && has("cx-oracle") => {}
        Engine::Oracle => add("oracledb", &[], ">=2,<4", "Django's driver for Oracle"),
        _ => {}
    }
    if super::settings::has_pool(context) && has("psycopg") && !has("psycopg-pool") {
        let pools = context
            .project
            .requirement("psycopg")
            .is_some_and(|one| one.extras.iter().any(|extra| extra == "pool"));
        if !pools {
            add(
                "psycopg-pool",
                &[],
                ">=3.2,<4",
                "the pool in OPTIONS needs it",
            );
        }
    }
    if has("pytest") && has("pytest-django") {
        add(
            "pytest-asyncio",
            &[],
            ">=0.24,<2",
            "pytest runs async tests with it",
        );
    }
    all
}

/// Requirements that async Django has no use for, unless code of the project's own uses them.
pub(crate) fn useless<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Requirement> {
    context
        .project
        .requirements
        .iter()
        .filter(|one| matches!(&*one.name, "asyncpg" | "aiomysql" | "asyncmy" | "databases"))
}

const STEP: &str = "prerequisites";

const PURPOSE: &str =
    "What the async code needs. The ranges exist; pin exact versions as you do for the rest.";

/// The requirements at hand with what is missing, or a new file.
pub(crate) fn files(context: &Context<'_>) -> Vec<GuideFile> {
    let additions = additions(context);
    let mut edits: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    let mut left: Vec<&Addition> = Vec::new();
    for (beside, group) in [("django", false), ("pytest-django", true)].map(|(beside, is_dev)| {
        let group: Vec<&Addition> = additions
            .iter()
            .filter(|one| one.is_for_development == is_dev)
            .collect();
        (beside, group)
    }) {
        if group.is_empty() {
            continue;
        }
        match place(context, beside, &group) {
            Some((path, edit)) => edits.entry(path).or_default().push(edit),
            None => left.extend(group),
        }
    }
    let mut files: Vec<GuideFile> = edits
        .into_iter()
        .filter_map(|(path, edits)| {
            let file = context
                .project
                .resources
                .iter()
                .find(|file| file.path == path)?;
            let (language, purpose) = match file.kind {
                ResourceKind::Requirements => ("text", PURPOSE.to_owned()),
                ResourceKind::SetupCfg => ("ini", PURPOSE.to_owned()),
                ResourceKind::Pipfile => ("toml", format!("{PURPOSE} Then `pipenv lock`.")),
                _ => (
                    "toml",
                    format!(
                        "{PURPOSE} Then write the lock file anew, if there is one (`uv lock`, `poetry lock`)."
                    ),
                ),
            };
            patch(path, language, STEP, &purpose, file.text, edits)
        })
        .collect();
    if !left.is_empty() {
        let lines: Vec<&str> = left.iter().map(|one| &*one.line).collect();
        files.push(new(
            &context.project.home.path("requirements-async.txt"),
            "text",
            STEP,
            PURPOSE,
            format!(
                "# What async views need beside what is required already.\n{}\n",
                lines.join("\n")
            ),
        ));
    }
    files
}

/// Where additions go: beside the requirement of a name, else beside any.
fn place<'c>(
    context: &'c Context<'_>,
    beside: &str,
    additions: &[&Addition],
) -> Option<(&'c str, TextEdit)> {
    let project = &context.project;
    let anchor = project.requirement(beside).or_else(|| {
        project
            .requirements
            .iter()
            .find(|one| !one.is_for_development)
    });
    let Some(anchor) = anchor else {
        // Nothing is required yet.
        let file = project
            .resources
            .iter()
            .find(|file| file.kind == ResourceKind::Requirements && file.text.trim().is_empty())?;
        return Some((file.path, at_the_end(file.text, additions)?));
    };
    let file = project
        .resources
        .iter()
        .find(|file| file.path == anchor.place.file)?;
    let edit = match (file.kind, anchor.form) {
        (ResourceKind::Requirements, _) if is_generated(file.text) => return None,
        (ResourceKind::Requirements, _) => at_the_end(file.text, additions),
        (_, form) => before(file.text, anchor, form, additions),
    }?;
    Some((file.path, edit))
}

/// True for what pip-compile or uv writes, and for lists with hashes: a line that is added by hand does not last, or stops pip.
fn is_generated(text: &str) -> bool {
    text.contains("--hash=") || text.contains("autogenerated by")
}

fn at_the_end(text: &str, additions: &[&Addition]) -> Option<TextEdit> {
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let lines: Vec<&str> = additions.iter().map(|one| &*one.line).collect();
    let end = u32::try_from(text.len()).ok()?;
    Some(TextEdit::insert(
        end,
        format!("{newline}{}\n", lines.join("\n")),
    ))
}

/// Additions before the requirement that they belong to: what stands behind it in its line stays with it.
fn before(
    text: &str,
    anchor: &Requirement,
    form: Form,
    additions: &[&Addition],
) -> Option<TextEdit> {
    let at = match form {
        // Its place is the whole line.
        Form::Line => {
            let line = text.get(anchor.place.range.start..anchor.place.range.end)?;
            anchor.place.range.start + (line.len() - line.trim_start().len())
        }
        Form::Item | Form::Key => anchor.place.range.start,
    };
    let line = text.get(..at)?.rfind('\n').map_or(0, |it| it + 1);
    let lead = text.get(line..at)?;
    let spelled = additions.iter().map(|one| match form {
        Form::Line => one.line.clone(),
        Form::Item => format!("\"{}\"", one.line),
        Form::Key => one.key(),
    });
    let has_own_line = lead.trim().is_empty();
    let separator = match (form, has_own_line) {
        (Form::Item, true) => format!(",\n{lead}"),
        (_, true) => format!("\n{lead}"),
        (Form::Item, false) => ", ".to_owned(),
        // `dependencies = {django = "…"}`
        (Form::Key, false) if lead.contains('{') => ", ".to_owned(),
        // `[tool.poetry.dependencies.django]`
        (Form::Key | Form::Line, false) => return None,
    };
    let added: String = spelled.map(|one| one + &separator).collect();
    Some(TextEdit::insert(u32::try_from(at).ok()?, added))
}
