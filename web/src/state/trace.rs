//! Where a place of the text after comes from.

use unblocked_rewriter::Edit;

use super::File;

/// The place of the text before that a place of the text after comes from, in UTF-16 code units; none where an edit put it.
fn origin(at: usize, edits: &[Edit]) -> Option<usize> {
    // What the edits so far have put in and taken out.
    let (mut put, mut taken) = (0, 0);
    for edit in edits {
        let start = (edit.range.start + put).checked_sub(taken)?;
        if at < start {
            break;
        }
        let length = edit.text.encode_utf16().count();
        if at < start + length {
            return None;
        }
        put += length;
        taken += edit.range.end - edit.range.start;
    }
    (at + taken).checked_sub(put)
}

/// The name that a place is in or at the end of.
fn name_at(text: &str, at: usize) -> Option<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let is_name = |unit: &u16| {
        char::from_u32(u32::from(*unit)).is_none_or(|it| it.is_alphanumeric() || it == '_')
    };
    let before = units.get(..at)?.iter().rev().take_while(|it| is_name(it));
    let after = units.get(at..)?.iter().take_while(|it| is_name(it));
    let start = at - before.count();
    let name = units.get(start..at + after.count())?;
    (!name.is_empty()).then(|| String::from_utf16_lossy(name))
}

impl File {
    /// The place of the text before that has the name which stands at a place of the generated text. None where the text after
    /// is the user's own, the name is new there, or the texts do not belong together any more.
    pub(crate) fn place_before(&self, after: usize) -> Option<usize> {
        let report = self.report.as_ref().filter(|_| !self.is_edited())?;
        let before = origin(after, &report.edits)?;
        let name = name_at(self.after.text(), after)?;
        (name_at(&self.before, before)? == name).then_some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unblocked_rewriter::Range;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            range: Range { start, end },
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_place_that_no_edit_made_is_where_it_was() {
        // `import 📦`, a line taken out, a word put in.
        let edits = [
            edit(0, 0, "import 📦\n"),
            edit(4, 9, ""),
            edit(12, 12, "await "),
        ];
        assert_eq!(origin(3, &edits), None);
        assert_eq!(origin(10, &edits), Some(0));
        assert_eq!(origin(13, &edits), Some(3));
        assert_eq!(origin(14, &edits), Some(9));
        assert_eq!(origin(17, &edits), None);
        assert_eq!(origin(23, &edits), Some(12));
        assert_eq!(origin(5, &[]), Some(5));
    }

    #[test]
    fn a_name_is_found_from_any_of_its_places() {
        let text = "x = größe_1(📦, π)";
        assert_eq!(name_at(text, 4).as_deref(), Some("größe_1"));
        assert_eq!(name_at(text, 7).as_deref(), Some("größe_1"));
        assert_eq!(name_at(text, 11).as_deref(), Some("größe_1"));
        assert_eq!(name_at(text, 3), None);
        assert_eq!(name_at(text, 99), None);
    }
}
