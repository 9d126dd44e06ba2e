//! Hooks of generic views that wait for something else than the database: they become async with the handlers, which
//! are written out to await them.

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, Base, ClassRef, FileFacts, FunctionRef, Site, SiteKind, Type};
use unblocked_django::{Generic, ViewMethod, base_class, view_method};
use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use super::{Families, Set, gains, generic};
use crate::effects::Effects;

/// Lets the hooks that gain change color with the handlers of their views.
pub(super) fn adopt(
    families: &mut Families,
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    views: &[ClassRef],
) {
    let adopted: Vec<usize> = families
        .sets
        .iter()
        .enumerate()
        .filter(|(_, set)| !set.is_unit)
        .filter(|(_, set)| {
            set.members
                .iter()
                .any(|&member| effects.reached(member).any(gains))
        })
        .filter(|(_, set)| can_be_awaited(analysis, &set.members, views))
        .map(|(number, _)| number)
        .collect();
    for number in adopted {
        merge(families, analysis, number, views);
    }
}

/// True when the handlers of all views that have one of these methods can await it.
fn can_be_awaited(analysis: &Analysis<'_>, hooks: &[FunctionRef], views: &[ClassRef]) -> bool {
    let world = &analysis.world;
    let Some(name) = hooks
        .first()
        .and_then(|&hook| world.function(hook))
        .map(|function| &*function.name)
    else {
        return false;
    };
    let mut concerned = views
        .iter()
        .filter_map(|&view| Some((view, world.method(view, name)?)))
        .filter(|(_, method)| hooks.contains(method))
        .peekable();
    concerned.peek().is_some()
        && concerned.all(|(view, method)| {
            let generics: Vec<Generic> = generic::generics(analysis, view).into_iter().collect();
            matches!(generics[..], [only] if only.awaits(name))
                && !stands_behind_django(analysis, view, method, name)
        })
}

/// True when something of Django's that has a method of that name comes before the project's, and calls it by `super()`.
fn stands_behind_django(
    analysis: &Analysis<'_>,
    view: ClassRef,
    method: FunctionRef,
    name: &str,
) -> bool {
    let world = &analysis.world;
    let class = world.function(method).and_then(|function| function.class);
    let own = class.map(|index| ClassRef {
        file: method.file,
        index,
    });
    own != Some(view)
        && world
            .ancestors(view)
            .iter()
            .take_while(|base| !matches!(base, Base::Project(base) if Some(*base) == own))
            .any(|base| match base {
                Base::External(path) => {
                    base_class(path).is_some_and(|kind| view_method(kind, name).is_some())
                }
                _ => false,
            })
}

/// Makes one unit of the hooks and the units of the views that have them.
fn merge(families: &mut Families, analysis: &Analysis<'_>, number: usize, views: &[ClassRef]) {
    let world = &analysis.world;
    let Some(set) = families.sets.get_mut(number) else {
        return;
    };
    let hooks = std::mem::take(&mut set.members);
    let Some(name) = hooks
        .first()
        .and_then(|&hook| world.function(hook))
        .map(|function| &*function.name)
    else {
        return;
    };
    let mut unit = Set {
        is_unit: true,
        is_generic: true,
        views: views
            .iter()
            .copied()
            .filter(|&view| {
                world
                    .method(view, name)
                    .is_some_and(|method| hooks.contains(&method))
            })
            .collect(),
        hooks: hooks.iter().copied().collect(),
        members: hooks,
        ..Set::default()
    };
    for other in families.sets.iter_mut().filter(|set| set.is_unit) {
        if other.views.is_disjoint(&unit.views) {
            continue;
        }
        let other = std::mem::take(other);
        unit.members.extend(other.members);
        unit.views.extend(other.views);
        unit.hooks.extend(other.hooks);
    }
    unit.members.small_sort();
    let number = families.sets.len();
    for &member in &unit.members {
        families.of.insert(member, number);
    }
    families.sets.push(unit);
}

/// What keeps hooks from becoming async: code of the project that calls Django's, which calls them synchronously.
pub(super) fn obstacle(
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    unit: &Set,
) -> Option<String> {
    let world = &analysis.world;
    if let Some(obstacle) = called_synchronously(analysis, effects, unit) {
        return Some(obstacle);
    }
    let hooks: BTreeSet<&str> = unit
        .hooks
        .iter()
        .filter_map(|&hook| world.function(hook))
        .map(|function| &*function.name)
        .collect();
    if hooks.is_empty() {
        return None;
    }
    for &view in &unit.views {
        let generics = generic::generics(analysis, view);
        for (method, facts, site) in inherited_calls(analysis, effects, view) {
            let SiteKind::Inherited { name, .. } = site.kind else {
                continue;
            };
            let called = facts.source(name);
            if called == "get_object" && is_given_rows(analysis, method.file, site.node) {
                continue;
            }
            let hook = generics
                .iter()
                .flat_map(|&generic| reached(generic, called))
                .find(|hook| hooks.contains(*hook));
            if let Some(hook) = hook {
                let method = world
                    .function(method)
                    .map_or("", |method| &*method.qualname);
                return Some(format!(
                    "`{method}` calls Django's `{called}`, which calls `{hook}` synchronously"
                ));
            }
        }
    }
    None
}

/// The calls of Django's methods in a view and the classes that it derives from, each with the method that makes it.
fn inherited_calls<'a>(
    analysis: &'a Analysis<'_>,
    effects: &'a Effects<'_>,
    view: ClassRef,
) -> impl Iterator<Item = (FunctionRef, &'a FileFacts, &'a Site)> {
    let world = &analysis.world;
    std::iter::once(view)
        .chain(world.project_ancestors(view))
        .filter_map(move |class| Some((class, world.file(class.file)?)))
        .flat_map(move |(class, facts)| {
            let functions = facts.functions.iter().enumerate();
            functions
                .filter(move |(_, function)| function.class == Some(class.index))
                .flat_map(move |(index, _)| {
                    let file = class.file;
                    effects
                        .all_sites_of(file, Some(index))
                        .filter(|site| matches!(site.kind, SiteKind::Inherited { .. }))
                        .map(move |site| (FunctionRef { file, index }, facts, site))
                })
        })
}

/// A method that stays synchronous and calls a handler, which would give it a coroutine.
fn called_synchronously(
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    unit: &Set,
) -> Option<String> {
    for &view in &unit.views {
        for (method, facts, site) in inherited_calls(analysis, effects, view) {
            let SiteKind::Inherited {
                name,
                method: ViewMethod::Entry,
                ..
            } = site.kind
            else {
                continue;
            };
            let Some(definition) = analysis.world.function(method) else {
                continue;
            };
            if !unit.members.contains(&method) && !definition.is_async {
                return Some(format!(
                    "`{}` calls `{}`, which would give it a coroutine, and stays synchronous",
                    definition.qualname,
                    facts.source(name)
                ));
            }
        }
    }
    None
}

/// True for `self.get_object(queryset=…)` with rows: it does not ask for others.
fn is_given_rows(analysis: &Analysis<'_>, file: usize, call: NodeId) -> bool {
    let (Some(facts), Some(types)) = (analysis.world.file(file), analysis.files.get(file)) else {
        return false;
    };
    let ast = facts.ast();
    let arguments = ast.child(call, Field::Arguments);
    let first = arguments.and_then(|arguments| ast.first_child(arguments));
    let rows = first.and_then(|first| match ast.kind(first) {
        Kind::KeywordArgument => ast.child(first, Field::Value),
        _ => Some(first),
    });
    rows.is_some_and(|rows| matches!(types.type_of(rows), Type::QuerySet(_)))
}

/// The hooks that Django's method of that name calls.
fn reached(generic: Generic, method: &str) -> &'static [&'static str] {
    match method {
        "form_invalid" => &["get_context_data", "render_to_response"],
        "form_valid" => &["get_success_url"],
        "get_object" => &["get_queryset"],
        "get_form" => &["get_form_kwargs"],
        _ => generic.called_by(method),
    }
}
