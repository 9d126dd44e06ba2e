"""The proof itself, proven: what must pass, and deliberate mistakes with the kind of failure that each must be reported as."""

SHOW = """
from django.shortcuts import get_object_or_404, render

def show(request, pk):
    product = get_object_or_404(Product, pk=pk)
    return render(request, "product.html", {"product": product})
"""
SHOW_ASYNC = """
from asgiref.sync import sync_to_async
from django.http import Http404
from django.shortcuts import render

async def show(request, pk):
    try:
        product = await Product.objects.aget(pk=pk)
    except Product.DoesNotExist:
        raise Http404("No Product matches the given query.")
    return await sync_to_async(render)(request, "product.html", {"product": product})
"""
STOCK = """
import requests
from django.http import JsonResponse

def stock(request):
    answer = requests.get("https://api.example.com/stock/1", params={"full": "yes"}, headers={"X-Key": "k"}, timeout=5)
    return JsonResponse(answer.json())
"""
STOCK_AIOHTTP = """
import aiohttp
from django.http import JsonResponse

async def stock(request):
    async with aiohttp.ClientSession() as session:
        async with session.get(
            "https://api.example.com/stock/1", params={"full": "yes"}, headers={"X-Key": "k"}, timeout=aiohttp.ClientTimeout(5)
        ) as answer:
            data = await answer.json()
    return JsonResponse(data)
"""
STOCK_HTTPX = """
import %(httpx)s
from django.http import JsonResponse

async def stock(request):
    async with %(httpx)s.AsyncClient() as client:
        answer = await client.get("https://api.example.com/stock/1", params={"full": "yes"}, headers={"X-Key": "k"}, timeout=5)
    return JsonResponse(answer.json())
"""
SAVE = """
def save(request):
    product = Product.objects.get(pk=1)
    product.name = "Changed"
    product.save()
    return HttpResponse(product.name)
"""
SAVE_ASYNC = """
async def save(request):
    product = await Product.objects.aget(pk=1)
    product.name = "Changed"
    await product.asave()
    return HttpResponse(product.name)
"""
MAIL = """
from django.core.mail import send_mail

def tell(request):
    send_mail("Subject", "Body", "from@example.com", ["to@example.com"])
    messages.success(request, "Told")
    return HttpResponse("ok", headers={"X-Told": "yes"})
"""
MAIL_ASYNC = """
from asgiref.sync import sync_to_async
from django.core.mail import send_mail

async def tell(request):
    await sync_to_async(send_mail)("Subject", "Body", "from@example.com", ["to@example.com"])
    messages.success(request, "Told")
    return HttpResponse("ok", headers={"X-Told": "yes"})
"""
WHO = """
from django.shortcuts import render

def who(request):
    return render(request, "who.html", {"count": Product.objects.filter(is_active=True).count()})
"""
SESSION = """
def visit(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))
"""
SESSION_ASYNC = """
from asgiref.sync import sync_to_async

async def visit(request):
    visits = await sync_to_async(request.session.get)("visits", 0) + 1
    request.session["visits"] = visits
    return HttpResponse(str(visits))
"""
COUNTER = """
class Counter:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Products"] = str(Product.objects.count())
        return response
"""
COUNTER_ASYNC = """
from asgiref.sync import markcoroutinefunction

class Counter:
    sync_capable = False
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        response = await self.get_response(request)
        response["X-Products"] = str(await Product.objects.acount())
        return response
"""
VALUES = "names = [p.name for p in Product.objects.all()]\ncount = Product.objects.count()\nprint(count)\n"
VALUES_ASYNC = "names = [p.name async for p in Product.objects.all()]\ncount = await Product.objects.acount()\nprint(count)\n"
HELPER = "def total(order):\n    return sum(item.quantity for item in order.items.all())\n"
HELPER_ASYNC = HELPER + "\nasync def atotal(order):\n    return sum([item.quantity async for item in order.items.all()])\n"
CLASS = """
class Detail(View):
    def get(self, request, pk):
        return JsonResponse({"name": get_object_or_404(Product, pk=pk).name})

    def post(self, request, pk):
        Product.objects.filter(pk=pk).update(name=request.POST.get("name", "none"))
        return HttpResponse(status=204)
"""
CLASS_ASYNC = """
from asgiref.sync import sync_to_async

class Detail(View):
    async def get(self, request, pk):
        return JsonResponse({"name": (await sync_to_async(get_object_or_404)(Product, pk=pk)).name})

    async def post(self, request, pk):
        await Product.objects.filter(pk=pk).aupdate(name=request.POST.get("name", "none"))
        return HttpResponse(status=204)
"""

STREAM = """
from django.http import StreamingHttpResponse

def parts(count):
    for number in range(count):
        yield str(number)

def view(request):
    return StreamingHttpResponse(parts(Product.objects.count()))
"""

STREAM_ASYNC = STREAM.replace("def ", "async def ").replace("Product.objects.count", "await Product.objects.acount")

# (what it is, before, after, the kinds of failure of which at least one must be reported: none when it must pass)
CASES = [
    ("a right view", SHOW, SHOW_ASYNC, ()),
    ("a right view over aiohttp", STOCK, STOCK_AIOHTTP, ()),
    ("a right view over httpx", STOCK, STOCK_HTTPX % {"httpx": "httpx"}, ()),
    ("a right view over httpx2", STOCK, STOCK_HTTPX % {"httpx": "httpx2"}, ()),
    ("a right save", SAVE, SAVE_ASYNC, ()),
    ("right mail", MAIL, MAIL_ASYNC, ()),
    ("a right session", SESSION, SESSION_ASYNC, ()),
    ("right middleware", COUNTER, COUNTER_ASYNC, ()),
    ("right statements", VALUES, VALUES_ASYNC, ()),
    ("a right helper", HELPER, HELPER_ASYNC, ()),
    ("a right class", CLASS, CLASS_ASYNC, ()),
    ("a bare aget where a 404 was", SHOW, SHOW_ASYNC.replace("except Product.DoesNotExist", "except KeyError"), ("status",)),
    ("a missing await", SAVE, SAVE_ASYNC.replace("await product.asave()", "product.asave()"), ("never-awaited",)),
    ("a row that was never written", SAVE, SAVE_ASYNC.replace("    await product.asave()\n", ""), ("database",)),
    ("a template with a lazy user", WHO, WHO.replace("def who", "async def who").replace(
        "Product.objects.filter(is_active=True).count()", "await Product.objects.filter(is_active=True).acount()"), ("sync-only",)),
    ("a swallowed SynchronousOnlyOperation", SAVE, SAVE_ASYNC.replace("    return", """    try:
        Product.objects.count()
    except Exception:
        pass
    return"""), ("sync-only",)),
    ("time.sleep on the loop", SAVE, SAVE_ASYNC.replace("    return", "    time.sleep(0.01)\n    return"), ("blocking",)),
    ("requests on the loop", STOCK, STOCK.replace("def stock", "async def stock"), ("blocking",)),
    ("a subprocess on the loop", SAVE, SAVE_ASYNC.replace(
        "    return", "    __import__('subprocess').run(['true'])\n    return"), ("blocking",)),
    ("a database of its own on the loop", SAVE, SAVE_ASYNC.replace(
        "    return", "    __import__('sqlite3').connect(':memory:').close()\n    return"), ("blocking",)),
    ("mail on the loop", MAIL, MAIL_ASYNC.replace("await sync_to_async(send_mail)", "send_mail"), ("blocking",)),
    ("a lost mail", MAIL, MAIL_ASYNC.replace("await sync_to_async(send_mail)", "await sync_to_async(str)").replace(
        '"Subject", "Body", "from@example.com", ["to@example.com"]', '"x"'), ("mail",)),
    ("a lost header", MAIL, MAIL_ASYNC.replace(', headers={"X-Told": "yes"}', ""), ("headers",)),
    ("a lost message", MAIL, MAIL_ASYNC.replace('    messages.success(request, "Told")\n', ""), ("messages",)),
    ("another body", SHOW, SHOW_ASYNC.replace("{\"product\": product}", "{}"), ("body",)),
    ("a lost query of an outgoing request", STOCK, STOCK_AIOHTTP.replace('params={"full": "yes"}, ', ""), ("http",)),
    ("a lost header of an outgoing request", STOCK, STOCK_AIOHTTP.replace('headers={"X-Key": "k"}, ', ""), ("http",)),
    ("an outgoing request too many", STOCK, STOCK_HTTPX.replace("        answer =", '        await client.get("https://api.example.com/data")\n        answer =') % {
        "httpx": "httpx"}, ("http",)),
    ("a client that is never closed", STOCK, """
import aiohttp
from django.http import JsonResponse

async def stock(request):
    session = aiohttp.ClientSession()
    answer = await session.get("https://api.example.com/stock/1", params={"full": "yes"}, headers={"X-Key": "k"})
    return JsonResponse(await answer.json())
""", ("unclosed",)),
    ("a session read on the loop", SESSION, SESSION.replace("def visit", "async def visit"), ("sync-only",)),
    ("a session cookie that is lost", SESSION, "async def visit(request):\n    return HttpResponse('1')\n", ("cookies", "body")),
    ("a query in a thread of its own", SAVE, SAVE_ASYNC.replace(
        "await Product.objects.aget(pk=1)", "await __import__('asyncio').to_thread(Product.objects.get, pk=1)"), ("connection",)),
    ("the guide's middleware", COUNTER, COUNTER.replace("def __call__", "async def __call__").replace(
        "self.get_response(request)", "await self.get_response(request)"), ("status", "crash")),
    ("another final value", VALUES, VALUES_ASYNC.replace("[p.name", "[p.slug"), ("values",)),
    ("a lost variable", VALUES, VALUES_ASYNC.replace("names =", "others ="), ("values",)),
    ("other output", VALUES, VALUES_ASYNC.replace("print(count)", "print(count + 1)"), ("output",)),
    ("a coroutine for a value", VALUES, VALUES_ASYNC.replace("count = await", "count ="), ("values",)),
    ("a stream", STREAM, STREAM_ASYNC, ()),
    ("a stream that is read into memory first", STREAM, STREAM_ASYNC.replace("async def parts", "def parts"), ("not-streamed",)),
    ("an import that is missing", SHOW, SHOW_ASYNC.replace("from asgiref.sync import sync_to_async\n", ""), ("status",)),
    ("a wrong helper", HELPER, HELPER_ASYNC.replace("item.quantity async", "item.price async"), ("values",)),
    ("half a class", CLASS, CLASS_ASYNC.replace("async def post", "def post").replace(
        "await Product.objects.filter(pk=pk).aupdate", "Product.objects.filter(pk=pk).update"), ("crash",)),
    ("a 405 that became something else", CLASS, CLASS_ASYNC + "\n    async def put(self, request, pk):\n        return HttpResponse()\n", ("status",)),
    ("an await outside of a coroutine", SHOW, SHOW_ASYNC.replace("async def show", "def show"), ("crash",)),
]


def jobs():
    return [
        {"kind": "snippet", "name": "self-test: " + name, "before": before, "after": after, "expected": expected, "streams": "stream" in name}
        for name, before, after, expected in CASES
    ]


def judge(job, failures):
    """The failures of the self-test, given those of the case."""
    kinds = {kind for kind, _ in failures}
    expected = set(job["expected"])
    if not expected:
        return failures
    if kinds & {"fixture", "timeout"} or not kinds & expected:
        return [["self-test", "expected %s, reported %s" % ("/".join(sorted(expected)), failures[:3] or "nothing")]]
    return []
