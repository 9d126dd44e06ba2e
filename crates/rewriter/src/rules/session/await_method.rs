//! # session/await-method
//!
//! The methods of `request.session` load or save it, so their async forms are awaited.
//!
//! Django has them since 5.1; before that, [`orm/wrap-method`] calls the sync forms in Django's thread. With the
//! database backend the sync forms raise `SynchronousOnlyOperation` as soon as the visitor has a session: the first
//! request of a test passes, the second fails.
//!
//! Safe.
//!
//! ```python before
//! def cart(request):
//!     items = request.session.get("cart", [])
//!     request.session.setdefault("seen", True)
//!     return JsonResponse({"items": items})
//! ```
//! ```python after
//! async def cart(request):
//!     items = await request.session.aget("cart", [])
//!     await request.session.asetdefault("seen", True)
//!     return JsonResponse({"items": items})
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{Owner, topics};

use crate::draft::{Draft, Outcome};
use crate::rules::orm::await_terminal::native;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    match &site.kind {
        SiteKind::Method {
            owner: Owner::Session,
            ..
        } => native(draft, site, "session/await-method", topics::SESSIONS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    #[test]
    fn before_5_1_the_sync_form_runs_in_a_thread() {
        check_with(
            &target("5.0"),
            "def view(request):\n    request.session.pop('a', None)\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.pop)('a', None)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn a_request_of_a_class_of_the_project_is_one_too() {
        let typed = "from django.http import HttpRequest\n\nclass Request(HttpRequest):\n    user: User\n\n";
        check(
            &format!(
                "{typed}def view(request: Request):\n    request.session.pop('a', None)\n    return HttpResponse()\n"
            ),
            &format!(
                "{typed}async def view(request: Request):\n    await request.session.apop('a', None)\n    return HttpResponse()\n"
            ),
        );
    }

    #[test]
    fn what_asks_nothing_stays() {
        check_unchanged(
            "def view(request):\n    request.session.modified = True\n    return HttpResponse(request.session.session_key)\n",
        );
    }
}
