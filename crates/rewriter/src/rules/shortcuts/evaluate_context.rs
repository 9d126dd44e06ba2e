//! # shortcuts/evaluate-context
//!
//! The querysets of a template's context are fetched before it is rendered, when evaluated contexts are asked for.
//!
//! A queryset in the context asks the database while the template renders, which raises `SynchronousOnlyOperation` on the
//! event loop. An async comprehension fetches its rows before, as a list. Where the template, what it extends and
//! includes, and the settings are at hand and show that nothing else asks, `render` is called as before; else it still runs
//! in Django's thread, as templates read relations, `{{ user }}` and more.
//!
//! Querysets in the dictionary that `render` is given are fetched; what the template does more with than to go through
//! it (`{{ products.count }}`, `{{ products }}`) stays. Safe when the template is at hand, and the only one; for review else.
//!
//! ```python before evaluate
//! from django.shortcuts import render
//!
//! def catalogue(request):
//!     products = Product.objects.order_by("pk")
//!     return render(request, "rows.html", {"rows": products, "count": Product.objects.count()})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.shortcuts import render
//!
//! async def catalogue(request):
//!     products = Product.objects.order_by("pk")
//!     return await sync_to_async(render)(request, "rows.html", {"rows": [product async for product in products], "count": await Product.objects.acount()})
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{canonical, topics};

use crate::draft::{Draft, Outcome};
use crate::options::Templates;
use crate::templates::Rendering;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    if draft.options.templates != Templates::Evaluate
        || canonical(path) != "django.shortcuts.render"
    {
        return None;
    }
    let rendering = Rendering::of(draft, site.node)?;
    let (values, evidence) = rendering.querysets(draft);
    if values.is_empty() {
        return None;
    }
    let is_free = rendering
        .read(draft, &values)
        .is_some_and(|reading| reading.is_free());
    for &value in &values {
        if let Err(cannot) = draft.allow_await(value) {
            return Some(Err(cannot));
        }
        let row = draft.row_name(value);
        let open = format!("[{row} async for {row} in ");
        draft.rewrites.wrap_value(value, &open, "]");
    }
    let done = match is_free {
        true => "nothing else in the template asks, so it is rendered as before",
        false => "it is rendered in Django's thread, as other things in the template may ask",
    };
    let outcome = match is_free {
        true => Ok(()),
        false => draft.wrap_call(site.node),
    };
    Some(outcome.map(|()| {
        draft.changed(
            "shortcuts/evaluate-context",
            site.node,
            evidence,
            "rendering a template evaluates the querysets that it is given",
            format!("their rows are fetched before, by `async for` (Django 4.1); {done}"),
            topics::ASYNC,
        );
    }))
}
