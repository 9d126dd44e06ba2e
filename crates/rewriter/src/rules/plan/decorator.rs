//! # plan/decorator
//!
//! A decorator of the project that wraps an async view gets an async wrapper beside its synchronous one.
//!
//! A synchronous wrapper around an async view returns a coroutine that nobody awaits, so Django raises `ValueError`. The
//! decorator keeps working on synchronous views: it asks `iscoroutinefunction` which kind it was given. The async
//! wrapper awaits the view, and what waits in it is made right like in any async function. A decorator that does more with
//! the view than call it, or whose wrapper can't be made async, keeps its views synchronous, with the reason.
//!
//! Safe.
//!
//! ```python before
//! from functools import wraps
//!
//! from django.shortcuts import get_object_or_404
//!
//!
//! def stock_required(view):
//!     @wraps(view)
//!     def wrapper(request, pk):
//!         if not Product.objects.filter(pk=pk, stock__gt=0).exists():
//!             return HttpResponse("sold out", status=409)
//!         return view(request, pk)
//!
//!     return wrapper
//!
//!
//! @stock_required
//! def buy(request, pk):
//!     product = get_object_or_404(Product, pk=pk)
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! from functools import wraps
//!
//! from asgiref.sync import iscoroutinefunction
//! from django.shortcuts import aget_object_or_404
//!
//!
//! def stock_required(view):
//!     if iscoroutinefunction(view):
//!         @wraps(view)
//!         async def wrapper(request, pk):
//!             if not await Product.objects.filter(pk=pk, stock__gt=0).aexists():
//!                 return HttpResponse("sold out", status=409)
//!             return await view(request, pk)
//!         return wrapper
//!
//!     @wraps(view)
//!     def wrapper(request, pk):
//!         if not Product.objects.filter(pk=pk, stock__gt=0).exists():
//!             return HttpResponse("sold out", status=409)
//!         return view(request, pk)
//!
//!     return wrapper
//!
//!
//! @stock_required
//! async def buy(request, pk):
//!     product = await aget_object_or_404(Product, pk=pk)
//!     return HttpResponse(product.name)
//! ```

use unblocked_analyzer::{Evidence, Site};
use unblocked_django::topics;
use unblocked_syntax::Field;

use crate::draft::{Cannot, Draft, Outcome};
use crate::plan::Wrapper;
use crate::rewrites::Branch;

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Makes the draft of a wrapper its async variant.
pub(crate) fn vary(draft: &mut Draft<'_>, wrapper: &Wrapper) -> Outcome {
    let definition = draft
        .definition()
        .ok_or_else(|| Cannot::new("it is not at hand"))?;
    for &call in &wrapper.calls {
        draft.await_node(call)?;
    }
    let ask = draft.need("asgiref.sync", "iscoroutinefunction")?;
    draft.branch = Some(Branch {
        header: format!("if {ask}({}):", wrapper.view),
        footer: format!("return {}", definition.name),
    });
    let name = draft
        .ast()
        .child(definition.node, Field::Name)
        .unwrap_or(definition.node);
    draft.changed(
        "plan/decorator",
        name,
        Evidence::Proven,
        format!(
            "`{}` wraps views that become async: its coroutine would never be awaited",
            definition.name
        ),
        "an async wrapper was added, for async views; synchronous views go on using this one",
        topics::ASYNC,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, report_with};
    use crate::{Decision, Options};

    const VIEW: &str = "def view(request, pk):\n    return HttpResponse(Product.objects.count())\n";
    const ASYNC: &str =
        "async def view(request, pk):\n    return HttpResponse(await Product.objects.acount())\n";

    #[track_caller]
    fn stays(decorator: &str, reason: &str) {
        let before = format!("from functools import wraps\n\n{decorator}\n{VIEW}");
        check_unchanged(&before);
        let report = report_with(&before, &Options::for_paste());
        let view = report
            .functions
            .iter()
            .find(|f| f.name == "view")
            .expect("the view");
        assert_eq!(view.decision, Decision::Leave);
        assert!(view.reason.contains(reason), "{}", view.reason);
    }

    #[test]
    fn decorators_with_arguments() {
        check(
            &format!(
                "from functools import wraps\n\ndef role(*names):\n    def decorator(func):\n        @wraps(func)\n        def inner(request, *args, **kwargs):\n            # who\n            response = func(request, *args, **kwargs)\n            response[\"X-Role\"] = func.__name__\n            return response\n        return inner\n    return decorator\n\n@role(\"editor\")\n{VIEW}"
            ),
            &format!(
                "from functools import wraps\n\nfrom asgiref.sync import iscoroutinefunction\n\ndef role(*names):\n    def decorator(func):\n        if iscoroutinefunction(func):\n            @wraps(func)\n            async def inner(request, *args, **kwargs):\n                # who\n                response = await func(request, *args, **kwargs)\n                response[\"X-Role\"] = func.__name__\n                return response\n            return inner\n\n        @wraps(func)\n        def inner(request, *args, **kwargs):\n            # who\n            response = func(request, *args, **kwargs)\n            response[\"X-Role\"] = func.__name__\n            return response\n        return inner\n    return decorator\n\n@role(\"editor\")\n{ASYNC}"
            ),
        );
    }

    #[test]
    fn helpers_of_a_wrapper_get_twins_since_both_forms_call_them() {
        check(
            &format!(
                "def _open(pk):\n    return Product.objects.filter(pk=pk).exists()\n\ndef opened(view):\n    def wrapper(request, pk):\n        if not _open(pk):\n            raise Http404\n        return view(request, pk)\n    return wrapper\n\n@opened\n{VIEW}"
            ),
            &format!(
                "from asgiref.sync import iscoroutinefunction\n\n\ndef _open(pk):\n    return Product.objects.filter(pk=pk).exists()\n\n\nasync def _aopen(pk):\n    return await Product.objects.filter(pk=pk).aexists()\n\ndef opened(view):\n    if iscoroutinefunction(view):\n        async def wrapper(request, pk):\n            if not await _aopen(pk):\n                raise Http404\n            return await view(request, pk)\n        return wrapper\n\n    def wrapper(request, pk):\n        if not _open(pk):\n            raise Http404\n        return view(request, pk)\n    return wrapper\n\n@opened\n{ASYNC}"
            ),
        );
    }

    #[test]
    fn what_a_wrapper_hands_on_is_known_in_its_views() {
        let decorator = "from functools import wraps\n\ndef with_product(*roles):\n    def decorator(view):\n        @wraps(view)\n        def wrapper(request, pk, **kwargs):\n            product = Product.objects.get(pk=pk)\n            return view(request, product, **kwargs)\n        return wrapper\n    return decorator\n\n";
        let view = "@with_product(\"editor\")\ndef remove(request, product):\n    product.delete()\n    return HttpResponse()\n";
        let report = report_with(&format!("{decorator}{view}"), &Options::for_paste());
        assert!(
            report.after.ends_with(
                "async def remove(request, product):\n    await product.adelete()\n    return HttpResponse()\n"
            ),
            "{}",
            report.after
        );
        check_unchanged(
            "def run(task):\n    def inner(product):\n        return task(product)\n    return inner\n\ndef remove(request, product):\n    product.delete()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn decorators_that_know_async_views_stay() {
        let decorator = "from asgiref.sync import iscoroutinefunction\n\ndef both(view):\n    if iscoroutinefunction(view):\n        async def wrapper(request, pk):\n            return await view(request, pk)\n    else:\n        def wrapper(request, pk):\n            return view(request, pk)\n    return wrapper\n\n@both\n";
        check(
            &format!("{decorator}{VIEW}"),
            &format!("{decorator}{ASYNC}"),
        );
    }

    #[test]
    fn decorators_that_cannot_be_followed_keep_their_views() {
        stays(
            "def cached(view):\n    def wrapper(request, pk):\n        return store(view)(request, pk)\n    return wrapper\n\n@cached",
            "more with `view` than call it",
        );
        stays(
            "def maybe(view=None, *, role=None):\n    def wrapper(request, pk):\n        return view(request, pk)\n    return wrapper\n\n@maybe",
            "more than the view",
        );
        stays(
            "def either(view):\n    def wrapper(request, pk):\n        return view(request, pk)\n    if DEBUG:\n        return view\n    return wrapper\n\n@either",
            "can't be followed",
        );
        stays(
            "def later(view):\n    def wrapper(request, pk):\n        return run(lambda: view(request, pk))\n    return wrapper\n\n@later",
            "lambda",
        );
    }

    #[test]
    fn decorators_of_synchronous_views_stay() {
        check_unchanged(
            "def plain(view):\n    def wrapper(request):\n        return view(request)\n    return wrapper\n\n@plain\ndef view(request):\n    return HttpResponse()\n",
        );
    }
}
