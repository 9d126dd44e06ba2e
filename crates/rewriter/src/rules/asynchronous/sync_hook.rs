//! # async/sync-hook
//!
//! An `async def` where Django calls a synchronous method: hooks of generic views, `test_func`, `clean`, `save`, `handle`.
//!
//! Django gets a coroutine and goes on with it. `async def test_func` lets everybody in, as a coroutine is true, and so does
//! `@user_passes_test` with an async function before Django 5.1; `async def
//! get_queryset` fails with `TypeError: object of type 'coroutine' has no len()` or `ImproperlyConfigured`; `async def clean_name` leaves
//! the form valid, with a coroutine in `cleaned_data`. `super().aget_queryset()` and the like exist in no version. A hook that
//! awaits nothing but its `super()` becomes synchronous again; otherwise fetch in an async handler, and go on with
//! `await sync_to_async(super().get)(…)`. A hook that an async handler of the class awaits is left alone. Holds up to Django 6.1.
//!
//! Safe, or manual.
//!
//! ```python meant
//! from django.views.generic import ListView
//!
//!
//! class ProductListView(ListView):
//!     model = Product
//!     paginate_by = 2
//!
//!     def get_queryset(self):
//!         queryset = super().get_queryset()
//!         return queryset.filter(is_active=True).order_by("pk")
//! ```
//! ```python before
//! from django.views.generic import ListView
//!
//!
//! class ProductListView(ListView):
//!     model = Product
//!     paginate_by = 2
//!
//!     async def get_queryset(self):
//!         queryset = await super().aget_queryset()
//!         return queryset.filter(is_active=True).order_by("pk")
//! ```
//! ```python after
//! from django.views.generic import ListView
//!
//!
//! class ProductListView(ListView):
//!     model = Product
//!     paginate_by = 2
//!
//!     def get_queryset(self):
//!         queryset = super().get_queryset()
//!         return queryset.filter(is_active=True).order_by("pk")
//! ```

use unblocked_analyzer::{Class, Evidence, Function, Site};
use unblocked_django::{BaseKind, topics};
use unblocked_syntax::view::{Attribute, Call};
use unblocked_syntax::{Field, Kind, NodeId, Span};

use super::declared;
use crate::draft::{Draft, Outcome};
use crate::rewrites::{Piece, template};

pub(super) const NAME: &str = "async/sync-hook";

/// The classes tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

const HANDLERS: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

pub(super) fn check(draft: &mut Draft<'_>, index: usize, class: &Class) {
    let kinds = declared::kinds(draft, index);
    let methods = declared::methods(draft, class);
    for &(function, method) in &methods {
        let Some(happens) = happens(&kinds, &method.name).filter(|_| method.is_async) else {
            continue;
        };
        let call = format!("await self.{}(", method.name);
        let is_awaited = methods.iter().any(|(_, other)| {
            other.is_async
                && HANDLERS.contains(&&*other.name)
                && draft.text(other.body).contains(&call)
        });
        let Some(name) = draft.ast().child(method.node, Field::Name) else {
            continue;
        };
        if is_awaited && !matches!(&*method.name, "test_func" | "has_permission") {
            continue;
        }
        let message = format!(
            "Django calls `{}` without awaiting it: {happens}",
            method.name
        );
        match inherited_awaits(draft, function, method) {
            Some(awaits) => declared::attempt(draft, |draft| {
                make_sync(draft, method, &awaits);
                call_synchronously(draft, class, &method.name);
                draft.changed(
                    NAME,
                    name,
                    Evidence::Proven,
                    message,
                    "it is synchronous again",
                    topics::CLASS_BASED_VIEWS,
                );
            }),
            None => declared::manual(
                draft,
                NAME,
                name,
                message,
                "make it synchronous; fetch in an async handler before it, or call what is async through `async_to_sync`",
                topics::CLASS_BASED_VIEWS,
            ),
        }
    }
}

/// The awaits of a method, if they are all of what it inherits and nothing else in it is async.
fn inherited_awaits(draft: &Draft<'_>, function: usize, method: &Function) -> Option<Vec<NodeId>> {
    let ast = draft.ast();
    let has_sites = draft
        .file
        .sites
        .iter()
        .any(|site| site.function == Some(function));
    if has_sites || draft.facts.nested(function).next().is_some() {
        return None;
    }
    let mut awaits = Vec::new();
    for node in ast.subtree(method.body) {
        if ast.kind(node) == Kind::Await {
            let call = Call::cast(ast, ast.first_child(node)?)?;
            let Attribute { object, name } = Attribute::cast(ast, call.function)?;
            let read = draft.text(name);
            let is_own = read == method.name || read.strip_prefix('a') == Some(&*method.name);
            if !is_own || draft.text(object) != "super()" {
                return None;
            }
            awaits.push(node);
        } else if ast.is_async(node) {
            return None;
        }
    }
    Some(awaits)
}

fn make_sync(draft: &mut Draft<'_>, method: &Function, awaits: &[NodeId]) {
    let ast = draft.ast();
    let span = ast.span(method.node);
    let Some(at) = draft.text(method.node).find("def ") else {
        return;
    };
    let start = span.start + u32::try_from(at).unwrap_or(0);
    draft
        .rewrites
        .replace(method.node, vec![Piece::Source(Span::new(start, span.end))]);
    for &node in awaits {
        let Some(call) = ast.first_child(node) else {
            continue;
        };
        let name = ast
            .child(call, Field::Function)
            .and_then(|function| ast.child(function, Field::Attribute));
        if let Some(name) = name {
            draft.rewrites.replace(name, template![&*method.name]);
        }
        draft.rewrites.replace(node, template![call]);
    }
}

/// Takes out the `await` before calls of a hook that has become synchronous, in the rest of its class.
fn call_synchronously(draft: &mut Draft<'_>, class: &Class, hook: &str) {
    let ast = draft.ast();
    let called = format!("self.{hook}");
    for node in ast.subtree(class.body) {
        if ast.kind(node) == Kind::Await
            && let Some(call) = ast.first_child(node)
            && ast
                .child(call, Field::Function)
                .is_some_and(|function| draft.text(function) == called)
        {
            draft.rewrites.replace(node, template![call]);
        }
    }
}

/// What happens when a method that Django calls is a coroutine function.
fn happens(kinds: &[BaseKind], method: &str) -> Option<&'static str> {
    let is = |wanted: fn(&BaseKind) -> bool| kinds.iter().any(wanted);
    if matches!(method, "test_func" | "has_permission") && is(|kind| *kind == BaseKind::AuthMixin) {
        return Some("a coroutine is true, so that everybody is let in");
    }
    if is(|kind| matches!(kind, BaseKind::View | BaseKind::GenericView(_))) && method == "setup" {
        return Some("`AttributeError`, as the view has no `request`");
    }
    if is(|kind| matches!(kind, BaseKind::GenericView(_) | BaseKind::ViewMixin)) {
        return match method {
            "get_queryset" => Some(
                "`TypeError: object of type 'coroutine' has no len()`, or `ImproperlyConfigured`",
            ),
            "get_object" => Some("the page is empty, with status 200"),
            "get_context_data" => Some("the template gets a coroutine for its context"),
            "form_valid" | "form_invalid" | "get_redirect_url" | "get_success_url" | "get_form"
            | "get_form_class" | "get_form_kwargs" | "get_initial" | "get_template_names"
            | "get_paginate_by" | "get_ordering" => {
                Some("its synchronous handlers go on with a coroutine")
            }
            _ => None,
        };
    }
    if is(|kind| matches!(kind, BaseKind::Form | BaseKind::ModelForm)) {
        return match method {
            "clean" => Some("nothing is checked, and the form is valid"),
            _ if method.starts_with("clean_") => {
                Some("nothing is checked, and `cleaned_data` holds a coroutine")
            }
            "save" => Some("nothing is saved"),
            _ => None,
        };
    }
    if is(|kind| matches!(kind, BaseKind::Model | BaseKind::User)) {
        return match method {
            "save" | "delete" => Some(
                "nothing is written, and its async form fails with `TypeError: sync_to_async can only be applied to sync functions.`",
            ),
            "clean" => Some("nothing is checked"),
            "__str__" | "get_absolute_url" => Some("`TypeError`, or a coroutine is printed"),
            _ => None,
        };
    }
    if is(|kind| *kind == BaseKind::Middleware)
        && matches!(method, "process_request" | "process_response")
    {
        return Some("`TypeError: sync_to_async can only be applied to sync functions.`");
    }
    if is(|kind| *kind == BaseKind::Command) && method == "handle" {
        return Some("`AttributeError`, and nothing runs");
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_unchanged, report_with};
    use crate::{Options, Severity};

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        let report = report_with(text, &Options::for_paste());
        assert_eq!(report.after, text);
        let ours = report
            .findings
            .into_iter()
            .filter(|f| f.rule == super::NAME);
        ours.map(|finding| {
            assert_eq!(finding.severity, Severity::Error);
            finding.message
        })
        .collect()
    }

    #[test]
    fn everybody_is_let_in() {
        let text = "from django.contrib.auth.mixins import UserPassesTestMixin\nfrom django.views import View\n\nclass Staff(UserPassesTestMixin, View):\n    async def test_func(self):\n        user = await self.request.auser()\n        return user.is_staff\n";
        assert!(found(text)[0].contains("everybody is let in"));
        let permission = text.replace("test_func", "has_permission");
        assert!(found(&permission)[0].contains("everybody is let in"));
        // A bridge around the open door would not shut it.
        found(&format!(
            "{text}\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n"
        ));
    }

    #[test]
    fn forms_models_and_commands() {
        for (base, method) in [
            ("forms.Form", "clean_name"),
            ("models.Model", "save"),
            ("BaseCommand", "handle"),
        ] {
            let text = format!(
                "from django import forms\nfrom django.core.management.base import BaseCommand\nfrom django.db import models\n\nclass Thing({base}):\n    async def {method}(self, *args, **options):\n        await load(self)\n"
            );
            assert_eq!(found(&text).len(), 1, "{base}");
        }
    }

    #[test]
    fn hooks_that_an_async_handler_awaits_and_other_methods_are_right() {
        assert!(found("from django.views.generic import TemplateView\n\nclass Page(TemplateView):\n    async def get(self, request):\n        return self.render_to_response(await self.get_context_data())\n\n    async def get_context_data(self):\n        return {'rows': await load()}\n").is_empty());
        check_unchanged(
            "class Shop:\n    async def get_queryset(self):\n        return await super().aget_queryset()\n",
        );
        assert!(found("from django.views.generic import TemplateView\n\nclass Page(TemplateView):\n    async def load(self):\n        return await load()\n").is_empty());
    }
}
