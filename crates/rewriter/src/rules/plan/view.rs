//! # plan/view
//!
//! A view that waits for something becomes `async def`; one that can't stays synchronous, for a reason that is given.
//!
//! Django runs sync and async views side by side, under ASGI and WSGI. A view gains nothing from `async def` when it
//! waits for nothing, and must not change while something in it works in synchronous code only: a transaction, a
//! decorator that does not know async views, a call within a lambda.
//!
//! ```python before
//! from django.views.decorators.http import require_POST
//!
//! @require_POST
//! def archive(request):
//!     Product.objects.filter(price=0).delete()
//!     return HttpResponse("gone")
//! ```
//! ```python after
//! from django.views.decorators.http import require_POST
//!
//! @require_POST
//! async def archive(request):
//!     await Product.objects.filter(price=0).adelete()
//!     return HttpResponse("gone")
//! ```

use unblocked_analyzer::Site;

use crate::draft::{Draft, Outcome};

/// The plan decides about views; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    #[test]
    fn decorators_know_async_views_from_some_version_on() {
        let before = "from django.contrib.auth.decorators import login_required\n\n@login_required\ndef view(request):\n    return HttpResponse(Product.objects.count())\n";
        check_with(&target("5.0"), before, before);
        check_with(
            &target("5.1"),
            before,
            "from django.contrib.auth.decorators import login_required\n\n@login_required\nasync def view(request):\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn decorators_of_unknown_making_keep_a_view_sync() {
        check_unchanged(
            "from .decorators import logged\n\n@logged\ndef view(request):\n    return HttpResponse(Product.objects.count())\n",
        );
        check_unchanged(
            "from rest_framework.decorators import api_view\n\n@api_view(['GET'])\ndef view(request):\n    return Response(Product.objects.count())\n",
        );
    }

    #[test]
    fn error_handlers_stay_sync() {
        check_unchanged(
            "def not_found(request, exception):\n    return HttpResponse(Product.objects.count(), status=404)\n",
        );
        check_unchanged(
            "handler500 = 'views.oops'\n\ndef oops(request):\n    return HttpResponse(Product.objects.count(), status=500)\n",
        );
    }

    #[test]
    fn lambdas_keep_a_view_sync() {
        check_unchanged(
            "def view(request):\n    f = [lambda: Product.objects.count()]\n    return HttpResponse(f[0]())\n",
        );
    }

    #[test]
    fn what_is_no_view_stays() {
        check_unchanged("def helper(pk):\n    return Product.objects.get(pk=pk)\n");
        check_unchanged(
            "class V:\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n",
        );
        check_unchanged("def cart(request):\n    return {'count': Item.objects.count()}\n");
    }

    #[test]
    fn damaged_functions_stay_and_the_rest_goes_on() {
        check(
            "def broken(request):\n    x = = Product.objects.count()\n    return HttpResponse()\n\ndef view(request):\n    return HttpResponse(Product.objects.count())\n",
            "def broken(request):\n    x = = Product.objects.count()\n    return HttpResponse()\n\nasync def view(request):\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn line_ends_tabs_and_bom_stay() {
        check(
            "\u{feff}def view(request):\r\n\tif request.GET:\r\n\t\treturn HttpResponse(request.user.username)\r\n\treturn HttpResponse(Product.objects.count())\r\n",
            "\u{feff}async def view(request):\r\n\tif request.GET:\r\n\t\trequest.user = await request.auser()\r\n\t\treturn HttpResponse(request.user.username)\r\n\treturn HttpResponse(await Product.objects.acount())\r\n",
        );
    }
}
