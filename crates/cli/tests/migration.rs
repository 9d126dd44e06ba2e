//! A small project, migrated as users do it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const MODELS: &str = "\
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=100)
";

/// Byte order mark, CRLF, no line end at the end.
const SHOP: &str = "\u{feff}from django.http import JsonResponse\r
from shop.models import Product\r
\r
\r
def detail(request, pk):\r
    product = Product.objects.get(pk=pk)  # é\r
    return JsonResponse({\"name\": product.name})\r
\r
\r
def total(request):\r
    return JsonResponse({\"total\": Product.objects.count()})";

const BLOG: &str = "\
import requests
from django.http import JsonResponse


def weather(request):
    answer = requests.get(\"https://example.org/weather\", timeout=5)
    return JsonResponse({\"status\": answer.status_code})
";

const URLS: &str = "\
from django.urls import path
from blog.views import weather
from shop.views import detail, total

urlpatterns = [path(\"p/<int:pk>\", detail), path(\"n\", total), path(\"w\", weather)]
";

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("manage.py", ""),
        ("site/urls.py", URLS),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("shop/views.py", SHOP),
        ("blog/__init__.py", ""),
        ("blog/views.py", BLOG),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(project: &TempDir, name: &str) -> String {
    fs::read_to_string(project.path().join(name)).unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("unblocked")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_diff_is_shown_and_nothing_written() {
    let project = project();
    let (status, diff, err) = run(project.path(), &["migrate"]);
    assert_eq!(status, 1);
    assert!(
        diff.contains("--- a/shop/views.py\n+++ b/shop/views.py\n"),
        "{diff}"
    );
    assert!(
        diff.contains("+async def detail(request, pk):\r\n"),
        "{diff}"
    );
    assert!(
        err.contains("7 files read, 2 would change: 3 functions converted"),
        "{err}"
    );
    assert_eq!(read(&project, "shop/views.py"), SHOP);
    assert_eq!(read(&project, "blog/views.py"), BLOG);
}

#[test]
fn writing_keeps_the_files_as_they_are_kept_and_is_done_once() {
    let project = project();
    let (status, out, err) = run(project.path(), &["migrate", "--write"]);
    assert_eq!((status, &*out), (0, ""));
    assert!(err.contains("7 files read, 2 changed"), "{err}");
    let shop = read(&project, "shop/views.py");
    assert!(shop.starts_with('\u{feff}'));
    assert!(shop.contains("async def detail(request, pk):\r\n"));
    assert!(shop.contains("await Product.objects.aget(pk=pk)  # é\r\n"));
    assert_eq!(shop.matches('\n').count(), shop.matches("\r\n").count());
    assert!(!shop.ends_with('\n'));
    let (status, out, err) = run(project.path(), &["migrate", "--write"]);
    assert_eq!((status, &*out), (0, ""));
    assert!(err.contains("7 files read, 0 changed"), "{err}");
    assert_eq!(read(&project, "shop/views.py"), shop);
}

#[test]
fn git_applies_the_diff_to_what_write_writes() {
    let (shown, written) = (project(), project());
    let (_, diff, _) = run(shown.path(), &["migrate"]);
    run(written.path(), &["migrate", "--write"]);
    Command::new("git")
        .args([
            "-c",
            "core.autocrlf=false",
            "apply",
            "--whitespace=nowarn",
            "-",
        ])
        .current_dir(shown.path())
        .write_stdin(diff)
        .assert()
        .success();
    for name in ["shop/views.py", "blog/views.py"] {
        assert_eq!(read(&shown, name), read(&written, name));
    }
}

#[test]
fn paths_limit_what_is_written() {
    let project = project();
    let (status, _, err) = run(project.path(), &["migrate", "--write", "blog"]);
    assert_eq!(status, 0);
    assert!(err.contains("7 files read, 1 changed"), "{err}");
    assert!(!err.contains("warning"), "{err}");
    assert_eq!(read(&project, "shop/views.py"), SHOP);
    assert_ne!(read(&project, "blog/views.py"), BLOG);
}

#[test]
fn what_is_rejected_takes_its_next_form_and_what_is_left_stays() {
    let project = project();
    let (status, _, err) = run(
        project.path(),
        &[
            "migrate",
            "--write",
            "--reject",
            "http/aiohttp",
            "--leave",
            "shop.views.detail",
            "--leave",
            "shop.views.gone",
        ],
    );
    assert_eq!(status, 0);
    assert!(
        err.contains("warning: there is no function `shop.views.gone`"),
        "{err}"
    );
    let blog = read(&project, "blog/views.py");
    assert!(
        blog.contains("await asyncio.to_thread(requests.get,"),
        "{blog}"
    );
    let shop = read(&project, "shop/views.py");
    assert!(shop.contains("\ndef detail") && shop.contains("async def total"));
    let (status, _, err) = run(project.path(), &["migrate", "--reject", "http/curl"]);
    assert_eq!(status, 2);
    assert!(err.contains("there is no rule `http/curl`"), "{err}");
}

#[test]
fn a_view_that_is_named_is_converted_alone() {
    let project = project();
    let (_, _, err) = run(
        project.path(),
        &["migrate", "--write", "--view", "shop.views.detail"],
    );
    assert!(!err.contains("warning"), "{err}");
    let shop = read(&project, "shop/views.py");
    assert!(shop.contains("async def detail"), "{shop}");
    assert!(shop.contains("\ndef total"), "{shop}");
    assert_eq!(read(&project, "blog/views.py"), BLOG);
}

#[test]
fn the_target_is_chosen_in_pyproject_or_on_the_command_line() {
    const VIEW: &str = "\
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from shop.models import Product


def detail(request, pk):
    return JsonResponse({\"name\": get_object_or_404(Product, pk=pk).name})
";
    for (table, arguments, call) in [
        (
            "",
            &["migrate"][..],
            "await aget_object_or_404(Product, pk=pk)",
        ),
        (
            "target-version = '4.2'",
            &["migrate"],
            "await sync_to_async(get_object_or_404)(Product, pk=pk)",
        ),
        (
            "target-version = '4.2'",
            &["migrate", "--target-version", "6.0"],
            "await aget_object_or_404(Product, pk=pk)",
        ),
    ] {
        let project = project();
        fs::write(project.path().join("shop/views.py"), VIEW).unwrap();
        let text = format!("[tool.unblocked]\n{table}\n");
        fs::write(project.path().join("pyproject.toml"), text).unwrap();
        let (_, diff, _) = run(project.path(), arguments);
        assert!(diff.contains(call), "{diff}");
    }
}

#[test]
fn one_file_that_cannot_be_written_holds_all_back() {
    let project = project();
    let path = project.path().join("shop/views.py");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let (status, out, err) = run(project.path(), &["migrate", "--write"]);
    assert_eq!((status, &*out), (2, ""));
    assert!(err.contains("error: nothing was written: "), "{err}");
    assert!(err.contains("write-protected"), "{err}");
    assert_eq!(read(&project, "blog/views.py"), BLOG);
    // A diff needs no permission.
    assert_eq!(run(project.path(), &["migrate"]).0, 1);
}

#[test]
fn check_shows_the_line_and_names_the_rule() {
    let project = project();
    let (status, full, _) = run(project.path(), &["check", "shop"]);
    assert_eq!(status, 1);
    assert!(
        full.contains("product = Product.objects.get(pk=pk)"),
        "{full}"
    );
    assert!(full.contains("^"), "{full}");
    let (_, concise, _) = run(
        project.path(),
        &["check", "shop", "--output-format", "concise"],
    );
    assert!(concise.contains("shop/views.py:6:"), "{concise}");
    assert!(concise.contains(" orm/"), "{concise}");
    run(project.path(), &["migrate", "--write", "shop"]);
    let (_, after, _) = run(
        project.path(),
        &["check", "shop", "--output-format", "json"],
    );
    let after: Value = serde_json::from_str(&after).unwrap();
    let changed = after.as_array().unwrap().iter();
    assert_eq!(
        changed.filter(|it| it["applicability"] != "manual").count(),
        0
    );
}

#[test]
fn the_report_says_what_was_decided_for_each_function() {
    let project = project();
    let (status, report, _) = run(project.path(), &["migrate", "--output-format", "json"]);
    assert_eq!(status, 1);
    let report: Value = serde_json::from_str(&report).unwrap();
    let files = report["files"].as_array().unwrap();
    let shop = files
        .iter()
        .find(|file| file["path"] == "shop/views.py")
        .unwrap();
    assert_eq!(shop["changed"], true);
    let detail = &shop["functions"][0];
    assert_eq!(detail["name"], "detail");
    assert_eq!(detail["kind"], "view");
    assert_eq!(detail["decision"], "convert");
    assert_eq!(detail["because"], "view-waits");
    assert_eq!(detail["meaning"], "It is a view that waits.");
    assert_eq!(detail["whatToDo"], "Nothing.");
    assert_eq!(detail["location"]["line"], 5);
    assert_eq!(detail["effects"], serde_json::json!(["query"]));
    assert_eq!(report["summary"]["converted"], 3);
    assert_eq!(report["summary"]["written"], false);
    let (_, _, err) = run(project.path(), &["migrate", "--verbose"]);
    assert!(
        err.contains("shop/views.py:5:5: detail converted (view-waits): "),
        "{err}"
    );
}

#[test]
fn what_keeps_a_view_synchronous_comes_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let views = "import requests\nfrom acme import traced\nfrom django.http import HttpResponse\n\n\n@traced\ndef page(request):\n    return HttpResponse(requests.get('https://a.example.com').text)\n";
    fs::write(folder.path().join("views.py"), views).unwrap();
    let to_do = "Give the decorator an async branch, take another one, or raise the target Django.";
    let (_, _, err) = run(folder.path(), &["migrate", "--verbose"]);
    assert!(
        err.contains("page left as it is (sync-decorator): "),
        "{err}"
    );
    assert!(err.contains(&format!("\n    to do: {to_do}\n")), "{err}");
    let (_, out, _) = run(folder.path(), &["assess"]);
    assert!(
        out.contains(&format!("\n     sync-decorator: {to_do}\n")),
        "{out}"
    );
}

#[test]
fn a_finding_behind_helpers_shows_the_way_to_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("shop")).unwrap();
    for (name, text) in [
        ("manage.py", ""),
        (
            "shop/client.py",
            "import requests\n\n\ndef fetch():\n    return requests.get('https://a.example.com').json()\n",
        ),
        (
            "shop/views.py",
            "from django.http import JsonResponse\nfrom . import client\n\n\ndef view(request):\n    return JsonResponse(client.fetch())\n",
        ),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let way = "view → client.fetch → requests.get";
    let (_, full, _) = run(folder.path(), &["check"]);
    assert!(full.contains(&format!("reached by {way}")), "{full}");
    let (_, json, _) = run(folder.path(), &["check", "--output-format", "json"]);
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found[0]["chain"][1]["name"], "client.fetch");
    assert_eq!(found[0]["chain"][1]["place"]["path"], "shop/views.py");
    assert_eq!(found[0]["chain"][1]["place"]["line"], 6);
    let (_, sarif, _) = run(folder.path(), &["check", "--output-format", "sarif"]);
    let log: Value = serde_json::from_str(&sarif).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["codeFlows"][0]["message"]["text"], way);
    assert_eq!(result["relatedLocations"].as_array().map(Vec::len), Some(3));
}
