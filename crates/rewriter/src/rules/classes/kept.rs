//! What Django keeps for the hooks of a generic view has to be known where they become async: rows are fetched, and
//! relations too, when they are used.

use unblocked_analyzer::{ClassRef, Type};
use unblocked_django::BaseKind;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::{Cannot, Draft, Outcome};

/// Attributes that ask nothing, of an object or of a form.
const FREE: &[&str] = &[
    "pk",
    "id",
    "cleaned_data",
    "data",
    "fields",
    "files",
    "prefix",
];

/// What forms have of Django, which asks nothing where it is read.
const OF_FORMS: &[&str] = &[
    "changed_data",
    "cleaned_data",
    "data",
    "errors",
    "fields",
    "files",
    "initial",
    "instance",
    "media",
    "prefix",
    "renderer",
];

/// Refuses a method in which something is used that nobody knows.
pub(crate) fn check(draft: &Draft<'_>) -> Outcome {
    let Some(definition) = draft.definition() else {
        return Ok(());
    };
    let Some(index) = definition.class else {
        return Ok(());
    };
    let class = ClassRef {
        file: draft.file_index,
        index,
    };
    let world = &draft.analysis.world;
    let is_generic = std::iter::once(class)
        .chain(world.descendants(class).iter().copied())
        .flat_map(|class| world.base_kinds(class))
        .any(|kind| matches!(kind, BaseKind::GenericView(_)));
    if !is_generic {
        return Ok(());
    }
    let ast = draft.ast();
    let given = definition
        .params
        .get(1)
        .filter(|_| matches!(&*definition.name, "form_valid" | "form_invalid"))
        .map(|param| &*param.name);
    let context = definition
        .params
        .get(1)
        .filter(|_| &*definition.name == "render_to_response")
        .map(|param| &*param.name);
    for node in ast.subtree(definition.body) {
        let text = || draft.text(node);
        let is_kept = match ast.kind(node) {
            Kind::Attribute => {
                matches!(text(), "self.object" | "self.object_list")
                    // `context.get("object")`
                    || (context.is_some()
                        && ast
                            .child(node, Field::Object)
                            .is_some_and(|object| Some(draft.text(object)) == context))
            }
            Kind::Identifier => Some(text()) == given && ast.field(node) != Some(Field::Attribute),
            Kind::Subscript => ast
                .child(node, Field::Object)
                .or_else(|| ast.first_child(node))
                .is_some_and(|object| {
                    is_context(draft, object) || Some(draft.text(object)) == context
                }),
            _ => false,
        };
        // `form.user.username`: what was put into the form may be a user that is not loaded.
        let is_put_in = || {
            let name = ast.child(node, Field::Attribute);
            let object = ast.child(node, Field::Object);
            given.is_some()
                && ast.kind(node) == Kind::Attribute
                && object.is_some_and(|object| Some(draft.text(object)) == given)
                && name.is_some_and(|name| !OF_FORMS.contains(&draft.text(name)))
                && matches!(draft.type_of(node), Type::Unknown | Type::None)
                && ast
                    .parent(node)
                    .is_some_and(|parent| ast.kind(parent) == Kind::Attribute)
                && is_used(draft, node)
        };
        if is_put_in() || is_kept && *draft.type_of(node) == Type::Unknown && is_used(draft, node) {
            return Err(Cannot::of(
                Because::UnknownValue,
                format!(
                    "nothing tells what `{}` is, which may ask the database where it is used",
                    draft.excerpt(node)
                ),
            ));
        }
    }
    Ok(())
}

/// True for a dictionary that `get_context_data` gave.
fn is_context(draft: &Draft<'_>, object: NodeId) -> bool {
    let Type::Mapping(mapping) = draft.type_of(object) else {
        return false;
    };
    mapping.entries().any(|(key, _)| key == "page_obj")
}

/// True where more is done with a value than to pass it on.
fn is_used(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    let Some(parent) = ast.parent(node) else {
        return false;
    };
    match ast.kind(parent) {
        Kind::Attribute => {
            let name = ast.child(parent, Field::Attribute);
            !name.is_some_and(|name| {
                let name = draft.text(name);
                FREE.contains(&name) || name.ends_with("_id")
            })
        }
        Kind::Assignment => ast.field(node) != Some(Field::Left),
        Kind::ArgumentList | Kind::KeywordArgument | Kind::Return => false,
        _ => true,
    }
}
