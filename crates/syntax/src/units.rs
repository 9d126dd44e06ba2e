//! Bytes to UTF-16 code units or characters and back, for any number of offsets of one text.

/// What columns and offsets count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bytes of the UTF-8 form: Rust, and this engine.
    Byte,
    /// UTF-16 code units: JavaScript, editors, the language server protocol.
    Utf16,
    /// Characters (Unicode scalar values): Python, and people.
    Char,
}

impl Unit {
    /// Units in UTF-8 `bytes`, which may begin or end inside a character: it counts where its first byte is.
    fn count(self, bytes: &[u8]) -> usize {
        let of = |byte: u8| match self {
            Self::Byte => 1,
            Self::Utf16 => usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0),
            Self::Char => usize::from(byte & 0xC0 != 0x80),
        };
        bytes.iter().map(|&byte| of(byte)).sum()
    }

    fn of(self, character: char) -> usize {
        match self {
            Self::Byte => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Char => 1,
        }
    }
}

/// Bytes between two checkpoints: the most that one look-up reads.
const STRIDE: usize = 256;

/// What stands before a checkpoint.
#[derive(Debug, Clone, Copy, Default)]
struct Checkpoint {
    utf16: usize,
    chars: usize,
}

impl Checkpoint {
    fn get(self, unit: Unit, block: usize) -> usize {
        match unit {
            Unit::Byte => block * STRIDE,
            Unit::Utf16 => self.utf16,
            Unit::Char => self.chars,
        }
    }
}

/// Converts offsets of one text. Built in one pass; a look-up reads at most a few hundred bytes of the text.
#[derive(Debug)]
pub struct UnitIndex<'text> {
    text: &'text str,
    /// One every [`STRIDE`] bytes; none when the text is ASCII, where all units are the same.
    checkpoints: Vec<Checkpoint>,
}

impl<'text> UnitIndex<'text> {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &'text str) -> Self {
        let mut checkpoints = Vec::new();
        if !text.is_ascii() {
            let mut sum = Checkpoint::default();
            for block in text.as_bytes().chunks(STRIDE) {
                checkpoints.push(sum);
                sum.utf16 += Unit::Utf16.count(block);
                sum.chars += Unit::Char.count(block);
            }
        }
        Self { text, checkpoints }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &'text str {
        self.text
    }

    /// How many units stand before byte `byte`. A byte past the end counts as the end, one inside a character as the
    /// end of that character.
    #[must_use]
    pub fn count(&self, byte: usize, unit: Unit) -> usize {
        let byte = byte.min(self.text.len());
        // A text of exactly n strides has no checkpoint at its end.
        let block = (byte / STRIDE).min(self.checkpoints.len().saturating_sub(1));
        let Some(before) = self.checkpoints.get(block) else {
            return byte;
        };
        let bytes = self.text.as_bytes();
        before.get(unit, block) + bytes.get(block * STRIDE..byte).map_or(0, |b| unit.count(b))
    }

    /// The byte before which `count` units stand; `None` past the end and inside a character.
    #[must_use]
    pub fn byte(&self, count: usize, unit: Unit) -> Option<usize> {
        if self.checkpoints.is_empty() || unit == Unit::Byte {
            return self.text.is_char_boundary(count).then_some(count);
        }
        let block = self
            .checkpoints
            .partition_point(|before| before.get(unit, 0) <= count)
            .checked_sub(1)?;
        let mut byte = block * STRIDE;
        let mut sum = self.checkpoints.get(block)?.get(unit, block);
        // A character that straddles the checkpoint was counted before it.
        while !self.text.is_char_boundary(byte) {
            byte += 1;
        }
        for character in self.text.get(byte..)?.chars() {
            if sum >= count {
                break;
            }
            sum += unit.of(character);
            byte += character.len_utf8();
        }
        (sum == count).then_some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: [Unit; 3] = [Unit::Byte, Unit::Utf16, Unit::Char];

    /// Both directions, at every character of `text`, against the definition.
    fn check(text: &str) {
        let index = UnitIndex::new(text);
        for unit in UNITS {
            let mut count = 0;
            for (byte, character) in text.char_indices() {
                assert_eq!(
                    index.count(byte, unit),
                    count,
                    "{unit:?} at {byte} of {text:?}"
                );
                assert_eq!(
                    index.byte(count, unit),
                    Some(byte),
                    "{unit:?} {count} of {text:?}"
                );
                count += unit.of(character);
            }
            assert_eq!(index.count(text.len(), unit), count);
            assert_eq!(index.count(text.len() + 9, unit), count);
            assert_eq!(index.byte(count, unit), Some(text.len()));
            assert_eq!(index.byte(count + 1, unit), None);
        }
    }

    #[test]
    fn agrees_with_the_definition() {
        check("");
        check("price = 1\r\nname = 2\r\n");
        check("größe = 'naïve'\r\n# 日本語 📦 end\n");
        check("\u{feff}import os\n");
        check(&"📦".repeat(STRIDE));
        check(&"a📦é日\r\n".repeat(300));
    }

    #[test]
    fn agrees_where_characters_straddle_checkpoints() {
        for pad in 0..4 {
            for wide in ["é", "日", "📦"] {
                let pad = "x".repeat(STRIDE - pad);
                check(&format!("{pad}{wide}{pad}{wide}tail"));
            }
        }
    }

    #[test]
    fn half_a_character_has_no_byte() {
        let index = UnitIndex::new("a📦b");
        assert_eq!(index.byte(2, Unit::Utf16), None, "half a surrogate pair");
        assert_eq!(index.byte(3, Unit::Utf16), Some(5));
        assert_eq!(index.byte(2, Unit::Byte), None);
        assert_eq!(index.byte(2, Unit::Char), Some(5));
    }

    #[test]
    fn an_offset_inside_a_character_counts_to_its_end() {
        assert_eq!(UnitIndex::new("日本").count(1, Unit::Utf16), 1);
        assert_eq!(UnitIndex::new("📦").count(2, Unit::Utf16), 2);
        assert_eq!(UnitIndex::new("📦").count(2, Unit::Char), 1);
    }
}
