//! `unblocked migrate -`: code from standard input, migrated as the page migrates what is pasted.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use unblocked_rewriter::{Options, World};

use super::migrate::{self, Summary};
use crate::args::{MigrateArgs, MigrateFormat};
use crate::config::Config;
use crate::diff;
use crate::engine;
use crate::error::Error;
use crate::project::{Project, SourceFile, Text};

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What a paste is called where a file has its path.
const NAME: &str = "pasted.py";

/// True when the code comes from standard input.
pub(super) fn is_asked_for(args: &MigrateArgs) -> bool {
    matches!(&*args.paths, [path] if path == Path::new(STANDARD_INPUT))
}

/// Writes the code after the migration to standard output. What calls it is not in sight, and it may be bare statements.
pub(super) fn paste(args: &MigrateArgs) -> Result<ExitCode, Error> {
    if args.write {
        return Err(Error::NothingToWriteTo);
    }
    let here = std::env::current_dir()?;
    let options = Options {
        world: World::Open,
        bare_statements: true,
        ..Config::find(&here)?.for_migrate(args)?
    };
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let text = Text::decode(bytes).map_err(Error::StandardInput)?;
    let project = Project {
        files: vec![SourceFile {
            path: PathBuf::from(STANDARD_INPUT),
            id: NAME.to_owned(),
            shown: NAME.to_owned(),
            selected: true,
            text: Ok(text.clone()),
        }],
        resources: Vec::new(),
    };
    let run = engine::run(&project, &options)?;
    let summary = Summary::of(&run.outcomes, run.read, false);
    let changed = run.outcomes.iter().find_map(|outcome| outcome.change());
    match args.output_format {
        MigrateFormat::Json => migrate::json(&run.outcomes, &run.timelines, &summary)?,
        MigrateFormat::Text => {
            if args.diff {
                for outcome in &run.outcomes {
                    diff::print(&migrate::diff_of(outcome))?;
                }
            } else {
                let after = changed.map_or(&*text.body, |(_, after)| after);
                let mut out = io::stdout().lock();
                out.write_all(text.restore(after).as_bytes())?;
                out.flush()?;
            }
            if args.verbose {
                migrate::report(&run.outcomes, &summary, true)?;
            }
        }
    }
    // As a filter it has done its work; a diff or report says by its status whether there is anything in it.
    let is_filter = !args.diff && args.output_format == MigrateFormat::Text;
    Ok(ExitCode::from(u8::from(changed.is_some() && !is_filter)))
}
