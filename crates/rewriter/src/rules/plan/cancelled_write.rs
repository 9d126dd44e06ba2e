//! # plan/cancelled-write
//!
//! What a view writes after an `await` may not happen once it is async: a client that goes away cancels it.
//!
//! Django cancels an async view when its client disconnects, from 5.0 on: at the `await` where the view stands,
//! `asyncio.CancelledError` is raised, and nothing after it runs. A synchronous view runs to its end whoever listens. A
//! query or a transaction that has begun in Django's thread is finished there. For each view that becomes async, the first
//! write that this concerns is named, with the `await` before it. It is a warning where the view writes before it as well,
//! so that half of the work may be done.
//!
//! A finding to act on by hand; nothing is changed.
//!
//! ```python before
//! def order(request, pk):
//!     product = get_object_or_404(Product, pk=pk)
//!     product.stock -= 1
//!     product.save()
//!     return HttpResponse("ordered")
//! ```
//! ```python after
//! from django.shortcuts import aget_object_or_404
//!
//!
//! async def order(request, pk):
//!     product = await aget_object_or_404(Product, pk=pk)
//!     product.stock -= 1
//!     await product.asave()
//!     return HttpResponse("ordered")
//! ```

use std::collections::HashSet;

use unblocked_analyzer::{FunctionRef, Site, SiteKind, SyncOnly};
use unblocked_django::{DjangoVersion, Effect, docs_url};
use unblocked_syntax::{Ast, Field, Kind, NodeId, SmallSort};

use crate::draft::{Draft, Note, Outcome, excerpt};
use crate::plan::Planner;
use crate::report::{Applicability, Severity};

const NAME: &str = "plan/cancelled-write";

/// How deep helpers are looked into for what they write.
const MAX_HELPERS: usize = 200;

/// No site is this rule's: views are looked at as they are written.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Something that a view awaits.
struct Wait {
    node: NodeId,
    writes: bool,
}

/// The finding of a view that becomes async.
pub(crate) fn find(planner: &Planner<'_>, view: FunctionRef) -> Option<Note> {
    if planner.options.target_version < DjangoVersion::new(5, 0) {
        return None;
    }
    let facts = planner.analysis.world.file(view.file)?;
    let ast = facts.ast();
    let waits = waits(planner, view);
    let (write, awaited) = waits.iter().enumerate().find_map(|(at, wait)| {
        let before = waits.get(..at)?.iter().rev();
        let mut before = before.filter(|other| comes_before(ast, other.node, wait.node));
        Some((wait, before.next()?)).filter(|_| wait.writes)
    })?;
    let is_half_done = waits
        .iter()
        .any(|other| other.writes && comes_before(ast, other.node, write.node))
        || is_in_loop(ast, write.node);
    let (write, awaited) = (
        excerpt(facts.source(write.node)),
        excerpt(facts.source(awaited.node)),
    );
    Some(Note {
        rule: NAME,
        node: named(planner, view)?,
        severity: if is_half_done {
            Severity::Warning
        } else {
            Severity::Info
        },
        applicability: Applicability::Manual,
        message: format!(
            "`{write}` may not happen: from Django 5.0 on, a client that disconnects cancels an async view, here at `{awaited}`"
        ),
        help: Some(
            if is_half_done {
                "what it wrote before stays: put what belongs together into one function with `transaction.atomic()` and call that through `sync_to_async`, or put it on a queue"
            } else {
                "if it has to happen whoever listens, await `asyncio.shield(…)` around it, or put it on a queue"
            }
            .to_owned(),
        ),
        docs_url: Some(docs_url(
            planner.options.target_version,
            "topics/async/#handling-disconnects",
        )),
    })
}

fn named(planner: &Planner<'_>, view: FunctionRef) -> Option<NodeId> {
    let facts = planner.analysis.world.file(view.file)?;
    let definition = facts.functions.get(view.index)?;
    facts.ast().child(definition.node, Field::Name)
}

/// What a view awaits, in order of place.
fn waits(planner: &Planner<'_>, view: FunctionRef) -> Vec<Wait> {
    let effects = planner.effects;
    let sites = effects.sites_of(view.file, Some(view.index));
    let of_sites = sites.filter(|site| is_awaited(site)).map(|site| Wait {
        node: site.node,
        writes: site_writes(planner, view.file, site),
    });
    let calls = effects.calls_of(view.file, Some(view.index));
    let of_calls = calls
        .filter(|call| effects.waits(call.callee))
        .map(|call| Wait {
            node: call.node,
            writes: writes(planner, call.callee),
        });
    let mut waits: Vec<Wait> = of_sites.chain(of_calls).collect();
    waits.small_sort_by_key(|wait| wait.node);
    waits
}

fn is_awaited(site: &Site) -> bool {
    !matches!(
        site.kind,
        SiteKind::UnknownAttribute { .. }
            | SiteKind::UnknownValue { .. }
            | SiteKind::OpaqueMethod { .. }
            | SiteKind::Callback { .. }
    ) && site.effect != Effect::Cpu
}

/// True for what changes the database, sends mail or puts a job on a queue.
fn site_writes(planner: &Planner<'_>, file: usize, site: &Site) -> bool {
    match &site.kind {
        SiteKind::Method { name, .. } if site.effect == Effect::Query => {
            let facts = planner.analysis.world.file(file);
            facts.is_some_and(|facts| is_write(facts.source(*name)))
        }
        SiteKind::Function { .. } => matches!(site.effect, Effect::Mail | Effect::Queue),
        SiteKind::SyncOnly { what } => *what == SyncOnly::Transaction,
        _ => false,
    }
}

fn is_write(method: &str) -> bool {
    matches!(
        method,
        "save"
            | "delete"
            | "create"
            | "update"
            | "get_or_create"
            | "update_or_create"
            | "bulk_create"
            | "bulk_update"
            | "add"
            | "remove"
            | "set"
            | "clear"
    )
}

/// True when a function of the project writes, or calls one that does.
fn writes(planner: &Planner<'_>, function: FunctionRef) -> bool {
    let mut seen: HashSet<FunctionRef> = HashSet::new();
    let mut queue = vec![function];
    while let Some(at) = queue.pop() {
        if seen.len() > MAX_HELPERS || !seen.insert(at) {
            continue;
        }
        let mut sites = planner.effects.sites_of(at.file, Some(at.index));
        if sites.any(|site| site_writes(planner, at.file, site)) {
            return true;
        }
        let calls = planner.effects.all_calls_of(at.file, Some(at.index));
        queue.extend(calls.map(|(call, _)| call.callee));
    }
    false
}

/// True when `second` may run after `first` in one pass: they are not in branches of which one is taken, and the block of
/// the first does not end the function.
fn comes_before(ast: &Ast, first: NodeId, second: NodeId) -> bool {
    if first == second {
        return false;
    }
    // What a loop iterates over is awaited before its body, an argument before its call.
    if ast.contains(first, second) {
        return matches!(ast.kind(first), Kind::For | Kind::With);
    }
    if ast.contains(second, first) || first > second {
        return ast.contains(second, first);
    }
    let mut child = first;
    for up in ast.ancestors(first) {
        if ast.contains(up, second) {
            let other = ast.children(up).find(|&part| ast.contains(part, second));
            let branch = |node: NodeId| {
                ast.field(node) == Some(Field::Consequence)
                    || matches!(ast.kind(node), Kind::Elif | Kind::Else)
            };
            return !(ast.kind(up) == Kind::If
                && branch(child)
                && other.is_some_and(branch)
                && other != Some(child));
        }
        let leaves = ast.kind(up) == Kind::Block
            && ast
                .children(up)
                .last()
                .is_some_and(|last| matches!(ast.kind(last), Kind::Return | Kind::Raise));
        if leaves {
            return false;
        }
        child = up;
    }
    true
}

fn is_in_loop(ast: &Ast, node: NodeId) -> bool {
    ast.ancestors(node)
        .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
        .any(|up| {
            matches!(ast.kind(up), Kind::For | Kind::While) || ast.kind(up).is_comprehension()
        })
}

#[cfg(test)]
mod tests {
    use crate::report::Severity;
    use crate::rules::testing::{report_with, target};
    use crate::{Finding, Options};

    fn found(body: &str, options: &Options) -> Option<Finding> {
        let text = format!("def view(request, pk):\n    {body}\n    return HttpResponse()\n");
        let mut findings = report_with(&text, options).findings.into_iter();
        findings.find(|finding| finding.rule == super::NAME)
    }

    #[test]
    fn a_write_after_an_await() {
        let finding = found(
            "product = Product.objects.get(pk=pk)\n    product.save()",
            &Options::for_paste(),
        )
        .unwrap();
        assert_eq!(finding.severity, Severity::Info);
        for part in ["`product.save()`", "`Product.objects.get(pk=pk)`"] {
            assert!(finding.message.contains(part), "{}", finding.message);
        }
        assert!(
            finding
                .docs_url
                .as_deref()
                .unwrap()
                .ends_with("topics/async/#handling-disconnects")
        );
    }

    #[test]
    fn half_done_work_is_a_warning() {
        for body in [
            "Product.objects.create(name='a')\n    Tag.objects.create(name='b')",
            "for tag in Tag.objects.all():\n        tag.save()",
            "Product.objects.create(name='a')\n    send_mail('a', 'b', 'c', ['d'])",
        ] {
            let finding = found(body, &Options::for_paste());
            assert_eq!(
                finding.map(|it| it.severity),
                Some(Severity::Warning),
                "{body}"
            );
        }
    }

    #[test]
    fn in_a_helper() {
        let text = "def _buy(product):\n    product.save()\n\ndef view(request, pk):\n    product = Product.objects.get(pk=pk)\n    _buy(product)\n    return HttpResponse()\n";
        let report = report_with(text, &Options::for_paste());
        let found = report.findings.iter().find(|it| it.rule == super::NAME);
        assert!(found.unwrap().message.contains("`_buy(product)`"));
    }

    #[test]
    fn nothing_that_an_await_comes_before() {
        for body in [
            "Product.objects.create(name='a')",
            "Product.objects.get(pk=pk)",
            "if pk:\n        Product.objects.get(pk=pk)\n    else:\n        Product.objects.create(name='a')",
            "if pk:\n        return HttpResponse(Product.objects.count())\n    Product.objects.create(name='a')",
            "Product.objects.count()\n    names.add(pk)\n    form.save_later()",
        ] {
            assert_eq!(found(body, &Options::for_paste()), None, "{body}");
        }
    }

    #[test]
    fn before_django_5_0_nothing_is_cancelled() {
        let body = "product = Product.objects.get(pk=pk)\n    product.save()";
        assert_eq!(found(body, &target("4.2")), None);
        assert!(found(body, &target("5.0")).is_some());
    }

    #[test]
    fn a_view_that_was_async_before_is_not_concerned() {
        let text = "async def view(request, pk):\n    product = await Product.objects.aget(pk=pk)\n    await product.asave()\n    return HttpResponse()\n";
        let report = report_with(text, &Options::for_paste());
        assert!(report.findings.iter().all(|it| it.rule != super::NAME));
    }
}
