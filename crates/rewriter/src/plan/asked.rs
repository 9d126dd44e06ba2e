//! What decorators ask before the view: Django calls the functions of `condition` on the event loop.

use unblocked_analyzer::{Analysis, FunctionRef, Type};
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

/// Decorators that call their arguments themselves, synchronously.
const ASKING: &[&str] = &[
    "django.views.decorators.http.condition",
    "django.views.decorators.http.etag",
    "django.views.decorators.http.last_modified",
];

/// How many functions that call each other are followed.
const MAX_DEPTH: usize = 8;

/// Why a decorator of Django's would hold up the event loop: one of its arguments is a function that may wait.
pub(super) fn obstacle(
    analysis: &Analysis<'_>,
    file: usize,
    decorator: NodeId,
    path: &str,
) -> Option<String> {
    if !ASKING.contains(&canonical(path)) {
        return None;
    }
    let facts = analysis.world.file(file)?;
    let types = analysis.files.get(file)?;
    let ast = facts.ast();
    let arguments = ast.child(decorator, Field::Arguments)?;
    ast.children(arguments).find_map(|argument| {
        let value = match ast.kind(argument) {
            Kind::KeywordArgument => ast.child(argument, Field::Value)?,
            _ => argument,
        };
        let is_quiet = match types.type_of(value) {
            _ if facts.source(value) == "None" => true,
            Type::Function(function) => is_quiet(analysis, *function, 0),
            _ if ast.kind(value) == Kind::Lambda => {
                let waits = types
                    .sites
                    .iter()
                    .any(|site| ast.contains(value, site.node));
                let mut calls = types
                    .calls
                    .iter()
                    .filter(|call| ast.contains(value, call.node));
                !waits && calls.all(|call| is_quiet(analysis, call.callee, 0))
            }
            _ => false,
        };
        let name = match ast.kind(value) {
            Kind::Lambda => "a lambda",
            _ => facts.source(value),
        };
        (!is_quiet).then(|| {
            format!("calls `{name}` on the event loop before an async view, and that may wait")
        })
    })
}

/// True for a synchronous function that waits for nothing, as far as can be seen.
fn is_quiet(analysis: &Analysis<'_>, function: FunctionRef, depth: usize) -> bool {
    let (Some(definition), Some(types)) = (
        analysis.world.function(function),
        analysis.files.get(function.file),
    ) else {
        return false;
    };
    let here = Some(function.index);
    depth < MAX_DEPTH
        && !definition.is_async
        && !types.sites.iter().any(|site| site.function == here)
        && types
            .calls
            .iter()
            .filter(|call| call.function == here)
            .all(|call| is_quiet(analysis, call.callee, depth + 1))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, migrate_paste, report_with};

    fn text(functions: &str, decorator: &str) -> String {
        format!(
            "from django.utils.decorators import method_decorator\nfrom django.views.decorators.http import condition, etag, last_modified\n\n{functions}\n{decorator}\ndef view(request):\n    return HttpResponse(Product.objects.count())\n"
        )
    }

    const ASKS: &str = "def tag(request):\n    return str(Product.objects.count())\n\ndef outer(request):\n    return tag(request)\n\n";

    #[test]
    fn functions_that_query_keep_the_view() {
        for decorator in [
            "@etag(tag)",
            "@etag(outer)",
            "@last_modified(tag)",
            "@condition(etag_func=None, last_modified_func=tag)",
            "@etag(lambda request: tag(request))",
            "@etag(lambda request: Product.objects.count())",
            "@etag(unknown)",
        ] {
            let before = text(ASKS, decorator);
            check_unchanged(&before);
            let report = report_with(&before, &Options::for_paste());
            let mut named = report.functions.into_iter().filter(|f| f.name == "view");
            let reason = named.next().expect("the view").reason;
            assert!(reason.contains("on the event loop"), "{decorator} {reason}");
        }
    }

    #[test]
    fn methods_as_well() {
        check_unchanged(&format!(
            "from django.utils.decorators import method_decorator\nfrom django.views.decorators.http import etag\n\n{ASKS}@method_decorator(etag(tag), name='get')\nclass V(View):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n"
        ));
    }

    #[test]
    fn functions_that_wait_for_nothing_do_not() {
        for decorator in [
            "@etag(quiet)",
            "@condition(last_modified_func=None)",
            "@etag(lambda request: '1')",
        ] {
            let before = text(
                "def quiet(request):\n    return request.path\n\n",
                decorator,
            );
            assert!(
                migrate_paste(&before).contains("async def view"),
                "{decorator}"
            );
        }
    }
}
