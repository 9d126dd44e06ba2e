//! Blocks that stay synchronous in functions that become async: transactions, cursors, locks.
//!
//! Color belongs to regions, not to whole functions. Such a block becomes an inner function that runs in Django's thread
//! as one piece; what it calls is called synchronously, so the helpers that it needs keep their sync form. Whether that
//! can be done exactly is decided here, from the code alone, before anything is colored.

mod exits;
mod extract;
mod flow;
mod names;
mod swallows;
mod variable;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use unblocked_analyzer::{Analysis, SiteKind, SyncOnly};
use unblocked_syntax::{Ast, Kind, NodeId, SmallSort};

use crate::because::Because;
use crate::classes::Families;
use crate::draft::Cannot;
use crate::effects::Effects;
use crate::suites::Suites;
pub(crate) use exits::{Exits, Jump};
pub(crate) use extract::Extraction;

/// A block that works in synchronous code only.
#[derive(Debug)]
pub(crate) struct Region {
    /// The `with` statement.
    pub(crate) statement: NodeId,
    /// How it becomes a function of its own, or why it can't.
    pub(crate) extraction: Result<Extraction, String>,
}

/// A file and a function in it; `None` for its bare statements.
type Owner = (usize, Option<usize>);

/// The blocks that stay synchronous, by function.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    /// The `with` statements that become `async with`, by file.
    asynchronous: HashSet<(usize, NodeId)>,
    by_function: HashMap<Owner, Vec<Region>>,
}

impl Regions {
    /// Finds the blocks of all files. `asynchronous`: the `with` statements that become `async with`.
    pub(crate) fn new(
        analysis: &Analysis<'_>,
        families: &Families,
        asynchronous: HashSet<(usize, NodeId)>,
    ) -> Self {
        // Which functions wait does not hang on the blocks: these run what they ran.
        let none = Self::default();
        let effects = OnceCell::new();
        let waits = |callee| {
            effects
                .get_or_init(|| Effects::new(analysis, &none, families, Suites::default()))
                .waits(callee)
        };
        let mut statements: HashMap<Owner, Vec<(NodeId, SyncOnly)>> = HashMap::new();
        for (file, found) in analysis.files.iter().enumerate() {
            let Some(facts) = analysis.world.file(file) else {
                continue;
            };
            for site in &found.sites {
                if let SiteKind::SyncOnly { what } = site.kind
                    && facts.ast().kind(site.node) == Kind::With
                    && !asynchronous.contains(&(file, site.node))
                    && (!matches!(what, SyncOnly::Manager { .. }) || what.callees().any(waits))
                {
                    statements
                        .entry((file, site.function))
                        .or_default()
                        .push((site.node, what));
                }
            }
        }
        let mut regions = Self {
            asynchronous,
            by_function: HashMap::new(),
        };
        for ((file, function), mut found) in statements {
            let Some(facts) = analysis.world.file(file) else {
                continue;
            };
            found.small_sort();
            // A block within another one moves with it.
            found.dedup_by(|inner, outer| {
                inner.0 == outer.0 || facts.ast().contains(outer.0, inner.0)
            });
            let blocks = extract::extract(analysis, file, function, &found);
            regions.by_function.insert((file, function), blocks);
        }
        regions
    }

    /// True for a `with` statement that becomes `async with`, whatever it enters.
    pub(crate) fn is_asynchronous(&self, file: usize, statement: NodeId) -> bool {
        self.asynchronous.contains(&(file, statement))
    }

    fn of(&self, file: usize, function: Option<usize>) -> &[Region] {
        self.by_function
            .get(&(file, function))
            .map_or(&[], Vec::as_slice)
    }

    /// The block that a statement is.
    pub(crate) fn at(
        &self,
        file: usize,
        function: Option<usize>,
        statement: NodeId,
    ) -> Option<&Region> {
        self.of(file, function)
            .iter()
            .find(|region| region.statement == statement)
    }

    /// How the block that a site opens becomes a function of its own.
    pub(crate) fn extraction(
        &self,
        file: usize,
        function: Option<usize>,
        site: NodeId,
        what: SyncOnly,
    ) -> Result<&Extraction, Cannot> {
        match self
            .at(file, function, site)
            .map(|region| &region.extraction)
        {
            Some(Ok(extraction)) => Ok(extraction),
            Some(Err(reason)) => Err(Cannot::of(
                Because::SyncBlock,
                format!("it opens {what}: {reason}"),
            )),
            None => Err(Cannot::of(
                Because::SyncBlock,
                format!("it opens {what}, which works in synchronous code only"),
            )),
        }
    }

    /// True when a node of the function stands in a block that becomes a function of its own.
    pub(crate) fn moves(
        &self,
        ast: &Ast,
        file: usize,
        function: Option<usize>,
        node: NodeId,
    ) -> bool {
        self.of(file, function)
            .iter()
            .any(|region| region.extraction.is_ok() && ast.contains(region.statement, node))
    }
}
