//! Methods of async libraries that give coroutines.

use crate::canonical;

const HTTPX: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "request", "send",
];
const AIOHTTP: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "request",
];

/// The qualified name of the class that awaiting a method's coroutine gives, empty for plain values; `None` for a method
/// that is no coroutine, or isn't known.
///
/// ```
/// use unblocked_django::coroutine_method;
/// assert_eq!(coroutine_method("httpx.AsyncClient.get"), Some("httpx.Response"));
/// assert_eq!(coroutine_method("aiohttp.ClientResponse.json"), Some(""));
/// assert_eq!(coroutine_method("httpx.Response.json"), None);
/// ```
#[must_use]
pub fn coroutine_method(qualified: &str) -> Option<&'static str> {
    let (class, method) = canonical(qualified).rsplit_once('.')?;
    let gives = |known: &[&str], result| known.contains(&method).then_some(result);
    match class {
        "httpx.AsyncClient" => gives(HTTPX, "httpx.Response").or_else(|| gives(&["aclose"], "")),
        "httpx2.AsyncClient" => gives(HTTPX, "httpx2.Response").or_else(|| gives(&["aclose"], "")),
        "aiohttp.ClientSession" => {
            gives(AIOHTTP, "aiohttp.ClientResponse").or_else(|| gives(&["close"], ""))
        }
        "aiohttp.ClientResponse" => gives(&["json", "read", "text"], ""),
        "httpx.Response" | "httpx2.Response" => gives(&["aread", "aclose"], ""),
        "asyncio.Event" | "asyncio.Condition" | "asyncio.Barrier" => gives(&["wait"], ""),
        "asyncio.Lock" | "asyncio.Semaphore" => gives(&["acquire"], ""),
        "asyncio.Queue" => gives(&["get", "join", "put"], ""),
        _ => None,
    }
}
