//! What wrappers around methods do with the view that they get: `return self.fail("…")`.

use unblocked_analyzer::{ClassRef, FunctionRef};
use unblocked_syntax::{Field, Kind};

use super::Planner;
use crate::because::Because;
use crate::draft::Cannot;

/// Functions that look at an object, and call none of its methods.
const LOOKING: &[&str] = &["hasattr", "id", "isinstance", "type"];

impl Planner<'_> {
    /// Checks that a wrapper of a method uses nothing of its view that waits, or becomes async: what its first parameter is
    /// can't be told from the wrapper alone, so that nothing in it is awaited for that.
    pub(super) fn try_self(&self, view: FunctionRef, wrapper: FunctionRef) -> Result<(), Cannot> {
        let world = &self.analysis.world;
        let class = world.function(view).and_then(|function| function.class);
        let (Some(index), Some(facts), Some(found)) =
            (class, world.file(wrapper.file), self.wrappers.get(wrapper))
        else {
            return Ok(());
        };
        let Some(definition) = facts.functions.get(wrapper.index) else {
            return Ok(());
        };
        let Some(first) = definition.params.first() else {
            return Ok(());
        };
        // Under `method_decorator` it gets the request first.
        if first.name == "request" {
            return Ok(());
        }
        let ast = facts.ast();
        let kin = world.kin(ClassRef {
            file: view.file,
            index,
        });
        let is_view = |text: &str| text == first.name || text == format!("{}[0]", first.name);
        for node in ast.subtree(definition.body) {
            match ast.kind(node) {
                Kind::Attribute => {
                    let of_view = ast
                        .child(node, Field::Object)
                        .is_some_and(|object| is_view(facts.source(object)));
                    let Some(name) = ast.child(node, Field::Attribute).filter(|_| of_view) else {
                        continue;
                    };
                    let name = facts.source(name);
                    let mut methods = kin.iter().filter_map(|&one| {
                        let index = *world.class(one)?.methods.get(name)?;
                        Some(FunctionRef {
                            file: one.file,
                            index,
                        })
                    });
                    if methods
                        .any(|method| self.effects.waits(method) || self.families.is_entry(method))
                    {
                        return Err(Cannot::of(
                            Because::SyncDecorator,
                            format!("it uses `{}`, which waits", facts.source(node)),
                        ));
                    }
                }
                Kind::Identifier | Kind::Subscript if is_view(facts.source(node)) => {
                    let call = ast
                        .parent(node)
                        .filter(|&list| ast.kind(list) == Kind::ArgumentList)
                        .and_then(|list| ast.parent(list));
                    let Some(call) = call.filter(|call| !found.calls.contains(call)) else {
                        continue;
                    };
                    let looks = ast
                        .child(call, Field::Function)
                        .is_some_and(|called| LOOKING.contains(&facts.source(called)));
                    if !looks {
                        return Err(Cannot::of(
                            Because::SyncDecorator,
                            format!(
                                "it passes `{}` on, to code that may call what waits",
                                facts.source(node)
                            ),
                        ));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, migrate_paste, report_with};

    fn text(wrapper: &str) -> String {
        format!(
            "from functools import wraps\n\ndef found(method):\n    @wraps(method)\n    def inner({wrapper}\n    return inner\n\n\nclass V(View):\n    title = 'a'\n\n    def fail(self, text):\n        return HttpResponse(Product.objects.count())\n\n    @found\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n"
        )
    }

    #[test]
    fn wrappers_that_use_what_waits_keep_their_view() {
        for wrapper in [
            "self, request):\n        if not request.GET:\n            return self.fail('a')\n        return method(self, request)",
            "*args):\n        if not args[1].GET:\n            return args[0].fail('a')\n        return method(*args)",
            "self, request):\n        check(self)\n        return method(self, request)",
        ] {
            let before = text(wrapper);
            check_unchanged(&before);
            let report = report_with(&before, &Options::for_paste());
            let mut named = report.functions.into_iter().filter(|f| f.name == "V.get");
            let reason = named.next().expect("the handler").reason;
            assert!(reason.contains("waits"), "{reason}");
        }
    }

    #[test]
    fn others_get_their_variant() {
        for wrapper in [
            "self, request):\n        self.asked = self.title\n        return method(self, request)",
            "self, request):\n        self.product = Product.objects.first()\n        return method(self, request)",
        ] {
            let after = migrate_paste(&text(wrapper));
            assert!(after.contains("async def get"), "{after}");
        }
    }
}
