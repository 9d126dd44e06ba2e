//! # shortcuts/wrap-render
//!
//! `render()` runs in Django's thread: a template may still ask the database.
//!
//! Lazy querysets, foreign keys, `{{ user }}` and context processors are evaluated while the template renders, and raise
//! `SynchronousOnlyOperation` on the event loop. Django has no `arender`. `sync_to_async(render)` behaves exactly as
//! before, whatever the template does.
//!
//! Where the template is at hand, it is said what it asks and in which line. `render` is called as before only where nothing
//! can ask: the template, those that it extends and includes, the context and the settings' context processors are at hand,
//! and neither the template nor its tags read anything lazy.
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
use unblocked_django::{Effect, blocking, canonical, topics};

use crate::draft::{Draft, Outcome};
use crate::templates::{Reading, Rendering};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    if blocking(path)?.effect != Effect::Template {
        return None;
    }
    let is_render = canonical(path) == "django.shortcuts.render";
    let rendering = Rendering::of(draft, site.node).filter(|_| is_render);
    let reading = rendering
        .as_ref()
        .and_then(|rendering| rendering.read(draft, &[]));
    if reading.as_ref().is_some_and(Reading::is_free) {
        // Nothing in it asks: it is rendered as before.
        return Some(Ok(()));
    }
    let message = match (&rendering, &reading) {
        (Some(rendering), Some(reading)) if !reading.asks.is_empty() => {
            format!("rendering `{}` asks the database: it reads {}", rendering.name, listed(&reading.asks))
        }
        _ => "rendering a template evaluates whatever is lazy in it: querysets, relations, `{{ user }}`".to_owned(),
    };
    let help = match (&rendering, &reading) {
        (Some(rendering), None) => format!(
            "rendered in Django's thread through `sync_to_async`; add `{}` and the settings to see what it asks",
            rendering.name
        ),
        _ => "rendered in Django's thread through `sync_to_async`".to_owned(),
    };
    Some(draft.wrap_call(site.node).map(|()| {
        draft.changed(
            "shortcuts/wrap-render",
            site.node,
            Evidence::Proven,
            message,
            help,
            topics::SYNC_TO_ASYNC,
        );
    }))
}

/// How many places a message names.
const MOST_NAMED: usize = 3;

/// `order.customer` (`shop/templates/order.html:3`), and what else is read.
fn listed(asks: &[(String, String)]) -> String {
    let named: Vec<String> = asks
        .iter()
        .take(MOST_NAMED)
        .map(|(what, place)| format!("`{what}` ({place})"))
        .collect();
    let more = asks.len() - named.len();
    match more {
        0 => named.join(", "),
        more => format!("{}, and {more} more", named.join(", ")),
    }
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
