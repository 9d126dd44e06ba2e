//! What calls functions that are neither views nor called by the project's own code.

use unblocked_analyzer::{Analysis, Base, ClassRef, FunctionRef, Type, World};
use unblocked_django::BaseKind;

use super::middleware::{ASYNC_CALL, async_hook};
use crate::classes::decorators::head;

/// Decorators of a template library.
const TAGS: &[&str] = &[
    "filter",
    "inclusion_tag",
    "simple_block_tag",
    "simple_tag",
    "tag",
];

/// Decorators of Django Ninja's API and routers.
const OPERATIONS: &[&str] = &["api_operation", "delete", "get", "patch", "post", "put"];

/// What Django, or a library, makes of a function, and what that means to it.
pub(super) fn of_function(analysis: &Analysis<'_>, function: FunctionRef) -> Option<String> {
    let world = &analysis.world;
    let facts = world.file(function.file)?;
    let definition = world.function(function)?;
    let imports = |package: &str| {
        facts
            .imports
            .iter()
            .any(|import| import.path.split('.').next() == Some(package))
    };
    let is_decorated = |names: &[&str]| {
        definition.decorator_names.iter().any(|name| {
            name.rsplit_once('.')
                .is_some_and(|(_, last)| names.contains(&last))
        })
    };
    if is_decorated(TAGS) && imports("django") && facts.text().contains("Library()") {
        return Some(
            "It is a template tag or filter, which Django calls synchronously while it renders: async views render in Django's thread, where it may ask the database.".to_owned(),
        );
    }
    if is_decorated(OPERATIONS) && (imports("ninja") || imports("ninja_extra")) {
        return Some(
            "It is an operation of Django Ninja, which awaits `async def` operations itself: make it one, await its queries, and return lists, not querysets.".to_owned(),
        );
    }
    let path = format!("{}.{}", facts.module, definition.name);
    let is_processor = world
        .files
        .iter()
        .any(|file| file.mentioned.contains(&path) && file.text().contains("context_processors"));
    if is_processor
        && definition
            .params
            .first()
            .is_some_and(|first| first.name == "request")
    {
        return Some(
            "It is a context processor, which Django calls synchronously while it renders: async views render in Django's thread, where it may ask the database.".to_owned(),
        );
    }
    None
}

/// What Strawberry makes of a method or function that its decorators mark as a resolver.
pub(super) fn of_resolver(analysis: &Analysis<'_>, function: FunctionRef) -> Option<&'static str> {
    let facts = analysis.world.file(function.file)?;
    let types = analysis.files.get(function.file)?;
    let definition = analysis.world.function(function)?;
    definition.decorators.iter().find_map(|&node| {
        let (Type::Path(path) | Type::External(path)) = types.type_of(head(facts, node)) else {
            return None;
        };
        match &**path {
            "strawberry.field" | "strawberry.mutation" => Some(
                "It is a resolver of Strawberry: `AsyncGraphQLView` awaits those that are `async def`, and calls the others on the event loop, where queries raise `SynchronousOnlyOperation` and other waits hold up every request.",
            ),
            "strawberry_django.field" | "strawberry_django.mutation" => Some(
                "It is a resolver of Strawberry's Django integration: `AsyncGraphQLView` awaits those that are `async def`, and runs the others in Django's thread.",
            ),
            _ => None,
        }
    })
}

/// What a class of Django's calls its methods from, when that is no view.
pub(super) fn of_class(analysis: &Analysis<'_>, class: ClassRef, method: &str) -> Option<String> {
    let world = &analysis.world;
    let name = world.class(class).map_or("", |class| &*class.name);
    if world
        .base_kinds(class)
        .any(|kind| kind == BaseKind::Middleware)
    {
        return Some(of_mixin(world, class, name, method));
    }
    let is_upload_handler = world.ancestors(class).iter().any(|base| {
        matches!(base, Base::External(path) if path.starts_with("django.core.files.uploadhandler."))
    });
    if is_upload_handler {
        return Some(format!(
            "`{name}` is an upload handler, which Django calls synchronously while it reads the body of a request."
        ));
    }
    let what = world.base_kinds(class).find_map(|kind| {
        Some(match kind {
            BaseKind::Feed => "a feed, whose view is synchronous: Django runs it in a thread",
            BaseKind::Sitemap => "a sitemap, whose view is synchronous: Django runs it in a thread",
            BaseKind::Admin => "a class of the admin, whose views are synchronous: Django runs them in a thread",
            BaseKind::Command => {
                "a management command, which runs outside of any event loop"
            }
            BaseKind::AuthBackend => {
                "an authentication backend, which Django calls in its thread (`aauthenticate` of its own is used from Django 5.2 on)"
            }
            BaseKind::Storage => "a storage, which Django calls synchronously",
            BaseKind::Serializer => "a serializer of Django REST framework, which is synchronous",
            BaseKind::TestCase => "a test case: Django's synchronous client drives async views",
            _ => return None,
        })
    })?;
    Some(format!("`{name}` is {what}."))
}

/// Why a method of a `MiddlewareMixin` stays as it is.
fn of_mixin(world: &World<'_>, class: ClassRef, name: &str, method: &str) -> String {
    let is_there = |method: &str| world.method(class, method).is_some();
    match method {
        "process_request" | "process_response"
            if is_there(ASYNC_CALL) && is_there(&async_hook(method)) =>
        {
            format!("`{name}` has an async form of it, which Django takes before async code.")
        }
        "process_request" | "process_response" => format!(
            "`{name}` is a `MiddlewareMixin`: before async views it runs `{method}` in the request's thread, which costs a change of threads (about 45 µs) and holds nothing while the view waits. It waits for no more than the database, which needs that thread: async gains nothing."
        ),
        "process_exception" => format!(
            "Django calls `{method}` of `{name}` in the request's thread, be it async or not."
        ),
        _ => format!(
            "`{name}` is a `MiddlewareMixin`, whose hooks run in the request's thread before async views: a change of threads each (about 45 µs)."
        ),
    }
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const MODEL: &str =
        "from django.db import models\n\nclass Product(models.Model):\n    pass\n\n";

    /// Why the function of that name stays in a file.
    #[track_caller]
    fn reason(text: &str, name: &str) -> String {
        let mut workspace = Workspace::new();
        let text = format!("{MODEL}{text}");
        workspace.set_file("shop/code.py", &text);
        workspace.set_file(
            "shop/settings.py",
            "TEMPLATES = [{'OPTIONS': {'context_processors': ['shop.code.counted']}}]\n",
        );
        let report = migrate(&workspace, &Options::default());
        let file = report
            .files
            .into_iter()
            .find(|file| file.path == "shop/code.py");
        let file = file.expect("the file");
        assert_eq!(file.after, text);
        let found = file
            .functions
            .into_iter()
            .find(|function| function.name == name);
        found.expect("the function").reason
    }

    const COUNT: &str = "return Product.objects.count()\n";

    #[test]
    fn functions_say_what_calls_them() {
        let tag = format!(
            "from django import template\n\nregister = template.Library()\n\n@register.simple_tag\ndef count():\n    {COUNT}"
        );
        assert!(reason(&tag, "count").contains("template tag"));
        let operation = format!(
            "from ninja import NinjaAPI\n\napi = NinjaAPI()\n\n@api.get('/count')\ndef count(request):\n    {COUNT}"
        );
        assert!(reason(&operation, "count").contains("Django Ninja"));
        let processor = "def counted(request):\n    return {'count': Product.objects.count()}\n";
        assert!(reason(processor, "counted").contains("context processor"));
    }

    #[test]
    fn resolvers_say_where_they_run() {
        let resolver = |import: &str, decorator: &str| {
            format!(
                "import strawberry\nimport {import}\n\n@strawberry.type\nclass Query:\n    @{decorator}\n    def count(self) -> int:\n        {COUNT}"
            )
        };
        let plain = resolver("strawberry", "strawberry.field(description='all')");
        assert!(reason(&plain, "Query.count").contains("on the event loop"));
        let django = resolver("strawberry_django", "strawberry_django.field");
        assert!(
            reason(&django, "Query.count").contains("in Django's thread"),
            "{}",
            reason(&django, "Query.count")
        );
        let other = resolver("strawberry", "staticmethod");
        assert!(!reason(&other, "Query.count").contains("Strawberry"));
    }

    #[test]
    fn classes_say_what_calls_them() {
        for (import, base, method, says) in [
            (
                "django.contrib.syndication.views",
                "Feed",
                "items(self)",
                "a feed",
            ),
            (
                "django.contrib.sitemaps",
                "Sitemap",
                "items(self)",
                "a sitemap",
            ),
            (
                "django.core.files.uploadhandler",
                "FileUploadHandler",
                "file_complete(self, size)",
                "upload handler",
            ),
            (
                "django.core.management.base",
                "BaseCommand",
                "handle(self)",
                "management command",
            ),
        ] {
            let text = format!(
                "from {import} import {base}\n\nclass C({base}):\n    def {method}:\n        {COUNT}"
            );
            let name = format!("C.{}", method.split('(').next().unwrap_or_default());
            let found = reason(&text, &name);
            assert!(found.contains(says), "{found}");
        }
    }

    #[test]
    fn other_functions_are_helpers() {
        assert_eq!(
            reason(&format!("def count():\n    {COUNT}"), "count"),
            "No async code calls it."
        );
    }
}
