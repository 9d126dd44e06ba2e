//! # orm/async-for
//!
//! Iterating over a queryset asks the database, so the loop becomes `async for`.
//!
//! A queryset is its own async iterator since Django 4.1, and fills its result cache as the sync loop does: what is done
//! with it afterwards costs nothing. It holds for `for` statements and for comprehensions; a generator expression becomes
//! a list, since what consumes it (`sum`, `any`, `join`) can't take an async generator. `iterator()` becomes
//! `aiterator()`.
//!
//! Safe when it is certainly a queryset. What may as well be a list is left to [`orm/evaluate-in-thread`].
//!
//! ```python before
//! names = []
//! for product in Product.objects.all():
//!     names.append(product.name)
//! total = sum(product.price for product in Product.objects.filter(is_active=True))
//! ```
//! ```python after
//! names = []
//! async for product in Product.objects.all():
//!     names.append(product.name)
//! total = sum([product.price async for product in Product.objects.filter(is_active=True)])
//! ```

use unblocked_analyzer::{Consumer, Site, SiteKind, Type};
use unblocked_django::{DjangoVersion, topics};
use unblocked_syntax::{Field, NodeId};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate {
        source,
        by: by @ (Consumer::For | Consumer::Clause),
        is_queryset,
        ..
    } = site.kind
    else {
        return None;
    };
    let iterator = iterator_name(draft, source);
    if !(is_queryset || iterator.is_some()) {
        return None;
    }
    if by == Consumer::Clause
        && draft.is_nested_comprehension(site.node)
        && !draft.allows_nested_async()
    {
        return None;
    }
    Some(draft.allow_await(site.node).map(|()| {
        draft.rewrites.wrap(site.node, "async ", "");
        if let Some(name) = iterator {
            draft.rewrites.replace(name, template!["aiterator"]);
        }
        draft.changed(
            "orm/async-for",
            site.node,
            site.evidence,
            format!(
                "iterating over `{}` asks the database",
                draft.excerpt(source)
            ),
            "`async for`, which Django's querysets have since 4.1",
            topics::ASYNC,
        );
    }))
}

/// The name in `queryset.iterator()`, where `aiterator()` does the same. With prefetched relations it does so from 5.0.
fn iterator_name(draft: &Draft<'_>, source: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    if !matches!(draft.type_of(source), Type::SyncIterator(_)) {
        return None;
    }
    let function = ast.child(ast.unparenthesized(source), Field::Function)?;
    let name = ast.child(function, Field::Attribute)?;
    let prefetched = draft.text(source).contains("prefetch_related");
    (draft.text(name) == "iterator" && !(prefetched && draft.target() < DjangoVersion::new(5, 0)))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    #[test]
    fn lists_and_prefetched_rows_stay_plain() {
        check_unchanged("for x in [1, 2]:\n    print(x)\nnames = [x for x in range(3)]\n");
    }

    #[test]
    fn iterator_becomes_aiterator() {
        check(
            "for p in Product.objects.iterator(chunk_size=10):\n    print(p.pk)\n",
            "async for p in Product.objects.aiterator(chunk_size=10):\n    print(p.pk)\n",
        );
    }

    #[test]
    fn next_gets_an_iterator() {
        check(
            "first = next((p for p in Product.objects.all() if p.price > 1), None)\n",
            "first = next(iter([p async for p in Product.objects.all() if p.price > 1]), None)\n",
        );
    }

    #[test]
    fn a_comprehension_within_a_comprehension_waits_for_python_3_11() {
        let before = "x = [[i.pk for i in Item.objects.filter(n=n)] for n in range(3)]\n";
        check_with(
            &target("5.2"),
            before,
            "from asgiref.sync import sync_to_async\n\nx = [[i.pk for i in await sync_to_async(list)(Item.objects.filter(n=n))] for n in range(3)]\n",
        );
        check_with(
            &target("6.0"),
            before,
            "x = [[i.pk async for i in Item.objects.filter(n=n)] for n in range(3)]\n",
        );
    }

    #[test]
    fn a_queryset_in_a_variable_keeps_its_cache() {
        check(
            "qs = Product.objects.filter(a=1)\nfor p in qs:\n    print(p.pk)\nn = len(qs)\n",
            "qs = Product.objects.filter(a=1)\nasync for p in qs:\n    print(p.pk)\nn = len([product async for product in qs])\n",
        );
    }

    #[test]
    fn what_dictionaries_and_lists_hold_is_followed() {
        check(
            "context = {'products': Product.objects.filter(a=1), 'n': 1}\ncontext['tags'] = Tag.objects.all()\ncontext.update(orders=Order.objects.all())\nfor p in context['products']:\n    print(p.pk)\ntotal = sum(t.pk for t in context['tags'])\nn = len(context['orders'])\ngroups = []\ngroups.append(Tag.objects.filter(a=1))\nfor group in groups:\n    for tag in group:\n        print(tag.pk)\nboth = {**context}\nrows = list(both['tags'])\nm = context['n'] + 1\n",
            "context = {'products': Product.objects.filter(a=1), 'n': 1}\ncontext['tags'] = Tag.objects.all()\ncontext.update(orders=Order.objects.all())\nasync for p in context['products']:\n    print(p.pk)\ntotal = sum([t.pk async for t in context['tags']])\nn = len([order async for order in context['orders']])\ngroups = []\ngroups.append(Tag.objects.filter(a=1))\nfor group in groups:\n    async for tag in group:\n        print(tag.pk)\nboth = {**context}\nrows = [row async for row in both['tags']]\nm = context['n'] + 1\n",
        );
    }

    #[test]
    fn what_a_computed_key_gives_may_be_anything_that_is_there() {
        check(
            "context = {'products': Product.objects.all(), 'n': 'one'}\nfor key, value in context.items():\n    print(key, [row for row in value])\nfirst = context[key][0]\n",
            "from asgiref.sync import sync_to_async\n\ncontext = {'products': Product.objects.all(), 'n': 'one'}\nfor key, value in context.items():\n    print(key, [row for row in await sync_to_async(list)(value)])\nfirst = await sync_to_async(context[key].__getitem__)(0)\n",
        );
    }

    #[test]
    fn dictionaries_and_lists_of_plain_values_stay() {
        check_unchanged(
            "prices = {'a': 1}\nfor key, price in prices.items():\n    print(key, price)\nnames = [key for key in prices]\nrows = [1]\nrows.append(2)\nprint(len(rows), prices.get('a'), sorted(prices.values()))\n",
        );
    }

    #[test]
    fn a_splat_as_the_only_element() {
        check(
            "rows = [*Product.objects.all()]\nkeys = {*Product.objects.values_list('pk', flat=True)}\n",
            "rows = [*[product async for product in Product.objects.all()]]\nkeys = {*[row async for row in Product.objects.values_list('pk', flat=True)]}\n",
        );
        check_unchanged("rows = [*names.split(',')]\n");
    }
}
