//! # async/needless-await
//!
//! `await` before what is no coroutine: a lazy queryset, a method in its synchronous form, `render`, or an adapter that was
//! not called.
//!
//! `await Product.objects.all()` fails with `TypeError: object QuerySet can't be used in 'await' expression`, `await
//! render(…)` alike, `await Product.objects.get(pk=1)` with `SynchronousOnlyOperation` before that. The `await` is taken out; what
//! waits gets its async form, as everywhere. Holds for every Django version.
//!
//! Safe where the definition is at hand, else for review.
//!
//! ```python meant
//! names = [product.name for product in Product.objects.filter(is_active=True)]
//! product = Product.objects.get(pk=1)
//! count = Product.objects.count()
//! missing = Product.objects.none().count()
//! ```
//! ```python before
//! from asgiref.sync import sync_to_async
//!
//! names = [product.name for product in await Product.objects.filter(is_active=True)]
//! product = await Product.objects.get(pk=1)
//! count = await Product.objects.count()
//! missing = await sync_to_async(Product.objects.none().count)
//! ```
//! ```python after
//! names = [product.name async for product in Product.objects.filter(is_active=True)]
//! product = await Product.objects.aget(pk=1)
//! count = await Product.objects.acount()
//! missing = await Product.objects.none().acount()
//! ```

use unblocked_analyzer::{HalfAsync, Misawaited, Site};
use unblocked_django::topics;

use super::half_async;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/needless-await";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let &HalfAsync::Misawaited(what) = half_async(site)? else {
        return None;
    };
    let Some(inner) = draft.ast().first_child(site.node) else {
        return Some(Err(Cannot::new("nothing is awaited")));
    };
    let text = draft.excerpt(inner);
    let (message, help) = match what {
        Misawaited::QuerySet => (
            format!(
                "`{text}` is lazy and no coroutine: `TypeError: object QuerySet can't be used in 'await' expression`"
            ),
            "the `await` was taken out; where the rows are used they are fetched",
        ),
        Misawaited::Sync => (
            format!("`{text}` is synchronous and gives nothing to await"),
            "the `await` was taken out; what waits gets its async form",
        ),
        Misawaited::Adapter => (
            format!("`{text}` makes an async function, which is not called: `TypeError`"),
            "it is called",
        ),
    };
    match what {
        Misawaited::Adapter => draft.rewrites.wrap(inner, "", "()"),
        _ => draft.rewrites.replace(site.node, template![inner]),
    }
    draft.changed(NAME, site.node, site.evidence, message, help, topics::ASYNC);
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, check_with};

    #[test]
    fn an_await_that_is_to_stay_awaits_what_came_below_it() {
        let decision = r#"{"choice":"reject","rule":"async/needless-await"}"#;
        let options = Options {
            decisions: vec![serde_json::from_str(decision).unwrap()],
            ..Options::for_paste()
        };
        check_with(
            &options,
            "async def view(request):\n    book = await Book.objects.get(pk=1)\n    return JsonResponse({'n': await (Book.objects.count())})\n",
            "async def view(request):\n    book = await Book.objects.aget(pk=1)\n    return JsonResponse({'n': await (Book.objects.acount())})\n",
        );
    }

    #[test]
    fn querysets_become_lazy_again() {
        check(
            "async def view(request):\n    books = await Book.objects.filter(a=1)\n    for book in books:\n        print(book.pk)\n    return JsonResponse({'n': len(await Book.objects.all())})\n",
            "async def view(request):\n    books = Book.objects.filter(a=1)\n    async for book in books:\n        print(book.pk)\n    return JsonResponse({'n': len([row async for row in Book.objects.all()])})\n",
        );
    }

    #[test]
    fn responses_are_no_coroutines() {
        check(
            "from django.shortcuts import redirect, render\n\nasync def view(request):\n    if await Book.objects.aexists():\n        return await redirect('home')\n    return await HttpResponse('none')\n\nasync def page(request):\n    return await render(request, 'a.html', {'rows': Book.objects.all()})\n",
            "from asgiref.sync import sync_to_async\nfrom django.shortcuts import redirect, render\n\nasync def view(request):\n    if await Book.objects.aexists():\n        return redirect('home')\n    return HttpResponse('none')\n\nasync def page(request):\n    return await sync_to_async(render)(request, 'a.html', {'rows': Book.objects.all()})\n",
        );
    }

    #[test]
    fn what_is_awaitable_stays() {
        check_unchanged(
            "async def view(request):\n    a = await Book.objects.aget(pk=1)\n    b = await load(1)\n    c = await shop.get(pk=1)\n    d = await cache.aget('a')\n    return HttpResponse(await sync_to_async(reindex)())\n",
        );
    }

    #[test]
    fn what_middleware_is_given_may_be_async_whatever_tests_give_it() {
        check_unchanged(
            "class Timed:\n    async_capable = True\n\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    async def __call__(self, request):\n        return await self.get_response(request)\n\ndef answer(request):\n    return HttpResponse(b\"200\")\n\ndef test_timed():\n    Timed(answer)\n",
        );
    }
}
