//! # orm/evaluate-in-thread
//!
//! What may be a queryset or a list is evaluated in Django's thread.
//!
//! `async for` refuses lists, and a plain `for` over a queryset raises `SynchronousOnlyOperation`. Where the code at hand
//! does not tell which of the two a value is (a manager's own method whose source is missing, a page of a paginator),
//! `sync_to_async(list)` is right for both. It also stands where an async comprehension can't: in a comprehension
//! within a comprehension, before Python 3.11.
//!
//! Safe: the same evaluation runs, in a thread.
//!
//! ```python before
//! from django.core.paginator import Paginator
//!
//! def catalogue(request):
//!     page = Paginator(Product.objects.order_by("pk"), 10).get_page(request.GET.get("page"))
//!     return JsonResponse({"names": [product.name for product in page]})
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.core.paginator import Paginator
//!
//! async def catalogue(request):
//!     page = await sync_to_async(Paginator(Product.objects.order_by("pk"), 10).get_page)(request.GET.get("page"))
//!     return JsonResponse({"names": [product.name for product in await sync_to_async(list)(page)]})
//! ```

use unblocked_analyzer::{Consumer, Evidence, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use crate::draft::{Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate { source, by, .. } = site.kind else {
        return None;
    };
    Some(evaluate(draft, site, source, by))
}

fn evaluate(
    draft: &mut Draft<'_>,
    site: &Site,
    source: unblocked_syntax::NodeId,
    by: Consumer,
) -> Outcome {
    if matches!(by, Consumer::List | Consumer::Length) {
        // Counting need not be the same as iterating: messages that are read are gone.
        draft.wrap_call(site.node)?;
    } else if by == Consumer::Subscript
        && let Some(index) = draft.ast().child(site.node, Field::Subscript)
        && draft.ast().kind(index) != Kind::Slice
    {
        // A list or a dictionary gives its item as well.
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        draft.replace_awaited(
            site.node,
            template![format!("{adapter}("), source, ".__getitem__)(", index, ")"],
        )?;
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        let function = match by {
            Consumer::Truth if !draft.is_operand(source) => "bool",
            Consumer::Format => draft.printed_by(source, "repr")?,
            _ => "list",
        };
        draft.allow_await(source)?;
        draft
            .rewrites
            .wrap_value(source, &format!("await {adapter}({function})("), ")");
    }
    draft.changed(
        "orm/evaluate-in-thread",
        site.node,
        Evidence::Proven,
        format!("`{}` may ask the database", draft.excerpt(source)),
        "evaluated in Django's thread through `sync_to_async`",
        topics::ASYNC,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::rules::testing::{check, check_unchanged, check_with};

    #[test]
    fn a_managers_own_method_may_give_a_list() {
        check(
            "for product in Product.objects.popular():\n    print(product.pk)\n",
            "from asgiref.sync import sync_to_async\n\nfor product in await sync_to_async(list)(await sync_to_async(Product.objects.popular)()):\n    print(product.pk)\n",
        );
    }

    #[test]
    fn messages_that_are_counted_are_not_read() {
        check(
            "from django.contrib import messages\n\ndef view(request):\n    Product.objects.create(name='a')\n    return HttpResponse(len(messages.get_messages(request)))\n",
            "from asgiref.sync import sync_to_async\nfrom django.contrib import messages\n\nasync def view(request):\n    await Product.objects.acreate(name='a')\n    return HttpResponse(await sync_to_async(len)(messages.get_messages(request)))\n",
        );
    }

    #[test]
    fn serializers_of_their_own_run_in_the_thread() {
        check(
            "from django.core import serializers\nfrom django.core.serializers.json import Serializer\n\ndef view(request):\n    xml = serializers.get_serializer('xml')()\n    xml.serialize(Product.objects.all())\n    text = Serializer().serialize(Product.objects.all())\n    return HttpResponse(xml.getvalue() + text)\n",
            "from asgiref.sync import sync_to_async\nfrom django.core import serializers\nfrom django.core.serializers.json import Serializer\n\nasync def view(request):\n    xml = serializers.get_serializer('xml')()\n    await sync_to_async(xml.serialize)(Product.objects.all())\n    text = await sync_to_async(Serializer().serialize)(Product.objects.all())\n    return HttpResponse(xml.getvalue() + text)\n",
        );
    }

    #[test]
    fn printing_a_queryset_prints_the_same() {
        check(
            "text = f\"{Product.objects.all()}\"\n",
            "from asgiref.sync import sync_to_async\n\ntext = f\"{await sync_to_async(repr)(Product.objects.all())}\"\n",
        );
    }

    #[test]
    fn safe_only_rests_on_no_assumption() {
        check_with(
            &Options {
                safe_only: true,
                ..Options::for_paste()
            },
            "products = list(Product.objects.all())\nproduct = Product.objects.get(pk=1)\n",
            "from asgiref.sync import sync_to_async\n\nproducts = await sync_to_async(list)(Product.objects.all())\nproduct = await sync_to_async(Product.objects.get)(pk=1)\n",
        );
    }

    #[test]
    fn a_helper_that_is_given_a_queryset_and_something_else() {
        check(
            "def _names(rows):\n    return [row.name for row in rows]\n\ndef view(request):\n    return JsonResponse([_names(Product.objects.all()), _names(request.extra)], safe=False)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def _names(rows):\n    return [row.name for row in await sync_to_async(list)(rows)]\n\nasync def view(request):\n    return JsonResponse([await _names(Product.objects.all()), await _names(request.extra)], safe=False)\n",
        );
    }

    #[test]
    fn pages_and_their_paginators() {
        check(
            "paginator = Paginator(Product.objects.all(), 10)\npage = paginator.page(2)\nnumbers = list(paginator.page_range)\nrows = list(page.object_list.values('name'))\nmore = page.has_next()\n",
            "from asgiref.sync import sync_to_async\n\npaginator = Paginator(Product.objects.all(), 10)\npage = await sync_to_async(paginator.page)(2)\nnumbers = list(await sync_to_async(getattr)(paginator, \"page_range\"))\nrows = [row async for row in page.object_list.values('name')]\nmore = page.has_next()\n",
        );
    }

    #[test]
    fn pages_of_a_list_stay() {
        check_unchanged(
            "page = Paginator([1, 2, 3], 2).get_page(1)\nnumbers = [n for n in page]\n",
        );
    }

    #[test]
    fn messages_may_be_in_the_session() {
        check(
            "from django.contrib.messages import get_messages\n\ndef view(request):\n    said = [str(m) for m in get_messages(request)]\n    return JsonResponse(said, safe=False)\n",
            "from asgiref.sync import sync_to_async\nfrom django.contrib.messages import get_messages\n\nasync def view(request):\n    said = [str(m) for m in await sync_to_async(list)(get_messages(request))]\n    return JsonResponse(said, safe=False)\n",
        );
    }

    #[test]
    fn an_f_string_prints_what_it_printed() {
        check(
            "from asgiref.sync import sync_to_async\n\ndef view(request):\n    rows = Product.objects.all()\n    return HttpResponse(f\"{rows!r:>9} {rows}\")\n",
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    rows = Product.objects.all()\n    return HttpResponse(f\"{await sync_to_async(repr)(rows):>9} {await sync_to_async(repr)(rows)}\")\n",
        );
        let order = "from asgiref.sync import sync_to_async\nfrom django.db import models\n\nclass Order(models.Model):\n    owner = models.ForeignKey(\"auth.User\", models.CASCADE)\n\n    def __str__(self):\n        return self.owner.username\n\n";
        check(
            &format!(
                "{order}def view(request, pk):\n    order = Order.objects.create(owner_id=pk)\n    return HttpResponse(f\"{{order!r}} {{order!s}}\")\n"
            ),
            &format!(
                "{order}async def view(request, pk):\n    order = await Order.objects.acreate(owner_id=pk)\n    return HttpResponse(f\"{{await sync_to_async(repr)(order)}} {{await sync_to_async(str)(order)}}\")\n"
            ),
        );
        check_unchanged(
            "def view(request):\n    rows = Product.objects.all()\n    return HttpResponse(f\"{rows=}\")\n",
        );
    }
}
