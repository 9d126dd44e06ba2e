//! What is evident of the arguments of `urlopen`.

use unblocked_analyzer::Type;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::rules::http::scope::Scope;

/// Modules that unpack a body.
const UNPACKS: &[&str] = &["gzip", "zlib", "bz2", "lzma", "brotli", "zstandard"];

/// Headers of a request that clients set or read themselves.
const OWN: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
];

/// True for an expression that is a URL of http or https whatever is filled in.
pub(in crate::rules::http) fn is_web(scope: &Scope<'_>, url: NodeId) -> bool {
    let ast = scope.ast();
    let mut at = value(scope, url);
    for _ in 0..32 {
        at = match ast.kind(at) {
            Kind::String => return begins(scope.text(at)),
            Kind::ConcatenatedString | Kind::Parenthesized | Kind::BinaryOperator => {
                match ast.first_child(at) {
                    Some(first) => value(scope, first),
                    None => return false,
                }
            }
            // `"https://…/{}".format(…)`
            Kind::Call => {
                let function = ast.child(at, Field::Function);
                let method = function.and_then(|function| ast.child(function, Field::Attribute));
                match function.and_then(|function| ast.child(function, Field::Object)) {
                    Some(text) if method.is_some_and(|name| scope.text(name) == "format") => {
                        value(scope, text)
                    }
                    _ => return false,
                }
            }
            _ => return false,
        };
    }
    false
}

/// True for the source of a string that begins with the scheme of a URL.
fn begins(text: &str) -> bool {
    let Some(quote) = text.find(['"', '\'']) else {
        return false;
    };
    let (prefix, rest) = text.split_at(quote);
    let is_text = prefix
        .chars()
        .all(|letter| matches!(letter, 'f' | 'F' | 'r' | 'R' | 'u' | 'U'));
    let content = rest.trim_start_matches(['"', '\'']);
    let lower: String = content
        .chars()
        .take(8)
        .collect::<String>()
        .to_ascii_lowercase();
    is_text && (lower.starts_with("http://") || lower == "https://")
}

/// True for an expression that is bytes.
pub(in crate::rules::http) fn is_bytes(scope: &Scope<'_>, data: NodeId) -> bool {
    let ast = scope.ast();
    let at = value(scope, data);
    match ast.kind(at) {
        Kind::String => scope.text(at).starts_with(['b', 'B']),
        Kind::ConcatenatedString => ast
            .first_child(at)
            .is_some_and(|first| scope.text(first).starts_with(['b', 'B'])),
        Kind::Call => ast.child(at, Field::Function).is_some_and(|function| {
            matches!(scope.type_of(function), Type::Builtin(name) if &**name == "bytes")
                || ast
                    .child(function, Field::Attribute)
                    .is_some_and(|name| scope.text(name) == "encode")
        }),
        // `request.body`
        Kind::Attribute => {
            ast.child(at, Field::Object)
                .is_some_and(|object| *scope.type_of(object) == Type::Request)
                && ast
                    .child(at, Field::Attribute)
                    .is_some_and(|name| scope.text(name) == "body")
        }
        _ => false,
    }
}

/// What a name holds: what it was given, when that was once, or last before this and in a block around it. What `+=` adds
/// leaves the beginning, and the kind, as they are.
fn value(scope: &Scope<'_>, node: NodeId) -> NodeId {
    let ast = scope.ast();
    let node = ast.unparenthesized(node);
    let found = scope.resolve(node);
    if found != node || ast.kind(node) != Kind::Identifier {
        return ast.unparenthesized(found);
    }
    let mut last = None;
    for id in scope.occurrences(scope.text(node)) {
        let Some(parent) = ast.parent(id) else {
            return node;
        };
        match (ast.kind(parent), ast.field(id)) {
            (Kind::Assignment, Some(Field::Left)) => last = Some((id, parent)),
            (Kind::AugmentedAssignment, Some(Field::Left)) => {}
            (
                Kind::PatternList
                | Kind::TuplePattern
                | Kind::ListPattern
                | Kind::AsPatternTarget
                | Kind::Parameters
                | Kind::TypedParameter
                | Kind::DefaultParameter
                | Kind::TypedDefaultParameter
                | Kind::Global
                | Kind::Nonlocal
                | Kind::Delete,
                _,
            )
            | (_, Some(Field::Left | Field::Name | Field::Alias)) => return node,
            _ => {}
        }
    }
    let given = last.filter(|&(id, assignment)| {
        let block = ast
            .parent(assignment)
            .and_then(|statement| ast.parent(statement));
        id < node
            && scope.facts.owner(id) == scope.function
            && block.is_some_and(|block| ast.contains(block, node))
    });
    given
        .and_then(|(_, assignment)| ast.child(assignment, Field::Right))
        .map_or(node, |right| ast.unparenthesized(right))
}

/// The keys of a dictionary that is written out, in lower case, and used as it was written.
fn keys(scope: &Scope<'_>, headers: NodeId) -> Option<Vec<String>> {
    let ast = scope.ast();
    let literal = scope.resolve(headers);
    if ast.kind(literal) != Kind::Dictionary {
        return None;
    }
    // One in a variable may get more.
    if literal != headers && scope.occurrences(scope.text(headers)).count() != 2 {
        return None;
    }
    ast.children(literal)
        .map(|pair| {
            let key = ast.child(pair, Field::Key)?;
            (ast.kind(key) == Kind::String).then(|| {
                scope
                    .text(key)
                    .trim_matches(['"', '\''])
                    .to_ascii_lowercase()
            })
        })
        .collect()
}

/// Whether headers name the type of the body; `None` when that is not known.
pub(super) fn content_type(scope: &Scope<'_>, headers: NodeId) -> Option<bool> {
    keys(scope, headers).map(|keys| keys.iter().any(|key| key == "content-type"))
}

/// A header that the other client treats in its own way.
pub(super) fn own_header(scope: &Scope<'_>, headers: NodeId, is_aiohttp: bool) -> Option<String> {
    let keys = keys(scope, headers);
    let Some(keys) = keys else {
        return Some("Accept-Encoding` may be among them, and `If-None-Match".to_owned());
    };
    keys.into_iter().find(|key| is_own(key, is_aiohttp))
}

/// True for a header, in lower case, that the other client treats in its own way.
pub(super) fn is_own(key: &str, is_aiohttp: bool) -> bool {
    // aiohttp raises nothing for `304 Not Modified`.
    OWN.contains(&key) || is_aiohttp && key.starts_with("if-")
}

/// What a function names that unpacks a body, which other clients do themselves.
pub(super) fn unpacks(scope: &Scope<'_>) -> Option<&'static str> {
    let ast = scope.ast();
    let word = |node: NodeId| UNPACKS.iter().find(|word| **word == scope.text(node));
    ast.subtree(scope.root())
        .filter(|&node| ast.kind(node) == Kind::Identifier)
        .find_map(word)
        .copied()
}
