//! What the guide says of projects of different kinds. `UPDATE_SNAPSHOTS=1` writes the files anew: read the diff.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use unblocked_guide::{Answers, Guide, State};
use unblocked_rewriter::{Options, Workspace, migrate};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// The guide of a project file, for the Django that its requirements ask for.
fn guide(name: &str) -> Guide {
    let text = fs::read_to_string(folder("projects").join(format!("{name}.txt"))).unwrap();
    let mut workspace = Workspace::new();
    for part in text.split("=== ").filter(|part| !part.is_empty()) {
        let (path, text) = part.split_once('\n').unwrap();
        workspace.set_file(path, text);
    }
    let options = Options {
        target_version: unblocked_guide::required_django(&workspace, &[]).unwrap_or_default(),
        ..Options::default()
    };
    let report = migrate(&workspace, &options);
    unblocked_guide::guide(&workspace, &options, &Answers::default(), &report)
}

/// What a reader takes from it, in short.
fn digest(guide: &Guide) -> String {
    let mut out = format!("{}\n{}\n\n", guide.summary, guide.assessment.summary);
    for view in &guide.assessment.views {
        let order = view.order.map_or("-".to_owned(), |order| order.to_string());
        writeln!(
            out,
            "{order} {} {}: {}, {}. {} [{}] {}",
            view.name,
            view.place,
            view.recommendation.as_str(),
            view.times(),
            view.reason,
            view.work,
            view.capacity()
        )
        .unwrap();
    }
    out.push('\n');
    for question in guide.questions.iter().filter(|one| one.from_guide) {
        writeln!(out, "{} {}", question.text, question.answer).unwrap();
    }
    out.push('\n');
    for step in &guide.steps {
        writeln!(
            out,
            "{}. {} ({}): {}",
            step.number,
            step.title,
            step.state.as_str(),
            step.summary
        )
        .unwrap();
    }
    out.push('\n');
    for pitfall in guide.pitfalls.iter().filter(|one| !one.places.is_empty()) {
        let places: Vec<String> = pitfall.places.iter().map(ToString::to_string).collect();
        writeln!(out, "pitfall: {}: {}", pitfall.title, places.join(", ")).unwrap();
    }
    for item in &guide.checklist {
        let tick = match item.state {
            State::ToDo => " ",
            State::Done => "x",
            State::NotNeeded => "-",
        };
        writeln!(out, "[{tick}] {}", item.title).unwrap();
    }
    for file in &guide.files {
        let kind = if file.patch.is_some() {
            "changed"
        } else {
            "new"
        };
        writeln!(out, "file: {} ({kind})", file.path).unwrap();
    }
    out
}

fn check(name: &str) {
    let found = digest(&guide(name));
    let path = folder("snapshots").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &found).unwrap();
        return;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{name} is not what {} holds:\n{found}",
        path.display()
    );
}

#[test]
fn a_shop_that_only_asks_its_database() {
    check("all_sync_shop");
}

#[test]
fn a_site_that_asks_other_services() {
    check("http_heavy");
}

#[test]
fn a_site_of_generic_views() {
    check("generic_views");
}

#[test]
fn an_api_on_django_rest_framework() {
    check("drf_api");
}

#[test]
fn a_site_that_is_half_migrated() {
    check("half_migrated");
}

#[test]
fn one_view() {
    check("tiny");
}

#[test]
fn a_view_and_settings_that_were_pasted() {
    check("paste");
}

#[test]
fn files_that_are_broken() {
    check("broken");
}

#[test]
fn a_huge_project_is_assessed_as_a_small_one() {
    let mut files: Vec<(String, String)> = Vec::new();
    for app in 0..100 {
        let mut views =
            "import requests\nfrom django.http import JsonResponse\nfrom .models import Row\n"
                .to_owned();
        for view in 0..10 {
            write!(
                views,
                "\n\ndef rows_{view}(request):\n    return JsonResponse({{'rows': Row.objects.count()}})\n"
            )
            .unwrap();
        }
        views.push_str("\n\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/').json())\n");
        files.push((format!("app{app}/views.py"), views));
        files.push((
            format!("app{app}/models.py"),
            "from django.db import models\n\n\nclass Row(models.Model):\n    pass\n".to_owned(),
        ));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let guide = common::guide(&files);
    assert_eq!(
        guide.assessment.summary,
        "1100 views that wait: 100 are worth migrating, 1000 should stay synchronous."
    );
    assert_eq!(guide.assessment.views.len(), 1100);
}
