//! Every part of the original guide is found in the guide: headings, claims, questions, pitfalls, checklist, examples.

#![allow(clippy::unwrap_used)]

mod common;

use unblocked_guide::{Block, Guide, markdown};

const ORIGINAL: &str = include_str!("original.md");

/// Lines outside fences.
fn prose() -> Vec<&'static str> {
    let mut inside = false;
    ORIGINAL
        .lines()
        .skip_while(|line| !line.starts_with("# "))
        .filter(|line| {
            if line.starts_with("```") {
                inside = !inside;
                return false;
            }
            !inside
        })
        .collect()
}

/// The lines of a section, by its heading.
fn section(heading: &str) -> Vec<&'static str> {
    prose()
        .into_iter()
        .skip_while(|line| line.trim_start_matches('#').trim() != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .collect()
}

fn bullets(heading: &str, mark: &str) -> Vec<String> {
    section(heading)
        .into_iter()
        .filter_map(|line| line.strip_prefix(mark))
        .map(str::to_owned)
        .collect()
}

fn empty() -> Guide {
    common::guide(&[("views.py", "")])
}

#[test]
fn every_heading_has_its_place() {
    let guide = empty();
    let text = markdown(&guide).replace('`', "");
    let own = [
        "Django Async Migration Skill",
        // What it says is the introduction's first claim.
        "Django 5.1+ Async Support",
        "Interactive Migration Process",
    ];
    let headings: Vec<&str> = prose()
        .into_iter()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .filter(|heading| !own.contains(heading))
        .collect();
    assert!(headings.len() > 20, "{headings:?}");
    for heading in headings {
        let title = heading
            .strip_prefix("Step ")
            .and_then(|rest| rest.split_once(": "))
            .map_or(heading.to_owned(), |(number, title)| {
                format!("{number}. {title}")
            });
        let found = text
            .lines()
            .any(|line| line.starts_with('#') && line.trim_start_matches('#').trim() == title);
        assert!(found, "{title}");
    }
}

#[test]
fn the_steps_are_those_of_the_original_in_its_order() {
    let titles: Vec<String> = prose()
        .into_iter()
        .filter_map(|line| line.strip_prefix("### Step "))
        .map(|line| line.split_once(": ").unwrap().1.to_owned())
        .collect();
    let steps: Vec<String> = empty().steps.into_iter().map(|step| step.title).collect();
    assert_eq!(steps, titles);
}

#[test]
fn the_introduction_s_claims_are_all_answered() {
    let guide = empty();
    let claims = bullets("Django 5.1+ Async Support", "- ");
    assert_eq!(claims.len(), 4);
    for claim in claims {
        assert!(
            guide.claims.iter().any(|one| one.original == claim),
            "{claim}"
        );
    }
}

#[test]
fn every_question_is_asked() {
    let guide = empty();
    let mut questions = bullets("Step 1: Assessment", "- ");
    // The last part asks three more, one of them a second time.
    questions.extend(
        section("Migration Checklist")
            .into_iter()
            .filter_map(|line| line.split("**").nth(1))
            .map(str::to_owned),
    );
    assert_eq!(questions.len(), 8);
    for question in questions {
        let asked = question.split(" (asyncpg").next().unwrap();
        let found = guide
            .questions
            .iter()
            .any(|one| one.from_guide && one.text == asked);
        assert!(found, "{question}");
    }
}

#[test]
fn every_pitfall_is_there_first_and_in_order() {
    let guide = empty();
    let original: Vec<String> = section("Common Pitfalls")
        .into_iter()
        .filter_map(|line| line.split("**").nth(1))
        .map(|title| title.replace('`', ""))
        .collect();
    assert_eq!(original.len(), 5);
    let own: Vec<String> = guide
        .pitfalls
        .iter()
        .filter(|pitfall| pitfall.from_guide)
        .map(|pitfall| pitfall.title.replace('`', ""))
        .collect();
    assert_eq!(own, original);
    assert!(guide.pitfalls.iter().take(5).all(|one| one.from_guide));
}

#[test]
fn every_item_of_the_checklist_is_there() {
    let guide = empty();
    let original = bullets("Migration Checklist", "- [ ] ");
    assert_eq!(original.len(), 7);
    let own: Vec<String> = guide
        .checklist
        .iter()
        .filter_map(|item| item.original.clone())
        .collect();
    assert_eq!(own, original);
}

#[test]
fn what_it_gets_wrong_is_said_where_it_says_it() {
    let guide = empty();
    for wrong in [
        "postgresql_async",
        "async_mode",
        "asyncpg",
        "querysets_async",
        "aget_queryset",
        "acustomer",
        "async def aget",
    ] {
        let claim = guide
            .claims
            .iter()
            .find(|claim| claim.original.contains(wrong))
            .unwrap();
        assert!(ORIGINAL.contains(wrong) && !claim.otherwise.is_empty());
        let step = guide.steps.iter().find(|step| step.id == claim.part);
        let shown = step.is_some_and(|step| {
            step.blocks
                .iter()
                .any(|block| *block == Block::Claim(claim.id.clone()))
        });
        assert!(shown, "{wrong}");
    }
}

#[test]
fn every_claim_is_in_the_document_with_a_link() {
    let guide = empty();
    let text = markdown(&guide);
    for claim in &guide.claims {
        if claim.part != "checklist" {
            assert!(text.contains(&claim.original), "{}", claim.id);
        }
        assert!(
            claim
                .docs_url
                .starts_with("https://docs.djangoproject.com/")
        );
    }
}

/// What is said of Django in a text: has it a version, and a link to Django's documentation?
fn is_backed(text: &str) -> bool {
    !text.contains("Django")
        || (text.contains("(Django ") && text.contains("](https://docs.djangoproject.com/"))
}

#[test]
fn what_is_said_of_django_carries_versions_and_documentation() {
    let settings = "INSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\nMIDDLEWARE = ['shop.middleware.Own']\nDATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'ATOMIC_REQUESTS': True}}\n";
    let tests = "from django.test import RequestFactory\n\n\ndef test_view():\n    view(RequestFactory().get('/'))\n";
    let full = common::guide(&[
        ("shop/settings.py", settings),
        ("shop/tests.py", tests),
        ("requirements.txt", "Django==5.1\nasyncpg\n"),
        ("Procfile", "web: gunicorn shop.wsgi\n"),
    ]);
    for guide in [empty(), full] {
        for step in &guide.steps {
            for block in &step.blocks {
                let texts = match block {
                    Block::Text(text) => vec![text],
                    Block::Places { title, .. } => vec![title],
                    Block::Example { note, .. } => vec![note],
                    _ => Vec::new(),
                };
                // What the code at hand asks for is no claim.
                for text in texts
                    .into_iter()
                    .filter(|text| !text.starts_with("The requirements ask"))
                {
                    assert!(is_backed(text), "{}: {text}", step.id);
                }
            }
        }
        for item in &guide.checklist {
            assert!(is_backed(&item.detail), "{}: {}", item.id, item.detail);
        }
        let text = markdown(&guide);
        for claim in &guide.claims {
            let backed = format!(
                "({}, [documentation]({}))",
                claim.versions(),
                claim.docs_url
            );
            assert!(
                claim.part == "checklist" || text.contains(&backed),
                "{}",
                claim.id
            );
        }
        for pitfall in &guide.pitfalls {
            let backed = format!(
                "({}, [documentation]({}))",
                pitfall.versions(),
                pitfall.docs_url
            );
            assert!(text.contains(&backed), "{}", pitfall.id);
        }
    }
}
