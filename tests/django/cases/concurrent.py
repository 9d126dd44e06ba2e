"""Befores whose waits are independent, migrated with `--concurrent`. Names: README.md.

`contains`: what the text after must show (`gather(` stands for `TaskGroup(` where that is written). `faster`: how many times less
each request takes, at least; `/wait/…` answers after a second, `/moment/…` after 0.2 s. `best_of`: each request is asked that often in the same process, before
and after; the shortest times are compared, as a busy machine only ever adds to one.
"""

CASES = {
    "four services": {
        "contains": ["gather("],
        # Four calls in a row take about as long as one: measured in the same run, with room for a busy machine.
        "faster": 2.5,
        "before": """
import requests

def page(request):
    user = requests.get("https://a.example.com/wait/user").json()
    orders = requests.get("https://b.example.com/wait/orders").json()
    stock = requests.get("https://a.example.com/wait/stock", params={"pk": 1}).json()
    news = requests.get("https://b.example.com/wait/news").json()
    return JsonResponse({"user": user, "orders": orders, "stock": stock, "news": news})
""",
    },
    "four short calls": {
        "contains": ["gather("],
        # 0.8 s in a row, about 0.2 s at once: at most 0.6 of the time, whatever the machine does beside.
        "faster": 1 / 0.6,
        "best_of": 4,
        "before": """
import requests

def page(request):
    user = requests.get("https://a.example.com/moment/user").json()
    orders = requests.get("https://b.example.com/moment/orders").json()
    stock = requests.get("https://a.example.com/moment/stock", params={"pk": 1}).json()
    news = requests.get("https://b.example.com/moment/news").json()
    return JsonResponse({"user": user, "orders": orders, "stock": stock, "news": news})
""",
    },
    "dictionaries and sets of calls": {
        "contains": ["Semaphore("],
        "before": """
import requests

def fetch(pk):
    return requests.get(f"https://api.example.com/stock/{pk}", timeout=5).json()

def page(request):
    stock = {pk: fetch(pk)["quantity"] for pk in [1, 2, 3]}
    names = {fetch(pk)["warehouse"] for pk in [1, 2, 3] if pk != 2}
    return JsonResponse({"stock": stock, "names": sorted(names)})
""",
    },
    "queries beside a service": {
        "contains": ["gather("],
        "before": """
import requests

def page(request, pk):
    product = Product.objects.get(pk=pk)
    # What the store says.
    response = requests.get(f"https://api.example.com/stock/{pk}")
    response.raise_for_status()
    stock = response.json()
    total = Product.objects.filter(is_active=True).count()
    names = [tag.name for tag in Tag.objects.order_by("name")]
    return JsonResponse({"name": product.name, "stock": stock["quantity"], "total": total, "names": names})
""",
    },
    "helpers three deep": {
        "contains": ["gather("],
        "faster": 1.3,
        "before": """
import requests

def fetch(path):
    response = requests.get(f"https://api.example.com/wait/{path}", timeout=5)
    response.raise_for_status()
    return response.json()

def profile(pk):
    return fetch(f"profile/{pk}")["id"]

def prices(pk):
    product = Product.objects.get(pk=pk)
    return {"name": product.name, "price": fetch(f"price/{product.slug}")["id"]}

def page(request):
    owner = profile(1)
    price = prices(2)
    return JsonResponse({"owner": owner, "price": price})
""",
    },
    "each service on its own": {
        "contains": ["gather("],
        "before": """
import requests

def page(request):
    try:
        weather = requests.get("https://api.example.com/status/500")
        weather.raise_for_status()
        weather = weather.text
    except requests.RequestException:
        weather = None
    try:
        news = requests.get("https://down.example.com/news").json()
    except requests.ConnectionError:
        news = []
    try:
        stock = requests.get("https://api.example.com/invalid").json()
    except ValueError:
        stock = "unknown"
    return JsonResponse({"weather": weather, "news": news, "stock": stock})
""",
    },
    "a failure that is handled": {
        "contains": ["gather("],
        "before": """
import requests

def page(request):
    try:
        user = requests.get("https://api.example.com/user").json()
        news = requests.get("https://down.example.com/news").json()
    except requests.ConnectionError:
        return JsonResponse({"error": "down"}, status=502)
    return JsonResponse({"user": user, "news": news})

def late(request):
    try:
        slow = requests.get("https://api.example.com/stock/1").json()
        response = requests.get("https://api.example.com/status/404")
        response.raise_for_status()
    except requests.HTTPError as error:
        return JsonResponse({"error": "gone"}, status=502)
    return JsonResponse({"slow": slow, "status": response.status_code})
""",
    },
    "a failure that nobody handles": {
        "brief": False,
        "contains": ["gather("],
        "before": """
import requests

def page(request, pk):
    product = Product.objects.get(pk=pk)
    stock = requests.get(f"https://api.example.com/stock/{pk}").json()
    return JsonResponse({"name": product.name, "stock": stock})

def rows(request, pk):
    stock = requests.get(f"https://api.example.com/stock/{pk}").json()
    product = Product.objects.get(pk=pk)
    book = Book.objects.get(pk=pk)
    return JsonResponse({"name": product.name, "book": book.title, "stock": stock["id"]})
""",
    },
    "loops": {
        "contains": ["Semaphore(10)"],
        "before": """
import requests

def page(request):
    found = []
    for number in range(12):
        response = requests.get(f"https://api.example.com/stock/{number}")
        response.raise_for_status()
        found.append(response.json()["pk"])
    by_name = {}
    for product in Product.objects.order_by("pk"):
        by_name[product.slug] = requests.get(f"https://api.example.com/stock/{product.pk}").json()
    words = [requests.get(f"https://api.example.com/{word}").json()["path"] for word in ("a", "b") if word]
    return JsonResponse({"found": found, "by_name": by_name, "words": words})

def failing(request):
    found = []
    try:
        for status in (200, 404, 500):
            response = requests.get(f"https://api.example.com/status/{status}")
            response.raise_for_status()
            found.append(response.status_code)
    except requests.HTTPError:
        return JsonResponse({"error": "failed"}, status=502)
    return JsonResponse({"found": found})
""",
    },
    "loops that query beside a service": {
        "contains": ["Semaphore(10)"],
        # Three turns of a second each.
        "faster": 1.5,
        "before": """
import requests

def page(request):
    found = []
    for pk in (1, 2, 3):
        product = Product.objects.get(pk=pk)
        price = requests.get(f"https://api.example.com/wait/{product.slug}").json()["id"]
        found.append([product.name, price])
    return JsonResponse({"found": found})
""",
    },
    "loops that stay in order": {
        "contains": [],
        "before": """
import requests

def page(request):
    found = []
    for number in (1, 2, 3):
        Tag.objects.create(name=f"tag {number}")
        found.append(requests.get(f"https://api.example.com/stock/{number}").json()["pk"])
    last = ""
    for word in ("a", "b"):
        last = requests.get(f"https://api.example.com/{word}{last}").json()["path"].strip("/")
        found.append(last)
    return JsonResponse({"found": found, "last": last})
""",
    },
    "what stays in order": {
        "contains": [],
        "before": """
import requests

def uses(request):
    first = requests.get("https://api.example.com/first").json()
    second = requests.get(f"https://api.example.com/second/{first['id']}").json()
    return JsonResponse({"second": second})

def guarded(request, pk):
    product = get_object_or_404(Product, pk=pk)
    stock = requests.get(f"https://api.example.com/stock/{pk}").json()
    return JsonResponse({"name": product.name, "stock": stock})

def writes(request):
    made = requests.post("https://api.example.com/orders", json={"a": 1}).json()
    stock = requests.get("https://api.example.com/stock/1").json()
    Tag.objects.create(name="new")
    news = requests.get("https://api.example.com/news").json()
    return JsonResponse({"made": made, "stock": stock, "news": news})
""",
    },
}
