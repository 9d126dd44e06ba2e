//! `data/blocking.json`: families of names that wait, read once.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Blocking, Instead, Native};
use crate::{DjangoVersion, Effect};

/// Names that behave alike and are documented in one place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    /// What it is called in messages and tests.
    #[expect(dead_code, reason = "for readers of the data")]
    family: &'static str,
    /// The package on PyPI; none for what comes with Python.
    package: Option<&'static str>,
    /// A URL, or a path below Django's documentation.
    docs: &'static str,
    /// What it waits for.
    effect: Effect,
    /// Where it may run instead of on the loop.
    runs: Runs,
    #[serde(default)]
    note: &'static str,
    /// What does the same without blocking, and the version of the package that brought it.
    instead: Option<(&'static str, Option<&'static str>)>,
    /// Calls that wait and are done when they return.
    #[serde(default)]
    waits: Vec<&'static str>,
    /// Calls whose results wait: generators, files, context managers.
    #[serde(default)]
    lazy: Vec<&'static str>,
    /// Calls whose effect belongs to the thread that makes them.
    #[serde(default)]
    bound: Vec<&'static str>,
    /// Calls that keep the processor busy.
    #[serde(default)]
    cpu: Vec<&'static str>,
    /// Methods of a class listed by `.*` that do not wait.
    #[serde(default)]
    pub(super) free: Vec<&'static str>,
    /// Classes that wait when their `with` block ends.
    #[serde(default)]
    pub(super) with: Vec<&'static str>,
    /// What calls give, and attributes are: the class's path. `path.[]` is an item, `path.()` what calling it gives.
    #[serde(default)]
    pub(super) gives: BTreeMap<&'static str, &'static str>,
    /// Coroutines that take the same arguments: module, name, and the Django that brought it.
    #[serde(default)]
    native: BTreeMap<&'static str, (&'static str, &'static str, Option<&'static str>)>,
}

/// Where a call may run instead of on the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Runs {
    /// In any thread.
    Thread,
    /// In the thread that holds Django's connections.
    Django,
}

pub(super) static FAMILIES: LazyLock<Vec<Family>> = LazyLock::new(|| {
    // The tests below read it, so that a mistake in it never gets as far as here.
    serde_json::from_str(include_str!("../../data/blocking.json")).unwrap_or_default()
});

pub(super) static ENTRIES: LazyLock<Vec<Blocking>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(Family::entries).collect());

impl Family {
    pub(super) fn is_djangos(&self) -> bool {
        self.runs == Runs::Django
    }

    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    fn entries(&self) -> impl Iterator<Item = Blocking> + '_ {
        let kinds = [
            (&self.waits, false, false),
            (&self.lazy, true, false),
            (&self.bound, false, true),
            (&self.cpu, false, false),
        ];
        kinds
            .into_iter()
            .flat_map(|(paths, lazy, bound)| paths.iter().map(move |path| (*path, lazy, bound)))
            .map(|(path, lazy_result, thread_bound)| Blocking {
                path,
                effect: self.effect,
                touches_django_db: self.is_djangos(),
                native: self.native.get(path).map(|&(module, name, since)| Native {
                    module,
                    name,
                    since: since.and_then(django_version),
                }),
                lazy_result,
                thread_bound,
                package: self.package,
                instead: self.instead.map(|(path, since)| Instead { path, since }),
                docs: self.docs,
                note: self.note,
            })
    }
}

fn django_version(text: &str) -> Option<DjangoVersion> {
    let (major, minor) = text.split_once('.')?;
    Some(DjangoVersion::new(major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> Vec<Family> {
        serde_json::from_str(include_str!("../../data/blocking.json")).unwrap()
    }

    #[test]
    fn the_data_is_read_whole() {
        let found = families();
        assert!(found.len() > 80, "{}", found.len());
        assert_eq!(found.len(), FAMILIES.len());
    }

    #[test]
    fn natives_name_calls_of_their_family_and_versions() {
        for family in families() {
            for (path, (_, _, since)) in &family.native {
                assert!(family.waits.contains(path), "{path}");
                assert_eq!(since.is_some(), since.and_then(django_version).is_some());
            }
            let is_cpu = family.effect == Effect::Cpu;
            assert_eq!(is_cpu, !family.cpu.is_empty(), "{}", family.docs);
        }
    }
}
