//! One name for what can be imported from several modules.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Alias and canonical name of each re-export, one a line.
fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../data/aliases.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
}

static BY_ALIAS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| aliases().collect());

/// Methods of re-exported classes that the catalogue names: `django.core.mail.message.EmailMessage.send`.
static METHODS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    for (alias, canonical) in aliases() {
        names.entry(canonical).or_default().push(alias);
    }
    let mut methods = HashMap::new();
    for path in crate::blocking::paths() {
        let Some((class, method)) = path.rsplit_once('.') else {
            continue;
        };
        for alias in names.get(class).into_iter().flatten() {
            methods.insert(format!("{alias}.{method}"), path);
        }
    }
    methods
});

/// The name under which the tables know what `qualified` is: the documented import path. A name that is no
/// re-export, or isn't known, is returned as it is.
///
/// ```
/// use unblocked_django::canonical;
/// assert_eq!(canonical("django.db.models.query.QuerySet"), "django.db.models.QuerySet");
/// assert_eq!(canonical("shop.models.Order"), "shop.models.Order");
/// ```
#[must_use]
pub fn canonical(qualified: &str) -> &str {
    let found = BY_ALIAS.get(qualified).or_else(|| METHODS.get(qualified));
    found.copied().unwrap_or(qualified)
}

/// What everybody imports under these names; sorted.
const USUAL: &[(&str, &str)] = &[
    ("Prefetch", "django.db.models.Prefetch"),
    ("async_to_sync", "asgiref.sync.async_to_sync"),
    ("asyncio", "asyncio"),
    ("authenticate", "django.contrib.auth.authenticate"),
    ("cache", "django.core.cache.cache"),
    ("caches", "django.core.cache.caches"),
    ("connection", "django.db.connection"),
    (
        "get_current_site",
        "django.contrib.sites.shortcuts.get_current_site",
    ),
    ("get_list_or_404", "django.shortcuts.get_list_or_404"),
    ("get_object_or_404", "django.shortcuts.get_object_or_404"),
    ("get_user_model", "django.contrib.auth.get_user_model"),
    ("login", "django.contrib.auth.login"),
    ("logout", "django.contrib.auth.logout"),
    ("mail_admins", "django.core.mail.mail_admins"),
    ("model_to_dict", "django.forms.model_to_dict"),
    ("redirect", "django.shortcuts.redirect"),
    ("render", "django.shortcuts.render"),
    (
        "render_to_string",
        "django.template.loader.render_to_string",
    ),
    ("requests", "requests"),
    ("send_mail", "django.core.mail.send_mail"),
    ("sync_to_async", "asgiref.sync.sync_to_async"),
    ("transaction", "django.db.transaction"),
    (
        "update_session_auth_hash",
        "django.contrib.auth.update_session_auth_hash",
    ),
];

/// What a name evidently stands for in code that neither imports nor defines it.
///
/// ```
/// use unblocked_django::usual_name;
/// assert_eq!(usual_name("render"), Some("django.shortcuts.render"));
/// assert_eq!(usual_name("load"), None);
/// ```
#[must_use]
pub fn usual_name(name: &str) -> Option<&'static str> {
    let at = USUAL
        .binary_search_by(|(usual, _)| (*usual).cmp(name))
        .ok()?;
    USUAL.get(at).map(|(_, path)| *path)
}

/// True for a signal that Django sends.
///
/// ```
/// use unblocked_django::is_signal;
/// assert!(is_signal("django.db.models.signals.post_save"));
/// assert!(!is_signal("django.db.models.signals.ModelSignal"));
/// ```
#[must_use]
pub fn is_signal(qualified: &str) -> bool {
    let Some((module, name)) = qualified.rsplit_once('.') else {
        return false;
    };
    let of_signals = matches!(
        module,
        "django.contrib.auth.signals"
            | "django.contrib.auth"
            | "django.core.signals"
            | "django.db.backends.signals"
            | "django.db.models.signals"
            | "django.test.signals"
    );
    of_signals
        && matches!(
            name,
            "class_prepared"
                | "connection_created"
                | "got_request_exception"
                | "m2m_changed"
                | "post_delete"
                | "post_init"
                | "post_migrate"
                | "post_save"
                | "pre_delete"
                | "pre_init"
                | "pre_migrate"
                | "pre_save"
                | "request_finished"
                | "request_started"
                | "setting_changed"
                | "template_rendered"
                | "user_logged_in"
                | "user_logged_out"
                | "user_login_failed"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_unique_and_lead_to_names_that_are_no_alias() {
        assert_eq!(aliases().count(), BY_ALIAS.len());
        for (alias, canonical) in aliases() {
            assert!(!BY_ALIAS.contains_key(canonical), "{alias} → {canonical}");
        }
    }

    #[test]
    fn usual_names_are_sorted() {
        assert!(USUAL.is_sorted());
    }

    #[test]
    fn methods_go_by_their_class() {
        assert_eq!(
            canonical("django.core.mail.message.EmailMessage.send"),
            "django.core.mail.EmailMessage.send"
        );
        assert_eq!(canonical("requests.session.get"), "requests.Session.get");
        assert_eq!(canonical("open"), "builtins.open");
    }
}
