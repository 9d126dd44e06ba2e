//! # http/httpx
//!
//! `requests.get` and its like become requests of one `httpx.AsyncClient` (or `httpx2`), which stands around the
//! statements that need it: never one client per request of a loop.
//!
//! The response is used as before, in any expression. A call whose response goes elsewhere (returned, stored, passed
//! on), or that has an argument without like (`verify`, `files`, `stream`, `proxies`, `cert`, `cookies`, `*args`) runs in
//! a thread.
//!
//! A `requests.Session` that is made and used in one function becomes the `AsyncClient`, with the same lifetime: a `with` block
//! stays one, a `finally` that closes it still does, and one in a variable is closed after its last use. Headers, a
//! pair in `auth`, cookies, and `params` are set on it; what else is set on a session (`mount`, `proxies`, `verify`, hooks) has no like
//! and keeps its requests in threads, with the reason. A session of a module
//! becomes a function (`open_session`) that makes a client with the same settings, which each function that sends requests opens
//! for itself; where synchronous code needs the session, the function stands beside it. It stays, and its requests run in threads, where
//! it may log in (its cookies would be lost between functions), or is set up or used elsewhere. Files that import it import the function instead.
//!
//! So does a session that `__init__` of a project's own class makes for the instance (`self.session = requests.Session()`): an instance may outlive the event
//! loop that a client belongs to (every test has its own, and so has every request under WSGI), so each method opens a client with the same
//! settings, `self.open_session()`, and all of them have one jar for their cookies. What stays in a thread shares
//! them. One that is set up or used
//! elsewhere, that is given to `__init__`, or whose method a loop calls (each call would connect anew) stays, with the reason.
//!
//! With `--http-client-scope application`, and in functions that a loop calls, `http_client()` gives one client for each event loop (and a session of a module has one of its
//! own), whose connections stay open from one request to the next. A task holds it until the loop ends, which closes it: ASGI's
//! lifespan events don't reach Django, but every server, `asyncio.run` and `async_to_sync` cancel the tasks of their loop. It keeps no
//! cookies, as it is shared by all requests: those that come with a redirect are not sent on, as `requests` does. It has no limit of connections: of its own accord, a
//! request would fail whose `timeout` is over before one of 100 is free. In a module of its own, which imports nothing of the project, the function is found and imported.
//!
//! What says what is so anyway (`verify=True`, `proxies=None`) is left out. Kept: `follow_redirects=True` and `timeout=None` make the client do what `requests` does; `response.ok` is
//! `not response.is_error`, as httpx's own `is_success` is false for redirects.
//!
//! For review, as these differ: httpx follows 20 redirects, not 30; it takes no `.netrc` from the environment; text that
//! names no encoding is read as UTF-8; JSON is sent without spaces; its `User-Agent` is its own; `raise_for_status`
//! raises for `304 Not Modified` too; a form's `Content-Type` goes along when a `POST` is redirected; cookies that a server sets are sent with the later requests of the same client.
//!
//! `urllib.request.urlopen` becomes such a request too, with its `Request` where that is made in its arguments, when its URL is evidently one of http or
//! https (it opens `file:` and others as well), and its `data` evidently bytes, which go as a form unless `headers` name a type. `raise_for_status()` raises
//! where `urlopen` does (it gives the response since httpx 0.25).
//! `json.load(response)` and `read()` give the same bytes to the same parser. An installed opener, a `context`, a body that is read in parts, line by line or twice,
//! headers that clients set themselves, a `gzip` in the function (other clients unpack what a server compresses), and a `Request` in a variable
//! that is looked at, passed on or opened twice, keep it in a thread; one that only gets headers becomes a dictionary of arguments (`dict(url=…, headers={})`).
//! For review: `urlopen` follows no redirect of a `PUT` or `DELETE`, nor a `307` of a `POST`, and raises for it.
//!
//! urllib3 sends a request up to three times more when a connection fails, follows three redirects and sends what is redirected by its own method, and
//! no other client does: its requests stay in threads, but for those that `retries=False` (of the call, or of a `PoolManager` that is made with nothing more)
//! has sent once, and redirected never. `fields` in the URL, JSON, bytes, headers and timeouts go along; `urllib3.request` gives up after 3 seconds.
//! `fields` in a body (a multipart form), other settings of a manager, other pools, `urlopen` and `request_encode_…`, answers that are read as they arrive,
//! and `geturl()` (urllib3 gives the path) have no like. Of its exceptions, `HTTPError` and `ReadTimeoutError` have their like; a refused connection is
//! one of urllib3's timeouts, so `TimeoutError`, `NewConnectionError` and `ProtocolError` keep a request in a thread. A manager keeps no cookies, nor does what takes its place.
//! For review: httpx asks the proxies that the environment names, and knows the certificates of certifi, not the system's.
//!
//! ```python before httpx
//! import requests
//!
//! def sync_view(request):
//!     response = requests.get("https://api.example.com/data")
//!     if not response.ok:
//!         return HttpResponse("down", status=502)
//!     return JsonResponse(response.json())
//! ```
//! ```python after
//! import httpx
//!
//! async def sync_view(request):
//!     async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:
//!         response = await client.get("https://api.example.com/data")
//!     if response.is_error:
//!         return HttpResponse("down", status=502)
//!     return JsonResponse(response.json())
//! ```
//!
//! ```python before httpx
//! import json
//! from urllib.request import urlopen
//!
//! def rate(request):
//!     data = json.load(urlopen("https://api.example.com/rate", timeout=5))
//!     return JsonResponse(data)
//! ```
//! ```python after
//! import json
//!
//! import httpx
//!
//! async def rate(request):
//!     async with httpx.AsyncClient(follow_redirects=True, timeout=None) as client:
//!         data = json.loads((await client.get("https://api.example.com/rate", timeout=5)).raise_for_status().content)
//!     return JsonResponse(data)
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};

use super::decide::{Body, Native};
use super::{emit, urllib};
use crate::draft::{Draft, Outcome};
use crate::options::HttpClient;

pub(super) const DOCS: &str = "https://www.python-httpx.org/async/";

pub(super) const NAME: &str = "http/httpx";

/// What is true of every request of the client.
const DIFFERENCES: &str =
    "httpx follows 20 redirects, and reads text that names no encoding as UTF-8";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let module = match draft.options.http_client {
        HttpClient::Httpx => "httpx",
        HttpClient::Httpx2 => "httpx2",
        _ => return None,
    };
    let SiteKind::Function { path } = &site.kind else {
        if let Some((call, body, native)) = emit::block_wish(draft, site) {
            let site = Site {
                node: call,
                ..site.clone()
            };
            let (message, help) = says(&site, urllib::OPEN, module, &body, &native);
            draft.unchanged(NAME, call, Evidence::Evident, message, help, DOCS);
        }
        return None;
    };
    let Some((body, native)) = emit::decision(draft, site.node) else {
        let (body, native) = emit::wish(draft, site.node)?;
        let (message, help) = says(site, path, module, &body, &native);
        draft.unchanged(NAME, site.node, Evidence::Evident, message, help, DOCS);
        return None;
    };
    let mut write = || -> Outcome {
        let is_first = emit::is_first(&body, site.node);
        if is_first {
            let module = draft.need_module(module)?;
            emit::client(draft, &body, &native, &module)?;
        }
        let request = emit::request(draft, site.node, &body, &native)?;
        urllib::httpx_call(draft, site.node, &native, request)?;
        emit::httpx_uses(draft, &native)?;
        let (message, help) = says(site, path, module, &body, &native);
        draft.changed(NAME, site.node, Evidence::Evident, message, help, DOCS);
        Ok(())
    };
    Some(write())
}

/// What is the matter with a call, and what becomes of it.
fn says(site: &Site, path: &str, module: &str, body: &Body, native: &Native) -> (String, String) {
    let message = format!("`{path}` makes its thread wait ({})", site.effect);
    let what = format!(
        "`{}.{}` of an `{module}.AsyncClient`",
        body.client_of(native),
        native.request.method
    );
    let is_first = emit::is_first(body, site.node);
    let help = super::help(&what, body, native, is_first.then_some(DIFFERENCES));
    (message, help)
}
