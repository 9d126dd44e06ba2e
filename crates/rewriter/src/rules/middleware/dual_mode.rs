//! # middleware/dual-mode
//!
//! Middleware of the project gets an async form beside its synchronous one, and Django takes the one that fits.
//!
//! Synchronous middleware in front of async views costs two changes of thread per request, holds a thread as long as the
//! request lasts, and makes all middleware around the view run synchronously too. `async def __call__` alone breaks every
//! request (`AttributeError: 'coroutine' object has no attribute '_resource_closers'`): a class has to say what it can
//! (`sync_capable`, `async_capable`), mark its objects as coroutine functions when `get_response` is one
//! (`markcoroutinefunction`), and answer both ways. A function gets `@sync_and_async_middleware` and an async inner function.
//! What waits in the async form is made right like in any async function. `process_view`, `process_exception` and
//! `process_template_response` stay: Django adapts them.
//!
//! `MiddlewareMixin` works both ways already, with its hooks in a thread (`middleware/hooks`), unless a synchronous `__call__`
//! overrides its own: that gets a coroutine in place of a response before async code. Middleware of which more is known than can be
//! followed stays as it is. `markcoroutinefunction` is in asgiref from Django 4.2 on.
//!
//! Safe.
//!
//! ```python before
//! class CountMiddleware:
//!     def __init__(self, get_response):
//!         self.get_response = get_response
//!
//!     def __call__(self, request):
//!         response = self.get_response(request)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//! ```
//! ```python after
//! from asgiref.sync import iscoroutinefunction, markcoroutinefunction
//!
//!
//! class CountMiddleware:
//!     sync_capable = True
//!     async_capable = True
//!
//!     def __init__(self, get_response):
//!         if iscoroutinefunction(get_response):
//!             markcoroutinefunction(self)
//!         self.get_response = get_response
//!
//!     def __call__(self, request):
//!         if iscoroutinefunction(self):
//!             return self.__acall__(request)
//!         response = self.get_response(request)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//!
//!     async def __acall__(self, request):
//!         response = await self.get_response(request)
//!         response["X-Products"] = str(await Product.objects.acount())
//!         return response
//! ```
//!
//! ```python before
//! def count(get_response):
//!     def middleware(request):
//!         response = get_response(request)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//!
//!     return middleware
//! ```
//! ```python after
//! from asgiref.sync import iscoroutinefunction
//! from django.utils.decorators import sync_and_async_middleware
//!
//!
//! @sync_and_async_middleware
//! def count(get_response):
//!     if iscoroutinefunction(get_response):
//!         async def middleware(request):
//!             response = await get_response(request)
//!             response["X-Products"] = str(await Product.objects.acount())
//!             return response
//!         return middleware
//!
//!     def middleware(request):
//!         response = get_response(request)
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//!
//!     return middleware
//! ```

use unblocked_analyzer::{ClassRef, Evidence, FunctionRef, Param, ParamKind, Site};
use unblocked_django::BaseKind;
use unblocked_syntax::{Field, NodeId};

use super::{TOPIC, first_statement, own_line};
use crate::because::Because;
use crate::draft::{Cannot, Draft, Outcome};
use crate::indent::indent_unit;
use crate::plan::{ASYNC_CALL, Wrapper};
use crate::rewrites::template;

/// The rule's name.
const NAME: &str = "middleware/dual-mode";

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Makes the draft of `__call__` its async form.
pub(crate) fn vary(draft: &mut Draft<'_>, wrapper: &Wrapper) -> Outcome {
    let ast = draft.ast();
    for &call in &wrapper.calls {
        draft.await_node(call)?;
        // `MiddlewareMixin.__call__` would come back to the async form.
        let inherited = draft
            .callee(call)
            .ok()
            .and_then(|callee| ast.child(callee, Field::Attribute))
            .filter(|&name| draft.text(name) == "__call__");
        if let Some(name) = inherited {
            draft.rewrites.replace(name, template![ASYNC_CALL]);
        }
    }
    Ok(())
}

/// Writes what middleware that is a function needs beside its async form.
pub(super) fn write_function(draft: &mut Draft<'_>, maker: FunctionRef) -> Outcome {
    let function = draft
        .facts
        .functions
        .get(maker.index)
        .ok_or_else(|| Cannot::new("it is not at hand"))?;
    let (statement, name) = (function.statement, function.name.clone());
    own_line(draft, statement)?;
    let decorator = draft.need("django.utils.decorators", "sync_and_async_middleware")?;
    draft
        .rewrites
        .line_before(statement, template![format!("@{decorator}")]);
    told(draft, statement, &name);
    Ok(())
}

/// Writes what a class needs beside its async form.
pub(super) fn write_class(
    draft: &mut Draft<'_>,
    class: ClassRef,
    keeps: Option<NodeId>,
) -> Outcome {
    let facts = draft.facts;
    let definition = facts.classes.get(class.index).ok_or_else(gone)?;
    let is_mixin = draft
        .analysis
        .world
        .base_kinds(class)
        .any(|kind| kind == BaseKind::Middleware);
    // `MiddlewareMixin` says what it can, and marks itself where its `__init__` is called.
    if let Some(keeps) = keeps {
        mark(draft, keeps, "get_response")?;
        if !is_mixin {
            let first = first_statement(facts, definition.body).ok_or_else(gone)?;
            own_line(draft, first)?;
            let rewrites = &mut draft.rewrites;
            rewrites.line_before(first, template!["sync_capable = True"]);
            rewrites.line_before(first, template!["async_capable = True"]);
            rewrites.line_before(first, template![]);
        }
    }
    hand_over(draft, class)?;
    if is_mixin {
        draft.changed(
            NAME,
            definition.node,
            Evidence::Proven,
            format!(
                "`{}` has the `__call__` of `MiddlewareMixin` overridden by a synchronous one: before async code it gets a coroutine in place of a response",
                definition.name
            ),
            "it got an async form beside it, which Django is given before async code",
            TOPIC,
        );
    } else {
        told(draft, definition.node, &definition.name);
    }
    Ok(())
}

/// Writes what a class needs whose instances take the place of views: one around an async view is marked as one.
pub(super) fn write_instance(draft: &mut Draft<'_>, class: ClassRef, keeps: NodeId) -> Outcome {
    let kept = draft
        .ast()
        .first_child(keeps)
        .and_then(|assignment| draft.ast().child(assignment, Field::Right))
        .ok_or_else(gone)?;
    let view = draft.text(kept);
    mark(draft, keeps, view)?;
    hand_over(draft, class)
}

fn gone() -> Cannot {
    Cannot::new("it is not at hand")
}

/// Marks an object as a coroutine function when what it is given is one.
fn mark(draft: &mut Draft<'_>, keeps: NodeId, given: &str) -> Outcome {
    own_line(draft, keeps)?;
    let asks = draft.need("asgiref.sync", "iscoroutinefunction")?;
    let marks = draft.need("asgiref.sync", "markcoroutinefunction")?;
    let unit = indent_unit(draft.ast(), draft.facts.text());
    draft.rewrites.line_before(
        keeps,
        template![format!("if {asks}({given}):\n{unit}{marks}(self)")],
    );
    Ok(())
}

/// Lets `__call__` of a marked object give its async form.
fn hand_over(draft: &mut Draft<'_>, class: ClassRef) -> Outcome {
    let facts = draft.facts;
    let ast = draft.ast();
    let call = facts
        .classes
        .get(class.index)
        .and_then(|definition| definition.methods.get("__call__"))
        .and_then(|&index| facts.functions.get(index))
        .ok_or_else(gone)?;
    let body = first_statement(facts, call.body).ok_or_else(gone)?;
    own_line(draft, body)?;
    let asks = draft.need("asgiref.sync", "iscoroutinefunction")?;
    let unit = indent_unit(ast, facts.text());
    let list = ast.child(call.node, Field::Parameters).ok_or_else(gone)?;
    let is_starred = |param: &Param, stars: &str| {
        ast.children(list)
            .any(|one| facts.source(one) == format!("{stars}{}", param.name))
    };
    let arguments: Vec<String> = call
        .params
        .iter()
        .skip(1)
        .map(|param| match param.kind {
            ParamKind::Plain => Ok(param.name.clone()),
            ParamKind::KeywordOnly => Ok(format!("{0}={0}", param.name)),
            ParamKind::Rest if is_starred(param, "**") => Ok(format!("**{}", param.name)),
            ParamKind::Rest if is_starred(param, "*") => Ok(format!("*{}", param.name)),
            ParamKind::Rest => Err(Cannot::of(
                Because::MiddlewareForm,
                "what its `__call__` takes can't be passed on",
            )),
        })
        .collect::<Result<_, _>>()?;
    draft.rewrites.line_before(
        body,
        template![format!(
            "if {asks}(self):\n{unit}return self.{ASYNC_CALL}({})",
            arguments.join(", ")
        )],
    );
    Ok(())
}

fn told(draft: &mut Draft<'_>, node: NodeId, name: &str) {
    draft.changed(
        NAME,
        node,
        Evidence::Proven,
        format!("`{name}` is synchronous middleware: async views behind it hold a thread for the whole request"),
        "it got an async form beside the synchronous one, and says that it works both ways",
        TOPIC,
    );
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, report_with};

    const INIT: &str =
        "    def __init__(self, get_response):\n        self.get_response = get_response\n";

    #[test]
    fn what_it_does_beside_stays() {
        check(
            &format!(
                "import time\n\nclass Timed:\n    \"\"\"Times.\"\"\"\n\n{INIT}\n    def __call__(self, request):\n        # Before.\n        start = time.monotonic()\n        try:\n            response = self.get_response(request)\n        finally:\n            self.note(start)\n        return response\n\n    def process_view(self, request, view, args, kwargs):\n        return None\n\n    def note(self, start):\n        Timing.objects.create(start=start)\n"
            ),
            "import time\n\nfrom asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async\n\nclass Timed:\n    \"\"\"Times.\"\"\"\n\n    sync_capable = True\n    async_capable = True\n\n    def __init__(self, get_response):\n        if iscoroutinefunction(get_response):\n            markcoroutinefunction(self)\n        self.get_response = get_response\n\n    def __call__(self, request):\n        # Before.\n        if iscoroutinefunction(self):\n            return self.__acall__(request)\n        start = time.monotonic()\n        try:\n            response = self.get_response(request)\n        finally:\n            self.note(start)\n        return response\n\n    async def __acall__(self, request):\n        # Before.\n        start = time.monotonic()\n        try:\n            response = await self.get_response(request)\n        finally:\n            await sync_to_async(self.note)(start)\n        return response\n\n    def process_view(self, request, view, args, kwargs):\n        return None\n\n    def note(self, start):\n        Timing.objects.create(start=start)\n",
        );
    }

    #[test]
    fn middleware_that_knows_async_stays() {
        check_unchanged(&format!(
            "class M:\n    async_capable = True\n\n{INIT}\n    def __call__(self, request):\n        return self.get_response(request)\n"
        ));
        check_unchanged(
            "from django.utils.deprecation import MiddlewareMixin\n\nclass M(MiddlewareMixin):\n    def process_request(self, request):\n        Visit.objects.create()\n",
        );
        check_unchanged(
            "from django.utils.decorators import sync_only_middleware\n\n@sync_only_middleware\ndef m(get_response):\n    def middleware(request):\n        return get_response(request)\n    return middleware\n",
        );
    }

    #[test]
    fn middleware_that_cannot_be_followed_stays_whole() {
        for call in [
            "    def __call__(self, request):\n        return run(self.get_response, request)\n",
            "    def __call__(self, request):\n        return self.answer(request)\n\n    def answer(self, request):\n        return self.get_response(request)\n",
            "    def __call__(self, request):\n        f = [lambda: Visit.objects.count()]\n        f[0]()\n        return self.get_response(request)\n",
            "    def __call__(self, request): return self.get_response(request)\n",
        ] {
            check_unchanged(&format!("class M:\n{INIT}\n{call}"));
        }
        check_unchanged(&format!(
            "import threading\n\nSTATE = threading.local()\n\nclass M:\n{INIT}\n    def __call__(self, request):\n        STATE.user = 1\n        return self.get_response(request)\n"
        ));
        check_unchanged(
            "def m(get_response):\n    def middleware(request):\n        return handle(get_response, request)\n    return middleware\n",
        );
        check_unchanged(&format!(
            "from django.db import transaction\n\nclass M:\n{INIT}\n    def __call__(self, request):\n        with transaction.atomic():\n            return self.get_response(request)\n"
        ));
        check_unchanged(
            "from django.db import transaction\n\ndef m(get_response):\n    def middleware(request):\n        with transaction.atomic():\n            return get_response(request)\n    return middleware\n",
        );
    }

    #[test]
    fn a_base_of_middleware_that_answers_itself_stays() {
        let base = format!(
            "class Base:\n{INIT}\n    def __call__(self, request):\n        request.seen = Product.objects.count()\n        return self.get_response(request)\n"
        );
        for own in [
            "    def __call__(self, request):\n        response = super().__call__(request)\n        response['X'] = '1'\n        return response\n",
            "    def __init__(self, get_response):\n        self.get_response = get_response\n",
        ] {
            check_unchanged(&format!("{base}\nclass Sub(Base):\n{own}"));
        }
        let before = format!("{base}\nclass Sub(Base):\n    header = 'X'\n");
        let after = report_with(&before, &Options::for_paste()).after;
        assert!(after.contains("async def __acall__"), "{after}");
    }

    const MIXIN: &str = "from django.utils.deprecation import MiddlewareMixin\n\n";

    #[test]
    fn a_call_that_overrides_that_of_the_mixin_works_both_ways() {
        check(
            &format!(
                "{MIXIN}class M(MiddlewareMixin):\n    def __call__(self, request):\n        response = super().__call__(request)\n        response[\"X\"] = str(Product.objects.count())\n        return response\n"
            ),
            &format!(
                "from asgiref.sync import iscoroutinefunction\n{MIXIN}class M(MiddlewareMixin):\n    def __call__(self, request):\n        if iscoroutinefunction(self):\n            return self.__acall__(request)\n        response = super().__call__(request)\n        response[\"X\"] = str(Product.objects.count())\n        return response\n\n    async def __acall__(self, request):\n        response = await super().__acall__(request)\n        response[\"X\"] = str(await Product.objects.acount())\n        return response\n"
            ),
        );
        // Nothing but its own `__init__` could mark it.
        check(
            &format!(
                "{MIXIN}class M(MiddlewareMixin):\n{INIT}\n    def __call__(self, request):\n        return self.get_response(request)\n"
            ),
            &format!(
                "from asgiref.sync import iscoroutinefunction, markcoroutinefunction\n{MIXIN}class M(MiddlewareMixin):\n    def __init__(self, get_response):\n        if iscoroutinefunction(get_response):\n            markcoroutinefunction(self)\n        self.get_response = get_response\n\n    def __call__(self, request):\n        if iscoroutinefunction(self):\n            return self.__acall__(request)\n        return self.get_response(request)\n\n    async def __acall__(self, request):\n        return await self.get_response(request)\n"
            ),
        );
    }

    #[test]
    fn a_call_that_overrides_another_of_the_project_stays() {
        let report = report_with(
            &format!(
                "{MIXIN}class B(MiddlewareMixin):\n    def __call__(self, request):\n        return self.run(self.get_response)\n\nclass M(B):\n    def __call__(self, request):\n        return super().__call__(request)\n"
            ),
            &Options::for_paste(),
        );
        assert!(!report.after.contains("__acall__"), "{}", report.after);
    }
}
