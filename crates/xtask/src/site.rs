//! The site: Trunk builds `web/` into `dist/`.

use crate::node;
use crate::process::{Run, command, step};
use crate::project;
use crate::tools;
use crate::wasm_target;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// Builds the site as it is published; returns its folder.
pub(crate) fn build() -> Result<PathBuf> {
    let mut trunk = trunk()?;
    step("Building the site (release)", || {
        trunk.args(["build", "--release"]).run()
    })?;
    let dist = project::root().join("dist");
    eprintln!("   the site is in {}", dist.display());
    Ok(dist)
}

/// Serves the site with Trunk, which builds it again on every change.
pub(crate) fn serve_dev(port: Option<u16>, open: bool) -> Result<()> {
    let mut serve = trunk()?;
    serve.arg("serve");
    if let Some(port) = port {
        serve.args(["--port", &port.to_string()]);
    }
    if open {
        serve.arg("--open");
    }
    replace_by(&mut serve)
}

/// Trunk, ready to build: all set-up is done.
fn trunk() -> Result<Command> {
    let root = project::root();
    node::node()?;
    node::install_packages(&root.join("web"))?;
    let environment = wasm_target::Environment::prepare()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let mut trunk = command(tools::trunk()?);
    environment.apply(&mut trunk);
    let mut path = Vec::from_iter(wasm_bindgen.parent().map(PathBuf::from));
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    trunk
        .current_dir(root)
        .env("PATH", std::env::join_paths(path)?)
        // A failed build is no fault of Trunk's.
        .env("RUST_BACKTRACE", "0")
        // Trunk reads it as a yes or no and fails on any other value.
        .env_remove("NO_COLOR");
    Ok(trunk)
}

/// Ends as the other program: stopping this process then stops that one.
#[cfg(unix)]
fn replace_by(program: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(anyhow::Error::new(program.exec()).context("cannot run Trunk"))
}

#[cfg(not(unix))]
fn replace_by(program: &mut Command) -> Result<()> {
    program.run()
}
