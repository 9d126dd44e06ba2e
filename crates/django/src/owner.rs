//! The a-prefixed forms of methods, by the kind of object that they belong to.

use crate::generated;
use crate::{DjangoVersion, Effect};

/// The kinds of object whose methods Django gives async forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// `django.db.models.QuerySet`.
    QuerySet,
    /// What `raw()` returns.
    RawQuerySet,
    /// `django.db.models.Manager`, such as `Model.objects`.
    Manager,
    /// The manager of the auth user.
    UserManager,
    /// The other side of a foreign key: `author.book_set`.
    RelatedManager,
    /// Either side of a many-to-many relation: `book.tags`.
    ManyRelatedManager,
    /// What a `GenericRelation` gives.
    GenericRelatedManager,
    /// An instance of a model.
    Model,
    /// An instance of the auth user: a model with `AbstractBaseUser` and `PermissionsMixin`.
    User,
    /// `django.contrib.auth.models.AnonymousUser`.
    AnonymousUser,
    /// `request.session`.
    Session,
    /// `django.core.cache.cache`, or one of `caches`.
    Cache,
    /// `django.dispatch.Signal`.
    Signal,
    /// What `django.tasks.task` makes of a function.
    Task,
    /// What `Task.enqueue` returns.
    TaskResult,
    /// `django.core.paginator.Paginator`.
    Paginator,
}

/// The async form of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsyncForm {
    /// Its name, such as `aget`.
    pub name: &'static str,
    /// The Django that brought it.
    pub since: DjangoVersion,
    /// True when the call gives an async iterator, for `async for`, and is not awaited.
    pub is_async_iterator: bool,
}

pub(crate) const fn form(
    name: &'static str,
    major: u8,
    minor: u8,
    is_async_iterator: bool,
) -> AsyncForm {
    AsyncForm {
        name,
        since: DjangoVersion::new(major, minor),
        is_async_iterator,
    }
}

/// One class's methods: sync name and async form, sorted by sync name.
pub(crate) type Methods = &'static [(&'static str, AsyncForm)];

impl Owner {
    /// Every owner.
    pub const ALL: [Self; 16] = [
        Self::QuerySet,
        Self::RawQuerySet,
        Self::Manager,
        Self::UserManager,
        Self::RelatedManager,
        Self::ManyRelatedManager,
        Self::GenericRelatedManager,
        Self::Model,
        Self::User,
        Self::AnonymousUser,
        Self::Session,
        Self::Cache,
        Self::Signal,
        Self::Task,
        Self::TaskResult,
        Self::Paginator,
    ];

    /// True for whatever has the queryset methods: querysets and managers of every kind, but not raw querysets.
    #[must_use]
    pub const fn has_queryset_methods(self) -> bool {
        matches!(self, Self::QuerySet) || self.is_manager()
    }

    /// True for managers of every kind. They have no `delete`, and `async for` refuses them.
    #[must_use]
    pub const fn is_manager(self) -> bool {
        matches!(
            self,
            Self::Manager
                | Self::UserManager
                | Self::RelatedManager
                | Self::ManyRelatedManager
                | Self::GenericRelatedManager
        )
    }

    /// True for a method whose async form calls the sync one of the same object, so that an override is honoured: what
    /// related managers bring themselves. The other async forms of managers call the queryset's method.
    ///
    /// ```
    /// use unblocked_django::Owner;
    /// assert!(Owner::RelatedManager.calls_sync_form("create"));
    /// assert!(!Owner::RelatedManager.calls_sync_form("count"));
    /// assert!(!Owner::Manager.calls_sync_form("create"));
    /// ```
    #[must_use]
    pub fn calls_sync_form(self, name: &str) -> bool {
        match self {
            Self::RelatedManager | Self::ManyRelatedManager | Self::GenericRelatedManager => {
                matches!(
                    name,
                    "add"
                        | "clear"
                        | "create"
                        | "get_or_create"
                        | "remove"
                        | "set"
                        | "update_or_create"
                )
            }
            _ => !self.is_manager(),
        }
    }

    /// The tables to look in, most derived class first.
    pub(crate) const fn tables(self) -> &'static [Methods] {
        use generated as g;
        match self {
            Self::QuerySet => &[g::QUERY_SET],
            Self::RawQuerySet => &[g::RAW_QUERY_SET],
            Self::Manager => &[g::MANAGER],
            Self::UserManager => &[g::USER_MANAGER, g::BASE_USER_MANAGER],
            Self::RelatedManager => &[g::RELATED_MANAGER],
            Self::ManyRelatedManager => &[g::MANY_RELATED_MANAGER],
            Self::GenericRelatedManager => &[g::GENERIC_RELATED_MANAGER],
            Self::Model => &[g::MODEL],
            Self::User => &[g::PERMISSIONS_MIXIN, g::ABSTRACT_BASE_USER, g::MODEL],
            Self::AnonymousUser => &[g::ANONYMOUS_USER],
            Self::Session => &[g::SESSION, SESSION_OPERATORS],
            Self::Cache => &[g::CACHE, CACHE_OPERATORS],
            Self::Signal => &[g::SIGNAL],
            Self::Task => &[g::TASK],
            Self::TaskResult => &[g::TASK_RESULT],
            // `AsyncPaginator` is another class, whose pages templates can't use: no method has a form of its own.
            Self::Paginator => &[],
        }
    }

    /// What a method of this owner that waits, waits for.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::Session => Effect::Session,
            Self::Cache => Effect::Cache,
            Self::Task | Self::TaskResult => Effect::Queue,
            _ => Effect::Query,
        }
    }
}

/// `session[k] = v`, `k in session`, `del session[k]`. Reading `session[k]` has no async form: `aget` raises no `KeyError`.
const SESSION_OPERATORS: Methods = &[
    ("__contains__", form("ahas_key", 5, 1, false)),
    ("__delitem__", form("apop", 5, 1, false)),
    ("__setitem__", form("aset", 5, 1, false)),
];

/// `k in cache`.
const CACHE_OPERATORS: Methods = &[("__contains__", form("ahas_key", 4, 0, false))];

/// The async form of a method: `get` of a queryset is `aget`. Operators go by their special method: `__setitem__`.
///
/// ```
/// use unblocked_django::{Owner, async_method};
/// assert_eq!(async_method(Owner::QuerySet, "get").unwrap().name, "aget");
/// assert_eq!(async_method(Owner::Manager, "delete"), None);
/// ```
#[must_use]
pub fn async_method(owner: Owner, sync_name: &str) -> Option<AsyncForm> {
    owner.tables().iter().find_map(|table| {
        let at = table.binary_search_by(|(name, _)| (*name).cmp(sync_name));
        at.ok()
            .and_then(|index| table.get(index))
            .map(|(_, form)| *form)
    })
}

/// The reverse of [`async_method`]: the form that `name` is, when it is an async form of this owner (`aget`, …),
/// so that code which was async before is known as such.
#[must_use]
pub fn is_async_method(owner: Owner, name: &str) -> Option<AsyncForm> {
    owner
        .tables()
        .iter()
        .flat_map(|table| table.iter())
        .map(|(_, form)| *form)
        .find(|form| form.name == name)
}
