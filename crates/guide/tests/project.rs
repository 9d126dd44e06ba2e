//! What is read of a project, and the files that are made for it.

#![allow(clippy::unwrap_used)]

mod common;

use common::{answers, file, guide, target, with};
use unblocked_guide::{Guide, Source, State};

const VIEWS: &str = "import requests\nfrom django.http import JsonResponse\n\n\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/rates').json())\n";

fn settings(database: &str) -> String {
    format!(
        "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\nINSTALLED_APPS = ['django.contrib.auth']\nDATABASES = {{\n    'default': {{\n{database}    }}\n}}\n"
    )
}

fn answer<'g>(guide: &'g Guide, id: &str) -> (&'g str, Source) {
    let question = guide.questions.iter().find(|one| one.id == id).unwrap();
    (&question.value, question.source)
}

fn patched(settings: &str, more: &[(&str, &str)], version: &str) -> String {
    let mut files = vec![("shop/settings.py", settings), ("shop/views.py", VIEWS)];
    files.extend(more);
    let guide = with(&files, &target(version), &common::answers(&[]));
    guide
        .files
        .iter()
        .find(|file| file.path == "shop/settings.py")
        .map_or(settings.to_owned(), |file| file.text.clone())
}

#[test]
fn invented_settings_are_taken_out_and_connections_not_kept() {
    let before = settings(
        "        'ENGINE': 'django.db.backends.postgresql_async',\n        'CONN_MAX_AGE': 60 * 10,\n        'OPTIONS': {\n            'async_mode': True,\n            'sslmode': 'require',\n        },\n",
    );
    let after = patched(&before, &[], "5.2");
    assert!(after.contains("'ENGINE': \"django.db.backends.postgresql\","));
    assert!(after.contains("'CONN_MAX_AGE': 0,\n"));
    assert!(after.contains("'OPTIONS': {\n            'sslmode': 'require',\n"));
    assert!(after.contains("ASGI_APPLICATION = \"shop.asgi.application\"\n"));
}

#[test]
fn an_option_on_the_same_line_leaves_its_neighbours() {
    let before = settings(
        "        'ENGINE': 'django.db.backends.mysql', 'OPTIONS': {'async_mode': True, 'charset': 'utf8mb4'},\n",
    );
    let after = patched(&before, &[], "5.2");
    assert!(
        after.contains("'OPTIONS': {'charset': 'utf8mb4'},"),
        "{after}"
    );
}

#[test]
fn psycopg_3_gets_its_pool_from_django_5_1_on() {
    let before =
        settings("        'ENGINE': 'django.db.backends.postgresql',\n        'NAME': 'shop',\n");
    let psycopg = [("requirements.txt", "Django\npsycopg[binary]>=3.1\n")];
    let pool = "\"OPTIONS\": {\"pool\": {\"min_size\": 2, \"max_size\": 20}},";
    assert!(patched(&before, &psycopg, "5.1").contains(pool));
    assert!(!patched(&before, &psycopg, "5.0").contains("pool"));
    let psycopg2 = [("requirements.txt", "Django\npsycopg2-binary\n")];
    assert!(!patched(&before, &psycopg2, "5.2").contains("pool"));
}

#[test]
fn the_pool_takes_the_place_of_an_invented_option() {
    let psycopg = [("requirements.txt", "Django\npsycopg[binary,pool]>=3.2\n")];
    let pool = "\"pool\": {\"min_size\": 2, \"max_size\": 20}";
    for (options, wanted) in [
        ("{'async_mode': True}", format!("{{{pool}}}")),
        ("{'async_mode': True, }", format!("{{{pool}, }}")),
        (
            "{'sslmode': 'require', \"async_mode\": True}",
            format!("{{'sslmode': 'require', {pool}}}"),
        ),
        (
            "{\n            'async_mode': True,  # 6.0\n        }",
            format!("{{\n            {pool},  # 6.0\n        }}"),
        ),
    ] {
        let before = settings(&format!(
            "        'ENGINE': 'django.db.backends.postgresql',\n        'OPTIONS': {options},\n"
        ));
        let after = patched(&before, &psycopg, "5.2");
        assert!(
            after.contains(&format!("'OPTIONS': {wanted},\n")),
            "{after}"
        );
        let without = patched(&before, &psycopg, "4.2");
        assert!(
            !without.contains("async_mode") && !without.contains("pool"),
            "{without}"
        );
    }
}

#[test]
fn settings_that_are_right_stay() {
    let before = settings(
        "        'ENGINE': 'django.db.backends.sqlite3',\n        'NAME': 'db.sqlite3',\n        'CONN_MAX_AGE': 0,\n",
    )
    .replace("WSGI_APPLICATION = 'shop.wsgi.application'\n", "");
    assert_eq!(patched(&before, &[], "5.2"), before);
}

#[test]
fn addresses_and_environments_are_read_by_value() {
    for (database, engine, keeps) in [
        (
            "dj_database_url.config(default='postgres:///shop', conn_max_age=600)",
            "postgre-sql",
            true,
        ),
        (
            "env.db('DATABASE_URL', default='mysql://localhost/shop')",
            "my-sql",
            false,
        ),
        (
            "dict(ENGINE='django.db.backends.oracle', CONN_MAX_AGE=None)",
            "oracle",
            true,
        ),
        (
            "{'ENGINE': os.environ.get('ENGINE', 'django.db.backends.sqlite3'), 'CONN_MAX_AGE': int(os.environ.get('AGE', 60))}",
            "sqlite",
            true,
        ),
    ] {
        let text = format!(
            "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = []\nDATABASES = {{'default': {database}}}\n"
        );
        let guide = guide(&[("shop/settings.py", &text)]);
        assert_eq!(
            answer(&guide, "engine"),
            (engine, Source::Code),
            "{database}"
        );
        let kept = guide
            .pitfalls
            .iter()
            .find(|one| one.id == "database-connections")
            .unwrap();
        assert_eq!(!kept.places.is_empty(), keeps, "{database}");
    }
}

#[test]
fn split_settings_count_as_production_has_them() {
    let guide = guide(&[
        (
            "config/settings/base.py",
            &settings("        'ENGINE': 'django.db.backends.postgresql',\n"),
        ),
        (
            "config/settings/local.py",
            "from .base import *\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n",
        ),
        (
            "config/settings/production.py",
            "from .base import *\nDATABASES['default']['CONN_MAX_AGE'] = 60\nDATABASES['default']['ATOMIC_REQUESTS'] = True\n",
        ),
    ]);
    assert_eq!(answer(&guide, "engine"), ("postgre-sql", Source::Code));
    let places = |id: &str| {
        let pitfall = guide.pitfalls.iter().find(|one| one.id == id).unwrap();
        pitfall
            .places
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        places("database-connections"),
        ["config/settings/production.py:2"]
    );
    assert_eq!(
        places("atomic-requests"),
        ["config/settings/production.py:3"]
    );
}

#[test]
fn commands_of_today_become_those_of_an_asgi_server() {
    let guide = guide(&[
        ("shop/views.py", VIEWS),
        (
            "Procfile",
            "release: python manage.py migrate\nweb: gunicorn shop.wsgi -w 3 --bind 0.0.0.0:$PORT\n",
        ),
        (
            "Dockerfile",
            "FROM python:3.12\nRUN pip install gunicorn\nCMD [\"gunicorn\", \"-b\", \"0.0.0.0:9000\", \"shop.wsgi:application\"]\n",
        ),
        (
            "deploy/shop.service",
            "[Service]\nExecStart=/srv/shop/bin/gunicorn --bind 127.0.0.1:9000 shop.wsgi\n",
        ),
    ]);
    assert_eq!(
        file(&guide, "Procfile").text,
        "release: python manage.py migrate\nweb: gunicorn shop.asgi:application -k uvicorn_worker.UvicornWorker --bind 0.0.0.0:$PORT --workers 3 --graceful-timeout 30\n"
    );
    assert!(file(&guide, "Dockerfile").text.ends_with(
        "CMD [\"gunicorn\", \"shop.asgi:application\", \"-k\", \"uvicorn_worker.UvicornWorker\", \"--bind\", \"0.0.0.0:9000\", \"--workers\", \"2\", \"--graceful-timeout\", \"30\"]\n"
    ));
    assert!(file(&guide, "deploy/shop.service").text.contains(
        "ExecStart=/srv/shop/bin/gunicorn shop.asgi:application -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:9000 "
    ));
    assert_eq!(answer(&guide, "server"), ("gunicorn-wsgi", Source::Code));
    assert_eq!(answer(&guide, "slots"), ("3", Source::Code));
}

#[test]
fn what_serves_asgi_already_stays() {
    let procfile = "web: daphne -b 0.0.0.0 -p $PORT shop.asgi:application\n";
    let guide = guide(&[("shop/views.py", VIEWS), ("Procfile", procfile)]);
    assert!(guide.files.iter().all(|file| file.path != "Procfile"));
    let step = guide
        .steps
        .iter()
        .find(|step| step.id == "deployment")
        .unwrap();
    assert_eq!(step.state, State::Done);
}

#[test]
fn requirements_get_what_is_missing_and_nothing_twice() {
    let text = "Django==5.2.8\nrequests\naiohttp\ngunicorn\nuvicorn\n";
    let guide = guide(&[("shop/views.py", VIEWS), ("requirements.txt", text)]);
    let after = &file(&guide, "requirements.txt").text;
    // With uvicorn required beside gunicorn, the worker's package is what is missing.
    assert_eq!(*after, format!("{text}uvicorn-worker>=0.3,<1\n"));
    let pyproject =
        "[project]\nname = 'shop'\ndependencies = [\n    'django>=5.2',\n    'requests',\n]\n";
    let guide = common::guide(&[("shop/views.py", VIEWS), ("pyproject.toml", pyproject)]);
    let after = &file(&guide, "pyproject.toml").text;
    assert!(after.contains("dependencies = [\n    \"aiohttp>=3.10,<4\",\n    \"uvicorn>=0.30,<1\",\n    'django>=5.2',"), "{after}");
}

#[test]
fn answers_count_more_than_the_code() {
    let files = [
        ("shop/views.py", VIEWS),
        (
            "shop/settings.py",
            &settings("        'ENGINE': 'django.db.backends.sqlite3',\n"),
        ),
    ];
    let given = answers(&[
        ("engine", "my-sql"),
        ("next-server", "daphne"),
        ("latency:http", "1000"),
        ("done:measure", "yes"),
    ]);
    let guide = with(&files, &target("5.2"), &given);
    assert_eq!(answer(&guide, "engine"), ("my-sql", Source::You));
    assert!(
        file(&guide, "shop/settings.py")
            .text
            .contains("INSTALLED_APPS = [\"daphne\", 'django.contrib.auth']")
    );
    let view = guide.assessment.views.first().unwrap();
    assert!((view.before - 1000.0).abs() < 1.0);
    let item = guide
        .checklist
        .iter()
        .find(|item| item.id == "measure")
        .unwrap();
    assert!(item.state == State::Done && item.by_hand);
}

#[test]
fn without_a_project_there_are_new_files_to_take() {
    for version in ["4.2", "5.2", "6.1"] {
        let guide = with(&[("views.py", VIEWS)], &target(version), &answers(&[]));
        for path in [
            "settings_async.py",
            "myproject/asgi.py",
            "requirements-async.txt",
            "Dockerfile",
            "Procfile",
            "compose.yaml",
        ] {
            assert!(file(&guide, path).patch.is_none(), "{path}");
        }
    }
}

fn advice(guide: &Guide) -> Vec<(&str, &str)> {
    let views = guide.assessment.views.iter();
    views
        .map(|view| (&*view.name, view.recommendation.as_str()))
        .collect()
}

#[test]
fn handlers_of_a_class_are_judged_together() {
    let class = |get: &str, base: &str| {
        format!(
            "import requests\nfrom django.http import HttpResponse, JsonResponse\nfrom django.views import View\nfrom django.views.generic import ListView\nfrom .models import Row\n\n\nclass Rates({base}):\n    {get}\n\n    def post(self, request):\n        Row.objects.create(name=request.POST['name'])\n        return HttpResponse()\n"
        )
    };
    let slow = "def get(self, request):\n        return JsonResponse(requests.get('https://api.example.com/').json())";
    let moving = guide(&[("shop/views.py", &class(slow, "View"))]);
    assert_eq!(
        advice(&moving),
        [("Rates.get", "migrate"), ("Rates.post", "migrate")]
    );
    let is_async =
        "async def get(self, request):\n        return HttpResponse(await Row.objects.acount())";
    let mixed = guide(&[("shop/views.py", &class(is_async, "View"))]);
    assert_eq!(advice(&mixed), [("Rates.post", "fix first")]);
    // The inherited `get` counts.
    let only = "import requests\nfrom django.http import HttpResponse\nfrom django.views.generic import ListView\nfrom .models import Row\n\n\nclass Rates(ListView):\n    async def post(self, request):\n        await Row.objects.acreate(name='a')\n        return HttpResponse()\n";
    let inherited = guide(&[("shop/views.py", only)]);
    let places = |guide: &Guide| {
        let pitfall = guide.pitfalls.iter().find(|one| one.id == "mixed-handlers");
        pitfall.map_or(0, |pitfall| pitfall.places.len())
    };
    assert_eq!(
        (places(&inherited), places(&mixed), places(&moving)),
        (1, 1, 0)
    );
}

#[test]
fn a_view_that_stays_is_promised_nothing() {
    let text = "from django.http import HttpResponse\nfrom .models import Row\n\n\ndef count(request):\n    return HttpResponse(Row.objects.count())\n";
    let files = [("shop/views.py", text)];
    let guide = guide(&files);
    let view = guide.assessment.views.first().unwrap();
    assert_eq!((view.changes(), view.times()), (false, "5 ms".to_owned()));
    assert!(
        !view.capacity().contains("async processes"),
        "{}",
        view.capacity()
    );
    // Chosen all the same, it is told what that brings.
    let chosen = with(
        &files,
        &target("5.2"),
        &answers(&[("view:shop/views.py:count", "yes")]),
    );
    assert!(chosen.assessment.views.first().unwrap().changes());
}

#[test]
fn views_are_shown_with_their_addresses() {
    let urls = "from django.urls import path\nfrom . import views\nurlpatterns = [path('rates/<int:pk>/', views.rates)]\n";
    let guide = guide(&[("shop/views.py", VIEWS), ("shop/urls.py", urls)]);
    let view = guide.assessment.views.first().unwrap();
    assert_eq!(view.routes, ["/rates/<int:pk>/"]);
    let text = unblocked_guide::markdown(&guide);
    assert!(text.contains("At `/rates/<int:pk>/`."));
    assert!(text.contains("LOAD_PATHS=/rates/1/ locust"));
}

#[test]
fn a_project_in_a_folder_is_spoken_of_as_its_own_code_does() {
    let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.production')\napplication = get_wsgi_application()\n";
    let base = "WSGI_APPLICATION = 'shop.wsgi.application'\nINSTALLED_APPS = []\nDATABASES = {'default': env.db('DATABASE_URL', default='postgres://localhost/shop')}\nDATABASES['default']['CONN_MAX_AGE'] = 60\n";
    let guide = guide(&[
        ("backend/manage.py", ""),
        ("backend/shop/wsgi.py", wsgi),
        ("backend/shop/settings/base.py", base),
        (
            "backend/shop/settings/production.py",
            "from .base import *\nDEBUG = False\n",
        ),
        ("backend/shop/views.py", VIEWS),
    ]);
    // What the address says is not forgotten when a key comes on top.
    assert_eq!(answer(&guide, "engine"), ("postgre-sql", Source::Code));
    let settings = &file(&guide, "backend/shop/settings/base.py").text;
    assert!(
        settings.contains("DATABASES['default']['CONN_MAX_AGE'] = 0\n"),
        "{settings}"
    );
    assert!(settings.contains("ASGI_APPLICATION = \"shop.asgi.application\"\n"));
    file(&guide, "backend/shop/asgi.py");
    file(&guide, "backend/shop/health.py");
    let unit = &file(&guide, "backend/deploy/shop.service").text;
    assert!(unit.contains("uvicorn shop.asgi:application"), "{unit}");
    assert!(unit.contains("DJANGO_SETTINGS_MODULE=shop.settings.production"));
}

#[test]
fn pauses_are_not_advised_to_overlap() {
    let text = "import time\nfrom django.http import HttpResponse\nfrom .models import Job\n\n\ndef poll(request):\n    for _ in range(5):\n        if Job.objects.filter(done=True).exists():\n            break\n        time.sleep(0.5)\n    return HttpResponse()\n";
    let guide = guide(&[("shop/views.py", text)]);
    let view = guide.assessment.views.first().unwrap();
    assert_eq!(view.recommendation.as_str(), "migrate");
    assert!(!view.reason.contains("gather"), "{}", view.reason);
}
