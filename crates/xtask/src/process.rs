//! Running other programs, and saying what is going on.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// Announces work that takes a while, does it, and says how long it took.
pub(crate) fn step<T>(purpose: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("=> {purpose}");
    let start = Instant::now();
    let result = work();
    if result.is_ok() {
        eprintln!("   done in {:.1} s", start.elapsed().as_secs_f64());
    }
    result
}

/// Where a program is on the PATH. On Windows this finds `npm.cmd` as well.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    which::which(name).ok()
}

/// A command that never waits for somebody at the keyboard.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Cargo, with nothing in its environment that would change what is built.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by the outer `cargo run`; an inner cargo would take them as meant for it.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
    ] {
        cargo.env_remove(name);
    }
    cargo
}

/// What this crate needs of a [`Command`].
pub(crate) trait Run {
    /// Runs it with its output shown; an exit status other than 0 is an error.
    fn run(&mut self) -> Result<()>;
    /// Runs it in silence; if it fails, what it wrote is part of the error.
    fn run_quietly(&mut self) -> Result<()>;
    /// What it writes to standard output, without the white space around.
    fn read(&mut self) -> Result<String>;
    /// Whether it can be run and exits with 0.
    fn succeeds(&mut self) -> bool;
}

impl Run for Command {
    fn run(&mut self) -> Result<()> {
        let status = self.status().with_context(|| cannot_run(self))?;
        if !status.success() {
            bail!("`{}` failed ({status})", line(self));
        }
        Ok(())
    }

    fn run_quietly(&mut self) -> Result<()> {
        checked_output(self).map(drop)
    }

    fn read(&mut self) -> Result<String> {
        let output = checked_output(self)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn succeeds(&mut self) -> bool {
        self.output().is_ok_and(|output| output.status.success())
    }
}

fn checked_output(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| cannot_run(command))?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({})\n{}{}",
            line(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(output)
}

fn cannot_run(command: &Command) -> String {
    format!("cannot run `{}`", line(command))
}

/// The command as one would type it, for messages.
fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    words.join(" ")
}
