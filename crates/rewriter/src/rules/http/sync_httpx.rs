//! # http/httpx-async
//!
//! `httpx.get` and its like, and the calls of an `httpx.Client` in a `with` block, become those of an `httpx.AsyncClient`
//! (httpx2 likewise), whatever client `requests` becomes.
//!
//! It has the same methods, takes the same arguments, and gives the same responses, whose bodies have been read; exceptions
//! are the same as well. A client that is kept elsewhere (in a module, in an object, passed on), one that is used for
//! anything but requests, streams, and arguments of the client's own (`verify`, `cert`, `proxy`, authentication of a class)
//! stay: those calls run in threads, which an `httpx.Client` allows.
//!
//! Safe, but for review where several calls of functions share the new client: it keeps cookies from one to the next.
//!
//! ```python before
//! import httpx
//!
//! def rates(request):
//!     with httpx.Client(base_url="https://api.example.com", timeout=5) as client:
//!         data = client.get("/data", params={"day": "today"}).json()
//!         response = client.post("/echo", json=data)
//!     if response.is_error:
//!         return HttpResponse("down", status=502)
//!     return JsonResponse(response.json())
//! ```
//! ```python after
//! import httpx
//!
//! async def rates(request):
//!     async with httpx.AsyncClient(base_url="https://api.example.com", timeout=5) as client:
//!         data = (await client.get("/data", params={"day": "today"})).json()
//!         response = await client.post("/echo", json=data)
//!     if response.is_error:
//!         return HttpResponse("down", status=502)
//!     return JsonResponse(response.json())
//! ```
//!
//! ```python before
//! import httpx
//!
//! def rate(request):
//!     response = httpx.get("https://api.example.com/rate", timeout=5)
//!     response.raise_for_status()
//!     return JsonResponse(response.json())
//! ```
//! ```python after
//! import httpx
//!
//! async def rate(request):
//!     async with httpx.AsyncClient() as client:
//!         response = await client.get("https://api.example.com/rate", timeout=5)
//!     response.raise_for_status()
//!     return JsonResponse(response.json())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use unblocked_analyzer::{Evidence, HttpLibrary, Site, SiteKind, Type};
use unblocked_django::{PythonVersion, canonical};
use unblocked_syntax::{Field, Kind, NodeId, SmallSort};

use super::arguments::Request;
use super::decide::{Body, Form, Native};
use super::emit;
use super::scope::Scope;
use super::span::client_span;
use crate::draft::{Cannot, Draft, Outcome};

pub(super) const NAME: &str = "http/httpx-async";

const DOCS: &str = "https://www.python-httpx.org/async/";

/// Methods and functions that send a request.
const METHODS: &[&str] = &[
    "get", "options", "head", "post", "put", "patch", "delete", "request",
];

/// Arguments of a request that an `AsyncClient`'s methods take and treat alike.
const REQUEST: &[&str] = &[
    "url",
    "method",
    "params",
    "headers",
    "cookies",
    "json",
    "timeout",
    "follow_redirects",
];

/// Arguments of a client that an `AsyncClient` takes and treats alike.
const CLIENT: &[&str] = &[
    "base_url",
    "cert",
    "cookies",
    "default_encoding",
    "follow_redirects",
    "headers",
    "http1",
    "http2",
    "limits",
    "max_redirects",
    "params",
    "proxy",
    "timeout",
    "trust_env",
    "verify",
];

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let (module, name) = canonical(path).split_once('.')?;
    if !matches!(module, "httpx" | "httpx2") {
        return None;
    }
    match name.strip_prefix("Client.") {
        Some(method) if METHODS.contains(&method) => of_client(draft, site, module, method),
        None if METHODS.contains(&name) => of_function(draft, site, module, name),
        _ => None,
    }
}

/// `httpx.get(…)`
fn of_function(draft: &mut Draft<'_>, site: &Site, module: &str, name: &str) -> Option<Outcome> {
    let message = format!("`{module}.{name}` makes its thread wait ({})", site.effect);
    let help = format!("the same request of an `{module}.AsyncClient`");
    let body = draft.http.sync_httpx(draft.file_index, draft.function);
    let decided = body.and_then(|body| Some((body.clone(), body.calls.get(&site.node)?.clone())));
    let Some((body, native)) = decided else {
        let scope = scope_of(draft)?;
        if fits(&scope, site.node) && scope.can_import(module) {
            draft.unchanged(NAME, site.node, Evidence::Evident, message, help, DOCS);
        }
        return None;
    };
    let mut write = || -> Outcome {
        if emit::is_first(&body, site.node) {
            let module = draft.need_module(module)?;
            let header = format!("async with {module}.AsyncClient() as {}:", body.client_name);
            emit::enclose(draft, &body, header);
        }
        let list = draft
            .ast()
            .child(site.node, Field::Arguments)
            .ok_or_else(|| Cannot::new("a call has no arguments"))?;
        let call = vec![
            format!("{}.{}", body.client_name, native.request.method).into(),
            draft.ast().span(list).into(),
        ];
        draft.replace_awaited(site.node, call)?;
        let (evidence, shares) = if body.calls.len() > 1 || draft_loops(draft, site.node) {
            (
                Evidence::Evident,
                "; cookies that a server sets go along with the client's later requests",
            )
        } else {
            (Evidence::Proven, "")
        };
        draft.changed(
            NAME,
            site.node,
            evidence,
            message.clone(),
            format!("{help}{shares}"),
            DOCS,
        );
        Ok(())
    };
    Some(write())
}

fn draft_loops(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    ast.ancestors(node)
        .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
        .any(|up| {
            matches!(ast.kind(up), Kind::For | Kind::While) || ast.kind(up).is_comprehension()
        })
}

/// `client.get(…)` in `with httpx.Client(…) as client:`
fn of_client(draft: &mut Draft<'_>, site: &Site, module: &str, method: &str) -> Option<Outcome> {
    let message = format!(
        "`{module}.Client.{method}` makes its thread wait ({})",
        site.effect
    );
    let help = format!("the same request of an `{module}.AsyncClient`");
    let scope = scope_of(draft)?;
    let block = Block::around(&scope, site.node)?;
    let calls = block.calls(&scope)?;
    if calls.iter().any(|&call| scope.is_against(NAME, call)) {
        // A client is of one kind.
        draft.unchanged(NAME, site.node, Evidence::Proven, message, help, DOCS);
        return None;
    }
    let mut write = || -> Outcome {
        if calls.first() == Some(&site.node) {
            draft.allow_await(block.statement)?;
            let ast = draft.ast();
            if ast.kind(block.class) == Kind::Attribute {
                let name = ast
                    .child(block.class, Field::Attribute)
                    .ok_or_else(|| Cannot::new("a client has no class"))?;
                draft.rewrites.replace(name, vec!["AsyncClient".into()]);
            } else {
                let name = draft.need(module, "AsyncClient")?;
                draft.rewrites.replace(block.class, vec![name.into()]);
            }
            draft.rewrites.wrap(block.statement, "async ", "");
        }
        draft.await_node(site.node)?;
        draft.changed(
            NAME,
            site.node,
            Evidence::Proven,
            message.clone(),
            help.clone(),
            DOCS,
        );
        Ok(())
    };
    Some(write())
}

/// A `with` statement that makes one client.
struct Block<'a> {
    statement: NodeId,
    /// `httpx.Client`
    class: NodeId,
    /// What the client is called.
    name: &'a str,
}

impl<'a> Block<'a> {
    /// The block whose client a call is made of.
    fn around(scope: &Scope<'a>, call: NodeId) -> Option<Self> {
        let ast = scope.ast();
        let function = ast.child(call, Field::Function)?;
        let receiver = ast.child(function, Field::Object)?;
        if ast.kind(receiver) != Kind::Identifier {
            return None;
        }
        let name = scope.text(receiver);
        scope
            .ancestors(call)
            .filter(|&up| ast.kind(up) == Kind::With)
            .find_map(|up| Self::of(scope, up, name))
    }

    fn of(scope: &Scope<'a>, statement: NodeId, name: &'a str) -> Option<Self> {
        let ast = scope.ast();
        let clause = ast.child_of_kind(statement, Kind::WithClause)?;
        let mut items = ast.children(clause);
        let (item, None) = (items.next()?, items.next()) else {
            return None;
        };
        let pattern = ast.child(item, Field::Value)?;
        if ast.kind(pattern) != Kind::AsPattern {
            return None;
        }
        let made = ast.first_child(pattern)?;
        let target = ast.child_of_kind(pattern, Kind::AsPatternTarget)?;
        let class = ast.child(made, Field::Function)?;
        let is_client = matches!(scope.type_of(class), Type::Path(path)
            if matches!(canonical(path), "httpx.Client" | "httpx2.Client"));
        (is_client && scope.text(target) == name && takes_arguments(scope, made, CLIENT)).then_some(
            Self {
                statement,
                class,
                name,
            },
        )
    }

    /// The client's requests, in order; `None` when it is used for something else, or one of them can't be awaited.
    fn calls(&self, scope: &Scope<'a>) -> Option<Vec<NodeId>> {
        let ast = scope.ast();
        let clause = ast.child_of_kind(self.statement, Kind::WithClause)?;
        let mut calls = Vec::new();
        for id in scope.occurrences(self.name) {
            if ast.contains(clause, id) {
                continue;
            }
            let attribute = ast.parent(id)?;
            let call = ast.parent(attribute)?;
            let is_request = ast.contains(self.statement, id)
                && ast.kind(attribute) == Kind::Attribute
                && ast.kind(call) == Kind::Call
                && ast.field(attribute) == Some(Field::Function)
                && ast
                    .child(attribute, Field::Attribute)
                    .is_some_and(|name| METHODS.contains(&scope.text(name)));
            if !is_request || !fits(scope, call) {
                return None;
            }
            calls.push(call);
        }
        calls.small_sort();
        Some(calls)
    }
}

/// What becomes of the calls of httpx's functions in a function.
pub(super) fn decide(scope: &Scope<'_>) -> Option<Body> {
    let mut calls: BTreeMap<NodeId, Native> = BTreeMap::new();
    let mut modules: BTreeSet<&str> = BTreeSet::new();
    for site in scope.effects.sites_of(scope.file, scope.function) {
        let SiteKind::Function { path } = &site.kind else {
            continue;
        };
        let Some((module @ ("httpx" | "httpx2"), name)) = canonical(path).split_once('.') else {
            continue;
        };
        let Some(&method) = METHODS.iter().find(|&&method| method == name) else {
            continue;
        };
        if !fits(scope, site.node) || scope.is_against(NAME, site.node) {
            continue;
        }
        modules.insert(module);
        calls.insert(
            site.node,
            Native {
                library: HttpLibrary::Requests,
                request: Request {
                    method,
                    edits: Vec::new(),
                    assumptions: Vec::new(),
                    follows_redirects: false,
                    has_timeout: false,
                    verb: None,
                },
                form: Form::Expression,
                uses: Vec::new(),
                strict_json: false,
                session: None,
                body: None,
            },
        );
    }
    let fits = modules.len() == 1 && modules.iter().all(|module| scope.can_import(module));
    let client =
        client_span(scope, calls.iter().map(|(&call, native)| (call, native))).filter(|_| fits)?;
    Some(Body {
        asks_again: false,
        calls,
        client: Some(client),
        sessions: Vec::new(),
        sharing: None,
        client_name: scope.free_name(&["client", "http_client", "async_client"]),
    })
}

fn scope_of<'a>(draft: &Draft<'a>) -> Option<Scope<'a>> {
    Scope::new(
        draft.analysis,
        draft.http.effects()?,
        draft.options,
        draft.decided,
        draft.file_index,
        draft.function,
    )
}

/// True for a request that an `AsyncClient` can make.
fn fits(scope: &Scope<'_>, call: NodeId) -> bool {
    awaits(scope, call) && takes_arguments(scope, call, REQUEST)
}

/// True where a call can be awaited in place.
fn awaits(scope: &Scope<'_>, call: NodeId) -> bool {
    let ast = scope.ast();
    let mut comprehensions = 0;
    for up in scope.ancestors(call) {
        match ast.kind(up) {
            Kind::Lambda | Kind::ClassDef | Kind::FunctionDef | Kind::GeneratorExpression => {
                return false;
            }
            kind if kind.is_comprehension() => comprehensions += 1,
            _ => {}
        }
    }
    let nests = comprehensions > 1 && scope.options.python() < PythonVersion::new(3, 11);
    let is_awaited = ast
        .parent(call)
        .is_some_and(|up| ast.kind(up) == Kind::Await);
    !nests && !is_awaited && !scope.stays_sync(call)
}

/// True when an `AsyncClient` takes all arguments of a call and treats them alike.
fn takes_arguments(scope: &Scope<'_>, call: NodeId, known: &[&str]) -> bool {
    let ast = scope.ast();
    let Some(list) = ast
        .child(call, Field::Arguments)
        .filter(|&list| ast.kind(list) == Kind::ArgumentList)
    else {
        return false;
    };
    ast.children(list).all(|argument| match ast.kind(argument) {
        Kind::ListSplat | Kind::DictionarySplat => false,
        Kind::KeywordArgument => {
            let name = ast
                .child(argument, Field::Name)
                .map(|name| scope.text(name));
            let value = ast.child(argument, Field::Value);
            name.is_some_and(|name| match name {
                // A user's name and password; a class may know of synchronous clients only.
                "auth" => value.is_some_and(|value| {
                    matches!(ast.kind(scope.resolve(value)), Kind::Tuple | Kind::None)
                }),
                // Iterators and files are read synchronously.
                "data" | "content" => value.is_some_and(|value| {
                    let value = scope.resolve(value);
                    matches!(
                        ast.kind(value),
                        Kind::Dictionary | Kind::String | Kind::ConcatenatedString
                    ) || ast.child(value, Field::Function).is_some_and(|function| {
                        let function = scope.text(function);
                        function == "json.dumps" || function.ends_with(".encode")
                    })
                }),
                _ => known.contains(&name),
            })
        }
        // The URL, and the method before it.
        _ => known == REQUEST,
    })
}

#[cfg(test)]
mod tests;
