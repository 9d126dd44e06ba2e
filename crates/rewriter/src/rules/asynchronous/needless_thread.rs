//! # async/needless-thread
//!
//! A thread for what asks nothing: a queryset is lazy, so that making one needs no thread, and makes nothing safe.
//!
//! `await sync_to_async(Product.objects.filter)(…)` gives a queryset that still has to be evaluated, and raises
//! `SynchronousOnlyOperation` where that is done in async code. It is made directly, and evaluated by `async for` or its like
//! where it is used. Holds for every Django version.
//!
//! Safe where the model is at hand, else for review.
//!
//! ```python meant
//! names = []
//! for product in Product.objects.filter(is_active=True):
//!     names.append(product.name)
//! ```
//! ```python before
//! from asgiref.sync import sync_to_async
//!
//! names = []
//! for product in await sync_to_async(Product.objects.filter)(is_active=True):
//!     names.append(product.name)
//! ```
//! ```python after
//! names = []
//! async for product in Product.objects.filter(is_active=True):
//!     names.append(product.name)
//! ```

use unblocked_analyzer::{InThread, Site};
use unblocked_django::topics;
use unblocked_syntax::Kind;

use super::{awaited, call_directly, threaded};
use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/needless-thread";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let threaded = threaded(site)?;
    let Some(whole) = awaited(draft, site.node).filter(|_| {
        threaded.does == InThread::Builds && draft.ast().kind(threaded.function) != Kind::Lambda
    }) else {
        // All other calls in threads are as they should be.
        return Some(Ok(()));
    };
    Some(call_directly(draft, site, threaded).map(|()| {
        draft.rewrites.replace(whole, template![site.node]);
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            format!(
                "`{}` only makes a queryset, which is lazy: the thread does nothing, and the rows are still to be fetched",
                draft.excerpt(threaded.function)
            ),
            "it is made directly, and its rows are fetched where they are used",
            topics::QUERIES,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn the_rows_are_fetched_where_they_are_used() {
        check(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    books = await sync_to_async(Book.objects.filter)(a=1)\n    return JsonResponse({'books': [b.title for b in books]})\n",
            "async def view(request):\n    books = Book.objects.filter(a=1)\n    return JsonResponse({'books': [b.title async for b in books]})\n",
        );
    }

    #[test]
    fn functions_that_make_querysets_stay() {
        check_unchanged(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    names = await sync_to_async(names_of)(request)\n    page = await sync_to_async(pages.filter)(a=1)\n    return JsonResponse({'names': names})\n",
        );
    }
}
