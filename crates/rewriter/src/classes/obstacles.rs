//! What keeps a unit of class-based views synchronous, whatever its methods do.

use unblocked_analyzer::{Analysis, Base, ClassRef, Type, UnknownBase};
use unblocked_django::{BaseKind, HANDLERS, decorator};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Set;
use super::decorators;
use crate::effects::Effects;
use crate::options::Options;

/// The first obstacle among the views of a unit, with the class that it is about.
pub(super) fn find(
    analysis: &Analysis<'_>,
    options: &Options,
    effects: &Effects<'_>,
    unit: &Set,
) -> Option<String> {
    let classes = unit
        .views
        .iter()
        .find_map(|&view| of_class(analysis, options, view));
    classes.or_else(|| {
        analysis
            .world
            .files
            .iter()
            .enumerate()
            .find_map(|(file, _)| of_uses(analysis, options, effects, unit, file))
    })
}

fn of_class(analysis: &Analysis<'_>, options: &Options, view: ClassRef) -> Option<String> {
    let world = &analysis.world;
    let name = &*world.class(view)?.name;
    match world.unknown_base(view) {
        Some(UnknownBase::Missing(path)) => {
            return Some(match path.rsplit_once('.') {
                Some((module, base)) => format!(
                    "`{base}`, which `{name}` derives from, is not at hand, and its handlers have to change with it (add `{}.py`)",
                    module.replace('.', "/")
                ),
                None => format!(
                    "`{path}`, which `{name}` derives from, is not at hand, and its handlers have to change with it (add the file that defines it)"
                ),
            });
        }
        Some(UnknownBase::External(path)) => {
            return Some(match of_library(&path) {
                Some(reason) => format!("`{name}` is {reason}"),
                None => {
                    format!("`{path}`, which `{name}` derives from, may not know async handlers")
                }
            });
        }
        Some(UnknownBase::Expression(base)) => {
            return Some(format!(
                "what `{name}` derives from is made by `{base}`, so its handlers are not known"
            ));
        }
        None => {}
    }
    for kind in world.base_kinds(view) {
        match kind {
            BaseKind::AuthView => {
                return Some(format!(
                    "`{name}` is a view of django.contrib.auth, whose decorated `dispatch` works with synchronous handlers only"
                ));
            }
            BaseKind::ApiView => {
                return Some(format!(
                    "`{name}` is a view of Django REST framework, whose views are synchronous (adrf has async ones)"
                ));
            }
            _ => {}
        }
    }
    for class in std::iter::once(view).chain(world.project_ancestors(view)) {
        if let Some(reason) = of_body(analysis, class) {
            return Some(reason);
        }
        if let Err(reason) = decorators::of_class(analysis, options, class) {
            return Some(reason);
        }
    }
    None
}

/// What a class of the project is that derives from a library's view, consumer or schema.
pub(crate) fn of_library_class(analysis: &Analysis<'_>, class: ClassRef) -> Option<&'static str> {
    let bases = analysis.world.ancestors(class).iter();
    bases
        .filter_map(|base| match base {
            Base::External(path) => of_library(path),
            _ => None,
        })
        .next()
}

/// What a library's view is, when it is known to have no async handlers of Django's kind.
fn of_library(path: &str) -> Option<&'static str> {
    let package = path.split('.').next().unwrap_or_default();
    Some(match package {
        "rest_framework" | "rest_framework_simplejwt" | "rest_framework_nested" => {
            "a view of Django REST framework, whose views are synchronous (adrf has async ones)"
        }
        "adrf" => "a view of adrf, which has async handlers of its own",
        "graphene_django" => "a view of Graphene, which runs its schema synchronously",
        "strawberry" => {
            "a view of Strawberry, which has an async view of its own (`AsyncGraphQLView`)"
        }
        "ariadne_django" | "ariadne" => "a GraphQL view, which runs its schema itself",
        "channels" => "a consumer of Channels, which has async classes of its own",
        "formtools" => "a form wizard, whose handlers are synchronous",
        "django_filters" | "django_tables2" | "extra_views" => {
            "a generic view of a library, whose handlers are synchronous"
        }
        _ => return None,
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
            let is_handler = HANDLERS.contains(&name)
                || matches!(
                    name,
                    "dispatch"
                        | "options"
                        | "http_method_not_allowed"
                        | "view_is_async"
                        | "as_view"
                );
            // `post = get`: the same function under another name.
            let is_alias = ast.child(assignment, Field::Right).is_some_and(|right| {
                ast.kind(right) == Kind::Identifier
                    && HANDLERS.contains(&facts.source(right))
                    && HANDLERS.contains(&name)
                    && definition.methods.contains_key(facts.source(right))
            });
            (is_handler && !is_alias).then(|| {
                format!(
                    "`{}` assigns its `{name}`, which can't be followed",
                    definition.name
                )
            })
        })
}

/// What is made of `as_view()` of the unit's classes in a file.
fn of_uses(
    analysis: &Analysis<'_>,
    options: &Options,
    effects: &Effects<'_>,
    unit: &Set,
    file: usize,
) -> Option<String> {
    let facts = analysis.world.file(file)?;
    let types = analysis.files.get(file)?;
    if !facts.text().contains("as_view") {
        return None;
    }
    let ast = facts.ast();
    ast.ids()
        .filter(|&node| ast.kind(node) == Kind::Call)
        .filter_map(|call| {
            let function = ast.child(call, Field::Function)?;
            let object = ast.child(function, Field::Object)?;
            let name = ast.child(function, Field::Attribute)?;
            if facts.source(name) != "as_view" {
                return None;
            }
            match types.type_of(object) {
                Type::Class(class) if unit.views.contains(class) => Some((call, *class)),
                _ => None,
            }
        })
        .filter(|&(call, _)| {
            let suites = effects.suites();
            !suites.bridges_view(facts, file, call, facts.owner(call))
        })
        .find_map(|(call, class)| {
            let name = &*analysis.world.class(class)?.name;
            of_use(analysis, options, file, call).map(|reason| {
                format!(
                    "{} {reason}",
                    format_args!("`{name}.as_view()` in {}", facts.path)
                )
            })
        })
}

fn of_use(analysis: &Analysis<'_>, options: &Options, file: usize, call: NodeId) -> Option<String> {
    let facts = analysis.world.file(file)?;
    let types = analysis.files.get(file)?;
    let ast = facts.ast();
    let mut at = call;
    // From the inside out: `path("…", never_cache(login_required(V.as_view())))`.
    loop {
        while let Some(up) = ast
            .parent(at)
            .filter(|&up| matches!(ast.kind(up), Kind::Parenthesized | Kind::KeywordArgument))
        {
            at = up;
        }
        let parent = ast.parent(at)?;
        match ast.kind(parent) {
            Kind::Assignment | Kind::ExpressionStatement => return None,
            Kind::ArgumentList => {}
            _ => return Some("is used where a coroutine may not be expected".to_owned()),
        }
        let outer = ast.parent(parent)?;
        let mut head = ast.child(outer, Field::Function)?;
        let last = facts.source(head).rsplit('.').next().unwrap_or_default();
        if matches!(last, "path" | "re_path" | "url") {
            return None;
        }
        while ast.kind(head) == Kind::Call
            && let Some(inner) = ast.child(head, Field::Function)
        {
            head = inner;
        }
        let name = facts.source(head);
        let known = match types.type_of(head) {
            Type::Path(path) => decorator(path),
            _ => None,
        };
        match known {
            Some(known) if known.on_function(options.target_version) => at = outer,
            Some(known) => {
                return Some(match known.fbv_since {
                    Some(since) => format!(
                        "stands in `{name}`, which knows async views from Django {since} on, and the target is {}",
                        options.target_version
                    ),
                    None => format!("stands in `{name}`, which works in synchronous code only"),
                });
            }
            None => {
                return Some(format!(
                    "stands in `{name}`, which may not know async views"
                ));
            }
        }
    }
}
