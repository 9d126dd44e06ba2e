//! Steps 3, 4 and 6: views, the ORM and common patterns. The engine writes the code; the steps show where.

use super::{Parts, count, made};
use crate::content::examples::{self, Example};
use crate::data::{Block, State, Step};

fn rewritten(
    parts: &Parts<'_, '_>,
    id: &str,
    (intro, since, docs): (&str, &str, &str),
    examples: &[Example],
    nothing: &str,
) -> Step {
    let (rules, places, open) = parts.rules_of(id);
    let mut blocks = vec![parts.said(intro, since, docs)];
    if !rules.is_empty() {
        blocks.push(Block::Heading("In your code".to_owned()));
        blocks.extend(rules);
    }
    for example in examples {
        blocks.extend(example.blocks(parts.context));
    }
    blocks.extend(parts.claims_of(id));
    let (state, summary) = match (places, open) {
        (0, _) => (State::NotNeeded, nothing.to_owned()),
        (places, 0) => (
            State::ToDo,
            format!(
                "{} to change, all of them done in the result.",
                count(places, "place", "places")
            ),
        ),
        (places, open) => (
            State::ToDo,
            format!(
                "{}, {open} of them to do by hand.",
                count(places, "place", "places")
            ),
        ),
    };
    made(id, summary, state, places, blocks)
}

/// Step 3.
pub(super) fn views(parts: &Parts<'_, '_>) -> Step {
    rewritten(
        parts,
        "views",
        (
            "A view becomes `async def`, and everything in it that waits is awaited: natively where Django or the library can, in Django's thread where not. What it calls comes with it.",
            "3.1",
            "topics/async/#async-views",
        ),
        examples::VIEWS,
        "Nothing in the views at hand changes.",
    )
}

/// Step 4.
pub(super) fn orm(parts: &Parts<'_, '_>) -> Step {
    rewritten(
        parts,
        "orm",
        (
            "Methods that ask the database have a twin with `a` before the name. Building querysets stays as it is. Relations have no async form: load them with the queryset, or read them in Django's thread.",
            "4.1",
            "topics/db/queries/#asynchronous-queries",
        ),
        examples::ORM,
        "No query at hand runs in async code.",
    )
}

/// Step 6.
pub(super) fn patterns(parts: &Parts<'_, '_>) -> Step {
    rewritten(
        parts,
        "patterns",
        (
            "Calls of other services get an async client, and overlap where they do not depend on each other. What has no async form runs in a thread as a whole call.",
            "3.1",
            "topics/async/",
        ),
        examples::PATTERNS,
        "Nothing at hand asks other services in async code.",
    )
}
