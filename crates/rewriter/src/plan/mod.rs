//! Who becomes async: a fixed point over the call graph.
//!
//! A view that waits is tried as a draft; what it calls follows it where that can be done. A helper that only async
//! code calls becomes async itself, one that sync code needs too gets a twin, the rest is wrapped where it is called. A
//! draft that fails with the colors of this plan takes its function out, and the plan starts again.

mod decorators;
mod drafting;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{Analysis, FunctionRef, SiteKind};
use unblocked_django::Effect;

use crate::draft::{Cannot, Color, Colors, Draft};
use crate::effects::Effects;
use crate::options::{Options, World};
use crate::report::Decision;
use crate::rules::http::Http;
use crate::rules::orm::atomic_requests;
use crate::views::{check_decorators, is_error_handler, is_handler, is_view};

use decorators::Wrappers;
pub(crate) use decorators::{Decoration, Wrapper, decoration};
pub(crate) use drafting::in_order;

/// What was decided for a function, and why.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) reason: String,
    pub(crate) is_view: bool,
}

/// The decisions for all functions that wait, and the drafts of those that change.
pub(crate) struct Plan<'a> {
    pub(crate) verdicts: BTreeMap<FunctionRef, Verdict>,
    pub(crate) drafts: BTreeMap<FunctionRef, Draft<'a>>,
    pub(crate) colors: &'a Colors,
}

/// Owns what drafts borrow.
pub(crate) struct Planner<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    pub(crate) effects: &'a Effects<'a>,
    pub(crate) options: &'a Options,
    pub(crate) http: &'a Http<'a>,
    /// What wraps views in the project's own decorators.
    wrappers: Wrappers,
}

/// What a function is to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    View,
    /// It wraps views, in a decorator of the project.
    Wrapper,
    Helper,
}

/// Colors and the functions that can't change, with reasons.
pub(crate) struct Coloring {
    pub(crate) colors: Colors,
    views: BTreeSet<FunctionRef>,
    asyncs: BTreeSet<FunctionRef>,
    refused: HashMap<FunctionRef, String>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        effects: &'a Effects<'a>,
        options: &'a Options,
        http: &'a Http<'a>,
    ) -> Self {
        let mut planner = Self {
            analysis,
            effects,
            options,
            http,
            wrappers: Wrappers::default(),
        };
        planner.wrappers = Wrappers::new(analysis, options, planner.views());
        planner
    }

    /// Finds the colors: repeats until every draft succeeds with them.
    pub(crate) fn color(&self) -> Coloring {
        let mut refused: HashMap<FunctionRef, String> = HashMap::new();
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
                .filter(|function| colors.get(function) != Some(&Color::Wrap))
                .collect();
            let mut failed = false;
            for &function in &asyncs {
                // What is defined in a function follows it, or the function stays as it is.
                if let Some(reason) = self.inner_left(function, &asyncs, &colors, &refused) {
                    refused.insert(function, reason);
                    possible.insert(function, false);
                    failed = true;
                    continue;
                }
                if let Err(Cannot(reason)) = self.draft(function, &colors) {
                    // What a wrapper can't do, its views can't.
                    for view in self.wrappers.views_of(function) {
                        refused.insert(view, wrapper_reason(&reason));
                        possible.insert(view, false);
                    }
                    refused.insert(function, reason);
                    possible.insert(function, false);
                    failed = true;
                }
            }
            if !failed {
                return Coloring {
                    colors,
                    views,
                    asyncs,
                    refused,
                };
            }
        }
    }

    /// Makes the drafts for a coloring.
    pub(crate) fn plan(&self, coloring: &'a Coloring) -> Plan<'a> {
        let mut plan = Plan {
            verdicts: BTreeMap::new(),
            drafts: BTreeMap::new(),
            colors: &coloring.colors,
        };
        for &function in &coloring.asyncs {
            if let Ok(draft) = self.draft(function, &coloring.colors) {
                plan.drafts.insert(function, draft);
            }
        }
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
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
                                reason: "It was async before.".to_owned(),
                                is_view: is_view(self.analysis, self.effects, function),
                            },
                        );
                    }
                    continue;
                }
                if let Some(verdict) = self.verdict(function, coloring) {
                    plan.verdicts.insert(function, verdict);
                }
            }
        }
        plan
    }

    fn verdict(&self, function: FunctionRef, coloring: &Coloring) -> Option<Verdict> {
        let is_view = coloring.views.contains(&function);
        if !self.effects.waits(function) {
            return None;
        }
        let (decision, reason) = match coloring.colors.get(&function) {
            Some(Color::Convert) if coloring.asyncs.contains(&function) => {
                let reason = if is_view {
                    "A view that waits: it becomes async."
                } else {
                    "Every caller is async: it becomes async with them."
                };
                (Decision::Convert, reason.to_owned())
            }
            Some(Color::Twin(name)) if coloring.asyncs.contains(&function) => (
                Decision::Twin,
                format!("Synchronous code needs it, or may: async callers use its twin `{name}`."),
            ),
            Some(Color::Variant) if coloring.asyncs.contains(&function) => (
                Decision::Twin,
                "It wraps views: async ones get its async variant.".to_owned(),
            ),
            _ => {
                let reason = coloring.refused.get(&function);
                let called = self.effects.callers_of(function).any(|caller| {
                    caller
                        .awaiting()
                        .is_some_and(|caller| coloring.asyncs.contains(&caller))
                });
                match reason {
                    Some(reason) if called => (
                        Decision::Wrap,
                        format!(
                            "It stays synchronous ({reason}); async callers run it in Django's thread."
                        ),
                    ),
                    Some(reason) => (Decision::Leave, format!("It stays synchronous: {reason}.")),
                    None if called => (
                        Decision::Wrap,
                        "It stays synchronous; async callers run it in Django's thread.".to_owned(),
                    ),
                    None => (Decision::Leave, self.why_left(function)),
                }
            }
        };
        Some(Verdict {
            decision,
            reason,
            is_view,
        })
    }

    /// Why a function that nothing refused stays sync.
    fn why_left(&self, function: FunctionRef) -> String {
        let definition = self.analysis.world.function(function);
        let known: BTreeSet<Effect> = self.effects.reached(function).collect();
        let looks_like_view = is_view(self.analysis, self.effects, function);
        match definition {
            Some(_) if looks_like_view && known.is_empty() => {
                "It waits for nothing but its template, or for code that is not at hand: async gains nothing.".to_owned()
            }
            Some(_) if looks_like_view => "It is not among the views that were asked for.".to_owned(),
            Some(_) if is_handler(self.analysis, function) => {
                "It is a handler of a class-based view, whose handlers change together or not at all: it is left as it is.".to_owned()
            }
            Some(definition) if definition.class.is_some() => {
                "It is a method: it stays synchronous with its class.".to_owned()
            }
            _ => "No async code calls it.".to_owned(),
        }
    }

    /// The views to convert.
    fn views(&self) -> BTreeSet<FunctionRef> {
        let mut views = BTreeSet::new();
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            for (index, definition) in facts.functions.iter().enumerate() {
                let function = FunctionRef { file, index };
                let name = format!("{}.{}", facts.module, definition.qualname);
                let asked = self.options.views.is_empty()
                    || self
                        .options
                        .views
                        .iter()
                        .any(|view| *view == name || name.ends_with(&format!(".{view}")));
                let waits = self.effects.reached(function).next().is_some()
                    || (self.options.all_views && self.effects.waits(function));
                if asked
                    && waits
                    && !definition.is_async
                    && is_view(self.analysis, self.effects, function)
                {
                    views.insert(function);
                }
            }
        }
        views
    }

    /// The functions that can become async, from the views and the async functions down their calls.
    fn reach(
        &self,
        views: &BTreeSet<FunctionRef>,
        refused: &mut HashMap<FunctionRef, String>,
        possible: &mut HashMap<FunctionRef, bool>,
        wrapped: &Colors,
    ) -> BTreeSet<FunctionRef> {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<FunctionRef> = views.iter().copied().collect();
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            for (index, definition) in facts.functions.iter().enumerate() {
                if definition.is_async {
                    queue.extend(self.callees(FunctionRef { file, index }));
                }
            }
        }
        while let Some(function) = queue.pop() {
            if reached.contains(&function) || !self.effects.waits(function) {
                continue;
            }
            let can = *possible.entry(function).or_insert_with(|| {
                let role = if views.contains(&function) {
                    Role::View
                } else {
                    Role::Helper
                };
                let tried = self
                    .eligible(function, role)
                    .and_then(|()| self.draft(function, wrapped).map(drop))
                    .and_then(|()| self.try_wrappers(function, wrapped));
                match tried {
                    Ok(()) => true,
                    Err(Cannot(reason)) => {
                        refused.insert(function, reason);
                        false
                    }
                }
            });
            if can {
                reached.insert(function);
                queue.extend(self.callees(function));
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
            self.eligible(wrapper, Role::Wrapper)
                .and_then(|()| self.draft(wrapper, colors).map(drop))
                .map_err(|Cannot(reason)| Cannot::new(wrapper_reason(&reason)))?;
        }
        Ok(())
    }

    fn callees(&self, function: FunctionRef) -> impl Iterator<Item = FunctionRef> + '_ {
        self.effects
            .calls_of(function.file, Some(function.index))
            .filter(|call| !call.is_method)
            .map(|call| call.callee)
    }

    /// What keeps a function sync whatever is in it.
    fn eligible(&self, function: FunctionRef, role: Role) -> Result<(), Cannot> {
        let (Some(facts), Some(definition)) = (
            self.analysis.world.file(function.file),
            self.analysis.world.function(function),
        ) else {
            return Err(Cannot::new("it is not at hand"));
        };
        if definition.is_async {
            return Err(Cannot::new("it is async already"));
        }
        if !self.options.changes(&facts.path) {
            return Err(Cannot::new("its file is not among those to change"));
        }
        if facts.is_damaged(definition) {
            return Err(Cannot::new("it contains a syntax error, or nests too deep"));
        }
        if definition.is_generator {
            return Err(Cannot::new("it is a generator"));
        }
        if definition.class.is_some() {
            return Err(Cannot::new("it is a method"));
        }
        for site in self.effects.sites_of(function.file, Some(function.index)) {
            if let SiteKind::SyncOnly { what } = site.kind {
                self.effects.regions().extraction(
                    function.file,
                    Some(function.index),
                    site.node,
                    what,
                )?;
            }
        }
        if role != Role::Wrapper
            && self.effects.waits_in_regions_only(function)
            && !self.options.all_views
        {
            return Err(Cannot::new(
                "all that it waits for happens in blocks that belong to one thread, so async gains nothing",
            ));
        }
        if role == Role::View {
            if let Some(settings) = atomic_requests::concerns(self.analysis, function) {
                return Err(Cannot::new(atomic_requests::reason(settings)));
            }
            check_decorators(self.analysis, function, self.options)?;
            let values = self.effects.values_of(function);
            if is_error_handler(self.analysis, function) {
                return Err(Cannot::new("Django calls its error handlers synchronously"));
            }
            if values.contains(&false) {
                return Err(Cannot::new(
                    "it is passed on as a value, and what calls it may be synchronous",
                ));
            }
        } else if let Some(&decorator) = definition.decorators.first()
            && role == Role::Helper
        {
            return Err(Cannot::new(format!(
                "its decorator `{}` wraps a synchronous function",
                facts.source(decorator)
            )));
        }
        // A nested function that waits runs where it is called, or where it is passed to.
        for (index, nested) in facts.nested(function.index) {
            let inner = FunctionRef {
                file: function.file,
                index,
            };
            let moves = self.effects.regions().moves(
                facts.ast(),
                function.file,
                Some(function.index),
                nested.node,
            );
            let follows = !nested.is_generator
                && nested.class.is_none()
                && nested.decorators.is_empty()
                && self.effects.values_of(inner).is_empty()
                && self.effects.callers_of(inner).next().is_some();
            if self.effects.waits(inner) && !moves && !follows {
                return Err(Cannot::new(format!(
                    "its inner function `{}` waits",
                    nested.name
                )));
            }
        }
        Ok(())
    }

    /// Why a function can't change: a function in it waits and does not become async with it.
    fn inner_left(
        &self,
        function: FunctionRef,
        asyncs: &BTreeSet<FunctionRef>,
        colors: &Colors,
        refused: &HashMap<FunctionRef, String>,
    ) -> Option<String> {
        let facts = self.analysis.world.file(function.file)?;
        facts.nested(function.index).find_map(|(index, nested)| {
            let inner = FunctionRef {
                file: function.file,
                index,
            };
            let follows = colors.get(&inner) == Some(&Color::Convert) && asyncs.contains(&inner);
            let moves = self.effects.regions().moves(
                facts.ast(),
                function.file,
                Some(function.index),
                nested.node,
            );
            (self.effects.waits(inner) && !follows && !moves).then(|| {
                let why = refused.get(&inner).map_or("", String::as_str);
                let join = if why.is_empty() { "" } else { ": " };
                format!("its inner function `{}` waits{join}{why}", nested.name)
            })
        })
    }

    /// Decides between async, twin and wrapping for all that can become async.
    fn assign(
        &self,
        views: &BTreeSet<FunctionRef>,
        asyncs: &BTreeSet<FunctionRef>,
        colors: &mut Colors,
        refused: &mut HashMap<FunctionRef, String>,
    ) {
        let mut converted: HashSet<FunctionRef> = asyncs
            .iter()
            .copied()
            .filter(|function| views.contains(function) || self.may_convert(*function))
            .filter(|&function| self.wrappers.get(function).is_none())
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
                            converted.contains(&caller)
                                || self
                                    .analysis
                                    .world
                                    .function(caller)
                                    .is_some_and(|f| f.is_async)
                        })
                    })
                })
                .collect();
            for function in demoted {
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
                refused.insert(function, "synchronous code calls it".to_owned());
            } else {
                match self.twin_name(function) {
                    Ok(name) => {
                        colors.insert(function, Color::Twin(name));
                    }
                    Err(Cannot(reason)) => {
                        refused.insert(function, reason);
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
        let has_twin = self
            .twin_name(function)
            .is_ok_and(|twin| self.analysis.world.global(function.file, &twin).is_some());
        let is_private = definition.name.starts_with('_') || definition.parent.is_some();
        !has_twin
            && self.effects.values_of(function).is_empty()
            && (self.options.world == World::Closed || is_private)
    }

    /// The name of a function's async twin: `load` → `aload`, `_load` → `_aload`.
    fn twin_name(&self, function: FunctionRef) -> Result<String, Cannot> {
        let definition = self
            .analysis
            .world
            .function(function)
            .ok_or_else(|| Cannot::new("it is not at hand"))?;
        let bare = definition.name.trim_start_matches('_');
        let underscores = definition.name.len() - bare.len();
        let name = format!("{}a{bare}", "_".repeat(underscores));
        if definition.parent.is_some() {
            return Err(Cannot::new(
                "it is an inner function that synchronous code calls",
            ));
        }
        match self.analysis.world.global(function.file, &name) {
            None => Ok(name),
            Some(unblocked_analyzer::Symbol::Function(twin))
                if self
                    .analysis
                    .world
                    .function(twin)
                    .is_some_and(|twin| twin.is_async) =>
            {
                Ok(name)
            }
            Some(_) => Err(Cannot::new(format!(
                "`{name}` means something else in its module"
            ))),
        }
    }
}

fn wrapper_reason(reason: &str) -> String {
    format!("the decorator around it can't have an async form: {reason}")
}
