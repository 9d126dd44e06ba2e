//! # blocking/await-native
//!
//! A function that makes its thread wait, and for which a coroutine does the same with the same arguments:
//! `time.sleep` becomes `asyncio.sleep`.
//!
//! On the event loop the sync form stops every other request of the process for as long as it takes.
//!
//! Safe.
//!
//! ```python before
//! import time
//!
//! def poll(request):
//!     for attempt in range(3):
//!         if Product.objects.filter(is_active=True).exists():
//!             break
//!         time.sleep(0.01)
//!     return HttpResponse("done")
//! ```
//! ```python after
//! import asyncio
//!
//! async def poll(request):
//!     for attempt in range(3):
//!         if await Product.objects.filter(is_active=True).aexists():
//!             break
//!         await asyncio.sleep(0.01)
//!     return HttpResponse("done")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::blocking;
use unblocked_syntax::Field;

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let entry = blocking(path)?;
    let native = entry.native?;
    if native.since.is_some_and(|since| since > draft.target()) {
        return None;
    }
    Some(replace(draft, site, native.module, native.name).map(|()| {
        draft.changed(
            "blocking/await-native",
            site.node,
            Evidence::Proven,
            format!("`{path}` makes its thread wait ({})", site.effect),
            format!("`await {}.{}(…)`", native.module, native.name),
            &entry.docs_url(draft.target()),
        );
    }))
}

fn replace(draft: &mut Draft<'_>, site: &Site, module: &str, name: &str) -> Outcome {
    let function = draft
        .ast()
        .child(site.node, Field::Function)
        .ok_or_else(|| Cannot::new("a call has no callee"))?;
    // The standard library's modules are imported as such, others by name.
    let text = if module.contains('.') {
        draft.need(module, name)?
    } else {
        format!("{}.{name}", draft.need_module(module)?)
    };
    draft.await_node(site.node)?;
    draft.rewrites.replace(function, template![text]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn imported_by_name() {
        check(
            "from time import sleep\n\ndef view(request):\n    sleep(1)\n    return HttpResponse()\n",
            "import asyncio\n\nasync def view(request):\n    await asyncio.sleep(1)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn a_module_that_is_used_otherwise_stays_imported() {
        check(
            "import time\n\ndef view(request):\n    time.sleep(1)\n    return HttpResponse(time.time())\n",
            "import asyncio\nimport time\n\nasync def view(request):\n    await asyncio.sleep(1)\n    return HttpResponse(time.time())\n",
        );
    }

    #[test]
    fn another_sleep_stays() {
        check_unchanged("def view(request):\n    baby.sleep(1)\n    return HttpResponse()\n");
    }
}
