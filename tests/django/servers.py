"""Starts what the guide generates: each ASGI server, by the commands of its Procfile, Dockerfile and unit, on a small site that
was migrated by the command with the guide's settings, asgi.py and health checks taken over; its load script, against one of them;
its tests and requirements; what nginx, systemd and the compose schema say of its files.

`cargo xtask test` makes the folders of servers and drivers (`requirements/servers.txt`, `drivers.txt`) and the environment of the
tools (`tools.txt`) beside those of Django.
"""
import contextlib
import http.server
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import databases

SERVERS = ["gunicorn-asgi", "uvicorn", "daphne", "hypercorn", "granian"]
FORMS = ["Procfile", "Dockerfile", "unit"]
PATIENCE = 40

SITE = {
    "manage.py": "import os, sys\n\nif __name__ == '__main__':\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n",
    "shop/__init__.py": "",
    "shop/settings.py": """import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "shop",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 20,
            "async_mode": True,
        },
    },
}
""",
    "shop/wsgi.py": "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\napplication = get_wsgi_application()\n",
    "shop/models.py": "from django.db import models\n\n\nclass Product(models.Model):\n    name = models.CharField(max_length=50)\n",
    "shop/views.py": "import os\n\nimport requests\nfrom django.http import JsonResponse\n\nfrom .models import Product\n\n\ndef rates(request):\n"
    "    known = Product.objects.count()\n    answer = requests.get(os.environ['UPSTREAM'], timeout=5)\n"
    "    return JsonResponse({'known': known, 'rates': answer.json()})\n",
    "shop/urls.py": "from django.urls import path\n\nfrom . import views\n\nurlpatterns = [path('rates/', views.rates)]\n",
}
URLS = "from django.urls import path\n\nfrom . import health, views\n\nurlpatterns = [\n    path('rates/', views.rates),\n    path('health/live', health.live),\n    path('health/ready', health.ready),\n]\n"


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"eur": 1.5}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)


def words_of(form, files):
    """The command that a generated file starts, as the words that a shell or an exec gives."""
    if form == "Procfile":
        return next(line for line in files["Procfile"].splitlines() if line.startswith("web:")).split()[1:]
    if form == "Dockerfile":
        return json.loads(re.search(r"^CMD (\[.*\])$", files["Dockerfile"], re.M).group(1))
    unit = files["deploy/shop.service"]
    words = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1).split()
    return [os.path.basename(words[0])] + words[1:]


class Check:
    def __init__(self, engine, python, overlay, version, tools):
        self.engine, self.python, self.overlay, self.version, self.tools = engine, python, overlay, version, tools

    def environment(self, upstream):
        path = os.pathsep.join([self.overlay])
        return {**os.environ, "PYTHONPATH": path, "UPSTREAM": upstream, "PYTHONDONTWRITEBYTECODE": "1", "DJANGO_SETTINGS_MODULE": "shop.settings"}

    def unblocked(self, folder, *arguments):
        subprocess.run([self.engine, *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def site(self, folder, server, port):
        """A migrated site in `folder` with the guide's files taken over; gives those."""
        write(folder, SITE)
        # The guide takes over the port of today's command.
        write(folder, {"deploy/start.sh": "exec gunicorn shop.wsgi --bind 127.0.0.1:%d --workers 2\n" % port})
        made = os.path.join(folder, "..", "made")
        options = ["--target-version", self.version, "--http-client", "aiohttp"]
        self.unblocked(folder, "guide", *options, "--answer", "next-server=" + server, "--files", made, "-o", os.path.join(folder, "GUIDE.md"))
        self.unblocked(folder, "migrate", *options, "--write")
        files = {}
        for where, _, names in os.walk(made):
            for name in names:
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as text:
                    files[os.path.relpath(path, made)] = text.read()
        write(folder, files)
        write(folder, {"shop/urls.py": URLS})
        return files

    def boots(self, server, form, upstream, with_load=False):
        """What is wrong with a server, started as `form` starts it."""
        top = tempfile.mkdtemp()
        folder = os.path.join(top, "site")
        os.makedirs(folder)
        try:
            port = free_port()
            files = self.site(folder, server, port)
            failures = self.read(files, server)
            environment = {**self.environment(upstream), "PORT": str(port)}
            migrate = subprocess.run(
                [self.python, "manage.py", "migrate", "--run-syncdb", "-v0"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            if migrate.returncode:
                return failures + [("settings", migrate.stdout.decode())]
            for command in re.findall(r"^RUN python (manage.py .*)$", files["Dockerfile"], re.M):
                failures += self._says("Dockerfile", [self.python, *command.split()], folder, environment)
            words = [word.replace("$PORT", str(port)) for word in words_of(form, files)]
            log = os.path.join(top, "log")
            with open(log, "wb") as out:
                # By its module: a script's first line would name another interpreter.
                process = subprocess.Popen(
                    [self.python, "-m", *words], cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
                )
                try:
                    failures += self.asks(process, port)
                    failures += self.probes(files)
                    if with_load:
                        failures += self.load(folder)
                    failures += self.stops(process)
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            with open(log, encoding="utf-8", errors="replace") as text:
                said = text.read()
            if "Traceback" in said:
                failures.append(("log", said[-2000:]))
            return [(kind, "%s\n%s" % (detail, said[-1500:])) for kind, detail in failures]
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def probes(self, files):
        """The health check of the compose file, as an engine would run it."""
        probe = json.loads(re.search(r"test: (\[\"CMD\", \"python\".*\])$", files["compose.yaml"], re.M).group(1))
        return self._says("probe", [self.python, *probe[2:]])

    def load(self, folder):
        """The load script, run by the command that the guide shows; for a few seconds."""
        if not self.tools:
            return []
        with open(os.path.join(folder, "GUIDE.md"), encoding="utf-8") as text:
            line = next(line for line in text if line.startswith("LOAD_PATHS=") and "--csv before" in line)
        words = shlex.split(line)
        name, paths = words.pop(0).split("=", 1)
        changed = {"--users": "4", "--spawn-rate": "4", "--run-time": "3s"}
        words = [changed.get(before, word) for before, word in zip([""] + words, words)]
        environment = {**os.environ, name: paths, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([self.tools, "-m", *words], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace")[-2000:]
        if done.returncode:
            return [("load", said)]
        # The table that it ends with: a file of figures that is written now and then may lack the last of them.
        rows = re.findall(r"GET +/rates/ +(\d+) +(\d+)\(", done.stdout.decode(errors="replace"))
        requests, failed = map(int, rows[-1]) if rows else (0, 0)
        has_file = os.path.exists(os.path.join(folder, "before_stats.csv"))
        return [] if paths == "/rates/" and requests > 0 and failed == 0 and has_file else [("load", "%s\n%s" % (paths, said))]

    def read(self, files, server):
        """What can be seen without starting anything."""
        failures = []
        for name, text in files.items():
            if name.endswith(".py"):
                try:
                    compile(text, name, "exec")
                except SyntaxError as error:
                    failures.append(("compile", "%s: %s" % (name, error)))
        if "async_mode" in files.get("shop/settings.py", "async_mode"):
            failures.append(("settings", "async_mode is still there"))
        if server == "daphne" and '"daphne"' not in files["shop/settings.py"]:
            failures.append(("settings", "daphne is not among the apps"))
        return failures

    def asks(self, process, port):
        answers = {}
        end = time.monotonic() + PATIENCE
        for path in ("rates/", "health/live", "health/ready"):
            while True:
                try:
                    with urllib.request.urlopen("http://127.0.0.1:%d/%s" % (port, path), timeout=10) as response:
                        answers[path] = (response.status, json.load(response))
                    break
                except urllib.error.HTTPError as error:
                    answers[path] = (error.code, error.read().decode(errors="replace")[:500])
                    break
                except OSError as error:
                    if process.poll() is not None or time.monotonic() > end:
                        answers[path] = (0, str(error))
                        break
                    time.sleep(0.1)
        wanted = {
            "rates/": (200, {"known": 0, "rates": {"eur": 1.5}}),
            "health/live": (200, {"status": "ok"}),
            "health/ready": (200, {"status": "ok"}),
        }
        return [] if answers == wanted else [("answers", repr(answers))]

    def stops(self, process):
        if process.poll() is not None:
            return [("stopped", "it ended by itself with %d" % process.returncode)]
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            return [("stopped", "it did not stop within 20 s of SIGTERM")]
        return []

    def tests(self, upstream):
        """The test file that the guide shows, run by Django's own runner on the migrated site."""
        run = [self.python, "-W", "error::RuntimeWarning", "manage.py", "test", "shop.tests"]
        return [failure for needle in ("AsyncViewTests", "test_products") for failure in self._shown(needle, run, "Ran %d test", upstream)]

    def _shown(self, needle, command, wanted, upstream):
        top = tempfile.mkdtemp()
        folder = os.path.join(top, "site")
        os.makedirs(folder)
        try:
            self.site(folder, "uvicorn", free_port())
            code = self._code(folder, "testing", needle)
            write(folder, {"shop/tests.py": code.replace("/async-url/", "/rates/")})
            run = subprocess.run(command, cwd=folder, env=self.environment(upstream), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said = run.stdout.decode()
            # Each of its tests ran.
            ran = wanted % len(re.findall(r"^ *(?:async )?def test_", code, re.M))
            return [] if run.returncode == 0 and ran in said else [("tests", said)]
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def _code(self, folder, step, needle):
        """The code of a step of the guide that has `needle` in it, as it is after for an example."""
        done = subprocess.run([self.engine, "guide", "--target-version", self.version, "--output-format", "json"], cwd=folder, check=True, stdout=subprocess.PIPE)
        blocks = next(one for one in json.loads(done.stdout)["steps"] if one["id"] == step)["blocks"]
        texts = [block["of"].get("text", block["of"].get("after")) for block in blocks if block["kind"] in ("code", "example")]
        return next(text for text in texts if needle in text)

    def pytest(self, upstream):
        """The test file for pytest that the guide shows."""
        return self._shown("django_db", [self.python, "-W", "error::RuntimeWarning", "-m", "pytest", "-q", "-p", "no:cacheprovider", "shop/tests.py"], "%d passed", upstream)

    def requirements(self, drivers):
        """What is to be installed, for every server and database."""
        failures = []
        for server, engine in itertools.zip_longest(SERVERS, ["postgre-sql", "my-sql", "oracle", "sqlite"], fillvalue="sqlite"):
            top = tempfile.mkdtemp()
            try:
                write(top, {"views.py": SITE["shop/views.py"]})
                made = os.path.join(top, "made")
                self.unblocked(top, "guide", "--target-version", self.version, "--answer", "engine=" + engine, "--answer", "next-server=" + server, "--files", made, "-o", "guide.md")
                with open(os.path.join(made, "requirements-async.txt"), encoding="utf-8") as text:
                    may_lack = set() if drivers else {"mysqlclient", "oracledb", "cx-oracle"}
                    failures += databases.required(self.python, [self.overlay, drivers], text.read(), may_lack)
            finally:
                shutil.rmtree(top, ignore_errors=True)
        return failures

    def configurations(self):
        """What nginx, systemd and YAML say of the generated files, as far as they are here; and what is not."""
        top = tempfile.mkdtemp()
        folder = os.path.join(top, "site")
        os.makedirs(folder)
        failures, missing = [], []
        try:
            files = self.site(folder, "gunicorn-asgi", free_port())
            nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)
            if nginx:
                write(top, {"nginx.conf": "pid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\n    access_log off;\n    include %s/site/deploy/nginx.conf;\n}\n" % (top, top)})
                failures += self._says("nginx", [nginx, "-t", "-c", os.path.join(top, "nginx.conf"), "-p", top])
            else:
                missing.append("nginx -t")
            if shutil.which("systemd-analyze"):
                # The program and the user that the unit names are those of a server; here others stand in.
                unit = re.sub(r"^ExecStart=\S+", "ExecStart=" + sys.executable, files["deploy/shop.service"], flags=re.M)
                unit = re.sub(r"^User=.*$", "User=root", unit, flags=re.M)
                write(top, {"shop.service": unit})
                failures += self._says("unit", ["systemd-analyze", "verify", os.path.join(top, "shop.service")], quiet=True)
            else:
                missing.append("systemd-analyze verify")
            if self.tools:
                failures += self._compose(top)
            else:
                missing.append("the schema of compose files")
            return failures, missing
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def _compose(self, top):
        """Compose files for every database, new ones and a changed one, against the schema of the specification."""
        failures = []
        own = "services:\n  web:\n    build: .\n    command: gunicorn shop.wsgi:application -b 0.0.0.0:8000\n    ports: ['8000:8000']\n"
        for number, (engine, given) in enumerate([("postgre-sql", {}), ("my-sql", {}), ("sqlite", {}), ("postgre-sql", {"compose.yaml": own})]):
            folder = os.path.join(top, "compose%d" % number)
            write(folder, {"views.py": SITE["shop/views.py"], **given})
            made = os.path.join(folder, "made")
            self.unblocked(folder, "guide", "--target-version", self.version, "--answer", "engine=" + engine, "--files", made, "-o", "guide.md")
            failures += self._says("compose", [self.tools, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", os.path.join(made, "compose.yaml")])
        return failures

    def _says(self, kind, command, folder=None, environment=None, quiet=False):
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace")
        return [(kind, said)] if done.returncode or (quiet and "shop.service" in said) else []


def run(engine, interpreters, folders, tools, addresses, count):
    """Starts every server on every Django; each by another of its files, so that all of them are.

    `folders` gives the servers and the drivers for an interpreter, `addresses` are those of PostgreSQL and MariaDB, where they run.
    """
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    address = "http://127.0.0.1:%d/" % upstream.server_address[1]
    missing = [] if tools else ["the load script, and the schema of compose files"]
    try:
        for number, (version, python) in enumerate(interpreters.items()):
            overlay, drivers = folders(python)
            check = Check(engine, python, overlay, version, tools)
            for turn, server in enumerate(SERVERS):
                form = FORMS[(number + turn) % len(FORMS)]
                # The load script, against each server in turn.
                with_load = turn == number % len(SERVERS)
                count("guide: %s by its %s" % (server, form), check.boots(server, form, address, with_load), version)
            settings = databases.Settings(engine, python, version, drivers, *addresses)
            count("guide: its settings, for every engine", settings.check(missing), version)
            count("guide: its requirements", check.requirements(drivers), version)
            count("guide: the tests that it shows", check.tests(address), version)
            count("guide: the tests for pytest that it shows", check.pytest(address), version)
            if number == len(interpreters) - 1:
                failures, absent = check.configurations()
                missing += absent
                count("guide: nginx, systemd and the compose schema take its files", failures, version)
    finally:
        upstream.shutdown()
    return list(dict.fromkeys(missing))
