//! # orm/await-relation
//!
//! Reading a foreign key or one-to-one relation that is not loaded asks the database, so it is read in Django's thread.
//!
//! `order.customer` raises `SynchronousOnlyOperation` in async code unless `select_related("customer")` or
//! `prefetch_related` loaded it; there is no `await order.customer` and no `order.acustomer`. Where only the key is read,
//! [`orm/foreign-key-id`] takes it from its column, and where the queryset that the instance comes from is in reach,
//! [`orm/select-related`] and [`orm/prefetch-related`] load the relation with it. Else, or when those are rejected, `getattr`
//! in a thread is right whether or not the relation is loaded, and also for an unsaved instance.
//!
//! The manager of a generic relation (`book.notes`) is read in the same way: it looks up the content type, which Django asks
//! the database for once in each process.
//!
//! Safe when the model is at hand. Without it, a name that is read *through* (`order.customer.name`) may be a relation:
//! then it is for review, and adding the models' file tells.
//!
//! ```python before
//! for order in Order.objects.order_by("pk"):
//!     print(order.customer.name)
//! for order in Order.objects.select_related("customer").order_by("pk"):
//!     print(order.customer_id)
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! async for order in Order.objects.order_by("pk"):
//!     print((await sync_to_async(getattr)(order, "customer")).name)
//! async for order in Order.objects.select_related("customer").order_by("pk"):
//!     print(order.customer_id)
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::NodeId;

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "orm/await-relation";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let (object, attribute, of, is_known) = match &site.kind {
        SiteKind::Attribute {
            object,
            attribute,
            of,
            is_known,
            ..
        } => (object, attribute, of, is_known),
        SiteKind::GenericRelation {
            object,
            attribute,
            of,
        } => return Some(generic_relation(draft, site.node, *object, *attribute, of)),
        _ => return None,
    };
    let name = draft.text(*attribute);
    let (message, help, evidence) = if *is_known {
        (
            format!("reading `{name}` of {of} asks the database unless it is loaded"),
            format!(
                "read in Django's thread; `select_related(\"{name}\")` on the queryset would make it free"
            ),
            Evidence::Proven,
        )
    } else {
        (
            format!("`{name}` of {of} may be a relation, which asks the database"),
            format!(
                "read in Django's thread, which is right either way; add the models' file to resolve `{}`",
                draft.excerpt(site.node)
            ),
            Evidence::Evident,
        )
    };
    Some(getattr(draft, site.node, *object, *attribute).map(|()| {
        draft.changed(NAME, site.node, evidence, message, help, topics::ASYNC);
    }))
}

/// The manager of a generic relation belongs to the content type of its object, which a fresh process asks for once.
fn generic_relation(
    draft: &mut Draft<'_>,
    node: NodeId,
    object: NodeId,
    attribute: NodeId,
    of: &str,
) -> Outcome {
    let name = draft.text(attribute);
    let message = format!(
        "reading `{name}` of {of} looks its content type up, in the database the first time"
    );
    getattr(draft, node, object, attribute).map(|()| {
        draft.changed(
            NAME,
            node,
            Evidence::Proven,
            message,
            "read in Django's thread, as nothing tells whether the content type is known yet",
            topics::ASYNC,
        );
    })
}

/// `object.name` → `await sync_to_async(getattr)(object, "name")`
pub(in crate::rules) fn getattr(
    draft: &mut Draft<'_>,
    node: NodeId,
    object: NodeId,
    attribute: NodeId,
) -> Outcome {
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    let quote = draft.quote(node)?;
    let name = format!(", {quote}{}{quote})", draft.text(attribute));
    draft.replace_awaited(
        node,
        template![format!("{adapter}(getattr)("), object, name],
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    const MODELS: &str = "from django.db import models\n\nclass Customer(models.Model):\n    name = models.CharField(max_length=9)\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, models.CASCADE)\n\n";

    const NOTES: &str = "from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation\nfrom django.db import models\n\nclass Note(models.Model):\n    target = GenericForeignKey()\n\nclass Book(models.Model):\n    notes = GenericRelation(Note)\n\n";

    #[test]
    fn a_field_that_the_query_left_out_is_fetched_when_it_is_read() {
        let models = "from django.db import models\n\nclass Product(models.Model):\n    name = models.CharField()\n    text = models.TextField()\n\n";
        let imported = models.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        for builder in ["only('name')", "defer('text')"] {
            check(
                &format!(
                    "{models}def view(request):\n    out = []\n    for product in Product.objects.{builder}:\n        out.append(product.name)\n        out.append(product.text)\n    return JsonResponse(out, safe=False)\n"
                ),
                &format!(
                    "{imported}async def view(request):\n    out = []\n    async for product in Product.objects.{builder}:\n        out.append(product.name)\n        out.append(await sync_to_async(getattr)(product, \"text\"))\n    return JsonResponse(out, safe=False)\n"
                ),
            );
        }
        check(
            &format!(
                "{models}def view(request):\n    product = Product.objects.defer('text').defer(None).get()\n    product.text = ''\n    return HttpResponse(product.text)\n"
            ),
            &format!(
                "{models}async def view(request):\n    product = await Product.objects.defer('text').defer(None).aget()\n    product.text = ''\n    return HttpResponse(product.text)\n"
            ),
        );
    }

    #[test]
    fn what_a_dataclass_holds_is_known() {
        let imported = MODELS.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{MODELS}class Line(NamedTuple):\n    order: Order\n    total: int = 0\n\ndef view(request):\n    lines = [Line(order=order) for order in Order.objects.all()]\n    return JsonResponse([line.order.customer.name for line in lines], safe=False)\n"
            ),
            &format!(
                "{imported}class Line(NamedTuple):\n    order: Order\n    total: int = 0\n\nasync def view(request):\n    lines = [Line(order=order) async for order in Order.objects.all()]\n    return JsonResponse([(await sync_to_async(getattr)(line.order, \"customer\")).name for line in lines], safe=False)\n"
            ),
        );
    }

    #[test]
    fn the_manager_of_a_generic_relation_asks_for_its_content_type() {
        check(
            &format!(
                "{NOTES}def view(request, pk):\n    book = Book.objects.get(pk=pk)\n    book.notes.create(text='a')\n    notes = book.notes.all()\n    return HttpResponse(notes.query)\n"
            ),
            &format!(
                "from asgiref.sync import sync_to_async\n{NOTES}async def view(request, pk):\n    book = await Book.objects.aget(pk=pk)\n    await (await sync_to_async(getattr)(book, \"notes\")).acreate(text='a')\n    notes = (await sync_to_async(getattr)(book, \"notes\")).all()\n    return HttpResponse(notes.query)\n"
            ),
        );
    }

    #[test]
    fn the_content_type_of_what_was_prefetched_is_known() {
        check(
            &format!(
                "{NOTES}def view(request, pk):\n    book = Book.objects.prefetch_related('notes').get(pk=pk)\n    return JsonResponse({{'notes': [note.pk for note in book.notes.all()]}})\n"
            ),
            &format!(
                "{NOTES}async def view(request, pk):\n    book = await Book.objects.prefetch_related('notes').aget(pk=pk)\n    return JsonResponse({{'notes': [note.pk for note in book.notes.all()]}})\n"
            ),
        );
    }

    #[test]
    fn loaded_relations_are_free() {
        check(
            &format!(
                "{MODELS}def view(request, pk):\n    order = Order.objects.select_related('customer').get(pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
            &format!(
                "{MODELS}async def view(request, pk):\n    order = await Order.objects.select_related('customer').aget(pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
        );
    }

    #[test]
    fn what_is_set_is_loaded_and_what_is_refreshed_is_not() {
        let imported = MODELS.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{MODELS}def view(request, pk):\n    customer = Customer.objects.get(pk=pk)\n    order = Order(customer=customer)\n    a = order.customer.name\n    order.refresh_from_db()\n    b = order.customer.name\n    order.customer = customer\n    c = order.customer.name\n    d = Order.objects.create(customer=customer).customer.name\n    return HttpResponse(a)\n"
            ),
            &format!(
                "{imported}async def view(request, pk):\n    customer = await Customer.objects.aget(pk=pk)\n    order = Order(customer=customer)\n    a = order.customer.name\n    await order.arefresh_from_db()\n    b = (await sync_to_async(getattr)(order, \"customer\")).name\n    order.customer = customer\n    c = order.customer.name\n    d = (await Order.objects.acreate(customer=customer)).customer.name\n    return HttpResponse(a)\n"
            ),
        );
    }

    #[test]
    fn what_proves_to_be_a_relation_is_one_everywhere() {
        check(
            "review = Review.objects.get(pk=1)\nif review.product:\n    product = review.product\n    product.stock_level = 1\n    product.save()\n    tags = product.tags.count()\n",
            "from asgiref.sync import sync_to_async\n\nreview = await Review.objects.aget(pk=1)\nif await sync_to_async(getattr)(review, \"product\"):\n    product = await sync_to_async(getattr)(review, \"product\")\n    product.stock_level = 1\n    await product.asave()\n    tags = await product.tags.acount()\n",
        );
    }

    #[test]
    fn related_managers_that_are_awaited_stay() {
        check(
            "product = Product.objects.get(pk=1)\nproduct.tags.add(1)\nn = product.reviews.count()\n",
            "product = await Product.objects.aget(pk=1)\nawait product.tags.aadd(1)\nn = await product.reviews.acount()\n",
        );
    }

    /// A view's body with the models of the tests.
    fn view(body: &str) -> String {
        format!(
            "{MODELS}class Item(models.Model):\n    order = models.ForeignKey(Order, models.CASCADE)\n    giver = models.ForeignKey(Customer, models.CASCADE, null=True, related_name='gifts')\n    parent = models.ForeignKey('self', models.CASCADE)\n\ndef view(request, pk):\n{body}    return HttpResponse(x)\n"
        )
    }

    /// The same after the migration; `getattr`s need an import.
    fn after(body: &str) -> String {
        let code = view(body).replacen("def view", "async def view", 1);
        if body.contains("sync_to_async") {
            code.replacen(
                "from django",
                "from asgiref.sync import sync_to_async\nfrom django",
                1,
            )
        } else {
            code
        }
    }

    #[test]
    fn relations_are_loaded_where_the_queryset_begins() {
        check(
            &view(
                "    item = Item.objects.filter(pk=pk).first()\n    x = item.order.customer.name if item.order else item.giver\n    for order in Order.objects.all()[:3]:\n        x += f'{order.customer.name}'\n",
            ),
            &after(
                "    item = await Item.objects.select_related(\"giver\", \"order__customer\").filter(pk=pk).afirst()\n    x = item.order.customer.name if item.order else item.giver\n    async for order in Order.objects.select_related(\"customer\").all()[:3]:\n        x += f'{order.customer.name}'\n",
            ),
        );
        check(
            &format!(
                "from django.shortcuts import get_object_or_404\n{MODELS}def view(request, pk):\n    order = get_object_or_404(Order, pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
            &format!(
                "from django.shortcuts import aget_object_or_404\n{MODELS}async def view(request, pk):\n    order = await aget_object_or_404(Order.objects.select_related(\"customer\"), pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
        );
    }

    #[test]
    fn not_where_select_related_does_not_go() {
        check(
            &view(
                "    x = Order.objects.only('pk').get(pk=pk).customer.name\n    rows = Order.objects.filter(pk=1)\n    both = rows.union(Order.objects.filter(pk=2))\n    for row in rows:\n        x += row.customer.name\n    x += Order.objects.create(customer_id=1).customer.name\n",
            ),
            &after(
                "    x = (await sync_to_async(getattr)((await Order.objects.only('pk').aget(pk=pk)), \"customer\")).name\n    rows = Order.objects.filter(pk=1)\n    both = rows.union(Order.objects.filter(pk=2))\n    async for row in rows:\n        x += (await sync_to_async(getattr)(row, \"customer\")).name\n    x += (await sync_to_async(getattr)((await Order.objects.acreate(customer_id=1)), \"customer\")).name\n",
            ),
        );
    }

    #[test]
    fn what_a_loop_walks_along_is_read_step_by_step() {
        check(
            &view(
                "    x = 0\n    item = Item.objects.get(pk=pk)\n    while item.parent:\n        item = item.parent\n        x += 1\n",
            ),
            &after(
                "    x = 0\n    item = await Item.objects.aget(pk=pk)\n    while await sync_to_async(getattr)(item, \"parent\"):\n        item = await sync_to_async(getattr)(item, \"parent\")\n        x += 1\n",
            ),
        );
    }

    #[test]
    fn keys_are_read_from_their_column() {
        check(
            &view(
                "    item = Item.objects.get(pk=pk)\n    x = item.order.pk + item.order.id\n    y = Item.objects.get(pk=2).giver.pk\n",
            ),
            &after(
                "    item = await Item.objects.aget(pk=pk)\n    x = item.order_id + item.order_id\n    y = (await Item.objects.select_related(\"giver\").aget(pk=2)).giver.pk\n",
            ),
        );
    }

    #[test]
    fn quotes_differ_from_those_of_the_string_around() {
        check(
            "order = Order.objects.get(pk=1)\ntext = f\"for {order.customer.name}\"\n",
            "from asgiref.sync import sync_to_async\n\norder = await Order.objects.aget(pk=1)\ntext = f\"for {(await sync_to_async(getattr)(order, 'customer')).name}\"\n",
        );
    }

    #[test]
    fn values_that_are_read_through_stay() {
        check(
            "order = Order.objects.get(pk=1)\nyear = order.created.year\nname = order.name.upper()\n",
            "order = await Order.objects.aget(pk=1)\nyear = order.created.year\nname = order.name.upper()\n",
        );
        check_unchanged("x = thing.customer.name\n");
    }

    #[test]
    fn relations_to_the_auth_user_are_known_of_it() {
        let models = "from django.conf import settings\nfrom django.db import models\n\nclass Owned(models.Model):\n    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name='%(class)ss')\n\n    class Meta:\n        abstract = True\n\nclass Note(Owned):\n    text = models.TextField()\n\nclass Profile(models.Model):\n    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)\n\n";
        let imported = models.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{models}def view(request):\n    rows = request.user.notes.filter(text='')\n    return JsonResponse([rows.aggregate(n=1), request.user.profile.pk], safe=False)\n"
            ),
            &format!(
                "{imported}async def view(request):\n    request.user = await request.auser()\n    rows = request.user.notes.filter(text='')\n    return JsonResponse([await rows.aaggregate(n=1), (await sync_to_async(getattr)(request.user, \"profile\")).pk], safe=False)\n"
            ),
        );
    }

    #[test]
    fn of_several_callers_what_all_have_loaded_counts() {
        check(
            &format!(
                "{MODELS}def _name(order):\n    return order.customer.name\n\ndef view(request):\n    a = _name(Order.objects.select_related('customer').get(pk=1))\n    return HttpResponse(a + _name(request.order))\n"
            ),
            &format!(
                "{}async def _name(order):\n    return (await sync_to_async(getattr)(order, \"customer\")).name\n\nasync def view(request):\n    a = await _name(await Order.objects.select_related('customer').aget(pk=1))\n    return HttpResponse(a + await _name(request.order))\n",
                MODELS.replacen(
                    "from django",
                    "from asgiref.sync import sync_to_async\nfrom django",
                    1
                )
            ),
        );
    }

    #[test]
    fn what_runs_in_a_thread_is_typed_by_what_runs_there() {
        check(
            &format!(
                "from asgiref.sync import sync_to_async\n{MODELS}async def view(request, pk):\n    order = await sync_to_async(Order.objects.get)(pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
            &format!(
                "{MODELS}async def view(request, pk):\n    order = await Order.objects.select_related(\"customer\").aget(pk=pk)\n    return HttpResponse(order.customer.name)\n"
            ),
        );
    }

    #[test]
    fn a_second_run_knows_what_is_read_in_a_thread() {
        check(
            "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Units(models.QuerySet):\n    def visible(self):\n        return self.filter(hidden=False)\n\nclass Unit(models.Model):\n    hidden = models.BooleanField()\n    source = models.ForeignKey(\"self\", models.CASCADE)\n    objects = Units.as_manager()\n\ndef view(request):\n    unit = load(request)\n    unit = Unit.objects.get(pk=1)\n    unit.refresh_from_db()\n    return render(request, \"x.html\", {\"units\": unit.source.unit_set.visible()})\n",
            "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Units(models.QuerySet):\n    def visible(self):\n        return self.filter(hidden=False)\n\nclass Unit(models.Model):\n    hidden = models.BooleanField()\n    source = models.ForeignKey(\"self\", models.CASCADE)\n    objects = Units.as_manager()\n\nasync def view(request):\n    unit = load(request)\n    unit = await Unit.objects.aget(pk=1)\n    await unit.arefresh_from_db()\n    return await sync_to_async(render)(request, \"x.html\", {\"units\": (await sync_to_async(getattr)(unit, \"source\")).unit_set.visible()})\n",
        );
    }
}
