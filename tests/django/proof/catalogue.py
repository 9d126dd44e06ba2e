"""Holds crates/django/data/blocking.json against the packages that it speaks of.

    PYTHON proof/catalogue.py crates/django/data/blocking.json

Run by an interpreter that has them (requirements/packages.txt). Each name is there and can be called, what a call is said
to give is a class that is there, and so is what is to be used instead. Answers a list of [name, failures] as JSON.
"""
import importlib
import json
import sys

# Packages that need system libraries or are too large to install for names alone.
NOT_INSTALLED = {"mysqlclient", "python-ldap", "pandas", "weasyprint", "xhtml2pdf"}
KINDS = ("waits", "lazy", "bound", "cpu", "free", "with")


def _django():
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3"}}, USE_I18N=False,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites"],
    )
    import django

    django.setup()


def _boto3(kind, service):
    import boto3

    return getattr(boto3, kind)(service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")


def _made(name, *arguments):
    return getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2])(*arguments)


# What functions return, where the catalogue speaks of that. A class's own attributes may be set when it is made.
MADE = {
    "boto3.client": lambda: _boto3("client", "s3"),
    "boto3.resource": lambda: _boto3("resource", "s3"),
    "boto3.Session": lambda: _made("boto3.Session"),
    "django.core.mail.get_connection": lambda: _made("django.core.mail.get_connection"),
    "django.template.loader.get_template": lambda: importlib.import_module("django.template").engines["django"].from_string(""),
    "django.template.loader.select_template": lambda: importlib.import_module("django.template").engines["django"].from_string(""),
    "multiprocessing.Pool": lambda: importlib.import_module("multiprocessing.pool").Pool,
    "multiprocessing.Queue": lambda: importlib.import_module("multiprocessing.queues").Queue,
    "threading.Condition": lambda: _made("threading.Condition"),
    "threading.Lock": lambda: _made("threading.Lock"),
    "threading.RLock": lambda: _made("threading.RLock"),
    "xmlrpc.client.ServerProxy": lambda: _made("xmlrpc.client.ServerProxy", "http://localhost:1"),
}


def find(path):
    """What a dotted path names, or None."""
    for name, make in MADE.items():
        if path.startswith(name + "."):
            thing, rest = make(), path[len(name) + 1:].split(".")
            break
    else:
        parts = path.split(".")
        for split in range(len(parts), 0, -1):
            try:
                thing, rest = importlib.import_module(".".join(parts[:split])), parts[split:]
                break
            except ImportError:
                continue
        else:
            return None
    for part in rest:
        thing = getattr(thing, part, None)
        if thing is None:
            return None
    return thing


def _fails(path):
    """What is wrong with the path of an entry, or None."""
    root, deep, _ = path.partition(".**.")
    if deep or path.endswith(".*"):
        return None if find(root.removesuffix(".*")) is not None else "%s is not there" % root
    thing = find(path)
    if thing is None:
        return "it is not there"
    # A property of a class is what its instances give.
    return None if callable(thing) or isinstance(thing, property) else "it can't be called"


def check(family):
    failures = []
    for kind in KINDS:
        for path in family.get(kind, ()):
            wrong = _fails(path)
            failures += [(kind, "%s: %s" % (path, wrong))] if wrong else []
    for path, given in family.get("gives", {}).items():
        for name in (path.removesuffix(".[]").removesuffix(".()"), given):
            if find(name) is None:
                failures.append(("gives", "%s: %s is not there" % (path, name)))
    for path, (module, name, _) in family.get("native", {}).items():
        found = getattr(importlib.import_module(module), name, None)
        if not callable(found):
            failures.append(("native", "%s: %s.%s is not there" % (path, module, name)))
    instead = family.get("instead")
    if instead and find(instead[0]) is None:
        failures.append(("instead", "%s is not there" % instead[0]))
    return failures


def main(path):
    with open(path, encoding="utf-8") as file:
        families = json.load(file)
    _django()
    answer = []
    for family in families:
        if family.get("package") not in NOT_INSTALLED:
            answer.append(["catalogue: " + family["family"], check(family)])
    # The check itself: a name that is not there is told from one that is.
    wrong = [path for path in ("time.sleeps", "redis.Redis.pipelines", "boto3.client.get_paginators", "nothing.at.all") if not _fails(path)]
    answer.append(["catalogue: self-test", [("self-test", "%s is taken for a name" % path) for path in wrong]])
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
