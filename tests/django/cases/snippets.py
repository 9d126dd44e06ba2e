"""Small befores, each migrated by the command for every version and run there. Names: README.md.

Bare statements unless a text defines a view. What they hold must stay true whatever the command makes of it: native,
wrapped or left as it is.
"""

QUERIES = {
    "terminals": """
first = Product.objects.first()
last = Product.objects.order_by("name").last()
earliest = Book.objects.earliest("published")
latest = Book.objects.latest("published")
count = Product.objects.filter(is_active=True).count()
exists = Product.objects.filter(name="Widget").exists()
contains = Product.objects.filter(is_active=True).contains(first)
total = Book.objects.aggregate(pages=Sum("pages"), most=Max("pages"))
bulk = Product.objects.in_bulk([1, 2])
one = Book.objects.get(slug="second")
""",
    "writing": """
made = Tag.objects.create(name="new")
got, created = Tag.objects.get_or_create(name="new")
other, fresh = Tag.objects.update_or_create(name="old", defaults={"name": "older"})
many = Tag.objects.bulk_create([Tag(name="a"), Tag(name="b")])
changed = Product.objects.filter(pk=1).update(name="Changed", stock=F("stock") + 1)
product = Product.objects.get(pk=2)
product.name = "Saved"
product.save(update_fields=["name"])
product.refresh_from_db()
product.stock = 40
updated = Product.objects.bulk_update([product], ["stock"])
gone = Tag.objects.filter(name="a").delete()
made.delete()
""",
    "loops": """
names = []
for product in Product.objects.all():
    if product.stock > 3:
        continue
    names.append(product.name)
else:
    names.append("end")
for number, tag in enumerate(Tag.objects.order_by("name"), 1):
    names.append(f"{number} {tag.name}")
for product, book in zip(Product.objects.all(), Book.objects.all()):
    names.append(product.name + book.title)
for pk, name in Product.objects.values_list("pk", "name"):
    names.append((pk, name))
for product in reversed(Product.objects.order_by("pk")):
    names.append(product.pk)
for product in Product.objects.iterator():
    names.append(product.slug)
for product in Product.objects.all()[:2]:
    for tag in product.tags.all():
        names.append(tag.name)
""",
    "evaluation": """
products = Product.objects.filter(is_active=True)
as_list = list(products)
as_tuple = tuple(Product.objects.all())
as_set = set(Product.objects.values_list("name", flat=True))
as_dict = dict(Product.objects.values_list("pk", "name"))
ordered = sorted(Product.objects.all(), key=lambda product: product.price, reverse=True)
length = len(Product.objects.all())
truth = bool(Product.objects.filter(name="none"))
total = sum(product.stock for product in Product.objects.all())
biggest = max(product.stock for product in Product.objects.all())
smallest = min(Book.objects.values_list("pages", flat=True))
anyone = any(product.stock > 5 for product in Product.objects.all())
everyone = all(product.stock > 5 for product in Product.objects.all())
joined = ", ".join(product.name for product in Product.objects.all())
joined_too = ", ".join(Product.objects.values_list("name", flat=True))
first = Product.objects.order_by("-pk")[0]
names = [name.upper() for name in Product.objects.values_list("name", flat=True)]
by_slug = {product.slug: product for product in Product.objects.all()}
letters = {product.name[0] for product in Product.objects.all()}
nested = [tag.name for product in Product.objects.all() for tag in product.tags.all() if tag.name != "red"]
step = Product.objects.all()[::2]
inside = first in Product.objects.all()
""",
    "conditions": """
found = []
if Product.objects.filter(name="Widget"):
    found.append(1)
if not Product.objects.filter(name="none"):
    found.append(2)
if Product.objects.filter(name="none") or Product.objects.filter(name="Gadget").exists():
    found.append(3)
while Tag.objects.count() > 1:
    Tag.objects.first().delete()
kind = "many" if Product.objects.count() > 2 else "few"
assert Product.objects.exists()
if (product := Product.objects.filter(pk=1).first()) is not None:
    found.append(product.name)
if Product.objects.get(pk=1) in Product.objects.filter(is_active=True):
    found.append(4)
compared = 1 < Product.objects.count() <= 3
""",
    "chains": """
name = Product.objects.get(pk=1).name.lower()
price = Product.objects.filter(is_active=True).first().price * 2
pages = Book.objects.aggregate(total=Sum("pages"))["total"] + 1
text = f"{Product.objects.count()} products, {Book.objects.get(pk=1).title!r}"
letter = Product.objects.get(pk=2).name[0]
length = len(Product.objects.get(pk=1).name)
slugs = Product.objects.get(pk=Product.objects.first().pk).slug.split("-")
negative = -Product.objects.count()
power = 2 ** Product.objects.count()
pair = Product.objects.count(), Book.objects.count()
data = {"products": Product.objects.count(), "books": [book.title for book in Book.objects.all()]}
""",
    "errors": """
try:
    product = Product.objects.get(pk=999)
except Product.DoesNotExist:
    product = None
try:
    Tag.objects.create(name="red")
    failed = False
except Exception as error:
    failed = type(error).__name__
try:
    book = Book.objects.get(pages__gt=0)
except Book.MultipleObjectsReturned:
    book = "many"
else:
    book = "one"
finally:
    count = Book.objects.count()
""",
    "relations": """
order = Order.objects.get(pk=1)
name = order.customer.name
items = [item.product.name for item in order.items.select_related("product")]
number = order.items.count()
product = Product.objects.select_related("category").get(pk=2)
category = product.category.name
parent = product.category.parent.name
tags = [tag.name for tag in product.tags.all()]
product.tags.add(Tag.objects.get(name="blue"))
product.tags.remove(Tag.objects.get(name="red"))
product.tags.set(Tag.objects.filter(name="green"))
made = order.items.create(product=product, quantity=3)
books = list(Author.objects.get(pk=1).books.all())
titles = [book.title for author in Author.objects.prefetch_related("books") for book in author.books.all()]
""",
    "relations that are gone": """
order = Order.objects.select_related("customer").get(pk=1)
first = order.customer.name
order.refresh_from_db()
second = order.customer.name
order.customer_id = 2
third = order.customer.name
""",
    "custom managers": """
active = list(Product.objects.active())
cheap = Product.objects.active().cheap().count()
valid = [coupon.code for coupon in Coupon.objects.valid()]
""",
    "conditional querysets": """
products = Product.objects.all()
if request.GET.get("q"):
    products = products.filter(name=request.GET["q"])
else:
    products = products.none()
names = [product.name for product in products.distinct()]
total = products.count()
both = Product.objects.filter(pk=1) | Product.objects.filter(pk=2)
merged = [product.pk for product in both]
joined = list(Product.objects.filter(pk=1).union(Product.objects.filter(pk=3)))
""",
    "raw and values": """
rows = [product.name for product in Product.objects.raw("SELECT * FROM universe_product ORDER BY id")]
values = list(Product.objects.values("name", "price"))
flat = list(Product.objects.values_list("name", flat=True))
dates = list(Book.objects.dates("published", "year"))
annotated = [(category.name, category.size) for category in Category.objects.annotate(size=Count("products"))]
""",
    "view: cache and sessions": """
from django.core.cache import cache
from django.http import JsonResponse

def visit(request):
    seen = request.session.get("seen", [])
    request.session["seen"] = seen + [len(seen)]
    last = request.session["seen"][-1]
    there = "seen" in request.session
    since = request.session.pop("since", None)
    cache.set("key", Product.objects.count(), 60)
    value = cache.get("key")
    again = cache.get_or_set("other", 5)
    cache.delete("key")
    return JsonResponse({"seen": seen, "last": last, "there": there, "since": since, "value": value, "again": again})
""",
    "view: helpers": """
from decimal import Decimal

from django.http import JsonResponse

def total(order):
    return sum(item.price * item.quantity for item in order.items.all())

def discount(amount):
    return amount * Decimal("0.9")

def totals(request):
    result = discount(total(Order.objects.get(pk=2)))
    results = [total(order) for order in Order.objects.all()]
    chosen = max(Order.objects.all(), key=total)
    mapped = list(map(total, Order.objects.all()))
    return JsonResponse({"result": result, "results": results, "chosen": chosen.pk, "mapped": mapped})
""",
    "nothing to do": """
price = {"get": 1}.get("get")
words = ["b", "a"]
words.sort()
first = sorted(words)[0]
queryset = Product.objects.filter(is_active=True).exclude(pk=2).order_by("name")
sql = str(queryset.query).count("SELECT")
subquery = Book.objects.filter(author__in=Author.objects.filter(name="Lem"))
now = timezone.now().year
""",
    "view: users": """
from django.shortcuts import render
from django.contrib.auth.decorators import login_required

@login_required
def dashboard(request):
    mine = Article.objects.filter(author=request.user)
    reviews = request.user.reviews.count()
    name = request.user.get_full_name() or request.user.username
    return JsonResponse({"articles": [a.title for a in mine], "reviews": reviews, "name": name})

def greeting(request):
    if request.user.is_authenticated and request.user.reviews.exists():
        return HttpResponse(f"Hello {request.user.username}")
    return render(request, "greeting.html", {"staff": request.user.is_staff})
""",
    "view: forms": """
from django.shortcuts import redirect, render
from django import forms

class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["product", "rating", "text"]

def review(request):
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        review = form.save(commit=False)
        review.user = request.user if request.user.is_authenticated else None
        review.save()
        return redirect("done")
    return render(request, "review.html", {"form": form})
""",
    "view: lists": """
from django.core.paginator import Paginator
from django.shortcuts import render

def catalogue(request):
    products = Product.objects.select_related("category").prefetch_related("tags")
    page = Paginator(products, 2).get_page(request.GET.get("page"))
    return render(request, "catalogue.html", {"page": page, "categories": Category.objects.all()})

def export(request):
    rows = ["%s;%s" % (product.name, product.category.name) for product in Product.objects.all()]
    return HttpResponse("\\n".join(rows), content_type="text/csv")
""",
    "view: decorators": """
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

@require_POST
def rename(request, pk):
    product = get_object_or_404(Product, pk=pk)
    product.name = request.POST.get("name", "none")
    product.save()
    return HttpResponse(status=204)

@require_http_methods(["GET", "PUT"])
def show(request, pk):
    return JsonResponse({"name": get_object_or_404(Product, pk=pk).name})
""",
    "view: names without an import": """
def show(request, slug):
    article = get_object_or_404(Article, slug=slug)
    article.views = F("views") + 1
    article.save()
    messages.info(request, f"{article.comments.count()} comments")
    return render(request, "article.html", {"article": article, "comments": article.comments.all()})
""",
    "view: waiting": """
import time

def slow(request):
    time.sleep(0.01)
    count = Product.objects.count()
    for attempt in range(2):
        time.sleep(0.001 * attempt)
    return HttpResponse(str(count))
""",
    "view: mail": """
from django.core.mail import EmailMessage, mail_admins, send_mail, send_mass_mail

def notify(request):
    for customer in Customer.objects.filter(user__isnull=False):
        send_mail("News", f"Dear {customer.name}", None, [customer.email], html_message="<p>News</p>")
    mail_admins("Sent", "All sent")
    send_mass_mail([("One", "Body", "from@example.com", ["one@example.com"])])
    message = EmailMessage("Report", "Body", to=["boss@example.com"], reply_to=["me@example.com"])
    message.attach("report.txt", "text", "text/plain")
    return HttpResponse(str(message.send()))
""",
    "view: transactions": """
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

def transfer(request, pk):
    with transaction.atomic():
        product = get_object_or_404(Product.objects.select_for_update(), pk=pk)
        product.stock += 1
        product.save()
    return JsonResponse({"stock": product.stock})
""",
}

# With models.py at hand, in a folder.
PROJECT = {
    "project: fields left out": """
from dataclasses import dataclass
from django.http import JsonResponse

from .models import Book, Product


@dataclass
class Entry:
    book: Book
    note: str = ""


def catalogue(request):
    found = []
    for product in Product.objects.only("name").order_by("pk"):
        found.append([product.name, product.description, product.slug])
    for product in Product.objects.defer("stock").order_by("pk"):
        found.append([product.slug, product.stock])
    entries = [Entry(book) for book in Book.objects.order_by("pk")]
    for entry in entries:
        found.append([entry.book.title, entry.book.author.name, entry.note])
    return JsonResponse(found, safe=False)
""",
    "project: permissions": """
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect

from .models import Article
from django.core.exceptions import PermissionDenied

def edit(request, slug):
    article = get_object_or_404(Article, slug=slug)
    if article.author != request.user and not request.user.has_perm("universe.change_article"):
        raise PermissionDenied
    article.title = request.POST.get("title", article.title)
    article.save()
    messages.success(request, f"{article} was saved")
    return redirect(article)
""",
    "project: relations": """
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Author, Order, Product

def order(request, pk):
    order = get_object_or_404(Order, pk=pk)
    customer = order.customer
    items = [item.product.category.name for item in order.items.all()]
    return JsonResponse({"customer": customer.name, "email": order.customer.email, "items": items, "user": customer.user_id})

def product(request, pk):
    product = Product.objects.select_related("category__parent").filter(pk=pk).first()
    if product is None:
        return JsonResponse({}, status=404)
    parent = product.category.parent
    product.tags.clear()
    return JsonResponse({"parent": parent and parent.name, "tags": product.tags.count(), "reviews": [r.text for r in product.reviews.all()]})

def authors(request):
    data = {author.name: [book.title for book in author.books.all()] for author in Author.objects.prefetch_related("books")}
    return JsonResponse(data)
""",
    "project: one to one": """
from django.http import JsonResponse

from .models import Customer, Profile

def customers(request):
    found = []
    for customer in Customer.objects.all():
        user = customer.user
        if user is not None and hasattr(user, "profile"):
            found.append(user.profile.bio)
    return JsonResponse({"found": found, "owner": Profile.objects.get(pk=1).user.username})
""",
    "project: managers": """
from django.http import JsonResponse

from .models import Coupon, Product

def managers(request):
    coupon = Coupon.objects.create(code="abc")
    valid = [coupon.code for coupon in Coupon.objects.valid()]
    cheap = Product.objects.active().cheap().count()
    names = [product.name for product in Product.objects.active().cheap()]
    return JsonResponse({"coupon": coupon.code, "valid": valid, "cheap": cheap, "names": names})
""",
    "project: objects that change": """
from django.http import HttpResponse

from .models import Order

def change(request, pk):
    try:
        order = Order.objects.select_related("customer").get(pk=pk)
    except Order.DoesNotExist:
        return HttpResponse(status=404)
    before = order.customer.name
    order.customer_id = 2
    order.save()
    order.refresh_from_db()
    return HttpResponse(f"{before} {order.customer.name} {order.customer.orders.count()}")
""",
}

HTTP = {
    "http: reading": """
import requests

response = requests.get("https://api.example.com/data", params={"a": "1", "b": ["x", "y"]}, timeout=5)
status = response.status_code
ok = response.ok
data = response.json()
kind = response.headers["Content-Type"]
text = requests.get("https://api.example.com/text").text
content = requests.get("https://api.example.com/html").content
untyped = requests.get("https://api.example.com/untyped").json()
""",
    "http: methods": """
import requests

made = requests.post("https://api.example.com/echo", json={"name": "x", "price": 1.5}).json()
form = requests.post("https://api.example.com/echo", data={"name": "x y", "number": 2}).json()
raw = requests.put("https://api.example.com/echo", data="text", headers={"Content-Type": "text/plain", "X-Key": "k"}).json()
part = requests.patch("https://api.example.com/echo", json=[1, 2]).json()
gone = requests.delete("https://api.example.com/empty").status_code
head = requests.head("https://api.example.com/data").status_code
""",
    "http: parameters": """
import requests

one = requests.get("https://api.example.com/echo", params={"none": None, "true": True, "number": 1}).json()
two = requests.get("https://api.example.com/echo?first=1", params={"second": "2"}).json()
three = requests.get("https://api.example.com/echo?first=1", params={}).json()
""",
    "http: redirects": """
import requests

followed = requests.get("https://api.example.com/redirect").json()
stayed = requests.get("https://api.example.com/redirect", allow_redirects=False).status_code
""",
    "http: errors": """
import requests

outcomes = []
for path in ["status/200", "status/404", "status/500", "drop", "invalid", "empty", "redirect"]:
    try:
        response = requests.get(f"https://api.example.com/{path}", timeout=3)
        response.raise_for_status()
        outcomes.append(response.json())
    except requests.HTTPError as error:
        outcomes.append(error.response.status_code)
    except requests.ConnectionError:
        outcomes.append("connection")
    except ValueError:
        outcomes.append("value")
try:
    requests.get("https://down.example.com/data", timeout=3)
except requests.RequestException:
    outcomes.append("down")
""",
    "http: timeouts": """
import requests

try:
    requests.get("https://api.example.com/slow", timeout=0.2)
    outcome = "answered"
except requests.Timeout:
    outcome = "timeout"
try:
    requests.get("https://api.example.com/slow", timeout=(2, 0.2))
except requests.exceptions.RequestException:
    pair = "timeout"
""",
    "http: truth": """
import requests

good = "yes" if requests.get("https://api.example.com/status/200") else "no"
response = requests.get("https://api.example.com/status/404")
bad = "yes" if response else "no"
missing = response.json() if response.ok else None
""",
    "http: sessions": """
import requests

with requests.Session() as session:
    session.headers.update({"X-Token": "t"})
    first = session.get("https://api.example.com/data").json()
    second = session.post("https://api.example.com/echo", json=first).json()
""",
    "http: view": """
from django.shortcuts import get_object_or_404
import requests

def proxy(request, pk):
    product = get_object_or_404(Product, pk=pk)
    try:
        response = requests.get(f"https://api.example.com/stock/{product.pk}", timeout=2)
        response.raise_for_status()
    except requests.RequestException as error:
        return JsonResponse({"error": type(error).__name__}, status=502)
    return JsonResponse({"name": product.name, **response.json()}, status=response.status_code)
""",
    "http: helpers": """
import requests

API = "https://api.example.com"

def call(method, path, **kwargs):
    response = requests.request(method, f"{API}/{path}", timeout=5, **kwargs)
    response.raise_for_status()
    return response

def stock(product):
    return call("GET", f"stock/{product.pk}").json()["quantity"]

def stocks(request):
    return JsonResponse({product.name: stock(product) for product in Product.objects.all()})

def report(request):
    answer = call("POST", "echo", json={"count": Product.objects.count()})
    return HttpResponse(answer.text, content_type=answer.headers["Content-Type"])
""",
}
