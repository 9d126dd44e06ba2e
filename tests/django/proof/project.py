"""Runs one form of a whole app: its folder as it was, or as a migration left it."""
import importlib
import os
import shutil
import sys

from . import play, services, site, watch

TEXTS = (".py", ".html", ".txt")


def localized(source, target, port):
    """Copies an app, its hosts of example.com at the recording server."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "after"))
    for folder, _, files in os.walk(target):
        for name in files:
            if name.endswith(TEXTS):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                with open(path, "w", encoding="utf-8") as file:
                    file.write(services.localize(text, port))


def boot(case_name, source, folder, port, sock, postgres, seeded=True):
    """Sets Django up with the app in `source`; returns the case's module."""
    case = importlib.import_module("cases." + case_name)
    home = os.path.join(folder, "project")
    localized(source, os.path.join(home, case.APP), port)
    sys.path.insert(0, home)
    overrides = {
        name: services.localize(value, port) if isinstance(value, str) else value for name, value in case.SETTINGS.items()
    }
    site.configure(folder, case.APP, postgres=postgres, **{"ROOT_URLCONF": "cases.%s_urls" % case_name, **overrides})
    if seeded:
        site.fill(case.seed)
    services.install(sock, getattr(case, "answer", services.default))
    watch.install(home)
    return case


def converted(case):
    """The views of the app that are coroutine functions."""
    from asgiref.sync import iscoroutinefunction
    from django.urls import get_resolver

    found = set()
    for pattern in _patterns(get_resolver().url_patterns):
        view = pattern.callback
        cls = getattr(view, "view_class", None)
        name = cls.__name__ if cls else getattr(view, "__name__", "")
        module = (cls or view).__module__
        if module.startswith(case.APP + ".") and (cls.view_is_async if cls else iscoroutinefunction(view)):
            found.add(name)
    return found


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def flows(case, people=None):
    return play.flows(case.FLOWS, people or getattr(case, "PEOPLE", ("anonymous", "visitor", "member")))
