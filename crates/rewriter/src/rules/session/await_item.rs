//! # session/await-item
//!
//! `request.session[key]`, read, assigned, deleted or tested with `in`, loads the session.
//!
//! Assignment and `in` have async forms since Django 5.1 (`aset`, `ahas_key`). Reading and deleting by key have none
//! that raises the same `KeyError`, so they run in Django's thread.
//!
//! Safe: the same errors are raised.
//!
//! ```python before
//! def count(request):
//!     if "visits" not in request.session:
//!         request.session["visits"] = 0
//!     request.session["visits"] += 1
//!     return HttpResponse(request.session["visits"])
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! async def count(request):
//!     if not await request.session.ahas_key("visits"):
//!         await request.session.aset("visits", 0)
//!     await request.session.aset("visits", await sync_to_async(request.session.__getitem__)("visits") + 1)
//!     return HttpResponse(await sync_to_async(request.session.__getitem__)("visits"))
//! ```

use unblocked_analyzer::{Evidence, ItemAccess, Site, SiteKind};
use unblocked_django::{DjangoVersion, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

/// The first Django with `aset`, `ahas_key`.
const NATIVE: DjangoVersion = DjangoVersion::new(5, 1);

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SessionItem { session, access } = site.kind else {
        return None;
    };
    let done = match access {
        ItemAccess::Read => read(draft, site.node, session),
        ItemAccess::Write => write(draft, site.node, session),
        ItemAccess::Update => update(draft, site.node, session),
        ItemAccess::Delete => delete(draft, site.node, session),
        ItemAccess::Contains => contains(draft, site.node, session),
    };
    Some(done.map(|node| {
        draft.changed(
            "session/await-item",
            node,
            Evidence::Proven,
            format!("`{}` loads the session", draft.excerpt(site.node)),
            "awaited",
            topics::SESSIONS,
        );
    }))
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

fn setter(draft: &mut Draft<'_>) -> Result<(String, &'static str), Cannot> {
    if draft.target() >= NATIVE {
        Ok((String::new(), ".aset("))
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        Ok((format!("{adapter}("), ".__setitem__)("))
    }
}

fn write(draft: &mut Draft<'_>, item: NodeId, session: NodeId) -> Result<NodeId, Cannot> {
    let (assignment, value) = assignment(draft, item)?;
    let key = key(draft, item)?;
    let (open, method) = setter(draft)?;
    draft.replace_awaited(
        assignment,
        template![open, session, method, key, ", ", value, ")"],
    )?;
    Ok(assignment)
}

fn update(draft: &mut Draft<'_>, item: NodeId, session: NodeId) -> Result<NodeId, Cannot> {
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
    let (open, method) = setter(draft)?;
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

fn contains(draft: &mut Draft<'_>, comparison: NodeId, session: NodeId) -> Result<NodeId, Cannot> {
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
    let (open, method) = if draft.target() >= NATIVE {
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

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn deleting_raises_the_same_error() {
        check(
            "def view(request):\n    del request.session['a']\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.__delitem__)('a')\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn before_5_1_everything_runs_in_a_thread() {
        check_with(
            &target("4.2"),
            "def view(request):\n    request.session['a'] = 1\n    return HttpResponse('b' in request.session)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(request.session.__setitem__)('a', 1)\n    return HttpResponse(await sync_to_async(request.session.has_key)('b'))\n",
        );
    }
}
