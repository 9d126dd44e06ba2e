"""Code that is async already and fails, and what it was meant to do, as synchronous code.

The async code is migrated by the command for every version; what comes out must do on it what the synchronous code does.
"""

# Name → (what was meant, the async code).
HALF_ASYNC = {
    "coroutines in a template's context": (
        """
def counted(request):
    products = Product.objects.count()
    context = {"products": products}
    context["tags"] = Tag.objects.count()
    return render(request, "page.html", context)


def told(request):
    found = {}
    found["first"] = Product.objects.order_by("pk").values("name").first()
    return JsonResponse(found)
""",
        """
async def counted(request):
    products = Product.objects.acount()
    context = {"products": products}
    context["tags"] = Tag.objects.acount()
    return render(request, "page.html", context)


async def told(request):
    found = {}
    found["first"] = Product.objects.order_by("pk").values("name").afirst()
    return JsonResponse(found)
""",
    ),
    "guide: function view": (
        """
import requests

def product_detail(request, pk):
    product = Product.objects.get(pk=pk)
    response = requests.get(f'https://api.example.com/stock/{pk}')
    stock_data = response.json()
    return render(request, 'product.html', {'product': product, 'stock': stock_data})
""",
        """
from django.shortcuts import render
import aiohttp

async def product_detail(request, pk):
    product = await Product.objects.aget(pk=pk)
    async with aiohttp.ClientSession() as session:
        async with session.get(f'https://api.example.com/stock/{pk}') as response:
            stock_data = await response.json()
    return render(request, 'product.html', {'product': product, 'stock': stock_data})
""",
    ),
    "guide: class-based view": (
        """
from django.views.generic import ListView
from django.db.models import Q

class ProductListView(ListView):
    model = Product
    paginate_by = 2
    ordering = "pk"

    def get_queryset(self):
        queryset = super().get_queryset()
        if search := self.request.GET.get('search'):
            queryset = queryset.filter(Q(name__icontains=search))
        return queryset
""",
        """
from django.views.generic import ListView
from django.db.models import Q

class ProductListView(ListView):
    model = Product
    paginate_by = 2
    ordering = "pk"
    # Django 6.0 CBVs support async
    querysets_async = True  # Enable async queryset evaluation

    async def get_queryset(self):
        queryset = await super().aget_queryset()
        if search := self.request.GET.get('search'):
            queryset = queryset.filter(Q(name__icontains=search))
        return queryset

    async def aget(self, request, *args, **kwargs):
        self.object_list = await self.get_queryset()
        context = self.get_context_data()
        return self.render_to_response(context)
""",
    ),
    "guide: foreign keys": (
        """
for order in Order.objects.order_by("pk"):
    customer = order.customer
    print(customer.name)
""",
        """
async for order in Order.objects.order_by("pk"):
    customer = await order.acustomer
    print(customer.name)
""",
    ),
    "guide: middleware": (
        """
class CustomMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Custom"] = request.method
        return response
""",
        """
class CustomMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        response = await self.get_response(request)
        response["X-Custom"] = request.method
        return response
""",
    ),
    "guide: settings": (
        """
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': 'mydb',
        'OPTIONS': {
        },
    }
}
""",
        """
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql_async',
        'NAME': 'mydb',
        'OPTIONS': {
            # Django 6.0 native async
            'async_mode': True,
        },
    }
}
""",
    ),
    "coroutines in every place": (
        """
def show(request, pk):
    count = Product.objects.count()
    first = Product.objects.order_by("pk").first()
    if not Order.objects.filter(status="none").exists():
        Tag.objects.create(name="seen")
    names = [Product.objects.get(pk=n).name for n in (1, 2)]
    return JsonResponse({"count": count + 1, "first": first.name, "tags": Tag.objects.count(), "names": names})
""",
        """
async def show(request, pk):
    count = Product.objects.acount()
    first = Product.objects.order_by("pk").afirst()
    if not Order.objects.filter(status="none").aexists():
        Tag.objects.acreate(name="seen")
    names = [Product.objects.aget(pk=n).name for n in (1, 2)]
    return JsonResponse({"count": count + 1, "first": first.name, "tags": Tag.objects.acount(), "names": names})
""",
    ),
    "threads and loops": (
        """
from django.shortcuts import get_object_or_404

def loaded(pk):
    return Product.objects.get(pk=1).name

def show(request, pk):
    product = get_object_or_404(Product, pk=pk)
    rows = [p.name for p in Product.objects.filter(stock__gte=0).order_by("pk")]
    seen = request.session.get("seen", 0)
    return JsonResponse({"name": product.name, "rows": rows, "seen": seen, "one": loaded(pk), "n": Product.objects.count()})
""",
        """
import asyncio

from asgiref.sync import async_to_sync, sync_to_async
from django.shortcuts import get_object_or_404

async def loaded(pk):
    return (await sync_to_async(Product.objects.get)(pk=1)).name

async def show(request, pk):
    product = await sync_to_async(get_object_or_404, thread_sensitive=False)(Product, pk=pk)
    rows = [p.name for p in await sync_to_async(list)(await sync_to_async(Product.objects.filter(stock__gte=0).order_by)("pk"))]
    seen = await sync_to_async(request.session.get)("seen", 0)
    n = await asyncio.to_thread(Product.objects.count)
    return JsonResponse({"name": product.name, "rows": rows, "seen": seen, "one": async_to_sync(loaded)(pk), "n": n})
""",
    ),
    "names that never were": (
        """
names = [tag.name for tag in Tag.objects.order_by("pk")]
active = [p.name for p in Product.objects.filter(is_active=True).exclude(pk=2)]
values = [row["name"] for row in Product.objects.order_by("pk").values("name")]
for product in Product.objects.order_by("pk"):
    print(product.slug)
total = sum(p.stock for p in Product.objects.all())
Coupon.objects.all().delete()
""",
        """
names = [tag.name for tag in await Tag.objects.order_by("pk").alist()]
active = [p.name for p in await (await Product.objects.afilter(is_active=True)).aexclude(pk=2)]
values = [row["name"] for row in await Product.objects.order_by("pk").avalues("name")]
async for product in Product.objects.order_by("pk").iterator():
    print(product.slug)
total = sum(p.stock async for p in Product.objects.all())
await Coupon.objects.adelete()
""",
    ),
    "executors and lambdas": ("""
def rename(pk):
    product = Product.objects.get(pk=pk)
    product.name = "Renamed"
    product.full_clean()
    product.save()


def show(request):
    rename(1)
    count = Product.objects.count()
    products = Product.objects.order_by("pk")
    return JsonResponse({"count": count, "names": [product.name for product in products]})
""", """
import asyncio

from asgiref.sync import sync_to_async


def rename(pk):
    product = Product.objects.get(pk=pk)
    product.name = "Renamed"
    product.full_clean()
    product.save()


async def show(request):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, rename, 1)
    count = await loop.run_in_executor(None, Product.objects.count)
    products = await sync_to_async(lambda: Product.objects.order_by("pk"))()
    return JsonResponse({"count": count, "names": [product.name for product in products]})
"""),
}
