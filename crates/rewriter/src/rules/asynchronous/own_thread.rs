//! # async/own-thread
//!
//! The ORM in a thread of its own: `sync_to_async(…, thread_sensitive=False)`, `asyncio.to_thread`, `loop.run_in_executor`.
//!
//! Django's connections belong to threads. In another thread there is another connection, outside of the request's transaction
//! and unseen by tests, which stays open after the request: nothing closes it. `sync_to_async` as it is calls in the
//! one thread of the request. A function that closes its connections itself is left alone. Holds for every Django version.
//!
//! For review: what ran at the same time runs one after another.
//!
//! ```python before
//! import asyncio
//!
//!
//! def rename(pk):
//!     product = Product.objects.get(pk=pk)
//!     product.name = "Renamed"
//!     product.full_clean()
//!     product.save()
//!
//!
//! async def show(request, pk):
//!     await asyncio.to_thread(rename, 1)
//!     return HttpResponse("done")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! def rename(pk):
//!     product = Product.objects.get(pk=pk)
//!     product.name = "Renamed"
//!     product.full_clean()
//!     product.save()
//!
//!
//! async def show(request, pk):
//!     await sync_to_async(rename)(1)
//!     return HttpResponse("done")
//! ```

use std::collections::HashSet;

use unblocked_analyzer::{Evidence, FunctionRef, InThread, Site, SiteKind};
use unblocked_django::{Effect, Owner, blocking, topics};
use unblocked_syntax::Field;

use super::{rest_of_arguments, runs_at_once, threaded};
use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/own-thread";

/// How many functions are followed.
const MOST: usize = 200;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let threaded = threaded(site).filter(|threaded| threaded.is_any_thread)?;
    let touches = match &threaded.does {
        InThread::Waits(kind) => waits_for_database(kind),
        InThread::Calls(callee) => asks(draft, *callee),
        InThread::Builds => false,
    };
    if !touches {
        return None;
    }
    let function = threaded.function;
    let done = match threaded.adapter {
        Some(adapter) => draft
            .ast()
            .child(adapter, Field::Function)
            .ok_or_else(|| crate::draft::Cannot::new("a call has no callee"))
            .map(|name| {
                draft
                    .rewrites
                    .replace(adapter, template![name, "(", function, ")"]);
            }),
        None => runs_at_once(draft, site.node)
            .and_then(|()| draft.need("asgiref.sync", "sync_to_async"))
            .map(|adapter| {
                let mut call = template![format!("{adapter}("), function, ")"];
                call.extend(rest_of_arguments(draft, site.node, function));
                draft.rewrites.replace(site.node, call);
            }),
    };
    Some(done.map(|()| {
        draft.changed(
            NAME,
            site.node,
            Evidence::Evident,
            format!(
                "`{}` asks the database in a thread of its own: its connection is another one, and stays open after the request",
                draft.excerpt(function)
            ),
            "`sync_to_async` calls it in the request's one thread",
            topics::SYNC_TO_ASYNC,
        );
    }))
}

fn waits_for_database(kind: &SiteKind) -> bool {
    match kind {
        SiteKind::Method { owner, .. } => {
            owner.has_queryset_methods()
                || matches!(owner, Owner::Model | Owner::User | Owner::RawQuerySet)
        }
        SiteKind::Evaluate {
            is_queryset: true, ..
        } => true,
        SiteKind::Function { path } => blocking(path)
            .is_some_and(|entry| entry.effect == Effect::Query && entry.touches_django_db),
        _ => false,
    }
}

/// True when a function of the project asks the database, by itself or by what it calls, and does not close its
/// connections.
fn asks(draft: &Draft<'_>, function: FunctionRef) -> bool {
    let mut seen = HashSet::from([function]);
    let mut queue = vec![function];
    let mut asks = false;
    while let Some(function) = queue.pop() {
        let world = &draft.analysis.world;
        let (Some(facts), Some(definition), Some(found)) = (
            world.file(function.file),
            world.function(function),
            draft.analysis.files.get(function.file),
        ) else {
            continue;
        };
        let body = facts.source(definition.body);
        if body.contains("connection.close()")
            || body.contains("connections.close_all()")
            || body.contains("close_old_connections()")
        {
            return false;
        }
        let own = Some(function.index);
        asks |= found
            .sites
            .iter()
            .any(|site| site.function == own && waits_for_database(&site.kind));
        for call in found.calls.iter().filter(|call| call.function == own) {
            if seen.len() < MOST && seen.insert(call.callee) {
                queue.push(call.callee);
            }
        }
    }
    asks
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    const HELPER: &str =
        "def lock(pk):\n    book = Book.objects.get(pk=pk)\n    book.full_clean()\n\n";

    #[test]
    fn the_argument_is_taken_out() {
        check(
            &format!(
                "from asgiref.sync import sync_to_async\n\n{HELPER}async def view(request, pk):\n    await sync_to_async(lock, thread_sensitive=False)(pk)\n    return HttpResponse()\n"
            ),
            &format!(
                "from asgiref.sync import sync_to_async\n\n{HELPER}async def view(request, pk):\n    await sync_to_async(lock)(pk)\n    return HttpResponse()\n"
            ),
        );
    }

    #[test]
    fn what_closes_its_connection_or_asks_nothing_stays() {
        check_unchanged(
            "import asyncio\n\nfrom django.db import connection\n\ndef export(pk):\n    print(Book.objects.get(pk=pk))\n    connection.close()\n\ndef resize(image):\n    return image.thumbnail((9, 9))\n\nasync def view(request, pk):\n    await asyncio.to_thread(export, pk)\n    await asyncio.to_thread(resize, pk)\n    await asyncio.to_thread(unknown, pk)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn an_executor_is_a_thread_of_its_own() {
        let head = "import asyncio\n\n";
        check(
            &format!(
                "{head}{HELPER}async def view(request, pk):\n    loop = asyncio.get_running_loop()\n    await loop.run_in_executor(None, lock, pk)\n    return HttpResponse(await loop.run_in_executor(None, Book.objects.count))\n"
            ),
            &format!(
                "{head}from asgiref.sync import sync_to_async\n\n{HELPER}async def view(request, pk):\n    loop = asyncio.get_running_loop()\n    await sync_to_async(lock)(pk)\n    return HttpResponse(await Book.objects.acount())\n"
            ),
        );
        // It runs from here on, whatever awaits it.
        check_unchanged(&format!(
            "{head}{HELPER}async def view(request, pk):\n    future = asyncio.get_running_loop().run_in_executor(None, lock, pk)\n    await future\n    return HttpResponse()\n"
        ));
        check_unchanged(
            "import asyncio\n\nasync def view(request, pk):\n    await asyncio.get_running_loop().run_in_executor(None, unknown, pk)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_a_lambda_gives_may_be_lazy() {
        check(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    books = await sync_to_async(lambda: Book.objects.filter(pages=1))()\n    return HttpResponse([book.title for book in books])\n",
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    books = await sync_to_async(lambda: Book.objects.filter(pages=1))()\n    return HttpResponse([book.title async for book in books])\n",
        );
        check_unchanged(
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    books = await sync_to_async(lambda: list(Book.objects.filter(pages=1)))()\n    return HttpResponse([book.title for book in books])\n",
        );
    }
}
