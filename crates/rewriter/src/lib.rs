//! Plans which functions become async and rewrites them, one rule per file.

mod options;
mod report;

pub use options::{HttpClient, Options, World};
pub use report::{
    Applicability, Decision, Edit, FileReport, Finding, FunctionKind, FunctionReport, Range,
    Report, RuleExample, RuleInfo, Severity,
};
pub use unblocked_analyzer::Workspace;

/// Migrates the files of `workspace`.
#[must_use]
pub fn migrate(workspace: &Workspace, options: &Options) -> Report {
    let _ = options;
    Report {
        files: workspace
            .files()
            .map(|(path, text)| FileReport {
                path: path.to_owned(),
                after: text.to_owned(),
                edits: Vec::new(),
                findings: Vec::new(),
                functions: Vec::new(),
                bare_statements: false,
            })
            .collect(),
    }
}

/// Every rule, by name.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    Vec::new()
}
