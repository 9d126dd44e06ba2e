"""The forum: django-machina."""
from common import *  # noqa: F403
from common import APPS, MIDDLEWARE, templates
from machina import MACHINA_MAIN_TEMPLATE_DIR

PARTS = """
    forum forum_conversation forum_conversation.forum_attachments forum_conversation.forum_polls forum_feeds
    forum_moderation forum_search forum_tracking forum_member forum_permission
""".split()
INSTALLED_APPS = APPS + ["mptt", "haystack", "widget_tweaks", "machina"] + ["machina.apps." + part for part in PARTS]
MIDDLEWARE = MIDDLEWARE + ["machina.apps.forum_permission.middleware.ForumPermissionMiddleware"]
TEMPLATES = templates("machina.core.context_processors.metadata", folders=[MACHINA_MAIN_TEMPLATE_DIR])
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "machina_attachments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "attachments"},
}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS = [
    "can_see_forum",
    "can_read_forum",
    "can_start_new_topics",
    "can_reply_to_topics",
    "can_edit_own_posts",
    "can_post_without_approval",
    "can_create_polls",
    "can_vote_in_polls",
    "can_download_file",
]
