"""The body chart: a list of links that is the real thing, and a drawing that says left and right as the patient does."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.template import Context, Template

from tests import factories
from treatments.templatetags.body_chart import DRAWING, body_chart

pytestmark = pytest.mark.django_db

CONTENT = Path(settings.BASE_DIR) / "clinic" / "demo" / "content"


@pytest.fixture
def neck_and_knee():
    return [
        factories.BodyRegionFactory(slug="neck", name="Neck", position=1),
        factories.BodyRegionFactory(slug="knee", name="Knee", has_sides=True, position=2),
    ]


@pytest.fixture
def every_region():
    rows = yaml.safe_load((CONTENT / "clinic.yaml").read_text(encoding="utf-8"))["regions"]
    return [factories.BodyRegionFactory(position=place, **row) for place, row in enumerate(rows)]


def spot_on_the_neck(regions, **values):
    spot = factories.SpotFactory(**{"number": 4, "name": "Side of the neck", "chart_x": 131, "chart_y": 92, **values})
    spot.regions.set([region for region in regions if region.slug == "neck"])
    return spot


def rendered(tag, **context):
    return Template("{% load body_chart %}" + tag).render(Context(context))


def drawn(regions):
    return rendered("{% body_chart regions '/atlas/' %}", regions=regions)


def labels(regions):
    return [[(shape.label, shape.mirrored) for shape in figure.shapes] for figure in body_chart(regions)["figures"]]


class Links(HTMLParser):
    """The attributes of every link inside the drawings."""

    def __init__(self, html):
        super().__init__()
        self.found, self._depth = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._depth += tag == "svg"
        if tag == "a" and self._depth:
            self.found.append(dict(attrs))

    def handle_endtag(self, tag):
        self._depth -= tag == "svg"


# --- Regions --------------------------------------------------------------------------------------------------------


def test_left_and_right_are_the_patients_own(neck_and_knee):
    front, back = labels(neck_and_knee)
    assert front == [("Neck", False), ("Knee, your right", True), ("Knee, your left", False)]
    assert back == [("Neck", False), ("Knee, your left", True), ("Knee, your right", False)]


def test_every_region_is_in_the_list_even_one_nobody_has_drawn():
    region = factories.BodyRegionFactory(slug="little-toe", name="Little toe")
    assert labels([region]) == [[], []]
    assert '<a href="/atlas/#little-toe" data-region="little-toe">Little toe</a>' in drawn([region])


def test_the_figures_are_named_groups_and_every_shape_is_a_named_link(neck_and_knee):
    html = drawn(neck_and_knee)
    assert re.findall(r'<svg [^>]*role="group" aria-label="([^"]*)"', html) == ["Body chart, front", "Body chart, back"]
    assert [link["aria-label"] for link in Links(html).found] == [
        label for view in labels(neck_and_knee) for label, _ in view
    ]
    assert {link["href"] for link in Links(html).found} == {"/atlas/#neck", "/atlas/#knee"}


def test_without_javascript_every_shape_is_a_tab_stop(neck_and_knee):
    assert [link for link in Links(drawn(neck_and_knee)).found if "tabindex" in link] == []


def test_the_drawing_has_no_style_or_script(neck_and_knee):
    assert re.findall(r"\sstyle=|\son\w+=|<script", drawn(neck_and_knee)) == []


def test_every_name_inside_the_drawing_is_there_once_and_every_reference_leads_somewhere(every_region):
    html = drawn(every_region)
    names = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(names) == sorted(set(names))
    assert set(re.findall(r'<use [^>]*href="#([^"]+)"|url\(#([^)]+)\)', html)) <= {
        pair for name in names for pair in ((name, ""), ("", name))
    }


def test_the_regions_of_the_demo_are_all_drawn(every_region):
    slugs = {slug for view in ("front", "back") for kind in ("middle", "side") for slug in DRAWING[view][kind]}
    assert slugs == {region.slug for region in every_region}


def test_the_chart_of_all_regions_stays_light(every_region):
    assert len(drawn(every_region).encode()) < 30_000


# --- Marks ----------------------------------------------------------------------------------------------------------


def test_a_spot_is_a_named_link_and_its_mirror_image_is_announced_once(neck_and_knee):
    spot = spot_on_the_neck(neck_and_knee, chart_view="front")
    html = rendered("{% body_chart regions marks=spots %}", regions=neck_and_knee, spots=[spot])
    again, mark = (link for link in Links(html).found if link["href"] == "/atlas/spot-4/")
    assert mark["aria-label"] == "Spot 4: Side of the neck"
    assert (mark["transform"], again["transform"]) == ("translate(131 92)", "translate(109 92)")
    assert (again["tabindex"], again["aria-hidden"], "aria-label" in again) == ("-1", "true", False)


def test_a_spot_is_drawn_on_its_own_view_only_and_once_where_it_has_one_side(neck_and_knee):
    spot = spot_on_the_neck(neck_and_knee, chart_view="back", both_sides=False)
    front, back = body_chart(neck_and_knee, marks=[spot])["figures"]
    assert (len(front.marks), len(back.marks)) == (0, 1)


def test_one_spot_is_large_and_its_region_is_shaded(neck_and_knee):
    spot = spot_on_the_neck(neck_and_knee, chart_view="front", both_sides=False)
    front, back = body_chart(neck_and_knee, marks=[spot])["figures"]
    assert [(shape.label, shape.marked) for shape in front.shapes][:2] == [("Neck", True), ("Knee, your right", False)]
    assert [mark.large for mark in front.marks] == [True]
    assert [shape for shape in back.shapes if shape.marked] == []


def test_of_several_spots_none_is_large_and_nothing_is_shaded(neck_and_knee):
    spots = [spot_on_the_neck(neck_and_knee, number=number, chart_view="front") for number in (4, 7)]
    front, _back = body_chart(neck_and_knee, marks=spots)["figures"]
    assert {mark.large for mark in front.marks} == {False}
    assert [shape for shape in front.shapes if shape.marked] == []


def test_a_spot_on_one_side_shades_that_side_only(neck_and_knee):
    spot = factories.SpotFactory(chart_view="front", chart_x=90, chart_y=390, both_sides=False)
    spot.regions.set(neck_and_knee[1:])
    front, _back = body_chart(neck_and_knee, marks=[spot])["figures"]
    assert [shape.label for shape in front.shapes if shape.marked] == ["Knee, your right"]


# --- The locator of one spot ----------------------------------------------------------------------------------------


def test_a_locator_is_a_picture_with_words_and_without_links(neck_and_knee):
    spot = spot_on_the_neck(neck_and_knee, chart_view="front")
    html = rendered("{% spot_locator spot %}", spot=spot)
    text = "Front view. The spot is marked on the body: Side of the neck."
    assert f'role="img" aria-label="{text}"><title>{text}</title>' in html
    assert "<a " not in html
    assert html.count("spot-locator__mark") == 2
    assert html.count("spot-locator__region") == 1


def test_a_locator_of_the_back_shows_the_back(neck_and_knee):
    spot = spot_on_the_neck(neck_and_knee, chart_view="back")
    html = rendered("{% spot_locator spot %}", spot=spot)
    assert "<title>Back view. The spot is marked on the body: Side of the neck.</title>" in html
    assert DRAWING["back"]["small"] in html


def test_the_locator_of_every_spot_of_the_demo_is_light(every_region):
    for spot in demo_spots(every_region):
        assert len(rendered("{% spot_locator spot %}", spot=spot).encode()) < 6_000


def test_every_spot_of_the_demo_has_a_mark_and_a_region_drawn_on_its_view(every_region):
    spots = demo_spots(every_region)
    assert [spot.number for spot in spots] == list(range(1, 15))
    for spot in spots:
        shown = [shape for figure in body_chart(every_region, marks=[spot])["figures"] for shape in figure.shapes]
        assert any(shape.marked for shape in shown), spot


def demo_spots(regions):
    by_slug = {region.slug: region for region in regions}
    marks = yaml.safe_load((CONTENT / "spot_marks.yaml").read_text(encoding="utf-8"))
    spots = []
    for path in sorted((CONTENT / "spots").glob("*.yaml")):
        row = yaml.safe_load(path.read_text(encoding="utf-8"))
        at = marks[row["number"]]
        place = {"chart_view": at["view"], "chart_x": at["x"], "chart_y": at["y"], "both_sides": at["both_sides"]}
        spot = factories.SpotFactory(number=row["number"], slug=row["slug"], name=row["name"], **place)
        spot.regions.set([by_slug[slug] for slug in row["regions"]])
        spots.append(spot)
    return spots
