//! Sessions of a module: `session = requests.Session()` with what is set on it, used by the functions below.
//!
//! A client belongs to one event loop, and a module to none. So a function takes the place of the variable: it makes a client
//! with the same settings, and each function that sends requests opens one. What the session can't be replaced for stays what it
//! is, beside that function.

use std::collections::{BTreeMap, HashMap, HashSet};

use unblocked_analyzer::{HttpLibrary, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::super::scope::Scope;
use super::imported::{Importer, importers, is_in_function};
use super::instance::{self, Instance};
use super::{Place, Session, made};
use crate::options::HttpClient;

/// Functions whose value is the same whenever they are called.
const STABLE: &[&str] = &[
    "os.environ.get",
    "os.getenv",
    "environ.get",
    "getenv",
    "getattr",
    "str",
    "config",
    "env",
    "env.str",
];

/// What an address or a function is called that a session logs in with: its cookies are needed afterwards.
const LOGINS: &[&str] = &[
    "login",
    "log_in",
    "signin",
    "sign_in",
    "sign-in",
    "logon",
    "authenticate",
    "csrf",
    "cookie",
    "/session",
];

/// A session of a module, or of the instances of a class.
#[derive(Debug, Clone)]
pub(crate) struct LastingSession {
    pub(super) session: Session,
    /// The statements that make it.
    pub(super) first: NodeId,
    pub(super) last: NodeId,
    /// The function that makes a client like it.
    pub(super) factory: String,
    /// The calls that send requests, by file.
    pub(super) calls: Vec<(usize, NodeId)>,
    /// Its name is part of what the module offers, or more is done with it than requests.
    pub(super) is_offered: bool,
    /// The instance that has it.
    pub(super) instance: Option<Instance>,
    /// The file that makes it.
    pub(super) file: usize,
    /// The files that import it.
    pub(super) importers: Vec<Importer>,
}

/// The sessions of all modules and instances, by file and name: what can take their place, or why nothing can.
#[derive(Debug, Default)]
pub(crate) struct LastingSessions {
    found: BTreeMap<(usize, String), Result<LastingSession, String>>,
    /// By file and name, those that another file makes.
    imported: HashMap<(usize, String), (usize, String)>,
    /// Those that something could take the place of, which was decided against.
    rejected: BTreeMap<usize, Vec<LastingSession>>,
}

impl LastingSessions {
    /// Adds those of a file; `scope` is that of its own statements.
    pub(in super::super) fn add(&mut self, scope: &Scope<'_>, rule: &str, can_share: bool) {
        let ast = scope.ast();
        for statement in ast.children(NodeId::ROOT) {
            let target = ast
                .first_child(statement)
                .filter(|&id| ast.kind(id) == Kind::Assignment)
                .and_then(|assignment| ast.child(assignment, Field::Left));
            let Some(target) = target.filter(|&target| made(scope, target).is_some()) else {
                continue;
            };
            let name = scope.text(target);
            let importers = importers(scope, name);
            let found = LastingSession::find(scope, target, can_share, &importers);
            let key = (scope.file, name.to_owned());
            let aliases = importers
                .into_iter()
                .map(|one| ((one.file, one.local), key.clone()));
            self.imported.extend(aliases);
            self.insert(scope, rule, name.to_owned(), found);
        }
        for (class, name, found) in instance::of_file(scope) {
            let key = instance::key(class, name);
            let found = match self.found.contains_key(&(scope.file, key.clone())) {
                true => Err(format!("`{name}` is several sessions")),
                false => found,
            };
            self.insert(scope, rule, key, found);
        }
    }

    fn insert(
        &mut self,
        scope: &Scope<'_>,
        rule: &str,
        key: String,
        mut found: Result<LastingSession, String>,
    ) {
        if let Ok(session) = &found
            && scope.is_against(rule, session.session.made)
        {
            let why = format!(
                "the session `{}` stays, as was decided",
                session.session.name
            );
            let rejected = std::mem::replace(&mut found, Err(why));
            let of_file = self.rejected.entry(scope.file).or_default();
            of_file.extend(rejected);
        }
        self.found.insert((scope.file, key), found);
    }

    /// That of an instance which a method has as its first parameter: `self.session`.
    pub(super) fn of_receiver(
        &self,
        scope: &Scope<'_>,
        receiver: NodeId,
    ) -> Option<&Result<LastingSession, String>> {
        let (class, name) = instance::receiver(scope, receiver)?;
        let world = &scope.analysis.world;
        std::iter::once(class)
            .chain(world.project_ancestors(class))
            .find_map(|class| self.get(class.file, &instance::key(class.index, name)))
    }

    pub(super) fn get(&self, file: usize, name: &str) -> Option<&Result<LastingSession, String>> {
        let key = (file, name.to_owned());
        let home = self.imported.get(&key).unwrap_or(&key);
        self.found.get(home)
    }

    /// Those of a file that something can take the place of.
    pub(crate) fn of_file(&self, file: usize) -> impl Iterator<Item = &LastingSession> {
        self.found
            .range((file, String::new())..(file + 1, String::new()))
            .filter_map(|(_, found)| found.as_ref().ok())
    }

    /// Those of a file that stay, as was decided.
    pub(crate) fn rejected(&self, file: usize) -> impl Iterator<Item = &LastingSession> {
        self.rejected.get(&file).into_iter().flatten()
    }
}

impl LastingSession {
    fn find(
        scope: &Scope<'_>,
        target: NodeId,
        can_share: bool,
        importers: &[Importer],
    ) -> Result<Self, String> {
        let ast = scope.ast();
        let name = scope.text(target);
        let Some((_, made, Place::Open(first), library)) = made(scope, target) else {
            return Err(format!("the session `{name}` is not simply made"));
        };
        let session = Session::new(scope, name, made, Place::Module, library)?;
        elsewhere(scope, name)?;
        let mut found = Self {
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
        let mut settings: HashSet<NodeId> = HashSet::new();
        for id in ast.ids() {
            if ast.kind(id) == Kind::StringContent && scope.text(id) == name {
                found.is_offered = true;
            }
            if ast.kind(id) != Kind::Identifier || scope.text(id) != name || id == target {
                continue;
            }
            let is_attribute = ast.field(id) == Some(Field::Attribute);
            let is_keyword = ast.field(id) == Some(Field::Name)
                && ast
                    .parent(id)
                    .is_some_and(|parent| ast.kind(parent) == Kind::KeywordArgument);
            if !is_attribute && !is_keyword && !names_module(scope, id) {
                settings.extend(found.take(scope, id)?);
            }
        }
        let run = ast
            .children(NodeId::ROOT)
            .skip_while(|&statement| statement != first)
            .skip(1)
            .take_while(|statement| settings.contains(statement));
        let run: Vec<NodeId> = run.collect();
        if run.len() != settings.len() {
            return Err(format!(
                "other statements stand between those that set up `{name}`"
            ));
        }
        found.last = run.last().copied().unwrap_or(first);
        found.import(scope, name, importers)?;
        found.check(scope)?;
        let bare = name.trim_start_matches('_').to_lowercase();
        let underscores = if name.starts_with('_') { "_" } else { "" };
        let shares = |&(file, call): &(usize, NodeId)| {
            let of = scope.of_file(file);
            of.is_some_and(|of| of.of(of.facts.owner(call)).shares().is_some())
        };
        found.session.is_shared = can_share && found.calls.iter().any(shares);
        let verb = if found.session.is_shared {
            "get"
        } else {
            "open"
        };
        found.factory = scope.unused_name(&format!("{underscores}{verb}_{bare}"));
        found.check_imports(scope, name)?;
        Ok(found)
    }

    /// Takes note of a use; gives the statement that sets something on it.
    fn take(&mut self, scope: &Scope<'_>, id: NodeId) -> Result<Option<NodeId>, String> {
        let ast = scope.ast();
        let name = &self.session.name;
        let beyond = || {
            Err(format!(
                "the session `{name}` is used for more than requests"
            ))
        };
        if scope.facts.owner(id).is_none() {
            let statement = ast
                .statement(id)
                .filter(|&statement| ast.parent(statement) == Some(NodeId::ROOT));
            let (Some(statement), false) = (statement, self.session.is_sender(scope, id)) else {
                return beyond();
            };
            self.session.take(scope, id)?;
            return Ok(Some(statement));
        }
        if !is_in_function(scope, id) || !self.session.is_sender(scope, id) {
            return beyond();
        }
        self.session.uses.push(id);
        let call = ast.ancestors(id).nth(1);
        self.calls.extend(call.map(|call| (scope.file, call)));
        Ok(None)
    }

    /// What is set must be the same whenever it is set, and cookies must not matter.
    fn check(&self, scope: &Scope<'_>) -> Result<(), String> {
        let ast = scope.ast();
        let name = &self.session.name;
        if !self.session.closes.is_empty() {
            return Err(format!("its module closes the session `{name}`"));
        }
        let run = ast
            .children(NodeId::ROOT)
            .filter(|&statement| statement > self.first && statement <= self.last);
        for statement in run {
            if !scope.has_own_lines(statement) {
                return Err(format!("the session `{name}` is not simply set up"));
            }
            let is_rebound =
                |id: NodeId| ast.kind(id) == Kind::Identifier && rebinds(scope, scope.text(id));
            if let Some(odd) = changing(scope, statement, |_| false, is_rebound) {
                return Err(format!(
                    "`{}`, which is set on the session `{name}`, may be another whenever it is asked for",
                    crate::draft::excerpt(scope.text(odd))
                ));
            }
        }
        if self.logs_in(scope) && self.keeps_cookies() {
            return Err(format!(
                "`{name}` seems to log in, so later requests need the cookies that it keeps from one function to the next"
            ));
        }
        Ok(())
    }

    /// The module that a function imports what makes its clients from, as its file calls it.
    fn home(&self, scope: &Scope<'_>) -> Option<String> {
        let mut importers = self.importers.iter();
        let own = importers.find(|one| one.file == scope.file);
        own.map(|one| one.module.clone())
    }

    /// True for one that sends the cookies which a service has set.
    fn keeps_cookies(&self) -> bool {
        self.session.library == HttpLibrary::Requests
    }

    /// True when one of the requests is evidently one that logs in.
    pub(super) fn logs_in(&self, scope: &Scope<'_>) -> bool {
        self.calls.iter().any(|&(file, call)| {
            let Some(facts) = scope.analysis.world.file(file) else {
                return true;
            };
            let owner = facts
                .owner(call)
                .and_then(|index| facts.functions.get(index))
                .map_or("", |function| &*function.name);
            let list = facts.ast().child(call, Field::Arguments);
            let text = list.map_or("", |list| facts.source(list));
            [owner, text].iter().any(|text| {
                let text = text.to_lowercase();
                LOGINS.iter().any(|login| text.contains(login))
            })
        })
    }

    /// The session of a function of the module.
    pub(super) fn of_function(&self, scope: &Scope<'_>) -> Session {
        let bare = self.session.name.trim_start_matches('_').to_lowercase();
        // A variable of that name hides the module's, of which nothing else is used here.
        let name = if self.session.is_shared {
            format!("{}()", self.factory)
        } else if bare == self.session.name && scope.file == self.file {
            bare
        } else {
            scope.free_name(&match scope.options.http_client {
                HttpClient::Aiohttp => ["session", "http_session", "client_session"],
                _ => ["client", "http_client", "async_client"],
            })
        };
        let mut session = self.session.clone();
        session.name = name;
        session.settings.clear();
        session
            .uses
            .retain(|&id| scope.file == self.file && scope.facts.owner(id) == scope.function);
        session.home = self.home(scope);
        if !session.is_shared && self.keeps_cookies() {
            session
                .assumptions
                .push("no later request needs the cookies that a service sets, as each call of this function has a client of its own");
        }
        session.factory = Some(self.factory.clone());
        session
    }
}

/// True for a part of the name of a module that an import does not bind: `http` of `from django.http import …`.
fn names_module(scope: &Scope<'_>, id: NodeId) -> bool {
    let ast = scope.ast();
    ast.parent(id).is_some_and(|dotted| {
        ast.kind(dotted) == Kind::DottedName
            && (ast.first_child(dotted) != Some(id) || ast.field(dotted) == Some(Field::ModuleName))
    })
}

/// Why a session that other files use stays.
fn elsewhere(scope: &Scope<'_>, name: &str) -> Result<(), String> {
    let module = &scope.facts.module;
    let path = format!("{module}.{name}");
    for (file, facts) in scope.analysis.world.files.iter().enumerate() {
        let is_patched = facts.mentioned.iter().any(|mentioned| {
            mentioned
                .strip_prefix(&*path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if is_patched {
            return Err(format!("`{}` names the session `{name}`", facts.path));
        }
        if file == scope.file {
            continue;
        }
        let ast = facts.ast();
        // `patch.object(api, "session")`, `monkeypatch.setattr(api, "session", …)`
        let is_replaced = facts.text().contains("patch")
            && ast
                .ids()
                .any(|id| ast.kind(id) == Kind::StringContent && facts.source(id) == name);
        if is_replaced {
            return Err(format!("`{}` names the session `{name}`", facts.path));
        }
        let Some(types) = scope.analysis.files.get(file) else {
            continue;
        };
        let is_reached = ast.ids().any(|id| {
            ast.kind(id) == Kind::Attribute
                && ast
                    .child(id, Field::Attribute)
                    .is_some_and(|attribute| facts.source(attribute) == name)
                && ast
                    .child(id, Field::Object)
                    .is_some_and(|of| *types.type_of(of) == Type::Module(scope.file))
        });
        if is_reached {
            return Err(format!("`{}` uses the session `{name}`", facts.path));
        }
    }
    Ok(())
}

/// A part of a statement whose value may be another when it is asked for later. `is_stable`: what is said of functions that
/// are called beside [`STABLE`]; `is_other`: of names, and of what else is no such part by itself.
pub(super) fn changing(
    scope: &Scope<'_>,
    statement: NodeId,
    is_stable: impl Fn(NodeId) -> bool,
    is_other: impl Fn(NodeId) -> bool,
) -> Option<NodeId> {
    let ast = scope.ast();
    ast.subtree(statement).find(|&id| match ast.kind(id) {
        Kind::Await | Kind::Yield | Kind::NamedExpression | Kind::Lambda => true,
        kind if kind.is_comprehension() => true,
        Kind::Call => {
            let function = ast.child(id, Field::Function);
            let is_update = ast
                .parent(id)
                .is_some_and(|parent| ast.kind(parent) == Kind::ExpressionStatement);
            !is_update
                && function.is_none_or(|function| {
                    !STABLE.contains(&scope.text(function)) && !is_stable(function)
                })
        }
        Kind::Identifier if ast.field(id) == Some(Field::Attribute) => false,
        _ => is_other(id),
    })
}

/// True for a name that the file binds again after it was bound.
pub(super) fn rebinds(scope: &Scope<'_>, name: &str) -> bool {
    let ast = scope.ast();
    let bindings = ast.ids().filter(|&id| {
        ast.kind(id) == Kind::Identifier
            && scope.text(id) == name
            && ast.parent(id).is_some_and(|parent| match ast.kind(parent) {
                Kind::Global | Kind::Delete => true,
                Kind::Assignment | Kind::AugmentedAssignment | Kind::For => {
                    ast.field(id) == Some(Field::Left) && scope.facts.owner(id).is_none()
                }
                _ => false,
            })
    });
    bindings.take(2).count() > 1
}

#[cfg(test)]
mod tests;
