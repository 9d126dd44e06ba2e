//! Byte ranges as lines and columns.

use std::ops::Range as Span;

use unblocked_rewriter::Range;

/// A place in a text: line and column from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Location {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A text and where its lines begin.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Lines end in `\n`, `\r\n` or a lone `\r`, as Python sees them.
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| {
            *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// `offset`, or the nearest character boundary before it inside the text.
    fn clamp(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Index of the line that holds a byte, from 0.
    fn line_of(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    fn slice(&self, span: Span<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// Line and column of a byte.
    pub(crate) fn location(&self, offset: usize) -> Location {
        let offset = self.clamp(offset);
        let line = self.line_of(offset);
        Location {
            line: line + 1,
            column: self.slice(self.start(line)..offset).chars().count() + 1,
        }
    }

    /// The line of a range's start with `context` lines around it: the number of the first line shown (from 1), their
    /// text, and the range within that text, cut at the end of its first line.
    pub(crate) fn excerpt(&self, range: Range, context: usize) -> (usize, &'a str, Span<usize>) {
        let start = self.clamp(range.start);
        let line = self.line_of(start);
        let first = line.saturating_sub(context);
        let from = self.start(first);
        let text = self
            .slice(from..self.start(line + context + 1))
            .trim_end_matches(['\n', '\r']);
        let line_end = self.start(line)
            + self
                .slice(self.start(line)..self.start(line + 1))
                .trim_end_matches(['\n', '\r'])
                .len();
        let end = self.clamp(range.end).min(line_end).max(start);
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
