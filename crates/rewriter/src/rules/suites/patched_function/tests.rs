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
fn several_are_patched_at_once() {
    check(
        "patch.multiple('shop.views', only=Mock(return_value=1), both=lambda: 2)",
        "patch.multiple('shop.views', only=AsyncMock(return_value=1), aboth=AsyncMock(side_effect=lambda: 2))",
    );
    check(
        "mock.patch.multiple(views, only=mock.DEFAULT, HttpResponse=Mock())",
        "mock.patch.multiple(views, only=mock.DEFAULT, HttpResponse=Mock())",
    );
    // The mock of a twin would be looked up by the name of the helper.
    let (suite, open) = migrated("patch.multiple('shop.views', both=mock.DEFAULT)");
    assert!(suite.contains("both=mock.DEFAULT"), "{suite}");
    assert!(open.len() == 1 && open[0].contains("twin"), "{open:?}");
}

#[test]
fn assigning_in_a_module_is_patching() {
    let line = |before: &str, after: &str| {
        let before =
            format!("patch('shop.views.HttpResponse'):\n            {before}\n        with self");
        let (suite, open) = migrated(&before);
        assert!(suite.contains(&format!("            {after}\n")), "{suite}");
        assert!(open.is_empty(), "{open:?}");
    };
    line(
        "views.only = lambda: 1",
        "views.only = AsyncMock(side_effect=lambda: 1)",
    );
    line(
        "views.both = Mock(return_value=2)",
        "views.aboth = AsyncMock(return_value=2)",
    );
    for same in [
        "views.only = AsyncMock()",
        "views.other = lambda: 1",
        "self.only = lambda: 1",
        "before = views.only; views.only = before",
    ] {
        line(same, same);
    }
}

#[test]
fn spies_are_put_on_twins() {
    check("mocker.spy(views, 'both')", "mocker.spy(views, 'aboth')");
    check("mocker.spy(views, 'only')", "mocker.spy(views, 'only')");
    let (suite, open) = migrated("patch('shop.views.both', wraps=instead)");
    assert!(suite.contains("patch('shop.views.both', wraps=instead)"));
    assert_eq!(open.len(), 1, "{open:?}");
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
        "patch('shop.views.only', autospec=True)",
        "patch('shop.views.only', mock.DEFAULT, return_value=1)",
        "patch('shop.views.only', mock.create_autospec(views.only, return_value=1))",
        "patch('shop.views.only', AsyncMock())",
        "patch('shop.views.HttpResponse')",
        "self.settings(DEBUG='shop.views.both')",
    ] {
        check(same, same);
    }
}
