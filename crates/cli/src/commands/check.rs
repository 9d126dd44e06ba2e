//! `unblocked check`.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use unblocked_rewriter::Applicability;

use super::{count, start, warn_of_nothing};
use crate::args::{CheckArgs, CheckFormat};
use crate::engine;
use crate::error::Error;
use crate::project;
use crate::render::{self, FileFindings};

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Error> {
    let (paths, config) = start(&args.paths)?;
    let options = config.for_check(args)?;
    let projects = project::read(&paths)?;
    let mut outcomes = Vec::new();
    let mut read = 0;
    for project in &projects {
        let run = engine::run(project, &options)?;
        read += run.read;
        outcomes.extend(run.outcomes);
    }
    warn_of_nothing(outcomes.len());
    let files: Vec<_> = outcomes.iter().map(FileFindings::of).collect();
    let found: usize = files.iter().map(|file| file.findings.len()).sum();

    let mut out = BufWriter::new(anstream::stdout().lock());
    match args.output_format {
        CheckFormat::Full => {
            render::full(&mut out, &files)?;
            summary(&mut out, &files, found, read)?;
        }
        CheckFormat::Concise => {
            render::concise(&mut out, &files)?;
            summary(&mut out, &files, found, read)?;
        }
        CheckFormat::Json => render::json(&mut out, &files)?,
        CheckFormat::Sarif => render::sarif(&mut out, &files)?,
        CheckFormat::Github => render::github(&mut out, &files)?,
    }
    out.flush()?;
    Ok(ExitCode::from(u8::from(found > 0)))
}

fn summary(
    out: &mut impl Write,
    files: &[FileFindings<'_>],
    found: usize,
    read: usize,
) -> Result<(), Error> {
    if found == 0 {
        writeln!(out, "Nothing found ({} read).", count(read, "file"))?;
        return Ok(());
    }
    let all = files.iter().flat_map(|file| &file.findings);
    let changed = all
        .filter(|finding| finding.applicability != Applicability::Manual)
        .count();
    let with = files
        .iter()
        .filter(|file| !file.findings.is_empty())
        .count();
    writeln!(
        out,
        "{} in {} ({} read).",
        count(found, "finding"),
        count(with, "file"),
        count(read, "file"),
    )?;
    if changed > 0 {
        writeln!(out, "`unblocked migrate` changes {changed} of them.")?;
    }
    Ok(())
}
