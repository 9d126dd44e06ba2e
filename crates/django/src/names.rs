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
    let mut methods = HashMap::new();
    for entry in crate::all_blocking() {
        let Some((class, method)) = entry.path.rsplit_once('.') else {
            continue;
        };
        for (alias, _) in aliases().filter(|(_, canonical)| *canonical == class) {
            methods.insert(format!("{alias}.{method}"), entry.path);
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
    fn methods_go_by_their_class() {
        assert_eq!(
            canonical("django.core.mail.message.EmailMessage.send"),
            "django.core.mail.EmailMessage.send"
        );
        assert_eq!(canonical("requests.session.get"), "requests.Session.get");
        assert_eq!(canonical("open"), "builtins.open");
    }
}
