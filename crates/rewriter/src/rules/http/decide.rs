//! Which `requests` calls of a function another client can make, and where its `async with` statements go.

use std::collections::{BTreeMap, HashMap};

use unblocked_analyzer::{HttpLibrary, SiteKind};
use unblocked_django::canonical;
use unblocked_syntax::{Kind, NodeId, SmallSort};

use super::arguments::{self, Request};
use super::forms::{aiohttp, httpx};
use super::handlers::AllWatched;
use super::response::Use;
use super::scope::{Scope, Sharing};
use super::session::{LastingSessions, Place, Session, Sessions};
use super::shared::Shared;
use super::span;
use super::urllib::{self, Project};
use super::urllib3;
use super::variables::Variables;
use crate::options::HttpClient;

/// Each request looks at all of its function: beyond this many nodes in all, they are left to threads.
const MAX_WORK: usize = 5_000_000;

/// What becomes of a function's `requests` calls: those that are not here run in threads.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(super) calls: BTreeMap<NodeId, Native>,
    /// The statements that the client of the calls without a session stands around.
    pub(super) client: Option<(NodeId, NodeId)>,
    pub(super) client_name: String,
    /// The sessions that become clients, with the statements that those stand around which no block closes.
    pub(super) sessions: Vec<(Session, Option<(NodeId, NodeId)>)>,
    /// The client of the calls without a session sends more than one request.
    pub(super) asks_again: bool,
    /// Why the client of calls without a session is that of the event loop, which outlives the function.
    pub(super) sharing: Option<Sharing>,
}

impl Body {
    /// True when a call without a session is one of `requests`, which sends on what a service sets while it redirects.
    pub(super) fn keeps_cookies(&self) -> bool {
        self.calls
            .values()
            .any(|native| native.session.is_none() && native.library == HttpLibrary::Requests)
    }

    /// What the client is called that makes a call.
    pub(super) fn client_of(&self, native: &Native) -> &str {
        native
            .session
            .and_then(|index| self.sessions.get(index))
            .map_or(&self.client_name, |(session, _)| &session.name)
    }
}

/// What was decided for a function: what can be native, and by call why the others are not.
pub(super) struct Decision {
    pub(super) body: Option<Body>,
    pub(super) reasons: HashMap<NodeId, String>,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Native {
    /// The library that it is a call of.
    pub(super) library: HttpLibrary,
    pub(super) request: Request,
    pub(super) form: Form,
    /// What is done with the response: the expression that is the response, and its use.
    pub(super) uses: Vec<(NodeId, Use)>,
    /// Something catches that a body is not JSON.
    pub(super) strict_json: bool,
    /// The session that sends it, of those in [`Body::sessions`].
    pub(super) session: Option<usize>,
    /// The variable of a body that is read before it is used, where aiohttp keeps none.
    pub(super) body: Option<String>,
}

impl Native {
    /// True when the body is read before it is used, which is after the connection was given back: aiohttp then has its text
    /// and its JSON, but its `read()` raises.
    pub(super) fn is_read_before(&self) -> bool {
        matches!(self.form, Form::Cached { .. } | Form::Before { .. })
    }

    /// True when aiohttp reads JSON of it, and an empty body would be `None`.
    pub(super) fn reads_empty_as_none(&self) -> bool {
        self.form != Form::Expression
            && !self.strict_json
            && self
                .uses
                .iter()
                .any(|(_, used)| matches!(used, Use::Json(_)))
    }
}

/// How a call is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// `await client.get(url)`
    Expression,
    /// `async with session.get(url) as name:` takes the place of the statement and stands around those up to `last`.
    Statement {
        statement: NodeId,
        last: NodeId,
        name: String,
    },
    /// The same around the body's reading alone; the response is used later.
    Cached { statement: NodeId, name: String },
    /// `async with session.get(url) as name:` around the statement, in which the name takes the place of the call.
    Around { statement: NodeId, name: String },
    /// The same around the body's reading, before the statement.
    Before { statement: NodeId, name: String },
    /// `async with session.get(url) as name:` takes the place of the header of a `with` statement; `name` when it has none.
    With {
        statement: NodeId,
        name: Option<String>,
    },
}

impl Form {
    pub(super) fn span(&self, scope: &Scope<'_>, call: NodeId) -> Option<(NodeId, NodeId)> {
        Some(match self {
            Self::Expression => {
                let statement = scope.ast().statement(call)?;
                (statement, statement)
            }
            Self::Statement {
                statement, last, ..
            } => (*statement, *last),
            Self::Cached { statement, .. }
            | Self::Around { statement, .. }
            | Self::Before { statement, .. }
            | Self::With { statement, .. } => (*statement, *statement),
        })
    }
}

/// The functions that send a request, and the methods of `requests`' sessions: their names.
pub(super) fn function_name(path: &str) -> Option<&str> {
    if canonical(path) == urllib::OPEN {
        return Some(urllib::FUNCTION);
    }
    if let Some(name) = urllib3::function_name(path) {
        return Some(name);
    }
    let name = canonical(path).strip_prefix("requests.")?;
    Some(name.strip_prefix("Session.").unwrap_or(name)).filter(|name| arguments::is_method(name))
}

/// The library of a function that sends a request.
pub(super) fn library(function: &str) -> HttpLibrary {
    if function == urllib::FUNCTION {
        HttpLibrary::Urllib
    } else if function.starts_with("urllib3.") {
        HttpLibrary::Urllib3
    } else {
        HttpLibrary::Requests
    }
}

/// The calls of a function that send requests, in order of place.
pub(super) fn request_calls<'a>(scope: &Scope<'a>) -> Vec<(NodeId, &'a str)> {
    let mut calls: Vec<(NodeId, &str)> = scope
        .effects
        .sites_of(scope.file, scope.function)
        .filter_map(|site| match &site.kind {
            SiteKind::Function { path } => Some((site.node, function_name(path)?)),
            _ => None,
        })
        .collect();
    calls.small_sort();
    calls.dedup();
    calls
}

const WATCHED: &str = "a handler around it catches what has no like in the other client, or looks into what it caught";
const PLACED: &str = "it stands where nothing can be awaited, or its response is used in a way that the other client has no like for";

/// Decides for all calls of a function. `kept`: the calls that have to stay in threads whatever they are.
pub(super) fn decide(
    scope: &Scope<'_>,
    modules: &LastingSessions,
    project: &Project,
    shared: Option<(&Shared, Sharing)>,
    watched: &AllWatched,
) -> Decision {
    let mut reasons: HashMap<NodeId, String> = HashMap::new();
    let requests = request_calls(scope);
    let body = native(
        scope,
        modules,
        project,
        shared,
        &requests,
        watched,
        &mut reasons,
    );
    let has = |call: NodeId| {
        body.as_ref()
            .is_some_and(|body| body.calls.contains_key(&call))
    };
    for &(call, _) in requests.iter().filter(|(call, _)| !has(*call)) {
        reasons.entry(call).or_insert_with(|| PLACED.to_owned());
    }
    Decision { body, reasons }
}

fn native(
    scope: &Scope<'_>,
    sessions: &LastingSessions,
    project: &Project,
    shared: Option<(&Shared, Sharing)>,
    requests: &[(NodeId, &str)],
    watched: &AllWatched,
    reasons: &mut HashMap<NodeId, String>,
) -> Option<Body> {
    let AllWatched {
        kept,
        strict_json,
        looking,
    } = watched;
    let client = scope.options.http_client;
    let modules: &[&str] = match client {
        HttpClient::Aiohttp => &["aiohttp", "asyncio", "json"],
        HttpClient::Httpx => &["httpx", "json"],
        HttpClient::Httpx2 => &["httpx2", "json"],
        HttpClient::Requests => return None,
    };
    if !modules.iter().all(|module| scope.can_import(module)) {
        return None;
    }
    let mut calls: BTreeMap<NodeId, Native> = BTreeMap::new();
    let size = scope.ast().subtree(scope.root()).count();
    if requests.len().saturating_mul(size) > MAX_WORK {
        return None;
    }
    let reply = scope.free_name(&["response", "http_response", "reply"]);
    let variables = Variables::new(scope, requests, kept);
    let sessions = Sessions::new(scope, requests, sessions);
    for &(call, name) in requests {
        if kept.contains(&call) {
            reasons.insert(call, WATCHED.to_owned());
            continue;
        }
        if scope
            .ast()
            .parent(call)
            .is_none_or(|up| scope.ast().kind(up) == Kind::Await)
        {
            continue;
        }
        let session = match sessions.of(call).transpose() {
            Ok(session) => session,
            Err(reason) => {
                reasons.insert(call, reason);
                continue;
            }
        };
        let of = session.and_then(|index| sessions.all.get(index));
        let library = library(name);
        let mapped = match library {
            HttpLibrary::Requests => arguments::map(scope, call, name, of),
            HttpLibrary::Urllib => urllib::map(scope, call, project),
            HttpLibrary::Urllib3 => urllib3::map(scope, call, name, of),
        };
        let mut request = match mapped {
            Ok(request) => request,
            Err(reason) => {
                reasons.insert(call, reason);
                continue;
            }
        };
        for &assumption in of.iter().flat_map(|session| &session.assumptions) {
            if !request.assumptions.contains(&assumption) {
                request.assumptions.push(assumption);
            }
        }
        let found = match client {
            HttpClient::Aiohttp => aiohttp(scope, (call, library), requests, &variables, &reply),
            _ => httpx(scope, (call, library), &request, &variables),
        };
        // The bytes of a body are had before the connection is given back, or not at all.
        let found = found.filter(|(form, uses)| {
            let is_read_before = matches!(form, Form::Cached { .. } | Form::Before { .. });
            !(is_read_before && uses.iter().any(|(_, used)| matches!(used, Use::Content(_))))
        });
        let found = found.filter(|(form, uses)| {
            library != HttpLibrary::Urllib || urllib::is_read_once(scope, call, form, uses)
        });
        if let Some((form, uses)) = found {
            let body = urllib::body_name(scope, library, &form, &uses);
            let strict_json = strict_json.contains(&call)
                || uses.iter().any(|(node, _)| strict_json.contains(node));
            calls.insert(
                call,
                Native {
                    library,
                    request,
                    form,
                    uses,
                    strict_json,
                    session,
                    body,
                },
            );
        }
    }
    shadowed(scope, &sessions, &mut calls);
    together(
        scope, requests, &variables, &sessions, looking, &mut calls, reasons,
    );
    let all = span::session_spans(scope, sessions.all, &mut calls);
    let own = || calls.iter().filter(|(_, native)| native.session.is_none());
    let client = if shared.is_some() || own().next().is_none() {
        None
    } else {
        let client = span::client_span(scope, own().map(|(&call, native)| (call, native)))?;
        let spans = all.iter().filter_map(|(_, span)| span.as_ref());
        Some(span::around_all(scope, client, spans)?)
    };
    if calls.is_empty() {
        return None;
    }
    let asks_again = {
        let mut own = calls.iter().filter(|(_, native)| native.session.is_none());
        let repeats = |call: NodeId| {
            scope.ancestors(call).any(|up| {
                let kind = scope.ast().kind(up);
                matches!(kind, Kind::For | Kind::While) || kind.is_comprehension()
            })
        };
        own.clone().count() > 1 || own.any(|(&call, _)| repeats(call))
    };
    let names: &[&str] = match scope.options.http_client {
        HttpClient::Aiohttp => &["session", "http_session", "client_session"],
        _ => &["client", "http_client", "async_client"],
    };
    Some(Body {
        calls,
        client,
        asks_again,
        sessions: all,
        client_name: shared.as_ref().map_or_else(
            || scope.free_name(names),
            |(shared, _)| format!("{}()", shared.client),
        ),
        sharing: shared.map(|(_, sharing)| sharing),
    })
}

/// The client of a module's session hides it in a function, so all that the function does with it must be the client's.
fn shadowed(scope: &Scope<'_>, sessions: &Sessions, calls: &mut BTreeMap<NodeId, Native>) {
    let ast = scope.ast();
    for (index, session) in sessions.all.iter().enumerate() {
        let is_sent = |&used: &NodeId| {
            ast.ancestors(used)
                .nth(1)
                .is_some_and(|call| calls.contains_key(&call) && !scope.stays_sync(call))
        };
        if session.place == Place::Module && !session.is_shared && !session.uses.iter().all(is_sent)
        {
            calls.retain(|_, native| native.session != Some(index));
        }
    }
}

/// A variable is native or it isn't: all that it is bound to. So is a session: all that it sends; and a `try` statement
/// whose handlers look into an exception: all that may raise it.
fn together(
    scope: &Scope<'_>,
    requests: &[(NodeId, &str)],
    variables: &Variables<'_>,
    sessions: &Sessions,
    looking: &BTreeMap<NodeId, NodeId>,
    calls: &mut BTreeMap<NodeId, Native>,
    reasons: &mut HashMap<NodeId, String>,
) {
    loop {
        let is_missing = |other: &NodeId| !calls.contains_key(other);
        let torn: Vec<NodeId> = calls
            .iter()
            .filter(|(call, native)| {
                let of_variable = variables.of.get(call).is_some_and(|name| {
                    variables
                        .of
                        .iter()
                        .any(|(other, at)| at == name && is_missing(other))
                });
                let of_session = native.session.is_some_and(|session| {
                    requests.iter().any(|(other, _)| {
                        sessions.of(*other) == Some(Ok(session)) && is_missing(other)
                    })
                });
                // A handler that looks into its exception knows one kind.
                let of_handler = looking.get(call).is_some_and(|around| {
                    requests.iter().any(|&(other, function)| {
                        library(function) == HttpLibrary::Urllib
                            && scope.ast().contains(*around, other)
                            && is_missing(&other)
                    })
                });
                of_variable || of_session || of_handler
            })
            .map(|(&call, _)| call)
            .collect();
        if torn.is_empty() {
            return;
        }
        for call in torn {
            calls.remove(&call);
            let other = requests
                .iter()
                .filter(|(other, _)| *other != call)
                .find_map(|(other, _)| Some((*other, reasons.get(other)?.clone())));
            let text = match other {
                Some((other, reason)) => format!(
                    "what it shares a variable, a session or a handler with stays: `{}`, as {reason}",
                    crate::draft::excerpt(scope.text(other))
                ),
                None => "what it shares a variable, a session or a handler with stays".to_owned(),
            };
            reasons.insert(call, text);
        }
    }
}
