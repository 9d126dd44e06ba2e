//! Imports: what a rewrite needs is added where isort would put it, what it made unused is removed.

use std::collections::BTreeSet;

use unblocked_analyzer::{FileFacts, Import};
use unblocked_syntax::{Kind, NodeId, Span};

use crate::report::{Edit, Range};

/// The imports that the rewrites of a file need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    /// Module and name; no name for `import module`.
    needed: BTreeSet<(String, Option<String>)>,
}

impl Imports {
    /// Asks for a name and gives the one to write. `None`: the name means something else in this file.
    pub(crate) fn need(
        &mut self,
        facts: &FileFacts,
        module: &str,
        name: Option<&str>,
    ) -> Option<String> {
        let path = name.map_or_else(|| module.to_owned(), |name| format!("{module}.{name}"));
        if let Some(import) = module_level(facts).find(|import| import.path == path) {
            return Some(import.name.clone());
        }
        let local = name.unwrap_or(module);
        let taken = facts
            .functions
            .iter()
            .any(|f| f.name == local && f.class.is_none())
            || facts.classes.iter().any(|c| c.name == local)
            || facts.imports.iter().any(|import| import.name == local)
            || binds(facts, local);
        if taken {
            return None;
        }
        self.needed
            .insert((module.to_owned(), name.map(str::to_owned)));
        Some(local.to_owned())
    }

    /// Takes over what another set needs.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.needed.extend(other.needed);
    }

    /// The edits of the import statements. `kept`: the source ranges that the output still contains.
    pub(crate) fn edits(
        &self,
        facts: &FileFacts,
        kept: &[Span],
        exported: &dyn Fn(&str) -> bool,
    ) -> Vec<Edit> {
        let mut kept: Vec<Span> = kept.to_vec();
        kept.sort_unstable();
        let unused: Vec<&Import> = made_unused(facts, &kept)
            .into_iter()
            .filter(|import| !exported(&import.name))
            .collect();
        let mut edits = removals(facts, &unused);
        additions(self, facts, &mut edits);
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        edits
    }
}

fn module_level(facts: &FileFacts) -> impl Iterator<Item = &Import> {
    facts
        .imports
        .iter()
        .filter(|import| facts.ast().parent(import.statement) == Some(NodeId::ROOT))
}

/// True when the file assigns to the name anywhere, or has a parameter of that name.
fn binds(facts: &FileFacts, name: &str) -> bool {
    let ast = facts.ast();
    ast.ids().any(|id| {
        ast.kind(id) == Kind::Identifier
            && facts.source(id) == name
            && ast.parent(id).is_some_and(|parent| {
                matches!(
                    ast.kind(parent),
                    Kind::Parameters
                        | Kind::LambdaParameters
                        | Kind::DefaultParameter
                        | Kind::TypedParameter
                        | Kind::TypedDefaultParameter
                        | Kind::PatternList
                        | Kind::TuplePattern
                        | Kind::AsPatternTarget
                        | Kind::Global
                ) || (ast.field(id) == Some(unblocked_syntax::Field::Left)
                    && matches!(
                        ast.kind(parent),
                        Kind::Assignment
                            | Kind::For
                            | Kind::ForInClause
                            | Kind::AugmentedAssignment
                    ))
            })
    })
}

/// The imports whose every use is gone from the output. One that was unused before, that `__all__` or a string names,
/// or that stands in a package's `__init__`, is not ours to remove.
fn made_unused<'f>(facts: &'f FileFacts, kept: &[Span]) -> Vec<&'f Import> {
    let ast = facts.ast();
    let is_kept = |span: Span| {
        // Ranges may overlap (moved text): look at those that start before and reach beyond.
        kept.iter().any(|range| range.contains(span))
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

fn removals(facts: &FileFacts, unused: &[&Import]) -> Vec<Edit> {
    let ast = facts.ast();
    let mut statements: Vec<NodeId> = unused.iter().map(|import| import.statement).collect();
    statements.dedup();
    let mut edits = Vec::new();
    for statement in statements {
        let names: Vec<&Import> = facts
            .imports
            .iter()
            .filter(|import| import.statement == statement)
            .collect();
        let gone = |import: &Import| unused.iter().any(|unused| unused.node == import.node);
        if names.iter().all(|import| gone(import)) {
            edits.extend(remove_statement(facts, statement));
            continue;
        }
        // Each name goes with the comma after it; the last one with the comma before it.
        let mut run_start: Option<u32> = None;
        for (position, import) in names.iter().enumerate() {
            let span = ast.span(import.node);
            let next = names
                .get(position + 1)
                .map(|next| ast.span(next.node).start);
            match (gone(import), next) {
                (true, Some(next)) => edits.push(delete(Span::new(span.start, next))),
                (true, None) => {
                    let before = names
                        .iter()
                        .take(position)
                        .rev()
                        .find(|import| !gone(import))
                        .map_or(span.start, |kept| ast.span(kept.node).end);
                    // The names between were deleted with their commas already.
                    edits.retain(|edit| edit.range.start < before as usize);
                    edits.push(delete(Span::new(before, span.end)));
                }
                (false, _) => run_start = Some(span.end),
            }
        }
        let _ = run_start;
    }
    edits
}

fn delete(span: Span) -> Edit {
    Edit {
        range: Range {
            start: span.start as usize,
            end: span.end as usize,
        },
        text: String::new(),
    }
}

/// The statement with its line. In a block of which it is all, it stays.
fn remove_statement(facts: &FileFacts, statement: NodeId) -> Option<Edit> {
    let ast = facts.ast();
    let text = facts.text();
    let parent = ast.parent(statement)?;
    if ast.children(parent).nth(1).is_none() {
        return None;
    }
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
    Some(Edit {
        range: Range {
            start: start + bom,
            end,
        },
        text: String::new(),
    })
}

/// isort's sections, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Future,
    Standard,
    ThirdParty,
    Local,
}

fn section(facts: &FileFacts, module: &str) -> Section {
    let top = module.split('.').next().unwrap_or_default();
    match top {
        "" => Section::Local,
        "__future__" => Section::Future,
        "asyncio" | "json" | "os" | "sys" | "re" | "io" | "time" | "datetime" | "logging"
        | "decimal" | "collections" | "functools" | "itertools" | "typing" | "urllib" | "http"
        | "uuid" | "math" | "random" | "string" | "pathlib" | "subprocess" | "threading"
        | "hashlib" | "hmac" | "base64" | "csv" | "contextlib" | "dataclasses" | "enum"
        | "tempfile" | "shutil" | "socket" | "secrets" | "operator" | "copy" | "textwrap"
        | "traceback" | "types" | "warnings" | "inspect" | "importlib" | "concurrent"
        | "calendar" | "statistics" | "struct" | "zipfile" | "gzip" | "pickle" | "queue"
        | "signal" | "smtplib" | "ssl" | "email" | "html" | "xml" | "mimetypes" | "zoneinfo"
        | "abc" | "ast" | "heapq" | "bisect" | "glob" | "fnmatch" | "platform" | "pprint" => {
            Section::Standard
        }
        _ if facts.module.split('.').next() == Some(top) && facts.module.contains('.') => {
            Section::Local
        }
        _ => Section::ThirdParty,
    }
}

struct Line {
    section: Section,
    /// `from` imports come after plain ones.
    is_from: bool,
    module: String,
    statement: NodeId,
}

/// The import statements at the head of the module, in order.
fn head(facts: &FileFacts) -> Vec<Line> {
    let ast = facts.ast();
    let mut lines = Vec::new();
    for statement in ast.children(NodeId::ROOT) {
        let (is_from, module) = match ast.kind(statement) {
            Kind::Import => {
                let name = ast.first_child(statement);
                let name = name.and_then(|name| match ast.kind(name) {
                    Kind::AliasedImport => ast.first_child(name),
                    _ => Some(name),
                });
                (
                    false,
                    name.map(|name| facts.source(name)).unwrap_or_default(),
                )
            }
            Kind::ImportFrom => {
                let module = ast.first_child(statement);
                (
                    true,
                    module
                        .map(|module| facts.source(module))
                        .unwrap_or_default(),
                )
            }
            Kind::FutureImport => (true, "__future__"),
            _ => continue,
        };
        let section = if module.starts_with('.') {
            Section::Local
        } else {
            section(facts, module)
        };
        lines.push(Line {
            section,
            is_from,
            module: module.to_owned(),
            statement,
        });
    }
    lines
}

/// Lower case first, then as written: `force_sort_within_sections` is off, case is ignored.
fn sort_key(name: &str) -> (String, &str) {
    (name.to_lowercase(), name)
}

fn additions(imports: &Imports, facts: &FileFacts, edits: &mut Vec<Edit>) {
    let ast = facts.ast();
    let text = facts.text();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = head(facts);
    let mut fresh: Vec<(Section, bool, String, Vec<String>)> = Vec::new();
    for (module, name) in &imports.needed {
        let Some(name) = name else {
            fresh.push((section(facts, module), false, module.clone(), Vec::new()));
            continue;
        };
        let existing = lines.iter().find(|line| {
            line.is_from
                && line.module == *module
                && ast
                    .child_of_kind(line.statement, Kind::WildcardImport)
                    .is_none()
        });
        if let Some(line) = existing
            && insert_name(facts, line.statement, name, edits)
        {
            continue;
        }
        match fresh
            .iter_mut()
            .find(|(_, is_from, at, _)| *is_from && at == module)
        {
            Some((_, _, _, names)) => names.push(name.clone()),
            None => fresh.push((
                section(facts, module),
                true,
                module.clone(),
                vec![name.clone()],
            )),
        }
    }
    fresh.sort_by(|a, b| (a.0, a.1, sort_key(&a.2)).cmp(&(b.0, b.1, sort_key(&b.2))));
    // Lines for the same place are written together, with blank lines between sections.
    let mut groups: Vec<(usize, Section, Section, Vec<(Section, String)>)> = Vec::new();
    for (section, is_from, module, mut names) in fresh {
        names.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        let line = if is_from {
            format!("from {module} import {}", names.join(", "))
        } else {
            format!("import {module}")
        };
        let key = (section, is_from, sort_key(&module));
        let before = lines
            .iter()
            .rfind(|line| (line.section, line.is_from, sort_key(&line.module)) < key);
        let after = lines
            .iter()
            .find(|line| (line.section, line.is_from, sort_key(&line.module)) > key);
        let (at, previous, next) = match (before, after) {
            // Among the lines of its own section if there is one, else after what comes before it.
            (_, Some(after))
                if after.section == section
                    && before.is_none_or(|before| before.section != section) =>
            {
                (
                    line_start(text, ast.span(after.statement).start),
                    section,
                    section,
                )
            }
            (Some(before), after) => (
                line_after(text, ast.span(before.statement).end),
                before.section,
                after.map_or(section, |after| after.section),
            ),
            (None, Some(after)) => (
                line_start(text, ast.span(after.statement).start),
                section,
                after.section,
            ),
            (None, None) => (preamble_end(facts), section, section),
        };
        match groups.iter_mut().find(|group| group.0 == at) {
            Some(group) => group.3.push((section, line)),
            None => groups.push((at, previous, next, vec![(section, line)])),
        }
    }
    for (at, previous, next, group) in groups {
        let mut inserted = String::new();
        let mut last = previous;
        let ends_line = at == 0
            || text
                .get(..at)
                .is_some_and(|before| before.ends_with(['\n', '\u{feff}']));
        if !ends_line {
            inserted.push_str(newline);
        }
        for (section, line) in &group {
            if *section != last {
                inserted.push_str(newline);
            }
            inserted.push_str(line);
            inserted.push_str(newline);
            last = *section;
        }
        let rest = text.get(at..).unwrap_or_default();
        if lines.is_empty() {
            // The first imports of the file: blank lines between them and the code.
            if !rest.trim().is_empty() && !rest.starts_with(['\n', '\r']) {
                let is_definition = ["def ", "class ", "async ", "@"]
                    .iter()
                    .any(|word| rest.starts_with(word));
                inserted.push_str(&newline.repeat(if is_definition { 2 } else { 1 }));
            }
        } else if next != last && !rest.starts_with(['\n', '\r']) && !rest.is_empty() {
            inserted.push_str(newline);
        }
        edits.push(Edit {
            range: Range { start: at, end: at },
            text: inserted,
        });
    }
}

/// Puts a name into an existing `from … import a, b`, in order. False when the statement's form does not allow it.
fn insert_name(facts: &FileFacts, statement: NodeId, name: &str, edits: &mut Vec<Edit>) -> bool {
    let ast = facts.ast();
    let names: Vec<NodeId> = ast
        .children(statement)
        .skip(1)
        .filter(|&child| matches!(ast.kind(child), Kind::DottedName | Kind::AliasedImport))
        .collect();
    let Some(&last) = names.last() else {
        return false;
    };
    // A name that goes takes its place with the new one: `get_object_or_404` → `aget_object_or_404`.
    let next = names
        .iter()
        .find(|&&other| order_key(facts.source(other)) > order_key(name));
    let text = facts.text();
    let multiline = facts.source(statement).contains('\n');
    let (at, inserted) = match next {
        Some(&next) => {
            let start = ast.span(next).start as usize;
            let gap = if multiline {
                let indent = line_indent(text, start);
                let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
                match indent {
                    Some(indent) => format!(",{newline}{indent}"),
                    None => ", ".to_owned(),
                }
            } else {
                ", ".to_owned()
            };
            (start, format!("{name}{gap}"))
        }
        None => {
            let start = ast.span(last).start as usize;
            let gap = match line_indent(text, start) {
                Some(indent) if multiline => {
                    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
                    format!(",{newline}{indent}")
                }
                _ => ", ".to_owned(),
            };
            (ast.span(last).end as usize, format!("{gap}{name}"))
        }
    };
    // Several names at one place, or next to a removal, go into one edit.
    if let Some(edit) = edits
        .iter_mut()
        .find(|edit| edit.range.start <= at && at <= edit.range.end)
    {
        if edit.range.start == at {
            if next.is_some() {
                edit.text.push_str(&inserted);
            } else {
                edit.text.insert_str(0, &inserted);
            }
        } else {
            edit.text.push_str(&inserted);
        }
        return true;
    }
    edits.push(Edit {
        range: Range { start: at, end: at },
        text: inserted,
    });
    true
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

/// The indentation of an offset that stands first on its line.
fn line_indent(text: &str, offset: usize) -> Option<&str> {
    let start = line_start(text, u32::try_from(offset).ok()?);
    let indent = text.get(start..offset)?;
    indent.trim().is_empty().then_some(indent)
}

fn line_start(text: &str, offset: u32) -> usize {
    text.get(..offset as usize)
        .and_then(|before| before.rfind('\n'))
        .map_or_else(
            || {
                if text.starts_with('\u{feff}') {
                    '\u{feff}'.len_utf8()
                } else {
                    0
                }
            },
            |newline| newline + 1,
        )
}

fn line_after(text: &str, offset: u32) -> usize {
    text.get(offset as usize..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |newline| offset as usize + newline + 1)
}

/// After the module's docstring and the comments at its head.
fn preamble_end(facts: &FileFacts) -> usize {
    let ast = facts.ast();
    let text = facts.text();
    let mut end = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let first = ast.children(NodeId::ROOT).next();
    if let Some(first) = first {
        let is_docstring = ast.kind(first) == Kind::ExpressionStatement
            && ast
                .first_child(first)
                .is_some_and(|value| ast.kind(value) == Kind::String);
        if is_docstring {
            return line_after(text, ast.span(first).end);
        }
    }
    let rest = text.get(end..).unwrap_or_default();
    for line in rest.split_inclusive('\n') {
        // A licence or coding comment; one that stands right above the code belongs to the code.
        if line.starts_with("#!") || (line.starts_with('#') && line.contains("coding")) {
            end += line.len();
        } else {
            break;
        }
    }
    end
}
