//! Three-way merge, line by line: what the user made of a generated text, put into the text that is generated now.

use similar::DiffOp;

use super::diff::{diff, lines};

const OPEN: &str = "<<<<<<< yours\n";
const MIDDLE: &str = "=======\n";
const CLOSE: &str = ">>>>>>> generated\n";

/// Which side of a conflict is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What the user wrote.
    Yours,
    /// What is generated now.
    Generated,
    /// Both, the user's first.
    Both,
}

/// Lines of the base and what takes their place.
#[derive(Debug, Clone, Copy)]
struct Hunk {
    start: usize,
    end: usize,
    new: (usize, usize),
    yours: bool,
}

fn hunks(base: &[&str], new: &[&str], yours: bool) -> Vec<Hunk> {
    diff(base, new)
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            Hunk {
                start: old.start,
                end: old.end,
                new: (new.start, new.end),
                yours,
            }
        })
        .collect()
}

/// What one side makes of the base's lines `from..to`, which no hunk of it crosses.
fn side<'text>(
    base: &[&'text str],
    new: &[&'text str],
    group: &[Hunk],
    yours: bool,
    (from, to): (usize, usize),
) -> Vec<&'text str> {
    let mut result = Vec::new();
    let mut at = from;
    for hunk in group.iter().filter(|hunk| hunk.yours == yours) {
        result.extend(base.get(at..hunk.start).into_iter().flatten());
        result.extend(new.get(hunk.new.0..hunk.new.1).into_iter().flatten());
        at = hunk.end;
    }
    result.extend(base.get(at..to).into_iter().flatten());
    result
}

fn push(text: &mut String, lines: &[&str]) {
    for line in lines {
        text.push_str(line);
    }
}

/// Ends a text's last line, if there is one.
fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Puts the changes that lead from `base` to `yours` into `generated`, which comes from `base` as well. Where both
/// changed the same lines otherwise, both stay, between markers.
pub(crate) fn merge(base: &str, yours: &str, generated: &str) -> String {
    let (base, mine, theirs) = (lines(base), lines(yours), lines(generated));
    let mut all = hunks(&base, &mine, true);
    all.extend(hunks(&base, &theirs, false));
    // An insertion before a line comes before what changes the line.
    all.sort_by_key(|hunk| (hunk.start, hunk.end));
    let mut text = String::with_capacity(yours.len().max(generated.len()));
    let mut at = 0;
    let mut rest = &*all;
    while let Some(first) = rest.first() {
        let (from, mut to) = (first.start, first.end);
        let mut length = 1;
        while let Some(next) = rest.get(length) {
            let same_place = from == to && next.start == next.end && next.start == from;
            if next.start >= to && !same_place {
                break;
            }
            to = to.max(next.end);
            length += 1;
        }
        let (group, left) = rest.split_at(length);
        rest = left;
        push(&mut text, base.get(at..from).unwrap_or_default());
        at = to;
        let ours = side(&base, &mine, group, true, (from, to));
        let others = side(&base, &theirs, group, false, (from, to));
        if group.iter().all(|hunk| hunk.yours) || ours == others {
            push(&mut text, &ours);
        } else if group.iter().all(|hunk| !hunk.yours) {
            push(&mut text, &others);
        } else {
            conflict(&mut text, &ours, &others);
        }
    }
    push(&mut text, base.get(at..).unwrap_or_default());
    text
}

/// Writes both sides between markers; lines that both begin or end with stand outside.
fn conflict(text: &mut String, ours: &[&str], theirs: &[&str]) {
    let shorter = ours.len().min(theirs.len());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = ours.iter().zip(theirs).take_while(same).count();
    let tail = ours
        .iter()
        .rev()
        .zip(theirs.iter().rev())
        .take(shorter - head)
        .take_while(same)
        .count();
    let middle = |lines: &[&str]| -> String {
        let mut part: String = lines
            .get(head..lines.len() - tail)
            .unwrap_or_default()
            .concat();
        end_line(&mut part);
        part
    };
    push(text, ours.get(..head).unwrap_or_default());
    end_line(text);
    text.push_str(OPEN);
    text.push_str(&middle(ours));
    text.push_str(MIDDLE);
    text.push_str(&middle(theirs));
    text.push_str(CLOSE);
    push(text, ours.get(ours.len() - tail..).unwrap_or_default());
}

/// A part of a text that [`merge`] has marked.
struct Marked<'text> {
    before: &'text str,
    yours: &'text str,
    generated: &'text str,
    after: &'text str,
}

/// The place of a line.
fn find(text: &str, line: &str) -> Option<usize> {
    if text.starts_with(line) {
        return Some(0);
    }
    text.match_indices(line)
        .map(|(at, _)| at)
        .find(|at| text.get(..*at).is_some_and(|before| before.ends_with('\n')))
}

/// The first conflict of a text.
fn first(text: &str) -> Option<Marked<'_>> {
    let open = find(text, OPEN)?;
    let (before, rest) = (text.get(..open)?, text.get(open + OPEN.len()..)?);
    let middle = find(rest, MIDDLE)?;
    let (yours, rest) = (rest.get(..middle)?, rest.get(middle + MIDDLE.len()..)?);
    let close = find(rest, CLOSE)?;
    Some(Marked {
        before,
        yours,
        generated: rest.get(..close)?,
        after: rest.get(close + CLOSE.len()..)?,
    })
}

/// How many conflicts are marked in a text.
pub(crate) fn conflicts(text: &str) -> usize {
    let mut rest = text;
    let mut count = 0;
    while let Some(marked) = first(rest) {
        rest = marked.after;
        count += 1;
    }
    count
}

/// The place of the first conflict, in UTF-16 code units.
pub(crate) fn first_conflict(text: &str) -> Option<usize> {
    first(text).map(|marked| marked.before.encode_utf16().count())
}

/// Takes one side of every conflict.
pub(crate) fn resolve(text: &str, side: Side) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(marked) = first(rest) {
        result.push_str(marked.before);
        if side != Side::Generated {
            result.push_str(marked.yours);
        }
        if side != Side::Yours {
            result.push_str(marked.generated);
        }
        rest = marked.after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "a\nb\nc\nd\ne\n";

    #[test]
    fn changes_in_different_places_are_both_kept() {
        assert_eq!(
            merge(BASE, "a\nB\nc\nd\ne\n", "new\na\nb\nc\nd\nE\n"),
            "new\na\nB\nc\nd\nE\n"
        );
        assert_eq!(merge(BASE, "a\nc\nd\ne\n", "a\nb\nc\nd\n"), "a\nc\nd\n");
    }

    #[test]
    fn the_same_change_on_both_sides_is_made_once() {
        assert_eq!(
            merge(BASE, "a\nX\nc\nd\ne\n", "a\nX\nc\nd\nE\n"),
            "a\nX\nc\nd\nE\n"
        );
        assert_eq!(merge(BASE, BASE, BASE), BASE);
        assert_eq!(merge("", "x\n", "x\n"), "x\n");
    }

    #[test]
    fn neighbouring_lines_are_no_conflict() {
        assert_eq!(
            merge(BASE, "a\nB\nc\nd\ne\n", "a\nb\nC\nd\ne\n"),
            "a\nB\nC\nd\ne\n"
        );
        assert_eq!(
            merge(BASE, "a\n# mine\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n"),
            "a\n# mine\nB\nc\nd\ne\n"
        );
    }

    #[test]
    fn other_changes_of_the_same_lines_are_shown_as_a_conflict() {
        let merged = merge(BASE, "a\nmine\nc\nd\ne\n", "a\ntheirs\nc\nd\ne\n");
        assert_eq!(
            merged,
            "a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> generated\nc\nd\ne\n"
        );
        assert_eq!(conflicts(&merged), 1);
        assert_eq!(first_conflict(&merged), Some(2));
        assert_eq!(resolve(&merged, Side::Yours), "a\nmine\nc\nd\ne\n");
        assert_eq!(resolve(&merged, Side::Generated), "a\ntheirs\nc\nd\ne\n");
        assert_eq!(resolve(&merged, Side::Both), "a\nmine\ntheirs\nc\nd\ne\n");
    }

    #[test]
    fn a_change_and_a_removal_conflict_and_so_do_insertions_at_one_place() {
        let removed = merge(BASE, "a\nmine\nc\nd\ne\n", "a\nd\ne\n");
        assert_eq!(conflicts(&removed), 1);
        assert_eq!(resolve(&removed, Side::Generated), "a\nd\ne\n");
        let inserted = merge("a\n", "a\nmine\n", "a\ntheirs\n");
        assert_eq!(resolve(&inserted, Side::Both), "a\nmine\ntheirs\n");
    }

    #[test]
    fn a_missing_last_line_end_does_no_harm() {
        let merged = merge("a\nb", "a\nmine", "a\ntheirs");
        assert_eq!(conflicts(&merged), 1);
        assert_eq!(resolve(&merged, Side::Yours), "a\nmine\n");
        assert_eq!(merge("a", "a\nb", "a"), "a\nb");
    }

    #[test]
    fn nothing_of_either_side_is_lost() {
        // Every line of both sides that the base does not have is in the merged text.
        let texts = [
            "",
            "a\n",
            "b\nc\n",
            "a\nc\nx\n",
            "y\na\nb\nc\n",
            "c\nb\na\n",
        ];
        for base in texts {
            for yours in texts {
                for generated in texts {
                    let merged = merge(base, yours, generated);
                    for line in lines(yours).iter().chain(&lines(generated)) {
                        assert!(
                            base.contains(line) || merged.contains(line),
                            "{base:?} {yours:?} {generated:?} {merged:?}"
                        );
                    }
                    assert_eq!(merge(base, yours, base), yours);
                    assert_eq!(merge(base, base, generated), generated);
                }
            }
        }
    }

    #[test]
    fn text_that_only_looks_like_markers_is_text() {
        assert_eq!(
            conflicts("x <<<<<<< yours\n=======\n>>>>>>> generated\n"),
            0
        );
        assert_eq!(conflicts("<<<<<<< yours\nno end\n"), 0);
    }
}
