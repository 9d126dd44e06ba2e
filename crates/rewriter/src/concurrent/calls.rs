//! Calls that change nothing, as far as is known.

use unblocked_analyzer::{HttpLibrary, Type};
use unblocked_django::Owner;

pub(super) fn is_pure_builtin(name: &str) -> bool {
    matches!(
        name,
        "abs"
            | "all"
            | "any"
            | "ascii"
            | "bin"
            | "bool"
            | "bytes"
            | "chr"
            | "dict"
            | "divmod"
            | "enumerate"
            | "filter"
            | "float"
            | "format"
            | "frozenset"
            | "getattr"
            | "hasattr"
            | "hash"
            | "hex"
            | "id"
            | "int"
            | "isinstance"
            | "issubclass"
            | "len"
            | "list"
            | "map"
            | "max"
            | "min"
            | "oct"
            | "ord"
            | "pow"
            | "range"
            | "repr"
            | "reversed"
            | "round"
            | "set"
            | "slice"
            | "sorted"
            | "str"
            | "sum"
            | "tuple"
            | "type"
            | "zip"
            | "Exception"
            | "ValueError"
            | "TypeError"
            | "KeyError"
            | "RuntimeError"
    )
}

/// Functions and classes of libraries that only compute.
pub(super) fn is_pure_path(path: &str) -> bool {
    const MODULES: &[&str] = &[
        "base64.",
        "collections.",
        "datetime.",
        "decimal.",
        "django.conf.",
        "django.http.",
        "django.urls.",
        "django.utils.",
        "fractions.",
        "hashlib.",
        "hmac.",
        "html.",
        "itertools.",
        "logging.",
        "math.",
        "operator.",
        "os.path.",
        "re.",
        "statistics.",
        "string.",
        "urllib.parse.",
        "uuid.",
        "zoneinfo.",
    ];
    matches!(
        path,
        "json.loads"
            | "json.dumps"
            | "os.getenv"
            | "os.environ.get"
            | "time.time"
            | "time.monotonic"
            | "time.perf_counter"
            | "copy.copy"
            | "copy.deepcopy"
            | "dataclasses.asdict"
            | "django.db.models.Q"
            | "django.db.models.F"
            | "django.shortcuts.redirect"
            | "django.shortcuts.resolve_url"
    ) || MODULES.iter().any(|module| path.starts_with(module))
}

/// Names that nothing binds, and that stand for Django's own in a paste.
pub(super) fn is_pure_name(name: &str) -> bool {
    name.starts_with("HttpResponse")
        || name.ends_with("Response")
        || matches!(
            name,
            "Q" | "F" | "Http404" | "reverse" | "timezone" | "Decimal" | "date" | "datetime"
        )
}

/// Methods that change what they are called on.
pub(super) fn is_mutating(name: &str) -> bool {
    matches!(
        name,
        "append"
            | "extend"
            | "insert"
            | "remove"
            | "pop"
            | "popitem"
            | "clear"
            | "sort"
            | "reverse"
            | "add"
            | "discard"
            | "update"
            | "setdefault"
            | "write"
            | "writerow"
            | "writerows"
    )
}

/// Methods that only tell something. `receiver`: what it is called on, and its text.
pub(super) fn is_pure_method(receiver: &Type, text: &str, name: &str) -> bool {
    match receiver {
        Type::Plain
        | Type::None
        | Type::Sequence(_)
        | Type::Tuple(_)
        | Type::Mapping(_)
        | Type::HttpResponse(_, HttpLibrary::Requests) => true,
        Type::External(path) if path.ends_with("Response") => true,
        // Lazy: what evaluates it is a place of its own.
        Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_) => true,
        _ if matches!(
            name,
            "debug" | "info" | "warning" | "error" | "exception" | "critical"
        ) =>
        {
            text == "logger" || text == "log" || text == "logging" || text.ends_with(".logger")
        }
        Type::Unknown
        | Type::Request
        | Type::Opaque
        | Type::Unresolved(..)
        | Type::External(_)
        | Type::HttpResponse(..) => {
            // A client has a `get` as well.
            let text = text.to_ascii_lowercase();
            let speaks = ["client", "session", "api", "http", "conn"];
            (name == "get" && !speaks.iter().any(|part| text.contains(part))
                || text.starts_with("request."))
                || matches!(
                    name,
                    "json"
                        | "raise_for_status"
                        | "items"
                        | "keys"
                        | "values"
                        | "strip"
                        | "lstrip"
                        | "rstrip"
                        | "lower"
                        | "upper"
                        | "title"
                        | "capitalize"
                        | "split"
                        | "rsplit"
                        | "splitlines"
                        | "partition"
                        | "startswith"
                        | "endswith"
                        | "isoformat"
                        | "strftime"
                        | "format"
                        | "join"
                        | "encode"
                        | "decode"
                        | "replace"
                        | "count"
                        | "index"
                        | "copy"
                        | "isdigit"
                        | "getlist"
                        | "get_full_path"
                        | "build_absolute_uri"
                        | "get_host"
                        | "date"
                        | "time"
                )
        }
        _ => false,
    }
}

/// Methods of Django's that ask and change nothing.
pub(super) fn is_reading(owner: Owner, name: &str) -> bool {
    match owner {
        Owner::Cache => matches!(name, "get" | "get_many" | "has_key"),
        Owner::Session | Owner::Model => false,
        _ => matches!(
            name,
            "get"
                | "first"
                | "last"
                | "earliest"
                | "latest"
                | "count"
                | "exists"
                | "contains"
                | "aggregate"
                | "in_bulk"
                | "explain"
                | "iterator"
                | "all"
                | "has_perm"
                | "has_perms"
                | "has_module_perms"
                | "get_all_permissions"
        ),
    }
}

/// Functions of libraries that ask and change nothing.
pub(super) fn is_reading_function(path: &str) -> bool {
    matches!(
        path,
        "requests.get"
            | "requests.head"
            | "requests.options"
            | "httpx.get"
            | "httpx.head"
            | "httpx.options"
            | "pathlib.Path.read_text"
            | "pathlib.Path.read_bytes"
            | "socket.gethostbyname"
            | "socket.getaddrinfo"
    )
}

/// Functions that decide whether what follows happens at all.
pub(super) fn is_guard(path: &str) -> bool {
    matches!(
        path,
        "django.shortcuts.get_object_or_404" | "django.shortcuts.get_list_or_404"
    )
}

/// Exceptions that Django answers a request with.
pub(super) fn is_answer(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    matches!(
        name,
        "Http404" | "PermissionDenied" | "SuspiciousOperation" | "BadRequest"
    )
}
