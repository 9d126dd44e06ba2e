#!/usr/bin/env python3
"""Proves on real Django that code behaves after a migration as it did before.

python3 tests/django/run.py --unblocked target/fast/unblocked --venvs DIR

DIR holds one virtual environment per Django version (`django-4.2` … `django-6.1`), made from `requirements/`, as
`cargo xtask test` does. README.md says what is proved and how. The last line says what passed.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import corpora
import pytests
import random_blocks
import servers
import site_visits
from proof import golden, mariadb, postgres, pythons, selftest, sharing
from proof.engine import Engine
from proof.plan import Plan, version_key
from proof.worker import PROJECTS

HERE = os.path.dirname(os.path.abspath(__file__))
CATALOGUE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "crates", "django", "data", "blocking.json")
MIDDLEWARE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "crates", "django", "data", "middleware.json")
SERIES = ["4.2", "5.0", "5.1", "5.2", "6.0", "6.1"]
SHOWN = 4


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.engine = Engine(arguments.unblocked)
        self.passed = self.failed = 0
        self.ran, self.missing, self.times = [], [], []
        self.cluster = None
        self.rate = ""

    def interpreter(self, version):
        folder = os.path.join(self.arguments.venvs, "django-" + version if version[0].isdigit() else version)
        for parts in (("bin", "python"), ("Scripts", "python.exe")):
            path = os.path.join(folder, *parts)
            if os.path.exists(path) and pythons.minor(path):
                return path
        return None

    def count(self, name, failures, where=""):
        if not failures:
            self.passed += 1
            return
        self.failed += 1
        print("FAIL %s%s" % (name, " (Django %s)" % where if where else ""))
        for kind, detail in failures[: self.arguments.show]:
            print("     %s: %s" % (kind, detail.replace("\n", "\n       ")[:3000]))
        if len(failures) > self.arguments.show:
            print("     … and %d more (--show %d)" % (len(failures) - self.arguments.show, len(failures)))
        sys.stdout.flush()

    def run(self):
        wanted = self.arguments.versions.split(",") if self.arguments.versions else SERIES
        interpreters = {}
        for version in sorted(wanted, key=version_key):
            python = self.interpreter(version)
            if python:
                interpreters[version] = python
                self.ran.append("%s on Python 3.%d" % (version, pythons.minor(python)))
            else:
                self.missing.append("Django " + version)
        only = self.arguments.only
        plan = Plan(self.engine, only)
        try:
            # The proof itself is proven where Djangos differ most.
            ends = list(interpreters)[:1] + list(interpreters)[-1:]
            jobs = {version: plan.jobs(version, version in ends) for version in interpreters}
            self.rate = str(plan.rate)
            for app, view, reason in plan.rate.reasons:
                print("left sync: %s %s: %s" % (app, view, reason))
            for name, version, failures in plan.results:
                self.count(name, failures, version)
            if not only or only in "golden":
                for name, failures in golden.check(self.engine):
                    self.count(name, failures)
            if not only or only in "names":
                self._names()
            if not only or only in "catalogue":
                self._catalogue()
            if not only or only in "middleware data":
                self._middleware()
            if not only or only in sharing.NAME:
                self._sharing()
            if self.arguments.postgres:
                self.cluster = postgres.start()
            if not only or only in "servers":
                self._servers(interpreters)
            self._pytest(plan, interpreters)
            self._compile(plan, interpreters)
            tasks = []
            if self.cluster:
                tasks = [(version, plan.postgres(version, jobs[version], version == ends[-1]), self.cluster.address) for version in interpreters]
            # Apps come whole, for PostgreSQL's sake too.
            jobs = {version: [job for job in mine if plan.wanted(job["name"])] for version, mine in jobs.items()}
            extra = [
                name for name in ("corpora", "random blocks", "sites") if not only or only in name
            ]
            self._work(jobs, tasks, interpreters, extra)
        finally:
            if self.cluster:
                postgres.stop(self.cluster)
            for folder in plan.folders:
                shutil.rmtree(os.path.dirname(folder), ignore_errors=True)

    def _names(self):
        """Names that the proof's own code does not have: most of it runs late, and for some only."""
        python = self.interpreter("tools")
        if not python:
            self.missing.append("the names of the proof's own code")
            return
        done = subprocess.run([python, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", HERE], capture_output=True)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.count("the names of the proof's own code", [("names", said)] if done.returncode else [])

    def _catalogue(self):
        """What waits, by name, against the packages themselves."""
        self._data("packages", "catalogue.py", CATALOGUE, "the packages that the catalogue speaks of")

    def _middleware(self):
        """What is known of libraries' middleware, against their sources."""
        self._data("middleware", "middleware.py", MIDDLEWARE, "the packages whose middleware is known")

    def _data(self, environment, script, data, title):
        """Holds data against the packages of an environment, by a script that runs there."""
        python = self.interpreter(environment)
        if not python:
            self.missing.append(title)
            return
        done = subprocess.run([python, "-P", os.path.join(HERE, "proof", script), data], stdout=subprocess.PIPE, check=True)
        for name, failures in json.loads(done.stdout):
            self.count(name, failures)

    def _sharing(self):
        """What shares helpers with views, Celery's tasks among it."""
        python = self.interpreter("packages")
        if not python:
            self.missing.append("Celery, whose tasks share helpers with views")
            return
        for name, failures in sharing.check(self.engine, python):
            self.count(name, failures)

    def _pytest(self, plan, interpreters):
        """Suites of pytest-django."""
        if not any(plan.wanted(pytests.label(name, form)) for name in pytests.names() for form in ("keep", "convert")):
            return
        for version, python in interpreters.items():
            overlay = os.path.join(self.arguments.venvs, "servers-3.%d" % pythons.minor(python))
            if os.path.isdir(overlay):
                pytests.run(self.engine, python, overlay, version, plan.wanted, self.count)
            else:
                self.missing.append("pytest on Python 3.%d" % pythons.minor(python))

    def _servers(self, interpreters):
        """What the guide generates, started."""
        folders, addresses, maria = {}, [None, None], None
        for version, python in interpreters.items():
            servers_of, drivers_of = (
                os.path.join(self.arguments.venvs, "%s-3.%d" % (name, pythons.minor(python))) for name in ("servers", "drivers")
            )
            if os.path.isdir(servers_of):
                folders[python] = servers_of, drivers_of if os.path.isdir(drivers_of) else None
            else:
                self.missing.append("servers on Python 3.%d" % pythons.minor(python))
        at_hand = {version: python for version, python in interpreters.items() if python in folders}
        if not at_hand:
            return
        try:
            if self.cluster:
                addresses[0] = self.cluster.address
                if any(drivers for _, drivers in folders.values()):
                    maria = mariadb.start()
                    addresses[1] = maria.socket
            engine = os.path.abspath(self.arguments.unblocked)
            self.missing += servers.run(engine, at_hand, folders.get, self.interpreter("tools"), addresses, self.count)
        finally:
            if maria:
                mariadb.stop(maria)

    def _compile(self, plan, interpreters):
        for version, texts in plan.texts.items():
            python, minor = pythons.oldest_for(version, pythons.minor(interpreters[version]))
            if minor != pythons.OLDEST[version]:
                self.missing.append("Python 3.%d for Django %s" % (pythons.OLDEST[version], version))
            failed = pythons.compile_texts(python, [[name, text, True] for text, name in texts.items()])
            name = "%d texts for Django %s compile on Python 3.%d" % (len(texts), version, minor)
            self.count(name, [("compile", "%s: %s" % tuple(one)) for one in failed])

    def _work(self, jobs, tasks, interpreters, extra):
        tasks = [task for task in tasks if task[1]]
        for version, mine in jobs.items():
            apps = [job for job in mine if job["kind"] in PROJECTS]
            rest = [job for job in mine if job["kind"] not in PROJECTS]
            tasks += [(version, part, None) for part in (apps, rest) if part]
        # The longest first, so that the cores end at the same time.
        tasks.sort(key=lambda task: -sum(12 if job["kind"] in PROJECTS else 1 for job in task[1]))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            futures = [pool.submit(self._task, interpreters[version], *task) for task in tasks for version in task[:1]]
            newest = interpreters[max(interpreters, key=version_key)] if interpreters else None
            if "random blocks" in extra and newest:
                futures.append(pool.submit(random_blocks.run, self.engine, newest))
            if "corpora" in extra:
                source = corpora.django_source(newest) if newest else None
                applications = self.interpreter("applications")
                if not applications:
                    self.missing.append("the applications to migrate")
                futures.append(pool.submit(corpora.run, self.engine, source, newest or sys.executable, applications))
            if "sites" in extra:
                python = self.interpreter("sites")
                if python:
                    futures.append(pool.submit(site_visits.run, self.engine, python))
                else:
                    self.missing.append("the sites of applications")
            for future in concurrent.futures.as_completed(futures):
                answer = future.result()
                if isinstance(answer, tuple):
                    self._judge(*answer)
                else:
                    for name, failures in answer:
                        self.count(name, failures)

    def _task(self, python, version, jobs, address):
        began = time.monotonic()
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump({"jobs": jobs, "postgres": address}, file)
        try:
            environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k != "DJANGO_SETTINGS_MODULE"}
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
            done = subprocess.run(
                [python, "-m", "proof.worker", file.name], cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        finally:
            os.unlink(file.name)
        return version, jobs, done, time.monotonic() - began

    def _judge(self, version, jobs, done, seconds):
        answers = {}
        for line in done.stdout.decode().splitlines():
            answer = json.loads(line)
            answers[answer["name"]] = answer["failures"]
            self.times.append((answer["seconds"], answer["name"], version))
            if answer.get("measured"):
                print("measured: %s: %s (Django %s)" % (answer["name"], answer["measured"], version))
        bad = 0
        for job in jobs:
            failures = answers.get(job["name"])
            if failures is None:
                failures = [["crash", "no answer; the worker said: %s" % done.stderr.decode("utf-8", "replace")[-1500:]]]
            elif "expected" in job:
                failures = selftest.judge(job, failures)
            failures = job.get("found", []) + failures
            bad += bool(failures)
            self.count(job["name"], failures, version)
        print("Django %s: %d of %d cases passed, %.0f s" % (version, len(jobs) - bad, len(jobs), seconds))
        sys.stdout.flush()

    def summary(self):
        parts = ["Django " + ", ".join(self.ran) if self.ran else "no Django"]
        if self.missing:
            parts.append("missing: " + ", ".join(self.missing))
        if self.cluster:
            parts.append("SQLite and PostgreSQL")
        if self.rate:
            parts.append(self.rate)
        return "django: %d passed, %d failed (%s)" % (self.passed, self.failed, "; ".join(parts))

    def status(self):
        if self.failed or not self.passed:
            return 1
        return int(bool(self.missing) and os.environ.get("CI") == "true")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unblocked", required=True, metavar="BINARY", help="the unblocked command")
    parser.add_argument("--venvs", required=True, metavar="DIR", help="folder of the virtual environments")
    parser.add_argument("--only", metavar="NAME", help="cases whose name contains this (`guide`, `rule`, `app`, `self-test`, `corpora`, `sites`…)")
    parser.add_argument("--versions", metavar="X.Y,…", help="these versions of Django only")
    parser.add_argument("--show", type=int, default=SHOWN, metavar="N", help="failures that are shown of each case")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="print the N cases that took longest, in seconds")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too, what SQLite can't show and the apps; the guide's settings there and on MariaDB")
    arguments = parser.parse_args()
    if not hasattr(os, "fork"):
        print("django: 0 passed, 1 failed (it needs a system that can fork processes: Linux, macOS, WSL)")
        sys.exit(1)
    run = Run(arguments)
    run.run()
    for (passed, used), name, version in sorted(run.times, reverse=True)[: arguments.slowest]:
        print("%6.1f s, %.1f s of a processor: %s (Django %s)" % (passed, used, name, version))
    print(run.summary())
    sys.exit(run.status())


if __name__ == "__main__":
    main()
