//! A `Request` in a variable: it is made, gets headers, and is opened once.

use unblocked_syntax::{Field, Kind, NodeId};

use super::evidence;
use crate::rules::http::arguments;
use crate::rules::http::scope::Scope;

/// `request.add_header("X", value)`
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    pub(super) call: NodeId,
    pub(super) object: NodeId,
    pub(super) key: NodeId,
    pub(super) value: NodeId,
    /// It is called whenever the request is opened.
    pub(super) is_always: bool,
}

/// The headers that a request gets; an error when it is used for more. `used`: the name where it is opened.
pub(super) fn added(
    scope: &Scope<'_>,
    made: NodeId,
    used: NodeId,
) -> Result<Vec<Added>, &'static str> {
    const MORE: &str = "its `Request` is made elsewhere, or used for more than to get headers and to be opened once";
    let ast = scope.ast();
    let bound = ast
        .parent(made)
        .filter(|&up| ast.kind(up) == Kind::Assignment && ast.child(up, Field::Type).is_none())
        .filter(|&up| {
            ast.parent(up)
                .is_some_and(|statement| ast.kind(statement) == Kind::ExpressionStatement)
        })
        .and_then(|assignment| ast.child(assignment, Field::Left))
        .filter(|_| scope.facts.owner(made) == scope.function && !scope.is_deferred(used))
        .ok_or(MORE)?;
    let mut found = Vec::new();
    for id in scope.occurrences(scope.text(used)) {
        if id != used && id != bound {
            found.push(header(scope, id, used).filter(|_| id > made).ok_or(MORE)?);
        }
    }
    Ok(found)
}

/// `add_header` of a name, before it is used.
fn header(scope: &Scope<'_>, object: NodeId, used: NodeId) -> Option<Added> {
    let ast = scope.ast();
    let attribute = ast.parent(object)?;
    let call = ast.parent(attribute)?;
    let statement = ast.parent(call)?;
    let is_added = ast.kind(attribute) == Kind::Attribute
        && ast.field(object) == Some(Field::Object)
        && ast.kind(call) == Kind::Call
        && ast.field(attribute) == Some(Field::Function)
        && ast.kind(statement) == Kind::ExpressionStatement
        && scope.text(ast.child(attribute, Field::Attribute)?) == "add_header"
        && scope.facts.owner(object) == scope.function
        && object < used;
    let given = arguments::given(scope, call, &["key", "val"]).filter(|_| is_added)?;
    let [("key", _, key), ("val", _, value)] = given[..] else {
        return None;
    };
    let is_plain = ast.kind(key) == Kind::String
        && !arguments::is_constant(scope, value)
        && !matches!(
            ast.kind(value),
            Kind::Integer | Kind::NamedExpression | Kind::Yield
        );
    is_plain.then_some(Added {
        call,
        object,
        key,
        value,
        is_always: ast
            .parent(statement)
            .is_some_and(|block| ast.contains(block, used)),
    })
}

/// True in a file that means something of its own by `dict`.
pub(super) fn binds_dict(scope: &Scope<'_>) -> bool {
    let ast = scope.ast();
    ast.ids().any(|id| {
        ast.kind(id) == Kind::Identifier
            && scope.text(id) == "dict"
            && ast.parent(id).is_some_and(|parent| match ast.kind(parent) {
                Kind::KeywordArgument | Kind::Attribute => false,
                Kind::Parameters
                | Kind::LambdaParameters
                | Kind::PatternList
                | Kind::TuplePattern
                | Kind::ListPattern
                | Kind::AsPatternTarget
                | Kind::DottedName
                | Kind::Global
                | Kind::Nonlocal => true,
                _ => matches!(
                    ast.field(id),
                    Some(Field::Left | Field::Name | Field::Alias)
                ),
            })
    })
}

/// The names of headers, in lower case; `None` where one is told twice, in letters of other cases.
pub(super) fn names(
    scope: &Scope<'_>,
    headers: Option<NodeId>,
    added: &[Added],
) -> Option<Vec<String>> {
    let mut written: Vec<&str> = Vec::new();
    if let Some(headers) = headers {
        let ast = scope.ast();
        // What is added to it may not be in what others have.
        if ast.kind(headers) != Kind::Dictionary {
            return None;
        }
        for pair in ast.children(headers) {
            written.push(scope.text(ast.child(pair, Field::Key)?));
        }
    }
    written.extend(added.iter().map(|one| scope.text(one.key)));
    let mut names: Vec<(&str, String)> = Vec::new();
    for text in written {
        let bare = text.trim_matches(['"', '\'']);
        let lower = bare.to_ascii_lowercase();
        if names
            .iter()
            .any(|(other, name)| *name == lower && *other != bare)
        {
            return None;
        }
        names.push((bare, lower));
    }
    Some(names.into_iter().map(|(_, name)| name).collect())
}

/// A header that is added and that the other client treats in its own way.
pub(super) fn own(scope: &Scope<'_>, added: &[Added], is_aiohttp: bool) -> Option<String> {
    added
        .iter()
        .map(|one| {
            let text = scope.text(one.key).trim_matches(['"', '\'']);
            text.to_ascii_lowercase()
        })
        .find(|key| evidence::is_own(key, is_aiohttp))
}
