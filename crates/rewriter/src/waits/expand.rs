//! From views down their calls to what waits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use unblocked_analyzer::{FunctionRef, Site, SiteKind};
use unblocked_syntax::{NodeId, SmallSort, Span};

use super::form::{self, Context};
use super::known::Known;
use super::pairs::{self, Visit};
use super::walk::{self, Event};
use super::{Condition, Link, Occupies, Schedule, Step, Timeline, Wait, WaitForm, label};
use crate::concurrent::AT_ONCE;
use crate::plan::{Plan, Planner};
use crate::report::{Decision, FunctionKind};
use crate::views::is_view;

/// Waits that a timeline lists.
const MAX_WAITS: usize = 100;

/// Links of all its chains.
const MAX_LINKS: usize = 2_000;

/// Calls that are followed for it.
const MAX_CALLS: usize = 2_000;

/// A function; `None` for the bare statements of a file.
pub(super) type Owner = (usize, Option<usize>);

pub(super) fn reference((file, function): Owner) -> Option<FunctionRef> {
    function.map(|index| FunctionRef { file, index })
}

/// The timelines of all views, in the order of their places.
pub(crate) fn timelines<'a, 'c>(planner: &Planner<'a>, plan: &Plan<'c>) -> Vec<Timeline>
where
    'a: 'c,
{
    let mut found = Vec::new();
    let mut known = Known::new(planner, plan);
    for (file, facts) in planner.analysis.world.files.iter().enumerate() {
        for index in 0..facts.functions.len() {
            let function = FunctionRef { file, index };
            let kind = if is_view(planner.analysis, planner.effects, function) {
                FunctionKind::View
            } else if planner.families.is_entry(function) {
                FunctionKind::Handler
            } else {
                continue;
            };
            found.extend(Walk::new(&mut known, (file, Some(index)), kind).timeline());
        }
        if planner.options.bare_statements && facts.functions.is_empty() && facts.classes.is_empty()
        {
            found.extend(Walk::new(&mut known, (file, None), FunctionKind::View).timeline());
        }
    }
    found
}

/// A function that is being followed.
struct Frame<'a> {
    owner: Owner,
    /// Which call it is.
    serial: usize,
    events: Rc<[Event<'a>]>,
    /// The event to look at next, and which of its callees.
    next: (usize, usize),
    /// The event that is looked at.
    at: usize,
    context: Context,
    loops: usize,
    /// How many conditions are around it.
    conditions: usize,
    /// How many turns of the loops around it pass at once.
    at_once: usize,
    /// The group and lane that the last event stood in.
    lane: Option<(usize, usize)>,
    /// What has ended when the group began, and when each of its lanes is done.
    group: (Vec<usize>, Vec<Vec<usize>>),
}

impl Frame<'_> {
    /// What it is at.
    fn visit(&self) -> Option<Visit> {
        let event = self.events.get(self.at)?;
        Some(Visit {
            owner: self.owner,
            serial: self.serial,
            node: event.node,
            context: self.context,
            loops: event.loops,
        })
    }
}

/// The way through one view.
struct Walk<'w, 'p, 'c, 'a> {
    known: &'w mut Known<'p, 'c, 'a>,
    view: Owner,
    kind: FunctionKind,
    is_async_before: bool,
    frames: Vec<Frame<'a>>,
    chain: Vec<Link>,
    conditions: Vec<Condition>,
    /// Numbers of conditions: the same place means the same decision only in one call.
    numbers: HashMap<(usize, NodeId), usize>,
    waits: Vec<Wait>,
    /// When each wait begins after the migration.
    steps: Vec<Step>,
    /// The waits that have ended when the next begins.
    ended: Vec<usize>,
    /// The way to each wait.
    visits: Vec<Vec<Visit>>,
    recursive: HashSet<Owner>,
    links: usize,
    calls: usize,
    is_cut: bool,
    /// Under which conditions `request.user` was loaded.
    user_is_loaded: Vec<Vec<Condition>>,
}

impl<'w, 'p, 'c, 'a> Walk<'w, 'p, 'c, 'a> {
    fn new(known: &'w mut Known<'p, 'c, 'a>, view: Owner, kind: FunctionKind) -> Self {
        let mut walk = Self {
            known,
            view,
            kind,
            is_async_before: view.1.is_none(),
            frames: Vec::new(),
            chain: Vec::new(),
            conditions: Vec::new(),
            numbers: HashMap::new(),
            waits: Vec::new(),
            steps: Vec::new(),
            ended: Vec::new(),
            visits: Vec::new(),
            recursive: HashSet::new(),
            links: 0,
            calls: 0,
            is_cut: false,
            user_is_loaded: Vec::new(),
        };
        walk.is_async_before = walk.is_async(view);
        walk
    }

    /// True for a function that was async before.
    fn is_async(&self, owner: Owner) -> bool {
        let world = &self.known.planner.analysis.world;
        reference(owner)
            .and_then(|function| world.function(function))
            .is_some_and(|definition| definition.is_async)
    }

    fn timeline(mut self) -> Option<Timeline> {
        let (file, function) = self.view;
        let facts = self.known.planner.analysis.world.file(file)?;
        let definition = function.and_then(|index| facts.functions.get(index));
        let name = definition.and_then(|definition| {
            facts
                .ast()
                .child(definition.node, unblocked_syntax::Field::Name)
        });
        let span = name.map_or(Span::new(0, 0), |name| facts.ast().span(name));
        let place = self.known.place(file, span);
        let verdict =
            reference(self.view).and_then(|function| self.known.plan.verdicts.get(&function));
        let decision = match (verdict, definition) {
            (Some(verdict), _) => verdict.decision,
            (None, Some(definition)) if definition.is_async => Decision::AlreadyAsync,
            (None, Some(_)) => Decision::Leave,
            (None, None) => Decision::Convert,
        };
        self.chain.push(Link {
            name: definition
                .map_or("the statements", |one| &one.qualname)
                .to_owned(),
            place: place.clone(),
        });
        let context = match self.is_async_before || self.known.plan.draft(self.view).is_some() {
            true => Context::Async,
            false => Context::Left,
        };
        self.enter(self.view, context, 0, 1);
        self.run();
        if self.waits.is_empty() {
            return None;
        }
        for (wait, visits) in self.waits.iter_mut().zip(&self.visits) {
            let mut owners = visits.iter().map(|visit| visit.owner);
            wait.is_recursive = owners.any(|owner| self.recursive.contains(&owner));
        }
        let in_turn = pairs::in_turn(
            self.known,
            &facts.path,
            &self.waits,
            &self.steps,
            &self.visits,
        );
        let one_after_another = Schedule {
            steps: (0..self.waits.len())
                .map(|index| Step {
                    follows: index.checked_sub(1).into_iter().collect(),
                    at_once: 1,
                })
                .collect(),
        };
        Some(Timeline {
            path: facts.path.clone(),
            view: definition.map(|definition| definition.qualname.clone()),
            kind: self.kind,
            place,
            decision,
            before: one_after_another,
            after: Schedule { steps: self.steps },
            in_turn,
            waits: self.waits,
            is_cut: self.is_cut,
        })
    }

    fn enter(&mut self, owner: Owner, context: Context, loops: usize, at_once: usize) {
        let events = self.known.events(owner);
        self.frames.push(Frame {
            owner,
            serial: self.calls,
            events,
            next: (0, 0),
            at: 0,
            context,
            loops,
            conditions: self.conditions.len(),
            at_once,
            lane: None,
            group: Default::default(),
        });
    }

    /// One event after another; a call is followed before what comes after it.
    fn run(&mut self) {
        while let Some(frame) = self.frames.last_mut() {
            let (at, callee) = frame.next;
            let Some(event) = frame.events.get(at).cloned() else {
                self.enter_lane(None);
                self.frames.pop();
                self.chain.pop();
                continue;
            };
            let (owner, context, loops) = (frame.owner, frame.context, frame.loops);
            let (serial, outer) = (frame.serial, frame.conditions);
            frame.at = at;
            frame.next = match callee < event.callees.len() {
                true => (at, callee + 1),
                false => (at + 1, 0),
            };
            if callee == 0 {
                let lane = self.lane_of(owner, event.node);
                self.enter_lane(lane);
            }
            self.conditions.truncate(outer);
            self.add_conditions(serial, &event);
            if callee == 0
                && let Some(site) = event.site
            {
                self.wait(owner, context, loops + event.loops, &event, site);
            }
            if let Some(&callee) = event.callees.get(callee) {
                self.call(owner, context, loops + event.loops, &event, callee);
            }
            if self.is_cut {
                break;
            }
        }
    }

    /// The group and lane that a node stands in.
    fn lane_of(&self, owner: Owner, node: NodeId) -> Option<(usize, usize)> {
        let draft = self.known.plan.draft(owner)?;
        let ast = draft.ast();
        let groups = draft.together.iter().enumerate();
        groups
            .flat_map(|(group, lanes)| {
                let lanes = lanes.iter().enumerate();
                lanes.map(move |(lane, statements)| ((group, lane), statements))
            })
            .find(|(_, statements)| statements.iter().any(|&one| ast.contains(one, node)))
            .map(|(at, _)| at)
    }

    /// How many turns of the loops around a node pass at once.
    fn at_once(&self, owner: Owner, node: NodeId) -> usize {
        let outer = self.frames.last().map_or(1, |frame| frame.at_once);
        let is_gathered = self.known.plan.draft(owner).is_some_and(|draft| {
            let mut loops = draft.at_once.iter();
            loops.any(|&one| one != node && draft.ast().contains(one, node))
        });
        match is_gathered {
            true => outer.max(AT_ONCE),
            false => outer,
        }
    }

    /// What the current function does next stands in another lane, or in none.
    fn enter_lane(&mut self, lane: Option<(usize, usize)>) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if frame.lane == lane {
            return;
        }
        let (before, done) = &mut frame.group;
        if let Some((_, left)) = frame.lane {
            if done.len() <= left {
                done.resize_with(left + 1, || before.clone());
            }
            if let Some(slot) = done.get_mut(left) {
                *slot = std::mem::take(&mut self.ended);
            }
        }
        if frame.lane.map(|(group, _)| group) != lane.map(|(group, _)| group) {
            if frame.lane.is_some() {
                // All lanes are waited for.
                self.ended = done.drain(..).flatten().collect();
                self.ended.small_sort();
                self.ended.dedup();
            }
            before.clone_from(&self.ended);
        }
        if let Some((_, entered)) = lane {
            self.ended = done.get(entered).unwrap_or(before).clone();
        }
        frame.lane = lane;
    }

    fn add_conditions(&mut self, serial: usize, event: &Event<'a>) {
        for &(node, arm) in &event.arms {
            let next = self.numbers.len();
            let condition = *self.numbers.entry((serial, node)).or_insert(next);
            self.conditions.push(Condition { condition, arm });
        }
    }

    fn wait(
        &mut self,
        owner: Owner,
        context: Context,
        loops: usize,
        event: &Event<'a>,
        site: &Site,
    ) {
        let Some(facts) = self.known.planner.analysis.world.file(owner.0) else {
            return;
        };
        let is_user = matches!(site.kind, SiteKind::RequestUser { .. });
        if is_user && self.has_user() {
            return;
        }
        // It is loaded once, in a loop too.
        let loops = if is_user { 0 } else { loops };
        let may_be_loaded = is_user && !self.user_is_loaded.is_empty();
        if is_user {
            self.user_is_loaded.push(self.conditions.clone());
        }
        self.links += self.chain.len() + 1;
        if self.waits.len() >= MAX_WAITS || self.links > MAX_LINKS {
            self.is_cut = true;
            return;
        }
        let at_once = self.at_once(owner, site.node);
        let place = self.known.place(owner.0, facts.ast().span(site.node));
        let label = label::label(facts, site);
        let (form, occupies) = match (event.in_region, context.fixed(self.is_async_before)) {
            (_, Some(fixed)) => fixed,
            (true, None) => (WaitForm::Thread, Occupies::RequestThread),
            (false, None) => form::of_site(self.known.plan.draft(owner), site),
        };
        let mut chain = self.chain.clone();
        chain.push(Link {
            name: label.clone(),
            place: place.clone(),
        });
        let follows = std::mem::replace(&mut self.ended, vec![self.waits.len()]);
        self.steps.push(Step { follows, at_once });
        self.visits
            .push(self.frames.iter().filter_map(Frame::visit).collect());
        self.waits.push(Wait {
            effect: site.effect,
            label,
            place,
            chain,
            loops,
            conditions: self.conditions.clone(),
            is_recursive: false,
            is_certain: walk::is_certain(site) && !may_be_loaded,
            form,
            occupied: match self.is_async_before {
                true => Occupies::EventLoop,
                false => Occupies::RequestThread,
            },
            occupies,
        });
    }

    /// True when `request.user` was loaded on every way that leads here.
    fn has_user(&self) -> bool {
        self.user_is_loaded
            .iter()
            .any(|loaded| self.conditions.starts_with(loaded))
    }

    fn call(
        &mut self,
        owner: Owner,
        context: Context,
        loops: usize,
        event: &Event<'a>,
        callee: FunctionRef,
    ) {
        let target = (callee.file, Some(callee.index));
        if let Some(at) = self.frames.iter().position(|frame| frame.owner == target) {
            let again = self.frames.iter().skip(at).map(|frame| frame.owner);
            self.recursive.extend(again);
            return;
        }
        self.calls += 1;
        if self.calls > MAX_CALLS {
            self.is_cut = true;
            return;
        }
        let world = &self.known.planner.analysis.world;
        let (Some(facts), Some(definition), Some(module)) = (
            world.file(owner.0),
            world.function(callee),
            world.file(callee.file).map(|facts| &facts.module),
        ) else {
            return;
        };
        let context = match context {
            Context::Async if event.in_region => Context::Thread,
            // A decorator around it calls this.
            Context::Async if event.is_around(facts, owner.1) => {
                match definition.is_async || self.known.plan.draft(target).is_some() {
                    true => Context::Async,
                    false => Context::Left,
                }
            }
            Context::Async => form::of_call(
                self.known.plan.draft(owner),
                event.node,
                definition.is_async,
            ),
            other => other,
        };
        let module = module.rsplit('.').next().unwrap_or_default();
        let name = match callee.file == owner.0 || module.is_empty() {
            true => definition.qualname.clone(),
            false => format!("{module}.{}", definition.qualname),
        };
        let place = self.known.place(owner.0, facts.ast().span(event.node));
        self.chain.push(Link { name, place });
        let at_once = self.at_once(owner, event.node);
        self.enter(target, context, loops, at_once);
    }
}
