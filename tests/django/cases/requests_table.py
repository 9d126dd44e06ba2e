"""Each feature of requests with each client: what the command makes of it, and that it is the same.

Feature → (code, the clients that it stays in threads for). Every cell is run against the recording server: method, URL, body and
the headers that the code sets, values and exceptions are equal before and after. Elsewhere the call is the client's own. What
stays has no like there, and its finding says so.
"""
import re

ALL = "aiohttp httpx httpx2"
AIOHTTP = "aiohttp"
HTTPX = "httpx httpx2"
# The view stays synchronous: what arrives bit by bit is read by the thread that reads it.
SYNC = "view"
URL = '"https://api.example.com/echo"'


def _call(arguments, method="get", use="answer = response.json()"):
    return "response = requests.%s(%s)\n%s\n" % (method, arguments, use)


def _use(use, path="data"):
    return _call('"https://api.example.com/%s"' % path, use=use)


TABLE = {
    # Methods.
    "get": (_call(URL), ""),
    "options": (_call(URL, "options", "answer = response.status_code"), ""),
    "head": (_call(URL, "head", "answer = response.status_code"), ""),
    "post": (_call(URL, "post"), ""),
    "put": (_call(URL + ', json={"a": 1}', "put"), ""),
    "patch": (_call(URL + ', json={"a": 1}', "patch"), ""),
    "delete": (_call(URL, "delete"), ""),
    "delete with a body": (_call(URL + ', json={"a": 1}', "delete"), ""),
    "request": (_call('"PUT", %s, json={"a": 1}' % URL, "request"), ""),
    "request by keyword": (_call('method="POST", url=%s, data={"a": "1"}' % URL, "request"), ""),
    # Parameters.
    "params": (_call(URL + ', params={"q": "a b", "n": 1}'), ""),
    "params with a query": (_call('"https://api.example.com/echo?x=1", params={"q": "a"}'), HTTPX),
    "params None": (_call(URL + ', params={"q": None, "r": "a"}'), ALL),
    "params True": (_call(URL + ', params={"q": True}'), ALL),
    "params list": (_call(URL + ', params={"q": ["a", "b"]}'), ""),
    "params pairs": (_call(URL + ', params=[("q", "a"), ("q", "b")]'), ""),
    # Bodies.
    "data dict": (_call(URL + ', data={"a": "b c", "n": 1}', "post"), ""),
    "data None in it": (_call(URL + ', data={"a": None, "b": "c"}', "post"), ALL),
    "data pairs": (_call(URL + ', data=[("a", "1"), ("a", "2")]', "post"), HTTPX),
    "data str": (_call(URL + ', data="a=1"', "post"), AIOHTTP),
    "data str with its type": (_call(URL + ', data="<a/>", headers={"Content-Type": "text/xml"}', "post"), ""),
    "data bytes": (_call(URL + ', data="ä".encode(), headers={"Content-Type": "text/plain"}', "post"), ""),
    "json": (_call(URL + ', json={"a": [1, None, True], "b": "ä"}', "post"), ""),
    "json None": (_call(URL + ", json=None", "post", "answer = response.status_code"), ""),
    "files": (_call(URL + ', files={"a": ("a.txt", b"text", "text/plain")}', "post", "answer = response.status_code"), ALL),
    # Headers, cookies, authentication.
    "headers": (_call(URL + ', headers={"X-Token": "t", "Accept": "text/plain"}'), ""),
    "headers None": (_call(URL + ', headers={"X-Token": None}'), ALL),
    "cookies": (_call(URL + ', cookies={"a": "b"}'), ALL),
    "auth pair": (_call(URL + ', auth=("user", "secret")'), ""),
    "auth class": ("from requests.auth import HTTPBasicAuth\n" + _call(URL + ', auth=HTTPBasicAuth("user", "secret")'), ALL),
    # Time, redirects, connections.
    "timeout": (_call(URL + ", timeout=5"), ""),
    "timeout pair": (_call(URL + ", timeout=(3, 5)"), ""),
    "timeout None": (_call(URL + ", timeout=None"), ""),
    "redirects": (_use("answer = (response.status_code, response.url.rpartition('/')[2])", "redirect"), ""),
    "no redirects": (_call('"https://api.example.com/redirect", allow_redirects=False', use="answer = (response.status_code, response.headers['Location'])"), ""),
    "head and redirects": (_call('"https://api.example.com/redirect"', "head", "answer = response.status_code"), ""),
    "verify": (_call(URL + ", verify=True"), ""),
    "no verify": (_call(URL + ", verify=False"), HTTPX),
    "cert": ('try:\n    answer = requests.get(%s, cert="client.pem").status_code\nexcept OSError:\n    answer = "no file"\n' % URL, ALL),
    "proxies": (_call(URL + ', proxies={"ftp": "http://proxy.example.com"}'), ALL),
    "what is so anyway": (_call(URL + ', None, {"a": 1}, verify=True, cert=None, proxies={}, cookies=None, auth=None, stream=False', "post"), ""),
    "no stream": (_call(URL + ", stream=False", use="answer = b''.join(response.iter_content(3))"), ALL),
    "stream": (_call(URL + ", stream=True", use="answer = b''.join(response.iter_content(3))"), SYNC),
    "arguments in a dictionary": ('options = {"timeout": 5}\n' + _call(URL + ", **options"), ALL),
    # Responses.
    "status_code": (_use("answer = response.status_code", "status/418"), ""),
    "ok": (_use("answer = response.ok", "status/404"), ""),
    "truth": (_use("answer = 'yes' if response else 'no'", "status/500"), ""),
    "reason": (_use("answer = response.reason"), ""),
    "url": (_use("answer = response.url.rpartition('/')[2]"), ""),
    "headers read": (_use("answer = (response.headers['Content-Type'], response.headers.get('X-None'), 'content-type' in response.headers)"), ""),
    "text": (_use("answer = response.text", "text"), ""),
    "content": (_use("answer = response.content"), ""),
    "json of plain text": (_use("answer = response.json()", "untyped"), ""),
    "json with arguments": (_use("answer = response.json(parse_float=str)"), ALL),
    "encoding": (_use("answer = response.encoding", "text"), ALL),
    "cookies read": (_use("answer = dict(response.cookies)"), ALL),
    "history": (_use("answer = len(response.history)", "redirect"), ALL),
    "elapsed": (_use("answer = response.elapsed.total_seconds() < 60"), ALL),
    "iter_lines": (_use("answer = list(response.iter_lines())", "text"), ALL),
    "links": (_use("answer = response.links"), ALL),
    "raise_for_status": (_use("try:\n    response.raise_for_status()\n    answer = 'fine'\nexcept requests.HTTPError:\n    answer = 'error'", "status/503"), ""),
    "used far away": (_use("count = Product.objects.count()\nif count:\n    answer = [count, response.json()]"), ""),
    "content used far away": (_use("count = Product.objects.count()\nif count:\n    answer = [count, response.content]"), AIOHTTP),
    "JSON used far away and watched": ("try:\n    response = requests.get(\"https://api.example.com/invalid\")\n    count = Product.objects.count()\n    answer = [count, response.json()]\nexcept ValueError:\n    answer = 'invalid'\n", ""),
    "passed on": (_use("rows = [response]\nanswer = rows[0].json()"), ALL),
    # Exceptions.
    "ConnectionError": ('try:\n    requests.get("https://down.example.com/data")\nexcept requests.ConnectionError:\n    answer = "down"\n', ""),
    "Timeout": ('try:\n    requests.get("https://api.example.com/slow", timeout=0.2)\nexcept requests.Timeout:\n    answer = "slow"\n', ""),
    "ReadTimeout": ('try:\n    requests.get("https://api.example.com/slow", timeout=0.2)\nexcept requests.exceptions.ReadTimeout:\n    answer = "slow"\n', None),
    "several in a tuple": ('try:\n    requests.get("https://api.example.com/drop")\nexcept (requests.Timeout, requests.ConnectionError):\n    answer = "gone"\n', ""),
    "by another name": ('from requests.exceptions import RequestException as Failed\ntry:\n    requests.get("https://down.example.com/data")\nexcept Failed:\n    answer = "down"\n', ""),
    "JSONDecodeError": ('try:\n    answer = requests.get("https://api.example.com/invalid").json()\nexcept requests.exceptions.JSONDecodeError:\n    answer = "invalid"\n', ""),
    "ValueError": ('try:\n    answer = requests.get("https://api.example.com/empty").json()\nexcept ValueError:\n    answer = "empty"\n', ""),
    "RequestException": ('try:\n    answer = requests.get("https://api.example.com/invalid").json()\nexcept requests.RequestException:\n    answer = "failed"\n', ""),
    "looked into": ('try:\n    requests.get("https://api.example.com/status/404").raise_for_status()\nexcept requests.HTTPError as error:\n    answer = error.response.status_code\n', ALL),
    "TooManyRedirects": ('try:\n    requests.get("https://api.example.com/data")\n    answer = "fine"\nexcept requests.TooManyRedirects:\n    answer = "loop"\n', None),
    "InvalidURL": ('try:\n    requests.get("https://api.example.com/data")\n    answer = "fine"\nexcept requests.exceptions.InvalidURL:\n    answer = "invalid"\n', None),
    "OSError": ('try:\n    requests.get("https://down.example.com/data")\nexcept OSError:\n    answer = "down"\n', ""),
    # Sessions become the client's; what they do that it has no like for keeps them in threads.
    "session": ('session = requests.Session()\nsession.headers["X-Token"] = "t"\nsession.auth = ("user", "secret")\nanswer = [session.get(%s).json(), session.post(%s, data={"a": 1}).json()]\n' % (URL, URL), AIOHTTP),
    "session, one after the other": ('session = requests.Session()\nsession.headers.update({"X-Token": "t", "Accept": "text/plain"})\nsession.auth = ("user", "secret")\nfirst = session.get(%s).json()\nsecond = session.post(%s, data={"a": 1}, headers={"X-Token": "u"}).json()\nanswer = [first, second]\n' % (URL, URL), ""),
    "session in a with block": ('with requests.Session() as session:\n    session.headers["X-Token"] = "t"\n    answer = session.get(%s).json()\n' % URL, ""),
    "session that is closed": ('session = requests.Session()\ntry:\n    answer = session.get(%s, timeout=5).json()\nfinally:\n    session.close()\n' % URL, ""),
    "session in a loop": ('session = requests.Session()\nanswer = []\nfor number in range(3):\n    response = session.get(%s, params={"n": number})\n    answer.append(response.json())\n' % URL, ""),
    "session that keeps cookies": ('with requests.Session() as session:\n    first = session.get("https://api.example.com/visit").json()\n    second = session.get("https://api.example.com/visit").json()\n    answer = [first, second]\n', ""),
    "session with cookies": ('with requests.Session() as session:\n    session.cookies.set("a", "b")\n    session.cookies["c"] = "d"\n    session.cookies.update({"e": "f"})\n    answer = session.get(%s).json()\n' % URL, AIOHTTP),
    "session and its exceptions": ('with requests.Session() as session:\n    try:\n        answer = session.get("https://down.example.com/data").json()\n    except requests.ConnectionError:\n        answer = "down"\n', ""),
    "session with parameters": ('with requests.Session() as session:\n    session.params = {"key": "k"}\n    answer = session.get(%s).json()\n' % URL, AIOHTTP),
    "session with no verify": ('with requests.Session() as session:\n    session.verify = False\n    answer = session.get(%s).json()\n' % URL, ALL),
    "session with proxies": ('with requests.Session() as session:\n    session.proxies = {}\n    answer = session.get(%s).json()\n' % URL, ALL),
    "session with an authentication class": ('from requests.auth import HTTPDigestAuth\nwith requests.Session() as session:\n    session.auth = HTTPDigestAuth("user", "secret")\n    answer = session.get(%s).json()\n' % URL, ALL),
    "session with an adapter": ('from requests.adapters import HTTPAdapter\nsession = requests.Session()\nsession.mount("http://", HTTPAdapter(max_retries=2))\nanswer = session.get(%s).json()\n' % URL, ALL),
    "session that is passed on": ('session = requests.Session()\nclients = [session]\nanswer = session.get(%s).json()\n' % URL, ALL),
    "prepared request": ('session = requests.Session()\nprepared = session.prepare_request(requests.Request("POST", %s, json={"a": 1}))\nanswer = session.send(prepared).json()\n' % URL, ALL),
}


# Views in a file: each file is a process of its own.
TOGETHER = 6


def files():
    """Name, text, {view: (feature, clients that it stays in threads for, or None where that is not asked)} of each file."""
    return as_files(TABLE, ["import requests"])


def as_files(table, always):
    """The same of any such table; `always`: the imports of each file."""
    features = list(table.items())
    for first in range(0, len(features), TOGETHER):
        imports, views, expected = list(always), [], {}
        for feature, (code, kept) in features[first:first + TOGETHER]:
            name = "view_" + re.sub(r"\W+", "_", feature).lower()
            lines = code.rstrip("\n").split("\n")
            imports += [line for line in lines if line.startswith(("from ", "import ")) and line not in imports]
            body = "\n".join("    " + line for line in lines if not line.startswith(("from ", "import ")))
            views.append("def %s(request):\n%s\n    return HttpResponse(repr(answer))\n" % (name, body))
            expected[name] = feature, None if kept is None else kept.split()
        yield "%s to %s" % (features[first][0], feature), "\n\n".join(["\n".join(imports) + "\n"] + views), expected
