//! Helpers that synchronous code shares with async views go on working: what each of them is used for keeps its sync form.

use unblocked_analyzer::Workspace;

use crate::{Options, migrate};

const FETCH: &str = "import requests\n\ndef fetch(path):\n    return requests.get(f'https://a.example.com/{path}').json()\n";

/// The text after of `module.py`, beside `client.py` and a view.
fn after(module: &str, view: &str) -> (String, String) {
    let mut workspace = Workspace::new();
    let view = format!(
        "from . import client, module\n\ndef view(request):\n    return JsonResponse({view})\n"
    );
    for (path, text) in [
        ("shop/client.py", FETCH),
        ("shop/module.py", module),
        ("shop/views.py", &view),
    ] {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, &Options::default());
    let text = |name: &str| {
        let file = report.files.iter().find(|file| file.path == name);
        file.map(|file| file.after.clone()).unwrap_or_default()
    };
    (text("shop/module.py"), text("shop/views.py"))
}

#[track_caller]
fn becomes(module: &str, view: &str, expected: &[&str]) {
    let (module_after, view_after) = after(module, view);
    for part in expected {
        assert!(
            module_after.contains(part) || view_after.contains(part),
            "{part}\n{module_after}\n{view_after}"
        );
    }
}

#[test]
fn recursion_awaits_itself() {
    becomes(
        "from . import client\n\ndef tree(node):\n    return [node] + [tree(child) for child in client.fetch(node)['children']]\n",
        "module.tree('root')",
        &[
            "async def tree(node):\n    return [node] + [await tree(child) for child in (await client.fetch(node))['children']]\n",
            "await module.tree('root')",
        ],
    );
    becomes(
        "from . import client\n\ndef even(n):\n    return not n or odd(client.fetch(n))\n\ndef odd(n):\n    return bool(n) and even(n - 1)\n",
        "module.even(2)",
        &[
            "async def even",
            "async def odd",
            "await odd(",
            "await even(n - 1)",
        ],
    );
}

#[test]
fn a_method_that_an_override_makes_wait_changes_with_all_of_its_kind() {
    const KIND: &str = "from . import client\n\nclass Tariff:\n    def base(self):\n        return 1\n\n    def price(self):\n        return self.base() * 2\n\nclass Express(Tariff):\n    def base(self):\n        return client.fetch('base')\n";
    becomes(
        KIND,
        "module.Express().price()",
        &[
            "class Tariff:\n    async def base(self):\n        return 1\n\n    async def price(self):\n        return await self.base() * 2\n\nclass Express(Tariff):\n    async def base(self):\n        return await client.fetch('base')\n",
            "await module.Express().price()",
        ],
    );
    // What only one of several classes does.
    becomes(
        &format!("{KIND}\nALL = [Tariff(), Express()]\n"),
        "[tariff.price() for tariff in module.ALL]",
        &["[await sync_to_async(tariff.price)() for tariff in module.ALL]"],
    );
    // Classes that have nothing to do with each other.
    becomes(
        "from . import client\n\nclass Near:\n    def load(self):\n        return 1\n\nclass Far:\n    def load(self):\n        return client.fetch('a')\n\ndef pick(far):\n    return Far() if far else Near()\n",
        "module.pick(request.GET['far']).load()",
        &["await sync_to_async(module.pick(request.GET['far']).load)()"],
    );
    let (module, view) = after(
        "class Near:\n    def load(self):\n        return 1\n\nclass Other:\n    def load(self):\n        return 2\n\nALL = [Near(), Other()]\n",
        "[one.load() for one in module.ALL] + client.fetch('a')",
    );
    assert!(
        view.contains("[one.load() for one in module.ALL]"),
        "{module}\n{view}"
    );
}

#[test]
fn functions_that_are_values_stay_what_they_are() {
    becomes(
        "from . import client\n\ndef fuel():\n    return client.fetch('fuel')\n\nALL = {'fuel': fuel}\n",
        "module.ALL['fuel']()",
        &[
            "def fuel():\n    return client.fetch('fuel')\n",
            "await sync_to_async(module.ALL['fuel'])()",
        ],
    );
}

#[test]
fn a_generator_becomes_an_async_one_or_is_taken_in_a_thread() {
    becomes(
        "from . import client\n\ndef events():\n    for page in range(3):\n        yield client.fetch(page)\n",
        "list(module.events())",
        &[
            "\nasync def events():\n    for page in range(3):\n        yield await client.fetch(page)\n",
            "[row async for row in module.events()]",
        ],
    );
    let (module, view) = after(
        "from . import client\n\ndef events():\n    page = yield client.fetch(1)\n    yield client.fetch(page)\n",
        "module.events().send(None)",
    );
    assert!(module.contains("\ndef events():"), "{module}");
    assert!(view.contains("\ndef view(request):"), "{view}");
}

#[test]
fn properties_printing_and_making_run_in_a_thread() {
    const CLASS: &str = "from . import client\n\nclass Rate:\n    def __init__(self, name):\n        self.first = client.fetch(name)\n\n    @property\n    def now(self):\n        return client.fetch('now')\n\n    def __str__(self):\n        return client.fetch('name')\n";
    becomes(
        CLASS,
        "module.Rate('a').first",
        &[CLASS, "(await sync_to_async(module.Rate)('a')).first"],
    );
    let plain = CLASS.replace("self.first = client.fetch(name)", "self.first = name");
    becomes(
        &plain,
        "module.Rate('a').now",
        &["await sync_to_async(getattr)(module.Rate('a'), \"now\")"],
    );
    becomes(
        &plain,
        "str(module.Rate('a'))",
        &["await sync_to_async(str)(module.Rate('a'))"],
    );
}

#[test]
fn what_django_or_celery_calls_keeps_its_sync_form_beside_a_twin() {
    for user in [
        "from django.dispatch import receiver\nfrom django.db.models.signals import post_save\n\n@receiver(post_save)\ndef told(sender, **kwargs):\n    load('a')\n",
        "from django import template\n\nregister = template.Library()\n\n@register.simple_tag\ndef tag():\n    return load('a')\n",
        "from django.core.management.base import BaseCommand\n\nclass Command(BaseCommand):\n    def handle(self, *args, **options):\n        load('a')\n",
        "from celery import shared_task\n\n@shared_task\ndef task():\n    load('a')\n",
    ] {
        let (imports, rest) = user.split_once("\n\n").unwrap_or((user, ""));
        let module = format!(
            "from . import client\n{imports}\n\ndef load(path):\n    return client.fetch(path)\n\n{rest}"
        );
        becomes(
            &module,
            "module.load('b')",
            &[
                "def load(path):\n    return client.fetch(path)\n",
                "async def aload(path):\n    return await client.afetch(path)\n",
                "await module.aload('b')",
                rest,
            ],
        );
    }
}

#[test]
fn what_answers_beside_its_own_twin_is_no_view() {
    let sync = "def refused(request):\n    if not Entry.objects.exists():\n        return HttpResponse('none')\n";
    let twin = "async def arefused(request):\n    if not await Entry.objects.aexists():\n        return HttpResponse('none')\n";
    let module = format!(
        "from django.db import models\nfrom django.http import HttpResponse\n\nclass Entry(models.Model):\n    pass\n\n{sync}\n{twin}"
    );
    becomes(
        &module,
        "module.refused(request)",
        &[&module, "await module.arefused(request)"],
    );
    becomes(&module, "None", &[&module]);
}

#[test]
fn each_decision_names_its_reason() {
    let mut workspace = Workspace::new();
    let texts = [
        (
            "shop/client.py",
            "import requests\nfrom celery import shared_task\nfrom django.contrib.auth.models import User\n\ndef fetch(path):\n    return requests.get(path).json()\n\ndef own(path):\n    return requests.get(path).json()\n\ndef value(path):\n    return requests.get(path).json()\n\nALL = [value]\n\nclass Rate:\n    def now(self):\n        return own('now')\n\nclass Stock:\n    def count(self):\n        return User.objects.count()\n\n@shared_task\ndef task():\n    fetch('task')\n\ndef idle():\n    fetch('idle')\n",
        ),
        (
            "shop/views.py",
            "from . import client\n\ndef view(request):\n    return JsonResponse([client.fetch('a'), load('a'), client.value('a'), client.Rate().now(), client.Stock().count()])\n\ndef load(path):\n    return client.fetch(path)\n",
        ),
    ];
    for (path, text) in texts {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, &Options::default());
    let functions = report.files.iter().flat_map(|file| &file.functions);
    let said: Vec<String> = functions
        .map(|one| format!("{} {:?} {}", one.name, one.decision, one.because.as_str()))
        .collect();
    for expected in [
        "fetch Twin sync-callers",
        "value Twin sync-callers",
        "own Convert callers-await",
        "Rate.now Convert callers-await",
        "Stock.count Wrap keeps-form",
        "task Leave no-async-caller",
        "view Convert view-waits",
        "load Convert callers-await",
    ] {
        assert!(
            said.iter().any(|one| one == expected),
            "{expected}: {said:#?}"
        );
    }
}
