//! `requests.Session` as a client of its own: where it is made, what is set on it, and which requests it sends.
//!
//! A session can become another client when all that is done with it is in one function and has its like there, or when its
//! module makes it ([`module`]), or `__init__` of an object that has it ([`instance`]). One that is passed on may be used for
//! anything: its requests run in threads.

mod advice;
mod factory;
mod imported;
mod instance;
mod module;
mod values;

use std::collections::HashMap;

use unblocked_analyzer::{HttpLibrary, Type};
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use super::arguments;
use super::scope::Scope;
use super::urllib3;
use crate::options::HttpClient;

pub(crate) use module::LastingSession;
pub(super) use module::LastingSessions;
use values::{has_strings, plain};

/// A session of a function.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) name: String,
    /// `requests.Session()`
    pub(super) made: NodeId,
    pub(super) place: Place,
    /// What is set on it.
    pub(super) settings: Vec<Setting>,
    /// `session.close()`
    pub(super) closes: Vec<NodeId>,
    /// It adds parameters to every URL.
    pub(super) has_params: bool,
    /// It authenticates every request.
    pub(super) has_auth: bool,
    /// What has to hold for it to be the same.
    pub(super) assumptions: Vec<&'static str>,
    /// Every place that names it, but where it is made.
    pub(super) uses: Vec<NodeId>,
    /// The function that makes its client, of one of a module.
    pub(super) factory: Option<String>,
    /// The module that function is imported from.
    pub(super) home: Option<String>,
    /// That function gives one client for each event loop.
    pub(super) is_shared: bool,
    /// The library that it is of.
    pub(super) library: HttpLibrary,
    /// It sends nothing again.
    pub(super) never_retries: bool,
    /// It sends one request in all.
    pub(super) is_asked_once: bool,
}

/// Where a session is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// By a `with` statement.
    With(NodeId),
    /// By an assignment; a `finally` closes it.
    Closed,
    /// By an assignment, a statement, from which on it is open.
    Open(NodeId),
    /// By the module.
    Module,
}

/// What is set on a session where it can't stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// `session.auth = (user, password)`: the attribute and the pair.
    Auth(NodeId, NodeId),
}

/// The sessions of a function.
#[derive(Default)]
pub(super) struct Sessions {
    pub(super) all: Vec<Session>,
    /// By call: the session, or why it stays what it is.
    of: HashMap<NodeId, Result<usize, String>>,
}

impl Sessions {
    pub(super) fn new(
        scope: &Scope<'_>,
        calls: &[(NodeId, &str)],
        modules: &LastingSessions,
    ) -> Self {
        let mut sessions = Self::default();
        let mut by_name: HashMap<&str, Result<usize, String>> = HashMap::new();
        for &(call, _) in calls {
            let Some(receiver) = receiver(scope, call) else {
                continue;
            };
            let name = scope.text(receiver);
            let found = by_name
                .entry(name)
                .or_insert_with(|| {
                    let session = match scope.ast().kind(receiver) {
                        Kind::Identifier => session(scope, name, modules),
                        Kind::Call => {
                            Err("its session is made where it is used, and has no name".to_owned())
                        }
                        _ => instance::of_object(scope, receiver, modules),
                    }?;
                    sessions.all.push(session);
                    Ok(sessions.all.len() - 1)
                })
                .clone();
            sessions.of.insert(call, found);
        }
        sessions
    }

    /// The session whose request a call is, or why it stays a session; `None` for a call of a function of `requests`.
    pub(super) fn of(&self, call: NodeId) -> Option<Result<usize, String>> {
        self.of.get(&call).cloned()
    }
}

/// `session` of `session.get(…)`.
fn receiver(scope: &Scope<'_>, call: NodeId) -> Option<NodeId> {
    let ast = scope.ast();
    let object = ast.child(ast.child(call, Field::Function)?, Field::Object)?;
    matches!(scope.type_of(object), Type::External(path) if session_of(path).is_some())
        .then_some(object)
}

/// The library whose sessions a class makes.
fn session_of(path: &str) -> Option<HttpLibrary> {
    match canonical(path) {
        "requests.Session" | "requests.session" => Some(HttpLibrary::Requests),
        urllib3::MANAGER => Some(HttpLibrary::Urllib3),
        _ => None,
    }
}

fn session(scope: &Scope<'_>, name: &str, modules: &LastingSessions) -> Result<Session, String> {
    let ast = scope.ast();
    if scope.function.is_some()
        && let Some(found) = modules.get(scope.file, name)
    {
        return found
            .as_ref()
            .map(|module| module.of_function(scope))
            .map_err(Clone::clone);
    }
    let uses: Vec<NodeId> = ast
        .subtree(scope.whole())
        .filter(|&id| {
            ast.kind(id) == Kind::Identifier
                && scope.text(id) == name
                && ast.field(id) != Some(Field::Attribute)
        })
        .collect();
    let mut made = uses.iter().filter_map(|&id| made(scope, id));
    let (first, second) = (made.next(), made.next());
    let Some((bound, made, place, library)) = first else {
        return Err(format!(
            "the session `{name}` is made elsewhere: it may outlive the event loop that a client belongs to"
        ));
    };
    if second.is_some() {
        return Err(format!("`{name}` is several sessions"));
    }
    let mut session = Session::new(scope, name, made, place, library)?;
    if scope.facts.owner(bound) != scope.function {
        return Err(format!("the session `{name}` is not simply made"));
    }
    session.uses = uses.into_iter().filter(|&id| id != bound).collect();
    session.is_asked_once = session.uses.len() == 1
        && session.uses.iter().all(|&id| {
            !scope.ancestors(id).any(|up| {
                matches!(ast.kind(up), Kind::For | Kind::While) || ast.kind(up).is_comprehension()
            })
        });
    for id in session.uses.clone() {
        let is_nested = scope.facts.owner(id) != scope.function
            || scope
                .ancestors(id)
                .any(|up| matches!(ast.kind(up), Kind::Lambda | Kind::ClassDef));
        if is_nested || id < bound || !is_in_reach(scope, place, id) {
            return Err(format!(
                "the session `{name}` is used beyond the block that it is made in"
            ));
        }
        session.take(scope, id)?;
    }
    if matches!(session.place, Place::Open(_))
        && session.closes.iter().any(|&close| is_finally(scope, close))
    {
        session.place = Place::Closed;
    }
    Ok(session)
}

/// The session that a name is bound to here: the name, the call that makes it, and how.
fn made(scope: &Scope<'_>, id: NodeId) -> Option<(NodeId, NodeId, Place, HttpLibrary)> {
    let ast = scope.ast();
    let parent = ast.parent(id)?;
    let made_by = |call: NodeId| {
        let class = ast.child(call, Field::Function)?;
        match scope.type_of(class) {
            Type::Path(path) if ast.kind(call) == Kind::Call => session_of(path),
            _ => None,
        }
    };
    match ast.kind(parent) {
        Kind::Assignment if ast.field(id) == Some(Field::Left) => {
            let call = ast.child(parent, Field::Right)?;
            let statement = ast.parent(parent)?;
            let is_plain = ast.kind(statement) == Kind::ExpressionStatement
                && ast.child(parent, Field::Type).is_none()
                && scope.has_own_lines(statement);
            let library = made_by(call).filter(|_| is_plain)?;
            Some((id, call, Place::Open(statement), library))
        }
        Kind::AsPatternTarget => {
            let pattern = ast.parent(parent)?;
            let item = ast.parent(pattern)?;
            let clause = ast.parent(item)?;
            let statement = ast.parent(clause)?;
            let call = ast.first_child(pattern)?;
            let is_plain = ast.kind(statement) == Kind::With
                && ast.kind(clause) == Kind::WithClause
                && ast.children(clause).count() == 1
                && !scope.text(statement).starts_with("async");
            let library = made_by(call).filter(|_| is_plain)?;
            Some((id, call, Place::With(statement), library))
        }
        _ => None,
    }
}

/// True for a use in the `with` block, or in the statements that follow the assignment.
fn is_in_reach(scope: &Scope<'_>, place: Place, id: NodeId) -> bool {
    let ast = scope.ast();
    match place {
        Place::With(statement) => ast.contains(statement, id),
        Place::Open(statement) => ast
            .parent(statement)
            .is_some_and(|block| ast.contains(block, id)),
        Place::Closed | Place::Module => true,
    }
}

fn is_finally(scope: &Scope<'_>, node: NodeId) -> bool {
    let ast = scope.ast();
    ast.ancestors(node)
        .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
        .any(|up| ast.kind(up) == Kind::Finally)
}

impl Session {
    /// One of which nothing is known yet but how it is made.
    fn new(
        scope: &Scope<'_>,
        name: &str,
        made: NodeId,
        place: Place,
        library: HttpLibrary,
    ) -> Result<Self, String> {
        let ast = scope.ast();
        let list = ast.child(made, Field::Arguments);
        let has_arguments = list.is_none_or(|list| ast.first_child(list).is_some());
        let never_retries = match library {
            HttpLibrary::Urllib3 => urllib3::never_retries(scope, made),
            _ => (!has_arguments).then_some(false),
        };
        Ok(Self {
            name: name.to_owned(),
            made,
            place,
            settings: Vec::new(),
            closes: Vec::new(),
            has_params: false,
            has_auth: false,
            assumptions: Vec::new(),
            uses: Vec::new(),
            factory: None,
            home: None,
            is_shared: false,
            library,
            never_retries: never_retries
                .ok_or_else(|| format!("the session `{name}` is not simply made"))?,
            is_asked_once: false,
        })
    }

    /// True for the name of a method that sends a request.
    fn sends(&self, method: &str) -> bool {
        match self.library {
            HttpLibrary::Urllib3 => method == "request",
            _ => arguments::is_method(method),
        }
    }

    /// True for `session` of `session.get(…)`, whatever names it.
    fn is_sender(&self, scope: &Scope<'_>, id: NodeId) -> bool {
        let ast = scope.ast();
        let Some(attribute) = ast.parent(id).filter(|&up| ast.kind(up) == Kind::Attribute) else {
            return false;
        };
        let is_called = ast.field(attribute) == Some(Field::Function)
            && ast
                .parent(attribute)
                .is_some_and(|call| ast.kind(call) == Kind::Call);
        is_called
            && ast
                .child(attribute, Field::Attribute)
                .is_some_and(|name| self.sends(scope.text(name)))
    }

    /// Takes note of a use that has its like.
    fn take(&mut self, scope: &Scope<'_>, id: NodeId) -> Result<(), String> {
        let ast = scope.ast();
        let client = scope.options.http_client;
        let other = || {
            Err(format!(
                "the session `{}` is used for more than requests",
                self.name
            ))
        };
        let Some(attribute) = ast
            .parent(id)
            .filter(|&up| ast.kind(up) == Kind::Attribute && ast.field(id) == Some(Field::Object))
        else {
            return other();
        };
        let (Some(name), Some(parent)) = (
            ast.child(attribute, Field::Attribute),
            ast.parent(attribute),
        ) else {
            return other();
        };
        let name = scope.text(name);
        let is_called =
            ast.kind(parent) == Kind::Call && ast.field(attribute) == Some(Field::Function);
        if is_called && self.sends(name) {
            return Ok(());
        }
        if self.library == HttpLibrary::Urllib3 {
            return other();
        }
        if is_called && name == "close" && is_statement(scope, parent) {
            self.closes.push(parent);
            return Ok(());
        }
        let no_like = advice::no_like(&self.name, name, client);
        match name {
            "headers" if self.takes_headers(scope, attribute).is_some() => return Ok(()),
            // httpx keeps them in a jar of the same kind.
            "cookies"
                if client != HttpClient::Aiohttp
                    && self.takes_cookies(scope, attribute).is_some() =>
            {
                return Ok(());
            }
            "auth" if ast.kind(parent) == Kind::Assignment => {
                let pair = ast.child(parent, Field::Right).filter(|&pair| {
                    ast.field(attribute) == Some(Field::Left)
                        && ast.kind(pair) == Kind::Tuple
                        && ast.children(pair).count() == 2
                        && is_statement(scope, parent)
                });
                if let Some(pair) = pair {
                    self.settings.push(Setting::Auth(attribute, pair));
                    self.has_auth = true;
                    return Ok(());
                }
            }
            "params" if ast.kind(parent) == Kind::Assignment && client != HttpClient::Aiohttp => {
                let values = ast.child(parent, Field::Right).filter(|&values| {
                    ast.field(attribute) == Some(Field::Left)
                        && ast.kind(values) == Kind::Dictionary
                        && is_statement(scope, parent)
                });
                if let Some(assumption) = values.and_then(|values| plain(scope, values)) {
                    self.assumptions.extend(assumption);
                    self.has_params = true;
                    return Ok(());
                }
            }
            _ => {}
        }
        Err(no_like)
    }

    /// `session.headers["X"] = value` and `session.headers.update({…})`.
    fn takes_headers(&mut self, scope: &Scope<'_>, headers: NodeId) -> Option<()> {
        let values = assigned(scope, headers)?;
        let assumption = has_strings(scope, values)?.then_some("`headers` holds strings");
        self.assumptions.extend(assumption);
        Some(())
    }

    /// The same of `cookies`, and `session.cookies.set(name, value)`.
    fn takes_cookies(&mut self, scope: &Scope<'_>, cookies: NodeId) -> Option<()> {
        let values = assigned(scope, cookies).or_else(|| set_value(scope, cookies))?;
        let assumption = has_strings(scope, values)?.then_some("`cookies` holds strings");
        self.assumptions.extend(assumption);
        Some(())
    }
}

/// The values of `attribute["X"] = value` and `attribute.update({…})`, statements: one, or a dictionary.
fn assigned(scope: &Scope<'_>, attribute: NodeId) -> Option<NodeId> {
    let ast = scope.ast();
    let parent = ast.parent(attribute)?;
    match ast.kind(parent) {
        Kind::Subscript if ast.field(parent) == Some(Field::Left) => {
            let assignment = ast.parent(parent)?;
            if ast.kind(assignment) != Kind::Assignment || !is_statement(scope, assignment) {
                return None;
            }
            ast.child(assignment, Field::Right)
        }
        Kind::Attribute => {
            let [values] = called(scope, parent, "update")?[..] else {
                return None;
            };
            (ast.kind(values) == Kind::Dictionary).then_some(values)
        }
        _ => None,
    }
}

/// The value of `attribute.set(name, value)`, a statement.
fn set_value(scope: &Scope<'_>, attribute: NodeId) -> Option<NodeId> {
    let ast = scope.ast();
    let method = ast.parent(attribute)?;
    match called(scope, method, "set")?[..] {
        [name, value] if ast.kind(name) == Kind::String => {
            (ast.kind(value) != Kind::KeywordArgument).then_some(value)
        }
        _ => None,
    }
}

/// The arguments of a call of a method, a statement.
fn called(scope: &Scope<'_>, method: NodeId, name: &str) -> Option<Vec<NodeId>> {
    let ast = scope.ast();
    let call = ast.parent(method)?;
    let is_called = ast.kind(call) == Kind::Call
        && ast.field(method) == Some(Field::Function)
        && ast
            .child(method, Field::Attribute)
            .is_some_and(|attribute| scope.text(attribute) == name)
        && is_statement(scope, call);
    let list = ast.child(call, Field::Arguments).filter(|_| is_called)?;
    Some(ast.children(list).collect())
}

/// True for an expression that is a statement on its own.
fn is_statement(scope: &Scope<'_>, node: NodeId) -> bool {
    let ast = scope.ast();
    ast.parent(node)
        .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
}

#[cfg(test)]
mod tests;
