//! # signals/await-send
//!
//! `signal.send()` and `signal.send_robust()` call their receivers, so their async forms are awaited.
//!
//! Sent from async code, a synchronous receiver that asks the database raises `SynchronousOnlyOperation`, and an async one
//! raises `RuntimeError`. `asend()` and `asend_robust()` (Django 5.0) run synchronous receivers in Django's thread and await
//! the others; before that, [`orm/wrap-method`] sends from Django's thread.
//!
//! Safe. Synchronous receivers run first, then async ones, whatever order they were connected in.
//!
//! ```python before
//! from django.contrib.auth.signals import user_login_failed
//!
//! def failed(request):
//!     answers = user_login_failed.send(sender="shop", credentials={}, request=request)
//!     return JsonResponse({"receivers": len(answers), "products": Product.objects.count()})
//! ```
//! ```python after
//! from django.contrib.auth.signals import user_login_failed
//!
//! async def failed(request):
//!     answers = await user_login_failed.asend(sender="shop", credentials={}, request=request)
//!     return JsonResponse({"receivers": len(answers), "products": await Product.objects.acount()})
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{Owner, topics};

use crate::draft::{Draft, Outcome};
use crate::rules::orm::await_terminal::native;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    match &site.kind {
        SiteKind::Method {
            owner: Owner::Signal,
            ..
        } => native(draft, site, "signals/await-send", topics::SIGNALS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged, check_with, target};

    const BEFORE: &str = "from django.dispatch import Signal\n\npaid = Signal()\n\ndef view(request):\n    paid.send_robust(sender=None)\n    return HttpResponse()\n";

    #[test]
    fn a_signal_of_the_project() {
        check(
            BEFORE,
            "from django.dispatch import Signal\n\npaid = Signal()\n\nasync def view(request):\n    await paid.asend_robust(sender=None)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn before_5_0_it_is_sent_from_the_thread() {
        check_with(
            &target("4.2"),
            BEFORE,
            "from asgiref.sync import sync_to_async\nfrom django.dispatch import Signal\n\npaid = Signal()\n\nasync def view(request):\n    await sync_to_async(paid.send_robust)(sender=None)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_else_is_sent_or_asks_nothing_stays() {
        check_unchanged("message.send(1)\n");
        check_unchanged(
            "from django.db.models.signals import post_save\n\ndef view(request):\n    post_save.connect(f)\n    return HttpResponse(post_save.has_listeners())\n",
        );
    }
}
