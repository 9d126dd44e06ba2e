//! What the body of a class puts in the place of a method that it inherits: `perform = lambda self: …`.

use unblocked_analyzer::{Analysis, ClassRef};
use unblocked_django::HANDLERS;
use unblocked_syntax::{Field, Kind};

/// Why a class keeps its hierarchy synchronous: it assigns the name of a method that other classes of the hierarchy define, and
/// their callers would await what is no coroutine.
pub(super) fn over_method(analysis: &Analysis<'_>, class: ClassRef) -> Option<String> {
    let world = &analysis.world;
    let facts = world.file(class.file)?;
    let definition = facts.classes.get(class.index)?;
    let ast = facts.ast();
    let names: Vec<&str> = ast
        .children(definition.body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .filter_map(|statement| ast.first_child(statement))
        .filter(|&assignment| {
            ast.kind(assignment) == Kind::Assignment
                && ast.child(assignment, Field::Right).is_some()
        })
        .filter_map(|assignment| ast.child(assignment, Field::Left))
        .filter(|&target| ast.kind(target) == Kind::Identifier)
        .map(|target| facts.source(target))
        .filter(|name| !HANDLERS.contains(name))
        .collect();
    if names.is_empty() {
        return None;
    }
    let kin = world.kin(class);
    let is_method = |name: &str| {
        kin.iter()
            .filter_map(|&one| world.class(one))
            .any(|one| one.methods.contains_key(name))
    };
    let name = names.into_iter().find(|name| is_method(name))?;
    Some(reason(&definition.name, name))
}

pub(super) fn reason(class: &str, name: &str) -> String {
    format!("`{class}` assigns its `{name}`, which can't be followed")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check_unchanged;

    #[test]
    fn a_lambda_in_place_of_a_method_keeps_its_hierarchy() {
        for base in ["View", "TemplateView"] {
            check_unchanged(&format!(
                "import requests\n\nclass Hooked({base}):\n    def get(self, request):\n        requests.get(URL)\n        return self.perform(request)\n\n    def perform(self, request):\n        raise NotImplementedError\n\n\nclass One(Hooked):\n    perform = lambda self, request: HttpResponse(Product.objects.count())\n"
            ));
        }
    }

    #[test]
    fn plain_classes_as_well() {
        let before = "import requests\n\nclass Client:\n    def load(self):\n        return requests.get(URL).text\n\n\nclass Fake(Client):\n    load = lambda self: ''\n\n\ndef view(request):\n    return HttpResponse(Client().load())\n";
        let after = crate::rules::testing::migrate_paste(before);
        assert!(!after.contains("async def load"), "{after}");
    }
}
