"""A time is kept for minutes; what was typed is kept much longer."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Hold
from bookings.models.appointments import Status
from tests import cast
from tests.bookings.visitor import only_appointment, path

pytestmark = pytest.mark.django_db


def test_the_page_says_until_when_the_time_is_kept_and_keeps_it_longer_once(visitor, clock):
    visitor.arrive(treatment="consultation")
    visitor.answer_signs()
    visitor.choose()
    assert "We are keeping this time for you until 8:10 am ." in visitor.text
    clock.shift(dt.timedelta(minutes=6))
    typed = {"first_name": "Maya", "date_of_birth_0": "8", "email": "not yet", "reason": "x"}
    visitor._post("book-keep", **typed)
    assert "We are keeping this time for you until 8:16 am ." in visitor.text
    form = visitor.page.context["form"]
    assert (form["first_name"].value(), form["date_of_birth"].value(), form["email"].value()) == (
        "Maya",
        ["8", "", ""],
        "not yet",
    )
    assert "Keep it longer" not in visitor.text
    visitor._post("book-keep", **typed)
    assert Hold.objects.get().expires_at == cast.NOW + dt.timedelta(minutes=16)


def test_the_first_time_of_all_can_be_booked_while_it_is_kept(visitor, clock):
    visitor.arrive(treatment="consultation")
    visitor.answer_signs()
    visitor.choose(visitor.slots()[0])
    clock.shift(dt.timedelta(minutes=5))
    visitor.tell()
    visitor.confirm()
    assert only_appointment().start == cast.NOW + dt.timedelta(hours=2)


def test_a_lapsed_hold_loses_nothing_and_still_books(at_check, clock):
    clock.shift(dt.timedelta(minutes=30))
    at_check.look("book-check")
    assert "those minutes are over" in at_check.text
    at_check.confirm()
    assert only_appointment().status == Status.BOOKED


def test_a_lapsed_hold_whose_time_went_keeps_every_answer(at_check, clock, house):
    clock.shift(dt.timedelta(minutes=30))
    now = cast.NOW + dt.timedelta(minutes=30)
    chosen = at_check.page.context["draft"].chosen
    slot = scheduling.Slot(house.consultation, chosen["start"], house.house, chosen["clinician"])
    scheduling.book(slot, patient=house.ben, by=scheduling.By.system(), now=now, source="desk")
    at_check.confirm()
    assert at_check.path == path("book-time")
    assert "Somebody has just taken that time." in at_check.text
    at_check.choose(at_check.page.context["nearest"][0]["value"])
    assert at_check.path == path("book-check")
    at_check.confirm()
    assert at_check.path == path("book-done")
