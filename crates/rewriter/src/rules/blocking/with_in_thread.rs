//! # blocking/with-in-thread
//!
//! A `with` block of an object that waits when the block ends becomes an inner function, which runs in a thread as one
//! piece: a connection of `smtplib`, `psycopg2` or `ftplib`, an answer of `urlopen`, a pool of threads, a subprocess.
//!
//! Calls of its methods alone can't be moved: leaving the block says good-bye to a server, commits, or waits for workers,
//! and would do so on the event loop. What the block binds, returns and leaves is kept as for transactions.
//!
//! It goes through `asyncio.to_thread`; through `sync_to_async`, into the thread of Django's connections, when something in
//! the block may use the database.
//!
//! A context manager of the project whose `__enter__` or `__exit__` waits, or whose generator does before its `yield` or after
//! it (`@contextmanager`), is such an object too; it goes into Django's thread.
//!
//! Safe: the same code runs, in another thread.
//!
//! ```python before
//! import os
//! from concurrent.futures import ThreadPoolExecutor
//!
//! def sizes(request):
//!     with ThreadPoolExecutor() as pool:
//!         found = list(pool.map(os.path.isdir, ["/", "/nowhere"]))
//!     return JsonResponse({"found": found})
//! ```
//! ```python after
//! import asyncio
//! import os
//! from concurrent.futures import ThreadPoolExecutor
//!
//! async def sizes(request):
//!     def in_thread():
//!         with ThreadPoolExecutor() as pool:
//!             found = list(pool.map(os.path.isdir, ["/", "/nowhere"]))
//!         return found
//!     found = await asyncio.to_thread(in_thread)
//!     return JsonResponse({"found": found})
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind, SyncOnly, Type};
use unblocked_django::{PythonVersion, blocking};
use unblocked_syntax::{Kind, NodeId};

use super::call_in_thread::why_not_native;
use crate::draft::{Draft, Outcome};
use crate::rules::orm::transaction;

const DOCS: &str = "https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SyncOnly { what } = site.kind else {
        return None;
    };
    let why = match what {
        SyncOnly::Resource(effect) => format!("The block waits ({effect}), when it ends as well"),
        SyncOnly::Manager { .. } => {
            "Its context manager waits when the block begins, or ends".to_owned()
        }
        _ => return None,
    };
    let regions = draft.regions;
    let extraction = regions.extraction(draft.file_index, draft.function, site.node, what);
    Some(extraction.and_then(|extraction| {
        let name = &extraction.name;
        let runs_own = draft.file.sites.iter().any(|other| {
            other.node == site.node
                && matches!(other.kind, SiteKind::SyncOnly { what } if runs_what_waits(draft, what))
        });
        let (call, road) = if runs_own || touches_django(draft, site.node) {
            let adapter = draft.need("asgiref.sync", "sync_to_async")?;
            (
                format!("await {adapter}({name})()"),
                "in Django's thread through `sync_to_async`, as it may use the database",
            )
        } else if draft.options.python() < PythonVersion::new(3, 9) {
            let adapter = draft.need("asgiref.sync", "sync_to_async")?;
            (
                format!("await {adapter}({name}, thread_sensitive=False)()"),
                "in a thread",
            )
        } else {
            let asyncio = draft.need_module("asyncio")?;
            (
                format!("await {asyncio}.to_thread({name})"),
                "in a thread through `asyncio.to_thread`",
            )
        };
        let header = draft.ast().child_of_kind(site.node, Kind::WithClause);
        let reason = header
            .into_iter()
            .flat_map(|header| draft.ast().subtree(header))
            .map(|node| why_not_native(draft, node))
            .find(|reason| !reason.is_empty())
            .unwrap_or_default();
        transaction::extract(draft, site.node, extraction, &call);
        draft.changed(
            "blocking/with-in-thread",
            site.node,
            Evidence::Proven,
            why,
            format!(
                "the whole block became the inner function `{name}`, which runs {road}{reason}"
            ),
            DOCS,
        );
        Ok(())
    }))
}

/// True when a block begins or ends with functions of the project that wait.
fn runs_what_waits(draft: &Draft<'_>, what: SyncOnly) -> bool {
    what.callees()
        .any(|callee| draft.colors.contains_key(&callee))
}

/// True when something in a block may use Django's connections.
fn touches_django(draft: &Draft<'_>, block: NodeId) -> bool {
    let ast = draft.ast();
    let by_site = draft.file.sites.iter().any(|site| {
        site.node != block
            && ast.contains(block, site.node)
            && match &site.kind {
                SiteKind::Function { path } => {
                    blocking(path).is_none_or(|entry| entry.touches_django_db)
                }
                SiteKind::SyncOnly { what } => !matches!(what, SyncOnly::Resource(_)),
                _ => true,
            }
    });
    let by_call = draft.file.calls.iter().any(|call| {
        ast.contains(block, call.node)
            && draft
                .http
                .effects()
                .is_none_or(|effects| effects.waits(call.callee))
    });
    let by_value = ast.subtree(block).any(|node| match draft.type_of(node) {
        Type::External(path) => {
            unblocked_django::waits_at_exit(path).is_some_and(|(_, djangos)| djangos)
        }
        // What is given such a value may ask the database with it: `pool.map(work, orders)`.
        Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_) => true,
        _ => false,
    });
    by_site || by_call || by_value
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    #[test]
    fn a_connection_to_a_mail_server() {
        check(
            "import smtplib\n\ndef view(request):\n    with smtplib.SMTP('mail.example.com') as smtp:\n        refused = smtp.sendmail('a', ['b'], 'c')\n    return JsonResponse(refused)\n",
            "import asyncio\nimport smtplib\n\nasync def view(request):\n    def in_thread():\n        with smtplib.SMTP('mail.example.com') as smtp:\n            refused = smtp.sendmail('a', ['b'], 'c')\n        return refused\n    refused = await asyncio.to_thread(in_thread)\n    return JsonResponse(refused)\n",
        );
    }

    #[test]
    fn with_a_query_in_it() {
        check(
            "import psycopg2\n\ndef view(request):\n    with psycopg2.connect('x') as connection:\n        with connection.cursor() as cursor:\n            cursor.execute('select 1')\n            Product.objects.update(stock=cursor.fetchone()[0])\n    return HttpResponse()\n",
            "import psycopg2\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    def in_thread():\n        with psycopg2.connect('x') as connection:\n            with connection.cursor() as cursor:\n                cursor.execute('select 1')\n                Product.objects.update(stock=cursor.fetchone()[0])\n    await sync_to_async(in_thread)()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn with_a_queryset_that_something_else_iterates() {
        check(
            "from concurrent.futures import ThreadPoolExecutor\n\ndef view(request):\n    with ThreadPoolExecutor() as pool:\n        names = list(pool.map(shorten, Product.objects.all()))\n    return JsonResponse({'names': names})\n",
            "from concurrent.futures import ThreadPoolExecutor\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    def in_thread():\n        with ThreadPoolExecutor() as pool:\n            names = list(pool.map(shorten, Product.objects.all()))\n        return names\n    names = await sync_to_async(in_thread)()\n    return JsonResponse({'names': names})\n",
        );
    }

    #[test]
    fn before_python_3_9() {
        check_with(
            &target("4.2"),
            "from concurrent.futures import ThreadPoolExecutor\n\ndef view(request):\n    with ThreadPoolExecutor() as pool:\n        return JsonResponse({'a': list(pool.map(work, [1, 2]))})\n",
            "from concurrent.futures import ThreadPoolExecutor\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    def in_thread():\n        with ThreadPoolExecutor() as pool:\n            return JsonResponse({'a': list(pool.map(work, [1, 2]))})\n    return await sync_to_async(in_thread, thread_sensitive=False)()\n",
        );
    }

    #[test]
    fn mail_of_django_goes_to_its_thread() {
        check(
            "from django.core.mail import get_connection\n\ndef view(request):\n    with get_connection() as connection:\n        connection.send_messages([])\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\nfrom django.core.mail import get_connection\n\nasync def view(request):\n    def in_thread():\n        with get_connection() as connection:\n            connection.send_messages([])\n    await sync_to_async(in_thread)()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_waits_for_nothing_at_its_end_or_is_not_known() {
        check_unchanged(
            "import redis\n\ndef view(request, smtplib):\n    with redis.Redis() as client, smtplib.SMTP('x') as smtp:\n        smtp.quit()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn context_managers_of_the_project() {
        let manager = |inner: &str| {
            format!(
                "class Timer:\n    def __enter__(self):\n        return self\n\n    def __exit__(self, *args):\n        {inner}\n\n"
            )
        };
        let import = "from asgiref.sync import sync_to_async\n\n\n";
        let waits = manager("Log.objects.create(text='end')");
        let view = "def view(request):\n    with Timer() as timer:\n        count = Product.objects.count()\n    return HttpResponse(Product.objects.count())\n";
        check(
            &format!("{waits}{view}"),
            &format!(
                "{import}{waits}async def view(request):\n    def in_thread():\n        with Timer() as timer:\n            count = Product.objects.count()\n    await sync_to_async(in_thread)()\n    return HttpResponse(await Product.objects.acount())\n"
            ),
        );
        let does_not = manager("pass");
        check(
            &format!("{does_not}{view}"),
            &format!(
                "{does_not}async def view(request):\n    with Timer() as timer:\n        count = await Product.objects.acount()\n    return HttpResponse(await Product.objects.acount())\n"
            ),
        );
    }

    #[test]
    fn context_managers_that_generators_make() {
        let locked = "import contextlib\n{import}\n@contextlib.contextmanager\ndef locked(name):\n    Lock.objects.create(name=name)\n    yield name\n    Lock.objects.filter(name=name).delete()\n\n";
        check(
            &format!(
                "{}def view(request):\n    Product.objects.count()\n    with locked('a') as name:\n        return HttpResponse(name)\n",
                locked.replace("{import}", "")
            ),
            &format!(
                "{}async def view(request):\n    await Product.objects.acount()\n    def in_thread():\n        with locked('a') as name:\n            return HttpResponse(name)\n    return await sync_to_async(in_thread)()\n",
                locked.replace("{import}", "\nfrom asgiref.sync import sync_to_async\n")
            ),
        );
    }

    #[test]
    fn several_context_managers_are_one_block() {
        check(
            "from django.db import connection, transaction\n\ndef view(request):\n    count = Product.objects.count()\n    with transaction.atomic(), connection.cursor() as cursor:\n        cursor.execute('select 1')\n    return HttpResponse(count)\n",
            "from asgiref.sync import sync_to_async\nfrom django.db import connection, transaction\n\nasync def view(request):\n    count = await Product.objects.acount()\n    def in_transaction():\n        with transaction.atomic(), connection.cursor() as cursor:\n            cursor.execute('select 1')\n    await sync_to_async(in_transaction)()\n    return HttpResponse(count)\n",
        );
    }

    #[test]
    fn a_block_that_gives_its_values_one_by_one_stays() {
        check_unchanged(
            "import smtplib\n\ndef view(request):\n    with smtplib.SMTP('x') as smtp:\n        yield smtp.noop()\n",
        );
    }
}
