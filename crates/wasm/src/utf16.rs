//! Bytes to UTF-16 code units and back: what JavaScript counts.

use unblocked_syntax::{Unit, UnitIndex};

/// Converts offsets of one text. Built in one pass; a look-up reads at most a few hundred bytes of the text.
#[derive(Debug)]
pub struct Utf16Index<'text>(UnitIndex<'text>);

impl<'text> Utf16Index<'text> {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &'text str) -> Self {
        Self(UnitIndex::new(text))
    }

    /// The number of code units before byte `byte`. A byte past the end counts as the end.
    #[must_use]
    pub fn to_utf16(&self, byte: usize) -> usize {
        self.0.count(byte, Unit::Utf16)
    }

    /// The byte before which `unit` code units stand; `None` past the end and inside a surrogate pair.
    #[must_use]
    pub fn to_byte(&self, unit: usize) -> Option<usize> {
        self.0.byte(unit, Unit::Utf16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_javascript_counts() {
        let text = "größe = '📦'\r\n";
        let index = Utf16Index::new(text);
        let end = text.find('\'').unwrap() + "'📦".len();
        assert_eq!(index.to_utf16(end), 11);
        assert_eq!(index.to_byte(11), Some(end));
        assert_eq!(index.to_byte(10), None, "half a surrogate pair");
        assert_eq!(index.to_byte(99), None);
    }
}
