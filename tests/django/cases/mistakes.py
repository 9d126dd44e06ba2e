"""The mistakes that tools of this kind make with the database, one case each: code that such a mistake breaks. Names: README.md."""

# With models.py at hand, in a folder.
PROJECT = {
    "mistake: await outside of a coroutine": """
from django.http import JsonResponse

from .models import Product

seen = []


def count():
    seen.append(Product.objects.count())
    return len(seen)


class Counts:
    first = seen

    def now(self):
        return Product.objects.filter(is_active=True).count()


def before(first=len(seen)):
    return first + Product.objects.count()


def view(request):
    def inner():
        return Product.objects.order_by("pk").first().name

    return JsonResponse({"n": count() > 0, "now": Counts().now(), "inner": inner(), "names": before(), "all": Product.objects.count()})
""",
    "mistake: awaiting what is lazy": """
from django.http import JsonResponse

from .models import Order, Product


def view(request):
    products = Product.objects.filter(is_active=True).order_by("pk")
    names = products.values_list("name", flat=True)
    orders = Order.objects.filter(items__product__in=products).distinct().order_by("pk")
    both = products[:2]
    joined = Product.objects.filter(pk=1) | Product.objects.filter(pk=2)
    return JsonResponse({"n": products.filter(name__in=names).count(), "orders": [o.pk for o in orders], "both": len(both), "joined": joined.count()})
""",
    "mistake: a chain without parentheses": """
from django.http import JsonResponse

from .models import Order, Product


def view(request):
    rows = Product.objects.order_by("pk")
    return JsonResponse([
        Product.objects.get(pk=1).name.upper()[0],
        rows.first().name[1:] + Product.objects.latest("pk").slug,
        Product.objects.in_bulk([1])[1].price.as_tuple().digits,
        -Product.objects.count() ** 2,
        not Product.objects.exists(),
        Order.objects.aggregate(n=Count("pk"))["n"] + 1,
        Product.objects.get_or_create(slug="first")[1],
        [*rows.values_list("pk", flat=True)][-1],
        f"{Product.objects.get(pk=2).name!r:>20}",
    ], safe=False)


from django.db.models import Count  # noqa: E402
""",
    "mistake: awaiting twice": """
from django.http import JsonResponse

from .models import Product


async def counted():
    return await Product.objects.acount()


async def names():
    return [product.name async for product in Product.objects.order_by("pk")]


def view(request):
    return JsonResponse({"n": Product.objects.count()})


async def mixed(request):
    product = await Product.objects.aget(pk=1)
    return JsonResponse({"n": await counted(), "names": await names(), "first": product.name})
""",
    "mistake: awaits in lambdas, comprehensions and inner functions": """
from django.http import JsonResponse

from .models import Order, Product


def view(request):
    rows = list(Product.objects.order_by("pk"))
    total = sum(order.items.count() for order in Order.objects.order_by("pk"))
    some = any(product.tags.exists() for product in Product.objects.all())
    pairs = dict((product.pk, product.tags.count()) for product in Product.objects.order_by("pk"))
    text = ", ".join(product.name for product in Product.objects.order_by("-pk"))
    nested = [[item.quantity for item in order.items.order_by("pk")] for order in Order.objects.order_by("pk")]
    ranked = sorted(rows, key=lambda product: (-product.price, product.pk))
    first = next((product for product in Product.objects.order_by("pk") if product.is_active), None)
    return JsonResponse([total, some, pairs, text, nested, [p.pk for p in ranked], first and first.pk], safe=False)


def lambdas(request):
    load = lambda pk: Product.objects.filter(pk=pk).first()
    return JsonResponse({"one": load(1).name, "n": Product.objects.count()})


def inner(request):
    def load(pk):
        return Product.objects.filter(pk=pk).first()

    return JsonResponse({"names": [load(pk).name for pk in (1, 2)], "n": Product.objects.count()})
""",
    "mistake: imports out of place": """
\"\"\"What the shop has.\"\"\"
from __future__ import annotations

from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render

from .models import Product

__all__ = ["view", "shown"]


def view(request, pk: int) -> JsonResponse:
    return JsonResponse({"name": get_object_or_404(Product, pk=pk).name, "doc": __doc__})


def shown(request):
    return render(request, "shown.html", {"n": Product.objects.count()})
""",
    "mistake: the same name on another object": """
from django.http import JsonResponse

from .models import Product


class Shelf:
    def __init__(self):
        self.rows = []

    def get(self, pk=None):
        return pk

    def count(self):
        return len(self.rows)

    def all(self):
        return list(self.rows)

    def save(self):
        self.rows.append(1)

    def create(self, **kwargs):
        self.rows.append(kwargs)
        return kwargs

    def first(self):
        return self.rows[0]

    def delete(self):
        self.rows.clear()


def view(request):
    shelf = Shelf()
    shelf.save()
    shelf.create(name="a")
    found = {"get": shelf.get(pk=3), "count": shelf.count(), "all": shelf.all(), "first": shelf.first()}
    shelf.delete()
    prices = {"a": 1}
    prices.update(b=2)
    found.update(prices=prices.get("b"), left=shelf.count(), commas="a,b".count(","), at=[1, 2].index(2), n=Product.objects.count())
    return JsonResponse(found)
""",
    "mistake: coroutines for sorted, map and groupby": """
from itertools import groupby
from operator import attrgetter

from django.http import JsonResponse

from .models import Order, OrderItem, Product


def weight(product):
    return product.tags.count()


def kind(order):
    return order.status


def view(request):
    products = Product.objects.order_by("pk")
    heavy = sorted(products, key=weight)
    lightest = min(products, key=weight)
    names = list(map(weight, products))
    some = list(filter(weight, products))
    return JsonResponse([[p.pk for p in heavy], lightest.pk, names, [p.pk for p in some]], safe=False)


def grouped(request):
    found = []
    for status, orders in groupby(Order.objects.order_by("status", "pk"), key=kind):
        found.append([status, [order.pk for order in orders]])
    for pk, items in groupby(OrderItem.objects.order_by("order", "pk"), attrgetter("order_id")):
        found.append([pk, sum(item.quantity for item in items)])
    return JsonResponse(found, safe=False)
""",
    "mistake: a property that is read before the thread starts": """
from django.db import models
from django.http import JsonResponse

from .models import Product


class Shelf(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "universe"
        managed = False
        db_table = "universe_product"

    @property
    def others(self):
        return Shelf.objects.exclude(pk=self.pk).count()

    def __str__(self):
        return "%s of %s" % (self.name, Shelf.objects.count())

    def __bool__(self):
        return Shelf.objects.exists()


def view(request, pk):
    shelf = Shelf.objects.get(pk=pk)
    return JsonResponse({"others": shelf.others, "text": str(shelf), "f": f"{shelf}", "n": Product.objects.count()})
""",
    "mistake: half of a class hierarchy": """
from django.http import HttpResponse, JsonResponse
from django.views import View

from .models import Order, Product


class Base(View):
    model = Product

    def rows(self):
        return self.model.objects.order_by("pk")

    def count(self):
        return self.rows().count()

    def get(self, request):
        return JsonResponse({"n": self.count()})


class Products(Base):
    pass


class Orders(Base):
    model = Order

    def count(self):
        return super().count() + 100

    def post(self, request):
        return HttpResponse(str(self.count()))


class Fixed(Base):
    def count(self):
        return 7
""",
    "mistake: functions that are values": """
from django.http import JsonResponse

from .models import Order, Product


def products():
    return Product.objects.count()


def orders():
    return Order.objects.count()


COUNTS = {"products": products, "orders": orders}


def call(count, *args):
    return count(*args)


def view(request):
    found = {name: count() for name, count in COUNTS.items()}
    found["called"] = call(products)
    found["own"] = products()
    return JsonResponse(found)
""",
    "mistake: a 404 that becomes a 500": """
from django.http import Http404, JsonResponse
from django.shortcuts import get_list_or_404, get_object_or_404

from .models import Order, Product


def view(request, pk):
    return JsonResponse({"name": get_object_or_404(Product.objects.filter(is_active=True), pk=pk).name})


def listed(request, pk):
    return JsonResponse({"orders": [order.pk for order in get_list_or_404(Order, customer__orders=pk)]})


def own(request, pk):
    try:
        order = Order.objects.get(pk=pk)
    except Order.DoesNotExist:
        raise Http404("no order")
    return JsonResponse({"order": order.pk})
""",
    "mistake: a query for a relation of what is not saved": """
from django.http import JsonResponse

from .models import Customer, Order, OrderItem, Product


def view(request):
    customer = Customer.objects.order_by("pk").first()
    order = Order(customer=customer, status="draft")
    item = OrderItem(order=order, product=Product(name="unsaved", price=3), quantity=2)
    found = [order.customer.name, item.order.status, item.product.name, item.product.category]
    review = Order(status="nobody's")
    try:
        found.append(review.customer.name)
    except Order.customer.RelatedObjectDoesNotExist:
        found.append("nobody")
    item.product = Product.objects.get(pk=1)
    found.append(item.product.name)
    return JsonResponse(found, safe=False)
""",
    "mistake: a coroutine that is always true": """
from django.http import JsonResponse

from .models import Order, Product


def has_orders(status):
    return Order.objects.filter(status=status).exists()


def view(request):
    found = []
    if has_orders("nothing"):
        found.append("wrong")
    if not has_orders("nothing") and Product.objects.filter(pk=999).exists():
        found.append("wrong")
    if Product.objects.filter(pk=999):
        found.append("wrong")
    found.append("one" if Product.objects.filter(pk=1).exists() else "none")
    found += [product.pk for product in Product.objects.order_by("pk") if product.tags.exists()]
    while Order.objects.filter(status="never").exists():
        found.append("wrong")
    assert not has_orders("nothing")
    return JsonResponse(found, safe=False)
""",
}
