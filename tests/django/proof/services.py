"""The world outside: a recording HTTP server on loopback that stands for every host of example.com/.org/.net.

`localize` turns `https://api.example.com` in the code under test into `http://api.example.com:PORT`, before and after
alike, and `install` makes such names resolve to loopback. So requests, aiohttp and httpx run as they are, over real sockets.
"""
import http.server
import json
import re
import socket
import sys
import threading
import time
import urllib.parse

HOST = re.compile(r"https?://((?:[a-z0-9-]+\.)+example\.(?:com|org|net))(?![\w.:-])")
# What each client adds by itself.
_CLIENT_HEADERS = {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
_CLIENT_AGENT = re.compile(r"^(Python-urllib/|python-requests/|python-urllib3/|Python/\S+ aiohttp/|python-httpx2?/)")

calls = []
_lock = threading.Lock()


def localize(text, port):
    """`text` with the hosts of example.com at the recording server."""
    return HOST.sub(lambda m: "http://%s:%d" % (m.group(1), port), text)


def _normal_body(content_type, body):
    if not body:
        return None
    kind = content_type.split(";")[0].strip()
    if kind == "application/json":
        try:
            return {"json": json.loads(body)}
        except ValueError:
            pass
    if kind == "application/x-www-form-urlencoded":
        return {"form": sorted(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))}
    if kind.startswith("multipart/"):
        boundary = content_type.partition("boundary=")[2].strip('"').encode()
        return {"multipart": body.replace(boundary, b"<boundary>").decode("utf-8", "replace")}
    return {"raw": body.decode("utf-8", "replace")}


class Answer:
    """What the server says: give `json`, or `body` with `type`; `delay` seconds later; `drop` closes without a word."""

    def __init__(self, json=None, status=200, body=None, type=None, headers=None, delay=0, drop=False):
        if body is None:
            body = dumps(json) if json is not None else b""
            type = type or "application/json"
        self.status, self.body, self.type = status, body if isinstance(body, bytes) else body.encode(), type
        self.headers, self.delay, self.drop = headers or {}, delay, drop


def dumps(value):
    return json.dumps(value, sort_keys=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = None
    timeout = 20

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        if (self.headers.get("transfer-encoding") or "").lower() == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    break
        else:
            body = self.rfile.read(length)
        host = (self.headers.get("host") or "").rpartition(":")[0]
        path, _, query = self.path.partition("?")
        content_type = self.headers.get("content-type") or ""
        sent = {
            name.lower(): value
            for name, value in self.headers.items()
            if name.lower() not in _CLIENT_HEADERS | {"content-type"}
            and not (name.lower() == "user-agent" and _CLIENT_AGENT.match(value))
            # Some say that they take anything, some say nothing.
            and not (name.lower() == "accept" and value == "*/*")
        }
        call = {
            "method": self.command,
            "host": host,
            "path": urllib.parse.unquote(path),
            "query": urllib.parse.parse_qsl(query, keep_blank_values=True),
            "headers": sent,
            "type": content_type.split(";")[0].strip() if body else "",
            "body": _normal_body(content_type, body),
        }
        answer = type(self).answer(call)
        with _lock:
            # aiohttp asks once more by itself when the other side hangs up on a request that may be repeated.
            if not (answer.drop and calls and calls[-1] == call):
                calls.append(call)
        if answer.delay:
            time.sleep(answer.delay)
        if answer.drop:
            self.close_connection = True
            self.connection.close()
            return
        try:
            self.send_response(answer.status)
            if answer.type:
                self.send_header("Content-Type", answer.type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def log_message(self, *args):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def bind():
    """A listening socket, made before forking so that the port is the same in every child."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(64)
    return sock


# Another address of loopback, where nobody listens. By address, as some clients connect to their own port whatever is resolved.
NOBODY = "127.0.0.2" if sys.platform == "linux" else "::1"


def install(sock, answer):
    """Serves `sock` in a thread of this process and resolves example.com to it."""
    server = _Server(sock.getsockname(), type("Bound", (Handler,), {"answer": staticmethod(answer)}), bind_and_activate=False)
    server.socket.close()
    server.socket = sock
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 5}, daemon=True).start()
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and re.search(r"(^|\.)example\.(com|org|net)$", name):
            # A host that is down, for connection errors.
            if name.startswith("down."):
                return resolve(NOBODY, port, *args, **kwargs)
            return resolve("127.0.0.1", port, *args, **kwargs)
        return resolve(host, port, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def take():
    """The calls recorded since the last time."""
    with _lock:
        taken = list(calls)
        del calls[:]
    return taken


def default(call):
    """Canned answers by path, for the guide and for the rules' examples (see README.md)."""
    parts = [p for p in call["path"].split("/") if p]
    first = parts[0] if parts else ""
    last = parts[-1] if parts else ""
    if first == "status" and last.isdigit():
        return Answer({"status": int(last)}, status=int(last))
    if first == "slow":
        return Answer({"slow": True}, delay=1.5)
    if first == "wait":
        return Answer({"path": call["path"], "id": 1}, delay=1.0)
    if first == "moment":
        return Answer({"path": call["path"], "id": 1}, delay=0.2)
    if first == "text":
        return Answer(body="plain text, naïve", type="text/plain; charset=utf-8")
    if first == "untyped":
        return Answer(body='{"untyped": true}', type="text/plain")
    if first == "html":
        return Answer(body="<p>hello</p>", type="text/html; charset=utf-8")
    if first == "empty":
        return Answer(body="", status=204, type=None)
    if first == "invalid":
        return Answer(body="not json", type="application/json")
    if first == "redirect":
        return Answer(body="", status=302, type=None, headers={"Location": "/data"})
    if first == "visit":
        return Answer({"visited": "seen" in call["headers"].get("cookie", "")}, headers={"Set-Cookie": "seen=yes; Path=/"})
    if first == "drop":
        return Answer(drop=True)
    if first == "echo":
        return Answer({k: call[k] for k in ("method", "path", "query", "body")})
    if first == "list" or last in ("orders", "items", "reviews"):
        return Answer([{"id": 1, "name": "first"}, {"id": 2, "name": "second"}])
    if first == "stock":
        return Answer({"pk": last, "quantity": 7, "warehouse": "north"})
    return Answer({"path": call["path"], "method": call["method"], "id": 1, "name": "first", "ok": True, "price": "9.50"})
