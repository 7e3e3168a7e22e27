"""The Atom feed (RFC 4287), read by a real parser."""

import datetime as dt
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.cast import NOW
from treatments.models import Article

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(time_machine, settings):
    settings.CLINIC_BASE_URL = "https://clinic.example.com/"
    settings.CLINIC_NAME = "Riverbend & Sons"
    time_machine.move_to(NOW, tick=False)
    return time_machine


def read(client):
    response = client.get("/articles/feed/")
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)


def text(element, name):
    return element.findtext(ATOM + name)


def links(element):
    return {link.get("rel"): link.get("href") for link in element.findall(f"{ATOM}link")}


def test_the_feed_names_itself_its_author_and_the_last_change(client):
    factories.ArticleFactory(published_at=NOW - 2 * DAY, updated_on=dt.date(2026, 2, 1))
    factories.ArticleFactory(published_at=NOW - DAY)
    feed = read(client)
    assert feed.tag == f"{ATOM}feed"
    assert text(feed, "title") == "Riverbend & Sons: articles"
    assert text(feed, "id") == "https://clinic.example.com/articles/"
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Riverbend & Sons"
    assert dt.datetime.fromisoformat(text(feed, "updated")) == NOW - DAY
    assert links(feed) == {
        "self": "https://clinic.example.com/articles/feed/",
        "alternate": "https://clinic.example.com/articles/",
    }


def test_an_entry_has_all_that_a_reader_needs(client):
    author = factories.AuthorFactory(name="Ada Vale", credentials="MA")
    article = factories.ArticleFactory(
        slug="neck",
        title="Neck <b>&</b> head",
        summary="Less < more & 'so'.",
        author=author,
        published_at=dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC),
        updated_on=dt.date(2026, 2, 3),
    )
    [entry] = read(client).findall(f"{ATOM}entry")
    assert text(entry, "title") == "Neck <b>&</b> head"
    assert text(entry, "id") == f"tag:clinic.example.com,2026-01-05:article-{article.pk}"
    assert links(entry) == {"alternate": "https://clinic.example.com/articles/neck/"}
    assert entry.find(f"{ATOM}summary").get("type") == "html"
    assert text(entry, "summary") == "Less &lt; more &amp; &#x27;so&#x27;."
    assert entry.find(f"{ATOM}author/{ATOM}name").text == "Ada Vale, MA"
    assert dt.datetime.fromisoformat(text(entry, "published")) == article.published_at
    assert dt.datetime.fromisoformat(text(entry, "updated")) == dt.datetime(2026, 2, 3, 5, tzinfo=dt.UTC)


def test_only_what_is_out_newest_first_and_at_most_twenty(client):
    for number in range(22):
        factories.ArticleFactory(title=f"Article {number}", published_at=NOW - number * DAY)
    factories.ArticleFactory(published_at=NOW + DAY)
    factories.ArticleFactory(status=Article.Status.DRAFT)
    factories.ArticleFactory(status=Article.Status.RETIRED)
    entries = read(client).findall(f"{ATOM}entry")
    assert [text(entry, "title") for entry in entries] == [f"Article {number}" for number in range(20)]


def test_an_article_keeps_its_id_at_a_new_address(client):
    article = factories.ArticleFactory()
    before = text(read(client).find(f"{ATOM}entry"), "id")
    Article.objects.filter(pk=article.pk).update(slug="elsewhere")
    assert text(read(client).find(f"{ATOM}entry"), "id") == before


def test_whoever_has_it_is_told_that_nothing_changed(client):
    factories.ArticleFactory(published_at=NOW - DAY)
    first = client.get("/articles/feed/")
    assert first.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    again = client.get("/articles/feed/", headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_whoever_has_it_only_by_its_date_is_told_too(client):
    factories.ArticleFactory(published_at=NOW - DAY)
    first = client.get("/articles/feed/")
    again = client.get("/articles/feed/", headers={"if-modified-since": first.headers["Last-Modified"]})
    assert again.status_code == 304


def test_an_article_taken_back_is_a_change_for_those_who_have_the_tag(client):
    article = factories.ArticleFactory()
    first = client.get("/articles/feed/")
    Article.objects.filter(pk=article.pk).update(status=Article.Status.RETIRED)
    again = client.get("/articles/feed/", headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, b"<entry>" in again.content) == (200, False)


def test_an_empty_feed_is_the_same_at_every_look(client, clock):
    first = client.get("/articles/feed/")
    clock.move_to(NOW + DAY, tick=False)
    assert client.get("/articles/feed/").content == first.content


@pytest.mark.parametrize("number", [1, 5])
def test_it_takes_one_statement(number, client):
    for author in factories.AuthorFactory.create_batch(number):
        factories.ArticleFactory(author=author)
    with CaptureQueriesContext(connection) as captured:
        client.get("/articles/feed/")
    assert len(captured) == 1


def test_it_is_read_only(client):
    assert client.post("/articles/feed/").status_code == 405
    assert client.head("/articles/feed/").status_code == 200
