//! Async forms of functions beside them.

use unblocked_syntax::NodeId;

use super::{Renderer, Task};
use crate::rewrites::Branch;

impl<'r> Renderer<'r> {
    /// A twin after its function.
    pub(super) fn start_twin(
        &mut self,
        index: usize,
        statement: NodeId,
        tasks: &mut Vec<Task<'r>>,
    ) {
        let indent = self.indentation(statement);
        let blank = if indent.is_empty() { 3 } else { 2 };
        for _ in 0..blank {
            self.fresh(self.newline);
        }
        let text = indent.clone();
        self.fresh(&text);
        tasks.extend([
            Task::TwinEnd,
            Task::Use(0),
            Task::Moved(false),
            // Statements come in the enclosure that makes them a function.
            if self
                .sets
                .get(index + 1)
                .is_some_and(|set| set.encloses(statement))
            {
                Task::Node(statement)
            } else {
                Task::Bare(statement)
            },
        ]);
        tasks.extend([Task::Moved(true), Task::Use(index + 1)]);
    }

    /// A twin within a branch before its function.
    pub(super) fn start_branch(
        &mut self,
        index: usize,
        statement: NodeId,
        branch: &'r Branch,
        tasks: &mut Vec<Task<'r>>,
    ) {
        self.base = self.indentation(statement);
        self.text(&branch.header);
        self.depth += 1;
        self.text("\n");
        tasks.extend([
            Task::Text("\n\n"),
            Task::Dedent,
            Task::Text(&branch.footer),
            Task::Text("\n"),
            Task::Based(statement),
            Task::Use(0),
            Task::Moved(false),
            Task::Bare(statement),
        ]);
        tasks.extend([Task::Moved(true), Task::Use(index + 1)]);
    }
}
