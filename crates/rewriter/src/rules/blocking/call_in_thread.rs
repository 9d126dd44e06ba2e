//! # blocking/call-in-thread
//!
//! A function that makes its thread wait, and has no async form, runs in a thread: mail, subprocesses, SDKs.
//!
//! What may use Django's connections goes through `sync_to_async`, into the one thread of the request; the rest through
//! `asyncio.to_thread`, so that several can run at once. Django has no async mail in any version.
//!
//! Safe: the very same function runs with the same arguments.
//!
//! ```python before
//! from django.core.mail import send_mail
//!
//! def send_view(request):
//!     send_mail("Subject", "Body", "from@example.com", ["to@example.com"])
//!     return HttpResponse("Sent")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.core.mail import send_mail
//!
//! async def send_view(request):
//!     await sync_to_async(send_mail)("Subject", "Body", "from@example.com", ["to@example.com"])
//!     return HttpResponse("Sent")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{Blocking, Effect, blocking};

use crate::draft::{Cannot, Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let entry = blocking(path)?;
    let docs = entry.docs_url(draft.target());
    if entry.effect == Effect::Cpu {
        return None;
    }
    if entry.thread_bound {
        return Some(Err(Cannot::new(format!(
            "`{path}` belongs to the thread that calls it, which a coroutine has not"
        ))));
    }
    if entry.lazy_result {
        if entry.touches_django_db {
            return Some(Err(Cannot::new(format!(
                "what `{path}` returns still has to wait, so calling it in a thread does not help"
            ))));
        }
        draft.note(Note {
            rule: "blocking/call-in-thread",
            node: site.node,
            severity: Severity::Warning,
            applicability: Applicability::Manual,
            message: format!("`{path}` makes its thread wait ({}), now or when its result is used", site.effect),
            help: Some(with_instead("move it, with what is done with its result, into a function, and call that with `await asyncio.to_thread(…)`", entry)),
            docs_url: Some(docs),
        });
        return Some(Ok(()));
    }
    let (done, how) = if entry.touches_django_db {
        (
            draft.wrap_call(site.node),
            "runs in Django's thread through `sync_to_async`",
        )
    } else {
        (
            draft.call_in_thread(site.node),
            "runs in a thread through `asyncio.to_thread`",
        )
    };
    Some(done.map(|()| {
        draft.changed(
            "blocking/call-in-thread",
            site.node,
            Evidence::Proven,
            format!("`{path}` makes its thread wait ({})", site.effect),
            with_instead(how, entry),
            &docs,
        );
    }))
}

/// What was done, and what does it without a thread.
fn with_instead(done: &str, entry: &Blocking) -> String {
    let mut text = done.to_owned();
    if let Some(instead) = entry.instead {
        text.push_str(&format!("; `{}`", instead.path));
        if let (Some(since), Some(package)) = (instead.since, entry.package) {
            text.push_str(&format!(" ({package} {since})"));
        }
        text.push_str(" does it without one");
    }
    if !entry.note.is_empty() {
        text.push_str(". ");
        text.push_str(entry.note.trim_end_matches('.'));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_with, target};

    #[test]
    fn before_python_3_9_there_is_no_to_thread() {
        check_with(
            &target("4.2"),
            "import subprocess\n\ndef view(request):\n    subprocess.run(['ls'])\n    return HttpResponse()\n",
            "import subprocess\n\nfrom asgiref.sync import sync_to_async\n\nasync def view(request):\n    await sync_to_async(subprocess.run, thread_sensitive=False)(['ls'])\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_is_not_djangos_goes_to_any_thread() {
        check(
            "import subprocess\n\ndef view(request):\n    out = subprocess.run(['ls'], check=True).stdout\n    return HttpResponse(out)\n",
            "import asyncio\nimport subprocess\n\nasync def view(request):\n    out = (await asyncio.to_thread(subprocess.run, ['ls'], check=True)).stdout\n    return HttpResponse(out)\n",
        );
    }
}
