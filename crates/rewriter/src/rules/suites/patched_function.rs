//! # tests/patched-function
//!
//! A test that patches a function which async code no longer calls, or awaits now.
//!
//! A helper that synchronous code needs too gets an async twin, and views call that: a patch of the helper does nothing to
//! them, and patches the twin instead where no synchronous code calls the helper by that name. A helper that became a coroutine
//! function is awaited: `mock.patch` makes an `AsyncMock` of it by itself, but what a test puts in its place has to be awaitable
//! as well: `Mock(…)` becomes `AsyncMock(…)`, a function its `side_effect`.
//!
//! Safe; where it is not known what is put in its place, or both forms are called, manual.
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
//!     with mock.patch("views.stock", lambda pk: 3):
//!         return client.get("/show/1/")
//! ```
//! ```python after
//! from unittest import mock
//! from unittest.mock import AsyncMock
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
//!     with mock.patch("views.astock", AsyncMock(side_effect=lambda pk: 3)):
//!         return client.get("/show/1/")
//! ```

use unblocked_analyzer::{Evidence, FunctionRef, Site, Symbol, Type};
use unblocked_django::docs_url;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Color, Draft, Note, Outcome};
use crate::report::{Applicability, Severity};
use crate::rewrites::template;

const NAME: &str = "tests/patched-function";
const DOCS: &str = "topics/testing/tools/#testing-asynchronous-code";

/// The plan finds the patches; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// A patch of a function of the project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    /// Which.
    pub(crate) function: FunctionRef,
    /// The file of the module in whose names it is patched; of its class when `None`.
    pub(crate) module: Option<usize>,
    /// The content of the string that names it.
    content: NodeId,
    /// What takes its place.
    stand_in: Option<StandIn>,
}

/// What a test puts in the place of a function.
#[derive(Debug, Clone, Copy)]
enum StandIn {
    Value(NodeId),
    /// What makes it: `new_callable=Mock`.
    Made(NodeId),
}

/// The patches in a file.
pub(crate) fn find(draft: &Draft<'_>) -> Vec<Patch> {
    let text = draft.facts.text();
    if !text.contains("patch") {
        return Vec::new();
    }
    let ast = draft.ast();
    ast.ids()
        .filter(|&node| ast.kind(node) == Kind::Call)
        .filter_map(|call| patch(draft, call))
        .collect()
}

fn patch(draft: &Draft<'_>, call: NodeId) -> Option<Patch> {
    let ast = draft.ast();
    let called = draft.text(ast.child(call, Field::Function)?);
    let arguments = draft.arguments(call);
    let mut plain = arguments
        .iter()
        .filter(|(name, _)| name.is_none())
        .map(|&(_, value)| value);
    let content = |node: NodeId| ast.child_of_kind(node, Kind::StringContent);
    let first = plain.next()?;
    let is_set = called.ends_with("monkeypatch.setattr");
    let (function, module, content) = if called.ends_with("patch")
        || (is_set && content(first).is_some())
    {
        let content = content(first)?;
        let (module, name) = draft.text(content).rsplit_once('.')?;
        match draft.analysis.world.resolve(module, false) {
            Symbol::Module(file) => {
                let Symbol::Function(function) = draft.analysis.world.global(file, name)? else {
                    return None;
                };
                (function, Some(file), content)
            }
            Symbol::Class(class) => (draft.analysis.world.method(class, name)?, None, content),
            _ => return None,
        }
    } else if called.ends_with("patch.object") || is_set {
        let content = content(plain.next()?)?;
        let name = draft.text(content);
        match draft.type_of(first) {
            Type::Module(file) => {
                let Symbol::Function(function) = draft.analysis.world.global(*file, name)? else {
                    return None;
                };
                (function, Some(*file), content)
            }
            Type::Class(class) | Type::Object(class) => {
                (draft.analysis.world.method(*class, name)?, None, content)
            }
            _ => return None,
        }
    } else {
        return None;
    };
    let named = |wanted: &str| {
        let mut named = arguments.iter().filter(|(name, _)| *name == Some(wanted));
        named.next().map(|&(_, value)| value)
    };
    let stand_in = plain
        .next()
        .or_else(|| named(if is_set { "value" } else { "new" }))
        .map(StandIn::Value)
        .or_else(|| named("new_callable").map(StandIn::Made));
    Some(Patch {
        function,
        module,
        content,
        stand_in,
    })
}

/// Patches the twin, which async code calls.
pub(crate) fn rename(draft: &mut Draft<'_>, patch: &Patch, twin: &str) -> Outcome {
    let path = draft.text(patch.content);
    let name = match path.rsplit_once('.') {
        Some((module, _)) => format!("{module}.{twin}"),
        None => twin.to_owned(),
    };
    make_awaitable(draft, patch)?;
    draft.rewrites.replace(patch.content, template![name]);
    draft.changed(
        NAME,
        patch.content,
        Evidence::Proven,
        format!("`{path}` is patched, and async code calls its async twin now"),
        format!("the twin `{twin}` is patched"),
        DOCS,
    );
    Ok(())
}

/// Makes what takes the place of a coroutine function awaitable.
pub(crate) fn stand_in(draft: &mut Draft<'_>, patch: &Patch) -> Outcome {
    if !make_awaitable(draft, patch)? {
        return Ok(());
    }
    let path = draft.text(patch.content);
    draft.changed(
        NAME,
        patch.content,
        Evidence::Proven,
        format!("`{path}` is a coroutine function now, and awaited: what is put in its place has to be awaitable"),
        "`AsyncMock` takes its place",
        DOCS,
    );
    Ok(())
}

/// What is to be done where both forms are called, or where it is not known what takes the place of one.
pub(crate) fn report(draft: &mut Draft<'_>, patch: &Patch, twin: Option<&str>) {
    let path = draft.text(patch.content);
    let (message, help) = match twin {
        Some(twin) => (
            format!(
                "`{path}` is patched, and async code calls its async twin now: the patch does nothing to that"
            ),
            format!(
                "patch the twin (`{twin}`) as well: `mock.patch` makes an `AsyncMock` of it"
            ),
        ),
        None => (
            format!(
                "`{path}` is a coroutine function now, and awaited: what is put in its place has to be awaitable"
            ),
            "leave the replacement to `mock.patch`, which makes an `AsyncMock`, or give it an `async def`"
                .to_owned(),
        ),
    };
    let docs = docs_url(draft.target(), DOCS);
    draft.note(Note {
        rule: NAME,
        node: patch.content,
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        message,
        help: Some(help),
        docs_url: Some(docs),
    });
}

/// Gives true when something had to change.
fn make_awaitable(draft: &mut Draft<'_>, patch: &Patch) -> Result<bool, Cannot> {
    match patch.stand_in {
        None => Ok(false),
        Some(StandIn::Made(class)) => renamed(draft, class),
        Some(StandIn::Value(value)) => awaitable(draft, value),
    }
}

fn awaitable(draft: &mut Draft<'_>, value: NodeId) -> Result<bool, Cannot> {
    let ast = draft.ast();
    let unknown = || Cannot::new("nothing tells what takes its place");
    match (ast.kind(value), draft.type_of(value)) {
        (Kind::Call, _) => {
            let function = ast.child(value, Field::Function).ok_or_else(unknown)?;
            renamed(draft, function)
        }
        (_, Type::Function(function) | Type::Method(function)) => {
            let is_async = draft.colors.get(function) == Some(&Color::Convert)
                || draft
                    .analysis
                    .world
                    .function(*function)
                    .is_some_and(|function| function.is_async);
            if !is_async {
                as_side_effect(draft, value)?;
            }
            Ok(!is_async)
        }
        (Kind::Lambda, _) => {
            as_side_effect(draft, value)?;
            Ok(true)
        }
        (Kind::Identifier, _) => {
            // `fake = Mock(…)`, once in the same function.
            let owner = draft.facts.owner(value);
            let name = draft.text(value);
            let mut made = ast.ids().filter(|&node| {
                ast.kind(node) == Kind::Assignment
                    && draft.facts.owner(node) == owner
                    && ast
                        .child(node, Field::Left)
                        .is_some_and(|left| draft.text(left) == name)
            });
            match (made.next(), made.next()) {
                (Some(only), None) => {
                    let right = ast.child(only, Field::Right).ok_or_else(unknown)?;
                    match ast.kind(right) {
                        Kind::Call | Kind::Lambda => awaitable(draft, right),
                        _ => Err(unknown()),
                    }
                }
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

fn as_side_effect(draft: &mut Draft<'_>, value: NodeId) -> Outcome {
    let mock = draft.need("unittest.mock", "AsyncMock")?;
    draft
        .rewrites
        .wrap(value, &format!("{mock}(side_effect="), ")");
    Ok(())
}

/// `Mock`, `mock.MagicMock` → `AsyncMock`, `mock.AsyncMock`
fn renamed(draft: &mut Draft<'_>, class: NodeId) -> Result<bool, Cannot> {
    let ast = draft.ast();
    let text = draft.text(class);
    match text.rsplit('.').next().unwrap_or_default() {
        "AsyncMock" => return Ok(false),
        "Mock" | "MagicMock" | "NonCallableMock" => {}
        _ => return Err(Cannot::new("nothing tells what takes its place")),
    }
    match ast.child(class, Field::Attribute) {
        Some(name) => draft.rewrites.replace(name, template!["AsyncMock"]),
        None => {
            let name = draft.need("unittest.mock", "AsyncMock")?;
            draft.rewrites.replace(class, template![name]);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const MODELS: &str = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
    const VIEWS: &str = "from django.http import HttpResponse\nfrom shop.models import Product\nfrom shop.both import both\n\ndef only():\n    return Product.objects.count()\n\ndef view(request):\n    return HttpResponse(only() + both())\n";
    const BOTH: &str = "from shop.models import Product\n\ndef both():\n    return Product.objects.count()\n\nprint(both())\n";

    /// The suite after the migration, and the findings that are left.
    fn migrated(patch: &str) -> (String, Vec<String>) {
        let suite = format!(
            "from unittest import mock\nfrom unittest.mock import AsyncMock, Mock, patch\nfrom django.test import TestCase\nfrom shop import views\n\ndef instead():\n    return 1\n\nclass Tests(TestCase):\n    def test_view(self):\n        with {patch}:\n            self.client.get('/')\n"
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
        let report = migrate(&workspace, &Options::default());
        for file in &report.files {
            workspace.set_file(&file.path, file.after.as_str());
        }
        let again = migrate(&workspace, &Options::default());
        let find = |report: crate::Report| {
            let mut files = report.files.into_iter();
            files.find(|file| file.path == "shop/tests.py")
        };
        let (Some(file), Some(again)) = (find(report), find(again)) else {
            return Default::default();
        };
        assert_eq!(file.after, again.after, "a second run changes nothing");
        let ours = file
            .findings
            .into_iter()
            .filter(|it| it.rule == super::NAME);
        let open = ours.filter(|it| it.state == crate::FindingState::Open);
        (file.after, open.map(|it| it.message).collect())
    }

    #[track_caller]
    fn check(before: &str, after: &str) {
        let (suite, open) = migrated(before);
        assert!(suite.contains(&format!("with {after}:")), "{suite}");
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn findings_name_the_test() {
        let suite = "from unittest.mock import patch\nfrom django.test import TestCase\n\nclass Tests(TestCase):\n    @patch('shop.views.both', return_value=1)\n    def test_view(self, both):\n        with patch('shop.views.both', return_value=1):\n            self.client.get('/')\n";
        let mut workspace = Workspace::new();
        for (path, text) in [
            ("shop/models.py", MODELS),
            ("shop/views.py", VIEWS),
            ("shop/both.py", BOTH),
            ("shop/tests.py", suite),
        ] {
            workspace.set_file(path, text);
        }
        let report = migrate(&workspace, &Options::default());
        let findings = report.files.into_iter().flat_map(|file| file.findings);
        let ours = findings.filter(|finding| finding.rule == super::NAME);
        let functions: Vec<_> = ours.map(|finding| finding.function).collect();
        let test = Some("Tests.test_view".to_owned());
        assert_eq!(functions, [test.clone(), test]);
    }

    #[test]
    fn helpers_are_not_imported_for_nothing() {
        let suite = "from django.test import TestCase\nfrom unittest.mock import patch\nfrom shop.both import both\n\nclass Tests(TestCase):\n    async def test_both(self):\n        with patch('shop.views.both', return_value=1):\n            await self.async_client.get('/')\n        assert both() == 1\n";
        let mut workspace = Workspace::new();
        for (path, text) in [
            ("shop/models.py", MODELS),
            ("shop/views.py", VIEWS),
            ("shop/both.py", BOTH),
            ("shop/tests.py", suite),
        ] {
            workspace.set_file(path, text);
        }
        let report = migrate(&workspace, &Options::default());
        let mut files = report.files.into_iter();
        let tests = files.find(|file| file.path == "shop/tests.py");
        let after = tests.map(|file| file.after).unwrap_or_default();
        assert!(after.contains("from shop.both import aboth\n"), "{after}");
        assert!(
            after.contains("patch('shop.views.aboth', return_value=1)"),
            "{after}"
        );
        assert!(after.contains("assert await aboth() == 1"), "{after}");
    }

    #[test]
    fn twins_are_patched_in_their_place() {
        check(
            "patch('shop.views.both', return_value=1)",
            "patch('shop.views.aboth', return_value=1)",
        );
        check(
            "patch('shop.views.both', Mock(return_value=1))",
            "patch('shop.views.aboth', AsyncMock(return_value=1))",
        );
        check(
            "patch('shop.views.both', lambda: 1)",
            "patch('shop.views.aboth', AsyncMock(side_effect=lambda: 1))",
        );
    }

    #[test]
    fn what_takes_the_place_is_made_awaitable() {
        check(
            "patch('shop.views.only', Mock())",
            "patch('shop.views.only', AsyncMock())",
        );
        check(
            "patch('shop.views.only', new=mock.MagicMock(return_value=2))",
            "patch('shop.views.only', new=mock.AsyncMock(return_value=2))",
        );
        check(
            "patch('shop.views.only', new_callable=Mock)",
            "patch('shop.views.only', new_callable=AsyncMock)",
        );
        check(
            "patch.object(views, 'only', lambda: 1)",
            "patch.object(views, 'only', AsyncMock(side_effect=lambda: 1))",
        );
        check(
            "patch.object(views, 'only', instead)",
            "patch.object(views, 'only', AsyncMock(side_effect=instead))",
        );
    }

    #[test]
    fn what_is_not_known_is_told_of() {
        let (suite, open) = migrated("patch('shop.views.only', make())");
        assert!(
            suite.contains("patch('shop.views.only', make())"),
            "{suite}"
        );
        assert!(open.len() == 1 && open[0].contains("awaitable"), "{open:?}");
        // Where it is defined, synchronous code calls it as well.
        let (suite, open) = migrated("patch('shop.both.both', return_value=1)");
        assert!(
            suite.contains("patch('shop.both.both', return_value=1)"),
            "{suite}"
        );
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn what_goes_on_working_is_left() {
        for same in [
            "patch('shop.views.only', return_value=1)",
            "patch('shop.views.only', side_effect=[1, 2])",
            "patch('shop.views.only', AsyncMock())",
            "patch('shop.views.HttpResponse')",
            "self.settings(DEBUG='shop.views.both')",
        ] {
            check(same, same);
        }
    }
}
