"""Visits a site and prints what it answered, as JSON: `python visit.py sync|async`, in the site's folder.

`sync` asks the WSGI handler by Django's test client, `async` the ASGI handler on a running loop.
"""
import asyncio
import json
import os
import re
import sys
from urllib.parse import unquote, urlencode

import django
from freezegun import freeze_time

# Made anew on every run.
CHANGING = re.compile(
    r"<input[^>]*csrfmiddlewaretoken[^>]*>|[0-9a-zA-Z]{32,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"
    r"|\d+ (?:second|minute|hour|day|week|month|year)s?(?:, \d+ \w+)? (?:ago|from now)|\w+ ago|\bnow\b"
)


def prepare():
    os.environ["DJANGO_SETTINGS_MODULE"] = "conf"
    sys.path.insert(0, os.getcwd())
    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    setup_test_environment()
    DiscoverRunner(verbosity=0).setup_databases()
    import visits

    visits.rows()
    return visits.VISITS


def answer(visit, status, location, body):
    method, path, _ = visit
    # A server drops the body of an answer to HEAD.
    text = "" if method == "HEAD" else CHANGING.sub("…", body.decode("utf-8", "replace"))
    return [method, path, status, location and CHANGING.sub("…", location), text]


def ask_sync(visits):
    from django.test import Client

    client = Client(raise_request_exception=False)
    for visit in visits:
        method, path, data = visit
        found = client.post(path, data) if method == "POST" else client.generic(method, path)
        yield answer(visit, found.status_code, found.headers.get("Location"), b"".join(found))


class Visitor:
    """Keeps cookies, and leaves when it has read an answer, as a browser does."""

    def __init__(self):
        from django.core.handlers.asgi import ASGIHandler, ASGIRequest

        ASGIRequest._dont_enforce_csrf_checks = True
        self.application = ASGIHandler()
        self.cookies = {}

    async def ask(self, visit):
        from asgiref.testing import ApplicationCommunicator

        method, path, data = visit
        path, _, query = path.partition("?")
        body = urlencode(data, doseq=True).encode() if method == "POST" else b""
        headers = [(b"host", b"testserver"), (b"cookie", "; ".join("%s=%s" % one for one in self.cookies.items()).encode())]
        if method == "POST":
            headers += [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", str(len(body)).encode())]
        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": unquote(path), "query_string": query.encode(),
            "headers": headers, "server": ("testserver", 80), "client": ("127.0.0.1", 1),
        }
        asked = ApplicationCommunicator(self.application, scope)
        await asked.send_input({"type": "http.request", "body": body})
        start = await asked.receive_output(120)
        content, more = b"", True
        while more:
            part = await asked.receive_output(120)
            content += part.get("body", b"")
            more = part.get("more_body", False)
        await asked.send_input({"type": "http.disconnect"})
        await asked.wait(120)
        found = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
        for name, value in found:
            if name == "set-cookie":
                self.keep(value)
        return answer(visit, start["status"], dict(found).get("location"), content)

    def keep(self, header):
        name, _, value = header.split(";")[0].partition("=")
        if "expires=Thu, 01 Jan 1970" in header:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


async def ask_async(visits):
    visitor = Visitor()
    return [await visitor.ask(visit) for visit in visits]


def main():
    visits = prepare()
    if sys.argv[1] == "sync":
        answers = list(ask_sync(visits))
    else:
        answers = asyncio.run(ask_async(visits))
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    with freeze_time("2026-06-15 12:00", real_asyncio=True):
        main()
