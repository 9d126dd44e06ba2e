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

use unblocked_analyzer::{Evidence, Site, SiteKind, Type};
use unblocked_django::{Owner, topics};

use unblocked_syntax::NodeId;

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;
use crate::rules::orm::await_terminal::native;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    if let SiteKind::InCache { cache } = site.kind {
        return Some(contains(draft, site, cache));
    }
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

/// `key in cache` → `await cache.ahas_key(key)`
fn contains(draft: &mut Draft<'_>, site: &Site, cache: NodeId) -> Outcome {
    let ast = draft.ast();
    let children: Vec<NodeId> = ast.children(site.node).collect();
    let [key, operator, _] = children[..] else {
        return Err(Cannot::new("it tests the cache in a chain of comparisons"));
    };
    let not = if draft.text(operator).starts_with("not") {
        "not "
    } else {
        ""
    };
    draft.allow_await(site.node)?;
    draft.rewrites.replace(
        site.node,
        template![format!("{not}await "), cache, ".ahas_key(", key, ")"],
    );
    draft.changed(
        "cache/await-method",
        site.node,
        Evidence::Proven,
        format!("`{}` asks the cache", draft.excerpt(site.node)),
        "`await ….ahas_key()`, which Django has since 4.0",
        topics::CACHE,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn a_callable_default_runs_in_the_thread() {
        check(
            "from django.core.cache import cache\n\ndef view(request):\n    n = cache.get_or_set('n', Product.objects.count, 60)\n    return HttpResponse(n)\n",
            "from asgiref.sync import sync_to_async\nfrom django.core.cache import cache\n\nasync def view(request):\n    n = await sync_to_async(cache.get_or_set)('n', Product.objects.count, 60)\n    return HttpResponse(n)\n",
        );
    }

    #[test]
    fn every_cache_and_membership() {
        check(
            "from django.core.cache import cache, caches\n\ndef view(request):\n    other = caches['other']\n    if 'a' not in cache and 'b' in other:\n        caches['third'].set('a', other.get('b'))\n    return HttpResponse()\n",
            "from django.core.cache import cache, caches\n\nasync def view(request):\n    other = caches['other']\n    if not await cache.ahas_key('a') and await other.ahas_key('b'):\n        await caches['third'].aset('a', await other.aget('b'))\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_else_is_called_a_cache_stays() {
        check_unchanged("cache = {}\nif 'a' in cache:\n    value = cache.get('a')\n");
    }
}
