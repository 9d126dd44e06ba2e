//! Tasks of `django.tasks`: functions that are put into a queue.

use unblocked_django::Owner;
use unblocked_syntax::NodeId;

use super::{Inference, Key};
use crate::types::{FunctionRef, Type};

/// A task that is no function of the project at hand: `mail.using(priority=5)`.
pub(super) const TASK: &str = "django.tasks.Task";
/// What putting one into its queue gives.
pub(super) const RESULT: &str = "django.tasks.TaskResult";

impl Inference<'_, '_> {
    /// True for a function that is a task.
    pub(super) fn is_task(&self, function: FunctionRef) -> bool {
        self.exchange.known(Key::Task(function)).is_some()
    }

    /// A method of a task.
    pub(super) fn call_task(&mut self, node: NodeId, task: NodeId, attribute: NodeId) -> Type {
        let result = match self.text(attribute) {
            "using" => return Type::External(TASK.into()),
            "enqueue" | "get_result" => Type::External(RESULT.into()),
            _ => Type::Unknown,
        };
        self.owned_call(node, task, attribute, Owner::Task, result)
    }
}
