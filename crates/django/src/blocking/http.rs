//! HTTP clients.

use super::Blocking;
use crate::Effect::Http;

const REQUESTS: &str = "https://requests.readthedocs.io/en/latest/api/";
const HTTPX: &str = "https://www.python-httpx.org/async/";
const URLLIB: &str = "https://docs.python.org/3/library/urllib.request.html";
const URLLIB3: &str = "https://urllib3.readthedocs.io/en/stable/user-guide.html";

const fn http(path: &'static str, docs: &'static str) -> Blocking {
    Blocking::thread(path, Http, docs)
}

pub(super) const ENTRIES: &[Blocking] = &[
    http("requests.get", REQUESTS),
    http("requests.options", REQUESTS),
    http("requests.head", REQUESTS),
    http("requests.post", REQUESTS),
    http("requests.put", REQUESTS),
    http("requests.patch", REQUESTS),
    http("requests.delete", REQUESTS),
    http("requests.request", REQUESTS),
    http("requests.Session.get", REQUESTS),
    http("requests.Session.options", REQUESTS),
    http("requests.Session.head", REQUESTS),
    http("requests.Session.post", REQUESTS),
    http("requests.Session.put", REQUESTS),
    http("requests.Session.patch", REQUESTS),
    http("requests.Session.delete", REQUESTS),
    http("requests.Session.request", REQUESTS),
    http("requests.Session.send", REQUESTS),
    http("httpx.get", HTTPX),
    http("httpx.options", HTTPX),
    http("httpx.head", HTTPX),
    http("httpx.post", HTTPX),
    http("httpx.put", HTTPX),
    http("httpx.patch", HTTPX),
    http("httpx.delete", HTTPX),
    http("httpx.request", HTTPX),
    http("httpx.stream", HTTPX).lazy(),
    http("httpx.Client.get", HTTPX),
    http("httpx.Client.options", HTTPX),
    http("httpx.Client.head", HTTPX),
    http("httpx.Client.post", HTTPX),
    http("httpx.Client.put", HTTPX),
    http("httpx.Client.patch", HTTPX),
    http("httpx.Client.delete", HTTPX),
    http("httpx.Client.request", HTTPX),
    http("httpx.Client.send", HTTPX),
    http("httpx.Client.stream", HTTPX).lazy(),
    http("urllib.request.urlopen", URLLIB)
        .lazy()
        .note("The response reads from the network: open it and read it in one function that runs in a thread."),
    http("urllib.request.urlretrieve", URLLIB),
    http("http.client.HTTPConnection.request", "https://docs.python.org/3/library/http.client.html"),
    http("http.client.HTTPConnection.getresponse", "https://docs.python.org/3/library/http.client.html").lazy(),
    http("http.client.HTTPSConnection.request", "https://docs.python.org/3/library/http.client.html"),
    http("http.client.HTTPSConnection.getresponse", "https://docs.python.org/3/library/http.client.html").lazy(),
    http("urllib3.request", URLLIB3),
    http("urllib3.PoolManager.request", URLLIB3),
    http("urllib3.PoolManager.urlopen", URLLIB3),
];
