//! The rewriting of one function to async: what rules work with.
//!
//! A draft is tried before anything is decided: when a rule can't make a site right, the function stays sync for the
//! reason that the rule gives.

mod decided;
mod fetch;
mod lazily;
mod loaded;
mod names;
mod position;
mod select;
mod steady;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use unblocked_analyzer::{
    Analysis, Evidence, FileAnalysis, FileFacts, Function, FunctionRef, Site, SiteKind, Type,
};
use unblocked_django::{DjangoVersion, PythonVersion, docs_url};
use unblocked_syntax::{Ast, Field, Kind, NodeId, Span};

use crate::because::Because;
use crate::classes::Families;
use crate::decisions::Decided;
use crate::effects::Effects;
use crate::imports::Imports;
use crate::options::Options;
use crate::plan::Planner;
use crate::regions::Regions;
use crate::report::{Applicability, Severity};
use crate::rewrites::{Branch, Piece, Rewrites, Template};
use crate::rules::http::Http;
use crate::rules::http::raised::Raised;
use crate::suites::Suites;

pub(crate) use decided::SetAside;
pub(crate) use fetch::Reach;
use lazily::Taken;
pub(crate) use loaded::reads;
use select::Selected;

/// How async code reaches a function of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Color {
    /// It became `async def`.
    Convert,
    /// It has an async twin of this name.
    Twin(String),
    /// It wraps sync and async views: it has an async variant of the same name.
    Variant,
    /// It stays sync and waits: called through `sync_to_async`.
    Wrap,
}

/// The colors that a plan gave. A function without one never waits, or was async before.
pub(crate) type Colors = HashMap<FunctionRef, Color>;

/// Why a site can't be made right, so that its function stays sync. Read after "It stays synchronous: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cannot {
    /// By name.
    pub(crate) because: Because,
    pub(crate) reason: String,
}

impl Cannot {
    /// What it waits for has no other form there.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::of(Because::NoAsyncForm, reason)
    }

    /// For a reason that has a name of its own.
    pub(crate) fn of(because: Because, reason: impl Into<String>) -> Self {
        Self {
            because,
            reason: reason.into(),
        }
    }

    /// The same, said in other words.
    pub(crate) fn said(self, words: impl FnOnce(&str) -> String) -> Self {
        Self {
            reason: words(&self.reason),
            ..self
        }
    }
}

/// What a rule did with a site.
pub(crate) type Outcome = Result<(), Cannot>;

/// A finding before the places of the after text are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) rule: &'static str,
    pub(crate) node: NodeId,
    pub(crate) severity: Severity,
    pub(crate) applicability: Applicability,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) docs_url: Option<String>,
}

/// The rewriting of one function, or of a file's bare statements.
pub(crate) struct Draft<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    pub(crate) facts: &'a FileFacts,
    pub(crate) file: &'a FileAnalysis,
    pub(crate) file_index: usize,
    pub(crate) function: Option<usize>,
    pub(crate) options: &'a Options,
    pub(crate) colors: &'a Colors,
    /// What was decided about changes.
    pub(crate) decided: &'a Decided<'a>,
    /// Helpers that may still become async count as wrapped: nothing that was decided about that matters yet.
    pub(crate) is_trial: bool,
    /// What becomes of `requests` calls.
    pub(crate) http: &'a Http<'a>,
    /// The blocks that stay synchronous.
    pub(crate) regions: &'a Regions,
    /// What changes color together.
    pub(crate) families: &'a Families,
    effects: &'a Effects<'a>,
    /// The project's tests.
    pub(crate) suites: &'a Suites,
    /// What `try` statements may raise, where that was asked.
    pub(crate) raised: HashMap<NodeId, Raised>,
    /// The function's sites, in order of place.
    pub(crate) sites: Vec<Site>,
    pub(crate) rewrites: Rewrites,
    pub(crate) imports: Imports,
    pub(crate) notes: Vec<Note>,
    /// The branch that the async form stands in, beside the function.
    pub(crate) branch: Option<Branch>,
    /// What passes at the same time: of each group its lanes, with their statements.
    pub(crate) together: Vec<Vec<Vec<NodeId>>>,
    /// Loops of which a few turns pass at once.
    pub(crate) at_once: Vec<NodeId>,
    /// Changes that are not made, as was decided.
    pub(crate) set_aside: Vec<SetAside>,
    /// Generator expressions that wait, and how what they give is taken.
    taken: BTreeMap<NodeId, Taken>,
    /// By the expression that a queryset begins with, the relations that are loaded with it.
    selected: Selected,
    /// Managers that were looked at, and whether their rows can be fetched with another queryset.
    fetchable: RefCell<HashMap<NodeId, bool>>,
    /// The names that occur in the function.
    names: OnceCell<HashSet<&'a str>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        planner: &Planner<'a>,
        file_index: usize,
        function: Option<usize>,
        colors: &'a Colors,
        sites: Vec<Site>,
    ) -> Option<Self> {
        Some(Self {
            analysis: planner.analysis,
            facts: planner.analysis.world.file(file_index)?,
            file: planner.analysis.files.get(file_index)?,
            file_index,
            function,
            options: planner.options,
            colors,
            decided: planner.decided,
            is_trial: false,
            http: planner.http,
            regions: planner.effects.regions(),
            families: planner.families,
            effects: planner.effects,
            suites: planner.effects.suites(),
            raised: HashMap::new(),
            sites,
            rewrites: Rewrites::default(),
            imports: Imports::default(),
            notes: Vec::new(),
            branch: None,
            together: Vec::new(),
            at_once: Vec::new(),
            set_aside: Vec::new(),
            taken: BTreeMap::new(),
            selected: Selected::default(),
            fetchable: RefCell::default(),
            names: OnceCell::new(),
        })
    }

    pub(crate) fn ast(&self) -> &'a Ast {
        self.facts.ast()
    }

    pub(crate) fn text(&self, node: NodeId) -> &'a str {
        self.facts.source(node)
    }

    /// True when something changes.
    pub(crate) fn changes(&self) -> bool {
        !self.rewrites.nodes.is_empty() || !self.rewrites.enclosures.is_empty()
    }

    pub(crate) fn type_of(&self, node: NodeId) -> &'a Type {
        self.file.type_of(node)
    }

    pub(crate) fn definition(&self) -> Option<&'a Function> {
        self.facts.functions.get(self.function?)
    }

    pub(crate) fn target(&self) -> DjangoVersion {
        self.options.target_version
    }

    /// True for a node in a block that stays synchronous.
    pub(crate) fn stays_sync(&self, node: NodeId) -> bool {
        self.regions
            .moves(self.ast(), self.file_index, self.function, node)
    }

    /// The name to write for `from module import name`.
    pub(crate) fn need(&mut self, module: &str, name: &str) -> Result<String, Cannot> {
        self.imports
            .need(self.facts, module, Some(name))
            .ok_or_else(|| Cannot::of(Because::NameTaken, format!("`{name}` means something else in this file, so it can't be imported from `{module}`")))
    }

    /// The name to write for `import module`.
    pub(crate) fn need_module(&mut self, module: &str) -> Result<String, Cannot> {
        self.imports.need(self.facts, module, None).ok_or_else(|| {
            Cannot::of(
                Because::NameTaken,
                format!("`{module}` means something else in this file, so it can't be imported"),
            )
        })
    }

    /// Records a finding and marks its outcome.
    pub(crate) fn note(&mut self, note: Note) {
        self.rewrites.outcome(note.node, self.notes.len());
        self.notes.push(note);
    }

    /// A change: `message` says what is the matter, `help` what was done.
    pub(crate) fn changed(
        &mut self,
        rule: &'static str,
        node: NodeId,
        evidence: Evidence,
        message: impl Into<String>,
        help: impl Into<String>,
        docs: &str,
    ) {
        let note = self.change(rule, node, evidence, message, help, docs);
        self.note(note);
    }

    fn change(
        &self,
        rule: &'static str,
        node: NodeId,
        evidence: Evidence,
        message: impl Into<String>,
        help: impl Into<String>,
        docs: &str,
    ) -> Note {
        Note {
            rule,
            node,
            severity: Severity::Error,
            applicability: match evidence {
                Evidence::Proven => Applicability::Safe,
                Evidence::Evident | Evidence::Possible => Applicability::Review,
            },
            message: message.into(),
            help: Some(help.into()),
            docs_url: Some(if docs.starts_with("https://") {
                docs.to_owned()
            } else {
                docs_url(self.target(), docs)
            }),
        }
    }

    /// The arguments of a call: `(name, value)`, with stars as they stand.
    pub(crate) fn arguments(&self, call: NodeId) -> Vec<(Option<&'a str>, NodeId)> {
        let ast = self.ast();
        let Some(list) = ast.child(call, Field::Arguments) else {
            return Vec::new();
        };
        if ast.kind(list) == Kind::GeneratorExpression {
            return vec![(None, list)];
        }
        ast.children(list)
            .map(|argument| match ast.kind(argument) {
                Kind::KeywordArgument => (
                    ast.child(argument, Field::Name).map(|name| self.text(name)),
                    ast.child(argument, Field::Value).unwrap_or(argument),
                ),
                _ => (None, argument),
            })
            .collect()
    }

    /// True when the node is a call that is awaited itself.
    pub(crate) fn has_own_site(&self, node: NodeId) -> bool {
        let first = self.sites.partition_point(|site| site.node < node);
        self.sites
            .iter()
            .skip(first)
            .take_while(|site| site.node == node)
            .any(|site| {
                !matches!(
                    site.kind,
                    SiteKind::Evaluate { .. } | SiteKind::UnknownValue { .. }
                )
            })
    }

    /// True when something in a lambda waits.
    pub(crate) fn waits_within(&self, lambda: NodeId) -> bool {
        let first = self.sites.partition_point(|site| site.node < lambda);
        self.sites
            .iter()
            .skip(first)
            .take_while(|site| self.ast().contains(lambda, site.node))
            .any(|site| match &site.kind {
                SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => {
                    self.colors.contains_key(callee) && !self.is_all_loaded(site)
                }
                SiteKind::Value { callees } => callees
                    .iter()
                    .any(|callee| self.colors.contains_key(callee)),
                SiteKind::UnknownAttribute { .. }
                | SiteKind::UnknownValue { .. }
                | SiteKind::Callback { .. } => false,
                _ => true,
            })
    }

    /// A short form of a node's text, for messages.
    pub(crate) fn excerpt(&self, node: NodeId) -> String {
        excerpt(self.text(node))
    }

    /// Puts `await` before an expression.
    pub(crate) fn await_node(&mut self, node: NodeId) -> Outcome {
        self.allow_await(node)?;
        if self.is_awaited_already(node) {
            return Ok(());
        }
        if self.needs_parentheses(node) {
            self.rewrites.wrap(node, "(await ", ")");
        } else {
            self.rewrites.wrap(node, "await ", "");
        }
        Ok(())
    }

    /// True below an `await` that would go but for the reader's decision. Sites come in order of place, so that is known.
    fn is_awaited_already(&self, node: NodeId) -> bool {
        let ast = self.ast();
        ast.ancestors(node)
            .find(|&outer| ast.kind(outer) != Kind::Parenthesized)
            .filter(|&outer| self.drops_await(outer))
            .is_some_and(|outer| self.set_aside.iter().any(|aside| aside.note.node == outer))
    }

    /// Replaces an expression by one that awaits; the template comes without the leading `await`.
    pub(crate) fn replace_awaited(&mut self, node: NodeId, template: Template) -> Outcome {
        self.await_node(node)?;
        self.rewrites.replace(node, template);
        Ok(())
    }

    /// `f(x)` → `await sync_to_async(f)(x)`.
    pub(crate) fn wrap_call(&mut self, call: NodeId) -> Outcome {
        let function = self.callee(call)?;
        let adapter = self.need("asgiref.sync", "sync_to_async")?;
        self.await_node(call)?;
        self.rewrites.wrap(function, &format!("{adapter}("), ")");
        Ok(())
    }

    /// `x` → `await sync_to_async(function)(x)`; where the builtin is called already, `function(x)` as a whole.
    pub(crate) fn apply_in_thread(&mut self, node: NodeId, function: &str) -> Outcome {
        let ast = self.ast();
        let applied = ast.ancestors(node).nth(1).filter(|&call| {
            ast.kind(call) == Kind::Call
                && ast
                    .child(call, Field::Function)
                    .is_some_and(|called| self.text(called) == function)
                && matches!(self.arguments(call)[..], [(None, only)] if only == node)
        });
        if let Some(call) = applied {
            return self.wrap_call(call);
        }
        let function = self.printed_by(node, function)?;
        let adapter = self.need("asgiref.sync", "sync_to_async")?;
        self.allow_await(node)?;
        let (open, close) = if self.needs_parentheses(node) {
            ("(", "))")
        } else {
            ("", ")")
        };
        let before = format!("{open}await {adapter}({function})(");
        self.rewrites.wrap_value(node, &before, close);
        Ok(())
    }

    /// The builtin that prints a value: in an f-string its conversion, which is then taken out, as it would print the
    /// printed text once more.
    pub(crate) fn printed_by<'f>(
        &mut self,
        node: NodeId,
        function: &'f str,
    ) -> Result<&'f str, Cannot> {
        let ast = self.ast();
        let Some(place) = ast
            .parent(node)
            .filter(|&parent| ast.kind(parent) == Kind::Interpolation)
        else {
            return Ok(function);
        };
        let after = Span::new(ast.span(node).end, ast.span(place).end);
        if after.of(self.facts.text()).trim_start().starts_with('=') {
            return Err(Cannot::new(format!(
                "`{}` prints the expression itself, which would change",
                self.excerpt(place)
            )));
        }
        let Some(conversion) = ast.child_of_kind(place, Kind::TypeConversion) else {
            return Ok(function);
        };
        let function = match self.text(conversion) {
            "!r" => "repr",
            "!a" => "ascii",
            _ => "str",
        };
        self.rewrites.replace(conversion, Template::new());
        Ok(function)
    }

    /// `f(x)` → `await asyncio.to_thread(f, x)`.
    pub(crate) fn call_in_thread(&mut self, call: NodeId) -> Outcome {
        let function = self.callee(call)?;
        let arguments = self
            .ast()
            .child(call, Field::Arguments)
            .ok_or_else(|| Cannot::new("a call has no arguments"))?;
        if self.options.python() < PythonVersion::new(3, 9) {
            // `asyncio.to_thread` came with Python 3.9.
            let adapter = self.need("asgiref.sync", "sync_to_async")?;
            self.await_node(call)?;
            self.rewrites.wrap(
                function,
                &format!("{adapter}("),
                ", thread_sensitive=False)",
            );
            return Ok(());
        }
        let asyncio = self.need_module("asyncio")?;
        let mut template: Template = vec![
            Piece::Text(format!("{asyncio}.to_thread(")),
            Piece::Node(function),
        ];
        let span = self.ast().span(arguments);
        let inner = unblocked_syntax::Span::new(span.start + 1, span.end);
        if self.ast().kind(arguments) == Kind::GeneratorExpression {
            template.extend([Piece::from(", "), Piece::Node(arguments), Piece::from(")")]);
        } else if let Some(first) = self.ast().first_child(arguments) {
            let lead = unblocked_syntax::Span::new(inner.start, self.ast().span(first).start);
            if lead.of(self.facts.text()).contains('\n') {
                // One argument a line: the function is one more.
                template.insert(1, Piece::Source(lead));
                template.extend([Piece::from(","), Piece::Source(inner)]);
            } else {
                template.extend([Piece::from(", "), Piece::Source(inner)]);
            }
        } else {
            template.push(Piece::from(")"));
        }
        self.replace_awaited(call, template)
    }

    pub(crate) fn callee(&self, call: NodeId) -> Result<NodeId, Cannot> {
        self.ast()
            .child(call, Field::Function)
            .ok_or_else(|| Cannot::new("a call has no callee"))
    }

    /// Begins an attempt at a site: what is there already is set aside.
    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint {
            rewrites: std::mem::take(&mut self.rewrites),
            imports: self.imports.clone(),
            notes: self.notes.len(),
            taken: std::mem::take(&mut self.taken),
            selected: self.selected.clone(),
        }
    }

    /// Keeps everything since the checkpoint.
    pub(crate) fn accept(&mut self, checkpoint: Checkpoint) {
        let rewrites = std::mem::replace(&mut self.rewrites, checkpoint.rewrites);
        self.rewrites.absorb(rewrites, 0);
        let taken = std::mem::replace(&mut self.taken, checkpoint.taken);
        for (generator, taken) in taken {
            self.take(generator, taken);
        }
    }

    /// Undoes everything since the checkpoint.
    pub(crate) fn restore(&mut self, checkpoint: Checkpoint) {
        self.rewrites = checkpoint.rewrites;
        self.imports = checkpoint.imports;
        self.notes.truncate(checkpoint.notes);
        self.taken = checkpoint.taken;
        self.selected = checkpoint.selected;
    }

    /// Reports a site of async code that no rule can make right.
    pub(crate) fn report(&mut self, site: &Site, reason: &str) {
        let excerpt = self.excerpt(site.node);
        if site.kind.is_half_async() {
            self.note(Note {
                rule: "plan/view",
                node: site.node,
                severity: Severity::Error,
                applicability: Applicability::Manual,
                message: format!("`{excerpt}` is not right in async code"),
                help: Some(format!("it can't be changed automatically: {reason}")),
                docs_url: Some(docs_url(self.target(), unblocked_django::topics::ASYNC)),
            });
            return;
        }
        self.note(Note {
            rule: "plan/view",
            node: site.node,
            severity: Severity::Error,
            applicability: Applicability::Manual,
            message: format!("`{excerpt}` waits ({}) in async code", site.effect),
            help: Some(format!(
                "it can't be changed automatically: {reason}; move it to a synchronous function and call that through `sync_to_async`"
            )),
            docs_url: Some(docs_url(self.target(), unblocked_django::topics::SYNC_TO_ASYNC)),
        });
    }

    /// Writes what depends on all sites, once they are done.
    pub(crate) fn finish(&mut self) {
        self.write_selected();
        self.state_asked(0);
        self.write_generators();
    }
}

/// What a draft was like before a site.
pub(crate) struct Checkpoint {
    rewrites: Rewrites,
    imports: Imports,
    notes: usize,
    taken: BTreeMap<NodeId, Taken>,
    selected: Selected,
}

/// A short form of a source text, for messages.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.chars().take_while(|c| !matches!(c, '\n' | '\r'));
    let short: String = line.take(48).collect();
    if short.len() < text.len() {
        format!("{}…", short.trim_end())
    } else {
        short
    }
}
