"""How long clients live that an application shares: connections stay open from one request to the next of the same event
loop, and all are closed when it ends, under Django's handlers and clients."""
import asyncio
import gc
import http.server
import logging
import os
import threading
import time
import types
import warnings

from . import services


class Server(http.server.ThreadingHTTPServer):
    """Answers by JSON and keeps connections open; it knows how many were, and how many still are."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.made, self.open = threading.Lock(), 0, 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()

    def count(self, change):
        with self.lock:
            self.made += max(change, 0)
            self.open += change


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.server.count(1)
        super().setup()

    def finish(self):
        super().finish()
        self.server.count(-1)

    def do_GET(self):
        body = b'{"cookie": "%s"}' % self.headers.get("Cookie", "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "who=someone; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def _asgi(requests):
    """What a server does: one loop for all requests."""
    from asgiref.testing import ApplicationCommunicator
    from django.core.handlers.asgi import ASGIHandler
    from django.test import AsyncRequestFactory

    async def serve():
        application, bodies = ASGIHandler(), []
        application.load_middleware(is_async=True)
        for _ in range(requests):
            scope = {**AsyncRequestFactory()._base_scope(path="/view/"), "type": "http"}
            communicator = ApplicationCommunicator(application, scope)
            await communicator.send_input({"type": "http.request", "body": b""})
            start = await communicator.receive_output(10)
            body = await communicator.receive_output(10)
            await communicator.wait()
            bodies.append((start["status"], body["body"]))
        return bodies

    return asyncio.run(serve())


def _async_client(requests):
    from django.test import AsyncClient

    async def ask():
        client = AsyncClient()
        return [await client.get("/view/") for _ in range(requests)]

    return [(response.status_code, response.content) for response in asyncio.run(ask())]


def _client(requests):
    """`async_to_sync`: a loop for each request, as under WSGI."""
    from django.test import Client

    return [(response.status_code, response.content) for response in (Client().get("/view/") for _ in range(requests))]


# Name → (what asks, how many connections two requests need).
DRIVES = {"ASGI": (_asgi, 1), "AsyncClient": (_async_client, 1), "async_to_sync": (_client, 2)}


class Told(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def run(text, folder, sock):
    """The failures of a text with a view `view`."""
    from django.test.utils import override_settings
    from django.urls import path

    services.install(sock, services.default)
    failures, told = [], Told()
    logging.getLogger("asyncio").addHandler(told)
    for name, (drive, connections) in DRIVES.items():
        server = Server()
        module = types.ModuleType("lifetime_views")
        file = os.path.join(folder, "lifetime_views.py")
        code = compile(services.localize(text, server.server_address[1]), file, "exec")
        exec(code, module.__dict__)
        urls = types.ModuleType("lifetime_urls")
        urls.urlpatterns = [path("view/", module.view)]
        with warnings.catch_warnings(record=True) as caught, override_settings(ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"]):
            warnings.simplefilter("always")
            answers = drive(2)
            del module
            gc.collect()
        if [status for status, _ in answers] != [200, 200]:
            failures.append(["crash", "%s: %r" % (name, answers)])
        if any(b"someone" in body for _, body in answers):
            failures.append(["lifetime", "%s: a cookie went to another request: %r" % (name, answers)])
        if server.made != connections:
            failures.append(["lifetime", "%s: %d connections for two requests, not %d" % (name, server.made, connections)])
        deadline = time.monotonic() + 5
        while server.open and time.monotonic() < deadline:
            time.sleep(0.05)
        if server.open:
            failures.append(["unclosed", "%s: %d connections are open after the loop has ended" % (name, server.open)])
        said = [str(one.message) for one in caught] + told.lines
        failures += [["unclosed", "%s: %s" % (name, line)] for line in said if "nclosed" in line or "pending" in line or "never" in line]
        told.lines.clear()
        server.shutdown()
    return failures
