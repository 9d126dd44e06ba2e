//! # orm/await-terminal
//!
//! A method of a queryset, manager or instance that asks the database has an `a`-prefixed coroutine twin, which is
//! awaited instead.
//!
//! Called directly in async code, the sync form raises `SynchronousOnlyOperation`. The twins of querysets and managers
//! exist since Django 4.1, those of instances and related managers since 4.2, some of the user's since 5.0 or 5.2; before
//! that, [`orm/wrap-method`] calls the sync form in Django's thread.
//!
//! Safe when the model is at hand; on the strength of `Name.objects` alone it is for review: a custom *manager* that
//! overrides the method would be bypassed by the twin (Django's twins call the queryset's method, not the manager's).
//!
//! ```python before
//! product = Product.objects.get(pk=1)
//! product.price += 1
//! product.save(update_fields=["price"])
//! total = Product.objects.filter(price__gt=10).count()
//! ```
//! ```python after
//! product = await Product.objects.aget(pk=1)
//! product.price += 1
//! await product.asave(update_fields=["price"])
//! total = await Product.objects.filter(price__gt=10).acount()
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{Owner, async_method, topics};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Method { owner, .. } = &site.kind else {
        return None;
    };
    let is_own = owner.has_queryset_methods()
        || matches!(
            owner,
            Owner::RawQuerySet
                | Owner::Model
                | Owner::User
                | Owner::AnonymousUser
                | Owner::Task
                | Owner::TaskResult
        );
    is_own.then(|| native(draft, site, "orm/await-terminal", topics::ASYNC))?
}

/// Awaits the async form of a method, if the target has one that means the same.
pub(in crate::rules) fn native(
    draft: &mut Draft<'_>,
    site: &Site,
    rule: &'static str,
    docs: &str,
) -> Option<Outcome> {
    let SiteKind::Method {
        owner,
        name,
        overridden_by,
        ..
    } = &site.kind
    else {
        return None;
    };
    let sync = draft.text(*name);
    let form = async_method(*owner, sync)?;
    if form.since > draft.target()
        || form.is_async_iterator
        || overridden_by.is_some()
        // Other objects have the method too, and not its async form.
        || site.evidence == Evidence::Possible
    {
        return None;
    }
    Some(draft.await_node(site.node).map(|()| {
        draft.rewrites.replace(*name, template![form.name]);
        draft.changed(
            rule,
            site.node,
            site.evidence,
            format!("`{sync}()` waits ({}) and raises `SynchronousOnlyOperation` or blocks in async code", site.effect),
            format!("`await …{}()`, which Django has since {}", form.name, form.since),
            docs,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    #[test]
    fn keeps_precedence_where_the_result_is_used_at_once() {
        check(
            "name = Product.objects.get(pk=1).name\n",
            "name = (await Product.objects.aget(pk=1)).name\n",
        );
        check(
            "x = not Product.objects.filter(a=1).exists()\n",
            "x = not await Product.objects.filter(a=1).aexists()\n",
        );
        check(
            "x = Product.objects.count() ** 2\n",
            "x = await Product.objects.acount() ** 2\n",
        );
    }

    #[test]
    fn nests() {
        check(
            "Order.objects.create(customer=Customer.objects.get(pk=1), n=len(Item.objects.all()))\n",
            "await Order.objects.acreate(customer=await Customer.objects.aget(pk=1), n=await Item.objects.all().acount())\n",
        );
    }

    #[test]
    fn tasks_are_put_into_their_queue() {
        let task = "from django.tasks import task\n\n@task(priority=2)\ndef mail(pk):\n    return Product.objects.get(pk=pk)\n\n";
        check_with(
            &target("6.0"),
            &format!(
                "{task}def view(request):\n    queued = mail.using(priority=9).enqueue(1)\n    mail.enqueue(pk=2)\n    queued.refresh()\n    return HttpResponse(queued.status)\n"
            ),
            &format!(
                "{task}async def view(request):\n    queued = await mail.using(priority=9).aenqueue(1)\n    await mail.aenqueue(pk=2)\n    await queued.arefresh()\n    return HttpResponse(queued.status)\n"
            ),
        );
        check_unchanged(
            "from jobs import task\n\n@task\ndef mail(pk):\n    return pk\n\ndef view(request):\n    mail.enqueue(1)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn the_same_names_on_other_objects_stay() {
        check_unchanged("value = {}.get('a')\nother = client.get('/')\nnumber = [1].count(1)\n");
    }

    #[test]
    fn does_not_await_in_sync_generators_arguments_that_are_not_awaited() {
        check(
            "ok = any(Product.objects.filter(pk=pk).exists() for pk in pks)\n",
            "ok = await anext((True for pk in pks if await Product.objects.filter(pk=pk).aexists()), False)\n",
        );
    }

    #[test]
    fn comments_and_layout_stay() {
        check(
            "product = (\n    Product.objects  # all of them\n    .filter(a=1)\n    .first()  # or none\n)\n",
            "product = (\n    await Product.objects  # all of them\n    .filter(a=1)\n    .afirst()  # or none\n)\n",
        );
    }

    #[test]
    fn user_methods_come_later() {
        let before =
            "def v(request):\n    ok = request.user.has_perm('a.b')\n    return HttpResponse(ok)\n";
        check_with(
            &target("5.2"),
            before,
            "async def v(request):\n    request.user = await request.auser()\n    ok = await request.user.ahas_perm('a.b')\n    return HttpResponse(ok)\n",
        );
        check_with(
            &target("5.1"),
            before,
            "from asgiref.sync import sync_to_async\n\n\nasync def v(request):\n    request.user = await request.auser()\n    ok = await sync_to_async(request.user.has_perm)('a.b')\n    return HttpResponse(ok)\n",
        );
    }
}
