//! # plan/decorator
//!
//! A decorator of the project that wraps an async view gets an async wrapper beside its synchronous one.
//!
//! A synchronous wrapper around an async view returns a coroutine that nobody awaits, so Django raises `ValueError`. The
//! decorator keeps working on synchronous views: it asks `iscoroutinefunction` which kind it was given. The async
//! wrapper awaits the view, and what waits in it is made right like in any async function. A decorator that does more with
//! the view than call it, or whose wrapper can't be made async, keeps its views synchronous, with the reason. Decorators with
//! arguments or without, classes whose instances take the view's place (they are marked as coroutine functions), decorators that
//! put others on the view, and those in URL patterns and on classes are followed alike.
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

use crate::because::Because;
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
        .ok_or_else(|| Cannot::of(Because::NotAtHand, "it is not at hand"))?;
    for &call in &wrapper.calls {
        draft.await_node(call)?;
    }
    if wrapper.instance.is_none() {
        let ask = draft.need("asgiref.sync", "iscoroutinefunction")?;
        let ending: Vec<&str> = wrapper
            .ending
            .iter()
            .map(|&line| draft.text(line))
            .collect();
        draft.branch = Some(Branch {
            header: format!("if {ask}({}):", wrapper.view),
            footer: ending.join("\n"),
        });
    }
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
            match wrapper.instance {
                Some(_) => &definition.qualname,
                None => &definition.name,
            }
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
            "def maybe(view, role):\n    def wrapper(request, pk):\n        return view(request, pk)\n    return wrapper\n\n@maybe",
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
    fn decorators_around_a_synchronous_block_keep_their_views() {
        let manager = "from contextlib import contextmanager\n\n@contextmanager\ndef audited():\n    Visit.objects.create()\n    yield\n\n";
        for managers in [
            "transaction.atomic()",
            "transaction.atomic(using='other'), open_file()",
            "connection.cursor() as cursor",
            "audited()",
        ] {
            stays(
                &format!(
                    "from django.db import connection, transaction\n{manager}def whole(view):\n    def wrapper(request, pk):\n        with {managers}:\n            return view(request, pk)\n    return wrapper\n\n@whole"
                ),
                "`view(request, pk)` stands in a block that works in synchronous code only",
            );
        }
    }

    #[test]
    fn decorators_of_synchronous_views_stay() {
        check_unchanged(
            "def plain(view):\n    def wrapper(request):\n        return view(request)\n    return wrapper\n\n@plain\ndef view(request):\n    return HttpResponse()\n",
        );
    }

    /// True when the view behind this decorator becomes async.
    fn follows(decorator: &str) -> bool {
        let before = format!(
            "import functools\nfrom functools import partial, update_wrapper, wraps\nfrom django.contrib.auth.decorators import user_passes_test\n\n{decorator}\n{VIEW}"
        );
        let after = report_with(&before, &Options::for_paste()).after;
        assert_eq!(
            after.contains("iscoroutinefunction("),
            after.contains("async def view") && !decorator.contains("user_passes_test("),
            "{after}"
        );
        after.contains("async def view")
    }

    #[test]
    fn each_form_of_a_decorator_is_followed() {
        let wrapper = "def wrapper(request, pk):\n        return view(request, pk)\n";
        for (decorator, name) in [
            (
                format!("def d(view):\n    {wrapper}    return update_wrapper(wrapper, view)\n"),
                "d",
            ),
            (
                format!("def d(view):\n    {wrapper}    update_wrapper(wrapper, view)\n    wrapper.on = True\n    return wrapper\n"),
                "d",
            ),
            (
                format!("def d(view):\n    {wrapper}    return functools.wraps(view)(wrapper)\n"),
                "d",
            ),
            (
                format!("def d(view=None, *, n=1):\n    if view is None:\n        return partial(d, n=n)\n    {wrapper}    return wrapper\n"),
                "d(n=2)",
            ),
            (
                "def d(view=None):\n    def maker(view):\n        def wrapper(request, pk):\n            return view(request, pk)\n        return wrapper\n    if view:\n        return maker(view)\n    return maker\n".to_owned(),
                "d()",
            ),
            (
                "class D:\n    def __init__(self, view):\n        self.view = view\n\n    def __call__(self, request, *args, pk=None, **kwargs):\n        return self.view(request, *args, pk=pk, **kwargs)\n".to_owned(),
                "D",
            ),
            (
                "class D:\n    def __init__(self, n):\n        self.n = n\n\n    def __call__(self, view):\n        def wrapper(request, pk):\n            return view(request, pk)\n        return wrapper\n".to_owned(),
                "D(3)",
            ),
            (
                "def d(role):\n    return user_passes_test(lambda user: user.is_staff)\n".to_owned(),
                "d('a')",
            ),
            (
                "d = user_passes_test(lambda user: user.is_staff)\n".to_owned(),
                "d",
            ),
        ] {
            assert!(follows(&format!("{decorator}\n@{name}")), "{decorator}");
        }
    }

    #[test]
    fn forms_that_may_do_otherwise_are_not() {
        for (decorator, name) in [
            // It is bound anew.
            (
                "def d(view):\n    view = other(view)\n    return view\n",
                "d",
            ),
            (
                "def d(view):\n    registry.append(view)\n    return view\n",
                "d",
            ),
            ("def d(view):\n    return other(view)\n", "d"),
            (
                "def d(view):\n    def wrapper(request, pk):\n        return view(request, pk)\n    wrapper = other(wrapper)\n    return wrapper\n",
                "d",
            ),
            (
                "def d(view):\n    def wrapper(request, pk):\n        return view(request, pk)\n    wrapper.limit = other()\n    return wrapper\n",
                "d",
            ),
            (
                "def d(view):\n    def wrapper(request, pk):\n        return view(request, pk)\n    return update_wrapper(wrapper, wrapper)\n",
                "other",
            ),
            (
                "class D(Base):\n    def __init__(self, view):\n        self.view = view\n\n    def __call__(self, request, pk):\n        return self.view(request, pk)\n",
                "D",
            ),
            (
                "class D:\n    def __init__(self, view):\n        self.view = view\n\n    def __call__(self, request, pk):\n        return self.run(request, pk)\n\n    def run(self, request, pk):\n        return self.view(request, pk)\n",
                "D",
            ),
            (
                "class D:\n    def __init__(self, view):\n        self.view = other(view)\n\n    def __call__(self, request, pk):\n        return self.view(request, pk)\n",
                "D",
            ),
            ("d = user_passes_test(lambda user: True)\nd = other\n", "d"),
        ] {
            assert!(!follows(&format!("{decorator}\n@{name}")), "{decorator}");
        }
    }

    #[test]
    fn decorators_in_url_patterns_and_on_classes_count_as_well() {
        let decorator = "from django.urls import path\nfrom django.utils.decorators import method_decorator\nfrom django.views import View\n\ndef d(view):\n    def wrapper(request, *args):\n        return view(request, *args)\n    return wrapper\n\n";
        let after = report_with(
            &format!("{decorator}{VIEW}\nurlpatterns = [path('x', d(view))]\n"),
            &Options::for_paste(),
        )
        .after;
        assert!(
            after.contains("async def view") && after.contains("async def wrapper"),
            "{after}"
        );
        let after = report_with(
            &format!("{decorator}{VIEW}\nVIEWS = [d(view)]\n"),
            &Options::for_paste(),
        )
        .after;
        assert!(!after.contains("async def"), "{after}");
        let class = "class V(View):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n";
        for text in [
            format!("{decorator}@method_decorator(d, name='dispatch')\n{class}"),
            format!("{decorator}{class}\nurlpatterns = [path('x', d(V.as_view()))]\n"),
        ] {
            let after = report_with(&text, &Options::for_paste()).after;
            assert!(
                after.contains("async def get") && after.contains("async def wrapper"),
                "{after}"
            );
        }
    }
}
