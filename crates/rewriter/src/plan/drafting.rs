//! Drafts of functions: every site through the rules, in order.

use std::sync::Arc;

use unblocked_analyzer::{FileFacts, FunctionRef, Site, SiteKind, Type};
use unblocked_django::{Effect, Owner, blocking};
use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use super::callbacks::is_given_to_thread;
use super::{Middleware, Planner};
use crate::because::Because;
use crate::concurrent;
use crate::draft::{Cannot, Colors, Draft, SetAside};
use crate::rules;
use crate::rules::suites::async_client;

impl<'a> Planner<'a> {
    /// The sites of a function in order of place, calls of the project's functions included.
    fn sites(&self, function: FunctionRef, colors: &Colors) -> Vec<Site> {
        let mut sites: Vec<Site> = self
            .effects
            .sites_of(function.file, Some(function.index))
            .cloned()
            .collect();
        for call in self.effects.calls_of(function.file, Some(function.index)) {
            if colors.contains_key(&call.callee) {
                sites.push(Site {
                    node: call.node,
                    function: call.function,
                    effect: self
                        .effects
                        .reached(call.callee)
                        .next()
                        .unwrap_or(Effect::Query),
                    evidence: unblocked_analyzer::Evidence::Proven,
                    kind: SiteKind::Project {
                        callee: call.callee,
                        is_method: call.is_method,
                    },
                });
            }
        }
        let called_back = self.called_back(function);
        sites.retain(|site| {
            let is_call = matches!(site.kind, SiteKind::Project { .. } | SiteKind::Value { .. });
            !is_call || !called_back.iter().any(|(call, _)| *call == site.node)
        });
        sites.extend(called_back.into_iter().map(|(node, callback)| Site {
            node,
            function: Some(function.index),
            effect: Effect::Query,
            evidence: unblocked_analyzer::Evidence::Proven,
            kind: SiteKind::Callback {
                callback,
                callees: Arc::new([]),
            },
        }));
        if self.is_test(function) {
            sites.retain(|site| {
                !async_client::awaits_view(self.analysis, colors, function.file, site)
            });
        }
        // What a wrapper calls is awaited with the wrapper's own variation, whatever is known of the views.
        if let Some(wrapper) = self.wrappers.get(function) {
            sites.retain(|site| {
                site.kind.precedence().is_none() || !wrapper.calls.contains(&site.node)
            });
        }
        in_order(sites)
    }

    /// Rewrites a function to async.
    pub(super) fn draft<'c>(
        &self,
        function: FunctionRef,
        colors: &'c Colors,
    ) -> Result<Draft<'c>, Cannot>
    where
        'a: 'c,
    {
        let mut draft = self.begin(function, colors)?;
        self.attempt(&mut draft, function)?;
        if concurrent::is_wanted(self, Some(function)) {
            concurrent::gather(self, &mut draft);
        }
        draft.finish();
        Ok(draft)
    }

    /// Tries whether a function can be rewritten, whatever becomes of the helpers that it calls.
    pub(super) fn trial(&self, function: FunctionRef, wrapped: &Colors) -> Result<(), Cannot> {
        let mut draft = self.begin(function, wrapped)?;
        draft.is_trial = true;
        self.attempt(&mut draft, function)
    }

    /// The changes of a function that are not made, as was decided, be it rewritten or not.
    pub(super) fn set_aside(&self, function: FunctionRef, colors: &Colors) -> Vec<SetAside> {
        let Ok(mut draft) = self.begin(function, colors) else {
            return Vec::new();
        };
        for site in draft.sites.clone() {
            if !is_awaited(&draft, &site) && !runs_in_thread(&draft, &site) {
                // What fails keeps the function sync, which was said; the other sites count as well.
                let before = draft.checkpoint();
                match rules::rewrite(&mut draft, &site) {
                    Ok(()) => draft.accept(before),
                    Err(_) => draft.restore(before),
                }
            }
        }
        let before = draft.checkpoint();
        if self.vary(&mut draft, function).is_err() {
            draft.restore(before);
        }
        draft.set_aside
    }

    fn begin<'c>(&self, function: FunctionRef, colors: &'c Colors) -> Result<Draft<'c>, Cannot>
    where
        'a: 'c,
    {
        let sites = self.sites(function, colors);
        Draft::new(self, function.file, Some(function.index), colors, sites)
            .ok_or_else(|| Cannot::of(Because::NotAtHand, "it is not at hand"))
    }

    fn attempt(&self, draft: &mut Draft<'_>, function: FunctionRef) -> Result<(), Cannot> {
        for site in draft.sites.clone() {
            if !is_awaited(draft, &site) && !runs_in_thread(draft, &site) {
                rules::rewrite(draft, &site)?;
            }
        }
        rules::plan::async_generator::vary(draft)?;
        self.convert_test(draft, function)?;
        self.check_values(draft)?;
        rules::classes::kept::check(draft)?;
        self.vary(draft, function)
    }

    /// Makes the draft of what wraps views its async variant.
    fn vary(&self, draft: &mut Draft<'_>, function: FunctionRef) -> Result<(), Cannot> {
        let Some(wrapper) = self.wrappers.get(function) else {
            return Ok(());
        };
        let (regions, own) = (self.effects.regions(), Some(function.index));
        let moved = wrapper
            .calls
            .iter()
            .find(|&&call| regions.moves(draft.ast(), function.file, own, call));
        if let Some(&call) = moved {
            return Err(Cannot::of(
                Because::SyncBlock,
                format!(
                    "`{}` stands in a block that works in synchronous code only",
                    draft.excerpt(call)
                ),
            ));
        }
        let before = draft.checkpoint();
        match self.wrappers.middleware(function) {
            Some(Middleware::Class(..)) => rules::middleware::dual_mode::vary(draft, wrapper)?,
            Some(Middleware::Hook(_)) => {}
            _ => rules::plan::decorator::vary(draft, wrapper)?,
        }
        draft.settle(before).map_or(Ok(()), Err)
    }

    /// A function that waits and is passed on (`key=total`, `map(total, rows)`) would run on the event loop, unless what
    /// it is passed to runs in a thread.
    fn check_values(&self, draft: &Draft<'_>) -> Result<(), Cannot> {
        let ast = draft.ast();
        for value in &draft.file.value_uses {
            if draft.facts.owner(value.node) != draft.function
                || !self.effects.waits(value.function)
                || draft.stays_sync(value.node)
                // `task.enqueue(…)`: an attribute of it is no call of it.
                || ast.field(value.node) == Some(Field::Object)
            {
                continue;
            }
            let mut given = value.node;
            let mut call = call_around(draft, given);
            // `functools.partial(load, pk)` is given in its place.
            while let Some(partial) = call.filter(|&call| is_partial(draft, call, given)) {
                given = partial;
                call = call_around(draft, given);
            }
            let is_called_back = draft.sites.iter().any(
                |site| matches!(site.kind, SiteKind::Callback { callback, .. } if callback == given),
            );
            let runs_in_thread = is_called_back
                || call.is_some_and(|call| {
                    let adapter = ast.child(call, Field::Function).is_some_and(|function| {
                        draft.text(function).ends_with("to_async")
                            || draft.text(function).ends_with("to_thread")
                    });
                    let wrapped = draft.sites.iter().any(|site| {
                        site.node == call && !matches!(site.kind, SiteKind::Evaluate { .. })
                    });
                    adapter || wrapped
                });
            if !runs_in_thread && !is_only_called(draft, value.node) {
                return Err(Cannot::of(
                    Because::UsedAsValue,
                    format!(
                        "`{}` waits and is passed on as a value, to be called on the event loop",
                        draft.excerpt(value.node)
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Repairs a function that is async already: what can't be made right is reported.
    pub(super) fn repair<'c>(&self, function: FunctionRef, colors: &'c Colors) -> Option<Draft<'c>>
    where
        'a: 'c,
    {
        let sites = self.sites(function, colors);
        if sites.is_empty() {
            return None;
        }
        self.each(function.file, Some(function.index), sites, colors)
    }

    /// Makes right what can be, site by site, and reports the rest.
    pub(crate) fn each<'c>(
        &self,
        file: usize,
        function: Option<usize>,
        sites: Vec<Site>,
        colors: &'c Colors,
    ) -> Option<Draft<'c>>
    where
        'a: 'c,
    {
        let mut draft = Draft::new(self, file, function, colors, sites.clone())?;
        let mut damage = Damage::default();
        for site in &sites {
            if is_awaited(&draft, site) || runs_in_thread(&draft, site) {
                continue;
            }
            if function.is_none() && damage.around(draft.facts, site.node) {
                draft.report(
                    site,
                    "its statement contains a syntax error, or nests too deep",
                );
                continue;
            }
            let before = draft.checkpoint();
            match rules::rewrite(&mut draft, site) {
                Ok(()) => draft.accept(before),
                Err(cannot) => {
                    draft.restore(before);
                    draft.report(site, &cannot.reason);
                }
            }
        }
        let owner = function.map(|index| FunctionRef { file, index });
        if concurrent::is_wanted(self, owner) {
            concurrent::gather(self, &mut draft);
        }
        draft.finish();
        Some(draft)
    }
}

/// Tells of bare statements whether they may be changed, each one looked at once.
#[derive(Default)]
struct Damage {
    last: Option<(NodeId, bool)>,
}

impl Damage {
    /// True when the module's statement around a node contains a syntax error or nests too deep.
    fn around(&mut self, facts: &FileFacts, node: NodeId) -> bool {
        let ast = facts.ast();
        let outermost = std::iter::once(node)
            .chain(ast.ancestors(node))
            .take_while(|&up| up != NodeId::ROOT)
            .last()
            .unwrap_or(node);
        match self.last {
            Some((statement, damaged)) if statement == outermost => damaged,
            _ => {
                let damaged = facts.is_damaged_at(outermost);
                self.last = Some((outermost, damaged));
                damaged
            }
        }
    }
}

/// In order of place; of two at one node, what makes the value comes before what evaluates it.
pub(crate) fn in_order(mut sites: Vec<Site>) -> Vec<Site> {
    sites.small_sort_by_key(|site| (site.node, matches!(site.kind, SiteKind::Evaluate { .. })));
    sites.dedup();
    one_per_call(sites)
}

/// One site for each call: of an object that may be of several classes, or of one with bases that are not at hand, the
/// call has a site for each method that it may reach, and would be changed for each.
fn one_per_call(sites: Vec<Site>) -> Vec<Site> {
    let mut kept: Vec<Site> = Vec::with_capacity(sites.len());
    for site in sites {
        let rank = site.kind.precedence();
        let mut others = kept
            .iter_mut()
            .rev()
            .take_while(|other| other.node == site.node);
        if let SiteKind::SyncOnly { what } = &site.kind {
            // `with transaction.atomic(), connection.cursor() as cursor:` is one block.
            let same = others.find_map(|other| match &mut other.kind {
                SiteKind::SyncOnly { what } => Some(what),
                _ => None,
            });
            match same {
                Some(other) => *other = (*other).min(*what),
                None => kept.push(site),
            }
            continue;
        }
        let same = others.find(|other| rank.is_some() && other.kind.precedence().is_some());
        match same {
            Some(other) if other.kind.precedence() >= rank => {}
            Some(other) => *other = site,
            None => kept.push(site),
        }
    }
    kept
}

/// True for what stands in a lambda that is given to a call which runs in Django's thread, lambda and all.
fn runs_in_thread(draft: &Draft<'_>, site: &Site) -> bool {
    let ast = draft.ast();
    let Some(lambda) = ast
        .ancestors(site.node)
        .find(|&up| ast.kind(up) == Kind::Lambda)
    else {
        return false;
    };
    let call = ast
        .ancestors(lambda)
        .take(3)
        .find(|&up| ast.kind(up) == Kind::Call);
    if is_given_to_thread(draft, lambda) {
        return true;
    }
    draft.sites.iter().any(|other| {
        if matches!(other.kind, SiteKind::Callback { callback, .. } if callback == lambda) {
            return true;
        }
        Some(other.node) == call
            && match &other.kind {
                SiteKind::Callback { .. } => true,
                SiteKind::Method {
                    owner: Owner::Cache,
                    name,
                    ..
                } => draft.text(*name) == "get_or_set",
                SiteKind::Function { path } => blocking(path)
                    .is_some_and(|entry| entry.touches_django_db && entry.native.is_none()),
                _ => false,
            }
    })
}

/// True when the call is awaited already: it is of a function that is async under the same name elsewhere.
fn is_awaited(draft: &Draft<'_>, site: &Site) -> bool {
    let ast = draft.ast();
    !site.kind.is_half_async()
        && ast
            .parent(site.node)
            .is_some_and(|parent| ast.kind(parent) == Kind::Await && !draft.drops_await(parent))
}

/// The call that a value is given to.
fn call_around(draft: &Draft<'_>, value: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    ast.ancestors(value)
        .take(3)
        .find(|&up| ast.kind(up) == Kind::Call)
}

/// True for `functools.partial(function, …)`, which binds arguments of `function`.
fn is_partial(draft: &Draft<'_>, call: NodeId, function: NodeId) -> bool {
    let ast = draft.ast();
    let first = ast
        .child(call, Field::Arguments)
        .and_then(|list| ast.first_child(list));
    first == Some(function)
        && ast.child(call, Field::Function).is_some_and(
            |made| matches!(draft.type_of(made), Type::Path(path) if &**path == "functools.partial"),
        )
}

/// True for a function in a variable, with arguments or without (`load = partial(find, pk)`), that the function which is
/// drafted does nothing with but call it: each call is made in a thread.
fn is_only_called(draft: &Draft<'_>, value: NodeId) -> bool {
    let ast = draft.ast();
    let assignment = ast
        .ancestors(value)
        .take_while(|&up| !ast.kind(up).is_statement())
        .find(|&up| ast.kind(up) == Kind::Assignment);
    let target = assignment.and_then(|assignment| ast.child(assignment, Field::Left));
    let (Some(assignment), Some(target), Some(function)) = (assignment, target, draft.definition())
    else {
        return false;
    };
    let held = ast.child(assignment, Field::Right);
    let is_held = held.is_some_and(|held| {
        held == value
            || (matches!(draft.type_of(held), Type::Callable { .. })
                && ast
                    .child(held, Field::Arguments)
                    .and_then(|list| ast.first_child(list))
                    == Some(value))
    });
    let is_called = |name: NodeId| {
        let call = ast.parent(name);
        ast.field(name) == Some(Field::Function)
            && draft
                .sites
                .iter()
                .any(|site| Some(site.node) == call && matches!(site.kind, SiteKind::Value { .. }))
    };
    ast.kind(target) == Kind::Identifier
        && is_held
        && ast
            .subtree(function.body)
            .filter(|&id| ast.kind(id) == Kind::Identifier && id != target)
            .filter(|&id| draft.text(id) == draft.text(target))
            .filter(|&id| !matches!(ast.field(id), Some(Field::Attribute | Field::Name)))
            .all(is_called)
}
