//! # orm/await-index
//!
//! Taking one row out of a queryset by its index, or rows by a slice with a step, asks the database.
//!
//! There is no async form of `queryset[0]`, and `afirst()` means something else: it orders the rows, and gives `None`
//! instead of `IndexError`. So the very same operation runs in Django's thread. Plain slices (`queryset[:5]`) are lazy
//! and stay.
//!
//! Safe: the very same operation runs.
//!
//! ```python before
//! cheapest = Product.objects.order_by("price", "pk")[0]
//! some = Product.objects.order_by("pk")[:3]
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//!
//! cheapest = await sync_to_async(Product.objects.order_by("price", "pk").__getitem__)(0)
//! some = Product.objects.order_by("pk")[:3]
//! ```

use unblocked_analyzer::{Consumer, Evidence, Site, SiteKind};
use unblocked_django::topics;
use unblocked_syntax::{Field, Kind};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::{Piece, template};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Evaluate {
        source,
        by: Consumer::Subscript,
        ..
    } = site.kind
    else {
        return None;
    };
    Some(take(draft, site, source))
}

fn take(draft: &mut Draft<'_>, site: &Site, source: unblocked_syntax::NodeId) -> Outcome {
    let ast = draft.ast();
    let index = ast
        .child(site.node, Field::Subscript)
        .ok_or_else(|| Cannot::new("a subscript has no index"))?;
    let adapter = draft.need("asgiref.sync", "sync_to_async")?;
    let mut template = template![format!("{adapter}("), source, ".__getitem__)("];
    if ast.kind(index) == Kind::Slice {
        // `a:b:c`, each of which may be missing.
        template.push(Piece::from("slice("));
        let text = draft.text(index);
        let start = ast.span(index).start;
        let parts: Vec<_> = ast.children(index).collect();
        let mut after = 0;
        let mut position = 0;
        let ends = text
            .match_indices(':')
            .map(|(at, _)| at)
            .chain([text.len()]);
        for (argument, at) in ends.enumerate() {
            let offset = start + u32::try_from(at).unwrap_or(0);
            let part = parts
                .get(position)
                .copied()
                .filter(|&part| ast.span(part).start < offset && ast.span(part).start >= after);
            if argument > 0 {
                template.push(Piece::from(", "));
            }
            match part {
                Some(part) => {
                    template.push(Piece::Node(part));
                    position += 1;
                }
                None => template.push(Piece::from("None")),
            }
            after = offset;
        }
        template.push(Piece::from(")"));
    } else {
        template.push(Piece::Node(index));
    }
    template.push(Piece::from(")"));
    draft.replace_awaited(site.node, template)?;
    draft.changed(
        "orm/await-index",
        site.node,
        Evidence::Proven,
        format!("`{}` asks the database", draft.excerpt(site.node)),
        "the same operation runs in Django's thread through `sync_to_async`",
        topics::EVALUATION,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn a_slice_with_a_step() {
        check(
            "a = Product.objects.all()[::2]\nb = Product.objects.all()[1:n:2]\n",
            "from asgiref.sync import sync_to_async\n\na = await sync_to_async(Product.objects.all().__getitem__)(slice(None, None, 2))\nb = await sync_to_async(Product.objects.all().__getitem__)(slice(1, n, 2))\n",
        );
    }

    #[test]
    fn the_row_is_used_at_once() {
        check(
            "name = Product.objects.order_by('pk')[0].name\n",
            "from asgiref.sync import sync_to_async\n\nname = (await sync_to_async(Product.objects.order_by('pk').__getitem__)(0)).name\n",
        );
    }

    #[test]
    fn a_second_run_knows_the_row() {
        check(
            "from asgiref.sync import sync_to_async\n\ndef view(request):\n    first = request.user.lists.all()[0]\n    if first.may_edit(request.user):\n        return HttpResponse(first)\n    return HttpResponse()\n",
            "from asgiref.sync import sync_to_async\n\nasync def view(request):\n    request.user = await request.auser()\n    first = await sync_to_async(request.user.lists.all().__getitem__)(0)\n    if await sync_to_async(first.may_edit)(request.user):\n        return HttpResponse(first)\n    return HttpResponse()\n",
        );
    }
}
