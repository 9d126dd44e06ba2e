//! `post = get` in the body of a view: one handler under two names, which Django calls alike.

use unblocked_analyzer::{Analysis, ClassRef, FunctionRef};
use unblocked_django::HANDLERS;
use unblocked_syntax::{Field, Kind, NodeId};

/// True where a handler gets the name of another in its own class, and nothing of the project calls it by that.
pub(super) fn is_of_handler(
    analysis: &Analysis<'_>,
    handler: FunctionRef,
    file: usize,
    node: NodeId,
) -> bool {
    is_alias(analysis, handler, file, node).is_some()
}

fn is_alias(
    analysis: &Analysis<'_>,
    handler: FunctionRef,
    file: usize,
    node: NodeId,
) -> Option<()> {
    let world = &analysis.world;
    let facts = world.file(file).filter(|_| file == handler.file)?;
    let ast = facts.ast();
    let definition = world.function(handler)?;
    let index = definition.class?;
    let class = facts.classes.get(index)?;
    let assignment = ast
        .parent(node)
        .filter(|&up| ast.kind(up) == Kind::Assignment && ast.field(node) == Some(Field::Right))?;
    let alias = facts.source(ast.child(assignment, Field::Left)?);
    let is_in_body = ast.ancestors(assignment).nth(1) == Some(class.body);
    let are_handlers = HANDLERS.contains(&alias) && HANDLERS.contains(&&*definition.name);
    if !is_in_body || !are_handlers {
        return None;
    }
    let calls_it = world.kin(ClassRef { file, index }).into_iter().any(|one| {
        let Some(facts) = world.file(one.file) else {
            return true;
        };
        let ast = facts.ast();
        facts.classes.get(one.index).is_none_or(|class| {
            ast.subtree(class.body).any(|node| {
                ast.kind(node) == Kind::Attribute
                    && ast
                        .child(node, Field::Attribute)
                        .is_some_and(|name| facts.source(name) == alias)
                    && ast
                        .child(node, Field::Object)
                        .is_some_and(|object| !facts.source(object).ends_with("objects"))
            })
        })
    });
    (!calls_it).then_some(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    const BEFORE: &str = "class V(View):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n\n    post = get\n";

    #[test]
    fn a_handler_under_two_names_becomes_async() {
        check(
            BEFORE,
            &BEFORE
                .replace("    def", "    async def")
                .replace("Product.objects.count()", "await Product.objects.acount()"),
        );
    }

    #[test]
    fn one_that_is_called_by_the_other_name_stays() {
        for rest in [
            "\n    def put(self, request):\n        return self.post(request)\n",
            "\nclass W(V):\n    def post(self, request):\n        return super().post(request)\n",
        ] {
            check_unchanged(&format!("{BEFORE}{rest}"));
        }
    }
}
