"""Proves cases inside one virtual environment: one Django on one Python.

Reads a list of jobs (JSON) from the file named first, writes one result per line to standard output. The process
imports what is slow once; each form of each case runs in a process forked from it.
"""
import faulthandler
import gc
import json
import logging
import os
import select
import shutil
import signal
import sys
import time
import traceback

from . import compare, project, services, site, snippet, suite, watch

TIME_LIMIT = 60
# Exceptions that say that the code before the migration was wrong already.
MISTAKES = ("NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "UnboundLocalError", "TypeError", "AttributeError")

# Jobs with a Django of their own, as the models are part of what is migrated.
PROJECTS = ("project", "suite")


class Broken(Exception):
    """The harness or a fixture is at fault, not the migration."""


def forked(work, *args):
    """Runs `work(*args)` in a forked process and returns what it returned: plain data."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    # The child collects garbage after each request: spare it what is here already.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        status = 0
        # Nothing the code under test prints may end up between our results.
        os.dup2(2, 1)
        faulthandler.dump_traceback_later(TIME_LIMIT - 5, exit=False)
        try:
            answer = work(*args)
        except BaseException as error:
            kind = "broken" if isinstance(error, (Broken, LookupError)) else "crash"
            answer = {"broken": [kind, "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-8))]}
        try:
            with os.fdopen(writer, "w") as pipe:
                json.dump(answer, pipe, default=str)
        except BaseException:
            traceback.print_exc()
            status = 1
        os._exit(status)
    os.close(writer)
    data, deadline = b"", time.monotonic() + TIME_LIMIT
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(reader)
            return {"broken": ["timeout", "no answer within %d seconds" % TIME_LIMIT]}
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            break
        data += chunk
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    try:
        return json.loads(data)
    except ValueError:
        return {"broken": ["crash", "the process ended with status %s" % status]}


class Worker:
    def __init__(self, postgres=None):
        self.postgres = postgres
        self.sock = services.bind()
        self.port = self.sock.getsockname()[1]
        self.folder = site.scratch()
        self.seen = {}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # Snippets: Django is set up once with the universe, in this process.

    def universe(self):
        from universe.seed import seed

        loaders = ["django.template.loaders.app_directories.Loader", "universe.loader.AnyTemplate"]
        site.configure(self.folder, "universe", loaders=loaders, postgres=self.postgres)
        forked_or_raise(self._fill, seed)
        import asgiref.testing  # noqa: F401
        import django.core.handlers.asgi  # noqa: F401
        import django.core.handlers.wsgi  # noqa: F401
        import django.views.generic  # noqa: F401

    def _fill(self, seed):
        if self.postgres:
            _create_database(self.postgres, os.getppid())
        site.fill(seed)

    def snippet(self, job):
        how = {name: job[name] for name in ("brief", "together", "pool", "streams", "best_of") if name in job}
        key = ("snippet", job["before"], *sorted(how.items()))
        before = self._cached(key, self._snippet_form, job["before"], job["before"], False, how)
        after = forked(self._snippet_form, job["before"], job["after"], True, how)
        verdict = self._judge(job, before, after)
        if job.get("faster"):
            job["measured"] = compare.measured(before, after)
        if job.get("wsgi"):
            after = forked(self._snippet_form, job["before"], job["after"], False, how)
            verdict += [(kind, "under WSGI: %s" % detail) for kind, detail in self._judge(job, before, after)]
        return verdict

    def _snippet_form(self, before, text, asynchronous, how):
        shape = snippet.Shape(services.localize(before, self.port))
        if shape.kind is None:
            raise Broken("nothing in this text can be run: no view, no middleware, no helper, no statement")
        path = os.path.join(self.folder, "snippet_%s.py" % ("after" if asynchronous else "before"))
        text = services.localize(text, self.port)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        services.install(self.sock, services.default)
        watch.install(self.folder, streams=how.get("streams", False))
        databases = site.Databases(how.get("pool", 0))
        return snippet.run(text, path, asynchronous, shape, databases, how.get("brief", False), how.get("together", 0), how.get("best_of", 1))

    # Projects: Django is set up in the forked process, as the models are part of what a migration changes.

    def project(self, job):
        people = job.get("people")
        before = self._cached(("project", job["case"]), self._project_form, job["case"], job["before"], False, people)
        flows = None
        if job.get("only_http") and "broken" not in before:
            flows = [flow["name"] for flow in before["flows"] if any(step["http"] for step in flow["steps"])]
        after = forked(self._project_form, job["case"], job["after"], True, people, flows)
        verdict = self._judge(job, before, after)
        lost = sorted(set(job.get("async", ())) - set(after.get("converted", ())))
        if lost and "broken" not in after:
            verdict.append(("not-converted", "still sync: %s" % ", ".join(lost)))
        return verdict

    def _project_form(self, case_name, source, asynchronous, people, flows=None):
        folder = os.path.join(self.folder, "form-%d" % os.getpid())
        os.mkdir(folder)
        try:
            if self.postgres:
                _create_database(self.postgres, os.getpid())
            case = project.boot(case_name, source, folder, self.port, self.sock, self.postgres)
            answer = play_project(case, asynchronous, people, flows)
            answer["converted"] = sorted(project.converted(case))
            return answer
        finally:
            if self.postgres:
                _drop_database(self.postgres)
            shutil.rmtree(folder, ignore_errors=True)

    def suite(self, job):
        before = self._cached(("suite", job["case"]), self._suite_form, job["case"], job["before"])
        after = forked(self._suite_form, job["case"], job["after"])
        return suite.judge(before, after, "test_async_views" if job.get("fresh") else None)

    def _suite_form(self, case_name, source):
        folder = os.path.join(self.folder, "form-%d" % os.getpid())
        os.mkdir(folder)
        try:
            case = project.boot(case_name, source, folder, self.port, self.sock, self.postgres, seeded=False)
            return suite.run(case.APP)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def lifetime(self, job):
        from . import lifetime

        def work():
            return {"failures": lifetime.run(job["after"], self.folder, self.sock)}

        answer = forked(work)
        return [answer["broken"]] if "broken" in answer else answer["failures"]

    def _cached(self, key, work, *args):
        if key not in self.seen:
            self.seen[key] = forked(work, *args)
        return self.seen[key]

    @staticmethod
    def _judge(job, before, after):
        if "broken" in before:
            return [("fixture", "the code before the migration does not run: %s" % before["broken"][1])]
        may_not_fail = job["kind"] == "project" or job.get("brief") or job.get("together")
        for flow in before["flows"]:
            for step in flow["steps"]:
                raised = step["raised"] if isinstance(step["raised"], list) else [step["raised"]]
                # An example may fail for what does not exist, an app has no excuse.
                if any(r.startswith(MISTAKES) for r in raised) or (step["status"] == 500 and may_not_fail):
                    detail = (step.get("errors") or raised)[-1]
                    return [("fixture", "the code before the migration fails: %s, %s: %s" % (flow["name"], step["what"], detail))]
        return compare.compare(before, after, job.get("unordered", False), job.get("faster"))


def play_project(case, asynchronous, people, names):
    from . import play

    player = play.Player(site.Databases(), asynchronous)
    return player.play([flow for flow in project.flows(case, people) if names is None or flow.name in names])


def forked_or_raise(work, *args):
    answer = forked(lambda: work(*args) or {})
    if "broken" in answer:
        raise SystemExit("the universe cannot be set up:\n%s" % answer["broken"][1])


def _maintain(postgres, statement):
    import psycopg

    with psycopg.connect(
        host=postgres["host"], port=postgres["port"], user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(statement)


def _create_database(postgres, pid):
    _maintain(postgres, 'CREATE DATABASE "proof_%d"' % pid)


def _drop_database(postgres):
    from django.db import connections

    connections.close_all()
    _maintain(postgres, 'DROP DATABASE IF EXISTS "proof_%d" WITH (FORCE)' % os.getpid())


def main(path):
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    # What code before and after may import, loaded once.
    for name in ("requests", "aiohttp", "httpx", "httpx2", "psycopg" if plan.get("postgres") else "sqlite3"):
        __import__(name)
    logging.getLogger().addHandler(logging.NullHandler())
    worker = Worker(plan.get("postgres"))
    try:
        projects = [job for job in plan["jobs"] if job["kind"] in PROJECTS]
        others = [job for job in plan["jobs"] if job["kind"] not in PROJECTS]
        for job in projects:
            report(job, worker.suite(job) if job["kind"] == "suite" else worker.project(job))
        if any(job["kind"] in ("snippet", "lifetime") for job in others):
            worker.universe()
        for job in others:
            if job["kind"] == "api":
                from . import api_data

                answer = forked(api_data.check, job["data"])
                report(job, [answer["broken"]] if "broken" in answer else answer["failures"])
            elif job["kind"] == "lifetime":
                report(job, worker.lifetime(job))
            else:
                report(job, worker.snippet(job))
    finally:
        worker.close()


def report(job, failures):
    now = clocks()
    seconds = [after - before for before, after in zip(report.last, now)]
    print(json.dumps({"name": job["name"], "failures": failures, "measured": job.get("measured"), "seconds": seconds}), flush=True)
    report.last = now


def clocks():
    """Seconds that passed, and those in which this process and those that it forked had a processor."""
    used = os.times()
    return time.monotonic(), sum(used[:4])


report.last = clocks()


if __name__ == "__main__":
    main(sys.argv[1])
