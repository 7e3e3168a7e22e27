"""Two people at two desks at the same instant, as real processes: one does it, the other is told, and the diary adds up."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.desk import parking, settling
from bookings.findings import findings
from bookings.models import Appointment, Delay, Message, ParkedBooking, Patient, TimeOff
from bookings.scheduling import By
from clinic.models import User
from tests import factories
from tests.bookings.scheduling.asking import book, desk, messages_of, verbs_of
from tests.bookings.scheduling.racers import answer_of, slot_of
from tests.cast import NOW, at, open_clinic
from tests.processes import run_together
from treatments.models import Clinician, Location, Treatment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
TODAY = "2026-03-02"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture
def staff(clinic):
    """Two at the front desk."""
    return [desk(name=name).user for name in ("Maria Lopez", "Jo Kim")]


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic):
    yield
    assert [str(finding) for finding in findings(now=NOW)] == []


# --- What each process runs -------------------------------------------------------------------------------------------


def one_of(do, **options):
    return globals()[do](**options)


def by_of(user):
    return By.staff(User.objects.get(pk=user))


def step(verb, user, visit, version=None, **options):
    row = Appointment.objects.get(pk=visit)
    return answer_of(getattr(scheduling, verb), row, by=by_of(user), now=NOW, version=version, **options)


def move(user, visit, slot, version=None):
    row = Appointment.objects.get(pk=visit)
    return answer_of(scheduling.move, row, slot_of(**slot), by=by_of(user), now=NOW, version=version)


def park(user, find):
    made = parking.park({"find": find}, user=User.objects.get(pk=user), now=NOW)
    return "done" if made else "full"


def walk_in(user, name, treatment, location):
    asked = Treatment.objects.get(pk=treatment), Location.objects.get(pk=location)
    who = Patient(first_name=name)
    return answer_of(scheduling.walk_in, *asked, patient=who, by=by_of(user), now=at(TODAY, "16:00"))


def settle(user, off, posted):
    """Return what became of each visit, by its number."""
    outcomes = settling.settle(TimeOff.objects.get(pk=off), posted, by=by_of(user), now=NOW)
    return {str(each.pk): each.what for each in outcomes}


def book_for(user, patient, slot):
    who = Patient.objects.get(pk=patient)
    return answer_of(scheduling.book, slot_of(**slot), patient=who, by=by_of(user), now=NOW, source="phone")


def walk_in_of(user, patient, treatment, location):
    asked = Treatment.objects.get(pk=treatment), Location.objects.get(pk=location)
    return answer_of(scheduling.walk_in, *asked, patient=Patient.objects.get(pk=patient), by=by_of(user), now=NOW)


def merge(user, old, kept):
    return answer_of(scheduling.merge, Patient(pk=old), Patient(pk=kept), by=by_of(user), now=NOW)


def run_late(user, clinician, location, minutes):
    asked = Clinician.objects.get(pk=clinician), Location.objects.get(pk=location), minutes
    return len(scheduling.run_late(*asked, by=by_of(user), now=at(TODAY, "10:00")).told)


def race(*entries):
    target = f"{__name__}:one_of"
    return run_together(target, [{"do": do, **options} for do, options in entries])


def asked(clinic, time, date="2026-03-04", clinician=None):
    who = clinician.pk if clinician else None
    start = at(date, time).isoformat()
    return {"start": start, "treatment": clinic.consultation.pk, "location": clinic.house.pk, "clinician": who}


# --- One visit, two people --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["check_in", "confirm"])
def test_of_two_who_press_the_same_button_one_does_it_and_the_other_is_told(verb, clinic, staff):
    visit = book(clinic, "11:00", date=TODAY)
    pressed = [("step", {"verb": verb, "user": user.pk, "visit": visit.pk, "version": visit.version}) for user in staff]
    assert sorted(race(*pressed)) == ["Changed", "done"]
    assert verbs_of(visit) == ["book", verb]


def test_of_two_who_take_a_booking_back_it_is_canceled_once_and_the_patient_hears_of_nothing(clinic, staff):
    visit = book(clinic, by=By.staff(staff[0]))
    pressed = [
        ("step", {"verb": "undo", "user": user.pk, "visit": visit.pk, "version": visit.version}) for user in staff
    ]
    # Who comes second is told so, or finds done what they asked for: a second cancel changes nothing.
    assert sorted(race(*pressed)) in (["Changed", "done"], ["done", "done"])
    visit.refresh_from_db()
    assert (verbs_of(visit), messages_of(visit)) == (["book", "cancel"], ["confirmation void", "reminder void"])


def test_while_one_moves_a_visit_and_another_cancels_it_one_of_both_happens(clinic, staff):
    visit = book(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    one, other = staff
    said = {"visit": visit.pk, "version": visit.version}
    answers = race(
        ("move", {"user": one.pk, "slot": asked(clinic, "14:00"), **said}),
        ("step", {"verb": "cancel", "user": other.pk, "reason": "other", **said}),
    )
    visit.refresh_from_db()
    told = [kind for kind in messages_of(visit) if kind.endswith("due") and not kind.startswith("reminder")]
    expected = {
        ("done", "Changed"): (["book", "move"], ["moved due"], at("2026-03-04", "14:00")),
        ("Changed", "done"): (["book", "cancel"], ["cancelled_by_clinic due"], at("2026-03-04", "09:00")),
        ("Taken", "done"): (["book", "cancel"], ["cancelled_by_clinic due"], at("2026-03-04", "09:00")),
    }
    assert (verbs_of(visit), told, visit.start) == expected[tuple(answers)]


# --- Parking ----------------------------------------------------------------------------------------------------------


def test_of_four_parked_at_once_three_are_kept_and_one_is_said_to_be_too_many(staff):
    parked = [("park", {"user": staff[0].pk, "find": f"caller {number}"}) for number in range(4)]
    assert sorted(race(*parked)) == ["done", "done", "done", "full"]
    assert ParkedBooking.objects.count() == 3


# --- The last time of the day -----------------------------------------------------------------------------------------


def test_of_two_walk_ins_for_the_last_free_time_one_gets_it_and_one_is_told(clinic, staff):
    for clinician, times in ((clinic.ortiz, ["16:00", "16:30"]), (clinic.sato, ["16:00"])):
        for time in times:
            who = factories.PatientFactory()
            book(clinic, time, date=TODAY, treatment=clinic.consultation, clinician=clinician, patient=who)
    came = {"treatment": clinic.consultation.pk, "location": clinic.house.pk}
    answers = race(*(("walk_in", {"user": user.pk, "name": f"Caller{user.pk}", **came}) for user in staff))
    assert sorted(answers) == ["NotOffered", "done"]
    [visit] = Appointment.objects.filter(source="walk_in")
    assert (visit.local_start, visit.status) == (at(TODAY, "16:30"), "arrived")
    assert Patient.objects.filter(first_name__startswith="Caller").count() == 1


# --- A sick day -------------------------------------------------------------------------------------------------------


def test_of_two_who_settle_the_same_sick_day_each_visit_is_moved_once_and_said_once(clinic, staff):
    times = ["10:30", "11:00", "11:30", "12:00"]
    visits = [
        book(clinic, time, date=TODAY, treatment=clinic.consultation, clinician=clinic.ortiz, patient=who)
        for time, who in ((time, factories.PatientFactory()) for time in times)
    ]
    Message.objects.update(state="sent")
    sick = {"start": at(TODAY, "00:00"), "end": at(TODAY, "23:59"), "kind": "sick"}
    off = scheduling.block(resource=clinic.ortiz.resource, **sick, by=By.system(), now=NOW)[0]
    posted = {"notify": "on"}
    for visit in visits:
        minute = int(visit.start.timestamp()) // 60
        posted[f"do-{visit.pk}"] = f"move:{minute}:{clinic.house.pk}:{clinic.sato.pk}"
        posted[f"version-{visit.pk}"] = str(visit.version)
    answers = race(*(("settle", {"user": user.pk, "off": off.pk, "posted": posted}) for user in staff))
    done = [pk for answer in answers for pk, what in answer.items() if what == "moved"]
    assert sorted(done) == sorted(str(visit.pk) for visit in visits)
    assert [verbs_of(visit) for visit in visits] == [["book", "move"]] * 4
    told = Message.objects.filter(kind="moved").values_list("appointment_id", flat=True)
    assert sorted(told) == sorted(visit.pk for visit in visits)


# --- Two entries of one person ----------------------------------------------------------------------------------------


def left_behind():
    """Visits of entries that are merged into another: there must be none."""
    return Appointment.objects.filter(patient__merged_into__isnull=False)


def test_a_booking_for_an_entry_that_is_being_merged_goes_over_with_it_or_is_refused(clinic, staff):
    second = factories.PatientFactory()
    one, other = staff
    answers = race(
        ("merge", {"user": one.pk, "old": second.pk, "kept": clinic.ada.pk}),
        *(
            ("book_for", {"user": other.pk, "patient": second.pk, "slot": asked(clinic, time)})
            for time in ("10:00", "13:00")
        ),
    )
    assert answers[0] == "done"
    assert set(answers[1:]) <= {"done", "NotAllowed"}
    assert (left_behind().count(), clinic.ada.appointments.count()) == (0, answers[1:].count("done"))


def test_two_bookings_at_one_time_for_two_entries_that_are_being_merged_make_no_double_visit(clinic, staff):
    second = factories.PatientFactory()
    one, other = staff
    answers = race(
        ("merge", {"user": one.pk, "old": second.pk, "kept": clinic.ada.pk}),
        ("book_for", {"user": other.pk, "patient": second.pk, "slot": asked(clinic, "10:00", clinician=clinic.ortiz)}),
        ("book_for", {"user": one.pk, "patient": clinic.ada.pk, "slot": asked(clinic, "10:00", clinician=clinic.sato)}),
    )
    kept = Patient.objects.current().filter(pk__in=[second.pk, clinic.ada.pk])
    if answers[0] == "done":
        assert (left_behind().count(), [each.appointments.count() for each in kept]) == (0, [1])
    else:  # both were booked first: they cannot be one person
        assert (answers, kept.count()) == (["NotAllowed", "done", "done"], 2)


def test_a_visit_that_is_moved_while_its_entry_is_merged_is_moved_and_goes_over(clinic, staff):
    second = factories.PatientFactory()
    visit = book(clinic, treatment=clinic.consultation, clinician=clinic.ortiz, patient=second)
    one, other = staff
    answers = race(
        ("merge", {"user": one.pk, "old": second.pk, "kept": clinic.ada.pk}),
        ("move", {"user": other.pk, "visit": visit.pk, "slot": asked(clinic, "14:00")}),
    )
    assert answers == ["done", "done"]
    visit.refresh_from_db()
    assert (visit.patient, visit.local_start) == (clinic.ada, at("2026-03-04", "14:00"))
    unsaid = Message.objects.exclude(state="void")
    assert set(unsaid.values_list("patient", flat=True)) == {clinic.ada.pk}


def test_a_walk_in_of_an_entry_that_is_being_merged_goes_over_with_it_or_is_refused(clinic, staff):
    second = factories.PatientFactory()
    one, other = staff
    came = {"treatment": clinic.consultation.pk, "location": clinic.house.pk}
    answers = race(
        ("merge", {"user": one.pk, "old": second.pk, "kept": clinic.ada.pk}),
        ("walk_in_of", {"user": other.pk, "patient": second.pk, **came}),
    )
    assert answers[0] == "done"
    assert (left_behind().count(), clinic.ada.appointments.count()) == (0, ["NotAllowed", "done"].index(answers[1]))


# --- Running late -----------------------------------------------------------------------------------------------------


def test_when_two_say_at_once_that_somebody_runs_late_each_patient_hears_of_the_newest_alone(clinic, staff):
    who = {"treatment": clinic.consultation, "clinician": clinic.ortiz, "date": TODAY}
    visits = [book(clinic, time, patient=factories.PatientFactory(), **who) for time in ("10:30", "11:00", "11:30")]
    late = {"clinician": clinic.ortiz.pk, "location": clinic.house.pk}
    minutes = (10, 15, 20, 25, 30, 40, 50, 60)
    told = race(*(("run_late", {"user": staff[n % 2].pk, "minutes": each, **late}) for n, each in enumerate(minutes)))
    assert told == [3] * 8
    assert Delay.objects.count() == 8
    said = Message.objects.filter(kind="delayed", state="due").values_list("appointment_id", flat=True)
    assert sorted(said) == sorted(visit.pk for visit in visits)
    newest = f"late{Delay.objects.latest('pk').pk}"
    assert [newest in message.intent for message in Message.objects.filter(kind="delayed", state="due")] == [True] * 3


# --- Taken back by somebody else, late, or in vain --------------------------------------------------------------------


def sent(visit):
    Message.objects.filter(appointment=visit, state="due").exclude(kind="reminder").update(state="sent")


def test_a_yes_taken_back_is_an_offer_again_that_the_patient_can_answer(clinic, staff):
    one, other = (By.staff(user) for user in staff)
    slot = {**asked(clinic, "13:00", clinician=clinic.sato)}
    visit = scheduling.request(
        slot_of(**asked(clinic, "10:00")), patient=clinic.ada, by=By.patient(), now=NOW, source="web"
    )
    offered = scheduling.offer(visit, slot_of(**slot), by=one, now=NOW)
    sent(offered)
    said_yes = scheduling.accept(offered, by=one, now=NOW + MINUTE)
    back = scheduling.undo(said_yes, by=other, now=NOW + 2 * MINUTE, version=said_yes.version)
    assert (back.status, back.offered_at, back.confirmed_at) == ("requested", NOW, None)
    assert messages_of(back)[-2:] == ["approved void", "reminder void"]
    again = scheduling.accept(back, by=By.patient(), now=NOW + 3 * MINUTE)
    assert (again.status, again.confirmed_at) == ("booked", NOW + 3 * MINUTE)


def test_a_yes_taken_back_after_it_was_confirmed_is_offered_again_in_words(clinic, staff):
    one, other = (By.staff(user) for user in staff)
    visit = scheduling.request(
        slot_of(**asked(clinic, "10:00")), patient=clinic.ada, by=By.patient(), now=NOW, source="web"
    )
    offered = scheduling.offer(visit, slot_of(**asked(clinic, "13:00")), by=one, now=NOW)
    said_yes = scheduling.accept(offered, by=one, now=NOW + MINUTE)
    sent(said_yes)
    back = scheduling.undo(said_yes, by=other, now=NOW + 4 * MINUTE)
    assert messages_of(back)[-3:] == ["approved sent", "reminder void", "offered due"]


def test_what_a_second_person_takes_back_after_the_patient_has_confirmed_is_refused_with_a_name(clinic, staff):
    one, other = (By.staff(user) for user in staff)
    moved = scheduling.move(
        book(clinic), slot_of(**asked(clinic, "13:00") | {"treatment": clinic.therapy.pk}), by=one, now=NOW
    )
    scheduling.confirm(moved, by=By.patient(), now=NOW + MINUTE)
    with pytest.raises(scheduling.Changed, match="The patient has changed this appointment"):
        scheduling.undo(Appointment.objects.get(pk=moved.pk), by=other, now=NOW + 2 * MINUTE, version=moved.version)


def test_a_move_is_not_taken_back_into_a_room_that_is_gone(clinic, staff):
    by = By.staff(staff[0])
    visit = book(clinic, treatment=clinic.consultation, clinician=clinic.ortiz)
    moved = scheduling.move(visit, slot_of(**asked(clinic, "13:00", clinician=clinic.ortiz)), by=by, now=NOW)
    for room in (clinic.room_one, clinic.room_two):
        room.active = False
        room.save()
    with pytest.raises(scheduling.NotOffered):
        scheduling.undo(moved, by=by, now=NOW + MINUTE)
    moved.refresh_from_db()
    assert (moved.local_start, messages_of(moved)[-2:]) == (at("2026-03-04", "13:00"), ["moved due", "reminder due"])
    for room in (clinic.room_one, clinic.room_two):
        room.active = True
        room.save()


def test_what_was_booked_before_midnight_is_taken_back_in_silence_after_it(clinic, staff):
    by, night = By.staff(staff[0]), at("2026-03-03", "23:58")
    visit = book(clinic, by=by, now=night, date="2026-03-06")
    back = scheduling.undo(visit, by=by, now=night + 3 * MINUTE)
    assert (back.status, messages_of(back)) == ("cancelled", ["confirmation void", "reminder void"])


def test_a_booking_taken_back_and_brought_back_is_confirmed_to_the_patient_once(clinic, staff):
    one, other = (By.staff(user) for user in staff)
    gone = scheduling.undo(book(clinic, by=one), by=other, now=NOW + MINUTE)
    back = scheduling.undo(gone, by=one, now=NOW + 2 * MINUTE)
    assert [each for each in messages_of(back) if each.endswith("due")] == ["confirmation due", "reminder due"]
    with pytest.raises(scheduling.NotAllowed):
        scheduling.undo(back, by=one, now=NOW + 2 * MINUTE)
