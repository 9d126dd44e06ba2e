//! Findings with their source lines.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use unblocked_rewriter::{Finding, Severity};

use super::{FileFindings, applicability};
use crate::engine::UNREADABLE;

/// Lines shown before and after the one that is meant.
const CONTEXT: usize = 1;

/// Each finding with its source lines. Styled: the stream drops the colors where they don't belong.
pub(crate) fn full(out: &mut impl Write, files: &[FileFindings<'_>]) -> io::Result<()> {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    for file in files {
        for finding in &file.findings {
            writeln!(out, "{}\n", renderer.render(&[group(file, finding)]))?;
        }
    }
    Ok(())
}

fn group<'a>(file: &'a FileFindings<'_>, finding: &'a Finding) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(&*finding.message).id(&*finding.rule);
    let mut group = Group::with_title(title);
    if finding.rule == UNREADABLE {
        group = group.element(Origin::path(file.path));
    } else {
        let (line, text, span) = file.lines.excerpt(finding.before, CONTEXT);
        let snippet = Snippet::source(text)
            .line_start(line)
            .path(file.path)
            .fold(false)
            .annotation(AnnotationKind::Primary.span(span));
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    if let Some(way) = finding.way() {
        group = group.element(Level::NOTE.message(format!("reached by {way}")));
    }
    if let Some(note) = applicability(finding.applicability) {
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(url) = &finding.docs_url {
        group = group.element(Level::NOTE.message(format!("see {url}")));
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Lines;
    use unblocked_rewriter::{Applicability, FindingState, Range};

    fn shown(text: &str, needle: &str) -> String {
        let start = text.find(needle).unwrap();
        let file = FileFindings {
            path: "shop/views.py",
            lines: Lines::new(text),
            findings: vec![Finding {
                rule: "orm/await-terminal".to_owned(),
                severity: Severity::Warning,
                applicability: Applicability::Safe,
                state: FindingState::Applied,
                message: "`get` runs a query".to_owned(),
                help: Some("await `aget`".to_owned()),
                before: Range {
                    start,
                    end: start + needle.len(),
                },
                after: None,
                function: None,
                docs_url: None,
                fingerprint: String::new(),
                can_be_rejected: false,
                decision: None,
                decided_by: None,
                chain: Vec::new(),
            }],
        };
        let mut out = anstream::StripStream::new(Vec::new());
        full(&mut out, &[file]).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_finding_shows_its_lines_with_carets() {
        let text =
            "import os\n\ndef view(request, pk):\n\tp = Product.objects.get(pk=pk)\n\treturn p\n";
        let expected = "\
warning[orm/await-terminal]: `get` runs a query
 --> shop/views.py:4:6
  |
3 | def view(request, pk):
4 |     p = Product.objects.get(pk=pk)
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^
5 |     return p
  |
  = help: await `aget`
  = note: `unblocked migrate` changes this, keeping its behaviour

";
        assert_eq!(shown(text, "Product.objects.get(pk=pk)"), expected);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = "x = 'a\u{1b}[31mb'  # é\r\ny = f(x)\r\n";
        let shown = shown(text, "f(x)");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert!(shown.contains("shop/views.py:2:5"), "{shown}");
    }
}
