//! # plan/thread-local
//!
//! A coroutine does not see what others keep per thread (`threading.local()`).
//!
//! Synchronous middleware runs in a thread of its request, async views run on the thread of the event loop, all of them
//! on the same. So an attribute of a `threading.local()` that middleware sets is missing in an async view, and one that
//! a coroutine sets is seen by the views that run in between, for other users. What is kept in a `contextvars.ContextVar`,
//! or in an `asgiref.local.Local`, goes along with the request into coroutines and Django's threads alike.
//!
//! Found where a function that is async, or becomes so, reads or sets such an attribute, itself or through functions
//! that it calls on the loop. What is called through `sync_to_async` runs in the request's thread and is not concerned.
//!
//! A finding to act on by hand; nothing is changed.
//!
//! ```python before
//! import threading
//!
//! _state = threading.local()
//!
//!
//! def current_name():
//!     return getattr(_state, "name", "nobody")
//!
//!
//! def show(request):
//!     _state.name = request.path
//!     return HttpResponse(f"{current_name()} {Product.objects.count()}")
//! ```
//! ```python after
//! import threading
//!
//! _state = threading.local()
//!
//!
//! def current_name():
//!     return getattr(_state, "name", "nobody")
//!
//!
//! async def show(request):
//!     _state.name = request.path
//!     return HttpResponse(f"{current_name()} {await Product.objects.acount()}")
//! ```

use std::collections::HashSet;

use unblocked_analyzer::{FunctionRef, Site};
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Color, Colors, Draft, Note, Outcome, excerpt};
use crate::plan::{Planner, is_local};
use crate::report::{Applicability, Severity};

const NAME: &str = "plan/thread-local";
const DOCS: &str = "https://docs.python.org/3/library/contextvars.html";

/// How many functions below one are looked at.
const MAX_HELPERS: usize = 200;

/// No site is this rule's: functions are looked at as they are written.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The findings of a function that is async after the migration.
pub(crate) fn find(planner: &Planner<'_>, function: FunctionRef, colors: &Colors) -> Vec<Note> {
    let Some(facts) = planner.analysis.world.file(function.file) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let mut said: HashSet<&str> = HashSet::new();
    for node in uses(planner, function) {
        let name = facts.source(node);
        if said.insert(name) {
            notes.push(note(node, format!("`{name}`"), ""));
        }
    }
    for call in planner
        .effects
        .calls_of(function.file, Some(function.index))
    {
        if let Some((node, file, helper)) = reached(planner, call.callee, colors)
            && let Some(used) = planner.analysis.world.file(file)
            && said.insert(used.source(node))
        {
            let callee = planner.analysis.world.function(helper);
            let name = callee.map_or("", |callee| &callee.name);
            let through = format!(
                ", which `{}` comes to in `{name}`",
                excerpt(facts.source(call.node))
            );
            notes.push(note(
                call.node,
                format!("`{}`", used.source(node)),
                &through,
            ));
        }
    }
    notes
}

fn note(node: NodeId, what: String, through: &str) -> Note {
    Note {
        rule: NAME,
        node,
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        message: format!(
            "{what}{through}, is kept per thread: async code runs on the thread of the event loop, where it does not see what middleware set in another, and where other requests see what it sets"
        ),
        help: Some(
            "keep it in a `contextvars.ContextVar` or an `asgiref.local.Local`, which go along with the request"
                .to_owned(),
        ),
        docs_url: Some(DOCS.to_owned()),
    }
}

/// Where a function uses a thread's own storage: the names that stand for it, blocks that run in threads not included.
fn uses(planner: &Planner<'_>, function: FunctionRef) -> Vec<NodeId> {
    let (Some(facts), Some(types)) = (
        planner.analysis.world.file(function.file),
        planner.analysis.files.get(function.file),
    ) else {
        return Vec::new();
    };
    let Some(definition) = facts.functions.get(function.index) else {
        return Vec::new();
    };
    let ast = facts.ast();
    let own = Some(function.index);
    ast.subtree(definition.body)
        .filter(|&node| matches!(ast.kind(node), Kind::Identifier | Kind::Attribute))
        .filter(|&node| is_local(&planner.analysis.world, types.type_of(node)))
        .filter(|&node| facts.owner(node) == own)
        .filter(|&node| {
            let regions = planner.effects.regions();
            !regions.moves(ast, function.file, own, node)
        })
        .collect()
}

/// Where a function, or one that it calls in the same thread, uses a thread's own storage.
fn reached(
    planner: &Planner<'_>,
    function: FunctionRef,
    colors: &Colors,
) -> Option<(NodeId, usize, FunctionRef)> {
    let mut seen: HashSet<FunctionRef> = HashSet::new();
    let mut queue = vec![function];
    while let Some(at) = queue.pop() {
        let stays_on_loop = !planner.effects.waits(at)
            || matches!(
                colors.get(&at),
                Some(Color::Convert | Color::Twin(_) | Color::Variant)
            );
        if !stays_on_loop || seen.len() > MAX_HELPERS || !seen.insert(at) {
            continue;
        }
        if let Some(&node) = uses(planner, at).first() {
            return Some((node, at.file, at));
        }
        let calls = planner.effects.calls_of(at.file, Some(at.index));
        queue.extend(calls.map(|call| call.callee));
    }
    None
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::rules::testing::report_with;
    use crate::{Options, migrate};

    fn found(text: &str) -> Vec<String> {
        report_with(text, &Options::for_paste())
            .findings
            .into_iter()
            .filter(|finding| finding.rule == super::NAME)
            .map(|finding| finding.message)
            .collect()
    }

    const STATE: &str = "import threading\n\n_state = threading.local()\n\n";

    #[test]
    fn in_the_view_itself() {
        let messages = found(&format!(
            "{STATE}def view(request):\n    count = Product.objects.count()\n    _state.count = count\n    return HttpResponse(_state.count)\n"
        ));
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0].starts_with("`_state`, is kept per thread"),
            "{messages:?}"
        );
    }

    #[test]
    fn through_functions_of_another_file() {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/__init__.py", "");
        workspace.set_file(
            "shop/current.py",
            "from threading import local\n\n_thread = local()\n\ndef get_user():\n    return getattr(_thread, 'user', None)\n\ndef name():\n    return get_user().name\n",
        );
        workspace.set_file(
            "shop/views.py",
            "from shop.current import name\n\ndef view(request):\n    return HttpResponse(f'{name()} {Product.objects.count()}')\n",
        );
        let report = migrate(&workspace, &Options::default());
        let views = report
            .files
            .iter()
            .find(|file| file.path == "shop/views.py");
        let findings = &views.unwrap().findings;
        let finding = findings.iter().find(|it| it.rule == super::NAME).unwrap();
        for part in ["`_thread`", "`name()`", "`get_user`"] {
            assert!(finding.message.contains(part), "{}", finding.message);
        }
    }

    #[test]
    fn a_class_of_the_projects_own() {
        let messages = found(
            "import threading\n\nclass State(threading.local):\n    user = None\n\nstate = State()\n\ndef view(request):\n    return HttpResponse(f'{state.user} {Product.objects.count()}')\n",
        );
        assert_eq!(messages.len(), 1);
    }

    #[test]
    fn what_is_async_already_is_looked_at_too() {
        let messages = found(&format!(
            "{STATE}async def view(request):\n    return HttpResponse(_state.user)\n"
        ));
        assert_eq!(messages.len(), 1);
    }

    #[test]
    fn other_storage_and_other_threads() {
        for text in [
            // What goes along with the request.
            "from contextvars import ContextVar\n\n_user = ContextVar('user')\n\ndef view(request):\n    return HttpResponse(f'{_user.get()} {Product.objects.count()}')\n",
            "from asgiref.local import Local\n\n_state = Local()\n\ndef view(request):\n    return HttpResponse(f'{_state.user} {Product.objects.count()}')\n",
            // A view that stays synchronous, a block that runs in the request's thread.
            &format!("{STATE}def view(request):\n    return HttpResponse(_state.user)\n"),
            &format!(
                "{STATE}def view(request):\n    count = Product.objects.count()\n    with transaction.atomic():\n        Product.objects.create(name=_state.user)\n    return HttpResponse(count)\n"
            ),
            // The same name on another object.
            "def view(request, threading):\n    state = threading.local()\n    return HttpResponse(f'{state.user} {Product.objects.count()}')\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
