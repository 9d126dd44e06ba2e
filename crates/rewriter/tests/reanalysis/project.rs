//! A small project, and what can be written in it.

/// A project whose files learn a lot of each other.
pub(crate) const PROJECT: &[(&str, &str)] = &[
    (
        "shop/models.py",
        r#"from django.db import models
from .managers import BookManager


class Author(models.Model):
    name = models.CharField()
    def best(self):
        return self.books.first()


class Book(models.Model):
    author = models.ForeignKey(Author, related_name='books', on_delete=models.CASCADE)
    objects = BookManager()
    @property
    def byline(self):
        return self.author.name
"#,
    ),
    (
        "shop/managers.py",
        r#"from django.db import models


class BookQuerySet(models.QuerySet):
    def in_print(self):
        return self.filter(printed=True)


class BookManager(models.Manager):
    def recent(self):
        return self.order_by('-date')
    def create(self, **values):
        return super().create(**values)
"#,
    ),
    (
        "shop/services.py",
        r#"import requests
from .models import Author, Book

BOOKS = Book.objects.all()
DEFAULT = Book
URL = 'https://example.org'


class Shelf:
    def __init__(self, owner):
        self.owner = owner
        self.rows = Book.objects.all()
        self.answer = requests.get(URL)
    def first(self):
        return self.rows.first()


def load(pk):
    return Book.objects.get(pk=pk)


def pair(pk):
    return load(pk), Author.objects.filter(pk=pk)


def fetch(url):
    return requests.get(url, timeout=3)
"#,
    ),
    (
        "shop/helpers.py",
        r#"from .services import *
from . import services
from .more import LATE

EARLY = services.BOOKS


def title(book, default=None):
    return book.author.name


def total(rows):
    return len(rows)


def shelf(user):
    return Shelf(user)


def text(response):
    return response.json()


def through(order):
    return order.customer.address
"#,
    ),
    (
        "shop/more.py",
        r#"from shop import helpers
from shop.services import load
from elsewhere.models import Order

LATE = helpers.EARLY
PICKED = load(1)
SHELF = helpers.shelf(None)
SHELF.extra = LATE


def again(n):
    return load(n) if n else again(n - 1)


def orders():
    helpers.through(Order.objects.get(pk=1))
"#,
    ),
    (
        "shop/chain.py",
        r#"from shop import end


def one(x):
    return end.two(x)


def three(x):
    return end.four(x)


def five(x):
    return end.six(x)


def seven(x):
    return list(x)
"#,
    ),
    (
        "shop/end.py",
        r#"from shop import chain, more


def two(x):
    return chain.three(x)


def four(x):
    return chain.five(x)


def six(x):
    return chain.seven(x)


def start(request):
    found = chain.one(more.LATE)
    return HttpResponse(found.count())
"#,
    ),
    (
        "shop/views.py",
        r#"from django.http import HttpResponse
from django.shortcuts import render
from elsewhere.models import Order
from shop import helpers, more
from shop.helpers import shelf, text, title, total
from shop.models import Book
from shop.services import fetch, pair


def detail(request, pk):
    book, authors = pair(pk)
    name = title(book)
    rows = Book.objects.recent().in_print()
    if rows:
        name = book.byline
    return render(request, 'b.html', {'n': name, 't': total(authors)})


def listing(request):
    found = shelf(request.user)
    return HttpResponse(len(found.rows) + len(more.LATE) + len(found.extra))


def remote(request, pk):
    response = fetch('https://example.org')
    order = Order.objects.get(pk=pk)
    customer = order.customer
    return HttpResponse(text(response))
"#,
    ),
    (
        "shop/urls.py",
        r#"from django.urls import path
from . import views

urlpatterns = [path('', views.listing), path('<pk>', views.detail)]
handler404 = 'shop.views.remote'
"#,
    ),
];

/// What can stand in one place instead of each other, in a body: nothing that links files, but what they learn.
pub(crate) const ALTERNATIVES: &[(&str, &[&str])] = &[
    (
        "shop/services.py",
        &[
            "return Book.objects.get(pk=pk)",
            "return Author.objects.get(pk=pk)",
            "return Book.objects.filter(pk=pk)",
            "return [Book.objects.first()]",
            "return requests.get(URL)",
            "return pair(pk)",
            "pass",
        ],
    ),
    (
        "shop/services.py",
        &[
            "BOOKS = Book.objects.all()",
            "BOOKS = Book.objects.in_print()",
            "BOOKS = Author.objects.filter(name='x')",
            "BOOKS = []",
        ],
    ),
    (
        "shop/services.py",
        &[
            "self.rows = Book.objects.all()",
            "self.rows = [1, 2]",
            "self.rows = self.answer = requests.post(URL)",
            "self.rows = load(1), load(2)",
        ],
    ),
    (
        "shop/services.py",
        &[
            "return requests.get(url, timeout=3)",
            "return requests.get(url, timeout=5)",
            "return url",
            "return 1, requests.get(url)",
        ],
    ),
    (
        "shop/managers.py",
        &[
            "return self.order_by('-date')",
            "return list(self.all())",
            "return self.first()",
        ],
    ),
    (
        "shop/helpers.py",
        &[
            "return order.customer.address",
            "return order.pk",
            "return order.customer, order.seller.name",
            "return order.customer_set.all()",
        ],
    ),
    (
        "shop/helpers.py",
        &[
            "EARLY = services.BOOKS",
            "EARLY = list(services.BOOKS)",
            "EARLY = load(1)",
            "EARLY = title(load(1))",
            "EARLY = LATE",
        ],
    ),
    (
        "shop/helpers.py",
        &[
            "return book.author.name",
            "return book",
            "return book.author",
            "return total(book)",
        ],
    ),
    (
        "shop/more.py",
        &[
            "SHELF.extra = LATE",
            "SHELF.extra = PICKED",
            "SHELF.extra = None",
            "SHELF.rows = again(1)",
        ],
    ),
    (
        "shop/chain.py",
        &[
            "return list(x)",
            "return x",
            "return x.first()",
            "return end.two(x)",
        ],
    ),
    (
        "shop/end.py",
        &["return chain.five(x)", "return x", "return chain.five(7)"],
    ),
    (
        "shop/end.py",
        &[
            "found = chain.one(more.LATE)",
            "found = chain.one(more.PICKED)",
            "found = chain.one(found)",
        ],
    ),
    (
        "shop/views.py",
        &[
            "name = title(book)",
            "name = title(rows)",
            "name = title(request.user)",
            "name = title(Book.objects.recent())",
        ],
    ),
    (
        "shop/views.py",
        &[
            "customer = order.customer",
            "customer = order.customer.name",
            "order.customer.save()",
            "customer = order.seller",
        ],
    ),
];

/// Lines that say something else than the one they replace.
pub(crate) const LINES: &[&str] = &[
    "return Book.objects.all()",
    "return Author.objects.get(pk=1)",
    "return self.books.all()",
    "return None",
    "return [Book.objects.first()]",
    "return 1, requests.get(URL)",
    "yield Book.objects.get(pk=1)",
    "pass",
    "x = load(pk)",
    "self.rows = Author.objects.filter(pk=1)",
    "self.answer = requests.post(URL)",
    "self.owner = Author()",
    "found.extra = 1",
    "BOOKS = list(Book.objects.all())",
    "LATE = Author.objects.all()",
    "DEFAULT = Author",
    "from .models import Book",
    "from shop.services import *",
    "import shop.services as services",
    "from somewhere import load, shelf",
    "objects = models.Manager()",
    "objects = BookQuerySet.as_manager()",
    "author = models.ForeignKey('Author', on_delete=models.CASCADE)",
    "editor = models.ForeignKey('auth.User', related_name='books', on_delete=models.CASCADE)",
    "title = models.CharField()",
    "def load(pk, *, deep=False):",
    "async def title(book):",
    "def title(book: Book):",
    "def total(rows):",
    "def __iter__(self):",
    "@property",
    "@login_required",
    "class Shelf(Book):",
    "class Author(AbstractUser):",
    "title(Author.objects.first())",
    "total(BOOKS)",
    "total([])",
    "text(requests.get(URL))",
    "for row in more.LATE: total(row)",
    "print(found.rows, more.PICKED.author)",
    "print(order.customer.name)",
    "helpers.through(Author())",
    "x = 'shop.views.detail'",
    "# nothing",
    "",
    "größe = '📦'",
    "if rows:",
    "return (",
    "'''",
    "def f(",
    ")",
    "print x",
];
