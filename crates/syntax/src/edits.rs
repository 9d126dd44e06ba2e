//! Changes of a text that never overlap.

use crate::SmallSort;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// A range of a text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEdit {
    /// What is replaced; empty for an insertion.
    pub range: Span,
    /// What takes its place.
    pub text: String,
}

impl TextEdit {
    /// Replaces a range.
    #[must_use]
    pub fn replace(range: Span, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }

    /// Inserts at an offset.
    #[must_use]
    pub fn insert(offset: u32, text: impl Into<String>) -> Self {
        Self::replace(Span::empty(offset), text)
    }

    fn growth(&self) -> i64 {
        i64::try_from(self.text.len()).unwrap_or(i64::MAX) - i64::from(self.range.len())
    }
}

/// Why edits can't be made together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits change the same text.
    #[error("edits of {}..{} and {}..{} overlap", .0.start, .0.end, .1.start, .1.end)]
    Overlap(Span, Span),
    /// A range ends before it begins.
    #[error("the range {}..{} ends before it begins", .0.start, .0.end)]
    Reversed(Span),
}

/// On which side of an insertion an offset lies that the insertion is made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    /// Before what is inserted.
    Before,
    /// After it.
    After,
}

/// Edits of one text, in order of place, that don't overlap.
///
/// Edits may touch: insertions at one offset are made in the order that they were given in, and before a replacement
/// that begins there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    edits: Vec<TextEdit>,
    /// How much longer the text is after each edit.
    growth: Vec<i64>,
}

impl Edits {
    /// Sorts the edits.
    ///
    /// # Errors
    /// When two of them overlap, or a range is reversed.
    pub fn new(mut edits: Vec<TextEdit>) -> Result<Self, EditError> {
        if let Some(edit) = edits.iter().find(|edit| edit.range.start > edit.range.end) {
            return Err(EditError::Reversed(edit.range));
        }
        edits.small_sort_by_key(|edit| edit.range);
        for pair in edits.windows(2) {
            if let [a, b] = pair
                && a.range.end > b.range.start
            {
                return Err(EditError::Overlap(a.range, b.range));
            }
        }
        let growth = edits
            .iter()
            .scan(0, |sum, edit| {
                *sum += edit.growth();
                Some(*sum)
            })
            .collect();
        Ok(Self { edits, growth })
    }

    /// The edits, in order of place.
    #[must_use]
    pub fn as_slice(&self) -> &[TextEdit] {
        &self.edits
    }

    /// True when nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Both sets as one. Of insertions at one offset, those of `self` come first.
    ///
    /// # Errors
    /// When an edit of one overlaps one of the other.
    pub fn merge(self, other: Self) -> Result<Self, EditError> {
        let mut edits = self.edits;
        edits.extend(other.edits);
        Self::new(edits)
    }

    /// The text after all edits. Ranges that don't lie on characters of `text` take nothing away.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let growth = self.growth.last().copied().unwrap_or(0);
        let growth = usize::try_from(growth).unwrap_or(0);
        let mut out = String::with_capacity(text.len() + growth);
        let mut at = 0;
        for edit in &self.edits {
            out.push_str(text.get(at..edit.range.start as usize).unwrap_or_default());
            out.push_str(&edit.text);
            at = edit.range.end as usize;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Where an offset of the text stands after all edits. One inside a range that is replaced lands as far into what
    /// takes its place, or at its end.
    #[must_use]
    pub fn forward(&self, offset: u32, bias: Bias) -> u32 {
        // Edits that lie wholly before the offset.
        let before = self.edits.partition_point(|edit| {
            edit.range.end < offset
                || (edit.range.end == offset && (bias == Bias::After || !edit.range.is_empty()))
        });
        let growth = before
            .checked_sub(1)
            .and_then(|last| self.growth.get(last))
            .copied()
            .unwrap_or(0);
        let within = self
            .edits
            .get(before)
            .filter(|edit| edit.range.start < offset)
            .map_or(0, |edit| {
                let length = u32::try_from(edit.text.len()).unwrap_or(u32::MAX);
                (offset - edit.range.start).saturating_sub(length)
            });
        u32::try_from(i64::from(offset - within) + growth).unwrap_or_default()
    }

    /// The same edits, for the text as it is after `first`, whose edits they don't overlap. Where both insert at one
    /// offset, these come first.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let edits = self.edits.iter().map(|edit| {
            let end = first.forward(edit.range.end, Bias::Before);
            let start = if edit.range.is_empty() {
                end
            } else {
                first.forward(edit.range.start, Bias::After)
            };
            TextEdit::replace(Span::new(start, end), edit.text.clone())
        });
        Self {
            edits: edits.collect(),
            growth: self.growth.clone(),
        }
    }

    /// True when something in `range` changes, or is inserted at its start.
    #[must_use]
    pub fn change(&self, range: Span) -> bool {
        let first = self.edits.partition_point(|edit| {
            edit.range.end < range.start
                || (edit.range.end == range.start && !edit.range.is_empty())
        });
        self.edits
            .get(first)
            .is_some_and(|edit| edit.range.start < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(list: &[(u32, u32, &str)]) -> Result<Edits, EditError> {
        Edits::new(
            list.iter()
                .map(|&(start, end, text)| TextEdit::replace(Span::new(start, end), text))
                .collect(),
        )
    }

    #[test]
    fn edits_are_made_in_order_of_place() {
        let edits = edits(&[(8, 8, "!"), (4, 7, "b"), (0, 1, "AA")]).unwrap();
        assert_eq!(edits.apply("a = 日 c"), "AA = b !c");
        assert_eq!(Edits::default().apply("é"), "é");
    }

    #[test]
    fn insertions_come_in_the_order_given_and_before_what_begins_there() {
        let edits = edits(&[
            (2, 4, "x"),
            (2, 2, "1"),
            (2, 2, "2"),
            (4, 4, "3"),
            (0, 2, ""),
        ]);
        assert_eq!(edits.unwrap().apply("abcdef"), "12x3ef");
    }

    #[test]
    fn overlap_is_refused() {
        let span = Span::new;
        assert_eq!(
            edits(&[(3, 6, ""), (0, 4, "")]),
            Err(EditError::Overlap(span(0, 4), span(3, 6)))
        );
        assert_eq!(
            edits(&[(2, 2, "x"), (0, 4, "")]),
            Err(EditError::Overlap(span(0, 4), span(2, 2)))
        );
        assert_eq!(edits(&[(2, 1, "")]), Err(EditError::Reversed(span(2, 1))));
        let one = edits(&[(0, 2, "a")]).unwrap();
        assert!(one.clone().merge(edits(&[(1, 3, "b")]).unwrap()).is_err());
        let both = one.merge(edits(&[(2, 3, "b")]).unwrap()).unwrap();
        assert_eq!(both.apply("xyz."), "ab.");
    }

    #[test]
    fn what_stays_is_found_again() {
        let before = "import a\n\ndef view(b, c):\n    pass\n";
        let at = |part: &str| u32::try_from(before.find(part).unwrap()).unwrap();
        let edits = Edits::new(vec![
            TextEdit::replace(Span::new(0, 8), "from é import a, z"),
            TextEdit::insert(at("def"), "async "),
            TextEdit::replace(Span::new(at("b, c"), at("):")), ""),
        ])
        .unwrap();
        let after = edits.apply(before);
        for part in ["\n\n", "def", "view", "):", "pass"] {
            let place = edits.forward(at(part), Bias::After) as usize;
            assert!(after[place..].starts_with(part), "{part}");
        }
        let def = edits.forward(at("def"), Bias::Before) as usize;
        assert!(after[def..].starts_with("async def"));
        let end = u32::try_from(before.len()).unwrap();
        assert_eq!(edits.forward(end, Bias::After) as usize, after.len());
    }

    #[test]
    fn an_offset_in_what_is_replaced_stays_in_what_takes_its_place() {
        let edits = edits(&[(2, 8, "xyz")]).unwrap();
        let places: Vec<u32> = (0..=9).map(|at| edits.forward(at, Bias::After)).collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 5, 5, 5, 6]);
    }

    #[test]
    fn one_set_after_the_other_is_both_at_once() {
        let text = "one two three four";
        let first = edits(&[(4, 7, "2"), (14, 14, "and ")]).unwrap();
        let second = edits(&[(0, 3, "eins"), (8, 8, ""), (14, 14, "or "), (14, 18, "")]).unwrap();
        let stepwise = second.after(&first).apply(&first.apply(text));
        assert_eq!(stepwise, "eins 2 three or and ");
        assert_eq!(second.merge(first).unwrap().apply(text), stepwise);
    }

    #[test]
    fn a_range_changes_when_something_in_it_or_at_its_start_does() {
        let edits = edits(&[(2, 4, ""), (6, 6, "x")]).unwrap();
        let changed = |start, end| edits.change(Span::new(start, end));
        assert!(changed(3, 5) && changed(6, 7) && changed(0, 9));
        assert!(!changed(0, 2) && !changed(4, 6) && !changed(7, 9));
    }
}
