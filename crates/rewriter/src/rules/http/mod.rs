//! `requests`, `urlopen` and urllib3 in other clients: what is decided for a whole workspace, and the rules that write it.
//!
//! [`Http`] is computed once, before any function is drafted: which calls another client can make ([`decide`]), and which
//! have to stay in threads because what catches their exceptions looks into them ([`handlers`]). The rules write what
//! was decided; calls without a decision are left to `blocking/call-in-thread`.

pub(super) mod aiohttp;
mod arguments;
mod blocks;
mod client;
mod decide;
mod emit;
pub(super) mod exceptions;
mod forms;
mod handlers;
pub(super) mod httpx;
mod names;
mod neutral;
mod place;
pub(crate) mod raised;
mod response;
mod scope;
mod session;
mod shared;
mod span;
pub(super) mod sync_httpx;
#[cfg(test)]
mod tests;
mod timeout;
mod urllib;
mod urllib3;
mod variables;

use std::collections::{BTreeSet, HashMap};

use unblocked_analyzer::{Analysis, HttpLibrary, Type};
use unblocked_syntax::NodeId;

use crate::decisions::Decided;
use crate::draft::Note;
use crate::effects::Effects;
use crate::options::{HttpClient, Options};
pub(crate) use blocks::Blocks;
use decide::{Body, Decision, decide, library, request_calls};
use handlers::{AllWatched, Watched};
use scope::{Scope, Sharing};
use session::LastingSessions;
use shared::Shared;
use urllib::Project;

/// What becomes of the calls of a workspace that send requests.
#[derive(Default)]
pub(crate) struct Http<'a> {
    bodies: HashMap<(usize, Option<usize>), Body>,
    /// What would become of functions in which something was decided otherwise.
    wishes: HashMap<(usize, Option<usize>), Body>,
    /// What becomes of the calls of httpx's functions.
    sync_httpx: HashMap<(usize, Option<usize>), Body>,
    /// The sessions of modules and instances.
    modules: LastingSessions,
    /// By file, what gives functions the client of their event loop.
    shared: HashMap<usize, Shared>,
    /// Why calls stay in threads, by file.
    reasons: HashMap<(usize, NodeId), String>,
    effects: Option<&'a Effects<'a>>,
}

impl<'a> Http<'a> {
    /// Decides.
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        effects: &'a Effects<'a>,
        options: &'a Options,
        decided: &'a Decided<'a>,
        blocks: Blocks,
    ) -> Self {
        let mut http = Self {
            bodies: HashMap::new(),
            wishes: blocks.wishes,
            sync_httpx: HashMap::new(),
            modules: LastingSessions::default(),
            shared: HashMap::new(),
            reasons: blocks.reasons,
            effects: Some(effects),
        };
        http.decide_requests(analysis, effects, options, decided);
        for (file, function) in functions(analysis) {
            // Two clients around the same statements would be in each other's way.
            if http.bodies.contains_key(&(file, function)) {
                continue;
            }
            let scope = Scope::new(analysis, effects, options, decided, file, function);
            if let Some(body) = scope.as_ref().and_then(sync_httpx::decide) {
                http.sync_httpx.insert((file, function), body);
            }
        }
        http
    }

    fn decide_requests(
        &mut self,
        analysis: &'a Analysis<'a>,
        effects: &'a Effects<'a>,
        options: &'a Options,
        decided: &'a Decided<'a>,
    ) {
        let rule = match options.http_client {
            HttpClient::Requests => return,
            HttpClient::Aiohttp => aiohttp::NAME,
            HttpClient::Httpx | HttpClient::Httpx2 => httpx::NAME,
        };
        for file in 0..analysis.files.len() {
            if let Some(scope) = Scope::new(analysis, effects, options, decided, file, None) {
                let shared = Shared::new(&scope);
                self.modules.add(&scope, rule, shared.is_some());
                self.shared.extend(shared.map(|shared| (file, shared)));
            }
        }
        let project = Project::new(analysis);
        for (file, function) in functions(analysis) {
            let Some(scope) = Scope::new(analysis, effects, options, decided, file, function)
            else {
                continue;
            };
            let calls = request_calls(&scope);
            if calls.is_empty() {
                continue;
            }
            let mut watched_calls = watched(&scope, &calls);
            let against: Vec<NodeId> = calls
                .iter()
                .map(|&(call, _)| call)
                .filter(|&call| scope.is_against(rule, call))
                .collect();
            if !against.is_empty() {
                let undecided = scope.undecided();
                let anyway = watched(&undecided, &calls);
                if let Some(body) = self.decide(&undecided, &project, &anyway).body {
                    self.wishes.insert((file, function), body);
                }
                watched_calls.kept.extend(against);
            }
            let found = self.decide(&scope, &project, &watched_calls);
            if let Some(body) = found.body {
                self.bodies.insert((file, function), body);
            }
            let reasons = found.reasons.into_iter();
            self.reasons.extend(
                reasons
                    .filter(|(call, _)| !scope.is_against(rule, *call))
                    .map(|(call, reason)| ((file, call), reason)),
            );
        }
    }

    fn decide(&self, scope: &Scope<'_>, project: &Project, watched: &AllWatched) -> Decision {
        let shared = self
            .shared
            .get(&scope.file)
            .and_then(|shared| Some((shared, scope.shares()?)));
        decide(scope, &self.modules, project, shared, watched)
    }

    /// What gives the functions of a file the client of their event loop.
    pub(crate) fn shared(&self, file: usize) -> Option<&Shared> {
        self.shared.get(&file)
    }

    /// True for a note that says of a request that a client sends it.
    pub(crate) fn is_sent(note: &Note) -> bool {
        matches!(note.rule, aiohttp::NAME | httpx::NAME)
    }

    /// True for a note that says of a request that the client of its event loop sends it.
    pub(crate) fn is_shared(&self, file: usize, function: Option<usize>, note: &Note) -> bool {
        Self::is_sent(note)
            && self.body(file, function).is_some_and(|body| {
                let native = body.calls.get(&note.node);
                body.sharing.is_some() && native.is_some_and(|native| native.session.is_none())
            })
    }

    fn sync_httpx(&self, file: usize, function: Option<usize>) -> Option<&Body> {
        self.sync_httpx.get(&(file, function))
    }

    /// What functions wait for.
    pub(crate) fn effects(&self) -> Option<&'a Effects<'a>> {
        self.effects
    }

    fn wish(&self, file: usize, function: Option<usize>) -> Option<&Body> {
        self.wishes.get(&(file, function))
    }

    /// The sessions of a file that clients can take the place of.
    pub(crate) fn module_sessions(
        &self,
        file: usize,
    ) -> impl Iterator<Item = &session::LastingSession> {
        self.modules.of_file(file)
    }

    /// The sessions of a file that stay, as was decided.
    pub(crate) fn kept_sessions(
        &self,
        file: usize,
    ) -> impl Iterator<Item = &session::LastingSession> {
        self.modules.rejected(file)
    }

    /// Why a call is made in a thread, when another client was asked for.
    pub(crate) fn reason(&self, file: usize, call: NodeId) -> Option<&str> {
        self.reasons.get(&(file, call)).map(String::as_str)
    }

    fn body(&self, file: usize, function: Option<usize>) -> Option<&Body> {
        self.bodies.get(&(file, function))
    }
}

/// What handlers around calls ask of them.
fn watched(scope: &Scope<'_>, calls: &[(NodeId, &str)]) -> AllWatched {
    let mut all = AllWatched::default();
    let has = |wanted: HttpLibrary| calls.iter().any(|&(_, name)| library(name) == wanted);
    let above_of = |library| {
        if has(library) {
            handlers::above(scope, library)
        } else {
            Watched::default()
        }
    };
    let (requests, urllib, urllib3) = (
        above_of(HttpLibrary::Requests),
        above_of(HttpLibrary::Urllib),
        above_of(HttpLibrary::Urllib3),
    );
    let above = |library| match library {
        HttpLibrary::Requests => requests,
        HttpLibrary::Urllib => urllib,
        HttpLibrary::Urllib3 => urllib3,
    };
    for &(call, name) in calls {
        let library = library(name);
        all.add(
            call,
            call,
            handlers::watch(scope, call, library),
            above(library),
        );
    }
    // A body may be read elsewhere than it is asked for.
    for id in scope.ast().subtree(scope.root()) {
        if let Type::HttpResponse(call, library) = *scope.type_of(id) {
            let watched = handlers::watch(scope, id, library);
            all.add(call, id, watched, above(library).strictness());
        }
    }
    all
}

/// The functions in which something waits.
fn functions<'a>(
    analysis: &'a Analysis<'a>,
) -> impl Iterator<Item = (usize, Option<usize>)> + use<'a> {
    analysis.files.iter().enumerate().flat_map(|(file, found)| {
        let own: BTreeSet<Option<usize>> = found.sites.iter().map(|site| site.function).collect();
        own.into_iter().map(move |function| (file, function))
    })
}

/// What is true of every call of `urlopen`.
const URLLIB: &str = "; it raises for a status that is no success, and unpacks what a server compresses; its `User-Agent` is its own";

const SHARED: &str = ", one for each event loop, which is closed with it";

/// What is true of a client that all requests share, and not of `requests`.
const NO_COOKIES: &str =
    "; it keeps no cookies, not even those that a service sets while it redirects";

/// What is true of a client that sends several requests, and not of `requests`.
const LATER_COOKIES: &str =
    "; cookies that a service sets go along with this function's later requests";

/// What was done with a call, and what has to hold for it to be the same.
fn help(what: &str, body: &Body, native: &decide::Native, differences: Option<&str>) -> String {
    let mut text = what.to_owned();
    let session = native.session.and_then(|index| body.sessions.get(index));
    match session.map(|(session, _)| (session.is_shared, session.factory.as_ref())) {
        Some((is_shared, Some(factory))) => {
            let verb = if is_shared { "gives" } else { "makes" };
            text.push_str(&format!(
                " that `{factory}` {verb}, with all that is set on the session"
            ));
        }
        Some((_, None)) => text.push_str(", which takes the place of the session"),
        None => match &body.sharing {
            Some(Sharing::Asked) => text.push_str(SHARED),
            Some(Sharing::Loop(caller)) => text.push_str(&format!(
                "{SHARED}, as `{caller}` calls this function in a loop"
            )),
            None => {}
        },
    }
    let is_own = native.session.is_none() && native.library == HttpLibrary::Requests;
    text.push_str(match &body.sharing {
        Some(_) if is_own => NO_COOKIES,
        None if is_own && body.asks_again && differences.is_some() => LATER_COOKIES,
        _ => "",
    });
    if !native.request.assumptions.is_empty() {
        text.push_str("; it is the same if ");
        text.push_str(&native.request.assumptions.join(", and "));
    }
    if native.reads_empty_as_none() {
        text.push_str("; an empty body reads as `None`");
    }
    text.push_str(match native.library {
        HttpLibrary::Requests => "",
        HttpLibrary::Urllib => URLLIB,
        HttpLibrary::Urllib3 => urllib3::DIFFERENCES,
    });
    if let Some(differences) = differences {
        text.push_str("; ");
        text.push_str(differences);
    }
    text
}
