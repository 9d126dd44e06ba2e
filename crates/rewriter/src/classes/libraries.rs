//! What classes of the project are that derive from those of a library: views, consumers, serializers, schemas.

use unblocked_analyzer::{Analysis, Base, ClassRef};

/// What a class of the project is that derives from one of a library's.
pub(crate) fn of_library_class(analysis: &Analysis<'_>, class: ClassRef) -> Option<&'static str> {
    let bases = analysis.world.ancestors(class).iter();
    bases
        .filter_map(|base| match base {
            Base::External(path) => of_library(path),
            _ => None,
        })
        .next()
}

/// What a library's class is, when it is known to have no async handlers of Django's kind.
pub(super) fn of_library(path: &str) -> Option<&'static str> {
    let (package, rest) = path.split_once('.').unwrap_or((path, ""));
    let module = rest.split('.').next().unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    Some(match (package, module) {
        ("rest_framework" | "rest_framework_simplejwt" | "rest_framework_nested", _) => {
            of_rest_framework(module)
        }
        ("adrf", "serializers") => {
            "a serializer of adrf, whose async forms (`adata`, `asave`) call its own async methods"
        }
        ("adrf", _) => "a view of adrf, which awaits handlers that are `async def`",
        ("ninja", "security") => {
            "an authentication of Django Ninja, which async operations await when it is `async def`"
        }
        ("ninja", _) if matches!(name, "Schema" | "ModelSchema" | "FilterSchema") => {
            "a schema of Django Ninja, whose resolvers are synchronous: async operations give it rows with all that these read loaded"
        }
        ("graphene_django", "views") => "a view of Graphene, which runs its schema synchronously",
        ("graphene" | "graphene_django", _) => {
            "a type of Graphene, whose `GraphQLView` runs resolvers synchronously, in a thread"
        }
        ("strawberry", _) => {
            "a view of Strawberry, which has an async view of its own (`AsyncGraphQLView`)"
        }
        ("ariadne_django" | "ariadne", _) => "a GraphQL view, which runs its schema itself",
        ("channels", _) if name.starts_with("Async") => {
            "an async consumer of Channels: what is synchronous in it runs in a thread by `database_sync_to_async`"
        }
        ("channels", _) => {
            "a synchronous consumer of Channels, which runs in a thread: to await, derive it from the async class (`AsyncWebsocketConsumer`, …), with `database_sync_to_async` around transactions"
        }
        ("formtools", _) => "a form wizard, whose handlers are synchronous",
        ("django_filters" | "django_tables2" | "extra_views", _) => {
            "a generic view of a library, whose handlers are synchronous"
        }
        _ => return None,
    })
}

/// What a class of Django REST framework's is, by the module that it comes from.
fn of_rest_framework(module: &str) -> &'static str {
    match module {
        "serializers" | "fields" | "relations" | "validators" => {
            "a serializer of Django REST framework, which is synchronous (adrf has async ones)"
        }
        "permissions" => {
            "a permission of Django REST framework, whose views ask it synchronously (those of adrf await it)"
        }
        "throttling" => {
            "a throttle of Django REST framework, whose views ask it synchronously (those of adrf await it)"
        }
        "authentication" => {
            "an authentication of Django REST framework, whose views call it synchronously"
        }
        "filters" | "metadata" | "negotiation" | "pagination" | "parsers" | "renderers"
        | "schemas" | "versioning" => {
            "a part of Django REST framework's views, which call it synchronously"
        }
        _ => "a view of Django REST framework, whose views are synchronous (adrf has async ones)",
    }
}

#[cfg(test)]
mod tests {
    use super::of_library;

    #[test]
    fn each_class_is_called_what_it_is() {
        for (path, says) in [
            (
                "rest_framework.viewsets.ModelViewSet",
                "a view of Django REST",
            ),
            (
                "rest_framework.serializers.ModelSerializer",
                "a serializer of",
            ),
            (
                "rest_framework.permissions.BasePermission",
                "a permission of",
            ),
            ("rest_framework.throttling.BaseThrottle", "a throttle of"),
            ("rest_framework.pagination.CursorPagination", "a part of"),
            ("adrf.views.APIView", "a view of adrf"),
            ("adrf.serializers.ModelSerializer", "a serializer of adrf"),
            (
                "ninja.security.HttpBearer",
                "an authentication of Django Ninja",
            ),
            ("ninja.ModelSchema", "a schema of Django Ninja"),
            ("graphene.ObjectType", "a type of Graphene"),
            ("graphene_django.DjangoObjectType", "a type of Graphene"),
            ("graphene_django.views.GraphQLView", "a view of Graphene"),
            (
                "channels.generic.websocket.JsonWebsocketConsumer",
                "a synchronous consumer",
            ),
            (
                "channels.generic.websocket.AsyncWebsocketConsumer",
                "an async consumer",
            ),
        ] {
            let found = of_library(path).unwrap_or_default();
            assert!(found.starts_with(says), "{path}: {found}");
        }
        assert_eq!(of_library("django.views.View"), None);
        assert_eq!(of_library("ninja.NinjaAPI"), None);
    }
}
