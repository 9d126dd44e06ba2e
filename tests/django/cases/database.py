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
}
