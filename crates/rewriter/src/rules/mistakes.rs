//! The mistakes that tools of this kind make with the database, each as a test that such a mistake fails. What runs of it on
//! real Django: `tests/django/cases/mistakes.py`, one case each, and every rule's examples.
//!
//! | mistake | test |
//! |---|---|
//! | `await` outside a coroutine | `await_stands_in_coroutines_only` |
//! | awaiting what is not awaitable | `what_is_lazy_is_not_awaited` |
//! | missing parentheses on a chain | `chains_get_parentheses` |
//! | a second run that awaits twice | `async_code_is_not_awaited_twice`, and `check` in every test |
//! | awaits in a lambda, an inner function, a default, a class body | `lambdas_and_inner_functions`, `await_stands_in_coroutines_only` |
//! | awaits in a comprehension that a sync consumer gets | `comprehensions_for_sync_consumers` |
//! | the whole file reformatted | `nothing_else_changes` |
//! | a dead import left | `imports_that_nothing_uses_go` |
//! | an import above the docstring or `__future__` | `imports_stand_below_docstring_and_future` |
//! | comments lost | `comments_stay` |
//! | the same name on another object | `names_on_other_objects_stay` |
//! | a coroutine given to `sorted(key=)`, `map`, `groupby`; `async for` over `groupby` | `no_coroutine_reaches_sorted_map_or_groupby` |
//! | a property read before the thread starts | `a_property_is_read_in_the_thread` |
//! | a function that is used as a value | `functions_that_are_values_stay` |
//! | `get_object_or_404` turned into `aget` | `a_404_stays_one` |
//! | a foreign key replaced by a query that fails on unsaved objects | `relations_of_unsaved_objects` |

use super::testing::check;

#[test]
fn await_stands_in_coroutines_only() {
    check(
        "total = 0\n\ndef count():\n    global total\n    total = Product.objects.count()\n\nclass Counts:\n    all = Product.objects.count()\n\ndef view(request, n=Product.objects.count()):\n    return HttpResponse(Product.objects.count())\n",
        "total = 0\n\ndef count():\n    global total\n    total = Product.objects.count()\n\nclass Counts:\n    all = Product.objects.count()\n\nasync def view(request, n=Product.objects.count()):\n    return HttpResponse(await Product.objects.acount())\n",
    );
}

#[test]
fn what_is_lazy_is_not_awaited() {
    check(
        "def view(request):\n    products = Product.objects.filter(name='a').order_by('pk')\n    names = products.values_list('name', flat=True)\n    return HttpResponse(products.filter(name__in=names).count())\n",
        "async def view(request):\n    products = Product.objects.filter(name='a').order_by('pk')\n    names = products.values_list('name', flat=True)\n    return HttpResponse(await products.filter(name__in=names).acount())\n",
    );
}

#[test]
fn chains_get_parentheses() {
    check(
        "def view(request):\n    return HttpResponse(Product.objects.get(pk=1).name + Product.objects.first().name[0])\n",
        "async def view(request):\n    return HttpResponse((await Product.objects.aget(pk=1)).name + (await Product.objects.afirst()).name[0])\n",
    );
}

#[test]
fn async_code_is_not_awaited_twice() {
    check(
        "async def view(request):\n    product = await Product.objects.aget(pk=1)\n    names = [tag.name async for tag in product.tags.all()]\n    return HttpResponse(names)\n",
        "async def view(request):\n    product = await Product.objects.aget(pk=1)\n    names = [tag.name async for tag in product.tags.all()]\n    return HttpResponse(names)\n",
    );
}

#[test]
fn lambdas_and_inner_functions() {
    check(
        "def view(request):\n    load = lambda pk: Product.objects.get(pk=pk)\n    def inner(pk):\n        return Product.objects.get(pk=pk)\n    return HttpResponse([load(1).name, inner(1).name, Product.objects.count()])\n",
        "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    load = lambda pk: Product.objects.get(pk=pk)\n    async def inner(pk):\n        return await Product.objects.aget(pk=pk)\n    return HttpResponse([(await sync_to_async(load)(1)).name, (await inner(1)).name, await Product.objects.acount()])\n",
    );
}

#[test]
fn comprehensions_for_sync_consumers() {
    check(
        "def view(request):\n    total = sum(product.price for product in Product.objects.all())\n    text = ', '.join(Product.objects.get(pk=pk).name for pk in (1, 2))\n    return HttpResponse(f'{total} {text} {any(p.stock for p in Product.objects.all())}')\n",
        "async def view(request):\n    total = sum([product.price async for product in Product.objects.all()])\n    text = ', '.join([(await Product.objects.aget(pk=pk)).name for pk in (1, 2)])\n    return HttpResponse(f'{total} {text} {any([p.stock async for p in Product.objects.all()])}')\n",
    );
}

#[test]
fn nothing_else_changes() {
    check(
        "def view(request):   # all of it\n    x = {  'a' : 1,\n           'b':2 }   # odd, but ours\n\n\n    n = Product.objects.count( )   # how many\n    return HttpResponse( n )\n",
        "async def view(request):   # all of it\n    x = {  'a' : 1,\n           'b':2 }   # odd, but ours\n\n\n    n = await Product.objects.acount( )   # how many\n    return HttpResponse( n )\n",
    );
}

#[test]
fn imports_that_nothing_uses_go() {
    check(
        "from django.shortcuts import get_object_or_404, redirect\n\ndef view(request, pk):\n    product = get_object_or_404(Product, pk=pk)\n    return redirect(product)\n",
        "from django.shortcuts import aget_object_or_404, redirect\n\nasync def view(request, pk):\n    product = await aget_object_or_404(Product, pk=pk)\n    return redirect(product)\n",
    );
}

#[test]
fn imports_stand_below_docstring_and_future() {
    check(
        "#!/usr/bin/env python\n\"\"\"Views.\"\"\"\nfrom __future__ import annotations\n\ndef view(request):\n    return HttpResponse(list(Product.objects.popular()))\n",
        "#!/usr/bin/env python\n\"\"\"Views.\"\"\"\nfrom __future__ import annotations\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    return HttpResponse(await sync_to_async(list)(await sync_to_async(Product.objects.popular)()))\n",
    );
}

#[test]
fn comments_stay() {
    check(
        "def view(request):\n    # which\n    product = (  # one\n        Product.objects  # of all\n        .filter(pk=1)  # by key\n        .first()  # or none\n    )  # done\n    return HttpResponse(product.name)  # bye\n",
        "async def view(request):\n    # which\n    product = (  # one\n        await Product.objects  # of all\n        .filter(pk=1)  # by key\n        .afirst()  # or none\n    )  # done\n    return HttpResponse(product.name)  # bye\n",
    );
}

#[test]
fn names_on_other_objects_stay() {
    check(
        "def view(request, client, box, cache_of):\n    a = client.get(pk=1)\n    b = {'get': 1}.get('get')\n    c = box.count()\n    d = request.GET.get('q').count('a')\n    return HttpResponse([a, b, c, d, Product.objects.count()])\n",
        "async def view(request, client, box, cache_of):\n    a = client.get(pk=1)\n    b = {'get': 1}.get('get')\n    c = box.count()\n    d = request.GET.get('q').count('a')\n    return HttpResponse([a, b, c, d, await Product.objects.acount()])\n",
    );
}

#[test]
fn no_coroutine_reaches_sorted_map_or_groupby() {
    check(
        "from itertools import groupby\n\ndef _rank(product):\n    return product.reviews.count()\n\ndef view(request):\n    ordered = sorted(Product.objects.all(), key=_rank)\n    mapped = list(map(_rank, Product.objects.all()))\n    groups = {key: len(list(rows)) for key, rows in groupby(Product.objects.order_by('name'), key=lambda product: product.name)}\n    return JsonResponse([len(ordered), mapped, groups], safe=False)\n",
        "from itertools import groupby\n\nfrom asgiref.sync import sync_to_async\n\ndef _rank(product):\n    return product.reviews.count()\n\nasync def view(request):\n    ordered = await sync_to_async(sorted)([row async for row in Product.objects.all()], key=_rank)\n    mapped = await sync_to_async(list)(map(_rank, [row async for row in Product.objects.all()]))\n    groups = {key: len(list(rows)) for key, rows in groupby([row async for row in Product.objects.order_by('name')], key=lambda product: product.name)}\n    return JsonResponse([len(ordered), mapped, groups], safe=False)\n",
    );
}

#[test]
fn a_property_is_read_in_the_thread() {
    check(
        "from django.db import models\n\nclass Product(models.Model):\n    @property\n    def rank(self):\n        return Review.objects.filter(product=self).count()\n\ndef view(request, pk):\n    product = Product.objects.get(pk=pk)\n    return HttpResponse(product.rank)\n",
        "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Product(models.Model):\n    @property\n    def rank(self):\n        return Review.objects.filter(product=self).count()\n\nasync def view(request, pk):\n    product = await Product.objects.aget(pk=pk)\n    return HttpResponse(await sync_to_async(getattr)(product, \"rank\"))\n",
    );
}

#[test]
fn functions_that_are_values_stay() {
    check(
        "def load(pk):\n    return Product.objects.get(pk=pk)\n\nHANDLERS = {'load': load}\nregister(load)\n\ndef view(request, pk):\n    return HttpResponse(load(pk).name)\n",
        "def load(pk):\n    return Product.objects.get(pk=pk)\n\n\nasync def aload(pk):\n    return await Product.objects.aget(pk=pk)\n\nHANDLERS = {'load': load}\nregister(load)\n\nasync def view(request, pk):\n    return HttpResponse((await aload(pk)).name)\n",
    );
}

#[test]
fn a_404_stays_one() {
    check(
        "from django.shortcuts import get_object_or_404, get_list_or_404\n\ndef view(request, pk):\n    product = get_object_or_404(Product, pk=pk)\n    others = get_list_or_404(Product.objects.filter(stock=0))\n    return HttpResponse([product.name, len(others)])\n",
        "from django.shortcuts import aget_list_or_404, aget_object_or_404\n\nasync def view(request, pk):\n    product = await aget_object_or_404(Product, pk=pk)\n    others = await aget_list_or_404(Product.objects.filter(stock=0))\n    return HttpResponse([product.name, len(others)])\n",
    );
}

#[test]
fn relations_of_unsaved_objects() {
    check(
        "from django.db import models\n\nclass Customer(models.Model):\n    name = models.TextField()\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, models.CASCADE, null=True)\n\ndef view(request):\n    order = Order()\n    found = order.customer\n    order.customer = Customer.objects.first()\n    return HttpResponse([found, order.customer.name])\n",
        "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Customer(models.Model):\n    name = models.TextField()\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, models.CASCADE, null=True)\n\nasync def view(request):\n    order = Order()\n    found = await sync_to_async(getattr)(order, \"customer\")\n    order.customer = await Customer.objects.afirst()\n    return HttpResponse([found, order.customer.name])\n",
    );
}
