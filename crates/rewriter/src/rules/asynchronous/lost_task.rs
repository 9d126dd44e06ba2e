//! # async/lost-task
//!
//! A task that nothing holds: `asyncio.create_task(…)`, `asyncio.ensure_future(…)` as a statement.
//!
//! The event loop keeps only a weak reference to a task: one that nothing else holds can be collected before it is done, and its
//! exception is seen by nobody. Under WSGI, and in tests, the loop of the request ends with it, and the task is cancelled. Queries
//! in a task that outlives the response leave a database connection open. Holds for every Django version.
//!
//! Manual: await it, keep it in a set until it is done (`tasks.add(task)`, `task.add_done_callback(tasks.discard)`), or hand
//! the work to a queue.
//!
//! ```python before
//! import asyncio
//!
//!
//! async def note():
//!     await asyncio.sleep(0)
//!
//!
//! async def show(request):
//!     asyncio.create_task(note())
//!     await asyncio.sleep(0.01)
//!     return HttpResponse("done")
//! ```
//! ```python after
//! import asyncio
//!
//!
//! async def note():
//!     await asyncio.sleep(0)
//!
//!
//! async def show(request):
//!     asyncio.create_task(note())
//!     await asyncio.sleep(0.01)
//!     return HttpResponse("done")
//! ```

use unblocked_analyzer::{HalfAsync, Site};

use super::half_async;
use crate::draft::{Draft, Note, Outcome};
use crate::report::{Applicability, Severity};

const NAME: &str = "async/lost-task";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let HalfAsync::LostTask = half_async(site)? else {
        return None;
    };
    draft.note(Note {
        rule: NAME,
        node: site.node,
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        message: format!(
            "nothing holds the task of `{}`: it can be collected before it is done, and ends with the request's loop under WSGI",
            draft.excerpt(site.node)
        ),
        help: Some(
            "await it, or keep it until it is done (`tasks.add(task)`, `task.add_done_callback(tasks.discard)`), or hand the work to a queue"
                .to_owned(),
        ),
        docs_url: Some(
            "https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task".to_owned(),
        ),
    });
    Some(Ok(()))
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::report_with;

    fn found(body: &str) -> usize {
        let text = format!(
            "import asyncio\n\nasync def view(request):\n{body}    return HttpResponse()\n"
        );
        let report = report_with(&text, &Options::for_paste());
        assert_eq!(report.after, text);
        let lost = |rule: &str| rule == super::NAME;
        report.findings.iter().filter(|f| lost(&f.rule)).count()
    }

    #[test]
    fn statements_are_told_of() {
        assert_eq!(found("    asyncio.create_task(note())\n"), 1);
        assert_eq!(found("    asyncio.ensure_future(note())\n"), 1);
        assert_eq!(
            found("    asyncio.get_running_loop().create_task(note())\n"),
            1
        );
    }

    #[test]
    fn tasks_that_are_held_are_right() {
        assert_eq!(
            found("    task = asyncio.create_task(note())\n    tasks.add(task)\n"),
            0
        );
        assert_eq!(found("    await asyncio.create_task(note())\n"), 0);
        assert_eq!(
            found(
                "    async with asyncio.TaskGroup() as group:\n        group.create_task(note())\n"
            ),
            0
        );
        assert_eq!(found("    board.create_task(note())\n"), 0);
    }
}
