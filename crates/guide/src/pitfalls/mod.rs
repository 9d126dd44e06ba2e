//! Pitfalls: the original guide's five, and those that real Django showed, each held against the code at hand.

mod checks;
mod scan;

use unblocked_django::docs_url;

use crate::context::Context;
use crate::data::Pitfall;

pub(crate) use checks::{invented_settings, kept_connections};

struct Known {
    id: &'static str,
    title: &'static str,
    from_guide: bool,
    explanation: &'static str,
    since: &'static str,
    docs: &'static str,
}

/// The pitfalls, with what the code at hand has of each.
pub(crate) fn pitfalls(context: &Context<'_>) -> Vec<Pitfall> {
    let scan = scan::Scan::new(context.analysis, context.report);
    PITFALLS
        .iter()
        .map(|known| {
            let found = checks::check(known.id)
                .map(|check| check(context, &scan))
                .unwrap_or_default();
            Pitfall {
                id: known.id.to_owned(),
                title: known.title.to_owned(),
                from_guide: known.from_guide,
                explanation: known.explanation.to_owned(),
                since: (!known.since.is_empty()).then(|| known.since.to_owned()),
                docs_url: docs_url(context.target, known.docs),
                verdict: verdict(known.id, context, found.places.len(), found.avoided.len()),
                places: found.places,
                avoided: found.avoided,
            }
        })
        .collect()
}

fn verdict(id: &str, context: &Context<'_>, places: usize, avoided: usize) -> String {
    let is_of_settings = matches!(
        id,
        "database-connections" | "middleware" | "atomic-requests" | "missing-options"
    );
    match (places, avoided) {
        (0, 0) if is_of_settings && context.project.settings.files.is_empty() => {
            "No settings are at hand: add settings.py to have it looked at.".to_owned()
        }
        (0, 0) => "You have none of these.".to_owned(),
        (0, 1) => "You have none of these. At 1 place the migration keeps clear of it.".to_owned(),
        (0, avoided) => {
            format!("You have none of these. At {avoided} places the migration keeps clear of it.")
        }
        (1, _) => "You have 1 of these.".to_owned(),
        (places, _) => format!("You have {places} of these."),
    }
}

const PITFALLS: &[Known] = &[
    Known {
        id: "mixing-orm",
        title: "Mixing sync and async ORM",
        from_guide: true,
        explanation: "Mixing as such is fine: `a` methods and `await sync_to_async(function)()` share one thread and one connection. What fails is synchronous ORM, or a session, used directly in an `async def`: `SynchronousOnlyOperation`.",
        since: "3.0",
        docs: "topics/async/#async-safety",
    },
    Known {
        id: "forgetting-await",
        title: "Forgetting `await`",
        from_guide: true,
        explanation: "A coroutine that nobody awaits does nothing: the row is not made, the answer is still 200. `if qs.aexists():` is always true. Run tests with `-W error::RuntimeWarning`.",
        since: "4.1",
        docs: "topics/async/",
    },
    Known {
        id: "blocking-operations",
        title: "Blocking operations",
        from_guide: true,
        explanation: "`requests`, `time.sleep`, mail or a subprocess in an `async def` stop every request of the process. Use an async client, `asyncio.to_thread` for what knows nothing of Django, `sync_to_async` for what may touch Django's connections.",
        since: "3.1",
        docs: "topics/async/#sync-to-async",
    },
    Known {
        id: "database-connections",
        title: "Database connections",
        from_guide: true,
        explanation: "Async uses no other pool: each request has one connection, in a thread of its own. With `CONN_MAX_AGE` above 0 those connections stay open after their request, and PostgreSQL runs out of them. Set 0, or use psycopg's pool (Django 5.1 and later).",
        since: "3.1",
        docs: "ref/databases/#persistent-database-connections",
    },
    Known {
        id: "middleware",
        title: "Middleware",
        from_guide: true,
        explanation: "Not all of it must be async: Django adapts each to the next, at a cost of about 0.2 ms for a synchronous one. What must not be is a class with `async def __call__` that does not say what it is: it breaks every request.",
        since: "3.1",
        docs: "topics/http/middleware/#asynchronous-support",
    },
    Known {
        id: "request-user",
        title: "`request.user` in async code",
        from_guide: false,
        explanation: "Using it asks the session and the database: `SynchronousOnlyOperation` for whoever is logged in, while anonymous tests pass. Load it first: `request.user = await request.auser()` (Django 5.0 and later); `auser()` alone does not.",
        since: "3.1",
        docs: "topics/auth/default/#authentication-in-web-requests",
    },
    Known {
        id: "lost-404",
        title: "A 404 that becomes a 500",
        from_guide: false,
        explanation: "`await Model.objects.aget(pk=pk)` raises `DoesNotExist` where `get_object_or_404` answered 404. Use `aget_object_or_404` (Django 5.0 and later).",
        since: "4.1",
        docs: "topics/http/shortcuts/#get-object-or-404",
    },
    Known {
        id: "template-queries",
        title: "Templates that ask the database",
        from_guide: false,
        explanation: "A template evaluates lazy querysets, relations and `{{ user }}`: on the event loop that raises. Render in Django's thread (`await sync_to_async(render)(…)`) or return an unrendered `TemplateResponse`.",
        since: "3.1",
        docs: "ref/template-response/",
    },
    Known {
        id: "atomic-requests",
        title: "`ATOMIC_REQUESTS`",
        from_guide: false,
        explanation: "It refuses async views: `RuntimeError: You cannot use ATOMIC_REQUESTS with async views.` Put `@transaction.non_atomic_requests` on those views, and what must be atomic into one synchronous function under `sync_to_async`.",
        since: "3.1",
        docs: "topics/db/transactions/#tying-transactions-to-http-requests",
    },
    Known {
        id: "transactions",
        title: "Transactions in async code",
        from_guide: false,
        explanation: "`transaction.atomic` has no async form in any version. The whole block becomes a synchronous function that runs under `sync_to_async`. Opening it by hand (`__enter__`) lets another task's rows be rolled back with it.",
        since: "3.1",
        docs: "topics/async/#transactions",
    },
    Known {
        id: "manager-overrides",
        title: "Overridden manager methods",
        from_guide: false,
        explanation: "`await Model.objects.acreate(…)` calls the queryset's `create` and not the one that your manager overrides: silently another result. Call the synchronous method through `sync_to_async` there.",
        since: "4.1",
        docs: "topics/db/queries/#asynchronous-queries",
    },
    Known {
        id: "mixed-handlers",
        title: "Handlers of both kinds in one class",
        from_guide: false,
        explanation: "All handlers of a class-based view, inherited ones included, are sync or all are async: otherwise `ImproperlyConfigured` at `as_view()`.",
        since: "4.1",
        docs: "topics/class-based-views/#asynchronous-class-based-views",
    },
    Known {
        id: "sync-decorators",
        title: "Decorators that do not know async views",
        from_guide: false,
        explanation: "Below the version that knows async views, a decorator's wrapper is synchronous and the view answers with a coroutine: most since 5.0, those of auth since 5.1, under `method_decorator` since 5.2.",
        since: "5.0",
        docs: "topics/async/#decorators",
    },
    Known {
        id: "drf",
        title: "Async views under Django REST framework",
        from_guide: false,
        explanation: "DRF's views are synchronous: an `async def` handler or `@api_view` function fails with `Expected a Response, … received a <class 'coroutine'>`. They run fine under ASGI as they are.",
        since: "",
        docs: "topics/async/",
    },
    Known {
        id: "gathered-queries",
        title: "`gather` over queries",
        from_guide: false,
        explanation: "Queries of one request run one after another, gathered or not. Gather HTTP requests, or an HTTP request with a query.",
        since: "4.1",
        docs: "topics/async/#async-safety",
    },
    Known {
        id: "threads-with-orm",
        title: "The ORM in a thread of its own",
        from_guide: false,
        explanation: "`asyncio.to_thread`, executors and `thread_sensitive=False` run the ORM on another connection, which nobody closes. Use plain `sync_to_async`.",
        since: "3.1",
        docs: "topics/async/#sync-to-async",
    },
    Known {
        id: "loop-in-loop",
        title: "A loop within the loop",
        from_guide: false,
        explanation: "`asyncio.run()` and `async_to_sync(…)()` in async code raise `RuntimeError`. Await the coroutine.",
        since: "3.1",
        docs: "topics/async/#async-to-sync",
    },
    Known {
        id: "stop-iteration",
        title: "`next` in a thread",
        from_guide: false,
        explanation: "`await sync_to_async(next)(iterator)` hangs for ever at the iterator's end, as `StopIteration` can't enter a future. Give `next` a default.",
        since: "3.1",
        docs: "topics/async/#sync-to-async",
    },
    Known {
        id: "cached-coroutines",
        title: "Caches around coroutines",
        from_guide: false,
        explanation: "`lru_cache`, `cache` and `cached_property` keep the coroutine and not its result: the second await raises `RuntimeError: cannot reuse already awaited coroutine`.",
        since: "3.1",
        docs: "topics/async/",
    },
    Known {
        id: "thread-locals",
        title: "Thread locals",
        from_guide: false,
        explanation: "What middleware puts into `threading.local` is there in synchronous views, and missing in the body of an async one. Use `contextvars` or an attribute of the request.",
        since: "3.1",
        docs: "topics/async/",
    },
    Known {
        id: "wrong-await",
        title: "Awaiting what is no coroutine",
        from_guide: false,
        explanation: "A queryset can't be awaited, a manager has no async iterator, `sum` and its like take no async generator, and what is given to `sync_to_async` must be the function and not its result.",
        since: "4.1",
        docs: "topics/db/queries/#asynchronous-queries",
    },
    Known {
        id: "invented-names",
        title: "Async names that Django does not have",
        from_guide: false,
        explanation: "`afilter`, `aall`, `order.acustomer`, `form.ais_valid()`: an `a` before the name does not make it one. What asks nothing has no async form, relations and forms have none either.",
        since: "4.1",
        docs: "topics/db/queries/#asynchronous-queries",
    },
    Known {
        id: "async-receivers",
        title: "Async signal receivers",
        from_guide: false,
        explanation: "Below Django 5.0 an async receiver is called and never awaited: nothing happens, and nothing is said.",
        since: "5.0",
        docs: "topics/signals/",
    },
    Known {
        id: "async-paginator",
        title: "`AsyncPaginator` in templates",
        from_guide: false,
        explanation: "Its pages render `has_next` and `num_pages` as nothing, without an error. Where a page reaches a template, call `Paginator.get_page` in Django's thread.",
        since: "6.0",
        docs: "ref/paginator/",
    },
    Known {
        id: "missing-options",
        title: "Settings that Django does not have",
        from_guide: false,
        explanation: "`postgresql_async` and `OPTIONS: {\"async_mode\": True}` exist in no Django: the first stops it from starting, the second makes the first query fail.",
        since: "",
        docs: "ref/databases/",
    },
];
