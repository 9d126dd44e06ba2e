//! # async/never-was
//!
//! Names that Django never had, in any version: `aall()`, `afilter()`, `alist()`, `Model.objects.adelete()`,
//! `await order.acustomer`, `form.ais_valid()`.
//!
//! Recipes with them are in circulation. What makes a queryset is lazy and has no async form: `AttributeError: 'Manager' object has no
//! attribute 'afilter'`. Relations have none either: `AttributeError: 'Order' object has no attribute 'acustomer'`. Querysets have
//! `adelete()`, managers don't. Forms validate and save synchronously, in Django's thread. Holds up to Django 6.1.
//!
//! Safe where the definition is at hand, else for review.
//!
//! ```python meant
//! names = [product.name for product in Product.objects.filter(is_active=True)]
//! tags = [tag.name for tag in list(Tag.objects.all())]
//! order = Order.objects.get(pk=1)
//! customer = getattr(order, "customer")
//! ```
//! ```python before
//! names = [product.name for product in await Product.objects.afilter(is_active=True)]
//! tags = [tag.name for tag in await Tag.objects.alist()]
//! order = await Order.objects.aget(pk=1)
//! customer = await order.acustomer
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! names = [product.name async for product in Product.objects.filter(is_active=True)]
//! tags = [tag.name for tag in [row async for row in Tag.objects.all()]]
//! order = await Order.objects.aget(pk=1)
//! customer = await sync_to_async(getattr)(order, "customer")
//! ```

use unblocked_analyzer::{HalfAsync, NeverWas, Site, Type};
use unblocked_django::topics;
use unblocked_syntax::{Field, NodeId};

use super::{awaited, half_async};
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "async/never-was";

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let &HalfAsync::NeverWas(what) = half_async(site)? else {
        return None;
    };
    let done = match what {
        NeverWas::Builder { name } => builder(draft, site, name),
        NeverWas::List { rows } => list(draft, site, rows),
        NeverWas::ManagerDelete { manager } => {
            draft.rewrites.wrap(manager, "", ".all()");
            Ok((
                "managers have no `adelete()`, querysets do".to_owned(),
                "`all()` makes a queryset of it".to_owned(),
            ))
        }
        NeverWas::Relation { object, attribute } => relation(draft, site, object, attribute),
        NeverWas::Form { name } => form(draft, site, name),
    };
    Some(done.map(|(message, help)| {
        draft.changed(
            NAME,
            site.node,
            site.evidence,
            message,
            help,
            topics::QUERIES,
        );
    }))
}

type Told = Result<(String, String), Cannot>;

fn bare<'t>(draft: &Draft<'t>, name: NodeId) -> &'t str {
    let text = draft.text(name);
    text.strip_prefix('a').unwrap_or(text)
}

fn builder(draft: &mut Draft<'_>, site: &Site, name: NodeId) -> Told {
    let sync = bare(draft, name);
    if let Some(whole) = awaited(draft, site.node) {
        draft.rewrites.replace(whole, template![site.node]);
    }
    draft.rewrites.replace(name, template![sync]);
    Ok((
        format!("Django has no `a{sync}()`: `AttributeError`"),
        format!("`{sync}()` is lazy and asks nothing; its rows are fetched where they are used"),
    ))
}

fn list(draft: &mut Draft<'_>, site: &Site, rows: NodeId) -> Told {
    let whole = awaited(draft, site.node).unwrap_or(site.node);
    if draft.is_in_comprehension(whole) && !draft.allows_nested_async() {
        return Err(Cannot::new(
            "it stands in a comprehension, which can hold an async one from Python 3.11 on",
        ));
    }
    draft.allow_await(whole)?;
    let row = draft.row_name(rows);
    let all = match draft.type_of(rows) {
        Type::Manager(_) => ".all()]",
        _ => "]",
    };
    draft.rewrites.replace(
        whole,
        template![format!("[{row} async for {row} in "), rows, all],
    );
    Ok((
        "Django has no `alist()`: `AttributeError`".to_owned(),
        "an async comprehension fetches the rows".to_owned(),
    ))
}

fn relation(draft: &mut Draft<'_>, site: &Site, object: NodeId, attribute: NodeId) -> Told {
    let name = bare(draft, attribute);
    let quote = draft.quote(site.node)?;
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    draft.rewrites.replace(
        site.node,
        template![
            format!("{adapter}(getattr)("),
            object,
            format!(", {quote}{name}{quote})")
        ],
    );
    Ok((
        format!("relations have no async form, `a{name}` does not exist: `AttributeError`"),
        format!(
            "`{name}` is read in Django's thread; `select_related(\"{name}\")` would load it with its object"
        ),
    ))
}

fn form(draft: &mut Draft<'_>, site: &Site, name: NodeId) -> Told {
    let sync = bare(draft, name);
    if awaited(draft, site.node).is_some() {
        let function = draft
            .ast()
            .child(site.node, Field::Function)
            .ok_or_else(|| Cannot::new("a call has no callee"))?;
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        draft.rewrites.wrap(function, &format!("{adapter}("), ")");
    } else {
        draft.wrap_call(site.node)?;
    }
    draft.rewrites.replace(name, template![sync]);
    Ok((
        format!("forms have no `a{sync}()`: `AttributeError`"),
        format!("`{sync}()` runs in Django's thread"),
    ))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, check_unchanged};

    #[test]
    fn builders_of_every_kind() {
        check(
            "async def view(request):\n    books = await Book.objects.aall()\n    async for book in books:\n        print(book.pk)\n    async for book in Book.objects.aexclude(a=1):\n        print(book.pk)\n    rows = await Book.objects.filter(a=1).avalues('a')\n    one = await (await Book.objects.aorder_by('a')).afirst()\n    await Book.objects.adelete()\n    return JsonResponse({'rows': [r for r in rows]})\n",
            "async def view(request):\n    books = Book.objects.all()\n    async for book in books:\n        print(book.pk)\n    async for book in Book.objects.exclude(a=1):\n        print(book.pk)\n    rows = Book.objects.filter(a=1).values('a')\n    one = await (Book.objects.order_by('a')).afirst()\n    await Book.objects.all().adelete()\n    return JsonResponse({'rows': [r async for r in rows]})\n",
        );
    }

    #[test]
    fn forms_validate_in_the_thread() {
        check(
            "from django import forms\n\nclass BookForm(forms.ModelForm):\n    class Meta:\n        model = Book\n        fields = ['title']\n\nasync def view(request):\n    form = BookForm(request.POST)\n    if await form.ais_valid():\n        book = await form.asave()\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\nfrom django import forms\n\nclass BookForm(forms.ModelForm):\n    class Meta:\n        model = Book\n        fields = ['title']\n\nasync def view(request):\n    form = BookForm(request.POST)\n    if await sync_to_async(form.is_valid)():\n        book = await sync_to_async(form.save)()\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn what_the_project_or_django_has_stays() {
        check_unchanged(
            "async def view(request):\n    order = await Order.objects.aget(pk=1)\n    author = await order.author\n    a = await shop.aall()\n    b = await tasks.alist()\n    await Order.objects.filter(a=1).adelete()\n    c = await order.address\n    return HttpResponse(a)\n",
        );
        check_unchanged(
            "from django.db import models\n\nclass Orders(models.Manager):\n    async def alist(self):\n        return [row async for row in self.all()]\n\nclass Order(models.Model):\n    objects = Orders()\n\nasync def view(request):\n    return HttpResponse(len(await Order.objects.alist()))\n",
        );
    }
}
