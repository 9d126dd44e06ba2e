//! How many tests passed, read from what test runners write last.

use std::fmt;
use std::ops::AddAssign;

/// A count of tests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Counts {
    /// One check, which passed or failed.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: u32::from(passed),
            failed: u32::from(!passed),
            skipped: 0,
        }
    }

    /// The counts that a line states, as in `12 tests run: 11 passed, 1 failed` or `ok. 3 passed; 0 failed; 1 ignored`.
    /// A line that does not say how many passed states none.
    pub(crate) fn in_line(line: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut number = None;
        let mut stated = false;
        for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
            if word.is_empty() {
                continue;
            }
            match (number, word) {
                (Some(n), "passed") => {
                    counts.passed += n;
                    stated = true;
                }
                (Some(n), "failed") => counts.failed += n,
                (Some(n), "skipped" | "ignored") => counts.skipped += n,
                _ => {}
            }
            number = word.parse::<u32>().ok();
        }
        stated.then_some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// A line without the escape sequences that colour it.
pub(crate) fn without_colors(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        plain.push_str(end.and_then(|end| part.get(end + 1..)).unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Option<Counts> {
        Some(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn every_runner_is_understood() {
        for (line, expected) in [
            (
                "     Summary [   1.2s] 12 tests run: 11 passed, 1 failed, 2 skipped",
                counts(11, 1, 2),
            ),
            (
                "     Summary [   1.2s] 12 tests run: 12 passed (1 slow), 0 skipped",
                counts(12, 0, 0),
            ),
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
                counts(3, 0, 1),
            ),
            (
                "django: 40 passed, 2 failed (Django 4.2 on Python 3.11, Django 5.2 on Python 3.12)",
                counts(40, 2, 0),
            ),
            ("7 passed, 0 failed, 1 skipped", counts(7, 0, 1)),
        ] {
            assert_eq!(Counts::in_line(line), expected, "{line}");
        }
    }

    #[test]
    fn other_lines_state_nothing() {
        for line in [
            "",
            "all tests passed",
            "error: 2 failed",
            "running 3 tests",
            "passed 3",
        ] {
            assert_eq!(Counts::in_line(line), None, "{line}");
        }
    }

    #[test]
    fn colors_are_taken_off() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m 1 test run: \u{1b}[1m1\u{1b}[0m passed";
        assert_eq!(without_colors(line), "     Summary 1 test run: 1 passed");
        assert_eq!(without_colors("plain"), "plain");
    }
}
