//! Top-level modules that are certainly not of the user's project.

/// Python's own modules, as `sys.stdlib_module_names` has them (public ones), and packages that Django projects
/// commonly install. Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "MySQLdb", "PIL", "PyPDF2", "__future__", "_thread", "abc", "adrf", "aifc", "aioboto3", "aiofiles", "aiohttp",
    "aioresponses", "aiosmtplib", "allauth", "anthropic", "antigravity", "anyio", "anymail", "argon2", "argparse",
    "ariadne", "ariadne_django", "array", "arrow", "asgiref", "ast", "asynchat", "asyncio", "asyncore", "asyncpg",
    "atexit", "attr", "attrs", "audioop", "auditlog", "axes", "azure", "babel", "base64", "bcrypt", "bdb", "binascii",
    "bisect", "black", "bleach", "boto3", "botocore", "bs4", "builtins", "bz2", "cProfile", "cachalot", "cacheops",
    "cachetools", "calendar", "celery", "certifi", "cgi", "cgitb", "channels", "channels_redis", "chardet", "chunk",
    "click", "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys", "compileall", "compression",
    "concurrent", "configparser", "confluent_kafka", "contextlib", "contextvars", "copy", "copyreg", "corsheaders",
    "crispy_forms", "crypt", "cryptography", "csv", "ctypes", "curses", "daphne", "dataclasses", "datadog", "datetime",
    "dateutil", "dbm", "debug_toolbar", "decimal", "decouple", "defusedxml", "difflib", "dis", "distutils",
    "dj_database_url", "dj_rest_auth", "django", "django_celery_beat", "django_countries", "django_dramatiq",
    "django_extensions", "django_filters", "django_fsm", "django_htmx", "django_otp", "django_q", "django_ratelimit",
    "django_redis", "django_rq", "django_ses", "django_tables2", "django_tasks", "django_vite", "djmoney", "djoser",
    "djstripe", "doctest", "docutils", "docx", "dotenv", "dramatiq", "drf_spectacular", "drf_yasg", "easy_thumbnails",
    "elasticsearch", "email", "encodings", "ensurepip", "enum", "environ", "environs", "errno", "extra_views",
    "factory", "faker", "fastapi", "faulthandler", "fcntl", "feedparser", "filecmp", "fileinput", "flask", "fnmatch",
    "formtools", "fpdf", "fractions", "freezegun", "ftplib", "functools", "gc", "genericpath", "geopy", "getopt",
    "getpass", "gettext", "git", "glob", "google", "graphene", "graphene_django", "graphene_file_upload", "graphlib",
    "graphql", "graphql_jwt", "graphql_relay", "grp", "grpc", "guardian", "gunicorn", "gzip", "hashlib", "haystack",
    "heapq", "hiredis", "hmac", "html", "http", "httpx", "httpx2", "huey", "humanize", "hypercorn", "idlelib", "idna",
    "imagekit", "imaplib", "imghdr", "imp", "import_export", "importlib", "inspect", "io", "ipaddress", "isodate",
    "itertools", "itsdangerous", "jinja2", "jose", "json", "jsonschema", "jwt", "kafka", "keyword", "knox", "kombu",
    "ldap", "ldap3", "lib2to3", "linecache", "locale", "logging", "lxml", "lzma", "mailbox", "mailcap", "markdown",
    "markdown2", "markupsafe", "marshal", "marshmallow", "math", "matplotlib", "mimetypes", "minio", "mmap", "mock",
    "model_utils", "modelcluster", "modeltranslation", "modulefinder", "money", "moneyed", "more_itertools", "mptt",
    "msgpack", "msilib", "msvcrt", "multiprocessing", "mypy", "netaddr", "netrc", "networkx", "nh3", "ninja",
    "ninja_extra", "ninja_jwt", "nis", "nltk", "nntplib", "nose", "nt", "ntpath", "nturl2path", "numbers", "numpy",
    "oauth2_provider", "oauthlib", "opcode", "openai", "openpyxl", "opensearchpy", "opentelemetry", "operator",
    "optparse", "orjson", "os", "ossaudiodev", "packaging", "pandas", "paramiko", "parler", "passlib", "pathlib", "pdb",
    "pendulum", "pgvector", "phonenumber_field", "phonenumbers", "pickle", "pickletools", "pika", "pipes", "pkgutil",
    "platform", "playwright", "plistlib", "polymorphic", "poplib", "posix", "posixpath", "pprint", "profile",
    "prometheus_client", "pstats", "psutil", "psycopg", "psycopg2", "psycopg_pool", "pty", "pwd", "py_compile",
    "pyarrow", "pyclbr", "pycountry", "pydantic", "pydoc", "pydoc_data", "pyexpat", "pygments", "pylibmc", "pymemcache",
    "pymongo", "pymysql", "pypdf", "pytest", "pytz", "qrcode", "queue", "quopri", "random", "re", "readline", "redis",
    "regex", "reportlab", "reprlib", "requests", "requests_mock", "requests_oauthlib", "resource", "responses", "respx",
    "rest_framework", "rest_framework_api_key", "rest_framework_gis", "rest_framework_nested",
    "rest_framework_simplejwt", "reversion", "rich", "rlcompleter", "rq", "ruamel", "runpy", "sched", "scipy",
    "secrets", "select", "selectors", "selenium", "sendgrid", "sentry_sdk", "shelve", "shlex", "shutil", "signal",
    "silk", "simple_history", "simplejson", "site", "six", "sklearn", "slack_sdk", "slugify", "smtpd", "smtplib",
    "sndhdr", "social_core", "social_django", "socket", "socketserver", "sorl", "spwd", "sqlalchemy", "sqlite3",
    "sqlparse", "sre_compile", "sre_constants", "sre_parse", "ssl", "starlette", "stat", "statistics", "storages",
    "strawberry", "strawberry_django", "string", "stringprep", "stripe", "struct", "structlog", "subprocess", "sunau",
    "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tabulate", "taggit", "tarfile", "telnetlib", "tempfile",
    "tenacity", "tensorflow", "termios", "test", "textwrap", "this", "threading", "time", "timeit", "tkinter", "token",
    "tokenize", "toml", "tomllib", "torch", "tornado", "tqdm", "trace", "traceback", "tracemalloc", "treebeard", "tty",
    "turtle", "turtledemo", "twilio", "types", "typing", "typing_extensions", "tzdata", "tzlocal", "ujson",
    "unicodedata", "unidecode", "unittest", "urllib", "urllib3", "user_agents", "uu", "uuid", "uvicorn", "uvloop",
    "venv", "waffle", "wagtail", "warnings", "watchdog", "wave", "weakref", "weasyprint", "webbrowser",
    "webpack_loader", "websocket", "websockets", "werkzeug", "whitenoise", "widget_tweaks", "winreg", "winsound",
    "wsgiref", "xdrlib", "xhtml2pdf", "xlrd", "xlsxwriter", "xlwt", "xml", "xmlrpc", "xmltodict", "yaml", "yarl",
    "zeep", "zipapp", "zipfile", "zipimport", "zlib", "zoneinfo",
];

/// True when the top-level module of `path` is Python's own or that of a well-known package.
pub(crate) fn is_library(path: &str) -> bool {
    let top = path.split('.').next().unwrap_or_default();
    KNOWN.binary_search(&top).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_project_packages() {
        assert!(KNOWN.is_sorted());
        assert!(
            is_library("os.path") && is_library("django") && is_library("rest_framework.views")
        );
        assert!(!is_library("shop.services") && !is_library(""));
    }
}
