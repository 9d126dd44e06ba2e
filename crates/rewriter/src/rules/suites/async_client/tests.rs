use unblocked_analyzer::Workspace;

use crate::{Options, Tests, migrate};

const MODELS: &str = "from django.db import models\n\nclass Product(models.Model):\n    name = models.CharField(max_length=9)\n    owner = models.ForeignKey('auth.User', models.CASCADE)\n";
const VIEWS: &str = "from django.http import HttpResponse\nfrom shop.models import Product\n\ndef view(request):\n    return HttpResponse(Product.objects.count())\n\ndef alone():\n    return Product.objects.count()\n";
const HEAD: &str =
    "from django.test import TestCase\nfrom shop.models import Product\n\nclass Tests(TestCase):\n";

/// A suite after its migration; a second run changes nothing.
fn converted(suite: &str, version: &str) -> String {
    let options = Options {
        tests: Tests::Convert,
        target_version: version.parse().expect("a version"),
        ..Options::default()
    };
    let mut workspace = Workspace::new();
    workspace.set_file("shop/models.py", MODELS);
    workspace.set_file("shop/views.py", VIEWS);
    let mut run = |text: &str| {
        workspace.set_file("shop/tests.py", text);
        let files = migrate(&workspace, &options).files.into_iter();
        let mut suites = files.filter(|file| file.path == "shop/tests.py");
        suites.next().expect("the suite").after
    };
    let after = run(suite);
    assert_eq!(run(&after), after);
    after
}

#[track_caller]
fn becomes(before: &str, after: &str) {
    let found = converted(&format!("{HEAD}{before}"), "5.2");
    assert_eq!(found, format!("{HEAD}{after}"));
}

#[track_caller]
fn stays(before: &str) {
    becomes(before, before);
}

#[test]
fn tests_ask_and_query_asynchronously() {
    becomes(
        "    def test_view(self):\n        product = Product.objects.create(name='a')\n        response = self.client.get('/', {'q': 'a'}, follow=True)\n        self.assertContains(response, '1')\n        self.assertEqual(self.client.post('/').status_code, 200)\n        product.refresh_from_db()\n        self.assertEqual(product.name, 'a')\n        self.assertTrue(Product.objects.exists())\n",
        "    async def test_view(self):\n        product = await Product.objects.acreate(name='a')\n        response = await self.async_client.get('/', {'q': 'a'}, follow=True)\n        self.assertContains(response, '1')\n        self.assertEqual((await self.async_client.post('/')).status_code, 200)\n        await product.arefresh_from_db()\n        self.assertEqual(product.name, 'a')\n        self.assertTrue(await Product.objects.aexists())\n",
    );
}

#[test]
fn set_up_stays_synchronous_and_logs_both_clients_in() {
    let set_up = "    def setUp(self):\n        self.client.force_login(self.user)\n";
    let test = "\n    def test_view(self):\n        self.client.get('/')\n";
    let asynchronous =
        "\n    async def test_view(self):\n        await self.async_client.get('/')\n";
    let other =
        "\n    def test_other(self):\n        self.assertRedirects(self.client.get('/'), '/a/')\n";
    becomes(
        &format!("{set_up}{test}"),
        &format!(
            "{}{asynchronous}",
            set_up.replace("self.client", "self.async_client")
        ),
    );
    becomes(
        &format!("{set_up}{test}{other}"),
        &format!("{set_up}        self.async_client.force_login(self.user)\n{asynchronous}{other}"),
    );
    stays(&format!(
        "    def setUp(self):\n        self.client.get('/')\n{test}"
    ));
}

#[test]
fn logging_in_has_coroutines_from_django_5_0_on() {
    let before = "    def test_view(self):\n        self.client.force_login(self.user)\n        self.client.get('/')\n";
    becomes(
        before,
        "    async def test_view(self):\n        await self.async_client.aforce_login(self.user)\n        await self.async_client.get('/')\n",
    );
    let old = converted(&format!("{HEAD}{before}"), "4.2");
    assert!(
        old.contains("await sync_to_async(self.async_client.force_login)(self.user)"),
        "{old}"
    );
}

#[test]
fn what_works_in_synchronous_tests_only_keeps_its_test() {
    for line in [
        "self.assertRedirects(self.client.get('/'), '/a/')",
        "self.assertEqual(self.client.session['a'], self.client.get('/').status_code)",
        "self.assertEqual(self.client.get('/').context['a'], 1)",
        "self.assertQuerySetEqual(Product.objects.all(), [self.client.get('/')])",
        "self.assertIn(self.client.get('/'), Product.objects.all())",
        "self.client.get('/', HTTP_HOST='a.example')",
        "self.client.get('/', HTTP_X_A=self.name)",
        "self.client.get('/', REMOTE_ADDR='::1')",
        "self.client.get('/', **self.headers)",
        "self.client.get('/', self.thing.owner.name)",
        "self.client.get(self.thing.refresh_from_db())",
        "self.assertRaises(ValueError, self.client.get, '/')",
        "ask(self.client.get('/'), self.client)",
    ] {
        stays(&format!("    def test_view(self):\n        {line}\n"));
    }
    stays(
        "    def test_view(self):\n        with self.assertNumQueries(1):\n            self.client.get('/')\n",
    );
    stays("    @unknown\n    def test_view(self):\n        self.client.get('/')\n");
    stays(
        "    def ask(self):\n        return self.client.get('/')\n\n    def test_view(self):\n        self.client.get('/')\n        self.ask()\n",
    );
}

#[test]
fn other_test_cases_stay() {
    for base in [
        "unittest.TestCase",
        "rest_framework.test.APITestCase",
        "django.test.LiveServerTestCase",
    ] {
        let (module, name) = base.rsplit_once('.').expect("a module");
        let suite = format!(
            "from {module} import {name}\n\nclass Tests({name}):\n    def test_view(self):\n        self.client.get('/')\n"
        );
        assert_eq!(converted(&suite, "5.2"), suite);
    }
}

#[test]
fn factories_run_in_the_thread() {
    let head = "import factory\nfrom asgiref.sync import sync_to_async\nfrom django.test import TestCase\nfrom shop.models import Product\n\nclass ProductFactory(factory.django.DjangoModelFactory):\n    class Meta:\n        model = Product\n\nclass Tests(TestCase):\n";
    let before = "    def test_view(self):\n        self.client.get('/%d' % ProductFactory(name='a').pk)\n        ProductFactory.create_batch(3)\n";
    let after = "    async def test_view(self):\n        await self.async_client.get('/%d' % (await sync_to_async(ProductFactory)(name='a')).pk)\n        await sync_to_async(ProductFactory.create_batch)(3)\n";
    assert_eq!(
        converted(&format!("{head}{before}"), "5.2"),
        format!("{head}{after}")
    );
}

#[test]
fn headers_cookies_and_redirects() {
    becomes(
        "    def test_view(self):\n        self.client.cookies['a'] = 'b'\n        response = self.client.get('/', HTTP_X_A='1', HTTP_ACCEPT='text/html', secure=True)\n        self.assertRedirects(response, '/a/', fetch_redirect_response=False)\n        with self.assertRaisesMessage(ValueError, 'a'):\n            self.client.get('/b/')\n",
        "    async def test_view(self):\n        self.async_client.cookies['a'] = 'b'\n        response = await self.async_client.get('/', X_A='1', ACCEPT='text/html', secure=True)\n        self.assertRedirects(response, '/a/', fetch_redirect_response=False)\n        with self.assertRaisesMessage(ValueError, 'a'):\n            await self.async_client.get('/b/')\n",
    );
}

const CALLS: &str = "from django.test import RequestFactory, TestCase\nfrom shop.models import Product\nfrom shop.views import view\n\nclass Tests(TestCase):\n    factory = RequestFactory()\n\n";

#[test]
fn what_became_async_is_awaited() {
    for (before, after) in [
        (
            "view(self.factory.get('/'))",
            "await view(self.factory.get('/'))",
        ),
        (
            "view(RequestFactory().get('/', HTTP_X='1'))",
            "await view(AsyncRequestFactory().get('/', X='1'))",
        ),
        (
            "factory = RequestFactory()\n        view(factory.post('/', {'a': 1}))",
            "factory = AsyncRequestFactory()\n        await view(factory.post('/', {'a': 1}))",
        ),
        (
            "factory = RequestFactory()\n        view(factory.get('/', REMOTE_ADDR='::1'))",
            "factory = RequestFactory()\n        await view(factory.get('/', REMOTE_ADDR='::1'))",
        ),
    ] {
        let found = converted(
            &format!("{CALLS}    def test_view(self):\n        {before}\n"),
            "5.2",
        );
        let head = match after.contains("AsyncRequestFactory") {
            true => CALLS.replace("import R", "import AsyncRequestFactory, R"),
            false => CALLS.to_owned(),
        };
        assert_eq!(
            found,
            format!("{head}    async def test_view(self):\n        {after}\n")
        );
    }
    // What it passes on is called elsewhere.
    let found = converted(
        &format!(
            "{CALLS}    def test_view(self):\n        list(map(view, [self.factory.get('/')]))\n        view(self.factory.get('/'))\n"
        ),
        "5.2",
    );
    assert!(found.contains("    def test_view(self):"), "{found}");
    assert!(found.contains("map(async_to_sync(view), "), "{found}");
}

#[test]
fn code_does_not_change_for_tests_alone() {
    let suite = "from django.test import TestCase\nfrom shop.views import alone\n\nclass Tests(TestCase):\n    def test_view(self):\n        self.client.get('/')\n        alone()\n\n    def test_alone(self):\n        alone()\n";
    let found = converted(suite, "5.2");
    let after = suite
        .replacen("    def test_view", "    async def test_view", 1)
        .replacen("self.client", "await self.async_client", 1)
        .replacen("        alone()", "        await sync_to_async(alone)()", 1);
    assert_eq!(
        found,
        format!("from asgiref.sync import sync_to_async\n{after}")
    );
}

#[test]
fn nothing_changes_unless_asked_for() {
    let suite = format!("{HEAD}    def test_view(self):\n        self.client.get('/')\n");
    let mut workspace = Workspace::new();
    workspace.set_file("shop/tests.py", &suite);
    assert_eq!(
        migrate(&workspace, &Options::default()).files[0].after,
        suite
    );
}
