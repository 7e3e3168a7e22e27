"""The body chart: front and back, drawn by us. The list beside it is the real thing; the drawing makes it quicker."""

import json
from dataclasses import dataclass
from pathlib import Path

from django import template
from django.utils.translation import gettext as _

from treatments.models import BodyRegion

register = template.Library()

# Paths by view and region slug. `middle` shapes lie on the middle line, `side` shapes at the right of the picture.
DRAWING = json.loads(Path(__file__).with_name("body_chart.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Shape:
    """One outline on the chart: where it leads, what it is called, and whether the drawing is turned over."""

    region: BodyRegion
    path: str
    label: str
    mirrored: bool = False


@register.inclusion_tag("treatments/body_chart.html")
def body_chart(regions, page: str = ""):
    """Draw the chart with those regions; each leads to `page#slug`."""
    return {
        "regions": regions,
        "page": page,
        "outline": DRAWING["outline"],
        "figures": [_figure("front", regions), _figure("back", regions)],
    }


def _figure(view: str, regions) -> dict:
    drawn = DRAWING[view]
    here = {region.slug: region for region in regions}
    middle = [Shape(here[slug], path, here[slug].name) for slug, path in drawn["middle"].items() if slug in here]
    sides = [(here[slug], path) for slug, path in drawn["side"].items() if slug in here]
    # Sides are the patient's own: seen from the front, the right of the picture is their left.
    first, second = (_("left"), _("right")) if view == "front" else (_("right"), _("left"))
    at_right = [Shape(region, path, _sided(region, first)) for region, path in sides]
    at_left = [Shape(region, path, _sided(region, second), mirrored=True) for region, path in sides]
    return {"view": view, "lines": drawn["lines"], "shapes": middle + at_right + at_left}


def _sided(region: BodyRegion, side: str) -> str:
    return _("%(region)s, your %(side)s") % {"region": region.name, "side": side}
