//! # plan/wrap-unknown
//!
//! A call into a project module that is not at hand, or of a method whose class is not at hand, runs in Django's thread.
//!
//! It may ask the database, and then it would raise `SynchronousOnlyOperation`. In Django's thread it is right whatever it
//! does, unless it gives a generator. Adding the file it comes from tells, and makes it native. A method of Django's that a
//! variable holds (`find = orders.first`) runs there too.
//!
//! For review.
//!
//! ```python before
//! from .services import reserve
//!
//! def buy(request, pk):
//!     product = Product.objects.get(pk=pk)
//!     reserve(product)
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! from .services import reserve
//!
//! async def buy(request, pk):
//!     product = await Product.objects.aget(pk=pk)
//!     await sync_to_async(reserve)(product)
//!     return HttpResponse(product.name)
//! ```

use unblocked_analyzer::{DJANGO_METHOD, Evidence, LAZY_OBJECT, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Field, NodeId};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

const IN_THREAD: &str = "runs in Django's thread through `sync_to_async`";

fn not_at_hand(what: &str) -> String {
    format!("{what} is not at hand, and may ask the database")
}

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let excerpt = |node| format!("`{}`", draft.excerpt(node));
    let callee = draft.ast().child(site.node, Field::Function);
    let (message, add) = match &site.kind {
        SiteKind::Missing { path } if **path == *DJANGO_METHOD => {
            let what = callee.map_or_else(String::new, excerpt);
            let message = format!("{what} is a method of Django's, and may ask the database");
            (message, None)
        }
        SiteKind::Missing { path } => {
            let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
            let (what, add) = match callee {
                // What `getattr()` gave, by whatever name.
                Some(callee) if module.is_empty() && draft.text(callee) != name => {
                    (excerpt(callee), None)
                }
                _ if module.is_empty() => (format!("`{name}`"), Some("its file".to_owned())),
                _ => (format!("`{name}`"), Some(format!("`{module}`"))),
            };
            (not_at_hand(&what), add)
        }
        SiteKind::OpaqueMethod { of, name } => {
            let is_method = callee
                .and_then(|callee| draft.ast().child(callee, Field::Attribute))
                .is_some_and(|attribute| attribute == *name);
            match is_method {
                true => {
                    let what = format!("`{}()` of {of}", draft.text(*name));
                    (not_at_hand(&what), Some("its class".to_owned()))
                }
                // `getattr(order, name)`
                false => {
                    let what = excerpt(site.node);
                    let may = format!("{what} may read a relation or a property of {of}");
                    (format!("{may}, which asks the database"), None)
                }
            }
        }
        _ => return None,
    };
    let done = match &site.kind {
        SiteKind::OpaqueMethod { of, .. } if **of == *LAZY_OBJECT => call_lazily(draft, site.node),
        _ => draft.wrap_call(site.node),
    };
    Some(done.map(|()| {
        draft.changed(
            "plan/wrap-unknown",
            site.node,
            Evidence::Evident,
            message,
            match add {
                Some(add) => format!("{IN_THREAD}; add {add} to see what it does"),
                None => IN_THREAD.to_owned(),
            },
            topics::SYNC_TO_ASYNC,
        );
    }))
}

/// `request.cart.add(1)` → `await sync_to_async(await sync_to_async(getattr)(request.cart, "add"))(1)`: to read the method
/// makes the object, which is no more for the event loop than to call it.
fn call_lazily(draft: &mut Draft<'_>, call: NodeId) -> Outcome {
    let function = draft.callee(call)?;
    let ast = draft.ast();
    let parts = ast
        .child(function, Field::Object)
        .zip(ast.child(function, Field::Attribute));
    let Some((object, attribute)) = parts else {
        return draft.wrap_call(call);
    };
    let name = draft.text(attribute).to_owned();
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.await_node(call)?;
    draft.rewrites.replace(
        function,
        template![
            format!("{adapter}(await {adapter}(getattr)("),
            object,
            format!(", \"{name}\"))")
        ],
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn forms_that_are_not_at_hand() {
        check(
            "from .forms import OrderForm\n\ndef view(request):\n    form = OrderForm(request.POST)\n    if form.is_valid():\n        order = form.save()\n        Log.objects.create(order_id=1)\n    return HttpResponse(form.cleaned_data)\n",
            "from asgiref.sync import sync_to_async\n\nfrom .forms import OrderForm\n\nasync def view(request):\n    form = await sync_to_async(OrderForm)(request.POST)\n    if await sync_to_async(form.is_valid)():\n        order = await sync_to_async(form.save)()\n        await Log.objects.acreate(order_id=1)\n    return HttpResponse(form.cleaned_data)\n",
        );
    }

    #[test]
    fn classes_that_only_hold_values() {
        check(
            "from .cart import Cart\nfrom .exceptions import CartIsFull\nfrom .enums import Kind\n\ndef view(request):\n    cart = Cart(request)\n    Log.objects.create(kind=Kind(1))\n    if cart:\n        raise CartIsFull(cart)\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\nfrom .cart import Cart\nfrom .exceptions import CartIsFull\nfrom .enums import Kind\n\nasync def view(request):\n    cart = await sync_to_async(Cart)(request)\n    await Log.objects.acreate(kind=Kind(1))\n    if cart:\n        raise CartIsFull(cart)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn it_is_no_reason_to_convert_a_view() {
        check_unchanged(
            "from .services import reserve\n\ndef view(request):\n    reserve(1)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn methods_that_managers_share_with_dictionaries() {
        check(
            "cat = Category.objects.get(pk=1)\ncat.children.update(a=1)\nrows = list(cat.children.values('a'))\nn = cat.children.count()\none = cat.children.get(pk=2)\n",
            "from asgiref.sync import sync_to_async\n\ncat = await Category.objects.aget(pk=1)\nawait sync_to_async(cat.children.update)(a=1)\nrows = [row async for row in cat.children.values('a')]\nn = await cat.children.acount()\none = await cat.children.aget(pk=2)\n",
        );
        check(
            "order = Order.objects.get(pk=1)\nn = order.name.count('a')\nx = order.data.get('key')\n",
            "order = await Order.objects.aget(pk=1)\nn = order.name.count('a')\nx = order.data.get('key')\n",
        );
    }

    #[test]
    fn what_it_gives_may_be_a_queryset() {
        check(
            "from .services import rows, payload\n\ndef view(request):\n    found = rows(request)\n    n = found.count()\n    first = found.filter(a=1).first()\n    for row in found:\n        print(row)\n    data = payload(Log.objects.count())\n    data['a'] = data.get('b')\n    a, b = rows(2)\n    return JsonResponse(data)\n",
            "from asgiref.sync import sync_to_async\n\nfrom .services import rows, payload\n\nasync def view(request):\n    found = await sync_to_async(rows)(request)\n    n = await sync_to_async(found.count)()\n    first = await sync_to_async(found.filter(a=1).first)()\n    for row in await sync_to_async(list)(found):\n        print(row)\n    data = await sync_to_async(payload)(await Log.objects.acount())\n    data['a'] = data.get('b')\n    a, b = await sync_to_async(rows)(2)\n    return JsonResponse(data)\n",
        );
    }

    #[test]
    fn libraries_that_ask_the_database_are_called_in_djangos_thread() {
        check(
            "from guardian.shortcuts import get_objects_for_user\nfrom social_core.exceptions import AuthException\n\ndef view(request):\n    found = get_objects_for_user(request.user, 'shop.view', Product)\n    error = AuthException(None)\n    return HttpResponse(Product.objects.count())\n",
            "from asgiref.sync import sync_to_async\nfrom guardian.shortcuts import get_objects_for_user\nfrom social_core.exceptions import AuthException\n\nasync def view(request):\n    request.user = await request.auser()\n    found = await sync_to_async(get_objects_for_user)(request.user, 'shop.view', Product)\n    error = AuthException(None)\n    return HttpResponse(await Product.objects.acount())\n",
        );
    }

    #[test]
    fn methods_of_djangos_that_a_variable_holds() {
        for (before, after) in [
            (
                "first = {}.first\nprint(first())",
                "first = {}.first\nprint(await sync_to_async(first)())",
            ),
            (
                "actions = {{'n': {}.count, 'any': {}.exists}}\nprint(actions[name]())",
                "actions = {{'n': {}.count, 'any': {}.exists}}\nprint(await sync_to_async(actions[name])())",
            ),
            (
                "print(getattr({}, name)())",
                "print(await sync_to_async(getattr({}, name))())",
            ),
            (
                "print(getattr({}, 'first')())",
                "print(await sync_to_async(getattr({}, 'first'))())",
            ),
            (
                "found = ({}.exclude if name else {}.filter)(pk=1)\nprint(list(found))",
                "found = await sync_to_async(({}.exclude if name else {}.filter))(pk=1)\nprint(await sync_to_async(list)(found))",
            ),
        ] {
            for of in ["Product.objects", "Product.objects.filter(price=1)"] {
                let fill =
                    |text: &str| text.replace("{}", of).replace("{{", "{").replace("}}", "}");
                check(
                    &format!("product = Product.objects.get(pk=1)\n{}\n", fill(before)),
                    &format!(
                        "from asgiref.sync import sync_to_async\n\nproduct = await Product.objects.aget(pk=1)\n{}\n",
                        fill(after)
                    ),
                );
            }
        }
    }

    #[test]
    fn methods_of_instances_that_a_variable_holds() {
        check(
            "product = Product.objects.get(pk=1)\nsave = product.save\nsave()\nfor step in (product.refresh_from_db, product.full_clean):\n    step()\ngetattr(product, 'delete')()\n",
            "from asgiref.sync import sync_to_async\n\nproduct = await Product.objects.aget(pk=1)\nsave = product.save\nawait sync_to_async(save)()\nfor step in (product.refresh_from_db, product.full_clean):\n    await sync_to_async(step)()\nawait sync_to_async(getattr(product, 'delete'))()\n",
        );
    }

    #[test]
    fn methods_of_djangos_that_an_object_holds() {
        check(
            "class Total:\n    def __init__(self):\n        self.count = Product.objects.count\n\n    def now(self):\n        return self.count()\n\ndef view(request):\n    total = Total()\n    Log.objects.create()\n    return HttpResponse(f'{total.now()} {total.count()}')\n",
            "from asgiref.sync import sync_to_async\n\n\nclass Total:\n    def __init__(self):\n        self.count = Product.objects.count\n\n    def now(self):\n        return self.count()\n\nasync def view(request):\n    total = Total()\n    await Log.objects.acreate()\n    return HttpResponse(f'{await sync_to_async(total.now)()} {await sync_to_async(total.count)()}')\n",
        );
    }

    #[test]
    fn methods_of_djangos_that_are_only_read() {
        check(
            "rows = Product.objects.filter(pk=1)\nproduct = rows.get()\nprint(rows.query, rows.ordered, rows.model.objects.db, product.save.__name__)\n",
            "rows = Product.objects.filter(pk=1)\nproduct = await rows.aget()\nprint(rows.query, rows.ordered, rows.model.objects.db, product.save.__name__)\n",
        );
    }
}
