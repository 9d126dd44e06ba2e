//! # orm/transaction
//!
//! A function that opens a transaction or a database cursor stays synchronous.
//!
//! `with transaction.atomic():` raises `SynchronousOnlyOperation` in async code, and there is no async form of it: a
//! transaction belongs to one thread's connection. Such a view keeps working as it is, under ASGI as well; what is
//! worth moving out of it (a slow HTTP call) can go to an async view that calls the rest through `sync_to_async`.
//!
//! ```python before
//! from django.db import transaction
//!
//! def buy(request, pk):
//!     with transaction.atomic():
//!         product = Product.objects.get(pk=pk)
//!         product.save()
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! from django.db import transaction
//!
//! def buy(request, pk):
//!     with transaction.atomic():
//!         product = Product.objects.get(pk=pk)
//!         product.save()
//!     return HttpResponse(product.name)
//! ```

use unblocked_analyzer::{Site, SiteKind};

use crate::draft::{Cannot, Draft, Outcome};

pub(crate) fn rewrite(_draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SyncOnly { what } = site.kind else {
        return None;
    };
    Some(Err(Cannot::new(format!(
        "it opens {what}, which works in synchronous code only"
    ))))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_unchanged, report_with};
    use crate::{Decision, Options};

    #[test]
    fn the_reason_is_given() {
        let before = "from django.db import transaction\n\n@transaction.atomic\ndef a(request):\n    Product.objects.create()\n    return HttpResponse()\n\ndef b(request):\n    with transaction.atomic():\n        Product.objects.create()\n    return HttpResponse()\n";
        check_unchanged(before);
        let report = report_with(before, &Options::for_paste());
        assert_eq!(report.functions.len(), 2);
        for function in report.functions {
            assert_eq!(function.decision, Decision::Leave);
            assert!(function.reason.contains("atomic"), "{}", function.reason);
        }
    }
}
