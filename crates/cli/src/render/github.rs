//! Annotations of GitHub Actions.

use std::io::{self, Write};

use unblocked_rewriter::Severity;

use super::FileFindings;

/// One workflow command for each finding.
pub(crate) fn github(out: &mut impl Write, files: &[FileFindings<'_>]) -> io::Result<()> {
    for file in files {
        for finding in &file.findings {
            let level = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let start = file.lines.location(finding.before.start);
            let end = file.lines.location(finding.before.end);
            write!(
                out,
                "::{level} title={},file={},line={},",
                property(&format!("Unblocked ({})", finding.rule)),
                property(file.path),
                start.line
            )?;
            // GitHub accepts columns only within one line.
            if start.line == end.line {
                write!(out, "col={},endColumn={},", start.column, end.column)?;
            }
            writeln!(out, "endLine={}::{}", end.line, message(&finding.message))?;
        }
    }
    Ok(())
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_can_end_its_field() {
        assert_eq!(message("100%\n::error::x"), "100%25%0A::error::x");
        assert_eq!(property("a,file=b:c"), "a%2Cfile=b%3Ac");
    }
}
