//! # orm/await-exists
//!
//! Testing the truth of a queryset that is made on the spot becomes `aexists()`.
//!
//! `if queryset:` fetches all its rows to see whether there is one. The result is the same as that of `exists()`, which
//! Django has as `aexists()` since 4.1. A queryset in a variable keeps its rows for later, so there
//! [`orm/async-comprehension`] fetches them.
//!
//! ```python before
//! if Product.objects.filter(price__gt=100):
//!     expensive = True
//! ```
//! ```python after
//! if await Product.objects.filter(price__gt=100).aexists():
//!     expensive = True
//! ```

use unblocked_analyzer::{Consumer, Site, SiteKind, Type};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate {
        source,
        by: Consumer::Truth,
        is_queryset: true,
        is_fresh: true,
    } = site.kind
    else {
        return None;
    };
    let raw = matches!(draft.type_of(source), Type::QuerySet(queryset) if queryset.is_raw);
    if raw || draft.has_own_site(source) || draft.is_operand(source) {
        return None;
    }
    Some(draft.allow_await(source).map(|()| {
        draft.rewrites.wrap_value(source, "await ", ".aexists()");
        draft.changed(
            "orm/await-exists",
            site.node,
            site.evidence,
            "testing a queryset asks the database",
            "`await ….aexists()`, which Django has since 4.1, asks for one row",
            topics::EVALUATION,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn in_every_kind_of_test() {
        check(
            "a = 1 if Product.objects.all() else 2\nassert Product.objects.all()\nb = not Product.objects.all()\nc = bool(Product.objects.all())\n",
            "a = 1 if await Product.objects.all().aexists() else 2\nassert await Product.objects.all().aexists()\nb = not await Product.objects.all().aexists()\nc = bool(await Product.objects.all().aexists())\n",
        );
    }

    #[test]
    fn a_value_that_is_used_further_stays_a_queryset() {
        check(
            "rows = Product.objects.all() or []\n",
            "rows = [product async for product in Product.objects.all()] or []\n",
        );
    }

    #[test]
    fn a_queryset_in_a_variable_is_fetched_once() {
        check(
            "products = Product.objects.all()\nif products:\n    for product in products:\n        print(product.name)\n",
            "products = Product.objects.all()\nif [row async for row in products]:\n    async for product in products:\n        print(product.name)\n",
        );
    }
}
