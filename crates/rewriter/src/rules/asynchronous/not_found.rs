//! # async/not-found
//!
//! `aget()` in a view that does not handle a missing row.
//!
//! `get_object_or_404` answers 404; `aget()` raises `DoesNotExist`, which Django answers with 500. Views that were moved by hand from
//! one to the other have lost their 404s. `aget_object_or_404` (since Django 5.0) keeps them; below, `await
//! sync_to_async(get_object_or_404)(…)`. Whether the row can be missing is not known, so it is told and not changed.
//!
//! Manual: for information.
//!
//! ```python before
//! async def show(request, pk):
//!     product = await Product.objects.aget(pk=1)
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! async def show(request, pk):
//!     product = await Product.objects.aget(pk=1)
//!     return HttpResponse(product.name)
//! ```

use unblocked_analyzer::{FileAnalysis, FileFacts, Function, Site, Type};
use unblocked_django::{DjangoVersion, docs_url, topics};
use unblocked_syntax::view::{Attribute, Call};
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Draft, Note, Outcome};
use crate::options::Options;
use crate::report::{Applicability, Severity};

const NAME: &str = "async/not-found";

/// The view as a whole tells; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The findings of an async view.
pub(super) fn notes(
    facts: &FileFacts,
    types: &FileAnalysis,
    view: &Function,
    options: &Options,
) -> Vec<Note> {
    let ast = facts.ast();
    let is_unhandled = |&node: &NodeId| {
        let Some(Attribute { object, name }) =
            Call::cast(ast, node).and_then(|call| Attribute::cast(ast, call.function))
        else {
            return false;
        };
        facts.source(name) == "aget"
            && matches!(types.type_of(object), Type::Manager(_) | Type::QuerySet(_))
            && !is_handled(facts, view.body, node)
    };
    let help = if options.target_version >= DjangoVersion::new(5, 0) {
        "where the row may be missing, `await aget_object_or_404(…)` answers 404"
    } else {
        "where the row may be missing, `await sync_to_async(get_object_or_404)(…)` answers 404"
    };
    ast.subtree(view.body)
        .filter(is_unhandled)
        .map(|node| Note {
            rule: NAME,
            node,
            severity: Severity::Info,
            applicability: Applicability::Manual,
            message:
                "`aget()` raises `DoesNotExist` for a missing row, which becomes a 500 and no 404"
                    .to_owned(),
            help: Some(help.to_owned()),
            docs_url: Some(docs_url(options.target_version, topics::SHORTCUTS)),
        })
        .collect()
}

/// True in the body of a `try` that catches `DoesNotExist`, or everything.
fn is_handled(facts: &FileFacts, body: NodeId, node: NodeId) -> bool {
    let ast = facts.ast();
    ast.ancestors(node)
        .take_while(|&up| up != body)
        .filter(|&up| ast.kind(up) == Kind::Try)
        .flat_map(|statement| ast.children(statement))
        .filter(|&clause| ast.kind(clause) == Kind::Except)
        .any(|clause| {
            let head = facts.source(clause).split(':').next().unwrap_or_default();
            head.trim() == "except" || head.contains("DoesNotExist") || head.contains("Exception")
        })
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    fn found(body: &str) -> usize {
        let text = format!("async def view(request, pk):\n{body}    return HttpResponse()\n");
        let report = report_with(&text, &Options::for_paste());
        report
            .findings
            .iter()
            .filter(|f| f.rule == super::NAME)
            .count()
    }

    #[test]
    fn unhandled() {
        assert_eq!(
            found("    b = await Book.objects.filter(a=1).aget(pk=pk)\n"),
            1
        );
        assert_eq!(
            found(
                "    try:\n        b = await Book.objects.aget(pk=pk)\n    except ValueError:\n        pass\n"
            ),
            1
        );
    }

    #[test]
    fn handled_or_something_else() {
        assert_eq!(
            found(
                "    try:\n        b = await Book.objects.aget(pk=pk)\n    except Book.DoesNotExist:\n        raise Http404\n"
            ),
            0
        );
        assert_eq!(
            found("    b = await cache.aget('a')\n    c = await client.aget('/')\n"),
            0
        );
        assert_eq!(found("    b = await aget_object_or_404(Book, pk=pk)\n"), 0);
    }
}
