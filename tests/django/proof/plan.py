"""What there is to prove: the jobs of each Django version, made by running the command."""
import ast
import importlib
import json
import os
import shutil
import tempfile

from . import selftest
from .apps import DEFAULT_VERSION, FIXTURES, POSTGRES, ROOT, Apps, read, realistic, version_key
from .engine import CLIENTS, Failed, options
DATA = os.path.join(os.path.dirname(os.path.dirname(ROOT)), "crates", "django", "data", "async_api.json")
# Rules that are rejected in whole apps.
REJECTED = ("orm/await-terminal", "plan/call-helper", "http/aiohttp")
# What a view that asks another service must show for each client.
USES = {
    "aiohttp": "aiohttp.ClientSession",
    "httpx": "httpx.AsyncClient",
    "httpx2": "httpx2.AsyncClient",
    "requests": "asyncio.to_thread(requests.",
}


def guide():
    """Name → (before, what it must come to)."""
    cases = importlib.import_module("cases.guide").GUIDE
    folders = sorted(os.listdir(os.path.join(FIXTURES, "guide")))
    if sorted(cases) != folders:
        raise SystemExit("tests/fixtures/guide and tests/django/cases/guide.py name different examples")
    return {name: (read(FIXTURES, "guide", name, "before.py"), cases[name]) for name in folders}


# What shows in a text that a row is used, where it is not a call by its name.
_MARKS = {"__aiter__": "async for", "request.auser": "request.auser()", "auser": "request.auser()"}


def coverage():
    """Owner → its rows of the async API, each with its entry of the coverage."""
    entries, found = json.loads(read(os.path.dirname(DATA), "async_coverage.json")), {}
    for row in json.loads(read(DATA)):
        of_owner = [entry for entry in entries if entry["owner"] == row["owner"]]
        named = [entry for entry in of_owner if row["async"] in entry.get("names", ())]
        entry = (named or [entry for entry in of_owner if "names" not in entry])[0]
        found.setdefault(row["owner"], []).append((row, entry))
    return found


def _coroutines(text):
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.AsyncFunctionDef)}


def _function(text, name):
    """The source of a function of a text."""
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == name:
            return ast.get_source_segment(text, node) or ""
    return ""


class Plan(Apps):
    """All that is proven: whole apps, and texts of every other kind."""

    def jobs(self, version, is_end):
        """Everything that runs on one Django, the first or last among others; apps even where only what runs on PostgreSQL is wanted."""
        # What HTTP clients do does not hang on Django: each is asked where Djangos differ most, and on the default.
        self.clients = CLIENTS if is_end or version == DEFAULT_VERSION else CLIENTS[:1]
        found = [job for job in selftest.jobs() if is_end and self.wanted(job["name"])]
        found += self._guide(version) + self._snippets(version) + self._requests(version) + self._rules(version) + self._rows(version)
        found += self._concurrent(version)
        found += self._realistic(version) + self._rejected(version) + self._suites(version) + self._fresh_suites(version)
        if self.wanted("async API"):
            found.append({"kind": "api", "name": "async API data", "data": DATA})
        return found

    def _guide(self, version):
        jobs = []
        for name, (before, case) in guide().items():
            uses_http = "requests." in before
            for client in self.clients if uses_http else CLIENTS[:1]:
                label = "guide: %s%s" % (name, " [%s]" % client if uses_http else "")
                if not self.wanted(label):
                    continue
                job = self._paste(label, version, before, options(version, client))
                if job is None:
                    continue
                after = job["after"]
                missing = set(case["async"]) - _coroutines_or_nothing(after)
                if version == DEFAULT_VERSION:
                    missing |= {text for text in case.get("contains", ()) if text not in after}
                    missing |= {USES[client]} if uses_http and USES[client] not in after else set()
                if missing:
                    job["found"].append(["not-converted", "%s is missing in:\n%s" % (sorted(missing), after)])
                job["unordered"] = case.get("unordered", False)
                jobs.append(job)
        return jobs

    def _snippets(self, version):
        jobs = []
        cases = importlib.import_module("cases.snippets")
        blocks = importlib.import_module("cases.blocks")
        web = importlib.import_module("cases.web")
        database = importlib.import_module("cases.database")
        lazy = importlib.import_module("cases.lazy")
        mistakes = importlib.import_module("cases.mistakes")
        mixed = importlib.import_module("cases.mixed")
        chains = importlib.import_module("cases.chains")
        waiting = importlib.import_module("cases.waiting")
        pastes = {**cases.QUERIES, **blocks.TRANSACTIONS, **blocks.DECORATORS, **web.PASTES, **waiting.PASTES, **chains.PASTES, **chains.STREAMED}
        for texts, clients in ((pastes, CLIENTS[:1]), (cases.HTTP, self.clients)):
            for name, before in texts.items():
                for client in clients:
                    label = "snippet: %s%s" % (name, " [%s]" % client if texts is cases.HTTP else "")
                    job = self._paste(label, version, before.lstrip(), options(version, client)) if self.wanted(label) else None
                    if job is not None:
                        jobs.append({**job, "streams": True} if name in chains.STREAMED else job)
        sessions = importlib.import_module("cases.sessions")
        # With clients of functions, and with those that all of them share.
        scoped = {name: (before, [], []) for name, before in cases.HTTP.items()}
        for name, (before, marks, shared) in {**scoped, **sessions.SESSIONS}.items():
            for client in self.clients:
                for scope in ("view", "application"):
                    label = "snippet: %s [%s, %s]" % (name, client, scope)
                    if not self.wanted(label) or (name in scoped and scope == "view") or (client == "requests" and scope == "application"):
                        continue
                    job = self._paste(label, version, before.lstrip(), options(version, client) + ("--http-client-scope", scope))
                    if job is None:
                        continue
                    for mark in {"view": marks, "application": shared}[scope] if client != "requests" else ():
                        if mark.startswith("not ") == (mark.removeprefix("not ") in job["after"]):
                            job["found"].append(["not-converted", "against the case, `%s`:\n%s" % (mark, job["after"])])
                    jobs.append(job)
        for name, before in sessions.LIFETIMES.items():
            for client in (client for client in self.clients if client != "requests"):
                for scope in ("view", "application"):
                    label = "lifetime: %s [%s, %s]" % (name, client, scope)
                    opts = options(version, client) + ("--http-client-scope", scope)
                    job = self._paste(label, version, before.lstrip(), opts) if self.wanted(label) else None
                    if job is not None:
                        jobs.append({**job, "kind": "lifetime"})
        classes = importlib.import_module("cases.classes")
        generic = importlib.import_module("cases.generic")
        for name, (since, before) in {**classes.CLASSES, **classes.MIDDLEWARE, **generic.HOOKS, **generic.ALL}.items():
            label = "snippet: " + name
            more = ("--all-views",) if name in generic.ALL else ()
            job = self._beside_models(label, version, before.lstrip(), more) if self.wanted(label) else None
            if job is not None:
                converts = since is not None and version_key(version) >= version_key(since)
                if converts != bool(_coroutines(job["after"])):
                    job["found"].append(["not-converted", "async, or not, against the case:\n%s" % job["after"]])
                jobs.append({**job, "wsgi": name in classes.MIDDLEWARE})
        for name, (since, names, before) in importlib.import_module("cases.decorators").DECORATED.items():
            label = "snippet: " + name
            job = self._beside_models(label, version, before.lstrip()) if self.wanted(label) else None
            if job is not None:
                missing = set(names) - _coroutines(job["after"])
                if missing and version_key(version) >= version_key(since):
                    job["found"].append(["not-converted", "%s is missing in:\n%s" % (sorted(missing), job["after"])])
                jobs.append(job)
        half_async = importlib.import_module("cases.half_async").HALF_ASYNC
        for name, (meant, before) in half_async.items():
            label = "half async: " + name
            job = self._paste(label, version, before.lstrip(), options(version)) if self.wanted(label) else None
            if job is not None:
                job["before"] = meant.lstrip()
                jobs.append(job)
        for name, before in {**cases.PROJECT, **web.PROJECT, **database.PROJECT, **lazy.PROJECT, **mistakes.PROJECT, **mixed.PROJECT}.items():
            label = "snippet: " + name
            job = self._beside_models(label, version, before.lstrip()) if self.wanted(label) else None
            if job is not None:
                jobs.append(job)
        for name, (before, forms) in database.TEMPLATED.items():
            for form, plain in forms.items():
                label = "snippet: %s [%s]" % (name, form)
                if not self.wanted(label):
                    continue
                job = self._beside_models(label, version, before.lstrip(), ("--templates", form), database.SETTINGS)
                if job is None:
                    continue
                found = job["after"].count("return render(")
                if found != plain:
                    job["found"].append(["render", "called %d times on the event loop, not %d:\n%s" % (found, plain, job["after"])])
                jobs.append(job)
        return jobs

    def _concurrent(self, version):
        """What waits at the same time: nothing else changes, and it takes less time."""
        cases = importlib.import_module("cases.concurrent")
        jobs = []
        for name, case in cases.CASES.items():
            for client in self.clients:
                for python in ((), ("--python-version", "3.11")) if version == DEFAULT_VERSION else ((),):
                    label = "concurrent: %s [%s]%s" % (name, client, " on Python 3.11" if python else "")
                    if not self.wanted(label) or client not in case.get("clients", CLIENTS):
                        continue
                    opts = options(version, client) + python + ("--concurrent",)
                    job = self._paste(label, version, case["before"].lstrip(), opts)
                    if job is None:
                        continue
                    is_new = python or version_key(version) >= (6, 0)
                    for mark in case["contains"]:
                        mark = mark.replace("gather(", "TaskGroup(") if is_new else mark
                        if mark not in job["after"]:
                            job["found"].append(["not-converted", "%s is missing in:\n%s" % (mark, job["after"])])
                    # httpx reads all certificates for each client: where the machine is busy, that takes as long as a call.
                    faster = None if client.startswith("httpx") else case.get("faster")
                    brief = "once" if "faster" in case else case.get("brief", True)
                    jobs.append({**job, "unordered": True, "faster": faster, "brief": brief, "best_of": case.get("best_of", 1)})
        return jobs

    def _requests(self, version):
        """Each feature of requests, urllib, urllib3 and http.client with each client, on the default Django: the clients differ, Django has no part in it."""
        if version != DEFAULT_VERSION:
            return []
        jobs = []
        tables = [(library, "cases.%s_table" % library) for library in ("requests", "urllib", "urllib3", "http_client")]
        cells = [(library, *cell) for library, table in tables for cell in importlib.import_module(table).files()]
        for library, name, before, expected in cells:
            for client in CLIENTS:
                label = "%s: %s [%s]" % (library, name, client)
                job = self._paste(label, version, before, options(version, client)) if self.wanted(label) else None
                if job is None:
                    continue
                for view, (feature, kept) in expected.items():
                    after = _function(job["after"], view)
                    native = client != "requests" and USES[client] in after
                    if ("async def" in after) == (kept == ["view"]):
                        job["found"].append(["not-converted", "%s:\n%s" % (feature, after)])
                    elif kept not in (None, ["view"]) and client != "requests" and native != (client not in kept):
                        what = "does not stay in a thread" if native else "stays in a thread"
                        job["found"].append(["table", "%s %s:\n%s" % (feature, what, after)])
                job["brief"] = True
                jobs.append(job)
        return jobs

    def _rows(self, version):
        """Code for every row of the async API that has to be rewritten, and for every decorator."""
        cases = importlib.import_module("cases.async_api")
        data, rules = coverage(), {rule["name"] for rule in self.engine.rules()}
        jobs, decorators = [], {}
        for owner, rows in data.items():
            for row, entry in rows:
                if entry.get("recognised") == "decorator":
                    name = "%s.%s" % (owner, row["async"].rpartition(".")[2])
                    decorators[name] = row["since"]
            rewritten = [(row, entry) for row, entry in rows if "rewritten" in entry]
            label = "row: " + owner
            is_new = version_key(version) < version_key(cases.SINCE.get(owner, version))
            if not rewritten or is_new or not self.wanted(label):
                continue
            proven = cases.GROUPS.get(owner, ("", "", {}))[2]
            unproven = sorted({row["async"] for row, _ in rewritten} ^ set(proven))
            if unproven:
                self.results.append((label, version, [("unproven", "cases/async_api.py and the data differ: %s" % ", ".join(unproven))]))
                continue
            job = self._beside_models(label, version, cases.text(owner))
            if job is None:
                continue
            for row, entry in rewritten:
                if entry["rewritten"] not in rules:
                    job["found"].append(["rule", "there is no rule %s" % entry["rewritten"]])
                native = version in row["versions"] and version not in entry.get("not_on", ())
                written = _MARKS.get(row["async"], ".%s(" % row["async"] if "." in owner else row["async"] + "(") in job["after"]
                written = written or (" " + row["async"] + "(") in job["after"]
                if native != written:
                    detail = "%s is %s on Django %s:\n%s" % (row["async"], "not used" if native else "used", version, job["after"])
                    job["found"].append(["version", detail])
            job["brief"] = True
            jobs.append(job)
        label = "row: decorators"
        if self.wanted(label):
            text, expected = cases.decorated(decorators, lambda since: version_key(since) <= version_key(version))
            job = self._beside_models(label, version, text)
            if job is not None:
                converted = {name for name in _coroutines(job["after"]) if name.startswith("show_")}
                if converted != expected:
                    job["found"].append(["version", "async, or not, against the data: %s" % ", ".join(sorted(converted ^ expected))])
                job["brief"] = True
                jobs.append(job)
        return jobs

    def postgres(self, version, jobs, with_apps):
        """What runs on PostgreSQL too; `jobs` are those of this Django on SQLite."""
        cases = importlib.import_module("cases.postgres")
        found = []
        pools = (0, 2) if version_key(version) >= (5, 1) else (0,)
        for name, (before, times) in cases.CASES.items():
            label = POSTGRES + name
            job = self._beside_models(label, version, before.lstrip()) if self.wanted(label) else None
            if job is None:
                continue
            if "async def" not in job["after"] and version == DEFAULT_VERSION:
                job["found"].append(["not-converted", "no view became async:\n%s" % job["after"]])
            for pool in pools:
                suffix = " [with a pool]" if pool else ""
                found.append({**job, "name": label + suffix, "together": times, "pool": pool})
        for name, case, after, kinds in cases.MISTAKES:
            before, times = cases.CASES[case]
            label = POSTGRES + "self-test: " + name
            if with_apps and self.wanted(label):
                found.append({"kind": "snippet", "name": label, "before": before.lstrip(), "after": after, "expected": kinds,
                              "together": times, "pool": 0})
        if with_apps:
            apps = [job for job in jobs if job["kind"] in ("project", "suite") and job["name"].endswith("[%s]" % CLIENTS[0])]
            # SQLite has shown what differs from one to another.
            more = {"people": ["member"]}
            found += [{**job, "name": POSTGRES + job["name"], **more} for job in apps if self.wanted(POSTGRES + job["name"])]
        return found

    def _beside_models(self, label, version, before, more=(), settings=None):
        """The job of views.py in a folder with the universe's models.py, and with settings, its templates."""
        folder = tempfile.mkdtemp(prefix="unblocked-snippet-")
        try:
            models = read(ROOT, "universe", "models.py")
            for name, text in (("__init__.py", ""), ("models.py", models), ("views.py", before)):
                with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                    file.write(text)
            if settings is not None:
                with open(os.path.join(folder, "settings.py"), "w", encoding="utf-8") as file:
                    file.write(settings)
                at_hand = os.path.join(folder, "templates", "at_hand")
                shutil.copytree(os.path.join(ROOT, "universe", "templates", "at_hand"), at_hand)
            self.engine.migrate(folder, *options(version), *more)
            after = read(folder, "views.py")
            found = [] if read(folder, "models.py") == models else [["models", "the command changed models.py"]]
            self.engine.migrate(folder, *options(version), *more)
            if read(folder, "views.py") != after:
                found.append(["not-idempotent", "a second run gives:\n%s" % read(folder, "views.py")])
        except Failed as error:
            self.results.append((label, version, [("command", str(error))]))
            return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._compiles(version, label, after)
        return {"kind": "snippet", "name": label, "before": before, "after": after, "found": found}

    def _paste(self, label, version, before, opts):
        """The job of a pasted text; None, and a failure noted, when the command fails."""
        try:
            after = self.engine.paste(before, *opts)
            again = self.engine.paste(after, *opts)
        except Failed as error:
            self.results.append((label, version, [("command", str(error))]))
            return None
        self._compiles(version, label, after)
        found = [["not-idempotent", "a second run gives:\n%s" % again]] if again != after else []
        return {"kind": "snippet", "name": label, "before": before, "after": after, "found": found}

    def _rules(self, version):
        if self.only and not (self.only.startswith("rule") or "/" in self.only):
            return []
        try:
            rules = self.engine.rules()
        except Failed as error:
            self.results.append(("rules", version, [("command", str(error))]))
            return []
        jobs = []
        for rule in rules:
            for number, example in enumerate(rule["examples"], 1):
                label = "rule %s, example %d" % (rule["name"], number)
                if not self.wanted(label):
                    continue
                if not _parses(example["before"]):
                    self._unrunnable(label, version, example)
                    continue
                clients = self.clients if "requests." in example["before"] else CLIENTS[:1]
                for client in clients:
                    name = label + (" [%s]" % client if len(clients) > 1 else "")
                    opts = options(version, client) + (("--concurrent",) if example["concurrent"] else ())
                    job = self._paste(name, version, example["before"], opts)
                    if job is None:
                        continue
                    if version == DEFAULT_VERSION and job["after"] == example["before"] != example["after"]:
                        job["found"].append(["not-converted", "the command leaves the example as it is"])
                    # What fails before is held against what it was meant to do.
                    job["before"] = example["meant"] or example["before"]
                    jobs.append({**job, "unordered": example["concurrent"]})
                done = {job["after"] for job in jobs if job["name"].startswith(label)}
                if version_key(version) >= version_key(DEFAULT_VERSION) and example["after"] not in done:
                    self._compiles(version, label, example["after"])
                    job = {"kind": "snippet", "name": label + " as documented", "unordered": example["concurrent"]}
                    jobs.append({**job, **example, "before": example["meant"] or example["before"]})
        return jobs

    def _unrunnable(self, label, version, example):
        """An example that no Python takes cannot be run: it must come out as documented, and settle."""
        try:
            after = self.engine.paste(example["before"], *options(version))
            again = self.engine.paste(after, *options(version))
        except Failed as error:
            failures = [("command", str(error))]
        else:
            failures = [("not-idempotent", "a second run gives:\n%s" % again)] if again != after else []
            if version == DEFAULT_VERSION and after != example["after"]:
                failures.append(("example", "not as documented:\n%s" % after))
        self.results.append((label, version, failures))

    def _rejected(self, version):
        """What takes the place of a rule's changes where they are rejected: each rule's examples without it."""
        if version != DEFAULT_VERSION or (self.only and not self.only.startswith("rejected")):
            return []
        try:
            rules = self.engine.rules()
        except Failed as error:
            self.results.append(("rejected", version, [("command", str(error))]))
            return []
        jobs = []
        for rule in rules:
            if rule["name"].startswith("async/"):
                # A repair that is rejected leaves code that fails as it did.
                continue
            for number, example in enumerate(rule["examples"], 1):
                label = "rejected %s, example %d" % (rule["name"], number)
                if not self.wanted(label) or not _parses(example["before"]):
                    continue
                opts = options(version, example["httpClient"])
                opts += ("--safe-only",) if example["safeOnly"] else ()
                opts += ("--tests", example["tests"])
                opts += ("--concurrent",) if example["concurrent"] else ()
                job = self._paste(label, version, example["before"], opts + ("--reject", rule["name"]))
                # A rule that only reports has nothing to reject.
                if job is None or job["after"] == self.engine.paste(example["before"], *opts):
                    continue
                # Bare statements have no function that could stay synchronous: what has no other form is reported.
                is_bare = "def " not in example["before"]
                if not is_bare or self.engine.paste(job["after"], *opts) == job["after"]:
                    jobs.append(job)
        for name in realistic():
            for rule in REJECTED:
                label = "rejected %s: %s" % (rule, name)
                if self.wanted(label):
                    jobs += self._rejected_app(label, version, name, rule)
        return jobs

def _parses(text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _coroutines_or_nothing(text):
    return _coroutines(text) if _parses(text) else set()
