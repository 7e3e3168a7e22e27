"""In order, back, reload, twice; and links that lie."""

import pytest

from bookings.models import Appointment, Hold, Patient
from tests.bookings.visitor import ABOUT, only_appointment, path
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

PAGES = ["book-signs", "book-treatment", "book-time", "book-details", "book-check"]


@pytest.mark.parametrize("name", PAGES[1:])
def test_no_page_can_be_skipped(visitor, name):
    visitor.look(name)
    assert visitor.path == path("book-signs")
    visitor.client.post(
        path(name), {"slot": "2026-03-04T15:00:00Z//harbor-street", "treatment": "consultation"} | ABOUT
    )
    assert (Appointment.objects.count(), Hold.objects.count()) == (0, 0)


def test_a_get_never_holds_a_time(visitor):
    visitor.arrive(treatment="consultation", start="2026-03-04T10:00:00-05:00", location="harbor-street")
    for name in PAGES:
        visitor.look(name, slot="2026-03-04T15:00:00Z//harbor-street")
    visitor.answer_signs()
    held = Hold.objects.get()
    for name in PAGES:
        visitor.look(name)
    assert Hold.objects.get() == held


def test_a_reload_of_the_confirmation_shows_it_again(at_check):
    at_check.confirm()
    first = at_check.text
    at_check.look("book-done")
    assert at_check.text == first


def test_going_back_after_booking_shows_the_confirmation(at_check):
    at_check.confirm()
    for name in PAGES:
        at_check.look(name)
        assert at_check.path == path("book-done")


def test_the_last_page_sent_twice_makes_one_appointment_and_one_message(at_check):
    token = at_check.look("book-check").context["token"]
    at_check.confirm(token)
    at_check.confirm(token)
    assert at_check.path == path("book-done")
    made = only_appointment()
    assert made.messages.filter(kind="confirmation").count() == 1
    assert Patient.objects.filter(first_name="Maya").count() == 1


def test_an_old_last_page_shows_its_booking_even_when_another_was_begun(at_check):
    token = at_check.look("book-check").context["token"]
    at_check.confirm(token)
    at_check.arrive(treatment="consultation")
    at_check.answer_signs()
    at_check.choose()
    at_check.tell()
    at_check.confirm(token)
    assert (at_check.path, Appointment.objects.count()) == (path("book-done"), 1)


def test_a_page_opened_before_an_answer_changed_confirms_nothing(at_check):
    token = at_check.look("book-check").context["token"]
    at_check.tell(first_name="Nora")
    at_check.confirm(token)
    assert "Your answers have changed" in at_check.text
    assert not Appointment.objects.exists()
    at_check.confirm()
    assert only_appointment().patient.first_name == "Nora"


def test_a_second_booking_may_follow_and_asks_anew(at_check):
    at_check.confirm()
    at_check.book("physical-therapy-session", first_name="Nora", email="nora@example.com", phone=None)
    assert [made.patient.first_name for made in Appointment.objects.order_by("pk")] == ["Maya", "Nora"]


def test_a_new_link_keeps_what_was_told_about_oneself(at_check):
    at_check.arrive(treatment="physical-therapy-session")
    assert at_check.path == path("book-signs")
    at_check.answer_signs()
    at_check.choose()
    assert at_check.path == path("book-check")


def test_answers_can_be_cleared(at_check):
    at_check.client.post(path("book-clear"))
    assert (at_check.client.session["booking"], Hold.objects.count()) == ({}, 0)


def test_the_confirmation_needs_a_booking_of_this_session(visitor):
    for name in ("book-done", "book-calendar"):
        visitor.look(name)
        assert visitor.path == path("book-signs")


# --- Links that lie --------------------------------------------------------------------------------------------------

ODD = ["no-such-thing", "a" * 5000, "x\x00y", "../etc", "<script>", "%", "'; drop table--"]


@pytest.mark.parametrize("word", ["article", "treatment", "clinician", "location", "start"])
def test_an_unknown_name_in_a_link_is_left_out_kindly(visitor, word):
    for value in ODD:
        visitor.arrive(**{word: value})
        assert (visitor.page.status_code, visitor.path) == (200, path("book-signs"))
        assert "We could not find what that link was for." in visitor.text


@pytest.mark.parametrize(
    "start", ["2026-03-04", "2026-03-04T10:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_start_that_is_no_instant_near_enough_is_left_out(visitor, start):
    visitor.arrive(treatment="consultation", start=start)
    assert "start" not in visitor.client.session["booking"]


def test_an_inactive_treatment_in_a_link_is_unknown(visitor, house):
    Treatment.objects.filter(pk=house.therapy.pk).update(active=False)
    visitor.arrive(treatment="physical-therapy-session")
    assert "We could not find what that link was for." in visitor.text
