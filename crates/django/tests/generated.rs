//! `src/generated.rs` is made from `data/async_api.json` by this test: `UPDATE=1 cargo test -p unblocked-django`.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// Name of the table, and the JSON's owner.
const TABLES: [(&str, &str); 17] = [
    ("QUERY_SET", "django.db.models.query.QuerySet"),
    ("RAW_QUERY_SET", "django.db.models.query.RawQuerySet"),
    ("MANAGER", "django.db.models.Manager"),
    ("USER_MANAGER", "django.contrib.auth.models.UserManager"),
    (
        "BASE_USER_MANAGER",
        "django.contrib.auth.base_user.BaseUserManager",
    ),
    (
        "RELATED_MANAGER",
        "RelatedManager (reverse FK, e.g. author.book_set)",
    ),
    (
        "MANY_RELATED_MANAGER",
        "ManyRelatedManager (M2M, e.g. book.tags)",
    ),
    (
        "GENERIC_RELATED_MANAGER",
        "GenericRelatedObjectManager (GenericRelation)",
    ),
    ("MODEL", "django.db.models.base.Model"),
    (
        "ABSTRACT_BASE_USER",
        "django.contrib.auth.base_user.AbstractBaseUser",
    ),
    (
        "PERMISSIONS_MIXIN",
        "django.contrib.auth.models.PermissionsMixin",
    ),
    ("ANONYMOUS_USER", "django.contrib.auth.models.AnonymousUser"),
    (
        "SESSION",
        "django.contrib.sessions.backends.base.SessionBase",
    ),
    ("CACHE", "django.core.cache.backends.base.BaseCache"),
    ("SIGNAL", "django.dispatch.dispatcher.Signal"),
    ("TASK", "django.tasks.base.Task"),
    ("TASK_RESULT", "django.tasks.base.TaskResult"),
];

fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str)
}

fn render(rows: &[Value]) -> String {
    let mut out = String::from(
        "//! The async forms of methods, made from `data/async_api.json`: `UPDATE=1 cargo test -p unblocked-django`.\n\n\
         use crate::owner::{Methods, form};\n",
    );
    for (name, owner) in TABLES {
        // A row without a sync name (`SessionBase.aset`) renames nothing.
        let mut methods: Vec<_> = rows
            .iter()
            .filter(|row| text(row, "owner") == Some(owner))
            .filter_map(|row| Some((text(row, "sync")?, row)))
            .collect();
        methods.sort_by_key(|(sync, _)| *sync);
        write!(out, "\npub(crate) const {name}: Methods = &[\n").unwrap();
        for (sync, row) in methods {
            let form = text(row, "async").unwrap();
            let since = text(row, "since").unwrap().replace('.', ", ");
            // Managers forward to the queryset's generator by a plain function.
            let iterator = text(row, "kind") == Some("async_iterator") || form == "aiterator";
            writeln!(
                out,
                "    (\"{sync}\", form(\"{form}\", {since}, {iterator})),"
            )
            .unwrap();
        }
        out.push_str("];\n");
    }
    out
}

#[test]
fn the_tables_are_those_of_the_data() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::fs::read_to_string(root.join("data/async_api.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&data).unwrap();
    let wanted = render(&rows);
    let path = root.join("src/generated.rs");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    // Whatever rustfmt may change is left out.
    let words = |text: &str| text.replace([',', ' ', '\n'], "");
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        words(&found) == words(&wanted),
        "src/generated.rs is out of date: run `UPDATE=1 cargo test -p unblocked-django`"
    );
}
