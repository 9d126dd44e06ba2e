import json

from django import forms, template
from django.core.paginator import Page

from proof import observe

register = template.Library()
_CONTEXT = {"True", "False", "None", "request", "user", "perms", "messages", "csrf_token", "view", "block", "DEFAULT_MESSAGE_LEVELS"}


@register.simple_tag(takes_context=True)
def dump(context):
    """Every variable that the view gave, evaluated as a template would."""
    lines = []
    for name, thing in sorted(context.flatten().items()):
        if name in _CONTEXT:
            continue
        if isinstance(thing, Page):
            thing = {"page": thing.number, "of": thing.paginator.num_pages, "next": thing.has_next(), "items": list(thing)}
        elif isinstance(thing, forms.BaseForm):
            thing = str(thing)
        lines.append("%s = %s" % (name, json.dumps(observe.value(thing), sort_keys=True, default=str)))
    return "\n".join(lines)
