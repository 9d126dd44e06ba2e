//! The arguments of a `requests` call, for another client.

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::neutral::is_default;
use super::scope::Scope;
use super::session::Session;
pub(super) use super::timeout::timeout;
use crate::options::HttpClient;

/// The call of another client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The client's method: `get`, `request`.
    pub(super) method: &'static str,
    /// What changes in the arguments.
    pub(super) edits: Vec<Edit>,
    /// What has to hold for it to be the same.
    pub(super) assumptions: Vec<&'static str>,
    /// `raise_for_status` raises for 4xx and 5xx only.
    pub(super) follows_redirects: bool,
    /// A `timeout` is given, and it is not `None`.
    pub(super) has_timeout: bool,
    /// The verb, where the arguments don't say it: `GET`.
    pub(super) verb: Option<&'static str>,
}

/// A change of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// Another keyword: `allow_redirects` → `follow_redirects`.
    Rename(NodeId, &'static str),
    /// A positional argument gets its name.
    Name(NodeId, &'static str),
    /// `timeout` → `ClientTimeout`: the value, then the seconds to connect and to read, `None` for no limit.
    Timeout(NodeId, Option<(NodeId, NodeId)>),
    /// `auth=(user, password)` → `BasicAuth(user, password)`.
    BasicAuth(NodeId),
    /// Seconds to connect and to read, where httpx takes both: the value, then the two.
    Phases(NodeId, NodeId, NodeId),
    /// An argument becomes another: `verify=False` → `ssl=False`.
    Replace(NodeId, &'static str),
    /// An argument is left out: what it says is so anyway.
    Drop(NodeId),
    /// Without a body's method of its own: `"DELETE", ` before the arguments.
    Method(NodeId, &'static str),
    /// Another argument after one: `, raise_for_status=True`.
    After(NodeId, &'static str),
    /// A `timeout` of so many seconds after an argument.
    Limit(NodeId, &'static str),
    /// `, headers={"Content-Type": …}` of a form after an argument.
    FormType(NodeId),
    /// `"Content-Type": …, ` of a form before the first item of a dictionary.
    FormTypeBefore(NodeId),
    /// The arguments of a `urllib.request.Request` in its place: the call, the first and the last of them.
    Inline(NodeId, NodeId, NodeId),
    /// The argument that is a dictionary of arguments, a variable: `**request`.
    Spread(NodeId, NodeId),
    /// `request.add_header(key, value)` → `request["headers"][key] = value`: the call, the object, the two.
    Header(NodeId, NodeId, NodeId, NodeId),
}

const NAMES: &[(&str, &[&str])] = &[
    ("get", &["url", "params"]),
    ("options", &["url"]),
    ("head", &["url"]),
    ("post", &["url", "data", "json"]),
    ("put", &["url", "data"]),
    ("patch", &["url", "data"]),
    ("delete", &["url"]),
    ("request", &["method", "url"]),
];

/// True for a method that sends a request.
pub(super) fn is_method(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name)
}

/// An argument: its name, the node, its value.
pub(super) type Given<'a> = (&'a str, NodeId, NodeId);

/// The same call for another client, or why it has no like there.
pub(super) fn map(
    scope: &Scope<'_>,
    call: NodeId,
    name: &str,
    session: Option<&Session>,
) -> Result<Request, String> {
    let client = scope.options.http_client;
    let odd = || format!("the arguments of `{name}` are given in a way that can't be followed");
    let &(method, names) = NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(odd)?;
    let given = given(scope, call, names).ok_or_else(odd)?;
    let (defaults, given): (Vec<Given<'_>>, Vec<Given<'_>>) =
        given.into_iter().partition(|one| is_default(scope, one));
    let mut request = Request {
        method,
        edits: (defaults.iter())
            .map(|&(_, argument, _)| Edit::Drop(argument))
            .collect(),
        assumptions: Vec::new(),
        follows_redirects: method != "head",
        has_timeout: false,
        verb: None,
    };
    let value_of = |wanted: &str| {
        given
            .iter()
            .find(|(name, ..)| *name == wanted)
            .map(|&(.., value)| value)
    };
    let url = value_of("url").ok_or_else(odd)?;
    let is_aiohttp = client == HttpClient::Aiohttp;
    for &one in &given {
        argument(scope, one, &given, url, &mut request).ok_or_else(|| {
            format!(
                "`{}` as it is given here has no like in {}",
                one.0,
                client.name()
            )
        })?;
    }
    if let Some(session) = session {
        // aiohttp refuses both at once.
        if is_aiohttp && session.has_auth && value_of("auth").is_some() {
            return Err(
                "aiohttp takes no `auth` for one request of a session that has its own".to_owned(),
            );
        }
        if session.has_params {
            own_query(scope, url, &mut request)
                .ok_or("httpx replaces the query of the URL by the session's parameters")?;
        }
    }
    let first = given.first().ok_or_else(odd)?.1;
    if !is_aiohttp {
        let has_body = value_of("data").is_some() || value_of("json").is_some();
        if has_body && let Some(verb) = bodiless(method) {
            request.method = "request";
            request.edits.push(Edit::Method(first, verb));
        }
        if method == "head" && value_of("allow_redirects").is_none() {
            let url_argument = given
                .iter()
                .find(|(name, ..)| *name == "url")
                .ok_or_else(odd)?
                .1;
            request
                .edits
                .push(Edit::After(url_argument, ", follow_redirects=False"));
        }
    }
    Ok(request)
}

/// The arguments of a call by name; `None` where one can't be named.
pub(super) fn given<'a>(
    scope: &Scope<'a>,
    call: NodeId,
    names: &[&'a str],
) -> Option<Vec<Given<'a>>> {
    let ast = scope.ast();
    let list = ast.child(call, Field::Arguments)?;
    if ast.kind(list) != Kind::ArgumentList {
        return None;
    }
    ast.children(list)
        .enumerate()
        .map(|(position, argument)| match ast.kind(argument) {
            Kind::KeywordArgument => Some((
                scope.text(ast.child(argument, Field::Name)?),
                argument,
                ast.child(argument, Field::Value)?,
            )),
            Kind::ListSplat | Kind::DictionarySplat => None,
            _ => Some((*names.get(position)?, argument, argument)),
        })
        .collect()
}

/// One argument; `None` when it has no like.
fn argument(
    scope: &Scope<'_>,
    (name, argument, value): Given<'_>,
    given: &[Given<'_>],
    url: NodeId,
    request: &mut Request,
) -> Option<()> {
    let ast = scope.ast();
    let is_aiohttp = scope.options.http_client == HttpClient::Aiohttp;
    let value_of = |wanted: &str| {
        given
            .iter()
            .find(|(name, ..)| *name == wanted)
            .map(|&(.., value)| value)
    };
    let headers = value_of("headers");
    let keyword = ast
        .child(argument, Field::Name)
        .filter(|_| ast.kind(argument) == Kind::KeywordArgument);
    let mut target = None;
    match name {
        "url" | "method" => {
            if keyword.is_none() {
                return Some(());
            }
        }
        "params" => {
            params(scope, url, value, is_aiohttp, request)?;
        }
        "headers" => strings(scope, value, "`headers` holds strings", request)?,
        "json" => {
            if value_of("data").is_some() || ast.kind(value) == Kind::None {
                return None;
            }
            if !is_aiohttp {
                request
                        .assumptions
                        .push("the JSON body is written without spaces, which only a signature of it would notice");
            }
        }
        "data" => match body(scope, value)? {
            Body::Form if is_aiohttp => request
                .assumptions
                .push("form values are strings or numbers"),
            Body::Form => request
                .assumptions
                .push("form values are strings or numbers, none of them `None` or a boolean"),
            Body::Pairs if is_aiohttp => {}
            Body::Pairs => return None,
            Body::Raw if is_aiohttp => {
                // aiohttp names a content type of its own where requests names none.
                if !headers.is_some_and(|headers| names_content_type(scope, headers)) {
                    return None;
                }
            }
            Body::Raw => target = Some("content"),
        },
        "timeout" => timeout(scope, value, is_aiohttp, request)?,
        "allow_redirects" => {
            if ast.kind(value) != Kind::True {
                request.follows_redirects = false;
            } else if request.method == "head" {
                request.follows_redirects = true;
            }
            if !is_aiohttp {
                target = Some("follow_redirects");
            }
        }
        "auth" => {
            let pair = scope.resolve(value);
            if ast.kind(pair) != Kind::Tuple || ast.children(pair).count() != 2 {
                return None;
            }
            if is_aiohttp {
                if pair != value {
                    return None;
                }
                request.edits.push(Edit::BasicAuth(value));
            }
        }
        "verify" if is_aiohttp && ast.kind(value) == Kind::False && keyword.is_some() => {
            request.edits.push(Edit::Replace(argument, "ssl=False"));
        }
        _ => return None,
    }
    match (keyword, target) {
        (Some(keyword), Some(target)) => request.edits.push(Edit::Rename(keyword, target)),
        (None, Some(target)) => request.edits.push(Edit::Name(argument, target)),
        (None, None) if name != "url" && name != "method" => {
            let name = NAMED.iter().find(|&&known| known == name)?;
            request.edits.push(Edit::Name(argument, name));
        }
        _ => {}
    }
    Some(())
}

const NAMED: &[&str] = &["params", "data", "json"];

/// The methods of httpx that take no body.
fn bodiless(method: &str) -> Option<&'static str> {
    Some(match method {
        "get" => "GET",
        "options" => "OPTIONS",
        "head" => "HEAD",
        "delete" => "DELETE",
        _ => return None,
    })
}

pub(super) fn params(
    scope: &Scope<'_>,
    url: NodeId,
    value: NodeId,
    is_aiohttp: bool,
    request: &mut Request,
) -> Option<()> {
    let ast = scope.ast();
    let literal = scope.resolve(value);
    match ast.kind(literal) {
        Kind::None | Kind::True | Kind::False => return None,
        Kind::String | Kind::ConcatenatedString => {}
        kind @ (Kind::Dictionary | Kind::List | Kind::Tuple) => {
            let mut is_plain = true;
            for pair in ast.children(literal) {
                let item = match kind {
                    Kind::Dictionary => ast.child(pair, Field::Value),
                    // `[("a", 1), …]`
                    _ => pair_value(ast, pair),
                };
                is_plain &= item.is_some_and(|item| {
                    matches!(ast.kind(item), Kind::String | Kind::Integer | Kind::Float)
                });
                if item.is_some_and(|item| is_constant(scope, item)) {
                    return None;
                }
                // Of a list in a pair, requests sends each element.
                let is_list = item.is_some_and(|item| {
                    matches!(ast.kind(item), Kind::List | Kind::Tuple | Kind::Set)
                });
                if is_list && kind != Kind::Dictionary {
                    return None;
                }
            }
            if !is_plain || ast.kind(value) == Kind::Identifier {
                request
                    .assumptions
                    .push("no value of `params` is `None` or a boolean");
            }
        }
        _ => request
            .assumptions
            .push("no value of `params` is `None` or a boolean"),
    }
    if !is_aiohttp {
        own_query(scope, url, request)?;
    }
    Some(())
}

/// The value of a pair in a list of parameters: the second of two elements.
fn pair_value(ast: &Ast, pair: NodeId) -> Option<NodeId> {
    let mut parts = match ast.kind(pair) {
        Kind::Tuple | Kind::List => ast.children(pair),
        _ => return None,
    };
    parts.nth(1).filter(|_| parts.next().is_none())
}

/// A URL whose query parameters would replace; `None` when it has one.
fn own_query(scope: &Scope<'_>, url: NodeId, request: &mut Request) -> Option<()> {
    const ASSUMPTION: &str = "the URL has no query of its own, which `params` would replace";
    let ast = scope.ast();
    let literal = scope.resolve(url);
    if scope.text(literal).contains('?') {
        return None;
    }
    let is_plain = ast.kind(literal) == Kind::String
        && ast.child_of_kind(literal, Kind::Interpolation).is_none();
    if !is_plain && !request.assumptions.contains(&ASSUMPTION) {
        request.assumptions.push(ASSUMPTION);
    }
    Some(())
}

/// True for a value that is, or easily is, `None` or a boolean, which clients write differently: `x or None`,
/// `request.GET.get("page")`, a parameter whose default is `None`.
pub(super) fn is_constant(scope: &Scope<'_>, node: NodeId) -> bool {
    let ast = scope.ast();
    let value = scope.resolve(node);
    if ast.kind(value) == Kind::Identifier {
        return scope.occurrences(scope.text(value)).any(|id| {
            ast.parent(id).is_some_and(|parent| {
                matches!(
                    ast.kind(parent),
                    Kind::DefaultParameter | Kind::TypedDefaultParameter | Kind::Assignment
                ) && ast
                    .child(parent, Field::Value)
                    .or_else(|| ast.child(parent, Field::Right))
                    .is_some_and(|given| given != id && ast.kind(given) == Kind::None)
            })
        });
    }
    if matches!(ast.kind(value), Kind::Comparison | Kind::NotOperator) {
        return true;
    }
    // `.get("page")` at the end: what is called on its result would fail for `None` anyway.
    let is_get = ast.kind(value) == Kind::Call
        && ast
            .child(value, Field::Function)
            .and_then(|function| ast.child(function, Field::Attribute))
            .is_some_and(|name| scope.text(name) == "get")
        && ast
            .child(value, Field::Arguments)
            .is_some_and(|arguments| ast.children(arguments).count() == 1);
    is_get
        || matches!(ast.kind(value), Kind::None | Kind::True | Kind::False)
        || matches!(
            ast.kind(value),
            Kind::BooleanOperator | Kind::Conditional | Kind::Call
        ) && ast.subtree(value).any(|id| ast.kind(id) == Kind::None)
}

pub(super) fn strings(
    scope: &Scope<'_>,
    value: NodeId,
    assumption: &'static str,
    request: &mut Request,
) -> Option<()> {
    let ast = scope.ast();
    let literal = scope.resolve(value);
    match ast.kind(literal) {
        Kind::Dictionary => {
            let mut is_plain = true;
            for pair in ast.children(literal) {
                let item = ast.child(pair, Field::Value);
                is_plain &= item.is_some_and(|item| ast.kind(item) == Kind::String);
                if item
                    .is_some_and(|item| is_constant(scope, item) || ast.kind(item) == Kind::Integer)
                {
                    return None;
                }
            }
            if !is_plain || literal != value {
                request.assumptions.push(assumption);
            }
        }
        Kind::None => return None,
        _ => request.assumptions.push(assumption),
    }
    Some(())
}

enum Body {
    Form,
    Pairs,
    Raw,
}

fn body(scope: &Scope<'_>, value: NodeId) -> Option<Body> {
    let ast = scope.ast();
    let literal = scope.resolve(value);
    match ast.kind(literal) {
        Kind::Dictionary => {
            let mut values = ast
                .children(literal)
                .map(|pair| ast.child(pair, Field::Value));
            values
                .all(|item| {
                    item.is_some_and(|item| {
                        !is_constant(scope, item) && !scope.text(item).starts_with(['b', 'B'])
                            || ast.kind(item) == Kind::Identifier
                    })
                })
                .then_some(Body::Form)
        }
        Kind::List => ast
            .children(literal)
            .all(|item| ast.kind(item) == Kind::Tuple)
            .then_some(Body::Pairs),
        Kind::String | Kind::ConcatenatedString => Some(Body::Raw),
        Kind::Call => {
            let function = ast.child(literal, Field::Function)?;
            let text = scope.text(function);
            (text == "json.dumps" || text.ends_with(".encode")).then_some(Body::Raw)
        }
        _ => None,
    }
}

pub(super) fn names_content_type(scope: &Scope<'_>, headers: NodeId) -> bool {
    let ast = scope.ast();
    let literal = scope.resolve(headers);
    ast.kind(literal) == Kind::Dictionary
        && ast.children(literal).any(|pair| {
            ast.child(pair, Field::Key).is_some_and(|key| {
                scope
                    .text(key)
                    .trim_matches(['"', '\''])
                    .eq_ignore_ascii_case("content-type")
            })
        })
}
