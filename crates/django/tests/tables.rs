//! The look-ups against the recorded data, and against what users write.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use unblocked_django::{
    BaseKind, DECORATORS, DjangoVersion, Effect, FieldKind, Owner, Returns, all_blocking,
    async_function, async_method, base_class, blocking, canonical, decorator, evaluates,
    is_async_method, is_lazy_builder, method_effect, model_field, returns,
};

fn data(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// `4.1` is older than every supported release, so `DjangoVersion` does not parse it.
fn version(text: &str) -> DjangoVersion {
    let (major, minor) = text.split_once('.').unwrap();
    DjangoVersion::new(major.parse().unwrap(), minor.parse().unwrap())
}

fn json_owner(owner: Owner) -> &'static [&'static str] {
    match owner {
        Owner::QuerySet => &["django.db.models.query.QuerySet"],
        Owner::RawQuerySet => &["django.db.models.query.RawQuerySet"],
        Owner::Manager => &["django.db.models.Manager"],
        Owner::UserManager => &[
            "django.contrib.auth.models.UserManager",
            "django.contrib.auth.base_user.BaseUserManager",
        ],
        Owner::RelatedManager => &["RelatedManager (reverse FK, e.g. author.book_set)"],
        Owner::ManyRelatedManager => &["ManyRelatedManager (M2M, e.g. book.tags)"],
        Owner::GenericRelatedManager => &["GenericRelatedObjectManager (GenericRelation)"],
        Owner::Model => &["django.db.models.base.Model"],
        Owner::User => &[
            "django.contrib.auth.models.PermissionsMixin",
            "django.contrib.auth.base_user.AbstractBaseUser",
            "django.db.models.base.Model",
        ],
        Owner::AnonymousUser => &["django.contrib.auth.models.AnonymousUser"],
        Owner::Session => &["django.contrib.sessions.backends.base.SessionBase"],
        Owner::Cache => &["django.core.cache.backends.base.BaseCache"],
        Owner::Signal => &["django.dispatch.dispatcher.Signal"],
        Owner::Task => &["django.tasks.base.Task"],
        Owner::TaskResult => &["django.tasks.base.TaskResult"],
        Owner::Paginator => &[],
    }
}

#[test]
fn every_recorded_method_is_found() {
    let rows = data("async_api.json");
    let mut seen = 0;
    for owner in Owner::ALL {
        for row in &rows {
            if row["sync"].is_null() || !json_owner(owner).contains(&text(row, "owner")) {
                continue;
            }
            let form = async_method(owner, text(row, "sync"));
            let form = form.unwrap_or_else(|| panic!("{owner:?}.{}", text(row, "sync")));
            assert_eq!(form.name, text(row, "async"));
            assert_eq!(form.since, version(text(row, "since")));
            assert_eq!(is_async_method(owner, form.name), Some(form));
            seen += 1;
        }
    }
    assert_eq!(seen, 191);
}

#[test]
fn whatever_came_stayed() {
    // A version gate is one comparison because no async form was ever removed.
    for row in data("async_api.json") {
        let since = version(text(&row, "since"));
        let versions: Vec<_> = row["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().parse::<DjangoVersion>().unwrap())
            .collect();
        let expected: Vec<_> = DjangoVersion::SUPPORTED
            .into_iter()
            .filter(|it| *it >= since)
            .collect();
        assert_eq!(versions, expected, "{row}");
    }
}

#[test]
fn every_recorded_function_is_found() {
    let modules = [
        "django.shortcuts",
        "django.contrib.auth",
        "django.contrib.auth.hashers",
        "django.db.models.query",
    ];
    let mut seen = 0;
    for row in data("async_api.json") {
        if modules.contains(&text(&row, "owner")) {
            let qualified = format!("{}.{}", text(&row, "owner"), text(&row, "sync"));
            let form = async_function(&qualified).unwrap_or_else(|| panic!("{qualified}"));
            assert_eq!(form.name, text(&row, "async"));
            assert_eq!(form.since, version(text(&row, "since")));
            seen += 1;
        }
    }
    assert_eq!(seen, 10);
}

#[test]
fn every_recorded_decorator_is_found() {
    let mut seen = 0;
    for row in data("async_api.json") {
        let owner = text(&row, "owner");
        let qualified = if owner.contains("decorators") {
            format!("{owner}.{}", text(&row, "async"))
        } else if owner == "django.db.transaction" {
            format!("django.db.{}", text(&row, "async"))
        } else {
            continue;
        };
        if qualified.ends_with("_middleware") && !qualified.ends_with("decorator_from_middleware")
            || qualified.ends_with(".method_decorator")
        {
            continue;
        }
        let found = decorator(&qualified).unwrap_or_else(|| panic!("{qualified}"));
        assert_eq!(
            found.fbv_since,
            Some(version(text(&row, "since"))),
            "{qualified}"
        );
        seen += 1;
    }
    // `atomic`, which no version accepts, and the variant of `decorator_from_middleware` with arguments.
    assert_eq!(seen + 2, DECORATORS.len());
}

#[test]
fn decorators_are_gated_by_version_and_place() {
    let login = decorator("django.contrib.auth.decorators.login_required").unwrap();
    assert!(!login.on_function(DjangoVersion::new(5, 0)));
    assert!(login.on_function(DjangoVersion::new(5, 1)));
    assert!(!login.on_method(DjangoVersion::new(5, 1)));
    assert!(login.on_method(DjangoVersion::new(5, 2)));
    let atomic = decorator("django.db.transaction.atomic").unwrap();
    assert!(!atomic.on_function(DjangoVersion::new(6, 1)));
    assert_eq!(decorator("shop.decorators.login_required"), None);
    let distinct: HashSet<_> = DECORATORS.iter().map(|it| it.path).collect();
    assert_eq!(distinct.len(), DECORATORS.len());
}

#[test]
fn what_has_no_async_form_has_none() {
    for owner in Owner::ALL.into_iter().filter(|it| it.is_manager()) {
        assert_eq!(async_method(owner, "delete"), None);
        assert_eq!(async_method(owner, "__iter__"), None);
    }
    for name in [
        "full_clean",
        "clean",
        "validate_unique",
        "get_next_by_created",
    ] {
        assert_eq!(async_method(Owner::Model, name), None);
    }
    assert_eq!(async_method(Owner::Session, "__getitem__"), None);
    assert_eq!(async_method(Owner::Paginator, "get_page"), None);
    for qualified in [
        "django.shortcuts.render",
        "django.core.mail.send_mail",
        "django.template.loader.render_to_string",
        "django.core.management.call_command",
        "django.contrib.sites.shortcuts.get_current_site",
        "django.core.serializers.serialize",
    ] {
        assert_eq!(async_function(qualified), None);
        let entry = blocking(qualified).unwrap();
        assert_eq!(entry.native, None);
        assert!(entry.touches_django_db);
        assert!(!entry.lazy_result);
    }
}

#[test]
fn builders_are_lazy_and_terminals_wait() {
    for name in [
        "filter",
        "all",
        "values_list",
        "raw",
        "select_for_update",
        "iterator",
    ] {
        for owner in Owner::ALL
            .into_iter()
            .filter(|it| it.has_queryset_methods())
        {
            assert!(is_lazy_builder(owner, name), "{owner:?}.{name}");
            assert_eq!(method_effect(owner, name), None);
        }
    }
    // `iterator` is the only builder that has an async form: the generator it makes waits later.
    for owner in Owner::ALL
        .into_iter()
        .filter(|it| it.has_queryset_methods())
    {
        for row in data("async_api.json") {
            let name = text(&row, "sync");
            if json_owner(owner).contains(&text(&row, "owner")) && name != "iterator" {
                assert_eq!(
                    method_effect(owner, name),
                    Some(Effect::Query),
                    "{owner:?}.{name}"
                );
                assert!(
                    name == "__iter__" || returns(owner, name).is_some(),
                    "{owner:?}.{name}"
                );
            }
        }
    }
    assert_eq!(
        method_effect(Owner::Model, "validate_unique"),
        Some(Effect::Query)
    );
    assert_eq!(method_effect(Owner::User, "email_user"), Some(Effect::Mail));
    assert_eq!(method_effect(Owner::User, "set_password"), None);
    assert_eq!(method_effect(Owner::Session, "is_empty"), None);
    assert_eq!(
        method_effect(Owner::Paginator, "get_page"),
        Some(Effect::Query)
    );
}

#[test]
fn calls_give_what_django_gives() {
    use Returns as R;
    for (owner, name, expected) in [
        (Owner::Manager, "get", Some(R::Instance)),
        (Owner::QuerySet, "first", Some(R::OptionalInstance)),
        (
            Owner::RelatedManager,
            "get_or_create",
            Some(R::InstanceAndBool),
        ),
        (Owner::QuerySet, "values", Some(R::ValuesQuerySet)),
        (Owner::QuerySet, "datetimes", Some(R::DatesQuerySet)),
        (Owner::QuerySet, "in_bulk", Some(R::Dict)),
        (Owner::QuerySet, "delete", Some(R::Other)),
        (Owner::Manager, "delete", None),
        (Owner::ManyRelatedManager, "set", Some(R::None)),
        (Owner::Manager, "set", None),
        (Owner::Model, "get_next_by_created", Some(R::Instance)),
        (Owner::Model, "get_next_by_", None),
        (Owner::Model, "get_status_display", Some(R::Str)),
        (Owner::User, "refresh_from_db", Some(R::None)),
        (Owner::User, "has_perm", Some(R::Bool)),
        (Owner::UserManager, "create_user", Some(R::Instance)),
        (Owner::RawQuerySet, "filter", None),
        (Owner::Manager, "published", None),
    ] {
        assert_eq!(returns(owner, name), expected, "{owner:?}.{name}");
    }
}

#[test]
fn the_catalogue_is_consistent() {
    let mut paths = HashSet::new();
    for entry in all_blocking() {
        let path = entry.path;
        assert!(paths.insert(path), "{path} twice");
        assert_eq!(canonical(path), path, "not the canonical name");
        if path.ends_with(".*") {
            assert_eq!(blocking(path), None);
        } else if path.contains(".**.") {
            assert_eq!(blocking(path), Some(entry), "{path}");
        } else {
            assert_eq!(blocking(path), Some(entry));
        }
        assert!(!evaluates(path), "{path}");
        assert_eq!(
            entry.touches_django_db,
            path.starts_with("django.") || path.starts_with("celery.")
        );
        let url = entry.docs_url(DjangoVersion::new(6, 0));
        assert!(url.starts_with("https://"), "{url}");
        assert_eq!(
            url.contains("docs.djangoproject.com/en/6.0/"),
            path.starts_with("django.")
        );
        if let Some(form) = async_function(path) {
            let native = entry.native.unwrap_or_else(|| panic!("{path}"));
            assert_eq!((native.module, native.name), (form.module, form.name));
            assert_eq!(native.since, Some(form.since));
        }
    }
}

#[test]
fn blocking_calls_are_found_by_any_name() {
    let sleep = blocking("time.sleep").unwrap();
    assert_eq!(
        (sleep.effect, sleep.touches_django_db),
        (Effect::Sleep, false)
    );
    assert_eq!(
        sleep.native.map(|it| (it.module, it.name)),
        Some(("asyncio", "sleep"))
    );
    assert_eq!(blocking("requests.api.get").unwrap().path, "requests.get");
    assert_eq!(blocking("open").unwrap().effect, Effect::File);
    assert_eq!(blocking("redis.Redis.get").unwrap().path, "redis.Redis.*");
    assert_eq!(
        blocking("redis.StrictRedis.hgetall").unwrap().path,
        "redis.Redis.*"
    );
    assert_eq!(
        blocking("redis.StrictRedis.scan_iter").unwrap().path,
        "redis.Redis.scan_iter"
    );
    assert_eq!(
        blocking("pymongo.mongo_client.MongoClient.shop.[].find_one")
            .unwrap()
            .path,
        "pymongo.MongoClient.**.find_one"
    );
    assert_eq!(
        blocking("stripe.checkout.Session.create").unwrap().path,
        "stripe.**.create"
    );
    for unknown in [
        "redis.Redis.pipeline",
        "redis.StrictRedis.pipeline",
        "pymongo.MongoClient",
        "pymongo.MongoClient.shop.orders",
        "stripe.Webhook.construct_event",
        "stripes.Charge.create",
        "",
        ".",
        "redis.Redis",
        "redis.Redis.",
        "redis.Redis.__len__",
        "redis.Redis.a.b",
        "shop.send_mail",
    ] {
        assert_eq!(blocking(unknown), None, "{unknown}");
    }
    let twin = blocking("django.shortcuts.get_object_or_404").unwrap();
    assert_eq!(twin.native_on(DjangoVersion::new(4, 2)), None);
    assert!(twin.native_on(DjangoVersion::new(5, 0)).is_some());
}

#[test]
fn classes_and_fields_are_found_by_any_name() {
    for path in [
        "django.views.View",
        "django.views.generic.View",
        "django.views.generic.base.View",
    ] {
        assert_eq!(base_class(path), Some(BaseKind::View));
    }
    assert_eq!(
        base_class("django.db.models.base.Model"),
        Some(BaseKind::Model)
    );
    assert_eq!(
        base_class("django.contrib.auth.base_user.AbstractBaseUser"),
        Some(BaseKind::User)
    );
    assert_eq!(
        base_class("django.views.generic.edit.CreateView"),
        Some(BaseKind::GenericView(&["get", "post", "put"]))
    );
    assert_eq!(
        base_class("rest_framework.viewsets.ModelViewSet"),
        Some(BaseKind::ApiView)
    );
    assert_eq!(base_class("shop.views.View"), None);
    assert_eq!(
        model_field("django.db.models.fields.related.ForeignKey"),
        Some(FieldKind::ForeignKey)
    );
    assert_eq!(
        model_field("django.contrib.gis.db.models.ManyToManyField"),
        Some(FieldKind::ManyToMany)
    );
    assert_eq!(
        model_field("django.contrib.gis.db.models.PointField"),
        Some(FieldKind::Plain)
    );
    assert_eq!(model_field("django.db.models.PointField"), None);
    assert_eq!(model_field("django.db.models.Model"), None);
    assert_eq!(model_field("django.forms.CharField"), None);
}

#[test]
fn what_evaluates_is_told_from_what_leaves_querysets_alone() {
    for path in [
        "django.urls.reverse",
        "django.shortcuts.reverse",
        "django.contrib.messages.success",
        "django.contrib.auth.get_user_model",
        "django.db.models.aggregates.Count",
        "django.utils.timezone.now",
    ] {
        assert!(!evaluates(path), "{path}");
    }
    for path in [
        "django.http.JsonResponse",
        "django.http.response.HttpResponse",
        "django.utils.html.format_html",
    ] {
        assert!(evaluates(path), "{path}");
    }
    assert!(!evaluates("django.shortcuts.render"));
    assert!(!evaluates("shop.utils.reverse"));
}
