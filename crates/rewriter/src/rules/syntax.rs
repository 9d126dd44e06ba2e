//! # syntax/error
//!
//! A part of the file is not Python 3, or is not complete.
//!
//! The function that it stands in is left as it is; the code around it is still analysed and converted.
//!
//! Manual: mend it first.
//!
//! ```python before
//! def broken(request):
//!     total = = Product.objects.count()
//!     return HttpResponse(total)
//!
//!
//! def sound(request):
//!     return HttpResponse(Product.objects.count())
//! ```
//! ```python after
//! def broken(request):
//!     total = = Product.objects.count()
//!     return HttpResponse(total)
//!
//!
//! async def sound(request):
//!     return HttpResponse(await Product.objects.acount())
//! ```

use unblocked_analyzer::{FileFacts, Site};

use crate::draft::{Draft, Outcome, excerpt};
use crate::report::{Applicability, Finding, FindingState, Range, Severity};

/// How many errors of a file are reported: the first ones tell.
const MOST: usize = 10;

/// What Python is.
const GRAMMAR: &str = "https://docs.python.org/3/reference/grammar.html";

/// What is damaged has no sites.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The file's syntax errors.
pub(crate) fn findings(facts: &FileFacts) -> Vec<Finding> {
    let mut end = 0;
    let outermost = facts.ast().errors().iter().filter(|error| {
        let is_inside = error.end <= end && !error.is_empty();
        end = end.max(error.end);
        !is_inside
    });
    outermost
        .take(MOST)
        .map(|error| Finding {
            rule: "syntax/error".to_owned(),
            severity: Severity::Warning,
            applicability: Applicability::Manual,
            state: FindingState::Open,
            message: match excerpt(error.of(facts.text()).trim()).as_str() {
                "" => "something is missing here".to_owned(),
                text => format!("`{text}` is not Python 3"),
            },
            help: Some(
                "the function around it is left as it is, the rest of the file is converted"
                    .to_owned(),
            ),
            before: Range {
                start: error.start as usize,
                end: error.end as usize,
            },
            after: None,
            function: None,
            docs_url: Some(GRAMMAR.to_owned()),
            fingerprint: String::new(),
            can_be_rejected: false,
            decision: None,
            decided_by: None,
            chain: Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    #[test]
    fn errors_are_named_where_they_are() {
        let text = "x = 1\ny = = 2\n";
        let report = report_with(text, &Options::for_paste());
        let [error] = &report.findings[..] else {
            panic!("{:?}", report.findings);
        };
        assert_eq!(error.rule, "syntax/error");
        assert!(text[..error.before.start].starts_with("x = 1\ny"));
        assert!(
            report_with("x = 1\n", &Options::for_paste())
                .findings
                .is_empty()
        );
    }
}
