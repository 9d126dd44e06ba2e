"""Sends the requests of a flow to a WSGI or an ASGI application, as a browser with a cookie jar would."""
import asyncio
import http.cookies
import io
import json
import urllib.parse

CSRF = "c" * 32


class Request:
    """One request of a flow. `form` and `json` make a POST unless `method` says otherwise."""

    def __init__(self, path, method=None, form=None, json=None, body=b"", type="", headers=None, csrf=True):
        self.path, self.headers, self.csrf, self.body, self.type = path, headers or {}, csrf, body, type
        self.method = method or ("POST" if form is not None or json is not None else "GET")
        if form is not None:
            self.body = urllib.parse.urlencode(form, doseq=True).encode()
            self.type = "application/x-www-form-urlencoded"
        if json is not None:
            self.body, self.type = dumps(json), "application/json"

    def __str__(self):
        return "%s %s" % (self.method, self.path)


class Together:
    """Requests that are sent at the same time, by browsers of their own. The order of their replies is of no account."""

    def __init__(self, requests):
        self.requests = requests

    def __str__(self):
        return "%d requests at once, %s …" % (len(self.requests), self.requests[0])


def dumps(value):
    return json.dumps(value, sort_keys=True).encode()


def get(path, **kwargs):
    return Request(path, **kwargs)


def post(path, form=None, **kwargs):
    if form is None and "json" not in kwargs:
        form = {}
    return Request(path, form=form, **kwargs)


class Jar:
    """The cookies of one browser."""

    def __init__(self, session_key=None):
        self.cookies = {"csrftoken": CSRF}
        if session_key:
            self.cookies["sessionid"] = session_key

    def copy(self):
        other = Jar()
        other.cookies = dict(self.cookies)
        return other

    def headers(self, request):
        headers = {"host": "testserver", **{k.lower(): v for k, v in request.headers.items()}}
        if self.cookies:
            headers["cookie"] = "; ".join("%s=%s" % item for item in self.cookies.items())
        if request.csrf and request.method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            headers.setdefault("x-csrftoken", self.cookies.get("csrftoken", ""))
        if request.type:
            headers["content-type"] = request.type
        return headers

    def update(self, header):
        for name, morsel in http.cookies.SimpleCookie(header).items():
            if morsel["max-age"] == "0" or morsel["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value


class Reply:
    """What came back: status, headers as (name, value) pairs, body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def into(self, jar):
        for name, value in self.headers:
            if name == "set-cookie":
                jar.update(value)
        return self


def wsgi(application, request, jar):
    path, _, query = request.path.partition("?")
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": urllib.parse.unquote(path).encode().decode("latin-1"),
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in jar.headers(request).items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
    started = {}

    def start_response(status, headers, exc_info=None):
        started["status"] = int(status.split()[0])
        started["headers"] = [(name.lower(), value) for name, value in headers]

    response = application(environ, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()
    return Reply(started["status"], started["headers"], body).into(jar)


async def asgi(application, request, jar, timeout=15):
    from asgiref.testing import ApplicationCommunicator

    path, _, query = request.path.partition("?")
    headers = [(name.encode(), value.encode("latin-1")) for name, value in jar.headers(request).items()]
    headers.append((b"content-length", str(len(request.body)).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": urllib.parse.unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1234),
        "server": ("testserver", 80),
    }
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": request.body, "more_body": False})
    status, headers, body = None, [], b""
    while True:
        message = await communicator.receive_output(timeout)
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
    await communicator.wait(timeout)
    # Let what the request left behind (closing connections) come to its end before anybody looks.
    await asyncio.sleep(0)
    return Reply(status, headers, body).into(jar)
