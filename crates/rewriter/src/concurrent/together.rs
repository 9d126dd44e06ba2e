//! How lanes are awaited together, and how that is written.

use unblocked_django::PythonVersion;

use super::Used;
use crate::draft::Draft;
use crate::rewrites::{Piece, Template, template};

pub(super) const GATHER: &str =
    "https://docs.python.org/3/library/asyncio-task.html#asyncio.gather";
const TASK_GROUP: &str = "https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup";

/// Longest line that is written where it can be broken.
const LINE: usize = 100;

/// How the lanes are awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// `asyncio.TaskGroup`: a failure cancels the others.
    TaskGroup,
    /// `asyncio.gather`: a failure leaves the others to themselves.
    Gather,
    /// The same, waiting for all before anything is raised.
    GatherAll,
}

impl Together {
    /// What is written, on the oldest Python. What Django's thread does must not go on after the response.
    pub(super) fn on(draft: &Draft<'_>, asks_django: bool) -> Self {
        if draft.options.python() >= PythonVersion::new(3, 11) {
            Self::TaskGroup
        } else if asks_django {
            Self::GatherAll
        } else {
            Self::Gather
        }
    }

    pub(super) fn docs(self) -> &'static str {
        match self {
            Self::TaskGroup => TASK_GROUP,
            Self::Gather | Self::GatherAll => GATHER,
        }
    }

    /// What is said of failures.
    pub(super) fn failures(self) -> &'static str {
        match self {
            Self::TaskGroup => {
                "the first failure cancels the others and is raised as it is, so handlers go on working; when several fail, the first in time counts"
            }
            Self::Gather => {
                "the first failure is raised as it is, so handlers go on working, while the other calls end by themselves; when several fail, the first in time counts"
            }
            Self::GatherAll => {
                "all are waited for, then the first failure in the order of the code is raised"
            }
        }
    }
}

/// How it is written that calls are awaited together.
pub(super) struct Taken<'w> {
    pub(super) asyncio: &'w str,
    pub(super) unit: &'w str,
    pub(super) together: Together,
}

impl Taken<'_> {
    /// The statements; `calls` with their lengths, `targets` with the variables of each lane.
    pub(super) fn write(
        &self,
        draft: &Draft<'_>,
        used: &mut Used,
        calls: Vec<(Template, usize)>,
        targets: &[Vec<&str>],
    ) -> Template {
        let Self { asyncio, unit, .. } = self;
        let parts: Vec<String> = targets
            .iter()
            .map(|names| match &names[..] {
                [] => "_".to_owned(),
                [name] => (*name).to_owned(),
                names => format!("({})", names.join(", ")),
            })
            .collect();
        let takes = match targets.iter().all(Vec::is_empty) {
            true => String::new(),
            false => format!("{} = ", parts.join(", ")),
        };
        match self.together {
            Together::Gather => {
                let opening = format!("{takes}await {asyncio}.gather(");
                listed(&opening, calls, ")", "", unit)
            }
            Together::GatherAll => {
                let results = used.free(draft, "results");
                let result = used.free(draft, "result");
                let opening = format!("{results} = await {asyncio}.gather(");
                let mut template = listed(&opening, calls, "", "", unit);
                // `return_exceptions` is one more argument.
                let is_broken = template
                    .iter()
                    .any(|piece| matches!(piece, Piece::Text(text) if text.contains('\n')));
                template.push(Piece::Text(if is_broken {
                    format!("{unit}return_exceptions=True,\n)")
                } else {
                    ", return_exceptions=True)".to_owned()
                }));
                template.push(Piece::Text(format!(
                    "\nfor {result} in {results}:\n{unit}if isinstance({result}, BaseException):\n{unit}{unit}raise {result}"
                )));
                if !takes.is_empty() {
                    template.push(Piece::Text(format!("\n{takes}{results}")));
                }
                template
            }
            Together::TaskGroup => {
                let group = used.free(draft, "group");
                let tasks = used.free(draft, "tasks");
                let failed = used.free(draft, "failed");
                let error = used.free(draft, "error");
                let mut template = template![format!(
                    "{error} = None\ntry:\n{unit}async with {asyncio}.TaskGroup() as {group}:\n{unit}{unit}"
                )];
                let made: Vec<(Template, usize)> = calls
                    .into_iter()
                    .map(|(call, length)| {
                        let opening = format!("{group}.create_task(");
                        let length = length + opening.len() + 1;
                        let mut made = template![opening];
                        made.extend(call);
                        made.push(Piece::from(")"));
                        (made, length)
                    })
                    .collect();
                let deep = format!("{unit}{unit}");
                if takes.is_empty() {
                    for (at, (made, _)) in made.into_iter().enumerate() {
                        if at > 0 {
                            template.push(Piece::Text(format!("\n{deep}")));
                        }
                        template.extend(made);
                    }
                } else {
                    template.extend(listed(&format!("{tasks} = ["), made, "]", &deep, unit));
                }
                // Raised in the handler, its context would be the group.
                template.push(Piece::Text(format!(
                    "\nexcept ExceptionGroup as {failed}:\n{unit}{error} = {failed}.exceptions[0]\nif {error} is not None:\n{unit}raise {error}"
                )));
                if !takes.is_empty() {
                    let task = used.free(draft, "task");
                    template.push(Piece::Text(format!(
                        "\n{takes}[{task}.result() for {task} in {tasks}]"
                    )));
                }
                template
            }
        }
    }
}

/// `opening a, b close` on one line, or a line for each when that would be long.
fn listed(
    opening: &str,
    parts: Vec<(Template, usize)>,
    close: &str,
    indent: &str,
    unit: &str,
) -> Template {
    let length: usize = opening.len() + parts.iter().map(|(_, length)| length + 2).sum::<usize>();
    let is_broken = length > LINE;
    let mut template = template![opening];
    for (at, (part, _)) in parts.into_iter().enumerate() {
        if is_broken {
            template.push(Piece::Text(format!("\n{indent}{unit}")));
        } else if at > 0 {
            template.push(Piece::from(", "));
        }
        template.extend(part);
        if is_broken {
            template.push(Piece::from(","));
        }
    }
    if is_broken {
        template.push(Piece::Text(format!("\n{indent}{close}")));
    } else {
        template.push(Piece::from(close));
    }
    template
}
