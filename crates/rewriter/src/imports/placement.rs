//! New import lines: where isort would put them.

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Kind, NodeId, SmallSort, TextEdit};

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
        | "abc" | "ast" | "heapq" | "bisect" | "glob" | "fnmatch" | "platform" | "pprint"
        | "unittest" | "argparse" | "configparser" | "contextvars" | "doctest"
        | "multiprocessing" | "selectors" | "shlex" | "sqlite3" | "tarfile" | "timeit"
        | "tomllib" | "unicodedata" | "weakref" | "zlib" => Section::Standard,
        _ if facts.module.split('.').next() == Some(top) && facts.module.contains('.') => {
            Section::Local
        }
        _ => Section::ThirdParty,
    }
}

/// New lines for one place: where, the section before it, the section after it, and the lines with theirs.
type Group = (usize, Section, Section, Vec<(Section, String)>);

pub(super) struct Line {
    section: Section,
    /// `from` imports come after plain ones.
    pub(super) is_from: bool,
    pub(super) module: String,
    pub(super) statement: NodeId,
}

/// The import statements at the head of the module, in order.
pub(super) fn head(facts: &FileFacts) -> Vec<Line> {
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

/// Import statements of modules that the file does not import from yet.
pub(super) fn new_lines(
    facts: &FileFacts,
    plain: &[String],
    from: &[(String, String)],
    edits: &mut Vec<TextEdit>,
) {
    let ast = facts.ast();
    let text = facts.text();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = head(facts);
    let mut fresh: Vec<(Section, bool, String, Vec<String>)> = plain
        .iter()
        .map(|module| (section(facts, module), false, module.clone(), Vec::new()))
        .collect();
    for (module, name) in from {
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
    fresh.small_sort_by(|a, b| (a.0, a.1, sort_key(&a.2)).cmp(&(b.0, b.1, sort_key(&b.2))));
    // Lines for the same place are written together, with blank lines between sections.
    let mut groups: Vec<Group> = Vec::new();
    for (section, is_from, module, mut names) in fresh {
        names.small_sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
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
        edits.extend(
            u32::try_from(at)
                .ok()
                .map(|at| TextEdit::insert(at, inserted)),
        );
    }
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
