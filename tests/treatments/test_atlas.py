"""The atlas: for each region of the body what we write about it, what we do for it, and a way to book."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db
COSTS = [10, 8, 9]  # the atlas, a spot, a topic


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def sections(client):
    """The page cut at its regions: {"neck": "…", "knee": "…"}."""
    pieces = re.split(r'<section class="atlas-region" id="([a-z-]+)"', client.get("/atlas/").content.decode())
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def fill(number):
    """So many of everything, all tied to each other."""
    regions = factories.BodyRegionFactory.create_batch(number)
    muscles = factories.MuscleFactory.create_batch(number)
    treatments = factories.TreatmentFactory.create_batch(number)
    spots = factories.SpotFactory.create_batch(number)
    for treatment in treatments:
        treatment.regions.set(regions)
    for spot in spots:
        for name, rows in [
            ("regions", regions),
            ("felt_in", regions),
            ("muscles", muscles),
            ("treatments", treatments),
        ]:
            getattr(spot, name).set(rows)
    for author in factories.AuthorFactory.create_batch(number):
        article = factories.ArticleFactory(author=author)
        article.regions.set(regions)
        article.spots.set(spots)
    return spots[0], regions[0]


@pytest.mark.parametrize("number", [1, 3, 14])
def test_it_costs_the_same_statements_whatever_there_is(number, client):
    spot, region = fill(number)
    pages = ["/atlas/", spot.get_absolute_url(), region.get_absolute_url()]
    assert [cost(client, page) for page in pages] == COSTS


def cost(client, address):
    """Count the statements of a page whose free times are known, and which is not kept itself."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{address}?again").status_code == 200
    return len(captured)


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
    assert set(re.findall(r'href="#([a-z-]+)"[^>]* data-region', page)) == {"neck", "knee"}
    assert set(sections(client)) == {"neck", "knee"}


# --- Spots ------------------------------------------------------------------------------------------------------------


def test_the_atlas_lists_every_spot_to_open_in_place(client):
    spot = factories.SpotFactory(number=11, slug="upper-back", name="Upper back", problems="Upper back pain")
    page = client.get("/atlas/").content.decode()
    entry = page[page.index('<details class="spot-entry" id="upper-back"') :]
    entry = entry[: entry.index("</details>")]
    for fact in (
        "Upper back",
        "for upper back pain",
        spot.pain_felt_in,
        "Under the skull.",
        "Press gently.",
        "Keep moving.",
    ):
        assert fact in entry
    assert 'href="/atlas/upper-back/"' in entry


def test_a_spot_says_everything_about_itself(client):
    spot = factories.SpotFactory(number=2, slug="two")
    muscle, article = factories.MuscleFactory(name="Masseter"), factories.ArticleFactory(title="About it")
    spot.muscles.add(muscle)
    article.spots.add(spot)
    page = client.get("/atlas/two/").content.decode()
    for fact in ("Head and neck", "Masseter", "Feel for it.", "Press gently.", "Sore, and good.", "About it"):
        assert fact in page


def test_what_is_dangerous_at_a_spot_is_an_emergency_card(client):
    factories.SpotFactory(slug="chest", red_flags="Call 911 for chest pain.")
    page = client.get("/atlas/chest/").content.decode()
    card = page[page.index("care-card--emergency") :]
    assert "Call 911 for chest pain." in card[: card.index("</section>")]


def test_spots_lead_to_the_one_before_and_the_one_after(client):
    for number in (1, 2, 5):
        factories.SpotFactory(number=number, slug=f"n{number}")
    links = {number: neighbors(client, number) for number in (1, 2, 5)}
    assert links == {1: [None, "n2"], 2: ["n1", "n5"], 5: ["n2", None]}


def neighbors(client, number):
    response = client.get(f"/atlas/n{number}/")
    return [each and each.slug for each in (response.context["before"], response.context["after"])]


def test_a_retired_article_is_not_read_at_a_spot(client):
    spot = factories.SpotFactory(slug="s")
    factories.ArticleFactory(title="Withdrawn", status="retired").spots.add(spot)
    assert "Withdrawn" not in client.get("/atlas/s/").content.decode() + client.get("/atlas/").content.decode()


def test_markup_in_a_spot_is_only_text(client):
    factories.SpotFactory(slug="s", name="<script>alert(1)</script>", how_to_find="<script>alert(2)</script>")
    for address in ("/atlas/", "/atlas/s/"):
        assert "<script>alert" not in client.get(address).content.decode()


# --- Topics -----------------------------------------------------------------------------------------------------------


def test_a_topic_shows_spots_articles_treatments_and_a_way_to_book(client):
    neck = factories.BodyRegionFactory(slug="neck", name="Neck")
    lying, felt = factories.SpotFactory(name="Lies here"), factories.SpotFactory(name="Felt here")
    lying.regions.add(neck)
    felt.felt_in.add(neck)
    factories.ArticleFactory(title="About necks").regions.add(neck)
    factories.TreatmentFactory(name="For necks", slug="for-necks").regions.add(neck)
    page = client.get("/topics/neck/").content.decode()
    for fact in ("Lies here", "Felt here", "About necks", "For necks"):
        assert fact in page
    assert "/book/?treatment=for-necks" in page


def test_a_topic_of_many_articles_has_pages(client):
    neck = factories.BodyRegionFactory(slug="neck")
    for article in factories.ArticleFactory.create_batch(25):
        article.regions.add(neck)
    assert [len(client.get(f"/topics/neck/{page}").context["articles"]) for page in ("", "?page=2")] == [24, 1]
    assert client.get("/topics/neck/?page=9").status_code == 404
