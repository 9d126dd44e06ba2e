//! What the tests share.

#![allow(clippy::unwrap_used, dead_code)]

use unblocked_guide::{Answers, Guide, GuideFile};
use unblocked_rewriter::{Options, Workspace, migrate};

/// The guide for these files.
pub(crate) fn guide(files: &[(&str, &str)]) -> Guide {
    with(files, &Options::default(), &Answers::default())
}

/// The guide for these files, options and answers.
pub(crate) fn with(files: &[(&str, &str)], options: &Options, answers: &Answers) -> Guide {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, options);
    unblocked_guide::guide(&workspace, options, answers, &report)
}

/// For a Django.
pub(crate) fn target(version: &str) -> Options {
    Options {
        target_version: version.parse().unwrap(),
        ..Options::default()
    }
}

/// Answers as a form gives them.
pub(crate) fn answers(given: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (question, answer) in given {
        assert!(answers.set(question, answer), "{question}={answer}");
    }
    answers
}

/// A file that the guide makes.
pub(crate) fn file<'g>(guide: &'g Guide, path: &str) -> &'g GuideFile {
    guide.files.iter().find(|file| file.path == path).unwrap()
}
