//! Writes what makes a client.

use unblocked_analyzer::HttpLibrary;

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
    if session.library == HttpLibrary::Requests || session.is_asked_once {
        return Ok(new_client(client, module));
    }
    let jar = no_cookies(draft, module)?;
    Ok(match client {
        HttpClient::Aiohttp => format!("{module}.ClientSession({jar})"),
        _ => format!("{module}.AsyncClient(timeout=None, {jar})"),
    })
}

/// The argument of a client that keeps no cookies.
pub(super) fn no_cookies(draft: &mut Draft<'_>, module: &str) -> Result<String, Cannot> {
    if draft.options.http_client == HttpClient::Aiohttp {
        return Ok(format!("cookie_jar={module}.DummyCookieJar()"));
    }
    let jar = draft.need("http.cookiejar", "CookieJar")?;
    let policy = draft.need("http.cookiejar", "DefaultCookiePolicy")?;
    Ok(format!("cookies={jar}({policy}(allowed_domains=[]))"))
}
