//! The plan of class-based views: their methods change color in sets, all or nothing.

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{ClassRef, FunctionRef};
use unblocked_django::{Effect, Generic};

use super::{Coloring, Planner, Role, choices};
use crate::because::Because;
use crate::classes::{Set, gains, generic};
use crate::decisions::{Choice, names_function};
use crate::draft::{Cannot, Color, Colors, Draft};
use crate::rules::classes::auth_bridge::{self, Bridges};
use crate::rules::classes::{inherited_handlers, shape};

impl<'a> Planner<'a> {
    /// The methods that answer requests and are to become async: whole units.
    pub(super) fn entries(&self) -> impl Iterator<Item = FunctionRef> + '_ {
        self.families
            .units()
            .filter(|unit| self.is_wanted(unit))
            .flat_map(|unit| &unit.members)
            .copied()
            .filter(|&function| !self.is_async(function))
    }

    fn is_wanted(&self, unit: &Set) -> bool {
        let world = &self.analysis.world;
        let is_chosen = unit
            .members
            .iter()
            .any(|&member| self.decided.function(member) == Some(Choice::Convert))
            || (unit.members.is_empty()
                && self
                    .methods_of(unit)
                    .any(|method| self.decided.function(method) == Some(Choice::Convert)));
        let names = |view: &String| {
            let is_function = unit.members.iter().any(|&member| {
                let names = world.file(member.file).zip(world.function(member));
                names.is_some_and(|(facts, function)| {
                    names_function(view, &facts.module, &function.qualname)
                })
            });
            is_function
                || unit.views.iter().any(|&class| {
                    let names = world.file(class.file).zip(world.class(class));
                    names.is_some_and(|(facts, class)| {
                        names_function(view, &facts.module, &class.qualname)
                    })
                })
        };
        let is_asked = self.options.views.is_empty() || self.options.views.iter().any(names);
        let is_mixed = unit.members.iter().any(|&member| self.is_async(member));
        let anyway = self.options.all_views || is_chosen;
        let mut reached = unit
            .members
            .iter()
            .flat_map(|&member| self.effects.reached(member));
        let has_hooks = unit.views.iter().any(|&view| {
            let generics = generic::generics(self.analysis, view);
            !generics.iter().all(|one| *one == Generic::Redirect)
        });
        let pays = match (anyway, unit.is_generic) {
            (true, true) if has_hooks => true,
            (true, _) => unit
                .members
                .iter()
                .any(|&member| self.effects.waits(member)),
            (false, true) => reached.any(gains),
            (false, false) => reached.next().is_some(),
        };
        (is_asked || is_chosen) && (pays || is_mixed)
    }

    /// What keeps a method of a class-based view synchronous, whatever is in it.
    pub(super) fn class_obstacle(&self, function: FunctionRef) -> Result<(), Cannot> {
        let Some(set) = self.families.set(function) else {
            return Err(Cannot::of(Because::StaysWithClass, "it is a method"));
        };
        if let Some(obstacle) = &set.obstacle {
            return Err(obstacle.clone());
        }
        for &view in &set.views {
            for name in ["setup", "__init__"] {
                let Some(hook) = self.analysis.world.method(view, name) else {
                    continue;
                };
                if self.effects.waits(hook) {
                    let class = self.analysis.world.class(view);
                    return Err(Cannot::of(
                        Because::ClassForm,
                        format!(
                            "`{name}` of `{}` waits, and Django calls it on the event loop before an async handler",
                            class.map_or("", |class| &*class.name)
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// True when a function, and all that changes with it, can become async; what can't is refused, with the reason.
    pub(super) fn can_all(
        &self,
        function: FunctionRef,
        views: &BTreeSet<FunctionRef>,
        refused: &mut HashMap<FunctionRef, Cannot>,
        possible: &mut HashMap<FunctionRef, bool>,
        wrapped: &Colors,
    ) -> bool {
        let mates: Vec<FunctionRef> = self.with_mates(function).collect();
        let mut culprit = None;
        for &mate in &mates {
            let can = *possible.entry(mate).or_insert_with(|| {
                let role = self.role(mate, views.contains(&mate));
                let chosen = self.decided.function(mate);
                let anyway =
                    self.options.all_views || chosen == Some(Choice::Convert) || mates.len() > 1;
                let tried = choices::check(chosen, role == Role::View)
                    .and_then(|()| self.eligible(mate, role, anyway))
                    .and_then(|()| self.trial(mate, wrapped))
                    .and_then(|()| self.try_wrappers(mate, wrapped));
                match tried {
                    Ok(()) => true,
                    Err(cannot) => {
                        refused.insert(mate, cannot);
                        false
                    }
                }
            });
            if !can && culprit.is_none() {
                culprit = Some(mate);
            }
        }
        let Some(culprit) = culprit else { return true };
        self.refuse_mates(culprit, refused, possible);
        false
    }

    /// What can't change keeps what changes with it.
    pub(super) fn refuse_mates(
        &self,
        culprit: FunctionRef,
        refused: &mut HashMap<FunctionRef, Cannot>,
        possible: &mut HashMap<FunctionRef, bool>,
    ) {
        let why = refused
            .get(&culprit)
            .map_or_else(String::new, |cannot| cannot.reason.clone());
        let name = self
            .analysis
            .world
            .function(culprit)
            .map_or("", |function| &*function.qualname)
            .to_owned();
        for mate in self.with_mates(culprit) {
            possible.insert(mate, false);
            refused.entry(mate).or_insert_with(|| {
                // What concerns the class is said of each method alike.
                let set = self.families.set(mate);
                match set.and_then(|set| set.obstacle.as_ref()) {
                    Some(obstacle) => obstacle.clone(),
                    None => Cannot::of(
                        Because::StaysWithClass,
                        format!(
                            "it changes together with `{name}` or not at all, and that can't: {why}"
                        ),
                    ),
                }
            });
        }
    }

    /// A function and the synchronous ones that change with it.
    pub(super) fn with_mates(
        &self,
        function: FunctionRef,
    ) -> impl Iterator<Item = FunctionRef> + '_ {
        std::iter::once(function).chain(
            self.families
                .mates(function)
                .iter()
                .copied()
                .filter(move |&mate| mate != function && !self.is_async(mate)),
        )
    }

    /// The classes of converted units that need more than their methods, each with the draft of that; and of the units that
    /// stay because that was decided against, each with what was.
    pub(super) fn shapes(&self, coloring: &'a Coloring) -> Vec<(usize, Draft<'a>)> {
        let mut shapes = Vec::new();
        let (converted, others): (Vec<_>, Vec<_>) = self
            .families
            .units()
            .partition(|unit| self.is_converted(unit, coloring));
        let bridges = Bridges::new(
            self,
            converted
                .iter()
                .flat_map(|unit| auth_bridge::concerned(self, unit)),
        );
        for unit in converted {
            for class in self.concerned(unit) {
                if let Ok((draft, None)) = self.shape(class, unit, &bridges, &coloring.colors) {
                    shapes.push((class.file, draft));
                }
            }
        }
        for unit in others {
            let bridges = Bridges::new(self, auth_bridge::concerned(self, unit));
            for class in self.concerned(unit) {
                if let Ok((draft, Some(_))) = self.shape(class, unit, &bridges, &coloring.colors) {
                    shapes.push((class.file, draft));
                }
            }
        }
        self.shape_middleware(coloring, &mut shapes);
        self.shape_tests(coloring, &mut shapes);
        self.shape_direct_calls(coloring, &mut shapes);
        self.shape_patches(coloring, &mut shapes);
        shapes
    }

    /// True for a unit whose handlers become async.
    pub(super) fn is_converted(&self, unit: &Set, coloring: &Coloring) -> bool {
        let mut members = unit.members.iter();
        if members.any(|member| coloring.colors.get(member) == Some(&Color::Convert)) {
            return true;
        }
        // No method of its own decides: what it inherits is all there is to change.
        unit.members.iter().all(|&member| self.is_async(member))
            && unit.obstacle.is_none()
            && self.is_wanted(unit)
            && self.try_shapes_of(unit, &coloring.colors).is_ok()
    }

    /// True for a method of generic views whose handlers are made async around it.
    pub(super) fn is_handed_over(&self, class: ClassRef, coloring: &Coloring) -> bool {
        self.families
            .units()
            .any(|unit| unit.views.contains(&class) && self.is_converted(unit, coloring))
    }

    /// The methods of the classes of a unit.
    fn methods_of(&self, unit: &Set) -> impl Iterator<Item = FunctionRef> + '_ {
        unit.views
            .iter()
            .filter_map(|class| Some((class.file, self.analysis.world.class(*class)?)))
            .flat_map(|(file, class)| {
                class
                    .methods
                    .values()
                    .map(move |&index| FunctionRef { file, index })
            })
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The classes of a unit that need more than async methods.
    fn concerned(&self, unit: &Set) -> BTreeSet<ClassRef> {
        let dispatch = shape::concerned(self, unit);
        let bridge = auth_bridge::concerned(self, unit);
        let handlers = inherited_handlers::concerned(self, unit);
        dispatch.into_iter().chain(bridge).chain(handlers).collect()
    }

    /// Tries what the classes of a unit need.
    pub(super) fn try_shapes(&self, function: FunctionRef, colors: &Colors) -> Result<(), Cannot> {
        let Some(unit) = self.families.set(function).filter(|set| set.is_unit) else {
            return Ok(());
        };
        self.try_shapes_of(unit, colors)
    }

    fn try_shapes_of(&self, unit: &Set, colors: &Colors) -> Result<(), Cannot> {
        let bridges = Bridges::new(self, auth_bridge::concerned(self, unit));
        for class in self.concerned(unit) {
            if let (_, Some(against)) = self.shape(class, unit, &bridges, colors)? {
                return Err(against);
            }
        }
        Ok(())
    }

    /// The draft of what a class needs. When that was decided against it changes nothing, tells of it, and comes with the
    /// reason.
    fn shape<'c>(
        &self,
        class: ClassRef,
        unit: &Set,
        bridges: &Bridges,
        colors: &'c Colors,
    ) -> Result<(Draft<'c>, Option<Cannot>), Cannot>
    where
        'a: 'c,
    {
        let is_changed = self
            .analysis
            .world
            .file(class.file)
            .is_some_and(|facts| self.options.changes(&facts.path));
        if !is_changed {
            return Err(Cannot::of(
                Because::NotToChange,
                "the file of its class is not among those to change",
            ));
        }
        let mut draft = Draft::new(self, class.file, None, colors, Vec::new())
            .ok_or_else(|| Cannot::new("its class is not at hand"))?;
        let before = draft.checkpoint();
        if shape::concerned(self, unit).contains(&class) {
            shape::write(&mut draft, self, unit, class)?;
        }
        if inherited_handlers::concerned(self, unit).contains(&class) {
            inherited_handlers::write(&mut draft, self, unit, class)?;
        }
        if auth_bridge::concerned(self, unit).contains(&class) {
            auth_bridge::write(&mut draft, self, unit, class, bridges)?;
        }
        let against = draft.settle(before);
        Ok((draft, against))
    }

    /// What the methods of a unit wait for.
    pub(super) fn reached_by(&self, unit: &Set) -> BTreeSet<Effect> {
        unit.members
            .iter()
            .flat_map(|&member| self.effects.reached(member))
            .collect()
    }
}
