use crate::rules::testing::{check, check_with, report_with};
use crate::{HttpClient, Options, migrate};
use unblocked_analyzer::Workspace;

fn httpx() -> Options {
    Options {
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    }
}

const MADE: &str = "import requests\n\nURL = 'https://a.example.com/'\nsession = requests.Session()\nsession.headers.update({'X-Token': 't'})\nsession.auth = ('user', 'secret')\n";

const VIEW: &str =
    "\n\ndef view(request):\n    return JsonResponse(session.get(URL, timeout=5).json())\n";

#[test]
fn a_function_that_makes_clients_takes_its_place() {
    let before = format!("{MADE}{VIEW}");
    check(
        &before,
        "import aiohttp\n\nURL = 'https://a.example.com/'\n\n\ndef open_session():\n    session = aiohttp.ClientSession()\n    session.headers.update({'X-Token': 't'})\n    session.headers[\"Authorization\"] = aiohttp.BasicAuth('user', 'secret').encode()\n    return session\n\n\nasync def view(request):\n    async with open_session() as session:\n        async with session.get(URL, timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5)) as response:\n            return JsonResponse(await response.json(content_type=None))\n",
    );
    check_with(
        &httpx(),
        &before,
        "import httpx\n\nURL = 'https://a.example.com/'\n\n\ndef open_session():\n    session = httpx.AsyncClient(follow_redirects=True, timeout=None)\n    session.headers.update({'X-Token': 't'})\n    session.auth = ('user', 'secret')\n    return session\n\n\nasync def view(request):\n    async with open_session() as session:\n        return JsonResponse((await session.get(URL, timeout=5)).json())\n",
    );
}

#[test]
fn beside_it_where_synchronous_code_needs_it() {
    check(
        "import requests\n\nAPI = requests.Session()\nAPI.headers['X-Token'] = 't'\nURL = 'a'\n\ndef load(path):\n    return API.get(URL + path).status_code\n\ndef view(request):\n    return HttpResponse(load('a'))\n",
        "import aiohttp\nimport requests\n\nAPI = requests.Session()\nAPI.headers['X-Token'] = 't'\n\n\ndef open_api():\n    API = aiohttp.ClientSession()\n    API.headers['X-Token'] = 't'\n    return API\n\n\nURL = 'a'\n\ndef load(path):\n    return API.get(URL + path).status_code\n\n\nasync def aload(path):\n    async with open_api() as session:\n        async with session.get(URL + path) as response:\n            return response.status\n\nasync def view(request):\n    return HttpResponse(await aload('a'))\n",
    );
    let offered = format!("{MADE}__all__ = ['session', 'view']\n{VIEW}");
    let after = report_with(&offered, &Options::for_paste()).after;
    assert!(
        after.contains("\nsession = requests.Session()\n"),
        "{after}"
    );
    assert!(after.contains("async with open_session()"), "{after}");
}

#[test]
fn two_of_them_with_another_client() {
    let report = report_with(
        &format!(
            "{MADE}other = requests.Session()\n\ndef view(request):\n    a = session.get(URL).json()\n    b = other.get(URL).json()\n    c = requests.get(URL).json()\n    for _ in a:\n        d = session.get(URL).status_code\n    return JsonResponse([a, b, c, d])\n"
        ),
        &Options::for_paste(),
    );
    assert!(
        report.after.contains("    async with open_session() as session:\n        async with session.get(URL) as response:\n            a = await response.json(content_type=None)\n        async with open_other() as other:\n            async with other.get(URL) as response:\n"),
        "{}",
        report.after
    );
    assert!(!report.after.contains("requests"), "{}", report.after);
}

#[test]
fn it_stays_in_threads_and_says_why() {
    for (line, body, reason) in [
        (
            "session.mount('https://', adapter)",
            "",
            "`session.mount` has no like",
        ),
        ("session.verify = False", "", "`session.verify` has no like"),
        (
            "session.headers['X'] = sign()",
            "",
            "may be another whenever it is asked for",
        ),
        (
            "TOKEN = 1\nsession.headers['X'] = TOKEN",
            "",
            "other statements stand between",
        ),
        ("session.close()", "", "closes the session"),
        ("START = session.get(URL).text", "", "more than requests"),
        ("CLIENT = Client(session)", "", "more than requests"),
        (
            "",
            "session.headers['X'] = request.GET['x']",
            "more than requests",
        ),
        ("", "session.cookies.clear()", "more than requests"),
        ("", "load(session)", "more than requests"),
        ("", "session.post(URL + '/login')", "seems to log in"),
        (
            "",
            "session.get(URL, files={})",
            "`files` as it is given here has no like",
        ),
    ] {
        let body = if body.is_empty() { "pass" } else { body };
        let before = format!(
            "{MADE}{line}\n\ndef view(request):\n    {body}\n    r = session.get(URL)\n    return HttpResponse(r.text)\n"
        );
        for options in [Options::for_paste(), httpx()] {
            let report = report_with(&before, &options);
            assert!(
                report
                    .after
                    .contains("    r = await asyncio.to_thread(session.get, URL)\n")
                    && report.after.contains(&MADE["import requests\n\n".len()..]),
                "{line} {body}: {}",
                report.after
            );
            assert!(
                report.findings.iter().any(|finding| finding
                    .help
                    .as_ref()
                    .is_some_and(|help| help.contains(reason))),
                "{line} {body}: {:#?}",
                report.findings
            );
        }
    }
}

#[test]
fn what_hides_the_name_is_something_else() {
    for view in [
        "def view(request, session):\n    return HttpResponse(session.get('a'))\n",
        "def view(request):\n    session = request.session\n    return HttpResponse(session.get('a'))\n",
    ] {
        let report = report_with(&format!("{MADE}\n\n{view}"), &Options::for_paste());
        assert!(
            report.after.contains("session = requests.Session()"),
            "{}",
            report.after
        );
        assert!(!report.after.contains("open_session"), "{}", report.after);
    }
}

#[test]
fn other_files_that_use_it_keep_it() {
    for (path, text, reason) in [
        (
            "shop/tasks.py",
            "from .api import session\n\nload(session)\n",
            "`shop/tasks.py` uses the session",
        ),
        (
            "shop/tasks.py",
            "from . import api\n\ndef task():\n    api.session.get('a')\n",
            "`shop/tasks.py` uses the session",
        ),
        (
            "shop/tests.py",
            "@patch('shop.api.session.get')\ndef test(get):\n    pass\n",
            "`shop/tests.py` names the session",
        ),
        (
            "shop/tests.py",
            "from . import api\n\ndef test(monkeypatch):\n    monkeypatch.setattr(api, 'session', None)\n",
            "`shop/tests.py` names the session",
        ),
    ] {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/api.py", &format!("{MADE}{VIEW}"));
        workspace.set_file(path, text);
        let report = migrate(&workspace, &Options::default());
        let api = report.files.iter().find(|file| file.path == "shop/api.py");
        assert!(
            api.is_some_and(|file| file
                .after
                .contains("await asyncio.to_thread(session.get, URL, timeout=5)")
                && file.findings.iter().any(|finding| finding
                    .help
                    .as_ref()
                    .is_some_and(|help| help.contains(reason)))),
            "{api:#?}"
        );
    }
}

#[test]
fn the_session_of_a_function_is_its_own() {
    let report = report_with(
        "import requests\n\nsession = requests.Session()\n\ndef view(request):\n    with requests.Session() as session:\n        return HttpResponse(session.get(URL).text)\n",
        &Options::for_paste(),
    );
    assert!(
        report
            .after
            .contains("    with requests.Session() as session:\n"),
        "{}",
        report.after
    );
}

/// Both files after: that of the session, and `shop/views.py`.
fn in_files(home: &str, views: &str, other: &str) -> (String, String, String) {
    let mut workspace = Workspace::new();
    workspace.set_file("shop/api.py", home);
    workspace.set_file("shop/views.py", views);
    workspace.set_file("shop/other.py", other);
    let report = migrate(&workspace, &Options::default());
    let text = |path: &str| {
        let file = report.files.iter().find(|file| file.path == path);
        file.map(|file| file.after.clone()).unwrap_or_default()
    };
    let reasons = report
        .files
        .iter()
        .flat_map(|file| &file.findings)
        .filter_map(|finding| finding.help.clone())
        .collect();
    (text("shop/api.py"), text("shop/views.py"), reasons)
}

const IMPORTING: &str = "from django.http import JsonResponse\n\nfrom .api import URL, session as api\n\n\ndef view(request):\n    return JsonResponse(api.get(URL, timeout=5).json())\n";

#[test]
fn files_that_import_it_import_what_makes_its_clients() {
    let (home, views, _) = in_files(MADE, IMPORTING, "");
    assert!(
        home.contains("\nsession = requests.Session()\n")
            && home.contains("\n\n\ndef open_session():\n    session = aiohttp.ClientSession()\n"),
        "{home}"
    );
    assert!(
        views.contains("\nfrom .api import URL, open_session\n")
            && views.contains("    async with open_session() as session:\n        async with session.get(URL, timeout="),
        "{views}"
    );
    assert!(!views.contains("session as api"), "{views}");
    // The function that a loop calls shares the client of its loop, which is in the other file.
    let home = format!("{MADE}\n\ndef first():\n    return 1\n");
    let looping = IMPORTING.replace(
        "def view(request):\n    return JsonResponse(api.get(URL, timeout=5).json())",
        "def _one(pk):\n    return api.get(URL, timeout=pk).json()\n\n\ndef view(request):\n    return JsonResponse([_one(pk) for pk in [1, 2]])",
    );
    let (home, views, _) = in_files(&home, &looping, "");
    assert!(
        home.contains("@per_event_loop\ndef get_session():"),
        "{home}"
    );
    assert!(
        views.contains("    async with get_session().get(URL, timeout="),
        "{views}"
    );
}

#[test]
fn one_that_other_files_use_for_more_stays() {
    for (views, other) in [
        (
            IMPORTING.replace("    return", "    api.headers['X'] = 'x'\n    return"),
            "",
        ),
        (
            IMPORTING.replace("    return", "    load(api)\n    return"),
            "",
        ),
        (
            IMPORTING.replace("def view", "api.headers['X'] = 'x'\n\n\ndef view"),
            "",
        ),
        (IMPORTING.to_owned(), "from shop.views import api\n"),
        (IMPORTING.to_owned(), "from shop.api import *\n"),
        (
            IMPORTING.to_owned(),
            "def test(mocker):\n    mocker.patch('shop.views.api.get')\n",
        ),
        (
            IMPORTING.to_owned(),
            "def late():\n    from shop.api import session\n    session.close()\n",
        ),
        (
            IMPORTING.replace(
                "URL, session as api",
                "URL, session as api\nfrom .names import open_session",
            ),
            "",
        ),
    ] {
        let (home, after, reasons) = in_files(MADE, &views, other);
        assert!(!home.contains("open_session"), "{home}");
        assert!(after.contains("asyncio.to_thread(api.get"), "{after}");
        assert!(
            reasons.contains("uses the session `session`")
                || reasons.contains("import the session `session`"),
            "{reasons}"
        );
    }
}
