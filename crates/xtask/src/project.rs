//! Facts about this repository.

use crate::process::{Run, cargo, step};
use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The version of `package` in Cargo.lock.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    let path = root().join("Cargo.lock");
    let lock =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in(&lock, package)
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("Cargo.lock has no single version of {package}"))
}

/// The version of `package`, if `lock` has exactly one.
fn version_in<'lock>(lock: &'lock str, package: &str) -> Option<&'lock str> {
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        let field = |name: &str| {
            entry.lines().find_map(|line| {
                line.strip_prefix(name)?
                    .strip_prefix(" = \"")?
                    .strip_suffix('"')
            })
        };
        (field("name")? == package).then(|| field("version"))?
    });
    let version = versions.next()?;
    versions.next().is_none().then_some(version)
}

/// Builds the `unblocked` command, quickly; returns its path.
pub(crate) fn command_line_tool() -> Result<PathBuf> {
    step("Building the unblocked command", || {
        cargo()
            .args([
                "build",
                "--profile=fast",
                "--package=unblocked-cli",
                "--locked",
            ])
            .current_dir(root())
            .run()
    })?;
    let program = target_folder()?.join("fast").join("unblocked");
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// Where cargo puts what it builds of this repository.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder
        .context("cargo metadata names no target folder")?
        .into())
}

/// The folder of `package`'s sources, where cargo keeps those of the version in Cargo.lock.
pub(crate) fn sources_of(package: &str) -> Result<PathBuf> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice);
    let manifest = packages
        .unwrap_or_default()
        .iter()
        .find(|found| found["name"] == package)
        .and_then(|found| found["manifest_path"].as_str())
        .ok_or_else(|| anyhow!("cargo metadata does not know {package}"))?;
    Ok(Path::new(manifest).with_file_name(""))
}

fn metadata() -> Result<Value> {
    let json = cargo()
        .args(["metadata", "--format-version=1", "--locked", "--quiet"])
        .current_dir(root())
        .read()?;
    Ok(serde_json::from_str(&json)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "once"
version = "1.2.3"

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0"
"#;

    #[test]
    fn a_version_is_taken_from_the_lock_file() {
        assert_eq!(version_in(LOCK, "once"), Some("1.2.3"));
    }

    #[test]
    fn a_package_that_is_missing_or_ambiguous_has_no_version() {
        assert_eq!(version_in(LOCK, "never"), None);
        assert_eq!(version_in(LOCK, "on"), None);
        assert_eq!(version_in(LOCK, "twice"), None);
    }

    #[test]
    fn the_lock_file_pins_what_tools_are_chosen_by() {
        assert!(locked_version("wasm-bindgen").is_ok());
        assert!(locked_version("tree-sitter-language").is_ok());
    }
}
