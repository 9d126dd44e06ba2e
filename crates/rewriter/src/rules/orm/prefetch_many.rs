//! Rows of to-many relations that a loop reads in every turn: fetched with its queryset, where that is the same.

use crate::rules::testing::check;

const MODELS: &str = "from django.db import models

class Product(models.Model):
    name = models.CharField(max_length=9)

class Order(models.Model):
    total = models.IntegerField()
    tags = models.ManyToManyField('Product', related_name='orders')

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name='lines')
    product = models.ForeignKey(Product, models.CASCADE)
    quantity = models.IntegerField()

";

/// Checks a view's body, which has `out`, before and after.
#[track_caller]
fn check_body(before: &str, after: &str) {
    let view = |start: &str, body: &str| {
        format!(
            "{start}def view(request):\n    out = []\n{body}    return JsonResponse(out, safe=False)\n"
        )
    };
    let imports = match after.contains("sync_to_async") {
        true => "from asgiref.sync import sync_to_async\n",
        false => "",
    };
    check(
        &view(MODELS, before),
        &view(&format!("{imports}{MODELS}async "), after),
    );
}

#[test]
fn what_every_turn_reads_is_fetched_at_once() {
    check_body(
        "    for order in Order.objects.filter(total=1)[:5]:\n        out.append(order.total)\n        for line in order.lines.all():\n            out.append(line.quantity)\n        out.append(len(order.tags.all()))\n",
        "    async for order in Order.objects.prefetch_related(\"lines\", \"tags\").filter(total=1)[:5]:\n        out.append(order.total)\n        for line in order.lines.all():\n            out.append(line.quantity)\n        out.append(len(order.tags.all()))\n",
    );
    check_body(
        "    out = [{'n': order.total, 'lines': [line.quantity for line in order.lines.all()]} for order in Order.objects.all()]\n",
        "    out = [{'n': order.total, 'lines': [line.quantity for line in order.lines.all()]} async for order in Order.objects.prefetch_related(\"lines\").all()]\n",
    );
    check_body(
        "    orders = Order.objects.all()\n    out = [line.quantity for order in orders for line in order.lines.all()]\n",
        "    orders = Order.objects.prefetch_related(\"lines\").all()\n    out = [line.quantity async for order in orders for line in order.lines.all()]\n",
    );
}

#[test]
fn what_their_rows_read_is_fetched_too() {
    check_body(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            out.append(line.product.name + str(line.product.pk) + str(line.order.total))\n            for other in line.product.orders.all():\n                out.append(other.total)\n",
        "    async for order in Order.objects.prefetch_related(\"lines__product__orders\").all():\n        for line in order.lines.all():\n            out.append(line.product.name + str(line.product_id) + str(line.order.total))\n            for other in line.product.orders.all():\n                out.append(other.total)\n",
    );
    check_body(
        "    out = [line.product.name for order in Order.objects.all() for line in order.lines.all()]\n",
        "    out = [line.product.name async for order in Order.objects.prefetch_related(\"lines__product\").all() for line in order.lines.all()]\n",
    );
}

#[test]
fn below_what_is_prefetched_already_relations_are_added() {
    check_body(
        "    for order in Order.objects.prefetch_related('lines'):\n        out += [line.product.name for line in order.lines.all()]\n",
        "    async for order in Order.objects.prefetch_related(\"lines__product\").prefetch_related('lines'):\n        out += [line.product.name for line in order.lines.all()]\n",
    );
}

#[test]
fn a_slice_of_what_is_prefetched_is_a_list() {
    check_body(
        "    for order in Order.objects.prefetch_related('lines'):\n        out += [line.quantity for line in order.lines.all()[:2]]\n        lines = order.lines.all()\n        for line in lines[:2]:\n            out.append(line.quantity)\n",
        "    async for order in Order.objects.prefetch_related('lines'):\n        out += [line.quantity for line in order.lines.all()[:2]]\n        lines = order.lines.all()\n        for line in await sync_to_async(list)(lines[:2]):\n            out.append(line.quantity)\n",
    );
}

/// The loop is as it was, but for its colors.
#[track_caller]
fn check_one_by_one(before: &str) {
    let after = before
        .replace("for order in Order", "async for order in Order")
        .replace("for line in order", "async for line in order")
        .replace("order.save()", "await order.asave()")
        .replace("line.save()", "await line.asave()")
        .replace("objects.iterator", "objects.aiterator");
    check_body(before, &after);
}

#[test]
fn a_row_that_is_fetched_alone_is_asked_as_before() {
    check_body(
        "    order = Order.objects.get(pk=1)\n    for line in order.lines.all():\n        out.append(line.product.name)\n",
        "    order = await Order.objects.aget(pk=1)\n    async for line in order.lines.select_related(\"product\").all():\n        out.append(line.product.name)\n",
    );
}

#[test]
fn what_is_read_in_some_turns_only_is_read_there() {
    check_one_by_one(
        "    for order in Order.objects.all():\n        if order.total:\n            for line in order.lines.all():\n                out.append(line.quantity)\n",
    );
    check_one_by_one(
        "    for order in Order.objects.all():\n        if not order.total:\n            continue\n        for line in order.lines.all():\n            out.append(line.quantity)\n",
    );
    check_one_by_one(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            out.append(line.quantity)\n        if out:\n            break\n",
    );
    check_one_by_one(
        "    out = [order.total for order in Order.objects.all() if order.total for line in order.lines.all()]\n",
    );
}

#[test]
fn what_ends_an_inner_loop_does_not_matter() {
    check_body(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            if line.quantity:\n                break\n            out.append(line.quantity)\n",
        "    async for order in Order.objects.prefetch_related(\"lines\").all():\n        for line in order.lines.all():\n            if line.quantity:\n                break\n            out.append(line.quantity)\n",
    );
}

#[test]
fn not_where_the_rows_may_change_meanwhile() {
    check_one_by_one(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            line.quantity = 2\n            line.save()\n",
    );
    check_body(
        "    for order in Order.objects.all():\n        order.lines.create(quantity=1, product_id=1)\n        out.append(len(order.lines.all()))\n",
        "    async for order in Order.objects.all():\n        await order.lines.acreate(quantity=1, product_id=1)\n        out.append(await order.lines.all().acount())\n",
    );
    check_body(
        "    for order in Order.objects.all():\n        out.append(len(order.lines.all()))\n        Line.objects.filter(quantity=0).delete()\n",
        "    async for order in Order.objects.all():\n        out.append(await order.lines.all().acount())\n        await Line.objects.filter(quantity=0).adelete()\n",
    );
    check_one_by_one(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            line.shown = True\n            out.append(line.quantity)\n",
    );
}

#[test]
fn rows_of_another_model_may_be_written() {
    check_body(
        "    for order in Order.objects.all():\n        order.total = sum(line.quantity for line in order.lines.all())\n        order.save()\n",
        "    async for order in Order.objects.prefetch_related(\"lines\").all():\n        order.total = sum(line.quantity for line in order.lines.all())\n        await order.asave()\n",
    );
}

#[test]
fn not_where_the_rest_of_the_function_needs_a_queryset() {
    check_one_by_one(
        "    for order in Order.objects.all():\n        for line in order.lines.all():\n            out.append(line.quantity)\n        for line in order.lines.all()[:1]:\n            out.append(line.quantity)\n",
    );
    check_one_by_one(
        "    for order in Order.objects.iterator():\n        for line in order.lines.all():\n            out.append(line.quantity)\n",
    );
}

#[test]
fn not_where_other_code_gets_the_rows() {
    let before = "def _first(order):\n    return [line.quantity for line in order.lines.all()[:1]]\n\ndef view(request):\n    out = []\n    for order in Order.objects.all():\n        out += [line.quantity for line in order.lines.all()]\n        out += _first(order)\n    return JsonResponse(out, safe=False)\n";
    let after = before
        .replace("def ", "async def ")
        .replace(" for ", " async for ")
        .replace("+= _first", "+= await _first");
    check(&format!("{MODELS}{before}"), &format!("{MODELS}{after}"));
}
