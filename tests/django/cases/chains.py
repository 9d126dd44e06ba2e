"""Befores that wait behind something that is no plain call: decorators, context managers, generators, callbacks. As in snippets.py."""

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
}
