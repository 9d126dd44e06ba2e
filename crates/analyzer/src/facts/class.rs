//! What the body of a class makes: fields and managers.

use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::{Made, Meta, Outline, Target};

/// Dotted names of the bases of a class; of `Manager.from_queryset(Custom)`, both.
pub(super) fn bases(ast: &Ast, text: &str, class: NodeId) -> Vec<String> {
    let mut names = Vec::new();
    let list = ast.child(class, Field::Superclasses);
    for base in list.into_iter().flat_map(|list| ast.children(list)) {
        match ast.kind(base) {
            Kind::KeywordArgument => {}
            Kind::Call | Kind::Subscript => {
                names.extend(ast.first_child(base));
                if let Some(arguments) = ast.child(base, Field::Arguments) {
                    names.extend(ast.children(arguments));
                }
            }
            _ => names.push(base),
        }
    }
    names
        .into_iter()
        .filter_map(|name| ast.dotted(name, text))
        .map(|dotted| match dotted.strip_suffix(".from_queryset") {
            Some(manager) => manager.to_owned(),
            None => dotted,
        })
        .collect()
}

/// True when the body's `Meta` says `abstract = True`.
pub(super) fn is_abstract(ast: &Ast, text: &str, body: NodeId) -> bool {
    ast.children(body)
        .filter(|&meta| ast.kind(meta) == Kind::ClassDef)
        .filter(|&meta| {
            ast.child(meta, Field::Name)
                .is_some_and(|name| ast.text(name, text) == "Meta")
        })
        .filter_map(|meta| ast.child(meta, Field::Body))
        .flat_map(|body| ast.children(body))
        .filter_map(|statement| ast.first_child(statement))
        .any(|assignment| {
            let part = |field| {
                ast.child(assignment, field)
                    .map(|part| ast.text(part, text))
            };
            part(Field::Left) == Some("abstract") && part(Field::Right) == Some("True")
        })
}

/// The attributes that the body of a class assigns a call to, in order.
pub(super) fn made(ast: &Ast, text: &str, body: NodeId) -> Vec<Made> {
    ast.children(body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .filter_map(|statement| ast.first_child(statement))
        .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
        .filter_map(|assignment| {
            let left = ast.child(assignment, Field::Left)?;
            let right = ast.child(assignment, Field::Right)?;
            (ast.kind(left) == Kind::Identifier && ast.kind(right) == Kind::Call)
                .then(|| made_by(ast, text, ast.text(left, text), right))
        })
        .collect()
}

fn made_by(ast: &Ast, text: &str, name: &str, call: NodeId) -> Made {
    let arguments = ast.child(call, Field::Arguments);
    let target = arguments.and_then(|arguments| {
        let first = ast.children(arguments).next()?;
        match ast.kind(first) {
            Kind::KeywordArgument => keyword(ast, text, arguments, "to"),
            _ => Some(first),
        }
    });
    let (manager, queryset) = manager(ast, text, call);
    let has_keyword =
        |name| arguments.is_some_and(|arguments| keyword(ast, text, arguments, name).is_some());
    Made {
        name: name.to_owned(),
        field: ast
            .child(call, Field::Function)
            .and_then(|function| ast.dotted(function, text)),
        target: target.map(|node| target_of(ast, text, node)),
        related_name: arguments
            .and_then(|arguments| keyword(ast, text, arguments, "related_name"))
            .and_then(|node| string_value(ast.text(node, text))),
        chosen: arguments
            .and_then(|arguments| {
                let first = || {
                    ast.children(arguments)
                        .next()
                        .filter(|&first| ast.kind(first) != Kind::KeywordArgument)
                };
                keyword(ast, text, arguments, "queryset").or_else(first)
            })
            .and_then(|queryset| chosen(ast.text(queryset, text))),
        manager,
        queryset,
        is_primary_key: has_keyword("primary_key"),
        is_null: arguments
            .and_then(|arguments| keyword(ast, text, arguments, "null"))
            .is_some_and(|value| ast.text(value, text) != "False"),
        is_plain_key: !has_keyword("to_field") && !has_keyword("null"),
    }
}

/// `Manager()`, `CustomQuerySet.as_manager()`, `Manager.from_queryset(CustomQuerySet)()`: the class, and the queryset class
/// behind it.
fn manager(ast: &Ast, text: &str, mut call: NodeId) -> (Option<String>, Option<String>) {
    while let Some(inner) = ast
        .child(call, Field::Function)
        .filter(|&function| ast.kind(function) == Kind::Call)
    {
        call = inner;
    }
    let Some(dotted) = ast
        .child(call, Field::Function)
        .and_then(|function| ast.dotted(function, text))
    else {
        return (None, None);
    };
    if let Some(manager) = dotted.strip_suffix(".from_queryset") {
        let queryset = ast
            .child(call, Field::Arguments)
            .and_then(|arguments| ast.first_child(arguments))
            .and_then(|class| ast.dotted(class, text));
        // One that is no name is not at hand.
        return (Some(manager.to_owned()), Some(queryset.unwrap_or_default()));
    }
    let manager = match dotted.strip_suffix(".as_manager") {
        Some(queryset) => queryset.to_owned(),
        None => dotted,
    };
    (Some(manager), None)
}

/// What the body of a class says as the `Meta` of a form.
pub(super) fn meta(ast: &Ast, text: &str, body: NodeId) -> Meta {
    let value = |name: &str| {
        ast.children(body)
            .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
            .filter_map(|statement| ast.first_child(statement))
            .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
            .find(|&assignment| {
                ast.child(assignment, Field::Left)
                    .is_some_and(|left| ast.text(left, text) == name)
            })
            .and_then(|assignment| ast.child(assignment, Field::Right))
    };
    let written_out = |list: NodeId| {
        matches!(ast.kind(list), Kind::List | Kind::Tuple)
            .then(|| {
                ast.children(list)
                    .map(|field| string_value(ast.text(field, text)))
                    .collect::<Option<Vec<String>>>()
            })
            .flatten()
    };
    Meta {
        model: value("model").and_then(|model| ast.dotted(model, text)),
        fields: value("fields").and_then(written_out),
    }
}

/// Notes a call that makes a field, and the names among its arguments.
pub(super) fn note_field(ast: &Ast, text: &str, call: NodeId, outline: &mut Outline) {
    let dotted = ast
        .child(call, Field::Function)
        .and_then(|function| ast.dotted(function, text))
        .filter(|dotted| dotted.ends_with("Field"));
    let Some(dotted) = dotted else { return };
    outline.fields.insert(dotted);
    let arguments = ast.child(call, Field::Arguments);
    let values = arguments
        .into_iter()
        .flat_map(|arguments| ast.children(arguments))
        .map(|argument| ast.child(argument, Field::Value).unwrap_or(argument));
    for value in values {
        let parts = match ast.kind(value) {
            Kind::List | Kind::Tuple => ast.children(value).collect(),
            _ => vec![value],
        };
        for part in parts {
            if ast.kind(part) == Kind::Identifier {
                outline.given.insert(ast.text(part, text).to_owned());
            }
        }
    }
}

/// `Product` of `Product.objects.filter(…)`.
fn chosen(queryset: &str) -> Option<String> {
    let model = [".objects", "._default_manager"]
        .iter()
        .find_map(|manager| queryset.split_once(manager))?
        .0;
    let is_dotted = model
        .split('.')
        .all(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    is_dotted.then(|| model.to_owned())
}

fn keyword(ast: &Ast, text: &str, arguments: NodeId, name: &str) -> Option<NodeId> {
    ast.children(arguments).find_map(|argument| {
        KeywordArgument::cast(ast, argument)
            .filter(|keyword| ast.text(keyword.name, text) == name)
            .map(|keyword| keyword.value)
    })
}

fn target_of(ast: &Ast, text: &str, node: NodeId) -> Target {
    let source = ast.text(node, text);
    if source.contains("AUTH_USER_MODEL") || source.contains("get_user_model") {
        return Target::AuthUser;
    }
    match (string_value(source), ast.dotted(node, text)) {
        (Some(name), _) => Target::Text(name),
        (None, Some(dotted)) => Target::Dotted(dotted),
        (None, None) => Target::Other,
    }
}

/// The text of a string literal without prefix or escapes.
pub(crate) fn string_value(source: &str) -> Option<String> {
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = source.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(['\\', quote])).then(|| inner.to_owned())
}
