//! Byte ranges as lines and columns.

use std::ops::Range as Span;

use unblocked_rewriter::Range;
use unblocked_syntax::{LineIndex, Unit};

/// A place in a text: line and column from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Location {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A text and where its lines begin.
pub(crate) struct Lines<'a>(LineIndex<'a>);

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(LineIndex::new(text))
    }

    fn slice(&self, span: Span<usize>) -> &'a str {
        self.0.text().get(span).unwrap_or_default()
    }

    /// Line and column of a byte.
    pub(crate) fn location(&self, offset: usize) -> Location {
        let position = self.0.position(offset, Unit::Char);
        Location {
            line: position.line + 1,
            column: position.column + 1,
        }
    }

    /// The line of a range's start with `context` lines around it: the number of the first line shown (from 1), their
    /// text, and the range within that text, cut at the end of its first line.
    pub(crate) fn excerpt(&self, range: Range, context: usize) -> (usize, &'a str, Span<usize>) {
        let start = self.0.floor(range.start);
        let line = self.0.line(start);
        let first = line.saturating_sub(context);
        let from = self.0.line_start(first);
        let text = self
            .slice(from..self.0.line_start(line + context + 1))
            .trim_end_matches(['\n', '\r']);
        let line_end = self.0.line_start(line)
            + self
                .slice(self.0.line_start(line)..self.0.line_start(line + 1))
                .trim_end_matches(['\n', '\r'])
                .len();
        let end = self.0.floor(range.end).min(line_end).max(start);
        let limit = text.len();
        let within = |at: usize| at.saturating_sub(from).min(limit);
        (first + 1, text, within(start)..within(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let location = Lines::new(text).location(offset);
        (location.line, location.column)
    }

    #[test]
    fn columns_count_characters() {
        let text = "a = 'é😀'; b\nc\n";
        assert_eq!(at(text, 0), (1, 1));
        assert_eq!(at(text, text.find('b').unwrap()), (1, 11));
        assert_eq!(at(text, text.find('c').unwrap()), (2, 1));
        // Inside a character: the character.
        assert_eq!(at(text, text.find('é').unwrap() + 1), (1, 6));
    }

    #[test]
    fn every_line_end_counts_once() {
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("a\rb", 2), (2, 1));
        assert_eq!(at("a\n", 2), (2, 1));
        assert_eq!(at("", 9), (1, 1));
    }

    #[test]
    fn an_excerpt_holds_the_first_line_of_the_range() {
        let text = "one\ntwo\nthree\nfour\nfive\n";
        let start = text.find("three").unwrap();
        let (line, shown, span) = Lines::new(text).excerpt(
            Range {
                start,
                end: text.len(),
            },
            1,
        );
        assert_eq!((line, shown), (2, "two\nthree\nfour"));
        assert_eq!(&shown[span], "three");
    }

    #[test]
    fn an_excerpt_of_nothing_is_empty() {
        let (line, shown, span) = Lines::new("").excerpt(Range { start: 3, end: 9 }, 2);
        assert_eq!((line, shown, span), (1, "", 0..0));
    }
}
