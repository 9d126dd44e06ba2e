//! Every row of `data/async_api.json` is classified in `data/async_coverage.json`: rewritten by a rule, recognised, or
//! never written, with the reason. `tests/django` runs code for each row that is rewritten, on every Django.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use unblocked_django::{async_function, decorator};

#[derive(Deserialize)]
struct Row {
    owner: String,
    #[serde(rename = "async")]
    name: String,
    since: String,
    sync: Option<String>,
}

/// What holds for rows of one owner: for those named, or for all that no entry names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    owner: String,
    #[serde(default)]
    names: Vec<String>,
    rewritten: Option<String>,
    recognised: Option<String>,
    never: Option<String>,
    #[serde(default)]
    not_on: Vec<String>,
    note: Option<String>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The position of the entry that a row falls under.
fn classified(row: &Row, entries: &[Entry]) -> Option<usize> {
    let of_owner = |named: bool| {
        entries.iter().position(|entry| {
            entry.owner == row.owner
                && if named {
                    entry.names.contains(&row.name)
                } else {
                    entry.names.is_empty()
                }
        })
    };
    of_owner(true).or_else(|| of_owner(false))
}

#[test]
fn every_row_is_classified_and_every_entry_is_of_use() {
    let (rows, entries) = (
        read::<Row>("async_api.json"),
        read::<Entry>("async_coverage.json"),
    );
    let mut used = HashSet::new();
    for row in &rows {
        let entry = classified(row, &entries);
        assert!(
            entry.is_some(),
            "not classified: {} {}",
            row.owner,
            row.name
        );
        used.extend(entry);
    }
    for (index, entry) in entries.iter().enumerate() {
        assert!(
            used.contains(&index),
            "of no use: {} {:?}",
            entry.owner,
            entry.names
        );
        for name in &entry.names {
            let is_row = |row: &Row| row.owner == entry.owner && row.name == *name;
            assert!(
                rows.iter().any(is_row),
                "no such row: {} {name}",
                entry.owner
            );
        }
    }
}

#[test]
fn an_entry_says_one_thing_and_why() {
    for entry in read::<Entry>("async_coverage.json") {
        let said: Vec<_> = [&entry.rewritten, &entry.recognised, &entry.never]
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(said.len(), 1, "{}", entry.owner);
        assert!(said.iter().all(|text| !text.is_empty()), "{}", entry.owner);
        if let Some(rule) = &entry.rewritten {
            assert!(rule.contains('/'), "{rule} is no rule");
        }
        // What is not used although it is there needs its reason.
        assert_eq!(
            entry.not_on.is_empty(),
            entry.note.is_none(),
            "{}",
            entry.owner
        );
    }
}

#[test]
fn what_is_recognised_as_a_decorator_is_known_with_its_version() {
    let entries = read::<Entry>("async_coverage.json");
    let mut number = 0;
    for row in read::<Row>("async_api.json") {
        let entry = classified(&row, &entries)
            .and_then(|index| entries.get(index))
            .unwrap();
        if entry.recognised.as_deref() != Some("decorator") {
            continue;
        }
        number += 1;
        let name = row.name.rsplit('.').next().unwrap();
        let path = format!("{}.{name}", row.owner);
        let known = decorator(&path).unwrap_or_else(|| panic!("{path} is not known"));
        let since = known.fbv_since.map(|version| version.to_string());
        assert_eq!(since, Some(row.since), "{path}");
    }
    assert!(number > 25, "{number}");
}

#[test]
fn releases_on_which_a_function_fails_are_the_same_in_code_and_data() {
    let entries = read::<Entry>("async_coverage.json");
    for row in read::<Row>("async_api.json") {
        let entry = classified(&row, &entries)
            .and_then(|index| entries.get(index))
            .unwrap();
        let Some(form) = row
            .sync
            .as_deref()
            .and_then(|sync| async_function(&format!("{}.{sync}", row.owner)))
        else {
            assert!(entry.not_on.is_empty(), "{}", row.name);
            continue;
        };
        let broken: Vec<String> = form.broken_on.iter().map(ToString::to_string).collect();
        assert_eq!(broken, entry.not_on, "{}", row.name);
    }
}
