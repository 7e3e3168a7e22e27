"""Which article brings which booking: numbers, and nobody's name."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import reports, scheduling
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
SINCE = NOW - dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


def numbers(**options):
    found = reports.bookings_by_article(**{"since": SINCE} | options)
    return [(row.article.slug, row.made, row.ahead, row.kept, row.lost) for row in found]


@pytest.mark.engine
def test_an_article_is_counted_with_what_became_of_its_bookings(clinic):
    quiet, busy = factories.ArticleFactory(slug="quiet"), factories.ArticleFactory(slug="busy")
    book(clinic, at("2026-03-05", "10:00"), article=busy)
    book(clinic, at("2026-03-05", "11:00"), article=busy, status="arrived")
    gone = book(clinic, at("2026-03-05", "12:00"), article=busy)
    scheduling.cancel(gone, by=BY, now=NOW, reason="better")
    book(clinic, at("2026-03-05", "13:00"))

    assert numbers() == [("busy", 3, 1, 1, 1), ("quiet", 0, 0, 0, 0)]
    assert quiet.title


@pytest.mark.engine
def test_what_was_booked_before_the_period_is_not_counted(clinic):
    article = factories.ArticleFactory(slug="old")
    book(clinic, at("2026-03-05", "10:00"), article=article)

    assert numbers(since=NOW) == [("old", 1, 1, 0, 0)]
    assert numbers(since=NOW + dt.timedelta(minutes=1)) == [("old", 0, 0, 0, 0)]


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_two_statements_however_many_articles(number, clinic):
    for article in factories.ArticleFactory.create_batch(number):
        book(clinic, at("2026-03-05", f"{9 + article.pk % 6}:00"), article=article)
    with CaptureQueriesContext(connection) as captured:
        assert len(numbers()) == number
    assert len(captured) == 2


def test_the_page_shows_numbers_and_no_patient(clinic, client):
    article = factories.ArticleFactory(title="A stiff neck")
    visit = book(clinic, at("2026-03-05", "10:00"), article=article)
    client.force_login(member(roles.EDITOR))

    page = client.get("/admin/reports/articles/?days=30").content.decode()

    assert "A stiff neck" in page
    assert "1 appointment was made from an article in the last 30 days." in page
    assert visit.patient.last_name not in page


def test_a_period_it_does_not_know_is_90_days(clinic, client):
    client.force_login(member(roles.MANAGER))
    assert "in the last 90 days" in client.get("/admin/reports/articles/?days=1e9").content.decode()
