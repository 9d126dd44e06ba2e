//! # tests/patched-request
//!
//! A test that stands in for `requests`, where the code under test no longer uses it.
//!
//! `mock.patch("shop.views.requests.get")` goes on working as a patch, and does nothing: the view asks through another client, so that
//! the test reaches the network, or passes for a wrong reason. `responses` and `requests_mock` know `requests` alone. Patch what
//! is called now with an `AsyncMock`, or use `aioresponses` (aiohttp; from its 3.14 on `aioresponses-ng`, which is the same module) or
//! `respx` (httpx). With `--http-client requests` the test stays as it is. Tests that use Django's client need no other change: it drives async views.
//!
//! Manual.
//!
//! ```python before
//! import requests
//!
//!
//! def show(request):
//!     return JsonResponse(requests.get("https://api.example.com/item").json())
//!
//!
//! def check(client, mocker):
//!     mocker.patch("views.requests.get")
//!     client.get("/show/")
//! ```
//! ```python after
//! import aiohttp
//! import requests
//!
//!
//! async def show(request):
//!     async with aiohttp.ClientSession() as session:
//!         async with session.get("https://api.example.com/item") as response:
//!             return JsonResponse(await response.json(content_type=None))
//!
//!
//! def check(client, mocker):
//!     mocker.patch("views.requests.get")
//!     client.get("/show/")
//! ```

use unblocked_analyzer::{Analysis, FileFacts, Site};
use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use crate::draft::{Draft, Outcome};
use crate::options::{HttpClient, Options};
use crate::report::{Applicability, FileReport, Finding, FindingState, Severity};
use crate::suites::is_suite;

const NAME: &str = "tests/patched-request";

/// Libraries that answer in place of services, for `requests` alone.
const STAND_INS: &[&str] = &["requests_mock", "responses"];

/// The files as a whole tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Adds the findings to the reports.
pub(crate) fn check(analysis: &Analysis<'_>, options: &Options, files: &mut [FileReport]) {
    let changed: Vec<&str> = analysis
        .world
        .files
        .iter()
        .filter(|facts| {
            files
                .iter()
                .any(|file| file.path == facts.path && uses_another_client(file))
        })
        .map(|facts| facts.module.as_str())
        .collect();
    if changed.is_empty() {
        return;
    }
    for facts in analysis.world.files {
        let mut found = patched(facts, &changed, options);
        if is_suite(&facts.path) {
            found.extend(stand_ins(facts, options));
        }
        if let Some(file) = files.iter_mut().find(|file| file.path == facts.path)
            && !found.is_empty()
        {
            file.findings.extend(found);
            file.findings
                .small_sort_by_key(|finding| (finding.before.start, finding.before.end));
        }
    }
}

fn uses_another_client(file: &FileReport) -> bool {
    file.findings.iter().any(|finding| {
        finding.state == FindingState::Applied
            && matches!(&*finding.rule, "http/aiohttp" | "http/httpx")
    })
}

/// What patches `requests` in a module that does not use it any more.
fn patched(facts: &FileFacts, changed: &[&str], options: &Options) -> Vec<Finding> {
    if !facts.text().contains("patch") {
        return Vec::new();
    }
    let ast = facts.ast();
    ast.ids()
        .filter(|&node| ast.kind(node) == Kind::StringContent)
        .filter_map(|content| {
            let path = facts.source(content);
            let module = changed.iter().find(|module| {
                path.strip_prefix(**module)
                    .and_then(|rest| rest.strip_prefix(".requests"))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })?;
            let string = ast.parent(content)?;
            let call = ast.ancestors(string).nth(1)?;
            let function = ast.child(call, Field::Function)?;
            facts.source(function).ends_with("patch").then(|| {
                let message = format!("`{path}` is patched, and `{module}` asks other services through another client now: the patch does nothing");
                finding(facts, string, message, options)
            })
        })
        .collect()
}

/// Imports of what stands in for services, for `requests` alone.
fn stand_ins(facts: &FileFacts, options: &Options) -> Vec<Finding> {
    let imports = facts.imports.iter().filter(|import| {
        let module = import.path.split('.').next().unwrap_or_default();
        STAND_INS.contains(&module) && !import.is_relative
    });
    imports
        .map(|import| {
            let module = import.path.split('.').next().unwrap_or_default();
            let message = format!(
                "`{module}` answers for `requests` alone, and views ask through another client now"
            );
            finding(facts, import.node, message, options)
        })
        .collect()
}

fn finding(facts: &FileFacts, node: NodeId, message: String, options: &Options) -> Finding {
    let (called, library, docs) = match options.http_client {
        HttpClient::Httpx => (
            "httpx.AsyncClient.get",
            Some("`respx`"),
            "https://lundberg.github.io/respx/",
        ),
        // respx patches httpcore, which httpx2 does not use.
        HttpClient::Httpx2 => (
            "httpx2.AsyncClient.get",
            None,
            "https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock",
        ),
        _ => (
            "aiohttp.ClientSession.get",
            Some(
                "`aioresponses` (its releases up to 0.7.9 fail with aiohttp 3.14 and later; `aioresponses-ng` is the same module and does not)",
            ),
            "https://github.com/pnuckowski/aioresponses",
        ),
    };
    let patch = format!("patch what is called now (`{called}`) with an `AsyncMock`");
    let instead = match library {
        Some(library) => format!("answer in its place with {library}, or {patch}"),
        None => patch,
    };
    let function = facts
        .function_around(node)
        .and_then(|index| facts.functions.get(index))
        .map(|function| function.qualname.clone());
    Finding {
        rule: NAME.to_owned(),
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        state: FindingState::Open,
        message,
        help: Some(format!(
            "{instead}; `--http-client requests` keeps the test as it is"
        )),
        before: facts.ast().span(node).into(),
        after: None,
        function,
        docs_url: Some(docs.to_owned()),
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

    use crate::{HttpClient, Options, migrate};

    const VIEWS: &str = "import requests\n\ndef view(request):\n    return HttpResponse(requests.get('https://example.com/').text)\n";

    /// The findings in a suite beside a view that asks a service.
    fn found(suite: &str, options: &Options) -> Vec<String> {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", VIEWS);
        workspace.set_file("shop/tests.py", suite);
        let report = migrate(&workspace, options);
        let tests = report
            .files
            .iter()
            .find(|file| file.path == "shop/tests.py");
        let tests = tests.expect("the suite is reported");
        assert_eq!(
            tests.after, suite,
            "tests that use the client stay as they are"
        );
        let ours = tests.findings.iter().filter(|f| f.rule == super::NAME);
        ours.map(|finding| finding.message.clone()).collect()
    }

    const PATCH: &str = "from unittest import mock\n\nfrom django.test import TestCase\n\nclass Tests(TestCase):\n    @mock.patch('shop.views.requests.get')\n    def test_view(self, get):\n        self.assertEqual(self.client.get('/').status_code, 200)\n";

    #[test]
    fn patches_and_stand_ins() {
        assert_eq!(found(PATCH, &Options::default()).len(), 1);
        let library = "import responses\n\n@responses.activate\ndef test_view(client):\n    client.get('/')\n";
        assert_eq!(found(library, &Options::default()).len(), 1);
    }

    #[test]
    fn findings_name_the_test_and_what_works_with_the_client() {
        let advice = |http_client| {
            let mut workspace = Workspace::new();
            workspace.set_file("shop/views.py", VIEWS);
            workspace.set_file("shop/tests.py", PATCH);
            let options = Options {
                http_client,
                ..Options::default()
            };
            let findings = migrate(&workspace, &options).files.into_iter();
            let mut ours = findings
                .flat_map(|file| file.findings)
                .filter(|finding| finding.rule == super::NAME);
            let only = ours.next().expect("a finding");
            assert_eq!(only.function.as_deref(), Some("Tests.test_view"));
            only.help.unwrap_or_default()
        };
        assert!(advice(HttpClient::Aiohttp).contains("aioresponses-ng"));
        assert!(advice(HttpClient::Httpx).contains("respx"));
        let httpx2 = advice(HttpClient::Httpx2);
        assert!(!httpx2.contains("respx"), "{httpx2}");
        assert!(httpx2.contains("httpx2.AsyncClient.get"), "{httpx2}");
    }

    #[test]
    fn what_goes_on_working_is_not_told_of() {
        let keep = Options {
            http_client: HttpClient::Requests,
            ..Options::default()
        };
        assert!(found(PATCH, &keep).is_empty());
        for suite in [
            PATCH.replace("shop.views.requests.get", "shop.models.requests.get"),
            PATCH.replace("shop.views.requests.get", "shop.views.render"),
            "from django.test import TestCase\n\nclass Tests(TestCase):\n    def test_view(self):\n        self.client.get('/')\n".to_owned(),
        ] {
            assert!(found(&suite, &Options::default()).is_empty(), "{suite}");
        }
    }
}
