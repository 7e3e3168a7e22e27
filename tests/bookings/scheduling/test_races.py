"""Races between real processes on one database. Whoever loses is told so in words, and afterwards the diary adds up."""

from collections import Counter

import pytest

from bookings import scheduling
from bookings.findings import findings
from bookings.models import Appointment, Hold, Message, Occupancy, Patient
from tests import factories
from tests.bookings.scheduling.asking import DAY, PATIENT, SYSTEM, book, messages_of, slot, taken_by, verbs_of
from tests.bookings.scheduling.guards import without_guard
from tests.cast import NOW, at, open_clinic
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic):
    yield
    assert [str(finding) for finding in findings(now=NOW)] == []


def race(*entries):
    """Run the entries (name of a racer, its options) together; return their answers in order."""
    return run_together("tests.bookings.scheduling.racers:one_of", [{"do": do, **options} for do, options in entries])


def asked(clinic, time="09:00", treatment=None, clinician=None, date=DAY):
    return {
        "start": at(date, time).isoformat(),
        "treatment": (treatment or clinic.therapy).pk,
        "location": clinic.house.pk,
        "clinician": clinician.pk if clinician else None,
    }


def people(count):
    return [factories.PatientFactory().pk for _number in range(count)]


def kept():
    return Appointment.objects.keeping_time()


# --- One time, many people -------------------------------------------------------------------------------------------


def test_of_twenty_at_one_time_one_is_booked_and_nineteen_are_told(clinic):
    answers = race(*(("book", {"slot": asked(clinic), "patient": patient}) for patient in people(20)))

    assert Counter(answers) == {"done": 1, "Taken": 19}
    assert (Appointment.objects.count(), Occupancy.objects.count(), Message.objects.count()) == (1, 2, 2)


def test_with_locks_and_guard_off_the_same_race_oversells(clinic):
    """The negative control: if this fails, the other races prove nothing."""
    with without_guard():
        answers = race(*(("book_unguarded", {"slot": asked(clinic), "patient": patient}) for patient in people(6)))
        oversold = Appointment.objects.count()
        overlaps = [finding for finding in findings(now=NOW) if "already taken" in finding.wrong]
    for appointment in Appointment.objects.all():
        scheduling.cancel(appointment, by=SYSTEM, now=NOW, reason="other")

    assert oversold == answers.count("done") > 1
    assert len(overlaps) == 2 * (oversold - 1)


def test_with_locks_and_guard_on_a_slow_writer_changes_nothing(clinic):
    answers = race(*(("book_slowly", {"slot": asked(clinic), "patient": patient}) for patient in people(6)))

    assert Counter(answers) == {"done": 1, "Taken": 5}


def test_the_guard_alone_holds_when_the_locks_are_forgotten(clinic):
    answers = race(*(("book_without_locks", {"slot": asked(clinic), "patient": patient}) for patient in people(4)))

    assert Counter(answers) == {"done": 1, "Taken": 3}


def test_newcomers_who_lose_leave_no_patient_behind(clinic):
    before = Patient.objects.count()
    answers = race(*(("book", {"slot": asked(clinic)}) for _number in range(6)))

    assert Counter(answers) == {"done": 1, "Taken": 5}
    assert Patient.objects.count() == before + 1


def test_of_two_overlapping_starts_of_different_treatments_one_is_booked(clinic):
    early = asked(clinic, "10:00", clinic.consultation, clinic.ortiz)
    late = asked(clinic, "10:15", clinic.injection, clinic.ortiz)
    answers = race(
        *(("book", {"slot": each, "patient": who}) for each, who in zip([early, late] * 3, people(6), strict=True))
    )

    assert Counter(answers) == {"done": 1, "Taken": 5}


def test_adjacent_times_are_both_booked(clinic):
    times = ["10:00", "10:45"] * 3
    answers = race(
        *(("book", {"slot": asked(clinic, time), "patient": who}) for time, who in zip(times, people(6), strict=True))
    )

    assert Counter(answers) == {"done": 2, "Taken": 4}
    assert {each.local_start.strftime("%H:%M") for each in kept()} == {"10:00", "10:45"}


def test_five_who_take_any_clinician_get_the_two_who_are_free(clinic):
    answers = race(
        *(("book", {"slot": asked(clinic, treatment=clinic.consultation), "patient": who}) for who in people(5))
    )

    assert Counter(answers) == {"done": 2, "Taken": 3}
    assert {each.clinician for each in kept()} == {clinic.ortiz, clinic.sato}


def test_two_clinicians_and_one_procedure_room_make_one_visit(clinic):
    wanted = [asked(clinic, treatment=clinic.injection, clinician=who) for who in (clinic.ortiz, clinic.sato)] * 3
    answers = race(*(("book", {"slot": each, "patient": who}) for each, who in zip(wanted, people(6), strict=True)))

    assert Counter(answers) == {"done": 1, "Taken": 5}


def test_one_patient_at_two_clinicians_is_booked_once(clinic):
    wanted = [asked(clinic), asked(clinic, treatment=clinic.consultation)] * 2
    answers = race(*(("book", {"slot": each, "patient": clinic.ada.pk}) for each in wanted))

    assert kept().count() == answers.count("done") == 1
    assert set(answers) <= {"done", "Taken", "NotAllowed"}


# --- One form, pressed twice -----------------------------------------------------------------------------------------


def test_a_form_pressed_many_times_makes_one_visit_and_one_message(clinic):
    form = {"form_token": "t", "form_digest": "d"}
    answers = race(*(("book", {"slot": asked(clinic), **form}) for _number in range(6)))

    assert answers == ["done"] * 6
    assert messages_of(Appointment.objects.get()) == ["confirmation due", "reminder due"]
    assert Patient.objects.filter(first_name="Cleo").count() == 1


def test_one_form_with_two_answers_makes_one_visit(clinic):
    """Two times that share no resource, so that no lock keeps the presses apart: the token's own row does."""
    one = {"slot": asked(clinic), "form_token": "t", "form_digest": "one"}
    other = {"slot": asked(clinic, treatment=clinic.consultation), "form_token": "t", "form_digest": "other"}
    answers = race(("book", one), ("book", other), ("book", one), ("book", other))

    assert Counter(answers) == {"done": 2, "FormReused": 2}
    assert Appointment.objects.count() == 1


def test_one_session_that_holds_many_times_at_once_has_one_hold(clinic):
    wanted = [asked(clinic), asked(clinic, treatment=clinic.consultation), asked(clinic, "11:00")]
    answers = race(*(("hold", {"slot": each, "session_key": "mine"}) for each in wanted * 2))

    assert answers == ["done"] * 6
    assert (Hold.objects.count(), Occupancy.objects.count()) == (1, 2)


# --- Holds -----------------------------------------------------------------------------------------------------------


def test_of_many_sessions_one_holds_the_time(clinic):
    answers = race(*(("hold", {"slot": asked(clinic), "session_key": f"session-{n}"}) for n in range(6)))

    assert Counter(answers) == {"done": 1, "Taken": 5}


def test_a_hold_that_is_over_does_not_stop_one_of_many(clinic):
    scheduling.hold(slot(clinic), session_key="gone", now=NOW)
    book_it = [("book", {"slot": asked(clinic), "patient": who, "later": 10}) for who in people(4)]
    hold_it = [("hold", {"slot": asked(clinic), "session_key": f"session-{n}", "later": 10}) for n in range(4)]
    answers = race(*book_it, *hold_it)

    assert Counter(answers) == {"done": 1, "Taken": 7}
    assert kept().count() + Hold.objects.count() == 1


def test_the_holder_books_while_others_try(clinic):
    scheduling.hold(slot(clinic), session_key="mine", now=NOW)
    mine, *others = people(6)
    answers = race(
        ("book", {"slot": asked(clinic), "patient": mine, "session_key": "mine"}),
        *(("book", {"slot": asked(clinic), "patient": who}) for who in others),
    )

    assert answers == ["done"] + ["Taken"] * 5


# --- One visit, several hands ----------------------------------------------------------------------------------------


def test_an_overbooked_time_is_not_sold_again_when_the_first_is_cancelled(clinic):
    factories.UserFactory(is_superuser=True)
    wanted = asked(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    first = book(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    (extra,) = people(1)
    assert race(("overbook", {"slot": wanted, "patient": extra})) == ["done"]

    answers = race(
        ("step", {"verb": "cancel", "appointment": first.pk, "reason": "other"}),
        *(("book", {"slot": wanted, "patient": who}) for who in people(4)),
    )

    assert answers == ["done"] + ["Taken"] * 4
    assert kept().get().patient_id == extra


@pytest.mark.parametrize("seen", [None, 0])
def test_cancel_against_check_in(clinic, seen):
    visit = book(clinic, "12:00", date="2026-03-02")
    cancel = ("step", {"verb": "cancel", "appointment": visit.pk, "reason": "other", "seen": seen})
    check_in = ("step", {"verb": "check_in", "appointment": visit.pk, "seen": seen})
    answers = dict(zip(["cancel", "check_in"], race(cancel, check_in), strict=True))

    visit.refresh_from_db()
    if seen == 0:
        # Both had the same page before them: one wins, the other is told.
        assert sorted(answers.values()) in (["Changed", "done"], ["NotAllowed", "done"])
    assert (visit.status, verbs_of(visit)) in [
        ("cancelled", ["book", "cancel"]),
        ("arrived", ["book", "check_in"]),
        ("cancelled", ["book", "check_in", "cancel"]),
    ]
    assert len(taken_by(visit)) == (0 if visit.status == "cancelled" else 2)


def test_two_cancels_tell_once(clinic):
    visit = book(clinic)
    answers = race(*[("step", {"verb": "cancel", "appointment": visit.pk, "reason": "time"})] * 4)

    assert answers == ["done"] * 4
    assert messages_of(visit).count("cancelled_by_clinic due") == 1
    assert verbs_of(visit) == ["book", "cancel"]


def test_the_patient_moves_while_the_desk_cancels(clinic):
    visit = book(clinic)
    answers = race(
        ("move", {"appointment": visit.pk, "slot": asked(clinic, "11:00"), "seen": 0}),
        ("step", {"verb": "cancel", "appointment": visit.pk, "reason": "other", "seen": 0}),
    )

    visit.refresh_from_db()
    told = [message for message in messages_of(visit) if message.endswith("due")]
    assert sorted(answers) in (["Changed", "done"], ["NotAllowed", "done"])
    assert (visit.status, told) in [
        ("booked", ["moved due", "reminder due"]),
        ("cancelled", ["cancelled_by_clinic due"]),
    ]


def test_two_moves_of_one_visit_free_its_old_time_once(clinic):
    visit = book(clinic)
    answers = race(
        *(("move", {"appointment": visit.pk, "slot": asked(clinic, time), "seen": 0}) for time in ("11:00", "14:00"))
    )

    visit.refresh_from_db()
    assert sorted(answers) == ["Changed", "done"]
    assert visit.local_start.strftime("%H:%M") == ("11:00" if answers[0] == "done" else "14:00")
    assert Occupancy.objects.count() == 2


def test_two_visits_that_change_places_do_not_wait_for_each_other_for_ever(clinic):
    one, other = book(clinic), book(clinic, "11:00", patient=clinic.ben)
    answers = race(
        ("move", {"appointment": one.pk, "slot": asked(clinic, "11:00")}),
        ("move", {"appointment": other.pk, "slot": asked(clinic, "09:00")}),
    )

    assert answers == ["Taken", "Taken"]


def test_many_moves_to_one_time(clinic):
    visits = [book(clinic, time, patient=factories.PatientFactory()) for time in ("09:00", "10:00", "11:00", "12:00")]
    answers = race(*(("move", {"appointment": visit.pk, "slot": asked(clinic, "14:00")}) for visit in visits))

    assert Counter(answers) == {"done": 1, "Taken": 3}


def test_undo_against_book(clinic):
    gone = scheduling.cancel(book(clinic), by=PATIENT, now=NOW, reason="time")
    (ben,) = people(1)
    answers = race(
        ("step", {"verb": "undo", "appointment": gone.pk}), ("book", {"slot": asked(clinic), "patient": ben})
    )

    assert Counter(answers) == {"done": 1, "Taken": 1}
    assert kept().count() == 1


def test_a_block_against_bookings_leaves_no_visit_unnoticed(clinic):
    times = {"start": at(DAY, "08:00").isoformat(), "end": at(DAY, "12:00").isoformat()}
    answers = race(
        ("block", {"resource": clinic.lindqvist.resource.pk, **times}),
        *(("book", {"slot": asked(clinic), "patient": who}) for who in people(4)),
    )

    assert answers[0] == "done"
    assert set(answers[1:]) <= {"done", "Taken", "NotOffered"}
    assert answers[1:].count("done") == kept().count() <= 1
