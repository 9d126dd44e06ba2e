//! Which files there are, and what stands in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use ignore::WalkBuilder;
use unblocked_analyzer::{ResourceKind, resource_kind};

use crate::error::Error;

/// Files that belong together: every one is read, the selected ones are reported on and written.
#[derive(Debug)]
pub(crate) struct Project {
    /// Every file, in the order of their ids.
    pub(crate) files: Vec<SourceFile>,
    /// Files that are not Python, which the engine learns from: their ids and texts. What can't be read is left out.
    pub(crate) resources: Vec<(String, String)>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// Path from the project's root, with `/`.
    pub(crate) id: String,
    /// Path as it is shown.
    pub(crate) shown: String,
    pub(crate) selected: bool,
    /// What stands in it, or why it can't be read.
    pub(crate) text: Result<Text, String>,
}

/// The text of a file, its byte order mark taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) body: String,
    pub(crate) bom: bool,
}

impl Text {
    pub(crate) fn decode(bytes: Vec<u8>) -> Result<Self, String> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error
                .as_bytes()
                .iter()
                .take(at)
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            format!("is not UTF-8 (line {line}): save it as UTF-8 first")
        })?;
        Ok(match text.strip_prefix('\u{feff}') {
            Some(body) => Self {
                body: body.to_owned(),
                bom: true,
            },
            None => Self {
                body: text,
                bom: false,
            },
        })
    }

    /// `body` as this file keeps it: with the byte order mark, when it had one.
    pub(crate) fn restore(&self, body: &str) -> String {
        let mark = if self.bom { "\u{feff}" } else { "" };
        format!("{mark}{body}")
    }
}

/// Reads the projects around `paths`, which exist.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Project>, Error> {
    let mut by_root: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        by_root.entry(root_of(path)).or_default().push(path.clone());
    }
    let here = std::env::current_dir()
        .and_then(dunce::canonicalize)
        .unwrap_or_default();
    let projects = by_root
        .into_iter()
        .map(|(root, named)| read_project(&root, &named, &here));
    Ok(projects.collect())
}

/// The absolute form of a path from the command line.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let resolved = dunce::canonicalize(path).map_err(|_| Error::NoSuchPath(path.to_owned()))?;
    if resolved.is_dir() || resolved.is_file() {
        Ok(resolved)
    } else {
        Err(Error::NoFile(path.to_owned()))
    }
}

/// The nearest folder at or above `path` that looks like a project's root, else `path` itself.
fn root_of(path: &Path) -> PathBuf {
    let home = std::env::home_dir();
    for folder in path.ancestors() {
        // What is installed is no part of the project around its environment, and a home folder under version control
        // is no project.
        if is_environment(folder) || (folder != path && home.as_deref() == Some(folder)) {
            break;
        }
        let marked = ["pyproject.toml", "manage.py", ".git"]
            .iter()
            .any(|marker| folder.join(marker).exists());
        if marked {
            return folder.to_owned();
        }
    }
    path.to_owned()
}

fn is_environment(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| name == "site-packages" || name == "dist-packages")
        || folder.join("pyvenv.cfg").exists()
}

/// Folders that are never entered, unless they are named.
fn is_skipped(folder: &Path) -> bool {
    is_environment(folder)
        || folder
            .file_name()
            .is_some_and(|name| name == "migrations" || name == "node_modules")
}

/// The largest file that is not Python and is still read, in bytes.
const LARGEST_RESOURCE: u64 = 2_000_000;

struct Walk {
    files: BTreeSet<PathBuf>,
    /// Files that are not Python, which the engine learns from.
    resources: BTreeSet<PathBuf>,
    failed: BTreeMap<PathBuf, String>,
}

/// Python files below `folder`. `parents` says whether the .gitignore files above it count.
fn walk(folder: &Path, parents: bool) -> Walk {
    let mut found = Walk {
        files: BTreeSet::new(),
        resources: BTreeSet::new(),
        failed: BTreeMap::new(),
    };
    let entries = WalkBuilder::new(folder)
        .parents(parents)
        .require_git(false)
        .filter_entry(|entry| {
            entry.depth() == 0
                || !entry.file_type().is_some_and(|kind| kind.is_dir())
                || !is_skipped(entry.path())
        })
        .build();
    for entry in entries {
        match entry {
            Ok(entry) => {
                if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                    continue;
                }
                if entry.path().extension().is_some_and(|it| it == "py") {
                    found.files.insert(entry.into_path());
                } else if is_resource(entry.path())
                    && entry
                        .metadata()
                        .is_ok_and(|it| it.len() <= LARGEST_RESOURCE)
                {
                    found.resources.insert(entry.into_path());
                }
            }
            Err(error) => {
                let path = path_of(&error).unwrap_or(folder).to_owned();
                found.failed.insert(path, reason_of(&error));
            }
        }
    }
    found
}

fn is_resource(path: &Path) -> bool {
    resource_kind(&slashed(path)).is_some_and(ResourceKind::is_read)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

fn reason_of(error: &ignore::Error) -> String {
    match error.io_error() {
        Some(io) => format!("can't be read: {io}"),
        None => format!("can't be read: {error}"),
    }
}

fn read_project(root: &Path, named: &[PathBuf], here: &Path) -> Project {
    let mut all = if root.is_dir() {
        let in_repository = root.ancestors().any(|folder| folder.join(".git").exists());
        walk(root, in_repository)
    } else {
        Walk {
            files: BTreeSet::new(),
            resources: BTreeSet::new(),
            failed: BTreeMap::new(),
        }
    };
    let mut selected = BTreeSet::new();
    for path in named {
        if path.is_file() {
            selected.insert(path.clone());
        } else {
            let below = all.files.iter().filter(|file| file.starts_with(path));
            let mut below: Vec<_> = below.cloned().collect();
            if below.is_empty() {
                // Ignored, hidden, skipped, or without Python: named all the same.
                let found = walk(path, false);
                below.extend(found.files);
                all.failed.extend(found.failed);
            }
            selected.extend(below);
        }
    }
    all.files.extend(selected.iter().cloned());

    let resources: Vec<PathBuf> = all.resources.into_iter().collect();
    let resources = resources
        .iter()
        .zip(read_all(&resources))
        .filter_map(|(path, text)| Some((id_of(path, root), text.ok()?.body)))
        .collect();
    let paths: Vec<PathBuf> = all.files.into_iter().collect();
    let texts = read_all(&paths);
    let unreadable = all.failed.into_iter().map(|(path, reason)| {
        let selected = named.iter().any(|it| path.starts_with(it));
        (path, Err(reason), selected)
    });
    let readable = paths.into_iter().zip(texts).map(|(path, text)| {
        let selected = selected.contains(&path);
        (path, text, selected)
    });
    let mut files: Vec<SourceFile> = readable
        .chain(unreadable)
        .map(|(path, text, selected)| SourceFile {
            id: id_of(&path, root),
            shown: slashed(
                path.strip_prefix(here)
                    .ok()
                    .filter(|it| *it != Path::new(""))
                    .unwrap_or(&path),
            ),
            path,
            selected,
            text,
        })
        .collect();
    files.sort_by(|a, b| a.id.cmp(&b.id));
    Project { files, resources }
}

/// The path from the project's root. A file that is its own project goes by its name.
fn id_of(path: &Path, root: &Path) -> String {
    slashed(
        path.strip_prefix(root)
            .ok()
            .filter(|it| *it != Path::new(""))
            .unwrap_or_else(|| path.file_name().map_or(path, Path::new)),
    )
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

fn read_one(path: &Path) -> Result<Text, String> {
    let bytes = fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    Text::decode(bytes)
}

/// Reads files in parallel, answers in their order.
fn read_all(paths: &[PathBuf]) -> Vec<Result<Text, String>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = paths.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|chunk| {
                let read = move || chunk.iter().map(|path| read_one(path)).collect::<Vec<_>>();
                (chunk, scope.spawn(read))
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|(chunk, worker)| {
                let lost = || chunk.iter().map(|_| Err("can't be read".to_owned()));
                worker.join().unwrap_or_else(|_| lost().collect())
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_kept_beside_the_text() {
        let text = Text::decode("\u{feff}x = 1\r\n".into()).unwrap();
        assert_eq!(text.body, "x = 1\r\n");
        assert_eq!(text.restore("x = 2\r\n"), "\u{feff}x = 2\r\n");
        assert!(!Text::decode(b"x = 1\n".to_vec()).unwrap().bom);
    }

    #[test]
    fn says_where_it_stops_being_utf_8() {
        let error = Text::decode(b"a\nb = '\xe9'\n".to_vec()).unwrap_err();
        assert_eq!(error, "is not UTF-8 (line 2): save it as UTF-8 first");
    }
}
