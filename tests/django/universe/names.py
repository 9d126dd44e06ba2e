"""Names that an example may use without importing them, and values for the parameters of its functions.

Only what stands in code *before* a migration is here: what the code afterwards needs, it has to import itself.
"""
import importlib

PRELUDE = {
    "django.shortcuts": ["render", "redirect", "get_object_or_404", "get_list_or_404", "resolve_url"],
    "django.http": [
        "Http404", "HttpResponse", "HttpResponseBadRequest", "HttpResponseForbidden", "HttpResponseNotFound",
        "HttpResponseRedirect", "JsonResponse", "StreamingHttpResponse",
    ],
    "django.urls": ["reverse", "reverse_lazy"],
    "django.contrib": ["messages"],
    "django.contrib.auth.decorators": ["login_required", "permission_required"],
    "django.contrib.auth.models": ["User", "Group", "Permission"],
    "django.contrib.contenttypes.models": ["ContentType"],
    "django.core.cache": ["cache"],
    "django.core.exceptions": ["ObjectDoesNotExist", "PermissionDenied", "ValidationError"],
    "django.core.mail": ["send_mail", "EmailMessage"],
    "django.core.paginator": ["Paginator"],
    "django.conf": ["settings"],
    "django.db": ["connection", "transaction", "models"],
    "django.db.models": ["Avg", "Count", "Exists", "F", "Max", "Min", "OuterRef", "Prefetch", "Q", "Sum"],
    "django.utils": ["timezone"],
    "django.views": ["View"],
    "django.views.decorators.http": ["require_GET", "require_POST", "require_http_methods"],
    "django.views.generic": ["DetailView", "ListView", "TemplateView"],
}
MODULES = ["datetime", "json", "random", "time"]
MODELS = [
    "Article", "Author", "Book", "Category", "Comment", "Coupon", "Customer", "Note", "Order", "OrderItem", "Product", "Profile",
    "Publisher", "Review", "Tag",
]

# Parameters by name: (what exists, what does not).
PARAMETERS = {
    "slug": ("first", "missing"),
    "name": ("Widget", "missing"),
    "title": ("Book 0", "missing"),
    "username": ("member", "missing"),
    "email": ("ann@example.com", "missing@example.com"),
    "code": ("code0", "missing"),
    "status": ("new", "missing"),
    "query": ("Widget", "missing"),
    "q": ("Widget", "missing"),
    "term": ("Widget", "missing"),
    "year": (1970, 1900),
    "month": (1, 12),
    "quantity": (2, 2),
    "rating": (5, 1),
    "page": (1, 1),
    "limit": (2, 2),
    "url": ("https://api.example.com/data", "https://api.example.com/status/404"),
}
FORM = {
    "name": "Posted", "title": "Posted title", "slug": "posted", "text": "Posted text", "body": "Posted body", "price": "12.50",
    "quantity": "2", "rating": "4", "email": "posted@example.com", "subject": "Posted subject", "message": "Posted message",
    "username": "member", "password": "secret", "status": "paid", "comment": "Posted comment", "q": "Widget", "query": "Widget",
    "product": "1", "product_id": "1", "order_id": "1", "customer": "1", "customer_id": "1", "category": "1", "author": "1",
    "pk": "1", "id": "1", "ids": ["1", "2"], "code": "code0", "bio": "Posted bio", "stock": "3", "next": "/done/",
}
QUERY = "q=Widget&search=Widget&query=Widget&page=2&category=first&tag=red&name=Widget&id=1&pk=1&status=new&sort=name&limit=2"


def integer(name):
    return name in ("pk", "id", "number", "n", "year", "month", "quantity", "rating", "page", "limit") or name.endswith(
        ("_id", "_pk")
    )


def parameter(name, exists=True):
    """A value for a view's URL parameter."""
    if name in PARAMETERS:
        return PARAMETERS[name][0 if exists else 1]
    if integer(name):
        return 1 if exists else 999
    raise LookupError(
        "an example's parameter is called %r: the universe has no value for it (see tests/django/README.md)" % name
    )


def given(name):
    """A value for a name that an example uses but does not define: `order` is Order 1, `user` is User 1, and so on."""
    from . import models

    if name in PARAMETERS or integer(name):
        return parameter(name)
    if name == "user":
        from django.contrib.auth.models import User

        return User.objects.get(pk=1)

    model = getattr(models, "".join(part.title() for part in name.split("_")), None)
    if model is not None and name == name.lower():
        return model.objects.get(pk=1)
    raise LookupError(
        "an example uses %r, which it neither defines nor imports, and which the universe lacks (see tests/django/README.md)" % name
    )


def prelude():
    """The names that need no import."""
    from . import models

    names = {name: getattr(models, name) for name in MODELS}
    for module, members in PRELUDE.items():
        module = importlib.import_module(module)
        names.update({name: getattr(module, name) for name in members})
    names.update({name: importlib.import_module(name) for name in MODULES})
    return names
