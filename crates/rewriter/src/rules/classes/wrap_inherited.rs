//! # classes/wrap-inherited
//!
//! In an async handler, methods of Django's generic views and mixins run in Django's thread: `sync_to_async`.
//!
//! They have no async form: `get_object`, `get_context_data`, `form_valid` and `super().get(…)` call their hooks
//! synchronously, and ask the database. What they give is complete, or a response that Django renders in its thread.
//!
//! Safe: the very same code runs.
//!
//! ```python before
//! from django.views.generic import View
//! from django.views.generic.detail import SingleObjectMixin
//!
//!
//! class Price(SingleObjectMixin, View):
//!     model = Product
//!
//!     def get(self, request, pk):
//!         product = self.get_object()
//!         others = Product.objects.filter(price=product.price).count()
//!         return JsonResponse({"price": product.price, "others": others})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.views.generic import View
//! from django.views.generic.detail import SingleObjectMixin
//!
//!
//! class Price(SingleObjectMixin, View):
//!     model = Product
//!
//!     async def get(self, request, pk):
//!         product = await sync_to_async(self.get_object)()
//!         others = await Product.objects.filter(price=product.price).acount()
//!         return JsonResponse({"price": product.price, "others": others})
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{ViewMethod, topics};
use unblocked_syntax::Kind;

use super::await_inherited::{self, Given};
use super::write_out;
use crate::draft::{Cannot, Draft, Outcome};

const NAME: &str = "classes/wrap-inherited";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Inherited { name, method, .. } = site.kind else {
        return None;
    };
    let called = draft.text(name);
    let gives_response = || await_inherited::given(draft, site) == Ok(Given::Response);
    if method == ViewMethod::Entry && !gives_response() {
        return Some(Err(Cannot::new(format!(
            "`{}` gives a coroutine there, which has to be awaited",
            draft.excerpt(site.node)
        ))));
    }
    if let Some(hook) = write_out::calls_async_hook(draft, site) {
        return Some(Err(Cannot::new(format!(
            "Django's `{called}` calls `{hook}` synchronously"
        ))));
    }
    // What is only given back is used by Django, in its thread.
    let is_given_back = || {
        let ast = draft.ast();
        let owner = draft.definition().map(|function| &*function.name);
        owner == Some(called)
            && ast
                .parent(site.node)
                .is_some_and(|parent| ast.kind(parent) == Kind::Return)
    };
    if method == ViewMethod::LazyHook && !is_given_back() {
        return Some(Err(Cannot::new(format!(
            "`{}` gives rows that are fetched when they are used",
            draft.excerpt(site.node)
        ))));
    }
    Some(draft.wrap_call(site.node).map(|()| {
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            format!("`{called}` of Django's generic views is synchronous and may ask the database"),
            "runs in Django's thread through `sync_to_async`",
            topics::ASYNC,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn helpers_of_plain_views_are_no_hooks() {
        check(
            "class V(View):\n    def get(self, request, pk):\n        return HttpResponse(self.get_object(pk).name)\n\n    def get_object(self, pk):\n        return Product.objects.get(pk=pk)\n",
            "class V(View):\n    async def get(self, request, pk):\n        return HttpResponse((await self.get_object(pk)).name)\n\n    async def get_object(self, pk):\n        return await Product.objects.aget(pk=pk)\n",
        );
    }

    #[test]
    fn synchronous_hooks_call_each_other_as_before() {
        check_unchanged(
            "class V(ListView):\n    model = Product\n\n    def get_context_data(self, **kwargs):\n        context = super().get_context_data(**kwargs)\n        context['count'] = Product.objects.count()\n        return context\n",
        );
    }

    #[test]
    fn what_gives_lazy_rows_keeps_its_class() {
        check_unchanged(
            "from django.views.generic.list import MultipleObjectMixin\n\nclass V(MultipleObjectMixin, View):\n    def get(self, request):\n        page = self.paginate_queryset(Product.objects.all(), 2)\n        return HttpResponse(Product.objects.count())\n",
        );
    }

    #[test]
    fn lazy_hooks_are_called_directly() {
        check(
            "from django.views.generic.list import MultipleObjectMixin\n\nclass V(MultipleObjectMixin, View):\n    model = Product\n\n    def get(self, request):\n        return HttpResponse(self.get_queryset().count())\n",
            "from django.views.generic.list import MultipleObjectMixin\n\nclass V(MultipleObjectMixin, View):\n    model = Product\n\n    async def get(self, request):\n        return HttpResponse(await self.get_queryset().acount())\n",
        );
    }
}
