//! What each function waits for, callees included: a fixed point over the call graph.

use std::collections::{BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{Analysis, Call, FunctionRef, Site, SiteKind};
use unblocked_django::Effect;

/// The call graph with what waits in it.
pub(crate) struct Effects<'a> {
    sites: HashMap<(usize, Option<usize>), Vec<&'a Site>>,
    calls: HashMap<(usize, Option<usize>), Vec<&'a Call>>,
    callers: HashMap<FunctionRef, Vec<(usize, Option<usize>)>>,
    values: HashMap<FunctionRef, Vec<bool>>,
    reached: HashMap<FunctionRef, BTreeSet<Effect>>,
    waiting: HashSet<FunctionRef>,
}

impl<'a> Effects<'a> {
    pub(crate) fn new(analysis: &'a Analysis<'a>) -> Self {
        let mut effects = Self {
            sites: HashMap::new(),
            calls: HashMap::new(),
            callers: HashMap::new(),
            values: HashMap::new(),
            reached: HashMap::new(),
            waiting: HashSet::new(),
        };
        for (file, found) in analysis.files.iter().enumerate() {
            for site in &found.sites {
                effects
                    .sites
                    .entry((file, site.function))
                    .or_default()
                    .push(site);
            }
            for call in &found.calls {
                effects
                    .calls
                    .entry((file, call.function))
                    .or_default()
                    .push(call);
                effects
                    .callers
                    .entry(call.callee)
                    .or_default()
                    .push((file, call.function));
            }
            for value in &found.value_uses {
                effects
                    .values
                    .entry(value.function)
                    .or_default()
                    .push(value.is_route);
            }
        }
        effects.spread(analysis);
        effects
    }

    fn spread(&mut self, analysis: &Analysis<'_>) {
        let mut queue: Vec<FunctionRef> = Vec::new();
        let mut parents: HashMap<FunctionRef, Vec<FunctionRef>> = HashMap::new();
        for (file, facts) in analysis.world.files.iter().enumerate() {
            for (index, function) in facts.functions.iter().enumerate() {
                let reference = FunctionRef { file, index };
                let own: BTreeSet<Effect> = self
                    .sites_of(file, Some(index))
                    .filter(|site| counts(site))
                    .map(|site| site.effect)
                    .collect();
                let waits = self.sites_of(file, Some(index)).any(|site| {
                    !matches!(
                        site.kind,
                        SiteKind::Property { .. }
                            | SiteKind::Implicit { .. }
                            | SiteKind::UnknownAttribute { .. }
                    )
                });
                if waits && !function.is_async {
                    self.waiting.insert(reference);
                }
                if waits || !own.is_empty() {
                    queue.push(reference);
                }
                self.reached.insert(reference, own);
                for site in self.sites_of(file, Some(index)) {
                    if let SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } =
                        site.kind
                    {
                        parents.entry(callee).or_default().push(reference);
                    }
                }
            }
        }
        while let Some(callee) = queue.pop() {
            let Some(effects) = self.reached.get(&callee).cloned() else {
                continue;
            };
            let callee_waits = self.waiting.contains(&callee);
            let callers: Vec<FunctionRef> = self
                .callers_of(callee)
                .filter_map(|(file, index)| index.map(|index| FunctionRef { file, index }))
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

    /// The sites of a function, calls of the project's functions not included.
    pub(crate) fn sites_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = &'a Site> + use<'a, '_> {
        self.sites
            .get(&(file, function))
            .into_iter()
            .flatten()
            .copied()
    }

    /// The calls that a function makes.
    pub(crate) fn calls_of(
        &self,
        file: usize,
        function: Option<usize>,
    ) -> impl Iterator<Item = &'a Call> + use<'a, '_> {
        self.calls
            .get(&(file, function))
            .into_iter()
            .flatten()
            .copied()
    }

    /// Where a function is called from.
    pub(crate) fn callers_of(
        &self,
        function: FunctionRef,
    ) -> impl Iterator<Item = (usize, Option<usize>)> + '_ {
        self.callers.get(&function).into_iter().flatten().copied()
    }

    /// How a function is used as a value: true for each use in a URL pattern.
    pub(crate) fn values_of(&self, function: FunctionRef) -> &[bool] {
        self.values.get(&function).map_or(&[], Vec::as_slice)
    }

    /// True for a sync function that waits, or may.
    pub(crate) fn waits(&self, function: FunctionRef) -> bool {
        self.waiting.contains(&function)
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

/// Rendering a template, and what is not at hand, are no reason to convert.
fn counts(site: &Site) -> bool {
    site.effect != Effect::Template
        && !matches!(
            site.kind,
            SiteKind::Missing { .. }
                | SiteKind::OpaqueMethod { .. }
                | SiteKind::Property { .. }
                | SiteKind::Implicit { .. }
                | SiteKind::UnknownAttribute { .. }
        )
}
