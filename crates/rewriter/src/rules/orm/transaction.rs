//! # orm/transaction
//!
//! A transaction, or a block with a database cursor, becomes an inner function that runs in Django's thread as one piece.
//!
//! `with transaction.atomic():` raises `SynchronousOnlyOperation` in async code, and there is no async form of it: a
//! transaction belongs to one thread's connection, and nothing of another task may come between. So the whole block
//! stays synchronous code, in a function of its own which is called through `sync_to_async`. Variables that it binds and that are
//! used after it are returned, or shared with `nonlocal`; `return`, `break` and `continue` that leave the block do so
//! after the call. The helpers that it calls keep their synchronous form.
//!
//! A view that waits in such blocks only stays synchronous, since async gains it nothing (`--all-views` converts it all the
//! same), and so does one whose block can't be moved exactly; the reason is given.
//!
//! Safe.
//!
//! ```python before
//! from django.db import transaction
//!
//! def buy(request, pk):
//!     customer = Customer.objects.first()
//!     with transaction.atomic():
//!         product = Product.objects.select_for_update().get(pk=pk)
//!         if product.stock == 0:
//!             return HttpResponse("sold out", status=409)
//!         product.stock -= 1
//!         product.save()
//!         order = Order.objects.create(customer=customer, total=product.price)
//!     return HttpResponse(f"order {order.pk}")
//! ```
//! ```python after
//! from asgiref.sync import sync_to_async
//! from django.db import transaction
//!
//! async def buy(request, pk):
//!     customer = await Customer.objects.afirst()
//!     def in_transaction():
//!         with transaction.atomic():
//!             product = Product.objects.select_for_update().get(pk=pk)
//!             if product.stock == 0:
//!                 return HttpResponse("sold out", status=409), None
//!             product.stock -= 1
//!             product.save()
//!             order = Order.objects.create(customer=customer, total=product.price)
//!         return None, order
//!     early_response, order = await sync_to_async(in_transaction)()
//!     if early_response is not None:
//!         return early_response
//!     return HttpResponse(f"order {order.pk}")
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind, SyncOnly};
use unblocked_django::topics;
use unblocked_syntax::{Kind, NodeId};

use crate::draft::{Draft, Outcome};
use crate::regions::{Exits, Extraction, Jump};
use crate::rewrites::{Enclosure, Extent, Footer, template};

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::SyncOnly { what } = site.kind else {
        return None;
    };
    if matches!(what, SyncOnly::Resource(_) | SyncOnly::Manager { .. }) {
        return None;
    }
    let extraction = draft
        .regions
        .extraction(draft.file_index, draft.function, site.node, what);
    Some(extraction.and_then(|extraction| {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        let name = &extraction.name;
        extract(draft, site.node, extraction, &format!("await {adapter}({name})()"));
        draft.changed(
            "orm/transaction",
            site.node,
            Evidence::Proven,
            format!("It opens {what}, which raises `SynchronousOnlyOperation` in async code"),
            format!("the whole block became the inner function `{name}`, which runs in Django's thread through `sync_to_async`"),
            topics::TRANSACTIONS,
        );
        Ok(())
    }))
}

/// Writes the function, its call and what follows from how it was left.
pub(in crate::rules) fn extract(
    draft: &mut Draft<'_>,
    statement: NodeId,
    extraction: &Extraction,
    call: &str,
) {
    let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
    let name = &extraction.name;
    let results = &extraction.results;
    // What it returns at its end and where it is left; what takes that.
    let mut at_end = results.clone();
    let mut taken = results.clone();
    let mut after = String::new();
    match &extraction.exits {
        Exits::End => {}
        Exits::Return => taken = vec!["return".to_owned()],
        Exits::Value { jumps, name } => {
            leave(draft, jumps, false, results.len());
            after = format!("\nif {name} is not None:\n{unit}return {name}");
            taken.insert(0, name.clone());
            if !results.is_empty() {
                at_end.insert(0, "None".to_owned());
            }
        }
        Exits::Flag { jumps, flag, value } => {
            leave(
                draft,
                jumps,
                true,
                results.len() + usize::from(value.is_some()),
            );
            for jump in [Jump::Return(None), Jump::Break, Jump::Continue] {
                let keyword = jump.keyword();
                if jumps.iter().any(|(_, other)| other.keyword() == keyword) {
                    after.push_str(&format!("\nif {flag} == \"{keyword}\":\n{unit}{keyword}"));
                    if let (Jump::Return(_), Some(value)) = (jump, value) {
                        after.push_str(&format!(" {value}"));
                    }
                }
            }
            let own: Vec<String> = std::iter::once(flag).chain(value).cloned().collect();
            if own.len() + results.len() > 1 {
                at_end.splice(0..0, own.iter().map(|_| "None".to_owned()));
            }
            taken.splice(0..0, own);
        }
    }
    let inner = if at_end.is_empty() || !extraction.completes {
        String::new()
    } else {
        format!("\nreturn {}", at_end.join(", "))
    };
    let taken = match &extraction.exits {
        Exits::Return => "return ".to_owned(),
        _ if taken.is_empty() => String::new(),
        _ => format!("{} = ", taken.join(", ")),
    };
    let declarations: String = extraction
        .declarations
        .iter()
        .map(|line| format!("\n{unit}{line}"))
        .collect();
    draft.rewrites.enclose(Enclosure {
        first: statement,
        last: statement,
        header: template![format!("def {name}():{declarations}")],
        extent: Extent::None,
        footer: Some(Footer {
            inner: template![inner],
            outer: template![format!("\n{taken}{call}{after}")],
        }),
        is_set_off: false,
        finding: None,
    });
}

/// Rewrites the statements that leave the block: `return x` → `return "return", x, None`.
fn leave(draft: &mut Draft<'_>, jumps: &[(NodeId, Jump)], flagged: bool, values: usize) {
    for &(node, jump) in jumps {
        let keyword = jump.keyword();
        let flag = if flagged {
            format!("\"{keyword}\"")
        } else {
            String::new()
        };
        let Jump::Return(Some(value)) = jump else {
            let nothing = ", None".repeat(values);
            draft
                .rewrites
                .replace(node, template![format!("return {flag}{nothing}")]);
            continue;
        };
        let (flag, rest) = if flagged {
            (format!("{flag}, "), values.saturating_sub(1))
        } else {
            (flag, values)
        };
        let is_bare_tuple = draft.ast().kind(value) == Kind::ExpressionList;
        if is_bare_tuple && (flagged || rest > 0) {
            draft.rewrites.wrap_value(value, "(", ")");
        }
        draft
            .rewrites
            .wrap_value(value, &flag, &", None".repeat(rest));
    }
}

#[cfg(test)]
mod tests;
