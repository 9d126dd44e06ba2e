//! Hooks of generic views that wait for something else than the database: they become async with the handlers, which
//! are written out to await them.

use unblocked_analyzer::{
    Analysis, Base, ClassRef, FileFacts, FunctionRef, ParamKind, Site, SiteKind, Type,
};
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
        .filter(|(_, set)| can_be_awaited(analysis, effects, &set.members, views))
        .map(|(number, _)| number)
        .collect();
    for number in adopted {
        merge(families, analysis, number, views);
    }
    while let Some(number) = calling(families, analysis, effects, views) {
        merge(families, analysis, number, views);
    }
}

/// Hooks that call a method of Django's which calls a hook that is to be awaited.
fn calling(
    families: &Families,
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    views: &[ClassRef],
) -> Option<usize> {
    let with_hooks = families.units().filter(|unit| !unit.hooks.is_empty());
    for unit in with_hooks {
        for &view in &unit.views {
            for (method, _, site) in inherited_calls(analysis, effects, view) {
                if unit.members.contains(&method)
                    || calls_hook(analysis, unit, view, method.file, site).is_none()
                {
                    continue;
                }
                let Some(&number) = families.of.get(&method) else {
                    continue;
                };
                let can = families.sets.get(number).is_some_and(|set| {
                    !set.is_unit && can_be_awaited(analysis, effects, &set.members, views)
                });
                if can {
                    return Some(number);
                }
            }
        }
    }
    None
}

/// True when the handlers of all views that have one of these methods can await it.
fn can_be_awaited(
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    hooks: &[FunctionRef],
    views: &[ClassRef],
) -> bool {
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
                && stands_alone(analysis, effects, view, name)
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

/// True when what Django does around a hook of this name is all that happens around it in a view.
fn stands_alone(
    analysis: &Analysis<'_>,
    effects: &Effects<'_>,
    view: ClassRef,
    name: &str,
) -> bool {
    let world = &analysis.world;
    // What Django's method of that name calls, which would be called on the event loop.
    let called: &[&str] = match name {
        "get_form_kwargs" => &["get_initial", "get_prefix"],
        "get_queryset" => &["get_ordering"],
        "render_to_response" => &["get_template_names"],
        _ => &[],
    };
    let waits = |name: &&str| {
        world
            .method(view, name)
            .is_some_and(|own| effects.waits(own))
    };
    if called.iter().any(waits) {
        return false;
    }
    match name {
        // Its `form_valid` is Django's, and calls the hook.
        "get_success_url" => !world.ancestors(view).iter().any(
            |base| matches!(base, Base::External(path) if path.ends_with(".SuccessMessageMixin")),
        ),
        "get_form" | "get_form_kwargs" => std::iter::once(view)
            .chain(world.project_ancestors(view))
            .all(|class| hands_form_on(analysis, class)),
        _ => true,
    }
}

/// True when the `get_context_data` of a class, if it has one, gives Django's the form that it is given, and does not ask
/// whether it was.
fn hands_form_on(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    let own = analysis
        .world
        .class(class)
        .and_then(|outline| outline.methods.get("get_context_data").copied());
    let Some(own) = own else {
        return true;
    };
    let Some(facts) = analysis.world.file(class.file) else {
        return false;
    };
    let Some(function) = facts.functions.get(own) else {
        return false;
    };
    let ast = facts.ast();
    let rest = function
        .params
        .last()
        .filter(|param| param.kind == ParamKind::Rest)
        .map(|param| &*param.name);
    let Some(rest) = rest else {
        return false;
    };
    let forwarded = format!("**{rest}");
    let mut calls = ast
        .subtree(function.body)
        .filter(|&node| ast.kind(node) == Kind::Call)
        .filter(|&node| {
            ast.child(node, Field::Function)
                .is_some_and(|function| facts.source(function).ends_with(".get_context_data"))
        });
    let asks = ast.subtree(function.body).any(|node| {
        ast.kind(node) == Kind::String
            && facts.source(node).trim_matches(['"', '\'']) == "form"
            && !ast.parent(node).is_some_and(|parent| {
                ast.kind(parent) == Kind::Subscript && !facts.source(parent).starts_with(rest)
            })
    });
    !asks
        && !function.params.iter().any(|param| &*param.name == "form")
        && calls.all(|call| {
            ast.child(call, Field::Arguments).is_some_and(|arguments| {
                ast.children(arguments)
                    .any(|argument| facts.source(argument) == forwarded)
            })
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
    for &view in &unit.views {
        for (method, facts, site) in inherited_calls(analysis, effects, view) {
            let (Some(hook), SiteKind::Inherited { name, .. }) = (
                calls_hook(analysis, unit, view, method.file, site),
                &site.kind,
            ) else {
                continue;
            };
            // Where the caller becomes async too, the call can be written out.
            if !unit.members.contains(&method) {
                return Some(format!(
                    "`{}` calls Django's `{}`, which calls `{hook}` synchronously",
                    world
                        .function(method)
                        .map_or("", |method| &*method.qualname),
                    facts.source(*name)
                ));
            }
        }
    }
    None
}

/// The async hook of a unit that Django's method calls in a view at a site.
pub(crate) fn calls_hook(
    analysis: &Analysis<'_>,
    unit: &Set,
    view: ClassRef,
    file: usize,
    site: &Site,
) -> Option<&'static str> {
    let SiteKind::Inherited { name, .. } = site.kind else {
        return None;
    };
    let world = &analysis.world;
    let called = world.file(file)?.source(name);
    if called == "get_object" && is_given_rows(analysis, file, site.node) {
        return None;
    }
    let is_async = |hook: &&&str| {
        world
            .method(view, hook)
            .is_some_and(|method| unit.hooks.contains(&method))
    };
    let generics = generic::generics(analysis, view);
    let mut called = generics
        .iter()
        .flat_map(|&generic| reached(generic, called));
    called.find(is_async).copied()
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
