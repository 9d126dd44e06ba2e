//! # async/no-such-setting
//!
//! Settings for an async database that Django never had: `postgresql_async`, `'async_mode': True`, `querysets_async`.
//!
//! No database backend of Django is async, up to 6.1; the async ORM runs each query in the request's thread, with any
//! backend. `ENGINE = "django.db.backends.postgresql_async"` fails with `ImproperlyConfigured: … isn't an available database backend`,
//! `async_mode` goes to the driver, which refuses it (`invalid connection option "async_mode"`), asyncpg and aiomysql are never
//! imported, and nothing reads `querysets_async`. The backend gets its name, the rest is taken out.
//!
//! Safe.
//!
//! ```python meant
//! DATABASES = {
//!     "default": {
//!         "ENGINE": "django.db.backends.postgresql",
//!         "NAME": "shop",
//!         "OPTIONS": {
//!             "connect_timeout": 3,
//!         },
//!     }
//! }
//! ```
//! ```python before
//! DATABASES = {
//!     "default": {
//!         "ENGINE": "django.db.backends.postgresql_async",
//!         "NAME": "shop",
//!         "OPTIONS": {
//!             "async_mode": True,
//!             "connect_timeout": 3,
//!         },
//!     }
//! }
//! ```
//! ```python after
//! DATABASES = {
//!     "default": {
//!         "ENGINE": "django.db.backends.postgresql",
//!         "NAME": "shop",
//!         "OPTIONS": {
//!             "connect_timeout": 3,
//!         },
//!     }
//! }
//! ```

use unblocked_analyzer::{Evidence, Site};
use unblocked_syntax::{Field, Kind, NodeId, Span};

use super::declared;
use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/no-such-setting";
const DOCS: &str = "ref/databases/";
const BACKENDS: &str = "django.db.backends.";

/// The settings tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

pub(super) fn check(draft: &mut Draft<'_>) {
    let text = draft.facts.text();
    if text.contains(BACKENDS) || text.contains("async_mode") {
        let ast = draft.ast();
        for node in ast.ids().filter(|&node| ast.kind(node) == Kind::Pair) {
            let (Some(key), Some(value)) =
                (ast.child(node, Field::Key), ast.child(node, Field::Value))
            else {
                continue;
            };
            match unquoted(draft.text(key)) {
                "ENGINE" => engine(draft, value),
                "async_mode" if is_of_databases(draft, node) => option(draft, node),
                _ => {}
            }
        }
    }
    if text.contains("querysets_async") {
        for class in &draft.facts.classes {
            attribute(draft, class.body);
        }
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

fn is_of_databases(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    ast.ancestors(node)
        .find(|&up| ast.kind(up) == Kind::Assignment)
        .and_then(|assignment| ast.child(assignment, Field::Left))
        .is_some_and(|left| draft.text(left).contains("DATABASES"))
}

/// The backend that is meant by a name that there is not.
fn meant(engine: &str) -> Option<&'static str> {
    let name = engine.strip_prefix(BACKENDS)?;
    if !name.contains("async") && !name.contains("aiomysql") {
        return None;
    }
    match name {
        _ if name.contains("postgres") || name == "asyncpg" => Some("postgresql"),
        _ if name.contains("mysql") => Some("mysql"),
        _ if name.contains("sqlite") => Some("sqlite3"),
        _ if name.contains("oracle") => Some("oracle"),
        _ => None,
    }
}

fn engine(draft: &mut Draft<'_>, value: NodeId) {
    let source = draft.text(value);
    let engine = unquoted(source);
    let Some(name) = meant(engine).filter(|_| draft.ast().kind(value) == Kind::String) else {
        return;
    };
    let quote = if source.starts_with('\'') { '\'' } else { '"' };
    declared::attempt(draft, |draft| {
        draft
            .rewrites
            .replace(value, template![format!("{quote}{BACKENDS}{name}{quote}")]);
        draft.changed(
            NAME,
            value,
            Evidence::Proven,
            format!("there is no backend `{engine}`: `ImproperlyConfigured`"),
            format!("`{BACKENDS}{name}` is what the async ORM uses as well"),
            DOCS,
        );
    });
}

fn option(draft: &mut Draft<'_>, pair: NodeId) {
    let ast = draft.ast();
    let Some(dictionary) = ast
        .parent(pair)
        .filter(|&parent| ast.kind(parent) == Kind::Dictionary)
    else {
        return;
    };
    let text = draft.facts.text();
    let span = ast.span(pair);
    let rest = text.get(span.end as usize..).unwrap_or_default();
    let has_comma = rest.trim_start().starts_with(',');
    let whole = declared::own_lines(draft, span).filter(|lines| {
        lines.end < ast.span(dictionary).end && lines.start > ast.span(dictionary).start
    });
    let part = whole.unwrap_or_else(|| {
        let head = text.get(..span.start as usize).unwrap_or_default();
        if has_comma {
            let comma = rest.find(',').map_or(0, |at| at + 1);
            let after = rest.get(comma..).unwrap_or_default();
            let blank = after.len() - after.trim_start_matches(' ').len();
            let end = span.end + u32::try_from(comma + blank).unwrap_or(0);
            Span::new(span.start, end)
        } else {
            let before = head.trim_end();
            let start = before.strip_suffix(',').unwrap_or(before).len();
            Span::new(u32::try_from(start).unwrap_or(span.start), span.end)
        }
    });
    declared::attempt(draft, |draft| {
        let cut = declared::without(draft, dictionary, part);
        draft.rewrites.replace(dictionary, cut);
        draft.changed(
            NAME,
            dictionary,
            Evidence::Proven,
            "there is no option `async_mode`: it goes to the driver, which refuses it",
            "it was taken out; the async ORM needs no option",
            DOCS,
        );
    });
}

fn attribute(draft: &mut Draft<'_>, body: NodeId) {
    let ast = draft.ast();
    let statements = declared::statements(draft, body);
    let found = statements.iter().copied().find(|&statement| {
        ast.first_child(statement)
            .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
            .and_then(|assignment| ast.child(assignment, Field::Left))
            .is_some_and(|left| draft.text(left) == "querysets_async")
    });
    let Some(statement) = found else { return };
    let lines = declared::own_lines(draft, ast.span(statement));
    let is_first = statements.first() == Some(&statement);
    let message = "nothing in Django reads `querysets_async`";
    match lines.filter(|_| !is_first) {
        Some(lines) => {
            let end = lines.end.min(ast.span(body).end);
            declared::attempt(draft, |draft| {
                let cut = declared::without(draft, body, Span::new(lines.start, end));
                draft.rewrites.replace(body, cut);
                draft.changed(
                    NAME,
                    body,
                    Evidence::Proven,
                    message,
                    "it was taken out",
                    DOCS,
                );
            });
        }
        None => {
            declared::manual(
                draft,
                NAME,
                statement,
                message.to_owned(),
                "take it out",
                DOCS,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn options_in_one_line() {
        for (before, after) in [
            ("{'async_mode': True}", "{}"),
            ("{'async_mode': True, 'a': 1}", "{'a': 1}"),
            ("{'a': 1, 'async_mode': True}", "{'a': 1}"),
            ("{'a': 1, 'async_mode': True, 'b': 2}", "{'a': 1, 'b': 2}"),
        ] {
            check(
                &format!("DATABASES = {{'default': {{'OPTIONS': {before}}}}}\n"),
                &format!("DATABASES = {{'default': {{'OPTIONS': {after}}}}}\n"),
            );
        }
    }

    #[test]
    fn attributes_of_classes_go() {
        check(
            "class Books(ListView):\n    model = Book\n    querysets_async = True  # async\n\n    def get_queryset(self):\n        return super().get_queryset()\n",
            "class Books(ListView):\n    model = Book\n\n    def get_queryset(self):\n        return super().get_queryset()\n",
        );
    }

    #[test]
    fn real_backends_and_other_dictionaries_stay() {
        check_unchanged(
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'pool': True}}}\nOTHER = {'default': {'ENGINE': 'shop.db.backends.postgresql_async'}}\nSERVER = {'async_mode': 'eventlet'}\n",
        );
    }
}
