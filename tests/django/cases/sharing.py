"""A project whose signal receiver, template tag, management command and Celery tasks share a helper with views: file → text.

`proof/sharing.py` runs it before and after the migration, by the interpreter that has Celery.
"""

FILES = {
    "manage.py": "",
    "shop/__init__.py": "",
    "shop/settings.py": """
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}]
CELERY_TASK_ALWAYS_EAGER = True
""",
    "shop/celery.py": """
from celery import Celery

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
""",
    "shop/models.py": """
from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "shop"


class Note(models.Model):
    text = models.CharField(max_length=100)

    class Meta:
        app_label = "shop"
""",
    "shop/stock.py": """
import time

from .models import Item


def wait_for_store():
    time.sleep(0.001)


def in_stock(name):
    wait_for_store()
    return Item.objects.filter(name__startswith=name).count()


def names(prefix):
    for item in Item.objects.order_by("name"):
        wait_for_store()
        yield prefix + item.name
""",
    "shop/receivers.py": """
from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Item, Note
from .stock import in_stock


@receiver(post_save, sender=Item)
def count_again(sender, instance, **kwargs):
    Note.objects.create(text=f"{instance.name}: {in_stock(instance.name[0])}")
""",
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/stock_tags.py": """
from django import template

from shop.stock import in_stock, names

register = template.Library()


@register.simple_tag
def stock(name):
    return in_stock(name)


@register.filter
def listed(prefix):
    return ", ".join(names(prefix))
""",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/report.py": """
from django.core.management.base import BaseCommand

from shop.stock import in_stock, names


class Command(BaseCommand):
    def handle(self, *args, **options):
        self.stdout.write(f"{in_stock('a')}: {list(names('- '))}")
""",
    "shop/tasks.py": """
from celery import shared_task

from .celery import app
from .models import Note
from .stock import in_stock, names


@shared_task
def count(name):
    Note.objects.create(text=f"task {name}")
    return in_stock(name)


@app.task(bind=True)
def list_all(self, prefix):
    return sorted(names(prefix), reverse=True)
""",
    "shop/views.py": """
from django.http import HttpResponse, JsonResponse
from django.template import engines

from .models import Item, Note
from .stock import in_stock, names
from .tasks import count, list_all

PAGE = "{% load stock_tags %}{% stock 'a' %} {{ '> '|listed }}"


def stock(request):
    Item.objects.create(name="added")
    return JsonResponse({"stock": in_stock("a"), "names": [name for name in names("")]})


def page(request):
    notes = Note.objects.count()
    return HttpResponse(engines["django"].from_string(f"{notes} {PAGE}").render({}, request))


def later(request):
    done = count.delay("a")
    return JsonResponse({"count": done.get(), "all": list_all.apply_async(args=["* "]).get()})
""",
    "shop/urls.py": """
from django.urls import path

from . import receivers, views

urlpatterns = [path("stock/", views.stock), path("page/", views.page), path("later/", views.later)]
""",
}

# Each of these stays what synchronous code calls: text that is in the file afterwards as before.
KEPT = {
    "shop/receivers.py": ["\ndef count_again(", "{in_stock("],
    "shop/templatetags/stock_tags.py": ["\ndef stock(", "return in_stock(name)", "join(names(prefix))"],
    "shop/management/commands/report.py": ["    def handle(", "{in_stock('a')}: {list(names('- '))}"],
    "shop/tasks.py": ["\ndef count(", "return in_stock(name)", "\ndef list_all(", "sorted(names(prefix)"],
}
