//! Python interpreters and virtual environments.

use crate::apt;
use crate::process::{Run, command, find};
use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};

/// The Python that everything else starts from.
pub(crate) fn base() -> Result<PathBuf> {
    ["python3", "python"]
        .iter()
        .filter_map(|name| find(name))
        .find(|path| {
            command(path)
                .args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"])
                .succeeds()
        })
        .ok_or_else(|| anyhow!("Python is missing: install Python 3.11 or later and see that `python3` is on the PATH"))
}

/// Makes a virtual environment with the base Python; returns its interpreter.
pub(crate) fn make_venv(folder: &Path) -> Result<PathBuf> {
    make_venv_with(&base()?, folder)
}

/// Makes a virtual environment; returns its interpreter.
pub(crate) fn make_venv_with(python: &Path, folder: &Path) -> Result<PathBuf> {
    let make = || {
        command(python)
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
        .with_context(|| format!("{} cannot make virtual environments", python.display()))?;
    Ok(interpreter(folder))
}

/// Installs packages with an environment's pip.
pub(crate) fn install(python: &Path, packages: &[&str]) -> Result<()> {
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

fn interpreter(venv: &Path) -> PathBuf {
    if cfg!(windows) {
        venv.join("Scripts").join("python.exe")
    } else {
        venv.join("bin").join("python")
    }
}
