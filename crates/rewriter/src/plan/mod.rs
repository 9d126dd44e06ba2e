//! Who becomes async: a fixed point over the call graph.
//!
//! A view that waits is tried as a draft; what it calls follows it where that can be done. A helper that only async
//! code calls becomes async itself, one that sync code needs too gets a twin, the rest is wrapped where it is called. A
//! draft that fails with the colors of this plan takes its function out, and the plan starts again.

mod alias;
mod asked;
mod callbacks;
mod callers;
mod choices;
mod classes;
mod decorated;
mod decoration;
mod decorators;
mod direct_calls;
mod drafting;
mod eligible;
mod kept;
mod middleware;
mod on_self;
mod patches;
mod rows;
#[cfg(test)]
mod shared;
mod suites;
mod twins;
mod verdicts;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{Analysis, FunctionRef};
use unblocked_syntax::NodeId;

use crate::because::Because;
use crate::classes::Families;
use crate::decisions::{Choice, Decided, names_function};
use crate::draft::{Cannot, Color, Colors, Draft, SetAside};
use crate::effects::Effects;
use crate::options::{Options, World};
use crate::report::Decision;
use crate::rules::http::Http;
use crate::views::is_view;

pub(crate) use decorated::{around, check_decorator};
pub(crate) use decoration::Wrapper;
use decorators::Wrappers;
pub(crate) use drafting::in_order;
pub(crate) use middleware::{ASYNC_CALL, HOOKS, Middleware, async_hook, is_local};
pub(crate) use twins::twin_of;
pub(crate) use verdicts::Verdict;

/// The decisions for all functions that wait, and the drafts of those that change.
pub(crate) struct Plan<'a> {
    pub(crate) verdicts: BTreeMap<FunctionRef, Verdict>,
    pub(crate) drafts: BTreeMap<FunctionRef, Draft<'a>>,
    /// Those of bare statements, by file.
    pub(crate) bare: BTreeMap<usize, Draft<'a>>,
    /// What changes in class-based views and middleware beside their methods, by file.
    pub(crate) shapes: Vec<(usize, Draft<'a>)>,
    /// The changes that are not made in functions without a draft, as was decided.
    pub(crate) set_aside: BTreeMap<FunctionRef, Vec<SetAside>>,
    pub(crate) colors: &'a Colors,
}

impl<'a> Plan<'a> {
    /// How a function of a file is rewritten, or its bare statements, when they are.
    pub(crate) fn draft(&self, (file, function): (usize, Option<usize>)) -> Option<&Draft<'a>> {
        match function {
            Some(index) => self.drafts.get(&FunctionRef { file, index }),
            None => self.bare.get(&file),
        }
    }
}

/// Owns what drafts borrow.
pub(crate) struct Planner<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    /// The methods of class-based views.
    pub(crate) families: &'a Families,
    pub(crate) effects: &'a Effects<'a>,
    pub(crate) options: &'a Options,
    pub(crate) decided: &'a Decided<'a>,
    pub(crate) http: &'a Http<'a>,
    /// What wraps views in the project's own decorators.
    wrappers: Wrappers,
    /// Helpers that were looked at, and whether they need nothing but rows with their relations.
    given_rows: RefCell<HashMap<FunctionRef, bool>>,
    /// Calls that run lambdas in which something waits, by function.
    called_back: RefCell<HashMap<FunctionRef, Vec<(NodeId, NodeId)>>>,
}

/// What a function is to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    View,
    /// It wraps views, in a decorator of the project.
    Wrapper,
    /// A test of the project's suite.
    Test,
    Helper,
}

/// Colors and the functions that can't change, with reasons.
pub(crate) struct Coloring {
    pub(crate) colors: Colors,
    views: BTreeSet<FunctionRef>,
    asyncs: BTreeSet<FunctionRef>,
    refused: HashMap<FunctionRef, Cannot>,
    /// The functions that were tried with every helper wrapped.
    possible: HashMap<FunctionRef, bool>,
    everything_wrapped: Colors,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        families: &'a Families,
        effects: &'a Effects<'a>,
        options: &'a Options,
        decided: &'a Decided<'a>,
        http: &'a Http<'a>,
    ) -> Self {
        let mut planner = Self {
            analysis,
            families,
            effects,
            options,
            decided,
            http,
            wrappers: Wrappers::default(),
            given_rows: RefCell::default(),
            called_back: RefCell::default(),
        };
        planner.wrappers = Wrappers::new(&planner);
        planner
    }

    /// Finds the colors: repeats until every draft succeeds with them.
    pub(crate) fn color(&self) -> Coloring {
        let mut refused: HashMap<FunctionRef, Cannot> = HashMap::new();
        let everything_wrapped: Colors = self
            .effects
            .waiting()
            .map(|function| (function, Color::Wrap))
            .collect();
        let views = self.views();
        let mut possible: HashMap<FunctionRef, bool> = HashMap::new();
        loop {
            let asyncs = self.reach(&views, &mut refused, &mut possible, &everything_wrapped);
            let mut colors = everything_wrapped.clone();
            self.assign(&views, &asyncs, &mut colors, &mut refused);
            let asyncs: BTreeSet<FunctionRef> = asyncs
                .into_iter()
                .filter(|function| {
                    colors
                        .get(function)
                        .is_some_and(|color| *color != Color::Wrap)
                })
                .collect();
            let mut failed = false;
            for &function in &asyncs {
                // What is defined in a function follows it, or the function stays as it is.
                if let Some(reason) = self.inner_left(function, &asyncs, &colors, &refused) {
                    refused.insert(function, reason);
                    possible.insert(function, false);
                    self.refuse_mates(function, &mut refused, &mut possible);
                    failed = true;
                    continue;
                }
                let tried = self
                    .draft(function, &colors)
                    .and_then(|_| self.try_shapes(function, &colors))
                    .and_then(|()| self.try_middleware(function, &colors));
                if let Err(cannot) = tried {
                    // What a wrapper can't do, its views can't.
                    for view in self.wrappers.views_of(function) {
                        refused.insert(view, of_wrapper(cannot.clone()));
                        possible.insert(view, false);
                    }
                    refused.insert(function, cannot);
                    possible.insert(function, false);
                    self.refuse_mates(function, &mut refused, &mut possible);
                    failed = true;
                }
            }
            if !failed {
                return Coloring {
                    colors,
                    views,
                    asyncs,
                    refused,
                    possible,
                    everything_wrapped,
                };
            }
        }
    }

    /// Makes the drafts for a coloring.
    pub(crate) fn plan(&self, coloring: &'a Coloring) -> Plan<'a> {
        let mut plan = Plan {
            verdicts: BTreeMap::new(),
            drafts: BTreeMap::new(),
            bare: BTreeMap::new(),
            shapes: self.shapes(coloring),
            set_aside: BTreeMap::new(),
            colors: &coloring.colors,
        };
        for &function in &coloring.asyncs {
            if let Ok(draft) = self.draft(function, &coloring.colors) {
                plan.drafts.insert(function, draft);
            }
        }
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            if self.options.bare_statements
                && facts.functions.is_empty()
                && facts.classes.is_empty()
            {
                let sites: Vec<_> = self.effects.sites_of(file, None).cloned().collect();
                if !sites.is_empty()
                    && let Some(draft) = self.each(file, None, in_order(sites), plan.colors)
                {
                    plan.bare.insert(file, draft);
                }
            }
            for (index, definition) in facts.functions.iter().enumerate() {
                let function = FunctionRef { file, index };
                if definition.is_async {
                    if !facts.is_damaged(definition)
                        && self.options.changes(&facts.path)
                        && let Some(draft) = self.repair(function, &coloring.colors)
                    {
                        plan.drafts.insert(function, draft);
                    }
                    let waits = self.effects.reached(function).next().is_some();
                    if waits {
                        plan.verdicts.insert(
                            function,
                            Verdict {
                                decision: Decision::AlreadyAsync,
                                because: Because::WasAsync,
                                reason: "It was async before.".to_owned(),
                                is_view: is_view(self.analysis, self.effects, function),
                                possibilities: choices::of_async(),
                                chosen: self.decided.function(function),
                            },
                        );
                    }
                    continue;
                }
                if let Some(verdict) = self.verdict(function, coloring) {
                    plan.verdicts.insert(function, verdict);
                }
                if !plan.drafts.contains_key(&function)
                    && !self.decided.takes_all()
                    && (self.decided.concerns(function) || coloring.refused.contains_key(&function))
                    && !facts.is_damaged(definition)
                {
                    let set_aside = self.set_aside(function, &coloring.colors);
                    plan.set_aside.insert(function, set_aside);
                }
            }
        }
        plan
    }

    /// The views to convert.
    fn views(&self) -> BTreeSet<FunctionRef> {
        let mut views = BTreeSet::new();
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            for (index, definition) in facts.functions.iter().enumerate() {
                let function = FunctionRef { file, index };
                let is_chosen = self.decided.function(function) == Some(Choice::Convert);
                let asked = self.options.views.is_empty()
                    || self
                        .options
                        .views
                        .iter()
                        .any(|view| names_function(view, &facts.module, &definition.qualname));
                let waits = self.effects.reached(function).next().is_some()
                    || ((self.options.all_views || is_chosen) && self.effects.waits(function));
                if (asked || is_chosen)
                    && waits
                    && !definition.is_async
                    && is_view(self.analysis, self.effects, function)
                {
                    views.insert(function);
                }
            }
        }
        views.extend(self.entries());
        views.extend(self.tests());
        views
    }

    /// The functions that can become async, from the views and the async functions down their calls.
    fn reach(
        &self,
        views: &BTreeSet<FunctionRef>,
        refused: &mut HashMap<FunctionRef, Cannot>,
        possible: &mut HashMap<FunctionRef, bool>,
        wrapped: &Colors,
    ) -> BTreeSet<FunctionRef> {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<FunctionRef> = views.iter().copied().collect();
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            for (index, definition) in facts.functions.iter().enumerate() {
                let function = FunctionRef { file, index };
                if definition.is_async {
                    queue.extend(self.callees(function));
                } else if self.is_asked_for(function, views) {
                    queue.push(function);
                }
            }
        }
        self.reach_middleware(&mut reached, &mut queue, refused, possible, wrapped);
        while let Some(function) = queue.pop() {
            let waits = self.effects.waits(function) || views.contains(&function);
            if reached.contains(&function) || !waits {
                continue;
            }
            let can = self.can_all(function, views, refused, possible, wrapped);
            if !can {
                continue;
            }
            let is_test = self.is_test(function);
            for function in self.with_mates(function) {
                reached.insert(function);
                // What a test calls does not become async for its sake.
                queue.extend(self.callees(function).filter(|_| !is_test));
                for &wrapper in self.wrappers.of(function) {
                    if reached.insert(wrapper) {
                        queue.extend(self.callees(wrapper));
                    }
                }
            }
        }
        reached
    }

    /// Tries what wraps a view.
    fn try_wrappers(&self, view: FunctionRef, colors: &Colors) -> Result<(), Cannot> {
        for &wrapper in self.wrappers.of(view) {
            choices::check(self.decided.function(wrapper), false)
                .and_then(|()| self.eligible(wrapper, Role::Wrapper, true))
                .and_then(|()| self.try_self(view, wrapper))
                .and_then(|()| self.trial(wrapper, colors))
                .map_err(of_wrapper)?;
        }
        Ok(())
    }

    fn role(&self, function: FunctionRef, is_view: bool) -> Role {
        if self.is_test(function) {
            Role::Test
        } else if is_view {
            Role::View
        } else if self.wrappers.get(function).is_some() {
            Role::Wrapper
        } else {
            Role::Helper
        }
    }

    pub(crate) fn is_async(&self, function: FunctionRef) -> bool {
        self.analysis
            .world
            .function(function)
            .is_some_and(|definition| definition.is_async)
    }

    /// The functions that a function would await, were they async.
    fn callees(&self, function: FunctionRef) -> impl Iterator<Item = FunctionRef> + '_ {
        self.effects
            .calls_of(function.file, Some(function.index))
            .filter(move |call| {
                let is_awaited = !call.is_method || self.families.is_member(call.callee);
                is_awaited
                    && self.would_await(function, call.node)
                    && self.takes_async(function, call)
                    && !self.gets_rows(call.callee)
            })
            .map(|call| call.callee)
    }

    /// Decides between async, twin and wrapping for all that can become async.
    fn assign(
        &self,
        views: &BTreeSet<FunctionRef>,
        asyncs: &BTreeSet<FunctionRef>,
        colors: &mut Colors,
        refused: &mut HashMap<FunctionRef, Cannot>,
    ) {
        let mut converted: HashSet<FunctionRef> = asyncs
            .iter()
            .copied()
            .filter(|function| views.contains(function) || self.may_convert(*function))
            .filter(|&function| self.wrappers.get(function).is_none())
            .filter(|function| {
                views.contains(function) || self.decided.function(*function) != Some(Choice::Twin)
            })
            .collect();
        // What a demoted function calls may have to follow it.
        let mut doubtful: Vec<FunctionRef> = converted.iter().copied().collect();
        while !doubtful.is_empty() {
            let demoted: Vec<FunctionRef> = std::mem::take(&mut doubtful)
                .into_iter()
                .filter(|function| converted.contains(function))
                .filter(|&function| {
                    !self.effects.callers_of(function).all(|caller| {
                        caller.awaiting().is_some_and(|caller| {
                            let is_async = converted.contains(&caller) || self.is_async(caller);
                            is_async && self.awaits_all(caller, function)
                        })
                    })
                })
                .collect();
            for function in demoted.into_iter().flat_map(|one| self.with_mates(one)) {
                converted.remove(&function);
                doubtful.extend(self.callees(function));
            }
        }
        for &function in asyncs {
            if self.wrappers.get(function).is_some() {
                colors.insert(function, Color::Variant);
            } else if converted.contains(&function) {
                colors.insert(function, Color::Convert);
            } else if views.contains(&function) {
                refused.insert(
                    function,
                    Cannot::of(Because::SyncCallers, "synchronous code calls it"),
                );
            } else if self.decided.function(function) == Some(Choice::Convert)
                && !self.has_async_caller(function, asyncs)
            {
                // It can't be converted after all, and nothing needs a twin of it.
            } else {
                match self.twin_name(function) {
                    Ok(name) => {
                        colors.insert(function, Color::Twin(name));
                    }
                    Err(cannot) => {
                        refused.insert(function, cannot);
                    }
                }
            }
        }
    }

    /// True when a helper may change color, as far as its uses other than calls are concerned.
    fn may_convert(&self, function: FunctionRef) -> bool {
        let Some(definition) = self.analysis.world.function(function) else {
            return false;
        };
        let mut all = self.with_mates(function);
        if all.any(|one| self.effects.is_looked_up(one)) {
            return false;
        }
        if self.families.is_member(function) && !self.families.is_plain(function) {
            // Its class is converted, and calls it from nowhere else as far as is known.
            return self.effects.values_of(function).is_empty();
        }
        if self.is_awaited_hook(function) {
            return true;
        }
        let has_twin = self
            .twin_name(function)
            .is_ok_and(|twin| self.has_twin(function, &twin));
        let is_private = definition.name.starts_with('_') || definition.parent.is_some();
        !has_twin
            && self.effects.values_of(function).is_empty()
            && (self.options.world == World::Closed
                || is_private
                || self.decided.function(function) == Some(Choice::Convert))
    }
}

fn of_wrapper(cannot: Cannot) -> Cannot {
    Cannot::of(
        Because::SyncDecorator,
        format!(
            "the decorator around it can't have an async form: {}",
            cannot.reason
        ),
    )
}
