use std::fs;
use std::path::Path;

use unblocked_rewriter::{FileReport, Finding, FindingState, Range, Severity};

use super::*;
use crate::project::{SourceFile, Text};

/// A file on disk with what an engine would answer for it.
struct Case {
    _folder: tempfile::TempDir,
    file: SourceFile,
}

impl Case {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("views.py");
        fs::write(&path, bytes).unwrap();
        let file = SourceFile {
            path,
            id: "shop/views.py".to_owned(),
            shown: "shop/views.py".to_owned(),
            selected: true,
            text: Text::decode(bytes.to_vec()),
        };
        Self {
            _folder: folder,
            file,
        }
    }

    fn path(&self) -> &Path {
        &self.file.path
    }

    /// As if the engine replaced `old` by `new` and said so.
    fn outcome(&self, old: &str, new: &str) -> Outcome<'_> {
        let before = &self.file.text.as_ref().unwrap().body;
        let start = before.find(old).unwrap();
        let range = Range {
            start,
            end: start + old.len(),
        };
        let finding = |applicability| Finding {
            rule: "orm/await-terminal".to_owned(),
            severity: Severity::Warning,
            applicability,
            state: match applicability {
                Applicability::Manual => FindingState::Open,
                _ => FindingState::Applied,
            },
            message: "`get` runs a query".to_owned(),
            help: None,
            before: range,
            after: None,
            function: Some("detail".to_owned()),
            docs_url: None,
            fingerprint: String::new(),
            can_be_rejected: false,
            decision: None,
            decided_by: None,
            chain: Vec::new(),
        };
        let function = |name: &str, decision| FunctionReport {
            name: name.to_owned(),
            kind: FunctionKind::View,
            before: range,
            decision,
            because: unblocked_rewriter::Because::ViewWaits,
            reason: "it waits".to_owned(),
            effects: vec!["query".to_owned()],
            possibilities: Vec::new(),
            chosen: None,
            in_turn: Vec::new(),
        };
        let report = FileReport {
            path: self.file.id.clone(),
            after: before.replace(old, new),
            edits: Vec::new(),
            findings: vec![
                finding(Applicability::Safe),
                finding(Applicability::Review),
                finding(Applicability::Manual),
            ],
            functions: vec![
                function("detail", Decision::Convert),
                function("index", Decision::Leave),
                function("helper", Decision::Convert),
            ],
            bare_statements: false,
        };
        Outcome {
            file: &self.file,
            report: Some(report),
        }
    }
}

#[test]
fn byte_order_mark_and_line_ends_survive_writing() {
    let case = Case::new("\u{feff}# é\r\nx = get()\r\nlast".as_bytes());
    write(&[case.outcome("get", "await aget")]).unwrap();
    let written = fs::read(case.path()).unwrap();
    assert_eq!(
        written,
        "\u{feff}# é\r\nx = await aget()\r\nlast".as_bytes()
    );
}

#[test]
fn the_diff_is_of_the_bytes_on_disk() {
    let case = Case::new("\u{feff}x = get()\r\n".as_bytes());
    assert_eq!(
        diff_of(&case.outcome("get", "await aget")),
        "--- a/shop/views.py\n+++ b/shop/views.py\n@@ -1 +1 @@\n-\u{feff}x = get()\r\n+\u{feff}x = await aget()\r\n"
    );
}

#[test]
fn a_file_that_stays_the_same_is_not_written() {
    let case = Case::new(b"x = get()\n");
    let outcomes = [case.outcome("get", "get")];
    // Gone meanwhile: no matter.
    fs::remove_file(case.path()).unwrap();
    write(&outcomes).unwrap();
    assert_eq!(diff_of(&outcomes[0]), "");
    assert!(!case.path().exists());
}

#[test]
fn one_file_that_cannot_be_written_holds_all_back() {
    let (one, two) = (Case::new(b"x = get()\n"), Case::new(b"x = get()\n"));
    let outcomes = [one.outcome("get", "aget"), two.outcome("get", "aget")];
    fs::write(two.path(), b"x = other()\n").unwrap();
    let error = write(&outcomes).unwrap_err();
    assert!(matches!(error, Error::NothingWritten(_)), "{error}");
    assert_eq!(fs::read(one.path()).unwrap(), b"x = get()\n");
}

#[test]
fn the_summary_counts_decisions_and_findings() {
    let case = Case::new(b"x = get()\n");
    let lost = Case::new(b"\xff");
    let unreadable = Outcome {
        file: &lost.file,
        report: None,
    };
    let summary = Summary::of(&[case.outcome("get", "aget"), unreadable], 7, true);
    let counts = serde_json::to_value(&summary).unwrap();
    let expected = serde_json::json!({
        "read": 7, "unreadable": 1, "changed": 1, "written": true,
        "converted": 2, "twins": 0, "wrapped": 0, "left": 1, "alreadyAsync": 0,
        "manual": 1, "review": 1,
    });
    assert_eq!(counts, expected);
}

#[test]
fn a_view_goes_by_module_and_name() {
    assert_eq!(module("shop/views/__init__.py"), "shop.views");
    assert!(is_view("shop.views.detail", "shop.views.detail"));
    assert!(is_view("backend.shop.views.detail", "shop.views.detail"));
    assert!(is_view(
        "shop.views.ProductView.get",
        "shop.views.ProductView"
    ));
    assert!(!is_view("shop.views.detail_all", "shop.views.detail"));
    assert!(!is_view("myshop.views.detail", "shop.views.detail"));
}
