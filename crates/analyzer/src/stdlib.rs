//! Top-level modules that are certainly not of the user's project.

/// Python's own modules, as `sys.stdlib_module_names` has them (public ones), and packages that Django projects
/// commonly install. Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "MySQLdb", "PIL", "PyPDF2", "__future__", "_thread", "abc", "adrf", "aifc", "aioboto3", "aiofiles", "aiohttp",
    "aiosmtplib", "allauth", "anthropic", "antigravity", "anyio", "argon2", "argparse", "array", "arrow", "asgiref",
    "ast", "asynchat", "asyncio", "asyncore", "asyncpg", "atexit", "attr", "attrs", "audioop", "axes", "azure", "babel",
    "base64", "bcrypt", "bdb", "binascii", "bisect", "black", "bleach", "boto3", "botocore", "bs4", "builtins", "bz2",
    "cProfile", "cachetools", "calendar", "celery", "certifi", "cgi", "cgitb", "channels", "chardet", "chunk", "click",
    "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys", "compileall", "compression", "concurrent",
    "configparser", "confluent_kafka", "contextlib", "contextvars", "copy", "copyreg", "corsheaders", "crispy_forms",
    "crypt", "cryptography", "csv", "ctypes", "curses", "daphne", "dataclasses", "datadog", "datetime", "dateutil",
    "dbm", "debug_toolbar", "decimal", "decouple", "defusedxml", "difflib", "dis", "distutils", "dj_database_url",
    "django", "django_celery_beat", "django_extensions", "django_filters", "django_htmx", "django_otp", "django_q",
    "django_redis", "djmoney", "doctest", "docutils", "docx", "dotenv", "drf_spectacular", "drf_yasg", "elasticsearch",
    "email", "encodings", "ensurepip", "enum", "environ", "environs", "errno", "factory", "faker", "fastapi",
    "faulthandler", "fcntl", "feedparser", "filecmp", "fileinput", "flask", "fnmatch", "fpdf", "fractions", "freezegun",
    "ftplib", "functools", "gc", "genericpath", "geopy", "getopt", "getpass", "gettext", "git", "glob", "google",
    "graphene", "graphene_django", "graphlib", "grp", "grpc", "guardian", "gunicorn", "gzip", "hashlib", "haystack",
    "heapq", "hmac", "html", "http", "httpx", "httpx2", "humanize", "hypercorn", "idlelib", "idna", "imaplib", "imghdr",
    "imp", "import_export", "importlib", "inspect", "io", "ipaddress", "isodate", "itertools", "itsdangerous", "jinja2",
    "jose", "json", "jsonschema", "jwt", "kafka", "keyword", "kombu", "ldap", "ldap3", "lib2to3", "linecache", "locale",
    "logging", "lxml", "lzma", "mailbox", "mailcap", "markdown", "markdown2", "markupsafe", "marshal", "marshmallow",
    "math", "matplotlib", "mimetypes", "minio", "mmap", "mock", "model_utils", "modelcluster", "modulefinder", "money",
    "moneyed", "more_itertools", "mptt", "msgpack", "msilib", "msvcrt", "multiprocessing", "mypy", "netaddr", "netrc",
    "networkx", "ninja", "nis", "nltk", "nntplib", "nose", "nt", "ntpath", "nturl2path", "numbers", "numpy", "oauthlib",
    "opcode", "openai", "openpyxl", "opensearchpy", "opentelemetry", "operator", "optparse", "orjson", "os",
    "ossaudiodev", "packaging", "pandas", "paramiko", "passlib", "pathlib", "pdb", "pendulum", "phonenumber_field",
    "phonenumbers", "pickle", "pickletools", "pika", "pipes", "pkgutil", "platform", "playwright", "plistlib",
    "polymorphic", "poplib", "posix", "posixpath", "pprint", "profile", "prometheus_client", "pstats", "psutil",
    "psycopg", "psycopg2", "pty", "pwd", "py_compile", "pyarrow", "pyclbr", "pycountry", "pydantic", "pydoc",
    "pydoc_data", "pyexpat", "pygments", "pymemcache", "pymongo", "pymysql", "pypdf", "pytest", "pytz", "qrcode",
    "queue", "quopri", "random", "re", "readline", "redis", "regex", "reportlab", "reprlib", "requests",
    "requests_oauthlib", "resource", "rest_framework", "rest_framework_simplejwt", "reversion", "rich", "rlcompleter",
    "rq", "ruamel", "runpy", "sched", "scipy", "secrets", "select", "selectors", "selenium", "sendgrid", "sentry_sdk",
    "shelve", "shlex", "shutil", "signal", "simple_history", "simplejson", "site", "six", "sklearn", "slack_sdk",
    "slugify", "smtpd", "smtplib", "sndhdr", "social_core", "social_django", "socket", "socketserver", "sorl", "spwd",
    "sqlalchemy", "sqlite3", "sqlparse", "sre_compile", "sre_constants", "sre_parse", "ssl", "starlette", "stat",
    "statistics", "storages", "strawberry", "string", "stringprep", "stripe", "struct", "structlog", "subprocess",
    "sunau", "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tabulate", "taggit", "tarfile", "telnetlib",
    "tempfile", "tenacity", "tensorflow", "termios", "test", "textwrap", "this", "threading", "time", "timeit",
    "tkinter", "token", "tokenize", "toml", "tomllib", "torch", "tornado", "tqdm", "trace", "traceback", "tracemalloc",
    "treebeard", "tty", "turtle", "turtledemo", "twilio", "types", "typing", "typing_extensions", "tzdata", "tzlocal",
    "ujson", "unicodedata", "unidecode", "unittest", "urllib", "urllib3", "user_agents", "uu", "uuid", "uvicorn",
    "uvloop", "venv", "wagtail", "warnings", "watchdog", "wave", "weakref", "weasyprint", "webbrowser", "websocket",
    "websockets", "werkzeug", "whitenoise", "winreg", "winsound", "wsgiref", "xdrlib", "xhtml2pdf", "xlrd",
    "xlsxwriter", "xlwt", "xml", "xmlrpc", "xmltodict", "yaml", "yarl", "zeep", "zipapp", "zipfile", "zipimport",
    "zlib", "zoneinfo",
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
