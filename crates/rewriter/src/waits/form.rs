//! What becomes of waits: read off the drafts.

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::blocking;
use unblocked_syntax::NodeId;

use super::{Occupies, WaitForm};
use crate::draft::Draft;
use crate::report::Applicability;
use crate::rules;

/// How the code of a function runs after the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    /// As a coroutine: its draft says what becomes of each place.
    Async,
    /// As it did.
    Left,
    /// As it did, in the request's thread, which is awaited.
    Thread,
    /// It does not wait: what it would ask for is loaded.
    Loaded,
}

impl Context {
    /// What all waits become in it; `None` when that differs.
    pub(super) fn fixed(self, is_async_view: bool) -> Option<(WaitForm, Occupies)> {
        match self {
            Self::Async => None,
            Self::Left if is_async_view => Some((WaitForm::Left, Occupies::EventLoop)),
            Self::Left => Some((WaitForm::Left, Occupies::RequestThread)),
            Self::Thread => Some((WaitForm::Thread, Occupies::RequestThread)),
            Self::Loaded => Some((WaitForm::Gone, Occupies::Nothing)),
        }
    }
}

/// What became of a node of a draft.
enum Became {
    Native,
    Thread,
    Untouched,
    Reported,
}

fn became(draft: &Draft<'_>, node: NodeId) -> Became {
    let mut notes = draft.notes.iter().filter(|note| note.node == node);
    let Some(note) = notes.next() else {
        return Became::Untouched;
    };
    if note.applicability == Applicability::Manual {
        return Became::Reported;
    }
    match rules::runs_in_thread(note.rule) {
        true => Became::Thread,
        false => Became::Native,
    }
}

/// How what is called at a node of a coroutine runs.
pub(crate) fn of_call(draft: Option<&Draft<'_>>, node: NodeId, is_async: bool) -> Context {
    let Some(draft) = draft else {
        return if is_async {
            Context::Async
        } else {
            Context::Left
        };
    };
    match became(draft, node) {
        Became::Native => Context::Async,
        Became::Thread => Context::Thread,
        Became::Reported => Context::Left,
        Became::Untouched if is_async => Context::Async,
        Became::Untouched => Context::Loaded,
    }
}

/// What a site of a coroutine became.
pub(crate) fn of_site(draft: Option<&Draft<'_>>, site: &Site) -> (WaitForm, Occupies) {
    let Some(draft) = draft else {
        return (WaitForm::Left, Occupies::EventLoop);
    };
    let entry = match &site.kind {
        SiteKind::Function { path } => blocking(path),
        _ => None,
    };
    let needs_django = entry.is_none_or(|entry| entry.touches_django_db);
    match became(draft, site.node) {
        Became::Reported => (WaitForm::Left, Occupies::EventLoop),
        // Nothing had to be written for it: something before it loads what it asks for.
        Became::Untouched => (WaitForm::Gone, Occupies::Nothing),
        // `select_related` was added elsewhere.
        _ if matches!(site.kind, SiteKind::Attribute { .. }) && !is_rewritten(draft, site.node) => {
            (WaitForm::Gone, Occupies::Nothing)
        }
        Became::Native if needs_django => (WaitForm::Native, Occupies::RequestThread),
        Became::Native => (WaitForm::Native, Occupies::Nothing),
        Became::Thread if needs_django => (WaitForm::Thread, Occupies::RequestThread),
        Became::Thread => (WaitForm::Thread, Occupies::OwnThread),
    }
}

fn is_rewritten(draft: &Draft<'_>, node: NodeId) -> bool {
    draft
        .rewrites
        .nodes
        .get(&node)
        .is_some_and(|rewrite| rewrite.replace.is_some() || !rewrite.wraps.is_empty())
}
