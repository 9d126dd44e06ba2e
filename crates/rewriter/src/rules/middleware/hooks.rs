//! # middleware/hooks
//!
//! The hooks of a `MiddlewareMixin` that wait for more than the database get async forms, which its `__acall__` awaits.
//!
//! `MiddlewareMixin` works both ways: before async views it runs `process_request` and `process_response` in the thread of
//! the request, each with a change of threads (about 45 µs). A hook that waits there for a service or a lock holds the thread,
//! and everything of the request that needs it. So such a hook gets an async form beside it, and `__acall__`, which
//! Django calls before async code, awaits that; other hooks go on running in the thread. `MiddlewareMixin`
//! itself takes no `async def process_request` (`TypeError: sync_to_async can only be applied to sync functions.`).
//! `process_view` and `process_template_response` may be async themselves: Django awaits them, and adapts them before
//! synchronous views. `process_exception` it calls in a thread whatever it is.
//!
//! A hook that waits for nothing but the database gains nothing, and stays; `--all-views` changes it as well. So
//! does one whose class inherits hooks, or has some that are overridden: its async form would go past them.
//!
//! Safe.
//!
//! ```python before
//! import requests
//! from django.utils.deprecation import MiddlewareMixin
//!
//!
//! class StockMiddleware(MiddlewareMixin):
//!     def process_request(self, request):
//!         response = requests.get("https://api.example.com/stock/1", timeout=5)
//!         request.stock = response.json()
//!
//!     def process_response(self, request, response):
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//! ```
//! ```python after
//! import aiohttp
//! import requests
//! from asgiref.sync import sync_to_async
//! from django.utils.deprecation import MiddlewareMixin
//!
//!
//! class StockMiddleware(MiddlewareMixin):
//!     async def __acall__(self, request):
//!         response = await self.aprocess_request(request)
//!         response = response or await self.get_response(request)
//!         return await sync_to_async(self.process_response)(request, response)
//!
//!     def process_request(self, request):
//!         response = requests.get("https://api.example.com/stock/1", timeout=5)
//!         request.stock = response.json()
//!
//!     async def aprocess_request(self, request):
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get("https://api.example.com/stock/1", timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5)) as response:
//!                 request.stock = await response.json(content_type=None)
//!
//!     def process_response(self, request, response):
//!         response["X-Products"] = str(Product.objects.count())
//!         return response
//! ```

use unblocked_analyzer::{ClassRef, Evidence, FunctionRef, Site};

use super::TOPIC;
use crate::because::Because;
use crate::draft::{Cannot, Color, Draft, Outcome};
use crate::indent::indent_unit;
use crate::plan::{ASYNC_CALL, HOOKS, async_hook};
use crate::rules::classes::insert;

/// The planner asks for it: no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Writes the method that awaits the hooks.
pub(super) fn write(draft: &mut Draft<'_>, class: ClassRef) -> Outcome {
    let definition = draft
        .facts
        .classes
        .get(class.index)
        .ok_or_else(|| Cannot::new("it is not at hand"))?;
    let unit = indent_unit(draft.ast(), draft.facts.text());
    let mut calls = Vec::new();
    for hook in HOOKS {
        let call = match definition.methods.get(hook) {
            None => None,
            Some(&index) => {
                let function = FunctionRef {
                    file: class.file,
                    index,
                };
                let arguments = match hook {
                    "process_request" => "request",
                    _ => "request, response",
                };
                Some(if draft.colors.get(&function) == Some(&Color::Variant) {
                    format!("await self.{}({arguments})", async_hook(hook))
                } else {
                    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
                    format!("await {adapter}(self.{hook})({arguments})")
                })
            }
        };
        calls.push(call);
    }
    let [before, after] = &*calls else {
        return Err(Cannot::of(Because::MiddlewareForm, "it has no hooks"));
    };
    let mut lines = Vec::new();
    let answer = "await self.get_response(request)";
    let answer = match before {
        Some(before) => {
            lines.push(format!("response = {before}"));
            format!("response or {answer}")
        }
        None => answer.to_owned(),
    };
    match after {
        Some(after) => {
            lines.push(format!("response = {answer}"));
            lines.push(format!("return {after}"));
        }
        None => lines.push(format!("return {answer}")),
    }
    let body = lines.join(&format!("\n{unit}"));
    let method = format!("async def {ASYNC_CALL}(self, request):\n{unit}{body}");
    insert::methods(draft, class, &[method])?;
    draft.changed(
        "middleware/hooks",
        definition.node,
        Evidence::Proven,
        format!(
            "`{}` waits in a hook, which `MiddlewareMixin` runs in the request's thread before async views",
            definition.name
        ),
        "what waits got an async form, which `__acall__` awaits; before synchronous views nothing changes",
        TOPIC,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, report_with};
    use crate::{Decision, Options};

    const HEAD: &str =
        "import asyncio\nimport time\n\nfrom django.utils.deprecation import MiddlewareMixin\n\n";
    const BEFORE: &str = "    def process_request(self, request):\n        time.sleep(1)\n";

    #[test]
    fn each_hook_is_awaited_in_its_own_form() {
        check(
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n{BEFORE}\n    def process_response(self, request, response):\n        time.sleep(1)\n        return response\n"
            ),
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    async def __acall__(self, request):\n        response = await self.aprocess_request(request)\n        response = response or await self.get_response(request)\n        return await self.aprocess_response(request, response)\n\n{BEFORE}\n    async def aprocess_request(self, request):\n        await asyncio.sleep(1)\n\n    def process_response(self, request, response):\n        time.sleep(1)\n        return response\n\n    async def aprocess_response(self, request, response):\n        await asyncio.sleep(1)\n        return response\n"
            ),
        );
        check(
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    def process_response(self, request, response):\n        time.sleep(1)\n        return response\n"
            ),
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    async def __acall__(self, request):\n        response = await self.get_response(request)\n        return await self.aprocess_response(request, response)\n\n    def process_response(self, request, response):\n        time.sleep(1)\n        return response\n\n    async def aprocess_response(self, request, response):\n        await asyncio.sleep(1)\n        return response\n"
            ),
        );
    }

    #[test]
    fn hooks_that_other_code_calls_stay() {
        let own = "class M(MiddlewareMixin):\n    def process_view(self, request, view, args, kwargs):\n        time.sleep(1)\n";
        for other in [
            "class N(M):\n    def process_view(self, request, view, args, kwargs):\n        return super().process_view(request, view, args, kwargs)\n",
            "checked = decorator_from_middleware(M)\n",
            "checked = utils.decorator_from_middleware_with_args(M)(1)\n",
            "def check(request):\n    M(None).process_view(request, None, (), {})\n",
        ] {
            check_unchanged(&format!("{HEAD}{own}\n{other}"));
        }
    }

    #[test]
    fn hooks_that_django_awaits_become_async_themselves() {
        let kept = "    def process_exception(self, request, exception):\n        time.sleep(1)\n";
        check(
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    def process_view(self, request, view, args, kwargs):\n        time.sleep(1)\n\n{kept}"
            ),
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    async def process_view(self, request, view, args, kwargs):\n        await asyncio.sleep(1)\n\n{kept}"
            ),
        );
    }

    #[test]
    fn what_waits_for_the_database_alone_stays_until_it_is_asked_for() {
        let before = format!(
            "{HEAD}class M(MiddlewareMixin):\n    def process_request(self, request):\n        request.count = Product.objects.count()\n"
        );
        check_unchanged(&before);
        let report = report_with(&before, &Options::for_paste());
        let hook = report
            .functions
            .iter()
            .find(|function| function.name == "M.process_request")
            .expect("the hook");
        assert_eq!(hook.decision, Decision::Leave);
        assert!(hook.reason.contains("45 µs"), "{}", hook.reason);
        check_with(
            &Options {
                all_views: true,
                ..Options::for_paste()
            },
            &before,
            &format!(
                "{HEAD}class M(MiddlewareMixin):\n    async def __acall__(self, request):\n        response = await self.aprocess_request(request)\n        return response or await self.get_response(request)\n\n    def process_request(self, request):\n        request.count = Product.objects.count()\n\n    async def aprocess_request(self, request):\n        request.count = await Product.objects.acount()\n"
            ),
        );
    }

    #[test]
    fn no_hook_of_another_class_is_gone_past() {
        for more in [
            "class N(M):\n    def process_request(self, request):\n        return None\n",
            "class N(M):\n    def process_response(self, request, response):\n        return response\n",
            "class N(M):\n    def __call__(self, request):\n        return self.get_response(request)\n",
        ] {
            let before = format!("{HEAD}class M(MiddlewareMixin):\n{BEFORE}\n{more}");
            let report = report_with(&before, &Options::for_paste());
            assert!(!report.after.contains("aprocess"), "{}", report.after);
        }
        for class in [
            "class M(Other, MiddlewareMixin):",
            "class B(MiddlewareMixin):\n    def process_response(self, request, response):\n        return response\n\nclass M(B):",
        ] {
            check_unchanged(&format!(
                "from .other import Other\n{HEAD}{class}\n{BEFORE}"
            ));
        }
    }

    #[test]
    fn hooks_that_cannot_have_an_async_form_stay() {
        for hook in [
            "    @logged\n    def process_request(self, request):\n        time.sleep(1)\n",
            "    def process_request(self, request):\n        time.sleep(1)\n        return self.get_response(request)\n",
            "    def process_request(self, request):\n        time.sleep(1)\n\n    def aprocess_request(self, request):\n        return None\n",
            "    def process_request(self, request):\n        time.sleep(1)\n\n    async def __acall__(self, request):\n        return await self.get_response(request)\n",
            "    @logged\n    def process_view(self, request, view, args, kwargs):\n        time.sleep(1)\n",
        ] {
            check_unchanged(&format!("{HEAD}class M(MiddlewareMixin):\n{hook}"));
        }
        check_unchanged(&format!(
            "import threading\n{HEAD}STATE = threading.local()\n\nclass M(MiddlewareMixin):\n{BEFORE}"
        ));
        check_unchanged(&format!("{HEAD}class M:\n{BEFORE}"));
    }
}
