use crate::rules::testing::{check_with, migrate_with, report_with};
use crate::{HttpClient, Options};

const HEAD: &str = "import json\nimport urllib.error\nimport urllib.request\nfrom urllib.request import Request, urlopen\n\ndef view(request, url=None):\n";

fn options(http_client: HttpClient) -> Options {
    Options {
        http_client,
        ..Options::for_paste()
    }
}

fn indented(body: &str) -> String {
    body.lines().map(|line| format!("    {line}\n")).collect()
}

/// What of a view's body stays in a thread, and why.
#[track_caller]
fn stays(body: &str, reason: &str) {
    for client in [HttpClient::Aiohttp, HttpClient::Httpx] {
        let options = options(client);
        let before = format!("{HEAD}{}    return HttpResponse(answer)\n", indented(body));
        let after = migrate_with(&before, &options);
        assert!(
            !after.contains("ClientSession") && !after.contains("AsyncClient"),
            "{after}"
        );
        let report = report_with(&before, &options);
        let is_named = report.findings.iter().any(|finding| {
            finding
                .help
                .as_deref()
                .is_some_and(|help| help.contains(reason))
        });
        assert!(is_named, "{reason}: {after} {:#?}", report.findings);
    }
}

/// What a view's body has after the migration with aiohttp, and with httpx.
#[track_caller]
fn becomes(body: &str, aiohttp: &str, httpx: &str) {
    for (client, wanted) in [(HttpClient::Aiohttp, aiohttp), (HttpClient::Httpx, httpx)] {
        let before = format!("{HEAD}{}    return HttpResponse(answer)\n", indented(body));
        let after = migrate_with(&before, &options(client));
        assert!(after.contains(wanted), "{after}");
    }
}

#[test]
fn a_block_in_both_clients() {
    let before = "import json\nfrom urllib.request import urlopen\n\ndef view(request):\n    with urlopen('https://api.example.com/rate', timeout=5) as response:\n        data = json.load(response)\n    return JsonResponse(data)\n";
    check_with(
        &options(HttpClient::Aiohttp),
        before,
        "import json\n\nimport aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as session:\n        async with session.get('https://api.example.com/rate', timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5), raise_for_status=True) as response:\n            data = json.loads(await response.read())\n    return JsonResponse(data)\n",
    );
    check_with(
        &options(HttpClient::Httpx),
        before,
        "import json\n\nimport httpx\n\nasync def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n        async with client.stream(\"GET\", 'https://api.example.com/rate', timeout=5) as response:\n            await response.aread()\n            response.raise_for_status()\n            data = json.loads(response.content)\n    return JsonResponse(data)\n",
    );
}

#[test]
fn a_form_is_sent_as_one() {
    becomes(
        "answer = urlopen('https://a.example.com/', b'a=1').read()",
        "session.post('https://a.example.com/', data=b'a=1', headers={\"Content-Type\": \"application/x-www-form-urlencoded\"}, raise_for_status=True)",
        "client.post('https://a.example.com/', content=b'a=1', headers={\"Content-Type\": \"application/x-www-form-urlencoded\"})",
    );
    becomes(
        "answer = urlopen(Request('https://a.example.com/', b'{}', {'content-type': 'application/json'}, method='PUT'), timeout=3).read()",
        "session.request(url='https://a.example.com/', data=b'{}', headers={'content-type': 'application/json'}, method='PUT', timeout=",
        "client.request(url='https://a.example.com/', content=b'{}', headers={'content-type': 'application/json'}, method='PUT', timeout=3)",
    );
}

#[test]
fn a_request_in_a_variable_is_its_arguments() {
    becomes(
        "wanted = Request('https://a.example.com/', b'{}')\nwanted.add_header('Content-Type', 'application/json')\nif request.path:\n    wanted.add_header('X-Path', request.path)\nanswer = urlopen(wanted, timeout=3).read()",
        "    wanted = dict(url='https://a.example.com/', data=b'{}', headers={})\n    wanted[\"headers\"]['Content-Type'] = 'application/json'\n    if request.path:\n        wanted[\"headers\"]['X-Path'] = request.path\n    async with aiohttp.ClientSession() as session:\n        async with session.post(**wanted, timeout=aiohttp.ClientTimeout(sock_connect=3, sock_read=3), raise_for_status=True) as response:\n",
        "        answer = (await client.post(**wanted, timeout=3)).raise_for_status().content\n",
    );
    becomes(
        "wanted = Request(url='https://a.example.com/', data=b'a=1', headers={'X': 'y'}, method='PUT')\nanswer = urlopen(url=wanted).read()",
        "    wanted = dict(url='https://a.example.com/', data=b'a=1', headers={\"Content-Type\": \"application/x-www-form-urlencoded\", 'X': 'y'}, method='PUT')\n",
        "    wanted = dict(url='https://a.example.com/', content=b'a=1', headers={\"Content-Type\": \"application/x-www-form-urlencoded\", 'X': 'y'}, method='PUT')\n",
    );
}

#[test]
fn a_request_that_is_used_for_more_stays() {
    const MADE: &str = "wanted = Request('https://a.example.com/')\n";
    for more in [
        "wanted.data = b'a'",
        "wanted.add_unredirected_header('A', 'b')",
        "wanted.add_header(*url)",
        "wanted.add_header(url, 'b')",
        "wanted.add_header('A', None)",
        "wanted.add_header('A', 1)",
        "keep(wanted)",
        "wanted = Request('https://b.example.com/')",
        "urlopen(wanted)",
        "add = lambda: wanted.add_header('A', 'b')",
        "answer = wanted.add_header('A', 'b')",
    ] {
        stays(
            &format!("{MADE}{more}\nanswer = urlopen(wanted).read()"),
            "",
        );
    }
    stays(
        &format!("{MADE}answer = urlopen(wanted).read()\nwanted.add_header('A', 'b')"),
        "used for more than",
    );
    for (made, reason) in [
        (
            "Request('https://a.example.com/', headers={'a': 'b'})\nwanted.add_header('A', 'b')",
            "has no like",
        ),
        (
            "Request('https://a.example.com/', headers=HEADERS)\nwanted.add_header('A', 'b')",
            "Accept-Encoding",
        ),
        (
            "Request('https://a.example.com/')\nwanted.add_header('Accept-Encoding', 'gzip')",
            "treats the header `accept-encoding`",
        ),
        (
            "Request('https://a.example.com/', b'a')\nif url:\n    wanted.add_header('Content-type', 'text/plain')",
            "without which a form",
        ),
        ("Request(url)", "not evidently one of http"),
        (
            "Request('https://a.example.com/')\ndict = {}",
            "`dict` is another thing",
        ),
    ] {
        stays(
            &format!("wanted = {made}\nanswer = urlopen(wanted).read()"),
            reason,
        );
    }
}

#[test]
fn handlers_catch_what_is_raised_now() {
    becomes(
        "try:\n    answer = urlopen('https://a.example.com/').read()\nexcept urllib.error.HTTPError as error:\n    answer = error.code\nexcept urllib.error.URLError:\n    answer = 0",
        "except aiohttp.ClientResponseError as error:\n        answer = error.status\n    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):\n",
        "except httpx.HTTPStatusError as error:\n        answer = error.response.status_code\n    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.TooManyRedirects):\n",
    );
}

#[test]
fn what_is_not_evidently_of_the_web_stays() {
    for url in [
        "url",
        "request.GET['url']",
        "settings.URL",
        "request.path + 'https://a.example.com'",
        "f'{url}/a'",
        "'file:///etc/passwd'",
        "'ftp://a.example.com/a'",
        "'data:,a'",
        "b'https://a.example.com'",
        "'httpx://a.example.com'",
    ] {
        stays(
            &format!("answer = urlopen({url}).read()"),
            "not evidently one of http or https",
        );
    }
}

#[test]
fn arguments_without_like_stay() {
    let url = "'https://a.example.com/'";
    for (arguments, reason) in [
        (
            format!("{url}, context=ssl_context"),
            "`context` has no like",
        ),
        (format!("{url}, data=payload"), "not evidently bytes"),
        (format!("{url}, data='a=1'"), "not evidently bytes"),
        (
            format!("{url}, b'a', **more"),
            "in a way that can't be followed",
        ),
        (
            format!("Request({url}, b'a', headers=headers)"),
            "`Accept-Encoding` may be among them",
        ),
        (
            format!("Request({url}, headers={{'accept-encoding': 'gzip'}})"),
            "treats the header `accept-encoding`",
        ),
        (
            format!("Request({url}, unverifiable=True)"),
            "`unverifiable` has no like",
        ),
    ] {
        stays(&format!("answer = urlopen({arguments}).read()"), reason);
    }
}

#[test]
fn an_opener_or_a_timeout_of_the_project_keeps_all() {
    stays(
        "urllib.request.install_opener(opener)\nanswer = urlopen('https://a.example.com/').read()",
        "`install_opener` sets",
    );
    stays(
        "socket.setdefaulttimeout(5)\nanswer = urlopen('https://a.example.com/').read()",
        "`setdefaulttimeout` limits",
    );
}

#[test]
fn an_opener_of_its_own_is_no_other_client() {
    let before = format!(
        "{HEAD}    opener = urllib.request.build_opener()\n    with opener.open('https://a.example.com/') as response:\n        answer = response.read()\n    return HttpResponse(answer)\n"
    );
    let after = migrate_with(&before, &options(HttpClient::Aiohttp));
    assert!(after.contains("to_thread(in_thread)"), "{after}");
}

#[test]
fn the_same_names_on_other_objects() {
    let before = "def view(request):\n    Product.objects.count()\n    with browser.urlopen('https://a.example.com/') as response:\n        answer = response.read()\n    return HttpResponse(answer, urlopen('https://a.example.com/').read())\n";
    let after = migrate_with(before, &options(HttpClient::Aiohttp));
    assert!(!after.contains("aiohttp"), "{after}");
}

#[test]
fn what_is_read_otherwise_stays() {
    for body in [
        "with urlopen('https://a.example.com/') as response:\n    answer = response.read(10)",
        "with urlopen('https://a.example.com/') as response:\n    answer = response.read() + response.read()",
        "with urlopen('https://a.example.com/') as response:\n    answer = [line for line in response]",
        "with urlopen('https://a.example.com/') as response:\n    answer = parse(response)",
        "with urlopen('https://a.example.com/') as response:\n    answer = response.headers['Set-Cookie']",
        "answer = b''\nwith urlopen('https://a.example.com/') as response:\n    for _ in range(2):\n        answer = response.read()",
        "with urlopen('https://a.example.com/') as response:\n    pass\nanswer = response.read()",
    ] {
        stays(body, "in a way that the other client has no like for");
    }
}

#[test]
fn a_body_that_the_function_unpacks_stays() {
    stays(
        "import gzip\nanswer = gzip.decompress(urlopen('https://a.example.com/').read())",
        "unpacks what a server has compressed",
    );
}

#[test]
fn handlers_without_like_keep_threads() {
    for handler in [
        "except urllib.error.URLError as error:\n    answer = error.reason.errno",
        "except urllib.error.HTTPError as error:\n    answer = error.headers['A']",
        "except (urllib.error.HTTPError, KeyError) as error:\n    answer = error.code",
        "except ConnectionResetError:\n    answer = ''",
        "except ssl.SSLError:\n    answer = ''",
    ] {
        let body = format!(
            "import ssl\ntry:\n    answer = urlopen('https://a.example.com/').read()\n{handler}"
        );
        stays(&body, "a handler around it");
    }
    // What else is called there may raise the same.
    stays(
        "try:\n    answer = urlopen('https://a.example.com/').read()\n    answer = client.send(answer)\nexcept urllib.error.HTTPError as error:\n    answer = error.code",
        "a handler around it",
    );
    stays(
        "try:\n    answer = urlopen('https://a.example.com/').read()\n    answer += urlopen(url).read()\nexcept urllib.error.HTTPError as error:\n    answer = error.code",
        "shares a variable, a session or a handler",
    );
}

#[test]
fn threads_are_kept_where_they_are_asked_for() {
    let before = format!(
        "{HEAD}    with urlopen('https://a.example.com/') as response:\n        answer = response.read()\n    return HttpResponse(answer)\n"
    );
    let after = migrate_with(&before, &options(HttpClient::Requests));
    assert!(after.contains("to_thread(in_thread)"), "{after}");
}
