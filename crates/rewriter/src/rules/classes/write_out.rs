//! # classes/write-out
//!
//! A call of Django's `form_invalid`, `get_form`, `get_object` or of its handler (`super().get(…)`) that would call an async hook
//! synchronously is written out, with that hook awaited.
//!
//! Django's generic views call `get_context_data`, `get_form_kwargs` and the like as ordinary functions, and would put a
//! coroutine into the template. What they do around such a call is a line or a few, which are the same in all versions.
//!
//! Safe: the same happens in the same order.
//!
//! ```python before
//! import requests
//! from django.views.generic import DetailView
//!
//!
//! class ProductDetail(DetailView):
//!     model = Product
//!
//!     def get(self, request, *args, **kwargs):
//!         response = super().get(request, *args, **kwargs)
//!         response["Cache-Control"] = "no-store"
//!         return response
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
//!         response = self.render_to_response(context)
//!         response["Cache-Control"] = "no-store"
//!         return response
//!
//!     async def get_context_data(self, **kwargs):
//!         context = await sync_to_async(super().get_context_data)(**kwargs)
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get(f"https://stock.example.com/stock/{self.object.pk}") as response:
//!                 context["stock"] = await response.json(content_type=None)
//!         return context
//! ```

use unblocked_analyzer::{Base, ClassRef, Evidence, Site, SiteKind, Type};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind, NodeId};

use super::inherited_handlers::import;
use super::written_out::{Call, WrittenOut};
use crate::classes::{Set, calls_hook, generic};
use crate::draft::{Cannot, Draft, Outcome};
use crate::indent::indent_unit;
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let hook = calls_async_hook(draft, site)?;
    let SiteKind::Inherited { name, .. } = site.kind else {
        return None;
    };
    let called = draft.text(name).to_owned();
    Some(write(draft, site, &called).map(|()| {
        draft.changed(
            "classes/write-out",
            site.node,
            Evidence::Proven,
            format!("Django's `{called}` calls `{hook}` synchronously, which is async"),
            format!("what it does is written out, and `{hook}` awaited"),
            topics::CLASS_BASED_VIEWS,
        );
    }))
}

/// The async hook that Django's method calls at a site.
pub(super) fn calls_async_hook(draft: &Draft<'_>, site: &Site) -> Option<&'static str> {
    let SiteKind::Inherited { class, .. } = site.kind else {
        return None;
    };
    views(draft, class)
        .find_map(|(unit, view)| calls_hook(draft.analysis, unit, view, draft.file_index, site))
}

/// The views that have the methods of a class, each with the unit of its handlers.
fn views<'d>(draft: &'d Draft<'_>, class: ClassRef) -> impl Iterator<Item = (&'d Set, ClassRef)> {
    let world = &draft.analysis.world;
    draft
        .families
        .units()
        .filter(|unit| !unit.hooks.is_empty())
        .flat_map(|unit| unit.views.iter().map(move |&view| (unit, view)))
        .filter(move |&(_, view)| {
            view == class || world.project_ancestors(view).any(|base| base == class)
        })
}

fn write(draft: &mut Draft<'_>, site: &Site, called: &str) -> Outcome {
    let SiteKind::Inherited {
        class, is_super, ..
    } = site.kind
    else {
        return Ok(());
    };
    let cannot = || {
        Cannot::new(format!(
            "Django's `{called}` calls hooks synchronously, and can't be written out here"
        ))
    };
    let definition = draft.definition().ok_or_else(cannot)?;
    let owner = definition.params.first().map(|param| &*param.name);
    if owner != Some("self") {
        return Err(cannot());
    }
    let argument = argument(draft, site.node, called).ok_or_else(cannot)?;
    let call = {
        let text = argument.map(|argument| draft.text(argument));
        let mut calls = views(draft, class).map(|(unit, view)| {
            let generics = generic::generics(draft.analysis, view);
            let [generic] = generics.iter().collect::<Vec<_>>()[..] else {
                return None;
            };
            let written = WrittenOut {
                analysis: draft.analysis,
                hooks: &unit.hooks,
                view,
                waits: &|_| true,
            };
            is_djangos(draft, view, class, called, is_super)
                .then(|| written.call_of(*generic, called, text, is_super))
                .flatten()
        });
        let first = calls.next().flatten().ok_or_else(cannot)?;
        if calls.any(|other| other.as_ref() != Some(&first)) {
            return Err(cannot());
        }
        first
    };
    place(draft, site.node, call)
}

/// True where it is Django's own method that a call means in a view.
fn is_djangos(
    draft: &Draft<'_>,
    view: ClassRef,
    class: ClassRef,
    called: &str,
    is_super: bool,
) -> bool {
    let world = &draft.analysis.world;
    let has = |class: ClassRef| {
        world
            .class(class)
            .is_some_and(|outline| outline.methods.contains_key(called))
    };
    if !is_super {
        return world.method(view, called).is_none();
    }
    world
        .ancestors(view)
        .iter()
        .skip_while(|base| view != class && **base != Base::Project(class))
        .all(|base| match base {
            Base::Project(base) => *base == class || !has(*base),
            Base::External(_) => true,
            Base::Missing(_) => false,
        })
}

/// What a call is given, where Django's method can be written out for it; `None` within for nothing.
fn argument(draft: &Draft<'_>, call: NodeId, called: &str) -> Option<Option<NodeId>> {
    let ast = draft.ast();
    let arguments: Vec<NodeId> = ast.children(ast.child(call, Field::Arguments)?).collect();
    let is_name = |node: NodeId| ast.kind(node) == Kind::Identifier;
    match (called, &*arguments) {
        ("form_valid" | "form_invalid", [form]) => is_name(*form).then_some(Some(*form)),
        ("get_form" | "get_object", []) => Some(None),
        ("get_form", [class]) => is_name(*class).then_some(Some(*class)),
        ("get_object", [rows]) => {
            let rows = match ast.kind(*rows) {
                Kind::KeywordArgument => ast.child(*rows, Field::Value)?,
                _ => *rows,
            };
            (is_name(rows) && *draft.type_of(rows) == Type::Unknown).then_some(Some(rows))
        }
        ("get" | "post" | "delete", [.., rest]) => {
            // Handed over as they came.
            let text = draft.text(call);
            let is_rest = draft.text(*rest) == "**kwargs";
            let has_all = ["(request, *args, **kwargs)", "(*args, **kwargs)"]
                .iter()
                .any(|all| text.ends_with(all));
            (is_rest && has_all).then_some(None)
        }
        _ => None,
    }
}

/// Puts what is written out in the place of a call.
fn place(draft: &mut Draft<'_>, node: NodeId, call: Call) -> Outcome {
    let ast = draft.ast();
    let indent = indent_unit(ast, draft.facts.text());
    let lines: Vec<String> = call
        .before
        .iter()
        .map(|line| line.replace('\t', &indent))
        .collect();
    if !lines.is_empty() {
        let statement = draft.line_statement(node)?;
        let parent = ast.parent(node);
        let is_whole = parent.is_some_and(|parent| match ast.kind(parent) {
            Kind::Return => parent == statement,
            Kind::Assignment => {
                ast.parent(parent) == Some(statement)
                    && !call.before.iter().any(|line| line.contains("return "))
            }
            _ => false,
        });
        let is_taken = call
            .names
            .iter()
            .any(|name| ast.kind(statement) != Kind::Return && draft.uses_name(name));
        if !is_whole || is_taken {
            return Err(Cannot::new(format!(
                "`{}` would have to be written out there, as Django calls hooks in it synchronously",
                draft.excerpt(node)
            )));
        }
        for line in lines {
            let line = import(draft, line)?;
            draft.rewrites.line_before(statement, template![line]);
        }
    }
    let value = import(draft, call.value)?;
    match value.strip_prefix("await ") {
        Some(rest) => draft.replace_awaited(node, template![rest]),
        None => {
            draft.allow_await(node)?;
            draft.rewrites.replace(node, template![value]);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, report_with};

    const CONTEXT: &str = "    def get_context_data(self, **kwargs):\n        time.sleep(1)\n        return super().get_context_data(**kwargs)\n";

    /// The class after.
    fn after(before: &str) -> String {
        let before = format!("import time\n\n{before}");
        report_with(&before, &Options::for_paste()).after
    }

    #[track_caller]
    fn has(before: &str, lines: &[&str]) {
        let after = after(before);
        for line in lines {
            assert!(after.contains(line), "{line}\n{after}");
        }
    }

    #[test]
    fn handlers_of_its_own_around_those_of_django() {
        has(
            &format!(
                "class V(ListView):\n    model = Product\n\n    def get(self, request, *args, **kwargs):\n        self.seen = True\n        return super().get(request, *args, **kwargs)\n\n{CONTEXT}"
            ),
            &[
                "        self.seen = True\n        self.object_list = self.get_queryset()\n        context = await self.get_context_data()\n        return self.render_to_response(context)\n",
            ],
        );
        has(
            &format!(
                "class V(DetailView):\n    model = Product\n\n    def get(self, request, *args, **kwargs):\n        answer = super().get(request, *args, **kwargs)\n        return answer\n\n{CONTEXT}"
            ),
            &[
                "        context = await self.get_context_data(object=self.object)\n        answer = self.render_to_response(context)\n        return answer\n",
            ],
        );
        has(
            &format!(
                "class V(FormView):\n    form_class = ProductForm\n\n    def post(self, request, *args, **kwargs):\n        return super().post(request, *args, **kwargs)\n\n{CONTEXT}"
            ),
            &[
                "        if await sync_to_async(form.is_valid)():\n            return await sync_to_async(self.form_valid)(form)\n        context = await self.get_context_data(form=form)\n        return self.render_to_response(context)\n",
            ],
        );
    }

    #[test]
    fn forms_and_objects_of_hooks() {
        has(
            "class V(FormView):\n    form_class = ProductForm\n\n    def get_form_kwargs(self):\n        time.sleep(1)\n        return super().get_form_kwargs()\n\n    def get_form(self, form_class=None):\n        form = super().get_form(form_class)\n        form.seen = True\n        return form\n",
            &[
                "        form = await sync_to_async(form_class or self.get_form_class())(**await self.get_form_kwargs())\n",
                "        form = await self.get_form()\n        context = await sync_to_async(self.get_context_data)(form=form)\n",
            ],
        );
        has(
            "class V(DetailView):\n    model = Product\n\n    def get_queryset(self):\n        time.sleep(1)\n        return Product.objects.all()\n\n    def get_object(self, queryset=None):\n        product = super().get_object(queryset)\n        return product\n",
            &[
                "        product = await sync_to_async(super().get_object)(queryset if queryset is not None else await self.get_queryset())\n",
            ],
        );
        has(
            "class V(CreateView):\n    model = Product\n\n    def get_success_url(self):\n        time.sleep(1)\n        return '/'\n\n    def form_valid(self, form):\n        form.instance.owner_id = 1\n        return super().form_valid(form)\n",
            &[
                "        form.instance.owner_id = 1\n        self.object = await sync_to_async(form.save)()\n        return HttpResponseRedirect(await self.get_success_url())\n",
            ],
        );
    }

    #[test]
    fn what_cannot_be_written_out_keeps_its_class() {
        for methods in [
            "    def post(self, request, *args, **kwargs):\n        response = super().post(request, *args, **kwargs)\n        return response\n",
            "    def post(self, request, *args, **kwargs):\n        return super().post(request, 1)\n",
            "    def form_invalid(me, form):\n        return super().form_invalid(form)\n",
            "    def form_invalid(self, form):\n        return super().form_invalid(self.form_class())\n",
        ] {
            check_unchanged(&format!(
                "import time\n\nclass V(FormView):\n    form_class = ProductForm\n\n{CONTEXT}\n{methods}"
            ));
        }
    }
}
