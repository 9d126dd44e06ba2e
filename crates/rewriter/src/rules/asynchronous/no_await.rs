//! # async/no-await
//!
//! An async view that awaits nothing.
//!
//! It gains nothing from being async: it runs on the event loop from its start to its end, and whatever it computes stops every
//! other request of the process meanwhile. Under WSGI it costs a thread on top. A synchronous view would do. Holds for every Django
//! version.
//!
//! Manual: for information.
//!
//! ```python before
//! async def ping(request):
//!     return HttpResponse("pong")
//! ```
//! ```python after
//! async def ping(request):
//!     return HttpResponse("pong")
//! ```

use unblocked_analyzer::{FileFacts, Function, Site};
use unblocked_django::{docs_url, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Note, Outcome};
use crate::options::Options;
use crate::report::{Applicability, Severity};

const NAME: &str = "async/no-await";

/// The view as a whole tells; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The finding of an async view, when nothing in it is awaited and nothing in it will be.
pub(super) fn note(
    facts: &FileFacts,
    view: &Function,
    name: NodeId,
    options: &Options,
) -> Option<Note> {
    let ast = facts.ast();
    let awaits = ast.subtree(view.body).any(|node| {
        matches!(ast.kind(node), Kind::Await | Kind::Yield)
            || (ast.is_async(node) && ast.kind(node) != Kind::FunctionDef)
            || streams(facts, node)
    });
    (!awaits).then(|| Note {
        rule: NAME,
        node: name,
        severity: Severity::Info,
        applicability: Applicability::Manual,
        message: format!("`{}` is async and awaits nothing", view.name),
        help: Some(
            "it runs on the event loop from start to end and gains nothing; `def` would do"
                .to_owned(),
        ),
        docs_url: Some(docs_url(options.target_version, topics::ASYNC)),
    })
}

/// True for a response that streams: Django awaits what it is given.
fn streams(facts: &FileFacts, node: NodeId) -> bool {
    let ast = facts.ast();
    ast.kind(node) == Kind::Call
        && ast
            .child(node, Field::Function)
            .is_some_and(|function| facts.source(function).ends_with("StreamingHttpResponse"))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    fn is_found(text: &str) -> bool {
        let report = report_with(text, &Options::for_paste());
        report
            .findings
            .iter()
            .any(|finding| finding.rule == super::NAME)
    }

    #[test]
    fn what_is_streamed_is_awaited_by_django() {
        assert!(!is_found(
            "async def _rows():\n    async for product in Product.objects.all():\n        yield product.name\n\nasync def view(request):\n    return StreamingHttpResponse(_rows())\n"
        ));
    }

    #[test]
    fn views_that_await_nothing() {
        assert!(is_found(
            "async def view(request):\n    return HttpResponse()\n"
        ));
    }

    #[test]
    fn views_that_await_or_will_and_helpers_are_right() {
        assert!(!is_found(
            "async def view(request):\n    return HttpResponse(await load())\n"
        ));
        assert!(!is_found(
            "async def view(request):\n    async for b in Book.objects.all():\n        print(b.pk)\n    return HttpResponse()\n"
        ));
        assert!(!is_found(
            "async def view(request):\n    return HttpResponse(Book.objects.count())\n"
        ));
        assert!(!is_found("async def load(pk):\n    return pk\n"));
        assert!(!is_found("def view(request):\n    return HttpResponse()\n"));
    }
}
