use crate::rules::testing::{check, check_unchanged, check_with, report_with};
use crate::{Applicability, HttpClient, Options};

fn httpx() -> Options {
    Options {
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    }
}

/// The body of a view, before and after; `$URL` stands for a URL.
#[track_caller]
fn aiohttp_view(before: &str, after: &str) {
    view(&Options::for_paste(), before, after);
}

#[track_caller]
fn httpx_view(before: &str, after: &str) {
    view(&httpx(), before, after);
}

#[track_caller]
fn view(options: &Options, before: &str, after: &str) {
    let indented = |text: &str| {
        text.lines()
            .map(|line| {
                if line.is_empty() || line.starts_with('|') {
                    format!("{}\n", line.trim_start_matches('|'))
                } else {
                    format!("    {line}\n")
                }
            })
            .collect::<String>()
            .replace("$URL", "\"https://api.example.com/\"")
    };
    let report = report_with(
        &format!(
            "import requests\n\ndef view(request):\n{}    return HttpResponse()\n",
            indented(before)
        ),
        options,
    );
    let body = report
        .after
        .split_once("async def view(request):\n")
        .map_or("(it stayed sync)", |(_, body)| body);
    assert_eq!(
        body,
        format!("{}    return HttpResponse()\n", indented(after))
    );
    crate::rules::testing::migrate_with(&report.after, options);
}

#[test]
fn one_session_around_all_that_need_it() {
    aiohttp_view(
        "user = requests.get($URL).json()\nname = user['name']\norders = requests.get($URL, params={'name': name}).json()\nx = 1",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL) as response:\n        user = await response.json(content_type=None)\n    name = user['name']\n    async with session.get($URL, params={'name': name}) as response:\n        orders = await response.json(content_type=None)\nx = 1",
    );
    httpx_view(
        "user = requests.get($URL).json()\nname = user['name']\norders = requests.post($URL, json={'name': name}).json()\nx = 1",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    user = (await client.get($URL)).json()\n    name = user['name']\n    orders = (await client.post($URL, json={'name': name})).json()\nx = 1",
    );
}

#[test]
fn the_session_is_made_outside_of_loops() {
    aiohttp_view(
        "for url in urls:\n    while True:\n        response = requests.get(url)\n        if response.ok:\n            print(response.text)",
        "async with aiohttp.ClientSession() as session:\n    for url in urls:\n        while True:\n            async with session.get(url) as response:\n                if response.ok:\n                    print(await response.text(errors=\"replace\"))",
    );
    httpx_view(
        "for url in urls:\n    response = requests.get(url)\n    print(response.ok == True)",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    for url in urls:\n        response = await client.get(url)\n        print((not response.is_error) == True)",
    );
}

#[test]
fn comments_and_strings_stay_as_they_are() {
    aiohttp_view(
        "# before\nresponse = requests.get($URL)  # why\n# between\ntext = \"\"\"a\n|  b\n\"\"\" + response.text  # after\nx = 1",
        "# before\nasync with aiohttp.ClientSession() as session:\n    async with session.get($URL) as response:  # why\n        # between\n        text = \"\"\"a\n|  b\n|    \"\"\" + await response.text(errors=\"replace\")  # after\nx = 1",
    );
}

#[test]
fn arguments_keep_their_lines() {
    aiohttp_view(
        "response = requests.post(\n    $URL,\n    json={\n        'a': 1,  # one\n    },\n    timeout=(3, 10),\n)\nlog()\nx = response.status_code",
        "async with aiohttp.ClientSession() as session:\n    async with session.post(\n        $URL,\n        json={\n            'a': 1,  # one\n        },\n        timeout=aiohttp.ClientTimeout(sock_connect=3, sock_read=10),\n    ) as response:\n        await response.read()\nlog()\nx = response.status",
    );
}

#[test]
fn every_argument_that_has_a_like() {
    aiohttp_view(
        "requests.get($URL, {'a': 1}, timeout=None, allow_redirects=False, verify=False, auth=('u', 'p'))",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL, params={'a': 1}, timeout=aiohttp.ClientTimeout(total=None), allow_redirects=False, ssl=False, auth=aiohttp.BasicAuth('u', 'p')) as response:\n        await response.read()",
    );
    httpx_view(
        "requests.get($URL, {'a': 1}, timeout=(1, 2), allow_redirects=False, auth=('u', 'p'))\nrequests.head($URL)\nrequests.delete($URL, json={'a': 1})\nrequests.post($URL, 'raw')\nrequests.put($URL, data={'a': 'b'})\nrequests.request('PATCH', $URL)",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    await client.get($URL, params={'a': 1}, timeout=(1, 2), follow_redirects=False, auth=('u', 'p'))\n    await client.head($URL, follow_redirects=False)\n    await client.request(\"DELETE\", $URL, json={'a': 1})\n    await client.post($URL, content='raw')\n    await client.put($URL, data={'a': 'b'})\n    await client.request('PATCH', $URL)",
    );
}

#[test]
fn arguments_without_a_like_keep_the_call_in_a_thread() {
    for arguments in [
        "files=files",
        "proxies=proxies",
        "cert='c'",
        "*args",
        "**kwargs",
        "cookies={'a': 'b'}",
        "params={'a': None}",
        "params={'a': True}",
        "headers={'a': None}",
        "hooks=hooks",
        "auth=auth",
        "verify='/ca.pem'",
    ] {
        let before = format!("requests.get($URL, {arguments})");
        let after = format!("await asyncio.to_thread(requests.get, $URL, {arguments})");
        aiohttp_view(&before, &after);
        httpx_view(&before, &after);
    }
    for arguments in ["data='raw'", "data={'a': None}", "data=payload"] {
        aiohttp_view(
            &format!("requests.post($URL, {arguments})"),
            &format!("await asyncio.to_thread(requests.post, $URL, {arguments})"),
        );
    }
    for arguments in [
        "data=[('a', 'b')]",
        "data={'a': None}",
        "data=payload",
        "verify=False",
    ] {
        httpx_view(
            &format!("requests.post($URL, {arguments})"),
            &format!("await asyncio.to_thread(requests.post, $URL, {arguments})"),
        );
    }
    httpx_view(
        "requests.get('https://api.example.com/?a=1', params={'b': 2})",
        "await asyncio.to_thread(requests.get, 'https://api.example.com/?a=1', params={'b': 2})",
    );
}

#[test]
fn a_response_that_goes_elsewhere_is_a_response_of_requests() {
    for rest in [
        "handle(response)",
        "request.response = response",
        "other = response",
        "print(response.elapsed)",
        "print(response.json(parse_float=str))",
        "for chunk in response.iter_content(10):\n    print(chunk)",
        "response.encoding = 'utf-8'\nprint(response.text)",
        "f = lambda: response.text",
        "def f():\n    return response.text",
        "print(dict(response.headers))",
        "x = response or None",
    ] {
        let before = format!("response = requests.get($URL)\n{rest}");
        let after = format!("response = await asyncio.to_thread(requests.get, $URL)\n{rest}");
        aiohttp_view(&before, &after);
        httpx_view(&before, &after);
    }
}

#[test]
fn a_variable_that_may_hold_something_else() {
    let before = "response = None\nfor url in urls:\n    if response:\n        break\n    response = requests.get(url)";
    let after = "response = None\nfor url in urls:\n    if response:\n        break\n    response = await asyncio.to_thread(requests.get, url)";
    aiohttp_view(before, after);
    httpx_view(before, after);
    let before = "if a:\n    response = requests.get($URL)\nelse:\n    response = requests.get($URL, stream=False)\nprint(response.text)";
    let after = "if a:\n    response = await asyncio.to_thread(requests.get, $URL)\nelse:\n    response = await asyncio.to_thread(requests.get, $URL, stream=False)\nprint(response.text)";
    aiohttp_view(before, after);
    httpx_view(before, after);
}

#[test]
fn where_no_statement_fits_around() {
    for (before, after) in [
        (
            "while requests.get($URL).status_code == 202:\n    pass",
            "while (await asyncio.to_thread(requests.get, $URL)).status_code == 202:\n    pass",
        ),
        (
            "x = a and requests.get($URL).text",
            "x = a and (await asyncio.to_thread(requests.get, $URL)).text",
        ),
        (
            "x = log(), requests.get($URL).text",
            "x = log(), (await asyncio.to_thread(requests.get, $URL)).text",
        ),
        (
            "x = 1; y = requests.get($URL).text",
            "x = 1; y = (await asyncio.to_thread(requests.get, $URL)).text",
        ),
        (
            "x = [requests.get(u).text for u in urls]",
            "x = [(await asyncio.to_thread(requests.get, u)).text for u in urls]",
        ),
        (
            "if a:\n    pass\nelif requests.get($URL).ok:\n    pass",
            "if a:\n    pass\nelif (await asyncio.to_thread(requests.get, $URL)).ok:\n    pass",
        ),
    ] {
        aiohttp_view(before, after);
    }
    httpx_view(
        "while requests.get($URL).status_code == 202:\n    pass\nx = a and [requests.get(u).text for u in urls]",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    while (await client.get($URL)).status_code == 202:\n        pass\n    x = a and [(await client.get(u)).text for u in urls]",
    );
}

#[test]
fn conditions_and_loops_over_an_answer() {
    aiohttp_view(
        "if requests.get($URL):\n    pass\nfor x in requests.get($URL).json():\n    print(x)",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL) as response:\n        await response.read()\n    if response.ok:\n        pass\n    async with session.get($URL) as response:\n        await response.read()\n    for x in await response.json(content_type=None):\n        print(x)",
    );
    httpx_view(
        "response = requests.get($URL)\nif not response:\n    pass\nif response and a:\n    pass\nif not requests.get($URL):\n    pass",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    response = await client.get($URL)\n    if response.is_error:\n        pass\n    if not response.is_error and a:\n        pass\n    if (await client.get($URL)).is_error:\n        pass",
    );
}

#[test]
fn handlers_that_look_inside_keep_requests() {
    let before = "try:\n    requests.get($URL).raise_for_status()\nexcept requests.HTTPError as error:\n    print(error.response.status_code)";
    let after = "try:\n    (await asyncio.to_thread(requests.get, $URL)).raise_for_status()\nexcept requests.HTTPError as error:\n    print(error.response.status_code)";
    aiohttp_view(before, after);
    httpx_view(before, after);
    let before = "with contextlib.suppress(requests.RequestException):\n    requests.get($URL)";
    let after = "with contextlib.suppress(requests.RequestException):\n    await asyncio.to_thread(requests.get, $URL)";
    aiohttp_view(before, after);
}

#[test]
fn handlers_of_callers_follow() {
    check(
        "import requests\n\ndef _load():\n    return requests.get(URL).json()\n\ndef view(request):\n    try:\n        data = _load()\n    except (requests.Timeout, ValueError):\n        data = None\n    return JsonResponse(data)\n",
        "import asyncio\nimport json\n\nimport aiohttp\n\nasync def _load():\n    async with aiohttp.ClientSession() as session:\n        async with session.get(URL) as response:\n            return json.loads(await response.read())\n\nasync def view(request):\n    try:\n        data = await _load()\n    except (asyncio.TimeoutError, ValueError):\n        data = None\n    return JsonResponse(data)\n",
    );
    // A caller that looks inside keeps the helper's requests in threads.
    check(
        "import requests\n\ndef _load():\n    return requests.get(URL).json()\n\ndef view(request):\n    try:\n        data = _load()\n    except requests.HTTPError as error:\n        data = error.response\n    return JsonResponse(data)\n",
        "import asyncio\n\nimport requests\n\nasync def _load():\n    return (await asyncio.to_thread(requests.get, URL)).json()\n\nasync def view(request):\n    try:\n        data = await _load()\n    except requests.HTTPError as error:\n        data = error.response\n    return JsonResponse(data)\n",
    );
}

#[test]
fn what_may_still_raise_the_exceptions_of_requests_keeps_them_caught() {
    aiohttp_view(
        "try:\n    requests.get($URL)\n    client.fetch()\nexcept requests.RequestException:\n    pass\nexcept OSError:\n    pass",
        "try:\n    async with aiohttp.ClientSession() as session:\n        async with session.get($URL) as response:\n            await response.read()\n    client.fetch()\nexcept (requests.RequestException, aiohttp.ClientError, asyncio.TimeoutError):\n    pass\nexcept (OSError, aiohttp.ClientError, asyncio.TimeoutError):\n    pass",
    );
}

#[test]
fn an_inner_loop_variable_and_free_names() {
    aiohttp_view(
        "session = 1\nresponse = 2\nx = requests.get($URL).json()\nprint(session, response)",
        "session = 1\nresponse = 2\nasync with aiohttp.ClientSession() as http_session:\n    async with http_session.get($URL) as http_response:\n        x = await http_response.json(content_type=None)\nprint(session, response)",
    );
}

#[test]
fn windows_line_ends_and_tabs() {
    check(
        "import requests\r\n\r\ndef view(request):\r\n\tr = requests.get(URL)\r\n\tlog()\r\n\treturn HttpResponse(r.text)\r\n",
        "import aiohttp\r\n\r\nasync def view(request):\r\n\tasync with aiohttp.ClientSession() as session:\r\n\t\tasync with session.get(URL) as r:\r\n\t\t\tawait r.read()\r\n\tlog()\r\n\treturn HttpResponse(await r.text(errors=\"replace\"))\r\n",
    );
}

#[test]
fn every_way_to_import() {
    for (import, call) in [
        ("import requests as rq", "rq.get"),
        ("from requests import get", "get"),
        ("from requests import get as fetch", "fetch"),
        ("from requests.api import get", "get"),
    ] {
        check(
            &format!("{import}\n\ndef view(request):\n    return HttpResponse({call}(URL).text)\n"),
            "import aiohttp\n\nasync def view(request):\n    async with aiohttp.ClientSession() as session:\n        async with session.get(URL) as response:\n            return HttpResponse(await response.text(errors=\"replace\"))\n",
        );
    }
}

#[test]
fn other_things_of_the_same_name() {
    check_unchanged(
        "def view(request, requests, client):\n    requests.get('a')\n    client.get('b')\n    {}.get('c')\n    return HttpResponse()\n",
    );
}

#[test]
fn bare_statements() {
    check(
        "import requests\n\ndata = requests.get(url).json()\nprint(data)\n",
        "import aiohttp\n\nasync with aiohttp.ClientSession() as session:\n    async with session.get(url) as response:\n        data = await response.json(content_type=None)\nprint(data)\n",
    );
}

#[test]
fn threads_where_only_safe_changes_are_asked_for() {
    let before =
        "import requests\n\ndef view(request):\n    return HttpResponse(requests.get(URL).text)\n";
    let after = "import asyncio\n\nimport requests\n\nasync def view(request):\n    return HttpResponse((await asyncio.to_thread(requests.get, URL)).text)\n";
    for options in [
        Options {
            safe_only: true,
            ..Options::for_paste()
        },
        Options {
            http_client: HttpClient::Requests,
            ..Options::for_paste()
        },
    ] {
        check_with(&options, before, after);
        let report = report_with(before, &options);
        assert_eq!(report.findings[0].applicability, Applicability::Safe);
    }
}

#[test]
fn httpx2_is_httpx_under_another_name() {
    check_with(
        &Options {
            http_client: HttpClient::Httpx2,
            ..Options::for_paste()
        },
        "import requests\n\ndef view(request):\n    try:\n        x = requests.get(URL).text\n    except requests.Timeout:\n        x = ''\n    return HttpResponse(x)\n",
        "import httpx2\n\nasync def view(request):\n    try:\n        async with httpx2.AsyncClient(follow_redirects=True, timeout=None) as client:\n            x = (await client.get(URL)).text\n    except httpx2.TimeoutException:\n        x = ''\n    return HttpResponse(x)\n",
    );
}

#[test]
fn what_it_rests_on_is_said() {
    let report = report_with(
        "import requests\n\ndef view(request):\n    return HttpResponse(requests.get(URL, params=request.GET, timeout=settings.LIMIT).text)\n",
        &Options::for_paste(),
    );
    let finding = &report.findings[0];
    assert_eq!(finding.rule, "http/aiohttp");
    assert_eq!(finding.applicability, Applicability::Review);
    let help = finding.help.as_deref().unwrap_or_default();
    for words in ["`timeout` is a number", "`params`", "5 minutes"] {
        assert!(help.contains(words), "{help}");
    }
}

#[test]
fn no_session_in_a_class_body_or_a_nested_f_string() {
    aiohttp_view(
        "response = requests.get($URL)\nx = f\"{f'{response.text}'}\"",
        "response = await asyncio.to_thread(requests.get, $URL)\nx = f\"{f'{response.text}'}\"",
    );
    check_unchanged(
        "import requests\n\ndef view(request):\n    class Config:\n        data = requests.get(URL).json()\n    return HttpResponse()\n",
    );
}

#[test]
fn thousands_of_requests_are_left_to_threads_in_no_time() {
    let mut before = String::from("import requests\n\ndef view(request):\n");
    for number in 0..3000 {
        before.push_str(&format!("    r{number} = requests.get(URL)\n"));
    }
    before.push_str("    return HttpResponse()\n");
    let started = std::time::Instant::now();
    let report = report_with(&before, &Options::for_paste());
    assert!(report.after.contains("r2999 = await asyncio.to_thread("));
    // Quadratic work would take minutes: the limit only has to be far from both.
    assert!(started.elapsed().as_secs() < 120);
}

#[test]
fn values_that_may_well_be_none() {
    for (setup, value) in [
        ("", "request.GET.get('q')"),
        ("", "x or None"),
        ("q = request.GET.get('q')\n", "q"),
        ("q = None\nif a:\n    q = 'b'\n", "q"),
    ] {
        for name in ["params", "headers"] {
            let before = format!("{setup}requests.get($URL, {name}={{'a': {value}}})");
            let after = format!(
                "{setup}await asyncio.to_thread(requests.get, $URL, {name}={{'a': {value}}})"
            );
            aiohttp_view(&before, &after);
            httpx_view(&before, &after);
        }
    }
    for pairs in [
        "[('a', 1), ('b', None)]",
        "(('a', request.GET.get('q')),)",
        "[['a', True]]",
        "[('a', [1, 2])]",
    ] {
        let before = format!("requests.get($URL, params={pairs})");
        let after = format!("await asyncio.to_thread(requests.get, $URL, params={pairs})");
        aiohttp_view(&before, &after);
        httpx_view(&before, &after);
    }
    aiohttp_view(
        "requests.get($URL, params=[('a', '1'), ('b', request.GET['c'])])",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL, params=[('a', '1'), ('b', request.GET['c'])]) as response:\n        await response.read()",
    );
    aiohttp_view(
        "requests.get($URL, params={'a': request.GET.get('q', ''), 'b': request.GET['c']})",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL, params={'a': request.GET.get('q', ''), 'b': request.GET['c']}) as response:\n        await response.read()",
    );
}

#[test]
fn a_handler_around_what_is_done_with_a_response_catches_the_same() {
    aiohttp_view(
        "r = requests.get($URL)\ntry:\n    r.raise_for_status()\nexcept requests.HTTPError:\n    pass",
        "async with aiohttp.ClientSession() as session:\n    async with session.get($URL) as r:\n        await r.read()\ntry:\n    r.raise_for_status()\nexcept aiohttp.ClientResponseError:\n    pass",
    );
    httpx_view(
        "r = requests.get($URL)\ntry:\n    r.raise_for_status()\nexcept requests.HTTPError:\n    pass",
        "async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n    r = await client.get($URL)\ntry:\n    r.raise_for_status()\nexcept httpx.HTTPStatusError:\n    pass",
    );
}

#[test]
fn a_helper_that_is_called_in_a_loop_says_that_it_makes_a_client_each_time() {
    let helper =
        "import requests\n\ndef fetch(pk):\n    return requests.get(f'{URL}/{pk}').json()\n\n";
    let told = |view: &str| {
        let report = report_with(&format!("{helper}{view}"), &Options::default());
        let mut helps = report
            .findings
            .into_iter()
            .filter_map(|finding| finding.help);
        helps.any(|help| help.contains("`view` calls this function in a loop"))
    };
    assert!(told(
        "def view(request):\n    rows = []\n    for pk in [1, 2]:\n        rows.append(fetch(pk))\n    return JsonResponse({'rows': rows})\n"
    ));
    assert!(told(
        "def view(request):\n    return JsonResponse({'rows': [fetch(pk) for pk in [1, 2]]})\n"
    ));
    assert!(!told(
        "def view(request):\n    return JsonResponse(fetch(1))\n"
    ));
}

#[test]
fn after_its_block_aiohttp_has_the_text_of_a_body_but_not_its_bytes() {
    aiohttp_view(
        "try:\n    response = requests.get($URL)\n    total = Product.objects.count()\n    x = response.json()\nexcept ValueError:\n    x = None",
        "try:\n    async with aiohttp.ClientSession() as session:\n        async with session.get($URL) as response:\n            await response.read()\n    total = await Product.objects.acount()\n    x = json.loads(await response.text(errors=\"replace\"))\nexcept ValueError:\n    x = None",
    );
    aiohttp_view(
        "response = requests.get($URL)\ntotal = Product.objects.count()\nx = response.content",
        "response = await asyncio.to_thread(requests.get, $URL)\ntotal = await Product.objects.acount()\nx = response.content",
    );
}
