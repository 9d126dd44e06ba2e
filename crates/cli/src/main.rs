//! The `unblocked` command: what blocks in Django code, and the same code async.

mod args;
mod commands;
mod config;
mod diff;
mod engine;
mod error;
mod location;
mod project;
mod render;
mod write;

use std::process::ExitCode;

use anstyle::{AnsiColor, Effects};
use clap::Parser as _;

/// Exit status of a command that could not run.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    match commands::run(args::Cli::parse()) {
        Ok(status) => status,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            let style = AnsiColor::Red.on_default().effects(Effects::BOLD);
            anstream::eprintln!("{style}error:{style:#} {error}");
            ExitCode::from(FAILED)
        }
    }
}
