//! # orm/select-related
//!
//! A foreign key or one-to-one relation that is read is loaded with the queryset that its object comes from.
//!
//! Reading `order.customer` asks the database, which raises `SynchronousOnlyOperation` in async code, unless the queryset
//! had `select_related("customer")`. Where the model is at hand and the queryset begins in the same function, it is added there: one
//! query with a join takes the place of one for each row. What a method, a property, `__str__` or a helper reads of the row
//! that it is given counts as well, if it waits for nothing else: it stays as it is, wherever all its callers have the row
//! from such a queryset. Not for querysets with `only`, `defer`, `union`, `select_for_update` and their like,
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

use crate::draft::{Color, Draft, Outcome, Reach};

const NAME: &str = "orm/select-related";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    if !matches!(site.kind, SiteKind::Attribute { .. }) {
        return for_call(draft, site);
    }
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
        NAME,
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

/// What a method, a property or a helper reads of a row that it is given, and nothing else, is loaded with the row.
fn for_call(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let callee = match site.kind {
        SiteKind::Property { callee, .. }
        | SiteKind::Implicit { callee, .. }
        | SiteKind::Project { callee, .. } => callee,
        _ => return None,
    };
    if draft.colors.get(&callee) != Some(&Color::Wrap) {
        return None;
    }
    let missing = draft.to_load(site).filter(|missing| !missing.is_empty())?;
    let mut builders = Vec::new();
    for reach in missing {
        let (builder, path) = match &reach {
            Reach::Join(load) => {
                draft.select_related(load);
                ("select_related", &load.path)
            }
            Reach::Prefetch(load) => {
                draft.prefetch_related(load);
                ("prefetch_related", &load.path)
            }
        };
        let text = format!("`{builder}(\"{path}\")`");
        if !builders.contains(&text) {
            builders.push(text);
        }
    }
    draft.changed(
        NAME,
        site.node,
        Evidence::Proven,
        format!(
            "`{}` reads relations, which asks the database unless they are loaded",
            draft.excerpt(site.node)
        ),
        format!("{} loads them with the query", builders.join(" and ")),
        topics::SELECT_RELATED,
    );
    Some(Ok(()))
}
