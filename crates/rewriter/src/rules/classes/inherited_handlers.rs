//! # classes/inherited-handlers
//!
//! The handlers that a generic view inherits get an async form beside its own: it hands over to Django's in its thread, or
//! is written out where it has to await a hook.
//!
//! Django refuses a class with handlers of both kinds, and its generic views are synchronous. So with one handler, or one
//! hook (`get_context_data`, `form_valid`, `get_object`, `get_queryset`, …) that waits for another service, all others change
//! as well. `await sync_to_async(super().get)(…)` runs what Django does as it is: pagination, 404s, `allow_empty`, form validation; what it
//! returns is rendered in Django's thread. Where a hook is async, Django's few lines stand in the handler, with that hook
//! awaited. Generic views that wait for the database alone gain nothing, and are converted when that is asked for.
//!
//! Safe.
//!
//! ```python before
//! import requests
//! from django.views.generic import DetailView
//!
//!
//! class ProductDetail(DetailView):
//!     model = Product
//!
//!     def get_context_data(self, **kwargs):
//!         context = super().get_context_data(**kwargs)
//!         context["stock"] = requests.get(f"https://stock.example.com/stock/{self.object.pk}").json()
//!         return context
//! ```
//! ```python after
//! import aiohttp
//! from asgiref.sync import sync_to_async
//! from django.views.generic import DetailView
//!
//!
//! class ProductDetail(DetailView):
//!     model = Product
//!
//!     async def get(self, request, *args, **kwargs):
//!         self.object = await sync_to_async(self.get_object)()
//!         context = await self.get_context_data(object=self.object)
//!         return self.render_to_response(context)
//!
//!     async def get_context_data(self, **kwargs):
//!         context = await sync_to_async(super().get_context_data)(**kwargs)
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get(f"https://stock.example.com/stock/{self.object.pk}") as response:
//!                 context["stock"] = await response.json(content_type=None)
//!         return context
//! ```

use std::collections::BTreeSet;

use unblocked_analyzer::{ClassRef, Evidence, Site};
use unblocked_django::{BaseKind, forwards_to, topics};
use unblocked_syntax::Field;

use super::insert;
use super::shape::check_descendants;
use super::written_out::WrittenOut;
use crate::classes::{Set, generic};
use crate::draft::{Cannot, Draft, Outcome};
use crate::indent::indent_unit;
use crate::plan::Planner;

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The classes of a unit that get handlers.
pub(crate) fn concerned(planner: &Planner<'_>, unit: &Set) -> BTreeSet<ClassRef> {
    let views = unit.views.iter().copied();
    views
        .filter(|&view| !missing(planner, unit, view).is_empty())
        .collect()
}

/// The handlers that a class needs: those that differ from what it inherits.
fn missing(planner: &Planner<'_>, unit: &Set, view: ClassRef) -> Vec<Handler> {
    let world = &planner.analysis.world;
    let above = world
        .project_ancestors(view)
        .find(|base| unit.views.contains(base) && is_generic(planner, *base));
    let inherited = above.map_or_else(Vec::new, |base| handlers(planner, unit, base));
    let mut handlers = handlers(planner, unit, view);
    handlers.retain(|handler| !inherited.contains(handler));
    handlers
}

fn is_generic(planner: &Planner<'_>, class: ClassRef) -> bool {
    planner
        .analysis
        .world
        .base_kinds(class)
        .any(|kind| matches!(kind, BaseKind::GenericView(_)))
}

/// A handler to be written.
#[derive(Debug, PartialEq, Eq)]
struct Handler {
    name: &'static str,
    /// Its statements, a line each.
    body: Vec<String>,
}

impl Handler {
    fn text(&self, unit: &str) -> String {
        let takes_request =
            self.name != "put" || self.body.iter().any(|line| line.contains("request"));
        let parameters = match takes_request {
            false => "*args, **kwargs",
            true => "request, *args, **kwargs",
        };
        let mut text = format!("async def {}(self, {parameters}):", self.name);
        for line in &self.body {
            let inner = line.trim_start_matches('\t');
            let depth = 1 + line.len() - inner.len();
            text.push('\n');
            text.push_str(&unit.repeat(depth));
            text.push_str(inner);
        }
        text
    }
}

fn handlers(planner: &Planner<'_>, unit: &Set, view: ClassRef) -> Vec<Handler> {
    let names = generic::inherited_handlers(planner.analysis, view);
    let generics = generic::generics(planner.analysis, view);
    let written = WrittenOut {
        analysis: planner.analysis,
        hooks: &unit.hooks,
        view,
        waits: &|method| planner.effects.waits(method),
    };
    let only = match generics.iter().collect::<Vec<_>>()[..] {
        [only] => Some(*only),
        _ => None,
    };
    let handlers = names.into_iter().map(|(name, of)| Handler {
        name,
        body: only
            .and_then(|generic| written.body(generic, name))
            .unwrap_or_else(|| vec![delegate(of, name)]),
    });
    handlers.collect()
}

/// What calls Django's handler, of a class with these.
fn delegate(of: &[&str], name: &str) -> String {
    match forwards_to(of, name) {
        Some("post") => "return await self.post(*args, **kwargs)".to_owned(),
        Some(other) => format!("return await self.{other}(request, *args, **kwargs)"),
        None => format!("return await sync_to_async(super().{name})(request, *args, **kwargs)"),
    }
}

/// Writes the handlers of a class.
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
    let handlers = missing(planner, unit, class);
    let indent = indent_unit(ast, facts.text());
    let mut texts = Vec::new();
    for handler in &handlers {
        let text = handler.text(&indent);
        texts.push(import(draft, text)?);
    }
    insert::methods(draft, class, &texts)?;
    let name = ast
        .child(definition.node, Field::Name)
        .unwrap_or(definition.node);
    let names: Vec<String> = handlers
        .iter()
        .map(|handler| format!("`{}`", handler.name))
        .collect();
    let names = names.join(", ");
    let (message, help) = if unit.hooks.is_empty() {
        (
            format!(
                "`{}` inherits {names} of Django's generic view, which are synchronous, and Django refuses handlers of both kinds",
                definition.name
            ),
            "each got an async form, which runs Django's in its thread",
        )
    } else {
        (
            format!(
                "`{}` inherits {names} of Django's generic view, which call its hooks synchronously",
                definition.name
            ),
            "each got an async form, which awaits the hooks that are async and runs the rest in Django's thread",
        )
    };
    draft.changed(
        "classes/inherited-handlers",
        name,
        Evidence::Proven,
        message,
        help,
        topics::CLASS_BASED_VIEWS,
    );
    Ok(())
}

/// Imports what is called in a text of ours, under the names that the file has for it.
pub(super) fn import(draft: &mut Draft<'_>, mut text: String) -> Result<String, Cannot> {
    for (module, name) in IMPORTS {
        let call = format!("{name}(");
        if text.contains(&call) {
            let written = draft.need(module, name)?;
            text = text.replace(&call, &format!("{written}("));
        }
    }
    Ok(text)
}

/// What a handler may name.
const IMPORTS: &[(&str, &str)] = &[
    ("asgiref.sync", "sync_to_async"),
    ("django.http", "Http404"),
    ("django.http", "HttpResponseGone"),
    ("django.http", "HttpResponsePermanentRedirect"),
    ("django.http", "HttpResponseRedirect"),
];

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, report_with};
    use crate::{Choice, Options, UserDecision};

    const LIST: &str = "class L(ListView):\n    model = Product\n";
    const HANDED_OVER: &str = "    async def get(self, request, *args, **kwargs):\n        return await sync_to_async(super().get)(request, *args, **kwargs)\n";

    fn all() -> Options {
        Options {
            all_views: true,
            ..Options::for_paste()
        }
    }

    /// Nothing changes, and the reason for the function of that name has this in it.
    #[track_caller]
    fn stays(before: &str, name: &str, reason: &str) {
        check_unchanged(before);
        let report = report_with(before, &Options::for_paste());
        let function = report.functions.into_iter().find(|f| f.name == name);
        let found = function.expect("the function").reason;
        assert!(found.contains(reason), "{found}");
    }

    #[test]
    fn generic_views_of_the_database_change_when_that_is_asked_for() {
        check_unchanged(LIST);
        let after = format!("from asgiref.sync import sync_to_async\n\n\n{LIST}\n{HANDED_OVER}");
        check_with(&all(), LIST, &after);
        let commented = "class L(ListView):\n    model = Product  # all\n";
        let after = format!(
            "from asgiref.sync import sync_to_async\n\n\nclass L(ListView):\n{HANDED_OVER}\n    model = Product  # all\n"
        );
        check_with(&all(), commented, &after);
        let before =
            format!("{LIST}\n    def get_queryset(self):\n        return Product.objects.all()\n");
        let decided = Options {
            decisions: vec![UserDecision {
                file: Some("views.py".to_owned()),
                function: Some("L.get_queryset".to_owned()),
                ..UserDecision::new(Choice::Convert)
            }],
            ..Options::for_paste()
        };
        let after = format!(
            "from asgiref.sync import sync_to_async\n\n\n{LIST}\n{HANDED_OVER}\n    def get_queryset(self):\n        return Product.objects.all()\n"
        );
        check_with(&decided, &before, &after);
    }

    #[test]
    fn a_body_without_lines_keeps_its_class() {
        check_with(
            &all(),
            "class L(ListView): model = Product\n",
            "class L(ListView): model = Product\n",
        );
    }

    #[test]
    fn views_that_only_redirect_stay() {
        let before = "class R(RedirectView):\n    url = '/'\n";
        check_with(&all(), before, before);
    }

    #[test]
    fn what_derives_from_a_converted_view_needs_nothing() {
        let before = format!("{LIST}\nclass M(L):\n    paginate_by = 2\n");
        let after = format!(
            "from asgiref.sync import sync_to_async\n\n\n{LIST}\n{HANDED_OVER}\nclass M(L):\n    paginate_by = 2\n"
        );
        check_with(&all(), &before, &after);
    }

    #[test]
    fn an_archive_by_year_has_the_handler_of_the_archive_that_it_derives_from() {
        let (imports, year) = (
            "from django.views.generic import ArchiveIndexView, YearArchiveView",
            "class Year(YearArchiveView, Index):\n    make_object_list = True\n",
        );
        let index =
            "class Index(ArchiveIndexView):\n    model = Product\n    date_field = 'created'\n";
        let after = format!(
            "from asgiref.sync import sync_to_async\n{imports}\n\n{index}\n{HANDED_OVER}\n{year}"
        );
        check_with(&all(), &format!("{imports}\n\n{index}\n{year}"), &after);
        check_with(&all(), &after, &after);
    }

    #[test]
    fn all_handlers_change_with_one() {
        check(
            "import time\n\nclass V(CreateView):\n    model = Product\n\n    def get(self, request, *args, **kwargs):\n        time.sleep(1)\n        return super().get(request, *args, **kwargs)\n",
            "import asyncio\n\nfrom asgiref.sync import sync_to_async\n\nclass V(CreateView):\n    model = Product\n\n    async def post(self, request, *args, **kwargs):\n        return await sync_to_async(super().post)(request, *args, **kwargs)\n\n    async def put(self, *args, **kwargs):\n        return await self.post(*args, **kwargs)\n\n    async def get(self, request, *args, **kwargs):\n        await asyncio.sleep(1)\n        return await sync_to_async(super().get)(request, *args, **kwargs)\n",
        );
    }

    #[test]
    fn hooks_that_django_calls_from_its_own_hooks_stay() {
        stays(
            "import time\n\nclass V(CreateView):\n    model = Product\n\n    def get_initial(self):\n        time.sleep(1)\n        return {}\n",
            "V.get_initial",
            "Django calls `get_initial` synchronously",
        );
        // It is called by the form's own.
        stays(
            "import time\n\nclass V(FormView):\n    form_class = ProductForm\n\n    def get_form_kwargs(self):\n        time.sleep(1)\n        return super().get_form_kwargs()\n\n    def get_context_data(self, form=None, **kwargs):\n        return super().get_context_data(form=form or self.get_form(), **kwargs)\n",
            "V.get_form_kwargs",
            "Django calls `get_form_kwargs` synchronously",
        );
        // The mixin would be given a coroutine.
        stays(
            "import time\n\nfrom django.contrib.messages.views import SuccessMessageMixin\n\nclass B(CreateView):\n    model = Product\n\n    def form_valid(self, form):\n        time.sleep(1)\n        return super().form_valid(form)\n\nclass V(SuccessMessageMixin, B):\n    success_message = 'made'\n",
            "B.form_valid",
            "Django calls `form_valid` synchronously",
        );
        stays(
            "import time\n\nfrom django.contrib.messages.views import SuccessMessageMixin\n\nclass V(SuccessMessageMixin, FormView):\n    def get_success_url(self):\n        time.sleep(1)\n        return '/'\n",
            "V.get_success_url",
            "Django calls `get_success_url` synchronously",
        );
        // The loop would call what waits.
        stays(
            "import time\n\nclass V(CreateView):\n    model = Product\n\n    def get_form_kwargs(self):\n        time.sleep(1)\n        return super().get_form_kwargs()\n\n    def get_initial(self):\n        return {'name': Product.objects.first().name}\n",
            "V.get_form_kwargs",
            "Django calls `get_form_kwargs` synchronously",
        );
    }

    #[test]
    fn what_nobody_knows_keeps_its_hook() {
        stays(
            "import time\n\nclass V(DetailView):\n    def get_context_data(self, **kwargs):\n        time.sleep(1)\n        return super().get_context_data(name=self.object.owner.name, **kwargs)\n\n    def get_object(self):\n        return load()\n",
            "V.get_context_data",
            "nothing tells what `self.object` is",
        );
    }

    #[test]
    fn what_was_put_into_a_form_may_ask_the_database() {
        let view = |used: &str| {
            format!(
                "import time\n\nclass AskForm(forms.Form):\n    def __init__(self, *args, user=None, **kwargs):\n        super().__init__(*args, **kwargs)\n        self.user = user\n\nclass V(FormView):\n    form_class = AskForm\n\n    def get_form_kwargs(self):\n        return {{**super().get_form_kwargs(), 'user': self.request.user}}\n\n    def form_valid(self, form):\n        time.sleep({used})\n        return super().form_valid(form)\n"
            )
        };
        stays(
            &view("len(form.user.username)"),
            "V.form_valid",
            "nothing tells what `form.user` is",
        );
        let after = report_with(&view("form.cleaned_data['wait']"), &Options::for_paste()).after;
        assert!(after.contains("async def form_valid"), "{after}");
    }

    #[test]
    fn what_a_context_holds_may_ask_the_database() {
        let before = "import time\n\nclass V(DetailView):\n    model = Product\n\n    def render_to_response(self, context):\n        time.sleep(1)\n        return JsonResponse({'category': context['object'].category.name})\n";
        let after = report_with(before, &Options::for_paste()).after;
        assert!(
            after.contains("(await sync_to_async(getattr)(context['object'], \"category\")).name"),
            "{after}"
        );
        // Nothing tells what `get_context_data` gives.
        check_unchanged(
            "import time\n\nclass V(TemplateView):\n    def render_to_response(self, context):\n        time.sleep(1)\n        return JsonResponse({'names': [one.name for one in context['rows']]})\n\n    def get_context_data(self, **kwargs):\n        return load()\n",
        );
    }

    #[test]
    fn an_empty_list_is_still_a_404() {
        let before = "import time\n\nclass V(ListView):\n    model = Product\n    allow_empty = False\n\n    def get_context_data(self, **kwargs):\n        time.sleep(1)\n        return super().get_context_data(**kwargs)\n";
        let after = report_with(before, &Options::for_paste()).after;
        assert!(after.contains("raise Http404("), "{after}");
    }
}
