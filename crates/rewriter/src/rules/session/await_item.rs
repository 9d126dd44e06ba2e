//! # session/await-item
//!
//! `request.session[key] = value` and `key in request.session` load the session, and have async forms.
//!
//! Django has `aset()` and `ahas_key()` since 5.1. What has no async form that raises the same errors is left to
//! [`session/wrap-item`].
//!
//! Safe.
//!
//! ```python before
//! def count(request):
//!     if "visits" not in request.session:
//!         request.session["visits"] = 0
//!     request.session["visits"] += 1
//!     return HttpResponse("counted")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! async def count(request):
//!     if not await request.session.ahas_key("visits"):
//!         await request.session.aset("visits", 0)
//!     await request.session.aset("visits", await sync_to_async(request.session.__getitem__)("visits") + 1)
//!     return HttpResponse("counted")
//! ```

use unblocked_analyzer::{ItemAccess, Site, SiteKind};
use unblocked_django::DjangoVersion;

use super::item::access;
use crate::draft::{Draft, Outcome};

/// The first Django with `aset`, `ahas_key`.
const NATIVE: DjangoVersion = DjangoVersion::new(5, 1);

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SessionItem {
        session,
        access: access @ (ItemAccess::Write | ItemAccess::Update | ItemAccess::Contains),
    } = site.kind
    else {
        return None;
    };
    (draft.target() >= NATIVE).then(|| {
        self::access(
            draft,
            site,
            (session, access),
            true,
            (
                "session/await-item",
                "awaited: sessions have `aset()` and `ahas_key()` since Django 5.1",
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn in_and_not_in() {
        check(
            "def view(request):\n    return HttpResponse('a' in request.session and 'b' not in request.session)\n",
            "async def view(request):\n    return HttpResponse(await request.session.ahas_key('a') and not await request.session.ahas_key('b'))\n",
        );
    }

    #[test]
    fn items_of_other_objects_stay() {
        check_unchanged(
            "def view(request):\n    box['a'] = 'b' in box\n    return HttpResponse(box['a'])\n",
        );
    }
}
