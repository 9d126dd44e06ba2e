"""What comes with a query: relations that it loads, lists that it fills. Names: README.md."""

# With models.py at hand, in a folder.
PROJECT = {
    "database: lists that prefetch fills": """
from django.db.models import Prefetch
from django.http import JsonResponse

from .models import Author, Book, Order, OrderItem, Product, Tag


def authors(request):
    cheap = Book.objects.filter(pages__gt=0).defer("pages").order_by("pk")
    found = []
    for author in Author.objects.prefetch_related(Prefetch("books", queryset=cheap, to_attr="chosen")).order_by("pk"):
        for book in author.chosen:
            found.append([book.title, book.author.name, book.pages, book.publisher and book.publisher.name])
        found.append([author.name, len(author.chosen), bool(author.chosen)])
    return JsonResponse(found, safe=False)


def nested(request):
    tags = Prefetch("tags", Tag.objects.order_by("-pk"), to_attr="labels")
    items = Prefetch("items", OrderItem.objects.order_by("pk"), "lines")
    products = Prefetch("lines__product", Product.objects.prefetch_related(tags))
    found = []
    for order in Order.objects.prefetch_related(items, products, "customer").order_by("pk"):
        found.append(order.customer.name)
        for line in order.lines:
            found.append([line.product.name, line.order.pk, line.order.status])
            found.append([tag.name for tag in line.product.labels])
    return JsonResponse(found, safe=False)


def relations(request, pk):
    books = Prefetch("books", queryset=Book.objects.select_related("publisher").order_by("pk"))
    author = Author.objects.prefetch_related(books).get(pk=1)
    found = [[book.title, book.publisher and book.publisher.name, book.author.name] for book in author.books.all()]
    found += [book.title for book in author.books.exclude(pk=pk)]
    book = Book.objects.prefetch_related(Prefetch("author", to_attr="writer"), "author__books").get(pk=1)
    found.append([book.writer.name, [other.title for other in book.author.books.all()]])
    return JsonResponse(found, safe=False)


def taken_back(request):
    found = []
    for author in Author.objects.prefetch_related("books").prefetch_related(None).order_by("pk"):
        found.append([book.title for book in author.books.all()])
    item = OrderItem.objects.select_related("order").select_related(None).order_by("pk").first()
    found.append(item.order.status)
    return JsonResponse(found, safe=False)
""",
    "database: rows of many relations": """
from django.http import JsonResponse
from django.shortcuts import render

from .models import Author, Category, Order, OrderItem, Product


def lines(request):
    found = []
    for order in Order.objects.order_by("pk"):
        found.append([order.status, len(order.items.all())])
        for item in order.items.all():
            found.append([item.product.name, item.product.category and item.product.category.name, item.order.status])
            found.append([tag.name for tag in item.product.tags.all()])
    return JsonResponse(found, safe=False)


def nested(request):
    categories = Category.objects.order_by("pk")
    found = [
        {"name": category.name, "products": [[p.name, [t.name for t in p.tags.all()]] for p in category.products.all()]}
        for category in categories
    ]
    found += [str(p.pk) for category in categories for p in category.products.all() if p.tags.exists()]
    return JsonResponse(found, safe=False)


def totals(request):
    for order in Order.objects.order_by("pk"):
        order.total = sum(item.price * item.quantity for item in order.items.all())
        order.save()
    return JsonResponse([str(order.total) for order in Order.objects.order_by("pk")], safe=False)


def added(request):
    product = Product.objects.get(pk=1)
    found = []
    for order in Order.objects.order_by("pk"):
        found.append(len(order.items.all()))
        OrderItem.objects.create(order_id=1, product=product, quantity=2, price=1)
        found.append([item.quantity for item in order.items.all()])
    return JsonResponse(found, safe=False)


def moved(request):
    found = []
    for order in Order.objects.order_by("pk"):
        found.append([item.pk for item in order.items.all()])
        move(order)
    return JsonResponse(found, safe=False)


def move(order):
    OrderItem.objects.filter(order=order).update(order_id=3)


def marked(request):
    found = []
    orders = Order.objects.order_by("pk")
    for order in orders:
        for item in order.items.all():
            item.quantity += 10
            found.append(item.quantity)
        found += [item.quantity for item in order.items.all()]
    return render(request, "orders.html", {"orders": orders, "found": found})


def parts(request):
    found = []
    for author in Author.objects.prefetch_related("books").order_by("pk"):
        books = author.books.all()
        found.append([[book.title, book.publisher and book.publisher.name] for book in author.books.all()])
        found.append([book.title for book in author.books.all()[:1]] + [book.title for book in books[:1]])
    return JsonResponse(found, safe=False)


def sometimes(request):
    found = []
    for order in Order.objects.order_by("pk"):
        if order.pk == 2:
            continue
        for item in order.items.all():
            found.append(item.product.name)
        if order.items.all():
            found.append("some")
        if len(found) > 3:
            break
    return JsonResponse(found, safe=False)
""",
    "database: what helpers read of rows": """
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Book, Order, OrderItem


def line(item, sep=" x "):
    return item.product.name + sep + str(item.quantity) + owner(item.order)


def owner(order):
    return " for " + order.customer.name


def either(first, second):
    return first.author.name + (second.publisher.name if second.publisher else "-")


def rebound(order):
    order = order.items.order_by("pk").first()
    return order.product.name if order else ""


def lines(request):
    found = [line(item) for item in OrderItem.objects.order_by("pk")]
    for item in OrderItem.objects.filter(quantity__gt=0).order_by("-pk"):
        found.append(line(item=item, sep="/"))
    return JsonResponse(found, safe=False)


def order(request, pk):
    order = get_object_or_404(Order, pk=pk)
    found = [owner(order), rebound(order)]
    order.refresh_from_db()
    found.append(owner(order))
    return JsonResponse(found, safe=False)


def books(request):
    first = Book.objects.order_by("pk").first()
    found = [either(first, second) for second in Book.objects.order_by("pk")]
    found += [either(second=other, first=other) for other in Book.objects.order_by("-pk")[:2]]
    return JsonResponse(found, safe=False)


def printed(request):
    return JsonResponse([f"{item}" for item in OrderItem.objects.order_by("pk")] + [str(Order.objects.first())], safe=False)
""",
    "database: what rows know": """
from django.http import JsonResponse

from .models import Author, Book, Customer, OrderItem


def back(request):
    author = Author.objects.get(pk=1)
    found = [[book.title, book.author.name] for book in author.books.order_by("pk")]
    last = author.books.order_by("pk").last()
    found.append(last.author.email)
    both = author.books.filter(pk=1) | Book.objects.filter(pk=3)
    found += [book.author.name for book in both.order_by("pk")]
    found.append(author.books.create(title="New", slug="new", pages=3).author.name)
    return JsonResponse(found, safe=False)


def defaults(request):
    found = []
    for item in OrderItem.objects.select_related().order_by("pk"):
        found.append([item.order.customer.name, item.product.name, item.product.category and item.product.category.name])
    customer = Customer.objects.select_related().order_by("pk").first()
    found.append(customer.user.username if customer.user else None)
    return JsonResponse(found, safe=False)
""",
    "database: what forms and mappings hold": """
from django import forms
from django.forms import modelformset_factory
from django.http import HttpResponse, JsonResponse

from .models import Book, Customer, Order, OrderItem, Product, Tag


class LineForm(forms.ModelForm):
    label = forms.ModelChoiceField(queryset=Tag.objects.all(), required=False)
    labels = forms.ModelMultipleChoiceField(queryset=Tag.objects.order_by("pk"), required=False)

    class Meta:
        model = OrderItem
        fields = ["order", "product", "quantity"]


def line(request):
    form = LineForm({"order": 1, "product": 2, "quantity": 3, "label": 1, "labels": [1, 2]})
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    data = form.cleaned_data
    found = [data["order"].customer.name, data["product"].name, data["quantity"]]
    found += [tag.name for tag in data["labels"]] + [data["labels"].filter(pk=2).count()]
    found.append(data["label"].name)
    return JsonResponse(found, safe=False)


def forms_of_a_set(request):
    lines = modelformset_factory(Tag, fields=["name"], extra=1)(queryset=Tag.objects.order_by("pk"))
    shown = [str(lines[0])]
    for form in lines:
        shown.append(form.as_p())
    return HttpResponse("".join(shown))


def bulk(request):
    orders = Order.objects.in_bulk([1, 2])
    found = [order.customer.name for order in orders.values()]
    found += [[pk, order.status] for pk, order in orders.items()]
    found.append(orders[1].customer.email)
    return JsonResponse(found, safe=False)


def either(request, pk):
    if pk == 1:
        thing = Product.objects.get(pk=1)
    else:
        thing = Book.objects.get(pk=2)
    found = [thing.pk, thing.price, [tag.name for tag in thing.tags.all()]]
    owner = Order.objects.get(pk=1) if request.GET else Customer.objects.get(pk=1)
    found.append(str(owner))
    holder = OrderItem.objects.get(pk=1) if pk == 1 else Order.objects.get(pk=1)
    if hasattr(holder, "total"):
        found.append(holder.customer.name)
    else:
        found.append(holder.order.status)
    return JsonResponse([str(part) for part in found], safe=False)
""",
}

# Beside models.py, the templates in universe/templates/at_hand and these settings, which are those of the run.
SETTINGS = """
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
"""

# Text before, the values of --templates, and how often `render` is called on the event loop after.
TEMPLATED = {
    "database: templates that ask nothing": (
        """
from django.shortcuts import render

from .models import Order, OrderItem


def loaded(request):
    orders = list(Order.objects.select_related("customer").prefetch_related("items__product", "items__order").order_by("pk"))
    context = {"orders": orders, "total": OrderItem.objects.count(), "title": "Orders"}
    context["first"] = Order.objects.first()
    return render(request, "at_hand/orders.html", context)


def lazily(request):
    orders = Order.objects.order_by("pk")
    return render(request, "at_hand/orders.html", {"orders": orders, "total": OrderItem.objects.count()})


def greeting(request):
    return render(request, "at_hand/greeting.html", {"count": Order.objects.count()})
""",
        {"wrap": 1, "evaluate": 1, "response": 0},
    ),
    "database: contexts that are evaluated": (
        """
from django.shortcuts import render

from .models import Order, OrderItem


def lazily(request):
    orders = Order.objects.select_related("customer").prefetch_related("items__product", "items__order").order_by("pk")
    return render(request, "at_hand/orders.html", {"orders": orders, "total": OrderItem.objects.count()})


def asking(request):
    return render(request, "at_hand/orders.html", {"orders": Order.objects.order_by("pk"), "total": Order.objects.count()})
""",
        {"wrap": 0, "evaluate": 1, "response": 0},
    ),
}
