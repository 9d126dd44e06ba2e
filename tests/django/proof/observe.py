"""Everything that can be seen of a request from outside, as plain data that two runs can be compared by."""
import http.cookies
import json
import traceback

from . import normal

_SKIPPED_HEADERS = {"set-cookie", "date"}
_SKIPPED_COLUMNS = {("django_session", "session_key"), ("django_session", "expire_date")}


class Journal:
    """Hooks into Django what leaves no trace in a response: messages, exceptions behind a 500."""

    def __init__(self):
        self.messages, self.errors, self.raised = [], [], []

    def install(self):
        from django.contrib.messages.storage.base import BaseStorage
        from django.core.signals import got_request_exception

        add, journal = BaseStorage.add, self

        def recorded(self, level, message, extra_tags=""):
            journal.messages.append([int(level), str(message), extra_tags])
            return add(self, level, message, extra_tags)

        BaseStorage.add = recorded
        got_request_exception.connect(self._failed, weak=False)
        return self

    def _failed(self, sender, **kwargs):
        import sys

        # Under ASGI an exception may be reported from another thread, without being "current" there.
        if sys.exc_info()[0] is not None:
            self.errors.append(traceback.format_exc(limit=-6))
            self.raised.append(exception(sys.exc_info()[1]))

    def take(self):
        taken = {"messages": self.messages, "errors": self.errors, "raised": self.raised}
        self.messages, self.errors, self.raised = [], [], []
        return taken


def exception(error):
    """What kind of exception it is. The clients have their own ones for the same mishap."""
    shared = ("JSONDecodeError", "TimeoutError")  # which requests has of its own, and the others take from Python
    if type(error).__module__.split(".")[0] in ("requests", "aiohttp", "httpx", "httpx2") or type(error).__name__ in shared:
        return "HTTP client error"
    if isinstance(error, (NameError, ImportError, SyntaxError)):
        return "%s: %s" % (type(error).__name__, error)
    return type(error).__name__


def reply(received):
    """A reply, normalised."""
    cookies = {}
    for name, value in received.headers:
        if name == "set-cookie":
            for key, morsel in http.cookies.SimpleCookie(value).items():
                shown = "<random>" if key in ("csrftoken", "sessionid") and morsel.value else morsel.value
                if key == "messages":
                    shown = shown.partition(":")[0]  # without the time and the signature
                cookies[key] = [shown] + [
                    "%s=%s" % (k, morsel[k]) for k in ("max-age", "path", "domain", "secure", "httponly", "samesite")
                ]
    try:
        body = received.body.decode()
    except UnicodeDecodeError:
        body = "hex:" + received.body.hex()
    headers = sorted([name, normal.text(value)] for name, value in received.headers if name not in _SKIPPED_HEADERS)
    return {"status": received.status, "body": normal.text(body), "headers": headers, "cookies": cookies}


def replies(received):
    """Replies that came in no certain order, as one."""
    bodies = sorted("%d %s" % (one["status"], one["body"]) for one in map(reply, received))
    return {"status": max(one.status for one in received), "body": "\n".join(bodies), "headers": [], "cookies": {}}


def outbox():
    """The mails sent so far; empties the box."""
    from django.core import mail

    sent = []
    for message in getattr(mail, "outbox", []):
        attachments = []
        for part in message.attachments:
            attachments.append([normal.text(str(p)) for p in part] if isinstance(part, tuple) else str(part))
        sent.append(
            {
                "subject": message.subject,
                "body": normal.text(message.body),
                "from": message.from_email,
                "to": sorted(message.to),
                "cc": sorted(message.cc),
                "bcc": sorted(message.bcc),
                "reply_to": list(message.reply_to),
                "headers": {k: str(v) for k, v in message.extra_headers.items()},
                "alternatives": [[normal.text(str(a[0])), a[1]] for a in getattr(message, "alternatives", None) or []],
                "attachments": attachments,
            }
        )
    mail.outbox = []
    return sent


def database():
    """Every row of every table."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    tables = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in ("django_migrations", "sqlite_sequence"):
                continue
            cursor.execute("SELECT * FROM %s" % connection.ops.quote_name(table))
            columns = [c[0] for c in cursor.description]
            rows = []
            for row in cursor.fetchall():
                values = {}
                for column, value in zip(columns, row):
                    if (table, column) in _SKIPPED_COLUMNS:
                        continue
                    if (table, column) == ("django_session", "session_data"):
                        value = json.dumps(SessionStore().decode(value), sort_keys=True, default=str)
                    values[column] = value if isinstance(value, (int, float, type(None))) else normal.text(str(value))
                rows.append(values)
            tables[table] = sorted(rows, key=lambda r: json.dumps(r, sort_keys=True, default=str))
    connection.close()
    return tables


def value(thing, depth=0):
    """A Python value as plain data; models by their loaded fields, querysets by their rows."""
    import types

    from django.db.models import Manager, Model, QuerySet
    from django.db.models.query import RawQuerySet
    from django.http import HttpResponseBase

    if depth > 6:
        return "..."
    if thing is None or isinstance(thing, (bool, int, float)):
        return thing
    if isinstance(thing, str):
        return normal.text(str(thing))
    if isinstance(thing, bytes):
        return "bytes:" + normal.text(thing.decode("latin-1"))
    if isinstance(thing, Model):
        fields = {f.attname: value(thing.__dict__[f.attname], depth + 1) for f in thing._meta.concrete_fields if f.attname in thing.__dict__}
        # annotate() and to_attr leave plain attributes.
        extra = {
            k: value(v, depth + 1) for k, v in thing.__dict__.items() if not k.startswith("_") and k not in fields and depth < 3
        }
        return {"model": type(thing).__name__, "fields": fields, "extra": extra}
    if isinstance(thing, (QuerySet, RawQuerySet)):
        return {"queryset": [value(item, depth + 1) for item in thing]}
    if isinstance(thing, Manager):
        return {"manager": [value(item, depth + 1) for item in thing.all()]}
    if isinstance(thing, HttpResponseBase):
        body = b"" if thing.streaming else thing.content
        return {"response": thing.status_code, "body": normal.text(body.decode("utf-8", "replace"))}
    if isinstance(thing, dict):
        return {"dict": [[value(k, depth + 1), value(v, depth + 1)] for k, v in thing.items()]}
    if isinstance(thing, (list, tuple)):
        return {"tuple" if isinstance(thing, tuple) else "list": [value(item, depth + 1) for item in thing]}
    if isinstance(thing, (set, frozenset)):
        return {"set": sorted(json.dumps(value(item, depth + 1), sort_keys=True) for item in thing)}
    if isinstance(thing, BaseException):
        return {"exception": [type(thing).__name__, normal.text(str(thing))]}
    if isinstance(thing, (types.GeneratorType, types.AsyncGeneratorType)):
        return {"generator": True}
    status = getattr(thing, "status_code", None) or getattr(thing, "status", None)
    if isinstance(status, int):
        return {"http response": status}
    module = type(thing).__module__
    if module.split(".")[0] in ("requests", "aiohttp", "httpx", "httpx2"):
        return {"http client": True}
    if isinstance(thing, types.CoroutineType):
        thing.close()
        return {"coroutine": True}
    return {type(thing).__name__: normal.text(str(thing))}
