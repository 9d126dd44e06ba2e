//! # plan/call-helper
//!
//! A helper of the project that waits is awaited: it becomes async itself, or gets an async twin.
//!
//! When every caller is in sight and can follow, the helper becomes `async def`. When others need its sync form too (or,
//! in pasted code, may), it keeps it and gets an `a`-prefixed twin, as Django's own functions do. What can't be made
//! async is left to [`plan/wrap-helper`].
//!
//! Safe.
//!
//! ```python before
//! def count_products():
//!     return Product.objects.count()
//!
//!
//! def stock(request):
//!     return JsonResponse({"count": count_products()})
//! ```
//! ```python after
//! def count_products():
//!     return Product.objects.count()
//!
//!
//! async def acount_products():
//!     return await Product.objects.acount()
//!
//!
//! async def stock(request):
//!     return JsonResponse({"count": await acount_products()})
//! ```

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind, Symbol, Type};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use crate::because::Because;
use crate::draft::{Cannot, Color, Draft, Outcome};
use crate::rewrites::template;

pub(crate) const NAME: &str = "plan/call-helper";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Project { callee, is_method } = site.kind else {
        return None;
    };
    let colors = draft.colors;
    match colors.get(&callee)? {
        Color::Convert => Some(draft.await_node(site.node).map(|()| {
            changed(draft, site, "awaited: it became async");
        })),
        // A name that is exported again elsewhere: its twin is not.
        Color::Twin(_) if !is_method && !is_direct(draft, site, callee) => None,
        Color::Twin(name) => {
            let name = name.clone();
            let named = twin(draft, site, callee, &name);
            Some(named.and_then(|()| draft.await_node(site.node)).map(|()| {
                changed(draft, site, &format!("its async twin `{name}` is awaited"));
            }))
        }
        Color::Wrap | Color::Variant => {
            if !is_method || draft.families.is_member(callee) {
                draft.unchanged(
                    NAME,
                    site.node,
                    Evidence::Proven,
                    message(draft, site),
                    "its async form is awaited",
                    topics::ASYNC,
                );
            }
            None
        }
    }
}

/// True when a call reaches its function in the module that defines it, so that its twin is there too.
pub(super) fn is_direct(draft: &Draft<'_>, site: &Site, callee: FunctionRef) -> bool {
    let ast = draft.ast();
    let Some(function) = ast.child(site.node, Field::Function) else {
        return false;
    };
    match ast.kind(function) {
        Kind::Attribute => ast
            .child(function, Field::Object)
            .is_some_and(|object| *draft.type_of(object) == Type::Module(callee.file)),
        _ if callee.file == draft.file_index => true,
        _ => {
            let local = draft.text(function);
            let import = draft
                .facts
                .imports
                .iter()
                .find(|import| import.name == local);
            import
                .and_then(|import| {
                    import
                        .path
                        .rsplit_once('.')
                        .map(|(module, _)| (module, import.is_relative))
                })
                .is_some_and(|(module, is_relative)| {
                    draft.analysis.world.resolve(module, is_relative) == Symbol::Module(callee.file)
                })
        }
    }
}

/// What a call of a function that waits says.
pub(super) fn message(draft: &Draft<'_>, site: &Site) -> String {
    format!("`{}` waits ({})", draft.excerpt(site.node), site.effect)
}

fn changed(draft: &mut Draft<'_>, site: &Site, help: &str) {
    let message = message(draft, site);
    draft.changed(
        NAME,
        site.node,
        Evidence::Proven,
        message,
        help,
        topics::ASYNC,
    );
}

/// Calls a twin instead of its function.
pub(super) fn twin(draft: &mut Draft<'_>, site: &Site, callee: FunctionRef, name: &str) -> Outcome {
    let ast = draft.ast();
    let function = ast
        .child(site.node, Field::Function)
        .ok_or_else(|| Cannot::new("a call has no callee"))?;
    let target = match ast.kind(function) {
        Kind::Attribute => ast.child(function, Field::Attribute).unwrap_or(function),
        _ => function,
    };
    let text = if ast.kind(function) == Kind::Identifier && callee.file != draft.file_index {
        // `from .services import load` → also `aload`
        let local = draft.text(function);
        let mut imports = draft.facts.imports.iter();
        let import = imports
            .clone()
            .find(|import| import.name == local && import.function == draft.function)
            .or_else(|| imports.find(|import| import.name == local))
            .ok_or_else(|| {
                Cannot::new(format!(
                    "`{local}` is imported in a way that hides where it comes from"
                ))
            })?;
        let module = ast
            .child(import.statement, Field::ModuleName)
            .map(|module| draft.text(module).to_owned())
            .ok_or_else(|| {
                Cannot::of(
                    Because::NameTaken,
                    format!("`{local}` is imported as a module"),
                )
            })?;
        if import.function.is_some() && import.function == draft.function {
            // It stands there because the modules import each other.
            let (node, others) = (import.node, has_other_uses(draft, local));
            let names = match others {
                true => format!("{}, {name}", draft.text(node)),
                false => name.to_owned(),
            };
            draft.rewrites.replace(node, template![names]);
            name.to_owned()
        } else {
            draft.need(&module, name)?
        }
    } else {
        name.to_owned()
    };
    draft.rewrites.replace(target, template![text]);
    Ok(())
}

/// True when a function that is imported in the draft's own body is used there for more than its calls.
fn has_other_uses(draft: &Draft<'_>, name: &str) -> bool {
    let ast = draft.ast();
    let uses = ast.ids().filter(|&id| {
        ast.kind(id) == Kind::Identifier
            && draft.text(id) == name
            && draft.facts.owner(id) == draft.function
    });
    let calls = draft.sites.iter().filter(|site| {
        matches!(site.kind, SiteKind::Project { .. })
            && ast
                .child(site.node, Field::Function)
                .is_some_and(|function| draft.text(function) == name)
    });
    // The import is one of the uses.
    uses.count() > calls.count() + 1
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn private_helpers_follow_their_callers() {
        check(
            "def _load(pk):\n    return Product.objects.get(pk=pk)\n\ndef view(request, pk):\n    return HttpResponse(_load(pk).name)\n",
            "async def _load(pk):\n    return await Product.objects.aget(pk=pk)\n\nasync def view(request, pk):\n    return HttpResponse((await _load(pk)).name)\n",
        );
    }

    #[test]
    fn chains_of_helpers() {
        check(
            "def load(pk):\n    return Product.objects.get(pk=pk)\n\ndef price(pk):\n    return load(pk).price\n\ndef view(request, pk):\n    return HttpResponse(price(pk))\n",
            "def load(pk):\n    return Product.objects.get(pk=pk)\n\n\nasync def aload(pk):\n    return await Product.objects.aget(pk=pk)\n\ndef price(pk):\n    return load(pk).price\n\n\nasync def aprice(pk):\n    return (await aload(pk)).price\n\nasync def view(request, pk):\n    return HttpResponse(await aprice(pk))\n",
        );
    }

    #[test]
    fn helpers_that_ask_nothing_stay() {
        check(
            "def double(x):\n    return x * 2\n\ndef view(request):\n    return HttpResponse(double(Product.objects.count()))\n",
            "def double(x):\n    return x * 2\n\nasync def view(request):\n    return HttpResponse(double(await Product.objects.acount()))\n",
        );
        check_unchanged(
            "def double(x):\n    return x * 2\n\ndef view(request):\n    return HttpResponse(double(2))\n",
        );
    }

    #[test]
    fn recursion_ends() {
        check(
            "def _walk(pk):\n    node = Node.objects.get(pk=pk)\n    return [_walk(child) for child in node.path_ids] if node.pk else []\n\ndef view(request, pk):\n    return JsonResponse(_walk(pk), safe=False)\n",
            "async def _walk(pk):\n    node = await Node.objects.aget(pk=pk)\n    return [await _walk(child) for child in node.path_ids] if node.pk else []\n\nasync def view(request, pk):\n    return JsonResponse(await _walk(pk), safe=False)\n",
        );
    }

    #[test]
    fn inner_functions_follow_the_function_around_them() {
        check(
            "def view(request):\n    def load(pk):\n        return Product.objects.get(pk=pk)\n    return HttpResponse(load(1).name)\n",
            "async def view(request):\n    async def load(pk):\n        return await Product.objects.aget(pk=pk)\n    return HttpResponse((await load(1)).name)\n",
        );
        check_unchanged(
            "def view(request):\n    def load(pk):\n        return Product.objects.get(pk=pk)\n    return HttpResponse(list(map(load, [1, 2])))\n",
        );
        check_unchanged(
            "def view(request):\n    def load(pk):\n        return Product.objects.get(pk=pk)\n    return HttpResponse(sorted([1], key=lambda pk: load(pk).name))\n\ndef later(request):\n    def rows():\n        yield Product.objects.count()\n    return HttpResponse(rows())\n",
        );
    }

    #[test]
    fn an_import_within_the_function_stays_there() {
        let services = "from .models import Product\n\ndef load(pk):\n    return Product.objects.get(pk=pk)\n\ndef other(pk):\n    from .views import decorate\n    return decorate(load(pk))\n";
        let views = "from .models import Product\n\ndef decorate(product):\n    return Product.objects.filter(pk=product.pk).exists()\n\ndef view(request, pk):\n    from .services import (\n        other,\n        load,\n    )\n    load(pk)\n    return HttpResponse([other(pk), load.__name__])\n";
        // Synchronous code calls them, too: both forms are needed.
        let commands =
            "from .services import load, other\n\ndef handle():\n    return load(1), other(1)\n";
        let mut workspace = crate::Workspace::new();
        for (path, text) in [
            ("shop/services.py", services),
            ("shop/views.py", views),
            ("shop/commands.py", commands),
        ] {
            workspace.set_file(path, text);
        }
        let report = crate::migrate(&workspace, &Options::default());
        let after = |path: &str| {
            let file = report.files.iter().find(|file| file.path == path);
            file.map(|file| file.after.clone()).unwrap_or_default()
        };
        let has = |path: &str, part: &str| {
            assert!(
                after(path).contains(part),
                "{part}\n\nin\n\n{}",
                after(path)
            );
        };
        has(
            "shop/services.py",
            "async def aother(pk):\n    from .views import adecorate\n    return await adecorate(await aload(pk))\n",
        );
        has(
            "shop/views.py",
            "    from .services import (\n        aother,\n        load, aload,\n    )\n    await aload(pk)\n    return HttpResponse([await aother(pk), load.__name__])\n",
        );
        assert!(after("shop/services.py").starts_with("from .models import Product\n\ndef load"));
    }

    #[test]
    fn a_function_that_settings_name_keeps_its_form() {
        let mut workspace = crate::Workspace::new();
        for (path, text) in [
            (
                "shop/context.py",
                "import requests\n\ndef rates(request):\n    return {'rates': requests.get('https://a.example.com/').json()}\n",
            ),
            (
                "shop/settings.py",
                "TEMPLATES = [{'OPTIONS': {'context_processors': ['shop.context.rates']}}]\n",
            ),
            (
                "shop/views.py",
                "from django.http import JsonResponse\nfrom .context import rates\n\ndef show(request):\n    return JsonResponse(rates(request))\n",
            ),
        ] {
            workspace.set_file(path, text);
        }
        let report = crate::migrate(&workspace, &crate::Options::default());
        let context = &report.files[0].after;
        assert!(context.contains("\ndef rates(request):\n"), "{context}");
        assert!(
            context.contains("\nasync def arates(request):\n"),
            "{context}"
        );
        assert!(report.files[2].after.contains("await arates(request)"));
    }
}
