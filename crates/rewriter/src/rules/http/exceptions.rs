//! # http/exceptions
//!
//! Handlers of the exceptions of `requests`, `urllib` and urllib3 catch those of the client that took their place.
//!
//! `requests.RequestException` is everything that can go wrong; aiohttp raises `ClientError` or, when time is up,
//! `asyncio.TimeoutError` for that, httpx `HTTPError` or `InvalidURL`. An answer that is not JSON raises
//! `json.JSONDecodeError` in both. Where code in the `try` may still raise the exceptions of `requests`, both are caught. A
//! handler that looks into its exception (`error.response`) keeps the calls that it watches in threads, as does one
//! for which the other client has no like. Of a `urllib.error.HTTPError`, `code` and `reason` are read where the other exception
//! has them (and with httpx `read()`), when nothing but `urlopen` raises one there.
//!
//! `urllib.error.URLError` is what asks for a connection in vain, and every status that is no success. What is too slow when it is
//! read is a `TimeoutError` of its own.
//!
//! `urllib3.exceptions.HTTPError` is everything that can go wrong, as `requests.RequestException` is; it is no `OSError`.
//!
//! For review: the texts of the exceptions differ.
//!
//! ```python before
//! import requests
//! from django.http import JsonResponse
//!
//! def rate(request):
//!     try:
//!         response = requests.get("https://api.example.com/rate", timeout=5)
//!         response.raise_for_status()
//!     except requests.Timeout:
//!         return JsonResponse({"error": "slow"}, status=504)
//!     except requests.RequestException:
//!         return JsonResponse({"error": "down"}, status=502)
//!     return JsonResponse({"status": response.status_code})
//! ```
//! ```python after
//! import asyncio
//!
//! import aiohttp
//! from django.http import JsonResponse
//!
//! async def rate(request):
//!     try:
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get("https://api.example.com/rate", timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5)) as response:
//!                 await response.read()
//!         response.raise_for_status()
//!     except asyncio.TimeoutError:
//!         return JsonResponse({"error": "slow"}, status=504)
//!     except (aiohttp.ClientError, asyncio.TimeoutError):
//!         return JsonResponse({"error": "down"}, status=502)
//!     return JsonResponse({"status": response.status})
//! ```

use unblocked_analyzer::{Evidence, HttpLibrary, Site, SiteKind, SyncOnly};
use unblocked_syntax::{Field, Kind, NodeId};

use super::decide::function_name;
use super::handlers::{caught, caught_as, is_os_error, looks_of};
use super::names::{Earlier, names};
use super::raised::{Libraries, Raised};
use super::scope::Scope;
use crate::draft::{Draft, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Piece, Template, template};

pub(super) const NAME: &str = "http/exceptions";

/// Makes the handlers around a site right; the site itself is for another rule.
pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let concerns = match &site.kind {
        SiteKind::Function { path } => function_name(path).is_some(),
        SiteKind::Project { .. } => true,
        // A block that stays synchronous, as one of its handlers was to stay.
        SiteKind::SyncOnly {
            what: SyncOnly::Resource(_),
        } => true,
        _ => false,
    };
    if !concerns || draft.options.http_client == HttpClient::Requests {
        return None;
    }
    let scope = Scope::new(
        draft.analysis,
        draft.http.effects?,
        draft.options,
        draft.decided,
        draft.file_index,
        draft.function,
    )?;
    let ast = scope.ast();
    for statement in tries(draft, &scope, site.node) {
        if ast.kind(statement) != Kind::Try {
            continue;
        }
        let clauses: Vec<NodeId> = ast
            .children(statement)
            .filter(|&clause| ast.kind(clause) == Kind::Except)
            .collect();
        let concerned = clauses.iter().any(|&clause| {
            caught(&scope, clause)
                .iter()
                .any(|&class| is_known(&scope, class))
        });
        let Some(body) = ast.child(statement, Field::Body).filter(|_| concerned) else {
            continue;
        };
        let known = draft.raised.get(&statement).copied();
        let raised = known.unwrap_or_else(|| Raised::of(draft, &scope, body, draft.colors));
        draft.raised.insert(statement, raised);
        if !draft.decided.takes_all() {
            for class in clauses.iter().flat_map(|&clause| caught(&scope, clause)) {
                if is_known(&scope, class) && scope.rejects(NAME, class) {
                    draft.unchanged(
                        NAME,
                        class,
                        Evidence::Evident,
                        message(&scope, class),
                        "its like in the other client is caught",
                        docs(draft.options.http_client),
                    );
                }
            }
        }
        if Libraries::ALL
            .iter()
            .any(|&library| raised.native.has(library))
        {
            for (position, &clause) in clauses.iter().enumerate() {
                let earlier = clauses.get(..position).unwrap_or_default();
                if let Err(cannot) = map(draft, &scope, clause, earlier, raised) {
                    return Some(Err(cannot));
                }
            }
        }
    }
    None
}

/// The `try` statements around a call, and around the uses of its response, which may raise elsewhere than it was asked for.
fn tries(draft: &Draft<'_>, scope: &Scope<'_>, call: NodeId) -> Vec<NodeId> {
    let mut found = scope.tries(call);
    let native = draft
        .http
        .body(draft.file_index, draft.function)
        .and_then(|body| body.calls.get(&call));
    for &(response, _) in native.iter().flat_map(|native| &native.uses) {
        for statement in scope.tries(response) {
            if !found.contains(&statement) {
                found.push(statement);
            }
        }
    }
    found
}

/// True for a class that catches what one of the libraries raises.
fn is_known(scope: &Scope<'_>, class: NodeId) -> bool {
    Libraries::ALL
        .iter()
        .any(|&library| !caught_as(scope, class, library).is_empty())
}

fn map(
    draft: &mut Draft<'_>,
    scope: &Scope<'_>,
    clause: NodeId,
    earlier: &[NodeId],
    raised: Raised,
) -> Outcome {
    let ast = scope.ast();
    let client = draft.options.http_client;
    let classes = caught(scope, clause);
    let has_value_error = classes.iter().any(|&class| {
        scope.text(class) == "ValueError"
            || scope.text(class).ends_with("JSONDecodeError")
                && caught_as(scope, class, HttpLibrary::Requests).is_empty()
    });
    let mut written: Vec<String> = Vec::new();
    for &class in &classes {
        let found: Vec<(HttpLibrary, &str)> = Libraries::ALL
            .into_iter()
            .filter(|&library| raised.native.has(library))
            .map(|library| (library, caught_as(scope, class, library)))
            .filter(|(_, exception)| !exception.is_empty())
            .collect();
        let stays = is_os_error(scope, class)
            || found
                .iter()
                .any(|&(_, exception)| exception == "TimeoutError");
        if draft
            .notes
            .iter()
            .any(|note| note.rule == NAME && note.node == class)
        {
            continue;
        }
        let mut all: Vec<(&str, &str)> = Vec::new();
        for &(library, exception) in &found {
            let earlier = Earlier::of(scope, earlier, library);
            all.extend(names(client, library, exception, earlier).unwrap_or_default());
        }
        if all.is_empty() {
            continue;
        }
        if found
            .iter()
            .any(|&(_, exception)| exception == "RequestException")
            && raised.json
            && !has_value_error
        {
            all.push(("json", "JSONDecodeError"));
        }
        let mut fresh: Vec<String> = Vec::new();
        for (module, name) in all {
            let module = match (module, client) {
                ("httpx", HttpClient::Httpx2) => "httpx2",
                _ => module,
            };
            let text = format!("{}.{name}", draft.need_module(module)?);
            if !written.contains(&text) {
                written.push(text.clone());
                fresh.push(text);
            }
        }
        let looks = looks_of(scope, clause)
            .filter(|looks| !looks.is_empty() && raised.native.has(HttpLibrary::Urllib));
        // Its handler knows one kind of exception, which was decided.
        let is_classic = looks.is_none()
            && found
                .iter()
                .any(|&(library, _)| raised.classic.has(library));
        let keeps = is_classic || stays;
        let alone = classes.len() == 1
            && ast
                .parent(class)
                .is_none_or(|up| ast.kind(up) != Kind::Tuple);
        let help = if is_classic {
            "its like in the other client is caught too: what is in the `try` may raise either"
        } else {
            "its like in the other client is caught; its text differs"
        };
        draft.changed(
            NAME,
            class,
            Evidence::Evident,
            message(scope, class),
            help,
            docs(client),
        );
        for (node, text) in looks.into_iter().flatten() {
            let attribute = match ast.kind(node) {
                Kind::Call => ast.child(node, Field::Function),
                _ => Some(node),
            };
            let Some(object) = attribute.and_then(|id| ast.child(id, Field::Object)) else {
                continue;
            };
            draft.rewrites.replace(node, template![object, text]);
        }
        if fresh.is_empty() {
            if keeps {
                continue;
            }
            fresh.extend(written.first().cloned());
        }
        let several = fresh.len() + usize::from(keeps) > 1;
        let mut template: Template = Vec::new();
        if alone && several {
            template.push(Piece::from("("));
        }
        if keeps {
            template.push(Piece::Node(class));
            template.push(Piece::from(", "));
        }
        template.push(Piece::from(fresh.join(", ")));
        if alone && several {
            template.push(Piece::from(")"));
        }
        draft.rewrites.replace(class, template);
    }
    Ok(())
}

fn message(scope: &Scope<'_>, class: NodeId) -> String {
    format!(
        "`{}` is not what the other client raises",
        scope.text(class)
    )
}

/// Where a client documents what it raises.
fn docs(client: HttpClient) -> &'static str {
    match client {
        HttpClient::Aiohttp => {
            "https://docs.aiohttp.org/en/stable/client_reference.html#client-exceptions"
        }
        _ => "https://www.python-httpx.org/exceptions/",
    }
}
