"""Befores with blocks and decorators that stay synchronous in part, migrated by the command for every version and run there.

Names: README.md.
"""

# Each of these views waits outside of its transaction too, so that it becomes async.
TRANSACTIONS = {
    "transaction: results": """
from django.db import IntegrityError, connection, transaction


def view(request, pk):
    product = get_object_or_404(Product, pk=pk)
    total = 0
    with transaction.atomic():
        customer = Customer.objects.select_for_update().first()
        order = Order.objects.create(customer=customer, total=product.price)
        for quantity in (1, 2):
            item = order.items.create(product=product, quantity=quantity)
            total += item.quantity
    return JsonResponse({"order": order.total, "items": order.items.count(), "total": total, "last": item.quantity})
""",
    "transaction: rollback": """
from django.db import IntegrityError, connection, transaction


def view(request, pk):
    made = None
    before = Tag.objects.count()
    try:
        with transaction.atomic():
            made = Tag.objects.create(name="rolled back")
            Tag.objects.create(name="rolled back")
    except IntegrityError:
        return JsonResponse({"made": made.name, "before": before, "after": Tag.objects.count()})
    return HttpResponse("never")
""",
    "transaction: early-return": """
from django.db import IntegrityError, connection, transaction


def view(request, pk):
    product = get_object_or_404(Product, pk=pk)
    with transaction.atomic():
        if product.stock > 3:
            Tag.objects.create(name="enough")
            return JsonResponse({"stock": product.stock}, status=409)
        product.stock += 1
        product.save()
        if request.method == "POST":
            return redirect("home")
    return JsonResponse({"stock": product.stock})
""",
    "transaction: loop": """
from django.db import IntegrityError, connection, transaction


def view(request):
    names = []
    for product in Product.objects.order_by("pk"):
        with transaction.atomic():
            if product.stock > 3:
                continue
            Tag.objects.create(name=product.name)
            if product.pk == 2:
                break
        names.append(product.name)
    else:
        names.append("all")
    return JsonResponse({"names": names, "tags": Tag.objects.count()})
""",
    "transaction: nested": """
from django.db import IntegrityError, connection, transaction


def view(request):
    seen = []
    with transaction.atomic():
        Tag.objects.create(name="outer")
        try:
            with transaction.atomic():
                Tag.objects.create(name="outer")
        except IntegrityError:
            seen.append("again")
        transaction.on_commit(lambda: seen.append(Tag.objects.count()))
    return JsonResponse({"seen": seen, "tags": Tag.objects.count()})
""",
    "transaction: helpers": """
from django.db import IntegrityError, connection, transaction


def tag_names(prefix):
    return [tag.name for tag in Tag.objects.filter(name__startswith=prefix)]


def rename(pk, name):
    product = Product.objects.get(pk=pk)
    if Product.objects.filter(name=name).exists():
        return None
    with transaction.atomic():
        product.name = name
        product.save()
        Tag.objects.create(name=f"{name} {len(tag_names(name))}")
        if product.stock > 3:
            return
    return product


def view(request, pk):
    renamed = rename(pk, "new")
    return JsonResponse({"name": renamed.name if renamed else "", "tags": tag_names("new")})
""",
    "transaction: user": """
from django.db import IntegrityError, connection, transaction


def view(request):
    count = Comment.objects.count()
    with transaction.atomic():
        if request.user.is_authenticated:
            Comment.objects.create(article=Article.objects.first(), user=request.user, text="hello")
        request.session["seen"] = request.session.get("seen", 0) + 1
        messages.success(request, "done")
    return JsonResponse({"count": count, "seen": request.session["seen"], "name": request.user.get_username()})
""",
    "transaction: cursor": """
from django.db import IntegrityError, connection, transaction


def view(request, pk):
    product = get_object_or_404(Product, pk=pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1, 2")
        row = cursor.fetchone()
        columns = [column[0] for column in cursor.description]
    return JsonResponse({"name": product.name, "row": list(row), "columns": len(columns)})
""",
}

# Decorators of the project's own, around views that become async.
DECORATORS = {
    "decorators: checks": """
from functools import wraps
from django.shortcuts import get_object_or_404


def published(view):
    @wraps(view)
    def wrapper(request, slug, *args, **kwargs):
        article = get_object_or_404(Article, slug=slug)
        if not article.is_published:
            return HttpResponse("hidden", status=404)
        request.article = article
        return view(request, slug, *args, **kwargs)

    return wrapper


@published
def read(request, slug):
    return JsonResponse({"title": request.article.title, "comments": Comment.objects.filter(article=request.article).count()})
""",
    "decorators: stacked": """
from functools import wraps


def member_name(user):
    return Profile.objects.filter(user_id=user.pk).count() if user.is_authenticated else -1


def counted(label):
    def decorator(func):
        @wraps(func)
        def inner(request, *args, **kwargs):
            before = Tag.objects.count()
            response = func(request, *args, **kwargs)
            response["X-" + label] = f"{before} {Tag.objects.count()} {func.__name__}"
            return response

        return inner

    return decorator


def with_member(view):
    def wrapper(request, *args, **kwargs):
        try:
            request.member = member_name(request.user)
            response = view(request, *args, **kwargs)
        except Product.DoesNotExist:
            return HttpResponse("none", status=410)
        return response

    return wrapper


@counted("Tags")
@require_http_methods(["GET", "POST"])
@with_member
def buy(request, pk):
    product = Product.objects.get(pk=pk)
    Tag.objects.create(name=f"bought {product.name} {request.member}")
    return JsonResponse({"name": product.name, "member": request.member})


@counted("Sync")
def plain(request):
    return HttpResponse("plain")
""",
}
