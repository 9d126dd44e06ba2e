//! Writing a set of files: all of them or none.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// A file to replace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) path: &'a Path,
    /// What it must still hold.
    pub(crate) before: &'a [u8],
    pub(crate) after: &'a [u8],
}

/// Replaces every file, or leaves all as they were.
///
/// All new contents are on disk, beside the files that they replace, before the first one is put in place; what can
/// fail after that is a rename, and then those done before are put back.
pub(crate) fn replace_all(changes: &[Change<'_>]) -> Result<(), Error> {
    put_in_place(stage_all(changes)?)
}

/// A change whose new contents are on disk.
type Staged<'a, 'b> = (&'b Change<'a>, NamedTempFile);

fn stage_all<'a, 'b>(changes: &'b [Change<'a>]) -> Result<Vec<Staged<'a, 'b>>, Error> {
    let staged = changes
        .iter()
        .map(|change| stage(change).map(|file| (change, file)));
    staged
        .collect::<Result<_, _>>()
        .map_err(|error| Error::NothingWritten(Box::new(error)))
}

fn put_in_place(staged: Vec<Staged<'_, '_>>) -> Result<(), Error> {
    let mut done: Vec<&Change<'_>> = Vec::new();
    for (change, file) in staged {
        if let Err(error) = file.persist(change.path) {
            let cause = Error::path(change.path, error.error);
            return Err(roll_back(&done, cause));
        }
        done.push(change);
    }
    for change in done {
        sync_folder(change.path);
    }
    Ok(())
}

fn stage(change: &Change<'_>) -> Result<NamedTempFile, Error> {
    let path = change.path;
    let failed = |error| Error::path(path, error);
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.permissions().readonly() {
        return Err(Error::WriteProtected(path.to_owned()));
    }
    if fs::read(path).map_err(failed)? != change.before {
        return Err(Error::ChangedMeanwhile(path.to_owned()));
    }
    write_beside(path, change.after, &metadata).map_err(failed)
}

/// A temporary file beside `path`, on disk, with its permissions and owner.
fn write_beside(
    path: &Path,
    bytes: &[u8],
    metadata: &fs::Metadata,
) -> Result<NamedTempFile, std::io::Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".unblocked-")
        .suffix(".tmp")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(metadata.permissions())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Only root may give files away, and only root needs to.
        let _ = fchown(file.as_file(), Some(metadata.uid()), Some(metadata.gid()));
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Puts back what was replaced, and says which files could not be.
fn roll_back(done: &[&Change<'_>], cause: Error) -> Error {
    let put_back = |change: &Change<'_>| -> Result<(), std::io::Error> {
        let metadata = fs::metadata(change.path)?;
        write_beside(change.path, change.before, &metadata)?.persist(change.path)?;
        Ok(())
    };
    let left: Vec<PathBuf> = done
        .iter()
        .rev()
        .filter(|change| put_back(change).is_err())
        .map(|change| change.path.to_owned())
        .collect();
    let cause = Box::new(cause);
    if left.is_empty() {
        Error::NothingWritten(cause)
    } else {
        Error::HalfWritten { cause, left }
    }
}

/// Makes the rename itself durable, where the system lets us.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|name| folder.path().join(name));
        let paths: Vec<_> = paths.collect();
        for path in &paths {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "before").unwrap();
        }
        (folder, paths)
    }

    fn changes(paths: &[PathBuf]) -> Vec<Change<'_>> {
        let change = |path| Change {
            path,
            before: b"before",
            after: b"after",
        };
        paths.iter().map(|path| change(path.as_path())).collect()
    }

    /// What stands in a folder, temporary files included.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_all_and_leaves_nothing_behind() {
        let (folder, paths) = project(&["a.py", "b.py"]);
        replace_all(&changes(&paths)).unwrap();
        for path in &paths {
            assert_eq!(fs::read(path).unwrap(), b"after");
        }
        assert_eq!(names(folder.path()), ["a.py", "b.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn keeps_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, paths) = project(&["a.py"]);
        fs::set_permissions(&paths[0], fs::Permissions::from_mode(0o750)).unwrap();
        replace_all(&changes(&paths)).unwrap();
        let mode = fs::metadata(&paths[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
    }

    #[test]
    fn writes_nothing_when_a_file_has_gone() {
        let (folder, paths) = project(&["a.py", "b.py"]);
        fs::remove_file(&paths[1]).unwrap();
        let error = replace_all(&changes(&paths)).unwrap_err();
        assert!(
            error.to_string().starts_with("nothing was written: "),
            "{error}"
        );
        assert_eq!(fs::read(&paths[0]).unwrap(), b"before");
        assert_eq!(names(folder.path()), ["a.py"]);
    }

    #[test]
    fn writes_nothing_when_a_file_changed_meanwhile() {
        let (_folder, paths) = project(&["a.py", "b.py"]);
        fs::write(&paths[1], "edited").unwrap();
        let error = replace_all(&changes(&paths)).unwrap_err();
        assert!(error.to_string().contains("changed on disk"), "{error}");
        assert_eq!(fs::read(&paths[0]).unwrap(), b"before");
        assert_eq!(fs::read(&paths[1]).unwrap(), b"edited");
    }

    #[test]
    fn leaves_write_protected_files_alone() {
        let (_folder, paths) = project(&["a.py", "b.py"]);
        let mut permissions = fs::metadata(&paths[1]).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&paths[1], permissions).unwrap();
        let error = replace_all(&changes(&paths)).unwrap_err();
        assert!(error.to_string().contains("write-protected"), "{error}");
        assert_eq!(fs::read(&paths[0]).unwrap(), b"before");
    }

    #[test]
    fn puts_back_what_was_replaced_when_a_rename_fails() {
        let (folder, paths) = project(&["a.py", "b.py"]);
        let changes = changes(&paths);
        let staged = stage_all(&changes).unwrap();
        // A folder takes the second file's place after it was staged: only the rename can notice.
        fs::remove_file(&paths[1]).unwrap();
        fs::create_dir(&paths[1]).unwrap();
        let error = put_in_place(staged).unwrap_err();
        assert!(matches!(error, Error::NothingWritten(_)), "{error}");
        assert_eq!(fs::read(&paths[0]).unwrap(), b"before");
        assert_eq!(names(folder.path()), ["a.py", "b.py"]);
    }

    #[test]
    fn names_what_could_not_be_put_back() {
        let (_folder, paths) = project(&["a.py", "sub/b.py"]);
        let staged = changes(&paths);
        fs::remove_dir_all(paths[1].parent().unwrap()).unwrap();
        let error = roll_back(&[&staged[0], &staged[1]], Error::Engine);
        let Error::HalfWritten { left, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(left, [paths[1].clone()]);
    }
}
