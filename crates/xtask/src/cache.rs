//! The folder for what is made once and used by every clone: `UNBLOCKED_CACHE`, or `django-unblocked` in the user's cache folder.
//!
//! Everything in it is named after its exact version and can be deleted at any time.

use anyhow::{Context, Result, anyhow};
use std::env::var_os;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The cache folder, which exists afterwards.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = match var_os("UNBLOCKED_CACHE") {
        Some(folder) => std::path::absolute(folder)?,
        None => user_cache()?.join("django-unblocked"),
    };
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the cache folder {}", folder.display()))?;
    Ok(folder)
}

fn user_cache() -> Result<PathBuf> {
    let home = || {
        std::env::home_dir().ok_or_else(|| {
            anyhow!("there is no home folder to keep tools in: set UNBLOCKED_CACHE to a folder")
        })
    };
    if cfg!(windows) {
        if let Some(local) = var_os("LOCALAPPDATA") {
            return Ok(local.into());
        }
        return Ok(home()?.join("AppData").join("Local"));
    }
    if cfg!(target_os = "macos") {
        return Ok(home()?.join("Library").join("Caches"));
    }
    match var_os("XDG_CACHE_HOME").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() => Ok(folder),
        _ => Ok(home()?.join(".cache")),
    }
}

/// Held while something in the cache changes, so that two runs at once do not make it twice.
pub(crate) fn lock() -> Result<File> {
    let path = folder()?.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Whether the cache has the folder `name`.
pub(crate) fn has(name: &str) -> bool {
    folder().is_ok_and(|cache| cache.join(name).is_dir())
}

/// The folder `name` of the cache. Where it is missing, `make` fills a folder that becomes it: it is there wholly or not at all.
/// What is in it must not depend on the folder's name.
pub(crate) fn folder_made_by(
    name: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let cache = folder()?;
    let wanted = cache.join(name);
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let _lock = lock()?;
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let partial = cache.join(format!("{name}.partial"));
    remove_folder(&partial)?;
    fs::create_dir_all(&partial)?;
    if let Err(error) = make(&partial) {
        remove_folder(&partial)?;
        return Err(error);
    }
    fs::rename(&partial, &wanted)?;
    Ok(wanted)
}

/// Removes a folder with all it holds, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// A file that says what a folder was made from.
pub(crate) struct Stamp {
    path: PathBuf,
    content: String,
}

impl Stamp {
    /// The stamp of `folder`, for what is to be made from `content` (whole files: comparing them needs no hash).
    pub(crate) fn new(folder: &Path, content: String) -> Self {
        Self {
            path: folder.join(".unblocked-stamp"),
            content,
        }
    }

    /// Whether the folder was made, to the end, from the same content.
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.content)
    }

    /// To be called when all is made.
    pub(crate) fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.content)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty_folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        remove_folder(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_stamp_is_fresh_until_what_it_was_made_from_changes() {
        let folder = empty_folder("stamp");
        let stamp = Stamp::new(&folder, "django==5.2".to_owned());
        assert!(!stamp.is_fresh());
        stamp.write().unwrap();
        assert!(stamp.is_fresh());
        assert!(Stamp::new(&folder, "django==5.2".to_owned()).is_fresh());
        assert!(!Stamp::new(&folder, "django==5.2.1".to_owned()).is_fresh());
        remove_folder(&folder).unwrap();
        assert!(!stamp.is_fresh());
    }
}
