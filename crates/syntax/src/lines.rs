//! Byte offsets to lines and columns and back.

use crate::units::{Unit, UnitIndex};

/// A place in a text. Both count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// What stands before the place on its line, in some [`Unit`].
    pub column: usize,
}

/// Where the lines of a text begin. A look-up takes logarithmic time, whatever the length of the line.
///
/// Lines end in `\n`, `\r\n` or a lone `\r`, as Python and editors count them; a form feed does not end one.
#[derive(Debug)]
pub struct LineIndex<'text> {
    units: UnitIndex<'text>,
    starts: Vec<usize>,
}

impl<'text> LineIndex<'text> {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &'text str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, &byte)| {
            byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self {
            units: UnitIndex::new(text),
            starts,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &'text str {
        self.units.text()
    }

    /// How many lines there are: 1 for an empty text, and one more after a line end at the end.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The first byte of a line; the end of the text for lines past the last.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text().len())
    }

    /// The line that holds a byte. The bytes of a line end belong to the line that they end.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1)
    }

    /// `offset`, or the nearest start of a character before it inside the text.
    #[must_use]
    pub fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text().len());
        while !self.text().is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Line and column of a byte. A byte past the end counts as the end, one inside a character as its start.
    #[must_use]
    pub fn position(&self, offset: usize, unit: Unit) -> Position {
        let offset = self.floor(offset);
        let line = self.line(offset);
        Position {
            line,
            column: self.units.count(offset, unit) - self.units.count(self.line_start(line), unit),
        }
    }

    /// The byte at a line and column; `None` when there is no such line, or when the column lies past the line's end or
    /// inside a character.
    #[must_use]
    pub fn offset(&self, position: Position, unit: Unit) -> Option<usize> {
        let start = *self.starts.get(position.line)?;
        let count = self.units.count(start, unit).checked_add(position.column)?;
        let byte = self.units.byte(count, unit)?;
        (self.line(byte) == position.line).then_some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: [Unit; 3] = [Unit::Byte, Unit::Utf16, Unit::Char];

    fn at(text: &str, offset: usize, unit: Unit) -> (usize, usize) {
        let position = LineIndex::new(text).position(offset, unit);
        (position.line, position.column)
    }

    #[test]
    fn columns_count_what_is_asked_for() {
        let text = "x\na = 'é😀'; b\n";
        let b = text.find("b").unwrap();
        assert_eq!(at(text, b, Unit::Byte), (1, 14));
        assert_eq!(at(text, b, Unit::Utf16), (1, 11));
        assert_eq!(at(text, b, Unit::Char), (1, 10));
    }

    #[test]
    fn every_line_end_counts_once() {
        let text = "one\r\ntwo\rthree\nfour\x0cstill four\u{2028}\n";
        let lines: Vec<usize> = ["one", "two", "three", "four", "still"]
            .iter()
            .map(|word| at(text, text.find(word).unwrap(), Unit::Byte).0)
            .collect();
        assert_eq!(lines, [0, 1, 2, 3, 3]);
        assert_eq!(LineIndex::new(text).line_count(), 5);
        // The line end belongs to its line, both of its bytes.
        assert_eq!(at("a\r\nb", 2, Unit::Byte), (0, 2));
    }

    #[test]
    fn places_and_offsets_are_inverse_at_every_character() {
        let long = "x = 'é😀' + y # 日本\r\n".repeat(60) + &"é".repeat(2000);
        for text in ["", "\n", "\r", "\u{feff}a\r\n\r\rb", "a\n😀\r😀\r\n", &long] {
            let index = LineIndex::new(text);
            for offset in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
                for unit in UNITS {
                    let position = index.position(offset, unit);
                    assert_eq!(
                        index.offset(position, unit),
                        Some(offset),
                        "{unit:?} of {text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_a_character_of_the_first_line() {
        assert_eq!(at("\u{feff}ab", 4, Unit::Byte), (0, 4));
        assert_eq!(at("\u{feff}ab", 4, Unit::Utf16), (0, 2));
        assert_eq!(at("\u{feff}ab", 4, Unit::Char), (0, 2));
    }

    #[test]
    fn offsets_that_are_none_are_pulled_back() {
        assert_eq!(at("a\né", 99, Unit::Byte), (1, 2));
        assert_eq!(at("a\né", 3, Unit::Byte), (1, 0));
        assert_eq!(at("é😀!", 4, Unit::Utf16), (0, 1));
        assert_eq!(at("", 5, Unit::Char), (0, 0));
    }

    #[test]
    fn places_that_are_none_have_no_offset() {
        let index = LineIndex::new("ab\r\n😀\n");
        let offset = |line, column, unit| index.offset(Position { line, column }, unit);
        assert_eq!(offset(0, 4, Unit::Utf16), None, "on the next line");
        assert_eq!(offset(1, 1, Unit::Utf16), None, "inside a surrogate pair");
        assert_eq!(offset(1, 2, Unit::Utf16), Some(8));
        assert_eq!(offset(1, 2, Unit::Byte), None, "inside a character");
        assert_eq!(offset(2, 0, Unit::Char), Some(9), "the last line is empty");
        assert_eq!(offset(2, 1, Unit::Char), None);
        assert_eq!(offset(3, 0, Unit::Char), None);
        assert_eq!(offset(1, usize::MAX, Unit::Char), None);
    }
}
