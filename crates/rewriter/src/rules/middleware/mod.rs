//! Middleware: how it runs before async views.

pub(crate) mod dual_mode;
pub(crate) mod hooks;
pub(crate) mod thread_hop;

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::plan::Middleware;

/// Where Django tells of it.
const TOPIC: &str = "topics/http/middleware/#asynchronous-support";

/// Writes what middleware needs beside the async form of its functions.
pub(crate) fn write(draft: &mut Draft<'_>, middleware: Middleware) -> Outcome {
    match middleware {
        Middleware::Function(maker) => dual_mode::write_function(draft, maker),
        Middleware::Class(class, keeps) => dual_mode::write_class(draft, class, keeps),
        Middleware::Hook(class) => hooks::write(draft, class),
        Middleware::Instance(class, keeps) => dual_mode::write_instance(draft, class, keeps),
        Middleware::Awaited => Ok(()),
    }
}

/// The first statement of a block that is no docstring.
fn first_statement(facts: &FileFacts, block: NodeId) -> Option<NodeId> {
    let ast = facts.ast();
    let is_docstring = |statement: NodeId| {
        ast.kind(statement) == Kind::ExpressionStatement
            && ast
                .first_child(statement)
                .is_some_and(|value| ast.kind(value) == Kind::String)
    };
    let mut statements = ast
        .children(block)
        .filter(|&statement| ast.kind(statement) != Kind::Comment);
    let first = statements.next()?;
    if is_docstring(first) {
        statements.next()
    } else {
        Some(first)
    }
}

fn own_line(draft: &Draft<'_>, statement: NodeId) -> Outcome {
    if draft
        .ast()
        .span(statement)
        .has_own_lines(draft.facts.text())
    {
        return Ok(());
    }
    Err(Cannot::new(format!(
        "`{}` shares its line with other code",
        draft.excerpt(statement)
    )))
}
