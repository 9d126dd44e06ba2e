"""`from .services import anything`: a function of the project's own whose code an example does not show. It queries; one that is
named `find_…` gives a queryset, which has asked nothing."""
from . import models


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)

    def service(*args, **kwargs):
        models.Tag.objects.get_or_create(name="%s was called" % name)
        if name.startswith("find_"):
            return models.Product.objects.order_by("pk")
        return models.Tag.objects.count()

    service.__name__ = name
    return service
