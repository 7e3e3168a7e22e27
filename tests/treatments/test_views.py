"""The public pages: what they show, what they hide, what they cost, and where their buttons lead."""

import datetime as dt
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast, factories
from tests.cast import NOW
from treatments.models import Article, ArticleChange, ClinicianTreatment, Treatment
from treatments.public import PUBLIC_SECONDS

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def read(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# --- What a page costs ----------------------------------------------------------------------------------------------


def fill(number):
    """Make `number` rows of everything a list may show, all of them tied to the first of each."""
    factories.LocationFactory.create_batch(number)
    regions = factories.BodyRegionFactory.create_batch(number)
    muscles = factories.MuscleFactory.create_batch(number)
    treatments = [factories.TreatmentFactory(slug=f"t{n}") for n in range(number)]
    people = [factories.ClinicianFactory(slug=f"c{n}") for n in range(number)]
    writers = [factories.AuthorFactory(clinician=person) for person in people]
    series = factories.SeriesFactory(slug="s0")
    spots = factories.SpotFactory.create_batch(number)
    for spot in spots:
        spot.muscles.set(muscles)
        spot.regions.set(regions)
    articles = [
        factories.ArticleFactory(
            slug=f"a{n}", author=writers[0], reviewer=writers[-1], reviewed_on=NOW.date(), series=series, part=n + 1
        )
        for n in range(number + 1)
    ]
    for article in articles:
        article.regions.set(regions)
        article.muscles.set(muscles)
        article.treatments.set(treatments)
        article.spots.set(spots)
        ArticleChange.objects.create(article=article, date="2026", note="New.")
    for treatment in treatments:
        treatment.regions.set(regions)
        for person in people:
            ClinicianTreatment.objects.create(clinician=person, treatment=treatment)


# One of each is the places and their hours in the footer. The free times of a panel are kept for a minute, so that
# the second look, which is counted, asks the diary nothing. The query string keeps the page itself from being kept.
COSTS = {
    "/articles/": 4,
    "/articles/a0/": 5,
    "/series/s0/": 3,
    "/treatments/": 2,
    "/treatments/t0/": 5,
    "/clinicians/": 3,
    "/clinicians/c0/": 5,
    "/contact/": 2,
    "/privacy/": 1,
    "/accessibility/": 1,
}


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_statements_with_1_and_3_of_everything(number, client):
    fill(number)
    assert {address: cost(client, address) for address in COSTS} == COSTS


def cost(client, address):
    client.get(address, {"anew": 1})
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, {"anew": 1}).status_code == 200
    return len(captured)


# --- What is not for the public -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Article.Status.DRAFT},
        {"status": Article.Status.DRAFT, "published_at": None},
        {"status": Article.Status.RETIRED},
        {"published_at": NOW + dt.timedelta(minutes=1)},
    ],
)
def test_an_article_that_is_not_out_is_found_nowhere(fields, client):
    treatment, person = factories.TreatmentFactory(), factories.ClinicianFactory()
    author = factories.AuthorFactory(clinician=person)
    hidden = factories.ArticleFactory(title="Hidden article", author=author, **fields)
    shown = factories.ArticleFactory(author=author)
    for article in (hidden, shown):
        article.treatments.add(treatment)
    gone = hidden.status == Article.Status.RETIRED
    assert client.get(hidden.get_absolute_url()).status_code == (410 if gone else 404)
    for address in ["/articles/", *(each.get_absolute_url() for each in (shown, treatment, author))]:
        assert "Hidden article" not in read(client, address)


def test_an_article_appears_at_its_minute(client, clock):
    article = factories.ArticleFactory(published_at=NOW + DAY)
    clock.move_to(NOW + DAY, tick=False)
    assert client.get(article.get_absolute_url()).status_code == 200


def test_a_treatment_no_longer_offered_is_found_nowhere(client):
    clinician = factories.ClinicianFactory()
    retired = factories.TreatmentFactory(name="Retired treatment", active=False)
    factories.ClinicianTreatmentFactory(clinician=clinician, treatment=retired)
    article = factories.ArticleFactory()
    article.treatments.add(retired)
    assert client.get(retired.get_absolute_url()).status_code == 404
    for address in ["/treatments/", "/clinicians/", clinician.get_absolute_url(), article.get_absolute_url()]:
        assert "Retired treatment" not in read(client, address)


def test_a_clinician_who_has_left_has_no_page_and_is_offered_nowhere(client):
    gone = factories.ClinicianFactory(name="Gone Clinician", active=False)
    offer = factories.ClinicianTreatmentFactory(clinician=gone)
    assert client.get(gone.get_absolute_url()).status_code == 404
    for address in ["/clinicians/", offer.treatment.get_absolute_url()]:
        assert "Gone Clinician" not in read(client, address)


def test_what_somebody_wrote_who_has_left_leads_to_their_page_as_an_author(client):
    gone = factories.ClinicianFactory(name="Gone Clinician", active=False)
    writer = factories.AuthorFactory(slug="gone", clinician=gone)
    article = factories.ArticleFactory(author=writer, reviewer=writer, reviewed_on=NOW.date())
    page = read(client, article.get_absolute_url())
    assert page.count("Gone Clinician, MD") == 4  # byline twice, about the author, the author for search engines
    assert gone.get_absolute_url() not in page
    assert "<h1>Gone Clinician, MD</h1>" in read(client, "/authors/gone/")


@pytest.mark.parametrize(
    "address", ["/articles/none/", "/series/none/", "/authors/none/", "/treatments/none/", "/clinicians/none/"]
)
def test_what_is_not_there_is_404(address, client):
    assert client.get(address).status_code == 404


# --- What an article shows ------------------------------------------------------------------------------------------


def test_related_articles_come_closest_first_and_at_most_three(client):
    neck, head = factories.BodyRegionFactory(), factories.BodyRegionFactory()
    treatment, muscle = factories.TreatmentFactory(), factories.MuscleFactory()
    article = factories.ArticleFactory()
    shared = {
        "one": ([neck], []),
        "three": ([neck, head], [treatment]),
        "two": ([head], [treatment]),
        "late": ([neck], []),
    }
    for each, (regions, treatments) in {"itself": ([neck, head], [treatment]), **shared, "none": ([], [])}.items():
        row = article if each == "itself" else factories.ArticleFactory(slug=each)
        row.regions.set(regions)
        row.treatments.set(treatments)
        row.muscles.set([muscle] if each in {"itself", "three"} else [])
    Article.objects.filter(slug="late").update(published_at=NOW - DAY)
    page = read(client, article.get_absolute_url())
    assert re.findall(r'<h3><a href="/articles/([a-z]+)/">', page) == ["three", "two", "late"]


def test_under_its_title_an_article_says_who_when_and_how_long(client):
    ortiz, sato = (
        factories.AuthorFactory(clinician=factories.ClinicianFactory(name=name)) for name in ("Amara Ortiz", "Ben Sato")
    )
    article = factories.ArticleFactory(
        author=ortiz,
        reviewer=sato,
        reviewed_on=dt.date(2026, 2, 1),
        updated_on=dt.date(2026, 2, 3),
        body="word " * 1320,
    )
    page = read(client, article.get_absolute_url())
    byline = re.sub(r"<[^>]+>|\s+", " ", re.search(r'<ul class="byline">(.*?)</ul>', page, re.DOTALL)[1])
    assert " ".join(byline.split()) == (
        "Written by Amara Ortiz, MD Medically reviewed by Ben Sato, MD ( February 1, 2026 ) "
        "Published January 5, 2026 Updated February 3, 2026 6 minutes to read (1,320 words)"
    )


def test_a_bare_article_has_no_empty_boxes(client):
    page = read(client, factories.ArticleFactory(body="Only words.").get_absolute_url())
    for box in ('class="glance"', 'class="contents', 'class="change-list"', 'id="references"', "Related articles"):
        assert box not in page


def test_no_two_elements_share_an_id_and_every_link_within_leads_somewhere(client):
    full = "## Top\n\n## References\n\n### Evidence\n\nText.[^1]\n\n::: urgent Call\nNow.\n:::\n\n[^1]: Note."
    article = factories.ArticleFactory(body=full, evidence_note=full, references=full)
    treatment = factories.TreatmentFactory(
        body=full, what_to_expect=full, preparation=full, aftercare=full, plans_text=full, referral_text=full
    )
    article.treatments.add(treatment)
    for address in (article.get_absolute_url(), treatment.get_absolute_url(), "/contact/", "/articles/"):
        page = read(client, address)
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids))
        assert {unescape(link) for link in re.findall(r'href="#([^"]+)"', page)} <= set(ids)


def test_what_is_new_says_dates_as_exactly_as_they_are_known(client):
    article = factories.ArticleFactory()
    for date in ("2016", "2017-05", "2026-01-09"):
        ArticleChange.objects.create(article=article, date=date, note=f"Changed in {date}.")
    page = read(client, article.get_absolute_url())
    assert re.findall(r"<dt>([^<]+)</dt><dd>Changed", page) == ["January 9, 2026", "May 2017", "2016"]


# --- Where the buttons lead -----------------------------------------------------------------------------------------


def bookings(page):
    """Return what the links into the flow carry: one dict for each link."""
    links = [urlsplit(unescape(link)) for link in re.findall(r'href="([^"]*)"', page)]
    return [{key: values[0] for key, values in parse_qs(link.query).items()} for link in links if link.path == "/book/"]


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    factories.ArticleFactory(slug="stiff-neck").treatments.add(clinic.therapy)
    return clinic


@pytest.mark.parametrize(
    ("address", "carried"),
    [
        ("/articles/stiff-neck/", {"article": "stiff-neck"}),
        ("/treatments/physical-therapy-session/", {"treatment": "physical-therapy-session"}),
        ("/clinicians/tess-lindqvist/", {"clinician": "tess-lindqvist"}),
    ],
)
def test_every_way_into_the_flow_knows_where_one_came_from(address, carried, clinic, client):
    links = bookings(read(client, address))
    assert [link | carried for link in links] == links
    assert len([link for link in links if link == carried]) >= 3  # the header, the menu, the button under the title
    assert len([link for link in links if "start" in link]) >= 3


@pytest.mark.parametrize("address", ["/articles/", "/treatments/", "/clinicians/", "/contact/", "/privacy/"])
def test_other_pages_lead_to_the_start_of_the_flow(address, clinic, client):
    links = bookings(read(client, address))
    assert [link for link in links if link] == []
    assert len(links) >= 2


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Treatment.Policy.OPEN, "booked at once"),
        (Treatment.Policy.REQUEST, "on request: we keep the time and confirm it"),
        (Treatment.Policy.CONSULTATION, "begins with a consultation"),
    ],
)
def test_a_treatment_says_how_it_is_booked_before_anybody_begins(policy, words, client):
    treatment = factories.TreatmentFactory(policy=policy)
    for address in ("/treatments/", treatment.get_absolute_url()):
        assert words in read(client, address)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(900, 1600, "$900 to $1,600"), (150, 150, "$150"), (1200, None, "$1,200"), (None, None, None)],
)
def test_a_price_is_a_range_a_number_or_nothing(low, high, said, client):
    page = read(client, factories.TreatmentFactory(price_from=low, price_to=high).get_absolute_url())
    assert re.findall(r'<dd class="number">([^<]*)</dd>', page) == ([said] if said else [])


# --- How long others may keep them ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/articles/", "/articles/stiff-neck/", "/treatments/", "/treatments/consultation/", "/clinicians/",
     "/clinicians/ben-sato/", "/atlas/", "/privacy/", "/accessibility/"],
)  # fmt: skip
def test_a_public_page_may_be_kept_a_minute_and_sets_no_cookie(address, clinic, client):
    response = client.get(address)
    assert sorted(response["Cache-Control"].split(", ")) == [f"max-age={PUBLIC_SECONDS}", "public"]
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert dict(response.cookies) == {}
    assert "X-Robots-Tag" not in response


def test_a_page_with_a_form_is_kept_by_nobody(clinic, client):
    response = client.get("/contact/")
    assert set(response["Cache-Control"].split(", ")) >= {"no-store", "private"}
    assert set(response.cookies) == {"csrftoken"}


def test_the_address_search_engines_keep_is_the_clean_one(clinic, client, settings):
    settings.CLINIC_BASE_URL = "https://riverbend.example.com/"
    page = read(client, "/articles/stiff-neck/?utm_source=mail")
    assert re.findall(r'<link rel="canonical" href="([^"]+)">', page) == [
        "https://riverbend.example.com/articles/stiff-neck/"
    ]
