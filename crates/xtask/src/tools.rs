//! Commands that cargo can install: the one on the PATH where its version is right, else built once into the cache.

use crate::cache;
use crate::process::{Run, cargo, command, find, step};
use crate::project;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A command that cargo can install.
struct Tool {
    package: &'static str,
    binary: &'static str,
    version: String,
    purpose: &'static str,
}

/// Trunk, which puts the site together.
pub(crate) fn trunk() -> Result<PathBuf> {
    Tool {
        package: "trunk",
        binary: "trunk",
        version: "0.21.14".to_owned(),
        purpose: "puts the site together; once, about 3 minutes",
    }
    .path()
}

/// The wasm-bindgen command. Its version is that of the crate, as it must be.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    Tool {
        package: "wasm-bindgen-cli",
        binary: "wasm-bindgen",
        version: project::locked_version("wasm-bindgen")?,
        purpose: "joins WebAssembly and JavaScript; once, about 2 minutes",
    }
    .path()
}

/// mdBook, whose recipe for embedding is tried.
pub(crate) fn mdbook() -> Result<PathBuf> {
    Tool {
        package: "mdbook",
        binary: "mdbook",
        version: "0.5.4".to_owned(),
        purpose: "tries the recipe for it; once, about 1 minute",
    }
    .path()
}

impl Tool {
    fn path(&self) -> Result<PathBuf> {
        if let Some(path) = find(self.binary)
            && command(&path)
                .arg("--version")
                .read()
                .is_ok_and(|line| is_version(&line, &self.version))
        {
            return Ok(path);
        }
        let name = format!("{}-{}", self.binary, self.version);
        let folder = cache::folder_made_by(&name, |folder| self.install(folder))
            .with_context(|| format!("cannot install {} {}", self.package, self.version))?;
        Ok(folder
            .join("bin")
            .join(self.binary)
            .with_extension(std::env::consts::EXE_EXTENSION))
    }

    fn install(&self, folder: &Path) -> Result<()> {
        let Self {
            package,
            version,
            purpose,
            ..
        } = self;
        step(&format!("Building {package} {version} ({purpose})"), || {
            let target = folder.join("target");
            // As if it were on the PATH already, else cargo warns that it isn't.
            let bin = [folder.join("bin")].into_iter();
            let inherited = std::env::var_os("PATH").unwrap_or_default();
            let path = std::env::join_paths(bin.chain(std::env::split_paths(&inherited)))?;
            // Unoptimised: it is built for longer than it ever runs. Away from the repository, whose cargo settings don't concern it.
            cargo()
                .args(["install", package, "--version", version, "--locked"])
                .args(["--debug", "--no-default-features", "--bin", self.binary])
                .arg("--root")
                .arg(folder)
                .current_dir(folder)
                .env("CARGO_TARGET_DIR", &target)
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .env("PATH", path)
                .env_remove("RUSTFLAGS")
                .run()?;
            cache::remove_folder(&target)
        })
    }
}

/// Whether `line`, as in `trunk 0.21.14`, names the version.
fn is_version(line: &str, version: &str) -> bool {
    line.split_whitespace().nth(1) == Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_version_will_do() {
        assert!(is_version("wasm-bindgen 0.2.129", "0.2.129"));
        assert!(is_version(
            "wasm-bindgen 0.2.129 (abc 2026-01-01)",
            "0.2.129"
        ));
        assert!(!is_version("wasm-bindgen 0.2.12", "0.2.129"));
        assert!(!is_version("wasm-bindgen 0.2.130", "0.2.129"));
        assert!(!is_version("", "0.2.129"));
    }
}
