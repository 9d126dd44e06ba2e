//! # orm/async-comprehension
//!
//! What iterates over a queryset in memory (`list`, `sorted`, `set`, `*queryset`, unpacking, `in`) gets its rows from an
//! async comprehension.
//!
//! Django fetches the rows without blocking, fills the queryset's result cache as before, and the rest of the expression
//! works on a list.
//!
//! ```python before
//! everything = list(Product.objects.all())
//! cheap = sorted(Product.objects.filter(price__lt=10), key=lambda p: p.price)
//! ```
//! ```python after
//! everything = [product async for product in Product.objects.all()]
//! cheap = sorted([product async for product in Product.objects.filter(price__lt=10)], key=lambda p: p.price)
//! ```

use unblocked_analyzer::{Consumer, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate {
        source,
        by:
            by @ (Consumer::List
            | Consumer::Iteration
            | Consumer::Contains
            | Consumer::Truth
            | Consumer::Length),
        is_queryset: true,
        ..
    } = site.kind
    else {
        return None;
    };
    if draft.is_in_comprehension(site.node) && !draft.allows_nested_async() {
        return None;
    }
    let inner = draft.ast().kind(draft.ast().unparenthesized(source));
    if inner == Kind::NamedExpression {
        // `:=` may not stand in a comprehension's iterable.
        return None;
    }
    let bare = matches!(draft.ast().kind(source), Kind::Conditional | Kind::Lambda);
    let (before, after) = if bare { ("(", ")]") } else { ("", "]") };
    let node = match by {
        Consumer::List => site.node,
        _ => source,
    };
    let row = draft.row_name(source);
    Some(draft.allow_await(node).map(|()| {
        let open = format!("[{row} async for {row} in {before}");
        if by == Consumer::List {
            draft.rewrites.replace(node, template![open, source, after]);
        } else {
            draft.rewrites.wrap_value(source, &open, after);
        }
        draft.changed(
            "orm/async-comprehension",
            site.node,
            site.evidence,
            format!("`{}` asks the database", draft.excerpt(site.node)),
            "an async comprehension fetches the rows; querysets have `async for` since Django 4.1",
            topics::ASYNC,
        );
    }))
}

/// True when `[row async for row in …]` may stand for a queryset.
pub(crate) fn can_be_listed(draft: &Draft<'_>, source: NodeId) -> bool {
    let kind = draft.ast().kind(draft.ast().unparenthesized(source));
    !matches!(
        kind,
        Kind::NamedExpression | Kind::Conditional | Kind::Lambda | Kind::BooleanOperator
    ) && (draft.allows_nested_async() || !draft.is_in_comprehension(source))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn consumers_of_every_kind() {
        check(
            "a, b = Product.objects.all()\nx = max(Product.objects.all(), key=f)\nif p in Product.objects.all():\n    print(*Product.objects.all())\n",
            "a, b = [product async for product in Product.objects.all()]\nx = max([product async for product in Product.objects.all()], key=f)\nif p in [product async for product in Product.objects.all()]:\n    print(*[product async for product in Product.objects.all()])\n",
        );
    }

    #[test]
    fn loops_over_enumerate_and_zip_stay_plain() {
        check(
            "for i, p in enumerate(Product.objects.all()):\n    print(i, p.pk)\n",
            "for i, p in enumerate([product async for product in Product.objects.all()]):\n    print(i, p.pk)\n",
        );
    }

    #[test]
    fn conditions_and_named_expressions_get_their_parentheses() {
        check(
            "a = list(A.objects.all() if c else A.objects.none())\n",
            "a = [row async for row in (A.objects.all() if c else A.objects.none())]\n",
        );
        check(
            "if (tags := Tag.objects.filter(a=1)):\n    print(len(tags))\n",
            "from asgiref.sync import sync_to_async\n\nif (await sync_to_async(bool)(tags := Tag.objects.filter(a=1))):\n    print(len([tag async for tag in tags]))\n",
        );
    }

    #[test]
    fn what_may_have_become_a_list_is_no_queryset() {
        check(
            "qs = Tag.objects.all()\nif not qs:\n    print('none')\nnames = [t.name for t in qs[:2]]\nitems = Tag.objects.filter(a=1) or Tag.objects.all()\nfor item in items:\n    print(item.pk)\n",
            "from asgiref.sync import sync_to_async\n\nqs = Tag.objects.all()\nif not [tag async for tag in qs]:\n    print('none')\nnames = [t.name for t in await sync_to_async(list)(qs[:2])]\nitems = [tag async for tag in Tag.objects.filter(a=1)] or Tag.objects.all()\nfor item in await sync_to_async(list)(items):\n    print(item.pk)\n",
        );
    }

    #[test]
    fn plain_rows() {
        check(
            "names = list(Product.objects.values_list('name', flat=True))\ntext = ', '.join(Product.objects.values_list('name', flat=True))\n",
            "names = [row async for row in Product.objects.values_list('name', flat=True)]\ntext = ', '.join([row async for row in Product.objects.values_list('name', flat=True)])\n",
        );
    }
}
