//! Where rustup can't add the target: Debian's compiler, whose sources give a standard library for it.
//!
//! `rustc-web` is the compiler that Debian keeps recent for its browsers. It lives beside rustup's toolchains and does not touch them;
//! only what is built for wasm uses it. Its package of sources holds the standard library with all that it depends on.

use crate::apt;
use crate::cache;
use crate::process::{Run, cargo, command, step};
use crate::wasm_target::TARGET;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Debian's compiler, whatever `rustc` on the PATH is.
const RUSTC: &str = "/usr/bin/rustc";
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library";
/// The linker: a link to the `lld` of the compiler's LLVM, which is a package of its own.
const LINKER: &str = "/usr/bin/rust-lld";
const PACKAGES: &[&str] = &["rustc-web", "rust-web-src", "rust-web-llvm"];

/// The variables that make cargo build for the target with Debian's compiler.
pub(crate) fn environment() -> Result<Vec<(&'static str, OsString)>> {
    if !Path::new(RUSTC).exists() || !Path::new(SOURCES).is_dir() {
        apt::install(
            PACKAGES,
            "a Rust compiler with the sources of its standard library; once",
        )?;
    }
    if !Path::new(LINKER).exists() {
        let lld = fs::read_link(LINKER).with_context(|| format!("{LINKER} is missing"))?;
        apt::install(&[&*lld.to_string_lossy()], "the linker for WebAssembly")?;
    }
    let sysroot = sysroot()?;
    let flags = format!(
        "-Clink-arg=--keep-section=target_features --sysroot={}",
        sysroot.display()
    );
    if sysroot.to_string_lossy().contains(char::is_whitespace) {
        bail!("the cache folder must not have spaces in its name: set UNBLOCKED_CACHE");
    }
    Ok(vec![
        ("RUSTC", RUSTC.into()),
        (
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            flags.into(),
        ),
    ])
}

/// Whether there is nothing left to set up.
pub(crate) fn is_ready() -> bool {
    Path::new(LINKER).exists() && name().is_ok_and(|name| cache::has(&name))
}

/// A folder with the standard library for the target, built for this very compiler.
fn sysroot() -> Result<PathBuf> {
    cache::folder_made_by(&name()?, |folder| {
        step(
            "Building Rust's standard library for WebAssembly (once, about half a minute)",
            || build(folder).context("it does not build"),
        )
    })
}

/// The name of that folder.
fn name() -> Result<String> {
    let version = command(RUSTC).arg("--version").read()?;
    Ok(format!(
        "std-{}",
        version.replace([' ', '/', '(', ')'], "_")
    ))
}

fn build(folder: &Path) -> Result<()> {
    // Built in a copy: cargo writes beside the sources, and those belong to the system.
    let work = folder.join("work");
    copy(Path::new(SOURCES), &work)?;
    let target = folder.join("target");
    cargo()
        .args([
            "build",
            "--release",
            "--package",
            "sysroot",
            "--target",
            TARGET,
        ])
        .current_dir(&work)
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_DEFAULT_LIB_METADATA", "stable")
        .env(
            "RUSTFLAGS",
            "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked",
        )
        .run_quietly()?;
    let library = folder.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir(target.join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        if let Some(name) = path.file_name()
            && path
                .extension()
                .is_some_and(|extension| extension == "rlib")
        {
            fs::copy(&path, library.join(name))?;
        }
    }
    cache::remove_folder(&target)?;
    cache::remove_folder(&work)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Follows links: Debian's sources have some.
        if fs::metadata(entry.path())?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
