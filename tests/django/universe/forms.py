"""`from .forms import …`: forms of the project's own that are not at hand when an example is migrated. They query."""
from django import forms

from . import models


class ProductForm(forms.ModelForm):
    class Meta:
        model = models.Product
        fields = ["name", "slug", "price", "category", "tags"]


class OrderForm(forms.Form):
    """Chooses among rows, some of which it fetches as it is made."""

    customer = forms.ModelChoiceField(models.Customer.objects.all())
    status = forms.ChoiceField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [(status, status) for status in models.Order.objects.values_list("status", flat=True)]


ItemFormSet = forms.inlineformset_factory(models.Order, models.OrderItem, fields=["product", "quantity"], extra=1)
