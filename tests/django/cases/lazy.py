"""Lazy objects that cross from asynchronous to synchronous code, and back. Names: README.md."""

# With models.py at hand, in a folder.
PROJECT = {
    "lazy: what is evaluated elsewhere": """
import json
from functools import partial

from django.contrib import messages
from django.contrib.messages import get_messages
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.core.serializers.json import Serializer as JSONSerializer
from django.db import models as m
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils.functional import SimpleLazyObject, cached_property, lazy

from .models import Category, Order, OrderItem, Product

HOME = reverse_lazy("home")


class Shelf(m.Model):
    name = m.CharField(max_length=50)
    category = m.ForeignKey("universe.Category", m.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "universe"
        managed = False
        db_table = "universe_product"

    def get_absolute_url(self):
        return "/%s/%s/" % (self.category.slug if self.category else "-", Shelf.objects.count())


class Rack(m.Model):
    name = m.CharField(max_length=50)
    category = m.ForeignKey("universe.Category", m.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "universe"
        managed = False
        db_table = "universe_product"

    def get_absolute_url(self):
        return "/%s/" % (self.category.slug if self.category else "-")


def goes(request, pk):
    shelf = Shelf.objects.get(pk=pk)
    return redirect(shelf)


def stays(request, pk):
    shelf = Shelf.objects.get(pk=pk)
    return redirect(shelf, permanent=True)


def resolved(request, pk):
    shelf = Shelf.objects.get(pk=pk)
    return HttpResponseRedirect(resolve_url(shelf))


def plain(request, pk):
    rack = Rack.objects.get(pk=pk)
    return redirect(rack)


def built(request, pk):
    rack = Rack.objects.get(pk=pk)
    return HttpResponse(request.build_absolute_uri(rack.get_absolute_url()))


def posted(request):
    if request.method == "POST":
        Product.objects.create(name="x", slug="x", price=1)
        return redirect(HOME)
    return JsonResponse({"home": str(HOME), "f": f"{HOME}", "n": Product.objects.count()})


def lazily(request):
    request.basket = SimpleLazyObject(lambda: Order.objects.order_by("pk").first())
    total = lazy(lambda: Product.objects.count(), int)()
    return JsonResponse({"status": request.basket.status, "n": int(total), "more": f"{total}"})


def lazy_local(request):
    basket = SimpleLazyObject(lambda: Order.objects.order_by("pk").first())
    if basket:
        return JsonResponse({"status": basket.status, "customer": basket.customer.name})
    return JsonResponse({})


def lazy_partial(request):
    basket = SimpleLazyObject(partial(first_order, "new"))
    return render(request, "basket.html", {"basket": basket})


def first_order(status):
    return Order.objects.filter(status=status).order_by("pk").first()


def said(request):
    messages.info(request, "one %s" % Product.objects.count())
    storage = get_messages(request)
    texts = []
    for message in storage:
        texts.append(str(message))
    storage.used = False
    return JsonResponse({"texts": texts, "n": len(storage)})


def say(request):
    messages.info(request, "one %s" % Product.objects.count())
    if messages.get_messages(request):
        return JsonResponse({"texts": [m.message for m in messages.get_messages(request)]})
    return render(request, "m.html", {})


def dumped(request):
    text = serializers.serialize("json", Order.objects.order_by("pk"))
    rows = list(OrderItem.objects.order_by("pk"))
    more = serializers.serialize("python", rows)
    natural = serializers.serialize("json", Product.objects.order_by("pk"), use_natural_foreign_keys=True)
    writer = serializers.get_serializer("json")()
    writer.serialize(Order.objects.all())
    return JsonResponse([text, len(more), natural, writer.getvalue()], safe=False)


def loaded(request):
    text = serializers.serialize("json", Category.objects.order_by("pk"))
    for found in serializers.deserialize("json", text):
        found.object.name += "!"
        found.save()
    return JsonResponse([c.name for c in Category.objects.order_by("pk")], safe=False)


def written(request):
    writer = JSONSerializer()
    writer.serialize(Order.objects.order_by("pk"), fields=["status"])
    return HttpResponse(writer.getvalue())


def encoded(request):
    return HttpResponse(json.dumps({"rows": list(Order.objects.values("pk", "total"))}, cls=DjangoJSONEncoder))
""",
    "lazy: serializers of Django REST framework": """
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers

from .models import Category, Order, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name", "category"]


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.StringRelatedField()
    names = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ["status", "customer", "names"]

    def get_names(self, order):
        return [item.product.name for item in order.items.order_by("pk")]


class PlainSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=20)
    n = serializers.IntegerField(required=False)


def one(request, pk):
    order = get_object_or_404(Order, pk=pk)
    return JsonResponse(OrderSerializer(order).data)


def many(request):
    serializer = OrderSerializer(Order.objects.order_by("pk"), many=True)
    rows = serializer.data
    return JsonResponse({"rows": rows, "n": len(rows), "again": serializer.data[:1]})


def create(request):
    category = Category.objects.order_by("pk").first()
    serializer = ProductSerializer(data={"name": request.GET.get("q", "new"), "category": category and category.pk})
    if not serializer.is_valid():
        return JsonResponse(serializer.errors, status=400)
    product = serializer.save(slug="made", price=3)
    return JsonResponse({"made": serializer.data, "name": product.name})


def check(request):
    serializer = PlainSerializer(data={"name": "x" * 30})
    try:
        serializer.is_valid(raise_exception=True)
    except serializers.ValidationError as error:
        return JsonResponse({"error": str(error.detail), "n": Product.objects.count()}, status=400)
    return JsonResponse(serializer.validated_data)


def nested(request):
    found = [ProductSerializer(product).data for product in Product.objects.order_by("pk")[:3]]
    return JsonResponse({"found": found})
""",
    "lazy: what helpers that are not at hand gave": """
from django.http import JsonResponse
from django.shortcuts import redirect, render

from .models import Product
from .services import find_products, find_some, is_open


def tested(request):
    rows = find_products(request.GET.get("q"))
    if not rows:
        return redirect("home")
    assert rows or not request
    names = [row.name for row in rows] if rows else []
    return JsonResponse({"names": names, "n": len(rows), "all": Product.objects.count()})


def shown(request):
    rows = find_some(request)
    opened = is_open(request)
    if rows and opened:
        return render(request, "shown.html", {"rows": rows, "opened": opened, "n": Product.objects.count()})
    return redirect("home")


def looped(request):
    found = []
    rows = find_some(request)
    while rows:
        found.append(rows[0].pk)
        rows = rows[1:]
        if len(found) > 1:
            break
    return JsonResponse({"found": found, "some": [row.pk for row in find_products() if Product.objects.exists()]})
""",
    "lazy: functions that are called later": """
from functools import partial

from django.http import JsonResponse

from .models import Order, Product


def first_order(status, skip=0):
    return Order.objects.filter(status=status).order_by("pk")[skip:].first()


def later(request):
    load = partial(first_order, "new")
    order = load()
    following = load(skip=1) if order else None
    return JsonResponse({"order": order and order.pk, "following": following and following.pk})


def kept(request):
    request.load = load = partial(first_order, "new")
    order = load()
    return JsonResponse({"order": order and order.pk, "n": Product.objects.count()})


def counted(request):
    count = request.session["count"] = Product.objects.count()
    if count:
        request.session["seen"] = seen = names = {"first": Product.objects.order_by("pk").first().name}
        seen["count"] = names["first"] + str(count)
    request.session["a"] = request.session["b"] = 1
    return JsonResponse({"count": request.session["count"], "seen": request.session.get("seen")})


def counted_here(request):
    count = request.session["count"] = Product.objects.count()
    request.session["seen"] = seen = {"count": count}
    seen["more"] = Product.objects.filter(is_active=True).count()
    return JsonResponse({"count": count})
""",
    "lazy: methods that are called later": """
from django.db.models import F
from django.http import JsonResponse

from .models import Order, Product


class Totals:
    def __init__(self, products):
        self.count = products.count
        self.names = products.values_list

    def told(self):
        return {"count": self.count(), "names": list(self.names("name", flat=True))}


def by_name(request):
    products = Product.objects.order_by("pk")
    actions = {"count": products.count, "any": products.exists, "first": products.first}
    done = {name: str(run()) for name, run in actions.items()}
    wanted = request.GET.get("by", "last")
    return JsonResponse({"done": done, "named": str(getattr(products, wanted)()), "there": Order.objects.exists()})


def chosen(request):
    orders = Order.objects.order_by("pk")
    narrow = orders.exclude if request.GET.get("not") else orders.filter
    return JsonResponse({"orders": [order.pk for order in narrow(status="new")], "all": orders.count()})


def saved(request):
    product = Product.objects.order_by("pk").first()
    product.stock = F("stock") + 1
    save = product.save
    save(update_fields=["stock"])
    for step in (product.refresh_from_db, product.full_clean):
        step()
    return JsonResponse({"stock": product.stock})


def told(request):
    totals = Totals(Product.objects.order_by("pk"))
    return JsonResponse({"told": totals.told(), "count": totals.count()})
""",
    "lazy: messages in the session": """
from django.contrib import messages
from django.contrib.messages.storage.session import SessionStorage
from django.http import JsonResponse
from django.shortcuts import redirect, render

from .models import Product


def left(request):
    request._messages = SessionStorage(request)
    messages.info(request, "%s products" % Product.objects.count())
    return redirect("home")


def counted(request):
    request._messages = SessionStorage(request)
    messages.success(request, "%s more" % Product.objects.count())
    return JsonResponse({"n": len(messages.get_messages(request))})


def read(request):
    request._messages = SessionStorage(request)
    messages.info(request, "%s products" % Product.objects.count())
    found = messages.get_messages(request)
    if found:
        return JsonResponse({"said": ["%s: %s" % (said.tags, said) for said in found], "last": Product.objects.last().name})
    return JsonResponse({})


def kept(request):
    request._messages = SessionStorage(request)
    messages.warning(request, "kept %s" % Product.objects.count())
    storage = messages.get_messages(request)
    said = [str(message) for message in storage]
    storage.used = False
    return JsonResponse({"said": said, "n": len(storage)})


def shown(request):
    request._messages = SessionStorage(request)
    messages.error(request, "shown %s" % Product.objects.count())
    return render(request, "shown.html", {})
""",
}
