//! From a workspace to a report.

mod sessions;

use std::collections::BTreeMap;

use unblocked_analyzer::{Analysis, FileFacts, FunctionRef, Progress, Workspace};
use unblocked_syntax::{Bias, Edits, Field, NodeId, SmallSort};

use crate::classes::Families;
use crate::decisions::{Decided, Fingerprints};
use crate::draft::{Color, Draft, Note, SetAside};
use crate::effects::Effects;
use crate::imports::Imports;
use crate::options::Options;
use crate::plan::{Plan, Planner};
use crate::regions::Regions;
use crate::render::render;
use crate::report::{
    Applicability, Decision, Edit, FileReport, Finding, FindingState, FunctionKind, FunctionReport,
    Range, Report, Severity,
};
use crate::rewrites::{FileRewrites, Rewrites, Twin, template};
use crate::rules::asynchronous::{self, missing_await};
use crate::rules::http::{Blocks, Http};
use crate::rules::middleware::thread_hop;
use crate::rules::orm::atomic_requests;
use crate::rules::plan::{cancelled_write, streaming, thread_local, unknown_call};
use crate::rules::suites::{patched_function, patched_request};
use crate::rules::syntax;
use crate::suites::Suites;
use crate::views::is_view;
use crate::waits::{chains, pairs, timelines};
use sessions::Sent;

/// Migrates the files of `workspace`.
#[must_use]
pub fn migrate(workspace: &Workspace, options: &Options) -> Report {
    let analysis = workspace.analyze();
    workspace.tell(Progress::Planning);
    let mut families = Families::new(&analysis);
    let decided = Decided::new(&analysis, options);
    let blocks = Blocks::new(&analysis, &families, options, &decided);
    let regions = Regions::new(&analysis, &families, blocks.asynchronous());
    let suites = Suites::new(&analysis, options, &decided);
    let mut effects = Effects::new(&analysis, &regions, &families, suites);
    families.complete(&analysis, options, &effects);
    effects.follow_overrides(&analysis, &families);
    let http = Http::new(&analysis, &effects, options, &decided, blocks);
    let planner = Planner::new(&analysis, &families, &effects, options, &decided, &http);
    let coloring = planner.color();
    let mut plan = planner.plan(&coloring);
    let timelines = timelines(&planner, &plan);
    let sent = Sent::new(&planner, &plan);
    let mut files: Vec<FileReport> = (0..analysis.world.files.len())
        .filter_map(|file| FileWriter::new(&planner, &mut plan, &sent, file))
        .map(|writer| {
            let done = writer.index + 1;
            let report = writer.write();
            let all = analysis.world.files.len();
            workspace.tell(Progress::Written { done, all });
            report
        })
        .collect();
    patched_request::check(&analysis, options, &mut files);
    patched_function::replaced::check(&analysis, options, &mut files);
    thread_hop::check(&analysis, options, &mut files);
    chains::attach(&mut files, &timelines);
    pairs::attach(&mut files, &timelines);
    files.extend(workspace.resources().map(untouched));
    files.small_sort_by(|a, b| a.path.cmp(&b.path));
    Report {
        files,
        timelines,
        stale: decided.stale.clone(),
    }
}

/// A file that is no Python: it is read by others, and stays as it is.
fn untouched((path, text): (&str, &str)) -> FileReport {
    FileReport {
        path: path.to_owned(),
        after: text.to_owned(),
        edits: Vec::new(),
        findings: Vec::new(),
        functions: Vec::new(),
        bare_statements: false,
    }
}

/// Gathers what changes in one file and writes it.
struct FileWriter<'a> {
    facts: &'a FileFacts,
    analysis: &'a Analysis<'a>,
    decided: &'a Decided<'a>,
    index: usize,
    rewrites: FileRewrites,
    imports: Imports,
    notes: Vec<(Note, Option<usize>)>,
    set_aside: Vec<(SetAside, Option<usize>)>,
    functions: Vec<FunctionReport>,
    bare_statements: bool,
}

impl<'a> FileWriter<'a> {
    fn new(planner: &Planner<'a>, plan: &mut Plan<'a>, sent: &Sent, file: usize) -> Option<Self> {
        let facts = planner.analysis.world.file(file)?;
        let mut writer = Self {
            facts,
            analysis: planner.analysis,
            decided: planner.decided,
            index: file,
            rewrites: FileRewrites::default(),
            imports: Imports::default(),
            notes: Vec::new(),
            set_aside: Vec::new(),
            functions: Vec::new(),
            bare_statements: false,
        };
        for index in 0..facts.functions.len() {
            let function = FunctionRef { file, index };
            writer.function(planner, plan, function);
        }
        writer.shapes(plan);
        writer.sessions(planner, plan, sent, file);
        if planner.options.changes(&facts.path) {
            writer.declared(planner, plan, file);
        }
        if planner.options.bare_statements && facts.functions.is_empty() && facts.classes.is_empty()
        {
            writer.bare(plan, file);
        }
        Some(writer)
    }

    fn function(&mut self, planner: &Planner<'a>, plan: &mut Plan<'a>, function: FunctionRef) {
        let Some(definition) = self.facts.functions.get(function.index) else {
            return;
        };
        let name = self.facts.ast().child(definition.node, Field::Name);
        if definition.is_async
            && (is_view(planner.analysis, planner.effects, function)
                || planner.families.is_entry(function))
        {
            let changes = plan.drafts.get(&function).is_some_and(Draft::changes);
            let notes = asynchronous::of_view(planner.analysis, function, planner.options, changes);
            self.notes
                .extend(notes.into_iter().map(|note| (note, Some(function.index))));
        }
        if definition.is_async
            && let Some(note) =
                asynchronous::of_function(planner.analysis, function, planner.options)
        {
            self.notes.push((note, Some(function.index)));
        }
        if !definition.is_async && !plan.drafts.contains_key(&function) {
            let sites = planner
                .effects
                .sites_of(function.file, Some(function.index));
            let notes = sites
                .filter_map(|site| missing_await::in_sync_code(self.facts, site, planner.options));
            self.notes
                .extend(notes.map(|note| (note, Some(function.index))));
        }
        if let Some(draft) = plan.drafts.remove(&function) {
            match plan.colors.get(&function) {
                Some(Color::Twin(twin)) => {
                    if !planner.has_twin(function, twin) {
                        self.twin(draft, function.index, Some(twin), name);
                    }
                }
                Some(Color::Variant) => {
                    // A branch holds those that have the function's name.
                    let twin = planner.variant_name(function);
                    self.twin(draft, function.index, twin.as_deref(), name);
                }
                color => {
                    let converts = color.is_some() && !definition.is_async;
                    let rewrites = self.absorb(draft, Some(function.index));
                    self.rewrites.main.absorb(rewrites, 0);
                    if converts {
                        self.rewrites.main.wrap(definition.node, "async ", "");
                    }
                }
            }
        }
        let color = plan.colors.get(&function);
        let becomes_async = matches!(color, Some(Color::Convert)) && !definition.is_async;
        if becomes_async || definition.is_async || matches!(color, Some(Color::Twin(_))) {
            let mut notes = thread_local::find(planner, function, plan.colors);
            notes.extend(streaming::find(planner, function, plan.colors));
            self.notes
                .extend(notes.into_iter().map(|note| (note, Some(function.index))));
        }
        if (becomes_async || matches!(color, Some(Color::Twin(_))))
            && !planner.is_of_tests(function)
            && let Some(note) = unknown_call::find(planner, function)
        {
            self.notes.push((note, Some(function.index)));
        }
        if becomes_async
            && plan.verdicts.get(&function).is_some_and(|it| it.is_view)
            && let Some(note) = cancelled_write::find(planner, function)
        {
            self.notes.push((note, Some(function.index)));
        }
        if let Some(name) = name
            && definition.is_async
            && is_view(planner.analysis, planner.effects, function)
            && let Some(settings) = atomic_requests::concerns(planner.analysis, function)
        {
            let note = atomic_requests::refused(name, &definition.name, settings, planner.options);
            self.notes.push((note, Some(function.index)));
        }
        if let Some(set_aside) = plan.set_aside.remove(&function) {
            let of = set_aside.into_iter().map(|one| (one, Some(function.index)));
            self.set_aside.extend(of);
        }
        let Some(verdict) = plan.verdicts.remove(&function) else {
            return;
        };
        let before = name.map_or_else(
            || self.facts.ast().span(definition.node),
            |name| self.facts.ast().span(name),
        );
        if let Some(name) = name
            && verdict.is_view
            && verdict.decision == Decision::Leave
            && planner.effects.reached(function).next().is_some()
        {
            self.notes.push((
                Note {
                    rule: "plan/view",
                    node: name,
                    severity: Severity::Info,
                    applicability: Applicability::Manual,
                    message: format!("`{}` stays synchronous", definition.name),
                    help: Some(verdict.reason.clone()),
                    docs_url: Some(unblocked_django::docs_url(
                        planner.options.target_version,
                        unblocked_django::topics::ASYNC,
                    )),
                },
                Some(function.index),
            ));
        }
        self.functions.push(FunctionReport {
            name: definition.qualname.clone(),
            kind: if planner.families.is_entry(function) {
                FunctionKind::Handler
            } else if verdict.is_view {
                FunctionKind::View
            } else {
                FunctionKind::Function
            },
            before: before.into(),
            decision: verdict.decision,
            because: verdict.because,
            reason: verdict.reason,
            effects: planner
                .effects
                .reached(function)
                .map(|effect| effect.as_str().to_owned())
                .collect(),
            possibilities: verdict.possibilities,
            chosen: verdict.chosen,
            in_turn: Vec::new(),
        });
    }

    /// What changes in class-based views beside their methods.
    fn shapes(&mut self, plan: &mut Plan<'a>) {
        let file = self.index;
        let (own, others): (Vec<_>, Vec<_>) = std::mem::take(&mut plan.shapes)
            .into_iter()
            .partition(|(of, _)| *of == file);
        plan.shapes = others;
        for (_, draft) in own {
            let rewrites = self.absorb(draft, None);
            self.rewrites.main.absorb(rewrites, 0);
        }
    }

    /// Takes over a draft's notes and imports; gives its rewrites with their findings renumbered.
    fn absorb(&mut self, draft: Draft<'_>, function: Option<usize>) -> Rewrites {
        let mut rewrites = Rewrites::default();
        rewrites.absorb(draft.rewrites, self.notes.len());
        let facts = self.facts;
        let of = |note: &Note| function.or_else(|| facts.function_around(note.node));
        let notes = draft.notes.into_iter().map(|note| (of(&note), note));
        self.notes
            .extend(notes.map(|(function, note)| (note, function)));
        let set_aside = draft.set_aside.into_iter();
        let set_aside = set_aside.map(|one| (of(&one.note), one));
        self.set_aside
            .extend(set_aside.map(|(function, one)| (one, function)));
        self.imports.absorb(draft.imports);
        rewrites
    }

    /// An async form beside the function, under a name of its own unless it stands in a branch.
    fn twin(
        &mut self,
        mut draft: Draft<'_>,
        index: usize,
        name: Option<&str>,
        old: Option<NodeId>,
    ) {
        let branch = draft.branch.take();
        let Some(definition) = self.facts.functions.get(index) else {
            return;
        };
        let mut rewrites = self.absorb(draft, Some(index));
        if let (Some(old), Some(name)) = (old, name) {
            rewrites.replace(old, template![name]);
        }
        rewrites.wrap(definition.node, "async ", "");
        self.rewrites.twins.push(Twin {
            statement: definition.statement,
            last: definition.statement,
            rewrites,
            branch,
        });
    }

    /// The file's statements as the body of an async view.
    fn bare(&mut self, plan: &mut Plan<'a>, file: usize) {
        if let Some(draft) = plan.bare.remove(&file) {
            self.bare_statements = true;
            let rewrites = self.absorb(draft, None);
            self.rewrites.main.absorb(rewrites, 0);
        }
    }

    /// What classes and settings declare.
    fn declared(&mut self, planner: &Planner<'a>, plan: &Plan<'a>, file: usize) {
        if let Some(mut draft) = Draft::new(planner, file, None, plan.colors, Vec::new()) {
            asynchronous::declared::check(&mut draft);
            let rewrites = self.absorb(draft, None);
            self.rewrites.main.absorb(rewrites, 0);
        }
    }

    fn write(self) -> FileReport {
        let facts = self.facts;
        let rendered = render(facts.ast(), facts.text(), &self.rewrites);
        let exported = |name: &str| self.is_imported_elsewhere(name);
        let import_edits = if rendered.edits.is_empty() {
            Edits::default()
        } else {
            self.imports
                .edits(facts, &rendered.kept, &rendered.edits, &exported)
        };
        // Where the import edits stand in the rendered text.
        let imports_after = import_edits.after(&rendered.edits);
        let shift = |at: u32| imports_after.forward(at, Bias::After) as usize;
        let mut outcomes = vec![None; self.notes.len()];
        for (finding, place) in &rendered.outcomes {
            if let Some(slot) = outcomes.get_mut(*finding) {
                *slot = Some(Range {
                    start: shift(place.start),
                    end: shift(place.end),
                });
            }
        }
        // Where an import and the first function meet, the import comes first. Should they overlap after all, nothing
        // changes: better than what nobody has checked.
        let edits = import_edits.merge(rendered.edits).unwrap_or_default();
        let after = edits.apply(facts.text());
        let places: Vec<(NodeId, Option<usize>)> = self
            .notes
            .iter()
            .map(|(note, function)| (note.node, *function))
            .chain(
                self.set_aside
                    .iter()
                    .map(|(one, function)| (one.note.node, *function)),
            )
            .collect();
        let prints = fingerprints(facts, &places);
        let made = self
            .notes
            .into_iter()
            .zip(outcomes)
            .map(|((note, function), after)| {
                let state = match note.applicability {
                    Applicability::Manual => FindingState::Open,
                    _ => FindingState::Applied,
                };
                (note, function, state, after)
            });
        let not_made = self
            .set_aside
            .into_iter()
            .map(|(SetAside { note, state }, function)| (note, function, state, None));
        let mut findings: Vec<Finding> = made
            .chain(not_made)
            .zip(prints)
            .map(|((note, function, state, after), fingerprint)| {
                let span = facts.ast().span(note.node);
                let can_be_rejected = note.applicability != Applicability::Manual;
                let decision = self
                    .decided
                    .change(self.index, function, note.rule, span)
                    .filter(|_| can_be_rejected);
                Finding {
                    rule: note.rule.to_owned(),
                    severity: note.severity,
                    applicability: note.applicability,
                    state,
                    message: note.message,
                    help: note.help,
                    before: span.into(),
                    after: after.filter(|_| state == FindingState::Applied),
                    function: function
                        .and_then(|index| facts.functions.get(index))
                        .map(|function| function.qualname.clone()),
                    docs_url: note.docs_url,
                    fingerprint,
                    can_be_rejected,
                    decision: decision.map(|(choice, _)| choice),
                    decided_by: decision.map(|(_, index)| index),
                    chain: Vec::new(),
                }
            })
            .collect();
        findings.extend(syntax::findings(facts));
        findings.small_sort_by_key(|finding| (finding.before.start, finding.before.end));
        FileReport {
            path: facts.path.clone(),
            after,
            edits: edits.as_slice().iter().map(Edit::from).collect(),
            findings,
            functions: self.functions,
            bare_statements: self.bare_statements,
        }
    }

    /// True when another file imports the name from this one.
    fn is_imported_elsewhere(&self, name: &str) -> bool {
        self.analysis.world.is_imported(&self.facts.module, name)
    }
}

/// What nodes of functions are known by, in their order.
fn fingerprints(facts: &FileFacts, places: &[(NodeId, Option<usize>)]) -> Vec<String> {
    let mut by_function: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (position, &(_, function)) in places.iter().enumerate() {
        let name = function
            .and_then(|index| facts.functions.get(index))
            .map(|function| &*function.qualname);
        by_function.entry(name).or_default().push(position);
    }
    let fingerprints = Fingerprints::new(facts);
    let mut all = vec![String::new(); places.len()];
    for (function, positions) in by_function {
        let nodes: Vec<NodeId> = positions
            .iter()
            .filter_map(|&position| places.get(position).map(|&(node, _)| node))
            .collect();
        for (position, print) in positions.into_iter().zip(fingerprints.of(function, &nodes)) {
            if let Some(slot) = all.get_mut(position) {
                *slot = print;
            }
        }
    }
    all
}
