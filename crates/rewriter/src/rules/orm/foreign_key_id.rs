//! # orm/foreign-key-id
//!
//! Where only the key of a foreign key is read, it is taken from its column.
//!
//! `order.customer.pk` fetches the customer, which raises `SynchronousOnlyOperation` in async code, only to read what the
//! order's own row holds: `order.customer_id`, in every Django. It is done for relations that can't be null and point to the primary key,
//! as `order.customer.pk` of `None` would be an error.
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
//! def owner(request, pk):
//!     basket = Basket.objects.get(pk=pk)
//!     return JsonResponse({"owner": basket.customer.pk})
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
//! async def owner(request, pk):
//!     basket = await Basket.objects.aget(pk=pk)
//!     return JsonResponse({"owner": basket.customer_id})
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

/// `order.customer.pk` → `order.customer_id`
pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Attribute {
        attribute, keys, ..
    } = site.kind
    else {
        return None;
    };
    let ast = draft.ast();
    let read = ast
        .parent(site.node)
        .filter(|&read| ast.kind(read) == Kind::Attribute)?;
    let of_target = draft.text(ast.child(read, Field::Attribute)?);
    let is_read = ast
        .parent(read)
        .is_some_and(|around| match ast.kind(around) {
            Kind::Assignment | Kind::AugmentedAssignment => ast.field(read) != Some(Field::Left),
            Kind::Call => ast.field(read) != Some(Field::Function),
            Kind::Delete => false,
            _ => true,
        });
    let object = ast.child(site.node, Field::Object)?;
    let is_lazy_user = draft.has_own_site(object);
    if !keys.contains(&of_target) || !is_read || is_lazy_user {
        return None;
    }
    let name = draft.text(attribute);
    draft
        .rewrites
        .replace(attribute, template![format!("{name}_id")]);
    draft.rewrites.replace(read, template![site.node]);
    draft.changed(
        "orm/foreign-key-id",
        read,
        Evidence::Proven,
        format!("reading `{name}` asks the database unless it is loaded"),
        format!("`{name}_id` holds its key"),
        topics::ASYNC,
    );
    Some(Ok(()))
}
