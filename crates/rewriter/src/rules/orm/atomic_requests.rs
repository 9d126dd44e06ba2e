//! # orm/atomic-requests
//!
//! Where the settings run every view in a transaction (`ATOMIC_REQUESTS`), views stay synchronous.
//!
//! Django refuses to run an async view in a transaction: each request fails with `RuntimeError: You cannot use ATOMIC_REQUESTS
//! with async views.` A view under `@transaction.non_atomic_requests` is not concerned, and can be converted: put the decorator
//! on the views that are to become async, and `transaction.atomic` around what has to happen as a whole. Settings are
//! looked for in the files at hand. An async view without the decorator is reported.
//!
//! ```python before
//! from django.db import transaction
//!
//! DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": True}}
//!
//!
//! def count(request):
//!     return HttpResponse(Product.objects.count())
//!
//!
//! @transaction.non_atomic_requests
//! def tags(request):
//!     return HttpResponse(Tag.objects.count())
//! ```
//! ```python after
//! from django.db import transaction
//!
//! DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": True}}
//!
//!
//! def count(request):
//!     return HttpResponse(Product.objects.count())
//!
//!
//! @transaction.non_atomic_requests
//! async def tags(request):
//!     return HttpResponse(await Tag.objects.acount())
//! ```

use unblocked_analyzer::{Analysis, FunctionRef, Site, Type};
use unblocked_django::{canonical, docs_url, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Note, Outcome};
use crate::options::Options;
use crate::report::{Applicability, Severity};

/// The planner asks; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The settings file whose `ATOMIC_REQUESTS` concerns a view.
pub(crate) fn concerns<'w>(analysis: &Analysis<'w>, view: FunctionRef) -> Option<&'w str> {
    let settings = analysis.world.atomic_requests()?;
    let facts = analysis.world.file(view.file)?;
    let types = analysis.files.get(view.file)?;
    let ast = facts.ast();
    let is_exempt = facts
        .functions
        .get(view.index)?
        .decorators
        .iter()
        .any(|&decorator| {
            let head = match ast.kind(decorator) {
                Kind::Call => ast.child(decorator, Field::Function).unwrap_or(decorator),
                _ => decorator,
            };
            matches!(types.type_of(head), Type::Path(path)
                if canonical(path) == "django.db.transaction.non_atomic_requests")
        });
    (!is_exempt).then_some(settings)
}

/// Why a view stays as it is.
pub(crate) fn reason(settings: &str) -> String {
    format!(
        "`ATOMIC_REQUESTS` in {settings} runs it in a transaction, which Django refuses for async views (`@transaction.non_atomic_requests` exempts one)"
    )
}

/// The finding of an async view that Django refuses to run.
pub(crate) fn refused(name: NodeId, view: &str, settings: &str, options: &Options) -> Note {
    Note {
        rule: "orm/atomic-requests",
        node: name,
        severity: Severity::Error,
        applicability: Applicability::Manual,
        message: format!(
            "`{view}` is async and `ATOMIC_REQUESTS` is on in {settings}: each request fails with `RuntimeError: You cannot use ATOMIC_REQUESTS with async views.`"
        ),
        help: Some(
            "decorate it with `@transaction.non_atomic_requests`, and put `transaction.atomic` around what has to happen as a whole"
                .to_owned(),
        ),
        docs_url: Some(docs_url(options.target_version, topics::TRANSACTIONS)),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, report_with};
    use crate::{Options, Severity};

    const VIEW: &str = "def view(request):\n    return HttpResponse(Product.objects.count())\n";
    const ASYNC: &str =
        "async def view(request):\n    return HttpResponse(await Product.objects.acount())\n";

    #[test]
    fn every_way_to_say_it_keeps_views_synchronous() {
        for settings in [
            "DATABASES = {'default': {'ATOMIC_REQUESTS': True}}",
            "DATABASES = {'default': dict(ATOMIC_REQUESTS=True)}",
            "DATABASES = {}\nDATABASES['default']['ATOMIC_REQUESTS'] = env.bool('ATOMIC', True)",
        ] {
            check_unchanged(&format!("{settings}\n\n{VIEW}"));
        }
        let report = report_with(
            &format!("DATABASES = {{'default': {{'ATOMIC_REQUESTS': True}}}}\n\n{VIEW}"),
            &Options::for_paste(),
        );
        assert!(report.functions[0].reason.contains("ATOMIC_REQUESTS"));
    }

    #[test]
    fn what_does_not_say_it_changes_nothing() {
        for settings in [
            "DATABASES = {'default': {'ATOMIC_REQUESTS': False}}",
            "DEFAULTS = {'ATOMIC_REQUESTS': True}",
            "class Test:\n    DATABASES = {'default': {'ATOMIC_REQUESTS': True}}",
            "def settings():\n    DATABASES = {'default': {'ATOMIC_REQUESTS': True}}",
            "DATABASES = {'default': {'NAME': 'ATOMIC_REQUESTS'}}",
        ] {
            check(
                &format!("{settings}\n\n{VIEW}"),
                &format!("{settings}\n\n{ASYNC}"),
            );
        }
    }

    #[test]
    fn async_views_are_reported_unless_they_are_exempt() {
        let settings = "DATABASES = {'default': {'ATOMIC_REQUESTS': True}}\n\n";
        let findings = |text: &str| {
            report_with(text, &Options::for_paste())
                .findings
                .into_iter()
                .filter(|finding| finding.rule == "orm/atomic-requests")
                .collect::<Vec<_>>()
        };
        let found = findings(&format!("{settings}{ASYNC}"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Error);
        assert!(
            findings(&format!(
                "from django.db.transaction import non_atomic_requests\n\n{settings}@non_atomic_requests\n{ASYNC}"
            ))
            .is_empty()
        );
        assert!(findings(ASYNC).is_empty());
    }
}
