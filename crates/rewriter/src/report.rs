//! What a migration answers: plain data that every surface (command, page, JavaScript API) shows.

use serde::{Deserialize, Serialize};
use unblocked_syntax::{Span, TextEdit};

use crate::because::Because;
use crate::decisions::{Choice, StaleDecision};
use crate::options::{HttpClient, Templates, Tests};
use crate::waits::{InTurn, Link, Place, Timeline};

/// How sure a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Same behaviour on the target Django. Applied.
    Safe,
    /// Right under the assumption which the message states. Applied, unless only safe changes are asked for.
    Review,
    /// Nothing was changed: the message says what to do by hand.
    Manual,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingState {
    /// The change was made.
    Applied,
    /// There is no change: it is to be done by hand.
    Open,
    /// The change was not made, as it was rejected; what is done instead is a finding of its own.
    Rejected,
    /// The change was not made, as only safe ones were asked for.
    Withheld,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Fails or misbehaves at run time if it stays.
    Error,
    /// Blocks, or may fail.
    Warning,
    /// Worth knowing.
    Info,
}

/// A half-open range of a text, in bytes of its UTF-8 form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Range {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl From<Span> for Range {
    fn from(span: Span) -> Self {
        Self {
            start: span.start as usize,
            end: span.end as usize,
        }
    }
}

/// One finding: what blocks or fails, where, and what was done about it or has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule's name, such as `orm/await-terminal`.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// How sure the change is; `Manual` findings come without one.
    pub applicability: Applicability,
    /// What became of it.
    pub state: FindingState,
    /// What is the matter, in one sentence.
    pub message: String,
    /// What was done, or what to do.
    pub help: Option<String>,
    /// Where it is in the before text.
    pub before: Range,
    /// Where its outcome is in the after text; `None` when nothing was changed.
    pub after: Option<Range>,
    /// The qualified name of the function around it, such as `ProductView.get`.
    pub function: Option<String>,
    /// A page of Django's or the library's documentation that says so.
    pub docs_url: Option<String>,
    /// What the code is known by in decisions about it, together with the file, the function and the rule.
    pub fingerprint: String,
    /// True when it is a change that a decision may reject or accept.
    pub can_be_rejected: bool,
    /// The decision about it.
    pub decision: Option<Choice>,
    /// The position of that decision in [`Options::decisions`](crate::Options::decisions).
    pub decided_by: Option<usize>,
    /// The shortest way from a view through helpers to what waits here, or behind the call that this is; empty when the view
    /// waits for it itself, or no view leads to it. Names joined with arrows read
    /// `view → service.load → client.fetch → requests.get`.
    pub chain: Vec<Link>,
}

impl Finding {
    /// [`Finding::chain`] as text; `None` when there is none.
    #[must_use]
    pub fn way(&self) -> Option<String> {
        let names: Vec<&str> = self.chain.iter().map(|link| &*link.name).collect();
        (!names.is_empty()).then(|| names.join(" → "))
    }
}

/// A range of the before text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub range: Range,
    /// What takes its place.
    pub text: String,
}

impl From<&TextEdit> for Edit {
    fn from(edit: &TextEdit) -> Self {
        Self {
            range: edit.range.into(),
            text: edit.text.clone(),
        }
    }
}

/// What was decided for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// `def` became `async def`.
    Convert,
    /// It keeps its sync form, and an `a`-prefixed async twin was added.
    Twin,
    /// It stays sync; async callers call it through `sync_to_async`.
    Wrap,
    /// It stays sync, for the reason given.
    Leave,
    /// It was async before.
    AlreadyAsync,
}

/// What a function is to Django.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionKind {
    /// A function view.
    View,
    /// A handler of a class-based view (`get`, `post`, …).
    Handler,
    /// Anything else.
    Function,
}

/// Whether a function may be made something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Possibility {
    /// `Convert`, `Twin`, `Wrap` or `Leave`.
    pub choice: Choice,
    /// Why it can't be; `None` when it can.
    pub obstacle: Option<String>,
}

/// One function and what was decided for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionReport {
    /// Qualified name within its file, such as `ProductView.get`.
    pub name: String,
    /// What it is to Django.
    pub kind: FunctionKind,
    /// Its header, in the before text.
    pub before: Range,
    /// What was decided.
    pub decision: Decision,
    /// Why, by name.
    pub because: Because,
    /// Why, in one sentence.
    pub reason: String,
    /// What it waits for, by effect (`query`, `http`, `mail`, …), callees included; sorted.
    pub effects: Vec<String>,
    /// What else may be decided for it.
    pub possibilities: Vec<Possibility>,
    /// What the reader decided for it.
    pub chosen: Option<Choice>,
    /// Of a view: why what it waits for passes one after another, as in its [`Timeline`], whose waits these count.
    #[serde(default)]
    pub in_turn: Vec<InTurn>,
}

/// One file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileReport {
    /// The path that the file was given under.
    pub path: String,
    /// The text after all applied changes; equal to the before text when there is none.
    pub after: String,
    /// The same as disjoint edits of the before text, in order.
    pub edits: Vec<Edit>,
    /// What was found, in order of place.
    pub findings: Vec<Finding>,
    /// The functions that wait for something or changed, in order of place.
    pub functions: Vec<FunctionReport>,
    /// True when the file's bare statements were read as the body of an async view.
    pub bare_statements: bool,
}

/// What a migration of a set of files came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Every file that was given, in the order of their paths.
    pub files: Vec<FileReport>,
    /// What each view waits for, and when: one for each view that waits, in the order of their places.
    pub timelines: Vec<Timeline>,
    /// The decisions that fit nothing at hand.
    pub stale: Vec<StaleDecision>,
}

impl Report {
    /// Every place that timelines and chains name, for who counts otherwise than in bytes.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let findings = self.files.iter_mut().flat_map(|file| &mut file.findings);
        let links = findings.flat_map(|finding| &mut finding.chain);
        let timelines = self.timelines.iter_mut().flat_map(Timeline::places_mut);
        links.map(|link| &mut link.place).chain(timelines)
    }
}

/// One documented example of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleExample {
    /// Code before.
    pub before: String,
    /// Where the code before fails: what it was meant to do, as synchronous code.
    pub meant: Option<String>,
    /// Code after, for the default options but the HTTP client.
    pub after: String,
    /// The HTTP client that it is an example of.
    pub http_client: HttpClient,
    /// True when only safe changes are asked for.
    pub safe_only: bool,
    /// What becomes of tests in it.
    pub tests: Tests,
    /// True when independent waits are asked to pass at the same time.
    pub concurrent: bool,
    /// What templates are asked for as.
    pub templates: Templates,
}

/// What a rule says of itself: its name, and the documentation that stands in its source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleInfo {
    /// Group and kebab-case name: `orm/await-terminal`.
    pub name: String,
    /// The first sentence of its documentation.
    pub summary: String,
    /// All of its documentation, as Markdown.
    pub docs: String,
    /// Its documented before/after pairs.
    pub examples: Vec<RuleExample>,
}
