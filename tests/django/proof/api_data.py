"""Holds crates/django/data/async_api.json against the installed Django.

Every callable that it lists for this version is there and is async; none is there before the version that it names;
and what introspection finds is listed.
"""
import importlib
import inspect
import json
import pkgutil
import types

# Owners that name no class of Django's but what an application sees, by the words before the first blank.
LIVE = {
    "GenericRelatedObjectManager": lambda: _models()["Book"].notes.related_manager_cls,
    "ManyRelatedManager": lambda: _models()["Book"].tags.related_manager_cls,
    "RelatedManager": lambda: _models()["Author"].book_set.related_manager_cls,
}
# Left out of the walk: they need system libraries, or are templates of code.
SKIPPED_MODULES = ("django.contrib.gis", "django.conf.app_template", "django.conf.project_template")
# Neither documented nor meant to be called.
INTERNAL = {"django.test.client.aclosing_iterator_wrapper"}
_made = {}


def _models():
    """An app with each kind of relation."""
    if _made:
        return _made
    from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
    from django.contrib.contenttypes.models import ContentType
    from django.db import models

    def model(name, **attributes):
        meta = type("Meta", (), {"app_label": "auth"})
        _made[name] = type(name, (models.Model,), {"__module__": "universe.models", "Meta": meta, **attributes})

    # Only a relation that may be null can be cleared.
    model("Author")
    model("Label")
    model("Note", kind=models.ForeignKey(ContentType, models.CASCADE), object_id=models.IntegerField(),
          thing=GenericForeignKey("kind", "object_id"))
    model("Book", author=models.ForeignKey(_made["Author"], models.CASCADE, null=True), tags=models.ManyToManyField(_made["Label"]),
          notes=GenericRelation(_made["Note"], "object_id", "kind"))
    return _made


def _resolve(owner):
    """The object that an owner's name stands for, or None when this Django has no such thing."""
    word = owner.split(" ")[0]
    if word in LIVE:
        return LIVE[word]()
    parts = word.split(".")
    for split in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:split]))
        except ImportError:
            continue
        for part in parts[split:]:
            thing = getattr(thing, part, None)
            if thing is None:
                return None
        return thing
    return None


def _function(thing):
    if isinstance(thing, (staticmethod, classmethod)):
        thing = thing.__func__
    if isinstance(thing, property):
        thing = thing.fget
    return getattr(thing, "func", thing) if type(thing).__name__ in ("cached_property", "partial") else thing


def _is_async(thing):
    function = _function(thing)
    if not callable(function):
        return False
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or inspect.iscoroutinefunction(inspect.unwrap(function))
        or inspect.isasyncgenfunction(inspect.unwrap(function))
    )


def _get(owner, name):
    try:
        return inspect.getattr_static(owner, name)
    except AttributeError:
        return getattr(owner, name, None)


def _check_row(row, version):
    owner, name = _resolve(row["owner"]), row["async"]
    listed = version in row["versions"]
    thing = _get(owner, name) if owner is not None else None
    if row["kind"] == "function" and not name.lstrip("_").startswith("a"):
        # A decorator or a middleware class, which exists before it accepts async views.
        return [] if thing is not None or not listed else [("missing", "it is not in Django %s" % version)]
    if listed and thing is None:
        return [("missing", "it is not in Django %s" % version)]
    own = not isinstance(owner, type) or name in vars(owner) or row["owner"].split(" ")[0] in LIVE
    if not listed and own and thing is not None and _is_async(thing):
        return [("unlisted version", "it is in Django %s already (%s)" % (version, row["versions"][0]))]
    if listed and row["kind"] != "function" and not _is_async(thing) and name not in ("__aiter__", "__aenter__"):
        return [("sync", "it is not async in Django %s" % version)]
    return []


def _modules():
    import django

    for info in pkgutil.walk_packages(django.__path__, "django.", onerror=lambda name: None):
        parts = info.name.split(".")
        if info.name.startswith(SKIPPED_MODULES) or "migrations" in parts or "locale" in parts or parts[-1] == "__main__":
            continue
        try:
            yield importlib.import_module(info.name)
        except BaseException:
            continue  # a driver or a library that is not installed


def _found():
    """Public `a`-prefixed coroutines of this Django: (owner, name)."""
    for module in list(_modules()):
        for name, thing in list(vars(module).items()):
            # By type(), as isinstance() would set Django's lazy objects up.
            plain = issubclass(type(thing), (types.FunctionType, type))
            if not plain or thing.__module__ != module.__name__:
                continue
            if type(thing) is types.FunctionType:
                if _public(name) and _is_async(thing):
                    yield module.__name__, name
            else:
                for member, value in list(vars(thing).items()):
                    if _public(member) and _is_async(value):
                        yield "%s.%s" % (module.__name__, thing.__qualname__), member


def _public(name):
    return name.startswith("a") and len(name) > 1


def check(path):
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["django.contrib.%s" % n for n in ("auth", "contenttypes", "sessions", "messages", "admin", "sites")],
            SECRET_KEY="x",
        )
        django.setup()
    version = "%d.%d" % django.VERSION[:2]
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    results, listed = [], set()
    for row in rows:
        listed.add((row["owner"].split(" ")[0], row["async"]))
        if row["owner"] in ("FBV", "django.views.View", "django.http.StreamingHttpResponse"):
            continue  # facts about views and responses, which the cases show
        if "request.auser" in row["async"]:
            from django.contrib.auth import middleware

            listed.add(("django.contrib.auth.middleware", "auser"))
            failures = [] if hasattr(middleware, "auser") == (version in row["versions"]) else [("auser", "on %s" % version)]
        elif row["owner"] == "django.core.asgi" or row["owner"] == "django.db.transaction":
            continue
        else:
            failures = _check_row(row, version)
        results += [[kind, "%s.%s: %s" % (row["owner"], row["async"], detail)] for kind, detail in failures]
    unlisted = []
    for owner, name in _found():
        short = owner.rpartition(".")[2]
        # Data may name a class by where it is imported from, or list a method at the base class which defines it.
        known = (owner, name) in listed or any(n == name and o.rpartition(".")[2] == short for o, n in listed)
        if not known and "%s.%s" % (owner, name) not in INTERNAL:
            unlisted.append("%s.%s" % (owner, name))
    if unlisted:
        results.append(["unlisted", ", ".join(sorted(unlisted))])
    return {"failures": results, "rows": len(rows)}
