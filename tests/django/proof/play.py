"""Plays the flows of a case against one form of the code and notes all that can be observed."""
import asyncio
import concurrent.futures
import contextlib
import gc
import io
import time

from . import drive, observe, services, site, watch


class Flow:
    """Requests that one browser sends one after another, against a fresh database."""

    def __init__(self, name, requests, who="anonymous"):
        self.name, self.requests, self.who = name, requests, who


def flows(named, people=("anonymous", "visitor", "member")):
    """Each of the named lists of requests, once for everybody."""
    return [Flow("%s as %s" % (name, who), requests, who) for name, requests in named for who in people]


class Player:
    def __init__(self, databases, asynchronous, collected=None, best_of=1):
        from django.core.handlers.asgi import ASGIHandler
        from django.core.handlers.wsgi import WSGIHandler

        self.databases, self.asynchronous = databases, asynchronous
        # How often each request is asked: the shortest time counts, the first answer is compared.
        self.best_of = best_of
        self.application = ASGIHandler() if asynchronous else WSGIHandler()
        self.journal = observe.Journal().install()
        # What code without a response has to show: final values, printed text, an exception's name.
        self.collected = collected if collected is not None else {}

    def play(self, played):
        # Garbage is collected after each request: spare that what setting up has left.
        gc.collect()
        gc.freeze()
        try:
            return {"flows": [self._flow(flow) for flow in played]}
        finally:
            self.databases.drop()

    def _flow(self, flow):
        from django.core.cache import caches

        self.databases.fresh()
        for cache in caches.all():
            cache.clear()
        site.start()
        services.take()
        observe.outbox()
        self.journal.take()
        watch.collect()
        jar = drive.Jar(site.SESSIONS[flow.who])
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if self.asynchronous:
                steps = self._run(flow, jar)
            else:
                steps = []
                for request in flow.requests:
                    began = time.monotonic()
                    reply = self._wsgi(request, jar)
                    steps.append(self._step(reply, request, time.monotonic() - began))
                    for _ in range(self.best_of - 1):
                        began = time.monotonic()
                        self._wsgi(request, jar)
                        self._again(steps[-1], time.monotonic() - began)
        if self.collected:
            steps[-1].update(self._values())
        steps[-1]["output"] = printed.getvalue()
        # A client that nobody closed says so when it is collected, at the latest now.
        steps[-1]["findings"] += watch.collect() if self.asynchronous else []
        return {"name": flow.name, "steps": steps, "database": observe.database()}

    def _wsgi(self, request, jar):
        if not isinstance(request, drive.Together):
            return drive.wsgi(self.application, request, jar)
        with concurrent.futures.ThreadPoolExecutor(len(request.requests)) as pool:
            return list(pool.map(lambda one: drive.wsgi(self.application, one, jar.copy()), request.requests))

    async def _asgi(self, request, jar):
        if not isinstance(request, drive.Together):
            return await drive.asgi(self.application, request, jar)
        return await asyncio.gather(*(drive.asgi(self.application, one, jar.copy()) for one in request.requests))

    def _run(self, flow, jar):
        async def run():
            asyncio.get_running_loop().set_exception_handler(watch.loop_error)
            steps = []
            for request in flow.requests:
                began = time.monotonic()
                reply = await self._asgi(request, jar)
                steps.append(self._step(reply, request, time.monotonic() - began))
                for _ in range(self.best_of - 1):
                    began = time.monotonic()
                    await self._asgi(request, jar)
                    self._again(steps[-1], time.monotonic() - began)
            return steps

        return asyncio.run(run())

    def _step(self, reply, request, seconds):
        findings = watch.collect() if self.asynchronous else []
        if self.asynchronous:
            still_open = self.databases.open_connections()
            if still_open:
                findings.append(("connection", "%d database connection(s) left open after the request" % still_open))
        step = {"what": str(request), "findings": findings, "seconds": seconds}
        step.update(observe.replies(reply) if isinstance(reply, list) else observe.reply(reply))
        step.update(self.journal.take(), mail=observe.outbox(), http=services.take())
        return step

    def _again(self, step, seconds):
        """A request was asked again for its time: what else it did is known."""
        step["seconds"] = min(step["seconds"], seconds)
        self.journal.take()
        observe.outbox()
        services.take()

    def _values(self):
        """The values that bare statements ended with; reading them may query, so this is outside of the loop."""
        names = self.collected.pop("names", {})
        taken = dict(self.collected)
        self.collected.clear()
        if names is not None:
            taken["values"] = {name: observe.value(value) for name, value in sorted(names.items())}
        return taken
