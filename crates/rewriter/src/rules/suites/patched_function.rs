//! # tests/patched-function
//!
//! A test that patches a function which async code no longer calls, or awaits now.
//!
//! A helper that synchronous code needs too gets an async twin, and views call that: a patch of the helper does nothing to
//! them. A helper that became a coroutine function is awaited: `mock.patch` makes an `AsyncMock` of it by itself, but what a test
//! puts in its place has to be awaitable as well.
//!
//! Manual.
//!
//! ```python before
//! from unittest import mock
//!
//!
//! def stock(pk):
//!     return Product.objects.get(pk=pk).stock
//!
//!
//! def show(request, pk):
//!     return HttpResponse(stock(pk))
//!
//!
//! def check(client):
//!     with mock.patch("views.stock", return_value=3):
//!         return client.get("/show/1/")
//! ```
//! ```python after
//! from unittest import mock
//!
//!
//! def stock(pk):
//!     return Product.objects.get(pk=pk).stock
//!
//!
//! async def astock(pk):
//!     return (await Product.objects.aget(pk=pk)).stock
//!
//!
//! async def show(request, pk):
//!     return HttpResponse(await astock(pk))
//!
//!
//! def check(client):
//!     with mock.patch("views.stock", return_value=3):
//!         return client.get("/show/1/")
//! ```

use unblocked_analyzer::{Analysis, FileFacts, FunctionRef, Site, Symbol};
use unblocked_django::docs_url;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Outcome};
use crate::options::Options;
use crate::report::{Applicability, Decision, FileReport, Finding, FindingState, Severity};

const NAME: &str = "tests/patched-function";

/// The files as a whole tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Adds the findings to the reports.
pub(crate) fn check(analysis: &Analysis<'_>, options: &Options, files: &mut [FileReport]) {
    for facts in analysis.world.files {
        if !facts.text().contains("patch(") {
            continue;
        }
        let ast = facts.ast();
        let found: Vec<Finding> = ast
            .ids()
            .filter(|&node| ast.kind(node) == Kind::StringContent)
            .filter_map(|content| patched(analysis, options, files, facts, content))
            .collect();
        if let Some(file) = files.iter_mut().find(|file| file.path == facts.path)
            && !found.is_empty()
        {
            file.findings.extend(found);
            file.findings
                .sort_by_key(|finding| (finding.before.start, finding.before.end));
        }
    }
}

fn patched(
    analysis: &Analysis<'_>,
    options: &Options,
    files: &[FileReport],
    facts: &FileFacts,
    content: NodeId,
) -> Option<Finding> {
    let ast = facts.ast();
    let string = ast.parent(content)?;
    let list = ast.parent(string)?;
    let call = ast.parent(list)?;
    let called = ast.child(call, Field::Function)?;
    if !facts.source(called).ends_with("patch") || ast.first_child(list) != Some(string) {
        return None;
    }
    let path = facts.source(content);
    let Symbol::Function(function) = analysis.world.resolve(path, false) else {
        return None;
    };
    let (message, help) = match became(analysis, files, function)? {
        Decision::Twin => (
            format!(
                "`{path}` is patched, and async code calls its async twin now: the patch does nothing to that"
            ),
            "patch the twin (the same name with an `a` before it) as well: `mock.patch` makes an `AsyncMock` of it",
        ),
        Decision::Convert if has_stand_in(facts, list) => (
            format!(
                "`{path}` is a coroutine function now, and awaited: what is put in its place has to be awaitable"
            ),
            "leave the replacement to `mock.patch`, which makes an `AsyncMock`, or give it an `async def`",
        ),
        _ => return None,
    };
    let owner = facts
        .owner(string)
        .and_then(|index| facts.functions.get(index));
    Some(Finding {
        rule: NAME.to_owned(),
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        state: FindingState::Open,
        message,
        help: Some(help.to_owned()),
        before: ast.span(string).into(),
        after: None,
        function: owner.map(|function| function.qualname.clone()),
        docs_url: Some(docs_url(
            options.target_version,
            "topics/testing/tools/#testing-asynchronous-code",
        )),
        fingerprint: String::new(),
        can_be_rejected: false,
        decision: None,
        decided_by: None,
        chain: Vec::new(),
    })
}

/// What was decided for a function.
fn became(
    analysis: &Analysis<'_>,
    files: &[FileReport],
    function: FunctionRef,
) -> Option<Decision> {
    let facts = analysis.world.file(function.file)?;
    let name = &analysis.world.function(function)?.name;
    files
        .iter()
        .find(|file| file.path == facts.path)?
        .functions
        .iter()
        .find(|reported| reported.name == **name)
        .map(|reported| reported.decision)
}

/// True when a patch names what takes the place.
fn has_stand_in(facts: &FileFacts, arguments: NodeId) -> bool {
    let ast = facts.ast();
    ast.children(arguments)
        .skip(1)
        .any(|argument| match ast.kind(argument) {
            Kind::KeywordArgument => ast
                .child(argument, Field::Name)
                .is_some_and(|name| matches!(facts.source(name), "new" | "new_callable")),
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const MODELS: &str = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
    const VIEWS: &str = "from django.http import HttpResponse\nfrom shop.models import Product\nfrom shop.both import both\n\ndef only():\n    return Product.objects.count()\n\ndef view(request):\n    return HttpResponse(only() + both())\n";
    const BOTH: &str = "from shop.models import Product\n\ndef both():\n    return Product.objects.count()\n\nprint(both())\n";

    fn found(patch: &str) -> Vec<String> {
        let suite = format!(
            "from unittest.mock import Mock, patch\nfrom django.test import TestCase\n\nclass Tests(TestCase):\n    def test_view(self):\n        with {patch}:\n            self.client.get('/')\n"
        );
        let mut workspace = Workspace::new();
        for (path, text) in [
            ("shop/models.py", MODELS),
            ("shop/views.py", VIEWS),
            ("shop/both.py", BOTH),
            ("shop/tests.py", &suite),
        ] {
            workspace.set_file(path, text);
        }
        let files = migrate(&workspace, &Options::default()).files.into_iter();
        files
            .filter(|file| file.path == "shop/tests.py")
            .flat_map(|file| file.findings)
            .filter(|finding| finding.rule == super::NAME)
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn twins_and_replacements_are_told_of() {
        let twin = found("patch('shop.views.both', return_value=1)");
        assert!(twin.len() == 1 && twin[0].contains("twin"), "{twin:?}");
        let replaced = found("patch('shop.views.only', Mock())");
        assert!(
            replaced.len() == 1 && replaced[0].contains("awaitable"),
            "{replaced:?}"
        );
    }

    #[test]
    fn what_goes_on_working_is_not() {
        assert!(found("patch('shop.views.only', return_value=1)").is_empty());
        assert!(found("patch('shop.views.HttpResponse')").is_empty());
        assert!(found("self.settings(DEBUG='shop.views.both')").is_empty());
    }
}
