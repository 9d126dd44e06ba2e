//! # auth/load-user
//!
//! `request.user` is loaded before its first use, on the paths that use it.
//!
//! `request.user` is a lazy object: using it loads the session and the user from the database, which raises
//! `SynchronousOnlyOperation` in async code, for visitors with a session only, so that anonymous tests pass.
//! `await request.auser()` (Django 5.0) gives the user but leaves `request.user` as it was; assigning it makes every
//! later use safe, in templates, forms and helpers too. `@login_required` does not load it.
//!
//! In the condition of an `elif`, or after `and` or `or`, no line can be put before it alone: there an attribute is read
//! in Django's thread, which loads the user as well.
//!
//! For review: it is right where nothing but Django's own middleware sets `request.user`. With `--safe-only` the lazy
//! object is loaded in place instead.
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

use super::super::orm::await_relation::getattr;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::RequestUser { request } = site.kind else {
        return None;
    };
    let covered = draft
        .sites
        .iter()
        .take_while(|earlier| earlier.node < site.node)
        .filter(|earlier| matches!(earlier.kind, SiteKind::RequestUser { .. }))
        .any(|earlier| match read_in_place(draft, earlier.node) {
            Some(_) => leads_to(draft, earlier.node, site.node),
            None => place(draft, earlier.node)
                .is_ok_and(|statement| covers(draft, statement, site.node)),
        });
    if covered {
        return Some(Ok(()));
    }
    if let Some(read) = read_in_place(draft, site.node) {
        return Some(read_in_thread(draft, site, read));
    }
    Some(place(draft, site.node).and_then(|here| load(draft, site, request, here)))
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

fn read_in_thread(draft: &mut Draft<'_>, site: &Site, read: NodeId) -> Outcome {
    let ast = draft.ast();
    let is_relation = draft
        .sites
        .iter()
        .any(|other| other.node == read && matches!(other.kind, SiteKind::Attribute { .. }));
    if is_relation {
        // It is read in the thread anyway.
        return Ok(());
    }
    let attribute = ast
        .child(read, Field::Attribute)
        .ok_or_else(|| Cannot::new("an attribute has no name"))?;
    getattr(draft, read, site.node, attribute)?;
    draft.changed(
        "auth/load-user",
        read,
        Evidence::Proven,
        "using `request.user` loads the session and the user",
        "read in Django's thread, which loads it, and only where it is used",
        topics::AUTH,
    );
    Ok(())
}

/// The statement that a use belongs to.
fn place(draft: &Draft<'_>, node: NodeId) -> Result<NodeId, Cannot> {
    draft.line_statement(node)
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
    let (line, evidence) = if !draft.accepts(Evidence::Evident) {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        (
            template![format!("await {adapter}(bool)("), request, ".user)"],
            Evidence::Proven,
        )
    } else if draft.target() >= DjangoVersion::new(5, 0) {
        (
            template![request, ".user = await ", request, ".auser()"],
            Evidence::Evident,
        )
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        let get_user = draft.need("django.contrib.auth", "get_user")?;
        (
            template![
                request,
                format!(".user = await {adapter}({get_user})("),
                request,
                ")"
            ],
            Evidence::Evident,
        )
    };
    draft.rewrites.line_before(statement, line);
    draft.changed(
        "auth/load-user",
        site.node,
        evidence,
        "using `request.user` loads the session and the user",
        "loaded once before its first use, so that every later use is safe; right where only Django's own middleware sets `request.user`",
        topics::AUTH,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn on_the_paths_that_use_it_only() {
        check(
            "def view(request):\n    if request.method == 'POST':\n        Order.objects.create(user=request.user)\n        send(request.user.email)\n    return HttpResponse(Order.objects.count())\n",
            "async def view(request):\n    if request.method == 'POST':\n        request.user = await request.auser()\n        await Order.objects.acreate(user=request.user)\n        send(request.user.email)\n    return HttpResponse(await Order.objects.acount())\n",
        );
    }

    #[test]
    fn where_other_paths_skip_it_it_is_read_in_place() {
        check(
            "def view(request):\n    if request.GET.get('q'):\n        n = 1\n    elif request.user.is_staff and request.user.is_active:\n        n = request.user.pk\n    elif request.user.is_active:\n        n = 2\n    else:\n        n = Order.objects.count()\n    return HttpResponse(n)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    if request.GET.get('q'):\n        n = 1\n    elif await sync_to_async(getattr)(request.user, \"is_staff\") and request.user.is_active:\n        n = request.user.pk\n    elif await sync_to_async(getattr)(request.user, \"is_active\"):\n        n = 2\n    else:\n        n = await Order.objects.acount()\n    return HttpResponse(n)\n",
        );
        check(
            "def view(request):\n    name = request.user.username if 'a' in request.GET else ''\n    if name or request.user.is_staff:\n        Order.objects.create(user=request.user)\n    return HttpResponse(name)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    name = await sync_to_async(getattr)(request.user, \"username\") if 'a' in request.GET else ''\n    if name or await sync_to_async(getattr)(request.user, \"is_staff\"):\n        request.user = await request.auser()\n        await Order.objects.acreate(user=request.user)\n    return HttpResponse(name)\n",
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
    fn safe_only_loads_the_lazy_object() {
        check_with(
            &Options {
                safe_only: true,
                ..Options::for_paste()
            },
            "def view(request):\n    return HttpResponse(request.user.username)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(bool)(request.user)\n    return HttpResponse(request.user.username)\n",
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
