//! # async/atomic
//!
//! `@transaction.atomic` on an `async def`, and `async with transaction.atomic()`.
//!
//! The decorator is synchronous in every version up to Django 6.1: it opens and commits a transaction around the *making* of the
//! coroutine, and what it returns is no coroutine function. As a view it fails with `ValueError: … It returned an unawaited coroutine
//! instead`, and awaited in async code with `SynchronousOnlyOperation`. The queries belong in one synchronous function with
//! `transaction.atomic` around it, called through `sync_to_async`. `async with transaction.atomic()` fails with `TypeError: 'Atomic' object
//! does not support the asynchronous context manager protocol`.
//!
//! Manual.
//!
//! ```python before
//! from django.db import transaction
//!
//!
//! @transaction.atomic
//! async def store(product):
//!     await product.asave()
//!
//!
//! async def show(request):
//!     return HttpResponse(await Product.objects.acount())
//! ```
//! ```python after
//! from django.db import transaction
//!
//!
//! @transaction.atomic
//! async def store(product):
//!     await product.asave()
//!
//!
//! async def show(request):
//!     return HttpResponse(await Product.objects.acount())
//! ```

use unblocked_analyzer::{FileAnalysis, FileFacts, Function, Site, SiteKind, SyncOnly, Type};
use unblocked_django::{canonical, docs_url, topics};
use unblocked_syntax::{Field, Kind};

use crate::draft::{Draft, Note, Outcome};
use crate::options::Options;
use crate::report::{Applicability, Severity};

const NAME: &str = "async/atomic";
const ATOMIC: &str = "django.db.transaction.atomic";

const HELP: &str = "put the queries into a synchronous function under `transaction.atomic`, and call that through `sync_to_async`";

/// `async with transaction.atomic()`; of decorators the function as a whole tells.
pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let ast = draft.ast();
    let statement = match &site.kind {
        SiteKind::SyncOnly {
            what: SyncOnly::Transaction,
        } => site.node,
        SiteKind::Function { path } if canonical(path) == ATOMIC => ast.statement(site.node)?,
        _ => return None,
    };
    if ast.kind(statement) != Kind::With || !ast.is_async(statement) {
        return None;
    }
    if site.node == statement {
        draft.note(Note {
            rule: NAME,
            node: statement,
            severity: Severity::Error,
            applicability: Applicability::Manual,
            message: "`async with transaction.atomic()` raises `TypeError: 'Atomic' object does not support the asynchronous context manager protocol`".to_owned(),
            help: Some(HELP.to_owned()),
            docs_url: Some(docs_url(draft.target(), topics::TRANSACTIONS)),
        });
    }
    Some(Ok(()))
}

/// The finding of an async function.
pub(super) fn note(
    facts: &FileFacts,
    types: &FileAnalysis,
    function: &Function,
    options: &Options,
) -> Option<Note> {
    let ast = facts.ast();
    let decorator = function.decorators.iter().copied().find(|&decorator| {
        let head = match ast.kind(decorator) {
            Kind::Call => ast.child(decorator, Field::Function).unwrap_or(decorator),
            _ => decorator,
        };
        matches!(types.type_of(head), Type::Path(path)
            if canonical(path) == ATOMIC)
    })?;
    Some(Note {
        rule: NAME,
        node: decorator,
        severity: Severity::Error,
        applicability: Applicability::Manual,
        message: format!(
            "`transaction.atomic` around `async def {}` opens a transaction for the making of the coroutine alone, and what it gives is no coroutine function",
            function.name
        ),
        help: Some(HELP.to_owned()),
        docs_url: Some(docs_url(options.target_version, topics::TRANSACTIONS)),
    })
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    fn found(decorator: &str, function: &str) -> usize {
        let text = format!(
            "from django.db import transaction\n\n{decorator}\n{function} view(request):\n    return HttpResponse()\n"
        );
        let report = report_with(&text, &Options::for_paste());
        report
            .findings
            .iter()
            .filter(|f| f.rule == super::NAME)
            .count()
    }

    #[test]
    fn with_and_without_arguments() {
        assert_eq!(found("@transaction.atomic", "async def"), 1);
        assert_eq!(found("@transaction.atomic(using='b')", "async def"), 1);
    }

    #[test]
    fn synchronous_functions_and_other_decorators_are_right() {
        assert_eq!(found("@transaction.atomic", "def"), 0);
        assert_eq!(found("@transaction.non_atomic_requests", "async def"), 0);
        assert_eq!(found("@shop.atomic", "async def"), 0);
    }

    #[test]
    fn as_an_asynchronous_context_manager() {
        let text = "from django.db import transaction\n\nasync def view(request):\n    async with transaction.atomic():\n        await Tag.objects.acreate()\n    return HttpResponse()\n";
        let findings = report_with(text, &Options::for_paste()).findings;
        let [only] = &*findings else {
            panic!("{findings:?}")
        };
        assert_eq!(only.rule, super::NAME);
        assert!(
            only.message
                .contains("asynchronous context manager protocol")
        );
    }
}
