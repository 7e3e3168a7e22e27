"""The atlas: for each region of the body what we write about it, what we do for it, and a way to book."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def sections(client):
    """The page cut at its regions: {"neck": "…", "knee": "…"}."""
    pieces = re.split(r'<li id="([a-z-]+)">', client.get("/atlas/").content.decode())
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_statements_with_1_and_3_of_everything(number, client):
    regions = factories.BodyRegionFactory.create_batch(number)
    for author in factories.ClinicianFactory.create_batch(number):
        factories.ArticleFactory(author=author).regions.set(regions)
        factories.TreatmentFactory().regions.set(regions)
    with CaptureQueriesContext(connection) as captured:
        client.get("/atlas/")
    # regions, their articles, their treatments; the places of the footer (none, so no hours)
    assert len(captured) == 4


def test_each_region_shows_its_own_articles_and_treatments(client):
    neck, knee = factories.BodyRegionFactory(slug="neck"), factories.BodyRegionFactory(slug="knee")
    factories.ArticleFactory(title="About necks").regions.add(neck)
    factories.TreatmentFactory(name="For knees").regions.add(knee)
    page = sections(client)
    assert {slug: ("About necks" in text, "For knees" in text) for slug, text in page.items()} == {
        "neck": (True, False),
        "knee": (False, True),
    }


def test_what_is_not_out_or_not_offered_is_not_shown(client):
    neck = factories.BodyRegionFactory(slug="neck")
    factories.ArticleFactory(title="A draft", status="draft").regions.add(neck)
    factories.TreatmentFactory(name="No longer offered", active=False).regions.add(neck)
    text = sections(client)["neck"]
    assert ("A draft" in text, "No longer offered" in text) == (False, False)


def test_a_region_with_nothing_begins_with_a_consultation(client):
    factories.BodyRegionFactory(slug="neck")
    assert "It begins with a consultation" in sections(client)["neck"]


def test_the_list_and_the_drawing_lead_to_sections_that_are_there(client):
    factories.BodyRegionFactory(slug="neck")
    factories.BodyRegionFactory(slug="knee")
    page = client.get("/atlas/").content.decode()
    assert set(re.findall(r'href="#([a-z-]+)" [^>]*data-region', page)) == {"neck", "knee"}
    assert set(sections(client)) == {"neck", "knee"}
