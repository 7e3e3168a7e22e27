"""How long a public page is kept, that its times are never older than a minute, and that nothing of a visitor is in it."""

import datetime as dt
import re
from urllib.parse import unquote

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.test import Client, RequestFactory

from bookings import scheduling
from tests import cast, factories
from tests.cast import NOW
from treatments.models import Article
from treatments.public import PUBLIC_SECONDS, shorten

pytestmark = pytest.mark.django_db
ADDRESS = "/articles/stiff-neck/"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def clinic():
    clinic = cast.open_clinic()
    factories.ArticleFactory(slug="stiff-neck", title="A stiff neck").treatments.add(clinic.therapy)
    return clinic


def after(clock, seconds):
    clock.move_to(NOW + dt.timedelta(seconds=seconds), tick=False)


def max_age(response):
    return int(re.search(r"max-age=(\d+)", response["Cache-Control"])[1])


def rename(title):
    Article.objects.filter(slug="stiff-neck").update(title=title)


# --- A minute -------------------------------------------------------------------------------------------------------


def test_a_page_that_is_kept_asks_the_database_nothing(clinic, client, django_assert_num_queries):
    first = client.get(ADDRESS)
    with django_assert_num_queries(0):
        again = Client().get(ADDRESS)
    assert (again.status_code, again.content, again["Content-Type"]) == (200, first.content, first["Content-Type"])


def test_an_edit_is_seen_after_a_minute(clinic, client, clock):
    client.get(ADDRESS)
    rename("Another title")
    after(clock, PUBLIC_SECONDS - 1)
    assert "Another title" not in client.get(ADDRESS).content.decode()
    after(clock, PUBLIC_SECONDS)
    assert "Another title" in client.get(ADDRESS).content.decode()


def test_a_browser_keeps_it_for_what_is_left_of_the_minute(clinic, client, clock):
    left = []
    for seconds in (0, 25, 59, 60):
        after(clock, seconds)
        left.append(max_age(client.get(ADDRESS)))
    assert left == [60, 35, 1, 60]


def test_times_looked_at_for_another_page_make_this_one_short_lived(clinic, client, clock):
    factories.ArticleFactory(slug="other").treatments.add(clinic.therapy)
    client.get("/articles/other/")
    after(clock, 45)
    assert max_age(client.get(ADDRESS)) == 15
    after(clock, 60)
    assert max_age(client.get(ADDRESS)) == 60


def test_a_time_that_is_taken_is_not_offered_a_minute_later(clinic, client, clock):
    first = times(client)[0]
    slot = scheduling.Slot(clinic.therapy, dt.datetime.fromisoformat(first), clinic.house, clinic.lindqvist)
    scheduling.book(slot, patient=clinic.ada, by=scheduling.By.system(), now=NOW, source="desk")
    after(clock, 59)
    assert first in times(client)
    after(clock, 60)
    assert first not in times(client)


def times(client):
    return [unquote(start) for start in re.findall(r"start=([^&\"]+)", client.get(ADDRESS).content.decode())]


def test_a_page_is_as_short_lived_as_its_shortest_part():
    request = RequestFactory().get("/")
    for seconds in (40, 10, 30):
        shorten(request, NOW + dt.timedelta(seconds=seconds))
    assert request.good_until == NOW + dt.timedelta(seconds=10)


# --- Only what is the same for everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"), [("/articles/none/", 404), (f"{ADDRESS}?page=2", 200), ("/contact/", 200)]
)
def test_what_is_missing_asked_for_or_has_a_form_is_not_kept(address, status, clinic, client, monkeypatch):
    monkeypatch.setattr(cache, "set", lambda key, *args, **kwargs: pytest.fail(key) if "public-page" in key else None)
    assert client.get(address).status_code == status


def test_a_crawler_cannot_fill_the_memory(clinic, client):
    for number in range(400):
        cache.set(f"public-page:en-us:{number}", "x")
    assert len(cache._cache) <= cache._max_entries == 300


def test_a_message_that_waits_for_somebody_is_shown_to_nobody_here_and_goes_on_waiting(clinic, client):
    waiting = CookieStorage(RequestFactory().get("/"))._encode([Message(constants.INFO, "For Ada only")])
    client.cookies["messages"] = waiting
    for visitor in (client, Client(), client):
        assert "For Ada only" not in visitor.get(ADDRESS).content.decode()
    assert "For Ada only" in client.get("/sign-in/").content.decode()


def test_a_page_made_while_a_message_waits_is_not_kept(clinic, client):
    client.cookies["messages"] = "anything"
    client.get(ADDRESS)
    rename("Another title")
    assert "Another title" in Client().get(ADDRESS).content.decode()


def test_what_somebody_signed_in_gets_is_made_for_them_and_kept_by_nobody(clinic, client):
    staff = Client()
    staff.force_login(factories.UserFactory())
    for _time in range(2):
        response = staff.get(ADDRESS)
        assert set(response["Cache-Control"].split(", ")) >= {"no-store", "private"}
    rename("Another title")
    assert "Another title" in staff.get(ADDRESS).content.decode()
    stranger = client.get(ADDRESS)
    assert "Another title" in stranger.content.decode()  # so nothing of the staff's own page was kept
    assert sorted(stranger["Cache-Control"].split(", ")) == ["max-age=60", "public"]
    assert not stranger.has_header("Vary") or "Cookie" not in stranger["Vary"]


def test_what_the_middleware_adds_for_one_is_not_given_to_the_next(clinic, client):
    ids = [Client().get(ADDRESS)["X-Request-ID"] for _time in range(3)]
    assert len(set(ids)) == 3


# --- Asking whether it has changed ----------------------------------------------------------------------------------


def test_a_browser_that_has_the_page_is_told_so(clinic, client):
    first = client.get(ADDRESS)
    again = client.get(ADDRESS, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(ADDRESS, headers={"If-None-Match": '"old"'}).status_code == 200


def test_head_says_what_get_says_without_the_page(clinic, client):
    whole, head = client.get(ADDRESS), client.head(ADDRESS)
    assert (head.status_code, head.content) == (200, b"")
    assert [head[name] for name in ("ETag", "Content-Type")] == [whole[name] for name in ("ETag", "Content-Type")]
