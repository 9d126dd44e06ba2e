//! # orm/prefetch-related
//!
//! Related rows that `select_related` can't join are fetched with the queryset that their object comes from.
//!
//! A `GenericForeignKey` leads to rows of several models, and `order.lines` to many rows: `prefetch_related` fetches
//! them with a query for each relation, in every Django. Where the model is at hand and the queryset begins in the same function, it is
//! added there; not where the rows come in parts (`iterator()`), nor where [`orm/select-related`] would not be.
//!
//! `order.lines.all()` is fetched so where every turn of a loop over orders reads it, which would be a query for each
//! order, and relations of those rows with it. It stays a query for each, awaited, where the loop reads it in some turns only or
//! may end early, where the function may change such rows or sets attributes of them, and where other code gets the orders.
//!
//! Safe for relations to one row. For those to many it is for review: a signal's receiver could change the rows during the loop.
//!
//! ```python before
//! from django.contrib.contenttypes.fields import GenericForeignKey
//! from django.contrib.contenttypes.models import ContentType
//! from django.db import models
//!
//! class Remark(models.Model):
//!     content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
//!     object_id = models.PositiveIntegerField()
//!     target = GenericForeignKey()
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_note"
//!
//! def targets(request):
//!     return JsonResponse({"titles": [str(remark.target) for remark in Remark.objects.order_by("pk")]})
//! ```
//! ```python after
//! from django.contrib.contenttypes.fields import GenericForeignKey
//! from django.contrib.contenttypes.models import ContentType
//! from django.db import models
//!
//! class Remark(models.Model):
//!     content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
//!     object_id = models.PositiveIntegerField()
//!     target = GenericForeignKey()
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_note"
//!
//! async def targets(request):
//!     return JsonResponse({"titles": [str(remark.target) async for remark in Remark.objects.prefetch_related("target").order_by("pk")]})
//! ```
//!
//! ```python before
//! from django.db import models
//!
//! class Basket(models.Model):
//!     status = models.CharField(max_length=20)
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_order"
//!
//! class BasketLine(models.Model):
//!     basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines", db_column="order_id")
//!     product = models.ForeignKey("universe.Product", models.CASCADE, related_name="+")
//!     quantity = models.PositiveIntegerField()
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_orderitem"
//!         ordering = ["pk"]
//!
//! def baskets(request):
//!     rows = []
//!     for basket in Basket.objects.order_by("pk"):
//!         for line in basket.lines.all():
//!             rows.append([basket.status, str(line.product), line.quantity])
//!     return JsonResponse({"rows": rows})
//! ```
//! ```python after
//! from django.db import models
//!
//! class Basket(models.Model):
//!     status = models.CharField(max_length=20)
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_order"
//!
//! class BasketLine(models.Model):
//!     basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines", db_column="order_id")
//!     product = models.ForeignKey("universe.Product", models.CASCADE, related_name="+")
//!     quantity = models.PositiveIntegerField()
//!
//!     class Meta:
//!         app_label = "universe"
//!         managed = False
//!         db_table = "universe_orderitem"
//!         ordering = ["pk"]
//!
//! async def baskets(request):
//!     rows = []
//!     async for basket in Basket.objects.prefetch_related("lines__product").order_by("pk"):
//!         for line in basket.lines.all():
//!             rows.append([basket.status, str(line.product), line.quantity])
//!     return JsonResponse({"rows": rows})
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind, Type};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome, Reach};

pub(crate) const NAME: &str = "orm/prefetch-related";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    match &site.kind {
        SiteKind::Attribute {
            attribute,
            of,
            load: Some(load),
            is_generic,
            ..
        } => {
            let load = match draft.reach(load) {
                Reach::Prefetch(load) => load,
                Reach::Join(load) if *is_generic => load,
                Reach::Join(_) => return None,
            };
            if draft.is_closed(load.node) {
                return None;
            }
            let name = draft.text(*attribute);
            draft.prefetch_related(&load);
            draft.changed(
                NAME,
                site.node,
                Evidence::Proven,
                format!("reading `{name}` of {of} asks the database unless it is loaded"),
                format!(
                    "`prefetch_related(\"{}\")` fetches it with the query",
                    load.path
                ),
                topics::PREFETCH_RELATED,
            );
        }
        SiteKind::Evaluate { .. } => {
            let manager = draft.manager_read(site)?;
            let Type::Manager(of) = draft.type_of(manager) else {
                return None;
            };
            let load = of.load.as_ref().filter(|_| draft.is_fetchable(manager))?;
            let (Reach::Join(load) | Reach::Prefetch(load)) = draft.reach(load);
            draft.prefetch_related(&load);
            draft.changed(
                NAME,
                site.node,
                Evidence::Evident,
                format!(
                    "`{}.all()` asks the database in every turn of the loop",
                    draft.excerpt(manager)
                ),
                format!(
                    "`prefetch_related(\"{}\")` fetches the rows of all turns with one query; that is the same where nothing \
                     that isn't at hand, such as a signal's receiver, changes them during the loop",
                    load.path
                ),
                topics::PREFETCH_RELATED,
            );
        }
        _ => return None,
    }
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    const MODELS: &str = "from django.contrib.contenttypes.fields import GenericForeignKey\nfrom django.db import models\n\nclass Note(models.Model):\n    target = GenericForeignKey()\n\nclass Mark(models.Model):\n    note = models.ForeignKey(Note, models.CASCADE)\n\n";

    fn imported() -> String {
        format!("from asgiref.sync import sync_to_async\n{MODELS}")
    }

    #[test]
    fn below_a_foreign_key_both_are_loaded() {
        check(
            &format!(
                "{MODELS}def view(request, pk):\n    mark = Mark.objects.get(pk=pk)\n    return HttpResponse([mark.note.target, mark.note.pk])\n"
            ),
            &format!(
                "{MODELS}async def view(request, pk):\n    mark = await Mark.objects.select_related(\"note\").prefetch_related(\"note__target\").aget(pk=pk)\n    return HttpResponse([mark.note.target, mark.note_id])\n"
            ),
        );
    }

    #[test]
    fn not_for_rows_that_come_in_parts() {
        check(
            &format!(
                "{MODELS}def view(request):\n    return HttpResponse([note.target for note in Note.objects.all().iterator()])\n"
            ),
            &format!(
                "{}async def view(request):\n    return HttpResponse([await sync_to_async(getattr)(note, \"target\") async for note in Note.objects.all().aiterator()])\n",
                imported()
            ),
        );
    }

    #[test]
    fn not_for_what_was_created() {
        check(
            &format!(
                "{MODELS}def view(request):\n    note = Note.objects.create(object_id=1)\n    return HttpResponse(note.target)\n"
            ),
            &format!(
                "{}async def view(request):\n    note = await Note.objects.acreate(object_id=1)\n    return HttpResponse(await sync_to_async(getattr)(note, \"target\"))\n",
                imported()
            ),
        );
    }
}
