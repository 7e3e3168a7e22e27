"""Treatments, clinicians, and how to reach us."""

from django.db.models import Prefetch, Q
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, ListView, TemplateView

from treatments.models import Clinician, ClinicianTreatment, Treatment
from treatments.public import PublicPage, active_treatments, published
from treatments.views.articles import articles_of


class Treatments(PublicPage, ListView):
    template_name = "treatments/treatments.html"
    context_object_name = "treatments"
    queryset = Treatment.objects.active()


class TreatmentPage(PublicPage, DetailView):
    template_name = "treatments/treatment.html"
    context_object_name = "treatment"

    def get_queryset(self):
        offers = ClinicianTreatment.objects.filter(clinician__active=True).select_related("clinician__portrait")
        return Treatment.objects.active().prefetch_related(
            "regions", Prefetch("offers", offers.order_by("clinician__position"))
        )

    def get_context_data(self, **kwargs):
        articles = published().filter(treatments=self.object)[:3]
        return super().get_context_data(articles=articles, treatments=[self.object], **kwargs)


class Clinicians(PublicPage, ListView):
    template_name = "treatments/clinicians.html"
    context_object_name = "clinicians"

    def get_queryset(self):
        return Clinician.objects.active().select_related("portrait").prefetch_related(active_treatments())


class ClinicianPage(PublicPage, DetailView):
    template_name = "treatments/clinician.html"
    context_object_name = "clinician"
    queryset = Clinician.objects.active().select_related("portrait")

    def get_context_data(self, **kwargs):
        written, reviewed = articles_of(Q(clinician=self.object))
        offers = (
            self.object.offers.filter(treatment__active=True)
            .select_related("treatment")
            .order_by("treatment__position")
        )
        return super().get_context_data(
            offers=offers,
            treatments=[offer.treatment for offer in offers],
            written=written,
            reviewed=reviewed,
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class Contact(TemplateView):
    """Places, hours, phones, and the form that asks for a call: a page with a form is nobody else's, so not cached."""

    template_name = "treatments/contact.html"


class Privacy(PublicPage, TemplateView):
    template_name = "treatments/privacy.html"


class Accessibility(PublicPage, TemplateView):
    template_name = "treatments/accessibility.html"
