"""Sessions that outlive a function: in modules. As in snippets.py, with each client.

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
