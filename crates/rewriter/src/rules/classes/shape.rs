//! # classes/async-dispatch
//!
//! A class that is decorated by `method_decorator(…, name="dispatch")` gets an async `dispatch`.
//!
//! The inherited `dispatch` is an ordinary function that returns the handler's coroutine: a decorator that looks at the
//! response, or answers itself, fails on it (`TypeError: object HttpResponseRedirect can't be used in 'await' expression`). With an async
//! `dispatch` it works from the Django on that knows async function views: 5.0 for most, 5.1 for `login_required` and the
//! like. A decorator that only marks the view (`csrf_exempt`) needs none.
//!
//! Safe.
//!
//! ```python before
//! from django.contrib.auth.decorators import login_required
//! from django.utils.decorators import method_decorator
//! from django.views import View
//!
//!
//! @method_decorator(login_required, name="dispatch")
//! class Orders(View):
//!     def get(self, request):
//!         return JsonResponse({"orders": Order.objects.count()})
//! ```
//! ```python after
//! from django.contrib.auth.decorators import login_required
//! from django.utils.decorators import method_decorator
//! from django.views import View
//!
//!
//! @method_decorator(login_required, name="dispatch")
//! class Orders(View):
//!     async def dispatch(self, *args, **kwargs):
//!         return await super().dispatch(*args, **kwargs)
//!
//!     async def get(self, request):
//!         return JsonResponse({"orders": await Order.objects.acount()})
//! ```

use unblocked_analyzer::{ClassRef, Evidence, Site};
use unblocked_django::topics;
use unblocked_syntax::{Field, SmallSort};

use super::insert;
use crate::because::Because;
use crate::classes::{Set, decorators};
use crate::draft::{Cannot, Draft, Outcome};
use crate::indent::indent_unit;
use crate::plan::Planner;

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The classes of a unit that need more than async methods.
pub(crate) fn concerned(planner: &Planner<'_>, unit: &Set) -> Vec<ClassRef> {
    let world = &planner.analysis.world;
    let mut classes: Vec<ClassRef> = unit
        .views
        .iter()
        .flat_map(|&view| std::iter::once(view).chain(world.project_ancestors(view)))
        .filter(|&class| needs_dispatch(planner, class))
        .collect();
    classes.small_sort();
    classes.dedup();
    classes
}

fn needs_dispatch(planner: &Planner<'_>, class: ClassRef) -> bool {
    let has_own = planner
        .analysis
        .world
        .class(class)
        .is_some_and(|outline| outline.methods.contains_key("dispatch"));
    !has_own
        && decorators::of_class(planner.analysis, planner.options, class)
            .is_ok_and(|found| found.needs_dispatch)
}

/// A class that views outside of the unit derive from would change them too.
pub(super) fn check_descendants(planner: &Planner<'_>, unit: &Set, class: ClassRef) -> Outcome {
    let world = &planner.analysis.world;
    let other = std::iter::once(class)
        .chain(world.descendants(class).iter().copied())
        .find(|other| world.is_view_class(*other) && !unit.views.contains(other));
    let name = |class| world.class(class).map_or("", |class| &*class.name);
    match other {
        Some(other) => Err(Cannot::of(
            Because::ClassForm,
            format!(
                "`{}` would get an async `dispatch`, and `{}` derives from it and is not converted with it",
                name(class),
                name(other)
            ),
        )),
        None => Ok(()),
    }
}

/// Writes what a class needs.
pub(crate) fn write(
    draft: &mut Draft<'_>,
    planner: &Planner<'_>,
    unit: &Set,
    class: ClassRef,
) -> Outcome {
    check_descendants(planner, unit, class)?;
    let facts = draft.facts;
    let ast = draft.ast();
    let definition = facts
        .classes
        .get(class.index)
        .ok_or_else(|| Cannot::new("its class is not at hand"))?;
    let unit = indent_unit(ast, facts.text());
    let dispatch = format!(
        "async def dispatch(self, *args, **kwargs):\n{unit}return await super().dispatch(*args, **kwargs)"
    );
    insert::methods(draft, class, &[dispatch])?;
    let name = ast
        .child(definition.node, Field::Name)
        .unwrap_or(definition.node);
    draft.changed(
        "classes/async-dispatch",
        name,
        Evidence::Proven,
        format!(
            "the decorator of `{}` gets a coroutine from the inherited `dispatch`",
            definition.name
        ),
        "an async `dispatch` was added, for the decorator to await",
        topics::ASYNC,
    );
    Ok(())
}
