"""What only a database with several writers shows: row locks, what a transaction hides from others, pools of connections.

Name → (text, how often its views are asked at the same time). Each text runs as it stands; where Django has pools (5.1), once
more with a pool of two connections. `pg_sleep` holds what is to be held long enough for the others to come.
"""

CASES = {
    "row lock": ("""
from django.db import connection, transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Product


def take(request):
    known = get_object_or_404(Product, slug="second")
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=known.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        product.stock -= 1
        product.save()
    return JsonResponse({"name": product.name})
""", 4),
    "row lock in a helper": ("""
from django.db import connection, transaction
from django.http import HttpResponse

from .models import Order, OrderItem, Product


def _take(product_id, quantity):
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=product_id)
        if product.stock < quantity:
            raise ValueError(product.name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        product.stock -= quantity
        product.save(update_fields=["stock"])
        return OrderItem.objects.create(order=Order.objects.get(pk=1), product=product, quantity=quantity)


def buy(request):
    try:
        item = _take(2, 2)
    except ValueError as error:
        return HttpResponse("sold out: %s" % error, status=409)
    return HttpResponse("%s x %s" % (item.quantity, item.product.name))
""", 3),
    "locked rows that others skip": ("""
from django.db import connection, transaction
from django.http import JsonResponse

from .models import Order


def work(request):
    if not Order.objects.filter(pk=1).exists():
        return JsonResponse({}, status=404)
    done = None
    with transaction.atomic():
        order = Order.objects.select_for_update(skip_locked=True).filter(status="new").order_by("pk").first()
        if order is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.5)")
            order.status = "done"
            order.save()
            done = order.pk
    return JsonResponse({"done": done, "idle": done is None})
""", 2),
    "nothing is seen before it is committed": ("""
from django.db import connection, transaction
from django.http import JsonResponse

from .models import Tag


def write(request):
    number = Tag.objects.count()
    with transaction.atomic():
        Tag.objects.create(name="half %d" % number)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        Tag.objects.create(name="whole %d" % number)
    return JsonResponse({"tags": Tag.objects.count()})


def look(request):
    halves = 0
    for _ in range(8):
        names = list(Tag.objects.order_by("pk").values_list("name", flat=True))
        halves += len([name for name in names if "half" in name]) != len([name for name in names if "whole" in name])
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
    return JsonResponse({"halves": halves})
""", 1),
    "nothing is left of what fails": ("""
from django.db import IntegrityError, transaction
from django.http import JsonResponse

from .models import Category, Tag


def fail(request):
    try:
        with transaction.atomic():
            Tag.objects.create(name="gone")
            Category.objects.create(name="Twice", slug="first")
    except IntegrityError:
        Tag.objects.create(name="kept %d" % Tag.objects.filter(name__startswith="kept").count())
    return JsonResponse({"gone": Tag.objects.filter(name="gone").exists()})
""", 1),
    "many at once": ("""
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Author, Book


def library(request):
    author = get_object_or_404(Author, pk=1)
    titles = [book.title for book in Book.objects.select_related("author").order_by("pk")]
    Book.objects.filter(author=author).update(pages=10)
    return JsonResponse({"author": author.name, "titles": titles, "books": author.books.count()})
""", 8),
}  # fmt: skip

# Mistakes that only these cases show: (what it is, the case, before → after in the migrated text by hand, kinds of failure).
LOST_UPDATE = """
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import JsonResponse

from .models import Product


def _sleep():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")


async def take(request):
    product = await Product.objects.aget(pk=2)
    await sync_to_async(_sleep)()
    product.stock -= 1
    await product.asave()
    return JsonResponse({"name": product.name})
"""
OTHER_THREAD = """
import asyncio

from django.http import JsonResponse

from .models import Author, Book


def _library():
    author = Author.objects.get(pk=1)
    titles = [book.title for book in Book.objects.select_related("author").order_by("pk")]
    Book.objects.filter(author=author).update(pages=10)
    return {"author": author.name, "titles": titles, "books": author.books.count()}


async def library(request):
    return JsonResponse(await asyncio.to_thread(_library))
"""
MISTAKES = [
    ("an update without its lock", "row lock", LOST_UPDATE, ("database",)),
    ("queries in threads of their own", "many at once", OTHER_THREAD, ("connection", "crash", "status", "timeout")),
]
