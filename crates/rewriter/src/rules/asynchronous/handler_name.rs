//! # async/handler-name
//!
//! `async def aget(self, request)`: handlers have no `a` before their names, in any version.
//!
//! Django dispatches to `get`, `post` and so on, be they `def` or `async def`: a `View` with `aget` alone answers 405, and in a
//! generic view its own synchronous `get` runs. In a plain `View` whose other handlers are async the handler gets its right name; in
//! a generic view it is told of. Holds up to Django 6.1.
//!
//! Safe, or manual.
//!
//! ```python meant
//! from django.views import View
//!
//!
//! class CountView(View):
//!     def get(self, request):
//!         return JsonResponse({"count": Product.objects.count()})
//! ```
//! ```python before
//! from django.views import View
//!
//!
//! class CountView(View):
//!     async def aget(self, request):
//!         return JsonResponse({"count": await Product.objects.acount()})
//! ```
//! ```python after
//! from django.views import View
//!
//!
//! class CountView(View):
//!     async def get(self, request):
//!         return JsonResponse({"count": await Product.objects.acount()})
//! ```

use unblocked_analyzer::{Class, ClassRef, Evidence, Site};
use unblocked_django::{BaseKind, topics};
use unblocked_syntax::Field;

use super::declared;
use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/handler-name";

/// The classes tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

const VERBS: &[&str] = &["delete", "get", "head", "patch", "post", "put", "trace"];

pub(super) fn check(draft: &mut Draft<'_>, index: usize, class: &Class) {
    let kinds = declared::kinds(draft, index);
    let is_view = |kind: &BaseKind| matches!(kind, BaseKind::View | BaseKind::GenericView(_));
    if !kinds.iter().any(is_view) {
        return;
    }
    let reference = ClassRef {
        file: draft.file_index,
        index,
    };
    let is_plain = !kinds
        .iter()
        .any(|kind| matches!(kind, BaseKind::GenericView(_)))
        && !draft.analysis.world.has_missing_base(reference);
    let methods = declared::methods(draft, class);
    let all_async = methods
        .iter()
        .all(|(_, method)| method.is_async || !VERBS.contains(&&*method.name));
    for (_, method) in &methods {
        let Some(verb) = method
            .name
            .strip_prefix('a')
            .filter(|verb| VERBS.contains(verb))
        else {
            continue;
        };
        let (true, Some(name)) = (method.is_async, draft.ast().child(method.node, Field::Name))
        else {
            continue;
        };
        // Another method of the class may call it.
        let own = format!("self.a{verb}(");
        if draft.text(class.body).contains(&own) {
            continue;
        }
        let is_free = draft.analysis.world.method(reference, verb).is_none();
        if is_plain && all_async && is_free {
            declared::attempt(draft, |draft| {
                draft.rewrites.replace(name, template![verb]);
                draft.changed(
                    NAME,
                    name,
                    Evidence::Proven,
                    format!("Django never calls `a{verb}`: without `{verb}` the view answers 405"),
                    format!("an async handler is called `{verb}`"),
                    topics::CLASS_BASED_VIEWS,
                );
            });
        } else {
            let message = format!(
                "Django never calls `a{verb}`: `{verb}` answers, its own or the inherited one"
            );
            let help = "take it out; what is to be fetched goes into an async handler that ends with `return await sync_to_async(super().get)(…)`";
            declared::manual(draft, NAME, name, message, help, topics::CLASS_BASED_VIEWS);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, report_with};

    #[test]
    fn generic_views_have_a_handler_of_their_own() {
        let text = "from django.views.generic import ListView\n\nclass Books(ListView):\n    model = Book\n\n    async def aget(self, request):\n        return self.render_to_response({})\n";
        let report = report_with(text, &Options::for_paste());
        assert_eq!(report.after, text);
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.rule == super::NAME)
        );
    }

    #[test]
    fn what_is_called_or_no_view_stays() {
        check_unchanged(
            "from django.views import View\n\nclass Count(View):\n    async def get(self, request):\n        return await self.apost(request)\n\n    async def apost(self, request):\n        return HttpResponse()\n\nclass Client:\n    async def aget(self, url):\n        return url\n",
        );
    }
}
