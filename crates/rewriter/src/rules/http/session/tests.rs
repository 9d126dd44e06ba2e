use crate::rules::testing::{check, check_with, report_with};
use crate::{Applicability, HttpClient, Options};

fn httpx() -> Options {
    Options {
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    }
}

fn view(body: &str) -> String {
    format!("import requests\n\ndef view(request):\n{body}")
}

const BLOCK: &str = "    with requests.Session() as s:\n        s.headers.update({'X-Token': 't'})\n        s.auth = ('user', 'secret')\n        data = s.get(URL).json()\n    return JsonResponse(data)\n";

#[test]
fn a_block_stays_a_block() {
    check(
        &view(BLOCK),
        "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as s:\n        s.headers.update({'X-Token': 't'})\n        s.headers[\"Authorization\"] = aiohttp.BasicAuth('user', 'secret').encode()\n        async with s.get(URL) as response:\n            data = await response.json(content_type=None)\n    return JsonResponse(data)\n",
    );
    check_with(
        &httpx(),
        &view(BLOCK),
        "import httpx\n\nasync def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as s:\n        s.headers.update({'X-Token': 't'})\n        s.auth = ('user', 'secret')\n        data = (await s.get(URL)).json()\n    return JsonResponse(data)\n",
    );
}

#[test]
fn one_in_a_variable_is_closed_after_its_last_use() {
    check(
        &view(
            "    session = requests.Session()\n    rows = []\n    for pk in [1, 2]:\n        rows.append(session.get(URL + str(pk)).json())\n    other = requests.get(URL).json()\n    last = session.get(URL)\n    status = last.status_code\n    return JsonResponse({'rows': rows, 'other': other, 'status': status})\n",
        ),
        "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as session:\n        rows = []\n        for pk in [1, 2]:\n            async with session.get(URL + str(pk)) as response:\n                rows.append(await response.json(content_type=None))\n        async with aiohttp.ClientSession() as http_session:\n            async with http_session.get(URL) as response:\n                other = await response.json(content_type=None)\n        async with session.get(URL) as last:\n            status = last.status\n    return JsonResponse({'rows': rows, 'other': other, 'status': status})\n",
    );
    // The other client's statements cross those of the session.
    check(
        &view(
            "    a = requests.get(URL).json()\n    session = requests.Session()\n    b = session.get(URL).json()\n    c = requests.get(URL).json()\n    d = session.get(URL).json()\n    return JsonResponse([a, b, c, d])\n",
        ),
        "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as http_session:\n        async with http_session.get(URL) as response:\n            a = await response.json(content_type=None)\n        async with aiohttp.ClientSession() as session:\n            async with session.get(URL) as response:\n                b = await response.json(content_type=None)\n            async with http_session.get(URL) as response:\n                c = await response.json(content_type=None)\n            async with session.get(URL) as response:\n                d = await response.json(content_type=None)\n    return JsonResponse([a, b, c, d])\n",
    );
}

#[test]
fn two_that_cross_are_nested() {
    check(
        &view(
            "    one = requests.Session()\n    two = requests.Session()\n    a = one.get(URL).text\n    b = two.get(URL).text\n    c = requests.get(URL).text\n    d = two.get(URL).text\n    return JsonResponse([a, b, c, d])\n",
        ),
        "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as one:\n        async with aiohttp.ClientSession() as two:\n            async with one.get(URL) as response:\n                a = await response.text(errors=\"replace\")\n            async with two.get(URL) as response:\n                b = await response.text(errors=\"replace\")\n            async with aiohttp.ClientSession() as session:\n                async with session.get(URL) as response:\n                    c = await response.text(errors=\"replace\")\n            async with two.get(URL) as response:\n                d = await response.text(errors=\"replace\")\n    return JsonResponse([a, b, c, d])\n",
    );
    // One that is made while another is open, and goes on after it.
    let after = report_with(
        &view(
            "    one = requests.Session()\n    a = one.get(URL).text\n    two = requests.Session()\n    b = two.get(URL).text\n    c = one.get(URL).text\n    d = two.get(URL).text\n    three = requests.Session()\n    e = three.get(URL).text\n    return JsonResponse([a, b, c, d, e])\n",
        ),
        &Options::for_paste(),
    )
    .after;
    assert_eq!(after.matches("d = await").count(), 1, "{after}");
    assert!(
        after.contains(
            "\n            async with two.get(URL) as response:\n                d = await"
        ),
        "{after}"
    );
    assert!(
        after.contains("\n    async with aiohttp.ClientSession() as three:"),
        "{after}"
    );
}

#[test]
fn one_that_a_finally_closes_stays_so() {
    let before = view(
        "    s = requests.Session()\n    try:\n        status = s.get(URL).status_code\n    finally:\n        s.close()\n    return HttpResponse(status)\n",
    );
    check(
        &before,
        "import aiohttp\n\nasync def view(request):\n    s = aiohttp.ClientSession()\n    try:\n        async with s.get(URL) as response:\n            status = response.status\n    finally:\n        await s.close()\n    return HttpResponse(status)\n",
    );
    check_with(
        &httpx(),
        &before,
        "import httpx\n\nasync def view(request):\n    s = httpx.AsyncClient(follow_redirects=True, timeout=None)\n    try:\n        status = (await s.get(URL)).status_code\n    finally:\n        await s.aclose()\n    return HttpResponse(status)\n",
    );
}

#[test]
fn what_has_no_like_stays_in_threads_and_says_why() {
    for (setting, reason) in [
        ("s.mount('https://', adapter)", "`s.mount` has no like in"),
        ("s.proxies = {}", "`s.proxies` has no like in"),
        ("s.verify = False", "`s.verify` has no like in"),
        ("s.headers['A'] = None", "`s.headers` has no like in"),
        ("s.headers = {}", "`s.headers` has no like in"),
        ("s.auth = Token()", "`s.auth` has no like in"),
        (
            "s.hooks['response'].append(log)",
            "`s.hooks` has no like in",
        ),
        ("s.cookies.clear()", "`s.cookies` has no like in"),
        (
            "s.cookies.set('a', 'b', domain='c')",
            "`s.cookies` has no like in",
        ),
        ("s.cookies['a'] = None", "`s.cookies` has no like in"),
        ("s.cookies = jar", "`s.cookies` has no like in"),
        ("load(s)", "is used for more than requests"),
        (
            "s.get(URL, files={})",
            "`files` as it is given here has no like",
        ),
        ("s = requests.Session()", "is several sessions"),
    ] {
        let before = view(&format!(
            "    s = requests.Session()\n    {setting}\n    r = s.get(URL)\n    return HttpResponse(r.text)\n"
        ));
        for options in [Options::for_paste(), httpx()] {
            let report = report_with(&before, &options);
            assert!(
                report
                    .after
                    .contains("    r = await asyncio.to_thread(s.get, URL)\n"),
                "{setting}: {}",
                report.after
            );
            assert!(
                report.findings.iter().any(|finding| finding
                    .help
                    .as_ref()
                    .is_some_and(|help| help.contains(reason))),
                "{setting}: {:#?}",
                report.findings
            );
        }
    }
}

#[test]
fn parameters_of_all_requests_are_httpxs_own() {
    let before = view(
        "    s = requests.Session()\n    s.params = {'key': 'k'}\n    r = s.get('https://example.com/a')\n    return HttpResponse(r.text)\n",
    );
    check_with(
        &httpx(),
        &before,
        "import httpx\n\nasync def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as s:\n        s.params = {'key': 'k'}\n        r = await s.get('https://example.com/a')\n    return HttpResponse(r.text)\n",
    );
    assert!(
        report_with(&before, &Options::for_paste())
            .after
            .contains("to_thread")
    );
    let query = before.replace("com/a", "com/a?b=c");
    assert!(report_with(&query, &httpx()).after.contains("to_thread"));
}

#[test]
fn cookies_are_kept_in_a_jar_of_the_same_kind() {
    for line in [
        "s.cookies.set('a', 'b')",
        "s.cookies['a'] = 'b'",
        "s.cookies.update({'a': 'b'})",
    ] {
        let before = view(&format!(
            "    s = requests.Session()\n    {line}\n    r = s.get(URL)\n    return HttpResponse(r.text)\n"
        ));
        check_with(
            &httpx(),
            &before,
            &format!(
                "import httpx\n\nasync def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as s:\n        {line}\n        r = await s.get(URL)\n    return HttpResponse(r.text)\n"
            ),
        );
        let after = report_with(&before, &Options::for_paste()).after;
        assert!(after.contains("to_thread(s.get, URL)"), "{after}");
    }
}

#[test]
fn one_that_is_kept_in_an_object_stays() {
    let report = report_with(
        "import requests\n\nclass Api:\n    def __init__(self):\n        self.s = requests.Session()\n\nasync def view(request):\n    api = Api()\n    return HttpResponse(api.s.get(URL).text)\n",
        &Options::for_paste(),
    );
    assert!(report.after.contains("to_thread"), "{}", report.after);
    let finding = report.findings.iter().find(|finding| {
        finding
            .help
            .as_ref()
            .is_some_and(|help| help.contains("outlive the event loop"))
    });
    assert!(
        finding.is_some_and(|finding| finding.applicability == Applicability::Safe),
        "{:#?}",
        report.findings
    );
}

#[test]
fn the_same_methods_of_something_else_are_left() {
    for made in [
        "s = Session()",
        "with open_session() as s:\n        pass",
        "s = orm.Session()",
    ] {
        let report = report_with(
            &format!(
                "def view(request):\n    {made}\n    r = s.get(URL)\n    return HttpResponse(r.text)\n"
            ),
            &Options::for_paste(),
        );
        assert!(!report.after.contains("await"), "{}", report.after);
    }
}
