"""Each feature of urllib3 with each client: what the command makes of it, and that it is the same.

Feature → (code, the clients that it stays in threads for). As in `requests_table.py`. urllib3 sends a request up to three times
more when a connection fails, and sends what is redirected by its own method: no other client does. With `retries=False` it does neither.
"""
from cases.requests_table import AIOHTTP, ALL, SYNC, as_files

URL = '"https://api.example.com/echo"'
HTTP = "http = urllib3.PoolManager()\n"
ONCE = "http = urllib3.PoolManager(retries=False)\n"
JSON = "answer = json.loads(response.data)\n"


def _call(arguments, use=JSON, made=HTTP):
    return "%sresponse = http.request(%s)\n%s" % (made, arguments, use)


def _use(use, path="data", more=""):
    return _call('"GET", "https://api.example.com/%s"%s' % (path, more), use + "\n")


def _watched(path, handlers, more="", method="GET"):
    return '%stry:\n    response = http.request("%s", "https://%s"%s)\n    answer = response.data\n%s' % (HTTP, method, path, more, handlers)


def _told(kind, body="answer = 'failed'"):
    return "except urllib3.exceptions.%s:\n    %s\n" % (kind, body)


TABLE = {
    # Where the call stands, and what makes it.
    "function": ('response = urllib3.request("GET", %s)\n%s' % (URL, JSON), ALL),
    "function with arguments": ('response = urllib3.request("POST", %s, json={"a": 1}, headers={"X-Token": "t"}, timeout=5.0)\n%s' % (URL, JSON), ALL),
    "PoolManager": (_call('"GET", %s' % URL), ALL),
    "PoolManager in a with block": ('with urllib3.PoolManager() as http:\n    answer = http.request("GET", %s).data\n' % URL, ALL),
    "PoolManager made at once": ('answer = urllib3.PoolManager().request("GET", %s).data\n' % URL, ALL),
    "PoolManager with settings": (_call('"GET", %s' % URL, made='http = urllib3.PoolManager(num_pools=2, headers={"X-Token": "t"}, timeout=5)\n'), ALL),
    "PoolManager in a loop": (HTTP + 'answer = []\nfor path in ["data", "list"]:\n    answer.append(http.request("GET", "https://api.example.com/" + path).data)\n', ALL),
    "PoolManager that is emptied": (_call('"GET", %s' % URL, JSON + "http.clear()\n"), ALL),
    "PoolManager that is passed on": (HTTP + 'answer = [one.request("GET", %s).data for one in [http]]\n' % URL, ALL),
    "pool of a host": ('pool = urllib3.connection_from_url("https://api.example.com")\nanswer = pool.request("GET", "/echo").data\n', ALL),
    "queries in between": (_use("count = Product.objects.count()\nanswer = [count, response.data]"), ALL),
    # Methods.
    "urlopen": (HTTP + 'answer = http.urlopen("PUT", %s, body=b"text").data\n' % URL, ALL),
    "request_encode_url": (HTTP + 'answer = http.request_encode_url("GET", %s, fields={"a": "b c"}).data\n' % URL, ALL),
    "request_encode_body": (HTTP + 'answer = http.request_encode_body("POST", %s, fields={"a": "b c"}, encode_multipart=False).data\n' % URL, ALL),
    "head": (HTTP + 'answer = http.request("HEAD", "https://api.example.com/data").status\n', ALL),
    # Arguments.
    "fields of GET": (_call('"GET", %s, fields={"a": "b c", "n": 1}' % URL), ALL),
    "fields of DELETE": (_call('"DELETE", %s, fields={"a": "b c"}' % URL), ALL),
    "fields of POST": (_call('"POST", %s, fields={"a": "b c"}, multipart_boundary="edge"' % URL), ALL),
    "fields as a form": (_call('"POST", %s, fields={"a": "b c"}, encode_multipart=False' % URL), ALL),
    "file": (_call('"POST", %s, fields={"a": ("a.txt", b"text", "text/plain")}, multipart_boundary="edge"' % URL), ALL),
    "body": (_call('"POST", %s, body=b"text"' % URL), ALL),
    "json": (_call('"PUT", %s, json={"a": [1, None, "ä"]}' % URL), ALL),
    "headers": (_call('"GET", %s, headers={"X-Token": "t"}' % URL), ALL),
    "headers take the place of the manager's": (
        _call('"GET", %s, headers={"X-Other": "o"}' % URL, made='http = urllib3.PoolManager(headers={"X-Token": "t"})\n'),
        ALL,
    ),
    "basic authentication": (_call('"GET", %s, headers=urllib3.make_headers(basic_auth="user:secret")' % URL), ALL),
    "timeout": (_call('"GET", %s, timeout=5' % URL), ALL),
    "timeout by phases": (_call('"GET", %s, timeout=urllib3.Timeout(connect=2.0, read=5.0)' % URL), ALL),
    "arguments in a dictionary": ('options = {"timeout": 5}\n' + _call('"GET", %s, **options' % URL), ALL),
    # Redirects, and sending again.
    "redirects": (_use("answer = (response.status, response.data)", "redirect"), ALL),
    "redirect of a POST": (_call('"POST", "https://api.example.com/redirect", body=b"text"', "answer = response.data\n"), ALL),
    "no redirects": (_use("answer = (response.status, response.headers['Location'])", "redirect", ", redirect=False"), ALL),
    "Retry": (_use("answer = response.status", "status/503", ", retries=urllib3.Retry(1, status_forcelist=[500])"), ALL),
    # Responses.
    "status": (_use("answer = (response.status, response.reason)", "status/404"), ALL),
    "data": (_use("answer = response.data.decode()", "text"), ALL),
    "json of it": (_use("answer = response.json()"), ALL),
    "json that is none": (HTTP + 'try:\n    answer = http.request("GET", "https://api.example.com/invalid").json()\nexcept ValueError:\n    answer = "invalid"\n', ALL),
    "headers read": (_use("answer = (response.headers['Content-Type'], response.headers.get('X-None'), 'content-type' in response.headers)"), ALL),
    "geturl": (_use("answer = response.geturl()"), ALL),
    "read": (_use("answer = response.read()", more=", preload_content=False"), SYNC),
    "stream": (_use("answer = b''.join(response.stream(4))\nresponse.release_conn()", "text", ", preload_content=False"), SYNC),
    "cookies are not kept": (HTTP + 'answer = [http.request("GET", "https://api.example.com/visit").json() for _ in range(2)]\n', ALL),
    # Exceptions.
    "MaxRetryError": (_watched("down.example.com/data", _told("MaxRetryError")), ALL),
    "MaxRetryError looked into": (_watched("down.example.com/data", "except urllib3.exceptions.MaxRetryError as error:\n    answer = type(error.reason).__name__\n"), ALL),
    "ReadTimeoutError of a POST": (_watched("api.example.com/slow", _told("ReadTimeoutError"), ", timeout=0.2", "POST"), ALL),
    "ProtocolError of a POST": (_watched("api.example.com/drop", _told("ProtocolError"), method="POST"), ALL),
    "lost and sent again": (_watched("api.example.com/drop", _told("HTTPError")), ALL),
    # Sent once.
    "once, function": ('response = urllib3.request("GET", %s, retries=False)\n%s' % (URL, JSON), ""),
    "once, function with arguments": (
        'response = urllib3.request("POST", %s, json={"a": [1, None, "ä"]}, headers={"X-Token": "t"}, timeout=5.0, retries=False)\n%s' % (URL, JSON),
        "",
    ),
    "once, function that is slow": (
        'try:\n    answer = urllib3.request("GET", "https://api.example.com/slow", retries=False, timeout=0.2).data\n' + _told("ReadTimeoutError"),
        "",
    ),
    "once, manager": (_call('"GET", %s' % URL, made=ONCE), ""),
    "once, call of a manager": (_call('"GET", %s, retries=False' % URL), ""),
    "once, manager in a with block": ('with urllib3.PoolManager(num_pools=2, retries=False) as http:\n    answer = http.request("GET", %s).data\n' % URL, ""),
    "once, manager in a loop": (ONCE + 'answer = []\nfor path in ["data", "list"]:\n    answer.append(http.request("GET", "https://api.example.com/" + path).data)\n', ""),
    "once, one of several": (HTTP + 'answer = [http.request("GET", %s, retries=False).data]\nanswer.append(http.request("GET", %s).data)\n' % (URL, URL), ALL),
    "once, manager with headers": (_call('"GET", %s, retries=False' % URL, made='http = urllib3.PoolManager(headers={"X-Token": "t"})\n'), ALL),
    "once, manager that is emptied": (_call('"GET", %s' % URL, JSON + "http.clear()\n", ONCE), ALL),
    "once, a method in a variable": ('verb = "PUT"\n' + _call("verb, %s, retries=False" % URL), ""),
    "once, in lower case": (_call('"delete", %s, fields={"a": "b c", "n": 1}' % URL, made=ONCE), ""),
    "once, urlopen": (ONCE + 'answer = http.urlopen("PUT", %s, body=b"text").data\n' % URL, ALL),
    "once, fields": (_call('"GET", %s, fields={"a": "b c", "n": 1}' % URL, made=ONCE), ""),
    "once, pairs": (_call('"GET", %s, fields=[("a", "1"), ("a", "2")]' % URL, made=ONCE), ""),
    "once, fields that are many": (_call('"GET", %s, fields={"a": ["b", "c"]}' % URL, made=ONCE), ALL),
    "once, fields None": (_call('"GET", %s, fields={"a": None}' % URL, made=ONCE), ALL),
    "once, fields beside a query": (_call('"GET", "https://api.example.com/echo?x=1", fields={"a": "b"}', made=ONCE), ALL),
    "once, fields of POST": (_call('"POST", %s, fields={"a": "b c"}, multipart_boundary="edge"' % URL, made=ONCE), ALL),
    "once, bytes": (_call('"POST", %s, body=b"text"' % URL, made=ONCE), AIOHTTP),
    "once, bytes with their type": (_call('"POST", %s, body="ä".encode(), headers={"Content-Type": "text/plain"}' % URL, made=ONCE), ""),
    "once, JSON in a body": (_call('"PUT", %s, body=json.dumps({"a": "ä"}), headers={"Content-Type": "application/json"}' % URL, made=ONCE), ""),
    "once, text": (_call('"POST", %s, body="text", headers={"Content-Type": "text/plain"}' % URL, made=ONCE), ALL),
    "once, basic authentication": (_call('"GET", %s, headers=urllib3.make_headers(basic_auth="user:secret")' % URL, made=ONCE), ""),
    "once, timeout by phases": (_call('"GET", %s, timeout=urllib3.Timeout(connect=2.0, read=5.0)' % URL, made=ONCE), ""),
    "once, timeout in all": (_call('"GET", %s, timeout=urllib3.Timeout(total=5.0)' % URL, made=ONCE), ALL),
    "once, and redirected": (_use("answer = (response.status, response.headers['Location'])", "redirect", ", retries=False"), ""),
    "once, and not to be redirected": (
        _call('"GET", "https://api.example.com/redirect", redirect=False', "answer = (response.status, response.data)\n", ONCE),
        "",
    ),
    "once, status": (_use("answer = (response.status, response.reason)", "status/404", ", retries=False"), ""),
    "once, data": (_use("answer = (response.data.decode(), len(response.data))", "text", ", retries=False"), ""),
    "once, used far away": (_use("count = Product.objects.count()\nif count:\n    answer = [count, response.data]", more=", retries=False"), ""),
    "once, JSON": (_use("answer = response.json()", more=", retries=False"), ""),
    "once, JSON that is none": (
        ONCE + 'try:\n    answer = http.request("GET", "https://api.example.com/empty").json()\nexcept ValueError:\n    answer = "empty"\n',
        "",
    ),
    "once, headers read": (
        _use("answer = (response.headers['Content-Type'], response.headers.get('X-None'), 'content-type' in response.headers)", more=", retries=False"),
        "",
    ),
    "once, geturl": (_use("answer = response.geturl()", more=", retries=False"), ALL),
    "once, truth": (_use("answer = 'yes' if response else 'no'", "status/500", ", retries=False"), ALL),
    "once, passed on": (_use("answer = [one.data for one in [response]]", more=", retries=False"), ALL),
    "once, read": (_use("answer = response.read()", more=", preload_content=False, retries=False"), SYNC),
    "once, cookies are not kept": (
        ONCE + 'answer = []\nfor _ in range(2):\n    answer.append(http.request("GET", "https://api.example.com/visit").json())\n',
        "",
    ),
    "once, HTTPError": (_watched("down.example.com/data", _told("HTTPError"), ", retries=False"), ""),
    "once, HTTPError of what is lost": (_watched("api.example.com/drop", _told("HTTPError"), ", retries=False", "POST"), ""),
    "once, HTTPError looked into": (_watched("down.example.com/data", "except urllib3.exceptions.HTTPError as error:\n    answer = len(error.args)\n", ", retries=False"), ALL),
    "once, ReadTimeoutError": (_watched("api.example.com/slow", _told("ReadTimeoutError") + _told("HTTPError", "answer = 'other'"), ", timeout=0.2, retries=False"), ""),
    "once, NewConnectionError": (_watched("down.example.com/data", _told("NewConnectionError"), ", retries=False"), ALL),
    "once, TimeoutError": (_watched("api.example.com/slow", _told("TimeoutError"), ", timeout=0.2, retries=False"), ALL),
    "once, MaxRetryError": (_watched("down.example.com/data", _told("MaxRetryError") + _told("HTTPError", "answer = 'down'"), ", retries=False"), ALL),
    "once, OSError": (_watched("down.example.com/data", "except OSError:\n    answer = 'system'\n" + _told("HTTPError"), ", retries=False"), ALL),
}


def files():
    """As those of `requests_table`."""
    return as_files(TABLE, ["import json", "import urllib3"])
