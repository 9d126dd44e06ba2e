//! # async/middleware-class
//!
//! A middleware class with `async def __call__` that does not say so.
//!
//! Django takes a class for synchronous unless it says otherwise, and goes on with the coroutine: `AttributeError: 'coroutine' object has
//! no attribute '_resource_closers'`, for every request, under ASGI and WSGI. `async_capable`, `sync_capable` and
//! `markcoroutinefunction` say it; with all three it runs under both. Middleware in one chain may be of both kinds. Holds for every
//! Django version.
//!
//! Safe.
//!
//! ```python meant
//! class StampMiddleware:
//!     def __init__(self, get_response):
//!         self.get_response = get_response
//!
//!     def __call__(self, request):
//!         response = self.get_response(request)
//!         response["X-Stamp"] = "1"
//!         return response
//! ```
//! ```python before
//! class StampMiddleware:
//!     def __init__(self, get_response):
//!         self.get_response = get_response
//!
//!     async def __call__(self, request):
//!         response = await self.get_response(request)
//!         response["X-Stamp"] = "1"
//!         return response
//! ```
//! ```python after
//! from asgiref.sync import markcoroutinefunction
//!
//!
//! class StampMiddleware:
//!     sync_capable = False
//!     async_capable = True
//!
//!     def __init__(self, get_response):
//!         markcoroutinefunction(self)
//!         self.get_response = get_response
//!
//!     async def __call__(self, request):
//!         response = await self.get_response(request)
//!         response["X-Stamp"] = "1"
//!         return response
//! ```

use unblocked_analyzer::{Class, Evidence, Site};
use unblocked_syntax::Field;

use super::declared;
use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/middleware-class";
const DOCS: &str = "topics/http/middleware/#asynchronous-support";

/// The classes tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

pub(super) fn check(draft: &mut Draft<'_>, class: &Class) {
    let methods = declared::methods(draft, class);
    let method = |name: &str| {
        methods
            .iter()
            .map(|&(_, method)| method)
            .find(|method| method.name == name)
    };
    let (Some(init), Some(call)) = (method("__init__"), method("__call__")) else {
        return;
    };
    let takes_response = init
        .params
        .get(1)
        .is_some_and(|param| param.name == "get_response");
    let text = draft.text(class.body);
    let says = [
        "sync_capable",
        "async_capable",
        "coroutinefunction",
        "_is_coroutine",
    ]
    .iter()
    .any(|word| text.contains(word));
    let is_plain = class.bases.is_empty();
    let ast = draft.ast();
    let (true, Some(name)) = (
        call.is_async && takes_response && !says && is_plain,
        ast.child(call.node, Field::Name),
    ) else {
        return;
    };
    let first = ast.children(init.body).next();
    let places = first
        .and_then(|first| draft.line_statement(first).ok())
        .zip(draft.line_statement(init.statement).ok());
    let message = "an `async def __call__` that the class does not declare fails for every request: `AttributeError: 'coroutine' object has no attribute '_resource_closers'`";
    let Some((first, init)) = places else {
        declared::manual(
            draft,
            NAME,
            name,
            message.to_owned(),
            "set `sync_capable = False` and `async_capable = True`, and call `markcoroutinefunction(self)` in `__init__`",
            DOCS,
        );
        return;
    };
    declared::attempt(draft, |draft| {
        let Ok(mark) = draft.need("asgiref.sync", "markcoroutinefunction") else {
            return;
        };
        for line in ["sync_capable = False", "async_capable = True"] {
            draft.rewrites.line_before(init, template![line]);
        }
        draft.rewrites.line_before(init, template![]);
        draft
            .rewrites
            .line_before(first, template![format!("{mark}(self)")]);
        draft.changed(
            NAME,
            name,
            Evidence::Proven,
            message,
            "the class says that it is async, which Django adapts where it has to",
            DOCS,
        );
    });
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn the_lines_have_the_indentation_of_the_class_wherever_it_stands() {
        check(
            "import requests\n\nasync def ping(request):\n    requests.post('https://example.com/ping')\n\nclass Stamp:\n\tdef __init__(self, get_response):\n\t\tself.get_response = get_response\n\n\tasync def __call__(self, request):\n\t\treturn await self.get_response(request)\n",
            "import aiohttp\nfrom asgiref.sync import markcoroutinefunction\n\nasync def ping(request):\n    async with aiohttp.ClientSession() as session:\n        async with session.post('https://example.com/ping') as response:\n            await response.read()\n\nclass Stamp:\n\tsync_capable = False\n\tasync_capable = True\n\n\tdef __init__(self, get_response):\n\t\tmarkcoroutinefunction(self)\n\t\tself.get_response = get_response\n\n\tasync def __call__(self, request):\n\t\treturn await self.get_response(request)\n",
        );
    }

    #[test]
    fn classes_that_say_so_and_other_callables_stay() {
        check_unchanged(
            "from asgiref.sync import markcoroutinefunction\n\nclass Stamp:\n    async_capable = True\n    sync_capable = False\n\n    def __init__(self, get_response):\n        self.get_response = get_response\n        markcoroutinefunction(self)\n\n    async def __call__(self, request):\n        return await self.get_response(request)\n\nclass Job:\n    def __init__(self, queue):\n        self.queue = queue\n\n    async def __call__(self, pk):\n        return await self.queue.put(pk)\n",
        );
    }
}
