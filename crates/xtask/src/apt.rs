//! Packages of Debian and Ubuntu, for what a machine lacks.

use crate::process::{Run, command, find, step};
use anyhow::{Result, bail};
use std::process::Command;

/// Installs packages, or says in one sentence why that can't be done here.
pub(crate) fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let names = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("no apt-get here to install {names} with");
    }
    if !is_root() && !command("sudo").args(["-n", "true"]).succeeds() {
        bail!("it takes root to run `apt-get install {names}`");
    }
    step(
        &format!("Installing {names} with apt-get ({purpose})"),
        || {
            install_now(packages).or_else(|_| {
                // The lists of packages may be missing or too old, as in a fresh container.
                apt_get().arg("update").run_quietly()?;
                install_now(packages)
            })
        },
    )
}

fn install_now(packages: &[&str]) -> Result<()> {
    apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .run_quietly()
}

fn apt_get() -> Command {
    let mut apt_get = if is_root() {
        command("apt-get")
    } else {
        let mut sudo = command("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

fn is_root() -> bool {
    command("id").arg("-u").read().is_ok_and(|id| id == "0")
}
