//! # session/wrap-item
//!
//! `request.session[key]`, read or deleted, loads the session: that runs in Django's thread.
//!
//! There is no async form that raises the same `KeyError` (`aget()` gives `None`). Before Django 5.1, assignment and `in`
//! have none either; from then on they are [`session/await-item`]'s.
//!
//! Safe: the same errors are raised.
//!
//! ```python before
//! def visits(request):
//!     if "visits" in request.session:
//!         visits = request.session["visits"]
//!         del request.session["visits"]
//!         return HttpResponse(visits)
//!     return HttpResponse("none")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! async def visits(request):
//!     if await request.session.ahas_key("visits"):
//!         visits = await sync_to_async(request.session.__getitem__)("visits")
//!         await sync_to_async(request.session.__delitem__)("visits")
//!         return HttpResponse(visits)
//!     return HttpResponse("none")
//! ```

use unblocked_analyzer::{Site, SiteKind};

use super::item;
use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SessionItem { session, access } = site.kind else {
        return None;
    };
    Some(item::access(
        draft,
        site,
        (session, access),
        false,
        (
            "session/wrap-item",
            "runs in Django's thread through `sync_to_async`",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn deleting_raises_the_same_error() {
        check(
            "def view(request):\n    del request.session['a']\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.__delitem__)('a')\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn before_5_1_everything_runs_in_a_thread() {
        check_with(
            &target("4.2"),
            "def view(request):\n    request.session['a'] = 1\n    return HttpResponse('b' in request.session)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.__setitem__)('a', 1)\n    return HttpResponse(await sync_to_async(request.session.has_key)('b'))\n",
        );
    }
}
