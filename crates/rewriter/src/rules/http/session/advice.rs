//! What can be done about what is set on a session and has no like.

use crate::options::HttpClient;

/// That an attribute of a session has no like in a client, and what there is instead.
pub(super) fn no_like(session: &str, attribute: &str, client: HttpClient) -> String {
    let mut text = format!("`{session}.{attribute}` has no like in {}", client.name());
    let instead = match (attribute, client) {
        ("mount", HttpClient::Aiohttp) => {
            "adapters are those of requests; instead of their `max_retries`, a loop around the request or a library such as tenacity repeats it"
        }
        ("mount", _) => {
            "adapters are those of requests; `AsyncHTTPTransport(retries=…)` only connects again, and nothing repeats a request after a status, as `max_retries` can: a loop around it or a library such as tenacity does"
        }
        ("hooks", HttpClient::Aiohttp) => {
            "hooks get a response of requests; aiohttp has `trace_configs`, which are functions of another kind"
        }
        ("hooks", _) => {
            "hooks get a response of requests; `event_hooks` of httpx are coroutines that get its own"
        }
        ("verify" | "cert", HttpClient::Aiohttp) => {
            "`TCPConnector(ssl=…)` takes a context, which is made of the files in a thread"
        }
        ("verify" | "cert", _) => {
            "`AsyncClient(verify=…)` takes a context, which is made of the files in a thread"
        }
        ("proxies", HttpClient::Aiohttp) => "`ClientSession(proxy=…)` takes one for all URLs",
        ("proxies", _) => "`AsyncClient(mounts=…)` takes a transport for each kind of URL",
        _ => return text,
    };
    text.push_str(": ");
    text.push_str(instead);
    text
}
