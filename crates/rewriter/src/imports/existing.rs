//! Import statements that are there: names that go, names that come.

use std::collections::HashSet;

use unblocked_analyzer::{FileFacts, Import};
use unblocked_syntax::{Kind, NodeId, SmallSort, Span, TextEdit};

use super::placement::head;

/// The edits of existing import statements: names that go, names that come.
pub(super) fn statement_edits(
    facts: &FileFacts,
    unused: &[&Import],
    added: &mut Vec<(String, String)>,
) -> Vec<TextEdit> {
    let ast = facts.ast();
    let gone: HashSet<NodeId> = unused.iter().map(|import| import.node).collect();
    let mut statements: Vec<NodeId> = unused.iter().map(|import| import.statement).collect();
    let mut additions: Vec<(NodeId, String)> = Vec::new();
    added.retain(|(module, name)| {
        let existing = head(facts).into_iter().find(|line| {
            line.is_from
                && line.module == *module
                && ast.kind(line.statement) == Kind::ImportFrom
                && ast
                    .child_of_kind(line.statement, Kind::WildcardImport)
                    .is_none()
        });
        match existing {
            Some(line) => {
                statements.push(line.statement);
                additions.push((line.statement, name.clone()));
                false
            }
            None => true,
        }
    });
    statements.small_sort();
    statements.dedup();
    let mut edits = Vec::new();
    for statement in statements {
        let fresh: Vec<&str> = additions
            .iter()
            .filter(|(at, _)| *at == statement)
            .map(|(_, name)| name.as_str())
            .collect();
        edits.extend(edit_statement(facts, statement, &gone, fresh));
    }
    edits
}

fn edit_statement(
    facts: &FileFacts,
    statement: NodeId,
    gone: &HashSet<NodeId>,
    fresh: Vec<&str>,
) -> Vec<TextEdit> {
    let ast = facts.ast();
    let text = facts.text();
    let names: Vec<NodeId> = ast
        .children(statement)
        .skip(usize::from(ast.kind(statement) == Kind::ImportFrom))
        .filter(|&child| matches!(ast.kind(child), Kind::DottedName | Kind::AliasedImport))
        .collect();
    let (Some(&first), Some(&last)) = (names.first(), names.last()) else {
        return Vec::new();
    };
    let gone = |node: NodeId| gone.contains(&node);
    if fresh.is_empty() && names.iter().all(|&name| gone(name)) {
        return remove_statement(facts, statement).into_iter().collect();
    }
    let region = Span::new(ast.span(first).start, ast.span(last).end);
    // What stands between two names is kept: line breaks and indentation, or a comma and a space.
    let gap = names
        .first()
        .zip(names.get(1))
        .map(|(&a, &b)| Span::new(ast.span(a).end, ast.span(b).start).of(text))
        .filter(|gap| !gap.contains('#'))
        .unwrap_or(", ");
    let uniform = names.windows(2).all(|pair| match pair {
        [a, b] => Span::new(ast.span(*a).end, ast.span(*b).start).of(text) == gap,
        _ => true,
    });
    if uniform {
        let mut list: Vec<&str> = names
            .iter()
            .filter(|&&name| !gone(name))
            .map(|&name| facts.source(name))
            .collect();
        for name in fresh {
            let at = list
                .iter()
                .position(|other| order_key(other) > order_key(name))
                .unwrap_or(list.len());
            list.insert(at, name);
        }
        return vec![TextEdit::replace(region, list.join(gap))];
    }
    edit_names(facts, &names, &gone, fresh)
}

/// Edits one name at a time, where comments or uneven lines stand between the names.
fn edit_names(
    facts: &FileFacts,
    names: &[NodeId],
    gone: &dyn Fn(NodeId) -> bool,
    fresh: Vec<&str>,
) -> Vec<TextEdit> {
    let ast = facts.ast();
    let mut edits: Vec<TextEdit> = Vec::new();
    let mut fresh: Vec<&str> = fresh;
    for (position, &name) in names.iter().enumerate() {
        let span = ast.span(name);
        let mut text = String::new();
        fresh.retain(|new| {
            let here = order_key(new) < order_key(facts.source(name));
            if here {
                text.push_str(new);
                text.push_str(", ");
            }
            !here
        });
        let is_last = position + 1 == names.len();
        if is_last {
            let rest: String = fresh.iter().map(|new| format!(", {new}")).collect();
            if gone(name) {
                // The comma before it stays: a trailing comma is fine in parentheses, and new names may follow.
                let kept = format!("{text}{}", rest.trim_start_matches(", "));
                edits.push(TextEdit::replace(
                    span,
                    kept.trim_end_matches(", ").to_owned(),
                ));
            } else {
                edits.push(TextEdit::replace(Span::empty(span.start), text));
                edits.push(TextEdit::replace(Span::empty(span.end), rest));
            }
        } else if gone(name) {
            let next = names
                .get(position + 1)
                .map_or(span.end, |&next| ast.span(next).start);
            let between = Span::new(span.end, next);
            let end = if between.of(facts.text()).contains('#') {
                span.end
            } else {
                next
            };
            if end == span.end {
                // A comment follows and stays: new names take the name's place, or it goes with its comma.
                let comma = between.of(facts.text()).find(',').map_or(0, |at| at + 1);
                let end = if text.is_empty() {
                    span.end + u32::try_from(comma).unwrap_or(0)
                } else {
                    span.end
                };
                edits.push(TextEdit::replace(
                    Span::new(span.start, end),
                    text.trim_end_matches(", ").to_owned(),
                ));
            } else {
                edits.push(TextEdit::replace(Span::new(span.start, end), text));
            }
        } else {
            edits.push(TextEdit::replace(Span::empty(span.start), text));
        }
    }
    edits.retain(|edit| !(edit.text.is_empty() && edit.range.is_empty()));
    edits
}

/// The statement with its line. In a block of which it is all, it stays.
fn remove_statement(facts: &FileFacts, statement: NodeId) -> Option<TextEdit> {
    let ast = facts.ast();
    let text = facts.text();
    let parent = ast.parent(statement)?;
    ast.children(parent).nth(1)?;
    let span = ast.span(statement);
    let start = text
        .get(..span.start as usize)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text
        .get(span.end as usize..)?
        .find('\n')
        .map_or(text.len(), |newline| span.end as usize + newline + 1);
    let alone = text
        .get(start..span.start as usize)?
        .trim_start_matches('\u{feff}')
        .trim()
        .is_empty()
        && text.get(span.end as usize..end)?.trim().is_empty();
    if !alone {
        return None;
    }
    let bom = if text.get(start..)?.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let line = Span::new(u32::try_from(start + bom).ok()?, u32::try_from(end).ok()?);
    Some(TextEdit::replace(line, ""))
}

/// isort's default order of names: constants, classes, then the rest, each without regard to case.
fn order_key(name: &str) -> (u8, String) {
    let name = name.split_whitespace().next().unwrap_or(name);
    let has_lower = name.chars().any(char::is_lowercase);
    let class = name.chars().next().is_some_and(char::is_uppercase);
    let rank = match (class, has_lower) {
        (true, false) if name.len() > 1 => 0,
        (true, _) => 1,
        _ => 2,
    };
    (rank, name.to_lowercase())
}
