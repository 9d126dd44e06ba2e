//! What catches the exceptions of a request, here or up the callers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use unblocked_analyzer::{FunctionRef, HttpLibrary, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::names::{Earlier, modules, names};
use super::scope::Scope;
use super::urllib::inside;
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
    /// The `try` statement of a handler that looks into its exception, in ways that have their like.
    looking: Option<NodeId>,
}

/// What the handlers around the calls of a function mean.
#[derive(Debug, Default)]
pub(super) struct AllWatched {
    /// The calls that stay in threads.
    pub(super) kept: HashSet<NodeId>,
    /// The calls and responses whose JSON must be valid.
    pub(super) strict_json: HashSet<NodeId>,
    /// By call, the outermost `try` statement with a handler that looks into its exception.
    pub(super) looking: BTreeMap<NodeId, NodeId>,
}

impl AllWatched {
    /// Takes note of what is watched at a node, a call or its response, here and up the callers.
    pub(super) fn add(&mut self, call: NodeId, node: NodeId, mut watched: Watched, above: Watched) {
        watched.join(above);
        if watched.keeps || above.looking.is_some() {
            self.kept.insert(call);
        }
        if watched.strict_json {
            self.strict_json.insert(node);
        }
        if let Some(statement) = watched.looking {
            let outermost = self.looking.entry(call).or_insert(statement);
            *outermost = statement.min(*outermost);
        }
    }
}

impl Watched {
    pub(super) fn join(&mut self, other: Self) {
        self.keeps |= other.keeps;
        self.strict_json |= other.strict_json;
        self.looking = match (self.looking, other.looking) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// What of it is about JSON.
    pub(super) fn strictness(self) -> Self {
        Self {
            strict_json: self.strict_json,
            ..Self::default()
        }
    }
}

/// What the handlers around a node of a function mean for a call there.
pub(super) fn watch(scope: &Scope<'_>, node: NodeId, library: HttpLibrary) -> Watched {
    let ast = scope.ast();
    let mut watched = Watched::default();
    for statement in scope.tries(node) {
        if ast.kind(statement) == Kind::With {
            watched.keeps = true;
            continue;
        }
        let mut earlier: Vec<NodeId> = Vec::new();
        for clause in ast.children(statement) {
            match ast.kind(clause) {
                Kind::Except => {
                    watched.join(handler(scope, statement, clause, &earlier, library));
                    earlier.push(clause);
                }
                Kind::Other => watched.keeps = true,
                _ => {}
            }
        }
    }
    watched
}

/// The same for all that a function raises: the handlers around its calls, up the callers.
pub(super) fn above(scope: &Scope<'_>, library: HttpLibrary) -> Watched {
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
                looking: None,
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
                    let around = watch(&caller, call.node, library);
                    let mapped = names_exceptions(&caller, call.node, library);
                    watched.join(around);
                    watched.keeps |= mapped && was_async;
                }
            }
            queue.extend(function.map(|index| FunctionRef { file, index }));
        }
    }
    watched
}

/// True when a handler around the node catches what a library raises, by name.
fn names_exceptions(scope: &Scope<'_>, node: NodeId, library: HttpLibrary) -> bool {
    let ast = scope.ast();
    scope.tries(node).into_iter().any(|statement| {
        ast.children(statement)
            .filter(|&clause| ast.kind(clause) == Kind::Except)
            .flat_map(|clause| caught(scope, clause))
            .any(|class| !caught_as(scope, class, library).is_empty())
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

/// An exception of a library: the library, and its name there.
pub(super) fn exception_of<'a>(scope: &Scope<'a>, class: NodeId) -> Option<(HttpLibrary, &'a str)> {
    exception_name(scope.type_of(class))
}

pub(super) fn exception_name(kind: &Type) -> Option<(HttpLibrary, &str)> {
    let Type::Path(path) = kind else { return None };
    if let Some(name) = path.strip_prefix("requests.") {
        let name = name.strip_prefix("exceptions.").unwrap_or(name);
        return Some((HttpLibrary::Requests, name));
    }
    if let Some(name) = path.strip_prefix("urllib3.exceptions.") {
        return Some((HttpLibrary::Urllib3, name));
    }
    let name = path
        .strip_prefix("urllib.error.")
        .or_else(|| path.strip_prefix("urllib.request."))?;
    // What a download of a file raises is no matter of `urlopen`.
    matches!(name, "HTTPError" | "URLError").then_some((HttpLibrary::Urllib, name))
}

/// What a class of an `except` clause means for a library: the name of what is caught.
pub(super) fn caught_as<'a>(scope: &Scope<'a>, class: NodeId, library: HttpLibrary) -> &'a str {
    match exception_of(scope, class) {
        Some((of, name)) if of == library => name,
        Some(_) => "",
        None if is_os_error(scope, class) => match library {
            HttpLibrary::Requests => "RequestException",
            HttpLibrary::Urllib => "OSError",
            HttpLibrary::Urllib3 => "",
        },
        None if library == HttpLibrary::Urllib && is_timeout(scope, class) => "TimeoutError",
        None => "",
    }
}

/// What a socket raises when time is up, which urllib lets through when it reads.
fn is_timeout(scope: &Scope<'_>, class: NodeId) -> bool {
    match scope.type_of(class) {
        Type::Path(path) => &**path == "socket.timeout",
        _ => scope.text(class) == "TimeoutError",
    }
}

/// True for what urllib lets through and the other client has no like for.
fn is_beneath(scope: &Scope<'_>, class: NodeId) -> bool {
    match scope.type_of(class) {
        Type::Path(path) => path.starts_with("http.client.") || path.starts_with("ssl."),
        _ => matches!(
            scope.text(class),
            "ConnectionError"
                | "ConnectionResetError"
                | "ConnectionAbortedError"
                | "BrokenPipeError"
        ),
    }
}

/// True for what urllib3 never lets through, but another client raises.
fn is_systems(scope: &Scope<'_>, class: NodeId) -> bool {
    is_os_error(scope, class) || is_timeout(scope, class) || is_beneath(scope, class)
}

/// `OSError` and its other names, of which `requests.RequestException` is one.
pub(super) fn is_os_error(scope: &Scope<'_>, class: NodeId) -> bool {
    matches!(
        scope.text(class),
        "OSError" | "IOError" | "EnvironmentError"
    )
}

fn handler(
    scope: &Scope<'_>,
    statement: NodeId,
    clause: NodeId,
    earlier: &[NodeId],
    library: HttpLibrary,
) -> Watched {
    let classes = caught(scope, clause);
    let client = scope.options.http_client;
    let mut watched = Watched {
        strict_json: classes.is_empty(),
        ..Watched::default()
    };
    let mut catches = classes.is_empty();
    for &class in &classes {
        let name = scope.text(class);
        let bare = name.rsplit('.').next().unwrap_or(name);
        let exception = caught_as(scope, class, library);
        if !exception.is_empty() {
            catches = true;
            let is_os = is_os_error(scope, class);
            watched.keeps |= scope.rejects(super::exceptions::NAME, class);
            watched.keeps |= names(client, library, exception, Earlier::default()).is_none();
            watched.strict_json |= is_os
                || matches!(
                    exception,
                    "RequestException" | "JSONDecodeError" | "InvalidJSONError"
                );
            // aiohttp's exception for a slow connection is one of time as well, urllib's is not.
            watched.keeps |= exception == "TimeoutError"
                && client == HttpClient::Aiohttp
                && !Earlier::of(scope, earlier, library).all
                && !classes
                    .iter()
                    .any(|&other| caught_as(scope, other, library) == "URLError");
        } else if exception_of(scope, class).is_some() {
            // Of another library.
        } else if matches!(name, "Exception" | "BaseException" | "ValueError")
            || bare == "JSONDecodeError"
        {
            catches = true;
            watched.strict_json = true;
        } else if library == HttpLibrary::Urllib && is_beneath(scope, class)
            || library == HttpLibrary::Urllib3 && is_systems(scope, class)
        {
            watched.keeps = true;
        } else if !bare.starts_with(char::is_uppercase) || !bare.contains(char::is_lowercase) {
            // A tuple of exceptions under a name: it may hold any.
            watched.keeps = true;
        }
    }
    if catches {
        watched.keeps |= !modules(client)
            .iter()
            .all(|module| scope.can_import(module));
        let looks = looked_into(scope, clause);
        if !looks.is_empty() {
            let is_followed = library == HttpLibrary::Urllib
                && looks_of(scope, clause).is_some()
                && !inside::raises_otherwise(scope, statement);
            if is_followed {
                watched.looking = Some(statement);
            } else {
                watched.keeps = true;
            }
        }
    }
    watched
}

/// What a handler that catches one exception of urllib looks at in it, where all has its like.
pub(super) fn looks_of(scope: &Scope<'_>, clause: NodeId) -> Option<Vec<inside::Look>> {
    let [class] = caught(scope, clause)[..] else {
        return None;
    };
    let exception = caught_as(scope, class, HttpLibrary::Urllib);
    inside::looks(scope, exception, &looked_into(scope, clause))
}

/// Where a handler does more with its exception than to print it, to log it or to raise another from it.
fn looked_into(scope: &Scope<'_>, clause: NodeId) -> Vec<NodeId> {
    let ast = scope.ast();
    let Some(name) = ast
        .child_of_kind(clause, Kind::AsPattern)
        .and_then(|pattern| ast.child_of_kind(pattern, Kind::AsPatternTarget))
        .and_then(|target| ast.first_child(target))
    else {
        return Vec::new();
    };
    let text = scope.text(name);
    let is_looked_into = |id: NodeId| {
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
    };
    ast.subtree(clause)
        .filter(|&id| is_looked_into(id))
        .collect()
}
