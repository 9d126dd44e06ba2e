//! Classes that are loaded by name, and what their instances do by way of relations that only heirs have.

use unblocked_analyzer::Workspace;

use crate::rules::testing::{check, check_unchanged};
use crate::{Options, migrate};

#[track_caller]
fn becomes(definitions: &str, before: &str, after: &str) {
    check(
        &format!("from asgiref.sync import sync_to_async\n\n{definitions}{before}"),
        &format!("from asgiref.sync import sync_to_async\n\n{definitions}{after}"),
    );
}

/// A review's votes are known of the model alone, what asks for them stands in a class that it inherits from.
const REVIEWS: &str = "from django.db import models\n\nclass Voted:\n    def votes_of(self, user):\n        return self.votes.filter(user=user).count()\n\nclass AbstractReview(models.Model):\n    class Meta:\n        abstract = True\n\n    def up(self, user):\n        self.votes.create(user=user)\n\nclass Review(Voted, AbstractReview):\n    pass\n\nclass Vote(models.Model):\n    review = models.ForeignKey(Review, models.CASCADE, related_name=\"votes\")\n    user = models.IntegerField()\n\n";

#[test]
fn methods_of_abstract_models_and_mixins_know_what_the_heirs_have() {
    becomes(
        REVIEWS,
        "def view(request, pk):\n    review = Review.objects.get(pk=pk)\n    review.up(1)\n    return HttpResponse(review.votes_of(1))\n",
        "async def view(request, pk):\n    review = await Review.objects.aget(pk=pk)\n    await sync_to_async(review.up)(1)\n    return HttpResponse(await sync_to_async(review.votes_of)(1))\n",
    );
}

#[test]
fn instances_of_models_that_a_loader_gives() {
    for loader in [
        "from shop.loading import get_model\n\nOrder = get_model(\"shop\", \"Order\")\n\n",
        "import swapper\n\nOrder = swapper.load_model(\"shop\", \"Order\")\n\n",
        "from shop.loading import something\n\nOrder = something(\"shop.order\")\n\n",
    ] {
        becomes(
            &format!("from django import shortcuts\n{loader}"),
            "def view(request, pk):\n    order = shortcuts.get_object_or_404(Order, pk=pk)\n    order.pay(1)\n    return HttpResponse(order.total)\n",
            "async def view(request, pk):\n    order = await shortcuts.aget_object_or_404(Order, pk=pk)\n    await sync_to_async(order.pay)(1)\n    return HttpResponse(order.total)\n",
        );
    }
}

#[test]
fn a_name_leads_to_the_class_that_is_at_hand() {
    let mut workspace = Workspace::new();
    let texts = [
        (
            "shop/models.py",
            "from django.db import models\n\nclass Order(models.Model):\n    name = models.CharField()\n\n    def total(self):\n        return 1\n\n    def pay(self):\n        self.save()\n",
        ),
        (
            "shop/tools.py",
            "from shop.models import Order\n\nclass Tracker:\n    def seen(self):\n        return Order.objects.count()\n\n    def known(self):\n        return 1\n",
        ),
        (
            "shop/views.py",
            "from loading import get_class, get_classes, get_model\nfrom django.utils.module_loading import import_string\nfrom django.http import HttpResponse\n\nOrder = get_model(\"shop\", \"order\")\nTracker = get_class(\"shop.tools\", \"Tracker\")\n(Same,) = get_classes(\"shop.tools\", [\"Tracker\"])\ntracker = import_string(\"shop.tools.Tracker\")()\n\ndef view(request, pk):\n    order = Order.objects.get(pk=pk)\n    order.total()\n    order.pay()\n    Tracker().seen()\n    Same().seen()\n    tracker.known()\n    return HttpResponse(tracker.seen())\n",
        ),
    ];
    for (path, text) in texts {
        workspace.set_file(path, text);
    }
    let report = migrate(&workspace, &Options::default());
    let after = report
        .files
        .iter()
        .find(|file| file.path == "shop/views.py")
        .map(|file| file.after.as_str())
        .unwrap_or_default();
    let (_, view) = after.split_once("async def").unwrap_or_default();
    assert_eq!(
        view,
        " view(request, pk):\n    order = await Order.objects.aget(pk=pk)\n    order.total()\n    await sync_to_async(order.pay)()\n    await sync_to_async(Tracker().seen)()\n    await sync_to_async(Same().seen)()\n    tracker.known()\n    return HttpResponse(await sync_to_async(tracker.seen)())\n"
    );
}

#[test]
fn code_that_is_given_a_queryset_may_run_it() {
    becomes(
        "from django.utils.module_loading import import_string\n\nhandler = import_string(SETTING)()\n\n",
        "def view(request):\n    rows = handler.visible(Product.objects.all())\n    kept = [1]\n    kept.append(Product.objects.all())\n    return HttpResponse(len(rows))\n",
        "async def view(request):\n    rows = await sync_to_async(handler.visible)(Product.objects.all())\n    kept = [1]\n    kept.append(Product.objects.all())\n    return HttpResponse(await sync_to_async(len)(rows))\n",
    );
}

#[test]
fn what_is_called_where_a_missing_base_may_have_it_is_changed_once() {
    let class = "class Settings(dict):\n    def __getattr__(self, name):\n        return Product.objects.get(name=name)\n\n";
    let after = "async def view(request):\n    found = Settings()\n    await sync_to_async(found.update)({\"a\": 1})\n    return HttpResponse(await sync_to_async(getattr)(found, \"title\"))\n";
    becomes(
        class,
        "def view(request):\n    found = Settings()\n    found.update({\"a\": 1})\n    return HttpResponse(found.title)\n",
        after,
    );
    check_unchanged(&format!(
        "from asgiref.sync import sync_to_async\n\n{class}{after}"
    ));
}

#[test]
fn an_instance_may_come_from_a_method_of_a_manager_too() {
    let models = "from asgiref.sync import sync_to_async\nfrom django.db import models\nfrom base.managers import SiteManager\n\nclass OrderManager(SiteManager):\n    def of(self, request, pk):\n        return self.get(**{\"pk\": pk})\n\nclass Order(models.Model):\n    objects = OrderManager()\n\n    def pay(self):\n        self.save()\n\n";
    check(
        &format!(
            "{models}def _mail(order):\n    order.pay()\n\ndef bought(request):\n    _mail(Order())\n    return HttpResponse(\"\")\n\ndef again(request, pk):\n    _mail(Order.objects.of(request, pk))\n    return HttpResponse(\"\")\n"
        ),
        &format!(
            "{models}async def _mail(order):\n    await sync_to_async(order.pay)()\n\nasync def bought(request):\n    await _mail(Order())\n    return HttpResponse(\"\")\n\nasync def again(request, pk):\n    await _mail(await sync_to_async(Order.objects.of)(request, pk))\n    return HttpResponse(\"\")\n"
        ),
    );
}

#[test]
fn what_a_row_gives_by_any_name_may_be_a_relation_or_a_method() {
    let model = "from django.db import models\n\nclass Ticket(models.Model):\n    def _shown(self):\n        return self.answers.count()\n\n    shown = property(_shown)\n\n\nclass Answer(models.Model):\n    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name=\"answers\")\n\n";
    let after = "async def view(request, pk, name):\n    ticket = await Ticket.objects.aget(pk=pk)\n    value = await sync_to_async(getattr)(ticket, name, None)\n    if callable(value):\n        value = await sync_to_async(value)()\n    return HttpResponse([value, await sync_to_async(getattr(ticket, name))(), await sync_to_async(getattr)(ticket, \"shown\")])\n";
    becomes(
        model,
        "def view(request, pk, name):\n    ticket = Ticket.objects.get(pk=pk)\n    value = getattr(ticket, name, None)\n    if callable(value):\n        value = value()\n    return HttpResponse([value, getattr(ticket, name)(), ticket.shown])\n",
        after,
    );
    check_unchanged(&format!(
        "from asgiref.sync import sync_to_async\n\n{model}{after}"
    ));
}

#[test]
fn what_is_said_of_what_a_row_gives_names_no_class_to_add() {
    let mut workspace = Workspace::new();
    workspace.set_file(
        "shop/views.py",
        "from django.db import models\nfrom django.http import HttpResponse\n\nclass Ticket(models.Model):\n    pass\n\ndef view(request, pk, name):\n    value = getattr(Ticket.objects.get(pk=pk), name)\n    return HttpResponse(value())\n",
    );
    let report = migrate(&workspace, &Options::default());
    let findings = report.files.iter().flat_map(|file| &file.findings);
    let said: Vec<(&str, &str)> = findings
        .filter(|finding| finding.rule == "plan/wrap-unknown")
        .map(|finding| {
            (
                &*finding.message,
                finding.help.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (
                "`getattr(Ticket.objects.get(pk=pk), name)` may read a relation or a property of Ticket, which asks the database",
                "runs in Django's thread through `sync_to_async`"
            ),
            (
                "`value` is not at hand, and may ask the database",
                "runs in Django's thread through `sync_to_async`"
            ),
        ]
    );
}

/// A class of another library's models may have managers and methods of its own, and is a model all the same.
#[test]
fn what_derives_from_a_model_of_a_library_is_a_model() {
    let theme = "from django.db import models\nfrom mptt.models import MPTTModel\n\nclass Theme(MPTTModel):\n    name = models.CharField(max_length=9)\n    is_active = models.BooleanField()\n\n";
    becomes(
        theme,
        "def view(request, pk):\n    Theme.objects.update(is_active=False)\n    theme = Theme.objects.get(pk=pk)\n    theme.is_active = True\n    theme.save()\n    return HttpResponse(theme.name)\n",
        "async def view(request, pk):\n    await Theme.objects.aupdate(is_active=False)\n    theme = await Theme.objects.aget(pk=pk)\n    theme.is_active = True\n    await theme.asave()\n    return HttpResponse(theme.name)\n",
    );
    // Fields make a model, not the name of a module.
    check_unchanged(
        "from requests.models import Response\n\nclass Answer(Response):\n    kind = 1\n\ndef view(request):\n    return HttpResponse(Answer.kind)\n",
    );
}
