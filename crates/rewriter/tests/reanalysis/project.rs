//! A small project.

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


def printed():
    return list(IN_PRINT)


def signed(book: 'Kind'):
    return book.author


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
    request.user.books.first()
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
