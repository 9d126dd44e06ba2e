"""`from .services import anything`: a function of the project's own whose code an example does not show. It queries."""
from . import models


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)

    def service(*args, **kwargs):
        models.Tag.objects.get_or_create(name="%s was called" % name)
        return models.Tag.objects.count()

    service.__name__ = name
    return service
