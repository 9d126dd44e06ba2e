"""Sessions that outlive a function: in modules and instances. As in snippets.py, with each client.

Name → (code, texts that are in it after the migration to another client than requests, those with `not ` before are not; the
same where the application shares its clients).
"""

SESSIONS = {
    "sessions: of a module": ("""
import requests
from django.conf import settings

API = "https://api.example.com"
session = requests.Session()
session.headers.update({"X-Token": "secret", "Accept": "application/json"})
session.headers["X-Root"] = settings.ROOT_URLCONF
session.auth = ("user", "pass")

def _fetch(path, **params):
    response = session.get(f"{API}/{path}", timeout=5)
    response.raise_for_status()
    return response.json()

def one(request):
    return JsonResponse({"answer": _fetch("echo")})

def several(request):
    rows = [_fetch("echo")]
    for number in range(2):
        response = session.post("https://api.example.com/echo", json={"number": number})
        rows.append(response.json())
    other = requests.get("https://api.example.com/data").json()
    try:
        session.get("https://down.example.com/data")
    except requests.ConnectionError:
        rows.append("down")
    return JsonResponse({"rows": rows, "other": other, "status": session.get("https://api.example.com/status/404").status_code})
""", ["def open_session():", "async with open_session() as session:", "not requests.Session", "not to_thread", "not thread_sensitive"],
        ["@per_event_loop\ndef get_session():", "def http_client():", "get_session().get(", "not async with get_session() as", "not to_thread", "not thread_sensitive"]),
    "sessions: cookies that a service sets for functions": ("""
import requests
import urllib3

http = urllib3.PoolManager(retries=False)

def visit():
    return requests.get("https://api.example.com/visit").json()["visited"]

def leave():
    return http.request("GET", "https://api.example.com/visit", timeout=5).json()["visited"]

def again(request):
    return JsonResponse({"visits": [visit(), visit(), leave(), leave()] + [visit() for number in range(2)]})
""", ["def http_client():", "not to_thread"], ["def http_client():", "def get_http():", "not to_thread"]),
    "sessions: of a module, which synchronous code needs too": ("""
import os

import requests

_API = requests.Session()
_API.headers["X-Token"] = os.environ.get("NO_TOKEN", "none")

def load(path):
    return _API.get("https://api.example.com/" + path).json()

def rows(request):
    found = [load("echo"), load("echo")]
    return JsonResponse({"rows": found, "status": _API.post("https://api.example.com/echo", data={"a": 1}).status_code})
""", ["def _open_api():", "async def aload(", "_API = requests.Session()", "not to_thread", "not thread_sensitive"],
        ["@per_event_loop\ndef _get_api():", "not def http_client():", "not to_thread", "not thread_sensitive"]),
    "sessions: of a module, which logs in": ("""
import requests

session = requests.Session()
session.headers["X-Token"] = "secret"

def rows(request):
    session.post("https://api.example.com/login", data={"user": "me"})
    return JsonResponse(session.get("https://api.example.com/echo").json())
""", ["(session.get", "session = requests.Session()"], ["(session.get", "not per_event_loop"]),
    "sessions: of a module, with more than headers": ("""
import requests
from requests.adapters import HTTPAdapter

session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=2))

def rows(request):
    return JsonResponse(session.get("https://api.example.com/echo").json())
""", ["(session.get", "session = requests.Session()"], ["(session.get", "not per_event_loop"]),
    "sessions: of an instance, which synchronous code may use too": ("""
import requests


class Api:
    base = "https://api.example.com"

    def __init__(self, token, timeout=5):
        self.token = token or "none"
        self.timeout = timeout
        self.session = requests.Session()
        self.session.headers.update({"X-Token": self.token, "Accept": "application/json"})
        self.session.auth = ("user", "secret")

    def fetch(self, path):
        response = self.session.get(f"{self.base}/{path}", timeout=self.timeout)
        response.raise_for_status()
        return response.json()

    def visits(self):
        return [self.fetch("visit"), self.fetch("visit")]

    def send(self, number):
        return self.session.post(f"{self.base}/echo", json={"number": number}).json()


class Quiet(Api):
    def send(self, number):
        try:
            return super().send(number)
        except requests.ConnectionError:
            return None

    def head(self):
        return self.session.head(f"{self.base}/echo").status_code


shared = Quiet("shared")


def one(request):
    api = Api("secret")
    return JsonResponse({"visits": api.visits(), "echo": api.fetch("echo"), "sent": api.send(1)})


def two(request):
    return JsonResponse({"visits": shared.visits(), "sent": shared.send(2), "head": shared.head()})
""", ["self.session = requests.Session()", "def open_session():", "self.open_session() as", "not to_thread", "not thread_sensitive"],
        ["self.open_session() as", "not to_thread", "not thread_sensitive"]),
    "sessions: of an instance, in its place": ("""
import requests


class Api:
    base = "https://api.example.com"

    def __init__(self, token, timeout=5):
        self.token = token or "none"
        self.timeout = timeout
        self.session = requests.Session()
        self.session.headers.update({"X-Token": self.token, "Accept": "application/json"})
        self.session.auth = ("user", "secret")

    def _fetch(self, path):
        response = self.session.get(f"{self.base}/{path}", timeout=self.timeout)
        response.raise_for_status()
        return response.json()

    def _visits(self):
        return [self._fetch("visit"), self._fetch("visit")]

    def _send(self, number):
        return self.session.post(f"{self.base}/echo", json={"number": number}).json()


class Quiet(Api):
    def _send(self, number):
        try:
            return super()._send(number)
        except requests.ConnectionError:
            return None

    def _head(self):
        return self.session.head(f"{self.base}/echo").status_code


shared = Quiet("shared")


def one(request):
    api = Api("secret")
    return JsonResponse({"visits": api._visits(), "echo": api._fetch("echo"), "sent": api._send(1)})


def two(request):
    return JsonResponse({"visits": shared._visits(), "sent": shared._send(2), "head": shared._head()})
""", ["not requests.Session", "def open_session():", "self.open_session() as", "not to_thread", "not thread_sensitive"],
        ["not requests.Session", "self.open_session() as", "not to_thread", "not thread_sensitive"]),
    "sessions: of an instance, which logs in": ("""
import requests

class _Shop:
    def __init__(self):
        self._http = requests.Session()
        self._http.headers["X-Token"] = "secret"

    def _login(self):
        return self._http.post("https://api.example.com/visit", data={"user": "me"}).json()

    def _rows(self):
        return self._http.get("https://api.example.com/visit").json()

    def close(self):
        self._http.close()

def rows(request):
    shop = _Shop()
    found = [shop._login(), shop._rows(), shop._rows()]
    shop.close()
    return JsonResponse({"rows": found})
""", ["requests.Session()"], ["requests.Session()"]),
    "sessions: of an instance, set up later": ("""
import requests

class _Shop:
    def __init__(self):
        self._http = requests.Session()

    def _sign(self, token):
        self._http.headers["X-Token"] = token

    def _rows(self):
        return self._http.get("https://api.example.com/echo").json()

def rows(request):
    shop = _Shop()
    shop._sign("secret")
    return JsonResponse({"rows": shop._rows()})
""", ["(self._http.get, ", "requests.Session()"], ["(self._http.get, ", "requests.Session()"]),
}

# Views that two requests ask, with clients that the application shares, or that functions share which a loop calls: one connection for
# each event loop.
LIFETIMES = {
    "functions": """
import requests
from django.http import JsonResponse

def _each(number):
    return requests.get("https://api.example.com/data", params={"number": number}).json()

def _load(number):
    return [_each(number)]

def view(request):
    return JsonResponse({"rows": [_load(number) for number in range(3)]})
""",
}
