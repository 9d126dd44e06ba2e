//! What pitfalls are looked for in: calls, sites and classes of the code at hand, with their functions.

use unblocked_analyzer::{Analysis, FileFacts, Site, SiteKind, Type};
use unblocked_django::Effect;
use unblocked_rewriter::{Decision, Report};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::data::Place;

/// A call.
pub(super) struct CallAt<'a> {
    pub(super) file: usize,
    pub(super) facts: &'a FileFacts,
    pub(super) node: NodeId,
    /// Its dotted name as it is written: `asyncio.gather`; of a longer chain the last name, with a dot before it.
    pub(super) name: String,
    /// It stands in an `async def`.
    pub(super) in_async: bool,
}

/// The code at hand.
pub(super) struct Scan<'a> {
    pub(super) analysis: &'a Analysis<'a>,
    pub(super) calls: Vec<CallAt<'a>>,
    /// Functions that become async, by file and name.
    report: &'a Report,
}

/// Where something is, and whether that is async code now.
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) in_async: bool,
    /// Its function becomes async, or gets an async twin, by the migration.
    pub(super) is_converted: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(analysis: &'a Analysis<'a>, report: &'a Report) -> Self {
        let mut calls = Vec::new();
        for (file, facts) in analysis.world.files.iter().enumerate() {
            let ast = facts.ast();
            for node in ast.ids().filter(|&node| ast.kind(node) == Kind::Call) {
                let Some(function) = ast.child(node, Field::Function) else {
                    continue;
                };
                let name = facts.dotted(function).or_else(|| {
                    let attribute = ast.child(function, Field::Attribute)?;
                    Some(format!(".{}", facts.source(attribute)))
                });
                if let Some(name) = name {
                    calls.push(CallAt {
                        file,
                        facts,
                        node,
                        name,
                        in_async: is_async(facts, facts.owner(node)),
                    });
                }
            }
        }
        Self {
            analysis,
            calls,
            report,
        }
    }

    /// The place of a node.
    pub(super) fn place(&self, facts: &FileFacts, node: NodeId) -> Place {
        Place::new(&facts.path, facts.text(), facts.ast().span(node).into())
    }

    /// Sites that `picks` picks.
    pub(super) fn sites(&self, picks: impl Fn(&Site) -> bool) -> Vec<Spot> {
        let mut spots = Vec::new();
        for (facts, found) in self.analysis.world.files.iter().zip(&self.analysis.files) {
            for site in found.sites.iter().filter(|site| picks(site)) {
                spots.push(Spot {
                    place: self.place(facts, site.node),
                    in_async: is_async(facts, site.function),
                    is_converted: site
                        .function
                        .is_some_and(|index| self.is_converted(facts, index)),
                });
            }
        }
        spots
    }

    fn is_converted(&self, facts: &FileFacts, index: usize) -> bool {
        let Some(function) = facts.functions.get(index) else {
            return false;
        };
        self.report
            .files
            .iter()
            .filter(|file| file.path == facts.path)
            .flat_map(|file| &file.functions)
            .any(|one| {
                one.name == function.qualname
                    && matches!(one.decision, Decision::Convert | Decision::Twin)
            })
    }

    /// Calls by these names, written out or at the end of a chain.
    pub(super) fn calls_of(&self, names: &[&str]) -> impl Iterator<Item = &CallAt<'a>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.calls.iter().filter(move |call| {
            let last = call.name.rsplit('.').next().unwrap_or_default();
            names.iter().any(|name| match name.rsplit_once('.') {
                // `asyncio.run` stands for what is imported from there as well.
                Some((_, short)) => {
                    call.name == *name || (call.name == short && imports(call.facts, name))
                }
                None => last == name,
            })
        })
    }

    /// The type of a node.
    pub(super) fn type_of(&self, file: usize, node: NodeId) -> Option<&Type> {
        self.analysis
            .files
            .get(file)
            .map(|found| found.type_of(node))
    }
}

fn imports(facts: &FileFacts, path: &str) -> bool {
    facts.imports.iter().any(|import| import.path == path)
}

pub(super) fn is_async(facts: &FileFacts, function: Option<usize>) -> bool {
    function
        .and_then(|index| facts.functions.get(index))
        .is_some_and(|function| function.is_async)
}

/// True for what asks the database, session included.
pub(super) fn is_query(site: &Site) -> bool {
    matches!(site.effect, Effect::Query | Effect::Session)
        && !site.kind.is_half_async()
        && !matches!(
            site.kind,
            SiteKind::UnknownAttribute { .. }
                | SiteKind::UnknownValue { .. }
                | SiteKind::Missing { .. }
                | SiteKind::OpaqueMethod { .. }
        )
}
