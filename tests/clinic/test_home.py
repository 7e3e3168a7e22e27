"""The home page: one sentence, one button, where it hurts, the next free times, and the people."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast, factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def read(client):
    return client.get("/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_statements_with_1_and_3_of_everything(number, client):
    factories.LocationFactory.create_batch(number)
    factories.BodyRegionFactory.create_batch(number)
    factories.TreatmentFactory.create_batch(number)
    factories.AuthorFactory.create_batch(number)
    for author in factories.AuthorFactory.create_batch(number):
        factories.ArticleFactory(author=author)
    client.get("/")  # the free times are kept for a minute
    with CaptureQueriesContext(connection) as captured:
        client.get("/")
    # treatments, articles, clinicians, regions; the places with their hours
    assert len(captured) == 5


def test_it_shows_the_next_real_times_and_a_press_carries_one_along(client):
    cast.open_clinic()
    page = read(client)
    assert "Mon, Mar 2" in page
    assert "/book/?treatment=consultation&amp;" in page.replace("%3A", ":")


def test_an_empty_clinic_still_has_a_home_page(client):
    assert client.get("/").status_code == 200


def test_it_shows_the_three_newest_articles(client):
    for days in range(5):
        factories.ArticleFactory(title=f"Article of day {days}", published_at=NOW - dt.timedelta(days=days))
    page = read(client)
    assert [f"Article of day {days}" in page for days in range(5)] == [True, True, True, False, False]


def test_it_has_one_primary_button(client):
    cast.open_clinic()
    assert read(client).count("btn btn-primary") == 1
