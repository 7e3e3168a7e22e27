"""Pictures: uploaded with words for those who do not see them, and never taken away from a page that shows them."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments import pictures
from treatments.models import Picture

TYPES = "image/jpeg,image/png,image/webp"


class PictureForm(forms.ModelForm):
    upload = forms.FileField(
        label=_("File"),
        widget=forms.FileInput({"accept": TYPES}),
        help_text=_("JPEG, PNG or WebP, at most 12 MB. It is made smaller, and what it says about you is taken out."),
    )

    class Meta:
        model = Picture
        fields = ["slug", "alt", "credit"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "upload" in self.fields:
            self.fields["upload"].required = self.instance.pk is None

    def clean_upload(self):
        """Decoded before anything else is done with it; what is kept is ours."""
        upload = self.cleaned_data["upload"]
        return pictures.make(upload) if upload else None


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):
    form = PictureForm
    list_display = ["thumbnail", "slug", "alt", "markdown"]
    list_display_links = ["slug"]
    search_fields = ["slug", "alt", "credit"]
    fields = ["upload", "slug", "alt", "credit", "markdown", "thumbnail"]
    readonly_fields = ["markdown", "thumbnail"]

    @admin.display(description=_("picture"))
    def thumbnail(self, picture):
        if not picture.file:
            return "–"
        return format_html('<img class="thumbnail" src="{}" alt="{}" loading="lazy">', picture.file.url, picture.alt)

    @admin.display(description=_("to show it in a text"))
    def markdown(self, picture):
        return format_html("<code>![{}](picture:{})</code>", _("caption"), picture.slug) if picture.pk else "–"

    def get_readonly_fields(self, request, obj=None):
        """A text names a picture by its short name: it stays."""
        return self.readonly_fields if obj is None else [*self.readonly_fields, "slug"]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.uploaded_at = timezone.now()
        made = form.cleaned_data.get("upload")
        pictures.keep(obj, made) if made else obj.save()

    def get_deleted_objects(self, objs, request):
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        uses = [f"{thing._meta.verbose_name}: {thing}" for picture in objs for thing in pictures.used_by(picture)]
        return deleted, counts, lacking, [*protected, *uses]

    def delete_model(self, request, obj):
        pictures.forget(obj)

    def delete_queryset(self, request, queryset):
        for picture in queryset:
            pictures.forget(picture)
