//! `unblocked guide`, and what `assess` shares with it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use unblocked_guide::{Answers, Guide, checklist_markdown, markdown};

use super::{start, warn_of_nothing};
use crate::args::{AnswerArgs, GuideArgs, GuideFormat};
use crate::engine;
use crate::error::Error;
use crate::project;

pub(super) fn guide(args: &GuideArgs) -> Result<ExitCode, Error> {
    let guides = guides(&args.paths, &args.answers)?;
    let mut text = String::new();
    for guide in &guides {
        match args.output_format {
            GuideFormat::Markdown => text.push_str(&markdown(guide)),
            GuideFormat::Checklist => text.push_str(&checklist_markdown(guide)),
            GuideFormat::Json => {
                text.push_str(&serde_json::to_string_pretty(guide)?);
                text.push('\n');
            }
        }
    }
    if let Some(folder) = &args.files {
        write_files(folder, &guides)?;
    }
    match &args.output {
        Some(path) => {
            fs::write(path, text).map_err(|error| Error::path(path, error))?;
            anstream::eprintln!("Wrote {}.", path.display());
        }
        None => {
            let mut out = anstream::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The guides of the projects around `paths`.
pub(super) fn guides(paths: &[PathBuf], args: &AnswerArgs) -> Result<Vec<Guide>, Error> {
    let (paths, config) = start(paths)?;
    let (options, is_chosen) = config.for_guide(args)?;
    let answers = answers(args)?;
    let projects = project::read(&paths)?;
    let mut selected = 0;
    let mut guides = Vec::new();
    for project in &projects {
        selected += project.files.iter().filter(|file| file.selected).count();
        guides.push(engine::guide(project, &options, is_chosen, &answers)?);
    }
    warn_of_nothing(selected);
    Ok(guides)
}

fn answers(args: &AnswerArgs) -> Result<Answers, Error> {
    let mut answers = Answers::default();
    let latencies = args
        .latencies
        .iter()
        .map(|one| (one, format!("latency:{one}")));
    let others = args.answers.iter().map(|one| (one, one.clone()));
    for (given, spelled) in latencies.chain(others) {
        let is_answer = spelled
            .rsplit_once('=')
            .is_some_and(|(question, answer)| answers.set(question.trim(), answer));
        if !is_answer {
            return Err(Error::NoAnswer(given.clone()));
        }
    }
    Ok(answers)
}

/// Writes the guide's files below `folder`, which must not hold any yet: nothing of the project is overwritten.
fn write_files(folder: &Path, guides: &[Guide]) -> Result<(), Error> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::FolderInUse(folder.to_owned()));
    }
    for file in guides.iter().flat_map(|guide| &guide.files) {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::path(parent, error))?;
        }
        fs::write(&path, &file.text).map_err(|error| Error::path(&path, error))?;
    }
    Ok(())
}
