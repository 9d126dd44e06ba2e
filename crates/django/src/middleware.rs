//! Middleware, by what it does to `request.user`, and by how it runs before async views.

use serde::Deserialize;
use std::sync::LazyLock;

/// What a middleware does to `request.user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MiddlewareUser {
    /// It leaves the user alone, or is Django's own, which sets it to the user of the session.
    Keeps,
    /// It replaces or decorates the user: one-time passwords, impersonation, tokens.
    Sets,
    /// Not known.
    Unknown,
}

/// Packages and modules whose middleware assigns `request.user` (in their sources: `django_otp.middleware`,
/// `hijack.middleware`, `impersonate.middleware`, `oauth2_provider.middleware`, `sesame.middleware`, …).
const SETS: &[&str] = &[
    "django_otp",
    "django_su",
    "graphql_jwt",
    "guest_user",
    "hijack",
    "impersonate",
    "kagi",
    "lazysignup",
    "oauth2_provider",
    "sesame",
    "social_django",
    "su",
    "userena",
];

/// Packages whose middleware leaves `request.user` alone.
const KEEPS: &[&str] = &[
    "allauth",
    "auditlog",
    "axes",
    "compression_middleware",
    "corsheaders",
    "csp",
    "debug_toolbar",
    "defender",
    "django",
    "django_browser_reload",
    "django_htmx",
    "django_permissions_policy",
    "django_prometheus",
    "django_structlog",
    "easyaudit",
    "htmlmin",
    "livereload",
    "maintenance_mode",
    "querycount",
    "reversion",
    "silk",
    "simple_history",
    "waffle",
    "wagtail",
    "whitenoise",
];

/// What the middleware (or its base class) of a dotted path does to `request.user`.
///
/// ```
/// use unblocked_django::{MiddlewareUser, middleware_user};
/// assert_eq!(middleware_user("django_otp.middleware.OTPMiddleware"), MiddlewareUser::Sets);
/// assert_eq!(middleware_user("shop.middleware.Tenants"), MiddlewareUser::Unknown);
/// ```
#[must_use]
pub fn middleware_user(path: &str) -> MiddlewareUser {
    let package = path.split('.').next().unwrap_or_default();
    if SETS.contains(&package) {
        MiddlewareUser::Sets
    } else if KEEPS.contains(&package) || path == "object" {
        MiddlewareUser::Keeps
    } else {
        MiddlewareUser::Unknown
    }
}

/// How a library's middleware runs before async views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MiddlewareRuns {
    /// It has an async form of its own.
    Both,
    /// A `MiddlewareMixin`: it lets the request pass on the event loop, and runs each hook in a thread.
    Hooks,
    /// In a thread, for the whole request.
    Sync,
}

/// A library's middleware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryMiddleware {
    /// Its dotted path.
    pub path: &'static str,
    /// The package on PyPI.
    pub package: &'static str,
    /// The version whose sources say so.
    pub version: &'static str,
    /// How it runs.
    pub runs: MiddlewareRuns,
}

static LIBRARY: LazyLock<Vec<LibraryMiddleware>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/middleware.json")).unwrap_or_default()
});

/// What is known of a library's middleware.
///
/// ```
/// use unblocked_django::{MiddlewareRuns, library_middleware};
/// let found = library_middleware("whitenoise.middleware.WhiteNoiseMiddleware").unwrap();
/// assert_eq!((found.package, found.runs), ("whitenoise", MiddlewareRuns::Sync));
/// assert_eq!(library_middleware("shop.middleware.Tenants"), None);
/// ```
#[must_use]
pub fn library_middleware(path: &str) -> Option<LibraryMiddleware> {
    LIBRARY.iter().find(|known| known.path == path).copied()
}
