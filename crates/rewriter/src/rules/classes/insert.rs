//! New methods of a class.

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::{Piece, template};
use unblocked_analyzer::ClassRef;

/// Writes methods into a class: before its own, or at the end of a body that has none.
pub(crate) fn methods(draft: &mut Draft<'_>, class: ClassRef, methods: &[String]) -> Outcome {
    let facts = draft.facts;
    let ast = draft.ast();
    let definition = facts
        .classes
        .get(class.index)
        .ok_or_else(|| Cannot::new("its class is not at hand"))?;
    let has_own_line = |statement: &NodeId| ast.span(*statement).has_own_lines(facts.text());
    let cannot = || {
        Cannot::of(
            Because::ClassForm,
            format!(
                "`{}` needs more methods, and its body has no line of its own for them",
                definition.name
            ),
        )
    };
    let first_method = ast
        .children(definition.body)
        .find(|&statement| is_method(ast, statement));
    if let Some(method) = first_method {
        if !has_own_line(&method) {
            return Err(cannot());
        }
        for text in methods {
            draft.rewrites.line_before(method, template![text.clone()]);
            draft.rewrites.line_before(method, template![]);
        }
        return Ok(());
    }
    let last = ast
        .children(definition.body)
        .last()
        .filter(has_own_line)
        .ok_or_else(cannot)?;
    let end = ast.span(last).end as usize;
    let rest = facts.text().get(end..).unwrap_or_default();
    if !rest
        .trim_start_matches([' ', '\t'])
        .starts_with(['\n', '\r'])
        && !rest.trim_start_matches([' ', '\t']).is_empty()
    {
        // A comment stands behind it.
        for text in methods {
            draft.rewrites.line_before(last, template![text.clone()]);
            draft.rewrites.line_before(last, template![]);
        }
        return Ok(());
    }
    let own = draft
        .rewrites
        .nodes
        .entry(last)
        .or_default()
        .replace
        .get_or_insert_with(|| template![last]);
    for text in methods {
        own.push(Piece::Text(format!("\n\n{text}")));
    }
    Ok(())
}

fn is_method(ast: &Ast, statement: NodeId) -> bool {
    let inner = match ast.kind(statement) {
        Kind::Decorated => ast.child(statement, Field::Definition),
        _ => Some(statement),
    };
    inner.is_some_and(|inner| ast.kind(inner) == Kind::FunctionDef)
}
