"""The last press: whose booking it is, how many there may be, and what is shown."""

import pytest

from bookings.models import Appointment
from tests.bookings.visitor import Visitor, only_appointment, path

pytestmark = pytest.mark.django_db


def test_a_web_booking_never_attaches_itself_to_a_known_patient(visitor, house):
    visitor.book("consultation", first_name="Ada", last_name="Vale", email="ada@example.com")
    made = only_appointment()
    assert made.patient != house.ada
    assert [match.known for match in made.patient.possible_matches.all()] == [house.ada]


def test_too_many_bookings_of_one_session_is_a_page_with_the_phone(visitor, settings):
    settings.CLINIC_BOOKINGS_PER_SESSION_HOUR = 1
    visitor.book("consultation")
    visitor.book("physical-therapy-session", email="nora@example.com", phone=None)
    assert (visitor.page.status_code, Appointment.objects.count()) == (429, 1)


def test_too_many_bookings_from_one_address_is_a_page_with_the_phone(house, settings):
    settings.CLINIC_BOOKINGS_PER_ADDRESS_HOUR = 1
    Visitor().book("consultation")
    other = Visitor()
    other.book("physical-therapy-session", email="nora@example.com", phone=None)
    assert (other.page.status_code, Appointment.objects.count()) == (429, 1)


def test_one_contact_has_so_many_visits_ahead_and_no_more(house, settings):
    settings.CLINIC_UPCOMING_PER_CONTACT = 1
    Visitor().book("consultation", phone=None)
    other = Visitor()
    other.book("physical-therapy-session", email="MAYA@example.com", phone=None)
    assert (other.page.status_code, Appointment.objects.count()) == (429, 1)


def test_the_calendar_file_has_a_neutral_name_and_this_visit(at_check):
    at_check.confirm()
    answer = at_check.client.get(path("book-calendar"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert b"METHOD:PUBLISH" in answer.content


def test_no_title_or_address_of_the_flow_names_a_treatment_or_a_person(visitor, house):
    seen = []
    visitor.arrive(treatment="consultation", clinician="ben-sato")
    seen.append(visitor.path)
    visitor.answer_signs()
    visitor.choose()
    visitor.tell()
    visitor.confirm()
    seen.append(visitor.path)
    title = visitor.page.content.decode().split("<title>")[1].split("</title>")[0].strip()
    assert (seen, title) == ([path("book-signs"), path("book-done")], "Your appointment – Riverbend Pain Clinic")
