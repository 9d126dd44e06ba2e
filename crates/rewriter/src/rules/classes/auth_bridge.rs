//! # classes/auth-bridge
//!
//! Before the mixins of `django.contrib.auth` comes a mixin that runs them in Django's thread, and then awaits the handler.
//!
//! `LoginRequiredMixin`, `PermissionRequiredMixin` and `UserPassesTestMixin` check the user in a synchronous `dispatch`, which
//! asks the database and may answer with a response: before async handlers that is `SynchronousOnlyOperation` for whoever is logged
//! in, and `TypeError: object HttpResponseRedirect can't be used in 'await' expression` for the others. `test_func` and
//! `has_permission` stay synchronous: an async `test_func` would let everybody in, as a coroutine is true.
//!
//! The mixin is written once into the project, where a class first needs it, and imported elsewhere. After
//! `LoginRequiredMixin` has checked it, `request.user` is loaded.
//!
//! Safe: the same checks run.
//!
//! ```python before
//! from django.contrib.auth.mixins import LoginRequiredMixin
//! from django.views import View
//!
//!
//! class Account(LoginRequiredMixin, View):
//!     def get(self, request):
//!         return JsonResponse({"name": request.user.username, "orders": Order.objects.count()})
//! ```
//! ```python after
//! import inspect
//!
//! from asgiref.sync import sync_to_async
//! from django.contrib.auth.mixins import LoginRequiredMixin
//! from django.views import View
//!
//!
//! class AsyncAuthBridge:
//!     """Runs the synchronous checks of the mixins after it in Django's thread, then awaits the handler."""
//!
//!     async def dispatch(self, request, *args, **kwargs):
//!         response = await sync_to_async(super().dispatch)(request, *args, **kwargs)
//!         return await response if inspect.isawaitable(response) else response
//!
//!
//! class Account(AsyncAuthBridge, LoginRequiredMixin, View):
//!     async def get(self, request):
//!         return JsonResponse({"name": request.user.username, "orders": await Order.objects.acount()})
//! ```

use std::collections::{BTreeMap, BTreeSet, HashSet};

use unblocked_analyzer::{Base, ClassRef, Evidence, Site, Symbol};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use super::shape::check_descendants;
use crate::because::Because;
use crate::classes::Set;
use crate::draft::{Cannot, Draft, Outcome};
use crate::indent::indent_unit;
use crate::plan::Planner;
use crate::rewrites::template;

const NAME: &str = "AsyncAuthBridge";

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Where the bridge is, or is written.
pub(crate) struct Bridges {
    /// The file that has it, when that is one for all.
    home: Option<usize>,
    /// It is there already.
    exists: bool,
    /// The first class that needs it, by file.
    first: BTreeMap<usize, ClassRef>,
}

impl Bridges {
    /// For the classes that need one.
    pub(crate) fn new(planner: &Planner<'_>, classes: impl IntoIterator<Item = ClassRef>) -> Self {
        let world = &planner.analysis.world;
        let mut first: BTreeMap<usize, ClassRef> = BTreeMap::new();
        for class in classes {
            let known = first.entry(class.file).or_insert(class);
            *known = class.min(*known);
        }
        let made = world.class_named(NAME).filter(|&class| {
            let dispatch = world.method(class, "dispatch");
            dispatch.is_some_and(|dispatch| planner.is_async(dispatch))
        });
        if let Some(made) = made {
            return Self {
                home: Some(made.file),
                exists: true,
                first,
            };
        }
        // Importing it must not make the others import each other in a circle.
        let files: Vec<usize> = first.keys().copied().collect();
        let home = files.iter().copied().find(|&file| {
            let reached = imported_by(planner, file);
            files
                .iter()
                .all(|other| *other == file || !reached.contains(other))
        });
        Self {
            home,
            exists: false,
            first,
        }
    }
}

/// The files that a file imports, directly or not.
fn imported_by(planner: &Planner<'_>, file: usize) -> HashSet<usize> {
    let world = &planner.analysis.world;
    let mut reached = HashSet::new();
    let mut queue = vec![file];
    while let Some(at) = queue.pop() {
        let Some(facts) = world.file(at) else {
            continue;
        };
        for import in &facts.imports {
            let symbol = world.resolve(&import.path, import.is_relative);
            let module = import
                .path
                .rsplit_once('.')
                .map(|(module, _)| world.resolve(module, import.is_relative));
            for symbol in [Some(symbol), module].into_iter().flatten() {
                let next = match symbol {
                    Symbol::Module(file) | Symbol::Variable(file, _) => file,
                    Symbol::Function(function) => function.file,
                    Symbol::Class(class) => class.file,
                    _ => continue,
                };
                if reached.insert(next) {
                    queue.push(next);
                }
            }
        }
    }
    reached
}

/// The classes of a unit that get the bridge: those that others of the unit do not inherit it from.
pub(crate) fn concerned(planner: &Planner<'_>, unit: &Set) -> BTreeSet<ClassRef> {
    let world = &planner.analysis.world;
    let is_guarded = |class: ClassRef| world.is_guarded(&Base::Project(class));
    unit.views
        .iter()
        .copied()
        .filter(|&view| is_guarded(view) && guard(planner, view).is_some())
        .filter(|&view| {
            !world
                .project_ancestors(view)
                .any(|base| unit.views.contains(&base) && is_guarded(base))
                // What it puts before such a class is not behind the bridge of that.
                || guard(planner, view).is_some_and(|guard| !matches!(guard, Base::Project(base) if unit.views.contains(&base)))
        })
        .collect()
}

/// The base of a class behind which the first mixin of `django.contrib.auth` stands, unless something async of the
/// project comes before it already.
fn guard(planner: &Planner<'_>, class: ClassRef) -> Option<Base> {
    let world = &planner.analysis.world;
    for (_, base) in world.own_bases(class) {
        if world.is_guarded(&base) {
            return Some(base);
        }
        if let Base::Project(base) = base
            && let Some(dispatch) = world.method(base, "dispatch")
            && planner.is_async(dispatch)
        {
            return None;
        }
    }
    None
}

/// Puts the bridge before the mixins of a class, and writes it where that is the first to need it.
pub(crate) fn write(
    draft: &mut Draft<'_>,
    planner: &Planner<'_>,
    unit: &Set,
    class: ClassRef,
    bridges: &Bridges,
) -> Outcome {
    check_descendants(planner, unit, class)?;
    let world = &planner.analysis.world;
    let facts = draft.facts;
    let ast = draft.ast();
    let definition = facts
        .classes
        .get(class.index)
        .ok_or_else(|| Cannot::new("its class is not at hand"))?;
    let name = &*definition.name;
    for base in world.project_ancestors(class) {
        if unit.views.contains(&base) && world.is_guarded(&Base::Project(base)) {
            return Err(Cannot::of(
                Because::ClassForm,
                format!(
                    "`{name}` puts another mixin of django.contrib.auth before one that has one already"
                ),
            ));
        }
        let is_own_guard = !unit.views.contains(&base)
            && world.is_guarded(&Base::Project(base))
            && world
                .class(base)
                .is_some_and(|outline| outline.methods.contains_key("dispatch"));
        if is_own_guard {
            return Err(Cannot::of(
                Because::ClassForm,
                format!(
                    "`{}`, a mixin of `{name}`, has a `dispatch` of its own around one of django.contrib.auth",
                    world.class(base).map_or("", |base| &*base.name)
                ),
            ));
        }
    }
    let guarded = world
        .own_bases(class)
        .find(|(_, base)| world.is_guarded(base))
        .map(|(dotted, _)| dotted);
    let base = ast
        .child(definition.node, Field::Superclasses)
        .into_iter()
        .flat_map(|bases| ast.children(bases))
        .find(|&base| guarded.is_some_and(|guarded| facts.source(base) == guarded))
        .ok_or_else(|| {
            Cannot::of(
                Because::ClassForm,
                format!("the bases of `{name}` can't be followed"),
            )
        })?;
    let home = bridges.home.unwrap_or(class.file);
    let written = if home != class.file {
        let module = world.file(home).map_or("", |facts| &*facts.module);
        draft.need(module, NAME)?
    } else {
        if !bridges.exists && bridges.first.get(&class.file) == Some(&class) {
            define(draft, class)?;
        }
        NAME.to_owned()
    };
    draft.rewrites.wrap(base, &format!("{written}, "), "");
    draft.changed(
        "classes/auth-bridge",
        base,
        Evidence::Proven,
        format!("the mixins of `{name}` check the user in a synchronous `dispatch`, which async handlers can't stand behind"),
        format!("`{NAME}` before them runs them in Django's thread and awaits the handler"),
        topics::ASYNC,
    );
    Ok(())
}

/// Writes the bridge before a class.
fn define(draft: &mut Draft<'_>, class: ClassRef) -> Outcome {
    let facts = draft.facts;
    let ast = draft.ast();
    let node = facts
        .classes
        .get(class.index)
        .map(|class| class.node)
        .ok_or_else(|| Cannot::new("its class is not at hand"))?;
    let statement = match ast.parent(node) {
        Some(parent) if ast.kind(parent) == Kind::Decorated => parent,
        _ => node,
    };
    let is_outermost = ast
        .parent(statement)
        .is_some_and(|parent| parent == unblocked_syntax::NodeId::ROOT)
        && ast.span(statement).has_own_lines(facts.text());
    if !is_outermost {
        return Err(Cannot::of(
            Because::ClassForm,
            "its class is not defined at the level of its module",
        ));
    }
    if facts.binds(NAME) {
        return Err(Cannot::of(
            Because::NameTaken,
            format!("`{NAME}` means something else in its file"),
        ));
    }
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    let inspect = draft.need_module("inspect")?;
    let unit = indent_unit(ast, facts.text());
    draft.rewrites.line_before(
        statement,
        template![format!(
            "class {NAME}:\n{unit}\"\"\"Runs the synchronous checks of the mixins after it in Django's thread, then awaits the handler.\"\"\"\n\n{unit}async def dispatch(self, request, *args, **kwargs):\n{unit}{unit}response = await {adapter}(super().dispatch)(request, *args, **kwargs)\n{unit}{unit}return await response if {inspect}.isawaitable(response) else response"
        )],
    );
    draft.rewrites.line_before(statement, template![]);
    draft.rewrites.line_before(statement, template![]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_unchanged, report_with};
    use crate::{Decision, Options, Workspace, migrate};

    const GET: &str =
        "    def get(self, request):\n        return HttpResponse(Product.objects.count())\n";

    #[test]
    fn files_share_one_bridge() {
        let view = |name: &str| {
            format!(
                "from django.contrib.auth.mixins import LoginRequiredMixin\nfrom django.views import View\n\nfrom shop.models import Product\n\n\nclass {name}(LoginRequiredMixin, View):\n{GET}"
            )
        };
        let models = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
        let mut workspace = Workspace::new();
        // The first one imports the second, so the second is its home.
        workspace.set_file(
            "shop/a.py",
            &format!("from shop.b import Two\n{}", view("One")),
        );
        workspace.set_file("shop/b.py", &view("Two"));
        workspace.set_file("shop/models.py", models);
        let report = migrate(&workspace, &Options::default());
        let [a, b, ..] = &*report.files else { panic!() };
        assert!(
            a.after
                .contains("from shop.b import Two, AsyncAuthBridge\n")
                || a.after.contains("from shop.b import AsyncAuthBridge"),
            "{}",
            a.after
        );
        assert!(!a.after.contains("class AsyncAuthBridge"));
        assert!(
            a.after
                .contains("class One(AsyncAuthBridge, LoginRequiredMixin, View)")
        );
        assert!(b.after.contains("class AsyncAuthBridge:"));
        // A second run finds it.
        for file in &report.files {
            workspace.set_file(&file.path, &file.after);
        }
        workspace.set_file("shop/c.py", &view("Three"));
        let again = migrate(&workspace, &Options::default());
        assert_eq!(again.files[0].after, a.after);
        assert_eq!(again.files[1].after, b.after);
        assert!(
            again.files[2]
                .after
                .contains("from shop.b import AsyncAuthBridge"),
            "{}",
            again.files[2].after
        );
    }

    #[test]
    fn bases_that_other_views_share_stay_as_they_are() {
        let before = format!(
            "class Private(LoginRequiredMixin, View):\n    pass\n\nclass One(Private):\n{GET}\nclass Two(Private):\n    def get(self, request):\n        f = [lambda: Product.objects.count()]\n        return HttpResponse(f[0]())\n"
        );
        let after = report_with(&before, &Options::for_paste()).after;
        assert!(
            after.contains("class Private(LoginRequiredMixin, View):"),
            "{after}"
        );
        assert!(
            after.contains("class One(AsyncAuthBridge, Private):"),
            "{after}"
        );
        assert!(
            after.contains("class Two(Private):\n    def get"),
            "{after}"
        );
    }

    #[test]
    fn mixins_that_cannot_be_put_in_order_keep_their_views() {
        check_unchanged(&format!(
            "class One(LoginRequiredMixin, View):\n{GET}\nclass Two(PermissionRequiredMixin, One):\n    permission_required = 'x'\n"
        ));
        check_unchanged(&format!(
            "class Team(LoginRequiredMixin):\n    def dispatch(self, request):\n        return super().dispatch(request)\n\nclass One(Team, View):\n{GET}"
        ));
        check_unchanged(&format!(
            "AsyncAuthBridge = None\n\nclass One(LoginRequiredMixin, View):\n{GET}"
        ));
    }

    #[test]
    fn checks_stay_synchronous() {
        let before = format!(
            "class One(UserPassesTestMixin, View):\n{GET}\n    def test_func(self):\n        return Product.objects.exists()\n"
        );
        let report = report_with(&before, &Options::for_paste());
        assert!(
            report
                .after
                .contains("    def test_func(self):\n        return Product.objects.exists()")
        );
        assert!(report.after.contains("async def get"));
        let test = report
            .functions
            .iter()
            .find(|f| f.name == "One.test_func")
            .unwrap();
        assert_eq!(test.decision, Decision::Leave);
    }
}
