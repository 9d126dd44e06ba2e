use crate::rules::testing::{check_unchanged, check_with, migrate_with, report_with};
use crate::{HttpClient, Options};

const HEAD: &str = "import json\n\nimport urllib3\n\ndef view(request, options=None):\n    http = urllib3.PoolManager(retries=False)\n";

fn options(http_client: HttpClient) -> Options {
    Options {
        http_client,
        ..Options::for_paste()
    }
}

fn view(body: &str) -> String {
    let lines: String = body.lines().map(|line| format!("    {line}\n")).collect();
    format!("{HEAD}{lines}    return HttpResponse(answer)\n")
}

/// What of a view's body stays in a thread, and why.
#[track_caller]
fn stays(body: &str, reason: &str) {
    for client in [HttpClient::Aiohttp, HttpClient::Httpx] {
        stays_with(client, body, reason);
    }
}

#[track_caller]
fn stays_with(client: HttpClient, body: &str, reason: &str) {
    let options = options(client);
    let before = view(body);
    let after = migrate_with(&before, &options);
    assert!(
        !after.contains("ClientSession") && !after.contains("AsyncClient"),
        "{after}"
    );
    let report = report_with(&before, &options);
    let mut helps = report.findings.iter().filter_map(|one| one.help.as_deref());
    assert!(
        helps.any(|help| help.contains(reason)),
        "{reason}: {after} {:#?}",
        report.findings
    );
}

/// What a view's body has after the migration with aiohttp, and with httpx.
#[track_caller]
fn becomes(body: &str, aiohttp: &str, httpx: &str) {
    for (client, wanted) in [(HttpClient::Aiohttp, aiohttp), (HttpClient::Httpx, httpx)] {
        let after = migrate_with(&view(body), &options(client));
        assert!(after.contains(wanted), "{after}");
        assert_eq!(migrate_with(&after, &options(client)), after);
    }
}

#[test]
fn a_manager_that_sends_once_is_a_client() {
    let before = "import urllib3\n\ndef view(request):\n    http = urllib3.PoolManager()\n    answer = http.request('GET', 'https://a.example.com/', fields={'a': 'b'}, retries=False)\n    if answer.status != 200:\n        return HttpResponse(status=502)\n    return HttpResponse(answer.data)\n";
    check_with(
        &options(HttpClient::Aiohttp),
        before,
        "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as http:\n        async with http.request('GET', 'https://a.example.com/', params={'a': 'b'}, allow_redirects=False) as answer:\n            if answer.status != 200:\n                return HttpResponse(status=502)\n            return HttpResponse(await answer.read())\n",
    );
    check_with(
        &options(HttpClient::Httpx),
        before,
        "import httpx\n\nasync def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as http:\n        answer = await http.request('GET', 'https://a.example.com/', params={'a': 'b'}, follow_redirects=False)\n    if answer.status_code != 200:\n        return HttpResponse(status=502)\n    return HttpResponse(answer.content)\n",
    );
}

#[test]
fn a_manager_of_a_module_is_made_for_each_function_and_keeps_no_cookies() {
    // Its usual name is part of Django's module as well.
    let before = "import urllib3\nfrom django.http import HttpResponse\n\nhttp = urllib3.PoolManager(num_pools=2, retries=False)\n\n\ndef view(request):\n    return HttpResponse(http.request('POST', 'https://a.example.com/login', json={'a': 1}).data)\n";
    check_with(
        &options(HttpClient::Aiohttp),
        before,
        "import aiohttp\nfrom django.http import HttpResponse\n\n\ndef open_http():\n    http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())\n    return http\n\n\nasync def view(request):\n    async with open_http() as http:\n        async with http.request('POST', 'https://a.example.com/login', json={'a': 1}, allow_redirects=False) as response:\n            return HttpResponse(await response.read())\n",
    );
}

#[test]
fn the_function_gives_up_after_three_seconds() {
    becomes(
        "answer = urllib3.request('GET', 'https://a.example.com/', retries=False).data",
        "session.request('GET', 'https://a.example.com/', allow_redirects=False, timeout=aiohttp.ClientTimeout(sock_connect=3, sock_read=3))",
        "client.request('GET', 'https://a.example.com/', follow_redirects=False, timeout=3)",
    );
}

#[test]
fn seconds_of_each_phase() {
    becomes(
        "answer = http.request('GET', 'https://a.example.com/', timeout=urllib3.Timeout(connect=2, read=7.5)).data",
        "timeout=aiohttp.ClientTimeout(sock_connect=2, sock_read=7.5), allow_redirects=False)",
        "timeout=httpx.Timeout(7.5, connect=2), follow_redirects=False)",
    );
    stays(
        "answer = http.request('GET', 'https://a.example.com/', timeout=urllib3.Timeout(total=2)).data",
        "`timeout` as it is given here has no like",
    );
}

#[test]
fn what_is_sent_again_stays() {
    for arguments in [
        "retries=None",
        "retries=3",
        "retries=0",
        "retries=urllib3.Retry(connect=2)",
        "retries=options",
    ] {
        stays(
            &format!("answer = http.request('GET', 'https://a.example.com/', {arguments}).data"),
            "`retries=False` switches both off",
        );
    }
    stays(
        "http = urllib3.PoolManager()\nanswer = http.request('GET', 'https://a.example.com/').data",
        "several sessions",
    );
}

#[test]
fn arguments_without_like_stay() {
    for (arguments, reason) in [
        (
            "'POST', 'https://a.example.com/', fields={'a': 'b'}",
            "`fields` as it is given",
        ),
        (
            "request.method, 'https://a.example.com/', fields={'a': 'b'}",
            "`fields` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', fields={'a': ['b']}",
            "`fields` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', fields={'a': None}",
            "`fields` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/?b=c', fields={'a': 'b'}",
            "`fields` as it is given",
        ),
        (
            "'POST', 'https://a.example.com/', body=options",
            "`body` as it is given",
        ),
        (
            "'POST', 'https://a.example.com/', body='text'",
            "`body` as it is given",
        ),
        (
            "'POST', 'https://a.example.com/', json={}, body=b''",
            "`json` as it is given",
        ),
        (
            "'GET', 'https://user:secret@a.example.com/'",
            "`url` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', redirect=True",
            "`redirect` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', retries=False, redirect=False",
            "`redirect` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', decode_content=False",
            "`decode_content` as it is given",
        ),
        (
            "'GET', 'https://a.example.com/', None",
            "in a way that can't be followed",
        ),
        (
            "'GET', 'https://a.example.com/', **options",
            "in a way that can't be followed",
        ),
    ] {
        stays(&format!("answer = http.request({arguments}).data"), reason);
    }
    stays_with(
        HttpClient::Aiohttp,
        "answer = http.request('POST', 'https://a.example.com/', body=b'a').data",
        "`body` as it is given",
    );
}

#[test]
fn managers_with_settings_and_other_pools_stay() {
    for made in [
        "urllib3.PoolManager(headers={'A': 'b'})",
        "urllib3.PoolManager(timeout=5)",
        "urllib3.PoolManager(cert_reqs='CERT_NONE')",
        "urllib3.ProxyManager('http://p.example.com')",
        "urllib3.connection_from_url('https://a.example.com')",
    ] {
        stays(
            &format!(
                "pool = {made}\nanswer = pool.request('GET', 'https://a.example.com/', retries=False).data"
            ),
            "not through",
        );
    }
    stays(
        "answer = http.request('GET', 'https://a.example.com/').data\nhttp.clear()",
        "used for more than requests",
    );
    stays(
        "answer = urllib3.PoolManager().request('GET', 'https://a.example.com/', retries=False).data",
        "made where it is used",
    );
}

#[test]
fn responses_and_handlers_without_like_stay() {
    for used in [
        "geturl()",
        "headers['Set-Cookie']",
        "headers",
        "json(parse_int=str)",
        "getheader('A')",
    ] {
        stays(
            &format!("answer = http.request('GET', 'https://a.example.com/').{used}"),
            "in a way that the other client has no like for",
        );
    }
    for caught in [
        "urllib3.exceptions.MaxRetryError",
        "urllib3.exceptions.TimeoutError",
        "urllib3.exceptions.NewConnectionError",
        "urllib3.exceptions.ProtocolError",
        "OSError",
        "TimeoutError",
        "ConnectionError",
    ] {
        stays(
            &format!(
                "try:\n    answer = http.request('GET', 'https://a.example.com/').data\nexcept {caught}:\n    answer = ''"
            ),
            "a handler around it",
        );
    }
}

#[test]
fn handlers_catch_what_is_raised_now() {
    becomes(
        "try:\n    answer = http.request('GET', 'https://a.example.com/').data\nexcept urllib3.exceptions.ReadTimeoutError:\n    answer = 'slow'\nexcept urllib3.exceptions.HTTPError as error:\n    answer = str(error)",
        "except aiohttp.SocketTimeoutError:\n            answer = 'slow'\n        except (aiohttp.ClientError, asyncio.TimeoutError) as error:\n",
        "except httpx.ReadTimeout:\n            answer = 'slow'\n        except (httpx.HTTPError, httpx.InvalidURL) as error:\n",
    );
}

#[test]
fn the_same_names_on_other_objects() {
    check_unchanged(
        "def view(request):\n    answer = http.request('GET', 'https://a.example.com/', retries=False)\n    return HttpResponse(answer.data)\n",
    );
    let before = "import urllib3\n\ndef view(request):\n    Product.objects.count()\n    answer = browser.request('GET', 'https://a.example.com/', retries=False)\n    return HttpResponse(answer.data)\n";
    let after = migrate_with(before, &options(HttpClient::Aiohttp));
    assert!(!after.contains("aiohttp"), "{after}");
}
