//! Ranges of a text.

use serde::{Deserialize, Serialize};

/// A half-open range of a text, in bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The empty range at `offset`.
    #[must_use]
    pub const fn empty(offset: u32) -> Self {
        Self::new(offset, offset)
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// True when it holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when `other` lies wholly within.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of the range; empty when it does not lie on characters of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    /// True when nothing but white space stands before it on its first line, and nothing but white space or a comment
    /// after it on its last. Looks no further than that, however long the lines are.
    #[must_use]
    pub fn has_own_lines(self, text: &str) -> bool {
        const BLANK: [char; 4] = [' ', '\t', '\x0c', '\u{feff}'];
        let (Some(before), Some(after)) = (
            text.get(..self.start as usize),
            text.get(self.end as usize..),
        ) else {
            return false;
        };
        let before = before.trim_end_matches(BLANK);
        let after = after.trim_start_matches(BLANK);
        (before.is_empty() || before.ends_with(['\n', '\r']))
            && (after.is_empty() || after.starts_with(['\n', '\r', '#']))
    }

    /// As a range of `usize`.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_its_own_lines_or_shares_them() {
        let alone = |text: &str| {
            let at = u32::try_from(text.find('x').unwrap()).unwrap();
            Span::new(at, at + 1).has_own_lines(text)
        };
        for text in [
            "x",
            "\u{feff}x\n",
            "a\n  x",
            "a\r\tx  # why\r",
            "a\n\x0cx\r\n",
            "\nx\n",
        ] {
            assert!(alone(text), "{text:?}");
        }
        for text in ["a; x", "x; a", "if a: x", "a\n  x ;\n"] {
            assert!(!alone(text), "{text:?}");
        }
        assert!(!Span::new(5, 9).has_own_lines("x"));
    }
}
