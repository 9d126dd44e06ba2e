//! # blocking/cpu-bound
//!
//! Work that keeps the processor busy is named, not moved: hashing passwords, scaling images, writing spreadsheets and PDF
//! files, packing archives.
//!
//! It waits for nothing, so there is nothing to await. But while a coroutine computes, no other request of its process
//! goes on; in a synchronous view the others go on in their threads. A thread helps as far as the library lets go of the
//! interpreter's lock (hashing, zlib and Pillow do); what takes seconds belongs into a process or a task queue. Which of
//! them is right depends on how long it takes, so nothing is changed.
//!
//! A finding to act on by hand. It is no reason to convert a view.
//!
//! ```python before
//! import gzip
//!
//! def export(request):
//!     names = list(Product.objects.values_list("name", flat=True))
//!     return HttpResponse(gzip.compress("\n".join(names).encode(), mtime=0))
//! ```
//! ```python after
//! import gzip
//!
//! async def export(request):
//!     names = [row async for row in Product.objects.values_list("name", flat=True)]
//!     return HttpResponse(gzip.compress("\n".join(names).encode(), mtime=0))
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{Effect, blocking};

use crate::draft::{Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

pub(crate) const NAME: &str = "blocking/cpu-bound";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let entry = blocking(path).filter(|entry| entry.effect == Effect::Cpu)?;
    let adapter = if entry.touches_django_db {
        "sync_to_async"
    } else {
        "asyncio.to_thread"
    };
    let mut help = format!(
        "if it takes more than a few milliseconds, call it through `{adapter}`, or in a process or a task queue"
    );
    if !entry.note.is_empty() {
        help.push_str(". ");
        help.push_str(entry.note.trim_end_matches('.'));
    }
    draft.note(Note {
        rule: NAME,
        node: site.node,
        severity: Severity::Info,
        applicability: Applicability::Manual,
        message: format!(
            "`{path}` keeps the processor busy: no other request of the process goes on meanwhile"
        ),
        help: Some(help),
        docs_url: Some(entry.docs_url(draft.target())),
    });
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::report::Applicability;
    use crate::rules::testing::{check_unchanged, report_with};

    const HASHES: &str = "from django.contrib.auth.hashers import make_password\n\ndef view(request):\n    first = Product.objects.first()\n    return HttpResponse(make_password(first.name))\n";

    #[test]
    fn it_is_named_and_left() {
        let report = report_with(HASHES, &Options::for_paste());
        assert!(
            report
                .after
                .contains("HttpResponse(make_password(first.name))")
        );
        let finding = report
            .findings
            .iter()
            .find(|finding| finding.rule == super::NAME)
            .unwrap();
        assert_eq!(finding.applicability, Applicability::Manual);
        assert!(
            finding
                .help
                .as_deref()
                .unwrap()
                .contains("a tenth of a second")
        );
    }

    #[test]
    fn it_is_no_reason_to_convert() {
        check_unchanged(
            "import gzip\n\ndef view(request):\n    return HttpResponse(gzip.compress(request.body))\n",
        );
    }

    #[test]
    fn the_same_name_on_another_object() {
        let report = report_with(
            "def view(request):\n    first = Product.objects.first()\n    return HttpResponse(spring.compress(first.name), hotel.hashpw(2))\n",
            &Options::for_paste(),
        );
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.rule != super::NAME)
        );
    }
}
