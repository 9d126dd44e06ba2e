//! What becomes of a view that is kept under a name: `page = csrf_exempt(Page.as_view())`.

use unblocked_analyzer::{Analysis, FileFacts, Symbol};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Wrapper;
use super::decorated::{Around, around_nested};
use crate::because::Because;
use crate::draft::Cannot;
use crate::options::Options;

/// Names that a URL module gives to views which Django calls synchronously.
const ERROR_HANDLERS: &[&str] = &["handler400", "handler403", "handler404", "handler500"];

/// Follows the names that an assignment gives to a view. `depth`: how many names lead here.
pub(super) fn uses(
    analysis: &Analysis<'_>,
    options: &Options,
    file: usize,
    assignment: NodeId,
    depth: usize,
) -> Result<Vec<Wrapper>, Cannot> {
    let elsewhere = || {
        Cannot::of(
            Because::UsedAsValue,
            "is used where a coroutine may not be expected",
        )
    };
    let facts = analysis.world.file(file).ok_or_else(elsewhere)?;
    let ast = facts.ast();
    let target = ast.child(assignment, Field::Left).ok_or_else(elsewhere)?;
    let name = facts.source(target);
    let is_chained = ast
        .parent(assignment)
        .is_none_or(|up| ast.kind(up) != Kind::ExpressionStatement);
    let in_class = ast
        .ancestors(target)
        .find(|&up| matches!(ast.kind(up), Kind::FunctionDef | Kind::ClassDef))
        .is_some_and(|up| ast.kind(up) == Kind::ClassDef);
    if ast.kind(target) != Kind::Identifier || is_chained || in_class {
        return Err(Cannot::of(
            Because::UsedAsValue,
            format!("is kept as `{name}`, and what calls that may be synchronous"),
        ));
    }
    let owner = facts.owner(target);
    let mut found = Vec::new();
    match owner.and_then(|index| facts.functions.get(index)) {
        Some(function) => {
            let named = ast
                .subtree(function.body)
                .filter(|&node| ast.kind(node) == Kind::Identifier && facts.source(node) == name);
            found.extend(named.map(|node| (file, facts, node)));
        }
        None if ERROR_HANDLERS.contains(&name) => {
            return Err(Cannot::of(
                Because::DjangoCalls,
                format!("is `{name}`, and Django calls its error handlers synchronously"),
            ));
        }
        None => {
            let path = format!("{}.{name}", facts.module);
            for (at, other) in analysis.world.files.iter().enumerate() {
                if other.mentioned.contains(path.as_str()) {
                    return Err(called(name, &other.path));
                }
                let named = of_module(analysis, at, other, file, name);
                found.extend(named.map(|node| (at, other, node)));
            }
        }
    }
    let mut wrappers = Vec::new();
    for (at, facts, node) in found {
        if node == target {
            continue;
        }
        match used(facts, node) {
            Used::Harmless => {}
            Used::Called => return Err(called(name, &facts.path)),
            Used::PassedOn => match around_nested(analysis, options, at, node, depth + 1) {
                Ok(Around {
                    wrappers: more,
                    is_route: true,
                }) => wrappers.extend(more),
                Ok(Around { wrappers: more, .. }) if !is_bare(facts, node) => wrappers.extend(more),
                Ok(_) => return Err(called(name, &facts.path)),
                Err(cannot) => {
                    return Err(
                        cannot.said(|reason| format!("is kept as `{name}`, which {reason}"))
                    );
                }
            },
        }
    }
    Ok(wrappers)
}

fn called(name: &str, path: &str) -> Cannot {
    Cannot::of(
        Because::UsedAsValue,
        format!("is kept as `{name}`, which synchronous code in {path} may call"),
    )
}

/// The expressions of a file that mean a variable of a module.
fn of_module<'f>(
    analysis: &'f Analysis<'_>,
    at: usize,
    facts: &'f FileFacts,
    file: usize,
    name: &'f str,
) -> impl Iterator<Item = NodeId> + use<'f> {
    let ast = facts.ast();
    let is_any = facts.text().contains(name) || facts.text().contains("import");
    let means = move |dotted: &str| matches!(analysis.world.dotted(at, dotted), Some(Symbol::Variable(of, known)) if of == file && &*known == name);
    ast.ids()
        .filter(move |_| is_any)
        .filter(move |&node| match ast.kind(node) {
            Kind::Identifier => {
                ast.field(node) != Some(Field::Attribute) && means(facts.source(node))
            }
            Kind::Attribute => {
                facts.source(node).ends_with(name)
                    && facts.dotted(node).is_some_and(|dotted| means(&dotted))
            }
            _ => false,
        })
}

/// What is done with a view where its name stands.
enum Used {
    /// Nothing that a coroutine in place of a response would spoil.
    Harmless,
    /// It is called, or may be.
    Called,
    /// Another call gets it, or it gets another name.
    PassedOn,
}

fn used(facts: &FileFacts, node: NodeId) -> Used {
    let ast = facts.ast();
    let Some(parent) = ast.parent(node) else {
        return Used::Called;
    };
    let in_import = ast
        .ancestors(node)
        .any(|up| matches!(ast.kind(up), Kind::Import | Kind::ImportFrom));
    if in_import {
        return Used::Harmless;
    }
    match ast.kind(parent) {
        // `page.csrf_exempt = True`
        Kind::Attribute if ast.field(node) == Some(Field::Object) => Used::Harmless,
        Kind::KeywordArgument if ast.field(node) == Some(Field::Name) => Used::Harmless,
        Kind::Call if ast.field(node) == Some(Field::Function) => {
            match ast.parent(parent).map(|up| ast.kind(up)) {
                Some(Kind::Await) => Used::Harmless,
                _ => Used::Called,
            }
        }
        Kind::ArgumentList | Kind::KeywordArgument | Kind::Parenthesized => Used::PassedOn,
        Kind::Assignment if ast.field(node) == Some(Field::Right) => Used::PassedOn,
        _ => Used::Called,
    }
}

/// True for a statement that is nothing but the name, which `around` takes for harmless.
fn is_bare(facts: &FileFacts, node: NodeId) -> bool {
    let ast = facts.ast();
    ast.parent(node)
        .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::rules::testing::{check_unchanged, report_with};
    use crate::{Options, migrate};

    const VIEW: &str = "class V(View):\n    def get(self, request):\n        return HttpResponse(Product.objects.count())\n\n\n";

    #[test]
    fn what_synchronous_code_calls_by_a_name_stays() {
        for rest in [
            "def front(request):\n    view = V.as_view()\n    return view(request)\n",
            "def front(request):\n    view = kept = V.as_view()\n    return kept(request)\n",
            "class Front(View):\n    def post(self, request, **kw):\n        view = V.as_view()\n        return view(request, **kw)\n",
            "class Front(View):\n    view = V.as_view()\n",
            "from django.views.decorators.csrf import csrf_exempt\n\nv = csrf_exempt(V.as_view())\n\ndef front(request):\n    response = v(request)\n    response['X'] = '1'\n    return response\n",
            "v = V.as_view()\nw = v\n\ndef front(request):\n    return w(request)\n",
            "v = V.as_view()\n\ndef front(request):\n    return pick(v)\n",
            "handler404 = V.as_view()\n",
        ] {
            let before = format!("{VIEW}{rest}");
            check_unchanged(&before);
            let report = report_with(&before, &Options::for_paste());
            let mut named = report.functions.into_iter().filter(|f| f.name == "V.get");
            let reason = named.next().expect("the handler").reason;
            assert!(reason.contains("`V.as_view()`"), "{reason}");
        }
    }

    #[test]
    fn other_modules_call_it_too() {
        let views = format!(
            "from django.http import HttpResponse\nfrom django.views import View\nfrom .models import Product\n\n{VIEW}v = V.as_view()\n"
        );
        let after = |urls: &str| {
            let mut workspace = Workspace::new();
            workspace.set_file(
                "shop/models.py",
                "from django.db import models\n\nclass Product(models.Model):\n    pass\n",
            );
            workspace.set_file("shop/views.py", &views);
            workspace.set_file("shop/urls.py", urls);
            let report = migrate(&workspace, &Options::default());
            let file = report
                .files
                .into_iter()
                .find(|file| file.path == "shop/views.py");
            file.map(|file| file.after).unwrap_or_default()
        };
        for urls in [
            "from .views import v as page\n\ndef front(request):\n    return page(request)\n",
            "from . import views\n\ndef front(request):\n    return views.v(request)\n",
        ] {
            assert_eq!(after(urls), views, "{urls}");
        }
        for urls in [
            "from django.urls import path\nfrom . import views\n\nurlpatterns = [path('', views.v)]\n",
            "from django.urls import path\nfrom .views import v\nfrom django.views.decorators.cache import never_cache\n\nv.csrf_exempt = True\nurlpatterns = [path('', never_cache(v), name='v')]\n",
        ] {
            assert!(after(urls).contains("async def get"), "{urls}");
        }
    }
}
