//! `unblocked migrate -`: code from standard input, migrated as the page migrates what is pasted.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use unblocked_rewriter::{Options, Workspace, World, migrate};

use crate::args::MigrateArgs;
use crate::config::Config;
use crate::error::Error;

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// True when the code comes from standard input.
pub(super) fn is_asked_for(args: &MigrateArgs) -> bool {
    matches!(&*args.paths, [path] if path == Path::new(STANDARD_INPUT))
}

/// Writes the code after the migration to standard output. What calls it is not in sight, and it may be bare statements.
pub(super) fn paste(args: &MigrateArgs) -> Result<ExitCode, Error> {
    let here = std::env::current_dir()?;
    let options = Options {
        world: World::Open,
        bare_statements: true,
        ..Config::find(&here)?.for_migrate(args)?
    };
    let mut before = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut before)
        .map_err(|source| Error::Path {
            path: PathBuf::from("standard input"),
            source,
        })?;
    let (mark, text) = match before.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", &*before),
    };
    let after = run(text, &options)?;
    let mut out = io::stdout().lock();
    write!(out, "{mark}{after}")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// On a thread of its own, whose stack is of one size on every system.
fn run(text: &str, options: &Options) -> Result<String, Error> {
    let answer = thread::scope(|scope| {
        let engine = scope.spawn(|| {
            let mut workspace = Workspace::new();
            workspace.set_file("pasted.py", text);
            migrate(&workspace, options)
        });
        engine.join()
    });
    let report = answer.map_err(|_| Error::Engine)?;
    let mut files = report.files.into_iter();
    files.next().map(|file| file.after).ok_or(Error::Engine)
}
