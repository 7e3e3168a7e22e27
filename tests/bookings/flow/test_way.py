"""The way from the first question to the confirmation, without JavaScript."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import Appointment, Hold, Occupancy, UrgentStop
from bookings.models.appointments import Status
from tests import cast, factories
from tests.bookings.visitor import ABOUT, only_appointment, path
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


def test_a_visitor_walks_from_the_first_question_to_the_confirmation(visitor, house):
    visitor.arrive()
    assert visitor.path == path("book-signs")
    visitor.answer_signs()
    assert visitor.path == path("book-treatment")
    visitor.answer_what_for("consultation")
    assert visitor.path == path("book-time")
    visitor.choose("2026-03-04T15:00:00Z//harbor-street")
    assert visitor.path == path("book-details")
    visitor.tell()
    assert visitor.path == path("book-check")
    visitor.confirm()
    assert visitor.path == path("book-done")

    made = only_appointment()
    assert (made.status, made.source, made.start) == (Status.BOOKED, "web", cast.at("2026-03-04", "10:00"))
    assert (made.treatment, made.clinician, made.location) == (house.consultation, house.ortiz, house.house)
    assert made.reason == ABOUT["reason"]
    who = made.patient
    assert (str(who), who.date_of_birth) == ("Maya O'Brien-Núñez", dt.date(1961, 8, 27))
    assert (who.email, who.phone.as_e164, who.coverage) == ("maya@example.com", "+12125550123", "medicare")
    assert (who.privacy_notice_at, who.sms_consent_at) == (cast.NOW, None)
    assert made.reference in visitor.text
    assert "Wednesday, March 4, 2026" in visitor.text
    assert not Hold.objects.exists()


def test_a_link_from_an_article_leaves_the_address_and_is_recorded(visitor, house):
    article = factories.ArticleFactory(slug="stiff-neck", title="A stiff neck")
    first = visitor.client.get(path("book"), {"article": "stiff-neck", "treatment": "consultation", "utm": "x"})
    assert (first.status_code, first["Location"]) == (302, path("book-signs"))
    visitor.answer_signs()
    assert "You came from the article “A stiff neck”." in visitor.text
    visitor.choose()
    visitor.tell()
    visitor.confirm()
    assert only_appointment().article == article


def test_what_an_article_is_about_comes_first(visitor, house):
    article = factories.ArticleFactory(slug="stiff-neck")
    article.treatments.add(house.injection)
    visitor.arrive(article="stiff-neck")
    visitor.answer_signs()
    groups = visitor.page.context["groups"]
    assert [group["treatments"] for group in groups] == [[house.injection], [house.consultation, house.therapy]]


def test_a_time_from_a_panel_is_kept_by_the_press_after_the_urgent_signs(visitor, house):
    visitor.arrive(
        treatment="consultation", start="2026-03-04T10:00:00-05:00", location="harbor-street", clinician="ben-sato"
    )
    assert not Hold.objects.exists()
    visitor.answer_signs()
    assert visitor.path == path("book-details")
    held = Hold.objects.get()
    assert (held.start, held.clinician) == (cast.at("2026-03-04", "10:00"), house.sato)


def test_a_time_without_a_treatment_waits_for_what_for(visitor, house):
    visitor.arrive(start="2026-03-04T10:00:00-05:00")
    visitor.answer_signs()
    assert (visitor.path, Hold.objects.count()) == (path("book-treatment"), 0)
    visitor.answer_what_for("physical-therapy-session")
    assert (visitor.path, Hold.objects.get().clinician) == (path("book-details"), house.lindqvist)


def test_a_time_from_a_panel_that_went_meanwhile_leads_to_the_nearest(visitor, house):
    taken = cast.at("2026-03-04", "10:00")
    scheduling.book(
        _slot(house.therapy, taken, house), patient=house.ada, by=scheduling.By.system(), now=cast.NOW, source="desk"
    )
    visitor.arrive(treatment="physical-therapy-session", start=taken.isoformat(), location="harbor-street")
    visitor.answer_signs()
    assert visitor.path == path("book-time")
    assert "Somebody has just taken that time." in visitor.text
    assert [option["clock"] for option in visitor.page.context["nearest"]] == ["9 am", "9:15 am", "10:45 am"]


def test_not_sure_books_the_consultation(visitor, house):
    visitor.arrive()
    visitor.answer_signs()
    visitor.answer_what_for("not-sure")
    visitor.choose()
    visitor.tell()
    visitor.confirm()
    made = only_appointment()
    assert (made.treatment, made.treatment_wanted) == (house.consultation, None)


def test_consultation_first_books_the_consultation_and_records_the_treatment_wanted(visitor, house):
    Treatment.objects.filter(pk=house.injection.pk).update(policy="consultation")
    visitor.arrive()
    visitor.answer_signs()
    visitor.answer_what_for("trigger-point-injection")
    assert "begins with a consultation" in visitor.text
    visitor.choose()
    visitor.tell()
    visitor.confirm()
    made = only_appointment()
    assert (made.treatment, made.treatment_wanted) == (house.consultation, house.injection)


def test_a_request_says_so_before_the_last_press_and_keeps_the_time(visitor, house):
    Treatment.objects.filter(pk=house.injection.pk).update(policy="request")
    visitor.arrive(treatment="trigger-point-injection")
    visitor.answer_signs()
    assert "This visit is a request." in visitor.text
    visitor.choose()
    visitor.tell()
    assert "Send request" in visitor.text
    assert "Confirm booking" not in visitor.text
    visitor.confirm()
    made = only_appointment()
    assert (made.status, Occupancy.objects.filter(appointment=made).count()) == (Status.REQUESTED, 3)
    assert "Requested: the time is kept for you" in visitor.text


def test_a_minor_sends_a_request(visitor):
    visitor.book("consultation", date_of_birth_2="2010")
    assert only_appointment().status == Status.REQUESTED


def test_a_clinician_who_does_not_offer_the_visit_is_said_and_left_out(visitor):
    visitor.arrive(treatment="physical-therapy-session", clinician="ben-sato")
    visitor.answer_signs()
    assert "Ben Sato does not offer this visit" in visitor.text
    assert visitor.slots() != []


def _slot(treatment, start, house):
    return scheduling.Slot(treatment, start, house.house)


# --- Urgent signs ----------------------------------------------------------------------------------------------------


def test_an_urgent_sign_stops_the_journey_and_is_only_counted(visitor):
    visitor.arrive(treatment="consultation")
    visitor.answer_signs(urgent="some")
    assert visitor.path == path("book-urgent")
    assert "call 911 now" in visitor.text
    assert [(stop.date, stop.count) for stop in UrgentStop.objects.all()] == [(cast.TODAY, 1)]
    assert visitor.client.session["booking"] == {"treatment": "consultation"}
    assert not Appointment.objects.exists()


def test_the_card_names_the_number_of_the_place(visitor, house):
    type(house.house).objects.update(emergency_number="112")
    visitor.arrive(location="harbor-street")
    visitor.answer_signs(urgent="some")
    assert "call 112 now" in visitor.text


def test_no_answer_about_urgent_signs_is_no_answer(visitor):
    for answer in ("", "perhaps"):
        visitor.arrive()
        visitor.answer_signs(urgent=answer)
        assert visitor.path == path("book-signs")
        assert "Tell us whether you have any of these signs." in visitor.text
        assert "<title>Error:" in visitor.page.content.decode()
