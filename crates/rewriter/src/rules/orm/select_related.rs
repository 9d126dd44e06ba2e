//! # orm/select-related
//!
//! A foreign key or one-to-one relation that is read is loaded with the queryset that its object comes from.
//!
//! Reading `order.customer` asks the database, which raises `SynchronousOnlyOperation` in async code, unless the queryset
//! had `select_related("customer")`. Where the model is at hand and the queryset begins in the same function, it is added there: one
//! query with a join takes the place of one for each row. Not for querysets with `only`, `defer`, `union`, `select_for_update` and their like,
//! where it means something else, and not for managers of the project that override `get_queryset`.
//!
//! Safe: the model is at hand.
//!
//! ```python before
//! from django.db import models
//!
//! class Basket(models.Model):
//!     customer = models.ForeignKey("universe.Customer", models.CASCADE, related_name="+")
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_order"
//!
//! def owners(request):
//!     names = []
//!     for basket in Basket.objects.order_by("pk"):
//!         names.append(basket.customer.pk if basket.customer else None)
//!     return JsonResponse({"names": names})
//! ```
//! ```python after
//! from django.db import models
//!
//! class Basket(models.Model):
//!     customer = models.ForeignKey("universe.Customer", models.CASCADE, related_name="+")
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_order"
//!
//! async def owners(request):
//!     names = []
//!     async for basket in Basket.objects.select_related("customer").order_by("pk"):
//!         names.append(basket.customer_id if basket.customer else None)
//!     return JsonResponse({"names": names})
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome, Reach};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Attribute {
        attribute,
        of,
        load: Some(load),
        is_generic: false,
        ..
    } = &site.kind
    else {
        return None;
    };
    let Reach::Join(load) = draft.reach(load) else {
        return None;
    };
    if draft.file.closed_origins.contains(&load.node) || draft.quote(load.node).is_err() {
        return None;
    }
    let name = draft.text(*attribute);
    draft.select_related(&load);
    draft.changed(
        "orm/select-related",
        site.node,
        Evidence::Proven,
        format!("reading `{name}` of {of} asks the database unless it is loaded"),
        format!(
            "`select_related(\"{}\")` loads it with the query",
            load.path
        ),
        topics::SELECT_RELATED,
    );
    Some(Ok(()))
}
