//! Decorated functions: what the project's own decorators hand on to them (`view(request, project)`), and Django's tasks.

use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use super::knowledge::Key;
use crate::types::{FunctionRef, Type};

impl Inference<'_, '_> {
    /// A function is defined: its decorators may call it, with more than Django passes.
    pub(super) fn decorate(&mut self, function: FunctionRef) {
        let Some(definition) = self.facts.functions.get(function.index) else {
            return;
        };
        for &decorator in &definition.decorators {
            let head = match self.ast.kind(decorator) {
                Kind::Call => self.ast.child(decorator, Field::Function),
                _ => Some(decorator),
            };
            match head.map(|head| self.type_at(head)) {
                Some(Type::Function(maker)) => {
                    let decorated = Type::callable(vec![function], false);
                    self.exchange.learn(Key::Decorated(maker), &decorated);
                }
                Some(Type::Path(path)) if canonical(&path) == "django.tasks.task" => {
                    self.exchange.learn(Key::Task(function), &Type::Plain);
                }
                _ => {}
            }
        }
    }

    /// A call of a variable: in a decorator's inner function, the decorated functions get its arguments.
    pub(super) fn call_decorated(&mut self, variable: NodeId, arguments: &[NodeId]) {
        let Some(inner) = self
            .function
            .and_then(|index| self.facts.functions.get(index))
        else {
            return;
        };
        let name = self.text(variable);
        let mut is_parameter = false;
        let mut outermost = None;
        let mut next = inner.parent;
        while let Some(index) = next
            && let Some(outer) = self.facts.functions.get(index)
        {
            is_parameter |= outer.params.iter().any(|param| param.name == name);
            outermost = Some(index);
            next = outer.parent;
        }
        let (true, Some(index)) = (is_parameter, outermost) else {
            return;
        };
        let maker = FunctionRef {
            file: self.file,
            index,
        };
        if let Some(Type::Callable { functions, .. }) = self.exchange.known(Key::Decorated(maker)) {
            for &function in functions.iter() {
                self.pass(function, 0, arguments);
            }
        }
    }
}
