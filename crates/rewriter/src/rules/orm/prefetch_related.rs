//! # orm/prefetch-related
//!
//! A generic foreign key that is read is fetched with the queryset that its object comes from.
//!
//! A `GenericForeignKey` leads to rows of several models, so `select_related` can't join them; `prefetch_related` fetches
//! them with a query for each model, in every Django. Where the model is at hand and the queryset begins in the same function, it is
//! added there; not where the rows come in parts (`iterator()`), nor where [`orm/select-related`] would not be.
//!
//! Safe: the model is at hand.
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

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;

use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Attribute {
        attribute,
        of,
        load: Some(load),
        is_generic: true,
        ..
    } = &site.kind
    else {
        return None;
    };
    let file = draft.file;
    let is_closed = file.closed_origins.contains(&load.node) || file.in_parts.contains(&load.node);
    if is_closed || draft.quote(load.node).is_err() {
        return None;
    }
    let name = draft.text(*attribute);
    draft.prefetch_related(load);
    draft.changed(
        "orm/prefetch-related",
        site.node,
        Evidence::Proven,
        format!("reading `{name}` of {of} asks the database unless it is loaded"),
        format!(
            "`prefetch_related(\"{}\")` fetches it with the query",
            load.path
        ),
        topics::PREFETCH_RELATED,
    );
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
