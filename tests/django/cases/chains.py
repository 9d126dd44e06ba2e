"""Befores that wait behind something that is no plain call: decorators, context managers, generators, callbacks. As in snippets.py."""

SERVICES = """
from dataclasses import dataclass

import requests

BASE = "https://api.example.com"

class Client:
    def __init__(self, base=BASE):
        self.base = base
        self.session = requests.Session()
        self.session.headers["X-Team"] = "stock"

    def fetch(self, path):
        return self.session.get(f"{self.base}/{path}").json()

    def many(self, paths):
        return [self.fetch(path) for path in paths]

    @property
    def home(self):
        return self.base + "/data"

    @staticmethod
    def status(path):
        return requests.get(f"{BASE}/{path}").status_code

    @classmethod
    def of_default(cls):
        return cls().fetch("data")

class Counting(Client):
    def fetch(self, path):
        answer = super().fetch(path)
        return {"answer": answer, "products": Product.objects.count()}

@dataclass
class Invoice:
    number: int

    def check(self):
        answer = requests.get(f"{BASE}/status/{self.number}")
        answer.raise_for_status()
        return "paid"

    def __str__(self):
        return f"invoice {self.number}"

class Open:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def ask(self):
        return requests.get(f"{BASE}/data").json()

"""

PASTES = {
    "chains: decorated helpers": """
import functools

import requests

def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        Tag.objects.create(name=function.__name__)
        return function(*args, **kwargs)
    return wrapper

def announced(path):
    def decorator(function):
        def wrapper(*args):
            status = requests.get(f"https://api.example.com/{path}").status_code
            return [status, function(*args)]
        return wrapper
    return decorator

@logged
def double(number):
    return 2 * number

@announced("announce")
@logged
def half(number):
    return number / 2

def decorated(request):
    count = Tag.objects.count()
    found = [double(count), half(4)]
    return JsonResponse({"found": found, "tags": list(Tag.objects.order_by("name").values_list("name", flat=True))})

@logged
def view_alone(request):
    return HttpResponse("nothing of its own")
""",
    "chains: services in classes": SERVICES
    + """
shared = Client()

def direct(request):
    return JsonResponse({"found": Client().fetch("data"), "many": Client().many(["data", "list"]), "home": Client().home})

def of_the_class(request):
    return JsonResponse({"status": Client.status("status/404"), "default": Client.of_default(), "counting": Counting.of_default()})

def of_the_module(request):
    return JsonResponse({"found": shared.fetch("data"), "n": Tag.objects.count()})

def inherited(request):
    return JsonResponse({"found": Counting().fetch("data"), "many": Counting().many(["list"])})

def raised(request):
    try:
        told = Invoice(404).check()
    except requests.HTTPError:
        told = "unpaid"
    return JsonResponse({"told": told, "ok": Invoice(200).check(), "name": str(Invoice(1))})

def opened(request):
    with Open() as service:
        found = service.ask()
    return JsonResponse({"found": found})
""",
    "chains: services that code holds": SERVICES
    + """
class Stock:
    def __init__(self, client):
        self.client = client

    def load(self, path):
        return self.client.fetch(path)

def held(request):
    stock = Stock(Client())
    return JsonResponse({"found": stock.load("data")})

def held_otherwise(request):
    stock = Stock(Counting() if request.GET.get("all") else Client())
    return JsonResponse({"found": stock.load("data"), "n": Tag.objects.count()})

def as_values(request):
    client = Client()
    load = client.fetch
    named = getattr(client, "fetch")
    return JsonResponse({"load": load("data"), "named": named("list"), "mapped": list(map(client.fetch, ["data"]))})

def in_a_list(request):
    clients = [Client(), Counting()]
    return JsonResponse({"found": [client.fetch("data") for client in clients]})

def in_a_dictionary(request):
    services = {"plain": Client, "counting": Counting}
    service = services[request.GET.get("which", "counting")]()
    return JsonResponse({"found": service.fetch("data")})
""",
    "chains: context managers": """
import contextlib

import requests

class Noted:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.tag = Tag.objects.create(name=f"{self.name} begins")
        return self

    def __exit__(self, kind, error, traceback):
        Tag.objects.create(name=f"{self.name} ends with {kind.__name__ if kind else None}")
        return kind is ValueError

class Plain:
    def __enter__(self):
        return 7

    def __exit__(self, *args):
        return None

@contextlib.contextmanager
def leased(name):
    lease = requests.get(f"https://api.example.com/stock/{name}").json()
    try:
        yield lease["id"]
    finally:
        requests.post("https://api.example.com/released", json={"name": name})

def entered(request):
    with Noted("first") as noted, Plain() as seven:
        number = Product.objects.count() + seven
    with Noted("second"):
        raise ValueError("swallowed")
    with Plain() as seven:
        number += Product.objects.filter(pk__lt=seven).count()
    return JsonResponse({"name": noted.name, "tag": noted.tag.name, "number": number,
                         "tags": list(Tag.objects.order_by("name").values_list("name", flat=True))})

def returned(request):
    count = Product.objects.count()
    with leased("4") as lease:
        if count > 1:
            return JsonResponse({"lease": lease, "count": count})
    return HttpResponse("few")

def raised(request):
    names = [product.name for product in Product.objects.all()]
    try:
        with leased("5") as lease:
            names.append(lease)
            names[99]
    except IndexError as error:
        names.append(str(error))
    return JsonResponse({"names": names})
""",
    "chains: several managers at once": """
from django.db import connection, transaction

class Noted:
    def __enter__(self):
        return Tag.objects.create(name="noted")

    def __exit__(self, *args):
        Tag.objects.create(name="left")

def view(request):
    before = Tag.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select 1")
        one = cursor.fetchone()[0]
    with transaction.atomic(), Noted() as tag:
        name = tag.name
    return JsonResponse({"before": before, "one": one, "name": name, "after": Tag.objects.count()})
""",
    "chains: generators": """
import requests

def names(prefix=""):
    for product in Product.objects.order_by("pk"):
        yield prefix + product.name

def stock(pks):
    for pk in pks:
        response = requests.get(f"https://api.example.com/stock/{pk}")
        response.raise_for_status()
        yield response.json()["id"]

def everything():
    yield "begin"
    yield from names("- ")
    yield from ["middle"]
    for number in stock([1, 2]):
        yield str(number)

def taking(request):
    found = []
    for name in names():
        found.append(name)
        if len(found) > 1:
            break
    else:
        found.append("all")
    by_name = {name: len(name) for name in names() if name}
    total = sum(number for number in stock([1, 2, 3]))
    return JsonResponse({"found": found, "by_name": by_name, "total": total, "sorted": sorted(names("x"), reverse=True),
                         "text": ", ".join(everything()), "tuple": tuple(stock([7]))})

def failing(request):
    found = []
    try:
        for number in stock(["1", "../status/500"]):
            found.append(number)
    except requests.HTTPError:
        found.append("failed")
    return JsonResponse({"found": found})

def stopping(request):
    first = next(names(), None)
    some = any(name > "M" for name in names())
    return JsonResponse({"first": first, "some": some, "count": Tag.objects.count()})
""",
    "chains: generators that are held open": """
def tagged():
    Tag.objects.create(name="opened")
    try:
        for product in Product.objects.order_by("pk"):
            yield product.name
    finally:
        Tag.objects.create(name="closed")

def conversation():
    name = yield Product.objects.count()
    yield Product.objects.filter(name=name).count()

def at_once(request):
    found = list(tagged())
    return JsonResponse({"found": found, "tags": Tag.objects.count()})

def left_early(request):
    for name in tagged():
        break
    return JsonResponse({"name": name, "tags": Tag.objects.count()})

def spoken_with(request):
    talk = conversation()
    count = next(talk)
    return JsonResponse({"count": count, "named": talk.send("Widget")})
""",
    "chains: callbacks": """
import functools

import requests

def stock(pk):
    return requests.get(f"https://api.example.com/stock/{pk}", timeout=5).json()["pk"]

def tagged(product):
    return Tag.objects.filter(name__gt=product.name).count(), product.pk

def again(function, times=2):
    for attempt in range(times):
        try:
            return function()
        except requests.RequestException as error:
            failure = type(error).__name__
    return failure

def noted(what, *, name):
    Tag.objects.create(name=name)
    return what(name)

class Runner:
    def __init__(self, factor):
        self.factor = factor

    def run(self, work):
        return [work(), self.factor]

def keys(request):
    products = list(Product.objects.order_by("pk"))
    ranked = sorted(products, key=tagged, reverse=True)
    best = max(Product.objects.all(), key=tagged)
    products.sort(key=lambda product: tagged(product))
    return JsonResponse({"ranked": [p.name for p in ranked], "best": best.name, "sorted": [p.name for p in products]})

def mapped(request):
    numbers = list(map(stock, [1, 2, 3]))
    total = max(map(stock, [4, 5]))
    some = any(map(stock, [5, 6]))
    return JsonResponse({"numbers": numbers, "total": total, "some": some})

def given(request):
    number = again(lambda: stock(7))
    other = again(functools.partial(stock, 8))
    failed = again(lambda: requests.get("https://down.example.com/x"))
    found = noted(name="noted", what=lambda name: Tag.objects.filter(name=name).count())
    both = Runner(3).run(lambda: Product.objects.count())
    return JsonResponse({"number": number, "other": other, "failed": failed, "found": found, "both": both})

def held(request):
    count = lambda **limits: Product.objects.filter(**limits).count()
    return JsonResponse({"all": count(), "each": [count(pk=pk) for pk in (1, 99)]})

def kept(request):
    work = [lambda: Product.objects.count()]
    return JsonResponse({"count": work[0](), "tags": Tag.objects.count()})
""",
    "chains: files that are sent": """
import io

from django.http import FileResponse

def report(request):
    text = ", ".join(product.name for product in Product.objects.order_by("pk"))
    return FileResponse(io.BytesIO(text.encode()), as_attachment=True, filename="report.txt")

def own_source(request):
    count = Product.objects.count()
    response = FileResponse(open(__file__, "rb"), content_type="text/plain") if count > 99 else FileResponse(open("/etc/hostname", "rb"))
    response["X-Count"] = count
    return response
""",
    "chains: generator expressions that stop early": """
import requests

def post(n):
    return requests.post("https://api.example.com/data", json={"n": n}).status_code + n

def early(request):
    some = any(post(n) == 202 for n in (1, 2, 3))
    every = all(post(n) < 203 for n in (1, 2, 3, 4))
    for code in (post(n) for n in (5, 6, 7)):
        if code == 206:
            break
    first = next((n for n in (1, 2, 3) if post(n) == 202), None)
    none = next((n for n in (8, 9) if post(n) == 0), None)
    total = sum(post(n) for n in (1, 2))
    gone = any(Product.objects.filter(name__startswith=letter).update(name="gone") for letter in "XPQ")
    return JsonResponse({"some": some, "every": every, "code": code, "first": first, "none": none, "total": total, "gone": gone})
""",
}

# What is sent must come part by part after the migration.
STREAMED = {
    "chains: streams": """
import csv

import requests
from django.http import StreamingHttpResponse

class Echo:
    def write(self, value):
        return value

def rows():
    writer = csv.writer(Echo())
    yield writer.writerow(["name", "price"])
    for product in Product.objects.order_by("pk"):
        yield writer.writerow([product.name, product.price])

def lines(count):
    for number in range(count):
        yield f"{number}\\n"

def parts(pks):
    for pk in pks:
        yield requests.get(f"https://api.example.com/stock/{pk}").content
        yield b"\\n"

def export(request):
    response = StreamingHttpResponse(rows(), content_type="text/csv")
    response["Content-Disposition"] = "attachment; filename=products.csv"
    return response

def counted(request):
    return StreamingHttpResponse(lines(Product.objects.count()))

def fetched(request):
    return StreamingHttpResponse(streaming_content=parts([1, 2]), content_type="application/octet-stream")

def local(request):
    prefix = request.GET.get("prefix", "> ")

    def named():
        for product in Product.objects.order_by("name"):
            yield prefix + product.name

    return StreamingHttpResponse(named())

def expression(request):
    return StreamingHttpResponse(f"{tag.name};" for tag in Tag.objects.order_by("name"))
""",
}
