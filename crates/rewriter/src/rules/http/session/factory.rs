//! Writes the function that makes clients in the place of a module's session, or beside it.

use unblocked_analyzer::{Evidence, FileFacts};
use unblocked_syntax::NodeId;

use super::super::{aiohttp, client, emit, httpx};
use super::module::ModuleSession;
use crate::draft::{Draft, Note, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Enclosure, Extent, Footer, template};

impl ModuleSession {
    /// True for a note that says of one of the requests that a client sends it.
    pub(crate) fn is_sent(&self, note: &Note) -> bool {
        matches!(note.rule, aiohttp::NAME | httpx::NAME) && self.calls.contains(&note.node)
    }

    /// True when one client for each event loop takes its place.
    pub(crate) fn is_shared(&self) -> bool {
        self.session.is_shared
    }

    /// The calls that send its requests.
    pub(crate) fn calls(&self) -> &[NodeId] {
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
        let client = client::client_like(draft, &self.session, &module)?;
        let (first, last) = (self.first, self.last);
        let name = &self.session.name;
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
                inner: template![format!("\nreturn {name}")],
                outer: template!["\n".repeat(after)],
            }),
            is_set_off: false,
            finding: None,
        });
        draft.rewrites.replace(self.session.made, template![client]);
        emit::settings(draft, &self.session.settings)?;
        let message = self.message();
        let how = if stays {
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
