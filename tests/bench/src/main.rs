//! Times the engine on a folder of Python files: `unblocked-bench FOLDER`.
//!
//! The unit is tree-sitter's bare parse of the same files in the same run, so that figures of different machines compare.

use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unblocked_rewriter::{Options, Workspace, migrate};

/// The best of so many rounds counts: everything else is the machine's other work.
const ROUNDS: usize = 5;

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
    Ok(())
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
