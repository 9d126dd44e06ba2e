use crate::rules::testing::{check_with, migrate_with, report_with};
use crate::{HttpClient, HttpClientScope, Options, migrate};
use unblocked_analyzer::Workspace;

fn application(http_client: HttpClient) -> Options {
    Options {
        http_client,
        http_client_scope: HttpClientScope::Application,
        ..Options::for_paste()
    }
}

const EACH: &str = "import requests\n\n\ndef _each(pk):\n    return requests.get(f'https://a.example.com/{pk}').json()\n\n\ndef view(request):\n    return JsonResponse({'rows': [_each(pk) for pk in [1, 2]]})\n";

#[test]
fn functions_share_the_client_of_their_loop() {
    check_with(
        &application(HttpClient::Aiohttp),
        EACH,
        "import asyncio\nfrom contextvars import Context\nfrom functools import wraps\nfrom weakref import WeakKeyDictionary\n\nimport aiohttp\n\n\ndef per_event_loop(make):\n    \"\"\"One client for each event loop, made when it is first asked for, and closed when the loop ends.\"\"\"\n    clients = WeakKeyDictionary()\n\n    async def hold(loop, client):\n        try:\n            await loop.create_future()  # Until the loop ends, which cancels its tasks.\n        finally:\n            clients.pop(loop, None)\n            await client.close()\n\n    @wraps(make)\n    def client_of_loop():\n        loop = asyncio.get_running_loop()\n        if loop not in clients:\n            client = make()\n            # In a context of its own: it outlives the request.\n            clients[loop] = client, Context().run(loop.create_task, hold(loop, client))\n        return clients[loop][0]\n\n    return client_of_loop\n\n\n@per_event_loop\ndef http_client():\n    # Shared by all requests: it keeps no cookies.\n    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())\n\n\nasync def _each(pk):\n    async with http_client().get(f'https://a.example.com/{pk}') as response:\n        return await response.json(content_type=None)\n\n\nasync def view(request):\n    return JsonResponse({'rows': [await _each(pk) for pk in [1, 2]]})\n",
    );
    let after = migrate_with(EACH, &application(HttpClient::Httpx));
    for part in [
        "            await client.aclose()\n",
        "    return httpx.AsyncClient(follow_redirects=True, timeout=None, limits=httpx.Limits(max_keepalive_connections=20), cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])))\n",
        "    return (await http_client().get(f'https://a.example.com/{pk}')).json()\n",
    ] {
        assert!(after.contains(part), "{after}");
    }
}

#[test]
fn a_session_of_the_module_has_a_client_of_its_own() {
    let before = "import requests\n\n_api = requests.Session()\n_api.headers['X-Token'] = 't'\n\n\ndef view(request):\n    return JsonResponse(_api.get('https://a.example.com/').json())\n";
    let after = migrate_with(before, &application(HttpClient::Httpx2));
    for part in [
        "\n\n\n@per_event_loop\ndef _get_api():\n    _api = httpx2.AsyncClient(follow_redirects=True, timeout=None, limits=httpx2.Limits(max_keepalive_connections=20))\n    _api.headers['X-Token'] = 't'\n    return _api\n\n\nasync def view",
        "(await _get_api().get('https://a.example.com/')).json()",
    ] {
        assert!(after.contains(part), "{after}");
    }
    assert!(!after.contains("http_client"), "{after}");
}

#[test]
fn what_is_there_is_used() {
    let after = migrate_with(EACH, &application(HttpClient::Aiohttp));
    let more = after.replacen("import aiohttp\n", "import aiohttp\nimport requests\n", 1)
        + "\n\ndef other(request):\n    return JsonResponse(requests.get('https://b.example.com/').json())\n";
    let again = migrate_with(&more, &application(HttpClient::Aiohttp));
    assert_eq!(again.matches("def http_client():").count(), 1, "{again}");
    assert_eq!(again.matches("def per_event_loop(").count(), 1, "{again}");
    assert!(
        again.contains("async with http_client().get('https://b.example.com/')"),
        "{again}"
    );
    // In a module of its own, which every other can import.
    let home = "import aiohttp\n\ndef per_event_loop(make):\n    return make\n\n@per_event_loop\ndef http_client():\n    return aiohttp.ClientSession()\n";
    let mut workspace = Workspace::new();
    workspace.set_file("shop/clients.py", home);
    workspace.set_file("shop/views.py", EACH);
    let options = Options {
        bare_statements: false,
        ..application(HttpClient::Aiohttp)
    };
    let report = migrate(&workspace, &options);
    let views = report
        .files
        .iter()
        .find(|file| file.path == "shop/views.py");
    let views = views.map_or("", |file| &*file.after);
    assert!(
        views.contains("from shop.clients import http_client\n"),
        "{views}"
    );
    assert!(views.contains("async with http_client().get("), "{views}");
    assert!(!views.contains("per_event_loop"), "{views}");
}

#[test]
fn functions_that_a_loop_calls_share_theirs() {
    let after = migrate_with(EACH, &Options::for_paste());
    assert!(
        after.contains(
            "    async with http_client().get(f'https://a.example.com/{pk}') as response:\n"
        ),
        "{after}"
    );
    // Through another function, and with the session of the module.
    let before = "import requests\n\napi = requests.Session()\nother = requests.Session()\n\ndef _one(pk):\n    return api.get(f'https://a.example.com/{pk}').json()\n\ndef _load(pk):\n    return [_one(pk)]\n\ndef view(request):\n    rows = []\n    for pk in [1, 2]:\n        rows += _load(pk)\n    text = requests.get('https://b.example.com/').text\n    return JsonResponse([rows, text, other.get('https://b.example.com/').text])\n";
    let after = migrate_with(before, &Options::for_paste());
    for part in [
        "\n@per_event_loop\ndef get_api():\n",
        "    async with get_api().get(f'https://a.example.com/{pk}') as response:\n",
        "\ndef open_other():\n",
        "async with open_other() as other:\n",
        "async with aiohttp.ClientSession() as session:\n",
    ] {
        assert!(after.contains(part), "{part}: {after}");
    }
    assert!(!after.contains("def http_client"), "{after}");
    let finding = report_with(EACH, &Options::for_paste()).findings;
    assert!(
        finding.iter().any(|finding| finding
            .help
            .as_ref()
            .is_some_and(|help| help.contains("as `view` calls this function in a loop"))),
        "{finding:#?}"
    );
}

#[test]
fn names_that_are_taken_are_left() {
    let before = EACH.replace(
        "import requests\n",
        "import requests\nfrom shop import wraps\n",
    );
    let after = migrate_with(&before, &application(HttpClient::Aiohttp));
    assert!(
        after.contains("async with aiohttp.ClientSession() as session:"),
        "{after}"
    );
    let before = format!("{EACH}\n\ndef http_client():\n    return 1\n");
    let after = migrate_with(&before, &application(HttpClient::Aiohttp));
    assert!(after.contains("async with http_client_2().get("), "{after}");
}

#[test]
fn no_client_where_nothing_asks_for_one() {
    for before in [
        "import requests\n\ndef view(request):\n    return HttpResponse(requests.get(URL, files={}).text)\n",
        "import requests\n\ndef view(request):\n    with requests.Session() as session:\n        return HttpResponse(session.get(URL).text)\n",
        "def view(request):\n    return HttpResponse(Product.objects.count())\n",
        // Bare statements have no place for a function.
        "import requests\ntext = requests.get('https://a.example.com/').text\n",
    ] {
        let report = report_with(before, &application(HttpClient::Aiohttp));
        assert!(!report.after.contains("per_event_loop"), "{}", report.after);
    }
}

#[test]
fn what_becomes_of_cookies_is_said() {
    let help = |options: &Options, before: &str| {
        let report = crate::rules::testing::report_with(before, options);
        let helps = report.findings.into_iter().filter_map(|one| one.help);
        helps.collect::<Vec<String>>().join("\n")
    };
    let one = "import requests\n\ndef view(request):\n    return HttpResponse(requests.get('https://a.example.com/').text)\n";
    let two = "import requests\n\ndef view(request):\n    one = requests.get('https://a.example.com/').text\n    return HttpResponse(one + requests.post('https://a.example.com/').text)\n";
    for client in [HttpClient::Aiohttp, HttpClient::Httpx] {
        let shared = help(&application(client), one);
        assert!(
            shared.contains("it keeps no cookies, not even those"),
            "{shared}"
        );
        let own = Options {
            http_client: client,
            ..Options::for_paste()
        };
        assert!(!help(&own, one).contains("cookies"), "{}", help(&own, one));
        let again = help(&own, two);
        assert_eq!(
            again
                .matches("go along with this function's later requests")
                .count(),
            1,
            "{again}"
        );
    }
}

#[test]
fn urllib_keeps_no_cookies_and_neither_does_its_client() {
    let before = "import json\nfrom urllib.request import urlopen\n\ndef view(request):\n    rows = []\n    for path in ['a', 'b']:\n        with urlopen('https://a.example.com/' + path) as response:\n            rows.append(json.load(response))\n    return JsonResponse({'rows': rows})\n";
    for (client, wanted) in [
        (
            HttpClient::Aiohttp,
            "async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:",
        ),
        (
            HttpClient::Httpx,
            "async with httpx.AsyncClient(follow_redirects=True, timeout=None, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[]))) as client:",
        ),
    ] {
        let options = Options {
            http_client: client,
            ..Options::for_paste()
        };
        let after = migrate_with(before, &options);
        assert!(after.contains(wanted), "{after}");
    }
}
