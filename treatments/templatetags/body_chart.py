"""The body chart: front and back, drawn by us. The list beside it is the real thing; the drawing makes it quicker."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from treatments.models import BodyRegion

register = template.Library()

# By view: the right half of the picture (`half`, its forms and lines; the left is its mirror image), `small` for the
# locator, and the regions: `middle` shapes lie on the middle line, `side` shapes at the right of the picture.
DRAWING = json.loads(Path(__file__).with_name("body_chart.json").read_text(encoding="utf-8"))
WIDTH, MIDDLE = 240, 120
NAMES = {"front": gettext_lazy("Body chart, front"), "back": gettext_lazy("Body chart, back")}
SIDED = {"left": gettext_lazy("%(region)s, your left"), "right": gettext_lazy("%(region)s, your right")}
HEADINGS = {"front": gettext_lazy("Front"), "back": gettext_lazy("Back")}


@dataclass(frozen=True)
class Shape:
    """One outline on the chart: where it leads, what it is called, whether it is turned over, whether a spot lies in it."""

    region: BodyRegion
    path: str
    label: str
    mirrored: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Mark:
    """A spot on the chart, in the drawing's units; the mirror image of a spot is not announced a second time."""

    spot: object
    x: int
    y: int
    again: bool = False
    large: bool = False

    @property
    def label(self) -> str:
        return _("Spot %(number)s: %(name)s") % {"number": self.spot.number, "name": self.spot.name}

    @property
    def radius(self) -> int:
        return 11 if self.large else 8

    @property
    def halo(self) -> int:
        """The ring around the mark is a part of what can be pressed: 24 units across at least."""
        return 18 if self.large else 12


@dataclass(frozen=True)
class Figure:
    """The body from one side, with the shapes one can choose and the marks on it."""

    view: str
    shapes: list[Shape] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def drawn(self) -> dict:
        return DRAWING[self.view]

    @property
    def name(self) -> str:
        return NAMES[self.view]

    @property
    def heading(self) -> str:
        return HEADINGS[self.view]

    @property
    def sides(self) -> tuple[str, str]:
        """What is written at the left and at the right of the picture: the sides are the patient's own."""
        return (_("Your right"), _("Your left")) if self.view == "front" else (_("Your left"), _("Your right"))


@register.inclusion_tag("treatments/body_chart.html")
def body_chart(regions, page: str = "", marks=()):
    """Draw the chart with those regions, each leading to `page#slug`, and a numbered mark for each spot of `marks`."""
    spots = list(marks)
    figures = [Figure(view, _shapes(view, regions, spots), _marks(view, spots)) for view in DRAWING]
    return {"regions": regions, "page": page, "figures": figures}


@register.inclusion_tag("treatments/spot_locator.html")
def spot_locator(spot):
    """Draw one small figure with the spot on it: a picture with a text alternative, without links."""
    view = spot.chart_view
    shapes = [shape for shape in _shapes(view, spot.regions.all(), [spot]) if shape.marked]
    return {"figure": Figure(view, shapes, _marks(view, [spot])), "description": _description(spot)}


def _description(spot) -> str:
    if spot.chart_view == "front":
        return _("Front view. The spot is marked on the body: %(place)s.") % {"place": spot.name}
    return _("Back view. The spot is marked on the body: %(place)s.") % {"place": spot.name}


def _shapes(view: str, regions, spots) -> list[Shape]:
    only = spots[0] if len(spots) == 1 and spots[0].chart_view == view else None
    marked = {region.pk for region in only.regions.all()} if only else set()
    return [
        Shape(region, *drawn, marked=region.pk in marked and _lies_on(only, drawn))
        for region in regions
        for drawn in _drawn_as(view, region)
    ]


def _lies_on(spot, drawn) -> bool:
    """False for the other side's shape of a spot that is on one side only."""
    path, _label, mirrored = drawn
    sided = path in DRAWING[spot.chart_view]["side"].values()
    return spot.both_sides or not sided or mirrored == (spot.chart_x < MIDDLE)


def _drawn_as(view: str, region: BodyRegion) -> list[tuple[str, str, bool]]:
    """Return path, label and mirrored of each shape of a region: one on the middle line, two at the sides, or none."""
    drawn = DRAWING[view]
    if region.slug in drawn["middle"]:
        return [(drawn["middle"][region.slug], region.name, False)]
    if region.slug not in drawn["side"]:
        return []
    # Sides are the patient's own: seen from the front, the left of the picture is their right.
    at_left, at_right = (SIDED["right"], SIDED["left"]) if view == "front" else (SIDED["left"], SIDED["right"])
    path, name = drawn["side"][region.slug], {"region": region.name}
    return [(path, at_left % name, True), (path, at_right % name, False)]


def _marks(view: str, spots) -> list[Mark]:
    here = [spot for spot in spots if spot.chart_view == view]
    large = len(spots) == 1
    again = [
        Mark(spot, WIDTH - spot.chart_x, spot.chart_y, again=True, large=large) for spot in here if spot.both_sides
    ]
    return again + [Mark(spot, spot.chart_x, spot.chart_y, large=large) for spot in here]
