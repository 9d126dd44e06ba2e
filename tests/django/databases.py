"""The settings that the guide makes for each database, imported by Django, with a query where such a database is at hand.

PostgreSQL and MariaDB are started on private sockets (`--postgres`). There is no Oracle to start: its backend is made and asked
to connect, and has to get as far as its driver, past every option.
"""
import json
import os
import shutil
import subprocess
import tempfile

VIEWS = "import requests\nfrom django.http import JsonResponse\n\n\ndef rates(request):\n    return JsonResponse(requests.get('https://api.example.com/').json())\n"

# What a reader has: an option that no Django knows, connections that are kept.
OWN = """import os

ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = []
SECRET_KEY = "secret"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.%s",
        "NAME": os.environ.get("DB_NAME", "localhost:1/app"),
        "USER": os.environ.get("DB_USER", "app"),
        "PASSWORD": os.environ.get("DB_PASSWORD", ""),
        "HOST": os.environ.get("DB_HOST", ""),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"async_mode": True},
    },
}
"""

RUN = """
import asyncio, json, runpy, sys
path, version, can_connect = sys.argv[1], tuple(map(int, sys.argv[2].split("."))), sys.argv[3] == "yes"
made = runpy.run_path(path)
database = made["DATABASES"]["default"]
assert database["CONN_MAX_AGE"] == 0, database
options = database.get("OPTIONS", {})
assert "async_mode" not in options, database
pool = options.get("pool")
engine = database["ENGINE"].rpartition(".")[2]
if pool:
    assert version >= (5, 1) and engine == "postgresql", database
from django.conf import settings
settings.configure(DATABASES=made["DATABASES"])
import django
django.setup()
from asgiref.sync import sync_to_async
from django.db import connection
parameters = connection.get_connection_params()
assert engine == "oracle" or "pool" not in parameters, parameters

def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]

async def many():
    return [await sync_to_async(ask)() for _ in range(3)]

if can_connect:
    assert asyncio.run(many()) == [1, 1, 1]
    assert ask() == 1
    if pool:
        connection.close()
        stats = connection.pool.get_stats()
        assert stats["pool_min"] == pool["min_size"] and stats["pool_max"] == pool["max_size"], stats
        assert stats["pool_size"] >= pool["min_size"] and stats["requests_num"] >= 1, stats
        connection.close_pool()
elif engine == "oracle":
    from django.db import Error
    try:
        connection.ensure_connection()
    except Error as error:
        # The driver speaks: nobody listens there, or its own client is missing.
        assert any(code in str(error) for code in ("DPY-", "DPI-", "ORA-")), error
    else:
        raise AssertionError("something answered")
print(json.dumps(["pool" if pool else "", "asked" if can_connect else ""]))
"""

# Engine and driver as the guide calls them, what is required for it, the backend.
ENGINES = [
    ("postgre-sql", "psycopg", "psycopg[binary]", "postgresql"),
    ("sqlite", "sqlite3", "", "sqlite3"),
    ("my-sql", "mysqlclient", "mysqlclient", "mysql"),
    ("oracle", "oracledb", "oracledb", "oracle"),
]


class Settings:
    def __init__(self, engine, python, version, drivers, postgres, maria):
        self.engine, self.python, self.version = engine, python, version
        self.drivers, self.postgres, self.maria = drivers, postgres, maria

    def check(self, missing):
        """What is wrong with the settings for every engine, new ones and a reader's own; what could not be tried goes to `missing`."""
        failures = []
        for engine, driver, required, backend in ENGINES:
            environment, can_connect = self._at_hand(backend)
            if environment is None:
                if self.postgres:
                    missing.append("drivers of MySQL and Oracle")
                continue
            for own in (False, True):
                failures += self._one(engine, driver, required, backend, own, environment, can_connect)
        return failures

    def _at_hand(self, backend):
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "DB_PASSWORD": ""}
        if backend in ("mysql", "oracle"):
            if not self.drivers:
                return None, False
            environment["PYTHONPATH"] = self.drivers
        if backend == "sqlite3":
            return {**environment, "DB_NAME": ":memory:"}, True
        if backend == "postgresql" and self.postgres:
            address = {"DB_HOST": self.postgres["host"], "PGPORT": self.postgres["port"], "DB_USER": "postgres", "DB_NAME": "postgres"}
            return {**environment, **address}, True
        if backend == "mysql" and self.maria:
            return {**environment, "DB_HOST": self.maria, "DB_USER": "root", "DB_NAME": "mysql"}, True
        if backend == "oracle":
            return {**environment, "DB_NAME": "localhost:1/app"}, False
        return environment, False

    def _one(self, engine, driver, required, backend, own, environment, can_connect):
        top = tempfile.mkdtemp()
        kind = "%s with %s, %s" % (engine, driver, "the reader's own settings" if own else "new settings")
        try:
            files = {"shop/views.py": VIEWS, "requirements.txt": "Django==%s\n%s\n" % (self.version, required)}
            if own:
                files["shop/settings.py"] = OWN % backend
            for name, text in files.items():
                path = os.path.join(top, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
            made = os.path.join(top, "made")
            answers = [] if own else ["--answer", "engine=" + engine, "--answer", "driver=" + driver]
            subprocess.run(
                [self.engine, "guide", "--target-version", self.version, *answers, "--files", made, "-o", "guide.md"],
                cwd=top, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            path = os.path.join(made, "shop/settings.py" if own else "settings_async.py")
            done = subprocess.run(
                [self.python, "-c", RUN, path, self.version, "yes" if can_connect else "no"],
                cwd=top, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            said = done.stdout.decode(errors="replace")
            if done.returncode:
                return [("settings", "%s: %s" % (kind, said))]
            pooled = json.loads(said.splitlines()[-1])[0] == "pool"
            wants_pool = backend == "postgresql" and tuple(map(int, self.version.split("."))) >= (5, 1)
            return [] if pooled == wants_pool else [("settings", "%s: a pool %s" % (kind, "is missing" if wants_pool else "is there"))]
        finally:
            shutil.rmtree(top, ignore_errors=True)


REQUIRED = """
import importlib.metadata, sys
from packaging.requirements import Requirement
absent = []
for line in sys.stdin.read().splitlines():
    line = line.partition("#")[0].strip()
    if not line:
        continue
    required = Requirement(line)
    try:
        version = importlib.metadata.version(required.name)
    except importlib.metadata.PackageNotFoundError:
        absent.append(required.name)
        continue
    assert required.specifier.contains(version), "%s: %s is here" % (line, version)
print(" ".join(absent))
"""


def required(python, folders, text, may_lack):
    """What is wrong with requirements: each is one, and what is installed here is among what it allows."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    done = subprocess.run([python, "-c", REQUIRED], input=text.encode(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        return [("requirements", said)]
    absent = set(said.split()) - may_lack
    return [("requirements", "not tried: " + " ".join(sorted(absent)))] if absent else []
