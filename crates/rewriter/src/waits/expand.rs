//! From views down their calls to what waits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use unblocked_analyzer::{FunctionRef, Site, SiteKind};
use unblocked_syntax::{LineIndex, NodeId, SmallSort, Span};

use super::form::{self, Context};
use super::walk::{self, Event};
use super::{Condition, Link, Occupies, Place, Schedule, Step, Timeline, Wait, WaitForm, label};
use crate::concurrent::AT_ONCE;
use crate::draft::Draft;
use crate::effects::wrapped_in;
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
type Owner = (usize, Option<usize>);

fn reference((file, function): Owner) -> Option<FunctionRef> {
    function.map(|index| FunctionRef { file, index })
}

/// The timelines of all views, in the order of their places.
pub(crate) fn timelines<'a, 'c>(planner: &Planner<'a>, plan: &Plan<'c>) -> Vec<Timeline>
where
    'a: 'c,
{
    let mut found = Vec::new();
    let mut known = Known {
        planner,
        plan,
        events: HashMap::new(),
        lines: HashMap::new(),
    };
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

/// What is asked for again and again.
struct Known<'p, 'c, 'a> {
    planner: &'p Planner<'a>,
    plan: &'p Plan<'c>,
    events: HashMap<Owner, Rc<[Event<'a>]>>,
    lines: HashMap<usize, LineIndex<'a>>,
}

impl<'c, 'a> Known<'_, 'c, 'a> {
    /// How a function is rewritten, when it is.
    fn draft(&self, owner: Owner) -> Option<&Draft<'c>> {
        match reference(owner) {
            Some(function) => self.plan.drafts.get(&function),
            None => self.plan.bare.get(&owner.0),
        }
    }

    fn events(&mut self, (file, function): Owner) -> Rc<[Event<'a>]> {
        if let Some(events) = self.events.get(&(file, function)) {
            return events.clone();
        }
        let facts = self.planner.analysis.world.file(file);
        let mut found = self.around((file, function));
        if let Some(facts) = facts {
            found.extend(walk::events(facts, self.planner.effects, file, function));
        }
        let events: Rc<[Event<'a>]> = found.into();
        self.events.insert((file, function), events.clone());
        events
    }

    /// What the project's own decorators of a function do when it is called.
    fn around(&self, owner: Owner) -> Vec<Event<'a>> {
        let (Some(function), effects) = (reference(owner), self.planner.effects) else {
            return Vec::new();
        };
        let wrappers = wrapped_in(self.planner.analysis, function);
        wrappers
            .into_iter()
            .filter(|&(_, callee)| effects.waits(callee))
            .map(|(decorator, callee)| Event {
                node: decorator,
                site: None,
                callees: vec![callee],
                loops: 0,
                arms: Vec::new(),
                in_region: false,
            })
            .collect()
    }

    fn place(&mut self, file: usize, span: Span) -> Place {
        let facts = self.planner.analysis.world.file(file);
        let lines = self
            .lines
            .entry(file)
            .or_insert_with(|| LineIndex::new(facts.map_or("", |facts| facts.text())));
        Place {
            path: facts.map(|facts| facts.path.clone()).unwrap_or_default(),
            range: span.into(),
            line: lines.line(span.start as usize) + 1,
        }
    }
}

/// A function that is being followed.
struct Frame<'a> {
    owner: Owner,
    /// Which call it is.
    serial: usize,
    events: Rc<[Event<'a>]>,
    /// The event to look at next, and which of its callees.
    next: (usize, usize),
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
    /// Through which functions each wait is reached.
    through: Vec<Vec<Owner>>,
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
            through: Vec::new(),
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
        let context = match self.is_async_before || self.known.draft(self.view).is_some() {
            true => Context::Async,
            false => Context::Left,
        };
        self.enter(self.view, context, 0, 1);
        self.run();
        if self.waits.is_empty() {
            return None;
        }
        for (wait, through) in self.waits.iter_mut().zip(&self.through) {
            wait.is_recursive = through.iter().any(|owner| self.recursive.contains(owner));
        }
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
        let draft = self.known.draft(owner)?;
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
        let is_gathered = self.known.draft(owner).is_some_and(|draft| {
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
            (false, None) => form::of_site(self.known.draft(owner), site),
        };
        let mut chain = self.chain.clone();
        chain.push(Link {
            name: label.clone(),
            place: place.clone(),
        });
        let follows = std::mem::replace(&mut self.ended, vec![self.waits.len()]);
        self.steps.push(Step { follows, at_once });
        self.through
            .push(self.frames.iter().map(|frame| frame.owner).collect());
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
                match definition.is_async || self.known.draft(target).is_some() {
                    true => Context::Async,
                    false => Context::Left,
                }
            }
            Context::Async => {
                form::of_call(self.known.draft(owner), event.node, definition.is_async)
            }
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
