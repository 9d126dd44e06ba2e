//! What is to be known of code without changing it.

use serde::Serialize;
use unblocked_rewriter::{FileReport, Finding, FunctionReport, Report, Timeline};

/// What waits, and what would fail, in a set of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Analysis {
    /// Every file that was given, in the order of their paths.
    pub files: Vec<FileAnalysis>,
    /// What each view waits for, and when.
    pub timelines: Vec<Timeline>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileAnalysis {
    /// The path that the file was given under.
    pub path: String,
    /// What was found, in order of place.
    pub findings: Vec<Finding>,
    /// The functions that wait for something, with what a migration makes of them.
    pub functions: Vec<FunctionReport>,
    /// True when the file's bare statements were read as the body of an async view.
    pub bare_statements: bool,
}

impl From<Report> for Analysis {
    fn from(report: Report) -> Self {
        Self {
            files: report.files.into_iter().map(FileAnalysis::from).collect(),
            timelines: report.timelines,
        }
    }
}

impl From<FileReport> for FileAnalysis {
    fn from(file: FileReport) -> Self {
        let mut findings = file.findings;
        for finding in &mut findings {
            // There is no text after that it would be a place of.
            finding.after = None;
        }
        Self {
            path: file.path,
            findings,
            functions: file.functions,
            bare_statements: file.bare_statements,
        }
    }
}

#[cfg(test)]
mod tests {
    use unblocked_rewriter::Options;

    use super::*;
    use crate::Session;

    #[test]
    fn an_analysis_has_the_findings_of_a_migration_without_its_text() {
        let mut session = Session::new();
        session.set_file(
            "views.py",
            "import requests\n# 📦\ndef rates(request):\n    return JsonResponse(requests.get('https://a.example/').json())\n",
        );
        let report = session.migrate(&Options::for_paste());
        let analysis = Analysis::from(report.clone());
        let [file] = &*analysis.files else {
            panic!("one file: {:?}", analysis.files);
        };
        assert_eq!(file.functions, report.files[0].functions);
        assert_eq!(file.findings.len(), report.files[0].findings.len());
        assert!(!file.findings.is_empty());
        assert!(file.findings.iter().all(|finding| finding.after.is_none()));
        assert_eq!(analysis.timelines, report.timelines);
    }
}
