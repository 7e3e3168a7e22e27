"""What the forms share: plain fields, aliases that are checked, and rows that search finds as soon as they are saved."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from treatments import addresses, search
from treatments.models import Alias

PLAIN_FIELDS = {
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    models.DateField: {"widget": forms.DateInput({"type": "date"}, "%Y-%m-%d")},
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
    },
    models.TimeField: {"widget": forms.TimeInput({"type": "time"}, "%H:%M")},
}


class FoundBySearch:
    """A row whose words search knows: as they are after every save, and no more when it is gone."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        search.index(form.instance, now=timezone.now())

    def delete_model(self, request, obj):
        search.forget(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for row in queryset:
            search.forget(row)
        super().delete_queryset(request, queryset)


class AliasForm(forms.ModelForm):
    def __init__(self, *args, thing=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.thing = thing

    def clean_path(self):
        try:
            path = addresses.normal_path(self.cleaned_data["path"])
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if refused := addresses.refusal(path, thing=self.thing):
            raise ValidationError(refused)
        return path


class AliasFormSet(forms.BaseInlineFormSet):
    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "thing": self.instance}


class AliasInline(admin.StackedInline):
    model = Alias
    form = AliasForm
    formset = AliasFormSet
    fields = ["path"]
    extra = 0
