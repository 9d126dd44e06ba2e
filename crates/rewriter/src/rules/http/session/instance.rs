//! Sessions of instances: `self.session = requests.Session()` in `__init__`, with what is set on it, used by the methods.
//!
//! An instance may outlive the event loop that a client belongs to. So `__init__` makes a function in the place of the session,
//! and each method that sends requests opens a client with the same settings. The clients of an instance have one jar for their
//! cookies, as the session had.

mod elsewhere;
mod settings;

use std::collections::HashSet;

use unblocked_analyzer::{ClassRef, HttpLibrary, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::super::scope::Scope;
use super::{LastingSession, LastingSessions, Place, Session, session_of};
use crate::classes::is_plain;
use crate::imports::Imports;
use crate::options::HttpClient;
use elsewhere::Elsewhere;

/// Methods by which a class says itself what its attributes are, or how it is copied.
const OWN_WAYS: &[&str] = &[
    "__copy__",
    "__deepcopy__",
    "__delattr__",
    "__getattr__",
    "__getattribute__",
    "__getstate__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__setattr__",
    "__setstate__",
];

/// Where the session of an instance is made.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    /// What `__init__` calls the instance.
    pub(super) receiver: String,
    /// What the client is called in the function that makes it.
    pub(super) client: String,
    /// `self.session` where it is made and set up.
    pub(super) named: Vec<NodeId>,
    /// What the jar for its cookies is called.
    pub(super) jar: String,
}

/// A session that `__init__` of a class makes: the attribute's name, the attribute and the call.
fn made<'a>(scope: &Scope<'a>, receiver: &str) -> Vec<(&'a str, NodeId, NodeId, NodeId)> {
    let ast = scope.ast();
    let is_made = |call: NodeId| {
        ast.kind(call) == Kind::Call
            && ast.child(call, Field::Function).is_some_and(
                |class| matches!(scope.type_of(class), Type::Path(path) if session_of(path) == Some(HttpLibrary::Requests)),
            )
    };
    ast.children(scope.root())
        .filter_map(|statement| {
            let assignment = ast
                .first_child(statement)
                .filter(|&id| ast.kind(id) == Kind::Assignment)?;
            let target = ast.child(assignment, Field::Left)?;
            let call = ast.child(assignment, Field::Right)?;
            let object = ast.child(target, Field::Object)?;
            let name = ast.child(target, Field::Attribute)?;
            (ast.kind(target) == Kind::Attribute && scope.text(object) == receiver && is_made(call))
                .then(|| (scope.text(name), statement, target, call))
        })
        .collect()
}

/// The sessions that the classes of a file make: the class, the attribute, and what can take its place, or why nothing can.
/// `scope` is that of the file's own statements.
pub(super) fn of_file<'a>(
    scope: &Scope<'a>,
) -> Vec<(usize, &'a str, Result<LastingSession, String>)> {
    let mut found = Vec::new();
    for (index, class) in scope.facts.classes.iter().enumerate() {
        let Some(&init) = class.methods.get("__init__") else {
            continue;
        };
        let Some(function) = scope.facts.functions.get(init) else {
            continue;
        };
        let Some(receiver) = function.params.first() else {
            continue;
        };
        let inner = scope.of(Some(init));
        for (name, statement, target, call) in made(&inner, &receiver.name) {
            let session = Finder {
                scope: inner,
                class: ClassRef {
                    file: scope.file,
                    index,
                },
                name,
                receiver: &receiver.name,
            }
            .find(statement, target, call);
            found.push((index, name, session));
        }
    }
    found
}

/// By what the session of a class is found among those of its file.
pub(super) fn key(class: usize, name: &str) -> String {
    format!("{class}.{name}")
}

/// The class and the attribute of `self.session` in a method.
pub(super) fn receiver<'a>(scope: &Scope<'a>, receiver: NodeId) -> Option<(ClassRef, &'a str)> {
    let ast = scope.ast();
    let function = scope.facts.functions.get(scope.function?)?;
    let is_bound = function
        .decorator_names
        .iter()
        .all(|name| !matches!(&**name, "staticmethod" | "classmethod"));
    let object = ast.child(receiver, Field::Object)?;
    let name = ast.child(receiver, Field::Attribute)?;
    let first = function.params.first().filter(|_| is_bound)?;
    (ast.kind(object) == Kind::Identifier && scope.text(object) == first.name).then_some((
        ClassRef {
            file: scope.file,
            index: function.class?,
        },
        scope.text(name),
    ))
}

/// A session that is kept in an object.
pub(super) fn of_object(
    scope: &Scope<'_>,
    receiver: NodeId,
    lasting: &LastingSessions,
) -> Result<Session, String> {
    match lasting.of_receiver(scope, receiver) {
        Some(Ok(session)) => session.of_method(scope, receiver),
        Some(Err(reason)) => Err(reason.clone()),
        None => Err(format!(
            "the session `{}` is kept in an object: it may outlive the event loop that a client belongs to",
            scope.text(receiver)
        )),
    }
}

impl LastingSession {
    /// The session of a method: `receiver` is what it is there.
    pub(super) fn of_method(&self, scope: &Scope<'_>, receiver: NodeId) -> Result<Session, String> {
        let name = &self.session.name;
        if let Some(caller) = scope.looping_caller() {
            return Err(format!(
                "`{caller}` calls this function in a loop, and each call would connect anew, where the session `{name}` keeps its connections"
            ));
        }
        let ast = scope.ast();
        let object = ast.child(receiver, Field::Object);
        let object = object.map_or("self", |object| scope.text(object));
        let mut session = self.session.clone();
        session.name = client_name(scope);
        session.settings.clear();
        session.uses.clear();
        session.factory = Some(format!("{object}.{}", self.factory));
        Ok(session)
    }
}

fn client_name(scope: &Scope<'_>) -> String {
    scope.free_name(match scope.options.http_client {
        HttpClient::Aiohttp => &["session", "http_session", "client_session"],
        _ => &["client", "http_client", "async_client"],
    })
}

struct Finder<'a> {
    scope: Scope<'a>,
    class: ClassRef,
    name: &'a str,
    receiver: &'a str,
}

impl<'a> Finder<'a> {
    fn find(&self, first: NodeId, target: NodeId, made: NodeId) -> Result<LastingSession, String> {
        let (scope, ast) = (&self.scope, self.scope.ast());
        let text = scope.text(target).to_owned();
        if !scope.has_own_lines(first) {
            return Err(format!("the session `{text}` is not simply made"));
        }
        let session = Session::new(scope, &text, made, Place::Module, HttpLibrary::Requests)?;
        self.check_class()?;
        let mut found = LastingSession {
            session,
            first,
            last: first,
            factory: String::new(),
            calls: Vec::new(),
            is_offered: false,
            instance: None,
            file: scope.file,
            importers: Vec::new(),
        };
        let mut named = vec![target];
        let mut settings = HashSet::new();
        for (file, facts) in scope.analysis.world.files.iter().enumerate() {
            let Some(types) = scope.analysis.files.get(file) else {
                continue;
            };
            if facts.text().contains(self.name) {
                let of = Elsewhere { file, facts, types };
                self.uses(&of, &mut found, &mut named, &mut settings)?;
            }
        }
        let run: Vec<NodeId> = ast
            .children(scope.root())
            .skip_while(|&statement| statement != first)
            .skip(1)
            .take_while(|statement| settings.contains(statement))
            .collect();
        if run.len() != settings.len() {
            return Err(format!(
                "other statements stand between those that set up `{text}`"
            ));
        }
        found.last = run.last().copied().unwrap_or(first);
        for &statement in &run {
            self.check_setting(statement, first)?;
        }
        self.check_cookies(&found)?;
        let bare = self.name.trim_start_matches('_').to_lowercase();
        let underscores = if self.name.starts_with('_') { "_" } else { "" };
        found.factory = self.unused(&format!("{underscores}open_{bare}"));
        found.instance = Some(Instance {
            receiver: self.receiver.to_owned(),
            client: client_name(scope),
            named,
            jar: scope.free_name(&["cookies", "cookie_jar", "jar"]),
        });
        Ok(found)
    }

    /// The class must be one whose attributes are what its code says.
    fn check_class(&self) -> Result<(), String> {
        let scope = &self.scope;
        let world = &scope.analysis.world;
        let not_plain = || {
            Err(format!(
                "the session `{}` belongs to a class whose instances are not all that its code says",
                self.name
            ))
        };
        let needs = [("functools", "lru_cache"), ("http.cookiejar", "CookieJar")];
        let can_import = needs.iter().all(|&(module, name)| {
            Imports::default()
                .need(scope.facts, module, Some(name))
                .is_some()
        });
        if !can_import {
            return not_plain();
        }
        for one in world.kin(self.class) {
            let (Some(outline), Some(facts)) = (world.class(one), world.file(one.file)) else {
                return not_plain();
            };
            let Some(definition) = facts.classes.get(one.index) else {
                return not_plain();
            };
            let is_decorated = facts
                .ast()
                .parent(definition.node)
                .is_some_and(|up| facts.ast().kind(up) == Kind::Decorated);
            let has_own_ways = OWN_WAYS
                .iter()
                .any(|way| outline.methods.contains_key(*way))
                || outline.methods.contains_key(self.name)
                || facts.source(definition.body).contains("__slots__");
            if is_decorated || has_own_ways || !is_plain(scope.analysis, one) {
                return not_plain();
            }
        }
        Ok(())
    }

    fn is_kin(&self, of: &Type) -> bool {
        let world = &self.scope.analysis.world;
        let is_kin = |class: &ClassRef| world.kin(self.class).contains(class);
        match of {
            Type::Object(class) | Type::Class(class) => is_kin(class),
            Type::OneOfObjects(classes) | Type::OneOfClasses(classes) => classes.iter().any(is_kin),
            _ => false,
        }
    }

    /// True for what may be an instance of the class.
    fn may_be(&self, of: &Elsewhere<'a>, object: NodeId) -> bool {
        let found = of.types.type_of(object);
        let text = of.facts.source(object);
        match found {
            Type::Unknown
            | Type::Opaque
            | Type::Missing(_)
            | Type::MissingObject(_)
            | Type::Undefined(_) => text != "request" && !text.ends_with(".request"),
            found => self.is_kin(found),
        }
    }

    /// Takes note of what a file does with attributes of the name.
    fn uses(
        &self,
        of: &Elsewhere<'a>,
        found: &mut LastingSession,
        named: &mut Vec<NodeId>,
        settings: &mut HashSet<NodeId>,
    ) -> Result<(), String> {
        let ast = of.facts.ast();
        for id in ast.ids() {
            match ast.kind(id) {
                Kind::StringContent if of.looks_up(id, self.name) => {
                    return Err(format!(
                        "`{}` names the session `{}`",
                        of.facts.path, self.name
                    ));
                }
                Kind::Attribute => {}
                Kind::Identifier | Kind::Call => {
                    if self.is_kin(of.types.type_of(id)) && of.is_given_away(id) {
                        return Err(format!(
                            "`{}` gives what has the session to code that may copy it",
                            of.facts.path
                        ));
                    }
                    continue;
                }
                _ => continue,
            }
            let (Some(object), Some(name)) = (
                ast.child(id, Field::Object),
                ast.child(id, Field::Attribute),
            ) else {
                continue;
            };
            if of.facts.source(name) != self.name
                || named.first() == Some(&id) && of.file == self.class.file
                || !self.may_be(of, object)
            {
                continue;
            }
            self.take(of, id, found, named, settings)?;
        }
        Ok(())
    }

    fn take(
        &self,
        of: &Elsewhere<'a>,
        id: NodeId,
        found: &mut LastingSession,
        named: &mut Vec<NodeId>,
        settings: &mut HashSet<NodeId>,
    ) -> Result<(), String> {
        let ast = of.facts.ast();
        let Some(scope) = self.scope.of_file(of.file) else {
            return Ok(());
        };
        let is_inside = of.file == self.class.file && of.facts.owner(id) == self.scope.function;
        if found.session.is_sender(&scope, id) && !is_inside {
            let call = ast.ancestors(id).nth(1);
            found.calls.extend(call.map(|call| (of.file, call)));
            return Ok(());
        }
        let closes = found.session.closes.len();
        let is_setting = is_inside
            && !found.session.is_sender(&scope, id)
            && ast
                .child(id, Field::Object)
                .is_some_and(|object| of.facts.source(object) == self.receiver);
        let object = of.facts.source(id);
        if !is_setting {
            // Closing goes on closing the session, which stays.
            let is_closed = ast.parent(id).is_some_and(|attribute| {
                ast.kind(attribute) == Kind::Attribute
                    && ast
                        .child(attribute, Field::Attribute)
                        .is_some_and(|name| of.facts.source(name) == "close")
                    && ast
                        .parent(attribute)
                        .is_some_and(|call| ast.kind(call) == Kind::Call)
            });
            if is_closed {
                found.is_offered = true;
                return Ok(());
            }
            return Err(format!(
                "`{object}` in `{}` is used for more than requests",
                of.facts.path
            ));
        }
        found.session.take(&scope, id)?;
        if found.session.closes.len() > closes {
            return Err(format!("`__init__` closes the session `{object}`"));
        }
        let statement = ast
            .statement(id)
            .filter(|&statement| ast.parent(statement) == Some(self.scope.root()))
            .filter(|&statement| scope.has_own_lines(statement))
            .ok_or_else(|| format!("the session `{object}` is not simply set up"))?;
        named.push(id);
        settings.insert(statement);
        Ok(())
    }

    /// Requests that stay in threads have the cookies of the session: aiohttp keeps its own in a jar of another kind.
    fn check_cookies(&self, found: &LastingSession) -> Result<(), String> {
        if self.scope.options.http_client != HttpClient::Aiohttp {
            return Ok(());
        }
        if found.logs_in(&self.scope) {
            return Err(format!(
                "`{}.{}` seems to log in, and what stays in a thread would not have the cookies that aiohttp keeps",
                self.receiver, self.name
            ));
        }
        Ok(())
    }

    /// A name that nothing in the project has.
    fn unused(&self, wanted: &str) -> String {
        let files = &self.scope.analysis.world.files;
        let is_free = |name: &str| !files.iter().any(|facts| facts.text().contains(name));
        std::iter::once(wanted.to_owned())
            .chain((2..).map(|number| format!("{wanted}_{number}")))
            .find(|name| is_free(name))
            .unwrap_or_else(|| wanted.to_owned())
    }
}

#[cfg(test)]
mod tests;
