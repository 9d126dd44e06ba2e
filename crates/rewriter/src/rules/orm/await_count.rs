//! # orm/await-count
//!
//! `len()` of a queryset that is made on the spot becomes `acount()`.
//!
//! `len(queryset)` fetches all rows; nothing else sees them here, so the database may as well count. Django has
//! `acount()` since 4.1.
//!
//! ```python before
//! number = len(Product.objects.filter(is_active=True))
//! ```
//! ```python after
//! number = await Product.objects.filter(is_active=True).acount()
//! ```

use unblocked_analyzer::{Consumer, Site, SiteKind, Type};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate {
        source,
        by: Consumer::Length,
        is_queryset: true,
        is_fresh: true,
    } = site.kind
    else {
        return None;
    };
    let raw = matches!(draft.type_of(source), Type::QuerySet(queryset) if queryset.is_raw);
    if raw || draft.has_own_site(source) {
        return None;
    }
    Some(
        draft
            .replace_awaited(site.node, template![source, ".acount()"])
            .map(|()| {
                draft.changed(
                    "orm/await-count",
                    site.node,
                    site.evidence,
                    "`len()` of a queryset asks the database",
                    "`await ….acount()`, which Django has since 4.1, lets the database count",
                    topics::EVALUATION,
                );
            }),
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn in_an_expression() {
        check(
            "x = str(len(Product.objects.all()) + 1)\n",
            "x = str(await Product.objects.all().acount() + 1)\n",
        );
    }

    #[test]
    fn other_lengths_stay() {
        check_unchanged("x = len(names)\ny = len([1, 2])\n");
    }
}
