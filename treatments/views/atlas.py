"""The pain atlas: the body chart, the parts of the body, the spots."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.generic import DetailView, ListView, TemplateView

from treatments.models import Article, BodyRegion, Spot
from treatments.public import PublicPage, active_treatments, published

ARTICLES_SHOWN = 3  # of a spot or a region, on the atlas; their own pages have them all
ARTICLES_A_PAGE = 24


@dataclass(frozen=True)
class Entry:
    """A spot as the atlas lists it. `anchor` is its slug, but where a part of the body already has that name."""

    spot: Spot
    anchor: str

    @property
    def problems(self) -> str:
        """What it is for, to stand inside a sentence: “headache, neck pain”, but “TMJ pain”."""
        said = self.spot.problems
        return said if said[1:2].isupper() else said[:1].lower() + said[1:]


@dataclass(frozen=True)
class Section:
    """A part of the body: the spots that lie there, and those elsewhere whose pain may be felt there."""

    region: BodyRegion
    lying: list[Spot]
    felt: list[Spot]


class Atlas(PublicPage, TemplateView):
    """The body chart with its spots, each spot to open in place, and what there is for each part of the body."""

    template_name = "treatments/atlas.html"

    def get_context_data(self, **kwargs):
        titles = Article.objects.published(now=timezone.now()).only("slug", "title")
        newest = Prefetch("articles", titles[:ARTICLES_SHOWN], to_attr="newest_articles")
        regions = list(BodyRegion.objects.prefetch_related(newest, active_treatments()))
        spots = list(_spots().prefetch_related("felt_in", newest))
        return super().get_context_data(
            regions=regions,
            spots=spots,
            entries=_entries(spots, regions),
            sections=[_section(region, spots) for region in regions],
            **kwargs,
        )


class SpotPage(PublicPage, DetailView):
    template_name = "treatments/spot.html"
    context_object_name = "spot"

    def get_queryset(self):
        return _spots().prefetch_related(Prefetch("articles", published()))

    def get_context_data(self, **kwargs):
        before, after = _neighbors(self.object)
        return super().get_context_data(
            before=before, after=after, treatments=self.object.treatments.all(), entry=Entry(self.object, ""), **kwargs
        )


class TopicPage(PublicPage, ListView):
    """What we know and do about one part of the body; its articles, newest first."""

    template_name = "treatments/topic.html"
    context_object_name = "articles"
    paginate_by = ARTICLES_A_PAGE

    def get_queryset(self):
        regions = BodyRegion.objects.prefetch_related(
            active_treatments(),
            Prefetch("spots", Spot.objects.prefetch_related("regions")),
            Prefetch("spots_felt", Spot.objects.exclude(regions__slug=self.kwargs["slug"])),
        )
        self.region = get_object_or_404(regions, slug=self.kwargs["slug"])
        return published().filter(regions=self.region)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            region=self.region,
            regions=list(BodyRegion.objects.all()),
            chart_regions=[self.region],
            lying=self.region.spots.all(),
            felt=self.region.spots_felt.all(),
            treatments=self.region.treatments.all(),
            **kwargs,
        )


def _spots():
    return Spot.objects.prefetch_related("muscles", "regions", active_treatments())


def _entries(spots, regions) -> list[Entry]:
    taken = {region.slug for region in regions}
    return [Entry(spot, f"spot-{spot.number}" if spot.slug in taken else spot.slug) for spot in spots]


def _section(region, spots) -> Section:
    lying = [spot for spot in spots if region in spot.regions.all()]
    felt = [spot for spot in spots if region in spot.felt_in.all() and spot not in lying]
    return Section(region, lying, felt)


def _neighbors(spot) -> tuple[Spot | None, Spot | None]:
    """The spots before and after this one, by number."""
    others = Spot.objects.only("number", "slug", "name")
    before = others.filter(number__lt=spot.number).order_by("-number").first()
    return before, others.filter(number__gt=spot.number).first()
