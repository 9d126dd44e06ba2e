//! `cargo xtask package`: the engine as an npm package.

use crate::cache;
use crate::node;
use crate::process::{Run, cargo, command, step};
use crate::project;
use crate::tools;
use crate::wasm_target::{Environment, TARGET};
use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};

/// The package as a folder, and packed.
pub(crate) struct Package {
    /// What `npm install FOLDER` takes.
    pub(crate) folder: PathBuf,
    /// What `npm install FILE` takes.
    pub(crate) archive: PathBuf,
}

/// Builds it and says where it is.
pub(crate) fn package() -> Result<()> {
    let package = build()?;
    let size = |path: &Path| {
        fs::metadata(path)
            .map(|data| data.len() as f64 / 1e6)
            .with_context(|| format!("the build has made no {}", path.display()))
    };
    println!(
        "{} ({:.2} MB; the engine in it {:.2} MB)",
        package.archive.display(),
        size(&package.archive)?,
        size(&package.folder.join("engine_bg.wasm"))?
    );
    Ok(())
}

/// Builds it below the target folder.
pub(crate) fn build() -> Result<Package> {
    let root = project::root();
    let target = project::target_folder()?;
    let npm = node::npm()?;
    let place = target.join("npm");
    let folder = place.join("django-unblocked");
    step("Building the engine for npm (release)", || {
        let mut build = cargo();
        build
            .args([
                "rustc",
                "--package=unblocked-wasm",
                "--lib",
                "--crate-type=cdylib",
            ])
            .args(["--profile=web", "--target", TARGET, "--locked"])
            .current_dir(&root);
        Environment::prepare()?.apply(&mut build);
        build.run()
    })?;
    cache::remove_folder(&place)?;
    fs::create_dir_all(&folder)?;
    command(tools::wasm_bindgen()?)
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--out-name",
            "engine",
            "--remove-name-section",
        ])
        // Addresses are the package's own affair; and an engine that has failed starts anew.
        .args([
            "--omit-default-module-path",
            "--experimental-reset-state-function",
        ])
        .arg("--out-dir")
        .arg(&folder)
        .arg(target.join(TARGET).join("web/unblocked_wasm.wasm"))
        .run_quietly()?;
    copy(&root.join("crates/wasm/package"), &folder)?;
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(root.join(license), folder.join(license))?;
    }
    command(npm)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&place)
        .arg(&folder)
        .current_dir(&place)
        .run_quietly()?;
    let archive = fs::read_dir(&place)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "tgz"))
        .ok_or_else(|| anyhow!("npm has packed nothing"))?;
    Ok(Package { folder, archive })
}

/// Copies the files that are written by hand, with the workspace's version in `package.json`.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let path = to.join(entry.file_name());
        if entry.file_name() == "package.json" {
            let text = fs::read_to_string(entry.path())?;
            fs::write(path, text.replace("0.0.0", env!("CARGO_PKG_VERSION")))?;
        } else {
            fs::copy(entry.path(), path)?;
        }
    }
    Ok(())
}
