//! # auth/load-user
//!
//! `request.user` is loaded before its first use, on the paths that use it.
//!
//! `request.user` is a lazy object: using it loads the session and the user from the database, which raises
//! `SynchronousOnlyOperation` in async code, for visitors with a session only, so that anonymous tests pass.
//! `await request.auser()` (Django 5.0) gives the user but leaves `request.user` as it was; assigning it makes every
//! later use safe, in templates, forms and helpers too. `@login_required` does not load it.
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
use unblocked_syntax::NodeId;

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::RequestUser { request } = site.kind else {
        return None;
    };
    let here = match place(draft, site.node) {
        Ok(statement) => statement,
        Err(cannot) => return Some(Err(cannot)),
    };
    let covered = draft
        .sites
        .iter()
        .take_while(|earlier| earlier.node < site.node)
        .filter(|earlier| matches!(earlier.kind, SiteKind::RequestUser { .. }))
        .filter_map(|earlier| place(draft, earlier.node).ok())
        .any(|earlier| covers(draft, earlier, site.node));
    if covered {
        return Some(Ok(()));
    }
    Some(load(draft, site, request, here))
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
