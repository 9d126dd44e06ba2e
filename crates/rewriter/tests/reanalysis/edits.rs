//! What can be written in the project.

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

/// What can stand in one place instead of each other, and links files otherwise.
pub(crate) const LINKING: &[(&str, &[&str])] = &[
    (
        "shop/models.py",
        &[
            "class Author(models.Model):",
            "class Author(AbstractUser):",
            "class Author:",
            "class Writer(models.Model):",
        ],
    ),
    (
        "shop/models.py",
        &[
            "author = models.ForeignKey(Author, related_name='books', on_delete=models.CASCADE)",
            "author = models.ForeignKey('Author', on_delete=models.CASCADE)",
            "author = models.ForeignKey(get_user_model(), on_delete=models.CASCADE)",
            "author = models.ForeignKey('auth.User', related_name='books', on_delete=models.CASCADE)",
            "author = models.OneToOneField(Author, related_name='rows', on_delete=models.CASCADE)",
        ],
    ),
    (
        "shop/models.py",
        &[
            "objects = BookManager()",
            "objects = models.Manager()",
            "found = BookManager()",
        ],
    ),
    (
        "shop/models.py",
        &["@property", "@cached_property", "@staticmethod"],
    ),
    (
        "shop/models.py",
        &[
            "from django.db import models",
            "from django.db import models\nfrom django.contrib.auth.models import AbstractUser",
        ],
    ),
    (
        "shop/managers.py",
        &[
            "def recent(self):",
            "def newest(self):",
            "async def recent(self):",
        ],
    ),
    (
        "shop/services.py",
        &[
            "def early():\n    pass\n\n\ndef load(pk):",
            "async def load(pk):",
            "def load(pk):",
            "def load(self, pk=1):",
        ],
    ),
    (
        "shop/services.py",
        &[
            "from .models import Author, Book",
            "from .models import Author as Book, Book as Author",
            "from elsewhere.models import Author, Book",
            "from .models import *",
        ],
    ),
    (
        "shop/services.py",
        &["class Shelf:", "class Shelf(Book):", "class Case:"],
    ),
    (
        "shop/services.py",
        &[
            "IN_PRINT = Book.objects.all()\nURL = 'https://example.org'",
            "IN_PRINT = []\nURL = 'https://example.org'",
            "URL = 'https://example.org'",
        ],
    ),
    (
        "shop/services.py",
        &[
            "DEFAULT = Book\nfrom .models import Book as Kind",
            "DEFAULT = Book\nfrom .models import Author as Kind",
            "DEFAULT = Book",
        ],
    ),
    (
        "shop/helpers.py",
        &[
            "from .services import *",
            "from .services import load, Shelf",
            "from .elsewhere import *",
        ],
    ),
    (
        "shop/helpers.py",
        &[
            "def title(book, default=None):",
            "def title(default, book=None):",
            "def title(*book):",
            "def name(book, default=None):",
        ],
    ),
    (
        "shop/views.py",
        &[
            "from shop.models import Book",
            "from shop.models import Author as Book",
            "from shop import models",
        ],
    ),
    (
        "shop/views.py",
        &[
            "def listing(request):",
            "async def listing(request):",
            "def listing(page):",
        ],
    ),
];
