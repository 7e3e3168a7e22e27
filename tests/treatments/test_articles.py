"""The article page and what belongs to it: people, spots, series, preview, what was withdrawn, and what it costs."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import roles
from tests import cast, factories
from tests.cast import NOW, TODAY
from treatments.models import Article, ArticleChange

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def read(client, address, status=200):
    response = client.get(address, {"anew": 1})
    assert response.status_code == status
    return response.content.decode()


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- What it costs --------------------------------------------------------------------------------------------------

BODY = "".join(f"{'##' if n % 3 == 0 else '###'} Heading {n}\n\n{'word ' * 49}\n\n" for n in range(60))


def long_article():
    clinic = cast.open_clinic()
    people = [factories.AuthorFactory(clinician=each) for each in (clinic.ortiz, clinic.sato)]
    series = factories.SeriesFactory()
    article = factories.ArticleFactory(
        slug="long", body=BODY, author=people[0], reviewer=people[1], reviewed_on=TODAY, series=series, part=1,
        evidence_note="Mixed.", references="1. One.", pain_location="Neck", problems="Neck pain",
    )  # fmt: skip
    factories.ArticleFactory(slug="next", series=series, part=2)
    spots = factories.SpotFactory.create_batch(14)
    regions, muscles = factories.BodyRegionFactory.create_batch(5), factories.MuscleFactory.create_batch(5)
    for spot in spots:
        spot.regions.set(regions[:2])
        spot.muscles.set(muscles)
    article.spots.set(spots[:4])
    article.regions.set(regions)
    article.muscles.set(muscles)
    clinic.injection.policy = "consultation"
    clinic.injection.save()
    article.treatments.set([clinic.injection, clinic.therapy])
    ArticleChange.objects.create(article=article, date="2016", note="New.")
    return article


@pytest.mark.engine
def test_an_article_of_3000_words_with_60_headings_and_the_panel_takes_at_most_10_statements(client):
    address = long_article().get_absolute_url()
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        page = read(client, address)
    assert len(captured) == 9  # five of them for the free times; one more where sessions have limits
    assert len(page.encode()) < 100_000
    assert len(re.findall("<h[23] id=", page)) == 60 + 3  # and the spots, the evidence, the references
    assert "(3,060 words)" in page


@pytest.mark.parametrize("number", [5, 500])
def test_the_list_and_the_related_take_as_many_statements_at_5_and_at_500_articles(number, client):
    region = factories.BodyRegionFactory()
    articles = factories.ArticleFactory.create_batch(number)
    region.articles.set(articles)
    counts = []
    for address in ("/articles/", articles[0].get_absolute_url()):
        with CaptureQueriesContext(connection) as captured:
            read(client, address)
        counts.append(len(captured))
    assert counts == [4, 5]


def test_the_list_has_24_articles_a_page(client):
    factories.ArticleFactory.create_batch(25)
    found = [len(re.findall("<h2><a", client.get(f"/articles/?page={page}").content.decode())) for page in (1, 2)]
    assert found == [24, 1]
    assert client.get("/articles/?page=3").status_code == 404
    assert client.get("/articles/?page=x").status_code == 404
    page = client.get("/articles/?page=2").content.decode()
    assert re.findall(r'<link rel="canonical" href="[^"]*(/articles/[^"]*)"', page) == ["/articles/?page=2"]


def test_the_list_leads_to_the_topics_of_public_articles(client):
    neck, hip = factories.BodyRegionFactory(slug="neck"), factories.BodyRegionFactory(slug="hip")
    factories.ArticleFactory().regions.add(neck)
    factories.ArticleFactory(status=Article.Status.DRAFT).regions.add(hip)
    assert re.findall(r'href="/topics/([^/]+)/"', read(client, "/articles/")) == ["neck"]


# --- People ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confirmed_at", "reviewed_on", "named"), [(NOW, TODAY, True), (None, TODAY, False), (NOW, None, False)]
)
def test_only_somebody_confirmed_is_named_as_reviewer_and_only_of_this_text(confirmed_at, reviewed_on, named, client):
    reviewer = factories.AuthorFactory(name="Rae Viewer", confirmed_at=confirmed_at)
    article = factories.ArticleFactory(reviewer=reviewer, reviewed_on=reviewed_on)
    assert ("Rae Viewer" in read(client, article.get_absolute_url())) is named


def test_a_portrait_says_what_it_shows_and_initials_stand_in_for_it(client):
    picture = factories.PictureFactory(alt="Drawn portrait of Wren")
    with_one = factories.AuthorFactory(slug="with", portrait=picture)
    without = factories.AuthorFactory(slug="without", name="Wren Halloway")
    article = factories.ArticleFactory(author=with_one)
    factories.ArticleFactory(author=without)
    assert re.findall(r'<img[^>]*alt="([^"]*)"', read(client, "/authors/with/")) == ["Drawn portrait of Wren"]
    assert re.findall(r'<img[^>]*alt="([^"]*)"', read(client, article.get_absolute_url())) == [
        "",
        "Drawn portrait of Wren",
    ]
    assert ">WH</span>" in read(client, "/authors/without/")


def test_the_page_of_an_author_shows_what_they_wrote_and_reviewed(client):
    author = factories.AuthorFactory(slug="wren", name="Wren Halloway", bio="About **Wren**.")
    factories.ArticleFactory(title="Written", author=author)
    factories.ArticleFactory(title="Reviewed", reviewer=author, reviewed_on=TODAY)
    factories.ArticleFactory(title="Edited since", reviewer=author)
    factories.ArticleFactory(title="Draft", author=author, status=Article.Status.DRAFT)
    page = read(client, "/authors/wren/")
    assert "About <strong>Wren</strong>." in page
    assert re.findall(r'<a href="/articles/[^"]+/">([^<]+)</a>', page) == ["Written", "Reviewed"]


def test_an_author_on_staff_has_the_page_of_the_clinician(client):
    clinician = factories.ClinicianFactory(slug="ortiz")
    author = factories.AuthorFactory(slug="amara", clinician=clinician)
    factories.ArticleFactory(title="Written", author=author)
    factories.ArticleFactory(title="Reviewed", reviewer=author, reviewed_on=TODAY)
    answer = client.get("/authors/amara/")
    assert (answer.status_code, answer["Location"]) == (301, "/clinicians/ortiz/")
    page = read(client, "/clinicians/ortiz/")
    assert re.findall(r'<a href="/articles/[^"]+/">([^<]+)</a>', page) == ["Written", "Reviewed"]


@pytest.mark.parametrize(
    ("confirmed_at", "public", "status"), [(None, False, 404), (None, True, 200), (NOW, False, 200)]
)
def test_nobody_unknown_has_a_page_before_an_article_of_theirs_is_public(confirmed_at, public, status, client):
    author = factories.AuthorFactory(confirmed_at=confirmed_at)
    factories.ArticleFactory(author=author, status="published" if public else "draft")
    assert client.get(author.get_absolute_url()).status_code == status


# --- Spots ----------------------------------------------------------------------------------------------------------


def test_an_article_shows_its_spots_in_short_and_leads_to_all_of_them(client):
    spots = factories.SpotFactory.create_batch(3)
    muscles = [factories.MuscleFactory(name=name) for name in ("Trapezius", "Masseter")]
    spots[1].muscles.set(muscles)
    spots[0].muscles.add(muscles[0])
    spots[1].regions.add(factories.BodyRegionFactory(name="Neck", slug="neck"))
    article = factories.ArticleFactory()
    article.spots.set(spots[1:])
    page = read(client, article.get_absolute_url())
    entries = re.findall(r'<details class="spot-entry".*?</details>', page, re.DOTALL)
    assert [re.findall("<h3>(.*?)</h3>", entry) for entry in entries] == [[spot.name] for spot in spots[1:]]
    assert "Muscles Masseter, Trapezius Part of the body Neck" in words(entries[0])
    assert f'href="{spots[1].get_absolute_url()}"' in entries[0]
    everything = page[page.index('<details class="all-spots') :]
    assert re.findall(r'<li><a href="/atlas/([^/]+)/">', everything) == [spot.slug for spot in spots]
    assert page.count('class="spot-locator"') == 1


def test_an_article_without_spots_has_no_atlas(client):
    factories.SpotFactory()
    page = read(client, factories.ArticleFactory().get_absolute_url())
    assert "spot-entry" not in page
    assert "spot-locator" not in page


# --- Series ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def series():
    series = factories.SeriesFactory(slug="backs", title="Backs", introduction="All *about* backs.")
    parts = {"One": "published", "Two": "draft", "Three": "published", "Four": "published"}
    for part, (title, status) in enumerate(parts.items(), start=1):
        factories.ArticleFactory(slug=title.lower(), title=title, status=status, series=series, part=part)
    return series


@pytest.mark.parametrize(
    ("slug", "line", "before", "after"),
    [("one", "Part 1 of 3 of Backs", [], ["three"]), ("three", "Part 2 of 3 of Backs", ["one"], ["four"]),
     ("four", "Part 3 of 3 of Backs", ["three"], [])],
)  # fmt: skip
def test_a_part_says_which_of_the_public_ones_it_is_and_leads_to_its_neighbors(
    slug, line, before, after, series, client
):
    page = read(client, f"/articles/{slug}/")
    assert line in words(page)
    assert "All <em>about</em> backs." in page
    assert re.findall(r'rel="prev" href="/articles/([^/]+)/"', page) == before
    assert re.findall(r'rel="next" href="/articles/([^/]+)/"', page) == after


def test_the_page_of_a_series_has_its_introduction_and_public_parts_in_order(series, client):
    page = read(client, "/series/backs/")
    assert "All <em>about</em> backs." in page
    assert re.findall(r'<h2><a href="/articles/[^"]+/">([^<]+)</a>', page) == ["One", "Three", "Four"]


def test_a_series_without_a_public_part_is_not_found(client):
    series = factories.SeriesFactory()
    factories.ArticleFactory(series=series, part=1, published_at=NOW + DAY)
    assert client.get(series.get_absolute_url()).status_code == 404


# --- Reviews that are due, and what is withdrawn --------------------------------------------------------------------


@pytest.mark.parametrize(("due", "said"), [(TODAY - DAY, True), (TODAY, False), (None, False)])
def test_readers_are_told_when_a_review_is_overdue(due, said, client):
    page = read(client, factories.ArticleFactory(next_review_on=due).get_absolute_url())
    assert ("This article was due for review on March 1, 2026; we are looking at it." in words(page)) is said


def test_what_was_withdrawn_is_gone_and_names_what_to_read_instead(client):
    region = factories.BodyRegionFactory()
    old = factories.ArticleFactory(title="Old & wrong", status=Article.Status.RETIRED, body="Bad advice")
    new = factories.ArticleFactory(title="New and right")
    region.articles.set([old, new])
    page = read(client, old.get_absolute_url(), status=410)
    assert "Old &amp; wrong" in page
    assert "Bad advice" not in page
    assert "application/ld+json" not in page
    assert re.findall(r'<h3><a href="([^"]+)">', page) == [new.get_absolute_url()]


# --- Preview --------------------------------------------------------------------------------------------------------


@pytest.fixture
def editor(client):
    roles.apply_roles()
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=roles.EDITOR))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "draft", "published_at": None}, "A draft: readers do not see it."),
        ({"published_at": NOW + DAY}, "Scheduled for Tuesday, March 3, 2026 at 8 am: readers do not see it before."),
        ({}, "Published: this is what readers see."),
        ({"status": "retired"}, "Retired: readers are told that it has been withdrawn."),
    ],
)
def test_an_editor_sees_an_article_in_every_state_and_which_it_is(fields, said, editor):
    factories.ArticleFactory(slug="mine", body="## Its words", **fields)
    response = editor.get("/articles/mine/preview/")
    page = response.content.decode()
    assert said in words(page)
    assert '<h2 id="its-words">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert "application/ld+json" not in page
    assert 'rel="canonical"' not in page
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


def test_a_preview_is_for_those_who_may_see_articles_in_the_admin(client):
    factories.ArticleFactory(slug="mine")
    answer = client.get("/articles/mine/preview/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/articles/mine/preview/")
    client.force_login(factories.UserFactory())
    assert client.get("/articles/mine/preview/").status_code == 403
