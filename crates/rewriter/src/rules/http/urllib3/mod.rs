//! urllib3 in other clients: what its arguments and its responses are there.
//!
//! It sends a request up to three times more when a connection fails, and sends what is redirected by its own method: no
//! other client does. `retries=False` switches both off, and such a request is another client's where all of it is known.

mod response;
#[cfg(test)]
mod tests;

use unblocked_analyzer::Type;
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use super::arguments::{self, Edit, Given, Request};
use super::scope::Scope;
use super::session::Session;
use super::urllib::evidence;
use crate::options::HttpClient;

pub(super) use response::classify;

/// What takes the place of a session.
pub(super) const MANAGER: &str = "urllib3.PoolManager";
const FUNCTION: &str = "urllib3.request";
const METHOD: &str = "urllib3.PoolManager.request";

/// What is true of every call.
pub(super) const DIFFERENCES: &str = "; the headers that it sends by itself are its own";

const RETRIES: &str = "urllib3 sends a request again when a connection fails, up to three times, and sends what is redirected by its own method: `retries=False` switches both off";

/// The methods that send `fields` in the URL.
const IN_URL: &[&str] = &["GET", "HEAD", "DELETE", "OPTIONS"];

/// A function of urllib3 that sends a request: its path.
pub(super) fn function_name(path: &str) -> Option<&str> {
    let path = canonical(path);
    let (of, name) = path.rsplit_once('.')?;
    let sends = matches!(
        name,
        "request" | "urlopen" | "request_encode_url" | "request_encode_body"
    );
    (of.split('.').next() == Some("urllib3") && sends).then_some(path)
}

/// True for a function of urllib3 that raises none of its exceptions about requests.
pub(super) fn is_quiet(path: &str) -> bool {
    let path = canonical(path);
    path.starts_with("urllib3.") && function_name(path).is_none()
}

/// Whether a manager sends nothing again; `None` when it is made with what has no like.
pub(super) fn never_retries(scope: &Scope<'_>, made: NodeId) -> Option<bool> {
    let ast = scope.ast();
    let mut never = false;
    for (name, _, value) in arguments::given(scope, made, &["num_pools"])? {
        match name {
            // How many connections stay open for later.
            "num_pools" | "maxsize" if ast.kind(value) == Kind::Integer => {}
            "retries" => never = ast.kind(value) == Kind::False,
            _ => return None,
        }
    }
    Some(never)
}

/// The same call for another client, or why it has no like there.
pub(super) fn map(
    scope: &Scope<'_>,
    call: NodeId,
    path: &str,
    session: Option<&Session>,
) -> Result<Request, String> {
    let client = scope.options.http_client;
    if !matches!(path, FUNCTION | METHOD) {
        return Err(format!("`{path}` has no like in {}", client.name()));
    }
    let odd = || "the arguments of `request` are given in a way that can't be followed".to_owned();
    let given = arguments::given(scope, call, &["method", "url"]).ok_or_else(odd)?;
    let mut mapped = Mapped {
        scope,
        given: &given,
        is_aiohttp: client == HttpClient::Aiohttp,
        request: Request {
            method: "request",
            edits: Vec::new(),
            assumptions: Vec::new(),
            follows_redirects: false,
            has_timeout: false,
            verb: None,
        },
    };
    let is_told = mapped.value("retries").is_some();
    let is_off = match mapped.value("retries") {
        Some(value) => scope.ast().kind(value) == Kind::False,
        None => session.is_some_and(|session| session.never_retries),
    };
    if !is_off {
        return Err(RETRIES.to_owned());
    }
    for &one in &given {
        mapped.argument(one).ok_or_else(|| {
            format!(
                "`{}` as it is given here has no like in {}",
                one.0,
                client.name()
            )
        })?;
    }
    let last = given.last().ok_or_else(odd)?.1;
    if mapped.value("url").is_none() || mapped.value("method").is_none() {
        return Err(odd());
    }
    let is_aiohttp = mapped.is_aiohttp;
    let mut request = mapped.request;
    if path == FUNCTION && !given.iter().any(|(name, ..)| *name == "timeout") {
        request.edits.push(Edit::Limit(last, "3"));
    }
    if !is_told && !given.iter().any(|(name, ..)| *name == "redirect") {
        let text = if is_aiohttp {
            ", allow_redirects=False"
        } else {
            ", follow_redirects=False"
        };
        request.edits.push(Edit::After(last, text));
    }
    let method = given.iter().find(|(name, ..)| *name == "method");
    let is_sent_once = method.is_some_and(|&(.., method)| {
        let verb = scope.text(method).trim_matches(['"', '\'']);
        matches!(verb.to_ascii_uppercase().as_str(), "POST" | "PATCH")
    });
    if is_aiohttp && !is_sent_once {
        request.assumptions.push(
            "the service closes no connection without an answer, after which aiohttp asks once more",
        );
    }
    if !is_aiohttp {
        request
            .assumptions
            .push("the environment names no proxy, which urllib3 would not ask");
        request
            .assumptions
            .push("certifi knows the service's certificate, as urllib3 takes the system's");
    }
    Ok(request)
}

/// A call on its way to another client.
struct Mapped<'s, 'a> {
    scope: &'s Scope<'a>,
    given: &'s [Given<'a>],
    is_aiohttp: bool,
    request: Request,
}

impl Mapped<'_, '_> {
    fn value(&self, wanted: &str) -> Option<NodeId> {
        let mut given = self.given.iter();
        given
            .find(|(name, ..)| *name == wanted)
            .map(|&(.., value)| value)
    }

    /// One argument; `None` when it has no like.
    fn argument(&mut self, (name, argument, value): Given<'_>) -> Option<()> {
        let ast = self.scope.ast();
        let keyword = ast
            .child(argument, Field::Name)
            .filter(|_| ast.kind(argument) == Kind::KeywordArgument);
        let is_told = self.value("retries").is_some();
        let mut rename = |to| {
            let edit = Edit::Rename(keyword?, to);
            self.request.edits.push(edit);
            Some(())
        };
        let redirects = if self.is_aiohttp {
            ("allow_redirects", "allow_redirects=False")
        } else {
            ("follow_redirects", "follow_redirects=False")
        };
        match name {
            "method" => Some(()),
            "url" => self.url(value),
            "retries" => {
                let edit = Edit::Replace(argument, redirects.1);
                self.request.edits.push(edit);
                Some(())
            }
            "redirect" => {
                (ast.kind(value) == Kind::False && !is_told).then_some(())?;
                rename(redirects.0)
            }
            "fields" => {
                rename("params")?;
                self.fields(value)
            }
            "body" => {
                rename(if self.is_aiohttp { "data" } else { "content" })?;
                self.body(value)
            }
            "json" => {
                if self.value("body").is_some() || arguments::is_constant(self.scope, value) {
                    return None;
                }
                if self.is_aiohttp {
                    self.request.assumptions.push("the JSON body is written with spaces, and in ASCII, which only a signature of it would notice");
                }
                Some(())
            }
            "headers" => arguments::strings(
                self.scope,
                value,
                "`headers` holds strings",
                &mut self.request,
            ),
            "timeout" => self.timeout(value),
            _ => None,
        }
    }

    fn url(&mut self, url: NodeId) -> Option<()> {
        // urllib3 sends nobody's name and password.
        if self.scope.text(self.scope.resolve(url)).contains('@') {
            return None;
        }
        if !evidence::is_web(self.scope, url) {
            let assumption = "the URL begins with `http` or `https`, and holds no password";
            self.request.assumptions.push(assumption);
        }
        Some(())
    }

    /// What goes into the URL.
    fn fields(&mut self, fields: NodeId) -> Option<()> {
        let ast = self.scope.ast();
        let method = self.value("method")?;
        let verb = self.scope.text(method).trim_matches(['"', '\'']);
        if ast.kind(method) != Kind::String || !IN_URL.contains(&verb.to_ascii_uppercase().as_str())
        {
            return None;
        }
        let literal = self.scope.resolve(fields);
        let holds_many = |item: NodeId| {
            matches!(
                ast.kind(self.scope.resolve(item)),
                Kind::List | Kind::Tuple | Kind::Dictionary | Kind::Set
            ) || ast.kind(item).is_comprehension()
        };
        match ast.kind(literal) {
            Kind::Dictionary => {
                for pair in ast.children(literal) {
                    if holds_many(ast.child(pair, Field::Value)?) {
                        return None;
                    }
                }
            }
            _ => self
                .request
                .assumptions
                .push("every value of `fields` is one string or number"),
        }
        if matches!(ast.kind(literal), Kind::String | Kind::ConcatenatedString) {
            return None;
        }
        let url = self.value("url")?;
        arguments::params(self.scope, url, fields, false, &mut self.request)?;
        for assumption in &mut self.request.assumptions {
            if assumption.contains("`params` is") {
                *assumption = "no value of `fields` is `None` or a boolean";
            } else if assumption.contains("`params` would") {
                *assumption = "the URL has no query of its own";
            }
        }
        Some(())
    }

    /// Bytes, or JSON, which is ASCII.
    fn body(&mut self, body: NodeId) -> Option<()> {
        let ast = self.scope.ast();
        let literal = self.scope.resolve(body);
        let is_json = ast.kind(literal) == Kind::Call
            && ast.child(literal, Field::Function).is_some_and(
                |function| matches!(self.scope.type_of(function), Type::Path(path) if &**path == "json.dumps"),
            )
            && ast.child(literal, Field::Arguments).is_some_and(|list| {
                ast.children(list).count() == 1
                    && ast.first_child(list).is_some_and(|only| {
                        !matches!(ast.kind(only), Kind::ListSplat | Kind::DictionarySplat)
                    })
            });
        if !is_json && !evidence::is_bytes(self.scope, body) {
            return None;
        }
        // aiohttp names a content type of its own where urllib3 names none.
        let headers = self.value("headers");
        let is_typed =
            headers.is_some_and(|headers| arguments::names_content_type(self.scope, headers));
        (!self.is_aiohttp || is_typed).then_some(())
    }

    fn timeout(&mut self, value: NodeId) -> Option<()> {
        const NUMBER: &str = "`timeout` is a number";
        let ast = self.scope.ast();
        if ast.kind(value) == Kind::Call {
            let (connect, read) = phases(self.scope, value)?;
            self.request.has_timeout = true;
            let edit = if self.is_aiohttp {
                Edit::Timeout(value, Some((connect, read)))
            } else {
                Edit::Phases(value, connect, read)
            };
            self.request.edits.push(edit);
            return Some(());
        }
        let literal = self.scope.resolve(value);
        match ast.kind(literal) {
            Kind::Tuple | Kind::True | Kind::False | Kind::String | Kind::Call => return None,
            Kind::Integer | Kind::Float | Kind::None => {}
            _ if !self.is_aiohttp => self.request.assumptions.push(NUMBER),
            _ => {}
        }
        arguments::timeout(self.scope, value, self.is_aiohttp, &mut self.request)
    }
}

/// The seconds of `urllib3.Timeout(connect=…, read=…)`.
fn phases(scope: &Scope<'_>, made: NodeId) -> Option<(NodeId, NodeId)> {
    let ast = scope.ast();
    let class = ast.child(made, Field::Function)?;
    let is_timeout = matches!(scope.type_of(class), Type::Path(path) if matches!(
        &**path,
        "urllib3.Timeout" | "urllib3.util.Timeout" | "urllib3.util.timeout.Timeout"
    ));
    let given = arguments::given(scope, made, &[]).filter(|_| is_timeout)?;
    match given[..] {
        [("connect", _, connect), ("read", _, read)]
        | [("read", _, read), ("connect", _, connect)] => {
            (scope.is_inert(connect) && scope.is_inert(read)).then_some((connect, read))
        }
        _ => None,
    }
}
