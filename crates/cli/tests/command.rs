//! The command as users run it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with these files; a name that ends in `/` is a folder.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    folder
}

struct Answer {
    status: i32,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

fn unblocked(folder: &Path, arguments: &[&str]) -> Answer {
    let output = Command::cargo_bin("unblocked")
        .unwrap()
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .args(arguments)
        .output()
        .unwrap();
    Answer {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Files that `check` reports as unreadable: which files it takes, seen from outside.
fn taken(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["check", "--output-format", "json"];
    all.extend(arguments);
    let found = unblocked(folder, &all).json();
    found
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["path"].as_str().unwrap().to_owned())
        .collect()
}

/// Not UTF-8.
const LATIN: &[u8] = b"name = 'caf\xe9'\n";

#[test]
fn nothing_found_is_status_0() {
    let project = folder(&[("manage.py", b""), ("shop/a.py", b"x = 1\n")]);
    let answer = unblocked(project.path(), &["check"]);
    assert_eq!((answer.status, &*answer.err), (0, ""));
    assert_eq!(answer.out, "Nothing found (2 files read).\n");
}

#[test]
fn an_unreadable_file_is_a_finding_and_the_rest_goes_on() {
    let project = folder(&[
        ("manage.py", b""),
        ("shop/a.py", LATIN),
        ("shop/b.py", b"x = 1\n"),
    ]);
    let answer = unblocked(project.path(), &["check"]);
    assert_eq!(answer.status, 1);
    assert_eq!(
        answer.out,
        "error[file/unreadable]: this file is not UTF-8 (line 1): save it as UTF-8 first\n\
         --> shop/a.py\n\n1 finding in 1 file (2 files read).\n"
    );
    let answer = unblocked(project.path(), &["check", "--output-format", "concise"]);
    assert!(
        answer
            .out
            .starts_with("shop/a.py:1:1: file/unreadable this file is not UTF-8")
    );
    // Outside the paths that were given it is nobody's finding.
    assert_eq!(unblocked(project.path(), &["check", "shop/b.py"]).status, 0);
}

#[test]
fn a_path_that_is_not_there_is_status_2() {
    let empty = folder(&[]);
    let answer = unblocked(empty.path(), &["check", "shop"]);
    assert_eq!((answer.status, &*answer.out), (2, ""));
    assert_eq!(answer.err, "error: shop: no such file or folder\n");
}

#[test]
fn paths_without_python_are_said() {
    let project = folder(&[("manage.py", b"x = 1\n"), ("docs/a.txt", b"")]);
    let answer = unblocked(project.path(), &["check", "docs"]);
    assert_eq!(
        (answer.status, &*answer.out),
        (0, "Nothing found (1 file read).\n")
    );
    assert_eq!(
        answer.err,
        "warning: no Python files under the given paths\n"
    );
}

#[test]
fn an_unknown_version_is_status_2_and_says_which_there_are() {
    let empty = folder(&[]);
    for command in ["check", "migrate"] {
        let answer = unblocked(empty.path(), &[command, "--target-version", "3.2"]);
        assert_eq!(answer.status, 2);
        assert!(
            answer.err.contains(
                "Django 3.2 is not supported: choose one of 4.2, 5.0, 5.1, 5.2, 6.0, 6.1"
            ),
            "{}",
            answer.err
        );
    }
    let arguments = [
        "migrate",
        "--target-version",
        "6.0",
        "--python-version",
        "3.11",
    ];
    let answer = unblocked(empty.path(), &arguments);
    assert_eq!(answer.status, 2);
    assert_eq!(
        answer.err,
        "error: Django 6.0 needs Python 3.12 or newer, not 3.11\n"
    );
}

#[test]
fn options_that_exclude_each_other_are_status_2() {
    let empty = folder(&[]);
    assert_eq!(
        unblocked(empty.path(), &["migrate", "--diff", "--write"]).status,
        2
    );
}

#[test]
fn what_git_ignores_is_not_read() {
    let project = folder(&[
        ("manage.py", b""),
        (".gitignore", b"build/\n/local.py\n"),
        ("build/a.py", LATIN),
        ("local.py", LATIN),
        (".hidden/a.py", LATIN),
        ("shop/.gitignore", b"generated.py\n"),
        ("shop/generated.py", LATIN),
        ("shop/seen.py", LATIN),
        ("shop/notes.txt", LATIN),
    ]);
    assert_eq!(taken(project.path(), &[]), ["shop/seen.py"]);
    // A folder around it that is named does not name it.
    assert_eq!(taken(project.path(), &["shop"]), ["shop/seen.py"]);
}

#[test]
fn environments_and_migrations_are_not_read() {
    let project = folder(&[
        ("pyproject.toml", b""),
        ("env/pyvenv.cfg", b""),
        ("env/lib/a.py", LATIN),
        ("vendor/site-packages/a.py", LATIN),
        ("node_modules/a.py", LATIN),
        ("shop/migrations/0001_initial.py", LATIN),
        ("shop/models.py", LATIN),
    ]);
    assert_eq!(taken(project.path(), &[]), ["shop/models.py"]);
}

#[test]
fn a_path_that_is_named_is_read_whatever_it_is() {
    let project = folder(&[
        ("pyproject.toml", b""),
        (".gitignore", b"build/**\nlocal.py\n"),
        ("build/a.py", LATIN),
        ("local.py", LATIN),
        ("env/pyvenv.cfg", b""),
        ("env/lib/site-packages/django/a.py", LATIN),
        ("shop/migrations/0001_initial.py", LATIN),
        ("script", LATIN),
    ]);
    for (named, file) in [
        ("build", "build/a.py"),
        ("build/a.py", "build/a.py"),
        ("local.py", "local.py"),
        (
            "env/lib/site-packages/django",
            "env/lib/site-packages/django/a.py",
        ),
        ("shop/migrations", "shop/migrations/0001_initial.py"),
        ("script", "script"),
    ] {
        assert_eq!(taken(project.path(), &[named]), [file], "{named}");
    }
    let both = taken(project.path(), &["script", "build", "build/a.py"]);
    assert_eq!(both, ["build/a.py", "script"]);
}

#[test]
fn the_project_around_a_path_is_read_and_not_reported() {
    let project = folder(&[
        ("site/manage.py", b""),
        ("site/shop/a.py", b"x = 1\n"),
        ("site/shop/b.py", LATIN),
        ("elsewhere.py", b"x = 1\n"),
    ]);
    let answer = unblocked(project.path(), &["check", "site/shop/a.py"]);
    assert_eq!(answer.out, "Nothing found (2 files read).\n");
    // A file without a project is its own world.
    let answer = unblocked(project.path(), &["check", "elsewhere.py"]);
    assert_eq!(answer.out, "Nothing found (1 file read).\n");
    // Two projects at once.
    let answer = unblocked(project.path(), &["check", "site", "elsewhere.py"]);
    assert!(
        answer
            .out
            .ends_with("1 finding in 1 file (3 files read).\n"),
        "{}",
        answer.out
    );
}

#[test]
fn paths_are_shown_from_where_one_stands() {
    let project = folder(&[("manage.py", b""), ("shop/a.py", LATIN)]);
    assert_eq!(taken(&project.path().join("shop"), &[]), ["a.py"]);
    assert_eq!(taken(&project.path().join("shop"), &["."]), ["a.py"]);
    fs::create_dir(project.path().join("docs")).unwrap();
    let seen = taken(&project.path().join("docs"), &["../shop"]);
    assert_eq!(seen.len(), 1);
    assert!(PathBuf::from(&seen[0]).is_absolute(), "{seen:?}");
}

#[test]
fn options_come_from_pyproject_and_the_command_line_wins() {
    let project = folder(&[
        (
            "pyproject.toml",
            b"[tool.unblocked]\ntarget-version = '6.0'\npython-version = '3.12'\n",
        ),
        ("shop/a.py", b"x = 1\n"),
    ]);
    assert_eq!(unblocked(project.path(), &["migrate", "shop"]).status, 0);
    // What the table says counts: 3.11 is too old for its Django 6.0, not for 5.2.
    let old = ["migrate", "shop", "--python-version", "3.11"];
    assert_eq!(unblocked(project.path(), &old).status, 2);
    let older = [&old[..], &["--target-version", "5.2"]].concat();
    assert_eq!(unblocked(project.path(), &older).status, 0);
}

#[test]
fn a_mistake_in_pyproject_is_status_2_and_says_where() {
    let project = folder(&[
        (
            "pyproject.toml",
            b"[tool.unblocked]\nhttp-client = 'curl'\n",
        ),
        ("shop/a.py", b""),
    ]);
    let answer = unblocked(project.path(), &["check", "shop"]);
    assert_eq!(answer.status, 2);
    assert!(answer.err.contains("pyproject.toml: "), "{}", answer.err);
    assert!(answer.err.contains("line 2"), "{}", answer.err);
    assert!(
        answer.err.contains("unknown variant `curl`"),
        "{}",
        answer.err
    );
}

#[test]
fn json_says_what_and_where() {
    let project = folder(&[("manage.py", b""), ("shop/a.py", LATIN)]);
    let found = unblocked(project.path(), &["check", "--output-format", "json"]).json();
    let finding = &found[0];
    assert_eq!(finding["rule"], "file/unreadable");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["applicability"], "manual");
    assert_eq!(finding["path"], "shop/a.py");
    assert_eq!(
        finding["location"],
        serde_json::json!({ "line": 1, "column": 1 })
    );
    let nothing = unblocked(
        project.path(),
        &["check", "manage.py", "--output-format", "json"],
    );
    assert_eq!((nothing.status, nothing.json()), (0, serde_json::json!([])));
}

#[test]
fn sarif_has_the_shape_that_services_read() {
    let project = folder(&[("manage.py", b""), ("my shop/a.py", LATIN)]);
    let log = unblocked(project.path(), &["check", "--output-format", "sarif"]).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "unblocked");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "file/unreadable");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "file/unreadable");
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20shop/a.py");
    assert_eq!(place["region"]["startLine"], 1);
}

#[test]
fn github_annotations_name_file_and_line() {
    let project = folder(&[("manage.py", b""), ("shop/a.py", LATIN)]);
    let answer = unblocked(project.path(), &["check", "--output-format", "github"]);
    assert!(
        answer.out.starts_with(
            "::error title=Unblocked (file/unreadable),file=shop/a.py,line=1,col=1,endColumn=1,endLine=1::this file"
        ),
        "{}",
        answer.out
    );
}

#[test]
fn migrate_leaves_what_needs_no_change_and_says_what_it_could_not_read() {
    let bytes: &[u8] = "\u{feff}x = 'é'\r\n\tpass\r".as_bytes();
    let project = folder(&[("manage.py", b""), ("a.py", bytes), ("b.py", LATIN)]);
    let answer = unblocked(project.path(), &["migrate", "--write"]);
    assert_eq!((answer.status, &*answer.out), (0, ""));
    assert!(
        answer.err.contains("b.py: this file is not UTF-8"),
        "{}",
        answer.err
    );
    assert!(
        answer.err.contains("2 files read, 0 changed"),
        "{}",
        answer.err
    );
    assert_eq!(fs::read(project.path().join("a.py")).unwrap(), bytes);
}

#[test]
fn a_view_that_is_not_there_is_said() {
    let project = folder(&[("manage.py", b""), ("shop/views.py", b"x = 1\n")]);
    let answer = unblocked(project.path(), &["migrate", "--view", "shop.views.detial"]);
    assert!(
        answer
            .err
            .contains("warning: `shop.views.detial` names no function"),
        "{}",
        answer.err
    );
}

#[test]
fn rules_are_listed_and_an_unknown_one_is_status_2() {
    let empty = folder(&[]);
    let listed = unblocked(empty.path(), &["rules", "--output-format", "json"]);
    assert_eq!(listed.status, 0);
    let names: Vec<_> = listed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["name"].clone())
        .collect();
    let text = unblocked(empty.path(), &["rules"]).out;
    assert_eq!(text.lines().count(), names.len());
    for (line, name) in text.lines().zip(&names) {
        let name = name.as_str().unwrap();
        assert!(line.starts_with(name), "{line}");
        let one = unblocked(empty.path(), &["rules", name]);
        assert_eq!(one.status, 0);
        assert!(
            one.out.contains("```python before"),
            "{name} shows no example"
        );
    }
    let answer = unblocked(empty.path(), &["rules", "orm/no-such-rule"]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.err.contains("no rule `orm/no-such-rule`"),
        "{}",
        answer.err
    );
}

#[test]
fn output_that_is_piped_has_no_colors() {
    let project = folder(&[("manage.py", b""), ("a.py", LATIN)]);
    for format in ["full", "concise", "json", "sarif", "github"] {
        let answer = unblocked(project.path(), &["check", "--output-format", format]);
        assert!(!answer.out.contains('\u{1b}'), "{format}");
    }
}

#[test]
fn odd_files_are_no_trouble() {
    let deep = format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000));
    let long = "y = 1\n".repeat(200_000);
    let project = folder(&[
        ("manage.py", b""),
        ("empty.py", b""),
        ("bom.py", "\u{feff}".as_bytes()),
        ("nul.py", b"x = 1\0\n"),
        ("broken.py", b"def f(:\n  print 'x'\n\tx = \n"),
        ("deep.py", deep.as_bytes()),
        ("long.py", long.as_bytes()),
    ]);
    let answer = unblocked(
        project.path(),
        &["migrate", "--write", "--output-format", "json"],
    );
    assert_eq!(answer.status, 0, "{}", answer.err);
    assert_eq!(answer.json()["summary"]["read"], 7);
    assert_eq!(
        fs::read(project.path().join("nul.py")).unwrap(),
        b"x = 1\0\n"
    );
}

const PROJECT: &[(&str, &[u8])] = &[
    ("manage.py", b""),
    ("requirements.txt", b"Django==5.1.4\nrequests\ngunicorn\n"),
    ("Procfile", b"web: gunicorn shop.wsgi --workers 3\n"),
    (
        "shop/views.py",
        b"import requests\nfrom django.http import JsonResponse\nfrom .models import Product\n\n\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/rates').json())\n\n\ndef count(request):\n    return JsonResponse({'count': Product.objects.count()})\n",
    ),
    ("shop/models.py", b"from django.db import models\n\n\nclass Product(models.Model):\n    pass\n"),
];

#[test]
fn assess_says_which_views_pay_and_takes_latencies() {
    let folder = folder(PROJECT);
    let table = unblocked(folder.path(), &["assess"]);
    assert_eq!(table.status, 0);
    assert!(
        table
            .out
            .starts_with("2 views that wait: 1 is worth migrating, 1 should stay synchronous.\n"),
        "{}",
        table.out
    );
    let json = |arguments: &[&str]| {
        let mut all = vec!["assess", "--output-format", "json"];
        all.extend(arguments);
        unblocked(folder.path(), &all).json()["views"][0]["before"]
            .as_f64()
            .unwrap()
    };
    assert!((json(&[]) - 300.0).abs() < 1.0);
    assert!((json(&["--latency", "http=900"]) - 900.0).abs() < 1.0);
    let one = format!("--latency={}=50", "shop/views.py:7:requests.get");
    assert!((json(&[&one]) - 50.0).abs() < 1.0);
}

#[test]
fn guide_is_written_for_the_django_that_is_required() {
    let folder = folder(PROJECT);
    let answer = unblocked(
        folder.path(),
        &["guide", "-o", "MIGRATION.md", "--files", "new"],
    );
    assert_eq!((answer.status, &*answer.out), (0, ""), "{}", answer.err);
    let text = fs::read_to_string(folder.path().join("MIGRATION.md")).unwrap();
    assert!(text.contains("Django 5.1, Gunicorn (WSGI) today"), "{text}");
    let procfile = fs::read_to_string(folder.path().join("new/Procfile")).unwrap();
    assert!(procfile.contains("shop.asgi:application"), "{procfile}");
    // Nothing is overwritten.
    let again = unblocked(folder.path(), &["guide", "--files", "new"]);
    assert_eq!(again.status, 2);
    let chosen = unblocked(folder.path(), &["guide", "--target-version", "6.0"]);
    assert!(chosen.out.contains("Django 6.0, "));
    let checklist = unblocked(folder.path(), &["guide", "--output-format", "checklist"]);
    assert!(
        checklist
            .out
            .lines()
            .all(|line| line.trim_start().starts_with("- ["))
    );
}

#[test]
fn an_answer_to_no_question_is_refused() {
    let folder = folder(PROJECT);
    for arguments in [
        ["assess", "--latency", "http=soon"],
        ["guide", "--answer", "colour=blue"],
        ["guide", "--answer", "traffic"],
    ] {
        let answer = unblocked(folder.path(), &arguments);
        assert_eq!(answer.status, 2);
        assert!(answer.err.contains("is no answer"), "{}", answer.err);
    }
}
