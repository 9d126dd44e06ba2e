//! # http/exceptions
//!
//! Handlers of `requests`' exceptions catch those of the client that took its place.
//!
//! `requests.RequestException` is everything that can go wrong; aiohttp raises `ClientError` or, when time is up,
//! `asyncio.TimeoutError` for that, httpx `HTTPError` or `InvalidURL`. An answer that is not JSON raises
//! `json.JSONDecodeError` in both. Where code in the `try` may still raise the exceptions of `requests`, both are caught. A
//! handler that looks into its exception (`error.response`) keeps the calls that it watches in threads, as does one
//! for which the other client has no like.
//!
//! For review: the texts of the exceptions differ.
//!
//! ```python before
//! import requests
//! from django.http import JsonResponse
//!
//! def rate(request):
//!     try:
//!         response = requests.get("https://api.example.com/rate", timeout=5)
//!         response.raise_for_status()
//!     except requests.Timeout:
//!         return JsonResponse({"error": "slow"}, status=504)
//!     except requests.RequestException:
//!         return JsonResponse({"error": "down"}, status=502)
//!     return JsonResponse({"status": response.status_code})
//! ```
//! ```python after
//! import asyncio
//!
//! import aiohttp
//! from django.http import JsonResponse
//!
//! async def rate(request):
//!     try:
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get("https://api.example.com/rate", timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5)) as response:
//!                 await response.read()
//!         response.raise_for_status()
//!     except asyncio.TimeoutError:
//!         return JsonResponse({"error": "slow"}, status=504)
//!     except (aiohttp.ClientError, asyncio.TimeoutError):
//!         return JsonResponse({"error": "down"}, status=502)
//!     return JsonResponse({"status": response.status})
//! ```

use std::collections::HashSet;

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::decide::function_name;
use super::scope::Scope;
use crate::draft::{Color, Colors, Draft, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Piece, Template};

/// What the handlers around a call mean for it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watched {
    /// It stays in a thread.
    pub(super) keeps: bool,
    /// Something catches that a body is not JSON.
    pub(super) strict_json: bool,
}

impl Watched {
    pub(super) fn join(&mut self, other: Self) {
        self.keeps |= other.keeps;
        self.strict_json |= other.strict_json;
    }
}

/// What the handlers around a node of a function mean for a call there.
pub(super) fn watch(scope: &Scope<'_>, node: NodeId) -> Watched {
    let ast = scope.ast();
    let mut watched = Watched::default();
    for statement in scope.tries(node) {
        if ast.kind(statement) == Kind::With {
            watched.keeps = true;
            continue;
        }
        for clause in ast.children(statement) {
            match ast.kind(clause) {
                Kind::Except => watched.join(handler(scope, clause)),
                Kind::Other => watched.keeps = true,
                _ => {}
            }
        }
    }
    watched
}

/// The same for all that a function raises: the handlers around its calls, up the callers.
pub(super) fn above(scope: &Scope<'_>) -> Watched {
    let mut watched = Watched::default();
    let Some(index) = scope.function else {
        return watched;
    };
    let mut seen: HashSet<FunctionRef> = HashSet::new();
    let mut queue = vec![FunctionRef {
        file: scope.file,
        index,
    }];
    while let Some(callee) = queue.pop() {
        if !seen.insert(callee) {
            continue;
        }
        // What was async before is awaited already: no rule comes by its callers.
        let was_async = scope
            .analysis
            .world
            .function(callee)
            .is_some_and(|function| function.is_async);
        for (file, function) in scope.effects.callers_of(callee) {
            let Some(caller) =
                Scope::new(scope.analysis, scope.effects, scope.options, file, function)
            else {
                continue;
            };
            for call in scope.effects.calls_of(file, function) {
                if call.callee == callee {
                    let around = watch(&caller, call.node);
                    let mapped = names_requests(&caller, call.node);
                    watched.join(around);
                    watched.keeps |= mapped && was_async;
                }
            }
            queue.extend(function.map(|index| FunctionRef { file, index }));
        }
    }
    watched
}

/// True when a handler around the node catches what `requests` raises, by name.
fn names_requests(scope: &Scope<'_>, node: NodeId) -> bool {
    let ast = scope.ast();
    scope.tries(node).into_iter().any(|statement| {
        ast.children(statement)
            .filter(|&clause| ast.kind(clause) == Kind::Except)
            .flat_map(|clause| caught(scope, clause))
            .any(|class| requests_exception(scope, class).is_some() || is_os_error(scope, class))
    })
}

/// The classes of an `except` clause.
fn caught(scope: &Scope<'_>, clause: NodeId) -> Vec<NodeId> {
    let ast = scope.ast();
    let Some(mut value) = ast
        .first_child(clause)
        .filter(|&value| ast.kind(value) != Kind::Block)
    else {
        return Vec::new();
    };
    if ast.kind(value) == Kind::AsPattern
        && let Some(inner) = ast.first_child(value)
    {
        value = inner;
    }
    value = ast.unparenthesized(value);
    if ast.kind(value) == Kind::Tuple {
        ast.children(value).collect()
    } else {
        vec![value]
    }
}

/// The name of an exception of `requests`.
fn requests_exception<'a>(scope: &Scope<'a>, class: NodeId) -> Option<&'a str> {
    exception_name(scope.type_of(class))
}

fn exception_name(kind: &Type) -> Option<&str> {
    let Type::Path(path) = kind else { return None };
    let name = path.strip_prefix("requests.")?;
    Some(name.strip_prefix("exceptions.").unwrap_or(name))
}

/// `OSError` and its other names, of which `requests.RequestException` is one.
fn is_os_error(scope: &Scope<'_>, class: NodeId) -> bool {
    matches!(
        scope.text(class),
        "OSError" | "IOError" | "EnvironmentError"
    )
}

fn handler(scope: &Scope<'_>, clause: NodeId) -> Watched {
    let classes = caught(scope, clause);
    let mut watched = Watched {
        keeps: false,
        strict_json: classes.is_empty(),
    };
    let mut catches = classes.is_empty();
    for class in classes {
        let name = scope.text(class);
        let bare = name.rsplit('.').next().unwrap_or(name);
        if let Some(exception) = requests_exception(scope, class) {
            catches = true;
            watched.keeps |= names(scope.options.http_client, exception, false).is_none();
            watched.strict_json |= matches!(
                exception,
                "RequestException" | "JSONDecodeError" | "InvalidJSONError"
            );
        } else if is_os_error(scope, class)
            || matches!(name, "Exception" | "BaseException" | "ValueError")
            || bare == "JSONDecodeError"
        {
            catches = true;
            watched.strict_json = true;
        } else if !bare.starts_with(char::is_uppercase) || !bare.contains(char::is_lowercase) {
            // A tuple of exceptions under a name: it may hold any.
            watched.keeps = true;
        }
    }
    if catches {
        watched.keeps |= !modules(scope.options.http_client)
            .iter()
            .all(|module| scope.can_import(module));
        watched.keeps |= looks_inside(scope, clause);
    }
    watched
}

/// True when a handler does more with its exception than to print it, to log it or to raise another from it.
fn looks_inside(scope: &Scope<'_>, clause: NodeId) -> bool {
    let ast = scope.ast();
    let Some(name) = ast
        .child_of_kind(clause, Kind::AsPattern)
        .and_then(|pattern| ast.child_of_kind(pattern, Kind::AsPatternTarget))
        .and_then(|target| ast.first_child(target))
    else {
        return false;
    };
    let text = scope.text(name);
    ast.subtree(clause).any(|id| {
        if id == name || ast.kind(id) != Kind::Identifier || scope.text(id) != text {
            return false;
        }
        let Some(parent) = ast.parent(id) else {
            return true;
        };
        match ast.kind(parent) {
            Kind::Interpolation | Kind::Raise | Kind::BinaryOperator | Kind::Tuple => false,
            Kind::Attribute => ast.field(id) == Some(Field::Object),
            Kind::KeywordArgument => {
                ast.field(id) == Some(Field::Value) && scope.text(parent) != "exc_info"
            }
            Kind::ArgumentList => {
                let function = ast
                    .parent(parent)
                    .and_then(|call| ast.child(call, Field::Function));
                function.is_none_or(|function| {
                    let called = scope.text(function);
                    let last = called.rsplit('.').next().unwrap_or(called);
                    let is_told = matches!(
                        last,
                        "str"
                            | "repr"
                            | "print"
                            | "format"
                            | "debug"
                            | "info"
                            | "warning"
                            | "error"
                            | "exception"
                            | "critical"
                            | "log"
                            | "capture_exception"
                    );
                    !is_told && !last.ends_with("Error") && !last.ends_with("Exception")
                })
            }
            _ => true,
        }
    })
}

/// The modules whose exceptions take the place of `requests`'.
fn modules(client: HttpClient) -> &'static [&'static str] {
    match client {
        HttpClient::Aiohttp => &["aiohttp", "asyncio", "json"],
        HttpClient::Httpx => &["httpx", "json"],
        HttpClient::Httpx2 => &["httpx2", "json"],
        HttpClient::Requests => &[],
    }
}

/// What another client raises instead, as modules and names. `after_timeout`: an earlier handler has the timeouts.
fn names(
    client: HttpClient,
    exception: &str,
    after_timeout: bool,
) -> Option<&'static [(&'static str, &'static str)]> {
    const JSON: &[(&str, &str)] = &[("json", "JSONDecodeError")];
    if matches!(exception, "JSONDecodeError" | "InvalidJSONError") {
        return Some(JSON);
    }
    Some(match client {
        HttpClient::Aiohttp => match exception {
            "RequestException" => &[("aiohttp", "ClientError"), ("asyncio", "TimeoutError")],
            "Timeout" => &[("asyncio", "TimeoutError")],
            "ConnectTimeout" => &[("aiohttp", "ConnectionTimeoutError")],
            "ReadTimeout" => &[("aiohttp", "SocketTimeoutError")],
            "ConnectionError" if after_timeout => &[("aiohttp", "ClientConnectionError")],
            // `ClientConnectionError` would catch what is read too slowly as well.
            "ConnectionError" => &[
                ("aiohttp", "ClientOSError"),
                ("aiohttp", "ServerDisconnectedError"),
                ("aiohttp", "ConnectionTimeoutError"),
            ],
            "HTTPError" => &[("aiohttp", "ClientResponseError")],
            "TooManyRedirects" => &[("aiohttp", "TooManyRedirects")],
            "InvalidURL" | "MissingSchema" | "InvalidSchema" => &[("aiohttp", "InvalidURL")],
            "SSLError" => &[("aiohttp", "ClientSSLError")],
            "ChunkedEncodingError" | "ContentDecodingError" => &[("aiohttp", "ClientPayloadError")],
            _ => return None,
        },
        HttpClient::Httpx | HttpClient::Httpx2 => match exception {
            "RequestException" => &[("httpx", "HTTPError"), ("httpx", "InvalidURL")],
            "Timeout" => &[("httpx", "TimeoutException")],
            "ConnectTimeout" => &[("httpx", "ConnectTimeout")],
            "ReadTimeout" => &[("httpx", "ReadTimeout")],
            "ConnectionError" => &[
                ("httpx", "NetworkError"),
                ("httpx", "RemoteProtocolError"),
                ("httpx", "ConnectTimeout"),
                ("httpx", "ProxyError"),
            ],
            "HTTPError" => &[("httpx", "HTTPStatusError")],
            "TooManyRedirects" => &[("httpx", "TooManyRedirects")],
            "InvalidURL" => &[("httpx", "InvalidURL"), ("httpx", "UnsupportedProtocol")],
            "MissingSchema" | "InvalidSchema" => &[("httpx", "UnsupportedProtocol")],
            "ContentDecodingError" => &[("httpx", "DecodingError")],
            _ => return None,
        },
        HttpClient::Requests => return None,
    })
}

/// Makes the handlers around a site right; the site itself is for another rule.
pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let concerns = match &site.kind {
        SiteKind::Function { path } => function_name(path).is_some(),
        SiteKind::Project { .. } => true,
        _ => false,
    };
    if !concerns || draft.options.http_client == HttpClient::Requests || draft.options.safe_only {
        return None;
    }
    let scope = Scope::new(
        draft.analysis,
        draft.http.effects?,
        draft.options,
        draft.file_index,
        draft.function,
    )?;
    let ast = scope.ast();
    for statement in scope.tries(site.node) {
        if ast.kind(statement) != Kind::Try {
            continue;
        }
        let clauses: Vec<NodeId> = ast
            .children(statement)
            .filter(|&clause| ast.kind(clause) == Kind::Except)
            .collect();
        let concerned = clauses.iter().any(|&clause| {
            caught(&scope, clause).iter().any(|&class| {
                requests_exception(&scope, class).is_some() || is_os_error(&scope, class)
            })
        });
        let Some(body) = ast.child(statement, Field::Body).filter(|_| concerned) else {
            continue;
        };
        let raised = Raised::of(draft, &scope, body, draft.colors);
        if raised.native {
            for (position, &clause) in clauses.iter().enumerate() {
                let earlier = clauses.get(..position).unwrap_or_default();
                if let Err(cannot) = map(draft, &scope, clause, earlier, raised) {
                    return Some(Err(cannot));
                }
            }
        }
    }
    None
}

fn map(
    draft: &mut Draft<'_>,
    scope: &Scope<'_>,
    clause: NodeId,
    earlier: &[NodeId],
    raised: Raised,
) -> Outcome {
    let ast = scope.ast();
    let client = draft.options.http_client;
    let after_timeout = earlier.iter().any(|&clause| {
        caught(scope, clause)
            .iter()
            .any(|&class| requests_exception(scope, class) == Some("Timeout"))
    });
    let classes = caught(scope, clause);
    let has_value_error = classes.iter().any(|&class| {
        scope.text(class) == "ValueError"
            || scope.text(class).ends_with("JSONDecodeError")
                && requests_exception(scope, class).is_none()
    });
    let mut written: Vec<String> = Vec::new();
    for &class in &classes {
        let found = match requests_exception(scope, class) {
            Some(exception) => exception,
            None if is_os_error(scope, class) => "RequestException",
            None => continue,
        };
        let is_os = is_os_error(scope, class);
        if draft
            .notes
            .iter()
            .any(|note| note.rule == "http/exceptions" && note.node == class)
        {
            continue;
        }
        let Some(names) = names(client, found, after_timeout) else {
            continue;
        };
        let mut all: Vec<(&str, &str)> = names.to_vec();
        if found == "RequestException" && raised.json && !has_value_error {
            all.push(("json", "JSONDecodeError"));
        }
        let mut fresh: Vec<String> = Vec::new();
        for (module, name) in all {
            let module = match (module, client) {
                ("httpx", HttpClient::Httpx2) => "httpx2",
                _ => module,
            };
            let text = format!("{}.{name}", draft.need_module(module)?);
            if !written.contains(&text) {
                written.push(text.clone());
                fresh.push(text);
            }
        }
        let keeps = raised.classic || is_os;
        let alone = classes.len() == 1
            && ast
                .parent(class)
                .is_none_or(|up| ast.kind(up) != Kind::Tuple);
        let help = if raised.classic {
            "its like in the other client is caught too: what is in the `try` may raise either"
        } else {
            "its like in the other client is caught; its text differs"
        };
        draft.changed(
            "http/exceptions",
            class,
            Evidence::Evident,
            format!(
                "`{}` is not what the other client raises",
                scope.text(class)
            ),
            help,
            docs(client),
        );
        if fresh.is_empty() {
            if keeps {
                continue;
            }
            fresh.extend(written.first().cloned());
        }
        let several = fresh.len() + usize::from(keeps) > 1;
        let mut template: Template = Vec::new();
        if alone && several {
            template.push(Piece::from("("));
        }
        if keeps {
            template.push(Piece::Node(class));
            template.push(Piece::from(", "));
        }
        template.push(Piece::from(fresh.join(", ")));
        if alone && several {
            template.push(Piece::from(")"));
        }
        draft.rewrites.replace(class, template);
    }
    Ok(())
}

/// Where a client documents what it raises.
fn docs(client: HttpClient) -> &'static str {
    match client {
        HttpClient::Aiohttp => {
            "https://docs.aiohttp.org/en/stable/client_reference.html#client-exceptions"
        }
        _ => "https://www.python-httpx.org/exceptions/",
    }
}

/// What code may raise.
#[derive(Debug, Clone, Copy, Default)]
struct Raised {
    /// The exceptions of the client that took the place of `requests`.
    native: bool,
    /// The exceptions of `requests`.
    classic: bool,
    /// A body may turn out not to be JSON.
    json: bool,
}

/// Libraries that raise nothing of `requests`.
const QUIET: &[&str] = &[
    "asgiref",
    "asyncio",
    "base64",
    "collections",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "django",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "random",
    "re",
    "secrets",
    "string",
    "time",
    "urllib",
    "uuid",
    "zoneinfo",
];

/// Methods of Python's own values.
const PLAIN_METHODS: &[&str] = &[
    "add",
    "append",
    "capitalize",
    "clear",
    "copy",
    "count",
    "critical",
    "debug",
    "decode",
    "encode",
    "endswith",
    "error",
    "exception",
    "extend",
    "find",
    "format",
    "get",
    "index",
    "info",
    "insert",
    "isdigit",
    "isoformat",
    "items",
    "join",
    "keys",
    "log",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "remove",
    "replace",
    "reverse",
    "rsplit",
    "rstrip",
    "setdefault",
    "sort",
    "split",
    "splitlines",
    "startswith",
    "strftime",
    "strip",
    "timestamp",
    "title",
    "update",
    "upper",
    "values",
    "warning",
];

impl Raised {
    /// What the code below `root` may raise, in its async form.
    fn of(draft: &Draft<'_>, scope: &Scope<'_>, root: NodeId, colors: &Colors) -> Self {
        let mut raised = Self::default();
        let mut seen: HashSet<(FunctionRef, bool)> = HashSet::new();
        let mut queue = vec![(*scope, root, false)];
        while let Some((scope, root, is_sync)) = queue.pop() {
            let body = draft
                .http
                .body(scope.file, scope.function)
                .filter(|_| !is_sync);
            let ast = scope.ast();
            for id in ast.subtree(root) {
                if scope.facts.owner(id) != scope.function {
                    continue;
                }
                if let Type::HttpResponse(call) = scope.type_of(id)
                    && body.is_some_and(|body| body.calls.contains_key(call))
                {
                    raised.native = true;
                } else if matches!(scope.type_of(id), Type::HttpResponse(_)) {
                    raised.classic = true;
                }
                match ast.kind(id) {
                    Kind::Raise => {
                        raised.classic |= ast
                            .subtree(id)
                            .any(|id| exception_name(scope.type_of(id)).is_some());
                    }
                    Kind::Call => raised.call(
                        &scope,
                        id,
                        body.is_some_and(|body| body.calls.contains_key(&id)),
                    ),
                    _ => {}
                }
            }
            for call in scope.effects.calls_of(scope.file, scope.function) {
                if !ast.contains(root, call.node) {
                    continue;
                }
                let Some(function) = scope.analysis.world.function(call.callee) else {
                    continue;
                };
                let becomes_async = function.is_async
                    || matches!(
                        colors.get(&call.callee),
                        Some(Color::Convert | Color::Twin(_))
                    );
                let is_sync = is_sync || !becomes_async;
                if !seen.insert((call.callee, is_sync)) {
                    continue;
                }
                if let Some(callee) = Scope::new(
                    scope.analysis,
                    scope.effects,
                    scope.options,
                    call.callee.file,
                    Some(call.callee.index),
                ) {
                    queue.push((callee, function.body, is_sync));
                }
            }
        }
        raised
    }

    fn call(&mut self, scope: &Scope<'_>, call: NodeId, is_native: bool) {
        let ast = scope.ast();
        let Some(function) = ast.child(call, Field::Function) else {
            return;
        };
        let name = ast
            .child(function, Field::Attribute)
            .map_or("", |name| scope.text(name));
        if is_native {
            self.native = true;
            return;
        }
        let opaque = scope
            .effects
            .sites_of(scope.file, scope.function)
            .any(|site| {
                site.node == call
                    && matches!(
                        site.kind,
                        SiteKind::OpaqueMethod { .. } | SiteKind::Missing { .. }
                    )
            });
        let is_loud = |path: &str| {
            let top = path.split('.').next().unwrap_or(path);
            !QUIET.contains(&top) && !path.starts_with("builtins.")
        };
        self.classic |= opaque
            || match scope.type_of(function) {
                Type::Path(path) => is_loud(path),
                Type::Missing(_) => true,
                Type::Builtin(_)
                | Type::Class(_)
                | Type::Model(_)
                | Type::Function(_)
                | Type::Method(_) => false,
                _ => match ast
                    .child(function, Field::Object)
                    .map(|object| scope.type_of(object))
                {
                    Some(Type::HttpResponse(_)) => {
                        self.json |= name == "json";
                        false
                    }
                    Some(Type::External(path) | Type::Path(path)) => {
                        is_loud(path) && !PLAIN_METHODS.contains(&name)
                    }
                    Some(Type::Unknown | Type::Undefined(_) | Type::MissingObject(_)) => {
                        !PLAIN_METHODS.contains(&name)
                    }
                    Some(_) => false,
                    // A call of a value of which nothing is known; a class makes an object.
                    None => !scope.text(function).starts_with(char::is_uppercase),
                },
            };
    }
}
