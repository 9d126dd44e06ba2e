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
    fn names_that_get_the_same_value_get_it_first() {
        check(
            "def view(request):\n    # counted\n    count = request.session['count'] = Product.objects.count()\n    if count:\n        request.session['a'] = a = b = {\n            'n': 1,\n        }\n        a['m'] = b['n']\n    return HttpResponse(count)\n",
            "async def view(request):\n    # counted\n    count = await Product.objects.acount()\n    await request.session.aset('count', count)\n    if count:\n        a = b = {\n            'n': 1,\n        }\n        await request.session.aset('a', b)\n        a['m'] = b['n']\n    return HttpResponse(count)\n",
        );
    }

    #[test]
    fn not_for_other_targets_and_keys_that_depend_on_them() {
        for line in [
            "request.session['a'] = request.session['b'] = Product.objects.count()",
            "request.session['a'] = request.count = Product.objects.count()",
            "key = request.session[key] = Product.objects.count()",
            "n = request.session[f'{n}'] = Product.objects.count()",
            "n = request.session['a'] = Product.objects.count(), 1",
        ] {
            check_unchanged(&format!(
                "def view(request, key, n):\n    {line}\n    return HttpResponse('')\n"
            ));
        }
    }

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
