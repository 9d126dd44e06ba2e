"""The help desk: django-helpdesk."""
from common import *  # noqa: F403
from common import APPS, templates

INSTALLED_APPS = APPS + ["bootstrap4form", "rest_framework", "helpdesk"]
TEMPLATES = templates()
LOGIN_URL = "/helpdesk/login/"
LOGIN_REDIRECT_URL = "/helpdesk/"
HELPDESK_KB_ENABLED = True
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_PUBLIC_TICKET_QUEUE = "q1"
