//! What differs between two texts, line by line. `similar` does the work on numbers for lines: its own types for texts
//! would bring every algorithm in many forms, a fifth of the page's code.

use std::collections::HashMap;
use std::fmt::Write;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;
use similar::{DiffOp, DiffTag, group_diff_ops};

/// Unchanged lines around each change of a patch.
const CONTEXT: usize = 3;

/// Lines with their ends, as git has them: a lone carriage return ends none.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// What leads from `old` to `new`.
pub(super) fn diff(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut all = Vec::with_capacity(old.len() + new.len());
    for line in old.iter().chain(new) {
        let next = numbers.len();
        all.push(*numbers.entry(line).or_insert(next));
    }
    let (old, new) = all.split_at(old.len());
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    match myers::diff(&mut found, old, 0..old.len(), new, 0..new.len()) {
        Ok(()) => found.into_inner().into_inner().into_ops(),
        Err(never) => match never {},
    }
}

/// One file's change as a unified diff under these names; empty when there is none.
pub(super) fn unified(names: (&str, &str), before: &str, after: &str) -> String {
    let (old, new) = (lines(before), lines(after));
    let mut text = String::new();
    for hunk in group_diff_ops(diff(&old, &new), CONTEXT) {
        if text.is_empty() {
            let _ = writeln!(text, "--- {}\n+++ {}", names.0, names.1);
        }
        let _ = writeln!(text, "{}", UnifiedHunkHeader::new(&hunk));
        for op in hunk {
            let mut put = |sign: char, lines: &[&str]| {
                for line in lines {
                    text.push(sign);
                    text.push_str(line);
                    if !line.ends_with('\n') {
                        text.push_str("\n\\ No newline at end of file\n");
                    }
                }
            };
            let gone = old.get(op.old_range()).unwrap_or_default();
            if op.tag() == DiffTag::Equal {
                put(' ', gone);
            } else {
                put('-', gone);
                put('+', new.get(op.new_range()).unwrap_or_default());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use similar::TextDiff;

    use super::*;

    #[test]
    fn patches_are_those_of_the_command() {
        let mut seed = 11_u32;
        let mut next = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % most
        };
        for round in 0..200 {
            let length = next(if round % 10 == 0 { 400 } else { 30 });
            let before: Vec<String> = (0..length).map(|_| format!("line {}\n", next(9))).collect();
            let mut after = before.clone();
            for _ in 0..next(6) {
                let at = next(u32::try_from(after.len()).unwrap() + 1) as usize;
                if at < after.len() && next(2) == 0 {
                    after.remove(at);
                } else {
                    after.insert(at, format!("new {}\n", next(4)));
                }
            }
            let (mut before, mut after) = (before.concat(), after.concat());
            if next(3) == 0 {
                before.pop();
            }
            if next(3) == 0 {
                after.pop();
            }
            let (old, new) = (lines(&before), lines(&after));
            let whole = TextDiff::configure()
                .newline_terminated(true)
                .diff_slices(&old, &new);
            let expected = whole
                .unified_diff()
                .context_radius(CONTEXT)
                .header("a/x", "b/x")
                .to_string();
            assert_eq!(unified(("a/x", "b/x"), &before, &after), expected);
        }
    }
}
