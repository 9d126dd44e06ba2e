//! # plan/async-generator
//!
//! A generator of the project that waits becomes an async generator, and what takes its values does so by `async for`.
//!
//! A synchronous one would wait on the event loop, at each value. `for` statements and comprehensions become async, `list(rows())`
//! and what else takes all at once (`tuple`, `sum`, `sorted`, `", ".join(…)`) is given an async comprehension, and
//! `StreamingHttpResponse(rows())` sends the parts as they come, which it does for async iterators since Django 4.2. `yield from` becomes a
//! loop, and `-> Iterator[str]` becomes `-> AsyncIterator[str]`. A generator that synchronous code takes values of too keeps its form, and gets an `a`-prefixed twin.
//!
//! One that is sent values, returns one, or yields within `try` or `with` stays as it is, and so does one that `next`, `any`, `zip` or a
//! variable takes: what takes all of it at once does so in Django's thread then.
//!
//! Safe. Under WSGI, Django reads an async iterator to its end before it sends the first part.
//!
//! ```python before
//! from django.http import StreamingHttpResponse
//!
//!
//! def _lines():
//!     yield "name,price\n"
//!     for product in Product.objects.order_by("pk"):
//!         yield f"{product.name},{product.price}\n"
//!
//!
//! def export(request):
//!     return StreamingHttpResponse(_lines(), content_type="text/csv")
//! ```
//! ```python after
//! from django.http import StreamingHttpResponse
//!
//!
//! async def _lines():
//!     yield "name,price\n"
//!     async for product in Product.objects.order_by("pk"):
//!         yield f"{product.name},{product.price}\n"
//!
//!
//! async def export(request):
//!     return StreamingHttpResponse(_lines(), content_type="text/csv")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind, Type};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind, NodeId};

use super::call_helper::{is_direct, message, twin};
use crate::because::Because;
use crate::draft::{Cannot, Color, Draft, Outcome};
use crate::generators::{self, Taken};
use crate::rewrites::template;

pub(crate) const NAME: &str = "plan/async-generator";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Project { callee, .. } = site.kind else {
        return None;
    };
    let colors = draft.colors;
    let function = draft.analysis.world.function(callee)?;
    if !function.is_generator {
        return None;
    }
    let name = match colors.get(&callee) {
        Some(Color::Convert) => None,
        Some(Color::Twin(name)) if is_direct(draft, site, callee) => Some(name.clone()),
        _ => {
            let message = message(draft, site);
            let help = "its async form gives the values";
            draft.unchanged(
                NAME,
                site.node,
                Evidence::Proven,
                message,
                help,
                topics::ASYNC,
            );
            return None;
        }
    };
    let Some(taken) = generators::taken(draft.facts, draft.file, site.node) else {
        // Its twin is for others; what takes it here may do so in a thread.
        return name.is_none().then(|| {
            Err(Cannot::of(
                Because::Generator,
                format!(
                    "`{}` became an async generator, which can't be used so",
                    draft.excerpt(site.node)
                ),
            ))
        });
    };
    Some(take(draft, site.node, taken).and_then(|how| {
        if let Some(name) = &name {
            twin(draft, site, callee, name)?;
        }
        let help = match name {
            Some(name) => format!("{how}; its async twin `{name}` is called"),
            None => format!("{how}: it became an async generator"),
        };
        draft.changed(
            NAME,
            site.node,
            Evidence::Proven,
            message(draft, site),
            help,
            topics::ASYNC,
        );
        Ok(())
    }))
}

/// Takes the values of an async generator; says how.
fn take(draft: &mut Draft<'_>, call: NodeId, taken: Taken) -> Result<&'static str, Cannot> {
    Ok(match taken {
        Taken::Loop(node) => {
            draft.allow_await(node)?;
            draft.rewrites.wrap(node, "async ", "");
            "`async for` takes its values"
        }
        Taken::AtOnce(consumer) => {
            let ast = draft.ast();
            let function = ast.child(consumer, Field::Function);
            let is_list = function.is_some_and(
                |function| matches!(draft.type_of(function), Type::Builtin(name) if &**name == "list"),
            );
            let row = draft.row_name(call);
            let open = format!("[{row} async for {row} in ");
            let node = if is_list { consumer } else { call };
            draft.allow_await(node)?;
            match is_list {
                true => draft.rewrites.replace(node, template![open, call, "]"]),
                false => draft.rewrites.wrap_value(call, &open, "]"),
            }
            "an async comprehension takes its values"
        }
        Taken::Streamed => "`StreamingHttpResponse` sends its values one by one",
        Taken::Delegated(statement) => {
            delegate(draft, statement, call, "async ")?;
            "`async for` takes its values"
        }
    })
}

/// `yield from rows` → a loop, which async generators have in its place.
fn delegate(draft: &mut Draft<'_>, statement: NodeId, rows: NodeId, how: &str) -> Outcome {
    draft.line_statement(statement)?;
    let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
    let row = draft.row_name(rows);
    draft.rewrites.replace(
        statement,
        template![
            format!("{how}for {row} in "),
            rows,
            format!(":\n{unit}yield {row}")
        ],
    );
    Ok(())
}

/// What a generator is annotated to return, and what an async one is.
const ANNOTATIONS: [(&str, &str); 3] = [
    ("Generator", "AsyncGenerator"),
    ("Iterable", "AsyncIterable"),
    ("Iterator", "AsyncIterator"),
];

/// Makes the draft of a generator one of an async generator: what else it delegates to is looped over, and what it is
/// annotated to return is async.
pub(crate) fn vary(draft: &mut Draft<'_>) -> Outcome {
    loop_over_delegates(draft)?;
    annotate(draft);
    Ok(())
}

/// `-> Iterator[str]` → `-> AsyncIterator[str]`, where it comes from `typing` or `collections.abc`.
fn annotate(draft: &mut Draft<'_>) {
    let ast = draft.ast();
    let definition = draft.definition().filter(|one| one.is_generator);
    let annotation = definition.and_then(|one| ast.child(one.node, Field::ReturnType));
    let name = annotation.and_then(|annotation| {
        ast.subtree(annotation)
            .find(|&node| ast.kind(node) == Kind::Identifier)
    });
    let (Some(annotation), Some(name)) = (annotation, name) else {
        return;
    };
    let known = ANNOTATIONS.iter().find(|(of, _)| *of == draft.text(name));
    let Some(&(of, wanted)) = known else { return };
    let mut imports = draft.facts.imports.iter();
    let module = imports.find_map(|import| {
        let module = ["collections.abc", "typing"]
            .into_iter()
            .find(|module| import.path.strip_prefix(module) == Some(&format!(".{of}")));
        module.filter(|_| import.name == of)
    });
    let Some(module) = module else { return };
    if of == "Generator" {
        // What it is sent comes second, what it returns third, which async ones don't.
        let list = ast
            .subtree(annotation)
            .find(|&node| ast.kind(node) == Kind::TypeParameter);
        let parts: Vec<NodeId> = list.map_or(Vec::new(), |list| ast.children(list).collect());
        let (Some(generic), [yielded, sent, _]) =
            (list.and_then(|list| ast.parent(list)), &parts[..])
        else {
            return;
        };
        if let Ok(wanted) = draft.need(module, wanted) {
            draft.rewrites.replace(
                generic,
                template![format!("{wanted}["), *yielded, ", ", *sent, "]"],
            );
        }
    } else if let Ok(wanted) = draft.need(module, wanted) {
        draft.rewrites.replace(name, template![wanted]);
    }
}

fn loop_over_delegates(draft: &mut Draft<'_>) -> Outcome {
    let Some(definition) = draft.definition().filter(|one| one.is_generator) else {
        return Ok(());
    };
    let ast = draft.ast();
    let delegating: Vec<NodeId> = ast
        .subtree(definition.body)
        .filter(|&node| ast.kind(node) == Kind::Yield && draft.facts.yields_from(node))
        .filter(|&node| draft.facts.owner(node) == draft.function)
        .collect();
    for node in delegating {
        let (Some(statement), Some(rows)) = (ast.parent(node), ast.first_child(node)) else {
            continue;
        };
        let is_done = |of: NodeId| {
            let rewrite = draft.rewrites.nodes.get(&of);
            rewrite.is_some_and(|rewrite| rewrite.replace.is_some())
        };
        if !is_done(statement) {
            delegate(draft, statement, rows, "")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    const NAMES: &str =
        "def _names():\n    for product in Product.objects.all():\n        yield product.name\n\n";
    const ASYNC_NAMES: &str = "async def _names():\n    async for product in Product.objects.all():\n        yield product.name\n\n";

    #[track_caller]
    fn becomes(before: &str, after: &str) {
        let view = |how: &str, body: &str| format!("{how} view(request):\n    {body}\n");
        check(
            &format!("{NAMES}{}", view("def", before)),
            &format!("{ASYNC_NAMES}{}", view("async def", after)),
        );
    }

    #[test]
    fn loops_and_comprehensions_become_async() {
        becomes(
            "for name in _names():\n        print(name)\n    return HttpResponse()",
            "async for name in _names():\n        print(name)\n    return HttpResponse()",
        );
        becomes(
            "return JsonResponse({name: len(name) for name in _names() if name})",
            "return JsonResponse({name: len(name) async for name in _names() if name})",
        );
        becomes(
            "return HttpResponse(', '.join(name.upper() for name in _names()))",
            "return HttpResponse(', '.join([name.upper() async for name in _names()]))",
        );
    }

    #[test]
    fn what_takes_all_is_given_a_list() {
        for (before, after) in [
            ("list(_names())", "[row async for row in _names()]"),
            ("set(_names())", "set([row async for row in _names()])"),
            (
                "sorted(_names(), reverse=True)",
                "sorted([row async for row in _names()], reverse=True)",
            ),
            (
                "', '.join(_names())",
                "', '.join([row async for row in _names()])",
            ),
        ] {
            becomes(
                &format!("return HttpResponse({before})"),
                &format!("return HttpResponse({after})"),
            );
        }
    }

    #[test]
    fn generators_delegate_in_loops() {
        check(
            "def _all():\n    yield 'name'\n    yield from _names()\n    yield from ['a', 'b']\n\ndef _names():\n    for product in Product.objects.all():\n        yield product.name\n\ndef view(request):\n    return StreamingHttpResponse(_all())\n",
            "async def _all():\n    yield 'name'\n    async for row in _names():\n        yield row\n    for row in ['a', 'b']:\n        yield row\n\nasync def _names():\n    async for product in Product.objects.all():\n        yield product.name\n\nasync def view(request):\n    return StreamingHttpResponse(_all())\n",
        );
    }

    #[test]
    fn what_they_give_is_known() {
        let models = "from django.db import models\n\nclass Tag(models.Model):\n    pass\n\nclass Product(models.Model):\n    tag = models.ForeignKey(Tag, models.CASCADE)\n\n";
        check(
            &format!(
                "{models}def _products():\n    for product in Product.objects.all():\n        yield product\n\ndef view(request):\n    return JsonResponse([product.tag.pk for product in _products()], safe=False)\n"
            ),
            &format!(
                "{models}async def _products():\n    async for product in Product.objects.all():\n        yield product\n\nasync def view(request):\n    return JsonResponse([product.tag_id async for product in _products()], safe=False)\n"
            ),
        );
    }

    #[test]
    fn annotations_follow() {
        for (module, before, after) in [
            ("typing", "Iterator[str]", "AsyncIterator[str]"),
            ("collections.abc", "Iterable[str]", "AsyncIterable[str]"),
            (
                "collections.abc",
                "Generator[str, None, None]",
                "AsyncGenerator[str, None]",
            ),
        ] {
            let text = |start: &str, kind: &str, loops: &str, view: &str| {
                let name = kind.split('[').next().unwrap_or_default();
                format!(
                    "from {module} import {name}\n\n{start} _names() -> {kind}:\n    {loops} product in Product.objects.all():\n        yield product.name\n\n{start} view(request):\n    return HttpResponse({view})\n"
                )
            };
            check(
                &text("def", before, "for", "list(_names())"),
                &text(
                    "async def",
                    after,
                    "async for",
                    "[row async for row in _names()]",
                ),
            );
        }
    }

    #[test]
    fn those_that_wait_for_nothing_are_streamed_as_well() {
        check(
            "from django.http import StreamingHttpResponse\n\ndef _lines(count):\n    for number in range(count):\n        yield str(number)\n\ndef view(request):\n    return StreamingHttpResponse(_lines(Product.objects.count()))\n",
            "from django.http import StreamingHttpResponse\n\nasync def _lines(count):\n    for number in range(count):\n        yield str(number)\n\nasync def view(request):\n    return StreamingHttpResponse(_lines(await Product.objects.acount()))\n",
        );
    }

    #[test]
    fn others_that_wait_for_nothing_stay() {
        check(
            "def _lines(count):\n    for number in range(count):\n        yield str(number)\n\ndef view(request):\n    return HttpResponse(list(_lines(Product.objects.count())))\n",
            "def _lines(count):\n    for number in range(count):\n        yield str(number)\n\nasync def view(request):\n    return HttpResponse(list(_lines(await Product.objects.acount())))\n",
        );
    }

    #[test]
    fn synchronous_code_keeps_its_form() {
        let names = NAMES.replace("_names", "names");
        let twin = ASYNC_NAMES.replace("_names", "anames");
        check(
            &format!(
                "{names}def command():\n    print(list(names()))\n\ndef view(request):\n    return HttpResponse(list(names()))\n"
            ),
            &format!(
                "{names}\n{twin}def command():\n    print(list(names()))\n\nasync def view(request):\n    return HttpResponse([row async for row in anames()])\n"
            ),
        );
    }

    #[test]
    fn those_that_async_code_would_end_later_run_in_a_thread_as_a_whole() {
        let held = "def _names():\n    try:\n        for product in Product.objects.all():\n            yield product.name\n    finally:\n        print('end')\n\n";
        check(
            &format!("{held}def view(request):\n    return HttpResponse(list(_names()))\n"),
            &format!(
                "from asgiref.sync import sync_to_async\n\n\n{held}async def view(request):\n    return HttpResponse(await sync_to_async(list)(_names()))\n"
            ),
        );
        check_unchanged(&format!(
            "{held}def view(request):\n    for name in _names():\n        print(name)\n    return HttpResponse()\n"
        ));
    }

    #[test]
    fn what_may_stop_early_or_comes_later_keeps_the_view() {
        for use_of in [
            "next(_names())",
            "any(name for name in _names())",
            "zip(_names(), [1])",
            "filter(None, _names())",
            "list(map(str, _names()))",
            "take(_names())",
            "[*_names()]",
        ] {
            check_unchanged(&format!(
                "{NAMES}def view(request):\n    return HttpResponse({use_of})\n"
            ));
        }
        for body in [
            "    name = yield 'name'\n    Product.objects.filter(name=name).delete()\n",
            "    yield str(Product.objects.count())\n    return 7\n",
        ] {
            check_unchanged(&format!(
                "def _names():\n{body}\ndef view(request):\n    for name in _names():\n        print(name)\n    return HttpResponse()\n"
            ));
        }
    }
}
