//! Where Django documents what.

use crate::DjangoVersion;

/// The page of Django's documentation at `path`, such as `topics/async/` or `ref/models/querysets/#aget`, for a release.
///
/// ```
/// use unblocked_django::{DjangoVersion, docs_url};
/// let url = docs_url(DjangoVersion::new(5, 2), "topics/async/");
/// assert_eq!(url, "https://docs.djangoproject.com/en/5.2/topics/async/");
/// ```
#[must_use]
pub fn docs_url(version: DjangoVersion, path: &str) -> String {
    format!("https://docs.djangoproject.com/en/{version}/{path}")
}

/// Pages of Django's documentation that findings point to, as paths for [`docs_url`].
pub mod topics {
    /// Async support: what it covers, what raises `SynchronousOnlyOperation`, the adapters.
    pub const ASYNC: &str = "topics/async/";
    /// `sync_to_async`.
    pub const SYNC_TO_ASYNC: &str = "topics/async/#sync-to-async";
    /// Why the ORM raises in async code.
    pub const ASYNC_SAFETY: &str = "topics/async/#async-safety";
    /// The decorators that accept async views.
    pub const DECORATORS: &str = "topics/async/#decorators";
    /// Asynchronous queries.
    pub const QUERIES: &str = "topics/db/queries/#asynchronous-queries";
    /// When querysets are evaluated.
    pub const EVALUATION: &str = "ref/models/querysets/#when-querysets-are-evaluated";
    /// `select_related`.
    pub const SELECT_RELATED: &str = "ref/models/querysets/#select-related";
    /// `prefetch_related`.
    pub const PREFETCH_RELATED: &str = "ref/models/querysets/#prefetch-related";
    /// Related managers.
    pub const RELATED: &str = "ref/models/relations/";
    /// Model instances.
    pub const INSTANCES: &str = "ref/models/instances/";
    /// Transactions.
    pub const TRANSACTIONS: &str = "topics/db/transactions/";
    /// `render`, `get_object_or_404` and their like.
    pub const SHORTCUTS: &str = "topics/http/shortcuts/";
    /// Sessions in views.
    pub const SESSIONS: &str = "topics/http/sessions/#using-sessions-in-views";
    /// Authentication in requests: `request.user`, `request.auser`.
    pub const AUTH: &str = "topics/auth/default/#authentication-in-web-requests";
    /// The user model's methods.
    pub const USER: &str = "ref/contrib/auth/";
    /// The cache API.
    pub const CACHE: &str = "topics/cache/#asynchronous-support";
    /// Sending mail.
    pub const MAIL: &str = "topics/email/";
    /// Signals.
    pub const SIGNALS: &str = "topics/signals/";
    /// The paginator.
    pub const PAGINATOR: &str = "ref/paginator/";
    /// `TemplateResponse`.
    pub const TEMPLATE_RESPONSE: &str = "ref/template-response/";
    /// Async class-based views.
    pub const CLASS_BASED_VIEWS: &str = "topics/class-based-views/#asynchronous-class-based-views";
}
