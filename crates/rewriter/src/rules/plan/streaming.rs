//! # plan/streaming
//!
//! A response that streams from a synchronous iterator does not stream under ASGI.
//!
//! Django reads such an iterator to its end, in a thread and into memory, before it sends the first part, and says
//! `StreamingHttpResponse must consume synchronous iterators in order to serve them asynchronously`. What an async
//! generator gives is sent part by part, from 4.2 on; under WSGI it is the other way round. A `FileResponse` reads its file in
//! the same way. The answer is right in each case; what a large one costs is memory and time.
//!
//! Found in functions that are async, or become so, where [`plan/async-generator`] can't make the generator async. A finding to act on
//! by hand; nothing is changed.
//!
//! ```python before
//! from django.http import StreamingHttpResponse
//!
//!
//! def lines(count):
//!     try:
//!         for number in range(count):
//!             yield f"{number}\n"
//!     finally:
//!         print("sent")
//!
//!
//! def export(request):
//!     return StreamingHttpResponse(lines(Product.objects.count()))
//! ```
//! ```python after
//! from django.http import StreamingHttpResponse
//!
//!
//! def lines(count):
//!     try:
//!         for number in range(count):
//!             yield f"{number}\n"
//!     finally:
//!         print("sent")
//!
//!
//! async def export(request):
//!     return StreamingHttpResponse(lines(await Product.objects.acount()))
//! ```

use unblocked_analyzer::{FunctionRef, Site, Type};
use unblocked_django::{canonical, docs_url};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Color, Colors, Draft, Note, Outcome};
use crate::plan::Planner;
use crate::report::{Applicability, Severity};

const NAME: &str = "plan/streaming";

/// No site is this rule's: functions are looked at as they are written.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The findings of a function that is async after the migration.
pub(crate) fn find(planner: &Planner<'_>, function: FunctionRef, colors: &Colors) -> Vec<Note> {
    let (Some(facts), Some(types)) = (
        planner.analysis.world.file(function.file),
        planner.analysis.files.get(function.file),
    ) else {
        return Vec::new();
    };
    let Some(definition) = facts.functions.get(function.index) else {
        return Vec::new();
    };
    let ast = facts.ast();
    let response = |call: NodeId| -> Option<Note> {
        let callee = ast.child(call, Field::Function)?;
        let Type::Path(path) = types.type_of(callee) else {
            return None;
        };
        let name = canonical(path).rsplit('.').next()?;
        let content = ast
            .children(ast.child(call, Field::Arguments)?)
            .map(|argument| match ast.kind(argument) {
                Kind::KeywordArgument => ast.child(argument, Field::Value).unwrap_or(argument),
                _ => argument,
            })
            .next()?;
        let is_sync = |content: NodeId| {
            let made = ast.child(content, Field::Function)?;
            let [generator] = types.type_of(made).callees()? else {
                return None;
            };
            let becomes_async =
                matches!(colors.get(generator), Some(Color::Convert | Color::Twin(_)));
            let generator = planner.analysis.world.function(*generator)?;
            Some(generator.is_generator && !generator.is_async && !becomes_async)
        };
        let (severity, what, help) = match canonical(path) {
            "django.http.StreamingHttpResponse" if is_sync(content) == Some(true) => (
                Severity::Warning,
                "is given a synchronous generator",
                "an async generator (`async def` with `yield`) is sent part by part",
            ),
            "django.http.FileResponse" => (
                Severity::Info,
                "reads its file synchronously",
                "let the web server send large files (`X-Accel-Redirect`, `X-Sendfile`), or give `StreamingHttpResponse` an async generator of parts",
            ),
            _ => return None,
        };
        Some(Note {
            rule: NAME,
            node: call,
            severity,
            applicability: Applicability::Manual,
            message: format!(
                "`{name}` {what}: under ASGI, Django reads all of it into memory, in a thread, before it sends the first part"
            ),
            help: Some(help.to_owned()),
            docs_url: Some(docs_url(
                planner.options.target_version,
                "ref/request-response/#streaminghttpresponse-objects",
            )),
        })
    };
    ast.subtree(definition.body)
        .filter(|&node| ast.kind(node) == Kind::Call && facts.owner(node) == Some(function.index))
        .filter_map(response)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::report::Severity;
    use crate::rules::testing::report_with;

    fn found(text: &str) -> Vec<Severity> {
        let text = format!("from django.http import FileResponse, StreamingHttpResponse\n\n{text}");
        report_with(&text, &Options::for_paste())
            .findings
            .into_iter()
            .filter(|finding| finding.rule == super::NAME)
            .map(|finding| finding.severity)
            .collect()
    }

    #[test]
    fn synchronous_generators_and_files() {
        assert_eq!(
            found(
                "def rows():\n    with opened():\n        yield 'a'\n\ndef view(request):\n    Product.objects.count()\n    return StreamingHttpResponse(rows())\n"
            ),
            [Severity::Warning]
        );
        assert_eq!(
            found(
                "def view(request):\n    paper = Paper.objects.get(pk=1)\n    return FileResponse(paper.scan)\n"
            ),
            [Severity::Info]
        );
    }

    #[test]
    fn what_streams_or_is_not_known_or_stays_synchronous() {
        for text in [
            "async def rows():\n    yield 'a'\n\nasync def view(request):\n    return StreamingHttpResponse(rows())\n",
            "def view(request):\n    Product.objects.count()\n    return StreamingHttpResponse(lines)\n",
            "def rows():\n    return ['a']\n\ndef view(request):\n    Product.objects.count()\n    return StreamingHttpResponse(rows())\n",
            "def rows():\n    with opened():\n        yield 'a'\n\ndef view(request):\n    return StreamingHttpResponse(rows())\n",
            "def rows():\n    yield 'a'\n\ndef view(request):\n    Product.objects.count()\n    return StreamingHttpResponse(rows())\n",
            "def rows():\n    yield 'a'\n\ndef view(request):\n    Product.objects.count()\n    return printer.FileResponse(rows())\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
