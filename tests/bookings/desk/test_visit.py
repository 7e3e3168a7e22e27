"""One visit beside the board."""

import datetime as dt

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.desk import visit as page
from bookings.models import AccessEntry
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.force_login(member(roles.FRONT_DESK))
    return client


def address(visit):
    return reverse("admin:desk-visit", args=[visit.pk])


def walked(clinic):
    """A visit that was booked an hour ago, arrived, was taken back, and arrived again."""
    by = scheduling.By.system()
    visit = book(clinic, at("2026-03-02", "10:00"))
    for verb, minutes in (("check_in", 60), ("undo", 62), ("check_in", 65), ("room", 80), ("start", 90)):
        visit = getattr(scheduling, verb)(visit, by=by, now=NOW + minutes * MINUTE)
    return visit


def test_the_time_in_each_state_is_counted_from_what_happened(clinic):
    spans = page.spans_of(walked(clinic).events.all(), now=NOW + 100 * MINUTE)
    assert [(str(span.status), span.minutes, span.is_present) for span in spans] == [
        ("booked", 60, False),
        ("arrived", 2, False),
        ("booked", 3, False),
        ("arrived", 15, False),
        ("in_room", 10, False),
        ("with_clinician", 10, True),
    ]


def test_what_ended_a_visit_does_not_go_on(clinic):
    visit = scheduling.finish(walked(clinic), by=scheduling.By.system(), now=NOW + 100 * MINUTE)
    last = page.spans_of(visit.events.all(), now=NOW + 500 * MINUTE)[-1]
    assert (str(last.status), last.minutes, last.words) == ("done", None, "")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (125, "2 h 5 min"), (1440, "1 day"), (4500, "3 days")],
)
def test_a_length_of_time_is_said_as_a_person_would(minutes, words):
    assert page.duration(minutes) == words


def test_who_did_what_is_said_with_the_reason(clinic):
    user = factories.UserFactory()
    visit = book(clinic, at("2026-03-02", "10:30"))
    visit = scheduling.cancel(visit, by=scheduling.By.staff(user), now=NOW, reason="travel")
    booked, cancelled = (page.deed_of(event) for event in visit.events.select_related("user"))
    assert (str(booked.what), booked.who, booked.reason) == ("booked", "system", "")
    assert (str(cancelled.what), cancelled.who, str(cancelled.reason)) == ("canceled", str(user), "I cannot get there")


def test_the_page_shows_two_identifiers_the_alert_and_where_it_came_from(clinic, desk):
    clinic.ada.alert = "Latex allergy"
    clinic.ada.date_of_birth = dt.date(1980, 5, 17)
    clinic.ada.save()
    visit = book(clinic, at("2026-03-02", "10:30"), article=factories.ArticleFactory(title="Sore backs"))
    text = desk.get(address(visit)).text
    assert [
        words in text for words in ("Ada Vale", "born May 17, 1980", "Latex allergy", "the article “Sore backs”")
    ] == [True] * 4


def test_htmx_gets_the_panel_alone_and_everybody_else_a_page(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    fragment = desk.get(address(visit), headers={"HX-Request": "true"}).text
    whole = desk.get(address(visit)).text
    assert ["data-panel" in text for text in (fragment, whole)] == [True, True]
    assert ["<html" in text for text in (fragment, whole)] == [False, True]
    assert ["data-close" in text for text in (fragment, whole)] == [True, False]


def test_a_name_is_not_in_the_title(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    title = desk.get(address(visit)).text.split("<title>")[1].split("</title>")[0]
    assert ("Ada" in title, "Visit" in title) == (False, True)


def test_the_moves_lead_back_to_the_visit(clinic, desk):
    visit = book(clinic, at("2026-03-02", "10:30"))
    back = address(visit)
    assert f'name="next" value="{back}"' in desk.get(back).text
    pressed = desk.post(reverse("admin:bookings_appointment_check_in", args=[visit.pk]), {"version": 0, "next": back})
    assert pressed.url == back


def test_who_was_shown_is_written_down_and_an_editor_is_refused(clinic, client):
    visit = book(clinic, at("2026-03-02", "10:30"))
    client.force_login(member(roles.EDITOR))
    assert client.get(address(visit)).status_code == 403
    client.force_login(member(roles.MANAGER))
    client.get(address(visit))
    assert sorted(AccessEntry.objects.values_list("view", "allowed")) == [
        ("admin:desk-visit", False),
        ("admin:desk-visit", True),
    ]


def test_a_visit_that_is_none_is_no_page(clinic, desk):
    assert desk.get("/admin/desk/visit/99/").status_code == 404
    assert desk.post("/admin/desk/visit/99/").status_code == 405
