//! The tests of what others build in: the engine as an npm package, the element in documentation.

use crate::djangos;
use crate::node;
use crate::package;
use crate::process::command;
use crate::project;
use crate::tools;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// Test runners, and what this machine has no means to run.
pub(crate) struct Tests {
    /// What each is for, and the command.
    pub(crate) runs: Vec<(&'static str, Command)>,
    pub(crate) could_not_run: Vec<String>,
}

/// Sets up what they need.
pub(crate) fn tests(dist: &Path, browser: &Path) -> Result<Tests> {
    let folder = project::root().join("tests/embedding");
    node::install_packages(&folder)?;
    let package = package::build()?;
    let python = djangos::beside("documentation", &folder.join("requirements.txt"))?;
    let script = |name: &str| -> Result<Command> {
        let mut script = command(node::node()?);
        script
            .arg(folder.join(name))
            .env("CHROMIUM", browser)
            .current_dir(project::root());
        Ok(script)
    };
    let mut packages = script("package.mjs")?;
    packages.arg("--archive").arg(package.archive);
    let mut recipes = script("recipes.mjs")?;
    recipes.arg("--dist").arg(dist).arg("--python").arg(python);
    let mut could_not_run = Vec::new();
    match tools::mdbook() {
        Ok(mdbook) => {
            recipes.arg("--mdbook").arg(mdbook);
        }
        Err(reason) => could_not_run.push(format!("mdBook ({reason:#})")),
    }
    Ok(Tests {
        runs: vec![
            ("Using the engine as an npm package", packages),
            ("Building documentation with the element in it", recipes),
        ],
        could_not_run,
    })
}
