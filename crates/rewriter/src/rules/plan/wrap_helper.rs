//! # plan/wrap-helper
//!
//! A helper of the project that waits and stays synchronous runs in Django's thread: `sync_to_async`.
//!
//! That is a property, a method that waits for the database alone, a decorated function, a function in a variable, what a lambda calls, and whatever else can't be made async; and a helper that is left
//! as it is on purpose. One whose result is a generator can be helped so only where all that it gives is taken at once (`list(rows())`): elsewhere it would
//! run on the event loop.
//!
//! Safe: the very same function runs.
//!
//! ```python before
//! class Stock:
//!     def count(self):
//!         return Product.objects.count()
//!
//!
//! def stock(request):
//!     Tag.objects.filter(name="old").delete()
//!     return JsonResponse({"count": Stock().count()})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//!
//! class Stock:
//!     def count(self):
//!         return Product.objects.count()
//!
//!
//! async def stock(request):
//!     await Tag.objects.filter(name="old").adelete()
//!     return JsonResponse({"count": await sync_to_async(Stock().count)()})
//! ```

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind};
use unblocked_django::topics;

use super::super::orm::await_relation::getattr;
use super::call_helper::message;
use crate::because::Because;
use crate::draft::{Cannot, Color, Draft, Outcome};
use crate::generators::{self, Taken};

pub(crate) const NAME: &str = "plan/wrap-helper";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    // What has no color asks nothing.
    let waits = |callee: &FunctionRef| draft.colors.contains_key(callee);
    let is_needed = match &site.kind {
        // What is to be streamed alone can be so as it is, if not as well.
        SiteKind::Project { callee, .. } if is_only_streamed(draft, *callee) => false,
        SiteKind::Property { callee, .. }
        | SiteKind::Implicit { callee, .. }
        | SiteKind::Project { callee, .. } => waits(callee) && !draft.is_all_loaded(site),
        SiteKind::Value { callees } => callees.iter().any(waits),
        SiteKind::Callback { callback, callees } => {
            callees.iter().any(waits) || draft.waits_within(*callback)
        }
        _ => return None,
    };
    if !is_needed {
        return Some(Ok(()));
    }
    let (done, help) = match &site.kind {
        SiteKind::Property {
            object, attribute, ..
        } => (
            getattr(draft, site.node, *object, *attribute),
            "the property is read in Django's thread through `sync_to_async`",
        ),
        SiteKind::Implicit { function, .. } => (
            draft.apply_in_thread(site.node, function),
            "done in Django's thread through `sync_to_async`",
        ),
        SiteKind::Project { callee, .. } => (
            call(draft, site, *callee),
            "runs in Django's thread through `sync_to_async`",
        ),
        SiteKind::Value { callees } => (
            call_one_of(draft, site, callees),
            "runs in Django's thread through `sync_to_async`",
        ),
        _ => (
            draft.wrap_call(site.node),
            "runs in Django's thread through `sync_to_async`, and what it calls with it",
        ),
    };
    Some(done.map(|()| {
        let message = message(draft, site);
        draft.changed(
            NAME,
            site.node,
            Evidence::Proven,
            message,
            help,
            topics::ASYNC,
        );
    }))
}

fn is_only_streamed(draft: &Draft<'_>, callee: FunctionRef) -> bool {
    let effects = draft.http.effects();
    effects.is_some_and(|effects| effects.is_only_streamed(callee))
        && !matches!(draft.colors.get(&callee), Some(Color::Convert))
}

fn call(draft: &mut Draft<'_>, site: &Site, callee: FunctionRef) -> Outcome {
    if draft.colors.get(&callee) == Some(&Color::Convert) {
        return Err(Cannot::new(format!(
            "`{}` became async, so it has to be awaited",
            draft.excerpt(site.node)
        )));
    }
    let function = draft.analysis.world.function(callee);
    if function.is_some_and(|function| function.is_generator) {
        let taken = generators::taken(draft.facts, draft.file, site.node);
        if let Some(Taken::AtOnce(call)) = taken {
            return draft.wrap_call(call);
        }
        if draft.is_trial
            && taken.is_some()
            && function.is_some_and(|function| generators::is_plain(function))
        {
            return Ok(());
        }
        return Err(Cannot::of(
            Because::Generator,
            format!(
                "`{}` gives a generator, which would run on the event loop",
                draft.excerpt(site.node)
            ),
        ));
    }
    draft.wrap_call(site.node)
}

/// A function in a variable keeps its sync form.
fn call_one_of(draft: &mut Draft<'_>, site: &Site, callees: &[FunctionRef]) -> Outcome {
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
    let waiting = callees
        .iter()
        .find(|callee| draft.colors.contains_key(callee));
    match waiting {
        Some(&callee) => call(draft, site, callee),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn methods_run_in_a_thread() {
        check(
            "class Stock:\n    def count(self):\n        return Product.objects.count()\n\ndef view(request):\n    Product.objects.all().delete()\n    return HttpResponse(Stock().count())\n",
            "from asgiref.sync import sync_to_async\n\n\nclass Stock:\n    def count(self):\n        return Product.objects.count()\n\nasync def view(request):\n    await Product.objects.all().adelete()\n    return HttpResponse(await sync_to_async(Stock().count)())\n",
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
    fn functions_run_where_the_builtin_runs_that_calls_them() {
        let rank = "def rank(n):\n    return Product.objects.filter(n=n).count()\n\n";
        for (before, after) in [
            (
                "sorted([1, 2], key=rank)",
                "await sync_to_async(sorted)([1, 2], key=rank)",
            ),
            (
                "list(map(rank, [1, 2]))",
                "await sync_to_async(list)(map(rank, [1, 2]))",
            ),
        ] {
            check(
                &format!("{rank}def view(request):\n    return HttpResponse({before})\n"),
                &format!(
                    "from asgiref.sync import sync_to_async\n\n\n{rank}async def view(request):\n    return HttpResponse({after})\n"
                ),
            );
        }
        check_unchanged(&format!(
            "{rank}def view(request):\n    return HttpResponse(map(rank, [1, 2]))\n"
        ));
    }

    #[test]
    fn lambdas_run_where_the_helper_runs_that_calls_them() {
        let helper = "def again(function, times=2):\n    for _ in range(times):\n        return function()\n\n";
        let import = "from asgiref.sync import sync_to_async\n\n\n";
        let view = |start: &str, call: &str| {
            format!(
                "{start} view(request):\n    return HttpResponse({call}(lambda: Product.objects.count()))\n"
            )
        };
        check(
            &format!("{helper}{}", view("def", "again")),
            &format!(
                "{import}{helper}{}",
                view("async def", "await sync_to_async(again)")
            ),
        );
        for helper in [
            "def again(function):\n    return [function]\n\n",
            "def again(function):\n    def later():\n        return function()\n    return later\n\n",
            "def again(function):\n    yield function()\n\n",
            "def again(*functions):\n    return functions\n\n",
            "@cached\ndef again(function):\n    return function()\n\n",
        ] {
            check_unchanged(&format!("{helper}{}", view("def", "again")));
        }
    }

    #[test]
    fn lambdas_in_variables_run_in_the_thread_where_they_are_only_called() {
        let view = |start: &str, call: &str| {
            format!(
                "{start} view(request):\n    count = lambda n: Product.objects.filter(n=n).count()\n    return JsonResponse([{call}(1), {call}(2)], safe=False)\n"
            )
        };
        check(
            &view("def", "count"),
            &format!(
                "from asgiref.sync import sync_to_async\n\n\n{}",
                view("async def", "await sync_to_async(count)")
            ),
        );
        check_unchanged(
            "def view(request):\n    count = lambda: Product.objects.count()\n    request.count = count\n    return HttpResponse(count())\n",
        );
    }

    #[test]
    fn what_a_decorator_of_the_project_does_runs_with_it() {
        let code = |does: &str| {
            format!(
                "def logged(function):\n    def wrapper(*args):\n        {does}\n        return function(*args)\n    return wrapper\n\n@logged\ndef double(n):\n    return 2 * n\n\n"
            )
        };
        let view = |double: &str| {
            format!(
                "def view(request):\n    return HttpResponse(Product.objects.count() + {double})\n"
            )
        };
        let native = |double: &str| {
            view(double)
                .replace("def view", "async def view")
                .replace("Product.objects.count", "await Product.objects.acount")
        };
        let waits = code("Log.objects.create(text='called')");
        check(
            &format!("{waits}{}", view("double(2)")),
            &format!(
                "from asgiref.sync import sync_to_async\n\n\n{waits}{}",
                native("await sync_to_async(double)(2)")
            ),
        );
        let prints = code("print('called')");
        check(
            &format!("{prints}{}", view("double(2)")),
            &format!("{prints}{}", native("double(2)")),
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
                "{models}def view(request):\n    booking = Booking.objects.select_related('room__venue').get(pk=1)\n    return HttpResponse(str(booking) + booking.label())\n\ndef other(request):\n    booking = request.booking = Booking.objects.create(room_id=1)\n    return HttpResponse(str(booking) + booking.label())\n"
            ),
            &format!(
                "{imported}async def view(request):\n    booking = await Booking.objects.select_related('room__venue').aget(pk=1)\n    return HttpResponse(str(booking) + booking.label())\n\nasync def other(request):\n    booking = request.booking = await Booking.objects.acreate(room_id=1)\n    return HttpResponse(await sync_to_async(str)(booking) + await sync_to_async(booking.label)())\n"
            ),
        );
    }

    #[test]
    fn partials_that_are_only_called_run_in_the_thread() {
        let code =
            "def _find(name, n=0):\n    return Product.objects.filter(name=name).count() + n\n\n";
        let view = |start: &str, call: &str| {
            format!(
                "from functools import partial\n\n{start}def view(request):\n    find = partial(_find, 'a')\n    return HttpResponse({call}() + {call}(n=1))\n"
            )
        };
        check(
            &view(code, "find"),
            &view(
                &format!("from asgiref.sync import sync_to_async\n\n{code}async "),
                "await sync_to_async(find)",
            ),
        );
        for use_of in [
            "request.find = find",
            "find = find or 1",
            "run(find)",
            "g = lambda: find()",
        ] {
            check_unchanged(&format!(
                "from functools import partial\n\n{code}def view(request):\n    find = partial(_find, 'a')\n    {use_of}\n    return HttpResponse(find())\n"
            ));
        }
    }

    #[test]
    fn synchronous_code_calls_it_as_before() {
        check_unchanged(
            "class Stock:\n    def count(self):\n        return Product.objects.count()\n\ndef report():\n    return Stock().count()\n",
        );
    }
}
