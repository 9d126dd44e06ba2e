//! Requirements: what the async code needs, in ranges that exist.

use unblocked_analyzer::ResourceKind;
use unblocked_syntax::TextEdit;

use super::{new, patch};
use crate::content::servers;
use crate::context::Context;
use crate::data::{Engine, GuideFile};

/// A requirement to add, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addition {
    pub(crate) name: &'static str,
    /// As it is written: `psycopg[binary,pool]>=3.2,<4`.
    pub(crate) line: String,
    pub(crate) why: &'static str,
}

/// What is missing among the requirements.
pub(crate) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let mut all: Vec<Addition> = Vec::new();
    let has = |name: &str| context.project.requirement(name).is_some();
    let mut add = |name: &'static str, extras: &str, range: &str, why: &'static str| {
        if !has(name) && !all.iter().any(|one| one.name == name) {
            all.push(Addition {
                name,
                line: format!("{name}{extras}{range}"),
                why,
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
                "",
                range,
                "the migrated views ask other services with it",
            );
        }
    }
    for (name, range) in servers::facts(context.next_server).packages {
        add(name, "", range, "it serves ASGI");
    }
    match context.engine {
        Engine::PostgreSql if !has("psycopg2") && !has("psycopg2-binary") => {
            add(
                "psycopg",
                "[binary,pool]",
                ">=3.2,<4",
                "Django's driver for PostgreSQL; asyncpg is none",
            );
        }
        Engine::MySql if !has("pymysql") => {
            add(
                "mysqlclient",
                "",
                ">=2.2,<3",
                "Django's driver for MySQL; aiomysql is none",
            );
        }
        Engine::Oracle => add("oracledb", "", ">=2,<4", "Django's driver for Oracle"),
        _ => {}
    }
    if super::settings::can_pool(context) && has("psycopg") && !has("psycopg-pool") {
        let pools = context
            .project
            .requirement("psycopg")
            .is_some_and(|one| one.extras.iter().any(|extra| extra == "pool"));
        if !pools {
            add(
                "psycopg-pool",
                "",
                ">=3.2,<4",
                "the pool in OPTIONS needs it",
            );
        }
    }
    if has("pytest") && has("pytest-django") {
        add(
            "pytest-asyncio",
            "",
            ">=0.24,<2",
            "pytest runs async tests with it",
        );
    }
    all
}

/// Requirements that async Django has no use for, unless code of the project's own uses them.
pub(crate) fn useless<'c>(
    context: &'c Context<'_>,
) -> impl Iterator<Item = &'c crate::project::requirements::Requirement> {
    context
        .project
        .requirements
        .iter()
        .filter(|one| matches!(&*one.name, "asyncpg" | "aiomysql" | "asyncmy" | "databases"))
}

/// The requirements at hand with what is missing, or a new file.
pub(crate) fn file(context: &Context<'_>) -> Option<GuideFile> {
    let additions = additions(context);
    if additions.is_empty() {
        return None;
    }
    let lines: Vec<&str> = additions.iter().map(|one| &*one.line).collect();
    let purpose =
        "What the async code needs. The ranges exist; pin exact versions as you do for the rest.";
    let resources = &context.project.resources;
    // The file that Django stands in gets the rest as well.
    let django = context
        .project
        .requirement("django")
        .map(|one| &*one.place.file);
    let at_hand = resources
        .iter()
        .filter(|file| Some(file.path) == django)
        .chain(resources.iter().filter(|file| {
            file.kind == ResourceKind::Requirements
                && !file.path.contains("dev")
                && !file.path.contains("test")
        }))
        .next();
    let patched = at_hand.and_then(|file| match file.kind {
        ResourceKind::Requirements => {
            let newline = if file.text.is_empty() || file.text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            let text = format!("{newline}{}\n", lines.join("\n"));
            let end = u32::try_from(file.text.len()).ok()?;
            patch(
                file.path,
                "text",
                "prerequisites",
                purpose,
                file.text,
                vec![TextEdit::insert(end, text)],
            )
        }
        ResourceKind::PyProject => pyproject(file.path, file.text, &lines, purpose),
        _ => None,
    });
    patched.or_else(|| {
        let text = format!(
            "# What async views need beside what is required already.\n{}\n",
            lines.join("\n")
        );
        Some(new(
            "requirements-async.txt",
            "text",
            "prerequisites",
            purpose,
            text,
        ))
    })
}

/// Adds lines to the `dependencies = [` of `[project]`, after its opening bracket's last entry.
fn pyproject(path: &str, text: &str, lines: &[&str], purpose: &str) -> Option<GuideFile> {
    let root = toml::de::DeTable::parse(text).ok()?;
    let project = root.get_ref().get("project")?;
    let toml::de::DeValue::Table(project) = project.get_ref() else {
        return None;
    };
    let array = project.get("dependencies")?.span();
    let source = text.get(array.clone())?;
    let inner = source.strip_prefix('[')?;
    let is_tall = inner.contains('\n');
    let added: String = if is_tall {
        lines
            .iter()
            .map(|line| format!("\n    \"{line}\","))
            .collect()
    } else {
        lines.iter().map(|line| format!("\"{line}\", ")).collect()
    };
    let at = u32::try_from(array.start + 1).ok()?;
    patch(
        path,
        "toml",
        "prerequisites",
        purpose,
        text,
        vec![TextEdit::insert(at, added)],
    )
}
