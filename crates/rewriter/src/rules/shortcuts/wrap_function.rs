//! # shortcuts/wrap-function
//!
//! A function of Django's that asks the database, and whose async form the target Django lacks, runs in Django's thread.
//!
//! `get_object_or_404` has an async form since Django 5.0; those of `update_session_auth_hash` (5.1 and 5.2) and `logout`
//! (before 6.0) are broken. [`shortcuts/await-function`] awaits the forms that work.
//!
//! Safe: the very same function runs.
//!
//! ```python before
//! from django.contrib.auth import update_session_auth_hash
//!
//! def renew(request):
//!     update_session_auth_hash(request, request.user)
//!     return HttpResponse("renewed")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.contrib.auth import update_session_auth_hash
//!
//! async def renew(request):
//!     request.user = await request.auser()
//!     await sync_to_async(update_session_auth_hash)(request, request.user)
//!     return HttpResponse("renewed")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{async_function, topics};

use crate::draft::{Draft, Outcome};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let form = async_function(path)?;
    let help = if form.works_on(draft.target()) {
        "runs in Django's thread through `sync_to_async`".to_owned()
    } else if form.note.is_empty() || draft.target() < form.since {
        format!(
            "`{}` comes with Django {}; until then it runs in Django's thread",
            form.name, form.since
        )
    } else {
        format!(
            "{}; so it runs in Django's thread",
            form.note.trim_end_matches('.')
        )
    };
    Some(draft.wrap_call(site.node).map(|()| {
        draft.changed(
            "shortcuts/wrap-function",
            site.node,
            Evidence::Proven,
            format!("`{}` asks the database", draft.excerpt(site.node)),
            help,
            topics::SHORTCUTS,
        );
    }))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check_unchanged, check_with, target};

    #[test]
    fn below_5_0_in_a_thread() {
        check_with(
            &target("4.2"),
            "from django.shortcuts import get_object_or_404\n\ndef v(request, pk):\n    return HttpResponse(get_object_or_404(Product, pk=pk).name)\n",
            "from asgiref.sync import sync_to_async\nfrom django.shortcuts import get_object_or_404\n\nasync def v(request, pk):\n    return HttpResponse((await sync_to_async(get_object_or_404)(Product, pk=pk)).name)\n",
        );
    }

    #[test]
    fn a_broken_form_is_avoided() {
        let before = "from django.contrib.auth import update_session_auth_hash\n\ndef v(request):\n    update_session_auth_hash(request, request.user)\n    return HttpResponse()\n";
        check_with(
            &target("5.2"),
            before,
            "from asgiref.sync import sync_to_async\nfrom django.contrib.auth import update_session_auth_hash\n\nasync def v(request):\n    request.user = await request.auser()\n    await sync_to_async(update_session_auth_hash)(request, request.user)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn it_stays_in_synchronous_code() {
        check_unchanged(
            "from django.shortcuts import get_object_or_404\n\ndef find(pk):\n    return get_object_or_404(Product, pk=pk)\n",
        );
    }
}
