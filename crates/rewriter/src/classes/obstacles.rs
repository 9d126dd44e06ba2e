//! What keeps a unit of class-based views synchronous, whatever its methods do.

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{Analysis, ClassRef, FileAnalysis, FileFacts, Type, UnknownBase};
use unblocked_django::{BaseKind, HANDLERS};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Set;
use super::assigned;
use super::by_name;
use super::decorators;
use super::libraries::of_library;
use super::values;
use crate::because::Because;
use crate::draft::Cannot;
use crate::effects::Effects;
use crate::options::Options;
use crate::plan::{Wrapper, around};
use crate::suites::views_made;

/// The first obstacle among the views of a unit, with the class that it is about.
pub(super) fn find(
    analysis: &Analysis<'_>,
    options: &Options,
    uses: &Uses,
    unit: &Set,
) -> Option<Cannot> {
    let classes = unit
        .views
        .iter()
        .find_map(|&view| of_class(analysis, options, view));
    classes
        .or_else(|| {
            let assigned = uses.assigned_to(analysis, unit)?;
            Some(Cannot::of(Because::ClassForm, assigned))
        })
        .or_else(|| {
            by_name::of_unit(analysis, &unit.members)
                .map(|reason| Cannot::of(Because::ClassForm, reason))
        })
        .or_else(|| {
            values::obstacle(analysis, unit.views.iter())
                .map(|reason| Cannot::of(Because::ClassForm, reason))
        })
        .or_else(|| of_uses(analysis, options, uses, unit))
        .or_else(|| {
            let none_calls = unit.members.is_empty() && !wrappers(analysis, options, uses, unit).is_empty();
            none_calls.then(|| {
                Cannot::of(
                    Because::SyncDecorator,
                    "a decorator of the project wraps it, and it has no handler of its own that would call for an async one",
                )
            })
        })
}

fn of_class(analysis: &Analysis<'_>, options: &Options, view: ClassRef) -> Option<Cannot> {
    let world = &analysis.world;
    let name = &*world.class(view)?.name;
    match world.unknown_base(view) {
        Some(UnknownBase::Missing(path)) => {
            return Some(Cannot::of(
                Because::NotAtHand,
                match path.rsplit_once('.') {
                    Some((module, base)) => format!(
                        "`{base}`, which `{name}` derives from, is not at hand, and its handlers have to change with it (add `{}.py`)",
                        module.replace('.', "/")
                    ),
                    None => format!(
                        "`{path}`, which `{name}` derives from, is not at hand, and its handlers have to change with it (add the file that defines it)"
                    ),
                },
            ));
        }
        Some(UnknownBase::External(path)) => {
            return Some(Cannot::of(
                Because::LibraryCalls,
                match of_library(&path) {
                    Some(reason) => format!("`{name}` is {reason}"),
                    None => {
                        format!(
                            "`{path}`, which `{name}` derives from, may not know async handlers"
                        )
                    }
                },
            ));
        }
        Some(UnknownBase::Expression(base)) => {
            return Some(Cannot::of(
                Because::NotAtHand,
                format!(
                    "what `{name}` derives from is made by `{base}`, so its handlers are not known"
                ),
            ));
        }
        None => {}
    }
    for kind in world.base_kinds(view) {
        match kind {
            BaseKind::AuthView => {
                return Some(Cannot::of(
                    Because::DjangoCalls,
                    format!(
                        "`{name}` is a view of django.contrib.auth, whose decorated `dispatch` works with synchronous handlers only"
                    ),
                ));
            }
            BaseKind::ApiView => {
                return Some(Cannot::of(
                    Because::LibraryCalls,
                    format!(
                        "`{name}` is a view of Django REST framework, whose views are synchronous (adrf has async ones)"
                    ),
                ));
            }
            BaseKind::AuthMixin => {
                if let Some(check) = async_check(analysis, view) {
                    return Some(Cannot::of(
                        Because::DjangoCalls,
                        format!(
                            "Django calls `{check}` of `{name}` without awaiting it, which lets everybody in: that has to be mended first"
                        ),
                    ));
                }
            }
            _ => {}
        }
    }
    for class in std::iter::once(view).chain(world.project_ancestors(view)) {
        if let Some(reason) = of_body(analysis, class) {
            return Some(Cannot::of(Because::ClassForm, reason));
        }
        if let Err(reason) = decorators::of_class(analysis, options, class) {
            return Some(Cannot::of(Because::SyncDecorator, reason));
        }
    }
    None
}

/// The check of the user that is a coroutine function.
fn async_check(analysis: &Analysis<'_>, view: ClassRef) -> Option<&'static str> {
    let world = &analysis.world;
    ["test_func", "has_permission"].into_iter().find(|name| {
        let method = world.method(view, name);
        method
            .and_then(|method| world.function(method))
            .is_some_and(|method| method.is_async)
    })
}

/// Handlers that the body of a class assigns, and what it replaces of `View`.
fn of_body(analysis: &Analysis<'_>, class: ClassRef) -> Option<String> {
    let facts = analysis.world.file(class.file)?;
    let definition = facts.classes.get(class.index)?;
    let ast = facts.ast();
    if definition.methods.contains_key("as_view") {
        return Some(format!("`{}` has an `as_view` of its own", definition.name));
    }
    ast.children(definition.body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .filter_map(|statement| ast.first_child(statement))
        .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
        .find_map(|assignment| {
            let name = facts.source(ast.child(assignment, Field::Left)?);
            let is_handler = HANDLERS.contains(&name) || NAMES.contains(&name);
            // `post = get`: the same function under another name.
            let is_alias = ast.child(assignment, Field::Right).is_some_and(|right| {
                ast.kind(right) == Kind::Identifier
                    && HANDLERS.contains(&facts.source(right))
                    && HANDLERS.contains(&name)
                    && definition.methods.contains_key(facts.source(right))
            });
            (is_handler && !is_alias).then(|| assigned::reason(&definition.name, name))
        })
        .or_else(|| assigned::over_method(analysis, class))
}

/// What is made of `as_view()` of the unit's classes, that does not stand an async view.
fn of_uses(analysis: &Analysis<'_>, options: &Options, uses: &Uses, unit: &Set) -> Option<Cannot> {
    uses.of(unit).find_map(|(class, file, call)| {
        let name = &*analysis.world.class(class)?.name;
        let cannot = around(analysis, options, file, call).err()?;
        let path = &analysis.world.file(file)?.path;
        Some(cannot.said(|reason| format!("`{name}.as_view()` in {path} {reason}")))
    })
}

/// What is done with classes outside of them.
#[derive(Default)]
pub(crate) struct Uses {
    /// Where `as_view()` of each class is called, by file. What tests make of it can go through `async_to_sync`.
    views: HashMap<ClassRef, Vec<(usize, NodeId)>>,
    /// What is assigned to each class, `V.post = …`, and by file where.
    assigned: HashMap<ClassRef, (String, usize)>,
}

impl Uses {
    pub(super) fn new(analysis: &Analysis<'_>, effects: &Effects<'_>) -> Self {
        let mut uses = Self::default();
        let files = analysis.world.files.iter().zip(&analysis.files);
        for (file, (facts, found)) in files.enumerate() {
            for (call, class) in views_made(facts, found) {
                let suites = effects.suites();
                if !suites.bridges_view(facts, file, call, facts.owner(call)) {
                    uses.views.entry(class).or_default().push((file, call));
                }
            }
            for (class, name) in assigned(facts, found) {
                uses.assigned.insert(class, (name, file));
            }
        }
        uses
    }

    /// A handler that code outside of a class gives it, or takes.
    fn assigned_to(&self, analysis: &Analysis<'_>, unit: &Set) -> Option<String> {
        let world = &analysis.world;
        let mut classes = unit
            .views
            .iter()
            .flat_map(|&view| std::iter::once(view).chain(world.project_ancestors(view)));
        classes.find_map(|class| {
            let (name, file) = self.assigned.get(&class)?;
            Some(format!(
                "{} assigns {name} of `{}`, which can't be followed",
                world.file(*file)?.path,
                world.class(class)?.name
            ))
        })
    }

    fn of(&self, unit: &Set) -> impl Iterator<Item = (ClassRef, usize, NodeId)> + '_ {
        let found: Vec<_> = unit
            .views
            .iter()
            .filter_map(|class| Some((*class, self.views.get(class)?)))
            .flat_map(|(class, uses)| uses.iter().map(move |&(file, call)| (class, file, call)))
            .collect();
        found.into_iter()
    }
}

/// The handlers of classes that a file assigns: `V.post = …`, `setattr(V, name, …)`, `del V.post`.
fn assigned<'a>(
    facts: &'a FileFacts,
    found: &'a FileAnalysis,
) -> impl Iterator<Item = (ClassRef, String)> + use<'a> {
    let ast = facts.ast();
    let text = facts.text();
    let is_any = text.contains("setattr(")
        || text.contains("delattr(")
        || NAMES
            .iter()
            .chain(HANDLERS)
            .any(|name| text.contains(&format!(".{name}")));
    let class_of = move |object| match found.type_of(object) {
        Type::Class(class) => Some(*class),
        _ => None,
    };
    ast.ids()
        .filter(move |_| is_any)
        .filter_map(move |node| match ast.kind(node) {
            Kind::Attribute => {
                let up = ast.parent(node)?;
                let is_target = ast.kind(up) == Kind::Delete
                    || (matches!(ast.kind(up), Kind::Assignment | Kind::AugmentedAssignment)
                        && ast.field(node) == Some(Field::Left));
                let name = facts.source(ast.child(node, Field::Attribute)?);
                if !is_target || !(HANDLERS.contains(&name) || NAMES.contains(&name)) {
                    return None;
                }
                let class = class_of(ast.child(node, Field::Object)?)?;
                Some((class, format!("`{name}`")))
            }
            Kind::Call => {
                let function = facts.source(ast.child(node, Field::Function)?);
                let mut given = ast.children(ast.child(node, Field::Arguments)?);
                let class = class_of(given.next()?)?;
                let named = given.next()?;
                let name = facts.source(named).trim_matches(['"', '\'']);
                let is_literal = ast.kind(named) == Kind::String;
                let is_handler = HANDLERS.contains(&name) || NAMES.contains(&name);
                (matches!(function, "setattr" | "delattr") && (is_handler || !is_literal))
                    .then(|| (class, format!("a method (`{name}`)")))
            }
            _ => None,
        })
}

/// What of `View` decides how handlers are called.
const NAMES: &[&str] = &[
    "dispatch",
    "options",
    "http_method_not_allowed",
    "view_is_async",
    "as_view",
];

/// What wraps the views of a unit in decorators of the project: those on its classes, and around `as_view()`.
pub(super) fn wrappers(
    analysis: &Analysis<'_>,
    options: &Options,
    uses: &Uses,
    unit: &Set,
) -> Vec<Wrapper> {
    let world = &analysis.world;
    let classes: BTreeSet<ClassRef> = unit
        .views
        .iter()
        .flat_map(|&view| std::iter::once(view).chain(world.project_ancestors(view)))
        .collect();
    let on_classes = classes
        .into_iter()
        .filter_map(|class| decorators::of_class(analysis, options, class).ok())
        .flat_map(|found| found.wrappers);
    let around_uses = uses
        .of(unit)
        .filter_map(|(_, file, call)| around(analysis, options, file, call).ok())
        .flat_map(|found| found.wrappers);
    on_classes.chain(around_uses).collect()
}
