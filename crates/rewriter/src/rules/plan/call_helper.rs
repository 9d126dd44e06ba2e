//! # plan/call-helper
//!
//! A helper of the project that waits is awaited: it becomes async itself, gets an async twin, or runs in a thread.
//!
//! When every caller is in sight and can follow, the helper becomes `async def`. When others need its sync form too (or,
//! in pasted code, may), it keeps it and gets an `a`-prefixed twin, as Django's own functions do. A method, a decorated
//! function and whatever can't be made async run in Django's thread through `sync_to_async`.
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

use super::super::orm::await_relation::getattr;
use crate::draft::{Cannot, Color, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    match &site.kind {
        SiteKind::Property {
            object,
            attribute,
            callee,
        } => {
            if !draft.colors.contains_key(callee) || draft.is_all_loaded(*object, *callee) {
                // A property without a color asks nothing.
                return Some(Ok(()));
            }
            let (object, attribute) = (*object, *attribute);
            Some(getattr(draft, site.node, object, attribute).map(|()| {
                changed(
                    draft,
                    site,
                    "the property is read in Django's thread through `sync_to_async`",
                );
            }))
        }
        SiteKind::Implicit { callee, function } => {
            if !draft.colors.contains_key(callee) || draft.is_all_loaded(site.node, *callee) {
                return Some(Ok(()));
            }
            Some(draft.allow_await(site.node).and_then(|()| {
                let adapter = draft.need("asgiref.sync", "sync_to_async")?;
                draft
                    .rewrites
                    .wrap_value(site.node, &format!("await {adapter}({function})("), ")");
                changed(
                    draft,
                    site,
                    "done in Django's thread through `sync_to_async`",
                );
                Ok(())
            }))
        }
        SiteKind::Project { callee, .. } => Some(call(draft, site, *callee)),
        SiteKind::Value { callees } => Some(call_one_of(draft, site, callees)),
        SiteKind::Callback { lambda } => Some(match draft.waits_within(*lambda) {
            true => draft.wrap_call(site.node).map(|()| {
                changed(
                    draft,
                    site,
                    "runs in Django's thread through `sync_to_async`, and what it calls with it",
                );
            }),
            false => Ok(()),
        }),
        _ => None,
    }
}

fn call(draft: &mut Draft<'_>, site: &Site, callee: FunctionRef) -> Outcome {
    match draft.colors.get(&callee) {
        None => Ok(()),
        Some(Color::Convert) => {
            draft.await_node(site.node)?;
            changed(draft, site, "awaited: it became async");
            Ok(())
        }
        // A name that is exported again elsewhere: its twin is not.
        Some(Color::Twin(_)) if !is_direct(draft, site, callee) => wrap(draft, site, callee),
        Some(Color::Twin(name)) => {
            let name = name.clone();
            twin(draft, site, callee, &name)?;
            changed(draft, site, &format!("its async twin `{name}` is awaited"));
            Ok(())
        }
        Some(Color::Wrap | Color::Variant) => {
            let ast = draft.ast();
            let object = ast
                .child(site.node, Field::Function)
                .and_then(|function| ast.child(function, Field::Object));
            if object.is_some_and(|object| draft.is_all_loaded(object, callee)) {
                return Ok(());
            }
            wrap(draft, site, callee)
        }
    }
}

fn wrap(draft: &mut Draft<'_>, site: &Site, callee: FunctionRef) -> Outcome {
    let is_generator = draft
        .analysis
        .world
        .function(callee)
        .is_some_and(|function| function.is_generator);
    if is_generator {
        return Err(Cannot::new(format!(
            "`{}` gives a generator, which would run on the event loop",
            draft.excerpt(site.node)
        )));
    }
    draft.wrap_call(site.node)?;
    changed(
        draft,
        site,
        "runs in Django's thread through `sync_to_async`",
    );
    Ok(())
}

/// A function in a variable keeps its sync form, so it runs in Django's thread.
fn call_one_of(draft: &mut Draft<'_>, site: &Site, callees: &[FunctionRef]) -> Outcome {
    let Some(&waiting) = callees
        .iter()
        .find(|callee| draft.colors.contains_key(callee))
    else {
        return Ok(());
    };
    let is_async = |callee: &FunctionRef| {
        let function = draft.analysis.world.function(*callee);
        function.is_some_and(|function| function.is_async)
    };
    if callees.iter().any(is_async) {
        return Err(Cannot::new(format!(
            "`{}` calls functions of which some are async and others are not",
            draft.excerpt(site.node)
        )));
    }
    wrap(draft, site, waiting)
}

/// True when a call reaches its function in the module that defines it, so that its twin is there too.
fn is_direct(draft: &Draft<'_>, site: &Site, callee: FunctionRef) -> bool {
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

fn changed(draft: &mut Draft<'_>, site: &Site, help: &str) {
    let excerpt = draft.excerpt(site.node);
    draft.changed(
        "plan/call-helper",
        site.node,
        Evidence::Proven,
        format!("`{excerpt}` waits ({})", site.effect),
        help,
        topics::ASYNC,
    );
}

fn twin(draft: &mut Draft<'_>, site: &Site, callee: FunctionRef, name: &str) -> Outcome {
    let ast = draft.ast();
    let function = ast
        .child(site.node, Field::Function)
        .ok_or_else(|| Cannot::new("a call has no callee"))?;
    let target = match ast.kind(function) {
        Kind::Attribute => ast.child(function, Field::Attribute).unwrap_or(function),
        _ => function,
    };
    draft.await_node(site.node)?;
    let text = if ast.kind(function) == Kind::Identifier && callee.file != draft.file_index {
        // `from .services import load` → also `aload`
        let local = draft.text(function);
        let import = draft
            .facts
            .imports
            .iter()
            .find(|import| import.name == local)
            .ok_or_else(|| {
                Cannot::new(format!(
                    "`{local}` is imported in a way that hides where it comes from"
                ))
            })?;
        let module = ast
            .child(import.statement, Field::ModuleName)
            .map(|module| draft.text(module).to_owned())
            .ok_or_else(|| Cannot::new(format!("`{local}` is imported as a module")))?;
        draft.need(&module, name)?
    } else {
        name.to_owned()
    };
    draft.rewrites.replace(target, template![text]);
    Ok(())
}

#[cfg(test)]
mod tests {
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
    fn methods_run_in_a_thread() {
        check(
            "class Stock:\n    def count(self):\n        return Product.objects.count()\n\ndef view(request):\n    Product.objects.all().delete()\n    return HttpResponse(Stock().count())\n",
            "from asgiref.sync import sync_to_async\n\n\nclass Stock:\n    def count(self):\n        return Product.objects.count()\n\nasync def view(request):\n    await Product.objects.all().adelete()\n    return HttpResponse(await sync_to_async(Stock().count)())\n",
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
    fn properties_are_read_in_a_thread_when_they_ask() {
        let models = "from django.db import models\n\nclass Product(models.Model):\n    price = models.IntegerField()\n\n    @property\n    def is_cheap(self):\n        return self.price < 10\n\n    @property\n    def is_sold(self):\n        return self.items.exists()\n\nclass Item(models.Model):\n    product = models.ForeignKey(Product, models.CASCADE, related_name='items')\n\n";
        let imported = models.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{models}def view(request, pk):\n    product = Product.objects.get(pk=pk)\n    return JsonResponse([product.is_cheap, product.is_sold], safe=False)\n"
            ),
            &format!(
                "{imported}async def view(request, pk):\n    product = await Product.objects.aget(pk=pk)\n    return JsonResponse([product.is_cheap, await sync_to_async(getattr)(product, \"is_sold\")], safe=False)\n"
            ),
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
    fn functions_in_variables_run_in_a_thread() {
        check(
            "def load(request):\n    return Product.objects.count()\n\ndef double(request):\n    return 2\n\nHANDLERS = {'load': load, 'double': double}\nPLAIN = {'double': double}\n\ndef view(request, key):\n    return HttpResponse(HANDLERS[key](request) + PLAIN[key](request))\n",
            "from asgiref.sync import sync_to_async\n\n\ndef load(request):\n    return Product.objects.count()\n\ndef double(request):\n    return 2\n\nHANDLERS = {'load': load, 'double': double}\nPLAIN = {'double': double}\n\nasync def view(request, key):\n    return HttpResponse(await sync_to_async(HANDLERS[key])(request) + PLAIN[key](request))\n",
        );
    }

    #[test]
    fn lambdas_run_where_the_builtin_runs_that_calls_them() {
        let models = "from django.db import models\n\nclass Product(models.Model):\n    price = models.IntegerField()\n\n    @property\n    def sold(self):\n        return self.items.count()\n\nclass Item(models.Model):\n    product = models.ForeignKey(Product, models.CASCADE, related_name='items')\n\n";
        let imported = models.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{models}def view(request):\n    rows = list(Product.objects.all())\n    rows.sort(key=lambda row: row.sold)\n    best = max(rows, key=lambda row: row.sold)\n    cheap = sorted(rows, key=lambda row: row.price)\n    sold = sum(map(lambda row: row.sold, rows))\n    return HttpResponse(sold)\n"
            ),
            &format!(
                "{imported}async def view(request):\n    rows = [product async for product in Product.objects.all()]\n    await sync_to_async(rows.sort)(key=lambda row: row.sold)\n    best = await sync_to_async(max)(rows, key=lambda row: row.sold)\n    cheap = sorted(rows, key=lambda row: row.price)\n    sold = await sync_to_async(sum)(map(lambda row: row.sold, rows))\n    return HttpResponse(sold)\n"
            ),
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
    fn methods_that_read_what_is_loaded_ask_nothing() {
        let models = "from django.db import models\n\nclass Venue(models.Model):\n    name = models.TextField()\n\nclass Room(models.Model):\n    venue = models.ForeignKey(Venue, models.CASCADE)\n\n    def __str__(self):\n        return self.venue.name\n\nclass Booking(models.Model):\n    room = models.ForeignKey(Room, models.CASCADE)\n\n    def __str__(self):\n        return f'{self.room}'\n\n    def label(self):\n        return self.room.venue.name\n\n";
        let imported = models.replacen(
            "from django",
            "from asgiref.sync import sync_to_async\nfrom django",
            1,
        );
        check(
            &format!(
                "{models}def view(request):\n    booking = Booking.objects.select_related('room__venue').get(pk=1)\n    return HttpResponse(str(booking) + booking.label())\n\ndef other(request):\n    booking = Booking.objects.prefetch_related('room').get(pk=1)\n    return HttpResponse(str(booking) + booking.label())\n"
            ),
            &format!(
                "{imported}async def view(request):\n    booking = await Booking.objects.select_related('room__venue').aget(pk=1)\n    return HttpResponse(str(booking) + booking.label())\n\nasync def other(request):\n    booking = await Booking.objects.prefetch_related('room').aget(pk=1)\n    return HttpResponse(str(await sync_to_async(str)(booking)) + await sync_to_async(booking.label)())\n"
            ),
        );
    }
}
