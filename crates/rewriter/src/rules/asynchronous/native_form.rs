//! # async/native-form
//!
//! A call in a thread (`sync_to_async`, `asyncio.to_thread`) of what has an async form on the target.
//!
//! Django got its async API in steps, and code that wraps what had none at the time goes on working. The async form says the
//! same with less: `await sync_to_async(Product.objects.get)(pk=1)` is `await Product.objects.aget(pk=1)` since Django 4.1,
//! `list` over a queryset an async comprehension, `get_object_or_404` has `aget_object_or_404` since 5.0, sessions theirs since
//! 5.1. Through `asyncio.to_thread` a query also leaves a connection open behind it. What is not Django's and waits
//! elsewhere leaves Django's one thread: `sync_to_async(time.sleep)` holds it up for everything else of the request.
//!
//! Safe where the model is at hand, else for review: a custom manager that overrides the method would be bypassed.
//!
//! ```python before
//! from asgiref.sync import sync_to_async
//!
//!
//! async def show(request, pk):
//!     product = await sync_to_async(Product.objects.get)(pk=1)
//!     names = [tag.name for tag in await sync_to_async(list)(Tag.objects.order_by("pk"))]
//!     count = await sync_to_async(Product.objects.filter(stock__gt=0).count)()
//!     return JsonResponse({"name": product.name, "tags": names, "count": count})
//! ```
//! ```python after
//! async def show(request, pk):
//!     product = await Product.objects.aget(pk=1)
//!     names = [tag.name for tag in [row async for row in Tag.objects.order_by("pk")]]
//!     count = await Product.objects.filter(stock__gt=0).acount()
//!     return JsonResponse({"name": product.name, "tags": names, "count": count})
//! ```

use unblocked_analyzer::{Consumer, Evidence, InThread, Site, SiteKind, Threaded};
use unblocked_django::{Owner, PythonVersion, async_function, async_method, blocking, topics};
use unblocked_syntax::Kind;

use super::{awaited, call_directly, rest_of_arguments, threaded};
use crate::decisions::Choice;
use crate::draft::{Draft, Outcome};
use crate::report::Severity;
use crate::rewrites::template;
use crate::rules::{RULES, runs_in_thread};

const NAME: &str = "async/native-form";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let threaded = threaded(site)?;
    let InThread::Waits(kind) = &threaded.does else {
        return None;
    };
    if is_twin(draft) || is_unwanted(draft, site, kind) {
        return None;
    }
    let done = match &**kind {
        SiteKind::Method { .. } => method(draft, site, threaded, kind)?,
        SiteKind::Function { path } => function(draft, site, threaded, path)?,
        SiteKind::Evaluate {
            source,
            by: Consumer::List,
            is_queryset: true,
            ..
        } => rows(draft, site, *source)?,
        _ => return None,
    };
    Some(done.map(|form| {
        let excerpt = draft.excerpt(threaded.function);
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            format!("`{excerpt}` is called in a thread, and has an async form"),
            form,
            topics::ASYNC,
        );
        if let Some(note) = draft.notes.last_mut() {
            note.severity = Severity::Info;
        }
    }))
}

/// True when the rules that write the async form of such a call in synchronous code were rejected there: what took its
/// place is a thread.
fn is_unwanted(draft: &Draft<'_>, site: &Site, kind: &SiteKind) -> bool {
    let groups: &[&str] = match kind {
        SiteKind::Method { owner, .. } => match owner {
            Owner::Cache => &["cache/"],
            Owner::Session => &["session/"],
            Owner::Signal => &["signals/"],
            _ => &["orm/"],
        },
        SiteKind::Function { .. } => &["shortcuts/", "signals/", "auth/", "blocking/"],
        _ => &["orm/"],
    };
    let span = draft.ast().span(site.node);
    RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|name| groups.iter().any(|group| name.starts_with(group)) && !runs_in_thread(name))
        .filter_map(|name| {
            draft
                .decided
                .change(draft.file_index, draft.function, name, span)
        })
        .any(|(choice, _)| choice == Choice::Reject)
}

/// True in an async twin of a function beside it. It was written with what is known of that one's arguments; its own
/// callers are fewer, and may tell more.
fn is_twin(draft: &Draft<'_>) -> bool {
    let functions = &draft.facts.functions;
    let Some(own) = draft.function.and_then(|index| functions.get(index)) else {
        return false;
    };
    let plain = own.name.trim_start_matches('_');
    let private = own.name.len() - plain.len();
    let Some(sync) = plain.strip_prefix('a') else {
        return false;
    };
    functions.iter().any(|other| {
        (other.parent, other.class) == (own.parent, own.class)
            && other.name.len() == private + sync.len()
            && other.name.trim_start_matches('_') == sync
    })
}

type Form = Result<String, crate::draft::Cannot>;

fn method(
    draft: &mut Draft<'_>,
    site: &Site,
    threaded: &Threaded,
    kind: &SiteKind,
) -> Option<Form> {
    let SiteKind::Method {
        owner,
        name,
        overridden_by: None,
        ..
    } = kind
    else {
        return None;
    };
    let sync = draft.text(*name);
    let form = async_method(*owner, sync)?;
    if form.since > draft.target()
        || form.is_async_iterator
        // `__delitem__` raises where `apop` does not.
        || sync.starts_with("__")
        || site.evidence == Evidence::Possible
        // It may be given a function, which would run on the event loop.
        || (*owner == Owner::Cache && sync == "get_or_set")
        || draft.ast().kind(threaded.function) == Kind::Lambda
    {
        return None;
    }
    Some(call_directly(draft, site, threaded).map(|()| {
        draft.rewrites.replace(*name, template![form.name]);
        format!("`{}()`, which Django has since {}", form.name, form.since)
    }))
}

fn function(draft: &mut Draft<'_>, site: &Site, threaded: &Threaded, path: &str) -> Option<Form> {
    if let Some(form) = async_function(path) {
        if !form.works_on(draft.target()) {
            return None;
        }
        return Some(
            renamed(draft, site, threaded, form.module, form.name)
                .map(|()| format!("`{}()`, which Django has since {}", form.name, form.since)),
        );
    }
    let entry = blocking(path)?;
    if let Some(native) = entry.native
        && native.since.is_none_or(|since| since <= draft.target())
        && !native.module.contains('.')
    {
        let name = format!("{}.{}", native.module, native.name);
        let done = draft.need_module(native.module).and_then(|_| {
            call_directly(draft, site, threaded)?;
            draft
                .rewrites
                .replace(threaded.function, template![name.clone()]);
            Ok(())
        });
        return Some(done.map(|()| format!("`{name}()`")));
    }
    // Django's thread is for what touches its connections.
    let adapter = threaded.adapter.filter(|&adapter| adapter != site.node)?;
    if entry.touches_django_db
        || entry.lazy_result
        || threaded.is_any_thread
        || draft.options.python() < PythonVersion::new(3, 9)
        || draft.ast().kind(threaded.function) == Kind::Lambda
    {
        return None;
    }
    Some(draft.need_module("asyncio").map(|asyncio| {
        let (open, rest) = match draft.arguments(site.node)[..] {
            [] => (format!("{asyncio}.to_thread("), template![")"]),
            _ => {
                let mut rest = rest_of_arguments(draft, site.node, adapter);
                if let Some(first) = rest.first_mut() {
                    *first = ", ".into();
                }
                (format!("{asyncio}.to_thread("), rest)
            }
        };
        let mut call = template![open, threaded.function];
        call.extend(rest);
        draft.rewrites.replace(site.node, call);
        "a thread of its own, as it touches none of Django's connections: Django's thread is free for others".to_owned()
    }))
}

/// Calls another function in place of the one in the thread.
fn renamed(
    draft: &mut Draft<'_>,
    site: &Site,
    threaded: &Threaded,
    module: &str,
    name: &str,
) -> Outcome {
    let name = draft.need(module, name)?;
    call_directly(draft, site, threaded)?;
    draft.rewrites.replace(threaded.function, template![name]);
    Ok(())
}

/// `await sync_to_async(list)(rows)` → `[row async for row in rows]`
fn rows(draft: &mut Draft<'_>, site: &Site, source: unblocked_syntax::NodeId) -> Option<Form> {
    let whole = awaited(draft, site.node)?;
    let ast = draft.ast();
    if site.evidence == Evidence::Possible
        || (draft.is_in_comprehension(whole) && !draft.allows_nested_async())
        || matches!(
            ast.kind(ast.unparenthesized(source)),
            Kind::NamedExpression | Kind::Conditional | Kind::Lambda
        )
    {
        return None;
    }
    let row = draft.row_name(source);
    Some(draft.allow_await(whole).map(|()| {
        draft.rewrites.replace(
            whole,
            template![format!("[{row} async for {row} in "), source, "]"],
        );
        "an async comprehension fetches the rows".to_owned()
    }))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    const IMPORT: &str = "from asgiref.sync import sync_to_async\n\n";

    #[test]
    fn forms_come_with_versions() {
        let before = format!(
            "{IMPORT}async def view(request, pk):\n    book = await sync_to_async(get_object_or_404)(Book, pk=pk)\n    seen = await sync_to_async(request.session.get)('seen', 0)\n    return HttpResponse(book.title)\n"
        );
        check_with(
            &target("5.2"),
            &before,
            "from django.shortcuts import aget_object_or_404\n\nasync def view(request, pk):\n    book = await aget_object_or_404(Book, pk=pk)\n    seen = await request.session.aget('seen', 0)\n    return HttpResponse(book.title)\n",
        );
        check_with(&target("4.2"), &before, &before);
    }

    #[test]
    fn threads_of_other_kinds() {
        check(
            "import asyncio\nimport time\n\nimport requests\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    n = await asyncio.to_thread(Book.objects.filter(a=1).count)\n    b = await asyncio.to_thread(Book.objects.get, pk=n)\n    await sync_to_async(time.sleep)(1)\n    page = await sync_to_async(requests.get)('https://example.com/', timeout=3)\n    return HttpResponse(page.text)\n",
            "import asyncio\n\nimport requests\n\n\nasync def view(request):\n    n = await Book.objects.filter(a=1).acount()\n    b = await Book.objects.aget(pk=n)\n    await asyncio.sleep(1)\n    page = await asyncio.to_thread(requests.get, 'https://example.com/', timeout=3)\n    return HttpResponse(page.text)\n",
        );
    }

    #[test]
    fn what_runs_in_a_thread_because_its_async_form_was_rejected_stays() {
        let text = "from asgiref.sync import sync_to_async\nfrom django.core.cache import cache\n\nasync def view(request):\n    return HttpResponse(await sync_to_async(cache.get)('a'))\n";
        let rejecting = |rule: &str| {
            let decision = format!(r#"{{"choice":"reject","rule":"{rule}"}}"#);
            Options {
                decisions: vec![serde_json::from_str(&decision).unwrap()],
                ..Options::for_paste()
            }
        };
        check_with(&rejecting("cache/await-method"), text, text);
        check_with(
            &rejecting("orm/await-terminal"),
            text,
            "from django.core.cache import cache\n\nasync def view(request):\n    return HttpResponse(await cache.aget('a'))\n",
        );
    }

    #[test]
    fn what_a_twin_does_as_its_sync_form_does_stays() {
        let text = "from asgiref.sync import sync_to_async\n\ndef count(books):\n    return books.count()\n\nasync def acount(books):\n    return await sync_to_async(books.count)()\n\nasync def view(request):\n    return JsonResponse({'n': await acount(Book.objects.filter(a=1))})\n";
        check_unchanged(text);
        check(
            &text.replace("acount(", "count_all("),
            &text
                .replace("acount(", "count_all(")
                .replace("sync_to_async(books.count)()", "books.acount()")
                .replace("from asgiref.sync import sync_to_async\n\n", ""),
        );
    }

    #[test]
    fn what_has_no_async_form_stays() {
        check_unchanged(&format!(
            "{IMPORT}from django.core.mail import send_mail\n\nasync def view(request):\n    await sync_to_async(send_mail)('a', 'b', 'c', ['d'])\n    await sync_to_async(reindex)()\n    form = BookForm(request.POST)\n    ok = await sync_to_async(form.is_valid)()\n    value = await sync_to_async(cache.get_or_set)('k', make)\n    one = await sync_to_async(lambda: Book.objects.first().title)()\n    return HttpResponse(ok)\n"
        ));
    }

    #[test]
    fn managers_that_override_stay_in_the_thread() {
        check_unchanged(
            "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Coupons(models.Manager):\n    def create(self, **values):\n        return super().create(code=values['code'].upper())\n\nclass Coupon(models.Model):\n    code = models.CharField(max_length=9)\n    objects = Coupons()\n\nasync def view(request):\n    coupon = await sync_to_async(Coupon.objects.create)(code='a')\n    return HttpResponse(coupon.code)\n",
        );
    }
}
