//! What a class-based view has of Django's generic views: handlers that are synchronous, and are called by `super()`.

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, Base, ClassRef, World};
use unblocked_django::{BaseKind, Generic, base_class, generic_view};

/// The handlers that a view inherits from generic views, and that no class of the project has in their place; each with
/// all that its class of Django's has.
pub(crate) fn inherited_handlers(
    analysis: &Analysis<'_>,
    view: ClassRef,
) -> Vec<(&'static str, &'static [&'static str])> {
    let world = &analysis.world;
    let mut handlers: Vec<(&str, &[&str])> = Vec::new();
    for kind in world.base_kinds(view) {
        let BaseKind::GenericView(names) = kind else {
            continue;
        };
        for &name in names {
            // What `options` gives, Django awaits or not as its `get` does.
            if name != "options"
                && !handlers.iter().any(|(known, _)| *known == name)
                && !is_overridden(world, view, name, names)
            {
                handlers.push((name, names));
            }
        }
    }
    handlers
}

/// True when a class of the project has the handler in place of the generic view's.
fn is_overridden(
    world: &World<'_>,
    view: ClassRef,
    handler: &str,
    inherited: &'static [&'static str],
) -> bool {
    let Some(own) = world.method(view, handler) else {
        return false;
    };
    let Some(class) = world.function(own).and_then(|function| function.class) else {
        return false;
    };
    let class = ClassRef {
        file: own.file,
        index: class,
    };
    // What two archives by date have in common comes after both of them.
    let shared = generics_of(world, class);
    // Of bases beside each other the first counts.
    class == view
        || world
            .ancestors(view)
            .iter()
            .find(|base| match base {
                Base::Project(base) => *base == class,
                Base::External(path) => {
                    base_class(path) == Some(BaseKind::GenericView(inherited))
                        && generic_view(path).is_none_or(|kind| !shared.contains(&kind))
                }
                Base::Missing(_) => false,
            })
            .is_some_and(|base| matches!(base, Base::Project(_)))
}

/// The generic views that a view derives from.
pub(crate) fn generics(analysis: &Analysis<'_>, view: ClassRef) -> BTreeSet<Generic> {
    generics_of(&analysis.world, view)
}

fn generics_of(world: &World<'_>, view: ClassRef) -> BTreeSet<Generic> {
    let bases = world.ancestors(view).iter();
    bases
        .filter_map(|base| match base {
            Base::External(path) => generic_view(path),
            _ => None,
        })
        .collect()
}

/// The views that derive from a generic view and share no method that answers requests with others: each with those that
/// derive from it. In a class of which something of a unit derives, nothing can change alone.
pub(super) fn bare(
    analysis: &Analysis<'_>,
    views: &[ClassRef],
    in_units: &BTreeSet<ClassRef>,
) -> Vec<BTreeSet<ClassRef>> {
    let world = &analysis.world;
    let is_generic = |class: ClassRef| {
        world
            .base_kinds(class)
            .any(|kind| matches!(kind, BaseKind::GenericView(_)))
    };
    views
        .iter()
        .copied()
        .filter(|&view| is_generic(view))
        .filter(|&view| !world.project_ancestors(view).any(is_generic))
        .map(|view| {
            std::iter::once(view)
                .chain(world.descendants(view).iter().copied())
                .collect::<BTreeSet<_>>()
        })
        .filter(|group| group.is_disjoint(in_units))
        .collect()
}
