"""Half-typed bookings that are put aside: three a person, seen by nobody else, forgotten after a day."""

import datetime as dt
import threading

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from bookings.desk.parking import forget_parked, park, parked_by
from bookings.models import Appointment, ParkedBooking
from clinic import roles
from tests import cast
from tests.cast import NOW
from tests.desk import member

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def desk(db, client):
    client.user = member(roles.FRONT_DESK)
    client.force_login(client.user)
    return client


@pytest.fixture
def colleague(db):
    return member(roles.FRONT_DESK)


def url(name, *args):
    return reverse(f"admin:desk-{name}", args=args)


def typed(clinic, **more):
    return {
        "csrfmiddlewaretoken": "secret", "find": "cleo r", "patient": "new", "first_name": "Cleo", "last_name": "Ruiz",
        "treatment": clinic.consultation.pk, "location": clinic.house.pk, "when": "", "reason": "Sore since May",
        "source": "phone", "notify": "", "form_token": "a-token",
        "pick": f"2026-03-04T10:30|{clinic.house.pk}|{clinic.ortiz.pk}", "guessed_from": "cleo r", **more,
    }  # fmt: skip


def labels(user):
    return [each.label for each in parked_by(user)]


def test_parking_leaves_an_empty_form_and_a_list_of_what_is_parked(clinic, desk):
    response = desk.post(url("park"), typed(clinic), headers=HTMX, follow=True)
    assert response.templates[0].name == "admin/bookings/panel/book.html"
    assert response.context["form"]["find"].value() is None
    assert labels(desk.user) == ["cleo r, Consultation"]
    assert ("8 am: cleo r, Consultation" in response.text, "Parked." in response.text) == (True, True)


def test_without_javascript_parking_leads_back_to_the_panel(clinic, desk):
    response = desk.post(url("park"), typed(clinic))
    assert (response.status_code, response.url) == (302, "/admin/desk/book/")
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Parked."]


def test_the_token_of_the_form_against_forgery_is_not_kept(clinic, desk):
    desk.post(url("park"), typed(clinic))
    assert "csrfmiddlewaretoken" not in ParkedBooking.objects.get().typed


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_resuming_shows_the_form_as_it_was_and_complains_of_nothing(headers, clinic, desk):
    desk.post(url("park"), typed(clinic))
    row = ParkedBooking.objects.get()
    response = desk.get(url("parked", row.pk), headers=headers)
    form = response.context["form"]
    shown = [form[name].value() for name in ("find", "first_name", "last_name", "reason", "notify", "form_token")]
    assert shown == ["cleo r", "Cleo", "Ruiz", "Sore since May", "", "a-token"]
    assert (response.context["chosen_time"], form.chosen, form.errors) == (typed(clinic)["pick"], "new", {})
    assert ParkedBooking.objects.count() == 1


def test_a_parked_form_that_is_booked_is_parked_no_more(clinic, desk):
    desk.post(url("park"), typed(clinic))
    row = ParkedBooking.objects.get()
    desk.post(url("book"), typed(clinic, parked=row.pk))
    assert (Appointment.objects.count(), ParkedBooking.objects.count()) == (1, 0)


def test_a_parked_form_that_is_refused_stays_parked(clinic, desk):
    desk.post(url("park"), typed(clinic))
    row = ParkedBooking.objects.get()
    response = desk.post(url("book"), typed(clinic, parked=row.pk, pick=""), headers=HTMX)
    assert (response.context["resumed"], ParkedBooking.objects.count()) == (row.pk, 1)


def test_a_resumed_form_that_is_parked_again_takes_its_own_place(clinic, desk):
    for name in ("Ann", "Bob", "Cy"):
        desk.post(url("park"), typed(clinic, find=name))
    first = ParkedBooking.objects.first()
    desk.post(url("park"), typed(clinic, find="Ann Lee", parked=first.pk))
    assert sorted(labels(desk.user)) == ["Ann Lee, Consultation", "Bob, Consultation", "Cy, Consultation"]


def test_dropping_is_a_press(clinic, desk):
    desk.post(url("park"), typed(clinic))
    response = desk.post(url("parked", ParkedBooking.objects.get().pk))
    assert (response.url, ParkedBooking.objects.count()) == ("/admin/desk/book/", 0)


def test_the_oldest_is_the_one_that_a_key_resumes(clinic, desk, time_machine):
    for minute, name in enumerate(("Ann", "Bob")):
        time_machine.move_to(NOW + dt.timedelta(minutes=minute), tick=False)
        desk.post(url("park"), typed(clinic, find=name))
    text = desk.get(url("book")).text
    oldest = ParkedBooking.objects.order_by("parked_at").first()
    assert text.count('data-key="j"') == 1
    assert f'hx-get="{url("parked", oldest.pk)}" hx-target="#panel" data-key="j"' in text


def test_a_fourth_is_refused_in_words_and_nothing_typed_is_lost(clinic, desk):
    for name in ("Ann", "Bob", "Cy"):
        desk.post(url("park"), typed(clinic, find=name))
    response = desk.post(url("park"), typed(clinic, find="dee"), headers=HTMX)
    assert "Three bookings are parked already. Resume or drop one of them first." in response.text
    assert [response.context["form"][name].value() for name in ("find", "reason")] == ["dee", "Sore since May"]
    assert labels(desk.user) == ["Ann, Consultation", "Bob, Consultation", "Cy, Consultation"]


def test_nobody_sees_resumes_or_drops_what_somebody_else_has_parked(clinic, desk, colleague):
    for name in ("Annabel", "Bob", "Cy"):
        desk.post(url("park"), typed(clinic, find=name))
    theirs = ParkedBooking.objects.first()
    desk.force_login(colleague)
    assert "Annabel" not in desk.get(url("book")).text
    assert [desk.get(url("parked", theirs.pk)).status_code, desk.post(url("parked", theirs.pk)).status_code] == [
        404,
        404,
    ]
    desk.post(url("park"), typed(clinic, find="Dee", parked=theirs.pk))
    desk.post(url("book"), typed(clinic, parked=theirs.pk))
    assert labels(desk.user) == ["Annabel, Consultation", "Bob, Consultation", "Cy, Consultation"]
    assert labels(colleague) == ["Dee, Consultation"]


@pytest.mark.engine
@pytest.mark.parametrize(
    "more", [{"reason": "\x00"}, {"reason": "a" * 10_000}, {"treatment": "9" * 40}, {"treatment": "x"}]
)
def test_whatever_is_typed_can_be_parked_and_resumed(more, clinic, desk):
    desk.post(url("park"), typed(clinic, **more))
    assert desk.get(url("parked", ParkedBooking.objects.get().pk)).status_code == 200


@pytest.mark.parametrize("parked", ["x", "9" * 40, "-1", "\x00"])
def test_a_hand_made_number_of_a_parked_form_is_none(parked, clinic, desk):
    desk.post(url("park"), typed(clinic, parked=parked))
    assert ParkedBooking.objects.count() == 1


def test_what_was_parked_is_forgotten_after_a_day(clinic, desk):
    desk.post(url("park"), typed(clinic))
    assert (forget_parked(now=NOW + dt.timedelta(days=1)), ParkedBooking.objects.count()) == (0, 1)
    assert (forget_parked(now=NOW + dt.timedelta(days=1, seconds=1)), ParkedBooking.objects.count()) == (1, 0)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_instant_park_no_more_than_three():
    user = member(roles.FRONT_DESK)
    together = threading.Barrier(6)

    def press():
        together.wait()
        park({"find": "Ann"}, user=user, now=NOW)
        connection.close()

    presses = [threading.Thread(target=press) for _each in range(6)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert ParkedBooking.objects.filter(user=user).count() == 3


def test_one_key_resumes_what_was_parked_first(clinic, desk):
    assert desk.get("/admin/desk/parked/").url == "/admin/desk/book/"
    first = ParkedBooking.objects.create(user=desk.user, typed={"find": "Ada"}, parked_at=NOW)
    ParkedBooking.objects.create(user=desk.user, typed={"find": "Ben"}, parked_at=NOW + dt.timedelta(minutes=1))
    assert desk.get("/admin/desk/parked/").url == f"/admin/desk/parked/{first.pk}/"
