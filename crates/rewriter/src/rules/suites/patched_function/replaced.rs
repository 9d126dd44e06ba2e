//! Patches of what a module called, and calls another function for now: `cache.get`, whose place `cache.aget` took.

use unblocked_analyzer::{Analysis, FileFacts, Symbol};
use unblocked_django::docs_url;
use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use super::{DOCS, NAME};
use crate::options::Options;
use crate::report::{Applicability, FileReport, Finding, FindingState, Severity};

/// Adds the findings to the reports.
pub(crate) fn check(analysis: &Analysis<'_>, options: &Options, files: &mut [FileReport]) {
    for facts in analysis.world.files {
        if !facts.text().contains("patch") {
            continue;
        }
        let found: Vec<Finding> = patched(facts)
            .filter_map(|string| {
                let (module, name) = replaced(analysis, files, facts.source(string))?;
                Some(finding(facts, string, &module, &name, options))
            })
            .collect();
        if let Some(file) = files.iter_mut().find(|file| file.path == facts.path)
            && !found.is_empty()
        {
            file.findings.extend(found);
            file.findings
                .small_sort_by_key(|finding| (finding.before.start, finding.before.end));
        }
    }
}

/// The contents of strings that name what is patched.
fn patched(facts: &FileFacts) -> impl Iterator<Item = NodeId> + '_ {
    let ast = facts.ast();
    ast.ids()
        .filter(move |&node| ast.kind(node) == Kind::StringContent)
        .filter(move |&content| {
            let call = ast.ancestors(content).nth(2);
            let called = call.and_then(|call| ast.child(call, Field::Function));
            called.is_some_and(|called| {
                let called = facts.source(called);
                called.ends_with("patch") || called.ends_with("monkeypatch.setattr")
            })
        })
}

/// The module and the name in it, of a path to what the module does not call any more.
fn replaced(analysis: &Analysis<'_>, files: &[FileReport], path: &str) -> Option<(String, String)> {
    let world = &analysis.world;
    let mut module = path;
    let (facts, name) = loop {
        module = module.rsplit_once('.')?.0;
        if let Symbol::Module(file) = world.resolve(module, false) {
            break (world.file(file)?, path.get(module.len() + 1..)?);
        }
    };
    let first = name.split('.').next()?;
    let is_of_project = matches!(
        world.resolve(&format!("{module}.{first}"), false),
        Symbol::Function(_) | Symbol::Class(_) | Symbol::Module(_) | Symbol::Missing(_)
    );
    // Of these there are findings of their own.
    if is_of_project || first == "requests" {
        return None;
    }
    let report = files.iter().find(|file| file.path == facts.path)?;
    let is_called = |text: &str| {
        let mut found = text.match_indices(name);
        found.any(|(start, _)| {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
            let before = text.get(..start).and_then(|text| text.chars().next_back());
            let after = text
                .get(start + name.len()..)
                .and_then(|text| text.chars().next());
            let is_whole = !before.is_some_and(is_part) && !after.is_some_and(is_part);
            is_whole && (after == Some('(') || before == Some('('))
        })
    };
    (is_called(facts.text()) && !is_called(&report.after))
        .then(|| (module.to_owned(), name.to_owned()))
}

fn finding(
    facts: &FileFacts,
    node: NodeId,
    module: &str,
    name: &str,
    options: &Options,
) -> Finding {
    let function = facts
        .function_around(node)
        .and_then(|index| facts.functions.get(index))
        .map(|function| function.qualname.clone());
    Finding {
        rule: NAME.to_owned(),
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        state: FindingState::Open,
        message: format!(
            "`{module}.{name}` is patched, and `{module}` calls its async form in its place now: the patch does nothing to that"
        ),
        help: Some(
            "patch what is called now: `mock.patch` makes an `AsyncMock` of a coroutine function"
                .to_owned(),
        ),
        before: facts.ast().span(node).into(),
        after: None,
        function,
        docs_url: Some(docs_url(options.target_version, DOCS)),
        fingerprint: String::new(),
        can_be_rejected: false,
        decision: None,
        decided_by: None,
        chain: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const VIEWS: &str = "from django.core.cache import cache\nfrom django.core.mail import send_mail\nfrom django.http import HttpResponse\nfrom django.shortcuts import get_object_or_404\nfrom shop.models import Product\n\ndef view(request):\n    product = get_object_or_404(Product, pk=1)\n    send_mail('a', 'b', 'c', ['d'])\n    return HttpResponse(cache.get('a'))\n";

    /// What is said of a patch.
    fn said(path: &str) -> Vec<String> {
        let mut workspace = Workspace::new();
        workspace.set_file(
            "shop/models.py",
            "from django.db import models\n\nclass Product(models.Model):\n    pass\n",
        );
        workspace.set_file("shop/views.py", VIEWS);
        workspace.set_file(
            "shop/tests.py",
            &format!("from unittest.mock import patch\n\ndef test_view(client):\n    with patch('{path}', return_value=1):\n        client.get('/')\n"),
        );
        let files = migrate(&workspace, &Options::default()).files;
        let findings = files.into_iter().flat_map(|file| file.findings);
        findings
            .filter(|finding| finding.rule == super::NAME)
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn patches_of_what_has_an_async_form() {
        for path in ["shop.views.get_object_or_404", "shop.views.cache.get"] {
            let said = said(path);
            assert!(said.len() == 1 && said[0].contains(path), "{said:?}");
        }
    }

    #[test]
    fn patches_of_what_is_still_called() {
        for path in [
            "shop.views.send_mail",
            "shop.views.HttpResponse",
            "shop.views.cache.set",
            "shop.views.cache",
            "django.core.cache.cache.get",
            "shop.views.Product",
            "a",
            "",
        ] {
            assert_eq!(said(path), Vec::<String>::new(), "{path}");
        }
    }
}
