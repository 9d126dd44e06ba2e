//! Tests of the views that are async: one file for each app, for Django's own runner and for pytest.
//!
//! A test says nothing but what follows from the code at hand with an empty database: that the view is async, where it
//! sends who is not logged in, which methods it refuses, and what it answers where that is certain.

mod view;

use std::collections::{BTreeMap, BTreeSet};

use unblocked_django::DjangoVersion;

use super::new;
use crate::context::Context;
use crate::data::GuideFile;
use view::View;

/// The step that the files belong to.
pub(crate) const STEP: &str = "testing";

/// The first Django whose test client logs in by a coroutine.
const LOGIN_SINCE: DjangoVersion = DjangoVersion::new(5, 0);

/// The files, for the apps with async views whose addresses are at hand.
pub(crate) fn files(context: &Context<'_>) -> Vec<GuideFile> {
    let mut apps: BTreeMap<String, Vec<View<'_>>> = BTreeMap::new();
    for view in view::views(context) {
        apps.entry(app(&view.file.path)).or_default().push(view);
    }
    let paths: BTreeSet<&str> = context
        .analysis
        .world
        .files
        .iter()
        .map(|it| &*it.path)
        .collect();
    let made = apps.into_iter().filter_map(|(app, views)| {
        let folder = format!("{app}tests/");
        let has_folder = paths.iter().any(|path| path.starts_with(&folder));
        let path = match has_folder {
            true => format!("{folder}test_async_views.py"),
            false => format!("{app}test_async_views.py"),
        };
        // What is there stays.
        (!paths.contains(&*path)).then(|| {
            new(
                &path,
                "python",
                STEP,
                "Tests of the async views: add the rows that they show, and what they answer then.",
                text(context, &views),
            )
        })
    });
    made.collect()
}

/// The folder of the app that a module of views belongs to: `shop/` of `shop/views.py` and of `shop/views/orders.py`.
fn app(path: &str) -> String {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    if folders.last().is_some_and(|last| *last == "views") {
        folders.pop();
    }
    folders.iter().map(|folder| format!("{folder}/")).collect()
}

fn text(context: &Context<'_>, views: &[View<'_>]) -> String {
    let mut tests = Vec::new();
    let mut names = BTreeSet::new();
    for view in views {
        let mut name = view.test_name();
        while !names.insert(name.clone()) {
            name.push_str("_too");
        }
        tests.extend(of_view(context, view, &name));
    }
    let body = tests.join("\n");
    let logs_in = body.contains("self.user");
    let is_superuser = views.iter().any(|view| view.needs_permission);
    let mut head = vec!["from asgiref.sync import iscoroutinefunction".to_owned()];
    if logs_in && context.target < LOGIN_SINCE {
        head = vec!["from asgiref.sync import iscoroutinefunction, sync_to_async".to_owned()];
    }
    if logs_in {
        head.push("from django.contrib.auth import get_user_model".to_owned());
    }
    head.push("from django.test import TestCase".to_owned());
    head.push(match body.contains("reverse(") {
        true => "from django.urls import resolve, reverse".to_owned(),
        false => "from django.urls import resolve".to_owned(),
    });
    let set_up = match (logs_in, is_superuser) {
        (false, _) => "",
        (true, false) => {
            "    @classmethod\n    def setUpTestData(cls):\n        user = get_user_model()\n        cls.user = user.objects.create(**{user.USERNAME_FIELD: \"ada\"})\n\n"
        }
        (true, true) => {
            "    @classmethod\n    def setUpTestData(cls):\n        user = get_user_model()\n        cls.user = user.objects.create(**{user.USERNAME_FIELD: \"ada\"}, is_staff=True, is_superuser=True)\n\n"
        }
    };
    format!(
        "\"\"\"How the async views answer while the database is empty.\"\"\"\n\n{}\n\n\nclass AsyncViewTests(TestCase):\n{set_up}{body}",
        head.join("\n")
    )
}

/// The tests of a view.
fn of_view(context: &Context<'_>, view: &View<'_>, name: &str) -> Vec<String> {
    let url = view.url();
    let mut tests = vec![format!(
        "    def test_{name}_is_async(self):\n        self.assertTrue(iscoroutinefunction(resolve({url}).func))\n"
    )];
    let log_in = match context.target >= LOGIN_SINCE {
        true => "        await self.async_client.aforce_login(self.user)\n",
        false => "        await sync_to_async(self.async_client.force_login)(self.user)\n",
    };
    let test = |what: &str, is_logged_in: bool, method: &str, status: u16, more: &str| {
        let log_in = if is_logged_in { log_in } else { "" };
        format!(
            "    async def test_{name}_{what}(self):\n{log_in}        response = await self.async_client.{method}({url})\n        self.assertEqual(response.status_code, {status})\n{more}"
        )
    };
    let Some(answers) = &view.answers else {
        return tests;
    };
    if view.needs_login
        && let Some(method) = answers.allowed.first()
    {
        let more = "        self.assertIn(\"next=\", response.url)\n";
        tests.push(test("wants_a_login", false, method, 302, more));
    }
    if let Some(method) = answers.refused {
        let what = format!("refuses_{method}");
        tests.push(test(&what, view.needs_login, method, 405, ""));
    }
    if let Some(status) = answers.get {
        let what = if status == 404 {
            "finds_nothing"
        } else {
            "answers"
        };
        let is_logged_in = view.needs_login || view.asks_for_user;
        tests.push(test(what, is_logged_in, "get", status, ""));
    }
    tests
}

#[cfg(test)]
mod tests {
    use unblocked_rewriter::{Options, Workspace, migrate};

    use crate::{Answers, GuideFile, guide};

    const URLS: &str = "from django.urls import include, path\nurlpatterns = [path('shop/', include('shop.urls'))]\n";
    const SHOP: &str = "from django.urls import path\nfrom . import views\napp_name = 'shop'\nurlpatterns = [\n    path('', views.listing, name='list'),\n    path('<int:pk>/', views.show, name='show'),\n    path('mine/', views.mine),\n    path('add/', views.Add.as_view(), name='add'),\n]\n";
    const SETTINGS: &str = "ROOT_URLCONF = 'site.urls'\nINSTALLED_APPS = ['shop']\n";
    const MODELS: &str = "from django.db import models\nclass Product(models.Model):\n    name = models.TextField()\n";
    const VIEWS: &str = "from django.contrib.auth.decorators import login_required\nfrom django.http import HttpResponse, JsonResponse\nfrom django.shortcuts import get_object_or_404\nfrom django.views import View\nfrom .models import Product\n\ndef listing(request):\n    return JsonResponse({'names': [product.name for product in Product.objects.all()]})\n\ndef show(request, pk):\n    product = get_object_or_404(Product, pk=pk)\n    return HttpResponse(product.name)\n\n@login_required\ndef mine(request):\n    return HttpResponse(Product.objects.get().name)\n\nclass Add(View):\n    def post(self, request):\n        Product.objects.create(name=request.POST['name'])\n        return HttpResponse()\n";

    fn made(views: &str, more: &[(&str, &str)]) -> Vec<GuideFile> {
        let mut workspace = Workspace::new();
        for (path, text) in [
            ("site/urls.py", URLS),
            ("site/settings.py", SETTINGS),
            ("shop/urls.py", SHOP),
            ("shop/models.py", MODELS),
            ("shop/views.py", views),
        ]
        .iter()
        .chain(more)
        {
            workspace.set_file(path, text);
        }
        let options = Options::default();
        let report = migrate(&workspace, &options);
        let files = guide(&workspace, &options, &Answers::default(), &report).files;
        files
            .into_iter()
            .filter(|file| file.step == super::STEP)
            .collect()
    }

    #[test]
    fn each_test_says_what_follows_from_the_code() {
        let files = made(VIEWS, &[]);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].path, "shop/test_async_views.py");
        let text = &files[0].text;
        for test in [
            "    async def test_listing_answers(self):\n        response = await self.async_client.get(reverse(\"shop:list\"))\n        self.assertEqual(response.status_code, 200)\n",
            "    async def test_show_finds_nothing(self):\n        response = await self.async_client.get(reverse(\"shop:show\", kwargs={\"pk\": 987654321}))\n        self.assertEqual(response.status_code, 404)\n",
            "    async def test_mine_wants_a_login(self):\n        response = await self.async_client.get(\"/shop/mine/\")\n        self.assertEqual(response.status_code, 302)\n",
            "    async def test_add_refuses_get(self):\n        response = await self.async_client.get(reverse(\"shop:add\"))\n        self.assertEqual(response.status_code, 405)\n",
            "        self.assertTrue(iscoroutinefunction(resolve(reverse(\"shop:add\")).func))\n",
        ] {
            assert!(text.contains(test), "{test}\n\n{text}");
        }
        // It may fail without rows, or does not take it.
        for test in ["test_mine_answers", "test_add_answers"] {
            assert!(!text.contains(test), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_tested() {
        let views = VIEWS.replace("@login_required", "@gate");
        let text = made(&views, &[]).remove(0).text;
        assert!(!text.contains("test_mine_wants"), "{text}");
        let views = VIEWS.replace("    return JsonResponse", "    check(request)\n    if Product.objects.count() > 3:\n        raise ValueError\n    return JsonResponse");
        let text = made(&views, &[]).remove(0).text;
        assert!(
            text.contains("test_listing_is_async") && !text.contains("test_listing_answers"),
            "{text}"
        );
        let closed = [(
            "shop/middleware.py",
            "from django.contrib.auth.middleware import LoginRequiredMiddleware\n",
        )];
        let text = made(VIEWS, &closed).remove(0).text;
        assert!(!text.contains("async_client"), "{text}");
    }

    #[test]
    fn a_folder_of_tests_gets_the_file_and_one_that_is_there_stays() {
        let folder = [("shop/tests/__init__.py", "")];
        assert_eq!(
            made(VIEWS, &folder)[0].path,
            "shop/tests/test_async_views.py"
        );
        assert!(made(VIEWS, &[("shop/test_async_views.py", "")]).is_empty());
        let views = "def listing(request):\n    return None\n";
        assert!(made(views, &[]).is_empty());
    }
}
