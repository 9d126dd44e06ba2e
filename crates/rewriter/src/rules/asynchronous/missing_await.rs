//! # async/missing-await
//!
//! A coroutine that nobody awaits: what it was to do does not happen, and where its result was meant there is a coroutine.
//!
//! A row is silently not written, with status 200; `if orders.aexists():` is always true; a template or a `JsonResponse` gets
//! `<coroutine object …>`; a view that returns one fails with `ValueError: … It returned an unawaited coroutine instead`. Python
//! only warns: `RuntimeWarning: coroutine … was never awaited`. A coroutine that is kept to be awaited later, by name, in
//! `asyncio.gather` or in a task, is left alone. Holds for every Django version.
//!
//! Safe.
//!
//! ```python meant
//! Product.objects.create(name="New", slug="new", price=5)
//! if Order.objects.filter(status="lost").exists():
//!     print("lost orders")
//! product = Product.objects.get(pk=1)
//! print(product.name, Product.objects.count())
//! ```
//! ```python before
//! Product.objects.acreate(name="New", slug="new", price=5)
//! if Order.objects.filter(status="lost").aexists():
//!     print("lost orders")
//! product = Product.objects.aget(pk=1)
//! print(product.name, Product.objects.acount())
//! ```
//! ```python after
//! await Product.objects.acreate(name="New", slug="new", price=5)
//! if await Order.objects.filter(status="lost").aexists():
//!     print("lost orders")
//! product = await Product.objects.aget(pk=1)
//! print(product.name, await Product.objects.acount())
//! ```

use unblocked_analyzer::{Evidence, FileFacts, HalfAsync, Site, Used};
use unblocked_django::{docs_url, topics};

use super::half_async;
use crate::draft::{Draft, Note, Outcome, excerpt};
use crate::options::Options;
use crate::report::{Applicability, Severity};

pub(crate) const NAME: &str = "async/missing-await";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let &HalfAsync::Unawaited(used) = half_async(site)? else {
        return None;
    };
    Some(draft.await_node(site.node).map(|()| {
        let what = draft.excerpt(site.node);
        let evidence = match used {
            Used::Returned => Evidence::Evident,
            _ => Evidence::Proven,
        };
        draft.changed(
            NAME,
            site.node,
            evidence,
            message(&what, used),
            "`await` was put before it",
            topics::ASYNC,
        );
    }))
}

/// The finding of a coroutine in a function that stays synchronous, and so can't await it.
pub(crate) fn in_sync_code(facts: &FileFacts, site: &Site, options: &Options) -> Option<Note> {
    let &HalfAsync::Unawaited(used) = half_async(site)? else {
        return None;
    };
    Some(Note {
        rule: NAME,
        node: site.node,
        severity: Severity::Error,
        applicability: Applicability::Manual,
        message: message(&excerpt(facts.source(site.node)), used),
        help: Some(
            "synchronous code can't await: call its synchronous form, or make the function async"
                .to_owned(),
        ),
        docs_url: Some(docs_url(options.target_version, topics::ASYNC)),
    })
}

/// What is the matter with a coroutine that nobody awaits.
fn message(what: &str, used: Used) -> String {
    match used {
        Used::Dropped => {
            format!("`{what}` makes a coroutine that nobody awaits, so that it never runs")
        }
        Used::AsValue => {
            format!("`{what}` gives a coroutine that nobody awaits, where its result is meant")
        }
        Used::AsTruth => {
            format!("`{what}` is always true: it gives a coroutine that nobody awaits")
        }
        Used::InVariable => {
            format!("`{what}` gives a coroutine, and its variable is used as if it held the result")
        }
        Used::Returned => {
            format!("`{what}` gives a coroutine, which is returned without being awaited")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, report_with};
    use crate::{Applicability, Options};

    #[track_caller]
    fn in_view(before: &str, after: &str) {
        check(
            &format!("async def view(request, pk):\n{before}"),
            &format!("async def view(request, pk):\n{after}"),
        );
    }

    #[track_caller]
    fn stays(body: &str) {
        check_unchanged(&format!("async def view(request, pk):\n{body}"));
    }

    #[test]
    fn every_position() {
        for (before, after) in [
            (
                "x = Book.objects.aget(pk=pk).title",
                "x = (await Book.objects.aget(pk=pk)).title",
            ),
            (
                "x = not Book.objects.aexists()",
                "x = not await Book.objects.aexists()",
            ),
            (
                "x = Book.objects.acount() > 3",
                "x = await Book.objects.acount() > 3",
            ),
            (
                "x = f\"{Book.objects.acount()} books\"",
                "x = f\"{await Book.objects.acount()} books\"",
            ),
            (
                "x = Book.objects.acount() + 1",
                "x = await Book.objects.acount() + 1",
            ),
            (
                "x = Book.objects.afirst() or None",
                "x = await Book.objects.afirst() or None",
            ),
            (
                "x = 1 if Book.objects.aexists() else 2",
                "x = 1 if await Book.objects.aexists() else 2",
            ),
            (
                "x = len(Book.objects.ain_bulk([1]))",
                "x = len(await Book.objects.ain_bulk([1]))",
            ),
            (
                "a, b = Book.objects.aget_or_create(pk=pk)",
                "a, b = await Book.objects.aget_or_create(pk=pk)",
            ),
            (
                "while Book.objects.aexists():\n        pass",
                "while await Book.objects.aexists():\n        pass",
            ),
            (
                "assert Book.objects.aexists()",
                "assert await Book.objects.aexists()",
            ),
            (
                "Page.objects.filter(book=Book.objects.aget(pk=pk))",
                "Page.objects.filter(book=await Book.objects.aget(pk=pk))",
            ),
            (
                "return JsonResponse({\"rows\": [Book.objects.acount()]})",
                "return JsonResponse({\"rows\": [await Book.objects.acount()]})",
            ),
            (
                "return HttpResponse(content=Book.objects.acount())",
                "return HttpResponse(content=await Book.objects.acount())",
            ),
        ] {
            in_view(&format!("    {before}\n"), &format!("    {after}\n"));
        }
    }

    #[test]
    fn variables_that_are_used_as_the_result() {
        check(
            "from asgiref.sync import sync_to_async\n\nasync def view(request, pk):\n    book = Book.objects.aget(pk=pk)\n    if book is None or book.title:\n        return render(request, 'a.html', {'book': book})\n    count = Book.objects.acount()\n",
            "from asgiref.sync import sync_to_async\n\nasync def view(request, pk):\n    book = await Book.objects.aget(pk=pk)\n    if book is None or book.title:\n        return await sync_to_async(render)(request, 'a.html', {'book': book})\n    count = await Book.objects.acount()\n",
        );
    }

    #[test]
    fn coroutines_that_are_awaited_later_stay() {
        for body in [
            "    one = Book.objects.aget(pk=1)\n    two = Book.objects.aget(pk=2)\n    a, b = await asyncio.gather(one, two)\n    return HttpResponse(a.title + b.title)\n",
            "    count = Book.objects.acount()\n    return HttpResponse(await count)\n",
            "    book = Book.objects.aget(pk=pk)\n    book = await book\n    return HttpResponse(book.title)\n",
            "    rows = [Book.objects.aget(pk=n) for n in (1, 2)]\n    return HttpResponse(len(await asyncio.gather(*rows)))\n",
            "    task = asyncio.create_task(Book.objects.acount())\n    return HttpResponse(await task)\n",
            "    work = Book.objects.acount()\n    work.close()\n    return HttpResponse()\n",
            "    work = Book.objects.acount()\n    keep(work)\n    return HttpResponse()\n",
            "    return HttpResponse(await asyncio.wait_for(Book.objects.acount(), 3))\n",
        ] {
            stays(body);
        }
    }

    #[test]
    fn the_same_names_on_other_objects_stay() {
        stays(
            "    if shop.aexists():\n        shop.asave()\n    return HttpResponse(client.aget(1))\n",
        );
    }

    #[test]
    fn the_projects_own_coroutines() {
        check(
            "async def notify(pk):\n    await Log.objects.acreate(pk=pk)\n\nasync def load(pk):\n    return Book.objects.aget(pk=pk)\n\nasync def view(request, pk):\n    notify(pk)\n    [notify(n) for n in range(3)]\n    return HttpResponse(load(pk).title)\n",
            "async def notify(pk):\n    await Log.objects.acreate(pk=pk)\n\nasync def load(pk):\n    return await Book.objects.aget(pk=pk)\n\nasync def view(request, pk):\n    await notify(pk)\n    [await notify(n) for n in range(3)]\n    return HttpResponse((await load(pk)).title)\n",
        );
    }

    #[test]
    fn sync_functions_that_hand_a_coroutine_on_stay() {
        check_unchanged(
            "def load(pk):\n    return Book.objects.aget(pk=pk)\n\nasync def view(request, pk):\n    return HttpResponse((await load(pk)).title)\n",
        );
    }

    #[test]
    fn synchronous_functions_that_stay_are_told_of() {
        let found = |text: &str| {
            let report = report_with(text, &Options::for_paste());
            assert_eq!(report.after, text);
            let ours = report.findings.iter().filter(|f| f.rule == super::NAME);
            ours.filter(|f| f.applicability == Applicability::Manual)
                .count()
        };
        assert_eq!(
            found(
                "def note(pk):\n    Log.objects.acreate(pk=pk)\n    if Log.objects.aexists():\n        return 1\n"
            ),
            2
        );
        assert_eq!(
            found(
                "def load(pk):\n    return Log.objects.aget(pk=pk)\n\ndef run():\n    asyncio.run(load(1))\n"
            ),
            0
        );
    }

    #[test]
    fn adapters_and_libraries() {
        check(
            "import asyncio\n\nimport httpx\nfrom asgiref.sync import sync_to_async\n\nasync def view(request, pk):\n    await asyncio.sleep(0)\n    asyncio.sleep(1)\n    sync_to_async(reindex)(pk)\n    asyncio.gather(one(), two())\n    async with httpx.AsyncClient() as client:\n        client.post('https://example.com/')\n        data = client.get('https://example.com/').json()\n    return JsonResponse(data)\n",
            "import asyncio\n\nimport httpx\nfrom asgiref.sync import sync_to_async\n\nasync def view(request, pk):\n    await asyncio.sleep(0)\n    await asyncio.sleep(1)\n    await sync_to_async(reindex)(pk)\n    await asyncio.gather(one(), two())\n    async with httpx.AsyncClient() as client:\n        await client.post('https://example.com/')\n        data = (await client.get('https://example.com/')).json()\n    return JsonResponse(data)\n",
        );
    }

    #[test]
    fn what_reaches_a_template_in_a_dictionary() {
        let end = "    return TemplateResponse(request, \"book.html\", context)\n";
        in_view(
            &format!(
                "    count = Book.objects.acount()\n    context = {{\"count\": count}}\n{end}"
            ),
            &format!(
                "    count = await Book.objects.acount()\n    context = {{\"count\": count}}\n{end}"
            ),
        );
        in_view(
            &format!("    context = {{}}\n    context[\"count\"] = Book.objects.acount()\n{end}"),
            &format!(
                "    context = {{}}\n    context[\"count\"] = await Book.objects.acount()\n{end}"
            ),
        );
    }

    #[test]
    fn dictionaries_whose_coroutines_may_be_awaited_stay() {
        for body in [
            "    found = {}\n    found[\"count\"] = Book.objects.acount()\n    return HttpResponse(await found[\"count\"])\n",
            "    found = {}\n    found[\"count\"] = Book.objects.acount()\n    await gather(*found.values())\n    return JsonResponse(found)\n",
            "    count = Book.objects.acount()\n    found = {\"count\": count}\n    found = await complete(found)\n    return JsonResponse(found)\n",
            "    found = load()\n    found[\"count\"] = Book.objects.acount()\n    return JsonResponse(found)\n",
        ] {
            stays(body);
        }
    }

    #[test]
    fn functions_that_a_decorator_runs_in_a_thread_are_coroutines() {
        for decorator in ["sync_to_async", "sync_to_async(thread_sensitive=False)"] {
            let head = format!(
                "from asgiref.sync import sync_to_async\n\n@{decorator}\ndef count():\n    return Book.objects.count()\n\n@{decorator}\ndef rows():\n    return Book.objects.filter(title='a')\n\n"
            );
            check(
                &format!("{head}async def view(request):\n    return HttpResponse(count() + 1)\n"),
                &format!(
                    "{head}async def view(request):\n    return HttpResponse(await count() + 1)\n"
                ),
            );
            check_unchanged(&format!(
                "{head}async def view(request):\n    found = await rows()\n    n = await sync_to_async(len)(found)\n    return HttpResponse(n + await count())\n"
            ));
            let report = report_with(
                &format!(
                    "{head}async def view(request):\n    return HttpResponse(await count())\n"
                ),
                &Options::for_paste(),
            );
            let count = report.functions.iter().find(|one| one.name == "count");
            let reason = count.map_or("", |one| &one.reason);
            assert!(reason.is_empty() || reason.contains("thread"), "{reason}");
        }
    }
}
