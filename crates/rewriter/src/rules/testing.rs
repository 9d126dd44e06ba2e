//! What rule tests use: a paste before and after.

use unblocked_analyzer::Workspace;

use crate::{FileReport, Options, migrate};

/// The report of one pasted file.
pub(crate) fn report_with(before: &str, options: &Options) -> FileReport {
    let mut workspace = Workspace::new();
    workspace.set_file("views.py", before);
    let mut report = migrate(&workspace, options);
    report.files.remove(0)
}

/// A paste after its migration; what comes out must not change again.
#[track_caller]
pub(crate) fn migrate_with(before: &str, options: &Options) -> String {
    let file = report_with(before, options);
    let mut rebuilt = String::new();
    let mut at = 0;
    for edit in &file.edits {
        rebuilt.push_str(&before[at..edit.range.start]);
        rebuilt.push_str(&edit.text);
        at = edit.range.end;
    }
    rebuilt.push_str(&before[at..]);
    assert_eq!(rebuilt, file.after, "the edits give the after text");
    let again = report_with(&file.after, options);
    assert_eq!(again.after, file.after, "a second run changes nothing");
    file.after
}

/// A paste after its migration, with default options.
#[track_caller]
pub(crate) fn migrate_paste(before: &str) -> String {
    migrate_with(before, &Options::for_paste())
}

/// Asserts what a paste becomes.
#[track_caller]
pub(crate) fn check(before: &str, after: &str) {
    assert_eq!(migrate_paste(before), after);
}

/// Asserts what a paste becomes with these options.
#[track_caller]
pub(crate) fn check_with(options: &Options, before: &str, after: &str) {
    assert_eq!(migrate_with(before, options), after);
}

/// Asserts that a paste stays as it is.
#[track_caller]
pub(crate) fn check_unchanged(before: &str) {
    assert_eq!(migrate_paste(before), before);
}

/// Options for a paste that targets a Django.
pub(crate) fn target(version: &str) -> Options {
    Options {
        target_version: version.parse().expect("a supported version"),
        ..Options::for_paste()
    }
}
