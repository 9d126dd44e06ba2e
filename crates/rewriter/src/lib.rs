//! Plans which functions become async and rewrites them, one rule per file.
//!
//! An analysis says what waits; [`plan`] colors functions by trying [`draft`]s, in which the [`rules`] attach templates
//! to nodes; [`render`] lowers them to text and edits; [`imports`] adds and removes imports to match.

mod because;
mod classes;
mod concurrent;
mod decisions;
mod draft;
mod effects;
mod evaluation;
mod generators;
mod imports;
mod indent;
mod lookups;
mod meaning;
mod migrate;
mod options;
mod plan;
mod regions;
mod render;
mod report;
mod rewrites;
mod rules;
mod suites;
mod templates;
mod views;
mod waits;

pub use because::Because;
pub use decisions::{Choice, StaleDecision, UserDecision};
pub use meaning::{Meaning, meaning};
pub use migrate::migrate;
pub use options::{HttpClient, HttpClientScope, Options, Templates, Tests, World};
pub use report::{
    Applicability, Decision, Edit, FileReport, Finding, FindingState, FunctionKind, FunctionReport,
    Possibility, Range, Report, RuleExample, RuleInfo, Severity,
};
pub use rules::rules;
pub use unblocked_analyzer::{Progress, Workspace};
pub use unblocked_django::Effect;
pub use waits::{
    Condition, InTurn, Link, Load, Occupies, Passing, Place, Schedule, Step, Timeline, Wait,
    WaitForm, WhyInTurn,
};
