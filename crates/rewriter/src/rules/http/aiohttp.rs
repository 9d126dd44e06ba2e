//! # http/aiohttp
//!
//! `requests.get` and its like become requests of one `aiohttp.ClientSession`, which stands around the statements that
//! need it: never one session per request of a loop.
//!
//! The response is used inside its own `async with` when that is all that follows; otherwise its body is read there, and
//! used later. A call whose response goes elsewhere (returned, stored, passed on), whose bytes are used after its
//! statement (aiohttp keeps the text of a body, not the bytes, when it gives the connection back), that stands where no
//! statement can be put around it alone (in a condition that is tested again, a comprehension, after something else in
//! its statement), or that has an argument without like (`files`, `stream`, `proxies`, `cert`, `cookies`, `*args`) runs in a thread.
//!
//! A `requests.Session` that is made and used in one function becomes the `ClientSession`, with the same lifetime: a `with` block
//! stays one, a `finally` that closes it still does, and one in a variable is closed after its last use. Headers and
//! a pair in `auth` are set on it; what else is set on a session (`mount`, `params`, `proxies`, `verify`, hooks) has no
//! like and keeps its requests in threads, with the reason. A session of a module
//! becomes a function (`open_session`) that makes a client with the same settings, which each function that sends requests opens
//! for itself; where synchronous code needs the session, the function stands beside it. It stays, and its requests run in threads, where
//! it may log in (its cookies would be lost between functions), or is set up or used elsewhere. Files that import it import the function instead.
//!
//! So does a session that `__init__` of a project's own class makes for the instance (`self.session = requests.Session()`): an instance may outlive the event
//! loop that a client belongs to (every test has its own, and so has every request under WSGI), so each method opens a client with the same
//! settings, `self.open_session()`, and all of them have one jar for their cookies. What stays in a thread does not share them, so one that may log in
//! stays. One that is set up or used
//! elsewhere, that is given to `__init__`, or whose method a loop calls (each call would connect anew) stays, with the reason.
//!
//! With `--http-client-scope application`, and in functions that a loop calls, `http_client()` gives one client for each event loop (and a session of a module has one of its
//! own), whose connections stay open from one request to the next. A task holds it until the loop ends, which closes it: ASGI's
//! lifespan events don't reach Django, but every server, `asyncio.run` and `async_to_sync` cancel the tasks of their loop. It keeps no
//! cookies, as it is shared by all requests: those that come with a redirect are not sent on, as `requests` does. aiohttp asks at most 100 at once, the others wait. In a module of its own, which imports nothing of the project, the function is found and imported.
//!
//! What says what is so anyway (`verify=True`, `proxies=None`) is left out. Kept: redirects, `params`, `data`, `json`, `headers`, `auth`; a `timeout` is that of connecting and of each read.
//! `json(content_type=None)` takes any content type, as `requests` does; aiohttp's own default would refuse
//! `text/plain`. Where something catches that a body is not JSON, `json.loads` reads it, as aiohttp gives `None` for an
//! empty one.
//!
//! For review, as these differ: aiohttp sends a `GET`, `HEAD`, `PUT` or `DELETE` again when the server closes the
//! connection; without a `timeout`, aiohttp gives up after 5 minutes; it follows 10 redirects, not 30;
//! it takes no proxies and no `.netrc` from the environment (`ClientSession(trust_env=True)` does); text that names no
//! encoding is read as UTF-8; its `User-Agent` is its own; cookies that a server sets are sent with the later requests
//! of the same session.
//!
//! `urllib.request.urlopen` becomes such a request too, with its `Request` where that is made in its arguments, when its URL is evidently one of http or
//! https (it opens `file:` and others as well), and its `data` evidently bytes, which go as a form unless `headers` name a type. `raise_for_status=True` raises
//! where `urlopen` does, for a status that is no success (but not for `304`).
//! `json.load(response)` and `read()` give the same bytes to the same parser. An installed opener, a `context`, a body that is read in parts, line by line or twice,
//! headers that clients set themselves, a `gzip` in the function (other clients unpack what a server compresses), and a `Request` in a variable
//! that is looked at, passed on or opened twice, keep it in a thread; one that only gets headers becomes a dictionary of arguments (`dict(url=…, headers={})`).
//! For review: `urlopen` follows no redirect of a `PUT` or `DELETE`, nor a `307` of a `POST`, and raises for it; it sends a URL as it is written, where
//! aiohttp writes what is escaped in it in its normal form.
//!
//! urllib3 sends a request up to three times more when a connection fails, follows three redirects and sends what is redirected by its own method, and
//! no other client does: its requests stay in threads, but for those that `retries=False` (of the call, or of a `PoolManager` that is made with nothing more)
//! has sent once, and redirected never. `fields` in the URL, JSON, bytes, headers and timeouts go along; `urllib3.request` gives up after 3 seconds.
//! `fields` in a body (a multipart form), other settings of a manager, other pools, `urlopen` and `request_encode_…`, answers that are read as they arrive,
//! and `geturl()` (urllib3 gives the path) have no like. Of its exceptions, `HTTPError`, `ReadTimeoutError` and `SSLError` have their like; a refused connection is
//! one of urllib3's timeouts, so `TimeoutError`, `NewConnectionError` and `ProtocolError` keep a request in a thread. A manager keeps no cookies, nor does what takes its place.
//! For review: aiohttp sends a `GET`, `HEAD`, `PUT` or `DELETE` again when the server closes the connection without an answer.
//!
//! ```python before
//! import requests
//!
//! def sync_view(request):
//!     data = requests.get("https://api.example.com/data").json()
//!     return JsonResponse(data)
//! ```
//! ```python after
//! import aiohttp
//!
//! async def sync_view(request):
//!     async with aiohttp.ClientSession() as session:
//!         async with session.get("https://api.example.com/data") as response:
//!             data = await response.json(content_type=None)
//!     return JsonResponse(data)
//! ```
//!
//! ```python before
//! import requests
//!
//! def stock(request, pk):
//!     response = requests.get(f"https://api.example.com/stock/{pk}", timeout=5)
//!     product = Product.objects.get(pk=pk)
//!     if response.status_code == 404:
//!         return HttpResponse("unknown")
//!     return JsonResponse({"name": product.name, "stock": response.json()})
//! ```
//! ```python after
//! import aiohttp
//!
//! async def stock(request, pk):
//!     async with aiohttp.ClientSession() as session:
//!         async with session.get(f"https://api.example.com/stock/{pk}", timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5)) as response:
//!             await response.read()
//!     product = await Product.objects.aget(pk=pk)
//!     if response.status == 404:
//!         return HttpResponse("unknown")
//!     return JsonResponse({"name": product.name, "stock": await response.json(content_type=None)})
//! ```
//!
//! ```python before
//! import requests
//!
//! def orders(request):
//!     session = requests.Session()
//!     session.headers["X-Token"] = "secret"
//!     rows = []
//!     for pk in [1, 2, 3]:
//!         rows.append(session.get(f"https://api.example.com/orders/{pk}").json())
//!     return JsonResponse({"rows": rows})
//! ```
//! ```python after
//! import aiohttp
//!
//! async def orders(request):
//!     async with aiohttp.ClientSession() as session:
//!         session.headers["X-Token"] = "secret"
//!         rows = []
//!         for pk in [1, 2, 3]:
//!             async with session.get(f"https://api.example.com/orders/{pk}") as response:
//!                 rows.append(await response.json(content_type=None))
//!     return JsonResponse({"rows": rows})
//! ```
//!
//! ```python before
//! import requests
//!
//! session = requests.Session()
//! session.headers["X-Token"] = "secret"
//!
//!
//! def rates(request):
//!     return JsonResponse(session.get("https://api.example.com/rates").json())
//! ```
//! ```python after
//! import aiohttp
//!
//!
//! def open_session():
//!     session = aiohttp.ClientSession()
//!     session.headers["X-Token"] = "secret"
//!     return session
//!
//!
//! async def rates(request):
//!     async with open_session() as session:
//!         async with session.get("https://api.example.com/rates") as response:
//!             return JsonResponse(await response.json(content_type=None))
//! ```
//!
//! ```python before
//! import json
//! from urllib.error import HTTPError
//! from urllib.request import urlopen
//!
//! def rate(request):
//!     try:
//!         with urlopen("https://api.example.com/rate", timeout=5) as response:
//!             data = json.load(response)
//!     except HTTPError as error:
//!         return HttpResponse("down", status=error.code)
//!     return JsonResponse(data)
//! ```
//! ```python after
//! import json
//!
//! import aiohttp
//!
//! async def rate(request):
//!     try:
//!         async with aiohttp.ClientSession() as session:
//!             async with session.get("https://api.example.com/rate", timeout=aiohttp.ClientTimeout(sock_connect=5, sock_read=5), raise_for_status=True) as response:
//!                 data = json.loads(await response.read())
//!     except aiohttp.ClientResponseError as error:
//!         return HttpResponse("down", status=error.status)
//!     return JsonResponse(data)
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};

use super::decide::{Body, Native};
use super::{emit, urllib};
use crate::draft::{Draft, Outcome};
use crate::options::HttpClient;

pub(super) const DOCS: &str = "https://docs.aiohttp.org/en/stable/client_quickstart.html";

pub(super) const NAME: &str = "http/aiohttp";

/// What is true of every request of the session.
const DIFFERENCES: &str = "aiohttp gives up after 5 minutes when no `timeout` is given, follows 10 redirects, and takes no proxies from the environment";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    if draft.options.http_client != HttpClient::Aiohttp {
        return None;
    }
    let SiteKind::Function { path } = &site.kind else {
        if let Some((call, body, native)) = emit::block_wish(draft, site) {
            let site = Site {
                node: call,
                ..site.clone()
            };
            let (message, help) = says(&site, urllib::OPEN, &body, &native);
            draft.unchanged(NAME, call, Evidence::Evident, message, help, DOCS);
        }
        return None;
    };
    let Some((body, native)) = emit::decision(draft, site.node) else {
        let (body, native) = emit::wish(draft, site.node)?;
        let (message, help) = says(site, path, &body, &native);
        draft.unchanged(NAME, site.node, Evidence::Evident, message, help, DOCS);
        return None;
    };
    let mut write = || -> Outcome {
        let is_first = emit::is_first(&body, site.node);
        if is_first {
            let module = draft.need_module("aiohttp")?;
            emit::client(draft, &body, &native, &module)?;
        }
        let request = emit::request(draft, site.node, &body, &native)?;
        emit::aiohttp_uses(draft, &native)?;
        emit::aiohttp_call(draft, site.node, &native, request)?;
        let (message, help) = says(site, path, &body, &native);
        draft.changed(NAME, site.node, Evidence::Evident, message, help, DOCS);
        Ok(())
    };
    Some(write())
}

/// What is the matter with a call, and what becomes of it.
fn says(site: &Site, path: &str, body: &Body, native: &Native) -> (String, String) {
    let message = format!("`{path}` makes its thread wait ({})", site.effect);
    let what = format!(
        "`{}.{}` of an `aiohttp.ClientSession`",
        body.client_of(native),
        native.request.method
    );
    let is_first = emit::is_first(body, site.node);
    let help = super::help(&what, body, native, is_first.then_some(DIFFERENCES));
    (message, help)
}
