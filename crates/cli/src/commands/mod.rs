//! What the command does, one file per subcommand.

mod assess;
mod check;
mod guide;
mod migrate;
mod paste;
mod rules;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::config::Config;
use crate::error::Error;
use crate::project;

/// Runs the command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, Error> {
    match cli.command {
        Command::Check(args) => check::check(&args),
        Command::Migrate(args) if paste::is_asked_for(&args) => paste::paste(&args),
        Command::Migrate(args) => migrate::migrate(&args),
        Command::Assess(args) => assess::assess(&args),
        Command::Guide(args) => guide::guide(&args),
        Command::Rules(args) => rules::rules(&args),
    }
}

/// Paths from the command line, made absolute, and the configuration found from the first one.
fn start(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Config), Error> {
    let paths = paths
        .iter()
        .map(|path| project::resolve(path))
        .collect::<Result<Vec<_>, _>>()?;
    let config = match paths.first() {
        Some(first) => Config::find(first)?,
        None => Config::default(),
    };
    Ok((paths, config))
}

/// `1 file`, `2 files`.
fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Says so when the given paths hold no Python at all: most likely another path was meant.
fn warn_of_nothing(selected: usize) {
    if selected == 0 {
        anstream::eprintln!("warning: no Python files under the given paths");
    }
}
