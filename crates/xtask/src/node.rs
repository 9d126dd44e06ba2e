//! Node and the npm packages of the page and its tests.

use crate::cache::Stamp;
use crate::process::{Run, command, find, step};
use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::path::{Path, PathBuf};

const OLDEST_NODE: u32 = 20;
const GET_NODE: &str =
    "install Node 20 or later, which brings npm, and see that both are on the PATH";

/// Node, recent enough.
pub(crate) fn node() -> Result<PathBuf> {
    let node = find("node").ok_or_else(|| anyhow!("Node is missing: {GET_NODE}"))?;
    let version = command(&node).arg("--version").read()?;
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(node),
        _ => bail!(
            "Node {version} at {} is too old: {GET_NODE}",
            node.display()
        ),
    }
}

/// npm, beside a Node that is recent enough.
pub(crate) fn npm() -> Result<PathBuf> {
    node()?;
    find("npm").ok_or_else(|| anyhow!("npm is missing: {GET_NODE}"))
}

/// Installs the packages of `folder`'s lock file, if they aren't those that are there.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock =
        fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = Stamp::new(&folder.join("node_modules"), lock);
    if stamp.is_fresh() {
        return Ok(());
    }
    let npm = npm()?;
    step(
        &format!("Installing the npm packages of {}", folder.display()),
        || {
            command(npm)
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(folder)
                .run_quietly()
        },
    )?;
    stamp.write()
}

/// The major version in `v20.19.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node() {
        assert_eq!(major("v20.19.0"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("20"), None);
    }
}
