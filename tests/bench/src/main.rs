//! Times the engine on a folder of Python files: `unblocked-bench FOLDER`.
//!
//! The unit is tree-sitter's bare parse of the same files in the same run, so that figures of different machines compare.
//! A keystroke is a share of the whole: what the engine keeps of a project spares the rest.

use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unblocked_rewriter::{Options, Workspace, migrate};

/// The best of so many rounds counts: everything else is the machine's other work.
const ROUNDS: usize = 5;

/// So many files, spread over the project, are typed in.
const TYPED_IN: usize = 4;

/// Where somebody types.
#[derive(Clone, Copy)]
enum Place {
    /// On a line of its own, above the first `return` of a file: other files see nothing of it.
    Body,
    /// In the name of a new function at the end of a file: each keystroke changes what other files see.
    Name,
}

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("which folder?")?;
    let files = python_files(Path::new(&folder))?;
    if files.is_empty() {
        bail!("no Python files in {}", folder.display());
    }
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!(
        "{} files, {lines} lines, {:.1} MB",
        files.len(),
        bytes as f64 / 1e6
    );

    let (mut parse, mut engine) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        parse = parse.min(timed(|| bare_parse(&files))?);
        engine = engine.min(timed(|| analyze_and_rewrite(&files))?);
    }
    let rate = |time: Duration| lines as f64 / time.as_secs_f64();
    println!(
        "bare parse            {:>8.0} ms  {:>9.0} lines/s",
        millis(parse),
        rate(parse)
    );
    println!(
        "analysis and rewrite  {:>8.0} ms  {:>9.0} lines/s  {:.2} × the bare parse (which it includes)",
        millis(engine),
        rate(engine),
        engine.as_secs_f64() / parse.as_secs_f64()
    );

    let mut typist = Typist::new(&files);
    for (place, what) in [
        (Place::Body, "in a function's body"),
        (Place::Name, "in the name of a function"),
    ] {
        let mut keystroke = Duration::MAX;
        for _ in 0..ROUNDS {
            keystroke = keystroke.min(typist.keystroke(place)?);
        }
        println!(
            "a keystroke           {:>8.1} ms  {:>17.2} % of all that, {what}",
            millis(keystroke),
            100.0 * keystroke.as_secs_f64() / engine.as_secs_f64()
        );
    }
    Ok(())
}

/// Types in a project whose report is there.
struct Typist<'f> {
    workspace: Workspace,
    files: Vec<&'f (String, String)>,
}

impl<'f> Typist<'f> {
    fn new(files: &'f [(String, String)]) -> Self {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text);
        }
        let suitable: Vec<_> = files
            .iter()
            .filter(|(_, text)| line_of_return(text).is_some())
            .collect();
        let step = suitable.len().div_ceil(TYPED_IN).max(1);
        std::hint::black_box(migrate(&workspace, &Options::default()));
        Self {
            workspace,
            files: suitable.into_iter().step_by(step).collect(),
        }
    }

    /// The mean time from a keystroke to the report of the whole project.
    fn keystroke(&mut self, place: Place) -> Result<Duration> {
        let Self { workspace, files } = self;
        let mut time = Duration::ZERO;
        let mut keystrokes = 0;
        for (path, text) in files.iter().copied() {
            let (start, first, typed, last) = match place {
                Place::Body => {
                    let (start, indent) = line_of_return(text).context("no line to type at")?;
                    (start, indent, "x = load(1)", "\n")
                }
                Place::Name => (text.len(), "\n\ndef f", "ind_author", "():\n    pass\n"),
            };
            edit(workspace, path, start, &format!("{first}{last}"))?;
            let mut at = start + first.len();
            for character in typed.chars() {
                let key = character.to_string();
                time += timed(|| edit(workspace, path, at, &key))?;
                at += key.len();
                keystrokes += 1;
            }
            workspace.set_file(path, text);
        }
        std::hint::black_box(migrate(workspace, &Options::default()));
        if keystrokes == 0 {
            bail!("no file to type in");
        }
        Ok(time / keystrokes)
    }
}

fn edit(workspace: &mut Workspace, path: &str, at: usize, text: &str) -> Result<()> {
    if !workspace.edit_file(path, at, at, text) {
        bail!("{path} was not edited");
    }
    std::hint::black_box(migrate(workspace, &Options::default()));
    Ok(())
}

/// Where the line of the first `return` starts, and its indentation.
fn line_of_return(text: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|line| {
        let start = at;
        at += line.len();
        let code = line.trim_start_matches(' ');
        let indent = line.get(..line.len() - code.len())?;
        (code.starts_with("return ") && !indent.is_empty()).then_some((start, indent))
    })
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What nobody can do without: a tree of each file.
fn bare_parse(files: &[(String, String)]) -> Result<()> {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter_python::LANGUAGE.into();
    parser
        .set_language(&language)
        .map_err(|error| anyhow!("{error}"))?;
    for (path, text) in files {
        let tree = parser.parse(text, None);
        std::hint::black_box(tree.with_context(|| format!("{path} was not parsed"))?);
    }
    Ok(())
}

/// The whole way of a project, from texts to the report.
fn analyze_and_rewrite(files: &[(String, String)]) -> Result<()> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, &Options::default());
    if report.files.is_empty() {
        bail!("the engine reported on no file");
    }
    std::hint::black_box(report);
    Ok(())
}

/// Path, relative and with `/`, and text of every Python file that is UTF-8.
fn python_files(root: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py")
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                files.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files.sort();
    Ok(files)
}
