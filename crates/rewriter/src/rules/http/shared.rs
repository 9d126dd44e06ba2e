//! One client for each event loop, instead of one for each function: `http_client()`.
//!
//! A client belongs to a loop. Under ASGI a process has one, so that its connections stay open from request to request; each
//! request under WSGI and each test has its own. ASGI's lifespan events don't reach Django, so the client is closed by a task that
//! waits until the loop ends and cancels its tasks, as `asyncio.run` does, and with it every server and `async_to_sync`.

use unblocked_analyzer::{FileFacts, Symbol};

use super::client;
use super::scope::Scope;
use crate::draft::{Cannot, Draft};
use crate::imports::Imports;
use crate::options::HttpClient;

const PER_LOOP: &str = "per_event_loop";
const CLIENT: &str = "http_client";

/// What gives the functions of a file their client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The decorator that makes of a function which makes a client one that gives the loop's.
    pub(super) per_loop: String,
    /// The function that gives the loop's client.
    pub(super) client: String,
    /// The decorator is there.
    has_per_loop: bool,
    /// Where the function is, when it is there.
    home: Option<Home>,
}

/// Where a function is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Home {
    /// In the file, or imported.
    Here,
    /// In a module of the project that imports nothing of it.
    Module(String),
}

impl Shared {
    /// What a file has, or will have; `None` where each function opens a client of its own.
    pub(super) fn new(scope: &Scope<'_>) -> Option<Self> {
        if scope.facts.functions.is_empty() {
            return None;
        }
        let client = scope.options.http_client;
        let needs = [
            ("asyncio", None),
            ("functools", Some("wraps")),
            ("contextvars", Some("Context")),
            ("weakref", Some("WeakKeyDictionary")),
            ("http.cookiejar", Some("CookieJar")),
            ("http.cookiejar", Some("DefaultCookiePolicy")),
        ];
        if needs
            .iter()
            .any(|&(module, name)| Imports::default().need(scope.facts, module, name).is_none())
        {
            return None;
        }
        let world = &scope.analysis.world;
        let has_per_loop = matches!(
            world.global(scope.file, PER_LOOP),
            Some(Symbol::Function(_))
        );
        let home = match world.global(scope.file, CLIENT) {
            Some(Symbol::Function(function))
                if world
                    .file(function.file)
                    .is_some_and(|facts| gives(facts, client)) =>
            {
                Some(Home::Here)
            }
            Some(_) => None,
            None => world
                .files
                .iter()
                .find(|facts| gives(facts, client) && imports_nothing(scope, facts))
                .map(|facts| Home::Module(facts.module.clone())),
        };
        Some(Self {
            per_loop: if has_per_loop {
                PER_LOOP.to_owned()
            } else {
                scope.unused_name(PER_LOOP)
            },
            client: if home.is_some() {
                CLIENT.to_owned()
            } else {
                scope.unused_name(CLIENT)
            },
            has_per_loop,
            home,
        })
    }

    /// The name of the function that gives the loop's client, imported where that is needed.
    pub(super) fn need(&self, draft: &mut Draft<'_>) -> Result<(), Cannot> {
        if let Some(Home::Module(module)) = &self.home {
            draft.need(module, &self.client)?;
        }
        Ok(())
    }

    /// The functions that a file lacks: `is_client` when it needs the loop's client.
    pub(crate) fn missing(
        &self,
        draft: &mut Draft<'_>,
        is_client: bool,
    ) -> Result<Vec<String>, Cannot> {
        let mut missing = Vec::new();
        if !self.has_per_loop {
            missing.push(self.decorator(draft)?);
        }
        if is_client && self.home.is_none() {
            missing.push(self.function(draft)?);
        }
        Ok(missing)
    }

    /// The decorator.
    pub(crate) fn per_loop(&self) -> &str {
        &self.per_loop
    }

    /// True when there is no function yet that gives the loop's client.
    pub(crate) fn lacks_client(&self) -> bool {
        self.home.is_none()
    }

    fn decorator(&self, draft: &mut Draft<'_>) -> Result<String, Cannot> {
        let asyncio = draft.need_module("asyncio")?;
        let wraps = draft.need("functools", "wraps")?;
        let context = draft.need("contextvars", "Context")?;
        let dictionary = draft.need("weakref", "WeakKeyDictionary")?;
        let close = match draft.options.http_client {
            HttpClient::Aiohttp => "close",
            _ => "aclose",
        };
        let name = &self.per_loop;
        let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
        Ok(format!(
            "def {name}(make):
    \"\"\"One client for each event loop, made when it is first asked for, and closed when the loop ends.\"\"\"
    clients = {dictionary}()

    async def hold(loop, client):
        try:
            await loop.create_future()  # Until the loop ends, which cancels its tasks.
        finally:
            clients.pop(loop, None)
            await client.{close}()

    @{wraps}(make)
    def client_of_loop():
        loop = {asyncio}.get_running_loop()
        if loop not in clients:
            client = make()
            # In a context of its own: it outlives the request.
            clients[loop] = client, {context}().run(loop.create_task, hold(loop, client))
        return clients[loop][0]

    return client_of_loop"
        )
        .replace("    ", &unit))
    }

    fn function(&self, draft: &mut Draft<'_>) -> Result<String, Cannot> {
        let module = draft.need_module(draft.options.http_client.name())?;
        let made = client::shared_client(draft, &module)?;
        let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
        Ok(format!(
            "@{}\ndef {}():\n{unit}# Shared by all requests: it keeps no cookies.\n{unit}return {made}",
            self.per_loop, self.client
        ))
    }
}

/// True for a file that has the function which gives the loop's client.
fn gives(facts: &FileFacts, client: HttpClient) -> bool {
    facts.functions.iter().any(|function| {
        &*function.name == CLIENT
            && function.parent.is_none()
            && function.class.is_none()
            && function
                .decorators
                .iter()
                .any(|&decorator| facts.source(decorator) == PER_LOOP)
            && facts
                .source(function.body)
                .contains(&format!("{}.", client.name()))
    })
}

/// True for a file that imports nothing of the project, so that every file can import it.
fn imports_nothing(scope: &Scope<'_>, facts: &FileFacts) -> bool {
    facts
        .imports
        .iter()
        .all(|import| !import.is_relative && !scope.analysis.world.is_project_path(&import.path))
}

#[cfg(test)]
mod tests;
