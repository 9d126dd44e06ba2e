//! What it takes to compile for `wasm32-unknown-unknown`: Rust's standard library for it, and a C compiler for tree-sitter.

use crate::c_compiler;
use crate::process::{Run, command, find, step};
use crate::project;
use crate::wasm_fallback;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const GET_TARGET: &str = "the Rust standard library for wasm32-unknown-unknown is missing: with a network at hand, `rustup target add wasm32-unknown-unknown` installs it";

/// An environment in which cargo can build for the target.
pub(crate) struct Environment(Vec<(&'static str, OsString)>);

impl Environment {
    /// Installs what is missing.
    pub(crate) fn prepare() -> Result<Self> {
        let mut variables = Vec::new();
        if !has_standard_library()? {
            variables = wasm_fallback::environment().context(GET_TARGET)?;
        }
        variables.extend(c_compiler::environment()?);
        // tree-sitter-python's scanner includes <stdlib.h>; tree-sitter brings one for this target.
        let headers = project::sources_of("tree-sitter-language")?.join("wasm/include");
        variables.push(("CFLAGS_wasm32_unknown_unknown", include_flag(&headers)));
        variables.push(("CC_SHELL_ESCAPED_FLAGS", "1".into()));
        Ok(Self(variables))
    }

    /// Gives it to a command.
    pub(crate) fn apply(&self, command: &mut Command) {
        // They would take the place of the flags that the target needs.
        command.env_remove("RUSTFLAGS");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.envs(self.0.iter().map(|(name, value)| (name, value)));
    }
}

/// Whether the compiler can build for the target, after rustup has had its chance.
fn has_standard_library() -> Result<bool> {
    let sysroot: PathBuf = command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--print", "sysroot"])
        .read()?
        .into();
    let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() {
        return Ok(true);
    }
    // Once set up it is used at once, without asking the network again.
    if wasm_fallback::is_ready() {
        return Ok(false);
    }
    let Some(rustup) = find("rustup") else {
        return Ok(false);
    };
    let added = step(
        "Adding the target wasm32-unknown-unknown with rustup (once)",
        || {
            command(rustup)
                .args(["target", "add", TARGET])
                .run_quietly()
        },
    );
    if let Err(error) = added {
        eprintln!("   rustup could not: {}", last_line(&format!("{error:#}")));
        return Ok(false);
    }
    Ok(library.is_dir())
}

/// The flag that adds a folder of headers, quoted so that a space or a backslash in it does no harm.
fn include_flag(folder: &Path) -> OsString {
    format!("'-I{}'", folder.display()).into()
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().last().unwrap_or_default()
}
