//! # shortcuts/wrap-render
//!
//! `render()` runs in Django's thread: a template may still ask the database.
//!
//! Lazy querysets, foreign keys, `{{ user }}` and context processors are evaluated while the template renders, and raise
//! `SynchronousOnlyOperation` on the event loop. Django has no `arender`. `sync_to_async(render)` behaves exactly as
//! before, whatever the template does.
//!
//! Safe.
//!
//! ```python before
//! from django.shortcuts import render
//!
//! def catalogue(request):
//!     products = list(Product.objects.order_by("pk"))
//!     return render(request, "catalogue.html", {"products": products})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.shortcuts import render
//!
//! async def catalogue(request):
//!     products = [product async for product in Product.objects.order_by("pk")]
//!     return await sync_to_async(render)(request, "catalogue.html", {"products": products})
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{Effect, blocking, topics};

use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    if blocking(path)?.effect != Effect::Template {
        return None;
    }
    Some(draft.wrap_call(site.node).map(|()| {
        draft.changed(
            "shortcuts/wrap-render",
            site.node,
            Evidence::Proven,
            "rendering a template evaluates whatever is lazy in it: querysets, relations, `{{ user }}`",
            "rendered in Django's thread through `sync_to_async`",
            topics::SYNC_TO_ASYNC,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_unchanged, report_with};
    use crate::{Decision, Options};

    #[test]
    fn a_view_that_only_renders_stays_sync() {
        let before = "from django.shortcuts import render\n\ndef about(request):\n    return render(request, 'about.html')\n";
        check_unchanged(before);
        let report = report_with(before, &Options::for_paste());
        assert_eq!(report.functions[0].decision, Decision::Leave);
    }
}
