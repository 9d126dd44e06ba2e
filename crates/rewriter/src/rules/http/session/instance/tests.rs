use crate::rules::testing::{check, check_with, report_with};
use crate::{HttpClient, Options, migrate};
use unblocked_analyzer::Workspace;

fn httpx() -> Options {
    Options {
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    }
}

const MADE: &str = "import requests\n\nclass Api:\n    def __init__(self, token):\n        self.token = token\n        self._http = requests.Session()\n        self._http.headers['X-Token'] = self.token\n        self._http.auth = ('user', token)\n";

const METHOD: &str = "\n    def _load(self, pk):\n        return self._http.get(f'https://a.example.com/{pk}').json()\n";

const VIEW: &str = "\ndef view(request):\n    return JsonResponse(Api('t')._load(1))\n";

/// With a statement more in `__init__`, and more in the class.
fn with(line: &str, body: &str) -> String {
    let line = if line.is_empty() {
        String::new()
    } else {
        format!("        {line}\n")
    };
    format!("{MADE}{line}{METHOD}{body}{VIEW}")
}

#[test]
fn a_function_that_makes_clients_takes_its_place() {
    let before = with("", "");
    check(
        &before,
        "from functools import lru_cache\n\nimport aiohttp\n\nclass Api:\n    def __init__(self, token):\n        self.token = token\n\n        cookies = lru_cache(lambda: aiohttp.CookieJar(unsafe=True))\n\n        def _open_http():\n            session = aiohttp.ClientSession(cookie_jar=cookies())\n            session.headers['X-Token'] = self.token\n            session.headers[\"Authorization\"] = aiohttp.BasicAuth('user', token).encode()\n            return session\n\n        self._open_http = _open_http\n\n    async def _load(self, pk):\n        async with self._open_http() as session:\n            async with session.get(f'https://a.example.com/{pk}') as response:\n                return await response.json(content_type=None)\n\nasync def view(request):\n    return JsonResponse(await Api('t')._load(1))\n",
    );
    check_with(
        &httpx(),
        &before,
        "from http.cookiejar import CookieJar\n\nimport httpx\n\nclass Api:\n    def __init__(self, token):\n        self.token = token\n\n        cookies = CookieJar()\n\n        def _open_http():\n            client = httpx.AsyncClient(follow_redirects=True, timeout=None, cookies=cookies)\n            client.headers['X-Token'] = self.token\n            client.auth = ('user', token)\n            return client\n\n        self._open_http = _open_http\n\n    async def _load(self, pk):\n        async with self._open_http() as client:\n            return (await client.get(f'https://a.example.com/{pk}')).json()\n\nasync def view(request):\n    return JsonResponse(await Api('t')._load(1))\n",
    );
}

#[test]
fn beside_it_where_it_is_needed_and_with_its_cookies_where_they_can_be() {
    for body in [
        "\n    def close(self):\n        self._http.close()\n",
        "\n    def _send(self, file):\n        return self._http.post('https://a.example.com/', files=file).text\n",
        "\n    def status(self):\n        return self._http.get('https://a.example.com/').status_code\n",
    ] {
        let before = with("", body);
        let after = report_with(&before, &httpx()).after;
        for part in [
            "        self._http = requests.Session()\n        self._http.headers['X-Token'] = self.token\n",
            "timeout=None, cookies=self._http.cookies)\n",
            "        async with self._open_http() as client:\n",
        ] {
            assert!(after.contains(part), "{part}: {after}");
        }
        let after = report_with(&before, &Options::for_paste()).after;
        assert!(
            after.contains("        self._http = requests.Session()\n")
                && after.contains("cookies = lru_cache(lambda: aiohttp.CookieJar(unsafe=True))\n")
                && after.contains("async with self._open_http() as session:\n"),
            "{after}"
        );
    }
}

#[test]
fn methods_of_subclasses_in_other_files_open_it() {
    let mut workspace = Workspace::new();
    workspace.set_file("shop/api.py", &format!("{MADE}{METHOD}"));
    workspace.set_file(
        "shop/views.py",
        "from shop.api import Api\n\nclass Shop(Api):\n    def orders(self):\n        session = 1\n        return self._http.get('https://a.example.com/').json(), session\n\ndef view(request):\n    return JsonResponse(Shop('t').orders())\n",
    );
    let report = migrate(&workspace, &Options::default());
    let after = |path: &str| {
        let file = report.files.iter().find(|file| file.path == path);
        file.map(|file| file.after.clone()).unwrap_or_default()
    };
    let views = after("shop/views.py");
    assert!(
        views.contains("        async with self._open_http() as http_session:\n            async with http_session.get("),
        "{views}"
    );
    let api = after("shop/api.py");
    assert!(
        api.contains("        self._open_http = _open_http\n"),
        "{api}"
    );
    // `_load` is called by nothing, and stays.
    assert!(
        api.contains("        self._http = requests.Session()\n"),
        "{api}"
    );
}

#[test]
fn it_stays_in_threads_and_says_why() {
    for (line, body, reason) in [
        (
            "self._http.mount('https://', adapter)",
            "",
            "`self._http.mount` has no like",
        ),
        (
            "self._http.headers['X'] = sign()",
            "",
            "may be another whenever it is asked for",
        ),
        (
            "self._http.headers['X'] = f'{token}'\n        token = None",
            "",
            "may be another whenever it is asked for",
        ),
        (
            "",
            "\n    def renew(self):\n        self.token = 'new'\n",
            "may be another whenever it is asked for",
        ),
        (
            "self.name = 'a'\n        self._http.headers['X'] = 'x'",
            "",
            "other statements stand between",
        ),
        (
            "",
            "\n    def renew(self):\n        self._http.headers['X'] = 'x'\n",
            "used for more than requests",
        ),
        (
            "",
            "\n    def client(self):\n        return self._http\n",
            "used for more than requests",
        ),
        ("load(self._http)", "", "is used for more than requests"),
        (
            "self._http = requests.Session()",
            "",
            "`_http` is several sessions",
        ),
        (
            "",
            "\n    def __getstate__(self):\n        return {}\n",
            "not all that its code says",
        ),
        (
            "",
            "\n    __slots__ = ('_http',)\n",
            "not all that its code says",
        ),
        (
            "",
            "\n    def all(self):\n        return [self._load(pk) for pk in [1, 2]]\n",
            "calls this function in a loop",
        ),
        (
            "",
            "\n\ndef test(monkeypatch):\n    monkeypatch.setattr(made(), '_http', None)\n",
            "names the session",
        ),
        (
            "",
            "\n\ndef keep(api: Api):\n    cache.set('api', Api('t'))\n",
            "code that may copy it",
        ),
        (
            "",
            "\n\ndef other(thing):\n    thing._http.headers = None\n",
            "used for more than requests",
        ),
    ] {
        let before = with(line, body);
        for options in [Options::for_paste(), httpx()] {
            let report = report_with(&before, &options);
            assert!(
                !report.after.contains("_open_http")
                    && report
                        .after
                        .contains("        self._http = requests.Session()\n"),
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
fn one_that_logs_in_has_its_cookies_with_httpx() {
    let before = with(
        "",
        "\n    def _login(self):\n        return self._http.post('https://a.example.com/login').text\n",
    )
    .replace("_load(1)", "_login()");
    let report = report_with(&before, &Options::for_paste());
    assert!(!report.after.contains("_open_http"), "{}", report.after);
    assert!(
        report.findings.iter().any(|finding| finding
            .help
            .as_ref()
            .is_some_and(|help| help.contains("seems to log in"))),
        "{:#?}",
        report.findings
    );
    let after = report_with(&before, &httpx()).after;
    assert!(after.contains("cookies=self._http.cookies)"), "{after}");
}

#[test]
fn attributes_of_the_same_name_elsewhere_are_their_own() {
    let before = with(
        "",
        "\nclass Other:\n    def __init__(self):\n        self._http = None\n        self.token = 1\n\ndef count(request):\n    request._http = 1\n    Other()._http = 2\n",
    );
    let after = report_with(&before, &Options::for_paste()).after;
    assert!(after.contains("self._open_http() as session"), "{after}");
}
