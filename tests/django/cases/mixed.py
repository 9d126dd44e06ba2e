"""Views that do several things at once, with relations, rows that loops keep, sessions and writes. Names: README.md."""

# With models.py at hand, in a folder.
PROJECT = {
    "mixed: helpers with relations and rows": """
from collections import defaultdict

from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.db.models import Prefetch, Q, F, Count, Sum

from .models import Author, Book, Category, Customer, Order, OrderItem, Product, Review, Tag


def describe(order, with_items=True):
    data = {"id": order.pk, "customer": order.customer.name, "user": order.customer.user and order.customer.user.username}
    if with_items:
        data["items"] = [describe_item(item) for item in order.items.all()]
    return data


def describe_item(item):
    return {"product": item.product.name, "category": item.product.category and item.product.category.name, "quantity": item.quantity}


def orders(request):
    return JsonResponse([describe(order) for order in Order.objects.order_by("pk")], safe=False)


def detail(request, pk):
    order = get_object_or_404(Order.objects.select_related("customer"), pk=pk)
    return JsonResponse(describe(order, with_items=request.GET.get("q") is not None))


def items(request):
    by_order = defaultdict(list)
    for item in OrderItem.objects.order_by("pk"):
        by_order[item.order.status].append(describe_item(item))
    return JsonResponse(by_order)


def tree(request):
    found = []
    for category in Category.objects.filter(parent=None).order_by("pk"):
        for child in category.children.all():
            found.append([child.parent.name, child.name, [p.name for p in child.products.all()]])
        for product in category.products.all():
            found.append([product.category.name, [tag.name for tag in product.tags.all()], product.reviews.count() if hasattr(product, "reviews") else 0])
    return JsonResponse(found, safe=False)


def customers(request):
    rows = []
    for customer in Customer.objects.order_by("pk"):
        orders = customer.orders.all()
        rows.append({"name": customer.name, "n": len(orders), "first": orders[0].pk if orders else None, "last": [o.pk for o in customer.orders.all()][-1:]})
    return JsonResponse(rows, safe=False)


def while_loop(request):
    category = Category.objects.order_by("-pk").first()
    names = []
    while category and len(names) < 5:
        names.append(category.name)
        names += [p.name for p in category.products.all()]
        category = category.parent
    return JsonResponse(names, safe=False)


def swapped(request):
    best = None
    for order in Order.objects.order_by("pk"):
        if best is None or order.items.count() > best.items.count():
            best = order
    return JsonResponse({"best": best.pk if best else None, "items": [i.product.name for i in best.items.all()] if best else []})
""",
    "mixed: classes and comprehension towers": """
from django.http import Http404, HttpResponse, JsonResponse
from django.views import View
from django.utils.functional import cached_property

from .models import Author, Book, Order, OrderItem, Product, Tag


class Report:
    def __init__(self, status):
        self.status = status
        self.orders = Order.objects.filter(status=status).order_by("pk")

    @cached_property
    def total(self):
        return sum(item.price * item.quantity for order in self.orders for item in order.items.all())

    def lines(self):
        for order in self.orders:
            yield "%s: %s" % (order.pk, ", ".join(item.product.name for item in order.items.all()))

    def as_dict(self):
        return {order.pk: {item.pk: item.product.name for item in order.items.all()} for order in self.orders}


class ReportView(View):
    def get(self, request, status):
        report = Report(status)
        return JsonResponse({"total": str(report.total), "dict": report.as_dict()})

    def post(self, request, status):
        return HttpResponse("\\n".join(Report(status).lines()))


def tags(request):
    matrix = {tag.name: {p.name: [i.quantity for i in p.orderitem_set.all()] if hasattr(p, "orderitem_set") else [] for p in Product.objects.filter(tags=tag).order_by("pk")} for tag in Tag.objects.order_by("pk")}
    return JsonResponse(matrix)


def books(request):
    found = [(b.title, b.author.name, *(t.name for t in b.tags.all())) for b in Book.objects.order_by("pk") if b.pages]
    both = [*Book.objects.values_list("pk", flat=True).order_by("pk"), *[a.pk for a in Author.objects.order_by("pk")]]
    first, *rest = Book.objects.order_by("pk")
    return JsonResponse([found, both, first.author.name, [b.publisher and b.publisher.name for b in rest]], safe=False)


def sliced(request):
    page = Book.objects.order_by("pk")[1:3]
    return JsonResponse([[b.title, b.author.name, [t.name for t in b.tags.all()]] for b in page], safe=False)


def either(request, pk):
    try:
        thing = Book.objects.get(pk=pk)
    except Book.DoesNotExist:
        thing = Author.objects.first()
    owner = thing.author if isinstance(thing, Book) else thing
    return JsonResponse({"owner": owner.name, "books": [b.title for b in owner.books.all()]})
""",
    "mixed: sessions, users and writes": """
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from .models import Customer, Order, OrderItem, Product, Review


def basket(request):
    basket = request.session.setdefault("basket", {})
    for pk in request.GET.getlist("id"):
        basket[pk] = basket.get(pk, 0) + 1
    request.session.modified = True
    products = Product.objects.in_bulk([int(pk) for pk in basket])
    lines = [(products[int(pk)], count) for pk, count in basket.items() if int(pk) in products]
    total = request.session["total"] = str(sum(product.price * count for product, count in lines))
    return JsonResponse({"total": total, "lines": [[p.name, p.category.name if p.category else None, n] for p, n in lines]})


@login_required
def mine(request):
    reviews = Review.objects.filter(user=request.user).order_by("pk")
    for review in reviews:
        review.rating = min(5, review.rating + 1)
        review.save(update_fields=["rating"])
    messages.info(request, "%d changed" % len(reviews))
    return JsonResponse({"reviews": [[r.product.name, r.rating, r.user.username] for r in reviews]})


def checkout(request):
    if request.method != "POST":
        return render(request, "checkout.html", {"orders": Order.objects.filter(customer__user=request.user.pk)})
    with transaction.atomic():
        customer, created = Customer.objects.get_or_create(name="Someone", defaults={"email": "s@example.com"})
        order = Order.objects.create(customer=customer)
        for product in Product.objects.filter(is_active=True).order_by("pk")[:2]:
            OrderItem.objects.create(order=order, product=product, quantity=1, price=product.price)
        order.total = sum(item.price for item in order.items.all())
        order.save()
    summary = [[item.product.name, item.order.customer.name] for item in order.items.all()]
    return JsonResponse({"created": created, "summary": summary, "total": str(order.total)})


def repriced(request):
    changed = []
    for order in Order.objects.order_by("pk"):
        for item in order.items.all():
            if item.price != item.product.price:
                item.price = item.product.price
                item.save()
                changed.append(item.pk)
        order.total = sum(item.price * item.quantity for item in order.items.all())
        order.save()
    return JsonResponse({"changed": changed, "totals": [str(o.total) for o in Order.objects.order_by("pk")]})


def restocked(request):
    for product in Product.objects.order_by("pk"):
        names = [tag.name for tag in product.tags.all()]
        product.description = ", ".join(names)
        product.save()
        product.tags.clear()
    return JsonResponse([p.description for p in Product.objects.order_by("pk")] + [p.tags.count() for p in Product.objects.order_by("pk")], safe=False)
""",
}
