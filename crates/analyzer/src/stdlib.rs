//! Top-level modules that are certainly not of the user's project.

/// Python's own modules, as `sys.stdlib_module_names` has them (public ones), and packages that Django projects
/// commonly install. Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "MySQLdb", "PIL", "PyPDF2", "__future__", "abc", "adrf", "aiofiles", "aiohttp", "aiosmtplib", "allauth",
    "anthropic", "anyio", "argparse", "array", "arrow", "asgiref", "ast", "asyncio", "asyncpg", "atexit", "attr",
    "attrs", "axes", "azure", "babel", "base64", "bcrypt", "binascii", "bisect", "black", "bleach", "boto3",
    "botocore", "bs4", "builtins", "bz2", "cachetools", "calendar", "celery", "certifi", "channels", "chardet",
    "click", "cmath", "cmd", "code", "codecs", "collections", "colorsys", "compression", "concurrent",
    "configparser", "contextlib", "contextvars", "copy", "copyreg", "corsheaders", "crispy_forms", "cryptography",
    "csv", "ctypes", "curses", "daphne", "dataclasses", "datadog", "dateutil", "debug_toolbar", "decimal",
    "decouple", "defusedxml", "difflib", "dis", "dj_database_url", "django", "django_celery_beat",
    "django_extensions", "django_filters", "django_htmx", "django_otp", "django_q", "django_redis", "djmoney",
    "docutils", "docx", "dotenv", "drf_spectacular", "drf_yasg", "elasticsearch", "email", "encodings", "enum",
    "environ", "environs", "errno", "factory", "faker", "fastapi", "faulthandler", "fcntl", "feedparser", "filecmp",
    "fileinput", "flask", "fnmatch", "fpdf", "fractions", "freezegun", "ftplib", "functools", "gc", "geopy",
    "getopt", "getpass", "gettext", "git", "glob", "google", "graphene", "graphene_django", "graphlib", "grp",
    "grpc", "guardian", "gunicorn", "gzip", "hashlib", "haystack", "heapq", "hmac", "html", "http", "httpx",
    "httpx2", "humanize", "hypercorn", "idna", "imaplib", "import_export", "importlib", "inspect", "io",
    "ipaddress", "isodate", "itertools", "itsdangerous", "jinja2", "jose", "json", "jsonschema", "jwt", "keyword",
    "kombu", "ldap", "linecache", "locale", "logging", "lxml", "lzma", "mailbox", "markdown", "markdown2",
    "markupsafe", "marshal", "marshmallow", "math", "matplotlib", "mimetypes", "mmap", "mock", "model_utils",
    "modelcluster", "money", "moneyed", "more_itertools", "mptt", "msgpack", "multiprocessing", "mypy", "netaddr",
    "netrc", "networkx", "ninja", "nltk", "nose", "ntpath", "numbers", "numpy", "oauthlib", "openai", "openpyxl",
    "opentelemetry", "operator", "optparse", "orjson", "os", "packaging", "pandas", "paramiko", "passlib",
    "pathlib", "pdb", "pendulum", "phonenumber_field", "phonenumbers", "pickle", "pika", "pkgutil", "platform",
    "playwright", "plistlib", "polymorphic", "poplib", "posixpath", "pprint", "profile", "prometheus_client",
    "psutil", "psycopg", "psycopg2", "pwd", "pyarrow", "pycountry", "pydantic", "pydoc", "pygments", "pymongo",
    "pymysql", "pypdf", "pytest", "pytz", "qrcode", "queue", "quopri", "random", "re", "readline", "redis", "regex",
    "reportlab", "reprlib", "requests", "requests_oauthlib", "resource", "rest_framework",
    "rest_framework_simplejwt", "reversion", "rich", "rq", "ruamel", "runpy", "sched", "scipy", "secrets", "select",
    "selectors", "selenium", "sentry_sdk", "shelve", "shlex", "shutil", "signal", "simple_history", "simplejson",
    "site", "six", "sklearn", "slack_sdk", "slugify", "smtplib", "social_core", "social_django", "socket",
    "socketserver", "sorl", "sqlalchemy", "sqlite3", "sqlparse", "ssl", "starlette", "stat", "statistics",
    "storages", "strawberry", "string", "stringprep", "stripe", "struct", "structlog", "subprocess", "symtable",
    "sys", "sysconfig", "syslog", "tabulate", "taggit", "tarfile", "telnetlib", "tempfile", "tenacity",
    "tensorflow", "test", "textwrap", "threading", "time", "timeit", "tkinter", "token", "tokenize", "toml",
    "tomllib", "torch", "tornado", "tqdm", "trace", "traceback", "treebeard", "twilio", "types", "typing",
    "typing_extensions", "tzdata", "tzlocal", "ujson", "unicodedata", "unidecode", "unittest", "urllib", "urllib3",
    "user_agents", "uuid", "uvicorn", "uvloop", "venv", "wagtail", "warnings", "watchdog", "wave", "weakref",
    "weasyprint", "webbrowser", "websocket", "websockets", "werkzeug", "whitenoise", "wsgiref", "xhtml2pdf", "xlrd",
    "xlsxwriter", "xlwt", "xml", "xmlrpc", "xmltodict", "yaml", "yarl", "zeep", "zipfile", "zipimport", "zlib",
    "zoneinfo",
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
