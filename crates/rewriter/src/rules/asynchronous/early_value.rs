//! # async/early-value
//!
//! `sync_to_async` is given a value where it takes a function: `sync_to_async(rows.count())`, `sync_to_async(order.customer)`.
//!
//! Arguments are evaluated before the call: the query runs on the event loop and raises `SynchronousOnlyOperation` before there
//! is any thread; what it gives is no function and could not be called. The adapter is taken out, and what waits gets its
//! async form. Holds for every Django version.
//!
//! Safe.
//!
//! ```python meant
//! count = Product.objects.filter(is_active=True).count()
//! product = Product.objects.get(pk=1)
//! ```
//! ```python before
//! from asgiref.sync import sync_to_async
//!
//! count = await sync_to_async(Product.objects.filter(is_active=True).count())()
//! product = await sync_to_async(Product.objects.get(pk=1))
//! ```
//! ```python after
//! count = await Product.objects.filter(is_active=True).acount()
//! product = await Product.objects.aget(pk=1)
//! ```

use unblocked_analyzer::{HalfAsync, Site, Type};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use super::{awaited, half_async};
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/early-value";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let &HalfAsync::Early { value } = half_async(site)? else {
        return None;
    };
    let ast = draft.ast();
    let called = ast.parent(site.node).filter(|&parent| {
        ast.kind(parent) == Kind::Call && ast.field(site.node) == Some(Field::Function)
    });
    let outer = called.unwrap_or(site.node);
    let Some(whole) = awaited(draft, outer) else {
        return Some(Err(Cannot::new("nothing awaits it")));
    };
    // A coroutine is to be awaited; what waits otherwise gets its own `await`.
    let node = match draft.type_of(value) {
        Type::Coroutine(_) => outer,
        _ => whole,
    };
    draft.rewrites.replace(node, template![value]);
    draft.changed(
        NAME,
        site.node,
        site.evidence,
        format!(
            "`{}` is evaluated on the event loop, before `sync_to_async` is called: it takes a function",
            draft.excerpt(value)
        ),
        "the adapter was taken out, and what waits has its async form",
        topics::SYNC_TO_ASYNC,
    );
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn calls_and_coroutines() {
        check(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    book = await sync_to_async(Book.objects.get(pk=1))()\n    await sync_to_async(book.save())()\n    n = await sync_to_async(Book.objects.acount())()\n    return HttpResponse(book.title)\n",
            "async def view(request):\n    book = await Book.objects.aget(pk=1)\n    await book.asave()\n    n = await Book.objects.acount()\n    return HttpResponse(book.title)\n",
        );
    }

    #[test]
    fn functions_stay() {
        check_unchanged(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    a = await sync_to_async(make_loader('a'))()\n    b = await sync_to_async(functools.partial(load, 1))()\n    c = await sync_to_async(shop.load)()\n    return HttpResponse(a)\n",
        );
    }
}
