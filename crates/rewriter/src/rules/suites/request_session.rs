//! # tests/request-session
//!
//! A dictionary that a test gives to a request as its session becomes a session.
//!
//! From Django 5.1 on, async views ask their session by coroutines: `await request.session.aget("cart")`. The sessions that
//! middleware gives to requests have them, a dictionary that a test puts in their place has not. `SessionBase` without a key is
//! such a session, in memory: it is filled, asked and compared as the dictionary was, item by item.
//!
//! On older Djangos the test stays as it is: what the view does with the session runs in a thread there.
//!
//! Safe.
//!
//! ```python before
//! from django.test import RequestFactory, TestCase
//!
//!
//! def cart(request):
//!     return JsonResponse({"cart": request.session.get("cart", [])})
//!
//!
//! class CartTests(TestCase):
//!     def test_cart(self):
//!         request = RequestFactory().get("/cart/")
//!         request.session = {"cart": [1, 2]}
//!         self.assertEqual(cart(request).status_code, 200)
//! ```
//! ```python after
//! from asgiref.sync import async_to_sync
//! from django.contrib.sessions.backends.base import SessionBase
//! from django.test import RequestFactory, TestCase
//!
//!
//! async def cart(request):
//!     return JsonResponse({"cart": await request.session.aget("cart", [])})
//!
//!
//! class CartTests(TestCase):
//!     def test_cart(self):
//!         request = RequestFactory().get("/cart/")
//!         request.session = SessionBase()
//!         request.session.update({"cart": [1, 2]})
//!         self.assertEqual(async_to_sync(cart)(request).status_code, 200)
//! ```

use unblocked_analyzer::{Evidence, Site};
use unblocked_django::DjangoVersion;
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "tests/request-session";
const DOCS: &str = "topics/testing/advanced/#the-request-factory";

/// The first Django whose sessions are asked by coroutines.
pub(crate) const SINCE: DjangoVersion = DjangoVersion::new(5, 1);

/// The plan finds the requests; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Makes a session of a dictionary that is written out.
pub(crate) fn give(
    draft: &mut Draft<'_>,
    statement: NodeId,
    request: NodeId,
    value: NodeId,
) -> Outcome {
    let ast = draft.ast();
    if ast.kind(value) != Kind::Dictionary {
        return Ok(());
    }
    let class = draft.need("django.contrib.sessions.backends.base", "SessionBase")?;
    let request = draft.text(request);
    let session = format!("{request}.session = {class}()");
    let written = match ast.first_child(value) {
        Some(_) => template![session, format!("\n{request}.session.update("), value, ")"],
        None => template![session],
    };
    draft.rewrites.replace(statement, written);
    draft.changed(
        NAME,
        statement,
        Evidence::Proven,
        format!("async code asks `{request}.session` by coroutines, which a dictionary has not"),
        "a session in memory takes its place",
        DOCS,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{migrate_with, target};

    fn migrated(session: &str, version: &str) -> String {
        let before = format!(
            "from django.test import RequestFactory, TestCase\n\n\ndef cart(request):\n    request.session['seen'] = True\n    return JsonResponse({{'cart': request.session.get('cart')}})\n\n\nclass Tests(TestCase):\n    def test_cart(self):\n        request = RequestFactory().get('/')\n        request.session = {session}\n        cart(request)\n"
        );
        migrate_with(&before, &target(version))
    }

    #[test]
    fn dictionaries_become_sessions() {
        let after = migrated("{}", "5.2");
        assert!(
            after.contains(
                "        request.session = SessionBase()\n        async_to_sync(cart)(request)\n"
            ),
            "{after}"
        );
        let after = migrated("{'cart': 3}", "6.1");
        assert!(
            after.contains("        request.session = SessionBase()\n        request.session.update({'cart': 3})\n"),
            "{after}"
        );
    }

    #[test]
    fn what_is_no_dictionary_or_asked_in_a_thread_stays() {
        for (session, version) in [("self.client.session", "5.2"), ("{}", "5.0"), ("{}", "4.2")] {
            let after = migrated(session, version);
            assert!(
                after.contains(&format!("request.session = {session}\n")),
                "{after}"
            );
        }
    }
}
