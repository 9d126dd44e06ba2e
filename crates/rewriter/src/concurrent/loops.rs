//! Loops whose turns do not need each other: their calls run a few at a time, and their results keep their order.

use unblocked_analyzer::Evidence;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::groups::{caught, is_needed_after};
use super::names::{Names, Occurrence, occurrences};
use super::nature::{Fresh, Natures};
use super::statement::{Statement, look};
use super::together::GATHER;
use super::{NAME, Used, emit};
use crate::draft::Draft;
use crate::plan::Planner;
use crate::rewrites::{Enclosure, Extent, Piece, Template, template};
use crate::waits::Event;

/// How many calls of a loop run at once.
pub(crate) const AT_ONCE: usize = 10;

const HELP: &str = "up to 10 of them wait at the same time, in a semaphore, and the results keep their order; right if they may be made in any order, and also when another of them fails; the first failure is raised as it is";

/// What a loop collects its results in.
enum Collects {
    /// `results.append(value)`: the call, and the value.
    List(NodeId, NodeId),
    /// `results[key] = value`: the assignment, key and value.
    Dictionary(NodeId, NodeId, NodeId),
}

/// Rewrites the loops of a draft that can be.
pub(super) fn loops(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &mut Draft<'_>,
    used: &mut Used,
    events: &[Event<'_>],
    body: NodeId,
) {
    let ast = draft.ast();
    let found: Vec<NodeId> = ast
        .subtree(body)
        .filter(|&id| {
            matches!(
                ast.kind(id),
                Kind::For
                    | Kind::ListComprehension
                    | Kind::SetComprehension
                    | Kind::DictionaryComprehension
            )
        })
        .filter(|&id| draft.facts.owner(id) == draft.function && !ast.is_async(id))
        .filter(|&id| !draft.stays_sync(id))
        .filter(|&id| events.iter().any(|event| ast.contains(id, event.node)))
        .collect();
    for id in found {
        let done = match ast.kind(id) {
            Kind::For => statement(planner, natures, draft, used, events, id),
            _ => comprehension(planner, natures, draft, used, events, id),
        };
        if done == Some(true) {
            draft.at_once.push(id);
        }
    }
}

/// The names that a loop's target binds, when it is made of nothing but names.
fn target_names<'a>(draft: &Draft<'a>, target: NodeId) -> Option<Vec<&'a str>> {
    let ast = draft.ast();
    ast.subtree(target)
        .filter(|&id| ast.kind(id) != Kind::Other)
        .try_fold(Vec::new(), |mut names, id| {
            match ast.kind(id) {
                Kind::Identifier => names.push(draft.text(id)),
                Kind::PatternList | Kind::TuplePattern => {}
                _ => return None,
            }
            Some(names)
        })
}

/// True when all that a turn does may happen beside other turns, and some of it waits outside of Django.
fn is_independent(turn: &[Statement<'_>]) -> bool {
    turn.iter()
        .all(|one| one.nature.bars.is_none() && !one.nature.asks_django)
        && turn
            .iter()
            .any(|one| one.awaits && one.nature.waits_outside)
}

fn asked_for(draft: &mut Draft<'_>, node: NodeId) -> bool {
    let message = "the turns of this loop do not need each other, and wait one after another";
    if draft.against(NAME, node, true).is_some() {
        draft.unchanged(NAME, node, Evidence::Evident, message, HELP, GATHER);
        return false;
    }
    true
}

fn finding(draft: &mut Draft<'_>, node: NodeId) -> usize {
    let message = "the turns of this loop do not need each other, and wait one after another";
    emit::note(draft, node, message.to_owned(), HELP.to_owned(), GATHER)
}

/// `for x in xs: results.append(await f(x))`
fn statement(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &mut Draft<'_>,
    used: &mut Used,
    events: &[Event<'_>],
    node: NodeId,
) -> Option<bool> {
    let ast = draft.ast();
    let target = ast.child(node, Field::Left)?;
    let iterable = ast.child(node, Field::Right)?;
    let block = ast.child(node, Field::Body)?;
    let statements: Vec<NodeId> = ast.children(block).collect();
    let (&last, rest) = statements.split_last()?;
    let names = target_names(draft, target)?;
    let has_else = ast.child_of_kind(node, Kind::Else).is_some();
    let has_comments = ast.has_comment(unblocked_syntax::Span::new(
        ast.span(node).start,
        ast.span(*statements.first()?).start,
    ));
    if has_else
        || has_comments
        || !ast.span(node).has_own_lines(draft.facts.text())
        || events
            .iter()
            .any(|event| ast.contains(iterable, event.node) && !is_queryset(draft, event, node))
    {
        return None;
    }
    let (results, collects) = collected(draft, last)?;
    // The list is made by this function, and only added to.
    let function = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    let fresh = Fresh::new(draft.facts, function);
    let uses = occurrences(draft.facts, node).filter(|&(id, _)| draft.text(id) == results);
    if !fresh.has(results) || uses.count() != 1 {
        return None;
    }
    let value = match collects {
        Collects::List(_, value) | Collects::Dictionary(_, _, value) => value,
    };
    let mut turn: Vec<Statement<'_>> = rest
        .iter()
        .map(|&one| look(planner, natures, draft, events, one))
        .collect();
    turn.push(look(planner, natures, draft, events, value));
    if let Collects::Dictionary(_, key, _) = collects {
        turn.push(look(planner, natures, draft, events, key));
    }
    if !is_independent(&turn) {
        return None;
    }
    let mut all = Names::default();
    for one in &turn {
        all.then(&one.names);
    }
    let is_carried = all.reads.intersection(&all.writes).next().is_some();
    let is_kept = names
        .iter()
        .chain(&all.writes)
        .any(|name| is_needed_after(draft, (node, node), name));
    if is_carried
        || is_kept
        || all.writes.iter().any(|name| names.contains(name))
        || caught(draft, node, &[results]).is_some()
    {
        return None;
    }
    let is_async = match draft.rewrites.nodes.get(&node) {
        None => false,
        Some(rewrite) if rewrite.replace.is_none() && rewrite.lines_before.is_empty() => {
            rewrite.wraps.iter().any(|(before, _)| before == "async ")
        }
        Some(_) => return None,
    };
    let is_touched = |id: NodeId| {
        draft
            .rewrites
            .nodes
            .get(&id)
            .is_some_and(|one| one.replace.is_some() || !one.wraps.is_empty())
    };
    let place = match collects {
        Collects::List(call, _) => call,
        Collects::Dictionary(assignment, ..) => assignment,
    };
    let is_written = draft
        .rewrites
        .enclosures
        .iter()
        .any(|one| one.first == last && one.extent != Extent::None);
    if is_touched(place) || is_touched(last) || is_written || !asked_for(draft, node) {
        return None;
    }
    let asyncio = draft.need_module("asyncio").ok()?;
    let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
    let limit = used.free(draft, "limit");
    let name = used.free(
        draft,
        &format!("fetch_{}", names.first()?.trim_start_matches('_')),
    );
    let parameters = names.join(", ");
    let (returned, method) = match collects {
        Collects::List(_, value) => (template!["return ", value], "extend"),
        Collects::Dictionary(_, key, value) => (template!["return ", key, ", ", value], "update"),
    };
    draft.rewrites.replace(place, returned);
    let for_ = if is_async { "async for" } else { "for" };
    let number = finding(draft, node);
    let first = *statements.first()?;
    draft.rewrites.enclose(Enclosure {
        first: node,
        last: node,
        header: vec![
            Piece::Text(format!(
                "{limit} = {asyncio}.Semaphore({AT_ONCE})\n\nasync def {name}({parameters}):\n{unit}async with {limit}:"
            )),
            Piece::Block {
                span: ast.span(block),
                base: first,
                after: None,
            },
            Piece::Text(format!(
                "\n\n{results}.{method}(await {asyncio}.gather(*[{name}({parameters}) {for_} {} in ",
                draft.text(target)
            )),
            Piece::Node(iterable),
            Piece::from("]))"),
        ],
        extent: Extent::All,
        footer: None,
        is_set_off: false,
        finding: Some(number),
    });
    Some(true)
}

/// True for what makes the loop an `async for`: nothing else waits there.
fn is_queryset(draft: &Draft<'_>, event: &Event<'_>, node: NodeId) -> bool {
    let is_evaluated = event
        .site
        .is_some_and(|site| matches!(site.kind, unblocked_analyzer::SiteKind::Evaluate { .. }));
    is_evaluated && event.node == node && draft.ast().kind(node) == Kind::For
}

/// The variable that a loop's last statement collects in, and how.
fn collected<'a>(draft: &Draft<'a>, last: NodeId) -> Option<(&'a str, Collects)> {
    let ast = draft.ast();
    if ast.kind(last) != Kind::ExpressionStatement {
        return None;
    }
    let inner = ast.first_child(last)?;
    let named = |node: NodeId| (ast.kind(node) == Kind::Identifier).then(|| draft.text(node));
    match ast.kind(inner) {
        Kind::Call => {
            let function = ast.child(inner, Field::Function)?;
            let object = ast.child(function, Field::Object)?;
            let method = ast.child(function, Field::Attribute)?;
            match draft.arguments(inner)[..] {
                [(None, value)]
                    if draft.text(method) == "append" && ast.kind(value) != Kind::ListSplat =>
                {
                    Some((named(object)?, Collects::List(inner, value)))
                }
                _ => None,
            }
        }
        Kind::Assignment => {
            let left = ast.child(inner, Field::Left)?;
            let value = ast.child(inner, Field::Right)?;
            let object = ast.child(left, Field::Value)?;
            let key = ast.child(left, Field::Subscript)?;
            let is_plain = ast.kind(left) == Kind::Subscript
                && is_name_or_string(ast, key)
                && ast.child(inner, Field::Type).is_none()
                && !matches!(ast.kind(value), Kind::Assignment | Kind::ExpressionList);
            is_plain.then_some((named(object)?, Collects::Dictionary(inner, key, value)))
        }
        _ => None,
    }
}

fn is_name_or_string(ast: &Ast, key: NodeId) -> bool {
    matches!(
        ast.kind(key),
        Kind::Identifier | Kind::String | Kind::Attribute
    )
}

/// The builtin that makes what a comprehension makes of the turns' results; `None` where its name means something else.
fn maker(draft: &Draft<'_>, comprehension: NodeId) -> Option<&'static str> {
    let name = match draft.ast().kind(comprehension) {
        Kind::SetComprehension => "set",
        Kind::DictionaryComprehension => "dict",
        _ => return Some(""),
    };
    let root = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.statement);
    let is_bound = draft
        .analysis
        .world
        .global(draft.file_index, name)
        .is_some()
        || occurrences(draft.facts, root)
            .any(|(id, what)| what != Occurrence::Read && draft.text(id) == name);
    (!is_bound).then_some(name)
}

/// What a turn of a comprehension returns: its value, or a key with its value.
fn returned(ast: &Ast, value: NodeId) -> Option<Template> {
    if ast.kind(value) != Kind::Pair {
        return Some(template![value]);
    }
    let key = ast.child(value, Field::Key)?;
    let item = ast.child(value, Field::Value)?;
    is_name_or_string(ast, key).then(|| template![key, ", ", item])
}

/// `[await f(x) for x in xs]`, `{x: await f(x) for x in xs}`
fn comprehension(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &mut Draft<'_>,
    used: &mut Used,
    events: &[Event<'_>],
    node: NodeId,
) -> Option<bool> {
    let ast = draft.ast();
    let value = ast.child(node, Field::Body)?;
    let clauses: Vec<NodeId> = ast.children(node).filter(|&id| id != value).collect();
    let (&first, conditions) = clauses.split_first()?;
    let target = ast.child(first, Field::Left)?;
    let names = target_names(draft, target)?;
    let statement = draft.line_statement(node).ok()?;
    let waits_in_condition = conditions.iter().any(|&one| {
        ast.kind(one) != Kind::IfClause || events.iter().any(|event| ast.contains(one, event.node))
    });
    let is_nested = ast
        .ancestors(node)
        .take_while(|&up| up != statement)
        .any(|up| {
            ast.kind(up).is_comprehension()
                || matches!(
                    ast.kind(up),
                    Kind::Lambda | Kind::BooleanOperator | Kind::Conditional
                )
        });
    let is_simple = matches!(
        ast.kind(statement),
        Kind::ExpressionStatement | Kind::Return
    );
    if waits_in_condition || is_nested || !is_simple || draft.rewrites.nodes.contains_key(&node) {
        return None;
    }
    let (maker, returned) = (maker(draft, node)?, returned(ast, value)?);
    let turn = [look(planner, natures, draft, events, value)];
    if !is_independent(&turn)
        || turn.iter().any(|one| !one.names.writes.is_empty())
        || !asked_for(draft, node)
    {
        return None;
    }
    let asyncio = draft.need_module("asyncio").ok()?;
    let unit = crate::indent::indent_unit(ast, draft.facts.text());
    let limit = used.free(draft, "limit");
    let name = used.free(
        draft,
        &format!("fetch_{}", names.first()?.trim_start_matches('_')),
    );
    let parameters = names.join(", ");
    let mut turns = template![format!(
        "{limit} = {asyncio}.Semaphore({AT_ONCE})\n\nasync def {name}({parameters}):\n{unit}async with {limit}:\n{unit}{unit}return "
    )];
    turns.extend(returned);
    turns.push("\n".into());
    draft.rewrites.line_before(statement, turns);
    let (open, close) = match (maker, draft.needs_parentheses(node)) {
        ("", true) => ("(".to_owned(), ")"),
        ("", false) => (String::new(), ""),
        (maker, _) => (format!("{maker}("), ")"),
    };
    let rest =
        unblocked_syntax::Span::new(ast.span(first).start, ast.span(node).end.saturating_sub(1));
    draft.rewrites.replace(
        node,
        template![
            format!("{open}await {asyncio}.gather(*[{name}({parameters}) "),
            rest,
            format!("]){close}")
        ],
    );
    let number = finding(draft, node);
    draft.rewrites.outcome(node, number);
    Some(true)
}
