"""What there is to prove of whole apps: migrated, with some rules rejected, and by their own tests."""
import ast
import os
import shutil
import tempfile

from . import engine as engines
from . import suite
from .engine import CLIENTS, Failed, options
from .rate import Rate

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIXTURES = os.path.join(os.path.dirname(ROOT), "fixtures")
DEFAULT_VERSION = "5.2"
# What the guide's and the realistic befores are migrated to by default; golden files hold this.
DEFAULT = options(DEFAULT_VERSION)
POSTGRES = "postgres: "


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8", newline="") as file:
        return file.read()


def version_key(version):
    return tuple(int(part) for part in version.split("."))


def realistic():
    """The names of the realistic apps."""
    return sorted(os.listdir(os.path.join(FIXTURES, "realistic")))


class Apps:
    """The jobs of whole apps; what failed before it could run, and every text that has to compile."""

    def __init__(self, engine, only=None):
        self.engine, self.only = engine, only
        # (name, version, failures) of what could not even be run.
        self.results = []
        # Django version → {text: name}
        self.texts = {}
        self.folders = {}
        self.rate = Rate()

    def wanted(self, name):
        return not self.only or self.only in name

    def _compiles(self, version, name, text):
        self.texts.setdefault(version, {}).setdefault(text, name)

    def _rate(self, name, source):
        parent = tempfile.mkdtemp(prefix="unblocked-rate-")
        try:
            copy = os.path.join(parent, name)
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "after"))
            # 1: there is something to change.
            report = self.engine.run("migrate", *DEFAULT, "--output-format", "json", ".", cwd=parent, allowed=(0, 1))
            self.engine.migrate(parent, *DEFAULT)
            self.rate.add(name, source, copy, report)
        finally:
            shutil.rmtree(parent, ignore_errors=True)

    def _rejected_app(self, label, version, name, rule):
        source = os.path.join(FIXTURES, "realistic", name)
        try:
            target = engines.after_folder(self.engine, source, *options(version), "--reject", rule)
        except Failed as error:
            self.results.append((label, version, [("command", str(error))]))
            return []
        self.folders[target] = True
        for path, data in engines.python_files(target).items():
            self._compiles(version, "%s %s" % (label, path), data.decode())
        return [{"kind": "project", "name": label, "case": name, "before": source, "after": target, "async": [], "found": []}]

    def _realistic(self, version):
        jobs = []
        for name in realistic():
            case_async = [view for view, since in _async_of(name).items() if version_key(version) >= version_key(since)]
            for client in CLIENTS:
                label, suite_label = ("%s: %s [%s]" % (kind, name, client) for kind in ("app", "suite"))
                if not self.wanted(POSTGRES + label) and not self.wanted(POSTGRES + suite_label):
                    continue
                source = os.path.join(FIXTURES, "realistic", name)
                migrated = self._migrated(label, version, source, options(version, client))
                if migrated is None:
                    continue
                target, once, found = migrated
                if version == DEFAULT_VERSION and client == CLIENTS[0]:
                    self._rate(name, source)
                for path, data in once.items():
                    self._compiles(version, "%s %s" % (label, path), data.decode())
                job = {"kind": "project", "name": label, "case": name, "before": source, "after": target, "async": case_async,
                       "found": found}
                if suite.exists(once):
                    jobs.append({"kind": "suite", "name": suite_label, "case": name, "before": source, "after": target})
                if client != CLIENTS[0]:
                    # What asks no other service is the same for all clients.
                    job["only_http"] = True
                jobs.append(job)
            jobs += self._converted_suite("realistic", name, version)
        return jobs

    def _suites(self, version):
        """Apps of which nothing but their tests is run."""
        jobs = []
        for name in sorted(os.listdir(os.path.join(FIXTURES, "suites"))):
            for client in CLIENTS:
                jobs += self._suite("suite: %s [%s]" % (name, client), version, "suites", name, options(version, client))
            jobs += self._converted_suite("suites", name, version)
        return jobs

    def _fresh_suites(self, version):
        """Apps with the tests that the guide makes for their migrated views: they are run with the app's own, and pass."""
        jobs = []
        for kind in ("realistic", "suites"):
            for name in sorted(os.listdir(os.path.join(FIXTURES, kind))):
                label, source = "suite: %s [fresh]" % name, os.path.join(FIXTURES, kind, name)
                if not self.wanted(label) or not suite.exists(engines.python_files(source)):
                    continue
                try:
                    target, made = engines.with_fresh_tests(self.engine, source, _urls(name), *options(version))
                except Failed as error:
                    self.results.append((label, version, [("command", str(error))]))
                    continue
                self.folders[target] = True
                for text in made:
                    self._compiles(version, label, text)
                jobs.append({"kind": "suite", "name": label, "case": name, "before": source, "after": target, "fresh": True})
        return jobs

    def _converted_suite(self, kind, name, version):
        """An app whose tests become async with it: as many run, and pass."""
        jobs = self._suite("suite: %s [converted]" % name, version, kind, name, (*options(version), "--tests", "convert"))
        for job in jobs:
            if not any(b"async def test" in data for data in engines.python_files(job["after"]).values()):
                job["found"].append(["not-converted", "no test became async"])
        return jobs

    def _suite(self, label, version, kind, name, opts):
        source = os.path.join(FIXTURES, kind, name)
        if not self.wanted(label) or not suite.exists(engines.python_files(source)):
            return []
        migrated = self._migrated(label, version, source, opts)
        if migrated is None:
            return []
        target, _, found = migrated
        return [{"kind": "suite", "name": label, "case": name, "before": source, "after": target, "found": found}]

    def _migrated(self, label, version, source, opts):
        """A migrated copy of an app, its files, and what a second run changes; None when the command fails."""
        try:
            target = engines.after_folder(self.engine, source, *opts)
            self.folders[target] = True
            once = engines.python_files(target)
            again = engines.after_folder(self.engine, target, *opts)
            self.folders[again] = True
        except Failed as error:
            self.results.append((label, version, [("command", str(error))]))
            return None
        twice = engines.python_files(again)
        changed = sorted(path for path in once if once[path] != twice.get(path))
        return target, once, [["not-idempotent", "a second run changes %s" % ", ".join(changed)]] if changed else []


def _urls(name):
    """The text of the URL configuration that an app is run with, when it has none of its own."""
    path = os.path.join(ROOT, "cases", "%s_urls.py" % name)
    return read(path) if os.path.exists(path) else None


def _async_of(case):
    """`ASYNC` of a case (view → first Django), read without running the case (which may need Django)."""
    tree = ast.parse(read(ROOT, "cases", case + ".py"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "ASYNC":
            return ast.literal_eval(node.value)
    return {}
