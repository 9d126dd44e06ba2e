//! What conditions, defaults, helpers, registries and middleware choose.

use crate::rules::testing::{check, check_unchanged};

const GATEWAYS: &str = "class Stripe:\n    def charge(self):\n        return Payment.objects.create(by=1)\n\nclass Paypal:\n    def charge(self):\n        return 2\n\n";

/// The view, after; what stands before it is as it was.
#[track_caller]
fn becomes(definitions: &str, before: &str, after: &str) {
    check(
        &format!("from asgiref.sync import sync_to_async\n\n{definitions}{before}"),
        &format!("from asgiref.sync import sync_to_async\n\n{definitions}{after}"),
    );
}

#[test]
fn methods_of_one_of_several_objects_run_in_a_thread() {
    let after = "async def view(request, kind):\n    gateway = Stripe() if kind else Paypal()\n    return HttpResponse(await sync_to_async(gateway.charge)())\n";
    becomes(
        GATEWAYS,
        "def view(request, kind):\n    gateway = Stripe() if kind else Paypal()\n    return HttpResponse(gateway.charge())\n",
        after,
    );
    becomes(
        &format!(
            "{GATEWAYS}CLASSES = {{\"s\": Stripe, \"p\": Paypal}}\n\ndef choose(kind):\n    if kind == \"s\":\n        return Stripe()\n    return Paypal()\n\n"
        ),
        "def view(request, kind):\n    choose(kind).charge()\n    return HttpResponse(CLASSES[kind]().charge())\n",
        "async def view(request, kind):\n    await sync_to_async(choose(kind).charge)()\n    return HttpResponse(await sync_to_async(CLASSES[kind]().charge)())\n",
    );
    check_unchanged(
        "class Circle:\n    def area(self):\n        return 3\n\nclass Square:\n    def area(self):\n        return 4\n\ndef view(request, kind):\n    shape = Circle() if kind else Square()\n    return HttpResponse(shape.area())\n",
    );
}

#[test]
fn forms_and_models_chosen_by_a_condition() {
    becomes(
        "from django import forms\n\nclass Plain(forms.Form):\n    name = forms.CharField()\n\nclass Edit(forms.ModelForm):\n    class Meta:\n        model = Product\n        fields = [\"name\"]\n\n",
        "def view(request, kind):\n    form_class = Plain if kind else Edit\n    form = form_class(request.POST)\n    if form.is_valid():\n        form.save()\n    return HttpResponse(Product.objects.count())\n",
        "async def view(request, kind):\n    form_class = Plain if kind else Edit\n    form = form_class(request.POST)\n    if await sync_to_async(form.is_valid)():\n        await sync_to_async(form.save)()\n    return HttpResponse(await Product.objects.acount())\n",
    );
    check(
        "from django.db import models\n\nclass Post(models.Model):\n    pass\n\nclass Page(models.Model):\n    pass\n\nKINDS = {\"post\": Post, \"page\": Page}\n\ndef view(request, kind):\n    return HttpResponse(KINDS[kind].objects.count())\n",
        "from django.db import models\n\nclass Post(models.Model):\n    pass\n\nclass Page(models.Model):\n    pass\n\nKINDS = {\"post\": Post, \"page\": Page}\n\nasync def view(request, kind):\n    return HttpResponse(await KINDS[kind].objects.acount())\n",
    );
}

#[test]
fn a_call_that_may_reach_two_methods_is_changed_once() {
    // Of a user whose further base is not at hand, `has_perm` may be an override.
    becomes(
        "from django.contrib.auth.models import AbstractUser\nfrom people.mixins import Guarded\n\nclass Member(Guarded, AbstractUser):\n    pass\n\n",
        "def view(request, pk):\n    member = Member.objects.get(pk=pk)\n    return HttpResponse(member.has_perm(\"x\"))\n",
        "async def view(request, pk):\n    member = await Member.objects.aget(pk=pk)\n    return HttpResponse(await sync_to_async(member.has_perm)(\"x\"))\n",
    );
}

#[test]
fn what_a_default_a_helper_or_a_registry_names() {
    let edit = "from django import forms\n\nclass Edit(forms.ModelForm):\n    class Meta:\n        model = Product\n        fields = [\"name\"]\n\n";
    becomes(
        edit,
        "def view(request, form_class=Edit):\n    form = form_class(request.POST)\n    if form.is_valid():\n        form.save()\n    return HttpResponse(Product.objects.count())\n",
        "async def view(request, form_class=Edit):\n    form = form_class(request.POST)\n    if await sync_to_async(form.is_valid)():\n        await sync_to_async(form.save)()\n    return HttpResponse(await Product.objects.acount())\n",
    );
    becomes(
        "from django.apps import apps\n\n",
        "def view(request, pk):\n    model = apps.get_model(\"shop\", request.GET[\"model\"])\n    row = model.objects.get(pk=pk)\n    form = build_form(row)(request.POST)\n    if form.is_valid():\n        form.save()\n    return HttpResponse(row.__class__.objects.count())\n",
        "async def view(request, pk):\n    model = apps.get_model(\"shop\", request.GET[\"model\"])\n    row = await model.objects.aget(pk=pk)\n    form = build_form(row)(request.POST)\n    if await sync_to_async(form.is_valid)():\n        await sync_to_async(form.save)()\n    return HttpResponse(await row.__class__.objects.acount())\n",
    );
}

#[test]
fn views_of_classes_called_by_hand() {
    becomes(
        "from django.views.generic import ListView\n\nclass Products(ListView):\n    model = Product\n\n",
        "def view(request):\n    if Product.objects.exists():\n        return Products.as_view(paginate_by=3)(request)\n    return HttpResponse()\n",
        "async def view(request):\n    if await Product.objects.aexists():\n        return await sync_to_async(Products.as_view(paginate_by=3))(request)\n    return HttpResponse()\n",
    );
}

#[test]
fn forms_that_inherit_from_what_is_not_at_hand_are_no_models() {
    becomes(
        "from django import forms\nfrom comments.forms import SecureForm\n\nclass RatingForm(SecureForm):\n    value = forms.ChoiceField()\n\n",
        "def view(request):\n    form = RatingForm(request.POST)\n    if form.is_valid():\n        form.save()\n    return HttpResponse(Product.objects.count())\n",
        "async def view(request):\n    form = RatingForm(request.POST)\n    if await sync_to_async(form.is_valid)():\n        await sync_to_async(form.save)()\n    return HttpResponse(await Product.objects.acount())\n",
    );
}

#[test]
fn what_middleware_sets_on_the_request() {
    let middleware = "from django.utils.functional import SimpleLazyObject\nfrom django.db import models\n\nclass Organizer(models.Model):\n    name = models.TextField()\n\nclass Event(models.Model):\n    organizer = models.ForeignKey(Organizer, models.CASCADE)\n    owner = models.ForeignKey(Organizer, models.CASCADE, related_name=\"+\")\n\nclass Cart(models.Model):\n    def add(self, item):\n        self.save()\n\nclass Events:\n    def process_request(self, request):\n        request.event = Event.objects.select_related(\"organizer\").get(slug=request.GET[\"e\"])\n        request.cart = SimpleLazyObject(lambda: Cart.objects.get(pk=1))\n\n";
    becomes(
        middleware,
        "def view(request):\n    request.event.save()\n    request.cart.add(1)\n    if request.cart.pk:\n        request.cart.items.get(pk=2)\n    return HttpResponse(request.event.organizer.name + request.event.owner.name)\n",
        "async def view(request):\n    await request.event.asave()\n    await sync_to_async(await sync_to_async(getattr)(request.cart, \"add\"))(1)\n    if await sync_to_async(getattr)(request.cart, \"pk\"):\n        await sync_to_async((await sync_to_async(getattr)(request.cart, \"items\")).get)(pk=2)\n    return HttpResponse(request.event.organizer.name + (await sync_to_async(getattr)(request.event, \"owner\")).name)\n",
    );
}

#[test]
fn what_updates_a_dictionary_may_be_one() {
    check(
        "def view(request):\n    Order.objects.all().delete()\n    context = {}\n    found = Order.objects.described(3)\n    context.update(found)\n    return JsonResponse(dict(found.rest()) | context)\n",
        "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await Order.objects.all().adelete()\n    context = {}\n    found = await sync_to_async(Order.objects.described)(3)\n    context.update(found)\n    return JsonResponse(dict(await sync_to_async(found.rest)()) | context)\n",
    );
}

#[test]
fn what_a_loop_keeps_for_its_next_turn() {
    let models = "from django.db import models\n\nclass Guest(models.Model):\n    name = models.TextField()\n\nclass Booking(models.Model):\n    guest = models.ForeignKey(Guest, models.CASCADE)\n\ndef _pick(pk):\n    return Booking.objects.filter(pk__gt=pk).first()\n\n";
    let after = "from django.db import models\n\nclass Guest(models.Model):\n    name = models.TextField()\n\nclass Booking(models.Model):\n    guest = models.ForeignKey(Guest, models.CASCADE)\n\nasync def _pick(pk):\n    return await Booking.objects.filter(pk__gt=pk).afirst()\n\n";
    check(
        &format!(
            "from asgiref.sync import sync_to_async\n\n{models}def view(request):\n    names = []\n    previous = None\n    for pk in range(3):\n        if previous is not None:\n            names.append(previous.guest.name)\n        found = _pick(pk)\n        previous = found\n    while previous is not None and previous.guest.name:\n        previous = _pick(previous.pk)\n    return JsonResponse(names, safe=False)\n"
        ),
        &format!(
            "from asgiref.sync import sync_to_async\n\n{after}async def view(request):\n    names = []\n    previous = None\n    for pk in range(3):\n        if previous is not None:\n            names.append((await sync_to_async(getattr)(previous, \"guest\")).name)\n        found = await _pick(pk)\n        previous = found\n    while previous is not None and (await sync_to_async(getattr)(previous, \"guest\")).name:\n        previous = await _pick(previous.pk)\n    return JsonResponse(names, safe=False)\n"
        ),
    );
}

#[test]
fn what_only_querysets_are_asked_and_called() {
    let form = "from django import forms\n\nclass Edit(forms.Form):\n    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n        if self.is_bound:\n            self.start = self.fields[\"list\"].queryset.get(name=self.data[\"list\"])\n\n";
    becomes(
        form,
        "def view(request, store):\n    form = Edit(request.POST)\n    row = store.get(owner__pk=1)\n    made, _ = store.rows.get_or_create(name=\"x\")\n    Product.objects.all().delete()\n    return HttpResponse([store.get(\"pk\"), store.get(url=\"/\"), form, row, made])\n",
        "async def view(request, store):\n    form = await sync_to_async(Edit)(request.POST)\n    row = await store.aget(owner__pk=1)\n    made, _ = await store.rows.aget_or_create(name=\"x\")\n    await Product.objects.all().adelete()\n    return HttpResponse([store.get(\"pk\"), store.get(url=\"/\"), form, row, made])\n",
    );
}

#[test]
fn a_second_run_knows_the_form_that_a_property_makes() {
    becomes(
        "from django import forms\nfrom django.utils.functional import cached_property\nfrom django.views import View\n\nclass Search(forms.Form):\n    name = forms.CharField()\n\nclass Found(View):\n    @cached_property\n    def form(self):\n        Product.objects.first()\n        return Search(self.request.POST)\n\n",
        "    def post(self, request):\n        if self.form.is_valid():\n            return HttpResponse(Product.objects.count())\n        return HttpResponse()\n",
        "    async def post(self, request):\n        if (await sync_to_async(getattr)(self, \"form\")).is_valid():\n            return HttpResponse(await Product.objects.acount())\n        return HttpResponse()\n",
    );
}

#[test]
fn settings_that_the_database_keeps() {
    let kept = "class Settings:\n    def __getattr__(self, name):\n        return Setting.objects.get(name=name).value\n\nsettings = Settings()\n\n";
    becomes(
        kept,
        "def view(request):\n    Setting.objects.all().delete()\n    return HttpResponse([settings.PER_PAGE, getattr(settings, request.path, 1)])\n",
        "async def view(request):\n    await Setting.objects.all().adelete()\n    return HttpResponse([await sync_to_async(getattr)(settings, \"PER_PAGE\"), await sync_to_async(getattr)(settings, request.path, 1)])\n",
    );
}

#[test]
fn a_user_that_middleware_adds_to_is_kept() {
    becomes(
        "class PermissionMiddleware:\n    def process_view(self, request, view, args, kwargs):\n        request.user.may_edit = request.user.is_staff\n\nMIDDLEWARE = [\"views.PermissionMiddleware\"]\n\n",
        "def view(request):\n    Product.objects.all().delete()\n    return HttpResponse(request.user.username)\n",
        "async def view(request):\n    await Product.objects.all().adelete()\n    await sync_to_async(bool)(request.user)\n    return HttpResponse(request.user.username)\n",
    );
}
