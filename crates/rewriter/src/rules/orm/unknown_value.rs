//! # orm/unknown-value
//!
//! What a function that is not at hand gave may be a queryset, which asks the database where it is printed, searched or chosen by.
//!
//! `rows = find_rows()` from a module that is not there may be a list or a queryset. Where the code takes it for many, what
//! iterates over it, counts it or tests it runs in Django's thread, which is right either way ([`orm/evaluate-in-thread`]).
//! What prints it, looks for something in it (`3 in rows`) or gives it on if it is not empty (`rows or default`) is not the
//! same for a list, a string and a queryset, so it stays as it is and is named, once for each value. Add the
//! file, and the question is gone.
//!
//! Manual: nothing is changed.
//!
//! ```python before
//! from .services import find_products
//!
//! def view(request):
//!     products = find_products(request.GET.get("q"))
//!     return JsonResponse({"has_one": Product.objects.filter(pk=1).exists(), "n": len(products)})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! from .services import find_products
//!
//! async def view(request):
//!     products = await sync_to_async(find_products)(request.GET.get("q"))
//!     return JsonResponse({"has_one": await Product.objects.filter(pk=1).aexists(), "n": await sync_to_async(len)(products)})
//! ```

use unblocked_analyzer::{Consumer, Site, SiteKind};
use unblocked_django::{docs_url, topics};
use unblocked_syntax::Field;

use crate::draft::{Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

const NAME: &str = "orm/unknown-value";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::UnknownValue { by } = site.kind else {
        return None;
    };
    let name = draft.text(site.node);
    let what = match by {
        Consumer::Format => "printing it",
        Consumer::Contains => "looking for something in it",
        _ => "testing it",
    };
    let message = format!("`{name}` may be a queryset: {what} would ask the database");
    let is_named = |note: &Note| note.rule == NAME && draft.text(note.node) == name;
    if !draft.notes.iter().any(is_named) {
        let add = match given_by(draft, name) {
            Some(module) => format!("add `{module}` to resolve `{name}`"),
            None => format!("add the file with what gives it to resolve `{name}`"),
        };
        draft.note(Note {
            rule: NAME,
            node: site.node,
            severity: Severity::Warning,
            applicability: Applicability::Manual,
            message,
            help: Some(format!(
                "{add}; if it is a queryset, make a list of it first: `{name} = await sync_to_async(list)({name})`"
            )),
            docs_url: Some(docs_url(draft.target(), topics::ASYNC)),
        });
    }
    Some(Ok(()))
}

/// The module of the function that a variable's value comes from.
fn given_by(draft: &Draft<'_>, name: &str) -> Option<String> {
    let ast = draft.ast();
    draft.sites.iter().find_map(|site| {
        let SiteKind::Missing { path } = &site.kind else {
            return None;
        };
        let assignment = ast.parent(site.node)?;
        let target = ast.child(assignment, Field::Left)?;
        let module = path.rsplit_once('.').map_or(&**path, |(module, _)| module);
        (draft.text(target) == name).then(|| module.trim_start_matches('.').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, report_with};

    #[test]
    fn what_is_taken_for_many_is_tested_in_the_thread() {
        let code = |view: &str, test: &str, call: &str| {
            format!(
                "from shop.helpers import find_rows\n\n{view}(request):\n    rows = {call}\n    if {test}:\n        return redirect('home')\n    Product.objects.X()\n    return {{'rows': rows[0:1], 'n': 1}}\n"
            )
        };
        check(
            &code("def view", "not rows", "find_rows(request)").replace(".X", ".count"),
            &format!(
                "from asgiref.sync import sync_to_async\n{}",
                code(
                    "async def view",
                    "not await sync_to_async(bool)(rows)",
                    "await sync_to_async(find_rows)(request)"
                )
                .replace("    Product.objects.X", "    await Product.objects.acount")
            ),
        );
    }

    #[test]
    fn flags_and_texts_are_tested_as_they_are() {
        check(
            "from shop.helpers import is_open\n\ndef view(request):\n    opened = is_open(request)\n    if opened:\n        print(opened)\n    return HttpResponse(Product.objects.count())\n",
            "from asgiref.sync import sync_to_async\nfrom shop.helpers import is_open\n\nasync def view(request):\n    opened = await sync_to_async(is_open)(request)\n    if opened:\n        print(opened)\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn what_depends_on_what_it_is_is_named_with_the_file_that_tells() {
        let report = report_with(
            "from shop.helpers import find_rows\n\ndef view(request):\n    rows = find_rows(request)\n    print(rows)\n    found = 3 in rows\n    chosen = rows or []\n    return render(request, 'a.html', {'rows': rows, 'found': found, 'n': Product.objects.count()})\n",
            &Options::for_paste(),
        );
        let named: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == super::NAME)
            .collect();
        assert_eq!(named.len(), 1, "{named:#?}");
        assert!(
            named[0]
                .help
                .as_deref()
                .is_some_and(|help| help.contains("add `shop.helpers` to resolve `rows`")),
            "{named:#?}"
        );
        assert!(report.after.contains("print(rows)\n    found = 3 in rows"));
    }
}
