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
use unblocked_django::{async_method, topics};
use unblocked_syntax::NodeId;

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    if let SiteKind::InCache { cache } = site.kind {
        return Some(in_cache(draft, site.node, cache));
    }
    let SiteKind::Method {
        owner,
        name,
        overridden_by,
        ..
    } = &site.kind
    else {
        return None;
    };
    let name = draft.text(*name);
    let waits = format!("`{name}()` waits ({})", site.effect);
    let why = match async_method(*owner, name) {
        _ if overridden_by.is_some() => {
            format!("the manager overrides `{name}()`, which its async form would bypass")
        }
        None => format!("{waits}, and no Django has an async form of it"),
        Some(form) if form.since > draft.target() => {
            format!("{waits}; its async form came with Django {}", form.since)
        }
        Some(_) if site.evidence == Evidence::Possible => {
            format!("{waits}; what it is called on may be an object that has no async form of it")
        }
        Some(_) => format!("{waits} in async code"),
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

/// `key in cache` → `await sync_to_async(cache.has_key)(key)`
fn in_cache(draft: &mut Draft<'_>, comparison: NodeId, cache: NodeId) -> Outcome {
    let children: Vec<NodeId> = draft.ast().children(comparison).collect();
    let [key, operator, _] = children[..] else {
        return Err(Cannot::new("it tests the cache in a chain of comparisons"));
    };
    let not = match draft.text(operator).starts_with("not") {
        true => "not ",
        false => "",
    };
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.allow_await(comparison)?;
    let message = format!("`{}` asks the cache", draft.excerpt(comparison));
    draft.rewrites.replace(
        comparison,
        template![
            format!("{not}await {adapter}("),
            cache,
            ".has_key)(",
            key,
            ")"
        ],
    );
    draft.changed(
        "orm/wrap-method",
        comparison,
        Evidence::Proven,
        message,
        "`has_key()`, which does the same, runs in Django's thread through `sync_to_async`",
        topics::CACHE,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, report_with, target};
    use crate::{Choice, Options, UserDecision};

    #[test]
    fn a_manager_that_overrides_the_method_is_honoured() {
        check(
            "from django.db import models\n\nclass ShoutingManager(models.Manager):\n    def create(self, name):\n        return super().create(name=name.upper())\n\nclass Product(models.Model):\n    objects = ShoutingManager()\n\ndef view(request):\n    Product.objects.create(name='a')\n    return HttpResponse(Product.objects.count())\n",
            "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass ShoutingManager(models.Manager):\n    def create(self, name):\n        return super().create(name=name.upper())\n\nclass Product(models.Model):\n    objects = ShoutingManager()\n\nasync def view(request):\n    await sync_to_async(Product.objects.create)(name='a')\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn membership_in_the_cache_has_a_thread_form() {
        let options = Options {
            decisions: vec![UserDecision {
                rule: Some("cache/await-method".to_owned()),
                ..UserDecision::new(Choice::Reject)
            }],
            ..Options::for_paste()
        };
        // Its own second run would take the thread away again, as nothing says that it was wanted.
        let report = report_with(
            "from django.core.cache import cache\n\ndef view(request):\n    if 'a' not in cache and Product.objects.count():\n        return HttpResponse('b' in cache)\n",
            &options,
        );
        assert_eq!(
            report.after,
            "from asgiref.sync import sync_to_async\nfrom django.core.cache import cache\n\nasync def view(request):\n    if not await sync_to_async(cache.has_key)('a') and await Product.objects.acount():\n        return HttpResponse(await sync_to_async(cache.has_key)('b'))\n"
        );
    }

    #[test]
    fn it_says_why_the_async_form_is_not_used() {
        let message = |options: &Options, line: &str| {
            let text = format!("def view(request):\n    {line}\n    return HttpResponse()\n");
            let report = report_with(&text, options);
            let found = report
                .findings
                .iter()
                .find(|finding| finding.rule == "orm/wrap-method");
            found.map(|finding| finding.message.clone())
        };
        assert_eq!(
            message(&target("4.2"), "request.session.flush()").as_deref(),
            Some("`flush()` waits (session); its async form came with Django 5.1")
        );
        assert_eq!(
            message(&target("5.2"), "Product.objects.get(pk=1).full_clean()").as_deref(),
            Some("`full_clean()` waits (query), and no Django has an async form of it")
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

    #[test]
    fn managers_of_every_making_that_override_the_method() {
        let models = "from django.db import models\n\nclass Counting(models.Manager):\n    def count(self):\n        return -1\n\nclass Live(models.QuerySet):\n    def live(self):\n        return self.filter(live=True)\n\nclass Both(Counting.from_queryset(Live)):\n    pass\n\nclass Base(models.Model):\n    kept = Both()\n\n    class Meta:\n        abstract = True\n\nclass Item(Base):\n    made = Counting.from_queryset(Live)()\n    plain = models.Manager()\n\nclass Part(models.Model):\n    item = models.ForeignKey(Item, models.CASCADE, related_name='parts')\n    objects = Counting()\n\n";
        check(
            &format!(
                "{models}def view(request, pk):\n    item = Item.plain.get(pk=pk)\n    a = Item.made.count(), Item.kept.count(), Item.plain.count(), Item._default_manager.count(), Item._base_manager.count()\n    b = Item.made.live().count(), item.parts.count(), item.parts.create(), item.parts.all().count()\n    return HttpResponse()\n"
            ),
            &format!(
                "{}async def view(request, pk):\n    item = await Item.plain.aget(pk=pk)\n    a = await sync_to_async(Item.made.count)(), await sync_to_async(Item.kept.count)(), await Item.plain.acount(), await sync_to_async(Item._default_manager.count)(), await Item._base_manager.acount()\n    b = await Item.made.live().acount(), await sync_to_async(item.parts.count)(), await item.parts.acreate(), await item.parts.all().acount()\n    return HttpResponse()\n",
                models.replacen(
                    "from django",
                    "from asgiref.sync import sync_to_async\nfrom django",
                    1
                )
            ),
        );
    }

    #[test]
    fn a_user_manager_of_the_project() {
        let models = "from django.contrib.auth import get_user_model\nfrom django.contrib.auth.models import AbstractUser, BaseUserManager\n\nclass Accounts(BaseUserManager):\n    def create_user(self, email):\n        user = self.model(email=email)\n        user.save()\n        return user\n\nclass Account(AbstractUser):\n    objects = Accounts()\n\n";
        check(
            &format!(
                "{models}def view(request):\n    user = get_user_model().objects.create_user('a')\n    return HttpResponse(Account.objects.count())\n"
            ),
            &format!(
                "from asgiref.sync import sync_to_async\n{models}async def view(request):\n    user = await sync_to_async(get_user_model().objects.create_user)('a')\n    return HttpResponse(await Account.objects.acount())\n"
            ),
        );
    }

    #[test]
    fn managers_of_djangos_own_apps() {
        check(
            "from django.contrib.contenttypes.models import ContentType\n\ndef view(request):\n    kind = ContentType.objects.get_for_model(Product)\n    ContentType.objects.clear_cache()\n    return HttpResponse(f'{kind.pk} {kind.model_class()}')\n",
            "from asgiref.sync import sync_to_async\nfrom django.contrib.contenttypes.models import ContentType\n\nasync def view(request):\n    kind = await sync_to_async(ContentType.objects.get_for_model)(Product)\n    ContentType.objects.clear_cache()\n    return HttpResponse(f'{kind.pk} {kind.model_class()}')\n",
        );
    }
}
