//! # tests/request-user
//!
//! A request of a `RequestFactory` whose user a test sets gets `auser` as well.
//!
//! Async views ask for their user by `await request.auser()`, and so do Django's decorators around them. Middleware gives
//! requests that method, beside `user`; a test that hands its request to the view directly has to do so itself, or gets
//! `AttributeError: 'WSGIRequest' object has no attribute 'auser'`.
//!
//! On Django 4.2, which has no `auser`, the view loads the user that the request has, and the test stays as it is.
//!
//! Safe.
//!
//! ```python before
//! from django.contrib.auth.models import User
//! from django.test import RequestFactory, TestCase
//!
//!
//! def mine(request):
//!     orders = Order.objects.filter(customer__name=request.user.username)
//!     return JsonResponse({"orders": [order.pk for order in orders]})
//!
//!
//! class MineTests(TestCase):
//!     def test_mine(self):
//!         request = RequestFactory().get("/mine/")
//!         request.user = User.objects.create_user("kim")
//!         self.assertEqual(mine(request).status_code, 200)
//! ```
//! ```python after
//! from unittest.mock import AsyncMock
//!
//! from asgiref.sync import async_to_sync
//! from django.contrib.auth.models import User
//! from django.test import RequestFactory, TestCase
//!
//!
//! async def mine(request):
//!     request.user = await request.auser()
//!     orders = Order.objects.filter(customer__name=request.user.username)
//!     return JsonResponse({"orders": [order.pk async for order in orders]})
//!
//!
//! class MineTests(TestCase):
//!     def test_mine(self):
//!         request = RequestFactory().get("/mine/")
//!         request.user = User.objects.create_user("kim")
//!         request.auser = AsyncMock(return_value=request.user)
//!         self.assertEqual(async_to_sync(mine)(request).status_code, 200)
//! ```

use unblocked_analyzer::{Evidence, Site};
use unblocked_django::DjangoVersion;
use unblocked_syntax::{Field, NodeId};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "tests/request-user";
const DOCS: &str = "topics/testing/advanced/#the-request-factory";

/// The first Django with `auser`.
pub(crate) const SINCE: DjangoVersion = DjangoVersion::new(5, 0);

/// Django's decorators that ask for the user.
const DECORATORS: &[&str] = &[
    "login_required",
    "permission_required",
    "staff_member_required",
    "user_passes_test",
];

/// True for a decorator that asks requests for their user.
pub(crate) fn is_asked_by(name: &str) -> bool {
    DECORATORS.contains(&name.rsplit('.').next().unwrap_or_default())
}

/// The plan finds the requests; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Adds the method after the statement that sets the user, unless it follows there.
pub(crate) fn give(
    draft: &mut Draft<'_>,
    statement: NodeId,
    request: NodeId,
    _user: NodeId,
) -> Outcome {
    let request = draft.text(request);
    let ast = draft.ast();
    let follows = ast.parent(statement).is_some_and(|block| {
        ast.children(block)
            .filter(|&other| other > statement)
            .filter_map(|other| ast.first_child(other))
            .filter_map(|assignment| ast.child(assignment, Field::Left))
            .any(|target| draft.text(target) == format!("{request}.auser"))
    });
    if follows {
        return Ok(());
    }
    let mock = draft.need("unittest.mock", "AsyncMock")?;
    let line = format!("\n{request}.auser = {mock}(return_value={request}.user)");
    draft
        .rewrites
        .replace(statement, template![statement, line]);
    draft.changed(
        NAME,
        statement,
        Evidence::Proven,
        format!(
            "async code asks `{request}` for its user by `auser`, which middleware gives to others"
        ),
        "it gives the user that the test sets",
        DOCS,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::rules::testing::{check_with, migrate_with, target};
    use crate::{Options, migrate};

    const MINE: &str = "from django.contrib.auth.models import User\nfrom django.test import RequestFactory, TestCase\n\n\ndef mine(request):\n    return JsonResponse({'orders': Order.objects.filter(user=request.user).count()})\n\n\nclass Tests(TestCase):\n    def test_mine(self):\n        request = RequestFactory().get('/')\n        request.user = User()\n        mine(request)\n";

    #[test]
    fn without_auser_the_view_takes_the_user_that_is_there() {
        let after = migrate_with(MINE, &target("4.2"));
        assert!(
            after.contains("await sync_to_async(bool)(request.user)"),
            "{after}"
        );
        assert!(!after.contains("auser"), "{after}");
    }

    #[test]
    fn requests_that_have_it_already_are_left() {
        let before = MINE.replace(
            "        mine(request)\n",
            "        request.auser = auser\n        mine(request)\n",
        );
        let after = before
            .replace("from django.contrib", "from asgiref.sync import async_to_sync\nfrom django.contrib")
            .replace("def mine", "async def mine")
            .replace("    return JsonResponse({'orders': Order.objects.filter(user=request.user).count()})", "    request.user = await request.auser()\n    return JsonResponse({'orders': await Order.objects.filter(user=request.user).acount()})")
            .replace("        mine(request)", "        async_to_sync(mine)(request)");
        check_with(&Options::for_paste(), &before, &after);
    }

    #[test]
    fn requests_of_others_are_left() {
        let mut workspace = Workspace::new();
        workspace.set_file(
            "shop/views.py",
            &MINE[MINE.find("def mine").unwrap_or_default()
                ..MINE.find("class Tests").unwrap_or_default()],
        );
        let middleware = "def middleware(get_response):\n    def inner(request):\n        request.user = find(request)\n        return get_response(request)\n    return inner\n";
        workspace.set_file("shop/middleware.py", middleware);
        for file in migrate(&workspace, &Options::default()).files {
            assert!(!file.after.contains("request.auser ="), "{}", file.after);
        }
    }
}
