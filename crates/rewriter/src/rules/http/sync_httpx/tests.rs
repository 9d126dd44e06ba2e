use crate::report::Applicability;
use crate::rules::testing::{check, report_with};
use crate::{HttpClient, Options};

#[test]
fn it_is_the_same_whatever_requests_becomes() {
    let before = "from httpx import Client\n\ndef view(request):\n    with Client(timeout=2) as c:\n        r = c.get(URL)\n    return HttpResponse(r.text)\n";
    for http_client in [
        HttpClient::Aiohttp,
        HttpClient::Httpx2,
        HttpClient::Requests,
    ] {
        let options = Options {
            http_client,
            ..Options::for_paste()
        };
        let report = report_with(before, &options);
        assert_eq!(
            report.after,
            "from httpx import AsyncClient\n\nasync def view(request):\n    async with AsyncClient(timeout=2) as c:\n        r = await c.get(URL)\n    return HttpResponse(r.text)\n"
        );
        assert_eq!(report.findings[0].applicability, Applicability::Safe);
    }
}

#[test]
fn calls_of_functions_share_a_client_for_review() {
    let before = "import httpx\n\ndef view(request):\n    names = []\n    for pk in [1, 2]:\n        names.append(httpx.get(f'https://example.com/{pk}').text)\n    return JsonResponse({'names': names})\n";
    let report = report_with(before, &Options::for_paste());
    assert_eq!(
        report.after,
        "import httpx\n\nasync def view(request):\n    names = []\n    async with httpx.AsyncClient() as client:\n        for pk in [1, 2]:\n            names.append((await client.get(f'https://example.com/{pk}')).text)\n    return JsonResponse({'names': names})\n"
    );
    assert_eq!(report.findings[0].applicability, Applicability::Review);
}

#[test]
fn what_the_client_can_not_do_alike_runs_in_threads() {
    for call in [
        "httpx.get(URL, verify=False)",
        "httpx.get(URL, auth=Digest('a', 'b'))",
        "httpx.post(URL, content=chunks())",
        "httpx.post(URL, files={'a': b''})",
        "httpx.get(*urls)",
    ] {
        check(
            &format!(
                "import httpx\n\ndef view(request):\n    r = {call}\n    return HttpResponse(r.text)\n"
            ),
            &format!(
                "import asyncio\n\nimport httpx\n\nasync def view(request):\n    r = await asyncio.to_thread({}\n    return HttpResponse(r.text)\n",
                call.replacen('(', ", ", 1)
            ),
        );
    }
}

#[test]
fn a_client_that_is_used_otherwise_stays_and_its_calls_run_in_threads() {
    for other in ["c.headers['A'] = 'b'", "load(c)", "print(c.base_url)"] {
        check(
            &format!(
                "import httpx\n\ndef view(request):\n    with httpx.Client() as c:\n        r = c.get(URL)\n        {other}\n    return HttpResponse(r.text)\n"
            ),
            &format!(
                "import asyncio\n\nimport httpx\n\nasync def view(request):\n    with httpx.Client() as c:\n        r = await asyncio.to_thread(c.get, URL)\n        {other}\n    return HttpResponse(r.text)\n"
            ),
        );
    }
    check(
        "import httpx\n\nclient = httpx.Client()\n\ndef view(request):\n    return HttpResponse(client.get(URL).text)\n",
        "import asyncio\n\nimport httpx\n\nclient = httpx.Client()\n\nasync def view(request):\n    return HttpResponse((await asyncio.to_thread(client.get, URL)).text)\n",
    );
}
