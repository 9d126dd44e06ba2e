//! What is recommended for a view, and why.

use std::collections::BTreeMap;

use unblocked_django::Effect;
use unblocked_rewriter::{
    Applicability, Decision, FileReport, Finding, FindingState, FunctionKind, FunctionReport,
    Report, Severity, Timeline, WaitForm,
};

use super::{Company, Effort, Recommendation, Serving, ViewAssessment, ViewWait, time};
use crate::answers::Answers;

/// A call that is slower than this, in milliseconds, is worth not to hold a thread for.
const SLOW: f64 = 50.0;

/// True for what waits for another machine or program, and not for the database: what async is for.
pub(super) fn is_external(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::Http
            | Effect::Network
            | Effect::Mail
            | Effect::Process
            | Effect::Sleep
            | Effect::Queue
            | Effect::Database
    )
}

fn is_slow(wait: &ViewWait) -> bool {
    wait.is_counted && is_external(wait.effect) && total(wait) >= SLOW
}

fn total(wait: &ViewWait) -> f64 {
    wait.duration * f64::from(wait.times)
}

/// Milliseconds that a view waits for other machines.
pub(super) fn slow_time(waits: &[ViewWait]) -> f64 {
    waits.iter().filter(|wait| is_slow(wait)).map(total).sum()
}

fn times(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("one {one}"),
        _ => format!("{number} {many}"),
    }
}

/// What slow calls there are, in words: "two HTTP requests and a mail".
pub(super) fn slow_words(waits: &[ViewWait]) -> String {
    let mut by_effect: BTreeMap<Effect, (usize, bool)> = BTreeMap::new();
    for wait in waits.iter().filter(|wait| is_slow(wait)) {
        let entry = by_effect.entry(wait.effect).or_default();
        entry.0 += 1;
        entry.1 |= wait.in_loop;
    }
    let parts: Vec<String> = by_effect
        .into_iter()
        .map(|(effect, (number, in_loop))| {
            let words = match effect {
                Effect::Http => times(number, "HTTP request", "HTTP requests"),
                Effect::Mail => times(number, "mail", "mails"),
                Effect::Process => times(number, "other program", "other programs"),
                Effect::Sleep => times(number, "pause", "pauses"),
                Effect::Queue => times(number, "job queue", "job queues"),
                _ => times(number, "other service", "other services"),
            };
            if in_loop {
                format!("{words} in a loop")
            } else {
                words
            }
        })
        .collect();
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What views are judged by.
pub(super) struct Judge<'a> {
    pub(super) report: &'a Report,
    pub(super) answers: &'a Answers,
    pub(super) serving: Serving,
}

impl Judge<'_> {
    /// Assesses one view.
    pub(super) fn view(
        &self,
        timeline: &Timeline,
        overlapped: &Timeline,
        company: Company,
    ) -> ViewAssessment {
        let (report, answers) = (self.report, self.answers);
        let name = timeline
            .view
            .clone()
            .unwrap_or_else(|| "the pasted statements".to_owned());
        let id = format!("{}:{name}", timeline.path);
        let file = report.files.iter().find(|file| file.path == timeline.path);
        let function = file.and_then(|file| {
            file.functions
                .iter()
                .find(|function| Some(&function.name) == timeline.view.as_ref())
        });
        let (waits, [before, after, best]) = time::waits(timeline, overlapped, answers);
        let is_async = timeline.decision == Decision::AlreadyAsync;
        let blocks_loop = is_async && has_mistakes(timeline, &waits, &report.files);
        let (effort, work) = work(report, timeline, &waits);
        let is_chosen = answers.views.contains(&id);
        let (recommendation, reason) = beside(timeline, &waits, company)
            .unwrap_or_else(|| recommend(timeline, function, &waits, (before, best), blocks_loop));
        let changes = match recommendation {
            Recommendation::Fix | Recommendation::Migrate | Recommendation::Later => true,
            _ => is_chosen && timeline.decision == Decision::Convert,
        };
        let today = match (is_async, blocks_loop && self.serving.is_asgi) {
            (true, true) => self.serving.on_the_loop(before),
            _ => self.serving.today(is_async, &waits, before),
        };
        ViewAssessment {
            place: time::place(&timeline.place, &name),
            file: timeline.path.clone(),
            kind: timeline.kind,
            id,
            name,
            routes: Vec::new(),
            recommendation,
            order: None,
            is_chosen,
            reason,
            because: match recommendation {
                Recommendation::Blocked => function.map(|function| function.because),
                _ => None,
            },
            effort: match recommendation {
                Recommendation::StaySync | Recommendation::Done => Effort::None,
                _ => effort,
            },
            work: match (recommendation, timeline.decision) {
                (Recommendation::StaySync, decision) if decision != Decision::Convert => {
                    "nothing to do".to_owned()
                }
                _ => work,
            },
            before,
            after,
            overlapped: best,
            capacity_before: today,
            capacity_after: changes.then(|| self.serving.in_async(&waits)),
            waits,
            in_turn: timeline.in_turn.clone(),
            is_cut: timeline.is_cut,
        }
    }
}

/// What the other handlers of its class ask of a view.
fn beside(
    timeline: &Timeline,
    waits: &[ViewWait],
    company: Company,
) -> Option<(Recommendation, String)> {
    match company {
        Company::Free => None,
        Company::Mixed => Some((
            Recommendation::Fix,
            "Its class has handlers of both kinds: `ImproperlyConfigured` at `as_view()`. All of them are `def`, or all are `async def`, inherited ones included.".to_owned(),
        )),
        Company::Moving if timeline.decision != Decision::Convert => None,
        Company::Moving => Some((
            Recommendation::Migrate,
            format!(
                "It {}, but the other handlers of its class become async, and those of a class are of one kind: it comes with them.",
                if waits.iter().any(|wait| wait.effect == Effect::Query) {
                    "waits for the database alone"
                } else {
                    "would stay as it is"
                }
            ),
        )),
    }
}

fn recommend(
    timeline: &Timeline,
    function: Option<&FunctionReport>,
    waits: &[ViewWait],
    (before, best): (f64, f64),
    blocks_loop: bool,
) -> (Recommendation, String) {
    if timeline.decision == Decision::AlreadyAsync {
        return if blocks_loop {
            (
                Recommendation::Fix,
                "It is async and waits on the event loop: while it does, every other request of the process stands still, or Django raises `SynchronousOnlyOperation`.".to_owned(),
            )
        } else {
            (
                Recommendation::Done,
                "It is async and nothing in it blocks the event loop.".to_owned(),
            )
        };
    }
    let slow: Vec<&ViewWait> = waits.iter().filter(|wait| is_slow(wait)).collect();
    let queries = waits
        .iter()
        .filter(|wait| matches!(wait.effect, Effect::Query | Effect::Session))
        .count();
    if slow.is_empty() {
        let others = waits
            .iter()
            .any(|wait| !matches!(wait.effect, Effect::Query | Effect::Session));
        let reason = match (queries, others) {
            (0, false) => "It waits for nothing.".to_owned(),
            (0, true) => {
                "What it waits for is quick: async would cost more than it brings.".to_owned()
            }
            (queries, others) => format!(
                "It waits for the database{} ({}){}. Queries of one request run one after another in one thread, in async code too: leave it synchronous.",
                if others { "" } else { " alone" },
                times(queries, "query", "queries"),
                if others { " and what is quick" } else { "" },
            ),
        };
        return (Recommendation::StaySync, reason);
    }
    let words = slow_words(waits);
    let share = if before > 0.0 {
        slow_time(waits) / before * 100.0
    } else {
        0.0
    };
    let is_left = matches!(timeline.decision, Decision::Leave | Decision::Wrap);
    if is_left {
        let why = function
            .map(|function| function.reason.trim_end_matches('.'))
            .unwrap_or("it can't be moved as it is");
        let why = why.strip_prefix("It stays synchronous: ").unwrap_or(why);
        return (
            Recommendation::Blocked,
            format!("It would pay: it waits for {words} ({share:.0} % of its time). But: {why}."),
        );
    }
    let repeated = slow.len() > 1 || slow.iter().any(|wait| wait.in_loop);
    let in_threads = slow.iter().all(|wait| wait.form == WaitForm::Thread);
    if repeated && before - best >= SLOW {
        return (
            Recommendation::Migrate,
            format!(
                "It waits for {words}. What does not depend on each other can overlap: {before:.0} ms become {best:.0} ms, and no thread is held meanwhile."
            ),
        );
    }
    if in_threads {
        return (
            Recommendation::Later,
            format!(
                "It waits for {words}. That stays in threads: async frees the event loop, but no thread."
            ),
        );
    }
    // Pauses are meant: nothing is to overlap them.
    let calls: Vec<&&ViewWait> = slow
        .iter()
        .filter(|wait| wait.effect != Effect::Sleep)
        .collect();
    let may_overlap = calls.len() > 1 || calls.iter().any(|wait| wait.in_loop);
    let reason = if may_overlap {
        format!(
            "It waits for {words}, one after another ({share:.0} % of its time). Async holds no thread meanwhile. The request itself takes as long as before, unless they overlap: `--concurrent` sees none here that do not need each other, `asyncio.gather` can where you know better."
        )
    } else {
        format!(
            "It waits for {words} ({share:.0} % of its time). Async holds no thread meanwhile; the request itself takes as long as before."
        )
    };
    (Recommendation::Migrate, reason)
}

/// How hard a view is: what is to review, what stays in threads, what is left to do.
fn work(report: &Report, timeline: &Timeline, waits: &[ViewWait]) -> (Effort, String) {
    let mut safe = 0_usize;
    let mut review = 0_usize;
    let mut open: Vec<&Finding> = Vec::new();
    for (file, name) in functions_on_the_way(timeline, waits, &report.files) {
        for finding in &file.findings {
            if finding.function.as_deref() != Some(name) || finding.state == FindingState::Rejected
            {
                continue;
            }
            match finding.applicability {
                Applicability::Safe => safe += 1,
                Applicability::Review => review += 1,
                Applicability::Manual if finding.rule != "plan/view" => open.push(finding),
                Applicability::Manual => {}
            }
        }
    }
    let threads = waits
        .iter()
        .filter(|wait| wait.form == WaitForm::Thread)
        .count();
    let is_left = timeline.decision == Decision::Leave;
    let mut parts = Vec::new();
    if !is_left && safe + review > 0 {
        parts.push(match review {
            0 => format!("{}, all safe", times(safe, "change", "changes")),
            _ => format!(
                "{}, {review} to review",
                times(safe + review, "change", "changes")
            ),
        });
    }
    if !is_left && threads > 0 {
        parts.push(format!(
            "{} in Django's thread",
            times(threads, "wait stays", "waits stay")
        ));
    }
    if !open.is_empty() {
        parts.push(format!(
            "{} left to do by hand",
            times(open.len(), "thing is", "things are")
        ));
    }
    let effort = if !open.is_empty() || is_left {
        Effort::Much
    } else if review > 0 || threads > 0 {
        Effort::Some
    } else {
        Effort::Small
    };
    let mut words = parts.join("; ");
    if words.is_empty() {
        words = match timeline.kind {
            FunctionKind::Handler if is_left => {
                "its handlers change together or not at all".to_owned()
            }
            _ => "nothing changes".to_owned(),
        };
    }
    (effort, words)
}

/// True when the engine found something in an async view, or in an async function on its way, that blocks or fails there.
fn has_mistakes(timeline: &Timeline, waits: &[ViewWait], files: &[FileReport]) -> bool {
    let is_mistake = |file: &FileReport, name: &str| {
        file.findings.iter().any(|finding| {
            finding.function.as_deref() == Some(name)
                && finding.severity != Severity::Info
                && finding.state != FindingState::Rejected
        })
    };
    let own = files
        .iter()
        .find(|file| file.path == timeline.path)
        .zip(timeline.view.as_deref());
    own.is_some_and(|(file, name)| is_mistake(file, name))
        || functions_on_the_way(timeline, waits, files)
            .into_iter()
            .any(|(file, name)| is_mistake(file, name))
}

/// The functions through which a view's waits are reached, the view included.
fn functions_on_the_way<'r>(
    timeline: &'r Timeline,
    waits: &[ViewWait],
    files: &'r [FileReport],
) -> Vec<(&'r FileReport, &'r str)> {
    let mut found: Vec<(&FileReport, &str)> = Vec::new();
    let mut add = |path: &str, name: &str| {
        // A link names a function as it is called: `services.load`, or by its own name.
        let last = name.rsplit('.').next().unwrap_or(name);
        let file = files.iter().find(|file| file.path == path);
        let function = file.and_then(|file| {
            let exact = file.functions.iter().find(|one| one.name == name);
            let same = |one: &&FunctionReport| one.name.rsplit('.').next() == Some(last);
            exact.or_else(|| file.functions.iter().find(same))
        });
        if let (Some(file), Some(function)) = (file, function)
            && !found
                .iter()
                .any(|(other, name)| other.path == file.path && *name == function.name)
        {
            found.push((file, &function.name));
        }
    };
    if let Some(view) = &timeline.view {
        add(&timeline.path, view);
    }
    for wait in waits {
        // Each call's callee stands where the next link is.
        let nexts = wait.chain.iter().skip(1).chain([&wait.place]);
        for (link, next) in wait.chain.iter().zip(nexts) {
            add(&next.file, &link.label);
        }
    }
    found
}

/// All views in one sentence.
pub(super) fn summary(views: &[ViewAssessment]) -> String {
    if views.is_empty() {
        return "No view here waits for anything that is known: nothing to migrate.".to_owned();
    }
    let number = |which: Recommendation| {
        views
            .iter()
            .filter(|view| view.recommendation == which)
            .count()
    };
    let mut parts = Vec::new();
    let mut add = |which: Recommendation, one: &str, many: &str| match number(which) {
        0 => {}
        1 => parts.push(format!("1 {one}")),
        more => parts.push(format!("{more} {many}")),
    };
    add(
        Recommendation::Fix,
        "fails or blocks the event loop now",
        "fail or block the event loop now",
    );
    add(
        Recommendation::Migrate,
        "is worth migrating",
        "are worth migrating",
    );
    add(
        Recommendation::Later,
        "can wait until it is touched",
        "can wait until they are touched",
    );
    add(
        Recommendation::Blocked,
        "would pay but is blocked",
        "would pay but are blocked",
    );
    add(
        Recommendation::StaySync,
        "should stay synchronous",
        "should stay synchronous",
    );
    add(
        Recommendation::Done,
        "is async already",
        "are async already",
    );
    let views = match views.len() {
        1 => "1 view that waits".to_owned(),
        more => format!("{more} views that wait"),
    };
    format!("{views}: {}.", parts.join(", "))
}
