"""The sitemap, read by a real parser: every public page and no other; and robots.txt, read as a robot does."""

import datetime as dt
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import NOW
from treatments.models import Article

pytestmark = pytest.mark.django_db
NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOST = "https://clinic.example.com"
ALWAYS = {"/", "/treatments/", "/clinicians/", "/atlas/", "/contact/", "/privacy/", "/accessibility/", "/articles/"}


@pytest.fixture(autouse=True)
def clock(time_machine, settings):
    settings.CLINIC_BASE_URL = HOST
    time_machine.move_to(NOW, tick=False)


def read(client):
    """The addresses without their host, each with the day of its last change."""
    response = client.get("/sitemap.xml")
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    tree = ElementTree.fromstring(response.content)
    assert tree.tag == f"{NS}urlset"
    found = {url.findtext(f"{NS}loc"): url.findtext(f"{NS}lastmod") for url in tree.findall(f"{NS}url")}
    assert len(found) == len(tree)
    assert [address for address in found if not address.startswith(f"{HOST}/")] == []
    return {address.removeprefix(HOST): changed for address, changed in found.items()}


def fill(number):
    """That many of everything public, and one of everything that is not."""
    series = factories.SeriesFactory.create_batch(number)
    for n in range(number):
        region = factories.BodyRegionFactory(slug=f"region-{n}")
        spot, treatment = factories.SpotFactory(number=n + 1), factories.TreatmentFactory(slug=f"treatment-{n}")
        article = factories.ArticleFactory(
            slug=f"article-{n}", author=factories.AuthorFactory(slug=f"author-of-{n}"), series=series[n], part=1
        )
        for things, thing in ((article.regions, region), (article.spots, spot), (article.treatments, treatment)):
            things.add(thing)
        factories.ArticleFactory(
            slug=f"staff-{n}",
            author=factories.AuthorFactory(clinician=factories.ClinicianFactory(slug=f"clinician-{n}"), name=""),
        )
    factories.TreatmentFactory(active=False)
    factories.ClinicianFactory(active=False)
    hidden = factories.SeriesFactory(slug="hidden")
    factories.ArticleFactory(status=Article.Status.DRAFT, author=factories.AuthorFactory(), series=hidden, part=1)
    factories.ArticleFactory(status=Article.Status.RETIRED)
    factories.ArticleFactory(published_at=NOW + dt.timedelta(days=1))


def test_it_names_every_public_page_and_no_other(client):
    series_slug = "the-series"
    fill(1)
    factories.SeriesFactory._meta.model.objects.exclude(slug="hidden").update(slug=series_slug)
    assert set(read(client)) == ALWAYS | {
        "/articles/article-0/",
        "/articles/staff-0/",
        f"/series/{series_slug}/",
        "/authors/author-of-0/",
        "/atlas/spot-1/",
        "/topics/region-0/",
        "/treatments/treatment-0/",
        "/clinicians/clinician-0/",
    }


def test_every_address_opens(client):
    factories.LocationFactory()
    fill(2)
    answers = {path: client.get(path).status_code for path in read(client)}
    assert {path: code for path, code in answers.items() if code != 200} == {}


def test_an_article_says_when_it_last_changed_and_the_index_when_the_last_did(client):
    early = dt.datetime(2026, 1, 6, 2, tzinfo=dt.UTC)  # January 5 at the clinic
    factories.ArticleFactory(slug="never", published_at=early)
    factories.ArticleFactory(slug="since", published_at=early, updated_on=dt.date(2026, 2, 1))
    factories.ArticleFactory(slug="before", published_at=early, updated_on=dt.date(2025, 1, 1))
    found = read(client)
    assert {path: day for path, day in found.items() if day} == {
        "/articles/": "2026-02-01",
        "/articles/never/": "2026-01-05",
        "/articles/since/": "2026-02-01",
        "/articles/before/": "2026-01-05",
    }


@pytest.mark.parametrize("number", [1, 4])
def test_it_takes_the_same_statements_with_1_and_4_of_everything(number, client):
    fill(number)
    with CaptureQueriesContext(connection) as captured:
        client.get("/sitemap.xml")
    assert len(captured) == 7  # articles, series, authors, treatments, clinicians, spots, regions


def test_robots_stay_out_of_what_is_private_and_find_the_sitemap(client):
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(response.content.decode().splitlines())
    assert robots.site_maps() == [f"{HOST}/sitemap.xml"]
    private = ["/admin/", "/admin/day/", "/book/", "/appointments/", "/schedule/", "/search/?q=neck", "/api/slots"]
    public = ["/", "/articles/", "/articles/neck/", "/atlas/", "/bookish/", "/treatments/"]
    assert [path for path in private + public if robots.can_fetch("AnyBot", HOST + path)] == public
