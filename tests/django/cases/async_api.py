"""Code for every row of crates/django/data/async_api.json that has to be rewritten: statements by owner and async name.

All statements of a group make one view, which runs before and after the migration. `{0}` is what the group's methods are
called on.
"""

_ROWS = {
    "aaggregate": 'print({0}.aggregate(number=Count("pk")))',
    "abulk_create": "print(len({0}.bulk_create([{model}({field}=f\"bulk {{number}}\"{bulk}) for number in range(2)])))",
    "abulk_update": '{model_lower} = {model}.objects.get(pk=1)\n{model_lower}.{field} = "updated"\nprint({0}.bulk_update([{model_lower}], ["{field}"]))',
    "acontains": "print({0}.contains({model}.objects.get(pk=1)))",
    "acount": "print({0}.count())",
    "acreate": 'print({0}.create({field}="created"{rest}).{field})',
    "aearliest": 'print({0}.earliest("pk").{field})',
    "aexists": "print({0}.exists())",
    "aexplain": "print(len({0}.explain()) > 5)",
    "afirst": "print({0}.first().{field})",
    "aget": "print({0}.get(pk=1).{field})",
    "aget_or_create": 'print({0}.get_or_create({field}="made"{defaults})[1])\nprint({0}.get_or_create({field}="made"{defaults})[1])',
    "ain_bulk": "print(sorted({0}.in_bulk([1, 2])))",
    "aiterator": "for row in {0}.iterator():\n    print(row.{field})",
    "alast": "print({0}.last().{field})",
    "alatest": 'print({0}.latest("pk").{field})',
    "aupdate": 'print({0}.update({field}=F("{field}")))',
    "aupdate_or_create": 'print({0}.update_or_create({field}="new"{update_defaults})[1])\nprint({0}.update_or_create({field}="new"{update_defaults})[1])',
    "adelete": 'print({0}.filter({field}="created").delete())',
    "__aiter__": "for row in {0}.order_by(\"pk\"):\n    print(row.{field})",
}  # fmt: skip


def _rows(receiver, model, field, rest="", names=None, bulk="", **more):
    """The statements of a queryset or manager of `model`. `rest` are arguments that creating a row needs beside `field`,
    `bulk` those that creating many does."""
    defaults = ", defaults=dict(%s)" % rest[2:] if rest else ""
    values = {"model": model, "model_lower": model.lower(), "field": field, "bulk": bulk or rest, "rest": rest, "defaults": defaults,
              "update_defaults": defaults}
    found = {
        name: text.format(receiver, **values)
        for name, text in _ROWS.items()
        if (name in names if names is not None else name not in ("__aiter__", "adelete"))
    }
    found.update(more)
    return found


def _relations(receiver, model, field, rest, others, bulk="", kept=None):
    """Also what relations alone have; `others` are two rows, `kept` those of them that are there after the first was removed."""
    return _rows(
        receiver, model, field, rest, bulk=bulk,
        aadd="%s.add(%s)\nprint(%s.count())" % (receiver, others, receiver),
        aremove="%s.remove(%s.objects.get(pk=1))\nprint(%s.count())" % (receiver, model, receiver),
        aset="%s.set([%s])\nprint(%s.count())" % (receiver, kept or others, receiver),
        aclear="%s.clear()\nprint(%s.count())" % (receiver, receiver),
    )  # fmt: skip


_TASK = (
    "from django.tasks import task\n\n@task\ndef double(number):\n    return number * 2 + Tag.objects.count()\n\n"
    '@task(backend="dummy")\ndef later(number):\n    return number\n'
)

_PERMISSIONS = {
    "ahas_perm": 'print(request.user.has_perm("universe.add_book"))',
    "ahas_perms": 'print(request.user.has_perms(["universe.add_book", "universe.add_tag"]))',
    "ahas_module_perms": 'print(request.user.has_module_perms("universe"))',
    "aget_all_permissions": "print(sorted(request.user.get_all_permissions()))",
    "aget_group_permissions": "print(sorted(request.user.get_group_permissions()))",
    "aget_user_permissions": "print(sorted(request.user.get_user_permissions()))",
}
_AUTH = "from django.contrib.auth import %s\n"

# Owner → (imports, statements that come first, async name → statements).
GROUPS = {
    "django.db.models.query.QuerySet": (
        "", 'tags = Tag.objects.exclude(name="none")', _rows("tags", "Tag", "name", names=list(_ROWS)),
    ),
    "django.db.models.query.RawQuerySet": (
        "", "", {"__aiter__": 'for row in Tag.objects.raw("SELECT id, name FROM universe_tag ORDER BY id"):\n    print(row.name)'},
    ),
    "django.db.models.Manager": ("", "", _rows("Tag.objects", "Tag", "name")),
    "RelatedManager (reverse FK, e.g. author.book_set)": (
        "", "publisher = Publisher.objects.get(pk=1)",
        _relations("publisher.books", "Book", "title", ", author=Author.objects.get(pk=1)", "Book.objects.get(pk=1), Book.objects.get(pk=2)"),
    ),
    "ManyRelatedManager (M2M, e.g. book.tags)": (
        "", "book = Book.objects.get(pk=1)",
        _relations("book.tags", "Tag", "name", "", "Tag.objects.get(pk=1), Tag.objects.get(pk=2)"),
    ),
    "GenericRelatedObjectManager (GenericRelation)": (
        "", "book = Book.objects.get(pk=1)", _relations("book.notes", "Note", "text", "", "Note.objects.get(pk=1), Note.objects.get(pk=2)", bulk=", target=book",
                                                                kept="Note.objects.get(pk=2)"),
    ),
    "django.db.models.base.Model": (
        "", "tag = Tag.objects.get(pk=1)",
        {
            "asave": 'tag.name = "saved"\ntag.save()',
            "arefresh_from_db": 'Tag.objects.filter(pk=1).update(name="fresh")\ntag.refresh_from_db()\nprint(tag.name)',
            "adelete": "print(tag.delete())",
        },
    ),
    "django.db.models.query": (
        "from django.db.models import prefetch_related_objects\n", "",
        {"aprefetch_related_objects": 'books = list(Book.objects.all())\nprefetch_related_objects(books, "tags")\n'
                                      "print([[tag.name for tag in book.tags.all()] for book in books])"},
    ),
    "django.shortcuts": (
        "from django.shortcuts import get_list_or_404, get_object_or_404\n", "",
        {
            "aget_object_or_404": "print(get_object_or_404(Tag, pk=1).name)",
            "aget_list_or_404": "print(len(get_list_or_404(Tag.objects.all())))\nget_list_or_404(Tag, pk=999)",
        },
    ),
    "django.contrib.auth.models.UserManager": (
        "from django.contrib.auth.models import User\n", "",
        _rows(
            "User.objects", "User", "username", names=[name for name in _ROWS if name not in ("aupdate", "adelete", "__aiter__", "aearliest", "alatest")],
            aearliest='print(User.objects.earliest("pk").username)', alatest='print(User.objects.latest("pk").username)',
            aupdate='print(User.objects.update(last_name=F("username")))',
            acreate_user='print(User.objects.create_user("fresh", "fresh@example.com", "secret").username)',
            acreate_superuser='print(User.objects.create_superuser("root", "root@example.com", "secret").is_staff)',
            aget_by_natural_key='print(User.objects.get_by_natural_key("staff").pk)',
        ),
    ),
    "django.contrib.auth.base_user.BaseUserManager": (
        "from django.contrib.auth.models import User\n", "", {"aget_by_natural_key": 'print(User.objects.get_by_natural_key("member").pk)'},
    ),
    "django.contrib.auth.base_user.AbstractBaseUser": (
        "from django.contrib.auth.models import User\n", "user = User.objects.get(pk=1)",
        {"acheck_password": 'print(user.check_password("wrong"), user.check_password("secret"))'},
    ),
    "django.contrib.auth.models.PermissionsMixin": ("", "", _PERMISSIONS),
    "django.contrib.auth.models.AnonymousUser": ("", "", _PERMISSIONS),
    "django.http.HttpRequest (AuthenticationMiddleware)": ("", "", {"request.auser": "print(request.user.is_authenticated, request.user.get_username())"}),
    "django.contrib.auth.middleware": ("", "", {"auser": "print(request.user.pk)"}),
    "django.contrib.auth": (
        _AUTH % "authenticate, get_user, login, logout, update_session_auth_hash", "",
        {
            "aauthenticate": 'user = authenticate(request, username="member", password="secret")\nprint(user)',
            "alogin": 'login(request, user, backend="django.contrib.auth.backends.ModelBackend")\nprint(request.user)',
            "aget_user": "print(get_user(request).pk)",
            "aupdate_session_auth_hash": 'user.set_password("other")\nuser.save()\nupdate_session_auth_hash(request, user)',
            "alogout": "logout(request)\nprint(request.user.is_authenticated)",
        },
    ),
    "django.contrib.auth.hashers": (
        "from django.contrib.auth.hashers import check_password, make_password\n", 'encoded = make_password("secret")',
        {"acheck_password": 'print(check_password("secret", encoded), check_password("wrong", encoded))'},
    ),
    "django.contrib.sessions.backends.base.SessionBase": (
        "", "",
        {
            "aset": 'request.session["name"] = "value"',
            "aget": 'print(request.session.get("name"), request.session.get("none", 1))',
            "ahas_key": 'print(request.session.has_key("name"))',
            "akeys": 'print(sorted(request.session.keys())[:1])',
            "avalues": "print(len(request.session.values()) > 0)",
            "aitems": "print(len(request.session.items()) > 0)",
            "aupdate": 'request.session.update({"more": 2})',
            "asetdefault": 'print(request.session.setdefault("more", 3), request.session.setdefault("extra", 4))',
            "apop": 'print(request.session.pop("extra"), request.session.pop("none", None))',
            "aset_test_cookie": "request.session.set_test_cookie()",
            "atest_cookie_worked": "print(request.session.test_cookie_worked())",
            "adelete_test_cookie": "request.session.delete_test_cookie()",
            "aset_expiry": "request.session.set_expiry(300)",
            "aget_expiry_age": "print(request.session.get_expiry_age())",
            "aget_expiry_date": "print(request.session.get_expiry_date() is not None)",
            "aget_expire_at_browser_close": "print(request.session.get_expire_at_browser_close())",
            "asave": "request.session.save()",
            "aexists": "print(request.session.exists(request.session.session_key))",
            "aload": "print(sorted(request.session.load())[-1:])",
            "acycle_key": "request.session.cycle_key()",
            "aclear_expired": "request.session.clear_expired()",
            "acreate": 'request.session.create()\nprint(request.session.session_key is not None)',
            "adelete": "request.session.delete()",
            "aflush": "request.session.flush()\nprint(request.session.session_key)",
        },
    ),
    "django.core.cache.backends.base.BaseCache": (
        "from django.core.cache import cache\n", "",
        {
            "aadd": 'print(cache.add("one", 1), cache.add("one", 2))',
            "aset": 'cache.set("two", 2, 60)',
            "aget": 'print(cache.get("one"), cache.get("none", 0))',
            "ahas_key": 'print(cache.has_key("two"))',
            "aincr": 'print(cache.incr("two"))',
            "adecr": 'print(cache.decr("two", 5))',
            "atouch": 'print(cache.touch("two", 30), cache.touch("none"))',
            "aset_many": 'print(cache.set_many({"four": 4, "five": 5}))',
            "aget_many": 'print(cache.get_many(["four", "five", "none"]))',
            "aincr_version": 'print(cache.incr_version("four"))',
            "adecr_version": 'print(cache.decr_version("four", version=2))',
            "adelete": 'print(cache.delete("four"), cache.delete("none"))',
            "adelete_many": 'cache.delete_many(["five"])\nprint("five" in cache)',
            "aclear": 'cache.clear()\nprint(cache.get("one"))',
            "aclose": "cache.close()",
        },
    ),
    "django.dispatch.dispatcher.Signal": (
        "from django.dispatch import Signal\n\ndone = Signal()\n\ndef count(sender, **kwargs):\n    return Tag.objects.count()\n\n"
        "done.connect(count)\n", "",
        {
            "asend": "print([result for receiver, result in done.send(sender=None)])",
            "asend_robust": "print([result for receiver, result in done.send_robust(sender=None)])",
        },
    ),
    "django.tasks.base.Task": (
        _TASK, "",
        {
            "aenqueue": "print(double.enqueue(2).return_value)",
            "acall": "print(double.call(3))",
            "aget_result": 'queued = later.enqueue(4)\nprint(later.get_result(queued.id).status)',
        },
    ),
    "django.tasks.base.TaskResult": (_TASK, "", {"arefresh": "waiting = later.enqueue(5)\nwaiting.refresh()\nprint(waiting.status)"}),
}  # fmt: skip

# What older Djangos don't have in any form.
SINCE = {"django.tasks.base.Task": "6.0", "django.tasks.base.TaskResult": "6.0"}


def text(owner):
    """The view that runs the statements of a group."""
    imports, first, rows = GROUPS[owner]
    body = "\n".join([first, *rows.values(), 'return HttpResponse("done")']).strip().splitlines()
    return "from django.http import HttpResponse\nfrom django.db.models import Count, F\n%s\nfrom .models import Author, Book, Note, Publisher, Tag\n\n\ndef show(request):\n%s\n" % (
        imports, "\n".join("    " + line for line in body),
    )  # fmt: skip

_DECORATORS = {
    "django.contrib.admin.views.decorators.staff_member_required": '(login_url="/login/")',
    "django.contrib.auth.decorators.login_not_required": "",
    "django.contrib.auth.decorators.login_required": "",
    "django.contrib.auth.decorators.permission_required": '("universe.add_tag")',
    "django.contrib.auth.decorators.user_passes_test": "(lambda user: user.is_staff)",
    "django.db.transaction.non_atomic_requests": "",
    "django.utils.decorators.decorator_from_middleware": "(GZipMiddleware)",
    "django.views.decorators.cache.cache_control": "(max_age=60)",
    "django.views.decorators.cache.cache_page": "(60)",
    "django.views.decorators.cache.never_cache": "",
    "django.views.decorators.clickjacking.xframe_options_deny": "",
    "django.views.decorators.clickjacking.xframe_options_exempt": "",
    "django.views.decorators.clickjacking.xframe_options_sameorigin": "",
    "django.views.decorators.common.no_append_slash": "",
    "django.views.decorators.csp.csp_override": '({"default-src": ["self"]})',
    "django.views.decorators.csp.csp_report_only_override": '({"default-src": ["self"]})',
    "django.views.decorators.csrf.csrf_exempt": "",
    "django.views.decorators.csrf.csrf_protect": "",
    "django.views.decorators.csrf.ensure_csrf_cookie": "",
    "django.views.decorators.csrf.requires_csrf_token": "",
    "django.views.decorators.debug.sensitive_post_parameters": '("password")',
    "django.views.decorators.debug.sensitive_variables": '("number")',
    "django.views.decorators.gzip.gzip_page": "",
    "django.views.decorators.http.condition": '(etag_func=lambda request: "tag")',
    "django.views.decorators.http.conditional_page": "",
    "django.views.decorators.http.etag": '(lambda request: "tag")',
    "django.views.decorators.http.last_modified": "(lambda request: timezone.now())",
    "django.views.decorators.http.require_GET": "",
    "django.views.decorators.http.require_POST": "",
    "django.views.decorators.http.require_http_methods": '(["GET"])',
    "django.views.decorators.http.require_safe": "",
    "django.views.decorators.vary.vary_on_cookie": "",
    "django.views.decorators.vary.vary_on_headers": '("Accept")',
}
# Decorators that came with their support of async views; the others are older.
_NEW = ("login_not_required", "csp_override", "csp_report_only_override")


def decorated(rows, supported):
    """A module with a view under each decorator of `rows` (path → the Django from which it takes async views), and the names
    of the views that this Django can have async. `supported(version)` says whether this Django is that or newer."""
    imports, views, expected = [], [], set()
    for path, since in sorted(rows.items()):
        module, _, name = path.rpartition(".")
        if name in _NEW and not supported(since):
            continue
        imports.append("from %s import %s" % (module, name))
        views.append("@%s%s\ndef show_%s(request):\n    number = Tag.objects.count()\n    return HttpResponse(str(number))\n" % (
            name, _DECORATORS[path], name.lower()))
        if supported(since):
            expected.add("show_" + name.lower())
    head = ["from django.http import HttpResponse", "from django.middleware.gzip import GZipMiddleware", "from django.utils import timezone"]
    return "\n".join([*head, *imports, "", "from .models import Tag", "", "", "\n\n".join(views)]), expected
