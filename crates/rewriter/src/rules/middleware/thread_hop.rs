//! # middleware/thread-hop
//!
//! An entry of `MIDDLEWARE` that makes Django change threads for every request to an async view.
//!
//! Middleware that is synchronous runs in a thread of the request's own, which it holds until the response is there. It
//! costs about 0.2 ms, and a thread for each request in flight; neighbours that are synchronous share one change of threads, so
//! the order matters: put them next to each other, best as the outermost. What stands right outside of one runs in its
//! synchronous form as well, be it able to do both. A `MiddlewareMixin` changes threads for each of its hooks, 45 µs
//! each; so do Django's own, which are not told of. Nothing breaks: it is a matter of cost. The project's own
//! middleware gets an async form where that can be followed (`middleware/dual-mode`). What is said of libraries holds for the
//! versions that are named.
//!
//! Manual.
//!
//! ```python before
//! MIDDLEWARE = [
//!     "django.middleware.security.SecurityMiddleware",
//!     "whitenoise.middleware.WhiteNoiseMiddleware",
//! ]
//!
//!
//! async def front(request):
//!     return HttpResponse(await Product.objects.acount())
//! ```
//! ```python after
//! MIDDLEWARE = [
//!     "django.middleware.security.SecurityMiddleware",
//!     "whitenoise.middleware.WhiteNoiseMiddleware",
//! ]
//!
//!
//! async def front(request):
//!     return HttpResponse(await Product.objects.acount())
//! ```

use unblocked_analyzer::{Analysis, ClassRef, FileFacts, FunctionRef, Site, Symbol};
use unblocked_django::{BaseKind, MiddlewareRuns, docs_url, library_middleware, topics};
use unblocked_syntax::SmallSort;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Outcome};
use crate::options::Options;
use crate::plan::ASYNC_CALL;
use crate::report::{
    Applicability, Decision, FileReport, Finding, FindingState, FunctionKind, Severity,
};

const NAME: &str = "middleware/thread-hop";

/// The settings tell; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// How an entry runs.
enum Runs {
    /// It costs no thread, or is Django's own.
    Free,
    /// It holds a thread.
    Sync(String, Severity),
    /// Each hook changes threads.
    Hooks(String),
    Unknown,
}

/// Adds the findings to the reports, once there are async views.
pub(crate) fn check(analysis: &Analysis<'_>, options: &Options, files: &mut [FileReport]) {
    let is_async = files.iter().any(|file| {
        file.functions.iter().any(|function| {
            matches!(function.kind, FunctionKind::View | FunctionKind::Handler)
                && matches!(
                    function.decision,
                    Decision::Convert | Decision::AlreadyAsync
                )
        })
    });
    if !is_async {
        return;
    }
    for facts in analysis.world.files {
        if !facts.text().contains("MIDDLEWARE") {
            continue;
        }
        let entries = listed(facts);
        let runs: Vec<Runs> = entries
            .iter()
            .map(|&entry| runs(analysis, files, facts.source(entry)))
            .collect();
        let mut found = Vec::new();
        for (position, (&entry, how)) in entries.iter().zip(&runs).enumerate() {
            let is_sync = |at: usize| matches!(runs.get(at), Some(Runs::Sync(..)));
            let (severity, message, help) = match how {
                Runs::Free => continue,
                Runs::Sync(why, severity) => {
                    let shares = position.checked_sub(1).is_some_and(is_sync);
                    let outside = position
                        .checked_sub(1)
                        .filter(|&at| !is_sync(at))
                        .and_then(|at| entries.get(at))
                        .map(|&entry| last(facts.source(entry)));
                    (
                        *severity,
                        format!(
                            "`{}` {why}: it holds a thread for the whole of each request to an async view",
                            last(facts.source(entry))
                        ),
                        match (shares, outside) {
                            (true, _) => "it shares the change of threads with the one before it".to_owned(),
                            (false, Some(outside)) => format!(
                                "about 0.2 ms a request; `{outside}`, right outside of it, runs in its synchronous form too; next to other synchronous ones it would cost nothing more"
                            ),
                            (false, None) => "about 0.2 ms a request; as the outermost it makes nothing else run synchronously".to_owned(),
                        },
                    )
                }
                Runs::Hooks(of) => (
                    Severity::Info,
                    format!(
                        "`{}` {of}: each of its hooks runs in a thread before an async view",
                        last(facts.source(entry))
                    ),
                    "about 45 µs for each hook, and no thread while the view waits; nothing has to change".to_owned(),
                ),
                Runs::Unknown => (
                    Severity::Info,
                    format!(
                        "nothing tells how `{}` runs before async views",
                        last(facts.source(entry))
                    ),
                    "look for `async_capable = True` or `sync_and_async_middleware` in its source: without, it holds a thread for the whole of each request".to_owned(),
                ),
            };
            found.push(finding(facts, entry, severity, message, help, options));
        }
        if let Some(file) = files.iter_mut().find(|file| file.path == facts.path)
            && !found.is_empty()
        {
            file.findings.extend(found);
            file.findings
                .small_sort_by_key(|finding| (finding.before.start, finding.before.end));
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The entries of `MIDDLEWARE` in their order, as far as one file lists them.
fn listed(facts: &FileFacts) -> Vec<NodeId> {
    let ast = facts.ast();
    let is_list = |target: NodeId| facts.source(target) == "MIDDLEWARE";
    let lists = ast.ids().filter(|&node| {
        matches!(ast.kind(node), Kind::Assignment | Kind::AugmentedAssignment)
            && ast.child(node, Field::Left).is_some_and(is_list)
            && facts.owner(node).is_none()
    });
    lists
        .flat_map(|list| ast.subtree(list))
        .filter(|&node| ast.kind(node) == Kind::StringContent)
        .filter(|&node| facts.source(node).contains('.'))
        .collect()
}

fn runs(analysis: &Analysis<'_>, files: &[FileReport], path: &str) -> Runs {
    if path.starts_with("django.") {
        return Runs::Free;
    }
    let world = &analysis.world;
    match world.resolve(path, false) {
        Symbol::Class(class) => return of_class(analysis, files, class),
        Symbol::Function(function) => return of_function(analysis, files, function),
        _ => {}
    }
    let Some(known) = library_middleware(path) else {
        return Runs::Unknown;
    };
    let of = format!("of {} ({})", known.package, known.version);
    match known.runs {
        MiddlewareRuns::Both => Runs::Free,
        MiddlewareRuns::Hooks => Runs::Hooks(format!("{of} is a `MiddlewareMixin`")),
        MiddlewareRuns::Sync => Runs::Sync(format!("{of} is synchronous"), Severity::Info),
    }
}

fn of_class(analysis: &Analysis<'_>, files: &[FileReport], class: ClassRef) -> Runs {
    let world = &analysis.world;
    let (Some(facts), Some(outline)) = (world.file(class.file), world.class(class)) else {
        return Runs::Unknown;
    };
    if world
        .base_kinds(class)
        .any(|kind| kind == BaseKind::Middleware)
        && world.method(class, "__call__").is_none()
    {
        let becomes_async = |file: &FileReport| {
            file.path == facts.path
                && file.functions.iter().any(|function| {
                    let of = function.name.rsplit_once('.').map(|(class, _)| class);
                    of == Some(&*outline.qualname) && function.decision == Decision::Twin
                })
        };
        if world.method(class, ASYNC_CALL).is_some() || files.iter().any(becomes_async) {
            return Runs::Free;
        }
        return Runs::Hooks("is a `MiddlewareMixin`".to_owned());
    }
    let says = std::iter::once(class)
        .chain(world.project_ancestors(class))
        .filter_map(|class| Some((world.file(class.file)?, world.class(class)?)))
        .any(|(facts, class)| facts.source(class.node).contains("async_capable"));
    if says {
        return Runs::Free;
    }
    let call = format!("{}.__call__", outline.name);
    own(files, facts, &[call])
}

fn of_function(analysis: &Analysis<'_>, files: &[FileReport], maker: FunctionRef) -> Runs {
    let world = &analysis.world;
    let (Some(facts), Some(function)) = (world.file(maker.file), world.function(maker)) else {
        return Runs::Unknown;
    };
    let says = |name: &String| {
        matches!(
            last(name),
            "sync_and_async_middleware" | "async_only_middleware"
        )
    };
    if function.decorator_names.iter().any(says) {
        return Runs::Free;
    }
    let inner: Vec<String> = facts
        .nested(maker.index)
        .map(|(_, inner)| inner.qualname.to_string())
        .collect();
    own(files, facts, &inner)
}

/// The project's own middleware, by what became of its functions.
fn own(files: &[FileReport], facts: &FileFacts, functions: &[String]) -> Runs {
    let reported = files
        .iter()
        .filter(|file| file.path == facts.path)
        .flat_map(|file| &file.functions)
        .filter(|function| functions.contains(&function.name));
    let mut why = String::new();
    for function in reported {
        if function.decision == Decision::Twin {
            return Runs::Free;
        }
        function.reason.clone_into(&mut why);
    }
    let why = why.trim_end_matches('.');
    let why = match why.split_once("stays synchronous: ") {
        Some((_, reason)) => format!("is synchronous, and stays so ({reason})"),
        None => "is synchronous".to_owned(),
    };
    Runs::Sync(why, Severity::Warning)
}

fn finding(
    facts: &FileFacts,
    entry: NodeId,
    severity: Severity,
    message: String,
    help: String,
    options: &Options,
) -> Finding {
    let node = facts.ast().parent(entry).unwrap_or(entry);
    Finding {
        rule: NAME.to_owned(),
        severity,
        applicability: Applicability::Manual,
        state: FindingState::Open,
        message,
        help: Some(help),
        before: facts.ast().span(node).into(),
        after: None,
        function: None,
        docs_url: Some(docs_url(options.target_version, topics::ASYNC)),
        fingerprint: String::new(),
        can_be_rejected: false,
        decision: None,
        decided_by: None,
        chain: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, Severity, migrate};

    const VIEW: &str = "from shop.models import Product\n\ndef view(request):\n    return HttpResponse(Product.objects.count())\n";
    const OWN: &str = "import threading\nfrom shop.models import Product\n\nlocal = threading.local()\n\nclass Tenants:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    def __call__(self, request):\n        request.count = Product.objects.count()\n        return self.get_response(request)\n";
    const FOLLOWED: &str = "def counted(get_response):\n    def middleware(request):\n        return get_response(request)\n    return middleware\n";

    /// The findings in settings with these entries.
    fn found(view: &str, entries: &[&str]) -> Vec<(Severity, String)> {
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("    '{entry}',\n"))
            .collect();
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", view);
        workspace.set_file("shop/middleware.py", OWN);
        workspace.set_file("shop/counted.py", FOLLOWED);
        workspace.set_file(
            "shop/models.py",
            "from django.db import models\n\nclass Product(models.Model):\n    pass\n",
        );
        workspace.set_file(
            "site/settings.py",
            &format!("MIDDLEWARE = [\n{}]\n", lines.concat()),
        );
        let report = migrate(&workspace, &Options::default());
        let settings = report
            .files
            .into_iter()
            .find(|file| file.path == "site/settings.py");
        let findings = settings.expect("the settings").findings.into_iter();
        findings
            .map(|finding| {
                (
                    finding.severity,
                    format!("{} | {}", finding.message, finding.help.unwrap_or_default()),
                )
            })
            .collect()
    }

    #[test]
    fn what_holds_a_thread_is_told_of_in_order() {
        let entries = [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "shop.middleware.Tenants",
            "csp.middleware.CSPMiddleware",
            "nobody.knows.Middleware",
        ];
        let found = found(VIEW, &entries);
        let [whitenoise, own, mixin, unknown] = &*found else {
            panic!("{found:?}")
        };
        assert!(
            whitenoise
                .1
                .contains("of whitenoise (6.12.0) is synchronous"),
            "{}",
            whitenoise.1
        );
        assert!(
            whitenoise
                .1
                .contains("`SecurityMiddleware`, right outside of it"),
            "{}",
            whitenoise.1
        );
        assert_eq!(own.0, Severity::Warning);
        assert!(own.1.contains("threading.local"), "{}", own.1);
        assert!(own.1.contains("shares the change of threads"), "{}", own.1);
        assert!(mixin.1.contains("each of its hooks"), "{}", mixin.1);
        assert!(unknown.1.contains("nothing tells how"), "{}", unknown.1);
    }

    #[test]
    fn what_works_both_ways_costs_nothing() {
        assert!(found(VIEW, &["shop.counted.counted"]).is_empty());
        assert!(found(VIEW, &["corsheaders.middleware.CorsMiddleware"]).is_empty());
        assert!(
            found(
                VIEW,
                &["django.contrib.auth.middleware.AuthenticationMiddleware"]
            )
            .is_empty()
        );
    }

    #[test]
    fn synchronous_sites_are_not_told_of_it() {
        let view = "def view(request):\n    return HttpResponse()\n";
        assert!(found(view, &["whitenoise.middleware.WhiteNoiseMiddleware"]).is_empty());
    }
}
