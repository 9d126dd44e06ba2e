//! # classes/await-inherited
//!
//! In a class whose handlers are async, `super().dispatch(…)`, `options` and `http_method_not_allowed` of `View` give
//! coroutines, which are awaited.
//!
//! `View.dispatch` returns what the handler returns, and `View.options` and `View.http_method_not_allowed` ask
//! `view_is_async`. An override of one of them becomes async with the handlers.
//!
//! Safe.
//!
//! ```python before
//! from django.views import View
//!
//!
//! class Counted(View):
//!     def dispatch(self, request, *args, **kwargs):
//!         response = super().dispatch(request, *args, **kwargs)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//!
//!     def get(self, request):
//!         return HttpResponse("counted")
//!
//!     def post(self, request):
//!         return self.http_method_not_allowed(request)
//! ```
//! ```python after
//! from django.views import View
//!
//!
//! class Counted(View):
//!     async def dispatch(self, request, *args, **kwargs):
//!         response = await super().dispatch(request, *args, **kwargs)
//!         response["X-Products"] = str(await Product.objects.acount())
//!         return response
//!
//!     async def get(self, request):
//!         return HttpResponse("counted")
//!
//!     async def post(self, request):
//!         return await self.http_method_not_allowed(request)
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{HANDLERS, ViewMethod, topics};

use crate::draft::{Draft, Outcome};

const NAME: &str = "classes/await-inherited";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Inherited {
        name,
        method: ViewMethod::Entry,
        ..
    } = site.kind
    else {
        return None;
    };
    let method = draft.text(name);
    if HANDLERS.contains(&method) {
        return None;
    }
    Some(draft.await_node(site.node).map(|()| {
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            format!("`{method}` of Django gives a coroutine in a class whose handlers are async"),
            "awaited",
            topics::ASYNC,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn what_is_awaited_already_stays() {
        check_unchanged(
            "class V(View):\n    async def dispatch(self, request):\n        return await super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
        );
    }

    #[test]
    fn a_coroutine_that_is_returned_from_async_code_is_awaited() {
        check(
            "class V(View):\n    async def dispatch(self, request):\n        return super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
            "class V(View):\n    async def dispatch(self, request):\n        return await super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
        );
    }

    #[test]
    fn classes_that_stay_synchronous_call_it_as_before() {
        check_unchanged(
            "class V(View):\n    def dispatch(self, request):\n        return super().dispatch(request)\n\n    def get(self, request):\n        return HttpResponse()\n",
        );
    }
}
