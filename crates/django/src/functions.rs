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

/// Functions and constructors that ask nothing and leave what they are given unevaluated.
const FREE: &[&str] = &[
    // Django: URLs and responses. `redirect` and `resolve_url` call `get_absolute_url` of a model that they are given.
    "django.shortcuts.redirect",
    "django.shortcuts.resolve_url",
    "django.urls.reverse",
    "django.urls.reverse_lazy",
    "django.urls.resolve",
    "django.urls.get_script_prefix",
    "django.http.Http404",
    "django.http.HttpResponseRedirect",
    "django.http.HttpResponsePermanentRedirect",
    "django.http.HttpResponseNotModified",
    "django.http.HttpResponseNotAllowed",
    "django.http.QueryDict",
    // A template response is rendered by the handler, in the request's thread.
    "django.template.response.TemplateResponse",
    "django.template.response.SimpleTemplateResponse",
    // Messages, with the default storage.
    "django.contrib.messages.add_message",
    "django.contrib.messages.debug",
    "django.contrib.messages.error",
    "django.contrib.messages.get_messages",
    "django.contrib.messages.info",
    "django.contrib.messages.success",
    "django.contrib.messages.warning",
    // Query building.
    "django.db.models.Avg",
    "django.db.models.Case",
    "django.db.models.Count",
    "django.db.models.Exists",
    "django.db.models.ExpressionWrapper",
    "django.db.models.F",
    "django.db.models.FilteredRelation",
    "django.db.models.Func",
    "django.db.models.Max",
    "django.db.models.Min",
    "django.db.models.OuterRef",
    "django.db.models.Prefetch",
    "django.db.models.Q",
    "django.db.models.StdDev",
    "django.db.models.Subquery",
    "django.db.models.Sum",
    "django.db.models.Value",
    "django.db.models.Variance",
    "django.db.models.When",
    "django.db.models.Window",
    "django.core.paginator.Paginator",
    // Mail that is built and not sent.
    "django.core.mail.EmailMessage",
    "django.core.mail.EmailMultiAlternatives",
    "django.core.mail.get_connection",
    // The rest of Django.
    "django.apps.apps.get_model",
    "django.contrib.auth.get_user_model",
    "django.contrib.auth.hashers.make_password",
    "django.core.signing.dumps",
    "django.core.signing.loads",
    "django.middleware.csrf.get_token",
    "django.middleware.csrf.rotate_token",
    "django.utils.crypto.constant_time_compare",
    "django.utils.crypto.get_random_string",
    "django.utils.dateparse.parse_date",
    "django.utils.dateparse.parse_datetime",
    "django.utils.dateparse.parse_duration",
    "django.utils.dateparse.parse_time",
    "django.utils.http.url_has_allowed_host_and_scheme",
    "django.utils.http.urlencode",
    "django.utils.timezone.activate",
    "django.utils.timezone.deactivate",
    "django.utils.timezone.get_current_timezone",
    "django.utils.timezone.get_default_timezone",
    "django.utils.timezone.is_aware",
    "django.utils.timezone.is_naive",
    "django.utils.timezone.localdate",
    "django.utils.timezone.localtime",
    "django.utils.timezone.make_aware",
    "django.utils.timezone.make_naive",
    "django.utils.timezone.now",
    "django.utils.translation.activate",
    "django.utils.translation.deactivate",
    "django.utils.translation.get_language",
    "django.utils.translation.gettext",
    "django.utils.translation.gettext_lazy",
    "django.utils.translation.ngettext",
    "django.utils.translation.ngettext_lazy",
    "django.utils.translation.npgettext",
    "django.utils.translation.pgettext",
    "django.utils.translation.pgettext_lazy",
    // Python.
    "copy.copy",
    "copy.deepcopy",
    "datetime.date",
    "datetime.date.fromisoformat",
    "datetime.date.today",
    "datetime.datetime",
    "datetime.datetime.combine",
    "datetime.datetime.fromisoformat",
    "datetime.datetime.fromtimestamp",
    "datetime.datetime.now",
    "datetime.datetime.strptime",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "decimal.Decimal",
    "functools.partial",
    "json.loads",
    "logging.getLogger",
    "os.getenv",
    "os.path.basename",
    "os.path.dirname",
    "os.path.join",
    "os.path.splitext",
    "random.randint",
    "random.random",
    "random.randrange",
    "random.uniform",
    "secrets.token_bytes",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "time.monotonic",
    "time.perf_counter",
    "time.time",
    "urllib.parse.parse_qs",
    "urllib.parse.quote",
    "urllib.parse.unquote",
    "urllib.parse.urljoin",
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
    "uuid.UUID",
    "uuid.uuid1",
    "uuid.uuid4",
];

/// Modules all of whose functions are free.
const FREE_MODULES: &[&str] = &[
    "base64",
    "binascii",
    "calendar",
    "django.db.models.functions",
    "hashlib",
    "hmac",
    "operator",
    "re",
    "zlib",
    "zoneinfo",
];

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

static FREE_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FREE.iter().copied().collect());
static EVALUATES_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| EVALUATES.iter().copied().collect());

/// True for a function that never waits, and never evaluates a queryset or another lazy object that it is given.
///
/// ```
/// use unblocked_django::free;
/// assert!(free("django.urls.reverse"));
/// assert!(!free("django.http.JsonResponse")); // it walks over its data: see `evaluates`
/// ```
#[must_use]
pub fn free(qualified: &str) -> bool {
    let qualified = canonical(qualified);
    FREE_SET.contains(qualified)
        || qualified
            .rsplit_once('.')
            .is_some_and(|(module, _)| FREE_MODULES.contains(&module))
}

/// True for a function that never waits by itself, but iterates or prints its arguments: free exactly when none of
/// them is a queryset or another lazy object.
#[must_use]
pub fn evaluates(qualified: &str) -> bool {
    EVALUATES_SET.contains(canonical(qualified))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_in_one_list_only_and_once() {
        let all: Vec<_> = FREE.iter().chain(EVALUATES).collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(all.len(), distinct.len());
        for path in all {
            assert!(crate::blocking(path).is_none(), "{path}");
            assert_eq!(canonical(path), *path);
        }
    }

    #[test]
    fn a_module_is_free_and_its_classes_methods_are_unknown() {
        assert!(free("re.compile"));
        assert!(free("django.db.models.functions.Lower"));
        assert!(!free("re"));
        assert!(!free("re.Pattern.scanner"));
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
