//! Which statements a client stands around.

use std::collections::BTreeMap;

use unblocked_syntax::{Kind, NodeId};

use super::decide::Native;
use super::scope::Scope;
use super::session::{Place, Session};

type Span = (NodeId, NodeId);

/// The smallest run of statements that holds all calls, out of loops; `None` when nothing can stand around it.
pub(super) fn client_span<'a>(
    scope: &Scope<'_>,
    calls: impl Iterator<Item = (NodeId, &'a Native)>,
) -> Option<Span> {
    let mut span: Option<Span> = None;
    for (call, native) in calls {
        let own = native.form.span(scope, call)?;
        span = Some(match span {
            None => own,
            Some(all) => common(scope, all, own)?,
        });
    }
    let (first, last) = span?;
    let outer = scope
        .outer_loop(first)
        .map_or((first, last), |outer| (outer, outer));
    on_own_lines(scope, outer).filter(|&span| is_fit(scope, span))
}

/// The statements from the one that makes a session to the last that needs it.
fn session_span(
    scope: &Scope<'_>,
    statement: NodeId,
    session: &Session,
    calls: &BTreeMap<NodeId, Native>,
) -> Option<Span> {
    let ast = scope.ast();
    let mut span = (statement, statement);
    for &used in &session.uses {
        let user = ast.statement(used)?;
        span = common(scope, span, (user, user))?;
        let mut own = calls
            .iter()
            .filter(|&(&call, _)| ast.contains(call, used))
            .filter_map(|(&call, native)| native.form.span(scope, call));
        span = own.try_fold(span, |span, own| common(scope, span, own))?;
    }
    let is_first = span.0 == statement;
    (is_first && scope.has_own_lines(span.1) && is_fit(scope, span)).then_some(span)
}

/// The statements that the clients of sessions stand around which no block closes. Calls of those around which nothing can
/// stand are dropped.
pub(super) fn session_spans(
    scope: &Scope<'_>,
    sessions: Vec<Session>,
    calls: &mut BTreeMap<NodeId, Native>,
) -> Vec<(Session, Option<Span>)> {
    let of_session = |index: usize, session: &Session| match session.place {
        Place::Open(statement) => session_span(scope, statement, session, calls),
        Place::Module if !session.is_shared => {
            let own = calls.iter().filter(|(_, one)| one.session == Some(index));
            client_span(scope, own.map(|(&call, native)| (call, native)))
        }
        Place::With(_) | Place::Closed | Place::Module => None,
    };
    let mut spans: Vec<Option<Span>> = sessions
        .iter()
        .enumerate()
        .map(|(index, session)| of_session(index, session))
        .collect();
    untangle(scope, &mut spans);
    for (index, (session, span)) in sessions.iter().zip(&mut spans).enumerate() {
        *span = span.filter(|&span| is_fit(scope, span));
        let has_block = match session.place {
            Place::With(_) | Place::Closed => false,
            Place::Open(_) => true,
            Place::Module => !session.is_shared,
        };
        if has_block && span.is_none() {
            calls.retain(|_, native| native.session != Some(index));
        }
    }
    sessions.into_iter().zip(spans).collect()
}

/// Of two runs of statements that cross, the one that begins first grows: blocks nest.
fn untangle(scope: &Scope<'_>, spans: &mut [Option<Span>]) {
    let ast = scope.ast();
    loop {
        let all: Vec<Span> = spans.iter().copied().flatten().collect();
        let mut changed = false;
        for span in spans.iter_mut().flatten() {
            for other in &all {
                let crosses = ast.parent(span.0) == ast.parent(other.0)
                    && span.0 <= other.0
                    && other.0 <= span.1
                    && span.1 < other.1;
                if crosses {
                    span.1 = other.1;
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Statements grown so that those of each other client are all in them, or all out of them.
pub(super) fn around_all<'s>(
    scope: &Scope<'_>,
    client: Span,
    others: impl Iterator<Item = &'s Span> + Clone,
) -> Option<Span> {
    let mut client = client;
    loop {
        let before = client;
        for &other in others.clone() {
            client = around(scope, client, other)?;
        }
        if client == before {
            return Some(client);
        }
    }
}

/// A client's statements grown so that those of a session are all in them, or all out of them.
fn around(scope: &Scope<'_>, client: Span, session: Span) -> Option<Span> {
    let ast = scope.ast();
    let is_apart = client.1 < session.0 || session.1 < client.0;
    let is_within = session.0 <= client.0 && client.1 <= session.1;
    if ast.parent(client.0) != ast.parent(session.0) || is_apart || is_within {
        return Some(client);
    }
    let all = (client.0.min(session.0), client.1.max(session.1));
    is_fit(scope, all).then_some(all)
}

/// Statements that share their line with others stay with them.
fn on_own_lines(scope: &Scope<'_>, (mut first, mut last): Span) -> Option<Span> {
    let ast = scope.ast();
    while !scope.has_own_lines(first) || !scope.has_own_lines(last) {
        let outer = scope
            .ancestors(first)
            .find(|&up| ast.kind(up).is_statement())?;
        (first, last) = (outer, outer);
    }
    Some((first, last))
}

/// True for a run of statements that others can stand around.
fn is_fit(scope: &Scope<'_>, (first, last): Span) -> bool {
    let ast = scope.ast();
    let Some(block) = ast.parent(first) else {
        return false;
    };
    // An import's own edits stay apart from those of moved lines.
    ast.children(block).any(|id| id == last)
        && (first.index()..ast.after(last).index()).len() < ast.len()
        && !ast
            .subtree(block)
            .filter(|&id| id >= first && id < ast.after(last))
            .any(|id| {
                matches!(
                    ast.kind(id),
                    Kind::Import | Kind::ImportFrom | Kind::FutureImport | Kind::Yield
                )
            })
}

/// The smallest run of siblings that holds two runs.
fn common(scope: &Scope<'_>, a: (NodeId, NodeId), b: (NodeId, NodeId)) -> Option<(NodeId, NodeId)> {
    let ast = scope.ast();
    let block = scope
        .ancestors(a.0)
        .find(|&up| matches!(ast.kind(up), Kind::Block | Kind::Module) && ast.contains(up, b.0))?;
    let child_of = |node: NodeId| ast.children(block).find(|&child| ast.contains(child, node));
    let first = child_of(a.0)?.min(child_of(b.0)?);
    let last = child_of(a.1)?.max(child_of(b.1)?);
    Some((first, last))
}
