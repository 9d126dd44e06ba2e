//! # auth/load-user
//!
//! `request.user` is loaded before its first use, on the paths that use it.
//!
//! `request.user` is a lazy object: using it loads the session and the user from the database, which raises
//! `SynchronousOnlyOperation` in async code, for visitors with a session only, so that anonymous tests pass.
//! `await request.auser()` (Django 5.0) gives the user but leaves `request.user` as it was; assigning it makes every
//! later use safe, in templates, forms and helpers too. `@login_required` does not load it.
//!
//! For review: it is right where nothing but Django's own middleware sets `request.user`. [`auth/wrap-user`] loads the lazy
//! object in place instead, as it does where no line can be put before the use alone.
//!
//! ```python before
//! def profile(request):
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```
//! ```python after
//! async def profile(request):
//!     request.user = await request.auser()
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{DjangoVersion, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::RequestUser { request } = site.kind else {
        return None;
    };
    match place(draft, site) {
        Ok(Place::Loaded) => Some(Ok(())),
        Ok(Place::Read(_)) => None,
        Ok(Place::Before(statement)) => Some(load(draft, site, request, statement)),
        Err(cannot) => Some(Err(cannot)),
    }
}

/// Where the user is loaded for a use.
pub(super) enum Place {
    /// Elsewhere, before it.
    Loaded,
    /// Where this attribute of it is read.
    Read(NodeId),
    /// Before this statement.
    Before(NodeId),
}

pub(super) fn place(draft: &Draft<'_>, site: &Site) -> Result<Place, Cannot> {
    let covered = draft
        .sites
        .iter()
        .take_while(|earlier| earlier.node < site.node)
        .filter(|earlier| matches!(earlier.kind, SiteKind::RequestUser { .. }))
        .any(|earlier| match read_in_place(draft, earlier.node) {
            Some(_) => leads_to(draft, earlier.node, site.node),
            None => draft
                .line_statement(earlier.node)
                .is_ok_and(|statement| covers(draft, statement, site.node)),
        });
    if covered {
        return Ok(Place::Loaded);
    }
    match read_in_place(draft, site.node) {
        Some(read) => Ok(Place::Read(read)),
        None => draft.line_statement(site.node).map(Place::Before),
    }
}

/// `request.user.name` in a part of a statement that other paths skip.
fn read_in_place(draft: &Draft<'_>, user: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    let read = ast
        .parent(user)
        .filter(|&up| ast.kind(up) == Kind::Attribute)?;
    let is_called = ast.field(read) == Some(Field::Function);
    (!is_called && is_skipped(draft, read)).then_some(read)
}

/// True for what a path may skip that runs the statement around it: after `and` and `or`, in the branches of a
/// conditional expression, in the condition of an `elif`.
fn is_skipped(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    let mut child = node;
    for up in ast.ancestors(node) {
        match ast.kind(up) {
            Kind::BooleanOperator if ast.field(child) == Some(Field::Right) => return true,
            Kind::Conditional if ast.children(up).nth(1) != Some(child) => return true,
            Kind::Elif => return ast.field(child) == Some(Field::Condition),
            kind if kind.is_statement() || kind.is_comprehension() => return false,
            Kind::Lambda => return false,
            _ => {}
        }
        child = up;
    }
    false
}

/// True when `node` runs only where `read` was evaluated to true before: `… and request.user.name and node`, or in the
/// block that follows such a condition.
fn leads_to(draft: &Draft<'_>, read: NodeId, node: NodeId) -> bool {
    let ast = draft.ast();
    let mut child = read;
    for up in ast.ancestors(read) {
        match ast.kind(up) {
            Kind::BooleanOperator => {
                let is_and = ast
                    .child(up, Field::Operator)
                    .is_some_and(|operator| draft.text(operator) == "and");
                if ast.contains(up, node) || !is_and {
                    return is_and && ast.field(child) == Some(Field::Left);
                }
            }
            Kind::If | Kind::Elif => {
                return ast.field(child) == Some(Field::Condition)
                    && ast
                        .child(up, Field::Consequence)
                        .is_some_and(|block| ast.contains(block, node));
            }
            kind if kind.is_statement() => return false,
            Kind::Attribute | Kind::Parenthesized => {}
            Kind::Comparison | Kind::NotOperator => {}
            _ => return false,
        }
        child = up;
    }
    false
}

/// True when what is loaded before `statement` is loaded wherever `node` runs.
fn covers(draft: &Draft<'_>, statement: NodeId, node: NodeId) -> bool {
    let ast = draft.ast();
    statement < node
        && ast
            .parent(statement)
            .is_some_and(|block| ast.contains(block, node))
}

fn load(draft: &mut Draft<'_>, site: &Site, request: NodeId, statement: NodeId) -> Outcome {
    let line = if draft.target() >= DjangoVersion::new(5, 0) {
        template![request, ".user = await ", request, ".auser()"]
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        let get_user = draft.need("django.contrib.auth", "get_user")?;
        template![
            request,
            format!(".user = await {adapter}({get_user})("),
            request,
            ")"
        ]
    };
    draft.rewrites.line_before(statement, line);
    draft.changed(
        "auth/load-user",
        site.node,
        Evidence::Evident,
        "using `request.user` loads the session and the user",
        "loaded once before its first use, so that every later use is safe; right where only Django's own middleware sets `request.user`",
        topics::AUTH,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn on_the_paths_that_use_it_only() {
        check(
            "def view(request):\n    if request.method == 'POST':\n        Order.objects.create(user=request.user)\n        send(request.user.email)\n    return HttpResponse(Order.objects.count())\n",
            "async def view(request):\n    if request.method == 'POST':\n        request.user = await request.auser()\n        await Order.objects.acreate(user=request.user)\n        send(request.user.email)\n    return HttpResponse(await Order.objects.acount())\n",
        );
    }

    #[test]
    fn a_method_is_called_on_a_loaded_user() {
        check(
            "def view(request):\n    if request.GET and request.user.has_perm('a.b'):\n        return HttpResponse(Order.objects.count())\n    return HttpResponse()\n",
            "async def view(request):\n    request.user = await request.auser()\n    if request.GET and await request.user.ahas_perm('a.b'):\n        return HttpResponse(await Order.objects.acount())\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn below_5_0_through_get_user() {
        check_with(
            &target("4.2"),
            "def view(request):\n    return HttpResponse(request.user.username)\n",
            "from asgiref.sync import sync_to_async\nfrom django.contrib.auth import get_user\n\n\nasync def view(request):\n    request.user = await sync_to_async(get_user)(request)\n    return HttpResponse(request.user.username)\n",
        );
    }

    #[test]
    fn a_relation_of_the_user() {
        check(
            "def view(request):\n    phone = request.user.profile.phone\n    return HttpResponse(phone)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    request.user = await request.auser()\n    phone = (await sync_to_async(getattr)(request.user, \"profile\")).phone\n    return HttpResponse(phone)\n",
        );
    }
}
