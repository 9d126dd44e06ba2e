//! What the engine promises of any input at all.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a broken fixture or promise ends the test"
)]

use std::path::Path;

use unblocked_rewriter::{FileReport, Options, Workspace, migrate};

/// The ways that the engine is used.
pub(crate) fn uses() -> [Options; 2] {
    [Options::for_paste(), Options::default()]
}

/// The report of one file.
pub(crate) fn report(text: &str, options: &Options) -> FileReport {
    let mut workspace = Workspace::new();
    workspace.set_file("views.py", text);
    let mut report = migrate(&workspace, options);
    assert_eq!(report.files.len(), 1);
    report.files.remove(0)
}

/// Migrates a file and checks what holds for any input: the edits make the after text, places lie in their texts, and a
/// second run changes nothing.
#[track_caller]
pub(crate) fn check(text: &str, options: &Options) -> FileReport {
    let file = report(text, options);
    check_edits(text, &file);
    let again = report(&file.after, options);
    if again.after != file.after {
        let at = again
            .after
            .bytes()
            .zip(file.after.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        panic!(
            "a second run changes something: {:?} became {:?}",
            excerpt(&file.after, at),
            excerpt(&again.after, at)
        );
    }
    file
}

/// The edits make the after text, and every place lies on characters of its text.
#[track_caller]
pub(crate) fn check_edits(text: &str, file: &FileReport) {
    let mut rebuilt = String::with_capacity(file.after.len());
    let mut at = 0;
    for edit in &file.edits {
        rebuilt.push_str(
            text.get(at..edit.range.start)
                .expect("edits are in order and on characters"),
        );
        rebuilt.push_str(&edit.text);
        at = edit.range.end;
    }
    rebuilt.push_str(text.get(at..).expect("edits end within the text"));
    assert!(rebuilt == file.after, "the edits don't make the after text");
    if file.edits.is_empty() {
        assert!(file.after == text, "no edits, but another text");
    }
    for finding in &file.findings {
        let before = finding.before.start..finding.before.end;
        assert!(text.get(before).is_some(), "{finding:?}");
        if let Some(after) = finding.after {
            assert!(
                file.after.get(after.start..after.end).is_some(),
                "{finding:?}"
            );
        }
    }
    for function in &file.functions {
        let header = function.before.start..function.before.end;
        assert!(text.get(header).is_some(), "{function:?}");
    }
}

/// In every use, nothing changes.
#[track_caller]
pub(crate) fn check_unchanged(text: &str) {
    for options in uses() {
        let file = check(text, &options);
        assert_eq!(file.after, text);
    }
}

fn excerpt(text: &str, at: usize) -> String {
    let bytes = &text.as_bytes()[at.saturating_sub(60)..text.len().min(at + 60)];
    String::from_utf8_lossy(bytes).into_owned()
}

/// Path and text of every Python file of the realistic fixtures.
pub(crate) fn realistic() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/realistic");
    let mut files = Vec::new();
    for app in ["newsroom", "shop"] {
        for entry in std::fs::read_dir(root.join(app)).expect("the fixtures are there") {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|end| end == "py") {
                let name = path.file_name().expect("a name").to_string_lossy();
                let text = std::fs::read_to_string(&path).expect("a readable fixture");
                files.push((format!("{app}/{name}"), text));
            }
        }
    }
    files.sort();
    assert!(files.len() > 8, "{files:?}");
    files
}

/// The views of the newsroom fixture.
pub(crate) fn long_file() -> String {
    let files = realistic();
    let views = files
        .into_iter()
        .find(|(path, _)| path == "newsroom/views.py");
    views.expect("the newsroom has views").1
}

/// Runs something with as little stack as a browser's worker may have.
pub(crate) fn with_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no panic")
}

/// Random numbers, the same in every run: a multiplicative congruential generator with a xorshifted output.
pub(crate) struct Random(u64);

impl Random {
    /// A sequence by its seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number below `limit`, or 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)) >> 17;
        usize::try_from(mixed).unwrap_or(0) % limit.max(1)
    }

    /// One of `items`.
    pub(crate) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }

    /// An offset of a character of `text`, or its end.
    pub(crate) fn offset(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
