"""Generic views that wait for more than the database, with models.py at hand: since which Django they become async, and
their code. Asked like those of classes.py. `ALL` holds views that nothing but `--all-views` converts.
"""

HOOKS = {
    "generic: get_context_data": ("4.2", """
import requests
from django.views.generic import DetailView, ListView, TemplateView

from .models import Article, Order, Product


class Front(TemplateView):
    template_name = "front.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["rates"] = requests.get("https://api.example.com/rates").json()
        context["orders"] = Order.objects.count()
        context["latest"] = Product.objects.order_by("-pk")
        return context


class Detail(DetailView):
    model = Product

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["stock"] = self.stock()
        context["category"] = self.object.category.name if self.object.category else None
        context["same"] = context["object"].category
        return context

    def stock(self):
        return requests.get("https://api.example.com/stock/1", params={"name": self.object.name}).json()


class Names(ListView):
    queryset = Article.objects.order_by("pk")
    paginate_by = 2
    context_object_name = "articles"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["titles"] = [article.title for article in context["object_list"]]
        context["authors"] = [str(article.author_id) for article in self.object_list]
        context["seen"] = requests.get("https://api.example.com/list").json()
        return context
"""),
    "generic: rows and objects": ("4.2", """
import requests
from django.http import Http404
from django.views.generic import DetailView, ListView, RedirectView

from .models import Product


class Some(ListView):
    template_name = "some.html"
    allow_empty = False

    def get_queryset(self):
        names = requests.get("https://api.example.com/list").json()
        return Product.objects.exclude(name__in=[str(name) for name in names]).order_by("pk")


class Nothing(ListView):
    template_name = "nothing.html"
    allow_empty = False
    paginate_by = 2

    def get_queryset(self):
        requests.get("https://api.example.com/list")
        return Product.objects.none()


class One(DetailView):
    model = Product

    def get_object(self, queryset=None):
        product = super().get_object(queryset)
        if requests.get("https://api.example.com/status/200").status_code != 200:
            raise Http404
        product.description = product.category.name if product.category else ""
        return product


class Visible(DetailView):
    template_name = "visible.html"

    def get_queryset(self):
        requests.get("https://api.example.com/list")
        return Product.objects.filter(is_active=True)


class Away(RedirectView):
    def get_redirect_url(self, *args, **kwargs):
        if self.request.GET.get("q"):
            return None
        return "/" + requests.get("https://api.example.com/text").text.strip()[:3]
"""),
    "generic: forms": ("4.2", """
import requests
from django.contrib.messages.views import SuccessMessageMixin
from django.core.mail import send_mail
from django.urls import reverse_lazy
from django.views.generic import CreateView, DeleteView, FormView, UpdateView
from django import forms

from .models import Category, Product


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()


class Ask(FormView):
    form_class = QuantityForm
    template_name = "ask.html"
    success_url = "/done/"

    def form_valid(self, form):
        requests.post("https://api.example.com/echo", json={"quantity": form.cleaned_data["quantity"]})
        Category.objects.create(name="Asked", slug="asked")
        return super().form_valid(form)

    def form_invalid(self, form):
        requests.get("https://api.example.com/list")
        return super().form_invalid(form)


class Add(SuccessMessageMixin, CreateView):
    model = Category
    fields = ["name", "parent"]
    template_name = "add.html"
    success_url = reverse_lazy("done")
    success_message = "%(name)s was added"

    def form_valid(self, form):
        form.instance.slug = "added"
        response = super().form_valid(form)
        requests.post("https://api.example.com/echo", json={"pk": 1, "name": self.object.name})
        self.object.parent = Category.objects.order_by("pk").first()
        self.object.save()
        return response


class Change(UpdateView):
    model = Product
    fields = ["name"]
    template_name = "change.html"

    def get_success_url(self):
        return "/done/"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["stock"] = requests.get("https://api.example.com/stock/1").json()
        context["category"] = self.object.category
        return context

    def form_valid(self, form):
        self.object = form.save()
        send_mail("Changed", self.object.name, "shop@example.com", ["boss@example.com"])
        return super().form_valid(form)


class Remove(DeleteView):
    model = Product
    success_url = "/done/"
    template_name = "remove.html"

    def form_valid(self, form):
        requests.post("https://api.example.com/echo", json={"name": self.object.name})
        return super().form_valid(form)


class Gone(DeleteView):
    model = Product
    success_url = "/done/"
    template_name = "remove.html"

    def get_object(self, queryset=None):
        requests.get("https://api.example.com/list")
        return super().get_object(queryset)
"""),
    "generic: handlers of its own beside inherited ones": ("4.2", """
import requests
from django.views.generic import CreateView, ListView, RedirectView, UpdateView

from .models import Category, Product


class Listed(ListView):
    queryset = Product.objects.order_by("pk")
    paginate_by = 2

    def get(self, request, *args, **kwargs):
        self.rates = requests.get("https://api.example.com/rates").json()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=self.rates, **kwargs)


class Added(CreateView):
    model = Category
    fields = ["name", "slug"]
    success_url = "/done/"
    template_name = "add.html"

    def post(self, request, *args, **kwargs):
        requests.post("https://api.example.com/echo", json={"by": request.user.username})
        return super().post(request, *args, **kwargs)


class Moved(RedirectView):
    url = "/done/"

    def get(self, request, *args, **kwargs):
        requests.get("https://api.example.com/list")
        return super().get(request, *args, **kwargs)
"""),
    "generic: handlers that call others": ("4.2", """
import requests
from django.http import HttpResponse
from django.views.generic import DetailView, FormView, ListView, RedirectView
from django.views.generic.edit import DeletionMixin
from django import forms

from .models import Category, Product


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()


class Searched(ListView):
    queryset = Product.objects.order_by("pk")
    paginate_by = 2

    def post(self, request, *args, **kwargs):
        requests.post("https://api.example.com/echo", json={"q": request.POST.get("q")})
        return self.get(request, *args, **kwargs)

    def head(self, *args, **kwargs):
        return HttpResponse(headers={"X-Latest": self.get_queryset().latest("pk").name})


class Asked(FormView):
    form_class = QuantityForm
    template_name = "ask.html"
    success_url = "/done/"

    def put(self, *args, **kwargs):
        requests.get("https://api.example.com/list")
        return super().put(*args, **kwargs)


class Sent(RedirectView):
    url = "/done/"

    def post(self, request, *args, **kwargs):
        requests.post("https://api.example.com/echo", json={})
        return super().post(request, *args, **kwargs)


class Kept(DeletionMixin, DetailView):
    model = Category
    success_url = "/done/"
    template_name = "kept.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)


class Base(ListView):
    queryset = Product.objects.order_by("pk")
    template_name = "base_list.html"

    def dispatch(self, request, *args, **kwargs):
        if requests.get("https://api.example.com/status/200").status_code != 200:
            return HttpResponse(status=503)
        return super().dispatch(request, *args, **kwargs)


class Derived(Base):
    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        response["X-Derived"] = str(Product.objects.count())
        return response
"""),
    "generic: hooks that are not awaited keep their place": ("4.2", """
import requests
from django.http import HttpResponse, JsonResponse
from django.views.generic import DetailView, FormView, ListView
from django import forms

from .models import Category, Product


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()


class Strict(FormView):
    form_class = QuantityForm
    template_name = "strict.html"
    success_url = "/done/"

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)

    def form_invalid(self, form):
        return JsonResponse(form.errors, status=400)


class Own(DetailView):
    model = Product
    template_name = "own.html"

    def get_queryset(self):
        requests.get("https://api.example.com/list")
        return Product.objects.all()

    def get_object(self):
        return Product.objects.get(pk=1)


class Themed(DetailView):
    model = Product

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)

    def get_template_names(self):
        return ["theme_%d.html" % Category.objects.count()]


class Sometimes(ListView):
    queryset = Product.objects.filter(name="nothing")

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)

    def get_allow_empty(self):
        return not Category.objects.exists()
"""),
    "generic: a hook that calls a handler": (None, """
import requests
from django.views.generic import FormView
from django import forms


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()


class Ask(FormView):
    form_class = QuantityForm
    template_name = "ask.html"
    success_url = "/done/"

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)

    def form_invalid(self, form):
        return self.get(self.request)
"""),
    "generic: logged in": ("4.2", """
import requests
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.views.generic import CreateView, DetailView, ListView

from .models import Article, Category, Product


class Mine(LoginRequiredMixin, ListView):
    template_name = "mine.html"

    def get_queryset(self):
        return Article.objects.filter(author=self.request.user).order_by("pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["name"] = self.request.user.username
        context["feed"] = requests.get("https://api.example.com/list").json()
        return context


class Add(PermissionRequiredMixin, CreateView):
    permission_required = "universe.add_category"
    model = Category
    fields = ["name", "slug"]
    success_url = "/done/"
    template_name = "add.html"

    def form_valid(self, form):
        requests.post("https://api.example.com/echo", json={"user": self.request.user.get_username()})
        return super().form_valid(form)


class Bought(DetailView):
    model = Product

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            stock=requests.get("https://api.example.com/stock/1").json(),
            name=user.username if user.is_authenticated else None,
            **kwargs,
        )
"""),
    "generic: a hierarchy of hooks": ("4.2", """
import requests
from django.views.generic import DetailView, ListView

from .models import Category, Product


class RatesMixin:
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["rates"] = requests.get("https://api.example.com/rates").json()
        return context


class Base(RatesMixin, DetailView):
    model = Product


class Shown(Base):
    def get_object(self, queryset=None):
        product = super().get_object(queryset)
        product.stock = len(requests.get("https://api.example.com/list").json())
        return product


class Counted(Base):
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["count"] = Product.objects.count()
        context["tags"] = [tag.name for tag in self.object.tags.all()]
        return context


class Categories(RatesMixin, ListView):
    queryset = Category.objects.order_by("pk")

    def render_to_response(self, context, **response_kwargs):
        return JsonResponse({"names": [category.name for category in context["object_list"]], "rates": context["rates"]})
"""),
    "generic: what Django's form hooks do around others": ("4.2", """
import requests
from django.contrib import messages
from django.views.generic import FormView
from django import forms

from .models import Category, Product


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.choices = choices


class RatesMixin:
    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        kwargs["choices"] = requests.get("https://api.example.com/rates").json()
        return kwargs


class Again(FormView):
    form_class = QuantityForm
    template_name = "again.html"
    success_url = "/done/"

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)

    def form_invalid(self, form):
        messages.error(self.request, "Please try again.")
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class Chosen(RatesMixin, FormView):
    form_class = QuantityForm
    template_name = "chosen.html"
    success_url = "/done/"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["choices"] = list(context["form"].choices)
        return context

    def form_valid(self, form):
        Category.objects.create(name="Chosen", slug=str(len(form.choices)))
        return super().form_valid(form)


class Own(RatesMixin, FormView):
    form_class = QuantityForm
    template_name = "own.html"
    success_url = "/done/"

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["quantity"].help_text = Product.objects.order_by("pk").first().name
        return form


"""),
    "generic: forms and addresses that are asked for": ("4.2", """
import requests
from django.views.generic import CreateView, DeleteView, UpdateView

from .models import Category, Product


class Helped(UpdateView):
    model = Product
    fields = ["name", "tags"]
    template_name = "helped.html"
    success_url = "/done/"

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["name"].help_text = requests.get("https://api.example.com/text").text.strip()
        return form


class Added(CreateView):
    model = Category
    fields = ["name", "slug"]
    template_name = "added.html"

    def get_success_url(self):
        requests.post("https://api.example.com/echo", json={"name": self.object.name})
        return "/done/%s/" % self.object.slug


class Named(CreateView):
    model = Category
    fields = ["name"]
    template_name = "named.html"

    def form_valid(self, form):
        form.instance.slug = "named"
        response = super().form_valid(form)
        response["X-Pk"] = str(self.object.pk)
        return response

    def get_success_url(self):
        requests.post("https://api.example.com/echo", json={"name": self.object.name})
        return "/done/"


class Removed(DeleteView):
    model = Product
    template_name = "removed.html"

    def get_success_url(self):
        requests.post("https://api.example.com/echo", json={"name": self.object.name})
        return "/done/"
"""),
    "generic: handlers of its own around those that await hooks": ("4.2", """
import requests
from django.http import HttpResponse
from django.views.generic import DetailView, FormView, ListView
from django import forms

from .models import Category, Product


class QuantityForm(forms.Form):
    quantity = forms.IntegerField()


class Counted(ListView):
    queryset = Product.objects.order_by("pk")
    paginate_by = 2

    def get(self, request, *args, **kwargs):
        self.seen = Category.objects.count()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        rates = requests.get("https://api.example.com/rates").json()
        return super().get_context_data(rates=rates, seen=self.seen, **kwargs)


class Marked(DetailView):
    model = Product

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        response["X-Name"] = self.object.name
        return response

    def get_queryset(self):
        requests.get("https://api.example.com/list")
        return Product.objects.filter(is_active=True)

    def get_object(self, queryset=None):
        product = super().get_object(queryset)
        product.description = "seen"
        return product


class Filled(FormView):
    form_class = QuantityForm
    template_name = "filled.html"
    success_url = "/done/"

    def post(self, request, *args, **kwargs):
        if "stop" in request.POST:
            return HttpResponse(status=409)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(rates=requests.get("https://api.example.com/rates").json(), **kwargs)


"""),
    "generic: answers, and two bases": ("4.2", """
import requests
from django.http import JsonResponse
from django.views.generic import DetailView, ListView
from django.views.generic.dates import ArchiveIndexView
from django.views.generic.detail import SingleObjectMixin

from .models import Category, Order, Product


class EventMixin:
    def render_to_response(self, context, **response_kwargs):
        requests.post("https://api.example.com/echo", json={"path": self.request.path})
        return super().render_to_response(context, **response_kwargs)


class Shown(EventMixin, ListView):
    queryset = Category.objects.order_by("pk")


class Json(DetailView):
    model = Product

    def render_to_response(self, context, **response_kwargs):
        stock = requests.get("https://api.example.com/stock/1").json()
        return JsonResponse({"name": context["object"].name, "stock": stock})


class OfCategory(SingleObjectMixin, ListView):
    paginate_by = 2
    template_name = "of_category.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object(queryset=Category.objects.all())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["category"] = self.object
        context["rates"] = requests.get("https://api.example.com/rates").json()
        return context

    def get_queryset(self):
        return self.object.products.order_by("pk")


class Archive(ArchiveIndexView):
    model = Order
    date_field = "created_at"
    template_name = "archive.html"

    def get_dated_items(self):
        requests.get("https://api.example.com/list")
        return super().get_dated_items()
"""),
    "generic: hooks within hooks": (None, """
import requests
from django.views.generic import CreateView

from .models import Category


class Add(CreateView):
    model = Category
    fields = ["name", "slug"]
    success_url = "/done/"
    template_name = "add.html"

    def get_initial(self):
        return {"name": requests.get("https://api.example.com/text").text}
"""),
}

ALL = {
    "generic: all views": ("4.2", """
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import CreateView, DeleteView, DetailView, ListView, TemplateView, UpdateView
from django.views.generic.dates import ArchiveIndexView

from .models import Category, Order, Product


class Rows(ListView):
    model = Product
    ordering = "pk"
    paginate_by = 2


class Few(ListView):
    allow_empty = False
    template_name = "few.html"

    def get_queryset(self):
        return Product.objects.filter(name__startswith="nothing")


class Row(DetailView):
    model = Product

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["others"] = Product.objects.exclude(pk=self.object.pk).order_by("pk")
        context["category"] = self.object.category
        return context


class Private(LoginRequiredMixin, ListView):
    queryset = Category.objects.order_by("pk")
    template_name = "private.html"


class Page(TemplateView):
    template_name = "page.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(orders=Order.objects.order_by("pk"), **kwargs)


class Add(CreateView):
    model = Category
    fields = ["name", "slug"]
    success_url = "/done/"
    template_name = "add.html"


class Change(UpdateView):
    model = Product
    fields = ["name"]
    success_url = "/done/"
    template_name = "change.html"


class Remove(DeleteView):
    model = Product
    success_url = "/done/"
    template_name = "remove.html"


class Archive(ArchiveIndexView):
    model = Order
    date_field = "created_at"
    template_name = "archive.html"
"""),
}
