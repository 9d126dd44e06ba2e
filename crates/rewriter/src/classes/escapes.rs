//! Whether code that is not seen may call the methods of a class-based view.

use unblocked_analyzer::{Analysis, ClassRef, FunctionRef, ParamKind};
use unblocked_django::BaseKind;
use unblocked_syntax::{Field, Kind};

use super::by_name;

/// Why a helper of a class-based view may be called by synchronous code that is not seen: its object is passed on, or is
/// in the context of a template.
pub(super) fn reason(analysis: &Analysis<'_>, method: FunctionRef) -> Option<String> {
    let world = &analysis.world;
    let function = world.function(method)?;
    let class = ClassRef {
        file: method.file,
        index: function.class?,
    };
    let kin = world.kin(class);
    if let Some(outline) = kin
        .iter()
        .find(|&&one| passes_self_on(analysis, one))
        .and_then(|&one| world.class(one))
    {
        return Some(format!(
            "`{}` passes `self` on, to code or a template that may call it synchronously",
            outline.name
        ));
    }
    if let Some(reason) = by_name::of_helper(analysis, method) {
        return Some(reason);
    }
    // `view` in the context of generic views; a template calls what takes no argument and has no underscore.
    let is_in_context = kin
        .iter()
        .flat_map(|&one| world.base_kinds(one))
        .any(|kind| matches!(kind, BaseKind::GenericView(_) | BaseKind::ViewMixin));
    let takes_none = function
        .params
        .iter()
        .skip(1)
        .all(|param| param.kind == ParamKind::Rest);
    (is_in_context && takes_none && !function.name.starts_with('_'))
        .then(|| "a template may call it, as `view` in its context".to_owned())
}

/// True when a method of the class uses `self` other than for its attributes.
fn passes_self_on(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    let Some(facts) = analysis.world.file(class.file) else {
        return true;
    };
    let Some(definition) = facts.classes.get(class.index) else {
        return true;
    };
    let ast = facts.ast();
    ast.subtree(definition.body).any(|node| {
        if ast.kind(node) != Kind::Identifier || facts.source(node) != "self" {
            return false;
        }
        let Some(parent) = ast.parent(node) else {
            return false;
        };
        match ast.kind(parent) {
            Kind::Attribute => ast.field(node) != Some(Field::Object),
            // `hasattr(self, "product")`, `super(View, self)`, `isinstance(self, …)`
            Kind::ArgumentList => !ast
                .parent(parent)
                .and_then(|call| ast.child(call, Field::Function))
                .is_some_and(|function| {
                    matches!(
                        facts.source(function),
                        "delattr"
                            | "getattr"
                            | "hasattr"
                            | "isinstance"
                            | "setattr"
                            | "super"
                            | "type"
                    )
                }),
            _ => !ast
                .ancestors(node)
                .any(|up| ast.field(up) == Some(Field::Parameters)),
        }
    })
}
