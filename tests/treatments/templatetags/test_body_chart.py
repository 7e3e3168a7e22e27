"""The body chart: a list of links that is the real thing, and a drawing that says left and right as the patient does."""

import re

import pytest
from django.template import Context, Template

from tests import factories
from treatments.templatetags.body_chart import DRAWING, body_chart

pytestmark = pytest.mark.django_db


@pytest.fixture
def neck_and_knee():
    return [
        factories.BodyRegionFactory(slug="neck", name="Neck", position=1),
        factories.BodyRegionFactory(slug="knee", name="Knee", has_sides=True, position=2),
    ]


def labels(regions):
    return [[(shape.label, shape.mirrored) for shape in figure["shapes"]] for figure in body_chart(regions)["figures"]]


def test_left_and_right_are_the_patients_own(neck_and_knee):
    front, back = labels(neck_and_knee)
    assert front == [("Neck", False), ("Knee, your left", False), ("Knee, your right", True)]
    assert back == [("Neck", False), ("Knee, your right", False), ("Knee, your left", True)]


def test_every_region_is_in_the_list_even_one_nobody_has_drawn():
    region = factories.BodyRegionFactory(slug="little-toe", name="Little toe")
    assert labels([region]) == [[], []]
    assert '<a href="/atlas/#little-toe" data-region="little-toe">Little toe</a>' in drawn([region])


def test_the_drawing_is_hidden_from_screen_readers_and_passed_by_the_tab_key(neck_and_knee):
    html = drawn(neck_and_knee)
    figures = html[: html.index("<ul")]
    assert 'aria-hidden="true"' in figures
    assert figures.count("<a ") == figures.count('tabindex="-1"') == 6
    assert 'tabindex="-1"' not in html[html.index("<ul") :]


def test_the_drawing_has_no_style_or_script(neck_and_knee):
    assert re.findall(r"\sstyle=|\son\w+=|<script", drawn(neck_and_knee)) == []


def test_the_regions_of_the_demo_are_all_drawn():
    slugs = {slug for view in ("front", "back") for kind in ("middle", "side") for slug in DRAWING[view][kind]}
    assert slugs == {
        *("head", "face-jaw", "neck", "shoulder", "chest", "upper-back", "upper-arm", "mid-back", "abdomen"),
        *("elbow-forearm", "low-back", "wrist-hand", "hip", "buttock", "thigh", "knee", "lower-leg", "ankle-foot"),
    }


def drawn(regions):
    return Template("{% load body_chart %}{% body_chart regions '/atlas/' %}").render(Context({"regions": regions}))
