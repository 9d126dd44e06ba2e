//! Django's view decorators and since when they accept `async def`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::{DjangoVersion, canonical};

/// A decorator of views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decorator {
    /// Its qualified name.
    pub path: &'static str,
    /// The Django from which it works on an async function view, and around `View.as_view()`; `None`: never.
    pub fbv_since: Option<DjangoVersion>,
    /// The Django from which it works on an async method by `method_decorator`; `None`: never.
    pub method_since: Option<DjangoVersion>,
}

const ALWAYS: DjangoVersion = DjangoVersion::new(3, 1);
const V5_0: DjangoVersion = DjangoVersion::new(5, 0);
const V5_1: DjangoVersion = DjangoVersion::new(5, 1);
const V5_2: DjangoVersion = DjangoVersion::new(5, 2);
const V6_0: DjangoVersion = DjangoVersion::new(6, 0);

const fn since(path: &'static str, fbv: DjangoVersion, method: DjangoVersion) -> Decorator {
    Decorator {
        path,
        fbv_since: Some(fbv),
        method_since: Some(method),
    }
}

/// Every view decorator of Django.
pub const DECORATORS: &[Decorator] = &[
    since(
        "django.contrib.admin.views.decorators.staff_member_required",
        V5_1,
        V5_2,
    ),
    since(
        "django.contrib.auth.decorators.login_not_required",
        V5_1,
        V5_2,
    ),
    since("django.contrib.auth.decorators.login_required", V5_1, V5_2),
    since(
        "django.contrib.auth.decorators.permission_required",
        V5_1,
        V5_2,
    ),
    since(
        "django.contrib.auth.decorators.user_passes_test",
        V5_1,
        V5_2,
    ),
    Decorator {
        path: "django.db.transaction.atomic",
        fbv_since: None,
        method_since: None,
    },
    since("django.db.transaction.non_atomic_requests", ALWAYS, V5_2),
    since(
        "django.utils.decorators.decorator_from_middleware",
        V5_0,
        V5_2,
    ),
    since(
        "django.utils.decorators.decorator_from_middleware_with_args",
        V5_0,
        V5_2,
    ),
    since("django.views.decorators.cache.cache_control", V5_0, V5_2),
    since("django.views.decorators.cache.cache_page", V5_0, V5_2),
    since("django.views.decorators.cache.never_cache", V5_0, V5_2),
    since(
        "django.views.decorators.clickjacking.xframe_options_deny",
        V5_0,
        V5_2,
    ),
    since(
        "django.views.decorators.clickjacking.xframe_options_exempt",
        V5_0,
        V5_2,
    ),
    since(
        "django.views.decorators.clickjacking.xframe_options_sameorigin",
        V5_0,
        V5_2,
    ),
    since("django.views.decorators.common.no_append_slash", V5_0, V5_2),
    since("django.views.decorators.csp.csp_override", V6_0, V6_0),
    since(
        "django.views.decorators.csp.csp_report_only_override",
        V6_0,
        V6_0,
    ),
    since("django.views.decorators.csrf.csrf_exempt", V5_0, V5_2),
    since("django.views.decorators.csrf.csrf_protect", V5_0, V5_2),
    since(
        "django.views.decorators.csrf.ensure_csrf_cookie",
        V5_0,
        V5_2,
    ),
    since(
        "django.views.decorators.csrf.requires_csrf_token",
        V5_0,
        V5_2,
    ),
    since(
        "django.views.decorators.debug.sensitive_post_parameters",
        V5_0,
        V5_2,
    ),
    since(
        "django.views.decorators.debug.sensitive_variables",
        V5_0,
        V5_2,
    ),
    since("django.views.decorators.gzip.gzip_page", V5_0, V5_2),
    since("django.views.decorators.http.condition", V5_0, V5_2),
    since("django.views.decorators.http.conditional_page", V5_0, V5_2),
    since("django.views.decorators.http.etag", V5_0, V5_2),
    since("django.views.decorators.http.last_modified", V5_0, V5_2),
    since("django.views.decorators.http.require_GET", V5_0, V5_2),
    since("django.views.decorators.http.require_POST", V5_0, V5_2),
    since(
        "django.views.decorators.http.require_http_methods",
        V5_0,
        V5_2,
    ),
    since("django.views.decorators.http.require_safe", V5_0, V5_2),
    since("django.views.decorators.vary.vary_on_cookie", V5_0, V5_2),
    since("django.views.decorators.vary.vary_on_headers", V5_0, V5_2),
];

static BY_PATH: LazyLock<HashMap<&'static str, &'static Decorator>> =
    LazyLock::new(|| DECORATORS.iter().map(|it| (it.path, it)).collect());

impl Decorator {
    /// True when it can stand on an async function view, on this Django.
    #[must_use]
    pub fn on_function(&self, version: DjangoVersion) -> bool {
        self.fbv_since.is_some_and(|since| version >= since)
    }

    /// True when `method_decorator` of it can stand on an async handler, on this Django.
    #[must_use]
    pub fn on_method(&self, version: DjangoVersion) -> bool {
        self.method_since.is_some_and(|since| version >= since)
    }
}

/// Looks a decorator up, by any path that it is imported from.
#[must_use]
pub fn decorator(qualified: &str) -> Option<&'static Decorator> {
    BY_PATH.get(canonical(qualified)).copied()
}
