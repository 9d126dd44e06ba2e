//! How items of the session are written in async code.

use unblocked_analyzer::{Evidence, ItemAccess, Site};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::{Piece, template};

/// Rewrites an access of an item. `native`: with the session's own coroutines, as far as there are any.
pub(super) fn access(
    draft: &mut Draft<'_>,
    site: &Site,
    (session, access): (NodeId, ItemAccess),
    native: bool,
    (rule, help): (&'static str, &str),
) -> Outcome {
    let node = match access {
        ItemAccess::Read => read(draft, site.node, session),
        ItemAccess::Write => write(draft, site.node, session, native),
        ItemAccess::Update => update(draft, site.node, session, native),
        ItemAccess::Delete => delete(draft, site.node, session),
        ItemAccess::Contains => contains(draft, site.node, session, native),
    }?;
    draft.changed(
        rule,
        node,
        Evidence::Proven,
        format!("`{}` loads the session", draft.excerpt(site.node)),
        help,
        topics::SESSIONS,
    );
    Ok(())
}

fn key(draft: &Draft<'_>, item: NodeId) -> Result<NodeId, Cannot> {
    draft
        .ast()
        .child(item, Field::Subscript)
        .ok_or_else(|| Cannot::new("an item of the session has no key"))
}

fn read(draft: &mut Draft<'_>, item: NodeId, session: NodeId) -> Result<NodeId, Cannot> {
    let key = key(draft, item)?;
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.replace_awaited(
        item,
        template![format!("{adapter}("), session, ".__getitem__)(", key, ")"],
    )?;
    Ok(item)
}

/// The assignment that an item is the one target of, as a statement of its own.
fn assignment(draft: &Draft<'_>, item: NodeId) -> Result<(NodeId, NodeId), Cannot> {
    let ast = draft.ast();
    let cannot = || Cannot::new("it assigns to the session together with other targets");
    let assignment = ast.parent(item).ok_or_else(cannot)?;
    let alone = ast
        .parent(assignment)
        .is_some_and(|parent| ast.kind(parent) == Kind::ExpressionStatement);
    let value = ast.child(assignment, Field::Right).ok_or_else(cannot)?;
    if alone
        && !matches!(
            ast.kind(value),
            Kind::Assignment | Kind::Yield | Kind::ExpressionList
        )
    {
        Ok((assignment, value))
    } else {
        Err(cannot())
    }
}

fn setter(draft: &mut Draft<'_>, native: bool) -> Result<(String, &'static str), Cannot> {
    if native {
        Ok((String::new(), ".aset("))
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        Ok((format!("{adapter}("), ".__setitem__)("))
    }
}

fn write(
    draft: &mut Draft<'_>,
    item: NodeId,
    session: NodeId,
    native: bool,
) -> Result<NodeId, Cannot> {
    if let Some(chain) = Chain::of(draft, item) {
        return write_chain(draft, &chain?, session, native);
    }
    let (assignment, value) = assignment(draft, item)?;
    let key = key(draft, item)?;
    let (open, method) = setter(draft, native)?;
    draft.replace_awaited(
        assignment,
        template![open, session, method, key, ", ", value, ")"],
    )?;
    Ok(assignment)
}

/// `count = request.session["count"] = value`: an item of the session, and names that get the same value.
struct Chain {
    /// All of it, a statement of its own.
    assignment: NodeId,
    /// The names.
    names: Vec<NodeId>,
    /// The key of the item.
    key: NodeId,
    /// What they get.
    value: NodeId,
}

impl Chain {
    /// The chain that an item stands in, if it does.
    fn of(draft: &Draft<'_>, item: NodeId) -> Option<Result<Self, Cannot>> {
        let ast = draft.ast();
        let is_assignment = |&up: &NodeId| ast.kind(up) == Kind::Assignment;
        let assignment = ast.ancestors(item).take_while(is_assignment).last()?;
        let mut value = ast.child(assignment, Field::Right)?;
        let mut targets = vec![ast.child(assignment, Field::Left)?];
        while ast.kind(value) == Kind::Assignment {
            targets.push(ast.child(value, Field::Left)?);
            value = ast.child(value, Field::Right)?;
        }
        if targets.len() == 1 {
            return None;
        }
        targets.retain(|&target| target != item);
        Some(Self::checked(draft, assignment, targets, item, value))
    }

    fn checked(
        draft: &Draft<'_>,
        assignment: NodeId,
        names: Vec<NodeId>,
        item: NodeId,
        value: NodeId,
    ) -> Result<Self, Cannot> {
        let ast = draft.ast();
        if let Some(&other) = (names.iter()).find(|&&name| ast.kind(name) != Kind::Identifier) {
            return Err(Cannot::new(format!(
                "it assigns to the session and to `{}` at once: write one assignment for each",
                draft.excerpt(other)
            )));
        }
        let key = key(draft, item)?;
        let is_own = |name: &NodeId| draft.text(*name) == draft.text(key);
        let is_steady = match ast.kind(key) {
            Kind::String => !ast
                .subtree(key)
                .any(|id| ast.kind(id) == Kind::Interpolation),
            Kind::Integer => true,
            Kind::Identifier => !names.iter().any(is_own),
            _ => false,
        };
        let has_line = ast
            .parent(assignment)
            .is_some_and(|statement| ast.span(statement).has_own_lines(draft.facts.text()));
        let is_plain = !matches!(ast.kind(value), Kind::Yield | Kind::ExpressionList);
        if !(is_steady && has_line && is_plain) {
            return Err(Cannot::new(
                "it assigns to the session together with other targets, under a computed key, on a line with other statements, or what has no parentheses",
            ));
        }
        Ok(Self {
            assignment,
            names,
            key,
            value,
        })
    }
}

/// The names get the value first, and the item what they have.
fn write_chain(
    draft: &mut Draft<'_>,
    chain: &Chain,
    session: NodeId,
    native: bool,
) -> Result<NodeId, Cannot> {
    let ast = draft.ast();
    let cannot = || Cannot::new("it assigns to the session together with other targets");
    let statement = ast.parent(chain.assignment).ok_or_else(cannot)?;
    let name = *chain.names.last().ok_or_else(cannot)?;
    let (open, method) = setter(draft, native)?;
    draft.replace_awaited(
        chain.assignment,
        template![open, session, method, chain.key, ", ", name, ")"],
    )?;
    let mut line: Vec<Piece> = Vec::new();
    for &name in &chain.names {
        line.extend([Piece::Node(name), Piece::from(" = ")]);
    }
    line.push(Piece::Node(chain.value));
    draft.rewrites.line_before(statement, line);
    Ok(chain.assignment)
}

fn update(
    draft: &mut Draft<'_>,
    item: NodeId,
    session: NodeId,
    native: bool,
) -> Result<NodeId, Cannot> {
    let (assignment, value) = assignment(draft, item)?;
    let ast = draft.ast();
    let key = key(draft, item)?;
    if !matches!(ast.kind(key), Kind::String | Kind::Identifier) {
        return Err(Cannot::new(
            "it updates an item of the session under a computed key",
        ));
    }
    let operator = ast
        .child(assignment, Field::Operator)
        .map(|operator| draft.text(operator).trim_end_matches('='))
        .ok_or_else(|| Cannot::new("an assignment has no operator"))?;
    let simple = ast.kind(value).is_primary();
    let (before, after) = if simple { ("", "") } else { ("(", ")") };
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    let (open, method) = setter(draft, native)?;
    draft.replace_awaited(
        assignment,
        template![
            open,
            session,
            method,
            key,
            format!(", await {adapter}("),
            session,
            ".__getitem__)(",
            key,
            format!(") {operator} {before}"),
            value,
            format!("{after})"),
        ],
    )?;
    Ok(assignment)
}

fn delete(draft: &mut Draft<'_>, item: NodeId, session: NodeId) -> Result<NodeId, Cannot> {
    let ast = draft.ast();
    let statement = ast
        .parent(item)
        .filter(|&parent| ast.kind(parent) == Kind::Delete)
        .ok_or_else(|| Cannot::new("it deletes an item of the session together with others"))?;
    let key = key(draft, item)?;
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.replace_awaited(
        statement,
        template![format!("{adapter}("), session, ".__delitem__)(", key, ")"],
    )?;
    Ok(statement)
}

fn contains(
    draft: &mut Draft<'_>,
    comparison: NodeId,
    session: NodeId,
    native: bool,
) -> Result<NodeId, Cannot> {
    let ast = draft.ast();
    let children: Vec<NodeId> = ast.children(comparison).collect();
    let [key, operator, _] = children[..] else {
        return Err(Cannot::new(
            "it tests the session in a chain of comparisons",
        ));
    };
    let not = if draft.text(operator).starts_with("not") {
        "not "
    } else {
        ""
    };
    let (open, method) = if native {
        (String::new(), ".ahas_key(")
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        (format!("{adapter}("), ".has_key)(")
    };
    draft.allow_await(comparison)?;
    draft.rewrites.replace(
        comparison,
        template![format!("{not}await {open}"), session, method, key, ")"],
    );
    Ok(comparison)
}
