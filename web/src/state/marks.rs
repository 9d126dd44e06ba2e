//! Which parts of both texts changed.

use unblocked_rewriter::{Edit, Range};
use unblocked_wasm::Utf16Index;

/// The changed ranges of both texts, in UTF-16 code units, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Of the text before: what was replaced or removed, and where something was put in within a line.
    pub(crate) before: Vec<Range>,
    /// Of the text after: what is new, and where something was taken out within a line.
    pub(crate) after: Vec<Range>,
}

/// The changed ranges that `edits` of `text` make; their own ranges are in code units.
pub(crate) fn marks(text: &str, edits: &[Edit]) -> Marks {
    let index = Utf16Index::new(text);
    let bytes = text.as_bytes();
    let mut marks = Marks::default();
    // Code units put in and taken out so far.
    let (mut put, mut taken) = (0, 0);
    for edit in edits {
        let Range { start, end } = edit.range;
        let length: usize = edit.text.encode_utf16().count();
        let at = start + put - taken;
        put += length;
        taken += end - start;
        let (Some(first), Some(last)) = (index.to_byte(start), index.to_byte(end)) else {
            continue;
        };
        let opens = first == 0 || bytes.get(first - 1) == Some(&b'\n');
        let closes = last == bytes.len() || bytes.get(last) == Some(&b'\n');
        let old = text.get(first..last).unwrap_or_default();
        // Whole lines that come or go leave no mark on the other side.
        let whole = |part: &str| {
            (opens && part.ends_with('\n')) || (closes && part.starts_with('\n')) || part.is_empty()
        };
        // A line break at the border belongs to the neighbour.
        let lead = |part: &str| usize::from(closes && !opens && part.starts_with('\n'));
        if !(old.is_empty() && whole(&edit.text)) {
            marks.before.push(Range {
                start: start + lead(old),
                end,
            });
        }
        if !(edit.text.is_empty() && whole(old)) {
            marks.after.push(Range {
                start: at + lead(&edit.text),
                end: at + length,
            });
        }
    }
    marks
}

/// Where a range of the text before is in the text after, by what `edits` put in and take out before it.
pub(crate) fn carry(range: Range, edits: &[Edit]) -> Range {
    let place = |at: usize| {
        let mut moved = at;
        for edit in edits.iter().take_while(|edit| edit.range.end <= at) {
            moved = moved + edit.text.encode_utf16().count() - (edit.range.end - edit.range.start);
        }
        moved
    };
    let start = place(range.start);
    Range {
        start,
        end: place(range.end).max(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks as the texts they cover.
    fn check(before: &str, edits: &[(&str, &str)], old: &[&str], new: &[&str]) {
        let mut after = before.to_owned();
        let mut list = Vec::new();
        for (part, text) in edits {
            let byte = before.find(part.trim_start_matches('^')).unwrap();
            let part = if part.starts_with('^') { "" } else { part };
            let start = before[..byte].encode_utf16().count();
            list.push(Edit {
                range: Range {
                    start,
                    end: start + part.encode_utf16().count(),
                },
                text: (*text).to_owned(),
            });
        }
        for (edit, (part, text)) in list.iter().zip(edits).rev() {
            let index = Utf16Index::new(before);
            let start = index.to_byte(edit.range.start).unwrap();
            let end = index.to_byte(edit.range.end).unwrap();
            assert!(part.starts_with('^') || &before[start..end] == *part);
            after.replace_range(start..end, text);
        }
        let marks = marks(before, &list);
        let cut = |text: &str, ranges: &[Range]| -> Vec<String> {
            let units: Vec<u16> = text.encode_utf16().collect();
            ranges
                .iter()
                .map(|range| String::from_utf16(&units[range.start..range.end]).unwrap())
                .collect()
        };
        assert_eq!(cut(before, &marks.before), old);
        assert_eq!(cut(&after, &marks.after), new);
    }

    #[test]
    fn a_word_put_in_marks_the_line_on_both_sides() {
        check(
            "def a():\n    pass\n",
            &[("^def", "async ")],
            &[""],
            &["async "],
        );
    }

    #[test]
    fn whole_lines_put_in_mark_the_after_side_alone() {
        check(
            "a = 1\nb = 2\n",
            &[("^b", "import asyncio\n")],
            &[],
            &["import asyncio\n"],
        );
        check("a = 1\nb = 2", &[("^\n", "\nnew = 3")], &[], &["new = 3"]);
    }

    #[test]
    fn whole_lines_taken_out_mark_the_before_side_alone() {
        check(
            "import requests\nb = 2\n",
            &[("import requests\n", "")],
            &["import requests\n"],
            &[],
        );
    }

    #[test]
    fn places_count_what_came_and_went_before_them() {
        check(
            "x = '📦'\nimport requests\ny = get()\n",
            &[("import requests\n", ""), ("get()", "await aget()")],
            &["import requests\n", "get()"],
            &["await aget()"],
        );
    }

    #[test]
    fn a_place_is_carried_over_what_changes_before_it() {
        let edit = |start, end, text: &str| Edit {
            range: Range { start, end },
            text: text.to_owned(),
        };
        let edits = [
            edit(0, 0, "import 📦\n"),
            edit(4, 9, ""),
            edit(30, 31, "xyz"),
        ];
        let range = Range { start: 12, end: 20 };
        assert_eq!(carry(range, &edits), Range { start: 17, end: 25 });
        let first = Range { start: 2, end: 3 };
        assert_eq!(carry(first, &edits), Range { start: 12, end: 13 });
    }
}
