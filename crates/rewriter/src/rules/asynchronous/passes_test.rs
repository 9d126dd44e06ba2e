//! What `user_passes_test` is given: a coroutine that nobody awaits is true. Told as `async/sync-hook`.

use unblocked_analyzer::Type;
use unblocked_django::{DjangoVersion, canonical, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{declared, sync_hook};
use crate::draft::Draft;

/// The first Django that awaits an async test.
const AWAITS_SINCE: DjangoVersion = DjangoVersion::new(5, 1);

pub(super) fn check(draft: &mut Draft<'_>) {
    if !draft.facts.text().contains("user_passes_test") {
        return;
    }
    let ast = draft.ast();
    let calls: Vec<NodeId> = ast
        .ids()
        .filter(|&node| ast.kind(node) == Kind::Call && !draft.facts.is_damaged_at(node))
        .collect();
    for call in calls {
        let Some(test) = lets_in(draft, call) else {
            continue;
        };
        let message = format!(
            "Nobody awaits `{}`: a coroutine is true, so that everybody is let in",
            draft.text(test)
        );
        declared::manual(
            draft,
            sync_hook::NAME,
            test,
            message,
            "make it synchronous: Django runs it in a thread before async views",
            topics::CLASS_BASED_VIEWS,
        );
    }
}

/// The test that a call of `user_passes_test` is given, when what it gives is not awaited.
fn lets_in(draft: &Draft<'_>, call: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    let Type::Path(path) = draft.file.type_of(ast.child(call, Field::Function)?) else {
        return None;
    };
    if canonical(path) != "django.contrib.auth.decorators.user_passes_test" {
        return None;
    }
    let mut arguments = ast.children(ast.child(call, Field::Arguments)?);
    let first = arguments.next()?;
    let is_named = |argument: NodeId| {
        ast.child(argument, Field::Name)
            .is_some_and(|name| draft.text(name) == "test_func")
    };
    let test = match ast.kind(first) {
        Kind::KeywordArgument => {
            let named = std::iter::once(first)
                .chain(arguments)
                .find(|&argument| is_named(argument))?;
            ast.child(named, Field::Value)?
        }
        _ => first,
    };
    let is_async = |node: NodeId| match draft.file.type_of(node) {
        Type::Function(function) => draft
            .analysis
            .world
            .function(*function)
            .is_some_and(|function| function.is_async && !function.is_generator),
        _ => false,
    };
    let is_open = match ast.kind(test) {
        // `lambda user: is_staff(user)` is no coroutine function on any version.
        Kind::Lambda => {
            let body = ast.child(test, Field::Body)?;
            ast.kind(body) == Kind::Call && is_async(ast.child(body, Field::Function)?)
        }
        _ => draft.target() < AWAITS_SINCE && is_async(test),
    };
    is_open.then_some(test)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{report_with, target};

    const VIEW: &str = "def view(request):\n    return HttpResponse()\n";

    fn told(version: &str, test: &str) -> bool {
        let text = format!(
            "from django.contrib.auth.decorators import user_passes_test\n\nasync def ok(user):\n    return user.is_staff\n\ndef plain(user):\n    return user.is_staff\n\n@user_passes_test({test})\n{VIEW}"
        );
        let report = report_with(&text, &target(version));
        let mut findings = report.findings.into_iter();
        findings.any(|f| f.rule == "async/sync-hook" && f.message.contains("everybody is let in"))
    }

    #[test]
    fn an_async_test_lets_everybody_in_where_django_does_not_await_it() {
        for version in ["4.2", "5.0"] {
            assert!(told(version, "ok"), "{version}");
            assert!(told(version, "login_url='/a', test_func=ok"), "{version}");
        }
        assert!(!told("5.1", "ok"));
        assert!(told("5.2", "lambda user: ok(user)"));
        assert!(!told("4.2", "plain"));
        assert!(!told("4.2", "lambda user: plain(user)"));
    }
}
