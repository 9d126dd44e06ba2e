//! Methods of class-based views, by what may become of them and of calls of them.
//!
//! From the sources of Django 4.2 to 6.1 (`django/views/generic/*.py`, `contrib/auth/mixins.py`), and from code that was
//! run on each.

use crate::BaseKind;

/// Methods that Django dispatches requests to. `options` is not among them: `View` has its own.
pub const HANDLERS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "trace"];

/// What a method of a class-based view is to Django.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewMethod {
    /// It answers the request: as async as the handlers of its class.
    Entry,
    /// Django's code calls it synchronously: a coroutine function in its place fails, or lets everybody in.
    Hook {
        /// Django's own may ask the database.
        waits: bool,
    },
    /// Such a hook that asks, and gives rows that are fetched later.
    LazyHook,
}

const fn hook(name: &'static str, waits: bool) -> (&'static str, ViewMethod) {
    (name, ViewMethod::Hook { waits })
}

/// What `View` itself calls.
const OF_VIEW: &[(&str, ViewMethod)] = &[
    ("dispatch", ViewMethod::Entry),
    ("http_method_not_allowed", ViewMethod::Entry),
    ("options", ViewMethod::Entry),
    hook("__init__", false),
    hook("_allowed_methods", false),
    hook("as_view", false),
    hook("setup", false),
    hook("view_is_async", false),
];

/// What the mixins of `django.contrib.auth` call in their `dispatch`.
const OF_AUTH: &[(&str, ViewMethod)] = &[
    hook("get_login_url", false),
    hook("get_permission_denied_message", false),
    hook("get_permission_required", false),
    hook("get_redirect_field_name", false),
    hook("get_test_func", false),
    hook("handle_no_permission", true),
    hook("has_permission", true),
    hook("test_func", true),
];

/// What generic views and their mixins call.
const OF_GENERIC: &[(&str, ViewMethod)] = &[
    hook("form_invalid", true),
    hook("form_valid", true),
    hook("get_allow_empty", false),
    hook("get_allow_future", false),
    hook("get_context_data", true),
    hook("get_context_object_name", false),
    hook("get_date_field", false),
    hook("get_date_list", true),
    hook("get_date_list_period", false),
    ("get_dated_items", ViewMethod::LazyHook),
    ("get_dated_queryset", ViewMethod::LazyHook),
    hook("get_day", false),
    hook("get_day_format", false),
    hook("get_form", true),
    hook("get_form_class", false),
    hook("get_form_kwargs", false),
    hook("get_initial", false),
    hook("get_make_object_list", true),
    hook("get_month", false),
    hook("get_month_format", false),
    hook("get_next_day", true),
    hook("get_next_month", true),
    hook("get_next_week", true),
    hook("get_next_year", true),
    hook("get_object", true),
    hook("get_ordering", false),
    hook("get_paginate_by", false),
    hook("get_paginate_orphans", false),
    hook("get_paginator", false),
    hook("get_prefix", false),
    hook("get_previous_day", true),
    hook("get_previous_month", true),
    hook("get_previous_week", true),
    hook("get_previous_year", true),
    hook("get_queryset", false),
    hook("get_redirect_url", false),
    hook("get_slug_field", false),
    hook("get_success_message", true),
    hook("get_success_url", true),
    hook("get_template_names", false),
    hook("get_uses_datetime_field", false),
    hook("get_week", false),
    hook("get_week_format", false),
    hook("get_year", false),
    hook("get_year_format", false),
    ("paginate_queryset", ViewMethod::LazyHook),
    hook("render_to_response", false),
    hook("uses_datetime_field", false),
];

/// What a method is to Django in a class that derives from a class of this kind; `None` for what Django has nothing to do
/// with.
///
/// ```
/// use unblocked_django::{BaseKind, ViewMethod, view_method};
/// assert_eq!(view_method(BaseKind::View, "dispatch"), Some(ViewMethod::Entry));
/// assert_eq!(view_method(BaseKind::View, "get_object"), None);
/// assert_eq!(
///     view_method(BaseKind::ViewMixin, "get_object"),
///     Some(ViewMethod::Hook { waits: true })
/// );
/// ```
#[must_use]
pub fn view_method(of: BaseKind, name: &str) -> Option<ViewMethod> {
    let find = |table: &[(&str, ViewMethod)]| {
        table
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, method)| *method)
    };
    let of_view = || {
        HANDLERS
            .contains(&name)
            .then_some(ViewMethod::Entry)
            .or_else(|| find(OF_VIEW))
    };
    match of {
        BaseKind::View => of_view(),
        BaseKind::GenericView(_) | BaseKind::AuthView => of_view().or_else(|| find(OF_GENERIC)),
        BaseKind::ViewMixin => find(OF_GENERIC),
        BaseKind::AuthMixin if name == "dispatch" => Some(ViewMethod::Entry),
        BaseKind::AuthMixin => find(OF_AUTH),
        _ => None,
    }
}

/// What everybody imports under these names; sorted.
const USUAL: &[(&str, &str)] = &[
    ("CreateView", "django.views.generic.CreateView"),
    ("DeleteView", "django.views.generic.DeleteView"),
    ("DetailView", "django.views.generic.DetailView"),
    ("FormView", "django.views.generic.FormView"),
    ("ListView", "django.views.generic.ListView"),
    (
        "LoginRequiredMixin",
        "django.contrib.auth.mixins.LoginRequiredMixin",
    ),
    (
        "PermissionRequiredMixin",
        "django.contrib.auth.mixins.PermissionRequiredMixin",
    ),
    ("RedirectView", "django.views.generic.RedirectView"),
    ("TemplateView", "django.views.generic.TemplateView"),
    ("UpdateView", "django.views.generic.UpdateView"),
    (
        "UserPassesTestMixin",
        "django.contrib.auth.mixins.UserPassesTestMixin",
    ),
    ("View", "django.views.View"),
];

/// The class of Django's that a base evidently is in code that neither imports nor defines its name.
///
/// ```
/// use unblocked_django::usual_view;
/// assert_eq!(usual_view("View"), Some("django.views.View"));
/// assert_eq!(usual_view("BaseView"), None);
/// ```
#[must_use]
pub fn usual_view(name: &str) -> Option<&'static str> {
    let at = USUAL
        .binary_search_by(|(usual, _)| (*usual).cmp(name))
        .ok()?;
    USUAL.get(at).map(|(_, path)| *path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_sorted_and_lead_to_bases() {
        assert!(USUAL.is_sorted());
        for (name, path) in USUAL {
            assert!(crate::base_class(path).is_some(), "{name}");
        }
    }

    #[test]
    fn methods_go_by_what_calls_them() {
        assert_eq!(view_method(BaseKind::ViewMixin, "delete"), None);
        assert_eq!(view_method(BaseKind::View, "test_func"), None);
        let hook = Some(ViewMethod::Hook { waits: true });
        assert_eq!(view_method(BaseKind::AuthMixin, "test_func"), hook);
        assert_eq!(
            view_method(BaseKind::GenericView(&["get"]), "get"),
            Some(ViewMethod::Entry)
        );
        assert_eq!(view_method(BaseKind::Admin, "get"), None);
    }
}
