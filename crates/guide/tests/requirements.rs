//! What is missing among the requirements is added where the project keeps them.

#![allow(clippy::unwrap_used)]

mod common;

use common::{answers, file, guide, target, with};
use unblocked_guide::Guide;

const VIEWS: &str = "import requests\nfrom django.http import JsonResponse\n\n\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/rates').json())\n";
const SETTINGS: &str = "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = []\nDATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'shop'}}\n";

fn patched(path: &str, before: &str) -> String {
    let guide = guide(&[
        ("manage.py", ""),
        ("shop/views.py", VIEWS),
        ("shop/settings.py", SETTINGS),
        (path, before),
    ]);
    let file = file(&guide, path);
    assert!(file.patch.is_some(), "{path}");
    if path.ends_with("toml") || path == "Pipfile" {
        toml::de::DeTable::parse(&file.text).unwrap();
    }
    // Made once more, the same comes to nothing.
    let again = common::guide(&[
        ("manage.py", ""),
        ("shop/views.py", VIEWS),
        ("shop/settings.py", SETTINGS),
        (path, &file.text),
    ]);
    assert!(again.files.iter().all(|one| one.path != path), "{path}");
    file.text.clone()
}

#[test]
fn lines_of_pip_are_added_at_the_end() {
    assert_eq!(
        patched("requirements.txt", "Django==5.2.8\nrequests"),
        "Django==5.2.8\nrequests\naiohttp>=3.10,<4\nuvicorn>=0.30,<1\npsycopg[binary,pool]>=3.2,<4\n"
    );
}

#[test]
fn dependencies_of_a_project_table_are_added_to() {
    let before = "[project]\nname = \"shop\"\ndependencies = [\n    \"requests\",\n    \"django>=5.2,<5.3\", # LTS\n]\n\n[dependency-groups]\ndev = [\"pytest\", \"pytest-django\"]\n";
    let after = patched("pyproject.toml", before);
    assert_eq!(
        after,
        "[project]\nname = \"shop\"\ndependencies = [\n    \"requests\",\n    \"aiohttp>=3.10,<4\",\n    \"uvicorn>=0.30,<1\",\n    \"psycopg[binary,pool]>=3.2,<4\",\n    \"django>=5.2,<5.3\", # LTS\n]\n\n[dependency-groups]\ndev = [\"pytest\", \"pytest-asyncio>=0.24,<2\", \"pytest-django\"]\n"
    );
    let inline = patched(
        "pyproject.toml",
        "[project]\nname = \"shop\"\ndependencies = [\"django\"]\n",
    );
    assert!(inline.contains("[\"aiohttp>=3.10,<4\", \"uvicorn>=0.30,<1\", \"psycopg[binary,pool]>=3.2,<4\", \"django\"]"), "{inline}");
}

#[test]
fn poetry_gets_keys() {
    let before = "[tool.poetry.dependencies]\npython = \"^3.12\"\nDjango = \"^5.2\"\n\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\npytest-django = \"*\"\n";
    assert_eq!(
        patched("pyproject.toml", before),
        "[tool.poetry.dependencies]\npython = \"^3.12\"\naiohttp = \">=3.10,<4\"\nuvicorn = \">=0.30,<1\"\npsycopg = {version = \">=3.2,<4\", extras = [\"binary\", \"pool\"]}\nDjango = \"^5.2\"\n\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\npytest-asyncio = \">=0.24,<2\"\npytest-django = \"*\"\n"
    );
    let inline = patched(
        "pyproject.toml",
        "[tool.poetry]\ndependencies = {python = \"^3.12\", django = \"^5.2\"}\n",
    );
    assert!(
        inline.contains("{python = \"^3.12\", aiohttp = \">=3.10,<4\", "),
        "{inline}"
    );
}

#[test]
fn pipenv_gets_keys() {
    assert_eq!(
        patched(
            "Pipfile",
            "[packages]\ndjango = \"~=5.2.0\"\n\n[dev-packages]\npytest = \"*\"\n"
        ),
        "[packages]\naiohttp = \">=3.10,<4\"\nuvicorn = \">=0.30,<1\"\npsycopg = {version = \">=3.2,<4\", extras = [\"binary\", \"pool\"]}\ndjango = \"~=5.2.0\"\n\n[dev-packages]\npytest = \"*\"\n"
    );
}

#[test]
fn setup_cfg_gets_lines() {
    assert_eq!(
        patched(
            "setup.cfg",
            "[options]\ninstall_requires =\n    requests\n    django>=5.2\n\n[tool:pytest]\n"
        ),
        "[options]\ninstall_requires =\n    requests\n    aiohttp>=3.10,<4\n    uvicorn>=0.30,<1\n    psycopg[binary,pool]>=3.2,<4\n    django>=5.2\n\n[tool:pytest]\n"
    );
}

fn changed(guide: &Guide) -> Vec<&str> {
    let files = guide.files.iter().map(|file| &*file.path);
    files
        .filter(|path| path.contains("requirements") || path.ends_with("toml"))
        .collect()
}

#[test]
fn the_file_that_is_nearest_to_the_project_is_changed() {
    let files = [
        ("backend/manage.py", ""),
        ("backend/shop/views.py", VIEWS),
        ("backend/requirements/base.txt", "Django==5.2.8\n"),
        ("backend/requirements/dev.txt", "-r base.txt\nDjango\n"),
        ("docs/requirements.txt", "sphinx\ndjango==4.2\n"),
        ("worker/manage.py", ""),
        ("worker/requirements.txt", "Django==4.2\n"),
        ("constraints.txt", "aiohttp==3.9\n"),
    ];
    let guide = guide(&files);
    assert_eq!(changed(&guide), ["backend/requirements/base.txt"]);
    let text = &file(&guide, "backend/requirements/base.txt").text;
    assert!(text.contains("aiohttp"), "{text}");
    let django = guide.questions.iter().find(|one| one.id == "django");
    assert!(!django.unwrap().answer.contains("4.2"));
}

#[test]
fn what_a_tool_writes_is_left_to_it() {
    let hashed = "django==5.2.8 \\\n    --hash=sha256:00\n";
    let only = guide(&[("shop/views.py", VIEWS), ("requirements.txt", hashed)]);
    assert_eq!(changed(&only), ["requirements-async.txt"]);
    let source = guide(&[
        ("shop/views.py", VIEWS),
        ("requirements.txt", hashed),
        ("requirements.in", "django\n"),
    ]);
    assert_eq!(changed(&source), ["requirements.in"]);
}

#[test]
fn oracle_s_driver_depends_on_django() {
    for (version, driver) in [("4.2", "cx-oracle>=8.3,<9"), ("5.2", "oracledb>=2,<4")] {
        let guide = with(
            &[("views.py", VIEWS)],
            &target(version),
            &answers(&[("engine", "oracle")]),
        );
        let text = &file(&guide, "requirements-async.txt").text;
        assert!(text.contains(driver), "{version} {text}");
    }
}

#[test]
fn an_image_installs_what_is_required_by_what_keeps_it() {
    for (path, text, wanted) in [
        (
            "requirements/base.txt",
            "django\n",
            "COPY requirements/ requirements/\nRUN pip install --no-cache-dir -r requirements/base.txt\n",
        ),
        (
            "Pipfile",
            "[packages]\ndjango = \"*\"\n",
            "pipenv install --system --deploy\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\ndjango = \"*\"\n",
            "RUN poetry install --only main",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"django\"]\n",
            "uv pip install --system --no-cache -r pyproject.toml\n",
        ),
    ] {
        for home in ["", "backend/"] {
            let place = |path: &str| format!("{home}{path}");
            let files = [
                (place("manage.py"), ""),
                (place("shop/views.py"), VIEWS),
                (place(path), text),
            ];
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (&**path, *text)).collect();
            let guide = guide(&files);
            let made = &file(&guide, &place("Dockerfile")).text;
            assert!(made.contains(wanted), "{path} {made}");
        }
    }
}

#[test]
fn the_pool_is_required_where_the_settings_have_it() {
    let written = SETTINGS.to_owned();
    let of_address = SETTINGS.replace(
        "{'ENGINE': 'django.db.backends.postgresql', 'NAME': 'shop'}",
        "env.db('DATABASE_URL', default='postgres:///shop')",
    );
    for (settings, is_required) in [(written, true), (of_address, false)] {
        let guide = guide(&[
            ("shop/views.py", VIEWS),
            ("shop/settings.py", &settings),
            ("requirements.txt", "Django==5.2\npsycopg[binary]\n"),
        ]);
        let text = &file(&guide, "requirements.txt").text;
        assert_eq!(text.contains("psycopg-pool"), is_required, "{text}");
    }
}
