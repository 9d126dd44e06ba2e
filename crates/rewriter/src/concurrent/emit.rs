//! Writes groups: inner coroutines, and what awaits them together.

use unblocked_analyzer::Evidence;
use unblocked_syntax::{Field, Kind, NodeId, Span};

use super::groups::{Apart, Group, Lane};
use super::reason::Reason;
use super::together::{GATHER, Taken, Together};
use super::{NAME, Used};
use crate::draft::{Draft, Note, excerpt};
use crate::report::{Applicability, Severity};
use crate::rewrites::{Enclosure, Extent, Piece, Template, template};

/// Writes a group, unless that was decided against or can't be done.
pub(super) fn group(draft: &mut Draft<'_>, used: &mut Used, group: &Group<'_>) {
    let count = group.lanes.len();
    let asks_django = group.lanes.iter().any(|lane| lane.asks_django);
    let together = Together::on(draft, asks_django);
    let message = format!(
        "{count} {} do not need each other, and wait one after another",
        if asks_django { "steps" } else { "calls" }
    );
    let help = format!(
        "they wait at the same time; right if they may be made in any order, and also when another of them fails; {}",
        together.failures()
    );
    if draft.against(NAME, group.first, true).is_some() {
        draft.unchanged(
            NAME,
            group.first,
            Evidence::Evident,
            message,
            help,
            together.docs(),
        );
        return;
    }
    let Ok(asyncio) = draft.need_module("asyncio") else {
        return;
    };
    if !make_room(draft, group) {
        return;
    }
    let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
    let mut header: Template = Vec::new();
    for &statement in &group.before {
        let span = with_comments(draft, group, statement);
        header.extend([Piece::Source(span), Piece::from("\n")]);
    }
    let has_before = !header.is_empty();
    let mut calls: Vec<(Template, usize)> = Vec::new();
    let mut direct_calls = 0;
    for lane in &group.lanes {
        if let Some(call) = direct(draft, group, lane) {
            let length = draft.text(call).len();
            calls.push((template![call], length));
            direct_calls += 1;
            continue;
        }
        let verb = if lane.waits_outside { "fetch" } else { "load" };
        let of = lane.results.first().copied().unwrap_or("rest");
        let name = used.free(draft, &format!("{verb}_{}", of.trim_start_matches('_')));
        if has_before && calls.len() == direct_calls {
            // An empty line before the first definition.
            if let Some(last) = header.last_mut() {
                *last = Piece::from("\n\n");
            }
        }
        header.push(Piece::Text(format!("async def {name}():")));
        header.extend(body(draft, group, lane));
        header.push(Piece::from("\n\n"));
        calls.push((template![format!("{name}()")], name.len() + 2));
    }
    let targets: Vec<Vec<&str>> = group
        .lanes
        .iter()
        .map(|lane| lane.results.clone())
        .collect();
    let taken = Taken {
        asyncio: &asyncio,
        unit: &unit,
        together,
    };
    header.extend(taken.write(draft, used, calls, &targets));
    let lanes = group.lanes.iter().map(|lane| lane.statements.clone());
    draft.together.push(lanes.collect());
    let finding = note(draft, group.first, message, help, together.docs());
    draft.rewrites.enclose(Enclosure {
        first: group.first,
        last: group.last,
        header,
        extent: Extent::All,
        footer: None,
        is_set_off: !has_before && direct_calls < count,
        finding: Some(finding),
    });
}

/// Records the finding; its outcome is the code that stands for all of the statements.
pub(super) fn note(
    draft: &mut Draft<'_>,
    node: NodeId,
    message: String,
    help: String,
    docs: &str,
) -> usize {
    let finding = draft.notes.len();
    draft.notes.push(Note {
        rule: NAME,
        node,
        severity: Severity::Info,
        applicability: Applicability::Review,
        message,
        help: Some(help),
        docs_url: Some(docs.to_owned()),
    });
    finding
}

/// Says why a place stays behind the one before it.
pub(super) fn apart(draft: &mut Draft<'_>, apart: &Apart) {
    let excerpt = excerpt(draft.text(apart.node));
    let message = format!("`{excerpt}` still waits for what is before it");
    told(draft, apart.node, message, &apart.reason);
}

/// Says why the turns of a loop stay one after another.
pub(super) fn turns_apart(draft: &mut Draft<'_>, node: NodeId, reason: &Reason) {
    let message = "the turns of this loop still wait one after another".to_owned();
    told(draft, node, message, reason);
}

fn told(draft: &mut Draft<'_>, node: NodeId, message: String, reason: &Reason) {
    draft.notes.push(Note {
        rule: NAME,
        node,
        severity: Severity::Info,
        applicability: Applicability::Manual,
        message,
        help: Some(format!("it is not made concurrent: {}", reason.text)),
        docs_url: Some(GATHER.to_owned()),
    });
}

/// The awaited call that is all of a lane, if it can be given on as it is.
fn direct(draft: &mut Draft<'_>, group: &Group<'_>, lane: &Lane<'_>) -> Option<NodeId> {
    let ast = draft.ast();
    let [statement] = lane.statements[..] else {
        return None;
    };
    if ast.kind(statement) != Kind::ExpressionStatement
        || with_comments(draft, group, statement) != ast.span(statement)
    {
        return None;
    }
    let inner = ast.first_child(statement)?;
    let value = if ast.kind(inner) == Kind::Assignment {
        let left = ast.child(inner, Field::Left)?;
        if ast.kind(left) != Kind::Identifier || ast.child(inner, Field::Type).is_some() {
            return None;
        }
        ast.child(inner, Field::Right)?
    } else {
        inner
    };
    let is_touched = |node: NodeId| draft.rewrites.nodes.contains_key(&node);
    let is_enclosed = draft
        .rewrites
        .enclosures
        .iter()
        .any(|one| ast.contains(statement, one.first) && ast.contains(statement, one.last));
    if is_touched(statement) || (inner != value && is_touched(inner)) || is_enclosed {
        return None;
    }
    // Nothing else in it is awaited.
    let waits_within = draft.sites.iter().any(|site| {
        site.node != value
            && ast.contains(value, site.node)
            && draft.rewrites.nodes.contains_key(&site.node)
    });
    if waits_within {
        return None;
    }
    if ast.kind(value) == Kind::Await {
        return ast
            .first_child(value)
            .filter(|&call| ast.kind(call) == Kind::Call);
    }
    if ast.kind(value) != Kind::Call {
        return None;
    }
    let rewrite = draft.rewrites.nodes.get_mut(&value)?;
    let is_plain = matches!(&rewrite.wraps[..], [(before, after)] if before == "await " && after.is_empty())
        && rewrite.outer_wraps.is_empty()
        && rewrite.lines_before.is_empty();
    if !is_plain {
        return None;
    }
    rewrite.wraps.clear();
    Some(value)
}

/// The body of a lane's coroutine.
fn body(draft: &mut Draft<'_>, group: &Group<'_>, lane: &Lane<'_>) -> Template {
    let mut pieces: Template = Vec::new();
    let returns = match lane.results[..] {
        [] => None,
        [name] if returns_last(draft, lane, name) => None,
        _ => Some(format!("\nreturn {}", lane.results.join(", "))),
    };
    let last = lane.statements.last().copied();
    for &statement in &lane.statements {
        let span = with_comments(draft, group, statement);
        pieces.push(Piece::Block {
            span,
            base: statement,
            after: returns.clone().filter(|_| Some(statement) == last),
        });
    }
    pieces
}

/// `name = value`, the last statement, becomes `return value`.
fn returns_last(draft: &mut Draft<'_>, lane: &Lane<'_>, name: &str) -> bool {
    let ast = draft.ast();
    let assigned = || {
        let statement = *lane.statements.last()?;
        let assignment = ast
            .first_child(statement)
            .filter(|&inner| ast.kind(inner) == Kind::Assignment)?;
        let left = ast.child(assignment, Field::Left)?;
        let right = ast.child(assignment, Field::Right)?;
        let is_plain = ast.kind(left) == Kind::Identifier
            && draft.text(left) == name
            && ast.kind(right) != Kind::Assignment
            && ast.child(assignment, Field::Type).is_none();
        let is_replaced = |node: NodeId| {
            draft
                .rewrites
                .nodes
                .get(&node)
                .is_some_and(|rewrite| rewrite.replace.is_some() || !rewrite.wraps.is_empty())
        };
        let replaces = draft
            .rewrites
            .enclosures
            .iter()
            .any(|one| one.first == statement && one.extent == Extent::First);
        (is_plain && !replaces && !is_replaced(statement) && !is_replaced(assignment))
            .then_some((assignment, right))
    };
    let Some((assignment, right)) = assigned() else {
        return false;
    };
    draft
        .rewrites
        .replace(assignment, template!["return ", right]);
    true
}

/// A statement with the comments behind it on its line and, unless it is the group's first, right before it.
fn with_comments(draft: &Draft<'_>, group: &Group<'_>, statement: NodeId) -> Span {
    let ast = draft.ast();
    let text = draft.facts.text();
    let span = ast.span(statement);
    let previous = ast
        .parent(statement)
        .into_iter()
        .flat_map(|block| ast.children(block))
        .take_while(|&id| id < statement)
        .last()
        .map_or(span.start, |id| ast.span(id).end);
    let line_end = |at: u32| {
        let rest = text.get(at as usize..).unwrap_or_default();
        at + u32::try_from(rest.find(['\n', '\r']).unwrap_or(rest.len())).unwrap_or(0)
    };
    let from = line_end(previous);
    let mut whole = span;
    for comment in ast.comments() {
        let is_first = statement == group.first;
        if !is_first && comment.start >= from && comment.end <= span.start {
            whole = Span::new(whole.start.min(comment.start), whole.end);
        } else if comment.start >= span.end && comment.end <= line_end(span.end) {
            whole = Span::new(whole.start, comment.end);
        }
    }
    whole
}

/// Makes the statements around which something stands already fit: a client's block that begins or ends among the lanes
/// stands around all of them. False when that can't be done.
fn make_room(draft: &mut Draft<'_>, group: &Group<'_>) -> bool {
    let ast = draft.ast();
    let block = ast.parent(group.first);
    let end = ast.after(group.last);
    let lane_of = |node: NodeId| {
        group
            .lanes
            .iter()
            .position(|lane| lane.statements.iter().any(|&one| ast.contains(one, node)))
    };
    let mut wider = Vec::new();
    for (index, enclosure) in draft.rewrites.enclosures.iter().enumerate() {
        let (first, after) = (enclosure.first, ast.after(enclosure.last));
        let is_apart = after <= group.first || first >= end;
        let is_around = first <= group.first && after >= end;
        if is_apart || is_around {
            continue;
        }
        let statements: Vec<NodeId> = block
            .into_iter()
            .flat_map(|block| ast.children(block))
            .filter(|&one| ast.after(one) > first && one < after)
            .collect();
        let lane = lane_of(first);
        let within_one = lane.is_some() && statements.iter().all(|&one| lane_of(one) == lane);
        if within_one {
            continue;
        }
        if ast.parent(first) != block
            || enclosure.extent != Extent::None
            || enclosure.footer.is_some()
        {
            return false;
        }
        wider.push((
            index,
            first.min(group.first),
            if after >= end {
                enclosure.last
            } else {
                group.last
            },
        ));
    }
    for (index, first, last) in wider {
        if let Some(enclosure) = draft.rewrites.enclosures.get_mut(index) {
            (enclosure.first, enclosure.last) = (first, last);
        }
    }
    // A line that a rule puts before a statement (`request.user = …`) is for what comes after it as well.
    !group
        .lanes
        .iter()
        .flat_map(|lane| &lane.statements)
        .any(|&one| has_lines_before(draft, one))
}

fn has_lines_before(draft: &Draft<'_>, statement: NodeId) -> bool {
    draft
        .rewrites
        .nodes
        .get(&statement)
        .is_some_and(|rewrite| !rewrite.lines_before.is_empty())
}
