//! What catches the exceptions of a request, here or up the callers.

use std::collections::{BTreeSet, HashSet};

use unblocked_analyzer::{FunctionRef, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::scope::Scope;
use crate::options::HttpClient;

/// How many functions above one are looked at before its requests are left to threads.
const MAX_CALLERS: usize = 256;

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
        if seen.len() > MAX_CALLERS {
            return Watched {
                keeps: true,
                strict_json: true,
            };
        }
        // What was async before is awaited already: no rule comes by its callers.
        let was_async = scope
            .analysis
            .world
            .function(callee)
            .is_some_and(|function| function.is_async);
        let callers: BTreeSet<(usize, Option<usize>)> = scope
            .effects
            .all_callers_of(callee)
            .map(|caller| (caller.file, caller.function))
            .collect();
        for (file, function) in callers {
            let Some(caller) = Scope::new(
                scope.analysis,
                scope.effects,
                scope.options,
                scope.decided,
                file,
                function,
            ) else {
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
pub(super) fn caught(scope: &Scope<'_>, clause: NodeId) -> Vec<NodeId> {
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
pub(super) fn requests_exception<'a>(scope: &Scope<'a>, class: NodeId) -> Option<&'a str> {
    exception_name(scope.type_of(class))
}

pub(super) fn exception_name(kind: &Type) -> Option<&str> {
    let Type::Path(path) = kind else { return None };
    let name = path.strip_prefix("requests.")?;
    Some(name.strip_prefix("exceptions.").unwrap_or(name))
}

/// `OSError` and its other names, of which `requests.RequestException` is one.
pub(super) fn is_os_error(scope: &Scope<'_>, class: NodeId) -> bool {
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
            watched.keeps |= scope.rejects(super::exceptions::NAME, class);
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
            watched.keeps |=
                is_os_error(scope, class) && scope.rejects(super::exceptions::NAME, class);
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
pub(super) fn names(
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
