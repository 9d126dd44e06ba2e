use unblocked_analyzer::Workspace;

use crate::{Options, Tests, migrate};

const MODELS: &str = "from django.db import models\n\nclass Owner(models.Model):\n    name = models.CharField(max_length=9)\n\nclass Product(models.Model):\n    name = models.CharField(max_length=9)\n    owner = models.ForeignKey(Owner, models.CASCADE)\n";
const VIEWS: &str = "from django.http import HttpResponse\nfrom shop.models import Product\n\ndef view(request):\n    return HttpResponse(Product.objects.count())\n";
const CONFTEST: &str = "import pytest\nfrom shop.models import Owner, Product\n\n@pytest.fixture\ndef owner(db):\n    return Owner.objects.create(name='a')\n\n@pytest.fixture\ndef product(owner):\n    return Product.objects.get(owner=owner)\n\n@pytest.fixture\ndef logged_in(client, owner):\n    return client\n\n@pytest.fixture\ndef thing():\n    return make()\n";
const HEAD: &str = "import pytest\nfrom shop.views import view\n\n";
const MARKS: &str = "@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True)\n";

/// A suite after its migration, and why the first test stays; a second run changes nothing.
fn converted(conftest: &str, suite: &str, version: &str) -> (String, Option<String>) {
    let options = Options {
        tests: Tests::Convert,
        target_version: version.parse().expect("a version"),
        ..Options::default()
    };
    let mut workspace = Workspace::new();
    workspace.set_file("shop/models.py", MODELS);
    workspace.set_file("shop/views.py", VIEWS);
    workspace.set_file("shop/tests/conftest.py", conftest);
    let mut run = |text: &str| {
        workspace.set_file("shop/tests/test_views.py", text);
        let report = migrate(&workspace, &options);
        let mut files = report.files.into_iter();
        let file = files.find(|file| file.path == "shop/tests/test_views.py");
        let file = file.expect("the suite");
        let reason = file
            .functions
            .iter()
            .find(|it| it.name.contains("test_") && it.decision == crate::Decision::Leave)
            .map(|it| it.reason.clone());
        (file.after, reason)
    };
    let after = run(suite);
    assert_eq!(run(&after.0).0, after.0);
    after
}

#[track_caller]
fn becomes(before: &str, after: &str) {
    let (found, reason) = converted(CONFTEST, &format!("{HEAD}{before}"), "5.2");
    assert_eq!(found, format!("{HEAD}{after}"), "{reason:?}");
}

#[track_caller]
fn stays(before: &str, why: &str) {
    let (found, reason) = converted(CONFTEST, &format!("{HEAD}{before}"), "5.2");
    assert_eq!(found, format!("{HEAD}{before}"));
    let reason = reason.unwrap_or_default();
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn tests_ask_through_the_async_client() {
    becomes(
        "def test_view(client, product):\n    response = client.get('/', HTTP_X_A='1')\n    assert response.status_code == 200\n    product.refresh_from_db()\n    assert product.name == 'a'\n",
        &format!(
            "{MARKS}async def test_view(async_client, product):\n    response = await async_client.get('/', X_A='1')\n    assert response.status_code == 200\n    await product.arefresh_from_db()\n    assert product.name == 'a'\n"
        ),
    );
    let head =
        "import pytest\nfrom django.test import AsyncClient\n\nfrom shop.views import view\n\n";
    let (found, _) = converted(
        CONFTEST,
        &format!(
            "{HEAD}class TestView:\n    def test_view(self, client: Client, settings):\n        settings.DEBUG = True\n        client.get('/')\n"
        ),
        "5.2",
    );
    assert_eq!(
        found,
        format!(
            "{head}class TestView:\n    @pytest.mark.asyncio\n    async def test_view(self, async_client: AsyncClient, settings):\n        settings.DEBUG = True\n        await async_client.get('/')\n"
        ),
    );
}

#[test]
fn rows_of_fixtures_are_known() {
    let (found, _) = converted(
        CONFTEST,
        &format!("{HEAD}def test_view(client, product):\n    client.force_login(product.owner)\n"),
        "5.2",
    );
    let line =
        "    await async_client.aforce_login(await sync_to_async(getattr)(product, \"owner\"))\n";
    assert!(found.ends_with(line), "{found}");
}

#[test]
fn marks_open_the_database_in_the_form_that_async_tests_need() {
    let test = |marks: &str| format!("{marks}def test_view(client):\n    client.get('/')\n");
    let asynchronous = |marks: &str| {
        format!("{marks}async def test_view(async_client):\n    await async_client.get('/')\n")
    };
    for (before, after) in [
        ("", "@pytest.mark.asyncio\n"),
        (
            "@pytest.mark.django_db\n",
            "@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True)\n",
        ),
        (
            "@pytest.mark.django_db()\n",
            "@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True)\n",
        ),
        (
            "@pytest.mark.django_db(databases=['a'])\n",
            "@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True, databases=['a'])\n",
        ),
        (
            "@pytest.mark.django_db(transaction=True)\n",
            "@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True)\n",
        ),
    ] {
        becomes(&test(before), &asynchronous(after));
    }
    let of_module = "pytestmark = [pytest.mark.slow, pytest.mark.django_db]\n\n";
    becomes(
        &test(of_module),
        &asynchronous(&format!("{of_module}{MARKS}")),
    );
    let transactional = "pytestmark = pytest.mark.django_db(transaction=True)\n\n";
    becomes(
        &test(transactional),
        &asynchronous(&format!("{transactional}@pytest.mark.asyncio\n")),
    );
    stays(
        &test("pytestmark = pytest.mark.django_db(databases=['a'])\n\n"),
        "has arguments",
    );
    stays(
        &test("@pytest.mark.django_db(transaction=False)\n"),
        "refuses transactions",
    );
}

#[test]
fn admins_log_in_themselves() {
    let test = "def test_view(admin_client):\n    \"\"\"Asks.\"\"\"\n    admin_client.get('/')\n";
    becomes(
        test,
        &format!(
            "{MARKS}async def test_view(async_client, admin_user):\n    \"\"\"Asks.\"\"\"\n    await async_client.aforce_login(admin_user)\n    await async_client.get('/')\n"
        ),
    );
    let (old, _) = converted(CONFTEST, &format!("{HEAD}{test}"), "4.2");
    assert!(
        old.contains("    await sync_to_async(async_client.force_login)(admin_user)\n"),
        "{old}"
    );
}

#[test]
fn requests_of_the_factory() {
    becomes(
        "@pytest.mark.parametrize('q', ['a', 'b'])\ndef test_view(rf, q):\n    assert view(rf.get('/', {'q': q})).status_code == 200\n",
        "@pytest.mark.asyncio\n@pytest.mark.parametrize('q', ['a', 'b'])\nasync def test_view(async_rf, q):\n    assert (await view(async_rf.get('/', {'q': q}))).status_code == 200\n",
    );
    becomes(
        "def test_view(rf):\n    view(rf.generic('GET', '/'))\n",
        "@pytest.mark.asyncio\nasync def test_view(rf):\n    await view(rf.generic('GET', '/'))\n",
    );
}

#[test]
fn what_fixtures_of_the_project_do_is_looked_at() {
    let test = |fixture: &str| format!("def test_view(client, {fixture}):\n    client.get('/')\n");
    stays(&test("logged_in"), "synchronous client");
    stays(&test("live_server"), "works in synchronous tests only");
    stays(
        &test("django_assert_num_queries"),
        "works in synchronous tests only",
    );
    stays(&test("unknown"), "its fixture `unknown`");
    stays(
        "def test_view(client, thing):\n    client.get(thing.name)\n",
        "what `thing` is",
    );
    for (fixture, why) in [
        (
            "@pytest.fixture\ndef client():\n    return 1\n",
            "the project's own",
        ),
        (
            "@pytest.fixture(autouse=True)\ndef log_in(client, owner):\n    client.force_login(owner)\n",
            "synchronous client",
        ),
        (
            "@pytest.fixture(scope='session')\ndef django_db_setup(django_db_setup, django_db_blocker):\n    pass\n\n@pytest.fixture(autouse=True)\ndef enable(db):\n    pass\n",
            "fills the database once",
        ),
    ] {
        let suite = format!("{HEAD}def test_view(client):\n    client.get('/')\n");
        let (after, reason) = converted(&format!("{CONFTEST}\n{fixture}"), &suite, "5.2");
        assert_eq!(after, suite);
        let reason = reason.unwrap_or_default();
        assert!(reason.contains(why), "{reason}");
    }
    // All tests have the database.
    let enabled = format!("{CONFTEST}\n@pytest.fixture(autouse=True)\ndef enable(db):\n    pass\n");
    let suite = format!("{HEAD}def test_view(client):\n    client.get('/')\n");
    let (after, _) = converted(&enabled, &suite, "5.2");
    assert!(after.contains(&format!("{MARKS}async def")), "{after}");
}

#[test]
fn mocks_are_no_fixtures() {
    becomes(
        "@mock.patch('shop.views.HttpResponse')\ndef test_view(made, client):\n    client.get('/')\n",
        "@pytest.mark.asyncio\n@mock.patch('shop.views.HttpResponse')\nasync def test_view(made, async_client):\n    await async_client.get('/')\n",
    );
    becomes(
        "def test_view(client, monkeypatch, mocker):\n    monkeypatch.setenv('A', '1')\n    mocker.patch('shop.views.HttpResponse')\n    client.get('/')\n",
        "@pytest.mark.asyncio\nasync def test_view(async_client, monkeypatch, mocker):\n    monkeypatch.setenv('A', '1')\n    mocker.patch('shop.views.HttpResponse')\n    await async_client.get('/')\n",
    );
}

#[test]
fn projects_whose_async_tests_need_no_mark() {
    becomes(
        "async def test_other():\n    pass\n\ndef test_view(client):\n    client.get('/')\n",
        "async def test_other():\n    pass\n\nasync def test_view(async_client):\n    await async_client.get('/')\n",
    );
    stays(
        "@pytest.mark.anyio\nasync def test_other():\n    pass\n\ndef test_view(client):\n    client.get('/')\n",
        "anyio",
    );
}

#[test]
fn what_pytest_does_not_run_stays() {
    for same in [
        "def ask(client):\n    client.get('/')\n",
        "class View:\n    def test_view(self, client):\n        client.get('/')\n",
    ] {
        let (found, _) = converted(CONFTEST, &format!("{HEAD}{same}"), "5.2");
        assert_eq!(found, format!("{HEAD}{same}"));
    }
    stays(
        "def test_view(client):\n    pytest.raises(ValueError, client.get, '/')\n",
        "`raises`",
    );
    stays(
        "def test_view(client):\n    with pytest.raises(ValueError):\n        client.session['a']\n",
        "client",
    );
}
