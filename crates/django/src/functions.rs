//! Module functions: those with an async form, and those that never wait.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::{DjangoVersion, canonical};

/// The async form of a module function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionForm {
    /// Its name, such as `aget_object_or_404`.
    pub name: &'static str,
    /// The module to import it from.
    pub module: &'static str,
    /// The Django that brought it.
    pub since: DjangoVersion,
    /// The releases on which it fails or misbehaves.
    pub broken_on: &'static [DjangoVersion],
    /// How it misbehaves there, and what holds otherwise; empty when there is nothing to say.
    pub note: &'static str,
}

impl FunctionForm {
    /// True when it exists and works on this Django.
    #[must_use]
    pub fn works_on(&self, version: DjangoVersion) -> bool {
        version >= self.since && !self.broken_on.contains(&version)
    }
}

const V5_0: DjangoVersion = DjangoVersion::new(5, 0);
const V5_1: DjangoVersion = DjangoVersion::new(5, 1);
const V5_2: DjangoVersion = DjangoVersion::new(5, 2);
const V6_1: DjangoVersion = DjangoVersion::new(6, 1);

const fn form(module: &'static str, name: &'static str, since: DjangoVersion) -> FunctionForm {
    FunctionForm {
        name,
        module,
        since,
        broken_on: &[],
        note: "",
    }
}

/// Sync function, by its canonical name, and async form.
pub(crate) const FUNCTIONS: &[(&str, FunctionForm)] = &[
    (
        "django.shortcuts.get_object_or_404",
        form("django.shortcuts", "aget_object_or_404", V5_0),
    ),
    (
        "django.shortcuts.get_list_or_404",
        form("django.shortcuts", "aget_list_or_404", V5_0),
    ),
    (
        "django.contrib.auth.authenticate",
        form("django.contrib.auth", "aauthenticate", V5_0),
    ),
    (
        "django.contrib.auth.login",
        form("django.contrib.auth", "alogin", V5_0),
    ),
    (
        "django.contrib.auth.logout",
        FunctionForm {
            broken_on: &[V5_0, V5_1, V5_2],
            note: "Before Django 6.0, `request.auser()` goes on giving the old user after `alogout()`, \
                   when it was awaited before.",
            ..form("django.contrib.auth", "alogout", V5_0)
        },
    ),
    (
        "django.contrib.auth.get_user",
        form("django.contrib.auth", "aget_user", V5_0),
    ),
    (
        "django.contrib.auth.update_session_auth_hash",
        FunctionForm {
            broken_on: &[V5_1, V5_2],
            note: "On Django 5.1 and 5.2 it raises SynchronousOnlyOperation unless `request.user` was loaded.",
            ..form("django.contrib.auth", "aupdate_session_auth_hash", V5_0)
        },
    ),
    (
        "django.contrib.auth.check_password_with_timing_attack_mitigation",
        form(
            "django.contrib.auth",
            "acheck_password_with_timing_attack_mitigation",
            V6_1,
        ),
    ),
    (
        "django.contrib.auth.hashers.check_password",
        form("django.contrib.auth.hashers", "acheck_password", V5_0),
    ),
    (
        "django.db.models.prefetch_related_objects",
        form("django.db.models", "aprefetch_related_objects", V5_0),
    ),
];

static BY_PATH: LazyLock<HashMap<&'static str, FunctionForm>> =
    LazyLock::new(|| FUNCTIONS.iter().copied().collect());

/// The async form of one of Django's module functions.
///
/// ```
/// let form = unblocked_django::async_function("django.shortcuts.get_object_or_404").unwrap();
/// assert_eq!(form.name, "aget_object_or_404");
/// ```
#[must_use]
pub fn async_function(qualified: &str) -> Option<FunctionForm> {
    BY_PATH.get(canonical(qualified)).copied()
}

/// Functions that ask nothing by themselves, but iterate or print what they are given.
const EVALUATES: &[&str] = &[
    "collections.Counter",
    "collections.OrderedDict",
    "collections.deque",
    "django.http.FileResponse",
    "django.http.HttpResponse",
    "django.http.HttpResponseBadRequest",
    "django.http.HttpResponseForbidden",
    "django.http.HttpResponseGone",
    "django.http.HttpResponseNotFound",
    "django.http.HttpResponseServerError",
    "django.http.JsonResponse",
    "django.http.StreamingHttpResponse",
    "django.utils.encoding.force_bytes",
    "django.utils.encoding.force_str",
    "django.utils.encoding.smart_str",
    "django.utils.html.conditional_escape",
    "django.utils.html.escape",
    "django.utils.html.format_html",
    "django.utils.html.format_html_join",
    "django.utils.safestring.mark_safe",
    "django.utils.text.capfirst",
    "django.utils.text.slugify",
    "functools.reduce",
    "itertools.accumulate",
    "itertools.chain",
    "itertools.chain.from_iterable",
    "itertools.groupby",
    "itertools.islice",
    "itertools.product",
    "itertools.zip_longest",
    "json.dump",
    "json.dumps",
    "logging.critical",
    "logging.debug",
    "logging.error",
    "logging.exception",
    "logging.info",
    "logging.log",
    "logging.warning",
    "math.fsum",
    "math.prod",
    "pprint.pformat",
    "pprint.pprint",
    "random.choice",
    "random.choices",
    "random.sample",
    "random.shuffle",
    "statistics.mean",
    "statistics.median",
];

static EVALUATES_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| EVALUATES.iter().copied().collect());

/// True for a function that never waits by itself, but iterates or prints its arguments: it asks nothing exactly when
/// none of them is a queryset or another lazy object.
#[must_use]
pub fn evaluates(qualified: &str) -> bool {
    EVALUATES_SET.contains(canonical(qualified))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_listed_once_and_does_not_wait() {
        let all: Vec<_> = EVALUATES.iter().collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(all.len(), distinct.len());
        for path in all {
            assert!(crate::blocking(path).is_none(), "{path}");
            assert_eq!(canonical(path), *path);
        }
    }

    #[test]
    fn the_broken_releases_are_known() {
        let form = async_function("django.contrib.auth.update_session_auth_hash").unwrap();
        assert!(form.works_on(DjangoVersion::new(5, 0)));
        assert!(!form.works_on(DjangoVersion::new(5, 2)));
        assert!(form.works_on(DjangoVersion::new(6, 0)));
        assert!(!form.works_on(DjangoVersion::new(4, 2)));
    }
}
