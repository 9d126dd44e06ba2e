//! Why the command could not run.

use std::io;
use std::path::{Path, PathBuf};

use unblocked_django::{DjangoVersion, PythonVersion};

/// Why the command could not run: exit status 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{}: no such file or folder", .0.display())]
    NoSuchPath(PathBuf),
    #[error("{}: neither a file nor a folder", .0.display())]
    NoFile(PathBuf),
    #[error("{}: {source}", path.display())]
    Path { path: PathBuf, source: io::Error },
    #[error("{}: {message}", path.display())]
    Config { path: PathBuf, message: String },
    #[error("Django {django} needs Python {oldest} or newer, not {python}")]
    PythonTooOld {
        django: DjangoVersion,
        oldest: PythonVersion,
        python: PythonVersion,
    },
    #[error("standard input {0}")]
    StandardInput(String),
    #[error("--write needs files: what is read from standard input goes to standard output")]
    NothingToWriteTo,
    #[error("there is no rule `{0}`: `unblocked rules` lists them all")]
    NoSuchRule(String),
    #[error(
        "`{0}` is no answer: write QUESTION=ANSWER, with a name and a value that `guide --output-format json` lists"
    )]
    NoAnswer(String),
    #[error("{}: it is there already; choose an empty folder", .0.display())]
    FolderInUse(PathBuf),
    #[error("the engine failed on this project; please report it, with the message above")]
    Engine,
    #[error("nothing was written: {0}")]
    NothingWritten(Box<Error>),
    #[error("{}: it changed on disk meanwhile", .0.display())]
    ChangedMeanwhile(PathBuf),
    #[error("{}: it is write-protected", .0.display())]
    WriteProtected(PathBuf),
    #[error(
        "{cause}; the files that had been written already were put back, except {}: \
         restore them from version control",
        left.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    HalfWritten {
        cause: Box<Error>,
        left: Vec<PathBuf>,
    },
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// An input or output error of a file.
    pub(crate) fn path(path: &Path, source: io::Error) -> Self {
        Self::Path {
            path: path.to_owned(),
            source,
        }
    }

    /// True when whoever read the output has gone, as `head` does.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Output(error) => Some(error.kind()),
            Self::Json(error) => error.io_error_kind(),
            _ => None,
        };
        kind == Some(io::ErrorKind::BrokenPipe)
    }
}
