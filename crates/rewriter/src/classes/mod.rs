//! Class-based views as units: what changes color together, all or nothing.
//!
//! Django refuses a class whose handlers are of two kinds, and `self.load()` or `super().get()` may mean a method of any
//! class that shares it. So two sets are kept:
//!
//! * *overrides*: the methods of one name among the classes that share methods. Whoever awaits one may get another.
//! * *units*: the overrides of everything that answers requests (handlers, `dispatch`, `options`, …) in classes that have
//!   one of these in common. A unit is converted as a whole, wherever its classes are, or left with the reason.

mod assigned;
mod by_name;
pub(crate) mod decorators;
mod escapes;
pub(crate) mod generic;
mod holders;
mod hooks;
mod libraries;
mod obstacles;
mod plain;
mod values;

pub(crate) use hooks::calls_hook;
pub(crate) use libraries::of_library_class;
use obstacles::Uses;
pub(crate) use plain::is_plain;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unblocked_analyzer::{Analysis, ClassRef, FunctionRef};
use unblocked_django::{BaseKind, Effect, ViewMethod, view_method};

use unblocked_syntax::{Field, Kind};

use crate::because::Because;
use crate::draft::Cannot;
use crate::effects::Effects;
use crate::options::Options;
use crate::plan::Wrapper;

/// The methods of class-based views, and of the project's own classes, in sets that change together.
#[derive(Default)]
pub(crate) struct Families {
    /// By method, its set.
    of: HashMap<FunctionRef, usize>,
    sets: Vec<Set>,
    /// By method, all methods of its name among the classes that share it.
    overrides: HashMap<FunctionRef, Vec<FunctionRef>>,
    /// Where the views are made.
    uses: Uses,
}

/// Methods that change color together.
#[derive(Debug, Default)]
pub(crate) struct Set {
    /// In order of file and place.
    pub(crate) members: Vec<FunctionRef>,
    /// They answer requests.
    pub(crate) is_unit: bool,
    /// The class-based views that have one of them.
    pub(crate) views: BTreeSet<ClassRef>,
    /// They are of classes that no library calls.
    pub(crate) is_plain: bool,
    /// Some of these views have a handler of Django's generic views.
    pub(crate) is_generic: bool,
    /// Hooks of generic views among the members, which handlers await.
    pub(crate) hooks: BTreeSet<FunctionRef>,
    /// What keeps all of them synchronous.
    pub(crate) obstacle: Option<Cannot>,
}

impl Families {
    pub(crate) fn new(analysis: &Analysis<'_>) -> Self {
        let world = &analysis.world;
        let mut members = Members::default();
        let views: Vec<ClassRef> = view_classes(analysis).collect();
        let mut entries_of: Vec<(ClassRef, Vec<FunctionRef>)> = Vec::new();
        for &view in &views {
            let kinds: Vec<BaseKind> = world.base_kinds(view).collect();
            let mut by_name: BTreeMap<&str, Vec<FunctionRef>> = BTreeMap::new();
            for class in std::iter::once(view).chain(world.project_ancestors(view)) {
                let Some(facts) = world.file(class.file) else {
                    continue;
                };
                for (index, function) in facts.functions.iter().enumerate() {
                    if function.class == Some(class.index) {
                        by_name
                            .entry(&function.name)
                            .or_default()
                            .push(FunctionRef {
                                file: class.file,
                                index,
                            });
                    }
                }
            }
            let mut entries = Vec::new();
            for (name, functions) in by_name {
                let role = kinds.iter().find_map(|&kind| view_method(kind, name));
                for &function in &functions {
                    members.join(functions.first().copied().unwrap_or(function), function);
                    match role {
                        Some(ViewMethod::Entry) => entries.push(function),
                        Some(ViewMethod::Hook { .. } | ViewMethod::LazyHook) => {
                            members.hook(function);
                        }
                        None => {}
                    }
                }
            }
            entries_of.push((view, entries));
        }
        join_called(analysis, &mut members);
        let overrides = members.sets();
        for (_, entries) in &entries_of {
            for &entry in entries {
                members.join(entries.first().copied().unwrap_or(entry), entry);
                members.entry(entry);
            }
        }
        let mut families = Self::default();
        for functions in overrides {
            for &function in &functions {
                families.overrides.insert(function, functions.clone());
            }
        }
        for functions in members.sets() {
            let is_unit = functions
                .iter()
                .any(|function| members.entries.contains(function));
            let is_hook = functions
                .iter()
                .any(|function| members.hooks.contains(function));
            let escapes = || functions.iter().find_map(|&f| escapes::reason(analysis, f));
            let obstacle = match is_hook {
                true => Some(Cannot::of(
                    Because::DjangoCalls,
                    "Django's own code calls it, synchronously",
                )),
                false if !is_unit => {
                    escapes().map(|reason| Cannot::of(Because::UsedAsValue, reason))
                }
                false => None,
            };
            let number = families.sets.len();
            families
                .of
                .extend(functions.iter().map(|&function| (function, number)));
            let views: BTreeSet<ClassRef> = entries_of
                .iter()
                .filter(|(_, entries)| {
                    is_unit && entries.iter().any(|entry| functions.contains(entry))
                })
                .map(|(view, _)| *view)
                .collect();
            let generic = |view: &ClassRef| {
                world
                    .base_kinds(*view)
                    .any(|kind| matches!(kind, BaseKind::GenericView(_) | BaseKind::AuthView))
            };
            families.sets.push(Set {
                is_generic: views.iter().any(generic),
                obstacle,
                members: functions,
                is_unit,
                views,
                ..Set::default()
            });
        }
        families
    }

    /// Finds, once it is known what waits, the generic views that gain: their hooks change with their handlers.
    pub(crate) fn complete(
        &mut self,
        analysis: &Analysis<'_>,
        options: &Options,
        effects: &Effects<'_>,
    ) {
        let views: Vec<ClassRef> = view_classes(analysis).collect();
        hooks::adopt(self, analysis, effects, &views);
        let in_units: BTreeSet<ClassRef> = self
            .units()
            .flat_map(|unit| unit.views.iter().copied())
            .collect();
        for group in generic::bare(analysis, &views, &in_units) {
            self.sets.push(Set {
                is_unit: true,
                is_generic: true,
                views: group,
                ..Set::default()
            });
        }
        plain::adopt(self, analysis, effects);
        self.uses = Uses::new(analysis, effects);
        for set in &mut self.sets {
            if set.is_unit && set.obstacle.is_none() {
                set.obstacle = obstacles::find(analysis, options, &self.uses, set).or_else(|| {
                    hooks::obstacle(analysis, effects, set)
                        .map(|reason| Cannot::of(Because::DjangoCalls, reason))
                });
            }
        }
    }

    /// What wraps the views of a unit in decorators of the project.
    pub(crate) fn wrappers(
        &self,
        analysis: &Analysis<'_>,
        options: &Options,
        unit: &Set,
    ) -> Vec<Wrapper> {
        obstacles::wrappers(analysis, options, &self.uses, unit)
    }

    /// The set that a method belongs to.
    pub(crate) fn set(&self, function: FunctionRef) -> Option<&Set> {
        self.sets.get(*self.of.get(&function)?)
    }

    /// All sets.
    pub(crate) fn units(&self) -> impl Iterator<Item = &Set> {
        self.sets.iter().filter(|set| set.is_unit)
    }

    /// What changes color together with a function.
    pub(crate) fn mates(&self, function: FunctionRef) -> &[FunctionRef] {
        self.set(function).map_or(&[], |set| &set.members)
    }

    /// The methods that a call of this one may mean.
    pub(crate) fn overrides(&self, function: FunctionRef) -> &[FunctionRef] {
        self.overrides.get(&function).map_or(&[], Vec::as_slice)
    }

    /// The sets of classes that no library calls which can change.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &Set> {
        let plain = self.sets.iter().filter(|set| set.is_plain);
        plain.filter(|set| set.obstacle.is_none())
    }

    /// True for a method of a class that no library calls.
    pub(crate) fn is_plain(&self, function: FunctionRef) -> bool {
        self.set(function).is_some_and(|set| set.is_plain)
    }

    /// True for a method that answers requests of a class-based view.
    pub(crate) fn is_entry(&self, function: FunctionRef) -> bool {
        self.set(function).is_some_and(|set| set.is_unit)
    }

    /// True for a method of a class-based view, or of a class of the project's own.
    pub(crate) fn is_member(&self, function: FunctionRef) -> bool {
        self.of.contains_key(&function)
    }
}

/// All class-based views of the project.
fn view_classes(analysis: &Analysis<'_>) -> impl Iterator<Item = ClassRef> {
    let world = &analysis.world;
    (0..world.files.len())
        .flat_map(move |file| {
            let classes = world.files.get(file).map_or(0, |facts| facts.classes.len());
            (0..classes).map(move |index| ClassRef { file, index })
        })
        .filter(move |&class| world.is_view_class(class))
}

/// What makes it worth to convert a generic view, which Django runs in a thread of the request's own otherwise: anything
/// but its database.
pub(crate) fn gains(effect: Effect) -> bool {
    !matches!(
        effect,
        Effect::Query
            | Effect::Session
            | Effect::Template
            | Effect::Cache
            | Effect::File
            | Effect::Cpu
    )
}

/// Joins the methods that one `self.name` may mean: those of all classes that a mixin is mixed into.
fn join_called(analysis: &Analysis<'_>, members: &mut Members) {
    let world = &analysis.world;
    for (file, facts) in world.files.iter().enumerate() {
        for (index, class) in facts.classes.iter().enumerate() {
            let class_ref = ClassRef { file, index };
            if !world.is_view_part(class_ref) || world.descendants(class_ref).is_empty() {
                continue;
            }
            let ast = facts.ast();
            let names: BTreeSet<&str> = ast
                .subtree(class.body)
                .filter(|&node| ast.kind(node) == Kind::Attribute)
                .filter(|&node| {
                    ast.child(node, Field::Object)
                        .is_some_and(|object| facts.source(object) == "self")
                })
                .filter_map(|node| ast.child(node, Field::Attribute))
                .map(|name| facts.source(name))
                .collect();
            let kin = world.kin(class_ref);
            for name in names {
                let mut methods = kin.iter().filter_map(|&one| {
                    let index = *world.class(one)?.methods.get(name)?;
                    Some(FunctionRef {
                        file: one.file,
                        index,
                    })
                });
                let Some(first) = methods.next() else {
                    continue;
                };
                for other in methods {
                    members.join(first, other);
                }
            }
        }
    }
}

/// Which methods are joined, as a forest.
#[derive(Default)]
struct Members {
    parents: BTreeMap<FunctionRef, FunctionRef>,
    entries: BTreeSet<FunctionRef>,
    hooks: BTreeSet<FunctionRef>,
}

impl Members {
    fn root(&mut self, function: FunctionRef) -> FunctionRef {
        let mut at = function;
        while let Some(&up) = self.parents.get(&at)
            && up != at
        {
            at = up;
        }
        // The next way is shorter.
        self.parents.insert(function, at);
        at
    }

    fn join(&mut self, a: FunctionRef, b: FunctionRef) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents.insert(a, a);
        self.parents.insert(b, a);
    }

    fn hook(&mut self, function: FunctionRef) {
        self.hooks.insert(function);
    }

    fn entry(&mut self, function: FunctionRef) {
        self.entries.insert(function);
    }

    fn sets(&mut self) -> Vec<Vec<FunctionRef>> {
        let all: Vec<FunctionRef> = self.parents.keys().copied().collect();
        let mut sets: BTreeMap<FunctionRef, Vec<FunctionRef>> = BTreeMap::new();
        for function in all {
            let root = self.root(function);
            sets.entry(root).or_default().push(function);
        }
        sets.into_values().collect()
    }
}
