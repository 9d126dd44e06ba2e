//! What classes and settings declare, outside of what functions do.

use unblocked_analyzer::{Class, ClassRef, Function};
use unblocked_django::BaseKind;
use unblocked_syntax::{Kind, NodeId, SmallSort, Span};

use super::{handler_name, middleware_class, no_such_setting, passes_test, sync_hook};
use crate::draft::{Draft, Note};
use crate::report::{Applicability, Severity};
use crate::rewrites::{Piece, Template};

/// Looks at all classes and settings of the draft's file.
pub(crate) fn check(draft: &mut Draft<'_>) {
    for index in 0..draft.facts.classes.len() {
        let Some(class) = draft.facts.classes.get(index) else {
            continue;
        };
        if draft.facts.is_damaged_at(class.node) {
            continue;
        }
        sync_hook::check(draft, index, class);
        handler_name::check(draft, index, class);
        middleware_class::check(draft, class);
    }
    passes_test::check(draft);
    no_such_setting::check(draft);
}

/// Makes a change, unless it was decided against.
pub(super) fn attempt(draft: &mut Draft<'_>, change: impl FnOnce(&mut Draft<'_>)) {
    let before = draft.checkpoint();
    change(draft);
    let _ = draft.settle(before);
}

/// What a class derives from, as far as Django is concerned.
pub(super) fn kinds(draft: &Draft<'_>, index: usize) -> Vec<BaseKind> {
    let class = ClassRef {
        file: draft.file_index,
        index,
    };
    draft.analysis.world.base_kinds(class).collect()
}

/// The methods of a class, in order of place.
pub(super) fn methods<'f>(draft: &Draft<'f>, class: &Class) -> Vec<(usize, &'f Function)> {
    let mut found: Vec<_> = class
        .methods
        .values()
        .filter_map(|&index| Some((index, draft.facts.functions.get(index)?)))
        .collect();
    found.small_sort_by_key(|&(index, _)| index);
    found
}

/// A finding that comes without a change.
pub(super) fn manual(
    draft: &mut Draft<'_>,
    rule: &'static str,
    node: NodeId,
    message: String,
    help: &str,
    docs: &str,
) {
    draft.note(Note {
        rule,
        node,
        severity: Severity::Error,
        applicability: Applicability::Manual,
        message,
        help: Some(help.to_owned()),
        docs_url: Some(unblocked_django::docs_url(draft.target(), docs)),
    });
}

/// A node without a part of its text.
pub(super) fn without(draft: &Draft<'_>, node: NodeId, part: Span) -> Template {
    let span = draft.ast().span(node);
    vec![
        Piece::Source(Span::new(span.start, part.start)),
        Piece::Source(Span::new(part.end, span.end)),
    ]
}

/// The lines of a statement or an item that stands alone on them; `None` when something else does too.
pub(super) fn own_lines(draft: &Draft<'_>, span: Span) -> Option<Span> {
    let text = draft.facts.text();
    let start = text.get(..span.start as usize)?.rfind('\n')? + 1;
    let rest = text.get(span.end as usize..)?;
    let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let after = rest.get(..end)?.trim();
    let is_alone = text.get(start..span.start as usize)?.trim().is_empty()
        && (after.is_empty()
            || after == ","
            || after.trim_start_matches(',').trim().starts_with('#'));
    is_alone.then_some(())?;
    Some(Span::new(
        u32::try_from(start).ok()?,
        span.end + u32::try_from(end).ok()?,
    ))
}

/// True for the children of a block that do something: no comments.
pub(super) fn statements(draft: &Draft<'_>, block: NodeId) -> Vec<NodeId> {
    let ast = draft.ast();
    ast.children(block)
        .filter(|&child| ast.kind(child) != Kind::Other)
        .collect()
}
