"""What does not add up is found and named; what the verbs wrote always adds up."""

import io

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from bookings import findings, scheduling
from bookings.intervals import to_minute
from bookings.models import Appointment, AppointmentEvent, Hold, Message, Occupancy
from tests import factories
from tests.bookings.scheduling.asking import DAY, HOUR, PATIENT, SYSTEM, book, desk, slot
from tests.bookings.scheduling.guards import without_guard
from tests.cast import NOW, at, open_clinic
from tests.diary import past_the_verbs

pytestmark = pytest.mark.django_db

NINE = to_minute(at(DAY, "09:00"))


@pytest.fixture
def clinic():
    return open_clinic()


def found(now=NOW):
    return [(finding.about, finding.wrong) for finding in findings.findings(now=now)]


def change(appointment, **fields):
    """Write past the verbs, as a repair by hand would."""
    Appointment.objects.filter(pk=appointment.pk).compare_and_set(**fields)


# --- What the verbs write --------------------------------------------------------------------------------------------


@pytest.mark.engine
def test_a_diary_written_by_the_verbs_adds_up(clinic):
    clinic.therapy.needs.filter(capability__slug="gym").update(minutes_before=5, minutes_after=30)
    first = book(clinic)
    scheduling.move(first, slot(clinic, "11:00"), by=SYSTEM, now=NOW)
    gone = scheduling.cancel(book(clinic, "14:00", patient=clinic.ben), by=SYSTEM, now=NOW, reason="other")
    scheduling.undo(gone, by=SYSTEM, now=NOW)
    scheduling.cancel(book(clinic, "16:00"), by=PATIENT, now=NOW, reason="better")
    scheduling.request(slot(clinic, "09:00", clinic.injection), patient=clinic.ben, by=PATIENT, now=NOW, source="web")
    scheduling.hold(slot(clinic, "15:00", clinic.consultation), session_key="mine", now=NOW)
    here = book(clinic, "12:00", treatment=clinic.consultation, patient=factories.PatientFactory(email=""))
    scheduling.check_in(here, by=SYSTEM, now=at(DAY, "11:50"))
    asked = slot(clinic, "12:00", clinic.consultation, clinic.ortiz)
    scheduling.overbook(
        asked, patient=factories.PatientFactory(), overbook_reason="pain", by=desk(), now=NOW, source="desk"
    )

    assert found() == []


def test_an_empty_diary_adds_up(db):
    assert found() == []


# --- Time ------------------------------------------------------------------------------------------------------------


def test_a_visit_without_its_time(clinic):
    made = book(clinic)
    Occupancy.objects.all().let_go()

    assert found() == [
        (made.reference, "its clinician is not taken at its time"),
        (made.reference, "nothing is kept for it that is a gym"),
    ]


def test_a_visit_in_the_past_is_not_asked_for_its_rooms(clinic):
    made = book(clinic)
    made.occupancy.filter(resource=clinic.gym).let_go()

    assert found(now=at(DAY, "10:00")) == []


def test_a_visit_whose_time_was_changed_by_hand(clinic):
    made = book(clinic)
    change(made, end=at(DAY, "10:00"))

    assert found() == [
        (
            made.reference,
            "Tess Lindqvist is taken from 2026-03-04 14:00 UTC to 2026-03-04 14:45 UTC, which is not its time",
        ),
        (made.reference, "Gym is taken from 2026-03-04 14:00 UTC to 2026-03-04 14:45 UTC, which is not its time"),
    ]


def test_a_visit_whose_clinician_was_changed_by_hand(clinic):
    made = book(clinic)
    change(made, clinician=clinic.ortiz)

    assert found() == [
        (made.reference, "its clinician is not taken at its time"),
        (made.reference, "it takes the time of Tess Lindqvist, who is not its clinician"),
    ]


def test_a_visit_whose_place_was_changed_by_hand(clinic):
    made = book(clinic)
    change(made, location=factories.LocationFactory())

    assert found() == [(made.reference, "it takes Gym, which is at another place")]


@pytest.mark.parametrize("status", ["cancelled", "missed"])
def test_a_visit_that_is_off_but_still_takes_time(clinic, status):
    made = book(clinic)
    change(made, status=status)
    AppointmentEvent.objects.create(
        appointment=made, verb="hand", at=NOW, actor="system", status_after=status, revision=0
    )

    assert found() == [(made.reference, f"it is {status}, but still takes time")]


def test_an_overbooked_room(clinic):
    made = book(clinic)
    past_the_verbs(Occupancy).filter(appointment=made, resource=clinic.gym).update(overbooked=True)

    assert found() == [(made.reference, "Gym is overbooked, and no room ever is")]


def test_a_hold_without_its_time(clinic):
    held = scheduling.hold(slot(clinic), session_key="mine", now=NOW)
    held.occupancy.all().let_go()

    assert found() == [(f"hold {held.pk}", "its clinician is not taken at its time")]


def test_a_hold_that_takes_another_time(clinic):
    held = scheduling.hold(slot(clinic), session_key="mine", now=NOW)
    past_the_verbs(Hold).update(start=at(DAY, "11:00"), end=at(DAY, "11:45"))

    assert [about for about, _wrong in found()] == [f"hold {held.pk}"] * 2


# --- The guard -------------------------------------------------------------------------------------------------------


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_lost_guard_and_what_came_of_it(clinic):
    first, second = book(clinic), book(clinic, "09:45", patient=clinic.ben)
    with without_guard():
        past_the_verbs(Occupancy).filter(appointment=second).update(start=NINE + 30)
        lost = found()

    names = {
        "sqlite": ["occupancy_no_overlap_insert", "occupancy_no_overlap_update"],
        "postgresql": ["occupancy_no_overlap"],
    }
    assert lost == [
        *((name, "the database's own guard against overlaps is missing") for name in names[connection.vendor]),
        (second.reference, "Tess Lindqvist was already taken at 2026-03-04 14:30 UTC"),
        (second.reference, "Gym was already taken at 2026-03-04 14:30 UTC"),
    ]
    assert first.reference not in [about for about, _wrong in lost]


def test_an_overlap_behind_a_shorter_visit_is_found(clinic):
    """The row just before may be over while an earlier one is not."""
    made = [book(clinic, time, patient=factories.PatientFactory()) for time in ("09:00", "09:45", "10:30")]
    Occupancy.objects.filter(resource=clinic.gym).let_go()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER occupancy_no_overlap_update")
    past_the_verbs(Occupancy).filter(appointment=made[0]).update(end=NINE + 100)

    wrong = "Tess Lindqvist was already taken at 2026-03-04"
    overlaps = [(about, text) for about, text in found() if "already taken" in text]
    assert overlaps == [(made[1].reference, f"{wrong} 14:45 UTC"), (made[2].reference, f"{wrong} 15:30 UTC")]


# --- History and messages --------------------------------------------------------------------------------------------


def test_a_status_that_no_event_tells_of(clinic):
    made = book(clinic)
    change(made, status="arrived")

    assert found() == [(made.reference, "it is arrived in revision 0, but its last event says booked in revision 0")]


def test_a_revision_that_no_event_tells_of(clinic):
    made = book(clinic)
    Message.objects.update(state="void", revision=3)
    change(made, revision=3)

    assert found() == [(made.reference, "it is booked in revision 3, but its last event says booked in revision 0")]


def test_a_visit_that_came_from_nowhere(clinic):
    made = book(clinic)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bookings_appointmentevent")

    assert found() == [(made.reference, "nothing is written of how it was made")]


def test_a_message_that_is_out_of_date(clinic):
    made = scheduling.move(book(clinic), slot(clinic, "11:00"), by=SYSTEM, now=NOW)
    Message.objects.filter(kind="confirmation").update(state="due")

    intent = f"{made.pk}/confirmation/now/email/r0"
    assert found() == [(made.reference, f"the message {intent} is out of date and would still be sent")]


def test_a_visit_nobody_will_be_reminded_of(clinic):
    made = book(clinic)
    Message.objects.filter(kind="reminder").delete()

    assert found() == [(made.reference, "nobody will be reminded of it")]
    assert found(now=at("2026-03-03", "09:00")) == []  # the hour of the reminder has passed


def test_who_cannot_be_reached_is_not_missed(clinic):
    book(clinic, patient=factories.PatientFactory(email=""))

    assert found() == []


# --- The command -----------------------------------------------------------------------------------------------------


def run():
    out, err = io.StringIO(), io.StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("check_diary", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_says_that_all_is_well(clinic):
    book(clinic)

    assert run() == ("", "1 appointments compared, 0 findings.\n")


def test_the_command_fails_with_one_line_for_each_finding(clinic, capsys):
    made = book(clinic)
    change(made, status="arrived")
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as failed, time_machine.travel(NOW, tick=False):
        call_command("check_diary", stdout=out, stderr=err)

    assert failed.value.returncode == 1
    assert out.getvalue() == (
        f"{made.reference}: it is arrived in revision 0, but its last event says booked in revision 0. "
        "Ask who changed it past the diary's verbs.\n"
    )
    assert err.getvalue() == "1 appointments compared, 1 findings.\n"


def test_the_statements_grow_by_slices_and_not_by_visits(clinic, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(findings, "SLICE", 2)
    for hour in range(9, 14):
        book(clinic, f"{hour:02}:00", patient=factories.PatientFactory())

    # Six about the whole diary, five for each of three slices, and one that finds no fourth.
    with django_assert_num_queries(6 + 3 * 5 + 1):
        assert found() == []


def test_a_day_later_it_still_adds_up(clinic):
    book(clinic)

    assert found(now=NOW + 24 * 3 * HOUR) == []
