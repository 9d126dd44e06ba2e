"""Each feature of `http.client`: it runs in threads with each client, call by call, and is the same.

As in `requests_table.py`. A connection speaks in several calls, with what the code does in between: no other client has such.
"""
from cases.requests_table import ALL, SYNC, as_files

# The port is where the recording server is.
MADE = 'connection = http.client.HTTPConnection(urlsplit("https://api.example.com/data").netloc)\n'
GET = 'connection.request("GET", "/echo")\n'
ANSWER = "response = connection.getresponse()\n"
JSON = "answer = json.loads(response.read())\n"


def _spoken(request=GET, use=JSON, made=MADE):
    return made + request + ANSWER + use


def _watched(path, handlers, more=""):
    made = 'connection = http.client.HTTPConnection(urlsplit("https://%s").netloc%s)\n' % (path, more)
    lines = 'connection.request("GET", "/%s")\nanswer = connection.getresponse().read()\n' % path.partition("/")[2]
    return made + "try:\n" + "".join("    %s\n" % line for line in lines.splitlines()) + handlers


TABLE = {
    # Connections.
    "conversation": (_spoken(), ALL),
    "with a limit": (_spoken(made=MADE.replace("netloc)", "netloc, timeout=5)")), ALL),
    "closed": (_spoken(use=JSON + "connection.close()\n"), ALL),
    "closed whatever happens": (MADE + 'try:\n    connection.request("GET", "/echo")\n    answer = connection.getresponse().read()\nfinally:\n    connection.close()\n', ALL),
    "closed by a with block": (
        "from contextlib import closing\n" + MADE.replace("connection = ", "with closing(").rstrip("\n") + ') as connection:\n    connection.request("GET", "/echo")\n    answer = connection.getresponse().read()\n',
        None,
    ),
    "opened before": (_spoken("connection.connect()\n" + GET), ALL),
    "two requests": (_spoken(use=JSON + 'connection.request("POST", "/echo", body="a=1")\nanswer = [answer, connection.getresponse().read()]\n'), ALL),
    "in a loop": (MADE + 'answer = []\nfor path in ["/data", "/list"]:\n    connection.request("GET", path)\n    answer.append(connection.getresponse().read())\n', ALL),
    "queries in between": (MADE + GET + "count = Product.objects.count()\n" + ANSWER + "answer = [count, response.read()]\n", ALL),
    "part by part": (MADE + 'connection.putrequest("POST", "/echo")\nconnection.putheader("Content-Length", "3")\nconnection.endheaders()\nconnection.send(b"a=1")\n' + ANSWER + JSON, ALL),
    "HTTPS": (
        'connection = http.client.HTTPSConnection("down.example.com", 1, timeout=1)\ntry:\n    connection.request("GET", "/")\n    answer = connection.getresponse().status\nexcept OSError:\n    answer = "down"\n',
        ALL,
    ),
    # Requests.
    "headers": (_spoken('connection.request("GET", "/echo", headers={"X-Token": "t"})\n'), ALL),
    "form": (_spoken('connection.request("POST", "/echo", urlencode({"a": "b c"}), {"Content-Type": "application/x-www-form-urlencoded"})\n'), ALL),
    "JSON": (_spoken('connection.request("PUT", "/echo", json.dumps({"a": 1}).encode(), headers={"Content-Type": "application/json"})\n'), ALL),
    # Responses.
    "status": (_spoken('connection.request("GET", "/status/404")\n', "answer = (response.status, response.reason, response.read())\n"), ALL),
    "redirects are answers": (_spoken('connection.request("GET", "/redirect")\n', "answer = (response.status, response.getheader('Location'), response.read())\n"), ALL),
    "headers read": (_spoken(use="answer = (response.getheader('Content-Type'), response.headers['Content-Type'], response.read())\n"), ALL),
    "all headers": (_spoken(use="answer = sorted(name for name, _ in response.getheaders())\nresponse.read()\n"), ALL),
    "read in parts": (_spoken('connection.request("GET", "/text")\n', "answer = [response.read(5), response.read()]\n"), ALL),
    "read until it ends": (_spoken('connection.request("GET", "/text")\n', "answer = []\nwhile part := response.read(5):\n    answer.append(part)\n"), ALL),
    "first line": (_spoken('connection.request("GET", "/text")\n', "answer = response.readline()\nresponse.read()\n"), ALL),
    "loaded": (_spoken(use="answer = json.load(response)\n"), ALL),
    "lines": (_spoken('connection.request("GET", "/text")\n', "answer = [line for line in response]\n"), SYNC),
    "passed on": (_spoken(use="answer = [one.read() for one in [response]]\n"), SYNC),
    "in a with block": (MADE + GET + "with connection.getresponse() as response:\n    answer = response.read()\n", ALL),
    # Exceptions.
    "down": (_watched("down.example.com/data", "except OSError:\n    answer = 'down'\n"), ALL),
    "slow": (_watched("api.example.com/slow", "except TimeoutError:\n    answer = 'slow'\n", ", timeout=0.2"), ALL),
    "lost": (_watched("api.example.com/drop", "except http.client.RemoteDisconnected as error:\n    answer = str(error)\n"), ALL),
    "asked too early": (MADE + "answer = 'answered'\ntry:\n    connection.getresponse()\nexcept http.client.HTTPException as error:\n    answer = type(error).__name__\n", ALL),
}


def files():
    """As those of `requests_table`."""
    return as_files(TABLE, ["import http.client", "import json", "from urllib.parse import urlencode, urlsplit"])
