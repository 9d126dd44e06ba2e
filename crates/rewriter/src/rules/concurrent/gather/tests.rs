//! Before and after, and what stays one after another.

use crate::rules::testing::{migrate_with, report_with};
use crate::{Applicability, FindingState, HttpClient, Options};

fn concurrent() -> Options {
    Options {
        concurrent: true,
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    }
}

fn on_python(version: &str) -> Options {
    Options {
        python_version: Some(version.parse().unwrap()),
        ..concurrent()
    }
}

const HELPERS: &str = "def _user(pk):\n    return requests.get(f'https://a.example.com/{pk}').json()\n\ndef _news():\n    return requests.get('https://b.example.com').json()\n\n";

/// The views after a migration, without the helpers.
fn views_with(body: &str, options: &Options) -> String {
    let text = format!("import requests\n\n{HELPERS}{body}");
    let after = migrate_with(&text, options);
    let at = after
        .find("async def view")
        .unwrap_or_else(|| panic!("{after}"));
    after[at..].to_owned()
}

fn view(body: &str) -> String {
    views_with(body, &concurrent())
}

/// Asserts that the calls of a view stay one after another, and what is said of it.
#[track_caller]
fn check_apart(body: &str, reason: &str) {
    let text = format!("import requests\n\n{HELPERS}{body}");
    let file = report_with(&text, &concurrent());
    assert!(!file.after.contains("gather"), "{}", file.after);
    let reasons: Vec<&str> = file
        .findings
        .iter()
        .filter(|finding| finding.rule == "concurrent/gather")
        .filter_map(|finding| finding.help.as_deref())
        .collect();
    assert!(
        reasons.iter().any(|said| said.contains(reason)),
        "{reasons:?}\n{}",
        file.after
    );
}

#[test]
fn awaited_helpers_are_gathered_as_they_are() {
    assert_eq!(
        view(
            "def view(request, pk):\n    user = _user(pk)\n    news = _news()\n    return JsonResponse({'user': user, 'news': news})\n"
        ),
        "async def view(request, pk):\n    user, news = await asyncio.gather(_user(pk), _news())\n    return JsonResponse({'user': user, 'news': news})\n"
    );
}

#[test]
fn only_when_it_is_asked_for() {
    let text = format!(
        "import requests\n\n{HELPERS}def view(request, pk):\n    user = _user(pk)\n    news = _news()\n    return JsonResponse([user, news], safe=False)\n"
    );
    let after = migrate_with(&text, &Options::for_paste());
    assert!(!after.contains("asyncio.gather"), "{after}");
}

#[test]
fn from_python_3_11_on_a_task_group_keeps_the_exceptions() {
    assert_eq!(
        views_with(
            "def view(request, pk):\n    user = _user(pk)\n    news = _news()\n    return JsonResponse({'user': user, 'news': news})\n",
            &on_python("3.11")
        ),
        "async def view(request, pk):\n    error = None\n    try:\n        async with asyncio.TaskGroup() as group:\n            tasks = [group.create_task(_user(pk)), group.create_task(_news())]\n    except ExceptionGroup as failed:\n        error = failed.exceptions[0]\n    if error is not None:\n        raise error\n    user, news = [task.result() for task in tasks]\n    return JsonResponse({'user': user, 'news': news})\n"
    );
}

#[test]
fn queries_are_one_lane_beside_a_service() {
    assert_eq!(
        view(
            "def view(request, pk):\n    product = Product.objects.get(pk=pk)\n    news = _news()\n    total = Product.objects.count()\n    return JsonResponse({'p': product.pk, 'news': news, 'total': total})\n"
        ),
        "async def view(request, pk):\n    async def load_product():\n        product = await Product.objects.aget(pk=pk)\n        total = await Product.objects.acount()\n        return product, total\n\n    results = await asyncio.gather(load_product(), _news(), return_exceptions=True)\n    for result in results:\n        if isinstance(result, BaseException):\n            raise result\n    (product, total), news = results\n    return JsonResponse({'p': product.pk, 'news': news, 'total': total})\n"
    );
}

#[test]
fn queries_alone_are_not_gathered() {
    let text = "def view(request, pk):\n    a = A.objects.get(pk=pk)\n    b = B.objects.get(pk=pk)\n    return JsonResponse([a.pk, b.pk], safe=False)\n";
    let after = migrate_with(text, &concurrent());
    assert!(!after.contains("gather"), "{after}");
}

#[test]
fn what_uses_another_stays_behind_it() {
    check_apart(
        "def view(request):\n    news = _news()\n    user = _user(news['pk'])\n    return JsonResponse(user)\n",
        "it uses `news`",
    );
}

#[test]
fn what_writes_stays_in_its_place() {
    check_apart(
        "def view(request, pk):\n    user = _user(pk)\n    requests.post('https://a.example.com', json=1)\n    return JsonResponse(user)\n",
        "`requests.post` changes something",
    );
    check_apart(
        "def view(request, pk):\n    user = _user(pk)\n    Product.objects.create(name='a')\n    return JsonResponse(user)\n",
        "`Product.objects.create` changes something",
    );
    check_apart(
        "import time\ndef view(request, pk):\n    user = _user(pk)\n    time.sleep(1)\n    return JsonResponse(user)\n",
        "waits on purpose",
    );
}

#[test]
fn a_helper_that_writes_stays_in_its_place() {
    check_apart(
        "def _store(pk):\n    Product.objects.filter(pk=pk).update(n=1)\n    return _news()\n\ndef view(request, pk):\n    user = _user(pk)\n    stored = _store(pk)\n    return JsonResponse([user, stored], safe=False)\n",
        "`Product.objects.filter(…).update` changes something",
    );
    check_apart(
        "SEEN = []\n\ndef _seen(pk):\n    SEEN.append(pk)\n    return _news()\n\ndef view(request, pk):\n    user = _user(pk)\n    seen = _seen(pk)\n    return JsonResponse([user, seen], safe=False)\n",
        "changes what others may see",
    );
}

#[test]
fn what_decides_about_the_rest_stays_in_its_place() {
    check_apart(
        "from django.shortcuts import get_object_or_404\n\ndef view(request, pk):\n    product = get_object_or_404(Product, pk=pk)\n    user = _user(pk)\n    return JsonResponse([product.pk, user], safe=False)\n",
        "stays in its place",
    );
    check_apart(
        "def view(request, pk):\n    user = _user(pk)\n    if not user:\n        return JsonResponse({})\n    news = _news()\n    return JsonResponse([user, news], safe=False)\n",
        "an `if` stands between",
    );
}

#[test]
fn code_that_is_not_known_stays_in_its_place() {
    check_apart(
        "def view(request, pk):\n    user = _user(pk)\n    news = enrich(_news())\n    return JsonResponse([user, news], safe=False)\n",
        "`enrich` may do anything",
    );
    check_apart(
        "def view(request, pk):\n    user = _user(pk)\n    request.news = _news()\n    return JsonResponse(user)\n",
        "`request.news` is changed",
    );
}

#[test]
fn handlers_go_on_working() {
    assert_eq!(
        view(
            "def view(request, pk):\n    try:\n        user = _user(pk)\n        news = _news()\n    except requests.ConnectionError:\n        return HttpResponse(status=502)\n    return JsonResponse([user, news], safe=False)\n"
        ),
        "async def view(request, pk):\n    try:\n        user, news = await asyncio.gather(_user(pk), _news())\n    except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout, httpx.ProxyError):\n        return HttpResponse(status=502)\n    return JsonResponse([user, news], safe=False)\n"
    );
    check_apart(
        "def view(request, pk):\n    user = news = None\n    try:\n        user = _user(pk)\n        news = _news()\n    except requests.ConnectionError:\n        pass\n    return JsonResponse([user, news], safe=False)\n",
        "after a failure the code goes on",
    );
}

#[test]
fn each_try_is_a_lane() {
    let after = view(
        "def view(request, pk):\n    try:\n        user = _user(pk)\n    except requests.ConnectionError:\n        user = None\n    try:\n        news = _news()\n    except requests.ConnectionError:\n        news = []\n    return JsonResponse([user, news], safe=False)\n",
    );
    assert!(
        after.starts_with("async def view(request, pk):\n    async def fetch_user():\n        try:\n            user = await _user(pk)\n        except"),
        "{after}"
    );
    assert!(
        after.contains("    user, news = await asyncio.gather(fetch_user(), fetch_news())\n"),
        "{after}"
    );
}

#[test]
fn variables_that_are_reused_do_not_meet() {
    let after = view(
        "def view(request):\n    response = requests.get('https://a.example.com')\n    a = response.json()\n    response = requests.get('https://b.example.com')\n    b = response.json()\n    return JsonResponse([a, b], safe=False)\n",
    );
    assert_eq!(
        after,
        "async def view(request):\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n        async def fetch_a():\n            response = await client.get('https://a.example.com')\n            return response.json()\n\n        async def fetch_b():\n            response = await client.get('https://b.example.com')\n            return response.json()\n\n        a, b = await asyncio.gather(fetch_a(), fetch_b())\n    return JsonResponse([a, b], safe=False)\n"
    );
}

#[test]
fn comments_stay_and_lines_before_come_first() {
    let after = view(
        "def view(request, pk):\n    # who\n    user = _user(pk)  # from a\n    key = {'x': 1}\n    # what\n    news = requests.get('https://b.example.com', params=key).json()\n    return JsonResponse([user, news], safe=False)\n",
    );
    for comment in ["# who", "# from a", "# what"] {
        assert_eq!(after.matches(comment).count(), 1, "{after}");
    }
    let key = after.find("key = {'x': 1}").unwrap();
    assert!(key < after.find("async def fetch_user").unwrap(), "{after}");
}

#[test]
fn it_is_for_review_and_can_be_rejected() {
    let text = format!(
        "import requests\n\n{HELPERS}def view(request, pk):\n    user = _user(pk)\n    news = _news()\n    return JsonResponse([user, news], safe=False)\n"
    );
    let file = report_with(&text, &concurrent());
    let finding = file
        .findings
        .iter()
        .find(|finding| finding.rule == "concurrent/gather")
        .unwrap();
    assert_eq!(finding.applicability, Applicability::Review);
    let place = finding.after.unwrap();
    assert_eq!(
        &file.after[place.start..place.end],
        "user, news = await asyncio.gather(_user(pk), _news())"
    );
    let rejected = Options {
        decisions: vec![crate::UserDecision {
            rule: Some("concurrent/gather".to_owned()),
            ..crate::UserDecision::new(crate::Choice::Reject)
        }],
        ..concurrent()
    };
    let file = report_with(&text, &rejected);
    assert!(!file.after.contains("asyncio.gather"), "{}", file.after);
    assert!(file.findings.iter().any(|finding| {
        finding.rule == "concurrent/gather" && finding.state == FindingState::Rejected
    }));
}

#[test]
fn the_turns_of_a_loop_are_gathered_in_their_order() {
    assert_eq!(
        view(
            "def view(request):\n    found = []\n    for pk in request.GET.getlist('pk'):\n        found.append(_user(pk))\n    return JsonResponse(found, safe=False)\n"
        ),
        "async def view(request):\n    found = []\n    limit = asyncio.Semaphore(10)\n\n    async def fetch_pk(pk):\n        async with limit:\n            return await _user(pk)\n\n    found.extend(await asyncio.gather(*[fetch_pk(pk) for pk in request.GET.getlist('pk')]))\n    return JsonResponse(found, safe=False)\n"
    );
}

#[test]
fn loops_over_rows_that_fill_a_dictionary() {
    assert_eq!(
        view(
            "def view(request):\n    found = {}\n    for product in Product.objects.all():\n        response = requests.get(f'https://a.example.com/{product.pk}')\n        found[product.slug] = response.json()\n    return JsonResponse(found)\n"
        ),
        "async def view(request):\n    found = {}\n    async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:\n        limit = asyncio.Semaphore(10)\n\n        async def fetch_product(product):\n            async with limit:\n                response = await client.get(f'https://a.example.com/{product.pk}')\n                return product.slug, response.json()\n\n        found.update(await asyncio.gather(*[fetch_product(product) async for product in Product.objects.all()]))\n    return JsonResponse(found)\n"
    );
}

#[test]
fn comprehensions_are_gathered() {
    assert_eq!(
        view(
            "def view(request):\n    keys = ['a', 'b']\n    found = [_user(pk)['name'] for pk in keys if pk != 'b']\n    return JsonResponse(found, safe=False)\n"
        ),
        "async def view(request):\n    keys = ['a', 'b']\n    limit = asyncio.Semaphore(10)\n\n    async def fetch_pk(pk):\n        async with limit:\n            return (await _user(pk))['name']\n\n    found = await asyncio.gather(*[fetch_pk(pk) for pk in keys if pk != 'b'])\n    return JsonResponse(found, safe=False)\n"
    );
}

#[test]
fn comprehensions_of_dictionaries_and_sets_are_gathered() {
    assert_eq!(
        view(
            "def view(request):\n    found = {pk: _user(pk)['name'] for pk in 'ab'}\n    return JsonResponse(found)\n"
        ),
        "async def view(request):\n    limit = asyncio.Semaphore(10)\n\n    async def fetch_pk(pk):\n        async with limit:\n            return pk, (await _user(pk))['name']\n\n    found = dict(await asyncio.gather(*[fetch_pk(pk) for pk in 'ab']))\n    return JsonResponse(found)\n"
    );
    assert_eq!(
        view(
            "def view(request):\n    found = {_user(pk)['name'] for pk in 'ab'}\n    return JsonResponse(sorted(found), safe=False)\n"
        ),
        "async def view(request):\n    limit = asyncio.Semaphore(10)\n\n    async def fetch_pk(pk):\n        async with limit:\n            return (await _user(pk))['name']\n\n    found = set(await asyncio.gather(*[fetch_pk(pk) for pk in 'ab']))\n    return JsonResponse(sorted(found), safe=False)\n"
    );
    for body in [
        // The name means something else.
        "    dict = 1\n    found = {pk: _user(pk)['name'] for pk in 'ab'}\n",
        // A key that does something.
        "    found = {key(pk): _user(pk)['name'] for pk in 'ab'}\n",
        // The database is asked.
        "    found = {pk: Product.objects.get(pk=pk).name for pk in 'ab'}\n",
    ] {
        let after = view(&format!(
            "def view(request):\n{body}    return JsonResponse(found, safe=False)\n"
        ));
        assert!(!after.contains("gather"), "{after}");
    }
}

#[test]
fn loops_whose_turns_need_each_other_stay() {
    for body in [
        // The turn before decides.
        "    found = []\n    for pk in 'ab':\n        if found:\n            break\n        found.append(_user(pk))\n",
        "    found = []\n    last = 0\n    for pk in 'ab':\n        last = _user(last)\n        found.append(last)\n",
        // It asks the database, or changes something.
        "    found = []\n    for pk in 'ab':\n        found.append(Product.objects.get(pk=pk).name)\n",
        "    found = []\n    for pk in 'ab':\n        found.append(requests.post('https://a.example.com', json=pk).json())\n",
        // Somebody else may see the list.
        "    found = request.found\n    for pk in 'ab':\n        found.append(_user(pk))\n",
        // What was found until a failure is used.
        "    found = []\n    try:\n        for pk in 'ab':\n            found.append(_user(pk))\n    except requests.ConnectionError:\n        pass\n",
        // The variable of the loop is read afterwards.
        "    found = []\n    for pk in 'ab':\n        found.append(_user(pk))\n    found.append(pk)\n",
    ] {
        let after = view(&format!(
            "def view(request):\n{body}    return JsonResponse(found, safe=False)\n"
        ));
        assert!(!after.contains("gather"), "{after}");
    }
}

#[test]
fn loops_that_query_beside_a_service() {
    let after = view(
        "def view(request):\n    found = []\n    for pk in [1, 2]:\n        product = Product.objects.get(pk=pk)\n        found.append((product.name, _user(pk)))\n    return JsonResponse(found, safe=False)\n",
    );
    assert_eq!(
        after,
        "async def view(request):\n    found = []\n    limit = asyncio.Semaphore(10)\n\n    async def fetch_pk(pk):\n        async with limit:\n            product = await Product.objects.aget(pk=pk)\n            return (product.name, await _user(pk))\n\n    found.extend(await asyncio.gather(*[fetch_pk(pk) for pk in [1, 2]]))\n    return JsonResponse(found, safe=False)\n"
    );
}

#[test]
fn loops_that_stay_say_why() {
    for (body, reason) in [
        (
            "    for pk in [1, 2]:\n        Tag.objects.create(name=pk)\n        found.append(_user(pk))\n",
            "changes something",
        ),
        (
            "    for pk in [1, 2]:\n        user = _user(pk)\n        found.append(user)\n    print(user)\n",
            "`user` is used after the loop",
        ),
        (
            "    last = None\n    for pk in [1, 2]:\n        last = _user((last, pk))\n        found.append(last)\n",
            "a turn may use what the one before it left in `last`",
        ),
        (
            "    for pk in [1, 2]:\n        if _user(pk):\n            found.append(pk)\n",
            "its form is not one that is known",
        ),
        (
            "    found = [_user(pk) for pk in [1, 2] if _user(pk)]\n",
            "a condition of it waits",
        ),
    ] {
        check_apart(
            &format!(
                "def view(request):\n    found = []\n{body}    return JsonResponse(found, safe=False)\n"
            ),
            reason,
        );
    }
}

#[test]
fn loops_that_only_query_are_not_spoken_of() {
    let text = "def view(request):\n    found = []\n    for pk in [1, 2]:\n        found.append(Product.objects.get(pk=pk).name)\n    return JsonResponse(found, safe=False)\n";
    let file = report_with(text, &concurrent());
    assert!(!file.after.contains("gather"), "{}", file.after);
    assert!(
        file.findings
            .iter()
            .all(|finding| finding.rule != "concurrent/gather")
    );
}
