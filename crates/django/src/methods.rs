//! What the methods of managers, querysets, instances and the like return, and which of them wait.

use crate::{Effect, Owner, async_method};

/// What a call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Returns {
    /// A queryset of instances (or of whatever the queryset that it was called on gives).
    QuerySet,
    /// A queryset of dictionaries.
    ValuesQuerySet,
    /// A queryset of tuples.
    ValuesListQuerySet,
    /// A queryset of single values: `values_list(…, flat=True)`. The caller sees the argument, [`returns`] doesn't.
    FlatValuesListQuerySet,
    /// A queryset of dates: `dates`, `datetimes`.
    DatesQuerySet,
    /// A raw queryset.
    RawQuerySet,
    /// A manager: `db_manager`.
    Manager,
    /// An instance of the model.
    Instance,
    /// An instance, or `None`.
    OptionalInstance,
    /// A pair of an instance and whether it was created.
    InstanceAndBool,
    /// A number.
    Int,
    /// `True` or `False`.
    Bool,
    /// A dictionary.
    Dict,
    /// A list.
    List,
    /// A string.
    Str,
    /// `None`.
    None,
    /// A generator that asks the database while it is consumed.
    SyncIterator,
    /// Anything else.
    Other,
}

impl Returns {
    /// True for the querysets: lazy, and iterated by `async for`.
    #[must_use]
    pub const fn is_queryset(self) -> bool {
        matches!(
            self,
            Self::QuerySet
                | Self::ValuesQuerySet
                | Self::ValuesListQuerySet
                | Self::FlatValuesListQuerySet
                | Self::DatesQuerySet
                | Self::RawQuerySet
        )
    }
}

/// Methods of querysets that make another queryset (or a generator) and ask nothing.
fn builder(name: &str) -> Option<Returns> {
    Some(match name {
        "filter" | "exclude" | "all" | "order_by" | "annotate" | "alias" | "select_related"
        | "prefetch_related" | "union" | "intersection" | "difference" | "none" | "distinct"
        | "defer" | "only" | "using" | "reverse" | "select_for_update" | "extra"
        | "complex_filter" | "fetch_mode" => Returns::QuerySet,
        "values" => Returns::ValuesQuerySet,
        "values_list" => Returns::ValuesListQuerySet,
        "dates" | "datetimes" => Returns::DatesQuerySet,
        "raw" => Returns::RawQuerySet,
        "iterator" => Returns::SyncIterator,
        _ => return Option::None,
    })
}

/// Methods of querysets that run a query.
fn terminal(name: &str) -> Option<Returns> {
    Some(match name {
        "get" | "create" | "earliest" | "latest" => Returns::Instance,
        "first" | "last" => Returns::OptionalInstance,
        "get_or_create" | "update_or_create" => Returns::InstanceAndBool,
        "count" | "update" | "bulk_update" => Returns::Int,
        "exists" | "contains" => Returns::Bool,
        "aggregate" | "in_bulk" => Returns::Dict,
        "bulk_create" => Returns::List,
        "explain" => Returns::Str,
        _ => return Option::None,
    })
}

fn lazy(owner: Owner, name: &str) -> Option<Returns> {
    match owner {
        Owner::QuerySet => builder(name),
        Owner::RawQuerySet => match name {
            "prefetch_related" | "using" => Some(Returns::RawQuerySet),
            "iterator" => Some(Returns::SyncIterator),
            _ => Option::None,
        },
        Owner::UserManager if name == "with_perm" => Some(Returns::QuerySet),
        _ if owner.is_manager() => match name {
            "get_queryset" => Some(Returns::QuerySet),
            "db_manager" => Some(Returns::Manager),
            _ => builder(name),
        },
        _ => Option::None,
    }
}

/// True for a method that asks nothing: it makes another queryset, or a generator that is still to be consumed.
///
/// ```
/// use unblocked_django::{Owner, is_lazy_builder};
/// assert!(is_lazy_builder(Owner::Manager, "filter"));
/// assert!(!is_lazy_builder(Owner::Manager, "get"));
/// ```
#[must_use]
pub fn is_lazy_builder(owner: Owner, name: &str) -> bool {
    lazy(owner, name).is_some()
}

/// What a method gives, lazy or not; `None` for a method that isn't known.
///
/// The element type of a queryset that it was called on stays: `values_list(…).first()` is said to be an
/// [`OptionalInstance`](Returns::OptionalInstance), of a row that is a tuple.
#[must_use]
pub fn returns(owner: Owner, name: &str) -> Option<Returns> {
    if let Some(returns) = lazy(owner, name) {
        return Some(returns);
    }
    if owner.has_queryset_methods()
        && let Some(returns) = terminal(name)
    {
        return Some(returns);
    }
    match owner {
        Owner::QuerySet if name == "delete" => Some(Returns::Other),
        Owner::UserManager => match name {
            "create_user" | "create_superuser" | "get_by_natural_key" => Some(Returns::Instance),
            "normalize_email" | "make_random_password" => Some(Returns::Str),
            _ => Option::None,
        },
        Owner::RelatedManager | Owner::ManyRelatedManager | Owner::GenericRelatedManager => {
            matches!(name, "add" | "remove" | "clear" | "set").then_some(Returns::None)
        }
        Owner::Model => model(name),
        Owner::User => user(name).or_else(|| model(name)),
        Owner::AnonymousUser => permissions(name),
        Owner::Session => session(name),
        Owner::Cache => cache(name),
        Owner::Signal => match name {
            "send" | "send_robust" => Some(Returns::List),
            "connect" => Some(Returns::None),
            "disconnect" | "has_listeners" => Some(Returns::Bool),
            _ => Option::None,
        },
        Owner::Task => {
            matches!(name, "enqueue" | "get_result" | "call" | "using").then_some(Returns::Other)
        }
        Owner::TaskResult if name == "refresh" => Some(Returns::None),
        Owner::Paginator => matches!(
            name,
            "page" | "get_page" | "get_elided_page_range" | "validate_number"
        )
        .then_some(Returns::Other),
        _ => Option::None,
    }
}

fn model(name: &str) -> Option<Returns> {
    Some(match name {
        "save"
        | "refresh_from_db"
        | "full_clean"
        | "clean"
        | "clean_fields"
        | "validate_unique"
        | "validate_constraints"
        | "save_base" => Returns::None,
        "delete" => Returns::Other,
        "get_absolute_url" => Returns::Str,
        _ if is_neighbour(name) => Returns::Instance,
        _ if name.starts_with("get_") && name.ends_with("_display") => Returns::Str,
        _ => return Option::None,
    })
}

/// `get_next_by_created`, `get_previous_by_created`.
fn is_neighbour(name: &str) -> bool {
    name.strip_prefix("get_next_by_")
        .or_else(|| name.strip_prefix("get_previous_by_"))
        .is_some_and(|field| !field.is_empty())
}

fn user(name: &str) -> Option<Returns> {
    Some(match name {
        "check_password" | "has_usable_password" => Returns::Bool,
        "set_password" | "set_unusable_password" | "email_user" => Returns::None,
        "get_username" | "get_full_name" | "get_short_name" | "get_session_auth_hash" => {
            Returns::Str
        }
        _ => return permissions(name),
    })
}

fn permissions(name: &str) -> Option<Returns> {
    Some(match name {
        "has_perm" | "has_perms" | "has_module_perms" => Returns::Bool,
        "get_all_permissions" | "get_group_permissions" | "get_user_permissions" => Returns::Other,
        _ => return Option::None,
    })
}

fn session(name: &str) -> Option<Returns> {
    Some(match name {
        "get" | "pop" | "setdefault" | "keys" | "values" | "items" | "get_expiry_date" => {
            Returns::Other
        }
        "get_expiry_age" => Returns::Int,
        "has_key"
        | "exists"
        | "test_cookie_worked"
        | "get_expire_at_browser_close"
        | "is_empty" => Returns::Bool,
        "load" => Returns::Dict,
        "update" | "set_expiry" | "flush" | "cycle_key" | "create" | "save" | "delete"
        | "clear_expired" | "set_test_cookie" | "delete_test_cookie" => Returns::None,
        _ => return Option::None,
    })
}

fn cache(name: &str) -> Option<Returns> {
    Some(match name {
        "get" | "get_or_set" => Returns::Other,
        "get_many" => Returns::Dict,
        "set_many" => Returns::List,
        "add" | "touch" | "delete" | "has_key" => Returns::Bool,
        "incr" | "decr" | "incr_version" | "decr_version" => Returns::Int,
        "set" | "delete_many" | "clear" | "close" => Returns::None,
        _ => return Option::None,
    })
}

/// What a method waits for, whether or not it has an async form; `None` when it doesn't wait or isn't known.
///
/// ```
/// use unblocked_django::{Effect, Owner, method_effect};
/// assert_eq!(method_effect(Owner::Model, "full_clean"), Some(Effect::Query));
/// assert_eq!(method_effect(Owner::Model, "get_absolute_url"), None);
/// ```
#[must_use]
pub fn method_effect(owner: Owner, name: &str) -> Option<Effect> {
    if is_lazy_builder(owner, name) {
        return Option::None;
    }
    let waits = match owner {
        Owner::Model | Owner::User => {
            matches!(
                name,
                "full_clean" | "validate_unique" | "validate_constraints" | "save_base"
            ) || is_neighbour(name)
        }
        Owner::Paginator => {
            return matches!(
                name,
                "page"
                    | "get_page"
                    | "count"
                    | "num_pages"
                    | "page_range"
                    | "get_elided_page_range"
                    | "validate_number"
                    | "__iter__"
            )
            .then_some(Effect::Query);
        }
        Owner::Session => matches!(name, "__getitem__"),
        _ => false,
    };
    if owner == Owner::User && name == "email_user" {
        return Some(Effect::Mail);
    }
    (waits || async_method(owner, name).is_some()).then_some(owner.effect())
}

/// What a method of a manager of `django.contrib` gives, by its model's name; [`Returns::None`] for one that asks
/// nothing. They have a cache in memory, so that they ask once in a process, or not in a test.
///
/// ```
/// use unblocked_django::{Returns, contrib_manager_method};
/// assert_eq!(contrib_manager_method("ContentType", "get_for_model"), Some(Returns::Instance));
/// assert_eq!(contrib_manager_method("Product", "get_for_model"), None);
/// ```
#[must_use]
pub fn contrib_manager_method(model: &str, name: &str) -> Option<Returns> {
    Some(match (model, name) {
        ("ContentType", "get_for_model" | "get_for_id" | "get_by_natural_key")
        | ("Site", "get_current" | "get_by_natural_key")
        | ("Group" | "Permission", "get_by_natural_key") => Returns::Instance,
        ("ContentType", "get_for_models") => Returns::Dict,
        ("ContentType" | "Site", "clear_cache") => Returns::None,
        _ => return Option::None,
    })
}
