"""Views behind decorators of the project's own: the Django from which they become async, those that must, and the code. As in classes.py."""

MADE = """
import functools
import time
from functools import update_wrapper, wraps

from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.exceptions import PermissionDenied
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_http_methods

from .models import Product, Tag


def assigned(view):
    @functools.wraps(view, assigned=("__name__",))
    def wrapper(request, *args, **kwargs):
        if request.GET.get("q") == "nothing":
            raise PermissionDenied
        request.tags = Tag.objects.count()
        return view(request, *args, **kwargs)

    return wrapper


def updated(view):
    def wrapper(request, *args, **kwargs):
        request.tags = Tag.objects.count()
        return view(request, *args, **kwargs)

    return update_wrapper(wrapper, view)


def wrapped(view):
    def wrapper(request, *args, **kwargs):
        request.tags = Tag.objects.count()
        return view(request, *args, **kwargs)

    return wraps(view)(wrapper)


def optional(view=None, *, limit=3):
    def decorator(view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            request.tags = Tag.objects.count() - limit
            return view(request, *args, **kwargs)

        return wrapper

    if view is not None:
        return decorator(view)
    return decorator


def partial_form(view=None, *, limit=3):
    if view is None:
        return functools.partial(partial_form, limit=limit)

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Limit"] = "%d of %d" % (limit, Tag.objects.count())
        return response

    wrapper.limit = limit
    return wrapper


class Counted:
    def __init__(self, view):
        self.view = view
        functools.update_wrapper(self, view)

    def __call__(self, request, *args, **kwargs):
        if request.GET.get("q") == "nothing":
            return HttpResponse("stopped", status=403)
        request.tags = Tag.objects.count()
        response = self.view(request, *args, **kwargs)
        response["X-View"] = self.view.__name__
        return response


class Limited:
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if Tag.objects.count() > self.limit:
                return HttpResponse("too many", status=429)
            return view(request, *args, **kwargs)

        return wrapper


def guarded(view):
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except Product.DoesNotExist:
            return HttpResponse("gone", status=410)

    return wrapper


def tagged(view):
    view.tag = "tagged"
    return view


def retried(times):
    def decorator(view):
        @wraps(view)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return view(*args, **kwargs)
                except Product.DoesNotExist:
                    Tag.objects.create(name="attempt %d" % attempt)
                    time.sleep(0.001)
            return HttpResponse("failed", status=500)

        return wrapper

    return decorator
"""

VIEW = """

%s
def %s(request, pk):
    product = Product.objects.get(pk=pk)
    return HttpResponse("%%s %%s %%d" %% (product.name, getattr(request, "tags", None), Tag.objects.count()))
"""

ON_VIEWS = [
    ("@assigned", "named"),
    ("@updated", "renamed"),
    ("@wrapped", "rewrapped"),
    ("@optional", "plain"),
    ("@optional(limit=4)", "limited"),
    ("@partial_form", "partial"),
    ("@partial_form(limit=2)", "partial_limited"),
    ("@Counted", "counted"),
    ("@Limited(5)", "few"),
    ("@Limited(1)", "too_many"),
    ("@guarded", "guarded_view"),
    ("@tagged", "tagged_view"),
    ("@retried(2)", "retried_view"),
    ("@guarded\n@Counted\n@optional\n@tagged", "stacked"),
]

OF_DJANGO = """

def open_shop(user):
    return Tag.objects.exists() and user.is_authenticated


opened = user_passes_test(open_shop)


def posted(view):
    return login_required(require_http_methods(["GET", "POST"])(view))


def staff_only(view=None, login_url=None):
    actual = user_passes_test(lambda user: user.is_staff, login_url=login_url)
    if view:
        return actual(view)
    return actual


def grouped(*names):
    return user_passes_test(lambda user: user.groups.filter(name__in=names).count() == 0)
"""

OF_DJANGO_VIEWS = [
    ("@opened", "opened_view"),
    ("@posted", "posted_view"),
    ("@staff_only", "staff_view"),
    ('@staff_only(login_url="/in/")', "staff_elsewhere"),
    ('@grouped("a", "b")', "grouped_view"),
    ("@opened\n@guarded", "opened_guarded"),
]

ON_CLASSES = """

@method_decorator(guarded, name="dispatch")
class OnDispatch(View):
    def get(self, request, pk):
        return HttpResponse(Product.objects.get(pk=pk).name)

    def post(self, request, pk):
        Tag.objects.create(name="posted")
        return HttpResponse("posted")


@method_decorator([guarded, Counted], name="dispatch")
class OnDispatchTwice(View):
    def get(self, request, pk):
        return HttpResponse("%s %d" % (Product.objects.get(pk=pk).name, request.tags))
"""

ON_METHODS = """

class OnMethod(View):
    @method_decorator(guarded)
    def get(self, request, pk):
        return HttpResponse(Product.objects.get(pk=pk).name)

    @method_decorator([assigned, retried(2)])
    def post(self, request, pk):
        return HttpResponse("%s %d" % (Product.objects.get(pk=pk).name, request.tags))


@method_decorator(guarded, name="get")
class OnName(View):
    def get(self, request, pk):
        return HttpResponse(Product.objects.get(pk=pk).name)
"""


def _with(views, made=MADE):
    return made + "".join(VIEW % of for of in views)


DECORATED = {
    "decorated: views": ("4.2", [name for _, name in ON_VIEWS], _with(ON_VIEWS)),
    "decorated: with Django's": ("5.1", [name for _, name in OF_DJANGO_VIEWS], _with(OF_DJANGO_VIEWS, MADE + OF_DJANGO)),
    "decorated: dispatch": ("4.2", ["get", "post", "dispatch"], MADE + ON_CLASSES),
    "decorated: methods": ("5.2", ["get", "post"], MADE + ON_METHODS),
}
