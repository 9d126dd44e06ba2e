//! What is said of waits that follow each other.

use unblocked_analyzer::Workspace;

use crate::{HttpClient, Options, WhyInTurn, migrate};

/// The names and sentences of a view's waits.
fn told_of(files: &[(&str, &str)], options: &Options) -> Vec<(String, String)> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, options);
    let timeline = &report.timelines[0];
    let function = report.files.iter().flat_map(|file| &file.functions);
    let mut of_view = function.filter(|one| Some(&one.name) == timeline.view.as_ref());
    if let Some(function) = of_view.next() {
        assert_eq!(function.in_turn, timeline.in_turn);
    }
    let told = timeline.in_turn.iter();
    told.map(|one| (one.because.to_string(), one.reason.clone()))
        .collect()
}

/// The same of the body of a view, which begins on line 3.
fn told(body: &str) -> Vec<(String, String)> {
    let text =
        format!("import requests\ndef view(request, pk):\n{body}    return HttpResponse()\n");
    told_of(&[("views.py", &text)], &Options::for_paste())
}

#[track_caller]
fn check(body: &str, expected: &[(&str, &str)]) {
    let told = told(body);
    let told: Vec<(&str, &str)> = told.iter().map(|(one, other)| (&**one, &**other)).collect();
    assert_eq!(told, expected);
}

const A: &str = "    a = requests.get('https://a.example.com').json()\n";
const B: &str = "    b = requests.get('https://b.example.com').json()\n";

#[test]
fn what_needs_each_other_names_the_variable_and_the_line() {
    check(
        &format!("{A}    b = requests.get(f'https://b.example.com/{{a}}').json()\n"),
        &[(
            "data-flow",
            "`requests.get` (line 4) begins when `requests.get` (line 3) has ended: it uses `a`, which line 3 gives",
        )],
    );
    check(
        &format!(
            "{A}    url = 'https://b.example.com' + a['next']\n    b = requests.get(url).json()\n"
        ),
        &[(
            "data-flow",
            "`requests.get` (line 5) begins when `requests.get` (line 3) has ended: it uses `url`, made of what line 3 gives",
        )],
    );
    check(
        "    b = requests.get(requests.get('https://a.example.com').text).json()\n",
        &[(
            "data-flow",
            "`requests.get` (line 3) begins when `requests.get` (line 3) has ended: it is made with what `requests.get('https://a.example.com')` gives",
        )],
    );
}

#[test]
fn what_could_overlap_says_so() {
    check(
        &format!("{A}{B}"),
        &[(
            "independent",
            "`requests.get` (line 4) could wait at the same time as `requests.get` (line 3): nothing found stands against it",
        )],
    );
    let gathered = Options {
        concurrent: true,
        http_client: HttpClient::Httpx,
        ..Options::for_paste()
    };
    let text =
        format!("import requests\ndef view(request, pk):\n{A}{B}    return HttpResponse([a, b])\n");
    assert_eq!(told_of(&[("views.py", &text)], &gathered), []);
}

#[test]
fn queries_of_one_request_are_one_group() {
    check(
        "    a = A.objects.get(pk=pk)\n    b = B.objects.get(pk=pk)\n    c = C.objects.count()\n",
        &[(
            "orm-one-connection",
            "3 waits, from `A.objects.get` (line 3) to `C.objects.count` (line 5), follow each other: both are queries, and those of one request run one after another in its thread, on one connection, gathered or not",
        )],
    );
}

#[test]
fn what_happens_outside_keeps_its_place() {
    check(
        &format!("{A}    requests.post('https://b.example.com')\n"),
        &[(
            "ordering-effect",
            "`requests.post` (line 4) begins when `requests.get` (line 3) has ended: `requests.post` changes something (line 4)",
        )],
    );
    check(
        &format!("{A}    print('between')\n{B}"),
        &[(
            "ordering-effect",
            "`requests.get` (line 5) begins when `requests.get` (line 3) has ended: `print` is seen from outside (line 4)",
        )],
    );
    check(
        &format!("{A}    request.found = 1\n{B}"),
        &[(
            "shared-mutation",
            "`requests.get` (line 5) begins when `requests.get` (line 3) has ended: `request.found` is changed (line 4)",
        )],
    );
    check(
        &format!("{A}    enrich(pk)\n{B}"),
        &[(
            "unknown-code",
            "`requests.get` (line 5) begins when `requests.get` (line 3) has ended: `enrich` may do anything (line 4)",
        )],
    );
}

/// The names alone.
fn names(body: &str) -> Vec<String> {
    told(body).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn decisions_and_branches() {
    assert_eq!(
        names(&format!("{A}    if a:\n        return HttpResponse()\n{B}")),
        ["control-flow"]
    );
    assert_eq!(
        names(
            "    if pk:\n        a = requests.get('https://a.example.com')\n    else:\n        a = requests.get('https://b.example.com')\n"
        ),
        ["other-branch"]
    );
    assert_eq!(
        names(&format!(
            "    a = b = None\n    try:\n    {A}    {B}    except requests.ConnectionError:\n        pass\n    print(a, b)\n"
        )),
        ["exception-handling"]
    );
    assert_eq!(
        names(
            "    a = [requests.get('https://a.example.com').json(), requests.get('https://b.example.com').json()]\n"
        ),
        ["same-statement"]
    );
}

#[test]
fn a_transaction_is_one_piece() {
    // A view that waits in a transaction alone gains nothing, and stays.
    let view = "import requests\nfrom django.db import transaction\n\ndef view(request, pk):\n    rate = requests.get('https://a.example.com').json()\n    with transaction.atomic():\n        A.objects.create(pk=pk)\n        B.objects.create(pk=pk)\n    return HttpResponse(rate)\n";
    let told = told_of(&[("views.py", view)], &Options::for_paste());
    let within: Vec<_> = told
        .iter()
        .filter(|(name, _)| name == "in-transaction")
        .collect();
    assert!(
        within
            .iter()
            .any(|(_, reason)| reason.contains("from line 6 on")),
        "{told:#?}"
    );
    assert!(
        told.iter().all(|(name, _)| name != "unchanged"),
        "{told:#?}"
    );
}

#[test]
fn turns_of_loops_follow_each_other() {
    check(
        "    found = []\n    for key in 'ab':\n        found.append(requests.get(f'https://a.example.com/{key}').json())\n",
        &[(
            "independent",
            "the turns of the loop on line 4 could wait at the same time: nothing found stands against it",
        )],
    );
    check(
        "    last = 0\n    for key in 'ab':\n        last = requests.get(f'https://a.example.com/{last}').json()\n",
        &[(
            "statement-form",
            "the turns of the loop on line 4 follow each other: its form is not one that is known to collect its turns' results alone",
        )],
    );
    assert_eq!(
        names("    for key in 'ab':\n        A.objects.get(pk=key)\n"),
        ["orm-one-connection"]
    );
}

#[test]
fn helpers_are_looked_into() {
    let told = told_of(
        &[
            (
                "shop/client.py",
                "import requests\n\ndef fetch(pk):\n    first = requests.get(f'https://a.example.com/{pk}').json()\n    return requests.get(first['next']).json()\n",
            ),
            (
                "shop/views.py",
                "from . import client\n\ndef view(request, pk):\n    one = client.fetch(pk)\n    other = client.fetch(one['other'])\n    return JsonResponse(other)\n",
            ),
        ],
        &Options::default(),
    );
    let told: Vec<(&str, &str)> = told.iter().map(|(one, other)| (&**one, &**other)).collect();
    assert_eq!(
        told,
        [
            (
                "data-flow",
                "`requests.get` (line 5 of shop/client.py) begins when `requests.get` (line 4 of shop/client.py) has ended: it uses `first`, which line 4 gives"
            ),
            (
                "data-flow",
                "`requests.get` (line 4 of shop/client.py) begins when `requests.get` (line 5 of shop/client.py) has ended: it uses `one`, which line 4 gives"
            ),
            (
                "data-flow",
                "`requests.get` (line 5 of shop/client.py) begins when `requests.get` (line 4 of shop/client.py) has ended: it uses `first`, which line 4 gives"
            ),
        ]
    );
}

#[test]
fn what_stays_synchronous_says_so_once() {
    let told = told_of(
        &[(
            "views.py",
            "import requests\nfrom weird import decorated\n\n@decorated\ndef view(request):\n    a = requests.get('https://a.example.com')\n    b = requests.get('https://b.example.com')\n    c = requests.get('https://c.example.com')\n    return HttpResponse(a, b, c)\n\nurlpatterns = [path('', view)]\n",
        )],
        &Options::default(),
    );
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].0, "unchanged");
}

#[test]
fn each_name_is_the_one_that_is_serialised() {
    for why in WhyInTurn::ALL {
        let json = serde_json::to_string(&why).unwrap();
        assert_eq!(json, format!("\"{why}\""));
    }
}

#[test]
fn of_what_one_call_may_reach_nothing_is_said() {
    let text = "import requests\n\nclass One:\n    def load(self):\n        return requests.get('https://a.example.com').json()\n\nclass Other:\n    def load(self):\n        return requests.get('https://b.example.com').json()\n\ndef view(request):\n    service = One() if request.GET else Other()\n    return JsonResponse(service.load())\n";
    assert_eq!(told_of(&[("views.py", text)], &Options::for_paste()), []);
}
