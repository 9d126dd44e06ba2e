//! Imports whose every use is gone.

use std::collections::HashMap;

use unblocked_analyzer::{FileFacts, Import};
use unblocked_syntax::{Field, Kind, NodeId, SmallSort, Span};

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
    let mut named: HashMap<&str, Vec<Use<'f>>> = HashMap::new();
    for import in &facts.imports {
        let function = import.function.and_then(|index| facts.functions.get(index));
        let scope = function.map_or(NodeId::ROOT, |function| function.body);
        let uses = named.entry(&import.name).or_default();
        match uses.iter_mut().find(|one| one.scope == scope) {
            Some(one) => one.imports.push(import),
            None => uses.push(Use {
                imports: vec![import],
                scope,
                was_used: false,
                stays: false,
            }),
        }
    }
    for id in ast.ids() {
        let source = facts.source(id);
        match ast.kind(id) {
            Kind::Identifier => {
                let Some(uses) = named.get_mut(source) else {
                    continue;
                };
                if ast.field(id) == Some(Field::Attribute)
                    || in_import(facts, id)
                    || is_keyword_name(facts, id)
                {
                    continue;
                }
                for one in uses.iter_mut().filter(|one| ast.contains(one.scope, id)) {
                    one.was_used = true;
                    one.stays |= is_kept(ast.span(id));
                }
            }
            // `__all__ = ["name"]`, `patch("shop.views.name.get")`
            Kind::StringContent if !source.contains(char::is_whitespace) => {
                for part in source.split('.') {
                    for one in named.get_mut(part).into_iter().flatten() {
                        one.stays |= ast.contains(one.scope, id) && is_kept(ast.span(id));
                    }
                }
            }
            _ => {}
        }
    }
    let mut unused: Vec<&Import> = named
        .into_values()
        .flatten()
        .filter(|one| one.was_used && !one.stays)
        .flat_map(|one| one.imports)
        .collect();
    unused.small_sort_by_key(|import| import.node);
    unused
}

/// How the imports of a name are used.
struct Use<'f> {
    imports: Vec<&'f Import>,
    /// Where the name means them.
    scope: NodeId,
    was_used: bool,
    /// A use is left, or a string names it.
    stays: bool,
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
    ast.field(id) == Some(Field::Name)
        && ast
            .parent(id)
            .is_some_and(|parent| ast.kind(parent) == Kind::KeywordArgument)
}
