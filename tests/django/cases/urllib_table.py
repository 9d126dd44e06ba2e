"""Each feature of urllib with each client: what the command makes of it, and that it is the same.

Feature → (code, the clients that it stays in threads for). As in `requests_table.py`.
"""
from cases.requests_table import AIOHTTP, ALL, as_files

URL = '"https://api.example.com/echo"'
FORM = 'urlencode({"a": "b c"}).encode()'


def _open(arguments, use="answer = json.load(response)"):
    return "with urlopen(%s) as response:\n    %s\n" % (arguments, use.replace("\n", "\n    "))


def _use(use, path="data"):
    return _open('"https://api.example.com/%s"' % path, use)


def _watched(path, handlers, more=""):
    lines = "try:\n    with urlopen(%s%s) as response:\n        answer = response.read()\n" % ('"https://%s"' % path, more)
    return lines + handlers


HTTP = "except HTTPError as error:\n    answer = %s\n"
URL_ERROR = "except URLError:\n    answer = 'down'\n"

TABLE = {
    # Where the call stands.
    "with": (_open(URL), ""),
    "with, without a name": ('with urlopen("https://api.example.com/data"):\n    answer = "there"\n', ""),
    "read at once": ("answer = urlopen(%s).read()\n" % URL, ""),
    "loaded at once": ("answer = json.load(urlopen(%s))\n" % URL, ""),
    "in a variable": ("response = urlopen(%s)\nanswer = [response.status, response.read().decode()]\n" % URL, ""),
    "used far away": ('response = urlopen(%s)\ncount = Product.objects.count()\nif count:\n    answer = [count, json.load(response)]\n' % URL, ""),
    "not read": ('response = urlopen("https://api.example.com/data")\ncount = Product.objects.count()\nanswer = [count, response.status]\n', ""),
    "as a statement": ('urlopen("https://api.example.com/data")\nanswer = "done"\n', ""),
    "in a condition": ('answer = "no"\nif b"id" in urlopen("https://api.example.com/data").read():\n    answer = "yes"\n', ""),
    "in a loop": ('answer = []\nfor path in ["data", "list"]:\n    with urlopen("https://api.example.com/" + path) as response:\n        answer.append(json.load(response))\n', ""),
    "cookies are not kept": ('answer = []\nfor _ in range(2):\n    with urlopen("https://api.example.com/visit") as response:\n        answer.append(json.load(response))\n', ""),
    "with queries in it": (_use("name = Product.objects.count()\nanswer = [name, json.load(response)]"), ""),
    "module": ("import urllib.request\nanswer = urllib.request.urlopen(%s).read()\n" % URL, ""),
    "passed on": (_use("answer = [row.read() for row in [response]]"), ALL),
    # URLs.
    "f-string": ('path = "echo"\n' + _open('f"https://api.example.com/{path}?a=1"'), ""),
    "percent": (_open('"https://api.example.com/%s" % "echo"'), ""),
    "format": (_open('"https://api.example.com/{}".format("echo")'), ""),
    "added": ('url = "https://api.example.com"\nurl += "/echo"\n' + _open("url"), ""),
    "given": ('url = request.GET.get("url", "https://api.example.com/echo")\n' + _open("url"), ALL),
    "data URL": (_open('"data:text/plain,hello"', "answer = response.read()"), ALL),
    # Arguments.
    "data": (_open("%s, data=%s" % (URL, FORM)), ""),
    "data by position": (_open("%s, %s" % (URL, FORM)), ""),
    "data in a variable": ('data = urlencode({"a": "1"})\ndata = data.encode("utf-8")\n' + _open(URL + ", data=data"), ""),
    "data None": (_open(URL + ", None, 5"), ""),
    "timeout": (_open(URL + ", timeout=5"), ""),
    "timeout None": (_open(URL + ", timeout=None"), ""),
    "context": ("import ssl\n" + _open(URL + ", context=ssl.create_default_context()"), ALL),
    "arguments in a dictionary": ('options = {"timeout": 5}\n' + _open(URL + ", **options"), ALL),
    # Requests.
    "Request": (_open("Request(%s)" % URL), ""),
    "Request with headers": (_open('Request(%s, headers={"X-Token": "t", "User-Agent": "me"}), timeout=5' % URL), ""),
    "Request with a method": (_open('Request(%s, method="DELETE")' % URL), ""),
    "Request with HEAD": (_open('Request("https://api.example.com/data", method="HEAD")', "answer = response.status"), ""),
    "Request with JSON": (_open('Request(%s, data=json.dumps({"a": [1, None]}).encode(), headers={"Content-Type": "application/json"}, method="PUT")' % URL), ""),
    "Request with a form": (_open('Request(%s, %s, {"X-Token": "t"})' % (URL, FORM)), ""),
    "Request in a variable": ("wanted = Request(%s)\nwanted.add_header('X-Token', 't')\n" % URL + _open("wanted"), ""),
    "Request in a variable with a form": (
        "wanted = Request(%s, %s)\nif Product.objects.count():\n    wanted.add_header('X-Token', 't')\n" % (URL, FORM) + _open("wanted, timeout=5"),
        "",
    ),
    "Request in a variable with JSON": (
        "payload = json.dumps({'a': 1}).encode()\nwanted = Request(url=%s, data=payload, headers={'X-Token': 't'}, method='PUT')\n" % URL
        + "wanted.add_header('Content-Type', 'application/json')\nanswer = json.load(urlopen(wanted))\n",
        "",
    ),
    "Request in a variable with its type": (
        "wanted = Request(%s, b'text')\nwanted.add_header('Content-Type', 'text/plain')\nresponse = urlopen(wanted)\ncount = Product.objects.count()\nanswer = [count, response.read()]\n" % URL,
        "",
    ),
    "Request in a variable in a loop": (
        "answer = []\nfor number in range(2):\n    wanted = Request(%s)\n    wanted.add_header('X-Number', str(number))\n    with urlopen(wanted) as response:\n        answer.append(json.load(response))\n" % URL,
        "",
    ),
    "Request in a variable that is watched": (
        "wanted = Request('https://api.example.com/status/404')\nwanted.add_header('X-Token', 't')\ntry:\n    with urlopen(wanted) as response:\n        answer = response.read()\n" + HTTP % "error.code",
        "",
    ),
    "Request in a variable whose type may come": (
        "wanted = Request(%s, b'text')\nif Product.objects.count():\n    wanted.add_header('Content-Type', 'text/plain')\n" % URL + _open("wanted"),
        ALL,
    ),
    "Request in a variable that is looked at": ("wanted = Request(%s)\n" % URL + _open("wanted", "answer = [wanted.get_method(), response.read()]"), ALL),
    "Request in a variable that is opened twice": ("wanted = Request(%s)\nanswer = urlopen(wanted).read()\nanswer += urlopen(wanted).read()\n" % URL, ALL),
    "Request that says what it takes": (_open('Request(%s, headers={"Accept-Encoding": "identity"})' % URL), ALL),
    # Responses.
    "status": (_use("answer = (response.status, response.code, response.getcode())"), ""),
    "reason": (_use("answer = response.reason"), ""),
    "url": (_use("answer = (response.geturl().rpartition('/')[2], response.url.rpartition('/')[2])", "redirect"), ""),
    "headers": (_use("answer = (response.headers['Content-Type'], response.headers['X-None'], response.headers.get('X-None', 'no'), 'content-type' in response.headers)"), ""),
    "getheader": (_use("answer = (response.getheader('content-type'), response.getheader('X-None'), response.getheader('X-None', 'no'))"), ""),
    "info": (_use("answer = (response.info()['Content-Type'], response.info().get('X-None'), response.info()['X-None'])"), ""),
    "charset": (_use("answer = response.read().decode(response.headers.get_content_charset())", "text"), ALL),
    "close": ("response = urlopen(%s)\nanswer = response.read()\nresponse.close()\n" % URL, ""),
    "read in parts": (_use("answer = [response.read(3), response.read()]"), ALL),
    "read twice": (_use("answer = [response.read(), response.read()]"), ALL),
    "lines": (_use("answer = [line for line in response]", "text"), ALL),
    "load with arguments": (_use("answer = json.load(response, parse_int=str)"), ""),
    "JSON that is none": ("try:\n    answer = json.load(urlopen('https://api.example.com/invalid'))\nexcept ValueError:\n    answer = 'invalid'\n", ""),
    "an empty body": ("try:\n    answer = json.load(urlopen('https://api.example.com/empty'))\nexcept json.JSONDecodeError:\n    answer = 'empty'\n", ""),
    # Exceptions.
    "HTTPError": (_watched("api.example.com/status/404", "except HTTPError:\n    answer = 'missing'\n"), ""),
    "HTTPError of 503": (_watched("api.example.com/status/503", "except HTTPError:\n    answer = 'busy'\n"), ""),
    "HTTPError looked into": (_watched("api.example.com/status/404", HTTP % "(error.code, error.reason)"), ""),
    "HTTPError, then URLError": (_watched("api.example.com/status/418", HTTP % "error.code" + URL_ERROR), ""),
    "HTTPError, then URLError, and down": (_watched("down.example.com/data", HTTP % "error.code" + URL_ERROR), ""),
    "HTTPError and its headers": (_watched("api.example.com/status/404", HTTP % "error.headers['Content-Type']"), ALL),
    "URLError": (_watched("down.example.com/data", URL_ERROR), ""),
    "URLError of a status": (_watched("api.example.com/status/500", URL_ERROR), ""),
    "URLError looked into": (_watched("down.example.com/data", "except URLError as error:\n    answer = type(error.reason).__name__\n"), ALL),
    "TimeoutError": (_watched("api.example.com/slow", URL_ERROR + "except TimeoutError:\n    answer = 'slow'\n", ", timeout=0.2"), ""),
    "TimeoutError alone": (_watched("api.example.com/slow", "except TimeoutError:\n    answer = 'slow'\n", ", timeout=0.2"), AIOHTTP),
    "several in a tuple": (_watched("down.example.com/data", "except (HTTPError, URLError, TimeoutError):\n    answer = 'down'\n"), ""),
    "OSError": (_watched("down.example.com/data", "except OSError:\n    answer = 'down'\n"), ""),
    "OSError of a status": (_watched("api.example.com/status/500", "except OSError:\n    answer = 'down'\n"), ""),
    "OSError of a lost connection": (_watched("api.example.com/drop", "except OSError:\n    answer = 'gone'\n"), ""),
    "ConnectionResetError": (_watched("api.example.com/drop", "except ConnectionResetError:\n    answer = 'gone'\n"), ALL),
    "HTTPException": ("import http.client\n" + _watched("api.example.com/data", "except http.client.HTTPException:\n    answer = 'odd'\n"), ALL),
    "not caught": ("try:\n    urlopen('https://api.example.com/status/404').read()\nexcept Exception:\n    answer = 'failed'\n", ""),
}

IMPORTS = [
    "import json",
    "from urllib.error import HTTPError, URLError",
    "from urllib.parse import urlencode",
    "from urllib.request import Request, urlopen",
]


def files():
    """As those of `requests_table`."""
    return as_files(TABLE, IMPORTS)
