//! Imports whose every use is gone.

use unblocked_analyzer::{FileFacts, Import};
use unblocked_syntax::{Kind, NodeId, Span};

/// The imports whose every use is gone from the output. One that was unused before, that `__all__` or a string names,
/// or that stands in a package's `__init__`, is not ours to remove.
pub(super) fn made_unused<'f>(facts: &'f FileFacts, kept: &[Span]) -> Vec<&'f Import> {
    let ast = facts.ast();
    let reach: Vec<u32> = kept
        .iter()
        .scan(0, |end, range| {
            *end = (*end).max(range.end);
            Some(*end)
        })
        .collect();
    let is_kept = |span: Span| {
        // Sorted by start; text that moved may overlap, so the furthest end so far counts.
        let upto = kept.partition_point(|range| range.start <= span.start);
        upto.checked_sub(1)
            .and_then(|last| reach.get(last))
            .is_some_and(|&end| span.end <= end)
    };
    if facts.path.ends_with("__init__.py") {
        return Vec::new();
    }
    facts
        .imports
        .iter()
        .filter(|import| {
            let scope = import
                .function
                .and_then(|index| facts.functions.get(index))
                .map_or(NodeId::ROOT, |function| function.body);
            let mut was_used = false;
            for id in ast.subtree(scope) {
                match ast.kind(id) {
                    Kind::Identifier
                        if facts.source(id) == import.name
                            && ast.field(id) != Some(unblocked_syntax::Field::Attribute)
                            && !in_import(facts, id)
                            && !is_keyword_name(facts, id) =>
                    {
                        if is_kept(ast.span(id)) {
                            return false;
                        }
                        was_used = true;
                    }
                    Kind::StringContent if mentions(facts.source(id), &import.name) => {
                        return false;
                    }
                    _ => {}
                }
            }
            was_used
        })
        .collect()
}

fn in_import(facts: &FileFacts, id: NodeId) -> bool {
    let ast = facts.ast();
    ast.ancestors(id).take(4).any(|up| {
        matches!(
            ast.kind(up),
            Kind::Import | Kind::ImportFrom | Kind::FutureImport
        )
    })
}

/// The `name` of `name=value`.
fn is_keyword_name(facts: &FileFacts, id: NodeId) -> bool {
    let ast = facts.ast();
    ast.field(id) == Some(unblocked_syntax::Field::Name)
        && ast
            .parent(id)
            .is_some_and(|parent| ast.kind(parent) == Kind::KeywordArgument)
}

/// `__all__ = ["name"]`, `patch("shop.views.name.get")`
fn mentions(text: &str, name: &str) -> bool {
    text == name
        || (!text.contains(char::is_whitespace)
            && text.split('.').any(|part| part == name)
            && text.contains('.'))
}
