"""A Django site around the code under test: settings, tables, users, sessions, and a fresh database per flow."""
import datetime
import os
import random
import shutil
import tempfile
import time
import uuid

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CONTRIB = ["auth", "contenttypes", "sessions", "messages"]
# Who sends a request: nobody; somebody who has a session but is not logged in (which hides the least); a member.
SESSIONS = {"anonymous": None, "visitor": "visitor0" * 4, "member": "member00" * 4, "staff": "staff000" * 4}
NOW = datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.timezone.utc)


def scratch():
    """A folder for databases, in memory where the system offers that."""
    return tempfile.mkdtemp(prefix="unblocked-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def database(folder, postgres):
    if postgres:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "proof_%d" % os.getpid(),
            "USER": "postgres",
            "HOST": postgres["host"],
            "PORT": postgres["port"],
        }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "template.sqlite3")}


def configure(folder, app, loaders=None, postgres=None, **over):
    """Configures Django with `app`. `over` are settings of the case."""
    import django
    from django.conf import settings

    options = {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ],
        "loaders": loaders or ["django.template.loaders.app_directories.Loader"],
    }
    config = dict(
        DEBUG=False,
        SECRET_KEY="x" * 60,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=app + ".urls",
        INSTALLED_APPS=["django.contrib." + name for name in CONTRIB] + [app],
        MIDDLEWARE=list(MIDDLEWARE),
        DATABASES={"default": database(folder, postgres)},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": options}],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        TASKS={
            "default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"},
            "dummy": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"},
        },
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        DEFAULT_FROM_EMAIL="webmaster@example.com",
        ADMINS=[("Admin", "admin@example.com")] if django.VERSION < (6, 0) else ["admin@example.com"],
        MANAGERS=[("Manager", "manager@example.com")] if django.VERSION < (6, 0) else ["manager@example.com"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        STATIC_URL="/static/",
        LOGIN_URL="/accounts/login/",
        PASSWORD_HASHERS=["proof.hashers.SameSaltHasher"],
        LOGGING_CONFIG=None,
        MIGRATION_MODULES={name: None for name in CONTRIB + [app]},
    )
    config.update(over)
    settings.configure(**config)
    freeze()
    django.setup()


def freeze():
    """One time and one sequence of random numbers for all runs."""
    from django.contrib.auth.hashers import BasePasswordHasher
    from django.utils import timezone

    timezone.now = lambda: NOW
    BasePasswordHasher.salt = lambda self: "salt" * 6
    start()


def start():
    """Begins the sequences anew."""
    random.seed(20)
    state = random.Random(7)
    uuid.uuid4 = lambda: uuid.UUID(int=state.getrandbits(128), version=4)


def fill(seed):
    """Makes the tables, the users and their sessions, and the case's own rows."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", run_syncdb=True, verbosity=0)
    users = get_user_model().objects
    password = make_password("secret", salt="pepper")
    people = {
        "member": users.create(username="member", email="member@example.com", first_name="Mem", password=password),
        "staff": users.create(username="staff", email="staff@example.com", is_staff=True, is_superuser=True, password=password),
    }
    for who, key in SESSIONS.items():
        if key is None:
            continue
        data = {"since": "seeded"}
        if who in people:
            data["_auth_user_id"] = str(people[who].pk)
            data["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
            data["_auth_user_hash"] = people[who].get_session_auth_hash()
        expires = NOW + datetime.timedelta(days=7)
        Session.objects.create(session_key=key, session_data=SessionStore().encode(data), expire_date=expires)
    seed()
    if connections["default"].vendor == "postgresql":
        _keep_rows()
    connections.close_all()


def _keep_rows():
    """Keeps a copy of all rows in a schema beside them: putting them back is faster than making a database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA seed")
        for table in connection.introspection.table_names(cursor):
            cursor.execute('CREATE TABLE seed."%s" AS TABLE public."%s"' % (table, table))
        cursor.execute(
            "CREATE TABLE seed.numbers AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        )


def _put_back_rows():
    from django.db import connection

    with connection.cursor() as cursor:
        tables = ['"%s"' % table for table in connection.introspection.table_names(cursor)]
        statements = ["SET session_replication_role = replica"]  # no foreign key is looked at
        statements += ["DELETE FROM public.%s" % table for table in tables]
        statements += ["INSERT INTO public.%s SELECT * FROM seed.%s" % (table, table) for table in tables]
        statements.append("SET session_replication_role = DEFAULT")
        cursor.execute("; ".join(statements))
        cursor.execute(
            "SELECT setval(format('public.%I', sequencename)::regclass, coalesce(last_value, 1), last_value IS NOT NULL) FROM seed.numbers"
        )


class Databases:
    """Hands out copies of the filled database."""

    def __init__(self, pool=0):
        from django.db import connections

        self.settings = connections["default"].settings_dict
        if pool:
            self.settings["OPTIONS"] = {"pool": {"min_size": 0, "max_size": pool, "timeout": 10}}
        self.template = self.settings["NAME"]
        self.postgres = "postgresql" in self.settings["ENGINE"]
        self.copies = 0

    def fresh(self):
        """Connects Django to a fresh copy."""
        from django.db import connections

        connections.close_all()
        if self.postgres:
            if self.settings["NAME"] == self.template:
                name = "%s_%d" % (self.template, os.getpid())
                self._maintain('CREATE DATABASE "%s" TEMPLATE "%s"' % (name, self.template))
                self.settings["NAME"] = name
            else:
                _put_back_rows()
                connections.close_all()
            return
        self._remove()
        self.copies += 1
        name = "%s.%d.%d" % (self.template, os.getpid(), self.copies)
        shutil.copyfile(self.template, name)
        self.settings["NAME"] = name

    def open_connections(self):
        """How many connections are in use, as Django and (PostgreSQL) the server see it; those waiting in a pool are not."""
        from . import watch

        used = watch.open_connections()
        if self.postgres:
            used = max(used, self._on_server() - self._in_pool())
        return used

    def _on_server(self):
        # A connection that was closed just now takes the server a moment.
        for _ in range(40):
            number = self._maintain("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self.settings["NAME"]])
            if number <= self._in_pool():
                break
            time.sleep(0.025)
        return number

    def _in_pool(self):
        from django.db import connections

        pools = getattr(type(connections["default"]), "_connection_pools", {})
        return sum(pool.get_stats().get("pool_available", 0) for pool in pools.values())

    def drop(self):
        """Removes the copy."""
        from django.db import connections

        connections.close_all()
        if not self.postgres:
            self._remove()
        elif self.settings["NAME"] != self.template:
            self._maintain('DROP DATABASE "%s" WITH (FORCE)' % self.settings["NAME"])
        self.settings["NAME"] = self.template

    def _remove(self):
        for suffix in ("", "-journal", "-wal", "-shm"):
            if self.settings["NAME"] != self.template and os.path.exists(self.settings["NAME"] + suffix):
                os.unlink(self.settings["NAME"] + suffix)

    def _maintain(self, statement, parameters=None):
        """Runs a statement beside the database; returns the first value of what it gives, if anything."""
        import psycopg

        with psycopg.connect(
            host=self.settings["HOST"], port=self.settings["PORT"], user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchone()[0] if cursor.description else None
