//! # classes/await-inherited
//!
//! In a class whose handlers are async, `super().dispatch(…)`, `options` and `http_method_not_allowed` of `View` give
//! coroutines, which are awaited; and so do the handlers of generic views that the class has async forms of.
//!
//! `View.dispatch` returns what the handler returns, and `View.options` and `View.http_method_not_allowed` ask
//! `view_is_async`. An override of one of them becomes async with the handlers. `self.get(…)` in the `post` of a `ListView` is the
//! async `get` that stands beside Django's. `super().put(…)` of a form view is Django's, which calls `post`: that is called
//! directly.
//!
//! Safe.
//!
//! ```python before
//! from django.views import View
//!
//!
//! class Counted(View):
//!     def dispatch(self, request, *args, **kwargs):
//!         response = super().dispatch(request, *args, **kwargs)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//!
//!     def get(self, request):
//!         return HttpResponse("counted")
//!
//!     def post(self, request):
//!         return self.http_method_not_allowed(request)
//! ```
//! ```python after
//! from django.views import View
//!
//!
//! class Counted(View):
//!     async def dispatch(self, request, *args, **kwargs):
//!         response = await super().dispatch(request, *args, **kwargs)
//!         response["X-Products"] = str(await Product.objects.acount())
//!         return response
//!
//!     async def get(self, request):
//!         return HttpResponse("counted")
//!
//!     async def post(self, request):
//!         return await self.http_method_not_allowed(request)
//! ```

use std::collections::BTreeSet;

use unblocked_analyzer::{Base, ClassRef, Site, SiteKind};
use unblocked_django::{BaseKind, HANDLERS, ViewMethod, base_class, forwards_to, topics};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "classes/await-inherited";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Inherited {
        name,
        method: ViewMethod::Entry,
        ..
    } = site.kind
    else {
        return None;
    };
    let method = draft.text(name);
    let given = match given(draft, site) {
        Ok(given) => given,
        Err(cannot) => return Some(Err(cannot)),
    };
    let awaited = match given {
        Given::Response => return None,
        Given::Coroutine => draft.await_node(site.node),
        Given::OtherHandler(handler) => forward(draft, site, handler),
    };
    Some(awaited.map(|()| {
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            format!("`{method}` gives a coroutine in a class whose handlers are async"),
            match given {
                Given::OtherHandler(handler) => {
                    format!("Django's is its `{handler}`, which is awaited")
                }
                _ => "awaited".to_owned(),
            },
            topics::ASYNC,
        );
    }))
}

/// What a call of an inherited method that answers requests gives in a class whose handlers are async.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// Django's handler, which is synchronous: a response.
    Response,
    /// The async form that the class, or a base of it, has beside Django's.
    Coroutine,
    /// The coroutine of another handler, which Django's calls.
    OtherHandler(&'static str),
}

/// Looks at a call of an inherited method that answers requests.
pub(super) fn given(draft: &Draft<'_>, site: &Site) -> Result<Given, Cannot> {
    let SiteKind::Inherited {
        class,
        name,
        method: ViewMethod::Entry,
        is_super,
    } = site.kind
    else {
        return Ok(Given::Response);
    };
    let name = draft.text(name);
    if !is_super || !HANDLERS.contains(&name) {
        return Ok(Given::Coroutine);
    }
    let mut found = draft
        .families
        .units()
        .flat_map(|unit| unit.views.iter().map(move |&view| (unit, view)))
        .filter(|&(_, view)| class == view || derives(draft, view, class))
        .map(|(unit, view)| above(draft, &unit.views, view, class, name));
    let first = found.next().unwrap_or(Given::Response);
    match found.all(|other| other == first) {
        true => Ok(first),
        false => Err(Cannot::new(format!(
            "`{}` is an async handler in one class and Django's in another",
            draft.excerpt(site.node)
        ))),
    }
}

fn derives(draft: &Draft<'_>, view: ClassRef, class: ClassRef) -> bool {
    let mut bases = draft.analysis.world.project_ancestors(view);
    bases.any(|base| base == class)
}

/// The handler that comes after a class in a view.
fn above(
    draft: &Draft<'_>,
    converted: &BTreeSet<ClassRef>,
    view: ClassRef,
    class: ClassRef,
    handler: &str,
) -> Given {
    let world = &draft.analysis.world;
    let behind = world
        .ancestors(view)
        .iter()
        .skip_while(|base| view != class && **base != Base::Project(class))
        .filter(|base| **base != Base::Project(class));
    for base in behind {
        match base {
            // It has got async forms of Django's.
            Base::Project(base) if converted.contains(base) => {
                let is_generic = world.base_kinds(*base).any(
                    |kind| matches!(kind, BaseKind::GenericView(names) if names.contains(&handler)),
                );
                if is_generic {
                    return Given::Coroutine;
                }
            }
            Base::External(path) => {
                if let Some(BaseKind::GenericView(names)) = base_class(path)
                    && names.contains(&handler)
                {
                    return forwards_to(names, handler)
                        .map_or(Given::Response, Given::OtherHandler);
                }
            }
            _ => {}
        }
    }
    Given::Response
}

/// `super().put(…)` → `await self.post(…)`
fn forward(draft: &mut Draft<'_>, site: &Site, handler: &str) -> Outcome {
    let function = draft.callee(site.node)?;
    let owner = draft
        .definition()
        .and_then(|definition| definition.params.first())
        .map(|param| param.name.to_string())
        .ok_or_else(|| Cannot::new("its method has no `self`"))?;
    draft.await_node(site.node)?;
    draft
        .rewrites
        .replace(function, template![format!("{owner}.{handler}")]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, report_with};

    #[test]
    fn what_is_awaited_already_stays() {
        check_unchanged(
            "class V(View):\n    async def dispatch(self, request):\n        return await super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
        );
    }

    #[test]
    fn a_coroutine_that_is_returned_from_async_code_is_awaited() {
        check(
            "class V(View):\n    async def dispatch(self, request):\n        return super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
            "class V(View):\n    async def dispatch(self, request):\n        return await super().dispatch(request)\n\n    async def get(self, request):\n        return HttpResponse()\n",
        );
    }

    #[test]
    fn handlers_of_generic_views_are_awaited_where_they_have_async_forms() {
        check(
            "import time\n\nclass V(ListView):\n    model = Product\n\n    def post(self, request):\n        time.sleep(1)\n        return self.get(request)\n",
            "import asyncio\n\nfrom asgiref.sync import sync_to_async\n\nclass V(ListView):\n    model = Product\n\n    async def get(self, request, *args, **kwargs):\n        return await sync_to_async(super().get)(request, *args, **kwargs)\n\n    async def post(self, request):\n        await asyncio.sleep(1)\n        return await self.get(request)\n",
        );
        // The base has an async `get` then.
        let base = "class B(ListView):\n    def dispatch(self, request):\n        time.sleep(1)\n        return super().dispatch(request)\n";
        let after = after(&format!(
            "import time\n\n{base}\nclass V(B):\n    def get(self, request):\n        return super().get(request)\n"
        ));
        assert!(
            after.contains("return await super().get(request)\n"),
            "{after}"
        );
    }

    #[test]
    fn a_handler_that_is_another_one_in_django_is_called_as_that() {
        for (base, handler, called) in [
            ("FormView", "put", "post"),
            ("RedirectView", "delete", "get"),
        ] {
            let after = after(&format!(
                "import time\n\nclass V({base}):\n    def {handler}(me, *args):\n        time.sleep(1)\n        return super().{handler}(*args)\n"
            ));
            let awaited = format!("return await me.{called}(*args)\n");
            assert!(after.contains(&awaited), "{after}");
        }
    }

    #[test]
    fn a_mixin_before_an_async_handler_and_a_synchronous_one_stays() {
        check_unchanged(
            "import time\n\nclass M:\n    def get(self, request):\n        time.sleep(1)\n        return super().get(request)\n\nclass B(ListView):\n    def dispatch(self, request):\n        time.sleep(1)\n        return super().dispatch(request)\n\nclass V(M, B):\n    pass\n\nclass W(M, ListView):\n    pass\n",
        );
    }

    #[test]
    fn a_hook_that_calls_a_handler_keeps_its_class() {
        check_unchanged(
            "import time\n\nclass V(FormView):\n    def get_context_data(self, **kwargs):\n        time.sleep(1)\n        return super().get_context_data(**kwargs)\n\n    def form_invalid(self, form):\n        return self.get(self.request)\n",
        );
    }

    fn after(before: &str) -> String {
        report_with(before, &Options::for_paste()).after
    }

    #[test]
    fn classes_that_stay_synchronous_call_it_as_before() {
        check_unchanged(
            "class V(View):\n    def dispatch(self, request):\n        return super().dispatch(request)\n\n    def get(self, request):\n        return HttpResponse()\n",
        );
    }
}
