//! Bytes to UTF-16 code units and back, for any number of offsets of one text.

/// Bytes between two checkpoints: the most that one look-up reads.
const STRIDE: usize = 256;

/// Converts offsets of one text. Built in one pass; a look-up reads at most a few hundred bytes of the text.
#[derive(Debug)]
pub struct Utf16Index<'text> {
    text: &'text str,
    /// Code units before byte `i * STRIDE`; empty when the text is ASCII, where both counts are the same.
    checkpoints: Vec<usize>,
}

/// Code units of UTF-8 `bytes`, which may begin or end inside a character: a character counts where its first byte is.
fn units(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0))
        .sum()
}

impl<'text> Utf16Index<'text> {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &'text str) -> Self {
        let mut checkpoints = Vec::new();
        if !text.is_ascii() {
            let mut sum = 0;
            for block in text.as_bytes().chunks(STRIDE) {
                checkpoints.push(sum);
                sum += units(block);
            }
        }
        Self { text, checkpoints }
    }

    /// The number of code units before byte `byte`. A byte past the end counts as the end, one inside a character as
    /// the end of that character.
    #[must_use]
    pub fn to_utf16(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        if self.checkpoints.is_empty() {
            return byte;
        }
        // A text of exactly n strides has no checkpoint at its end.
        let block = (byte / STRIDE).min(self.checkpoints.len() - 1);
        let before = self.checkpoints.get(block).copied().unwrap_or_default();
        let bytes = self.text.as_bytes();
        before + bytes.get(block * STRIDE..byte).map_or(0, units)
    }

    /// The byte before which `unit` code units stand; `None` past the end and inside a surrogate pair.
    #[must_use]
    pub fn to_byte(&self, unit: usize) -> Option<usize> {
        if self.checkpoints.is_empty() {
            return (unit <= self.text.len()).then_some(unit);
        }
        let block = self
            .checkpoints
            .partition_point(|before| *before <= unit)
            .checked_sub(1)?;
        let mut start = block * STRIDE;
        let mut sum = self.checkpoints.get(block).copied()?;
        // A character that straddles the checkpoint was counted before it.
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        for character in self.text.get(start..)?.chars() {
            if sum >= unit {
                break;
            }
            sum += character.len_utf16();
            start += character.len_utf8();
        }
        (sum == unit).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both directions, at every character of `text`, against the definition.
    fn check(text: &str) {
        let index = Utf16Index::new(text);
        let mut units = 0;
        for (byte, character) in text.char_indices() {
            assert_eq!(index.to_utf16(byte), units, "byte {byte} of {text:?}");
            assert_eq!(index.to_byte(units), Some(byte), "unit {units} of {text:?}");
            units += character.len_utf16();
        }
        assert_eq!(index.to_utf16(text.len()), units);
        assert_eq!(index.to_byte(units), Some(text.len()));
        assert_eq!(index.to_byte(units + 1), None);
        assert_eq!(index.to_utf16(text.len() + 9), units);
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
    fn refuses_half_a_surrogate_pair() {
        let index = Utf16Index::new("a📦b");
        assert_eq!(index.to_byte(1), Some(1));
        assert_eq!(index.to_byte(2), None);
        assert_eq!(index.to_byte(3), Some(5));
    }

    #[test]
    fn an_offset_inside_a_character_counts_to_its_end() {
        assert_eq!(Utf16Index::new("日本").to_utf16(1), 1);
        assert_eq!(Utf16Index::new("📦").to_utf16(2), 2);
    }
}
