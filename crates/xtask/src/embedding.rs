//! The tests of what others build in: the engine as an npm package, the element in documentation.

use crate::node;
use crate::package;
use crate::process::command;
use crate::project;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// What each test runner is for, and the command that runs it.
pub(crate) fn tests(browser: &Path) -> Result<Vec<(&'static str, Command)>> {
    let folder = project::root().join("tests/embedding");
    node::install_packages(&folder)?;
    let package = package::build()?;
    let mut tests = command(node::node()?);
    tests
        .arg(folder.join("package.mjs"))
        .arg("--archive")
        .arg(package.archive)
        .env("CHROMIUM", browser)
        .current_dir(project::root());
    Ok(vec![("Using the engine as an npm package", tests)])
}
