"""Small befores of what a request handler does beside querying: users, forms, sessions, cache, signals, pages, templates.

As in snippets.py; those of `PROJECT` with models.py at hand.
"""

PASTES = {
    "view: users on some paths": """
def paths(request):
    if request.method == "POST" and request.user.is_authenticated:
        return JsonResponse({"name": request.user.get_full_name()})
    if request.GET.get("q") == "nothing":
        kind = "none"
    elif request.user.is_staff:
        kind = "staff"
    else:
        kind = "other"
    return JsonResponse({"kind": kind, "products": Product.objects.count()})

def owners(request):
    owner = request.user if request.GET else None
    names = [request.user.username for product in Product.objects.all() if product.stock > 100]
    for order in Order.objects.all():
        if order.status == "nothing":
            names.append(request.user.email)
    return JsonResponse({"owner": owner and owner.pk, "names": names})

def allowed(request):
    allowed = request.method == "GET" or request.user.has_perm("universe.add_product")
    return JsonResponse({"allowed": allowed, "count": Order.objects.count()})

def passed(request):
    article = Article.objects.filter(author=request.user if request.user.is_authenticated else None).first()
    label = f"{request.user} {getattr(request.user, 'email', '')}"
    return JsonResponse({"article": article and article.title, "label": label})
""",
    "view: logging in and out": """
from django.contrib.auth import authenticate, get_user, login, logout

def sign_in(request):
    user = authenticate(request, username=request.POST.get("username"), password=request.POST.get("password"))
    if user is None:
        return JsonResponse({"error": "no"}, status=403)
    login(request, user)
    return JsonResponse({"name": request.user.username, "last": user.last_login is not None})

def sign_out(request):
    before = request.user.is_authenticated
    logout(request)
    return JsonResponse({"before": before, "after": request.user.is_authenticated, "again": get_user(request).is_authenticated})
""",
    "view: passwords": """
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm

def change(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    form = PasswordChangeForm(request.user, {"old_password": "secret", "new_password1": "Kl9-xyzzy", "new_password2": "Kl9-xyzzy"})
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        return HttpResponse(request.user.username)
    return JsonResponse(form.errors)

def reset(request, username):
    user = User.objects.get(username="member")
    form = SetPasswordForm(user, request.POST)
    if form.is_valid():
        form.save()
    return JsonResponse({"errors": form.errors, "checked": user.check_password("secret")})
""",
    "view: signing up": """
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm

def sign_up(request):
    form = UserCreationForm({"username": "fresh", "password1": "Kl9-xyzzy", "password2": "Kl9-xyzzy"})
    if form.is_valid():
        user = form.save(commit=False)
        user.email = "fresh@example.com"
        user.save()
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponse(request.user.username)
    return HttpResponse(form.errors.as_json())

def enter(request):
    form = AuthenticationForm(request, data=request.POST)
    if form.is_valid():
        login(request, form.get_user())
        return HttpResponse(request.user.username)
    return JsonResponse({"errors": form.non_field_errors()})
""",
    "view: permissions": """
from django.contrib.auth.models import Group

def rights(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    group, _ = Group.objects.get_or_create(name="editors")
    request.user.groups.add(group)
    names = [group.name for group in request.user.groups.all()]
    return JsonResponse({
        "one": request.user.has_perm("universe.add_product"),
        "all": request.user.has_perms(["universe.add_product", "universe.change_product"]),
        "module": request.user.has_module_perms("universe"),
        "every": sorted(request.user.get_all_permissions())[:2],
        "groups": names,
        "direct": request.user.user_permissions.count(),
    })

def people(request):
    user = User.objects.create_user("new", "new@example.com", "secret")
    boss = User.objects.create_superuser("boss", "boss@example.com", "secret")
    found = User.objects.get_by_natural_key("new")
    user.email = "newer@example.com"
    user.save()
    return JsonResponse({"same": found == user, "boss": boss.is_superuser, "usable": user.has_usable_password()})
""",
    "view: forms that are not at hand": """
from .forms import ItemFormSet, OrderForm, ProductForm

def product(request, pk):
    product = Product.objects.get(pk=pk)
    form = ProductForm(request.POST or None, instance=product)
    if form.is_valid():
        form.save()
        return HttpResponse("saved")
    return JsonResponse({"errors": form.errors, "html": form.as_p()})

def order(request):
    form = OrderForm(request.POST)
    if form.is_valid():
        Order.objects.create(customer=form.cleaned_data["customer"], status=form.cleaned_data["status"])
    return JsonResponse({"errors": form.errors, "count": Order.objects.count()})

def items(request, pk):
    order = Order.objects.get(pk=pk)
    formset = ItemFormSet(request.POST or None, instance=order)
    if request.POST and formset.is_valid():
        formset.save()
    return JsonResponse({"errors": formset.errors if request.POST else None, "count": order.items.count()})
""",
    "view: sessions of every kind": """
def session(request):
    store = request.session
    store.setdefault("cart", {})["1"] = 2
    store.modified = True
    store["cart"]["2"] = 3
    store["count"] = store.get("count", 0) + 1
    keys = sorted(key for key in store.keys() if not key.startswith("_"))
    pairs = {key: value for key, value in store.items() if key == "cart"}
    if "since" in store:
        del store["since"]
    store.update({"late": True})
    store.set_expiry(300)
    age = store.get_expiry_age()
    has = store.has_key("late")
    return JsonResponse({"keys": keys, "pairs": pairs, "age": age, "has": has, "popped": store.pop("late"), "empty": store.is_empty()})

def leave(request):
    request.session.flush()
    request.session["fresh"] = 1
    return JsonResponse({"fresh": request.session["fresh"], "count": Product.objects.count()})
""",
    "view: caches": """
from django.core.cache import cache, caches

def cached(request):
    default = caches["default"]
    default.set_many({"a": 1, "b": 2})
    found = cache.get_many(["a", "b", "c"])
    made = cache.get_or_set("n", lambda: Product.objects.count(), 60)
    again = default.get_or_set("m", Order.objects.count)
    plain = cache.get_or_set("p", 7)
    there = "a" in cache, "z" not in default
    cache.incr("a", 5)
    added = cache.add("a", 9)
    touched = cache.touch("b")
    caches["default"].delete_many(["b"])
    return JsonResponse({"found": found, "made": made, "again": again, "plain": plain, "there": there, "a": cache.get("a"), "added": added, "touched": touched, "b": cache.get("b")})
""",
    "view: signals": """
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

paid = Signal()

@receiver(paid)
def note(sender, order, **kwargs):
    Tag.objects.get_or_create(name="order %s" % order.pk)
    return Tag.objects.count()

@receiver(post_save, sender=Review, dispatch_uid="web reviews")
def reviewed(sender, instance, created, **kwargs):
    if created:
        Tag.objects.get_or_create(name="review")

def pay(request, pk):
    order = Order.objects.get(pk=pk)
    answers = paid.send(sender=Order, order=order)
    robust = paid.send_robust(sender=Order, order=order)
    order.items.first().product.reviews.create(rating=3)
    return JsonResponse({"answers": [answer for _, answer in answers], "robust": [answer for _, answer in robust], "tags": Tag.objects.count()})
""",
    "view: pages": """
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator

def pages(request):
    paginator = Paginator(Product.objects.order_by("pk"), 2, orphans=0)
    try:
        page = paginator.page(request.GET.get("page", 1))
    except (EmptyPage, PageNotAnInteger):
        page = paginator.page(paginator.num_pages)
    rows = list(page.object_list.values("name"))
    names = [product.name for product in page]
    more = page.next_page_number() if page.has_next() else None
    return JsonResponse({"rows": rows, "names": names, "length": len(page), "first": page[0].name, "more": more, "count": paginator.count, "range": list(paginator.page_range), "start": page.start_index()})

def in_memory(request):
    page = Paginator([1, 2, 3, 4, 5], 2).get_page(2)
    return JsonResponse({"numbers": list(page), "products": Product.objects.count()})

def shown(request):
    page = Paginator(Product.objects.filter(is_active=True), 1).get_page(request.GET.get("page"))
    return render(request, "pages.html", {"page": page, "total": page.paginator.count})
""",
    "view: templates": """
from django.template import Context, Template
from django.template.loader import get_template, render_to_string, select_template
from django.template.response import TemplateResponse

def texts(request):
    products = Product.objects.all()
    one = render_to_string("one.html", {"products": products}, request=request)
    two = get_template("two.html").render({"products": products}, request)
    template = select_template(["three.html"])
    three = template.render({"products": products})
    four = Template("{% for p in products %}{{ p.category }}{% endfor %}").render(Context({"products": products}))
    return HttpResponse(one + two + three + four)

def unrendered(request, pk):
    response = TemplateResponse(request, "four.html", {"product": Product.objects.get(pk=pk), "orders": Order.objects.all()})
    response["X-Orders"] = str(Order.objects.count())
    return response

def rendered(request):
    response = TemplateResponse(request, "five.html", {"orders": Order.objects.all()})
    response.render()
    return HttpResponse(response.content, headers={"X-Count": Product.objects.count()})
""",
    "view: messages": """
from django.contrib import messages
from django.contrib.messages import get_messages

def said(request):
    messages.success(request, "%s products" % Product.objects.count())
    messages.add_message(request, messages.INFO, "two")
    return JsonResponse({"messages": [str(message) for message in get_messages(request)], "tags": [m.tags for m in messages.get_messages(request)]})
""",
    "view: what walks over models": """
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict
from django.urls import reverse_lazy
from django.utils.functional import SimpleLazyObject, lazy
import json

def walk(request, pk):
    product = Product.objects.get(pk=pk)
    data = model_to_dict(product)
    text = serializers.serialize("json", Product.objects.order_by("pk"), fields=["name", "category", "tags"])
    kind = ContentType.objects.get_for_model(Product)
    rows = json.dumps(list(Product.objects.values("name", "price")), cls=DjangoJSONEncoder)
    return JsonResponse({"tags": len(data["tags"]), "text": text, "kind": kind.model, "rows": rows, "class": kind.model_class().__name__, "next": str(reverse_lazy("home"))})

def moved(request, pk):
    product = Product.objects.get(pk=pk)
    product.stock += 1
    product.save()
    return redirect(product)

def listed(request):
    return JsonResponse(list(Product.objects.values("pk", "name")), safe=False)
""",
}

PROJECT = {
    "project: plain and asking forms": """
from django import forms
from django.http import JsonResponse

from .models import Category, Product, Review, Tag

class SearchForm(forms.Form):
    name = forms.CharField(max_length=20)
    status = forms.ChoiceField(choices=[("new", "New"), ("paid", "Paid")], required=False)

    def clean_name(self):
        return self.cleaned_data["name"].strip()

class UniqueForm(forms.Form):
    name = forms.CharField()

    def clean_name(self):
        if Product.objects.filter(name=self.cleaned_data["name"]).exists():
            raise forms.ValidationError("taken")
        return self.cleaned_data["name"]

class ChoiceForm(forms.Form):
    category = forms.ModelChoiceField(queryset=Category.objects.all())
    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), required=False)

class LateForm(forms.Form):
    name = forms.ChoiceField(choices=[])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [(p.name, p.name) for p in Product.objects.all()]

class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["product", "rating"]

    def save(self, commit=True):
        review = super().save(commit=False)
        review.text = "by form"
        if commit:
            review.save()
        return review

class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ["name", "slug", "price", "tags"]

def search(request):
    form = SearchForm(request.POST or request.GET)
    if form.is_valid():
        count = Product.objects.filter(name=form.cleaned_data["name"]).count()
        return JsonResponse({"count": count})
    return JsonResponse({"errors": form.errors, "all": Product.objects.count()})

def unique(request):
    form = UniqueForm(request.POST or request.GET)
    valid = form.is_valid()
    return JsonResponse({"valid": valid, "errors": form.errors, "html": form.as_p()})

def choice(request):
    form = ChoiceForm(request.POST or None)
    if form.is_valid():
        return JsonResponse({"name": form.cleaned_data["category"].name, "tags": form.cleaned_data["tags"].count()})
    return JsonResponse({"errors": form.errors, "html": str(form), "named": f"{form}"})

def late(request):
    form = LateForm(request.POST or None)
    return JsonResponse({"valid": form.is_valid(), "html": form.as_table()})

def review(request):
    form = ReviewForm(request.POST or None)
    if form.is_valid():
        review = form.save()
        review.user = request.user if request.user.is_authenticated else None
        review.save()
        return JsonResponse({"text": review.text, "product": review.product.name})
    return JsonResponse({"errors": form.errors})

def product(request, pk):
    product = Product.objects.get(pk=pk)
    form = ProductForm(request.POST or None, instance=product)
    if form.is_valid():
        changed = form.save(commit=False)
        changed.stock += 1
        changed.save()
        form.save_m2m()
        return JsonResponse({"tags": changed.tags.count(), "stock": form.instance.stock})
    return JsonResponse({"errors": form.errors, "initial": [tag.name for tag in form.initial["tags"]]})
""",
    "project: formsets": """
from django import forms
from django.forms import formset_factory, inlineformset_factory, modelformset_factory
from django.http import JsonResponse

from .models import Order, OrderItem, Tag

class LineForm(forms.Form):
    name = forms.CharField(required=False)

ItemFormSet = inlineformset_factory(Order, OrderItem, fields=["product", "quantity"], extra=0)
TagFormSet = modelformset_factory(Tag, fields=["name"], extra=1)
LineFormSet = formset_factory(LineForm)

def items(request, pk):
    order = Order.objects.get(pk=pk)
    item = order.items.first()
    data = {"items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "1", "items-0-id": str(item.pk), "items-0-product": "2", "items-0-quantity": "9"}
    formset = ItemFormSet(data, instance=order)
    if formset.is_valid():
        saved = formset.save()
        return JsonResponse({"saved": [item.quantity for item in saved]})
    return JsonResponse({"errors": formset.errors})

def tags(request):
    formset = TagFormSet(queryset=Tag.objects.order_by("name"))
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "made"}
    bound = TagFormSet(data)
    made = []
    if bound.is_valid():
        made = [tag.name for tag in bound.save(commit=False)]
    return JsonResponse({"forms": len(formset), "total": formset.total_form_count(), "listed": len([form for form in formset]), "first": str(formset[0]), "made": made})

def lines(request):
    formset = LineFormSet({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "x"})
    valid = formset.is_valid()
    return JsonResponse({"valid": valid, "names": [form.cleaned_data.get("name") for form in formset], "tags": Tag.objects.count()})
""",
    "project: managers of every making": """
from django.db import models
from django.http import JsonResponse

from .models import Author, Coupon, Product, Tag

def overridden(request):
    one = Coupon.objects.create(code="abc")
    two, _ = Coupon.objects.get_or_create(code="abc")
    three = Coupon._default_manager.create(code="def")
    four = Coupon._base_manager.create(code="ghi")
    return JsonResponse({"codes": [one.code, two.code, three.code, four.code], "count": Coupon.objects.count()})

def related(request, pk):
    author = Author.objects.get(pk=pk)
    book = author.books.create(title="New", slug="new")
    other, made = author.books.get_or_create(slug="new", defaults={"title": "Other"})
    book.tags.set(Tag.objects.order_by("pk")[:2])
    book.tags.add(Tag.objects.get(name="blue"))
    book.tags.remove(Tag.objects.get(name="red"))
    tag = book.tags.create(name="fresh")
    exists = author.books.filter(title="New").exists()
    author.books.update(pages=7)
    names = [tag.name for tag in book.tags.order_by("name")]
    tag.books.clear()
    return JsonResponse({"made": made, "exists": exists, "names": names, "left": book.tags.count(), "pages": author.books.aggregate(sum=models.Sum("pages"))})
""",
}
