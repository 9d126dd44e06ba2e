//! # async/own-loop
//!
//! An event loop within the event loop: `async_to_sync(f)(…)`, `asyncio.run(f(…))` and `run_until_complete` in async code.
//!
//! There, `async_to_sync` raises `RuntimeError: You cannot use AsyncToSync in the same thread as an async event loop`, and
//! `asyncio.run` `RuntimeError: asyncio.run() cannot be called from a running event loop`. In synchronous views both make one
//! loop for each call, in a loop one for each round; where such a view becomes async, it simply awaits. Holds for every
//! Django version.
//!
//! Safe.
//!
//! ```python before
//! from asgiref.sync import async_to_sync
//!
//!
//! async def stock(pk):
//!     return await Product.objects.filter(pk=pk).acount()
//!
//!
//! def show(request, pk):
//!     return HttpResponse(async_to_sync(stock)(pk))
//! ```
//! ```python after
//! async def stock(pk):
//!     return await Product.objects.filter(pk=pk).acount()
//!
//!
//! async def show(request, pk):
//!     return HttpResponse(await stock(pk))
//! ```

use unblocked_analyzer::{Evidence, HalfAsync, Site, SiteKind, SyncOnly};
use unblocked_django::topics;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::half_async;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/own-loop";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    if let Some(&HalfAsync::OwnLoop { coroutine }) = half_async(site) {
        let text = draft.excerpt(site.node);
        return Some(
            draft
                .replace_awaited(site.node, template![coroutine])
                .map(|()| {
                    let function = text.split('(').next().unwrap_or_default();
                    told(
                        draft,
                        site.node,
                        format!("`{function}()` starts an event loop within the running one: `RuntimeError`"),
                    );
                }),
        );
    }
    let call = adapted_call(draft.ast(), site)?;
    let Some((_, function)) = draft.arguments(site.node).first().copied() else {
        return Some(Err(Cannot::new("`async_to_sync` is given nothing")));
    };
    Some(draft.await_node(call).map(|()| {
        draft.rewrites.replace(site.node, template![function]);
        told(
            draft,
            call,
            "`async_to_sync` raises `RuntimeError` on the thread of a running event loop"
                .to_owned(),
        );
    }))
}

fn told(draft: &mut Draft<'_>, node: NodeId, message: String) {
    draft.changed(
        NAME,
        node,
        Evidence::Proven,
        message,
        "the coroutine is awaited",
        topics::ASYNC,
    );
}

/// `async_to_sync(f)(…)`: the outer call.
fn adapted_call(ast: &Ast, site: &Site) -> Option<NodeId> {
    let SiteKind::SyncOnly {
        what: SyncOnly::AsyncToSync,
    } = site.kind
    else {
        return None;
    };
    let arguments = ast.child(site.node, Field::Arguments)?;
    let function = ast.first_child(arguments)?;
    let call = ast.parent(site.node)?;
    (ast.kind(call) == Kind::Call
        && ast.field(site.node) == Some(Field::Function)
        && matches!(ast.kind(function), Kind::Identifier | Kind::Attribute))
    .then_some(call)
}

/// True for a call through `async_to_sync` that async code can await.
pub(crate) fn is_awaited_instead(ast: &Ast, site: &Site) -> bool {
    adapted_call(ast, site).is_some()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn in_async_views() {
        check(
            "import asyncio\n\nfrom asgiref.sync import async_to_sync\n\nasync def view(request):\n    for pk in (1, 2):\n        title = async_to_sync(load)(pk).title\n    other = asyncio.run(load(3)).title\n    loop = asyncio.get_event_loop()\n    third = loop.run_until_complete(load(4))\n    return HttpResponse(title)\n",
            "import asyncio\n\n\nasync def view(request):\n    for pk in (1, 2):\n        title = (await load(pk)).title\n    other = (await load(3)).title\n    loop = asyncio.get_event_loop()\n    third = await load(4)\n    return HttpResponse(title)\n",
        );
    }

    #[test]
    fn synchronous_views_become_async() {
        check(
            "import asyncio\n\nasync def load(pk):\n    return await Book.objects.aget(pk=pk)\n\ndef view(request, pk):\n    return HttpResponse(asyncio.run(load(pk)).title)\n",
            "async def load(pk):\n    return await Book.objects.aget(pk=pk)\n\nasync def view(request, pk):\n    return HttpResponse((await load(pk)).title)\n",
        );
    }

    #[test]
    fn commands_and_adapters_that_are_passed_on_stay() {
        check_unchanged(
            "import asyncio\n\nfrom asgiref.sync import async_to_sync\n\nload_sync = async_to_sync(load)\n\ndef handle(self):\n    asyncio.run(load(1))\n\nif __name__ == '__main__':\n    asyncio.run(load(1))\n",
        );
    }
}
