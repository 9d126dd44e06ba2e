//! # shortcuts/await-function
//!
//! A function of Django's that asks the database and has an async form: `get_object_or_404`, `get_list_or_404`,
//! `authenticate`, `login`, `logout`, `prefetch_related_objects`, ….
//!
//! `aget_object_or_404` (Django 5.0) keeps a 404 a 404; a bare `aget` would turn it into a 500. On a Django whose form
//! is missing or broken, [`shortcuts/wrap-function`] runs the sync function in Django's thread.
//!
//! Safe.
//!
//! ```python before
//! from django.shortcuts import get_object_or_404
//!
//! def product(request, pk):
//!     product = get_object_or_404(Product, pk=pk)
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! from django.shortcuts import aget_object_or_404
//!
//! async def product(request, pk):
//!     product = await aget_object_or_404(Product, pk=pk)
//!     return HttpResponse(product.name)
//! ```

use unblocked_analyzer::{Evidence, Site, SiteKind};
use unblocked_django::{async_function, topics};
use unblocked_syntax::{Field, Kind};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    let form = async_function(path)?;
    form.works_on(draft.target())
        .then(|| native(draft, site, form.module, form.name))
}

/// Calls another function in place of this one, and awaits it.
pub(in crate::rules) fn native(
    draft: &mut Draft<'_>,
    site: &Site,
    module: &str,
    name: &str,
) -> Outcome {
    let function = rename(draft, site.node, module, name)?;
    draft.await_node(site.node)?;
    let since = match &site.kind {
        SiteKind::Function { path } => async_function(path).map(|form| form.since),
        _ => None,
    };
    draft.changed(
        "shortcuts/await-function",
        site.node,
        Evidence::Proven,
        format!("`{function}` asks the database"),
        match since {
            Some(since) => format!("`await {name}(…)`, which Django has since {since}"),
            None => format!("`await {name}(…)`"),
        },
        topics::SHORTCUTS,
    );
    Ok(())
}

/// Replaces the function that a call calls; gives the old text.
pub(in crate::rules) fn rename(
    draft: &mut Draft<'_>,
    call: unblocked_syntax::NodeId,
    module: &str,
    name: &str,
) -> Result<String, Cannot> {
    let ast = draft.ast();
    let function = ast
        .child(call, Field::Function)
        .ok_or_else(|| Cannot::new("a call has no callee"))?;
    let old = draft.text(function).to_owned();
    let attribute = match ast.kind(function) {
        Kind::Attribute => ast.child(function, Field::Attribute),
        _ => None,
    };
    // `shortcuts.get_object_or_404` → `shortcuts.aget_object_or_404`, where the module is the same.
    let same_module = attribute.and_then(|_| {
        let object = ast.child(function, Field::Object)?;
        match draft.type_of(object) {
            unblocked_analyzer::Type::Path(path) => Some(&**path == module),
            _ => None,
        }
    });
    match attribute {
        Some(attribute) if same_module == Some(true) => {
            draft.rewrites.replace(attribute, template![name]);
        }
        _ => {
            let local = draft.need(module, name)?;
            draft.rewrites.replace(function, template![local]);
        }
    }
    Ok(old)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn imports_by_alias_and_by_module() {
        check(
            "from django import shortcuts\n\ndef v(request, pk):\n    return HttpResponse(shortcuts.get_object_or_404(Product, pk=pk).name)\n",
            "from django import shortcuts\n\nasync def v(request, pk):\n    return HttpResponse((await shortcuts.aget_object_or_404(Product, pk=pk)).name)\n",
        );
        check(
            "from django.shortcuts import get_object_or_404 as get404, redirect\n\ndef v(request, pk):\n    get404(Product, pk=pk)\n    return redirect('/')\n",
            "from django.shortcuts import aget_object_or_404, redirect\n\nasync def v(request, pk):\n    await aget_object_or_404(Product, pk=pk)\n    return redirect('/')\n",
        );
    }
}
