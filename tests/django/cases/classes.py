"""Class-based views, with models.py at hand: since which Django they become async (`None`: never), and their code.

Each is asked by every method, HEAD, OPTIONS and what answers 405 included. Names: README.md.
"""

CLASSES = {
    "class: handlers and helpers": ("4.2", """
from django.views import View

from .models import Order, Product


class Detail(View):
    greeting = "hello"

    def get(self, request, pk):
        self.product = self.load(pk)
        return JsonResponse({"name": self.product.name, "category": self.category(), "hello": self.greeting, **self.counts()})

    def post(self, request, pk):
        product = self.load(self.kwargs["pk"])
        product.stock += int(self.request.POST.get("quantity", 1))
        product.save()
        return redirect("product-detail", pk=product.pk)

    def delete(self, request, *args, **kwargs):
        self.load(kwargs["pk"]).delete()
        return HttpResponse(status=204)

    def load(self, pk):
        return get_object_or_404(Product, pk=pk)

    def category(self):
        return self.product.category.name if self.product.category_id else None

    @staticmethod
    def counts():
        return {"orders": Order.objects.count()}
"""),
    "class: users and sessions on self": ("4.2", """
from django.views import View

from .models import Article


class Mine(View):
    def get(self, request):
        if not self.request.user.is_authenticated:
            return redirect("login")
        seen = self.request.session.get("seen", 0)
        self.request.session["seen"] = seen + 1
        return JsonResponse({"seen": seen, "articles": self.titles(), "name": self.request.user.get_full_name()})

    def post(self, request):
        article = Article.objects.create(title="Mine", slug="mine", author=self.author(), body="")
        return JsonResponse({"pk": article.pk, "titles": self.titles()})

    def author(self):
        return self.request.user if self.request.user.is_authenticated else None

    def titles(self):
        return [article.title for article in Article.objects.filter(author=self.author())]
"""),
    "class: a hierarchy of hooks": ("4.2", """
from django.views import View

from .models import Order, Product


class Listing(View):
    key = "rows"

    def get(self, request):
        return JsonResponse({self.key: self.rows(), "extra": self.extra()})

    def head(self, request, *args, **kwargs):
        response = self.get(request, *args, **kwargs)
        response["X-Rows"] = str(len(self.rows()))
        return response

    def rows(self):
        return []

    def extra(self):
        return None


class Products(Listing):
    def rows(self):
        return [product.name for product in Product.objects.order_by("name")]


class Orders(Listing):
    key = "orders"

    def get(self, request):
        response = super().get(request)
        response["X-Count"] = Order.objects.count()
        return response

    def rows(self):
        return [order.customer.name for order in Order.objects.order_by("pk")]

    def extra(self):
        return {"base": super().extra(), "first": Order.objects.order_by("pk").first().status}

    def post(self, request):
        return self.http_method_not_allowed(request)
"""),
    "class: mixins": ("4.2", """
from django.views import View

from .models import Category, Product


class JsonMixin:
    def render(self, **data):
        return JsonResponse({"view": self.title(), **data})

    def title(self):
        return type(self).__name__


class CategoryMixin:
    def category(self):
        if not hasattr(self, "_category"):
            self._category = get_object_or_404(Category, slug=self.kwargs["slug"])
        return self._category

    def get(self, request, slug):
        return self.render(category=self.category().name, names=self.names())


class OfCategory(JsonMixin, CategoryMixin, View):
    def names(self):
        return list(Product.objects.filter(category=self.category()).values_list("name", flat=True))


class Empty(JsonMixin, CategoryMixin, View):
    def names(self):
        return []

    def put(self, request, slug):
        Category.objects.create(name="Made", slug="made", parent=self.category())
        return self.render(count=Category.objects.count())
"""),
    "class: dispatch and options": ("4.2", """
from django.views import View

from .models import Product


class Counted(View):
    http_method_names = ["get", "post", "options", "head"]

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.started = True

    def dispatch(self, request, *args, **kwargs):
        if request.GET.get("q") == "nothing":
            return HttpResponse("nothing", status=404)
        response = super().dispatch(request, *args, **kwargs)
        response["X-Products"] = str(Product.objects.count())
        return response

    def get(self, request):
        return JsonResponse({"started": self.started, "first": Product.objects.order_by("pk").first().name})

    def options(self, request, *args, **kwargs):
        response = super().options(request, *args, **kwargs)
        response["X-Options"] = str(Product.objects.count())
        return response

    def http_method_not_allowed(self, request, *args, **kwargs):
        response = super().http_method_not_allowed(request, *args, **kwargs)
        response["X-Products"] = str(Product.objects.count())
        return response
"""),
    "class: method_decorator on the class": ("5.1", """
from django.contrib.auth.decorators import login_required
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from .models import Order


@method_decorator([never_cache, login_required], name="dispatch")
class Private(View):
    def get(self, request):
        return JsonResponse({"orders": Order.objects.count(), "name": request.user.username})

    def post(self, request):
        Order.objects.filter(status="nothing").delete()
        return JsonResponse({"name": request.user.username})


class Staff(Private):
    def delete(self, request):
        return JsonResponse({"orders": Order.objects.count()})
"""),
    "class: method_decorator that only marks": ("4.2", """
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .models import Order


@method_decorator(csrf_exempt, name="dispatch")
class Hook(View):
    def post(self, request):
        return JsonResponse({"orders": Order.objects.count()})
"""),
    "class: method_decorator on methods": ("5.2", """
from django.contrib.auth.decorators import login_required, permission_required
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from .models import Order


@method_decorator(cache_control(max_age=60), name="get")
class Some(View):
    def get(self, request):
        return JsonResponse({"orders": Order.objects.count()})

    @method_decorator(login_required)
    @method_decorator(permission_required("universe.add_product", raise_exception=True))
    def post(self, request):
        return JsonResponse({"orders": Order.objects.count()})
"""),
    "class: transactions and forms": ("4.2", """
from django import forms
from django.db import transaction
from django.views import View

from .models import Order, Product


class StockForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ["name", "price"]


class Edit(View):
    form_class = StockForm
    template_name = "edit.html"

    def get_form(self, product):
        return self.form_class(self.request.POST or None, instance=product)

    def get(self, request, pk):
        product = get_object_or_404(Product, pk=pk)
        return render(request, self.template_name, {"form": self.get_form(product), "product": product})

    def post(self, request, pk):
        product = get_object_or_404(Product, pk=pk)
        form = self.get_form(product)
        if form.is_valid():
            form.save()
            return redirect("product-detail", pk=pk)
        with transaction.atomic():
            product = Product.objects.select_for_update().get(pk=pk)
            product.stock -= 1
            product.save()
        return JsonResponse({"errors": form.errors, "orders": Order.objects.count()}, status=400)
"""),
    "class: parts of generic views": ("4.2", """
from django.views import View
from django.views.generic.base import TemplateResponseMixin
from django.views.generic.detail import SingleObjectMixin
from django.views.generic.list import MultipleObjectMixin

from .models import Order, Product


class One(SingleObjectMixin, TemplateResponseMixin, View):
    queryset = Product.objects.select_related("category")
    template_name = "one.html"

    def get(self, request, pk):
        self.object = self.get_object()
        context = self.get_context_data(object=self.object, orders=Order.objects.count())
        return self.render_to_response(context)

    def post(self, request, pk):
        self.object = self.get_object()
        return JsonResponse({"category": self.object.category.name if self.object.category else None})

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["latest"] = Product.objects.order_by("-pk").first()
        return context


class Many(MultipleObjectMixin, View):
    model = Product
    ordering = "pk"

    def get(self, request):
        names = [row.name for row in self.get_queryset()]
        return JsonResponse({"names": names, "count": self.get_queryset().count()})
"""),
    "class: logged in": ("4.2", """
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views import View

from .models import Article, Order


class Private(LoginRequiredMixin, View):
    pass


class Account(Private):
    def get(self, request):
        return JsonResponse({"name": request.user.username, "orders": Order.objects.count(), "mine": self.titles()})

    def titles(self):
        return [article.title for article in Article.objects.filter(author=self.request.user)]


class Shown(Account):
    def post(self, request):
        return JsonResponse({"titles": self.titles(), "name": str(request.user)})


class Count(LoginRequiredMixin, View):
    raise_exception = True

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        response["X-Orders"] = str(Order.objects.count())
        return response

    def get(self, request):
        return HttpResponse(request.user.get_full_name())
"""),
    "class: permissions and tests": ("4.2", """
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin
from django.views import View

from .models import Article, Order


class AuthorMixin(UserPassesTestMixin):
    def test_func(self):
        return Article.objects.filter(author=self.request.user.pk).exists() or self.request.user.is_staff


class Adding(PermissionRequiredMixin, View):
    permission_required = "universe.add_product"

    def get(self, request):
        return JsonResponse({"name": request.user.username, "orders": Order.objects.count()})


class Mine(AuthorMixin, View):
    def get(self, request):
        return JsonResponse({"name": request.user.username, "orders": Order.objects.count()})

    def delete(self, request):
        Order.objects.filter(status="nothing").delete()
        return HttpResponse(status=204)


class Both(LoginRequiredMixin, AuthorMixin, View):
    def handle_no_permission(self):
        return HttpResponse("no: %d" % Order.objects.count(), status=403)

    def post(self, request):
        return JsonResponse({"name": request.user.username, "orders": Order.objects.count()})
"""),
    "class: setup that waits": (None, """
from django.views import View

from .models import Product


class Detail(View):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.product = get_object_or_404(Product, pk=kwargs["pk"])

    def get(self, request, pk):
        return JsonResponse({"stock": self.product.stock, "count": Product.objects.count()})
"""),
    "class: kept under a name that synchronous code calls": (None, """
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .models import Order, Product


class Kept(View):
    def get(self, request, *args, **kwargs):
        return JsonResponse({"products": Product.objects.count()})

    def post(self, request, *args, **kwargs):
        return JsonResponse({"orders": Order.objects.count()})


kept = csrf_exempt(Kept.as_view())


def front(request):
    response = kept(request)
    response["X-Front"] = "1"
    return response


class Page(View):
    def get(self, request, *args, **kwargs):
        view = Kept.as_view()
        return view(request, *args, **kwargs)
"""),
    "class: methods looked up by name, replaced and of mixed kinds": (None, """
from django.views import View

from .models import Order, Product


class Copied(View):
    def dispatch(self, request, *args, **kwargs):
        if request.method.lower() in self.http_method_names:
            handler = getattr(self, request.method.lower(), self.http_method_not_allowed)
        else:
            handler = self.http_method_not_allowed
        response = handler(request, *args, **kwargs)
        response["X-Orders"] = str(Order.objects.count())
        return response

    def get(self, request, *args, **kwargs):
        return JsonResponse({"products": Product.objects.count()})


class Hooked(View):
    def get(self, request, *args, **kwargs):
        Order.objects.count()
        return self.perform(request)

    def perform(self, request):
        raise NotImplementedError


class Replaced(Hooked):
    perform = lambda self, request: JsonResponse({"products": Product.objects.count()})


class Rows(View):
    def rows(self):
        raise NotImplementedError

    def get(self, request, *args, **kwargs):
        return self.answer(self.rows())

    def answer(self, rows):
        return JsonResponse({"rows": [str(row) for row in rows], "orders": Order.objects.count()})


class Lazy(Rows):
    def rows(self):
        return Product.objects.all()


class Listed(Rows):
    def rows(self):
        return [product.name for product in Product.objects.all()]
"""),
    "class: one handler under two names": ("4.2", """
from django.views import View

from .models import Order, Product


class Counts(View):
    def get(self, request, *args, **kwargs):
        return JsonResponse({"products": Product.objects.count(), "method": request.method})

    post = get


class More(Counts):
    def get(self, request, *args, **kwargs):
        return JsonResponse({"orders": Order.objects.count(), "method": request.method})
"""),
    "class: handlers assigned from outside": (None, """
from django.views import View

from .models import Order, Product


def kept(self, request):
    return JsonResponse({"orders": Order.objects.count()})


class Assigned(View):
    def get(self, request):
        return JsonResponse({"products": Product.objects.count()})


class Set(View):
    def get(self, request):
        return JsonResponse({"products": Product.objects.count()})


Assigned.post = kept
setattr(Set, "post", kept)
"""),
    "class: one handler that can't": (None, """
from django.views import View

from .models import Product


class Base(View):
    def get(self, request):
        return JsonResponse({"count": Product.objects.count()})


class Sorted(Base):
    def post(self, request):
        request.session["first"] = request.session["last"] = Product.objects.count()
        del request.session["first"], request.session["last"]
        return JsonResponse({"names": [product.name for product in Product.objects.order_by("pk")]})
"""),
    "class: queries of generic views": (None, """
from django.views.generic import DetailView, ListView

from .models import Product


class Products(ListView):
    model = Product
    paginate_by = 2

    def get_queryset(self):
        return super().get_queryset().order_by("pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["count"] = Product.objects.count()
        return context


class Detail(DetailView):
    model = Product
"""),
}

# Middleware of the project's own, put into a site and asked under both handlers.
MIDDLEWARE = {
    "middleware: a class and a function": ("4.2", """
import time

from .models import Product, Tag


class Counting:
    \"\"\"Counts.\"\"\"

    def __init__(self, get_response):
        self.get_response = get_response
        self.seen = 0

    def __call__(self, request):
        # The user may stop it.
        if request.GET.get("q") == "nothing":
            return HttpResponse("stopped", status=403)
        self.seen += 1
        request.tags = [tag.name for tag in Tag.objects.order_by("name")]
        try:
            response = self.get_response(request)
        finally:
            Tag.objects.create(name="seen %d" % self.seen)
        response["X-Products"] = str(Product.objects.count())
        response["X-Tags"] = ",".join(request.tags)
        self.sign(response)
        return response

    def sign(self, response):
        response["X-Signed"] = str(Tag.objects.filter(name__startswith="seen").count())

    def process_view(self, request, view, args, kwargs):
        request.product = Product.objects.order_by("pk").first()

    def process_template_response(self, request, response):
        response.context_data["tags"] = Tag.objects.all()
        return response


def timed(get_response):
    limit = 10

    def middleware(request):
        name = request.user.username if request.user.is_authenticated else "nobody"
        response = get_response(request)
        response["X-User"] = name
        response["X-First"] = Product.objects.order_by("pk").first().name[:limit]
        return response

    return middleware
"""),
    "middleware: MiddlewareMixin that waits for services": ("4.2", """
import time

import requests
from django.utils.deprecation import MiddlewareMixin

from .models import Product, Tag


class Stock(MiddlewareMixin):
    def process_request(self, request):
        if request.GET.get("q") == "nothing":
            return HttpResponse("stopped", status=403)
        request.stock = requests.get("https://api.example.com/stock/1", timeout=5).json()
        request.who = request.user.username if request.user.is_authenticated else "nobody"

    def process_view(self, request, view, args, kwargs):
        request.seen = requests.get("https://api.example.com/text", timeout=5).text
        if request.method == "POST":
            return HttpResponse("viewed")

    def process_template_response(self, request, response):
        time.sleep(0.01)
        response.context_data = {**(response.context_data or {}), "seen": request.seen, "tags": Tag.objects.all()}
        return response

    def process_exception(self, request, exception):
        text = requests.get("https://api.example.com/text", timeout=5).text
        return HttpResponse("%s: %s" % (text, exception), status=500)

    def process_response(self, request, response):
        response["X-Stock"] = str(getattr(request, "stock", None))
        response["X-Who"] = getattr(request, "who", "")
        response["X-Products"] = str(Product.objects.count())
        return response


class Signed(MiddlewareMixin):
    def process_response(self, request, response):
        response["X-Signed"] = requests.get("https://api.example.com/text", timeout=5).text
        Tag.objects.create(name="signed")
        return response
"""),
    "middleware: MiddlewareMixin with its own __call__": ("4.2", """
from django.utils.deprecation import MiddlewareMixin

from .models import Product, Tag


class Around(MiddlewareMixin):
    def process_request(self, request):
        request.count = Product.objects.count()

    def __call__(self, request):
        Tag.objects.create(name="around")
        response = super().__call__(request)
        response["X-Count"] = str(request.count)
        return response


class Own(MiddlewareMixin):
    def __call__(self, request):
        if request.GET.get("q") == "nothing":
            return HttpResponse("stopped", status=403)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        request.tags = Tag.objects.count()


class Kept(MiddlewareMixin):
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Tags"] = str(Tag.objects.count())
        return response


class Initialised(MiddlewareMixin):
    def __init__(self, get_response):
        super().__init__(get_response)
        self.limit = 3

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Names"] = ",".join(tag.name for tag in Tag.objects.order_by("name")[:self.limit])
        return response
"""),
    "middleware: MiddlewareMixin": (None, """
from django.utils.deprecation import MiddlewareMixin

from .models import Product, Tag


class Hooks(MiddlewareMixin):
    def process_request(self, request):
        Tag.objects.create(name="asked")

    def process_response(self, request, response):
        response["X-Products"] = str(Product.objects.count())
        return response
"""),
}
