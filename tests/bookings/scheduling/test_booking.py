"""Booking a time: what is written, by which policy, and once only."""

import datetime as dt

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError

from bookings import scheduling
from bookings.models import Appointment, AppointmentEvent, Message, Occupancy, Patient, PossibleMatch
from bookings.scheduling import FormReused, NotAllowed, NotOffered, Taken
from tests import factories
from tests.bookings.scheduling.asking import (
    DAY,
    HOUR,
    PATIENT,
    SYSTEM,
    book,
    desk,
    everything,
    messages_of,
    newcomer,
    refused,
    slot,
    taken_by,
)  # fmt: skip
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def clinic():
    return open_clinic()


def test_a_booking_writes_the_visit_its_resources_its_event_and_its_messages(clinic):
    made = book(clinic, reason="My shoulder")

    assert (made.status, made.start, made.end, made.arrive_at) == (
        "booked", at(DAY, "09:00"), at(DAY, "09:45"), at(DAY, "08:50"),
    )  # fmt: skip
    assert (made.clinician, made.location, made.patient) == (clinic.lindqvist, clinic.house, clinic.ada)
    assert (made.revision, made.version, made.source, made.reason) == (0, 0, "web", "My shoulder")
    assert taken_by(made) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 09:00", "04 09:45")]
    event = made.events.get()
    assert (event.verb, event.at, event.actor, event.status_before, event.status_after) == (
        "book", NOW, "patient", "", "booked",
    )  # fmt: skip
    assert messages_of(made) == ["confirmation due", "reminder due"]


def test_extra_minutes_are_taken_from_the_resource_that_needs_them(clinic):
    clinic.therapy.needs.filter(capability__slug="gym").update(minutes_before=5, minutes_after=15)

    assert taken_by(book(clinic)) == [("Tess Lindqvist", "04 09:00", "04 09:45"), ("Gym", "04 08:55", "04 10:00")]


def test_any_clinician_means_the_lowest_who_is_free(clinic):
    first = book(clinic, treatment=clinic.consultation)
    second = book(clinic, treatment=clinic.consultation, patient=clinic.ben)

    assert (first.clinician, second.clinician) == (clinic.ortiz, clinic.sato)
    assert [name for name, _start, _end in taken_by(second)] == ["Ben Sato", "Room 2"]


def test_one_procedure_room_serves_one_visit_at_a_time(clinic):
    book(clinic, treatment=clinic.injection, clinician=clinic.ortiz)

    with refused(Taken):
        book(clinic, treatment=clinic.injection, clinician=clinic.sato, patient=clinic.ben)


def test_one_room_may_serve_two_needs_of_a_visit(clinic):
    clinic.procedure_room.capabilities.add(factories.CapabilityFactory(slug="c-arm"))
    clinic.c_arm.active = False
    clinic.c_arm.save()
    clinic.injection.needs.filter(capability__slug="c-arm").update(minutes_before=10)
    clinic.injection.needs.filter(capability__slug="procedure-room").update(minutes_after=20)

    made = book(clinic, treatment=clinic.injection)

    assert taken_by(made) == [("Amara Ortiz", "04 09:00", "04 09:30"), ("Procedure room", "04 08:50", "04 09:50")]


def test_adjacent_visits_are_both_booked_and_overlapping_ones_are_not(clinic):
    book(clinic, "10:00")
    book(clinic, "10:45", patient=clinic.ben)
    book(clinic, "09:15", patient=factories.PatientFactory())
    cleo = factories.PatientFactory()

    with refused(Taken):
        book(clinic, "09:30", patient=cleo)


# --- The patient -----------------------------------------------------------------------------------------------------


def test_a_new_patient_is_saved_with_the_visit(clinic):
    made = book(clinic, patient=newcomer())

    assert made.patient == Patient.objects.get(first_name="Cleo")
    assert made.patient.created_at == NOW


def test_somebody_who_looks_known_becomes_a_possible_match_and_is_never_attached(clinic):
    made = book(clinic, patient=newcomer(email="ADA@example.com"))

    match = PossibleMatch.objects.get()
    assert (match.patient, match.known, match.reason) == (made.patient, clinic.ada, "email")
    assert clinic.ada.appointments.count() == 0


def test_a_refused_newcomer_is_not_saved_and_can_try_another_time(clinic):
    book(clinic)
    cleo = newcomer()

    with refused(Taken):
        book(clinic, patient=cleo)
    assert book(clinic, "10:00", patient=cleo).patient.first_name == "Cleo"


def test_a_newcomer_refused_by_the_database_itself_can_try_again(clinic):
    cleo = newcomer()
    with pytest.raises(IntegrityError):
        book(clinic, patient=cleo, reason=None)

    assert Patient.objects.filter(first_name="Cleo").count() == 0
    assert book(clinic, patient=cleo).patient.first_name == "Cleo"


def test_a_known_patient_is_never_in_two_places(clinic):
    book(clinic)

    with refused(NotAllowed):
        book(clinic, "09:30", treatment=clinic.consultation)


def test_who_cannot_be_reached_is_to_be_phoned(clinic):
    landline = newcomer(email="", phone="+12125550123")
    agreed = newcomer(email="", phone="+12125550124", sms_consent_at=NOW)

    assert book(clinic, patient=landline).phone_to_confirm is True
    # They agreed to text messages, but this clinic has no gateway to send any.
    assert book(clinic, "10:00", patient=agreed).phone_to_confirm is True
    assert book(clinic, "11:00", patient=newcomer()).phone_to_confirm is False


# --- Policy ----------------------------------------------------------------------------------------------------------


def with_policy(treatment, policy):
    treatment.policy = policy
    treatment.save()
    return treatment


def test_a_treatment_on_request_becomes_a_request(clinic):
    made = book(clinic, treatment=with_policy(clinic.injection, "request"))

    assert (made.status, made.events.get().verb) == ("requested", "request")
    assert messages_of(made) == ["request due"]


def test_a_treatment_that_begins_with_a_consultation_is_not_booked_online(clinic):
    with refused(NotOffered):
        book(clinic, treatment=with_policy(clinic.injection, "consultation"))


@pytest.mark.parametrize("policy", ["open", "request", "consultation"])
def test_staff_book_at_once_whatever_the_policy(clinic, policy):
    assert book(clinic, treatment=with_policy(clinic.injection, policy), by=desk()).status == "booked"


def test_the_treatment_wanted_is_kept_with_the_consultation(clinic):
    made = book(clinic, treatment=clinic.consultation, treatment_wanted=clinic.injection)

    assert made.treatment_wanted == clinic.injection


def test_a_minor_s_booking_is_a_request(clinic):
    assert book(clinic, patient=newcomer(date_of_birth=dt.date(2008, 3, 3))).status == "requested"


def test_on_the_birthday_itself_it_is_a_booking(clinic):
    assert book(clinic, patient=newcomer(date_of_birth=dt.date(2008, 3, 2))).status == "booked"


# --- Once only -------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_makes_one_visit_and_one_message(clinic):
    first = book(clinic, patient=newcomer(), form_token="t", form_digest="d")
    before = everything()
    second = book(clinic, patient=newcomer(), form_token="t", form_digest="d")

    assert second == first
    assert everything() == before


def test_the_same_form_is_answered_even_when_the_time_could_not_be_booked_any_more(clinic):
    first = book(clinic, form_token="t", form_digest="d")

    assert book(clinic, form_token="t", form_digest="d", now=NOW + 72 * HOUR) == first


def test_the_same_form_with_other_answers_is_refused(clinic):
    book(clinic, form_token="t", form_digest="d")

    with refused(FormReused):
        book(clinic, "10:00", form_token="t", form_digest="other")


def test_visits_without_a_form_have_nothing_in_common(clinic):
    book(clinic, form_token="")
    book(clinic, "10:00", form_token="")
    book(clinic, "11:00")

    assert list(Appointment.objects.values_list("form_token", flat=True)) == [None, None, None]


def test_a_form_sent_twice_overbooks_once(clinic):
    book(clinic)
    asked = slot(clinic, clinician=clinic.lindqvist, treatment=clinic.therapy)
    clinic.gym.capabilities.clear()
    factories.ResourceFactory(location=clinic.house, capabilities=[factories.CapabilityFactory(slug="gym")])
    how = {
        "overbook_reason": "in pain",
        "by": desk(),
        "now": NOW,
        "source": "phone",
        "form_token": "t",
        "form_digest": "d",
    }

    first = scheduling.overbook(asked, patient=clinic.ben, **how)
    assert scheduling.overbook(asked, patient=clinic.ben, **how) == first


# --- Made by hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2026-03-07", "09:00"),
        (DAY, "03:00"),
        (DAY, "08:45"),
        (DAY, "16:30"),
        (DAY, "17:00"),
        (DAY, "09:07"),
        (DAY, "09:00:30"),
        ("2026-03-01", "10:00"),
        ("2026-03-02", "09:45"),
        ("2025-03-04", "09:00"),
        ("2026-06-01", "09:00"),
        ("2199-03-04", "09:00"),
    ],
)
def test_a_time_we_do_not_offer_is_refused(clinic, date, time):
    with refused(NotOffered):
        book(clinic, time, date=date)


def test_a_time_without_a_zone_is_refused(clinic):
    naive = scheduling.Slot(clinic.therapy, dt.datetime(2026, 3, 4, 14, 0), clinic.house)  # noqa: DTZ001

    with refused(NotOffered):
        scheduling.book(naive, patient=clinic.ada, by=PATIENT, now=NOW, source="web")


@pytest.mark.parametrize("what", ["therapy", "lindqvist", "house"])
@pytest.mark.parametrize("by", [PATIENT, SYSTEM])
def test_what_is_inactive_is_refused(clinic, what, by):
    row = getattr(clinic, what)
    row.active = False
    row.save()

    with refused(NotOffered):
        book(clinic, clinician=clinic.lindqvist, by=by)


@pytest.mark.parametrize("named", [True, False])
def test_a_treatment_the_clinician_does_not_offer_is_refused(clinic, named):
    clinic.lindqvist.offers.all().delete()

    with refused(NotOffered):
        book(clinic, clinician=clinic.lindqvist if named else None)


def test_a_place_the_clinician_does_not_work_at_is_refused(clinic):
    elsewhere = scheduling.Slot(clinic.therapy, at(DAY, "09:00"), factories.LocationFactory(), clinic.lindqvist)

    with refused(NotOffered):
        scheduling.book(elsewhere, patient=clinic.ada, by=PATIENT, now=NOW, source="web")


def test_the_desk_may_write_down_a_walk_in_that_began_a_little_ago_but_not_yesterday(clinic):
    assert book(clinic, "09:03", by=desk(), now=at(DAY, "09:10")).start == at(DAY, "09:03")

    with refused(NotOffered):
        book(clinic, "11:00", by=desk(), now=at("2026-03-05", "00:10"))


def test_the_start_is_kept_as_the_instant_it_is(clinic):
    made = book(clinic)

    assert made.start.tzinfo is dt.UTC


# --- Nobody else writes the diary ------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["start", "end", "status", "clinician", "location", "patient", "revision", "version"])
def test_update_and_bulk_update_refuse_the_diary_s_fields(clinic, field):
    made = book(clinic)

    with pytest.raises(FieldError):
        Appointment.objects.filter(pk=made.pk).update(**{field: getattr(made, field)})
    with pytest.raises(FieldError):
        Appointment.objects.bulk_update([made], [field])
    with pytest.raises(FieldError):
        made.patient.appointments.update(**{field: getattr(made, field)})


def test_what_is_not_the_diary_s_may_be_updated(clinic):
    made = book(clinic)

    assert Appointment.objects.filter(pk=made.pk).update(phone_to_confirm=True) == 1


def test_appointments_and_events_are_never_deleted(clinic):
    made = book(clinic)

    with pytest.raises(FieldError):
        Appointment.objects.all().delete()
    with pytest.raises(FieldError):
        AppointmentEvent.objects.all().delete()
    with pytest.raises(FieldError):
        made.events.get().delete()


def test_events_are_never_changed(clinic):
    event = book(clinic).events.get()

    with pytest.raises(FieldError):
        event.save()
    with pytest.raises(FieldError):
        AppointmentEvent.objects.update(verb="cancel")


def test_nothing_of_a_visit_is_counted_twice(clinic):
    book(clinic)

    assert (Appointment.objects.count(), Occupancy.objects.count(), Message.objects.count()) == (1, 2, 2)
