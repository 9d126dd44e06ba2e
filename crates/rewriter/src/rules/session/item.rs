//! How items of the session are written in async code.

use unblocked_analyzer::{Evidence, ItemAccess, Site};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

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
    let (assignment, value) = assignment(draft, item)?;
    let key = key(draft, item)?;
    let (open, method) = setter(draft, native)?;
    draft.replace_awaited(
        assignment,
        template![open, session, method, key, ", ", value, ")"],
    )?;
    Ok(assignment)
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
