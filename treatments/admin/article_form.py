"""The form of an article: drafts are saved as they are, and what is to be published passes the check list first."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments import editorial
from treatments.models import Article, ArticleChange, RelatedArticle

# Where an open point of the check list is shown; the others stand above the form.
PLACES = {"summary": "summary", "reviewer": "reviewer", "region": "regions", "red-flags": "body", "links": "body"}


class MarkdownEditor(forms.Textarea):
    """A text with its preview beside it."""

    template_name = "admin/treatments/article/editor.html"


class ArticleForm(forms.ModelForm):
    wording_only = forms.BooleanField(
        label=_("This edit only changes wording"),
        required=False,
        help_text=_("Otherwise a change of the text, the facts or the treatments waits for a new medical review."),
    )
    reviewed_now = forms.BooleanField(
        label=_("The medical reviewer has read this edit"),
        required=False,
        help_text=_("Sets “medically reviewed” to today."),
    )

    class Meta:
        model = Article
        fields = "__all__"  # noqa: DJ007  (the admin's fieldsets say which)
        widgets = {"body": MarkdownEditor(attrs={"rows": 30, "cols": 80, "class": "vLargeTextField"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"summary", "body"} & set(self.fields):  # a draft may lack both
            self.fields[name].required = False

    def clean(self):
        cleaned = super().clean()
        undated = not cleaned.get("published_at") and "published_at" not in self.errors
        if cleaned.get("status") == Article.Status.PUBLISHED and undated:
            cleaned["published_at"] = timezone.now()
        if cleaned.get("series") and cleaned.get("part") is None and "part" not in self.errors:
            self.add_error("part", _("Say which part of the series it is."))
        if cleaned.get("reviewed_now"):
            cleaned["reviewed_on"] = timezone.localdate()
        return cleaned

    def _post_clean(self):
        """The article is filled in only now: look at it before it goes to readers."""
        super()._post_clean()
        if "status" not in self.errors and self.instance.status == Article.Status.PUBLISHED:
            self._refuse_what_is_not_ready()

    def _refuse_what_is_not_ready(self):
        checks = editorial.check_list(
            self.instance,
            now=timezone.now(),
            regions=self.cleaned_data.get("regions"),
            treatments=self.cleaned_data.get("treatments"),
        )
        refused = set(self.errors)
        for check in editorial.open_musts(checks):
            words = _("Before it is published: %(what)s. %(hint)s") % {"what": check.words, "hint": check.hint}
            place = PLACES.get(check.key)
            if place not in refused:  # what was refused before is not in the article: one message says enough
                self.add_error(place if place in self.fields else None, words)


class ChangeInline(admin.StackedInline):
    model = ArticleChange
    extra = 0


class RelatedInline(admin.StackedInline):
    model = RelatedArticle
    fk_name = "article"
    fields = [("other", "excluded", "position")]
    extra = 0
