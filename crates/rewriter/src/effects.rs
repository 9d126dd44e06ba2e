//! What each function waits for, callees included: a fixed point over the call graph.

use std::collections::{BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{
    Analysis, Call, ClassRef, Evidence, FunctionRef, Site, SiteKind, Symbol, SyncOnly, Type,
};
use unblocked_django::{Effect, ViewMethod};
use unblocked_syntax::{Ast, Kind, NodeId};

use crate::classes::Families;
use crate::classes::decorators::head;
use crate::generators::{self, Taken};
use crate::lookups::looked_up;
use crate::regions::Regions;
use crate::suites::{Suites, is_suite};

/// Something of a function, and whether it stands in one of its blocks that stay synchronous.
struct Placed<T> {
    what: T,
    in_region: bool,
}

/// A place that calls a function of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Caller {
    /// The file.
    pub(crate) file: usize,
    /// The function; `None` at module level.
    pub(crate) function: Option<usize>,
    /// The call stands in a block that stays synchronous, or in a lambda, which can't await.
    pub(crate) in_region: bool,
    /// A test calls, and goes through `async_to_sync` where that is needed.
    is_bridged: bool,
}

impl Caller {
    /// The function that calls.
    pub(crate) fn reference(self) -> Option<FunctionRef> {
        let file = self.file;
        self.function.map(|index| FunctionRef { file, index })
    }

    /// The function that would await the call, were it async.
    pub(crate) fn awaiting(self) -> Option<FunctionRef> {
        self.reference().filter(|_| !self.in_region)
    }
}

/// The call graph with what waits in it.
pub(crate) struct Effects<'a> {
    sites: HashMap<(usize, Option<usize>), Vec<Placed<&'a Site>>>,
    calls: HashMap<(usize, Option<usize>), Vec<Placed<&'a Call>>>,
    callers: HashMap<FunctionRef, Vec<Caller>>,
    regions: &'a Regions,
    suites: Suites,
    /// The functions that tests use as values.
    used_in_tests: Vec<FunctionRef>,
    values: HashMap<FunctionRef, Vec<bool>>,
    /// Where functions are passed on as values, other than in URL patterns.
    passed_on: HashMap<FunctionRef, Vec<(usize, NodeId)>>,
    /// What code may reach by a name that it computes.
    looked_up: HashSet<FunctionRef>,
    reached: HashMap<FunctionRef, BTreeSet<Effect>>,
    waiting: HashSet<FunctionRef>,
    /// Generators that wait for nothing, but are to be async so that they are streamed.
    only_streamed: HashSet<FunctionRef>,
}

impl<'a> Effects<'a> {
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        regions: &'a Regions,
        families: &Families,
        suites: Suites,
    ) -> Self {
        let mut effects = Self {
            regions,
            suites,
            used_in_tests: Vec::new(),
            sites: HashMap::new(),
            calls: HashMap::new(),
            callers: HashMap::new(),
            values: HashMap::new(),
            passed_on: HashMap::new(),
            looked_up: looked_up(analysis),
            reached: HashMap::new(),
            waiting: HashSet::new(),
            only_streamed: HashSet::new(),
        };
        for (file, found) in analysis.files.iter().enumerate() {
            let Some(facts) = analysis.world.file(file) else {
                continue;
            };
            let moves = |function, node| regions.moves(facts.ast(), file, function, node);
            for site in &found.sites {
                if matches!(site.kind, SiteKind::SyncOnly { .. })
                    && regions.is_asynchronous(file, site.node)
                {
                    continue;
                }
                let is_region = regions.at(file, site.function, site.node).is_some();
                let placed = Placed {
                    what: site,
                    in_region: !is_region && moves(site.function, site.node),
                };
                let sites = effects.sites.entry((file, site.function)).or_default();
                sites.push(placed);
            }
            for call in &found.calls {
                let function = call.function;
                let in_region = moves(function, call.node);
                let placed = Placed {
                    what: call,
                    in_region,
                };
                effects
                    .calls
                    .entry((file, function))
                    .or_default()
                    .push(placed);
                effects
                    .callers
                    .entry(call.callee)
                    .or_default()
                    .push(Caller {
                        file,
                        function,
                        in_region: in_region || is_in_lambda(facts.ast(), call.node),
                        is_bridged: effects.suites.bridges(
                            analysis,
                            file,
                            function,
                            call.node,
                            call.callee,
                        ),
                    });
            }
            for value in &found.value_uses {
                let function = facts.owner(value.node);
                if !value.is_route
                    && effects
                        .suites
                        .bridges(analysis, file, function, value.node, value.function)
                {
                    effects.used_in_tests.push(value.function);
                    continue;
                }
                if !value.is_route {
                    let places = effects.passed_on.entry(value.function).or_default();
                    places.push((file, value.node));
                }
                effects
                    .values
                    .entry(value.function)
                    .or_default()
                    .push(value.is_route);
            }
            // `"shop.context.rates"` in a list of context processors: what loads it calls it, unseen. Tests patch by names.
            for path in facts.mentioned.iter().filter(|_| !is_suite(&facts.path)) {
                if let Symbol::Function(named) = analysis.world.resolve(path, false) {
                    effects.values.entry(named).or_default().push(false);
                }
            }
        }
        effects.spread(analysis, families);
        let waiting = &effects.waiting;
        for sites in effects.sites.values_mut() {
            sites.retain(|placed| match placed.what.kind {
                SiteKind::SyncOnly {
                    what: what @ SyncOnly::Manager { .. },
                } => what.callees().any(|callee| waiting.contains(&callee)),
                _ => true,
            });
        }
        effects.follow_requests(analysis);
        effects
    }

    /// Finds what gets requests from tests that have set their user or session.
    fn follow_requests(&mut self, analysis: &Analysis<'_>) {
        let is_called = |callers: &[Caller]| callers.iter().any(|caller| caller.is_bridged);
        let called = self
            .callers
            .iter()
            .filter(|(_, callers)| is_called(callers))
            .map(|(&callee, _)| callee)
            .chain(self.used_in_tests.iter().copied())
            .collect();
        let mut suites = std::mem::take(&mut self.suites);
        suites.follow_requests(analysis, called, |function| {
            let calls = self.calls_of(function.file, Some(function.index));
            calls.map(|call| call.callee).collect()
        });
        self.suites = suites;
    }

    fn spread(&mut self, analysis: &Analysis<'_>, families: &Families) {
        let mut queue: Vec<FunctionRef> = Vec::new();
        let mut parents: HashMap<FunctionRef, Vec<FunctionRef>> = HashMap::new();
        for (file, facts) in analysis.world.files.iter().enumerate() {
            for (index, function) in facts.functions.iter().enumerate() {
                let reference = FunctionRef { file, index };
                let own: BTreeSet<Effect> = self
                    .all_sites_of(file, Some(index))
                    .filter(|site| counts(site))
                    .map(|site| site.effect)
                    .collect();
                let waits = self.sites_of(file, Some(index)).any(|site| {
                    site.effect != Effect::Cpu
                        && (!site.kind.is_half_async() || site.kind.makes_async())
                        && !matches!(
                            site.kind,
                            SiteKind::Property { .. }
                                | SiteKind::Implicit { .. }
                                | SiteKind::Value { .. }
                                | SiteKind::Callback { .. }
                                | SiteKind::UnknownAttribute { .. }
                                | SiteKind::UnknownValue { .. }
                                | SiteKind::Form { asks: false, .. }
                                | SiteKind::SyncOnly {
                                    what: SyncOnly::Manager { .. },
                                }
                                | SiteKind::Inherited {
                                    method: ViewMethod::Entry,
                                    ..
                                }
                        )
                });
                if waits && !function.is_async {
                    self.waiting.insert(reference);
                }
                if waits || !own.is_empty() {
                    queue.push(reference);
                }
                self.reached.insert(reference, own);
                // A call of a method may mean any of its overrides.
                if let Some(index) = function.class {
                    let bases = analysis.world.project_ancestors(ClassRef { file, index });
                    let overridden =
                        bases.filter_map(|base| analysis.world.method(base, &function.name));
                    parents
                        .entry(reference)
                        .or_default()
                        .extend(overridden.filter(|&base| base != reference));
                }
                for &other in families.overrides(reference) {
                    if other != reference {
                        parents.entry(other).or_default().push(reference);
                    }
                }
                let around = wrapped_in(analysis, reference).into_iter();
                let around = around.map(|(_, callee)| callee);
                let implied = self
                    .all_sites_of(file, Some(index))
                    .flat_map(|site| implied(&site.kind));
                for callee in implied.chain(around) {
                    parents.entry(callee).or_default().push(reference);
                }
            }
        }
        self.flow(analysis, queue, &parents);
        let streamed: Vec<FunctionRef> = self.streamed(analysis).collect();
        let streamed = streamed
            .into_iter()
            .filter(|&generator| self.waiting.insert(generator))
            .collect::<Vec<_>>();
        self.only_streamed.extend(&streamed);
        self.flow(analysis, streamed, &parents);
    }

    /// Lets methods wait that become async with one that does.
    pub(crate) fn follow_overrides(&mut self, analysis: &Analysis<'_>, families: &Families) {
        let mut parents: HashMap<FunctionRef, Vec<FunctionRef>> = HashMap::new();
        for set in families.plain() {
            for &member in &set.members {
                let others = set.members.iter().copied().filter(|&one| one != member);
                parents.insert(member, others.collect());
            }
        }
        let queue = parents.keys().copied().collect();
        self.flow(analysis, queue, &parents);
    }

    /// The generators that `StreamingHttpResponse` is given: it streams those that are async.
    fn streamed(&self, analysis: &Analysis<'_>) -> impl Iterator<Item = FunctionRef> {
        let calls = self.calls.iter().flat_map(|((file, _), calls)| {
            let calls = calls.iter().map(|placed| placed.what);
            calls.map(move |call| (*file, call))
        });
        calls
            .filter(|&(file, call)| {
                let (Some(facts), Some(types), Some(generator), Some(own)) = (
                    analysis.world.file(file),
                    analysis.files.get(file),
                    analysis.world.function(call.callee),
                    analysis.world.file(call.callee.file),
                ) else {
                    return false;
                };
                generators::is_plain(generator)
                    && generators::taken(facts, types, call.node) == Some(Taken::Streamed)
                    && generators::check(own, call.callee.index).is_ok()
            })
            .map(|(_, call)| call.callee)
    }

    /// Waiting spreads from functions to their callers.
    fn flow(
        &mut self,
        analysis: &Analysis<'_>,
        mut queue: Vec<FunctionRef>,
        parents: &HashMap<FunctionRef, Vec<FunctionRef>>,
    ) {
        while let Some(callee) = queue.pop() {
            let Some(effects) = self.reached.get(&callee).cloned() else {
                continue;
            };
            let callee_waits = self.waiting.contains(&callee);
            let callers: Vec<FunctionRef> = self
                .all_callers_of(callee)
                .filter_map(Caller::reference)
                .chain(parents.get(&callee).into_iter().flatten().copied())
                .collect();
            for caller in callers {
                let is_async = analysis.world.function(caller).is_some_and(|f| f.is_async);
                let mut changed = callee_waits && !is_async && self.waiting.insert(caller);
                if let Some(reached) = self.reached.get_mut(&caller) {
                    let before = reached.len();
                    reached.extend(effects.iter().copied());
                    changed |= reached.len() > before;
                }
                if changed {
                    queue.push(caller);
                }
            }
        }
    }

    /// The sites of a function, those in blocks that stay synchronous included.
    pub(crate) fn all_sites_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = &'a Site> + use<'a, '_> {
        let placed = self.sites.get(&(file, function)).into_iter().flatten();
        placed.map(|placed| placed.what)
    }

    /// The sites of a function, calls of the project's functions and blocks that stay synchronous not included.
    pub(crate) fn sites_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = &'a Site> + use<'a, '_> {
        let placed = self.sites.get(&(file, function)).into_iter().flatten();
        placed
            .filter(|placed| !placed.in_region)
            .map(|placed| placed.what)
    }

    /// The calls that a function makes, those in blocks that stay synchronous not included.
    pub(crate) fn calls_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = &'a Call> + use<'a, '_> {
        self.all_calls_of(file, function)
            .filter(|(_, in_region)| !in_region)
            .map(|(call, _)| call)
    }

    /// All calls that a function makes, and whether they stand in a block that stays synchronous.
    pub(crate) fn all_calls_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = (&'a Call, bool)> + use<'a, '_> {
        let placed = self.calls.get(&(file, function)).into_iter().flatten();
        placed.map(|placed| (placed.what, placed.in_region))
    }

    /// Where a function is called from, tests aside that call it in whatever form it has.
    pub(crate) fn callers_of(&self, function: FunctionRef) -> impl Iterator<Item = Caller> + '_ {
        self.all_callers_of(function)
            .filter(|caller| !caller.is_bridged)
    }

    /// Where a function is called from.
    pub(crate) fn all_callers_of(
        &self,
        function: FunctionRef,
    ) -> impl Iterator<Item = Caller> + '_ {
        self.callers.get(&function).into_iter().flatten().copied()
    }

    /// The project's tests.
    pub(crate) fn suites(&self) -> &Suites {
        &self.suites
    }

    /// The blocks that stay synchronous.
    pub(crate) fn regions(&self) -> &'a Regions {
        self.regions
    }

    /// True when a function waits in blocks that stay synchronous, and nowhere else.
    pub(crate) fn waits_in_regions_only(&self, function: FunctionRef) -> bool {
        let FunctionRef { file, index } = function;
        // Those that any thread may run can overlap with what else waits.
        let is_region = |site: &Site| {
            let belongs = !matches!(
                site.kind,
                SiteKind::SyncOnly {
                    what: SyncOnly::Resource(_)
                }
            );
            belongs && self.regions.at(file, Some(index), site.node).is_some()
        };
        let counts = |site: &Site| {
            counts(site)
                || matches!(
                    site.kind,
                    SiteKind::SyncOnly {
                        what: SyncOnly::Manager { .. }
                    }
                )
        };
        let mut sites = self.sites_of(file, Some(index)).filter(|site| counts(site));
        let mut calls = self.calls_of(file, Some(index));
        sites.any(is_region)
            && self
                .sites_of(file, Some(index))
                .all(|site| is_region(site) || !counts(site))
            && !calls
                .any(|call| self.waits(call.callee) && self.reached(call.callee).next().is_some())
    }

    /// Where a function is passed on as a value, other than in URL patterns: by file.
    pub(crate) fn passed_on(&self, function: FunctionRef) -> &[(usize, NodeId)] {
        self.passed_on.get(&function).map_or(&[], Vec::as_slice)
    }

    /// How a function is used as a value, tests aside that call it in whatever form it has: true for each use in a URL pattern.
    pub(crate) fn values_of(&self, function: FunctionRef) -> &[bool] {
        self.values.get(&function).map_or(&[], Vec::as_slice)
    }

    /// True for what code may call that reaches it by a name that it computes.
    pub(crate) fn is_looked_up(&self, function: FunctionRef) -> bool {
        self.looked_up.contains(&function)
    }

    /// True for a sync function that waits, or may.
    pub(crate) fn waits(&self, function: FunctionRef) -> bool {
        self.waiting.contains(&function)
    }

    /// True for a generator that waits for nothing, but is to be async so that it is streamed.
    pub(crate) fn is_only_streamed(&self, function: FunctionRef) -> bool {
        self.only_streamed.contains(&function)
    }

    /// All functions that wait.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = FunctionRef> + '_ {
        self.waiting.iter().copied()
    }

    /// What a function is known to wait for, callees included: what makes it worth converting.
    pub(crate) fn reached(&self, function: FunctionRef) -> impl Iterator<Item = Effect> + '_ {
        self.reached.get(&function).into_iter().flatten().copied()
    }
}

/// What a site calls without being a call of it.
fn implied(kind: &SiteKind) -> Vec<FunctionRef> {
    match kind {
        SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => vec![*callee],
        SiteKind::Value { callees }
        | SiteKind::Callback { callees, .. }
        | SiteKind::Form { callees, .. } => callees.to_vec(),
        SiteKind::SyncOnly { what } => what.callees().collect(),
        _ => Vec::new(),
    }
}

/// The functions within the project's own decorators of a function, one of which runs when it is called; each with its
/// decorator.
pub(crate) fn wrapped_in(
    analysis: &Analysis<'_>,
    function: FunctionRef,
) -> Vec<(NodeId, FunctionRef)> {
    let (Some(definition), Some(facts), Some(types)) = (
        analysis.world.function(function),
        analysis.world.file(function.file),
        analysis.files.get(function.file),
    ) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for &decorator in &definition.decorators {
        match types.type_of(head(facts, decorator)) {
            Type::Function(maker) => {
                let inner = analysis.world.file(maker.file).into_iter();
                found.extend(inner.flat_map(|facts| {
                    facts.nested(maker.index).map(|(index, _)| {
                        let file = maker.file;
                        (decorator, FunctionRef { file, index })
                    })
                }));
            }
            Type::Class(class) => {
                let method = analysis.world.method(*class, "__call__");
                found.extend(method.map(|method| (decorator, method)));
            }
            _ => {}
        }
    }
    found
}

fn is_in_lambda(ast: &Ast, node: NodeId) -> bool {
    ast.ancestors(node)
        .map(|up| ast.kind(up))
        .take_while(|kind| !kind.is_statement())
        .any(|kind| kind == Kind::Lambda)
}

/// Rendering a template, computing, and what is not at hand, are no reason to convert.
pub(crate) fn counts(site: &Site) -> bool {
    if matches!(site.effect, Effect::Template | Effect::Cpu) {
        return false;
    }
    match site.kind {
        SiteKind::Missing { .. }
        | SiteKind::OpaqueMethod { .. }
        | SiteKind::Property { .. }
        | SiteKind::Implicit { .. }
        | SiteKind::Value { .. }
        | SiteKind::Callback { .. }
        | SiteKind::UnknownAttribute { .. }
        | SiteKind::UnknownValue { .. }
        | SiteKind::SyncOnly {
            what: SyncOnly::Manager { .. },
        }
        | SiteKind::Inherited {
            method: ViewMethod::Entry,
            ..
        }
        | SiteKind::Form { asks: false, .. } => false,
        SiteKind::Form { .. } => site.evidence != Evidence::Evident,
        SiteKind::HalfAsync(_) => site.kind.makes_async(),
        _ => true,
    }
}
