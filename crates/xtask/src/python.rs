//! Python interpreters and virtual environments.

use crate::apt;
use crate::process::{Run, command, find};
use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The minor versions of Python 3 that are looked for, the oldest first.
const MINORS: std::ops::RangeInclusive<u32> = 9..=15;

/// A Python 3 that can be run.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    /// The interpreter.
    pub(crate) path: PathBuf,
    /// The 12 of Python 3.12.
    pub(crate) minor: u32,
}

/// The Python that everything starts from.
pub(crate) fn base() -> Result<Python> {
    ["python3", "python"]
        .into_iter()
        .filter_map(find)
        .find_map(|path| ask(&mut command(path)))
        .or_else(|| all().pop())
        .ok_or_else(|| {
            anyhow!("Python is missing: install Python 3.12 or later and see that `python3` is on the PATH")
        })
}

/// One Python of each minor version, the oldest first.
pub(crate) fn all() -> Vec<Python> {
    MINORS.filter_map(of_minor).collect()
}

/// A Python 3 of this minor version: on the PATH, or where pyenv, uv or Windows' launcher keep theirs.
fn of_minor(minor: u32) -> Option<Python> {
    let wanted = format!("3.{minor}");
    let on_path = [format!("python{wanted}"), "python3".into(), "python".into()]
        .into_iter()
        .filter_map(|name| find(&name));
    let mut commands: Vec<Command> = on_path.chain(in_pyenv(&wanted)).map(command).collect();
    if let Some(uv) = find("uv")
        && let Ok(path) = command(uv)
            .args(["python", "find", "--no-python-downloads", &wanted])
            .read()
    {
        commands.push(command(path));
    }
    if let Some(launcher) = find("py") {
        let mut launch = command(launcher);
        launch.arg(format!("-{wanted}"));
        commands.push(launch);
    }
    commands
        .iter_mut()
        .filter_map(ask)
        .find(|python| python.minor == minor)
}

/// The interpreters of this version, as `3.12`, that pyenv installed.
fn in_pyenv(wanted: &str) -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let Some(versions) = root.and_then(|root| fs::read_dir(root.join("versions")).ok()) else {
        return Vec::new();
    };
    let mut found: Vec<_> = versions
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy()
                .strip_prefix(wanted)
                .is_some_and(|patch| patch.starts_with('.'))
        })
        .map(|entry| interpreter(&entry.path()))
        .collect();
    found.sort();
    found
}

/// What an interpreter is, as it says itself; none when it does not run or is Python 2.
fn ask(interpreter: &mut Command) -> Option<Python> {
    let answer = interpreter
        .args([
            "-c",
            "import sys; print(*sys.version_info[:2], sys.executable)",
        ])
        .read()
        .ok()?;
    parse_answer(&answer)
}

fn parse_answer(answer: &str) -> Option<Python> {
    let mut words = answer.splitn(3, ' ');
    if words.next()? != "3" {
        return None;
    }
    Some(Python {
        minor: words.next()?.parse().ok()?,
        path: words.next()?.into(),
    })
}

/// Makes a virtual environment; returns its interpreter.
pub(crate) fn make_venv(python: &Python, folder: &Path) -> Result<PathBuf> {
    let make = || {
        command(&python.path)
            .args(["-m", "venv", "--clear"])
            .arg(folder)
            .run_quietly()
    };
    make()
        .or_else(|error| {
            // Debian's python3 comes without it.
            apt::install(&["python3-venv"], "virtual environments")
                .with_context(|| format!("{error:#}"))?;
            make()
        })
        .with_context(|| {
            format!(
                "{} cannot make virtual environments: install its module venv",
                python.path.display()
            )
        })?;
    Ok(interpreter(folder))
}

/// Installs packages with an environment's pip.
pub(crate) fn install<'a>(
    python: &Path,
    packages: impl IntoIterator<Item = &'a std::ffi::OsStr>,
) -> Result<()> {
    command(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(packages)
        .run_quietly()
}

/// The interpreter of a virtual environment, or of an installation with the same layout.
pub(crate) fn interpreter(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_says_what_it_is() {
        let python = parse_answer("3 12 /opt/my python/bin/python").unwrap();
        assert_eq!(python.minor, 12);
        assert_eq!(python.path, Path::new("/opt/my python/bin/python"));
    }

    #[test]
    fn python_2_is_none() {
        assert!(parse_answer("2 7 /usr/bin/python").is_none());
        assert!(parse_answer("").is_none());
    }
}
