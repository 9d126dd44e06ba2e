//! # blocking/call-in-thread
//!
//! A function that makes its thread wait, and has no async form, runs in a thread: mail, subprocesses, SDKs.
//!
//! What may use Django's connections goes through `sync_to_async`, into the one thread of the request; the rest through
//! `asyncio.to_thread`, so that several can run at once. Django has no async mail in any version.
//!
//! Safe: the very same function runs with the same arguments.
//!
//! ```python before
//! from django.core.mail import send_mail
//!
//! def send_view(request):
//!     send_mail("Subject", "Body", "from@example.com", ["to@example.com"])
//!     return HttpResponse("Sent")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.core.mail import send_mail
//!
//! async def send_view(request):
//!     await sync_to_async(send_mail)("Subject", "Body", "from@example.com", ["to@example.com"])
//!     return HttpResponse("Sent")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind, Type};
use unblocked_django::{Blocking, Effect, PythonVersion, blocking};
use unblocked_syntax::{Field, Kind, NodeId};

use super::answer;
use crate::draft::{Cannot, Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let entry = blocking(path)?;
    let docs = entry.docs_url(draft.target());
    if entry.effect == Effect::Cpu {
        return None;
    }
    if entry.thread_bound {
        return Some(Err(Cannot::new(format!(
            "`{path}` belongs to the thread that calls it, which a coroutine has not"
        ))));
    }
    if let Some(argument) = streams(draft, site.node, path) {
        return Some(Err(Cannot::new(format!(
            "the answer of `{path}` is read as it arrives (`{argument}`), by the thread that reads it"
        ))));
    }
    if entry.lazy_result {
        if entry.touches_django_db {
            return Some(Err(Cannot::new(format!(
                "what `{path}` returns still has to wait, so calling it in a thread does not help"
            ))));
        }
        if path.starts_with("urllib.request.")
            && let Some(reads) = answer::reads(draft, site.node)
        {
            return Some(answer::in_threads(draft, site.node, reads).map(|()| {
                draft.changed(
                    "blocking/call-in-thread",
                    site.node,
                    Evidence::Proven,
                    format!(
                        "`{path}` makes its thread wait ({}), now or when its result is used",
                        site.effect
                    ),
                    format!("runs in a thread through `asyncio.to_thread`, and so does each call that reads its result{}", why_not_native(draft, site.node)),
                    &docs,
                );
            }));
        }
        if let Some(whole) = whole(draft, site.node) {
            return Some(in_lambda(draft, whole).map(|()| {
                draft.changed(
                    "blocking/call-in-thread",
                    site.node,
                    Evidence::Proven,
                    format!(
                        "`{path}` makes its thread wait ({}), now or when its result is used",
                        site.effect
                    ),
                    with_instead(
                        &format!(
                            "runs in a thread with what reads its result, through `asyncio.to_thread`{}",
                            why_not_native(draft, site.node)
                        ),
                        entry,
                    ),
                    &docs,
                );
            }));
        }
        draft.note(Note {
            rule: "blocking/call-in-thread",
            node: site.node,
            severity: Severity::Warning,
            applicability: Applicability::Manual,
            message: format!("`{path}` makes its thread wait ({}), now or when its result is used", site.effect),
            help: Some(with_instead("move it, with what is done with its result, into a function, and call that with `await asyncio.to_thread(…)`", entry)),
            docs_url: Some(docs),
        });
        return Some(Ok(()));
    }
    let loads = if path.ends_with("Connection.getresponse") {
        let Some(loads) = answer::loads(draft, site.node) else {
            return Some(Err(Cannot::new(format!(
                "the answer of `{path}` is read as it arrives, by the thread that reads it"
            ))));
        };
        loads
    } else {
        Vec::new()
    };
    let (done, how) = if entry.touches_django_db {
        (
            draft.wrap_call(site.node),
            "runs in Django's thread through `sync_to_async`",
        )
    } else {
        (
            answer::in_threads(draft, site.node, loads),
            "runs in a thread through `asyncio.to_thread`",
        )
    };
    let mut help = with_instead(how, entry);
    help.push_str(&why_not_native(draft, site.node));
    Some(done.map(|()| {
        draft.changed(
            "blocking/call-in-thread",
            site.node,
            Evidence::Proven,
            format!("`{path}` makes its thread wait ({})", site.effect),
            help,
            &docs,
        );
    }))
}

/// Why a call is not another client's, where one was asked for.
pub(super) fn why_not_native(draft: &Draft<'_>, call: NodeId) -> String {
    draft
        .http
        .reason(draft.file_index, call)
        .map(|reason| {
            let client = draft.options.http_client.name();
            format!("; not through {client}, as {reason}")
        })
        .unwrap_or_default()
}

/// The argument by which the answer of a request of `requests` or urllib3 is not read when it returns.
fn streams(draft: &Draft<'_>, call: NodeId, path: &str) -> Option<&'static str> {
    let (wanted, usual, argument): (_, &[Kind], _) = if path.starts_with("requests.") {
        ("stream", &[Kind::False, Kind::None], "stream=True")
    } else if path.starts_with("urllib3.") {
        ("preload_content", &[Kind::True], "preload_content=False")
    } else {
        return None;
    };
    draft
        .arguments(call)
        .iter()
        .any(|&(name, value)| name == Some(wanted) && !usual.contains(&draft.ast().kind(value)))
        .then_some(argument)
}

/// The expression that has read all of what a call gives when it is evaluated: `urlopen(url).read()`,
/// `list(collection.find())`.
fn whole(draft: &Draft<'_>, call: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    let mut at = call;
    let whole = loop {
        let parent = ast.parent(at)?;
        let outer = ast.parent(parent)?;
        let is_called = ast.kind(outer) == Kind::Call;
        match ast.kind(parent) {
            Kind::Attribute
                if is_called
                    && ast.field(at) == Some(Field::Object)
                    && ast.field(parent) == Some(Field::Function) =>
            {
                at = outer;
                let name = ast.child(parent, Field::Attribute)?;
                if matches!(draft.text(name), "read" | "readlines") {
                    break at;
                }
            }
            Kind::ArgumentList if is_called && ast.first_child(parent) == Some(at) => {
                let reads = match draft.type_of(ast.child(outer, Field::Function)?) {
                    Type::Builtin(name) => matches!(
                        &**name,
                        "list"
                            | "tuple"
                            | "set"
                            | "frozenset"
                            | "dict"
                            | "sorted"
                            | "sum"
                            | "any"
                            | "all"
                    ),
                    Type::Path(path) => matches!(&**path, "json.load"),
                    _ => false,
                };
                break reads.then_some(outer)?;
            }
            _ => return None,
        }
    };
    // What else waits in it has a form of its own, which a lambda can't hold.
    let waits = draft
        .file
        .sites
        .iter()
        .any(|site| site.node != call && ast.contains(whole, site.node))
        || draft
            .file
            .calls
            .iter()
            .any(|call| ast.contains(whole, call.node));
    let is_plain = ast.subtree(whole).all(|node| {
        !matches!(
            ast.kind(node),
            Kind::Await | Kind::Yield | Kind::NamedExpression
        )
    });
    (!waits && is_plain).then_some(whole)
}

/// `x` → `await asyncio.to_thread(lambda: x)`.
fn in_lambda(draft: &mut Draft<'_>, node: NodeId) -> Outcome {
    draft.allow_await(node)?;
    let (open, close) = if draft.needs_parentheses(node) {
        ("(", ")")
    } else {
        ("", "")
    };
    let (before, after) = if draft.options.python() < PythonVersion::new(3, 9) {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        (format!("{adapter}(lambda: "), ", thread_sensitive=False)()")
    } else {
        (
            format!("{}.to_thread(lambda: ", draft.need_module("asyncio")?),
            ")",
        )
    };
    draft.rewrites.wrap(
        node,
        &format!("{open}await {before}"),
        &format!("{after}{close}"),
    );
    Ok(())
}

/// What was done, and what does it without a thread.
fn with_instead(done: &str, entry: &Blocking) -> String {
    let mut text = done.to_owned();
    if let Some(instead) = entry.instead {
        text.push_str(&format!("; `{}`", instead.path));
        if let (Some(since), Some(package)) = (instead.since, entry.package) {
            text.push_str(&format!(" ({package} {since})"));
        }
        text.push_str(" does it without one");
    }
    if !entry.note.is_empty() {
        text.push_str(". ");
        text.push_str(entry.note.trim_end_matches('.'));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::report::Applicability;
    use crate::rules::testing::{check, check_unchanged, check_with, report_with, target};

    #[test]
    fn before_python_3_9_there_is_no_to_thread() {
        check_with(
            &target("4.2"),
            "import subprocess\n\ndef view(request):\n    subprocess.run(['ls'])\n    return HttpResponse()\n",
            "import subprocess\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    await sync_to_async(subprocess.run, thread_sensitive=False)(['ls'])\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_is_read_at_once_is_read_in_the_thread() {
        check(
            "import json\nfrom urllib.request import urlopen\n\ndef view(request):\n    data = json.loads(urlopen(URL + request.path).read().decode())\n    other = json.load(urlopen(URL))\n    return JsonResponse(data)\n",
            "import asyncio\nimport json\nfrom urllib.request import urlopen\n\nasync def view(request):\n    data = json.loads((await asyncio.to_thread(lambda: urlopen(URL + request.path).read())).decode())\n    other = await asyncio.to_thread(lambda: json.load(urlopen(URL)))\n    return JsonResponse(data)\n",
        );
        check(
            "import pymongo\n\ndb = pymongo.MongoClient().shop\n\ndef view(request):\n    rows = list(db.orders.find({'a': 1}).sort('b').limit(5))\n    return JsonResponse({'rows': rows})\n",
            "import asyncio\n\nimport pymongo\n\ndb = pymongo.MongoClient().shop\n\nasync def view(request):\n    rows = await asyncio.to_thread(lambda: list(db.orders.find({'a': 1}).sort('b').limit(5)))\n    return JsonResponse({'rows': rows})\n",
        );
        check_with(
            &target("4.2"),
            "from urllib.request import urlopen\n\ndef view(request):\n    return HttpResponse(urlopen(URL).read())\n",
            "from urllib.request import urlopen\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    return HttpResponse(await sync_to_async(lambda: urlopen(URL).read(), thread_sensitive=False)())\n",
        );
    }

    #[test]
    fn what_is_read_later_or_waits_within_is_named() {
        for body in [
            "response = urlopen(URL)\n    return HttpResponse(load(response))",
            "return HttpResponse(urlopen(input()).read())",
            "return StreamingHttpResponse(iter(urlopen(URL)))",
        ] {
            let before = format!(
                "from urllib.request import urlopen\n\ndef view(request):\n    Product.objects.count()\n    {body}\n"
            );
            let report = report_with(&before, &Options::for_paste());
            assert!(!report.after.contains("lambda"), "{}", report.after);
            assert!(
                report
                    .findings
                    .iter()
                    .any(|finding| finding.message.contains("urlopen")
                        && finding.applicability == Applicability::Manual),
                "{}",
                report.after
            );
        }
    }

    #[test]
    fn an_answer_that_is_read_as_it_arrives_keeps_its_view_synchronous() {
        check_unchanged(
            "import requests\n\ndef view(request):\n    response = requests.get(URL, stream=True)\n    return HttpResponse(b''.join(response.iter_content(3)))\n",
        );
        check_unchanged(
            "import urllib3\n\nhttp = urllib3.PoolManager()\n\ndef view(request):\n    response = http.request('GET', URL, preload_content=False)\n    return HttpResponse(b''.join(response.stream(3)))\n",
        );
        check(
            "import urllib3\n\npool = urllib3.connection_from_url(URL)\n\ndef view(request):\n    return HttpResponse(pool.request('GET', '/', preload_content=True).data)\n",
            "import asyncio\n\nimport urllib3\n\npool = urllib3.connection_from_url(URL)\n\nasync def view(request):\n    return HttpResponse((await asyncio.to_thread(pool.request, 'GET', '/', preload_content=True)).data)\n",
        );
        check(
            "import requests\n\ndef view(request):\n    response = requests.get(URL, stream=False)\n    return HttpResponse(b''.join(response.iter_content(3)))\n",
            "import asyncio\n\nimport requests\n\nasync def view(request):\n    response = await asyncio.to_thread(requests.get, URL, stream=False)\n    return HttpResponse(b''.join(response.iter_content(3)))\n",
        );
    }

    #[test]
    fn an_answer_of_a_connection_is_read_in_threads_or_keeps_its_view_synchronous() {
        let view = |body: &str| {
            format!(
                "import http.client\nimport json\n\ndef view(request):\n    connection = http.client.HTTPConnection('a.example.com')\n    connection.request('GET', '/')\n{body}"
            )
        };
        check(
            &view(
                "    answer = connection.getresponse()\n    data = json.load(answer)\n    return JsonResponse(data, status=answer.status)\n",
            ),
            "import asyncio\nimport http.client\nimport json\n\nasync def view(request):\n    connection = http.client.HTTPConnection('a.example.com')\n    await asyncio.to_thread(connection.request, 'GET', '/')\n    answer = await asyncio.to_thread(connection.getresponse)\n    data = await asyncio.to_thread(json.load, answer)\n    return JsonResponse(data, status=answer.status)\n",
        );
        check(
            &view(
                "    with connection.getresponse() as answer:\n        return HttpResponse(answer.read(int(request.GET['size'])))\n",
            ),
            "import asyncio\nimport http.client\nimport json\n\nasync def view(request):\n    connection = http.client.HTTPConnection('a.example.com')\n    await asyncio.to_thread(connection.request, 'GET', '/')\n    with await asyncio.to_thread(connection.getresponse) as answer:\n        return HttpResponse(await asyncio.to_thread(answer.read, int(request.GET['size'])))\n",
        );
        for body in [
            "    answer = connection.getresponse()\n    return HttpResponse([line for line in answer])\n",
            "    return HttpResponse(parse(connection.getresponse()))\n",
            "    answer = connection.getresponse()\n    return HttpResponse(answer)\n",
            "    self.answer = connection.getresponse()\n    return HttpResponse()\n",
        ] {
            check_unchanged(&view(body));
        }
    }

    #[test]
    fn what_is_not_djangos_goes_to_any_thread() {
        check(
            "import subprocess\n\ndef view(request):\n    out = subprocess.run(['ls'], check=True).stdout\n    return HttpResponse(out)\n",
            "import asyncio\nimport subprocess\n\nasync def view(request):\n    out = (await asyncio.to_thread(subprocess.run, ['ls'], check=True)).stdout\n    return HttpResponse(out)\n",
        );
    }
}
