//! What a method gives, and its overrides: where one gives a queryset and another something else, no form of the caller is right
//! for both.

use unblocked_analyzer::{Analysis, ClassRef, FunctionRef, Type};
use unblocked_syntax::{Field, Kind};

/// Why a unit stays synchronous: a method of its classes calls one whose overrides give something else, lazily.
pub(super) fn obstacle<'v>(
    analysis: &Analysis<'_>,
    views: impl Iterator<Item = &'v ClassRef>,
) -> Option<String> {
    let world = &analysis.world;
    views
        .flat_map(|&view| std::iter::once(view).chain(world.project_ancestors(view)))
        .find_map(|class| {
            let facts = world.file(class.file)?;
            let types = analysis.files.get(class.file)?;
            let ast = facts.ast();
            types
                .calls
                .iter()
                .filter(|call| call.is_method)
                .filter(|call| {
                    let caller = call.function.and_then(|index| facts.functions.get(index));
                    caller.is_some_and(|caller| caller.class == Some(class.index) && !caller.is_async)
                })
                // `super()` means this one alone.
                .filter(|call| {
                    let object = ast
                        .child(call.node, Field::Function)
                        .and_then(|function| ast.child(function, Field::Object));
                    object.is_some_and(|object| ast.kind(object) == Kind::Identifier)
                })
                .find_map(|call| {
                    let other = differing(analysis, call.callee)?;
                    Some(format!(
                        "`{}` and `{}` give different things, one of them lazily, and what `{}` gives is used alike",
                        world.function(call.callee)?.qualname,
                        world.function(other)?.qualname,
                        facts.source(call.node),
                    ))
                })
        })
}

/// What a method gives, as far as it matters to who uses it.
#[derive(PartialEq, Eq)]
enum Given {
    /// Rows that are asked for when they are used.
    Rows,
    /// What is used in a thread, whatever it is.
    Either,
    /// An iterator, whose code runs where it is used.
    Iterator,
    /// Nothing: it raises.
    Nothing,
    Other,
}

fn given(analysis: &Analysis<'_>, method: FunctionRef) -> Option<Given> {
    let facts = analysis.world.file(method.file)?;
    let definition = facts.functions.get(method.index)?;
    let ast = facts.ast();
    if definition.is_generator {
        return Some(Given::Iterator);
    }
    Some(
        match analysis.files.get(method.file)?.returned_by(method.index) {
            Type::QuerySet(_) | Type::Manager(_) => Given::Rows,
            Type::MaybeQuerySet(_) | Type::Opaque => Given::Either,
            _ => {
                let gives = ast
                    .subtree(definition.body)
                    .any(|node| ast.kind(node) == Kind::Return && ast.first_child(node).is_some());
                match gives {
                    true => Given::Other,
                    false => Given::Nothing,
                }
            }
        },
    )
}

/// An override that gives something else than a method, where that or this is lazy.
fn differing(analysis: &Analysis<'_>, method: FunctionRef) -> Option<FunctionRef> {
    let world = &analysis.world;
    let definition = world.function(method)?;
    let class = ClassRef {
        file: method.file,
        index: definition.class?,
    };
    let own = given(analysis, method)?;
    world.descendants(class).iter().find_map(|&below| {
        let index = *world.class(below)?.methods.get(&*definition.name)?;
        let other = FunctionRef {
            file: below.file,
            index,
        };
        let differs = match (&own, given(analysis, other)?) {
            (one, other) if *one == other => false,
            (Given::Rows, Given::Nothing) => false,
            (Given::Either, Given::Iterator) => true,
            (Given::Either, _) => false,
            (Given::Rows | Given::Iterator, _) => true,
            (_, other) => matches!(other, Given::Rows | Given::Either | Given::Iterator),
        };
        differs.then_some(other)
    })
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check_unchanged, migrate_paste, report_with};

    const BASE: &str = "class Base(View):\n    def rows(self):\n        raise NotImplementedError\n\n    def get(self, request):\n        Product.objects.create(name='seen')\n        return self.render(self.rows())\n\n    def render(self, rows):\n        return JsonResponse({'rows': [str(row) for row in rows]})\n\n\n";

    #[test]
    fn a_queryset_of_one_subclass_keeps_the_hierarchy() {
        for other in [
            "return Product.objects.all()",
            "yield from Product.objects.all()",
            "for row in Product.objects.all():\n            yield row",
        ] {
            let before = format!(
                "{BASE}class One(Base):\n    def rows(self):\n        {other}\n\n\nclass Two(Base):\n    def rows(self):\n        return [row.name for row in Product.objects.all()]\n"
            );
            check_unchanged(&before);
            let report = report_with(&before, &Options::for_paste());
            let mut named = report
                .functions
                .into_iter()
                .filter(|f| f.name == "Base.get");
            let reason = named.next().expect("the handler").reason;
            assert!(reason.contains("`One.rows`"), "{reason}");
        }
    }

    #[test]
    fn a_list_in_place_of_a_queryset_as_well() {
        let base = BASE.replace("raise NotImplementedError", "return Product.objects.all()");
        check_unchanged(&format!(
            "{base}class Two(Base):\n    def rows(self):\n        return [1, 2]\n"
        ));
    }

    #[test]
    fn what_is_alike_keeps_nobody() {
        let base = BASE.replace("raise NotImplementedError", "return Product.objects.all()");
        for text in [
            format!(
                "{base}class One(Base):\n    def rows(self):\n        return Product.objects.filter(name='a')\n"
            ),
            format!(
                "{base}class One(Base):\n    def rows(self):\n        return super().rows().filter(name='a')\n"
            ),
            format!("{BASE}class One(Base):\n    def rows(self):\n        return [1, 2]\n"),
        ] {
            let after = migrate_paste(&text);
            assert!(after.contains("async def get"), "{after}");
        }
    }
}
