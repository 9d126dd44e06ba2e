//! # auth/wrap-user
//!
//! `request.user` is loaded in place, in Django's thread, before its first use.
//!
//! Whatever made the lazy object loads it: middleware that replaces or decorates the user is honoured. That is what is
//! left when [`auth/load-user`], which assigns the user of the session, is not wanted.
//!
//! In the condition of an `elif`, or after `and` or `or`, no line can be put before the use alone: there an attribute is read
//! in Django's thread, which loads the user as well.
//!
//! Safe.
//!
//! ```python before safe-only
//! def profile(request):
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! async def profile(request):
//!     await sync_to_async(bool)(request.user)
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Field, NodeId};

use super::super::orm::await_relation::getattr;
use super::load_user::{Place, place};
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::RequestUser { request } = site.kind else {
        return None;
    };
    Some(match place(draft, site) {
        Ok(Place::Loaded) => Ok(()),
        Ok(Place::Read(read)) => read_in_thread(draft, site, read),
        Ok(Place::Within) => load_within(draft, site, request),
        Ok(Place::Before(statement)) => load(draft, site, request, statement),
        Err(cannot) => Err(cannot),
    })
}

/// `request.user` → `(await sync_to_async(bool)(request.user) and request.user)`
fn load_within(draft: &mut Draft<'_>, site: &Site, request: NodeId) -> Outcome {
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.allow_await(site.node)?;
    draft.rewrites.replace(
        site.node,
        template![
            format!("(await {adapter}(bool)("),
            request,
            ".user) and ",
            request,
            ".user)"
        ],
    );
    draft.changed(
        "auth/wrap-user",
        site.node,
        Evidence::Proven,
        "using `request.user` loads the session and the user",
        "the lazy object is loaded in Django's thread, only on the paths that use it",
        topics::AUTH,
    );
    Ok(())
}

fn load(draft: &mut Draft<'_>, site: &Site, request: NodeId, statement: NodeId) -> Outcome {
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.rewrites.line_before(
        statement,
        template![format!("await {adapter}(bool)("), request, ".user)"],
    );
    draft.changed(
        "auth/wrap-user",
        site.node,
        Evidence::Proven,
        "using `request.user` loads the session and the user",
        "the lazy object is loaded in Django's thread before its first use, so that every later use is safe",
        topics::AUTH,
    );
    Ok(())
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
        "auth/wrap-user",
        read,
        Evidence::Proven,
        "using `request.user` loads the session and the user",
        "read in Django's thread, which loads it, and only where it is used",
        topics::AUTH,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, check_with};

    #[test]
    fn once_for_every_path() {
        check_with(
            &Options {
                safe_only: true,
                ..Options::for_paste()
            },
            "def view(request):\n    if request.GET:\n        a = request.user.pk\n        return HttpResponse(request.user.username)\n    return HttpResponse(request.user.email)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    if request.GET:\n        await sync_to_async(bool)(request.user)\n        a = request.user.pk\n        return HttpResponse(request.user.username)\n    await sync_to_async(bool)(request.user)\n    return HttpResponse(request.user.email)\n",
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
    fn the_user_of_something_else_stays() {
        check_unchanged("def view(request):\n    return HttpResponse(ticket.user.username)\n");
    }
}
