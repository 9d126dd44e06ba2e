//! Writes the function that makes clients in the place of a module's session, or beside it.

use unblocked_analyzer::{Evidence, FileFacts};
use unblocked_syntax::NodeId;

use super::super::{aiohttp, client, emit, httpx};
use super::instance::Instance;
use super::module::LastingSession;
use crate::draft::{Draft, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Enclosure, Extent, Footer, template};

impl LastingSession {
    /// True when one client for each event loop takes its place.
    pub(crate) fn is_shared(&self) -> bool {
        self.session.is_shared
    }

    /// The calls that send its requests, by file.
    pub(crate) fn calls(&self) -> &[(usize, NodeId)] {
        &self.calls
    }

    /// True when its name is part of what the module offers.
    pub(crate) fn is_offered(&self) -> bool {
        self.is_offered
    }

    /// The first and the last of the statements that make it.
    pub(crate) fn statements(&self) -> (NodeId, NodeId) {
        (self.first, self.last)
    }

    fn message(&self) -> String {
        let name = &self.session.name;
        format!("`{name}` is made for no event loop, to which a client belongs")
    }

    /// Says that it stays, as was decided.
    pub(crate) fn keep(&self, draft: &mut Draft<'_>) {
        let (rule, docs) = match draft.options.http_client {
            HttpClient::Aiohttp => (aiohttp::NAME, aiohttp::DOCS),
            HttpClient::Httpx | HttpClient::Httpx2 => (httpx::NAME, httpx::DOCS),
            HttpClient::Requests => return,
        };
        let how = "it stays, and what it sends is sent in threads";
        draft.unchanged(
            rule,
            self.session.made,
            Evidence::Evident,
            self.message(),
            how,
            docs,
        );
    }

    /// Writes the function: around the statements that make the session, or a copy of them. `above` comes before it.
    pub(crate) fn write(&self, draft: &mut Draft<'_>, stays: bool, above: &[String]) -> Outcome {
        let (rule, docs, module) = match draft.options.http_client {
            HttpClient::Aiohttp => (aiohttp::NAME, aiohttp::DOCS, "aiohttp"),
            HttpClient::Httpx => (httpx::NAME, httpx::DOCS, "httpx"),
            HttpClient::Httpx2 => (httpx::NAME, httpx::DOCS, "httpx2"),
            HttpClient::Requests => return Ok(()),
        };
        let module = draft.need_module(module)?;
        let decorator = match &self.instance {
            Some(instance) => {
                self.in_instance(draft, instance, &module, stays)?;
                String::new()
            }
            None => {
                let client = client::client_like(draft, &self.session, &module)?;
                self.in_module(draft, client, stays, above)
            }
        };
        emit::settings(draft, &self.session.settings)?;
        let message = self.message();
        let name = &self.session.name;
        let is_aiohttp = draft.options.http_client == HttpClient::Aiohttp;
        let how = if let Some(instance) = &self.instance {
            let factory = format!("{}.{}", instance.receiver, self.factory);
            match (stays, is_aiohttp) {
                (false, _) => format!(
                    "`{factory}` takes its place, with a client for each method that sends requests, and one jar for their cookies; it is the same if no code that is not seen uses `{name}`"
                ),
                (true, false) => format!(
                    "beside it, `{factory}` makes clients like it, with its cookies, for the methods that became async"
                ),
                (true, true) => format!(
                    "beside it, `{factory}` makes clients like it for the methods that became async; it is the same if no request needs the cookies that a service sets on the session"
                ),
            }
        } else if stays {
            format!(
                "beside it, `{}` makes clients like it for the functions that became async",
                self.factory
            )
        } else {
            format!(
                "`{}` takes its place, with {}; it is the same if nothing else imports `{name}`",
                self.factory,
                if decorator.is_empty() {
                    "a client for each function that sends requests"
                } else {
                    "one client for each event loop"
                }
            )
        };
        draft.changed(
            rule,
            self.session.made,
            Evidence::Evident,
            message,
            how,
            docs,
        );
        Ok(())
    }
}

impl LastingSession {
    /// The function around the statements of a module; gives its decorator.
    fn in_module(
        &self,
        draft: &mut Draft<'_>,
        client: String,
        stays: bool,
        above: &[String],
    ) -> String {
        let (first, last) = (self.first, self.last);
        // A copy stands on lines of its own.
        let before = if stays {
            0
        } else {
            lines_before(draft.facts, first)
        };
        let after = lines_after(draft.facts, last);
        let above: String = above.iter().map(|part| format!("{part}\n\n\n")).collect();
        let decorator = draft
            .http
            .shared(draft.file_index)
            .filter(|_| self.session.is_shared)
            .map(|shared| format!("@{}\n", shared.per_loop()))
            .unwrap_or_default();
        draft.rewrites.enclose(Enclosure {
            first,
            last,
            header: template![format!(
                "{}{above}{decorator}def {}():",
                "\n".repeat(before),
                self.factory
            )],
            extent: Extent::None,
            footer: Some(Footer {
                inner: template![format!("\nreturn {}", self.session.name)],
                outer: template!["\n".repeat(after)],
            }),
            is_set_off: false,
            finding: None,
        });
        draft.rewrites.replace(self.session.made, template![client]);
        decorator
    }

    /// The function within `__init__`, which the instance has in the place of its session, or beside it.
    fn in_instance(
        &self,
        draft: &mut Draft<'_>,
        instance: &Instance,
        module: &str,
        stays: bool,
    ) -> Outcome {
        let Instance {
            receiver,
            client,
            named,
            jar,
            ..
        } = instance;
        let (above, cookies) = match draft.options.http_client {
            HttpClient::Aiohttp => {
                let once = draft.need("functools", "lru_cache")?;
                // Made by the first that asks, in an event loop; one that takes cookies of addresses, as requests does.
                let made = format!("{jar} = {once}(lambda: {module}.CookieJar(unsafe=True))\n\n");
                (made, format!("cookie_jar={jar}()"))
            }
            _ if stays => (
                String::new(),
                format!("cookies={}.cookies", self.session.name),
            ),
            _ => {
                let made = draft.need("http.cookiejar", "CookieJar")?;
                (format!("{jar} = {made}()\n\n"), format!("cookies={jar}"))
            }
        };
        let made = match draft.options.http_client {
            HttpClient::Aiohttp => format!("{module}.ClientSession({cookies})"),
            _ => format!("{module}.AsyncClient(follow_redirects=True, timeout=None, {cookies})"),
        };
        draft.rewrites.enclose(Enclosure {
            first: self.first,
            last: self.last,
            header: template![format!("{above}def {}():", self.factory)],
            extent: Extent::None,
            footer: Some(Footer {
                inner: template![format!("\nreturn {client}")],
                outer: template![format!("\n\n{receiver}.{0} = {0}", self.factory)],
            }),
            is_set_off: !stays,
            finding: None,
        });
        draft.rewrites.replace(self.session.made, template![made]);
        for &node in named {
            draft.rewrites.replace(node, template![client.as_str()]);
        }
        Ok(())
    }
}

/// How many line breaks are missing before a statement that becomes a function, of two empty lines.
fn lines_before(facts: &FileFacts, statement: NodeId) -> usize {
    let start = facts.ast().span(statement).start as usize;
    let text = facts.text().get(..start).unwrap_or_default();
    let above = text.trim_end();
    let is_comment = above
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.trim_start().starts_with('#'));
    if above.is_empty() || is_comment {
        return 0;
    }
    let breaks = text
        .get(above.len()..)
        .map_or(0, |gap| gap.matches('\n').count());
    3_usize.saturating_sub(breaks)
}

/// How many line breaks are missing after a statement that becomes a function, of two empty lines.
fn lines_after(facts: &FileFacts, statement: NodeId) -> usize {
    let end = facts.ast().span(statement).end as usize;
    let text = facts.text().get(end..).unwrap_or_default();
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let below = rest.trim_start();
    if below.is_empty() {
        return 0;
    }
    let gap = rest.get(..rest.len() - below.len()).unwrap_or_default();
    2_usize.saturating_sub(gap.matches('\n').count())
}
