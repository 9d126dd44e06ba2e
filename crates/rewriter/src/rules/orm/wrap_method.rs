//! # orm/wrap-method
//!
//! A method that waits and has no async form on the target Django runs in Django's thread: `sync_to_async`.
//!
//! `sync_to_async` runs it in the one thread of the request, on the connection that the rest of the request uses. The
//! same is done where the async form would mean something else: a custom manager that overrides `create`, `get`,
//! `count`, … is bypassed by `acreate`, `aget`, `acount`, silently.
//!
//! Safe: the very same method runs.
//!
//! ```python before
//! product = Product.objects.get(pk=1)
//! product.full_clean()
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! product = await Product.objects.aget(pk=1)
//! await sync_to_async(product.full_clean)()
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Method {
        name,
        overridden_by,
        ..
    } = &site.kind
    else {
        return None;
    };
    let name = draft.text(*name);
    let why = if overridden_by.is_some() {
        format!("the manager overrides `{name}()`, which its async form would bypass")
    } else {
        format!(
            "`{name}()` waits ({}) and has no async form here",
            site.effect
        )
    };
    Some(draft.wrap_call(site.node).map(|()| {
        draft.changed(
            "orm/wrap-method",
            site.node,
            Evidence::Proven,
            why,
            "runs in Django's thread through `sync_to_async`",
            topics::ASYNC,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn a_manager_that_overrides_the_method_is_honoured() {
        check(
            "from django.db import models\n\nclass ShoutingManager(models.Manager):\n    def create(self, name):\n        return super().create(name=name.upper())\n\nclass Product(models.Model):\n    objects = ShoutingManager()\n\ndef view(request):\n    Product.objects.create(name='a')\n    return HttpResponse(Product.objects.count())\n",
            "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass ShoutingManager(models.Manager):\n    def create(self, name):\n        return super().create(name=name.upper())\n\nclass Product(models.Model):\n    objects = ShoutingManager()\n\nasync def view(request):\n    await sync_to_async(Product.objects.create)(name='a')\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn below_the_version_of_the_native_form() {
        check_with(
            &target("4.2"),
            "def view(request):\n    request.session.flush()\n    Product.objects.count()\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.flush)()\n    await Product.objects.acount()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_may_be_another_object_keeps_its_method() {
        check(
            "def _touch(order):\n    order.save()\n\ndef view(request):\n    _touch(Order.objects.get(pk=1))\n    _touch(request.extra)\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def _touch(order):\n    await sync_to_async(order.save)()\n\nasync def view(request):\n    await _touch(await Order.objects.aget(pk=1))\n    await _touch(request.extra)\n    return HttpResponse()\n",
        );
    }
}
