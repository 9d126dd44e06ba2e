//! # cache/await-method
//!
//! The methods of Django's cache have `a`-prefixed forms, which are awaited.
//!
//! They exist since Django 4.0. The backends that come with Django run the sync method in a thread; others may do
//! better. `get_or_set()` with a callable stays in Django's thread ([`orm/wrap-method`]): `aget_or_set()` would call it
//! on the event loop.
//!
//! Safe.
//!
//! ```python before
//! from django.core.cache import cache
//!
//! def menu(request):
//!     names = cache.get("menu")
//!     if names is None:
//!         names = [category.name for category in Category.objects.order_by("pk")]
//!         cache.set("menu", names, 60)
//!     return JsonResponse({"names": names})
//! ```
//! ```python after
//! from django.core.cache import cache
//!
//! async def menu(request):
//!     names = await cache.aget("menu")
//!     if names is None:
//!         names = [category.name async for category in Category.objects.order_by("pk")]
//!         await cache.aset("menu", names, 60)
//!     return JsonResponse({"names": names})
//! ```

use unblocked_analyzer::{Site, SiteKind, Type};
use unblocked_django::{Owner, topics};

use crate::draft::{Draft, Outcome};
use crate::rules::orm::await_terminal::native;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Method {
        owner: Owner::Cache,
        name,
        ..
    } = site.kind
    else {
        return None;
    };
    let may_be_called = draft.text(name) == "get_or_set"
        && !draft
            .arguments(site.node)
            .get(1)
            .is_some_and(|&(_, value)| {
                matches!(
                    draft.type_of(value),
                    Type::Plain | Type::Sequence(_) | Type::None
                )
            });
    if may_be_called {
        return None;
    }
    native(draft, site, "cache/await-method", topics::CACHE)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn a_callable_default_runs_in_the_thread() {
        check(
            "from django.core.cache import cache\n\ndef view(request):\n    n = cache.get_or_set('n', Product.objects.count, 60)\n    return HttpResponse(n)\n",
            "from asgiref.sync import sync_to_async\nfrom django.core.cache import cache\n\nasync def view(request):\n    n = await sync_to_async(cache.get_or_set)('n', Product.objects.count, 60)\n    return HttpResponse(n)\n",
        );
    }
}
