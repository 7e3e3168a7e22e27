"""The public pages about what we offer. Nothing here knows a patient."""

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, ListView, TemplateView

from treatments.models import Article, BodyRegion, Clinician, ClinicianTreatment, Treatment
from treatments.rendering import render

PUBLIC_SECONDS = 60


class PublicPage:
    """The same page for everybody, so a browser or proxy may keep it for a minute. Only pages without a form."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS)
        return response


class Articles(PublicPage, ListView):
    template_name = "treatments/articles.html"
    context_object_name = "articles"

    def get_queryset(self):
        return _published()


class ArticlePage(PublicPage, DetailView):
    template_name = "treatments/article.html"
    context_object_name = "article"

    def get_queryset(self):
        return (
            _published()
            .select_related("reviewer")
            .prefetch_related("changes", "muscles", "regions", _active_treatments())
        )

    def get_context_data(self, **kwargs):
        article = self.object
        return super().get_context_data(
            prose=render(article.body),
            evidence=render(article.evidence_note, prefix="evidence"),
            references=render(article.references, prefix="references"),
            related=_published().related_to(article)[:3],
            treatments=article.treatments.all(),
            **kwargs,
        )


class Treatments(PublicPage, ListView):
    template_name = "treatments/treatments.html"
    context_object_name = "treatments"
    queryset = Treatment.objects.active()


class TreatmentPage(PublicPage, DetailView):
    template_name = "treatments/treatment.html"
    context_object_name = "treatment"

    def get_queryset(self):
        offers = ClinicianTreatment.objects.filter(clinician__active=True).select_related("clinician")
        return Treatment.objects.active().prefetch_related(
            "regions", Prefetch("offers", offers.order_by("clinician__position"))
        )

    def get_context_data(self, **kwargs):
        articles = _published().filter(treatments=self.object)[:3]
        return super().get_context_data(articles=articles, treatments=[self.object], **kwargs)


class Clinicians(PublicPage, ListView):
    template_name = "treatments/clinicians.html"
    context_object_name = "clinicians"

    def get_queryset(self):
        return Clinician.objects.active().prefetch_related(_active_treatments())


class ClinicianPage(PublicPage, DetailView):
    template_name = "treatments/clinician.html"
    context_object_name = "clinician"
    queryset = Clinician.objects.active()

    def get_context_data(self, **kwargs):
        offers = (
            self.object.offers.filter(treatment__active=True)
            .select_related("treatment")
            .order_by("treatment__position")
        )
        return super().get_context_data(
            offers=offers,
            treatments=[offer.treatment for offer in offers],
            articles=_published().filter(author=self.object)[:3],
            **kwargs,
        )


class Atlas(PublicPage, ListView):
    """The body chart, and for each region what we write about it and what we do for it."""

    template_name = "treatments/atlas.html"
    context_object_name = "regions"

    def get_queryset(self):
        return BodyRegion.objects.prefetch_related(Prefetch("articles", _published()), _active_treatments())


@method_decorator(never_cache, name="dispatch")
class Contact(TemplateView):
    """Places, hours, phones, and the form that asks for a call: a page with a form is nobody else's, so not cached."""

    template_name = "treatments/contact.html"


class Privacy(PublicPage, TemplateView):
    template_name = "treatments/privacy.html"


class Accessibility(PublicPage, TemplateView):
    template_name = "treatments/accessibility.html"


def _published():
    return Article.objects.published(now=timezone.now()).select_related("author")


def _active_treatments():
    return Prefetch("treatments", Treatment.objects.active())
