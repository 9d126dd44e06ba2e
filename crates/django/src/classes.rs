//! Model fields and base classes, by qualified name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::canonical;

/// What a model field means to code that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// The related object is fetched on first access.
    ForeignKey,
    /// As a foreign key, from both sides.
    OneToOne,
    /// A manager.
    ManyToMany,
    /// The related object, of any model, is fetched on first access.
    GenericForeignKey,
    /// A manager.
    GenericRelation,
    /// A file, which reads and writes its storage.
    File,
    /// A plain value, read with the row.
    Plain,
}

/// What a class becomes by deriving from one of Django's (or Django REST framework's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BaseKind {
    /// A model.
    Model,
    /// The auth user's model.
    User,
    /// A manager.
    Manager,
    /// The auth user's manager.
    UserManager,
    /// A queryset class.
    QuerySet,
    /// A form that asks nothing by itself.
    Form,
    /// A form over a model.
    ModelForm,
    /// A set of forms.
    FormSet,
    /// The plain `View`, which inherits no handler.
    View,
    /// A generic view, with the handlers that it inherits.
    GenericView(&'static [&'static str]),
    /// A view of Django's whose sync `dispatch` is decorated: async handlers never work.
    AuthView,
    /// A mixin that checks the user in a sync `dispatch`.
    AuthMixin,
    /// A mixin of the generic views: hooks, no handlers.
    ViewMixin,
    /// A test case.
    TestCase,
    /// A middleware.
    Middleware,
    /// A management command.
    Command,
    /// A serializer of Django REST framework.
    Serializer,
    /// A view of Django REST framework: never async.
    ApiView,
    /// An admin class.
    Admin,
    /// A syndication feed, whose view is sync.
    Feed,
    /// A sitemap.
    Sitemap,
    /// An authentication backend.
    AuthBackend,
    /// A storage.
    Storage,
    /// `AppConfig`.
    AppConfig,
    /// An enumeration of choices.
    Choices,
}

const FORM: BaseKind = BaseKind::GenericView(&["get", "post", "put"]);
const GET: BaseKind = BaseKind::GenericView(&["get"]);
const DELETE: BaseKind = BaseKind::GenericView(&["get", "post", "delete"]);
const REDIRECT: BaseKind =
    BaseKind::GenericView(&["get", "head", "post", "options", "delete", "put", "patch"]);

/// Modules and their classes.
const BASES: &[(&str, BaseKind, &[&str])] = &[
    ("django.db.models", BaseKind::Model, &["Model"]),
    ("django.db.models", BaseKind::Manager, &["Manager"]),
    (
        "django.db.models.manager",
        BaseKind::Manager,
        &["BaseManager"],
    ),
    ("django.db.models", BaseKind::QuerySet, &["QuerySet"]),
    (
        "django.db.models",
        BaseKind::Choices,
        &["Choices", "IntegerChoices", "TextChoices"],
    ),
    (
        "django.contrib.auth.models",
        BaseKind::User,
        &[
            "AbstractBaseUser",
            "AbstractUser",
            "PermissionsMixin",
            "User",
        ],
    ),
    (
        "django.contrib.auth.models",
        BaseKind::UserManager,
        &["BaseUserManager", "UserManager"],
    ),
    (
        "django.contrib.auth.models",
        BaseKind::Model,
        &["Group", "Permission"],
    ),
    (
        "django.contrib.contenttypes.models",
        BaseKind::Model,
        &["ContentType"],
    ),
    ("django.contrib.sites.models", BaseKind::Model, &["Site"]),
    (
        "django.contrib.sessions.base_session",
        BaseKind::Model,
        &["AbstractBaseSession"],
    ),
    ("django.contrib.gis.db.models", BaseKind::Model, &["Model"]),
    ("django.forms", BaseKind::Form, &["BaseForm", "Form"]),
    (
        "django.forms",
        BaseKind::ModelForm,
        &["BaseModelForm", "ModelForm"],
    ),
    (
        "django.forms",
        BaseKind::FormSet,
        &["BaseFormSet", "BaseInlineFormSet", "BaseModelFormSet"],
    ),
    (
        "django.contrib.auth.forms",
        BaseKind::ModelForm,
        // Those that are no model forms ask and save as if they were.
        &[
            "AdminPasswordChangeForm",
            "AuthenticationForm",
            "BaseUserCreationForm",
            "PasswordChangeForm",
            "PasswordResetForm",
            "SetPasswordForm",
            "UserChangeForm",
            "UserCreationForm",
        ],
    ),
    ("django.views", BaseKind::View, &["View"]),
    (
        "django.views.generic",
        GET,
        &[
            "ArchiveIndexView",
            "DateDetailView",
            "DayArchiveView",
            "DetailView",
            "ListView",
            "MonthArchiveView",
            "TemplateView",
            "TodayArchiveView",
            "WeekArchiveView",
            "YearArchiveView",
        ],
    ),
    ("django.views.generic.list", GET, &["BaseListView"]),
    ("django.views.generic.detail", GET, &["BaseDetailView"]),
    (
        "django.views.generic.dates",
        GET,
        &[
            "BaseArchiveIndexView",
            "BaseDateDetailView",
            "BaseDateListView",
            "BaseDayArchiveView",
            "BaseMonthArchiveView",
            "BaseTodayArchiveView",
            "BaseWeekArchiveView",
            "BaseYearArchiveView",
        ],
    ),
    (
        "django.views.generic",
        FORM,
        &["CreateView", "FormView", "UpdateView"],
    ),
    (
        "django.views.generic.edit",
        FORM,
        &[
            "BaseCreateView",
            "BaseFormView",
            "BaseUpdateView",
            "ProcessFormView",
        ],
    ),
    ("django.views.generic", DELETE, &["DeleteView"]),
    (
        "django.views.generic.edit",
        BaseKind::GenericView(&["post", "delete"]),
        &["DeletionMixin"],
    ),
    ("django.views.generic.edit", DELETE, &["BaseDeleteView"]),
    ("django.views.generic", REDIRECT, &["RedirectView"]),
    (
        "django.contrib.auth.views",
        BaseKind::AuthView,
        &[
            "LoginView",
            "LogoutView",
            "PasswordChangeDoneView",
            "PasswordChangeView",
            "PasswordResetCompleteView",
            "PasswordResetConfirmView",
            "PasswordResetDoneView",
            "PasswordResetView",
        ],
    ),
    (
        "django.contrib.auth.mixins",
        BaseKind::AuthMixin,
        &[
            "AccessMixin",
            "LoginRequiredMixin",
            "PermissionRequiredMixin",
            "UserPassesTestMixin",
        ],
    ),
    (
        "django.views.generic.base",
        BaseKind::ViewMixin,
        &["ContextMixin", "TemplateResponseMixin"],
    ),
    (
        "django.views.generic.detail",
        BaseKind::ViewMixin,
        &["SingleObjectMixin", "SingleObjectTemplateResponseMixin"],
    ),
    (
        "django.views.generic.list",
        BaseKind::ViewMixin,
        &["MultipleObjectMixin", "MultipleObjectTemplateResponseMixin"],
    ),
    (
        "django.views.generic.edit",
        BaseKind::ViewMixin,
        &["FormMixin", "ModelFormMixin"],
    ),
    (
        "django.contrib.messages.views",
        BaseKind::ViewMixin,
        &["SuccessMessageMixin"],
    ),
    (
        "django.test",
        BaseKind::TestCase,
        &[
            "LiveServerTestCase",
            "SimpleTestCase",
            "TestCase",
            "TransactionTestCase",
        ],
    ),
    (
        "django.contrib.staticfiles.testing",
        BaseKind::TestCase,
        &["StaticLiveServerTestCase"],
    ),
    (
        "unittest",
        BaseKind::TestCase,
        &["IsolatedAsyncioTestCase", "TestCase"],
    ),
    (
        "django.utils.deprecation",
        BaseKind::Middleware,
        &["MiddlewareMixin"],
    ),
    (
        "django.core.management.base",
        BaseKind::Command,
        &["AppCommand", "LabelCommand"],
    ),
    (
        "django.core.management",
        BaseKind::Command,
        &["BaseCommand"],
    ),
    (
        "django.contrib.admin",
        BaseKind::Admin,
        &["ModelAdmin", "StackedInline", "TabularInline"],
    ),
    (
        "django.contrib.syndication.views",
        BaseKind::Feed,
        &["Feed"],
    ),
    (
        "django.contrib.sitemaps",
        BaseKind::Sitemap,
        &["GenericSitemap", "Sitemap"],
    ),
    (
        "django.contrib.auth.backends",
        BaseKind::AuthBackend,
        &["BaseBackend", "ModelBackend", "RemoteUserBackend"],
    ),
    (
        "django.core.files.storage",
        BaseKind::Storage,
        &["FileSystemStorage", "Storage"],
    ),
    ("django.apps", BaseKind::AppConfig, &["AppConfig"]),
    (
        "rest_framework.serializers",
        BaseKind::Serializer,
        &[
            "BaseSerializer",
            "HyperlinkedModelSerializer",
            "ListSerializer",
            "ModelSerializer",
            "Serializer",
        ],
    ),
    ("rest_framework.views", BaseKind::ApiView, &["APIView"]),
    (
        "rest_framework.generics",
        BaseKind::ApiView,
        &[
            "CreateAPIView",
            "DestroyAPIView",
            "GenericAPIView",
            "ListAPIView",
            "ListCreateAPIView",
            "RetrieveAPIView",
            "RetrieveDestroyAPIView",
            "RetrieveUpdateAPIView",
            "RetrieveUpdateDestroyAPIView",
            "UpdateAPIView",
        ],
    ),
    (
        "rest_framework.viewsets",
        BaseKind::ApiView,
        &[
            "GenericViewSet",
            "ModelViewSet",
            "ReadOnlyModelViewSet",
            "ViewSet",
            "ViewSetMixin",
        ],
    ),
    (
        "rest_framework.test",
        BaseKind::TestCase,
        &[
            "APILiveServerTestCase",
            "APISimpleTestCase",
            "APITestCase",
            "APITransactionTestCase",
        ],
    ),
];

const PLAIN_FIELDS: &[&str] = &[
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "FilePathField",
    "FloatField",
    "GeneratedField",
    "GenericIPAddressField",
    "IPAddressField",
    "IntegerField",
    "JSONField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
];

/// Fields outside `django.db.models`.
const FIELDS: &[(&str, FieldKind)] = &[
    (
        "django.contrib.contenttypes.fields.GenericForeignKey",
        FieldKind::GenericForeignKey,
    ),
    (
        "django.contrib.contenttypes.fields.GenericRelation",
        FieldKind::GenericRelation,
    ),
    (
        "django.contrib.postgres.fields.ArrayField",
        FieldKind::Plain,
    ),
    (
        "django.contrib.postgres.fields.HStoreField",
        FieldKind::Plain,
    ),
    (
        "django.contrib.postgres.fields.DateRangeField",
        FieldKind::Plain,
    ),
    (
        "django.contrib.postgres.fields.DateTimeRangeField",
        FieldKind::Plain,
    ),
    (
        "django.contrib.postgres.fields.IntegerRangeField",
        FieldKind::Plain,
    ),
    (
        "django.contrib.postgres.search.SearchVectorField",
        FieldKind::Plain,
    ),
];

/// Looks a model field's class up.
///
/// ```
/// use unblocked_django::{FieldKind, model_field};
/// assert_eq!(model_field("django.db.models.ForeignKey"), Some(FieldKind::ForeignKey));
/// ```
#[must_use]
pub fn model_field(qualified: &str) -> Option<FieldKind> {
    let qualified = canonical(qualified);
    let name = qualified
        .strip_prefix("django.db.models.")
        // GeoDjango re-exports all of them, and adds its own.
        .or_else(|| qualified.strip_prefix("django.contrib.gis.db.models."));
    let Some(name) = name else {
        let found = FIELDS.iter().find(|(path, _)| *path == qualified);
        return found.map(|(_, kind)| *kind);
    };
    Some(match name {
        "ForeignKey" | "ForeignObject" => FieldKind::ForeignKey,
        "OneToOneField" => FieldKind::OneToOne,
        "ManyToManyField" => FieldKind::ManyToMany,
        "FileField" | "ImageField" => FieldKind::File,
        "PointField"
        | "LineStringField"
        | "PolygonField"
        | "MultiPointField"
        | "MultiLineStringField"
        | "MultiPolygonField"
        | "GeometryField"
        | "GeometryCollectionField"
        | "RasterField"
            if qualified.starts_with("django.contrib.gis.") =>
        {
            FieldKind::Plain
        }
        _ if PLAIN_FIELDS.contains(&name) => FieldKind::Plain,
        _ => return None,
    })
}

static BY_PATH: LazyLock<HashMap<String, BaseKind>> = LazyLock::new(|| {
    let classes = BASES.iter().flat_map(|(module, kind, names)| {
        names
            .iter()
            .map(move |name| (format!("{module}.{name}"), *kind))
    });
    classes.collect()
});

/// What a class becomes by deriving from this one.
///
/// ```
/// use unblocked_django::{BaseKind, base_class};
/// assert_eq!(base_class("django.views.generic.View"), Some(BaseKind::View));
/// assert_eq!(base_class("django.views.generic.ListView"), Some(BaseKind::GenericView(&["get"])));
/// ```
#[must_use]
pub fn base_class(qualified: &str) -> Option<BaseKind> {
    BY_PATH.get(canonical(qualified)).copied()
}

/// True for a class of another library's `models` module, whose own attributes and managers are not known:
/// `mptt.models.MPTTModel`, `django_extensions.db.models.TimeStampedModel`.
///
/// ```
/// use unblocked_django::is_foreign_model;
///
/// assert!(is_foreign_model("mptt.models.MPTTModel"));
/// assert!(!is_foreign_model("django.db.models.Model"));
/// ```
#[must_use]
pub fn is_foreign_model(qualified: &str) -> bool {
    let Some((module, _)) = qualified.rsplit_once('.') else {
        return false;
    };
    let is_of_django = qualified.starts_with("django.")
        && (!module.starts_with("django.contrib.") || module.contains(".db."));
    let holds_models = module.split('.').any(|part| part == "models")
        || matches!(
            module,
            "treebeard.mp_tree" | "treebeard.ns_tree" | "treebeard.al_tree"
        );
    holds_models && !is_of_django && base_class(qualified).is_none()
}
