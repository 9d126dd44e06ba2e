//! Django's generic views, by what their handlers do.
//!
//! From the sources of Django 4.2 to 6.1 (`django/views/generic/*.py`), where the handlers are the same.

use crate::canonical;

/// A generic view with handlers that can be written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generic {
    /// `TemplateView`
    Template,
    /// `RedirectView`
    Redirect,
    /// `DetailView`, `DateDetailView`
    Detail,
    /// `ListView`
    List,
    /// The archives of the date views.
    Dates,
    /// `FormView`
    Form,
    /// `CreateView`
    Create,
    /// `UpdateView`
    Update,
    /// `DeleteView`
    Delete,
}

/// The generic view of this qualified name.
///
/// ```
/// use unblocked_django::{Generic, generic_view};
/// assert_eq!(generic_view("django.views.generic.list.ListView"), Some(Generic::List));
/// assert_eq!(generic_view("django.views.generic.list.BaseListView"), None);
/// ```
#[must_use]
pub fn generic_view(qualified: &str) -> Option<Generic> {
    let name = canonical(qualified).strip_prefix("django.views.generic.")?;
    Some(match name {
        "TemplateView" => Generic::Template,
        "RedirectView" => Generic::Redirect,
        "DetailView" | "DateDetailView" => Generic::Detail,
        "ListView" => Generic::List,
        "ArchiveIndexView" | "YearArchiveView" | "MonthArchiveView" | "WeekArchiveView"
        | "DayArchiveView" | "TodayArchiveView" => Generic::Dates,
        "FormView" => Generic::Form,
        "CreateView" => Generic::Create,
        "UpdateView" => Generic::Update,
        "DeleteView" => Generic::Delete,
        _ => return None,
    })
}

/// The handler that a handler of Django's calls: `put` of form views is their `post`. Given are the handlers of its class.
///
/// ```
/// use unblocked_django::forwards_to;
/// assert_eq!(forwards_to(&["get", "post", "put"], "put"), Some("post"));
/// assert_eq!(forwards_to(&["post", "delete"], "post"), Some("delete"));
/// assert_eq!(forwards_to(&["get", "post", "delete"], "post"), None);
/// ```
#[must_use]
pub fn forwards_to(handlers: &[&str], handler: &str) -> Option<&'static str> {
    match (handlers, handler) {
        (_, "get") => None,
        // `RedirectView`
        _ if handlers.contains(&"patch") => handlers.contains(&handler).then_some("get"),
        // `ProcessFormView`
        (["get", "post", "put"], "put") => Some("post"),
        // `DeletionMixin`
        (["post", "delete"], "post") => Some("delete"),
        _ => None,
    }
}

impl Generic {
    /// The hooks that a handler which is written out can await: those that it calls and goes on with itself, and of what
    /// these call in turn `get_form`, `get_form_kwargs` and `get_success_url`, where a line or two take their place.
    ///
    /// ```
    /// use unblocked_django::Generic;
    /// assert_eq!(Generic::List.called_by("get"), ["get_queryset", "get_context_data", "render_to_response"]);
    /// assert!(Generic::List.called_by("post").is_empty());
    /// ```
    #[must_use]
    pub fn called_by(self, handler: &str) -> &'static [&'static str] {
        match (self, handler) {
            (Self::Redirect, _) => &["get_redirect_url"],
            (Self::Template, "get") => &["get_context_data", "render_to_response"],
            (Self::Dates, "get") => &["get_dated_items", "get_context_data", "render_to_response"],
            (Self::Form | Self::Create, "get") => &[
                "get_form",
                "get_form_kwargs",
                "get_context_data",
                "render_to_response",
            ],
            (Self::List, "get") => &["get_queryset", "get_context_data", "render_to_response"],
            (Self::Detail, "get") => &[
                "get_object",
                "get_queryset",
                "get_context_data",
                "render_to_response",
            ],
            (Self::Update | Self::Delete, "get") => &[
                "get_object",
                "get_queryset",
                "get_form",
                "get_form_kwargs",
                "get_context_data",
                "render_to_response",
            ],
            (Self::Form | Self::Create, "post" | "put") => &[
                "get_form",
                "get_form_kwargs",
                "form_valid",
                "get_success_url",
                "form_invalid",
                "get_context_data",
                "render_to_response",
            ],
            (Self::Update, "post" | "put") | (Self::Delete, "post") => &[
                "get_object",
                "get_queryset",
                "get_form",
                "get_form_kwargs",
                "form_valid",
                "get_success_url",
                "form_invalid",
                "get_context_data",
                "render_to_response",
            ],
            (Self::Delete, "delete") => &["get_object", "get_queryset", "get_success_url"],
            _ => &[],
        }
    }

    /// True for a hook that handlers of it can await, once they are written out.
    #[must_use]
    pub fn awaits(self, hook: &str) -> bool {
        ["get", "post", "delete"]
            .iter()
            .any(|handler| self.called_by(handler).contains(&hook))
    }
}
