//! # orm/unknown-attribute
//!
//! An attribute of an instance whose model is not at hand may be a relation or a property that asks the database.
//!
//! `order.owner` is free when it is a plain field or a relation that is loaded, and raises `SynchronousOnlyOperation` when it is a
//! foreign key that is not. Without the model nothing tells, so it stays as it is and is named, once for each model in a function. Add the
//! file with the models, and the question is gone.
//!
//! Manual: nothing is changed.
//!
//! ```python before
//! def show(request, pk):
//!     book = Book.objects.get(pk=pk)
//!     return JsonResponse({"id": book.pk, "title": book.title, "pages": book.pages})
//! ```
//! ```python after
//! async def show(request, pk):
//!     book = await Book.objects.aget(pk=pk)
//!     return JsonResponse({"id": book.pk, "title": book.title, "pages": book.pages})
//! ```

use unblocked_analyzer::{Site, SiteKind};
use unblocked_django::{docs_url, topics};

use crate::draft::{Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

const NAME: &str = "orm/unknown-attribute";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::UnknownAttribute { attribute, of } = &site.kind else {
        return None;
    };
    let message = format!(
        "the model of {of} is not at hand: relations and properties that ask the database are not found"
    );
    let named = draft
        .notes
        .iter()
        .any(|note| note.rule == NAME && note.message == message);
    if !named {
        let note = Note {
            rule: NAME,
            node: site.node,
            severity: Severity::Info,
            applicability: Applicability::Manual,
            message,
            help: Some(format!(
                "add the file with the models to resolve `{}`; if it is a relation, load it with `select_related`",
                draft.text(*attribute)
            )),
            docs_url: Some(docs_url(draft.target(), topics::SELECT_RELATED)),
        };
        draft.note(note);
    }
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    #[test]
    fn named_once_for_each_model_and_never_for_keys() {
        let report = report_with(
            "def v(request, pk):\n    order = Order.objects.get(pk=pk)\n    f(order.pk, order.owner_id, order.owner, order.parent)\n    return HttpResponse(order.name)\n",
            &Options::for_paste(),
        );
        let named: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == super::NAME)
            .collect();
        assert_eq!(named.len(), 1);
        assert!(
            named[0]
                .help
                .as_deref()
                .is_some_and(|help| help.contains("`owner`"))
        );
    }

    #[test]
    fn what_is_loaded_is_known() {
        let report = report_with(
            "for order in Order.objects.select_related('owner'):\n    print(order.owner, order.owner.first)\n",
            &Options::for_paste(),
        );
        assert_eq!(
            report.after,
            "async for order in Order.objects.select_related('owner'):\n    print(order.owner, order.owner.first)\n"
        );
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.rule != super::NAME)
        );
    }
}
