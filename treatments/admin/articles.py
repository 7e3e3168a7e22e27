"""Articles in the admin: written with a preview beside the text, checked before they go out, and kept by `editorial`."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render as render_page
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from treatments import editorial, search
from treatments.admin.article_filters import ReviewerFilter, ReviewFilter
from treatments.admin.article_form import ArticleForm, ChangeInline, RelatedInline
from treatments.admin.fields import PLAIN_FIELDS, AliasInline
from treatments.models import Article, Picture
from treatments.pictures import wanted_by
from treatments.rendering import render

MOST_PICTURES = 60  # listed beside the editor, newest first


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    form = ArticleForm
    list_display = ["title", "state", "author", "reviewer", "reviewed_on", "next_review_on"]
    list_filter = ["status", ReviewFilter, ReviewerFilter]
    list_select_related = ["author__clinician", "reviewer__clinician"]
    search_fields = ["title", "subtitle", "summary"]
    prepopulated_fields = {"slug": ["title"]}
    formfield_overrides = PLAIN_FIELDS
    inlines = [ChangeInline, AliasInline, RelatedInline]
    change_form_template = "admin/treatments/article/change_form.html"
    change_list_template = "admin/treatments/article/change_list.html"
    fieldsets = [
        (None, {"fields": ["title", "slug", "subtitle", "summary", "body"]}),
        (_("Publishing"), {"fields": ["status", "published_at", "updated_on"]}),
        (
            _("People and review"),
            {"fields": ["author", "reviewer", "reviewed_on", "next_review_on", "reviewed_now", "wording_only"]},
        ),
        (_("At a glance"), {"fields": ["pain_location", "problems", "further_reading"]}),
        (_("What it is about"), {"fields": ["regions", "spots", "muscles", "treatments"]}),
        (_("Series"), {"fields": ["series", "part"]}),
        (_("Evidence"), {"fields": ["evidence_note", "references"]}),
    ]

    @admin.display(description=_("status"), ordering="status")
    def state(self, article):
        return _("scheduled") if article.is_scheduled(now=timezone.now()) else article.get_status_display()

    def get_urls(self):
        own = [
            path("preview-text/", self.admin_site.admin_view(self.preview_text), name="treatments_article_preview"),
            path("reviews/", self.admin_site.admin_view(self.reviews), name="treatments_article_reviews"),
        ]
        return own + super().get_urls()

    # --- Keeping --------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        editorial.keep(
            obj,
            now=timezone.now(),
            wording_only=given.get("wording_only", False),
            reviewed=given.get("reviewed_now", False),
            relations_changed=bool(set(editorial.RELATIONS) & set(form.changed_data)),
        )

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        editorial.after_relations(form.instance, now=timezone.now())

    def delete_model(self, request, obj):
        search.forget(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for article in queryset:
            search.forget(article)
        super().delete_queryset(request, queryset)

    def get_deleted_objects(self, objs, request):
        """Say how many bookings hold an article, not whose."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if number := _bookings_from(objs):
            words = ngettext(
                "%d appointment was booked from it. Set its status to “retired” instead.",
                "%d appointments were booked from it. Set its status to “retired” instead.",
                number,
            )
            protected = [words % number]
        return deleted, counts, lacking, protected

    # --- Pages ----------------------------------------------------------------------------------------------------

    def render_change_form(self, request, context, *args, **kwargs):
        article = context.get("original")
        context["pictures"] = Picture.objects.all()[:MOST_PICTURES]
        if article is not None:
            context["checks"] = editorial.check_list(article, now=timezone.now())
        return super().render_change_form(request, context, *args, **kwargs)

    def preview_text(self, request):
        return _preview(request) if self._may_write(request) else _refuse()

    def _may_write(self, request):
        return self.has_add_permission(request) or self.has_change_permission(request)

    def reviews(self, request):
        return (
            _reviews(request, self.admin_site.each_context(request)) if self.has_view_permission(request) else _refuse()
        )


def _bookings_from(articles) -> int:
    """How many rows of the diary point to these articles. It is above us, so it is asked by its relations, not by name."""
    relations = [each for each in Article._meta.related_objects if each.related_model._meta.app_label != "treatments"]
    pks = [article.pk for article in articles]
    return sum(each.related_model.objects.filter(**{f"{each.field.name}__in": pks}).count() for each in relations)


def _refuse():
    raise PermissionDenied


@require_POST
def _preview(request):
    """The text as readers will see it: a part of the page for the script, a page of its own without one."""
    text = request.POST.get("body", "")
    prose = render(text, prefix="preview", pictures=wanted_by(text))
    context = {
        **admin.site.each_context(request),
        "title": _("Preview"),
        "prose": prose,
        "problems": editorial.problems_of(text),
        "grade": editorial.reading_grade(text),
    }
    part = "preview_part" if request.htmx else "preview"
    return render_page(request, f"admin/treatments/article/{part}.html", context)


@require_safe
def _reviews(request, context):
    report = editorial.review_report(today=timezone.localdate())
    lists = [
        (_("Overdue"), report.overdue),
        (_("Never reviewed, or changed since the review"), report.never),
        (_("Due within 60 days"), report.soon),
        (_("The reviewer is not confirmed"), report.unconfirmed),
    ]
    return render_page(
        request, "admin/treatments/article/reviews.html", context | {"title": _("Reviews due"), "lists": lists}
    )
