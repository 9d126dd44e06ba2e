//! Loops whose turns do not need each other: their calls run a few at a time, and their results keep their order.

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::groups::{caught, is_needed_after};
use super::names::{Names, Occurrence, occurrences};
use super::nature::{Fresh, Natures};
use super::reason::{Reason, data_flow, decides, form, mutation};
use super::statement::{Statement, look};
use super::turns::{Collected, Collects, Made, Turns};
use super::{Used, emit};
use crate::draft::Draft;
use crate::plan::Planner;
use crate::rewrites::{Extent, Template, template};
use crate::waits::Event;

/// How many calls of a loop run at once.
pub(crate) const AT_ONCE: usize = 10;

/// Why a loop is left as it is; nothing where it gains nothing, or was decided against.
type Skip = Option<Reason>;

fn skip<T>(reason: Reason) -> Result<T, Skip> {
    Err(Some(reason))
}

/// What is none of the forms that are known.
fn other_form() -> Skip {
    Some(form(
        "its form is not one that is known to collect its turns' results alone",
    ))
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
        let done = look_at(planner, natures, draft, events, id)
            .and_then(|turns| turns.write(draft, used, id));
        match done {
            Ok(()) => draft.at_once.push(id),
            Err(Some(reason)) if waits_outside(planner, natures, draft, events, id) => {
                emit::turns_apart(draft, id, &reason);
            }
            Err(_) => {}
        }
    }
}

/// How the turns of a loop may pass at the same time; `Err` with why they do not.
pub(super) fn look_at<'a>(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &Draft<'a>,
    events: &[Event<'_>],
    node: NodeId,
) -> Result<Turns<'a>, Skip> {
    match draft.ast().kind(node) {
        Kind::For => statement(planner, natures, draft, events, node),
        _ => comprehension(planner, natures, draft, events, node),
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

/// Checks that all that a turn does may happen beside other turns, and that some of it waits outside of Django: queries of a
/// request run one after another, but what else waits passes meanwhile.
fn check_turn(turn: &[Statement<'_>]) -> Result<(), Skip> {
    if !turn
        .iter()
        .any(|one| one.awaits && one.nature.waits_outside)
    {
        return Err(None);
    }
    match turn.iter().find_map(|one| one.nature.bars.as_ref()) {
        Some(bars) => Err(Some(bars.clone())),
        None => Ok(()),
    }
}

/// True when something in a loop waits outside of Django, each turn after the other.
pub(super) fn waits_outside(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &Draft<'_>,
    events: &[Event<'_>],
    node: NodeId,
) -> bool {
    let ast = draft.ast();
    let parts: Vec<NodeId> = match ast.child(node, Field::Body) {
        Some(block) if ast.kind(block) == Kind::Block => ast.children(block).collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    parts.into_iter().any(|part| {
        let statement = look(planner, natures, draft, events, part);
        statement.awaits && statement.nature.waits_outside
    })
}

/// `for x in xs: results.append(await f(x))`
fn statement<'a>(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &Draft<'a>,
    events: &[Event<'_>],
    node: NodeId,
) -> Result<Turns<'a>, Skip> {
    let ast = draft.ast();
    let (Some(target), Some(iterable), Some(block)) = (
        ast.child(node, Field::Left),
        ast.child(node, Field::Right),
        ast.child(node, Field::Body),
    ) else {
        return Err(None);
    };
    let statements: Vec<NodeId> = ast.children(block).collect();
    let (Some(&first), Some((&last, rest))) = (statements.first(), statements.split_last()) else {
        return Err(None);
    };
    let Some(names) = target_names(draft, target) else {
        return skip(form("its target binds more than names"));
    };
    if names.is_empty() {
        return Err(None);
    }
    let has_else = ast.child_of_kind(node, Kind::Else).is_some();
    let has_comments = ast.has_comment(unblocked_syntax::Span::new(
        ast.span(node).start,
        ast.span(first).start,
    ));
    if has_else
        || has_comments
        || !ast.span(node).has_own_lines(draft.facts.text())
        || events
            .iter()
            .any(|event| ast.contains(iterable, event.node) && !is_queryset(draft, event, node))
    {
        return Err(other_form());
    }
    let (results, collects) = collected(draft, last).ok_or_else(other_form)?;
    // The list is made by this function, and only added to.
    let function = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.body);
    let fresh = Fresh::new(draft.facts, function);
    let uses = occurrences(draft.facts, node)
        .into_iter()
        .filter(|&(id, _)| draft.text(id) == results);
    if !fresh.has(results) || uses.count() != 1 {
        return skip(mutation(format!(
            "`{results}` is not made by this function, or a turn reads it"
        )));
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
    check_turn(&turn)?;
    let mut all = Names::default();
    for one in &turn {
        all.then(&one.names);
    }
    let carried = all.reads.intersection(&all.writes).next();
    let rebound = all.writes.iter().find(|name| names.contains(name));
    if let Some(name) = carried.or(rebound) {
        return skip(data_flow(format!(
            "a turn may use what the one before it left in `{name}`"
        )));
    }
    let kept = names
        .iter()
        .chain(&all.writes)
        .find(|name| is_needed_after(draft, (node, node), name));
    if let Some(name) = kept {
        return skip(data_flow(format!("`{name}` is used after the loop")));
    }
    if let Some(reason) = caught(draft, node, &[results]) {
        return Err(Some(reason));
    }
    let is_async = match draft.rewrites.nodes.get(&node) {
        None => false,
        Some(rewrite) if rewrite.replace.is_none() && rewrite.lines_before.is_empty() => {
            rewrite.wraps.iter().any(|(before, _)| before == "async ")
        }
        Some(_) => return Err(other_form()),
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
    if is_touched(place) || is_touched(last) || is_written {
        return Err(other_form());
    }
    Ok(Turns::Statement(Collected {
        names,
        results,
        collects,
        place,
        is_async,
    }))
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
            .into_iter()
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
fn comprehension<'a>(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &Draft<'a>,
    events: &[Event<'_>],
    node: NodeId,
) -> Result<Turns<'a>, Skip> {
    let ast = draft.ast();
    let Some(value) = ast.child(node, Field::Body) else {
        return Err(None);
    };
    let clauses: Vec<NodeId> = ast.children(node).filter(|&id| id != value).collect();
    let Some((&first, conditions)) = clauses.split_first() else {
        return Err(None);
    };
    let target = ast.child(first, Field::Left);
    let names = target.and_then(|target| target_names(draft, target));
    let Some(names) = names else {
        return skip(form("its target binds more than names"));
    };
    if names.is_empty() {
        return Err(None);
    }
    let statement = draft
        .line_statement(node)
        .map_err(|cannot| Some(form(cannot.reason)))?;
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
    if waits_in_condition {
        return skip(decides("a condition of it waits, or it has a loop within"));
    }
    if is_nested {
        return skip(form(
            "it stands in another comprehension, a lambda or a condition",
        ));
    }
    if !is_simple {
        return skip(form("its statement is no assignment, call or `return`"));
    }
    if draft.rewrites.nodes.contains_key(&node) {
        return Err(other_form());
    }
    let (maker, returned) = (maker(draft, node), returned(ast, value));
    let (Some(maker), Some(returned)) = (maker, returned) else {
        return Err(other_form());
    };
    let turn = [look(planner, natures, draft, events, value)];
    check_turn(&turn)?;
    if turn.iter().any(|one| !one.names.writes.is_empty()) {
        return skip(form("a turn binds a variable"));
    }
    Ok(Turns::Comprehension(Made {
        names,
        statement,
        first,
        maker,
        returned,
    }))
}
