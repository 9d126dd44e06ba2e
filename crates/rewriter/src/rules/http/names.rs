//! What other clients raise where `requests`, urllib and urllib3 raise something of theirs.

use unblocked_analyzer::HttpLibrary;
use unblocked_syntax::NodeId;

use super::handlers::{caught, caught_as};
use super::scope::Scope;
use crate::options::HttpClient;

/// The modules whose exceptions are caught instead.
pub(super) fn modules(client: HttpClient) -> &'static [&'static str] {
    match client {
        HttpClient::Aiohttp => &["aiohttp", "asyncio", "json"],
        HttpClient::Httpx => &["httpx", "json"],
        HttpClient::Httpx2 => &["httpx2", "json"],
        HttpClient::Requests => &[],
    }
}

/// What earlier handlers of a `try` statement have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Earlier {
    /// The timeouts.
    pub(super) timeout: bool,
    /// The answers that are no success.
    pub(super) status: bool,
    /// All that goes wrong.
    pub(super) all: bool,
}

impl Earlier {
    /// What the clauses before one have of a library.
    pub(super) fn of(scope: &Scope<'_>, clauses: &[NodeId], library: HttpLibrary) -> Self {
        let mut earlier = Self::default();
        for class in clauses.iter().flat_map(|&clause| caught(scope, clause)) {
            match caught_as(scope, class, library) {
                "Timeout" => earlier.timeout = true,
                "HTTPError" => earlier.status = true,
                "URLError" | "OSError" => earlier.all = true,
                _ => {}
            }
        }
        earlier
    }
}

type Names = &'static [(&'static str, &'static str)];

/// What another client raises instead, as modules and names.
pub(super) fn names(
    client: HttpClient,
    library: HttpLibrary,
    exception: &str,
    earlier: Earlier,
) -> Option<Names> {
    match library {
        HttpLibrary::Requests => requests_names(client, exception, earlier.timeout),
        HttpLibrary::Urllib => urllib_names(client, exception, earlier.status),
        HttpLibrary::Urllib3 => urllib3_names(client, exception),
    }
}

/// The same of urllib: only what asks for a connection is a `URLError`, and so is every status that is no success.
fn urllib_names(client: HttpClient, exception: &str, after_status: bool) -> Option<Names> {
    Some(match client {
        HttpClient::Aiohttp => match exception {
            "HTTPError" => &[("aiohttp", "ClientResponseError")],
            "URLError" if after_status => &[
                ("aiohttp", "ClientConnectorError"),
                ("aiohttp", "ConnectionTimeoutError"),
            ],
            "URLError" => &[
                ("aiohttp", "ClientResponseError"),
                ("aiohttp", "ClientConnectorError"),
                ("aiohttp", "ConnectionTimeoutError"),
            ],
            "TimeoutError" => &[("aiohttp", "SocketTimeoutError")],
            "OSError" => &[
                ("aiohttp", "ClientResponseError"),
                ("aiohttp", "ClientConnectionError"),
                ("asyncio", "TimeoutError"),
            ],
            _ => return None,
        },
        HttpClient::Httpx | HttpClient::Httpx2 => match exception {
            "HTTPError" => &[("httpx", "HTTPStatusError")],
            "URLError" if after_status => &[
                ("httpx", "ConnectError"),
                ("httpx", "ConnectTimeout"),
                ("httpx", "ProxyError"),
                ("httpx", "TooManyRedirects"),
            ],
            "URLError" => &[
                ("httpx", "HTTPStatusError"),
                ("httpx", "ConnectError"),
                ("httpx", "ConnectTimeout"),
                ("httpx", "ProxyError"),
                ("httpx", "TooManyRedirects"),
            ],
            "TimeoutError" => &[("httpx", "ReadTimeout")],
            "OSError" => &[("httpx", "HTTPError")],
            _ => return None,
        },
        HttpClient::Requests => return None,
    })
}

/// The same of urllib3, where nothing is sent again: only what is the same in all of its versions. A refused connection is one of
/// its timeouts, one that is lost is none of them.
fn urllib3_names(client: HttpClient, exception: &str) -> Option<Names> {
    Some(match (client, exception) {
        (HttpClient::Aiohttp, "HTTPError") => {
            &[("aiohttp", "ClientError"), ("asyncio", "TimeoutError")]
        }
        (HttpClient::Aiohttp, "ReadTimeoutError") => &[("aiohttp", "SocketTimeoutError")],
        (HttpClient::Aiohttp, "SSLError") => &[("aiohttp", "ClientSSLError")],
        (HttpClient::Httpx | HttpClient::Httpx2, "HTTPError") => {
            &[("httpx", "HTTPError"), ("httpx", "InvalidURL")]
        }
        (HttpClient::Httpx | HttpClient::Httpx2, "ReadTimeoutError") => &[("httpx", "ReadTimeout")],
        _ => return None,
    })
}

/// The same of `requests`. `after_timeout`: an earlier handler has the timeouts.
fn requests_names(client: HttpClient, exception: &str, after_timeout: bool) -> Option<Names> {
    const JSON: &[(&str, &str)] = &[("json", "JSONDecodeError")];
    if matches!(exception, "JSONDecodeError" | "InvalidJSONError") {
        return Some(JSON);
    }
    Some(match client {
        HttpClient::Aiohttp => match exception {
            "RequestException" => &[("aiohttp", "ClientError"), ("asyncio", "TimeoutError")],
            "Timeout" => &[("asyncio", "TimeoutError")],
            "ConnectTimeout" => &[("aiohttp", "ConnectionTimeoutError")],
            "ReadTimeout" => &[("aiohttp", "SocketTimeoutError")],
            "ConnectionError" if after_timeout => &[("aiohttp", "ClientConnectionError")],
            // `ClientConnectionError` would catch what is read too slowly as well.
            "ConnectionError" => &[
                ("aiohttp", "ClientOSError"),
                ("aiohttp", "ServerDisconnectedError"),
                ("aiohttp", "ConnectionTimeoutError"),
            ],
            "HTTPError" => &[("aiohttp", "ClientResponseError")],
            "TooManyRedirects" => &[("aiohttp", "TooManyRedirects")],
            "InvalidURL" | "MissingSchema" | "InvalidSchema" => &[("aiohttp", "InvalidURL")],
            "SSLError" => &[("aiohttp", "ClientSSLError")],
            "ChunkedEncodingError" | "ContentDecodingError" => &[("aiohttp", "ClientPayloadError")],
            _ => return None,
        },
        HttpClient::Httpx | HttpClient::Httpx2 => match exception {
            "RequestException" => &[("httpx", "HTTPError"), ("httpx", "InvalidURL")],
            "Timeout" => &[("httpx", "TimeoutException")],
            "ConnectTimeout" => &[("httpx", "ConnectTimeout")],
            "ReadTimeout" => &[("httpx", "ReadTimeout")],
            "ConnectionError" => &[
                ("httpx", "NetworkError"),
                ("httpx", "RemoteProtocolError"),
                ("httpx", "ConnectTimeout"),
                ("httpx", "ProxyError"),
            ],
            "HTTPError" => &[("httpx", "HTTPStatusError")],
            "TooManyRedirects" => &[("httpx", "TooManyRedirects")],
            "InvalidURL" => &[("httpx", "InvalidURL"), ("httpx", "UnsupportedProtocol")],
            "MissingSchema" | "InvalidSchema" => &[("httpx", "UnsupportedProtocol")],
            "ContentDecodingError" => &[("httpx", "DecodingError")],
            _ => return None,
        },
        HttpClient::Requests => return None,
    })
}
