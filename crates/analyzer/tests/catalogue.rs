//! Every entry of the catalogue is found where code calls it, and not where something else has its name.

#![allow(clippy::unwrap_used, reason = "a broken promise ends the test")]

use unblocked_analyzer::{SiteKind, Workspace};
use unblocked_django::{Blocking, all_blocking, blocking, is_waiting_class};

/// The entries that a view is found to call.
fn found(files: &[(&str, &str)]) -> Vec<&'static Blocking> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    let analysis = workspace.analyze();
    let sites = analysis.files.iter().flat_map(|file| &file.sites);
    sites
        .filter_map(|site| match &site.kind {
            SiteKind::Function { path } => blocking(path),
            _ => None,
        })
        .collect()
}

/// The class that an entry is a method of, and the way from an instance to the method: `.messages.create`.
fn method(entry: &Blocking) -> Option<(&'static str, String)> {
    if let Some((root, name)) = entry.path.split_once(".**.") {
        return Some((root, format!(".part.{name}")));
    }
    let (class, name) = entry.path.rsplit_once('.')?;
    let name = if name == "*" { "anything" } else { name };
    let is_method = entry.path.ends_with(".*") || is_waiting_class(class);
    is_method.then(|| (class, format!(".{name}")))
}

/// A class that is not a module: what its name or its place among the constructors says.
fn is_instance(class: &str) -> bool {
    is_waiting_class(class) && class.contains('.')
}

/// Code that calls an entry.
fn calls(entry: &Blocking) -> String {
    let view = |import: &str, header: &str, call: &str| {
        format!("{import}\n\ndef view(request{header}):\n    return {call}(1)\n")
    };
    let of_module = |path: &str| match path.split('.').next() {
        Some("builtins") | None => String::new(),
        Some(top) => format!("import {top}"),
    };
    let Some((class, way)) = method(entry) else {
        let name = entry.path.strip_prefix("builtins.").unwrap_or(entry.path);
        return view(&of_module(entry.path), "", name);
    };
    let import = of_module(class);
    if is_instance(class) {
        view(
            &import,
            &format!(", thing: {class}"),
            &format!("thing{way}"),
        )
    } else if class.contains('.') {
        // What a function returns: `boto3.client("s3")`.
        view(&import, "", &format!("{class}(1){way}"))
    } else {
        // A module whose classes all wait: `stripe.Charge.create()`.
        view(&import, "", &format!("{class}{way}"))
    }
}

#[test]
fn every_entry_is_found() {
    let mut missing = Vec::new();
    // The cache is an object of Django's, whose methods are found by their owner.
    for entry in all_blocking().filter(|entry| entry.path != "django.core.cache.cache.get_or_set") {
        let text = calls(entry);
        if !found(&[("views.py", &text)]).contains(&entry) {
            missing.push(format!("{}:\n{text}", entry.path));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_same_name_on_another_object_is_not() {
    for entry in all_blocking() {
        let name = entry.path.rsplit('.').next().unwrap();
        let name = if name == "*" { "get" } else { name };
        // A parameter, an object of the project, a module of the project.
        let view = format!(
            "from shop import lib\nfrom shop.things import Thing\n\ndef view(request, other):\n    other.{name}(1)\n    other.part.{name}(1)\n    Thing().{name}(1)\n    lib.{name}(1)\n"
        );
        let things = "class Thing:\n    def close(self):\n        return 1\n";
        let sites = found(&[
            ("shop/views.py", &view),
            ("shop/things.py", things),
            ("shop/lib.py", ""),
            ("shop/__init__.py", ""),
        ]);
        assert_eq!(sites, Vec::<&Blocking>::new(), "{}:\n{view}", entry.path);
    }
}

/// Where an object comes from, and what is found of it.
#[test]
fn objects_are_followed() {
    for (text, paths) in [
        // At module level, imported under another name.
        (
            "from redis import StrictRedis as R\nclient = R()\ndef view(request):\n    client.get('a')\n",
            &["redis.Redis.*"][..],
        ),
        // In a branch, a with statement, a loop.
        (
            "import redis\ndef view(request):\n    with redis.Redis.from_url('x') as client:\n        client.set('a', 1)\n",
            &["redis.Redis.*"],
        ),
        // Building commands waits for nothing, sending them does.
        (
            "import redis\ndef view(request):\n    pipe = redis.Redis().pipeline()\n    pipe.set('a', 1)\n    pipe.execute()\n",
            &["redis.client.Pipeline.execute"],
        ),
        // As an attribute of an object, of a class, and of the class that it inherits from.
        (
            "import redis\nclass Base:\n    def __init__(self):\n        self.client = redis.Redis()\nclass Store(Base):\n    def load(self):\n        return self.client.get('a')\n",
            &["redis.Redis.*"],
        ),
        (
            "import pymongo\nclass Store:\n    db = pymongo.MongoClient()['shop']\n    def load(self):\n        return self.db.orders.find_one({})\n",
            &["pymongo.MongoClient.**.find_one"],
        ),
        // Returned from a helper.
        (
            "import boto3\ndef s3():\n    return boto3.Session().client('s3')\ndef view(request):\n    body = s3().get_object(Bucket='a', Key='b')['Body'].read()\n",
            &["boto3.client.*", "botocore.response.StreamingBody.read"],
        ),
        // Passed to a helper.
        (
            "import socket\ndef send(connection):\n    connection.sendall(b'a')\ndef view(request):\n    send(socket.socket())\n",
            &["socket.socket.sendall"],
        ),
        (
            "import psycopg2\nfrom contextlib import closing\ndef view(request):\n    with closing(psycopg2.connect('x')) as connection:\n        with connection.cursor() as cursor:\n            cursor.execute('select 1')\n            rows = cursor.fetchall()\n",
            &[
                "psycopg2.connect",
                "psycopg2.extensions.cursor.execute",
                "psycopg2.extensions.cursor.fetchall",
            ],
        ),
        (
            "from twilio.rest import Client\nclient = Client('a', 'b')\ndef view(request):\n    client.messages.create(to='x')\n    client.verify.v2.services('a').verifications.create(to='x')\n    client.messages('SM1').fetch()\n",
            &[
                "twilio.rest.Client.**.create",
                "twilio.rest.Client.**.create",
                "twilio.rest.Client.**.fetch",
            ],
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\ndef view(request):\n    return pool.submit(work).result()\n",
            &["concurrent.futures.Future.result"],
        ),
        (
            "from django.core.files.storage import storages\ndef view(request):\n    storages['media'].save('a', request.FILES['a'])\n",
            &["django.core.files.storage.default_storage.save"],
        ),
        (
            "from django.db import models\nclass Paper(models.Model):\n    scan = models.FileField()\ndef view(request, pk):\n    paper = Paper(pk=pk)\n    paper.scan.save('a', request.FILES['a'])\n    print(paper.scan.name, paper.scan.url)\n",
            &["django.db.models.fields.files.FieldFile.save"],
        ),
        (
            "from celery import Celery, shared_task\napp = Celery()\n@app.task\ndef first():\n    pass\n@shared_task(bind=True)\ndef second(self):\n    pass\ndef view(request):\n    first.delay()\n    second.s(1).apply_async()\n    first.delay(2).get()\n",
            &[
                "celery.Task.delay",
                "celery.canvas.Signature.apply_async",
                "celery.Task.delay",
                "celery.result.AsyncResult.get",
            ],
        ),
    ] {
        let mut sites: Vec<&str> = found(&[("views.py", text)])
            .iter()
            .map(|entry| entry.path)
            .collect();
        sites.sort_unstable();
        let mut paths = paths.to_vec();
        paths.sort_unstable();
        assert_eq!(sites, paths, "{text}");
    }
}

#[test]
fn what_is_not_known_to_wait_is_not_found() {
    for text in [
        // Another class of the same library, a name that was bound anew, the async client.
        "import redis\ndef view(request):\n    redis.exceptions.RedisError().get('a')\n",
        "import redis\nclient = redis.Redis()\nclient = {}\ndef view(request):\n    client.get('a')\n",
        "import redis.asyncio\ndef view(request):\n    redis.asyncio.Redis().get('a')\n",
        "import redis\ndef view(request, client):\n    redis = client\n    redis.Redis().get('a')\n",
        // Neither a client's attributes nor what it makes without asking.
        "import boto3\ndef view(request):\n    boto3.client('s3').generate_presigned_url('get')\n",
        "import stripe\ndef view(request):\n    stripe.api_key = 'a'\n    stripe.Webhook.construct_event(1, 2, 3)\n",
        // A function with such a method that Celery knows nothing of.
        "@app.task\ndef first():\n    pass\ndef view(request):\n    first.delay()\n",
        "class Paper:\n    scan = None\ndef view(request):\n    Paper().scan.save('a')\n",
    ] {
        assert_eq!(
            found(&[("views.py", text)]),
            Vec::<&Blocking>::new(),
            "{text}"
        );
    }
}
