//! Unified diffs.

use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use similar::TextDiff;

/// The change of one file as a unified diff that `git apply` and `patch -p1` accept.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new) = if path.starts_with('/') || path.get(1..2) == Some(":") {
        (path.to_owned(), path.to_owned())
    } else {
        (format!("a/{path}"), format!("b/{path}"))
    };
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&old, &new)
        .to_string()
}

/// Prints a diff: byte for byte into a file or pipe, in color and without control characters on a terminal.
pub(crate) fn print(diff: &str) -> io::Result<()> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return stdout.lock().write_all(diff.as_bytes());
    }
    let mut out = anstream::stdout().lock();
    for line in diff.lines() {
        let style = style_of(line);
        let visible = line.replace(|it: char| it.is_control() && it != '\t', "\u{fffd}");
        writeln!(out, "{style}{visible}{style:#}")?;
    }
    Ok(())
}

fn style_of(line: &str) -> Style {
    if line.starts_with("---") || line.starts_with("+++") {
        Style::new().bold()
    } else if line.starts_with("@@") {
        AnsiColor::Cyan.on_default()
    } else if line.starts_with('+') {
        AnsiColor::Green.on_default()
    } else if line.starts_with('-') {
        AnsiColor::Red.on_default()
    } else {
        Style::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_one_that_tools_apply() {
        let diff = unified("shop/views.py", "a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(
            diff,
            "--- a/shop/views.py\n+++ b/shop/views.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        );
    }

    #[test]
    fn line_ends_stay_in_the_diff() {
        let diff = unified("v.py", "a\r\nb", "a\r\nB");
        assert!(diff.contains(" a\r\n-b\n\\ No newline at end of file\n+B\n\\ No newline"));
    }
}
