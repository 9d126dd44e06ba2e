//! Files that the guide makes: patches of the reader's own where they are at hand, else new ones.

pub(crate) mod asgi;
pub(crate) mod containers;
pub(crate) mod deployment;
pub(crate) mod measure;
pub(crate) mod requirements;
pub(crate) mod settings;
pub(crate) mod suite;

use similar::TextDiff;
use unblocked_syntax::{Edits, TextEdit};

use crate::data::GuideFile;

/// A new file.
pub(crate) fn new(
    path: &str,
    language: &str,
    step: &str,
    purpose: &str,
    text: String,
) -> GuideFile {
    GuideFile {
        path: path.to_owned(),
        language: language.to_owned(),
        purpose: purpose.to_owned(),
        text,
        patch: None,
        step: step.to_owned(),
        is_alternative: false,
    }
}

/// A change of a file at hand. `None` when the edits change nothing or do not fit.
pub(crate) fn patch(
    path: &str,
    language: &str,
    step: &str,
    purpose: &str,
    before: &str,
    edits: Vec<TextEdit>,
) -> Option<GuideFile> {
    let after = Edits::new(edits).ok()?.apply(before);
    if after == before {
        return None;
    }
    let diff = TextDiff::from_lines(before, &after);
    let patch = diff
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string();
    Some(GuideFile {
        patch: Some(patch),
        ..new(path, language, step, purpose, after)
    })
}
