//! A virtual environment per supported Django version, made from `tests/django/requirements/django-X.Y.txt`.

use crate::apt;
use crate::cache::{self, Stamp};
use crate::process::{Run, command, find, step};
use crate::project;
use crate::python::{self, Python};
use anyhow::{Context, Result};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The environments that could be made.
pub(crate) struct Environments {
    /// Holds `django-4.2`, `django-5.0` and so on.
    pub(crate) folder: PathBuf,
    /// Versions of Django for which this machine has no Python, with the reason.
    pub(crate) missing: Vec<String>,
}

/// Makes the environments that are missing or out of date.
pub(crate) fn prepare() -> Result<Environments> {
    let folder = cache::folder()?.join("venvs");
    let pythons = python::all();
    let mut missing = Vec::new();
    for (version, requirements) in requirements()? {
        let venv = folder.join(format!("django-{version}"));
        match choose(&pythons, &version) {
            Ok(python) => make(&venv, &version, &requirements, python)?,
            Err(reason) => {
                // One that was made when there still was a Python for it is of no use.
                cache::remove_folder(&venv)?;
                missing.push(reason.to_string());
            }
        }
    }
    Overlay {
        name: "servers",
        purpose: "the servers",
        environment: Vec::new(),
    }
    .make(&folder, &pythons)?;
    // What waits, by name, is held against the packages themselves; tools try what the guide makes; applications are migrated,
    // and some are run as sites.
    for name in ["packages", "middleware", "tools", "applications", "sites"] {
        let requirements = project::root().join(format!("tests/django/requirements/{name}.txt"));
        match choose(&pythons, "5.2") {
            Ok(python) => make(&folder.join(name), name, &requirements, python)?,
            Err(_) => missing.push(title(name)),
        }
    }
    Ok(Environments { folder, missing })
}

/// Packages beside the environments, in a folder for each Python that a Django runs on: which of them it is used with, a run
/// says.
struct Overlay {
    /// The folders are `name-3.11` and so on, the list is `name.txt`.
    name: &'static str,
    purpose: &'static str,
    /// What building from source takes.
    environment: Vec<(&'static str, String)>,
}

impl Overlay {
    fn make(&self, venvs: &Path, pythons: &[Python]) -> Result<()> {
        let list = project::root().join(format!("tests/django/requirements/{}.txt", self.name));
        let mut minors = Vec::new();
        for (version, _) in requirements()? {
            let Ok(python) = choose(pythons, &version) else {
                continue;
            };
            if minors.contains(&python.minor) {
                continue;
            }
            minors.push(python.minor);
            let folder = venvs.join(format!("{}-3.{}", self.name, python.minor));
            let content = format!("{}\n{}", python.path.display(), text_with_includes(&list)?);
            let stamp = Stamp::new(&folder, content);
            if stamp.is_fresh() {
                continue;
            }
            let _lock = cache::lock()?;
            if stamp.is_fresh() {
                continue;
            }
            let interpreter = python::interpreter(&venvs.join(format!("django-{version}")));
            step(
                &format!(
                    "Setting up {} on Python 3.{} (once)",
                    self.purpose, python.minor
                ),
                || {
                    cache::remove_folder(&folder)?;
                    command(&interpreter)
                        .args([
                            "-m",
                            "pip",
                            "install",
                            "--quiet",
                            "--disable-pip-version-check",
                        ])
                        .args(["--no-deps", "--target"])
                        .arg(&folder)
                        .arg("-r")
                        .arg(&list)
                        .envs(self.environment.iter().map(|(name, value)| (name, value)))
                        .run_quietly()
                },
            )?;
            stamp.write()?;
        }
        Ok(())
    }
}

/// What the proof on databases needs beside SQLite: PostgreSQL, and for the guide's settings MariaDB and the drivers of MySQL
/// and Oracle, where they can be had.
pub(crate) fn prepare_databases(environments: &mut Environments) -> Result<()> {
    prepare_postgres()?;
    let others = || {
        prepare_maria()?;
        make_drivers(&environments.folder)
    };
    if let Err(reason) = others() {
        environments.missing.push(format!(
            "MariaDB and the drivers of MySQL and Oracle ({reason})"
        ));
    }
    if find("nginx").is_none() && !Path::new("/usr/sbin/nginx").exists() {
        // Without it the run says that it could not try nginx's configuration.
        let _ = apt::install(
            &["nginx-light"],
            "nginx, for the configuration that the guide makes",
        );
    }
    Ok(())
}

/// Installs PostgreSQL where it is missing. The tests start one of their own.
fn prepare_postgres() -> Result<()> {
    // Debian keeps the server's programs off the PATH.
    let of_debian = fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| {
        versions.any(|version| version.is_ok_and(|it| it.path().join("bin/initdb").exists()))
    });
    if of_debian || find("initdb").is_some() {
        return Ok(());
    }
    apt::install(&["postgresql"], "PostgreSQL for the tests on real Django")
}

/// Installs MariaDB where it is missing, with the library that MySQL's driver is built on.
fn prepare_maria() -> Result<()> {
    let is_there = |name: &str| find(name).is_some() || Path::new("/usr/sbin").join(name).exists();
    if [
        "mariadbd",
        "mariadb-install-db",
        "my_print_defaults",
        "mariadb_config",
    ]
    .into_iter()
    .all(is_there)
    {
        return Ok(());
    }
    apt::install(
        &[
            "mariadb-server-core",
            "mariadb-client-core",
            "libmariadb-dev",
        ],
        "MariaDB for the settings that the guide makes",
    )
}

fn make_drivers(venvs: &Path) -> Result<()> {
    let of_library = |option: &str| command("mariadb_config").arg(option).read();
    // cx_Oracle's own build needs what newer ones of setuptools do not have.
    let constraint = cache::folder()?.join("drivers-build.txt");
    fs::write(&constraint, "setuptools==74.1.3\n")?;
    Overlay {
        name: "drivers",
        purpose: "the drivers of MySQL and Oracle",
        environment: vec![
            ("MYSQLCLIENT_CFLAGS", of_library("--cflags")?),
            ("MYSQLCLIENT_LDFLAGS", of_library("--libs")?),
            ("PIP_CONSTRAINT", constraint.display().to_string()),
        ],
    }
    .make(venvs, &python::all())
}

/// The interpreter of the environment of one version.
pub(crate) fn environment(version: &str) -> Result<PathBuf> {
    let venv = cache::folder()?.join(format!("venvs/django-{version}"));
    let file = project::root().join(format!("tests/django/requirements/django-{version}.txt"));
    make(&venv, version, &file, choose(&python::all(), version)?)?;
    Ok(python::interpreter(&venv))
}

/// The interpreter of an environment for something else, made from a list of packages.
pub(crate) fn beside(name: &str, requirements: &Path) -> Result<PathBuf> {
    let venv = cache::folder()?.join("venvs").join(name);
    make(&venv, name, requirements, choose(&python::all(), "5.2")?)?;
    Ok(python::interpreter(&venv))
}

/// Version and file of every pinned Django, the oldest first.
fn requirements() -> Result<Vec<(String, PathBuf)>> {
    let folder = project::root().join("tests/django/requirements");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix("django-")?.strip_suffix(".txt")?;
            Some((version.to_owned(), entry.path()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// The minor versions of Python 3 on which a Django is tested. The packages beside it want 3.11.
fn supported(django: &str) -> RangeInclusive<u32> {
    match django {
        "4.2" | "5.0" => 11..=12,
        "5.1" => 11..=13,
        "5.2" => 11..=14,
        _ => 12..=14,
    }
}

/// The oldest that will do: what runs there runs on later ones.
fn choose<'a>(pythons: &'a [Python], django: &str) -> Result<&'a Python> {
    let minors = supported(django);
    let (first, last) = (minors.start(), minors.end());
    pythons
        .iter()
        .find(|python| minors.contains(&python.minor))
        .with_context(|| format!("Django {django} (needs a Python from 3.{first} to 3.{last})"))
}

fn make(venv: &Path, version: &str, requirements: &Path, python: &Python) -> Result<()> {
    let content = format!(
        "{}\n{}",
        python.path.display(),
        text_with_includes(requirements)?
    );
    let stamp = Stamp::new(venv, content);
    if stamp.is_fresh() {
        return Ok(());
    }
    let _lock = cache::lock()?;
    if stamp.is_fresh() {
        return Ok(());
    }
    step(
        &format!(
            "Setting up {} on Python 3.{} (once)",
            title(version),
            python.minor
        ),
        || {
            let python = python::make_venv(python, venv)?;
            let mut arguments = vec!["-r".as_ref(), requirements.as_os_str()];
            if matches!(version, "applications" | "middleware") {
                // They are read, not run.
                arguments.push("--no-deps".as_ref());
            }
            python::install(&python, arguments)
        },
    )
    .with_context(|| format!("cannot set up {}", title(version)))?;
    stamp.write()
}

fn title(environment: &str) -> String {
    match environment {
        "packages" => "the packages of the catalogue".to_owned(),
        "middleware" => "middleware of libraries".to_owned(),
        "tools" => "the tools that try the guide's files".to_owned(),
        "applications" => "applications to migrate".to_owned(),
        "sites" => "the sites of applications".to_owned(),
        "documentation" => "the tools that documentation is made with".to_owned(),
        version => format!("Django {version}"),
    }
}

/// A file of requirements, with those that it includes by `-r`.
fn text_with_includes(path: &Path) -> Result<String> {
    let mut text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    for line in text.clone().lines() {
        if let Some(included) = line.strip_prefix("-r ") {
            text += &text_with_includes(&path.with_file_name(included.trim()))?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pythons(minors: &[u32]) -> Vec<Python> {
        minors
            .iter()
            .map(|&minor| Python {
                path: format!("python3.{minor}").into(),
                minor,
            })
            .collect()
    }

    fn chosen(django: &str, minors: &[u32]) -> Option<u32> {
        choose(&pythons(minors), django)
            .ok()
            .map(|python| python.minor)
    }

    #[test]
    fn a_django_runs_on_the_oldest_python_that_it_supports() {
        assert_eq!(chosen("4.2", &[9, 10, 11, 12, 13]), Some(11));
        assert_eq!(chosen("6.0", &[9, 10, 11, 12, 13]), Some(12));
        assert_eq!(chosen("5.2", &[14]), Some(14));
    }

    #[test]
    fn a_django_without_its_python_is_missing() {
        assert_eq!(chosen("6.0", &[11]), None);
        assert_eq!(chosen("4.2", &[13, 14]), None);
    }

    #[test]
    fn what_an_included_file_pins_counts() {
        for (version, path) in requirements().unwrap() {
            let text = text_with_includes(&path).unwrap();
            assert!(text.contains(&format!("Django=={version}.")), "{version}");
            assert!(text.contains("asgiref=="), "{version}");
        }
    }
}
