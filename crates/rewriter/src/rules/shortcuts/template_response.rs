//! # shortcuts/template-response
//!
//! `return render(…)` becomes `return TemplateResponse(…)`, unrendered, when templates are asked for as responses.
//!
//! Django renders a `TemplateResponse` that a view returns in the thread of the request, under ASGI as under WSGI, so the
//! template may ask the database. The view does not wait for it. Only what a view returns to Django itself is changed;
//! elsewhere, within `try` or `with`, and under decorators of other making, which may read the content,
//! [`shortcuts/wrap-render`] renders as before.
//!
//! For review: the template is rendered after the view has returned, and middleware with a `process_template_response`
//! hook sees the response.
//!
//! ```python before response
//! from django.shortcuts import render
//!
//! def catalogue(request):
//!     products = Product.objects.order_by("pk")
//!     return render(request, "catalogue.html", {"products": products, "count": Product.objects.count()})
//! ```
//! ```python after
//! from django.template.response import TemplateResponse
//!
//! async def catalogue(request):
//!     products = Product.objects.order_by("pk")
//!     return TemplateResponse(request, "catalogue.html", {"products": products, "count": await Product.objects.acount()})
//! ```

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind, Type};
use unblocked_django::{canonical, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use super::await_function::rename;
use crate::draft::{Draft, Outcome};
use crate::options::Templates;
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::Function { path } = &site.kind else {
        return None;
    };
    if draft.options.templates != Templates::Response
        || canonical(path) != "django.shortcuts.render"
        || !is_returned(draft, site.node)
        || !is_plain_view(draft)
        || !has_same_arguments(draft, site.node)
    {
        return None;
    }
    Some(
        rename(
            draft,
            site.node,
            "django.template.response",
            "TemplateResponse",
        )
        .map(|_| {
            rename_template(draft, site.node);
            draft.changed(
                "shortcuts/template-response",
                site.node,
                Evidence::Evident,
                "rendering a template evaluates whatever is lazy in it: querysets, relations, `{{ user }}`",
                "returned unrendered: Django renders it in the thread of the request, after the view, where middleware's \
                 `process_template_response` sees it",
                topics::TEMPLATE_RESPONSE,
            );
        }),
    )
}

/// True for `return render(…)`, with nothing around it that ends before it is rendered.
fn is_returned(draft: &Draft<'_>, call: NodeId) -> bool {
    let ast = draft.ast();
    let returned = ast
        .parent(call)
        .is_some_and(|parent| ast.kind(parent) == Kind::Return);
    returned
        && !ast
            .ancestors(call)
            .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
            .any(|up| matches!(ast.kind(up), Kind::Try | Kind::With))
}

/// True for a function that nothing at hand calls, under Django's own decorators only.
fn is_plain_view(draft: &Draft<'_>) -> bool {
    let (Some(definition), Some(index)) = (draft.definition(), draft.function) else {
        return false;
    };
    let own = FunctionRef {
        file: draft.file_index,
        index,
    };
    let ast = draft.ast();
    let is_djangos = |&decorator: &NodeId| {
        let mut head = decorator;
        while ast.kind(head) == Kind::Call
            && let Some(function) = ast.child(head, Field::Function)
        {
            head = function;
        }
        matches!(draft.type_of(head), Type::Path(path) if path.starts_with("django."))
    };
    definition.parent.is_none()
        && definition.class.is_none()
        && definition.decorators.iter().all(is_djangos)
        && !draft
            .analysis
            .files
            .iter()
            .any(|file| file.calls.iter().any(|call| call.callee == own))
}

/// True when the arguments mean the same to `TemplateResponse`, whose sixth parameter is another one.
fn has_same_arguments(draft: &Draft<'_>, call: NodeId) -> bool {
    let ast = draft.ast();
    let arguments = draft.arguments(call);
    let positional = arguments.iter().filter(|(name, _)| name.is_none()).count();
    (1..=5).contains(&positional)
        && arguments.iter().all(|&(name, value)| match name {
            None => !matches!(
                ast.kind(value),
                Kind::ListSplat | Kind::DictionarySplat | Kind::GeneratorExpression
            ),
            Some(name) => matches!(
                name,
                "template_name" | "context" | "content_type" | "status" | "using"
            ),
        })
}

/// `template_name=` is called `template=`.
fn rename_template(draft: &mut Draft<'_>, call: NodeId) {
    let ast = draft.ast();
    let list = ast.child(call, Field::Arguments);
    let name = list
        .into_iter()
        .flat_map(|list| ast.children(list))
        .filter(|&argument| ast.kind(argument) == Kind::KeywordArgument)
        .filter_map(|argument| ast.child(argument, Field::Name))
        .find(|&name| draft.text(name) == "template_name");
    if let Some(name) = name {
        draft.rewrites.replace(name, template!["template"]);
    }
}

#[cfg(test)]
mod tests {
    use crate::Options;
    use crate::options::Templates;
    use crate::rules::testing::{check, check_with};

    fn responses() -> Options {
        Options {
            templates: Templates::Response,
            ..Options::for_paste()
        }
    }

    const IMPORT: &str = "from django.shortcuts import render\n\n";
    const RESPONSE: &str = "from django.template.response import TemplateResponse\n\n";
    const WRAPPED: &str =
        "from asgiref.sync import sync_to_async\nfrom django.shortcuts import render\n\n";

    #[test]
    fn arguments_by_name() {
        check_with(
            &responses(),
            &format!(
                "{IMPORT}def view(request):\n    n = Order.objects.count()\n    return render(request, template_name='a.html', context={{'n': n}}, status=201)\n"
            ),
            &format!(
                "{RESPONSE}async def view(request):\n    n = await Order.objects.acount()\n    return TemplateResponse(request, template='a.html', context={{'n': n}}, status=201)\n"
            ),
        );
    }

    #[test]
    fn only_what_is_returned_to_django() {
        for (before, after) in [
            (
                "    response = render(request, 'a.html', {'n': Order.objects.count()})\n    return response\n",
                "    response = await sync_to_async(render)(request, 'a.html', {'n': await Order.objects.acount()})\n    return response\n",
            ),
            (
                "    try:\n        return render(request, 'a.html', {'n': Order.objects.count()})\n    except ValueError:\n        return HttpResponse()\n",
                "    try:\n        return await sync_to_async(render)(request, 'a.html', {'n': await Order.objects.acount()})\n    except ValueError:\n        return HttpResponse()\n",
            ),
            (
                "    return render(request, 'a.html', {'n': Order.objects.count()}, *more)\n",
                "    return await sync_to_async(render)(request, 'a.html', {'n': await Order.objects.acount()}, *more)\n",
            ),
        ] {
            check_with(
                &responses(),
                &format!("{IMPORT}def view(request, more):\n{before}"),
                &format!("{WRAPPED}async def view(request, more):\n{after}"),
            );
        }
    }

    #[test]
    fn not_what_a_helper_gives() {
        check_with(
            &responses(),
            &format!(
                "{IMPORT}def _page(request):\n    return render(request, 'a.html', {{'n': Order.objects.count()}})\n\ndef view(request):\n    return HttpResponse(_page(request).content)\n"
            ),
            &format!(
                "{WRAPPED}async def _page(request):\n    return await sync_to_async(render)(request, 'a.html', {{'n': await Order.objects.acount()}})\n\nasync def view(request):\n    return HttpResponse((await _page(request)).content)\n"
            ),
        );
    }

    #[test]
    fn by_default_it_is_rendered_as_before() {
        check(
            &format!(
                "{IMPORT}def view(request):\n    return render(request, 'a.html', {{'n': Order.objects.count()}})\n"
            ),
            &format!(
                "{WRAPPED}async def view(request):\n    return await sync_to_async(render)(request, 'a.html', {{'n': await Order.objects.acount()}})\n"
            ),
        );
    }
}
