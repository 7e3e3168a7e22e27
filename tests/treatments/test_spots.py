"""The page of a spot, the page of a part of the body, and how the atlas holds both."""

import datetime as dt
import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast, factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def read(client, address):
    return client.get(address).content.decode()


def headings(page, level):
    return [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", page)]


# --- A spot ---------------------------------------------------------------------------------------------------------


def test_its_sections_come_in_order_and_the_warning_before_the_pressing(client):
    page = read(client, factories.SpotFactory().get_absolute_url())
    assert headings(page, 2)[:6] == [
        "Where it is",
        "How to find it",
        "Emergency: When not to press, and when to call 911",
        "How to press it",
        "How it feels",
        "What you can do yourself",
    ]


@pytest.mark.parametrize(
    ("flags", "kind"), [("Call 911 for chest pain.", "emergency"), ("See us the same day for a rash.", "urgent")]
)
def test_the_card_is_an_emergency_where_the_text_says_whom_to_call(flags, kind, client):
    page = read(client, factories.SpotFactory(red_flags=flags).get_absolute_url())
    assert re.findall(r"care-card--(\w+)", page) == [kind]


def test_it_leads_to_the_spots_before_and_after_by_number_and_to_all(client):
    for number in (4, 9, 11):
        factories.SpotFactory(number=number)
    steps = {
        number: re.findall(r'rel="(prev|next)" href="/atlas/spot-(\d+)/"', read(client, f"/atlas/spot-{number}/"))
        for number in (4, 9, 11)
    }
    assert steps == {4: [("next", "9")], 9: [("prev", "4"), ("next", "11")], 11: [("prev", "9")]}
    assert 'href="/atlas/#all-spots"' in read(client, "/atlas/spot-9/")


def test_it_offers_its_treatments_with_real_times(client):
    clinic = cast.open_clinic()
    spot = factories.SpotFactory()
    spot.treatments.add(clinic.therapy)
    page = read(client, spot.get_absolute_url())
    assert 'btn-primary" href="/book/?treatment=physical-therapy-session"' in page
    assert len(re.findall(r'href="/book/\?treatment=physical-therapy-session&amp;[^"]*start=', page)) == 3


def test_without_a_treatment_it_begins_with_a_consultation(client):
    assert "It begins with a consultation" in read(client, factories.SpotFactory().get_absolute_url())


def test_its_articles_are_those_that_are_out(client):
    spot = factories.SpotFactory()
    later = NOW + dt.timedelta(days=1)
    spot.articles.set(
        [
            factories.ArticleFactory(title="Out"),
            factories.ArticleFactory(title="Draft", status="draft"),
            factories.ArticleFactory(title="Later", published_at=later),
        ]
    )
    assert headings(read(client, spot.get_absolute_url()), 3)[:1] == ["Out"]
    assert [title for title in ("Draft", "Later") if title in read(client, spot.get_absolute_url())] == []


@pytest.mark.parametrize("number", [1, 3])
def test_its_page_costs_the_same_statements_with_1_and_3_of_everything(number, client):
    spot = factories.SpotFactory(number=50)
    for other in (49, 51):
        factories.SpotFactory(number=other)
    for _ in range(number):
        spot.muscles.add(factories.MuscleFactory())
        spot.regions.add(factories.BodyRegionFactory())
        spot.articles.add(factories.ArticleFactory(author=factories.AuthorFactory()))
    with CaptureQueriesContext(connection) as captured:
        client.get(spot.get_absolute_url())
    # The spot; its muscles, regions, treatments and articles; the one before, the one after; the places of the footer.
    assert len(captured) == 8


def test_a_spot_or_part_that_is_not_there_is_404(client):
    assert [client.get(path).status_code for path in ("/atlas/none/", "/topics/none/")] == [404, 404]


# --- A part of the body ---------------------------------------------------------------------------------------------


def test_a_topic_shows_the_spots_that_lie_there_and_those_felt_there_once(client):
    neck = factories.BodyRegionFactory(slug="neck", name="Neck")
    skull, side = factories.SpotFactory(number=1), factories.SpotFactory(number=4)
    skull.regions.add(neck)
    skull.felt_in.add(neck)
    side.felt_in.add(neck)
    assert re.findall(r'class="spot-number">(\d+)<', read(client, "/topics/neck/")) == ["1", "4"]


def test_its_articles_come_24_a_page_newest_first_and_each_page_is_its_own_address(client, settings):
    settings.CLINIC_BASE_URL = "https://riverbend.example.com/"
    neck = factories.BodyRegionFactory(slug="neck")
    for number in range(25):
        published = NOW - dt.timedelta(days=number + 1)
        factories.ArticleFactory(title=f"Number {number}", published_at=published).regions.add(neck)
    first, second = read(client, "/topics/neck/"), read(client, "/topics/neck/?page=2")
    titles = [re.findall(r">(Number \d+)</a>", page) for page in (first, second)]
    assert titles == [[f"Number {number}" for number in range(24)], ["Number 24"]]
    canonical = [re.search(r'rel="canonical" href="([^"]+)"', page)[1] for page in (first, second)]
    address = "https://riverbend.example.com/topics/neck/"
    assert canonical == [address, f"{address}?page=2"]
    assert [client.get(f"/topics/neck/?page={page}").status_code for page in ("3", "0", "x")] == [404, 404, 404]


def test_a_topic_leads_to_the_other_parts_and_offers_its_treatments(client):
    clinic = cast.open_clinic()
    neck = factories.BodyRegionFactory(slug="neck")
    factories.BodyRegionFactory(slug="knee")
    clinic.therapy.regions.add(neck)
    page = read(client, "/topics/neck/")
    assert re.findall(r'<li><a href="/topics/([a-z]+)/">', page) == ["knee"]
    assert len(re.findall(r'href="/book/\?treatment=physical-therapy-session&amp;[^"]*start=', page)) == 3


@pytest.mark.parametrize("number", [1, 3])
def test_a_topic_costs_the_same_statements_with_1_and_3_of_everything(number, client):
    neck = factories.BodyRegionFactory(slug="neck")
    factories.BodyRegionFactory.create_batch(number)
    for _ in range(number):
        factories.SpotFactory().regions.add(neck)
        factories.SpotFactory().felt_in.add(neck)
        factories.ArticleFactory(author=factories.AuthorFactory()).regions.add(neck)
    with CaptureQueriesContext(connection) as captured:
        client.get("/topics/neck/")
    # The part; its treatments, spots (with the parts these lie in) and felt spots; all parts; how many articles, the
    # articles; the footer's places.
    assert len(captured) == 9


# --- The atlas ------------------------------------------------------------------------------------------------------


def cut(page, tag):
    """The page cut at its spots (`details`) or parts of the body (`section`): {"neck": "…", "knee": "…"}."""
    found = re.findall(
        rf'<{tag} class="(?:spot-entry|atlas-region)" id="([a-z0-9-]+)".*?</{tag}>\s*(?=<|$)', page, re.DOTALL
    )
    pieces = re.split(rf'<{tag} class="(?:spot-entry|atlas-region)" id="([a-z0-9-]+)"', page)
    assert len(found) == len(pieces[1::2])
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def numbers(text, heading):
    """The numbers of the spots listed under a heading."""
    part = re.search(rf"<h\d>{heading}</h\d>(.*?)</ul>", text, re.DOTALL)
    return [int(each) for each in re.findall(r'class="spot-number">(\d+)<', part[1])] if part else []


def everything(number):
    regions = factories.BodyRegionFactory.create_batch(number)
    muscles = factories.MuscleFactory.create_batch(number)
    treatments = factories.TreatmentFactory.create_batch(number)
    articles = [factories.ArticleFactory(author=factories.AuthorFactory()) for _ in range(number)]
    for spot in factories.SpotFactory.create_batch(number):
        for rows, kind in (
            (regions, "regions"),
            (regions, "felt_in"),
            (muscles, "muscles"),
            (treatments, "treatments"),
        ):
            getattr(spot, kind).set(rows)
        spot.articles.set(articles)
    for region in regions:
        region.articles.set(articles)
        region.treatments.set(treatments)


def test_its_headings_skip_no_level(client):
    everything(3)
    levels = [int(level) for level in re.findall(r"<h(\d)", read(client, "/atlas/"))]
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_no_two_elements_share_an_id_and_every_link_within_leads_somewhere(client):
    everything(2)
    full = "## Top\n\n## References\n\nText.[^1]\n\n::: urgent Call\nNow.\n:::\n\n[^1]: Note."
    texts = ("location", "how_to_find", "how_to_press", "how_it_feels", "red_flags", "self_care")
    spot = factories.SpotFactory(slug="chest", **dict.fromkeys(texts, full))
    spot.regions.add(factories.BodyRegionFactory(slug="chest"))
    for address in ("/atlas/", "/atlas/chest/", "/topics/chest/"):
        page = read(client, address)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids))
        links = set(re.findall(r'href="#([^"]+)"', page))
        assert links <= set(ids)


def test_each_spot_says_its_number_its_name_and_what_it_is_for(client):
    factories.SpotFactory(number=2, name="Last rib", problems="Low back pain")
    factories.SpotFactory(number=1, name="Skull", problems="TMJ pain, headache")
    summaries = re.findall(
        r"<summary>(\s*<span class=\"spot-entry__number.*?)</summary>", read(client, "/atlas/"), re.DOTALL
    )
    said = [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in summaries]
    assert said == ["Spot 1 Skull for TMJ pain, headache", "Spot 2 Last rib for low back pain"]


def test_a_spot_named_as_a_part_of_the_body_leaves_it_its_anchor(client):
    factories.BodyRegionFactory(slug="chest")
    factories.SpotFactory(number=9, slug="chest")
    page = read(client, "/atlas/")
    assert (list(cut(page, "details")), list(cut(page, "section"))) == (["spot-9"], ["chest"])


def test_each_part_shows_the_spots_that_lie_there_and_those_felt_there_once(client):
    neck, head = (
        factories.BodyRegionFactory(slug="neck", position=1),
        factories.BodyRegionFactory(slug="head", position=2),
    )
    skull, side = factories.SpotFactory(number=1), factories.SpotFactory(number=4)
    skull.regions.set([neck])
    skull.felt_in.set([neck, head])
    side.felt_in.set([head])
    parts = cut(read(client, "/atlas/"), "section")
    here, there = "Spots that lie here", "Spots elsewhere that are felt here"
    assert {slug: (numbers(text, here), numbers(text, there)) for slug, text in parts.items()} == {
        "neck": ([1], []),
        "head": ([], [1, 4]),
    }


def test_only_the_newest_articles_of_a_part_stand_on_the_atlas_and_all_on_its_own_page(client):
    neck = factories.BodyRegionFactory(slug="neck")
    neck.articles.set(factories.ArticleFactory.create_batch(5))
    here = len(re.findall(r'href="/articles/article', cut(read(client, "/atlas/"), "section")["neck"]))
    assert (here, len(re.findall(r'<h3><a href="/articles/', read(client, "/topics/neck/")))) == (3, 5)
