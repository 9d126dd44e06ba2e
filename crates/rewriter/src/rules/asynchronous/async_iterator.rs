//! # async/iterator
//!
//! `async for` over what has no async iterator, and an async generator given to what takes none.
//!
//! Querysets have an async iterator, managers and `iterator()` don't: `TypeError: 'async for' requires an object with __aiter__
//! method, got Manager`. `sum`, `any`, `list`, `join` and their like take lists, not async generators: `TypeError:
//! 'async_generator' object is not iterable`. `aiterator()` exists since Django 4.1.
//!
//! Safe where the definition is at hand, else for review.
//!
//! ```python meant
//! names = []
//! for product in Product.objects.all():
//!     names.append(product.name)
//! for product in Product.objects.iterator():
//!     names.append(product.slug)
//! total = sum(product.stock for product in Product.objects.all())
//! ```
//! ```python before
//! names = []
//! async for product in Product.objects:
//!     names.append(product.name)
//! async for product in Product.objects.iterator():
//!     names.append(product.slug)
//! total = sum(product.stock async for product in Product.objects.all())
//! ```
//! ```python after
//! names = []
//! async for product in Product.objects.all():
//!     names.append(product.name)
//! async for product in Product.objects.aiterator():
//!     names.append(product.slug)
//! total = sum([product.stock async for product in Product.objects.all()])
//! ```

use unblocked_analyzer::{HalfAsync, Site};
use unblocked_django::topics;
use unblocked_syntax::Field;

use super::half_async;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/iterator";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let text = draft.excerpt(site.node);
    let (message, help) = match half_async(site)? {
        HalfAsync::NotAsyncIterable { is_manager: true } => {
            draft.rewrites.wrap(site.node, "", ".all()");
            (
                format!("`{text}` is a manager, which `async for` can't iterate over: `TypeError`"),
                "its `all()` can be iterated over".to_owned(),
            )
        }
        HalfAsync::NotAsyncIterable { is_manager: false } => {
            let ast = draft.ast();
            let name = ast
                .child(site.node, Field::Function)
                .and_then(|function| ast.child(function, Field::Attribute));
            let Some(name) = name else {
                return Some(Err(Cannot::new("a call has no callee")));
            };
            draft.rewrites.replace(name, template!["aiterator"]);
            (
                format!(
                    "`{text}` is a generator, which `async for` can't iterate over: `TypeError`"
                ),
                "`aiterator()` is its async form".to_owned(),
            )
        }
        HalfAsync::AsyncGenerator => {
            draft.list_generator(site.node);
            (
                format!(
                    "`{text}` is an async generator, and what it is given to is no coroutine: `TypeError`"
                ),
                "it is a list now".to_owned(),
            )
        }
        _ => return None,
    };
    draft.changed(
        NAME,
        site.node,
        site.evidence,
        message,
        help,
        topics::QUERIES,
    );
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn builtins_and_join() {
        check(
            "async def view(request):\n    a = any(b.ok async for b in Book.objects.all())\n    c = list(b.pk async for b in Book.objects.all())\n    return HttpResponse(', '.join(b.title async for b in Book.objects.all()))\n",
            "async def view(request):\n    a = any([b.ok async for b in Book.objects.all()])\n    c = list([b.pk async for b in Book.objects.all()])\n    return HttpResponse(', '.join([b.title async for b in Book.objects.all()]))\n",
        );
    }

    #[test]
    fn what_has_an_async_iterator_stays() {
        check_unchanged(
            "async def view(request):\n    async for book in Book.objects.filter(a=1):\n        print(book)\n    async for row in stream():\n        print(row)\n    async for book in Book.objects.aiterator(chunk_size=10):\n        print(book)\n    first = await anext(b async for b in Book.objects.all())\n    return StreamingHttpResponse(b.title async for b in Book.objects.all())\n",
        );
    }
}
