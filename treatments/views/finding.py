"""Finding: one search over articles, spots, treatments and clinicians."""

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from treatments import search
from treatments.models import BodyRegion

LONGEST_QUESTION = 200  # characters
A_PAGE = 20


@method_decorator(never_cache, name="dispatch")
class Search(TemplateView):
    """What somebody asks about their pain is theirs: kept by no cache, told to no other site, written in no log."""

    template_name = "treatments/search.html"

    def get_context_data(self, **kwargs):
        asked = question(self.request.GET.get("q", ""))
        found = search.find(asked, now=timezone.now())
        page = Paginator(found.pks, A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            q=asked,
            found=found,
            page_obj=page,
            hits=search.show(page.object_list, found.asked),
            urgency=search.urgency(asked),
            regions=() if found.pks else BodyRegion.objects.all(),
            **kwargs,
        )

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "same-origin"
        return response


def question(typed: str) -> str:
    """The question on one line: no control characters, no halves of characters, no more than its field holds."""
    shown = "".join(letter if letter.isprintable() else " " for letter in typed[:LONGEST_QUESTION])
    return " ".join(shown.split())
