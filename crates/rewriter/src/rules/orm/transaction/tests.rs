use crate::rules::testing::{check, check_unchanged, migrate_with, report_with};
use crate::{Decision, Options};

const IMPORTS: &str = "from django.db import transaction\n";
const AFTER: &str = "from asgiref.sync import sync_to_async\nfrom django.db import transaction\n";

/// A view that waits outside of its transaction too.
#[track_caller]
fn check_view(before: &str, after: &str) {
    let view = |imports: &str, def: &str, count: &str, body: &str| {
        format!("{imports}\n{def} view(request, pk):\n    total = {count}\n{body}")
    };
    check(
        &view(IMPORTS, "def", "Product.objects.count()", before),
        &view(AFTER, "async def", "await Product.objects.acount()", after),
    );
}

#[track_caller]
fn stays(body: &str, reason: &str) {
    let before =
        format!("{IMPORTS}\ndef view(request, pk):\n    total = Product.objects.count()\n{body}");
    check_unchanged(&before);
    let report = report_with(&before, &Options::for_paste());
    let function = report.functions.first().expect("the view");
    assert_eq!(function.decision, Decision::Leave);
    assert!(function.reason.contains(reason), "{}", function.reason);
}

#[test]
fn a_view_that_waits_in_its_transaction_only_stays() {
    let before = "from django.db import transaction\n\n@transaction.atomic\ndef a(request):\n    Product.objects.create()\n    return HttpResponse()\n\ndef b(request):\n    with transaction.atomic():\n        Product.objects.create()\n    return HttpResponse()\n";
    check_unchanged(before);
    let report = report_with(before, &Options::for_paste());
    assert_eq!(report.functions.len(), 2);
    for function in report.functions {
        assert_eq!(function.decision, Decision::Leave);
    }
}

#[test]
fn all_views_are_converted_when_asked_for() {
    let options = Options {
        all_views: true,
        ..Options::for_paste()
    };
    assert_eq!(
        migrate_with(
            "from django.db import transaction\n\ndef b(request):\n    with transaction.atomic():\n        Product.objects.create()\n    return HttpResponse()\n",
            &options,
        ),
        "from asgiref.sync import sync_to_async\nfrom django.db import transaction\n\nasync def b(request):\n    def in_transaction():\n        with transaction.atomic():\n            Product.objects.create()\n    await sync_to_async(in_transaction)()\n    return HttpResponse()\n"
    );
}

#[test]
fn what_is_bound_in_it_and_used_after_it_is_returned() {
    check_view(
        "    with transaction.atomic():\n        order = Order.objects.create(total=total)\n        line = order.lines.create()\n        audit = line.pk\n    return JsonResponse([order.pk, line.pk], safe=False)\n",
        "    def in_transaction():\n        with transaction.atomic():\n            order = Order.objects.create(total=total)\n            line = order.lines.create()\n            audit = line.pk\n        return order, line\n    order, line = await sync_to_async(in_transaction)()\n    return JsonResponse([order.pk, line.pk], safe=False)\n",
    );
}

#[test]
fn what_it_changes_is_shared() {
    check_view(
        "    with transaction.atomic():\n        total += Order.objects.count()\n    return JsonResponse(total, safe=False)\n",
        "    def in_transaction():\n        nonlocal total\n        with transaction.atomic():\n            total += Order.objects.count()\n    await sync_to_async(in_transaction)()\n    return JsonResponse(total, safe=False)\n",
    );
}

#[test]
fn a_block_that_returns_on_every_path() {
    check_view(
        "    with transaction.atomic():\n        if total:\n            order = Order.objects.create()\n            return JsonResponse(order.pk, safe=False)\n        return HttpResponse()\n",
        "    def in_transaction():\n        with transaction.atomic():\n            if total:\n                order = Order.objects.create()\n                return JsonResponse(order.pk, safe=False)\n            return HttpResponse()\n    return await sync_to_async(in_transaction)()\n",
    );
}

#[test]
fn an_early_response() {
    check_view(
        "    with transaction.atomic():\n        account = Account.objects.select_for_update().get(pk=pk)\n        if account.balance < total:\n            return JsonResponse({\"error\": \"funds\"}, status=400)\n        account.save()\n    return HttpResponse()\n",
        "    def in_transaction():\n        with transaction.atomic():\n            account = Account.objects.select_for_update().get(pk=pk)\n            if account.balance < total:\n                return JsonResponse({\"error\": \"funds\"}, status=400)\n            account.save()\n    early_response = await sync_to_async(in_transaction)()\n    if early_response is not None:\n        return early_response\n    return HttpResponse()\n",
    );
}

#[test]
fn an_early_response_and_a_result() {
    check_view(
        "    with transaction.atomic():\n        account = Account.objects.get(pk=pk)\n        if not account:\n            return redirect(\"home\")\n    return HttpResponse(account.name)\n",
        "    def in_transaction():\n        with transaction.atomic():\n            account = Account.objects.get(pk=pk)\n            if not account:\n                return redirect(\"home\"), None\n        return None, account\n    early_response, account = await sync_to_async(in_transaction)()\n    if early_response is not None:\n        return early_response\n    return HttpResponse(account.name)\n",
    );
}

#[test]
fn a_return_that_may_be_none_is_told_apart() {
    check(
        &format!(
            "{IMPORTS}\ndef _load(pk):\n    Product.objects.count()\n    with transaction.atomic():\n        if pk:\n            return\n        if pk is None:\n            return cached(pk)\n        Product.objects.create()\n    return 1\n\ndef view(request, pk):\n    return HttpResponse(_load(pk))\n"
        ),
        &format!(
            "{AFTER}\nasync def _load(pk):\n    await Product.objects.acount()\n    def in_transaction():\n        with transaction.atomic():\n            if pk:\n                return \"return\", None\n            if pk is None:\n                return \"return\", cached(pk)\n            Product.objects.create()\n        return None, None\n    outcome, returned = await sync_to_async(in_transaction)()\n    if outcome == \"return\":\n        return returned\n    return 1\n\nasync def view(request, pk):\n    return HttpResponse(await _load(pk))\n"
        ),
    );
}

#[test]
fn loops_go_on() {
    check_view(
        "    for row in total:\n        with transaction.atomic():\n            if Product.objects.filter(sku=row).exists():\n                continue\n            for part in row:\n                if not part:\n                    break\n            Product.objects.create(sku=row)\n            if row == pk:\n                break\n    return HttpResponse()\n",
        "    for row in total:\n        def in_transaction():\n            with transaction.atomic():\n                if Product.objects.filter(sku=row).exists():\n                    return \"continue\"\n                for part in row:\n                    if not part:\n                        break\n                Product.objects.create(sku=row)\n                if row == pk:\n                    return \"break\"\n        outcome = await sync_to_async(in_transaction)()\n        if outcome == \"break\":\n            break\n        if outcome == \"continue\":\n            continue\n    return HttpResponse()\n",
    );
}

#[test]
fn exceptions_reach_their_handlers() {
    check_view(
        "    try:\n        with transaction.atomic():\n            order = Order.objects.create()\n    except IntegrityError:\n        return HttpResponse(status=409)\n    return HttpResponse(order.pk)\n",
        "    try:\n        def in_transaction():\n            with transaction.atomic():\n                order = Order.objects.create()\n            return order\n        order = await sync_to_async(in_transaction)()\n    except IntegrityError:\n        return HttpResponse(status=409)\n    return HttpResponse(order.pk)\n",
    );
}

#[test]
fn what_a_handler_sees_is_shared() {
    check_view(
        "    order = None\n    try:\n        with transaction.atomic():\n            order = Order.objects.create()\n            order.lines.create()\n    except IntegrityError:\n        return HttpResponse(order)\n    return HttpResponse(order)\n",
        "    order = None\n    try:\n        def in_transaction():\n            nonlocal order\n            with transaction.atomic():\n                order = Order.objects.create()\n                order.lines.create()\n        await sync_to_async(in_transaction)()\n    except IntegrityError:\n        return HttpResponse(order)\n    return HttpResponse(order)\n",
    );
}

#[test]
fn names_of_other_blocks_and_loops_stay_inside() {
    check_view(
        "    for item in total:\n        print(item)\n    with transaction.atomic():\n        for item in total:\n            Product.objects.create(name=item)\n    with transaction.atomic():\n        for item in total:\n            Order.objects.create(name=item)\n    return HttpResponse([item for item in total])\n",
        "    for item in total:\n        print(item)\n    def in_transaction():\n        with transaction.atomic():\n            for item in total:\n                Product.objects.create(name=item)\n    await sync_to_async(in_transaction)()\n    def in_transaction_2():\n        with transaction.atomic():\n            for item in total:\n                Order.objects.create(name=item)\n    await sync_to_async(in_transaction_2)()\n    return HttpResponse([item for item in total])\n",
    );
}

#[test]
fn what_the_next_round_of_a_loop_reads_is_shared() {
    check_view(
        "    last = 0\n    for row in total:\n        print(last)\n        with transaction.atomic():\n            last = Product.objects.count()\n    return HttpResponse()\n",
        "    last = 0\n    for row in total:\n        print(last)\n        def in_transaction():\n            with transaction.atomic():\n                last = Product.objects.count()\n            return last\n        last = await sync_to_async(in_transaction)()\n    return HttpResponse()\n",
    );
    check_view(
        "    for row in total:\n        last = 0\n        print(last)\n        with transaction.atomic():\n            last = Product.objects.count()\n    return HttpResponse()\n",
        "    for row in total:\n        last = 0\n        print(last)\n        def in_transaction():\n            with transaction.atomic():\n                last = Product.objects.count()\n        await sync_to_async(in_transaction)()\n    return HttpResponse()\n",
    );
}

#[test]
fn comments_and_strings_keep_their_place() {
    check_view(
        "    with transaction.atomic():  # all or nothing\n        # first\n        note = \"\"\"a\n  b\"\"\"\n        Product.objects.create(name=note)  # last\n        # after\n    # below\n    return HttpResponse()\n",
        "    def in_transaction():\n        with transaction.atomic():  # all or nothing\n            # first\n            note = \"\"\"a\n  b\"\"\"\n            Product.objects.create(name=note)  # last\n            # after\n    await sync_to_async(in_transaction)()\n    # below\n    return HttpResponse()\n",
    );
    check_view(
        "    with transaction.atomic():\n        return HttpResponse(Product.objects.count())  # last\n        # end\n",
        "    def in_transaction():\n        with transaction.atomic():\n            return HttpResponse(Product.objects.count())  # last\n            # end\n    return await sync_to_async(in_transaction)()\n",
    );
}

#[test]
fn cursors() {
    check(
        "from django.db import connection\n\ndef view(request):\n    total = Product.objects.count()\n    with connection.cursor() as cursor:\n        cursor.execute(\"SELECT 1\")\n        rows = cursor.fetchall()\n    return JsonResponse([total, rows], safe=False)\n",
        "from asgiref.sync import sync_to_async\nfrom django.db import connection\n\nasync def view(request):\n    total = await Product.objects.acount()\n    def with_cursor():\n        with connection.cursor() as cursor:\n            cursor.execute(\"SELECT 1\")\n            rows = cursor.fetchall()\n        return rows\n    rows = await sync_to_async(with_cursor)()\n    return JsonResponse([total, rows], safe=False)\n",
    );
}

#[test]
fn cursors_of_other_connections() {
    for connection in ["connections[\"replica\"]", "transaction.get_connection()"] {
        check(
            &format!(
                "from django.db import connections, transaction\n\ndef _total():\n    with {connection}.cursor() as cursor:\n        return cursor.fetchone()\n\ndef view(request):\n    return HttpResponse(_total())\n"
            ),
            &format!(
                "from asgiref.sync import sync_to_async\nfrom django.db import connections, transaction\n\ndef _total():\n    with {connection}.cursor() as cursor:\n        return cursor.fetchone()\n\nasync def view(request):\n    return HttpResponse(await sync_to_async(_total)())\n"
            ),
        );
    }
    check_unchanged(
        "def view(request):\n    with boards[\"replica\"].cursor() as cursor:\n        return HttpResponse(cursor.fetchone())\n",
    );
}

#[test]
fn helpers_that_it_calls_keep_their_sync_form() {
    check(
        &format!(
            "{IMPORTS}\ndef _stock(pk):\n    return Product.objects.get(pk=pk)\n\ndef _log():\n    Log.objects.create()\n\ndef view(request, pk):\n    product = _stock(pk)\n    with transaction.atomic():\n        _stock(product.pk).save()\n        _log()\n    return HttpResponse()\n"
        ),
        &format!(
            "{AFTER}\ndef _stock(pk):\n    return Product.objects.get(pk=pk)\n\n\nasync def _astock(pk):\n    return await Product.objects.aget(pk=pk)\n\ndef _log():\n    Log.objects.create()\n\nasync def view(request, pk):\n    product = await _astock(pk)\n    def in_transaction():\n        with transaction.atomic():\n            _stock(product.pk).save()\n            _log()\n    await sync_to_async(in_transaction)()\n    return HttpResponse()\n"
        ),
    );
}

#[test]
fn a_helper_that_is_one_transaction_runs_in_the_thread_as_it_is() {
    check(
        &format!(
            "{IMPORTS}\ndef pay(pk):\n    with transaction.atomic():\n        return Product.objects.get(pk=pk)\n\ndef view(request, pk):\n    return HttpResponse(pay(pk).name)\n"
        ),
        &format!(
            "{AFTER}\ndef pay(pk):\n    with transaction.atomic():\n        return Product.objects.get(pk=pk)\n\nasync def view(request, pk):\n    return HttpResponse((await sync_to_async(pay)(pk)).name)\n"
        ),
    );
}

#[test]
fn requests_in_it_stay_and_those_before_it_are_read() {
    check(
        "import requests\nfrom django.db import transaction\n\ndef view(request, pk):\n    reply = requests.get(\"https://a.example\")\n    with transaction.atomic():\n        Product.objects.create(stock=reply.json())\n        requests.post(\"https://b.example\")\n    return HttpResponse()\n",
        "import asyncio\n\nimport requests\nfrom asgiref.sync import sync_to_async\nfrom django.db import transaction\n\nasync def view(request, pk):\n    reply = await asyncio.to_thread(requests.get, \"https://a.example\")\n    def in_transaction():\n        with transaction.atomic():\n            Product.objects.create(stock=reply.json())\n            requests.post(\"https://b.example\")\n    await sync_to_async(in_transaction)()\n    return HttpResponse()\n",
    );
}

#[test]
fn functions_and_names_in_it_move_along() {
    check_view(
        "    with transaction.atomic():\n        def log(x):\n            return Log.objects.create(x=x)\n        from shop import audit\n        log(total)\n        transaction.on_commit(lambda: log(2))\n    return HttpResponse(audit)\n",
        "    def in_transaction():\n        with transaction.atomic():\n            def log(x):\n                return Log.objects.create(x=x)\n            from shop import audit\n            log(total)\n            transaction.on_commit(lambda: log(2))\n        return audit\n    audit = await sync_to_async(in_transaction)()\n    return HttpResponse(audit)\n",
    );
}

#[test]
fn async_code_is_repaired() {
    check(
        &format!(
            "{IMPORTS}\nasync def view(request, pk):\n    with transaction.atomic():\n        Product.objects.create()\n    return HttpResponse()\n"
        ),
        &format!(
            "{AFTER}\nasync def view(request, pk):\n    def in_transaction():\n        with transaction.atomic():\n            Product.objects.create()\n    await sync_to_async(in_transaction)()\n    return HttpResponse()\n"
        ),
    );
    check_unchanged(&format!(
        "{IMPORTS}\nasync def view(request, pk):\n    with transaction.atomic():\n        await Product.objects.acreate()\n    return HttpResponse()\n"
    ));
}

#[test]
fn what_cannot_be_moved_exactly_stays() {
    stays(
        "    with transaction.atomic():\n        if total:\n            order = Order.objects.create()\n    return HttpResponse(order)\n",
        "`order` is bound in it on some paths only",
    );
    stays(
        "    with transaction.atomic(): Product.objects.create(); x = 1\n    return HttpResponse(locals())\n",
        "`locals()`",
    );
    stays(
        "    with transaction.atomic():\n        Product.objects.create(**locals())\n    return HttpResponse()\n",
        "`locals()`",
    );
    stays(
        "    rows = iter([])\n    with transaction.atomic():\n        Product.objects.create(name=next(rows))\n    return HttpResponse()\n",
        "`next`",
    );
    stays(
        "    for row in total:\n        with transaction.atomic():\n            product = Product.objects.create()\n            if row:\n                continue\n        print(product)\n    return HttpResponse()\n",
        "`product`",
    );
    stays(
        "    for row in total:\n        with transaction.atomic():\n            if row:\n                last = Product.objects.create()\n            last.touch()\n    return HttpResponse()\n",
        "`last`",
    );
    stays(
        "    try:\n        with transaction.atomic():\n            order = Order.objects.create()\n    except ValueError:\n        pass\n    return HttpResponse(order)\n",
        "`order`",
    );
    stays(
        "    with transaction.atomic():\n        total: int = total + Order.objects.count()\n    return HttpResponse(total)\n",
        "annotated",
    );
}

#[test]
fn other_context_managers_are_left_alone() {
    check(
        "def view(request):\n    with atomic():\n        n = Product.objects.count()\n    return HttpResponse(n)\n",
        "async def view(request):\n    with atomic():\n        n = await Product.objects.acount()\n    return HttpResponse(n)\n",
    );
}
