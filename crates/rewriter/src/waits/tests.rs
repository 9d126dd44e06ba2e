//! Timelines of small projects, as text.

use unblocked_analyzer::Workspace;

use super::{Load, Occupies, Timeline, Wait, WaitForm};
use crate::{Options, migrate};

fn timelines_with(files: &[(&str, &str)], options: &Options) -> Vec<Timeline> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    migrate(&workspace, options).timelines
}

fn timelines(files: &[(&str, &str)]) -> Vec<Timeline> {
    timelines_with(files, &Options::default())
}

fn only(files: &[(&str, &str)]) -> Timeline {
    let mut all = timelines(files);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn chain(wait: &Wait) -> String {
    let names: Vec<&str> = wait.chain.iter().map(|link| &*link.name).collect();
    names.join(" → ")
}

/// Effect, chain and what became of each wait.
fn shown(timeline: &Timeline) -> Vec<String> {
    let waits = timeline.waits.iter();
    waits
        .map(|wait| {
            let form = match (wait.form, wait.occupies) {
                (WaitForm::Native, Occupies::Nothing) => "native",
                (WaitForm::Native, Occupies::RequestThread) => "native, in Django's thread",
                (WaitForm::Thread, Occupies::RequestThread) => "in Django's thread",
                (WaitForm::Thread, Occupies::OwnThread) => "in a thread",
                (WaitForm::Left, Occupies::RequestThread) => "left",
                (WaitForm::Gone, Occupies::Nothing) => "gone",
                other => panic!("{other:?}"),
            };
            format!("{} {}: {form}", wait.effect, chain(wait))
        })
        .collect()
}

const SERVICE: (&str, &str) = (
    "shop/service.py",
    "from . import client\n\ndef load(pk):\n    return client.fetch(pk)['name']\n",
);
const CLIENT: (&str, &str) = (
    "shop/client.py",
    "import requests\n\ndef fetch(pk):\n    return requests.get(f'https://a.example.com/{pk}').json()\n",
);

#[test]
fn a_wait_says_through_which_files_the_view_gets_there() {
    let views = "from . import service\n\ndef view(request, pk):\n    name = service.load(pk)\n    return HttpResponse(name)\n";
    let timeline = only(&[("shop/views.py", views), SERVICE, CLIENT]);
    assert_eq!(
        shown(&timeline),
        ["http view → service.load → client.fetch → requests.get: native"]
    );
    let places: Vec<(&str, usize)> = timeline.waits[0]
        .chain
        .iter()
        .map(|link| (&*link.place.path, link.place.line))
        .collect();
    assert_eq!(
        places,
        [
            ("shop/views.py", 3),
            ("shop/views.py", 4),
            ("shop/service.py", 4),
            ("shop/client.py", 4)
        ]
    );
    let call = timeline.waits[0].chain[1].place.range;
    assert_eq!(&views[call.start..call.end], "service.load(pk)");
}

#[test]
fn waits_come_in_the_order_in_which_they_happen() {
    let timeline = only(&[(
        "views.py",
        "import requests, time\n\ndef view(request, pk):\n    product = Product.objects.get(pk=requests.get('https://a.example.com').json()['pk'])\n    rows = [time.sleep(row.pk) for row in Row.objects.all()]\n    return HttpResponse(product.name)\n",
    )]);
    let labels: Vec<&str> = timeline.waits.iter().map(|wait| &*wait.label).collect();
    assert_eq!(
        labels,
        [
            "requests.get",
            "Product.objects.get",
            "Row.objects.all",
            "time.sleep"
        ]
    );
    let loops: Vec<usize> = timeline.waits.iter().map(|wait| wait.loops).collect();
    assert_eq!(loops, [0, 0, 0, 1]);
}

#[test]
fn branches_of_one_condition_exclude_each_other() {
    let timeline = only(&[(
        "views.py",
        "def view(request, pk):\n    if pk:\n        n = A.objects.count()\n    elif request.GET:\n        n = B.objects.count()\n    else:\n        n = C.objects.count()\n    m = D.objects.count() if n else 0\n    return HttpResponse(n)\n",
    )]);
    let conditions: Vec<Vec<(usize, usize)>> = timeline
        .waits
        .iter()
        .map(|wait| {
            let all = wait.conditions.iter();
            all.map(|one| (one.condition, one.arm)).collect()
        })
        .collect();
    assert_eq!(
        conditions,
        [vec![(0, 0)], vec![(0, 1)], vec![(0, 2)], vec![(1, 0)]]
    );
}

#[test]
fn loops_and_conditions_around_calls_count() {
    let timeline = only(&[(
        "views.py",
        "def _load(pk):\n    return A.objects.get(pk=pk)\n\ndef view(request, pk):\n    for one in range(3):\n        if one:\n            _load(one)\n    _load(pk)\n    return HttpResponse()\n",
    )]);
    assert_eq!(timeline.waits[0].loops, 1);
    assert_eq!(timeline.waits[0].conditions.len(), 1);
    assert_eq!(timeline.waits[1].loops, 0);
    assert_eq!(timeline.waits[1].conditions, []);
}

#[test]
fn what_each_wait_becomes() {
    let timeline = only(&[(
        "views.py",
        "import subprocess, time\nimport requests\nfrom django.core.mail import send_mail\n\nclass Stock:\n    def count(self):\n        return Row.objects.count()\n\ndef view(request, pk):\n    time.sleep(1)\n    requests.get('https://a.example.com')\n    Product.objects.get(pk=pk)\n    send_mail('a', 'b', 'c', ['d'])\n    subprocess.run(['ls'])\n    Stock().count()\n    return HttpResponse()\n",
    )]);
    assert_eq!(
        shown(&timeline),
        [
            "sleep view → time.sleep: native",
            "http view → requests.get: native",
            "query view → Product.objects.get: native, in Django's thread",
            "mail view → django.core.mail.send_mail: in Django's thread",
            "process view → subprocess.run: in a thread",
            "query view → Stock.count → Row.objects.count: in Django's thread",
        ]
    );
}

#[test]
fn a_view_that_stays_sync_waits_as_it_did() {
    let timeline = only(&[(
        "views.py",
        "import requests\n\n@unknown\ndef view(request):\n    return HttpResponse(requests.get('https://a.example.com'))\n",
    )]);
    assert_eq!(shown(&timeline), ["http view → requests.get: left"]);
    let timeline = only(&[(
        "views.py",
        "from django.views.generic import ListView\n\nclass Products(ListView):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n",
    )]);
    assert_eq!(timeline.view.as_deref(), Some("Products.get"));
    assert_eq!(timeline.waits.len(), 1);
}

#[test]
fn relations_that_become_part_of_a_query_wait_no_more() {
    let timeline = only(&[
        (
            "shop/models.py",
            "from django.db import models\n\nclass Customer(models.Model):\n    name = models.TextField()\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, models.CASCADE)\n",
        ),
        (
            "shop/views.py",
            "from .models import Order\n\ndef view(request, pk):\n    order = Order.objects.get(pk=pk)\n    return HttpResponse(order.customer.name)\n",
        ),
    ]);
    assert_eq!(
        shown(&timeline),
        [
            "query view → Order.objects.get: native, in Django's thread",
            "query view → order.customer: gone",
        ]
    );
    let second = |_| Load {
        duration: 1.0,
        times: 1,
    };
    assert_eq!(timeline.passing_before(second).total, 2.0);
    assert_eq!(timeline.passing_after(second).total, 1.0);
}

#[test]
fn the_user_is_loaded_once() {
    let waits = |body: &str| {
        let text = format!("def view(request, pk):\n{body}    return HttpResponse()\n");
        let all = timelines(&[("views.py", &text)]);
        let waits = all.into_iter().flat_map(|timeline| timeline.waits);
        let found: Vec<(usize, usize, bool)> = waits
            .map(|wait| (wait.place.line, wait.loops, wait.is_certain))
            .collect();
        found
    };
    assert_eq!(
        waits(
            "    if request.user.is_staff:\n        print(request.user.username)\n    print(request.user.pk)\n"
        ),
        [(2, 0, true)]
    );
    assert_eq!(
        waits("    for one in range(3):\n        print(request.user.pk)\n"),
        [(3, 0, true)]
    );
    // Where only one branch loads it, it may be asked for again.
    assert_eq!(
        waits("    if pk:\n        print(request.user.pk)\n    print(request.user.username)\n"),
        [(3, 0, true), (4, 0, false)]
    );
    assert_eq!(
        waits(
            "    if pk:\n        print(request.user.pk)\n    else:\n        print(request.user.pk)\n"
        )
        .len(),
        2
    );
}

#[test]
fn a_block_waits_once() {
    let timeline = only(&[(
        "views.py",
        "from django.db import connection, transaction\n\ndef view(request, pk):\n    with transaction.atomic():\n        Order.objects.create(pk=pk)\n    with connection.cursor() as cursor:\n        cursor.execute('SELECT 1')\n    return HttpResponse()\n",
    )]);
    let labels: Vec<&str> = timeline.waits.iter().map(|wait| &*wait.label).collect();
    assert_eq!(
        labels,
        [
            "transaction.atomic",
            "Order.objects.create",
            "connection.cursor"
        ]
    );
}

#[test]
fn recursion_ends_and_is_marked() {
    let timeline = only(&[(
        "views.py",
        "def _walk(pk):\n    node = Node.objects.get(pk=pk)\n    return [_step(one) for one in node.path]\n\ndef _step(pk):\n    return _walk(pk)\n\ndef view(request, pk):\n    Node.objects.count()\n    return JsonResponse(_walk(pk), safe=False)\n",
    )]);
    let marks: Vec<(String, bool)> = timeline
        .waits
        .iter()
        .map(|wait| (chain(wait), wait.is_recursive))
        .collect();
    assert_eq!(
        marks,
        [
            ("view → Node.objects.count".to_owned(), false),
            ("view → _walk → Node.objects.get".to_owned(), true)
        ]
    );
    assert!(!timeline.is_cut);
}

#[test]
fn many_ways_through_helpers_are_cut() {
    let mut text = "def f0(pk):\n    return A.objects.get(pk=pk)\n".to_owned();
    for level in 1..30 {
        text.push_str(&format!(
            "\ndef f{level}(pk):\n    return f{0}(pk) + f{0}(pk)\n",
            level - 1
        ));
    }
    text.push_str("\ndef view(request, pk):\n    return HttpResponse(f29(pk))\n");
    let timeline = only(&[("views.py", &text)]);
    assert!(timeline.is_cut && !timeline.waits.is_empty());
    assert_eq!(timeline.waits.len(), timeline.after.steps.len());
}

#[test]
fn properties_callbacks_partials_and_printing_are_followed() {
    let timeline = only(&[
        (
            "shop/models.py",
            "from django.db import models\n\nclass Line(models.Model):\n    pass\n\nclass Order(models.Model):\n    @property\n    def total(self):\n        return Line.objects.count()\n\n    def __str__(self):\n        return str(Line.objects.first())\n\n    def __init__(self, *args):\n        pass\n",
        ),
        (
            "shop/views.py",
            "import functools\nfrom .models import Line, Order\n\ndef load(pk, other):\n    return Line.objects.get(pk=pk)\n\ndef view(request, pk):\n    order = Order.objects.get(pk=pk)\n    total = order.total\n    name = str(order)\n    bound = functools.partial(load, pk)\n    bound(1)\n    rows = sorted([1, 2], key=lambda row: Line.objects.filter(pk=row).count())\n    return HttpResponse(total)\n",
        ),
    ]);
    let chains: Vec<String> = timeline.waits.iter().map(chain).collect();
    assert_eq!(
        chains,
        [
            "view → Order.objects.get",
            "view → models.Order.total → Line.objects.count",
            "view → models.Order.__str__ → Line.objects.first",
            "view → load → Line.objects.get",
            "view → Line.objects.filter(…).count",
        ]
    );
}

#[test]
fn pasted_statements_have_a_timeline_too() {
    let timelines = timelines_with(
        &[("paste.py", "product = Product.objects.get(pk=1)\n")],
        &Options::for_paste(),
    );
    assert_eq!(timelines.len(), 1);
    assert_eq!(timelines[0].view, None);
    assert_eq!(
        shown(&timelines[0]),
        ["query the statements → Product.objects.get: native, in Django's thread"]
    );
}

#[test]
fn views_that_wait_for_nothing_have_none() {
    assert_eq!(
        timelines(&[(
            "views.py",
            "def view(request):\n    return HttpResponse('a')\n\ndef helper(pk):\n    return A.objects.get(pk=pk)\n"
        )]),
        []
    );
}

#[test]
fn what_is_gathered_overlaps_afterwards() {
    let options = Options {
        concurrent: true,
        ..Options::default()
    };
    let files = [(
        "views.py",
        "import requests\n\ndef _price(pk):\n    product = Product.objects.get(pk=pk)\n    return requests.get(f'https://a.example.com/{product.slug}').json()\n\ndef view(request, pk):\n    first = Tag.objects.first()\n    price = _price(first.pk)\n    news = requests.get('https://b.example.com').json()\n    total = Product.objects.count()\n    if total:\n        return JsonResponse({})\n    last = Tag.objects.last()\n    return JsonResponse([price, news, total, last.pk], safe=False)\n",
    )];
    let timeline = timelines_with(&files, &options).remove(0);
    let steps: Vec<(&str, Vec<usize>)> = timeline
        .waits
        .iter()
        .zip(&timeline.after.steps)
        .map(|(wait, step)| (&*wait.label, step.follows.clone()))
        .collect();
    assert_eq!(
        steps,
        [
            ("Tag.objects.first", vec![]),
            ("Product.objects.get", vec![0]),
            ("requests.get", vec![1]),
            ("requests.get", vec![]),
            ("Product.objects.count", vec![]),
            ("Tag.objects.last", vec![2, 3, 4]),
        ]
    );
    let second = |_| Load {
        duration: 1.0,
        times: 1,
    };
    assert_eq!(timeline.passing_before(second).total, 6.0);
    // Queries: first, then those of the lanes one after another; the last one.
    assert_eq!(timeline.passing_after(second).total, 4.0);
}

#[test]
fn a_timeline_is_the_same_after_a_trip_through_json() {
    let timeline = only(&[(
        "views.py",
        "def view(request, pk):\n    if pk:\n        A.objects.get(pk=pk)\n    return HttpResponse()\n",
    )]);
    let json = serde_json::to_string(&timeline).unwrap();
    assert_eq!(serde_json::from_str::<Timeline>(&json).unwrap(), timeline);
    assert!(
        json.contains("\"form\":\"native\",\"occupied\":\"request-thread\""),
        "{json}"
    );
}
