//! What Django itself offers.

use super::Blocking;
use crate::Effect::{self, Cache, File, Mail, Query, Template};

const fn db(path: &'static str, effect: Effect, docs: &'static str) -> Blocking {
    Blocking::django(path, effect, docs)
}

const SHORTCUTS: &str = "topics/http/shortcuts/";
const MAIL: &str = "topics/email/";
const AUTH: &str = "topics/auth/default/";
const TRANSACTIONS: &str = "topics/db/transactions/";
const CONNECTION: &str = "topics/db/sql/#executing-custom-sql-directly";
const TEMPLATES: &str = "topics/templates/#django.template.loader.render_to_string";
const TEMPLATE_RESPONSE: &str = "ref/template-response/";
const STORAGE: &str = "ref/files/storage/";

pub(super) const ENTRIES: &[Blocking] = &[
    // Shortcuts.
    db("django.shortcuts.get_object_or_404", Query, SHORTCUTS).native_since(
        "django.shortcuts",
        "aget_object_or_404",
        5,
        0,
    ),
    db("django.shortcuts.get_list_or_404", Query, SHORTCUTS).native_since(
        "django.shortcuts",
        "aget_list_or_404",
        5,
        0,
    ),
    db("django.shortcuts.render", Template, SHORTCUTS)
        .note("A template may query: through lazy querysets, foreign keys, `user`, `perms`."),
    // Templates.
    db("django.template.loader.render_to_string", Template, TEMPLATES)
        .note("A template may query: through lazy querysets, foreign keys, `user`, `perms`."),
    db("django.template.Template.render", Template, TEMPLATES),
    db("django.template.loader.get_template", File, TEMPLATES)
        .note("Reads the template from disk unless the cached loader holds it."),
    db("django.template.loader.select_template", File, TEMPLATES)
        .note("Reads the template from disk unless the cached loader holds it."),
    db("django.template.loader.get_template.render", Template, TEMPLATES),
    db("django.template.loader.select_template.render", Template, TEMPLATES),
    db("django.template.response.TemplateResponse.render", Template, TEMPLATE_RESPONSE),
    db("django.template.response.SimpleTemplateResponse.render", Template, TEMPLATE_RESPONSE),
    // Mail: it has no async form in any version, and a backend may use the database.
    db("django.core.mail.send_mail", Mail, MAIL),
    db("django.core.mail.send_mass_mail", Mail, MAIL),
    db("django.core.mail.mail_admins", Mail, MAIL),
    db("django.core.mail.mail_managers", Mail, MAIL),
    db("django.core.mail.EmailMessage.send", Mail, MAIL),
    db("django.core.mail.EmailMultiAlternatives.send", Mail, MAIL),
    db("django.core.mail.get_connection.open", Mail, MAIL),
    db("django.core.mail.get_connection.close", Mail, MAIL),
    db("django.core.mail.get_connection.send_messages", Mail, MAIL),
    // Authentication.
    db("django.contrib.auth.authenticate", Query, AUTH).native_since(
        "django.contrib.auth",
        "aauthenticate",
        5,
        0,
    ),
    db("django.contrib.auth.login", Query, AUTH).native_since(
        "django.contrib.auth",
        "alogin",
        5,
        0,
    ),
    db("django.contrib.auth.logout", Query, AUTH).native_since(
        "django.contrib.auth",
        "alogout",
        5,
        0,
    ),
    db("django.contrib.auth.get_user", Query, AUTH).native_since(
        "django.contrib.auth",
        "aget_user",
        5,
        0,
    ),
    db("django.contrib.auth.update_session_auth_hash", Query, AUTH).native_since(
        "django.contrib.auth",
        "aupdate_session_auth_hash",
        5,
        0,
    ),
    db("django.contrib.auth.hashers.check_password", Query, "topics/auth/passwords/")
        .native_since("django.contrib.auth.hashers", "acheck_password", 5, 0)
        .note("Queries only when `setter` saves a new hash; hashing itself takes a while."),
    db("django.contrib.sites.shortcuts.get_current_site", Query, "ref/contrib/sites/")
        .note("Queries unless the site is cached."),
    // The database.
    db("django.db.models.prefetch_related_objects", Query, "ref/models/querysets/#prefetch-related-objects")
        .native_since("django.db.models", "aprefetch_related_objects", 5, 0),
    db("django.db.transaction.atomic", Query, TRANSACTIONS)
        .lazy()
        .note("A transaction has no async form: the whole block belongs into one synchronous function."),
    db("django.db.transaction.on_commit", Query, TRANSACTIONS),
    db("django.db.transaction.commit", Query, TRANSACTIONS),
    db("django.db.transaction.rollback", Query, TRANSACTIONS),
    db("django.db.transaction.set_autocommit", Query, TRANSACTIONS),
    db("django.db.transaction.savepoint", Query, TRANSACTIONS),
    db("django.db.transaction.savepoint_commit", Query, TRANSACTIONS),
    db("django.db.transaction.savepoint_rollback", Query, TRANSACTIONS),
    db("django.db.connection.cursor", Query, CONNECTION)
        .lazy()
        .note("A cursor has no async form: the code that uses it belongs into one synchronous function."),
    db("django.db.connection.ensure_connection", Query, CONNECTION),
    db("django.db.connection.close", Query, CONNECTION),
    db("django.db.close_old_connections", Query, CONNECTION),
    // What walks over models.
    db("django.core.serializers.serialize", Query, "topics/serialization/"),
    db("django.core.serializers.deserialize", Query, "topics/serialization/")
        .lazy()
        .note("Returns a generator that queries while it is consumed."),
    db("django.forms.model_to_dict", Query, "topics/forms/modelforms/")
        .note("Queries for models with many-to-many fields."),
    // Commands, files, caches.
    db("django.core.management.call_command", Query, "ref/django-admin/#django.core.management.call_command"),
    db("django.core.files.storage.default_storage.save", File, STORAGE),
    db("django.core.files.storage.default_storage.delete", File, STORAGE),
    db("django.core.files.storage.default_storage.exists", File, STORAGE),
    db("django.core.files.storage.default_storage.listdir", File, STORAGE),
    db("django.core.files.storage.default_storage.size", File, STORAGE),
    db("django.core.files.storage.default_storage.open", File, STORAGE).lazy(),
    db("django.core.cache.cache.get_or_set", Cache, "topics/cache/")
        .note("`aget_or_set` calls a callable default on the event loop: it must not query."),
];
