//! Writes what makes a client.

use unblocked_analyzer::HttpLibrary;

use super::decide::Body;
use super::session::Session;
use crate::draft::{Cannot, Draft};
use crate::options::HttpClient;

/// The expression that makes a client.
pub(super) fn new_client(client: HttpClient, module: &str) -> String {
    match client {
        HttpClient::Aiohttp => format!("{module}.ClientSession()"),
        _ => format!("{module}.AsyncClient(follow_redirects=True, timeout=None)"),
    }
}

/// The expression that makes the client in the place of a session.
pub(super) fn client_like(
    draft: &mut Draft<'_>,
    session: &Session,
    module: &str,
) -> Result<String, Cannot> {
    let client = draft.options.http_client;
    let limits = if session.is_shared {
        unlimited(client, module)
    } else {
        String::new()
    };
    if session.library == HttpLibrary::Requests || session.is_asked_once {
        return Ok(match client {
            HttpClient::Aiohttp => new_client(client, module),
            _ => format!("{module}.AsyncClient(follow_redirects=True, timeout=None{limits})"),
        });
    }
    let jar = no_cookies(draft, module)?;
    Ok(match client {
        HttpClient::Aiohttp => format!("{module}.ClientSession({jar})"),
        _ => format!("{module}.AsyncClient(timeout=None{limits}, {jar})"),
    })
}

/// The expression that makes the client of a function's calls that have no session.
pub(super) fn own_client(
    draft: &mut Draft<'_>,
    body: &Body,
    module: &str,
) -> Result<String, Cannot> {
    let client = draft.options.http_client;
    if !body.asks_again || body.keeps_cookies() {
        return Ok(new_client(client, module));
    }
    let jar = no_cookies(draft, module)?;
    Ok(match client {
        HttpClient::Aiohttp => format!("{module}.ClientSession({jar})"),
        _ => format!("{module}.AsyncClient(follow_redirects=True, timeout=None, {jar})"),
    })
}

/// The expression that makes the client of an event loop.
pub(super) fn shared_client(draft: &mut Draft<'_>, module: &str) -> Result<String, Cannot> {
    let client = draft.options.http_client;
    let jar = no_cookies(draft, module)?;
    Ok(match client {
        HttpClient::Aiohttp => format!("{module}.ClientSession({jar})"),
        _ => {
            let limits = unlimited(client, module);
            format!("{module}.AsyncClient(follow_redirects=True, timeout=None{limits}, {jar})")
        }
    })
}

/// The argument of a client of httpx that many share. Of its own accord it has 100 connections, and a request whose `timeout` is
/// over before one of them is free fails. aiohttp has as many, but there the others wait.
fn unlimited(client: HttpClient, module: &str) -> String {
    match client {
        HttpClient::Httpx | HttpClient::Httpx2 => {
            format!(", limits={module}.Limits(max_keepalive_connections=20)")
        }
        _ => String::new(),
    }
}

/// The argument of a client that keeps no cookies.
fn no_cookies(draft: &mut Draft<'_>, module: &str) -> Result<String, Cannot> {
    if draft.options.http_client == HttpClient::Aiohttp {
        return Ok(format!("cookie_jar={module}.DummyCookieJar()"));
    }
    let jar = draft.need("http.cookiejar", "CookieJar")?;
    let policy = draft.need("http.cookiejar", "DefaultCookiePolicy")?;
    Ok(format!("cookies={jar}({policy}(allowed_domains=[]))"))
}
