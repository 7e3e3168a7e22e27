"""The outbox follows the plan and the diary: what is missing is written, what is no step any more is withdrawn."""

import datetime as dt

import pytest

from bookings import outbox, scheduling
from bookings.models import Message, ReminderStep
from tests import factories
from tests.bookings.visits import book
from tests.cast import NOW, at
from tests.processes import run_together

pytestmark = pytest.mark.django_db

FAR = "2026-03-16"


def steps(visit, state="due"):
    rows = visit.messages.filter(kind="reminder", state=state).order_by("due_at", "pk")
    return [row.intent.split("/")[2] for row in rows]


def test_a_new_step_is_written_for_those_who_are_booked_already(clinic):
    visit = book(clinic, date=FAR)
    for days in (4, 2, 1):
        ReminderStep.objects.create(days_before=days)
    assert (outbox.reconcile(now=NOW), steps(visit)) == (1, ["4d", "2d", "1d"])


def test_one_missing_step_of_several_is_written(clinic):
    visit = book(clinic, date=FAR)
    visit.messages.filter(intent__contains="/2d/").delete()
    assert (outbox.reconcile(now=NOW), steps(visit)) == (1, ["2d", "1d"])


def test_a_step_that_is_gone_is_withdrawn_at_once(clinic):
    visit = book(clinic, date=FAR)
    ReminderStep.objects.create(days_before=1)
    assert (outbox.replan(None, now=NOW), steps(visit), steps(visit, "void")) == (1, ["1d"], ["2d"])


def test_a_step_that_is_put_back_is_due_again(clinic):
    visit = book(clinic, date=FAR)
    gone = ReminderStep.objects.create(days_before=1)
    outbox.replan(None, now=NOW)
    gone.delete()
    outbox.replan(None, now=NOW)
    assert (steps(visit), steps(visit, "void")) == (["2d", "1d"], [])


def test_a_plan_of_one_treatment_leaves_the_others_alone(clinic):
    visit = book(clinic, date=FAR)
    ReminderStep.objects.create(treatment=clinic.injection, days_before=1)
    assert (outbox.replan(clinic.injection, now=NOW), steps(visit)) == (0, ["2d", "1d"])


def test_who_has_just_booked_is_not_reminded_by_the_back_door(clinic):
    visit = book(clinic)  # the day after tomorrow, in 50 hours
    assert (outbox.reconcile(now=NOW + dt.timedelta(hours=1)), steps(visit)) == (0, ["1d"])


@pytest.mark.parametrize("number", [1, 3])
def test_reconciling_costs_the_same_for_one_visit_and_three(clinic, number, django_assert_num_queries):
    for time in ("09:00", "10:00", "11:00")[:number]:
        book(clinic, factories.PatientFactory(), time=time, date=FAR)
    with django_assert_num_queries(9):
        outbox.reconcile(now=NOW)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_that_reconcile_at_once_write_each_reminder_once(clinic):
    visit = book(clinic, date=FAR)
    visit.messages.filter(kind="reminder").delete()
    run_together("tests.bookings.outbox.senders:reconcile", [{}, {}])
    assert steps(visit) == ["2d", "1d"]


# --- Digests --------------------------------------------------------------------------------------------------------


@pytest.fixture
def signs_in(clinic):
    """Dr. Ortiz has an account; the others have none."""
    clinic.ortiz.user = factories.UserFactory(email="ortiz@example.com")
    clinic.ortiz.save()
    return clinic.ortiz.user


def booked_with_ortiz(clinic, time="10:00", date="2026-03-03"):
    slot = scheduling.Slot(clinic.consultation, at(date, time), clinic.house, clinic.ortiz)
    patient = factories.PatientFactory()
    return scheduling.book(slot, patient=patient, by=scheduling.By.patient(), now=NOW, source="web")


def digests():
    return list(Message.objects.filter(kind="digest").values_list("intent", "due_at", "useful_until"))


def test_a_clinician_hears_at_six_of_the_visits_of_tomorrow(clinic, signs_in):
    booked_with_ortiz(clinic, "14:00")
    booked_with_ortiz(clinic, "10:00")
    assert outbox.intend_digests(now=at("2026-03-02", "12:00")) == 1
    name = f"digest/{signs_in.pk}/2026-03-03/email"
    assert digests() == [(name, at("2026-03-02", "18:00"), at("2026-03-03", "10:00"))]


def test_asked_again_it_is_one_digest(clinic, signs_in):
    booked_with_ortiz(clinic)
    assert [outbox.intend_digests(now=at("2026-03-02", hour)) for hour in ("13:00", "14:00", "19:00")] == [1, 0, 0]


@pytest.mark.parametrize(
    ("now", "date", "active"),
    [("11:59", "2026-03-03", True), ("13:00", "2026-03-04", True), ("13:00", "2026-03-03", False)],
)
def test_not_in_the_morning_not_of_another_day_not_to_who_has_left(clinic, signs_in, now, date, active):
    signs_in.is_active = active
    signs_in.save()
    booked_with_ortiz(clinic, date=date)
    assert (outbox.intend_digests(now=at("2026-03-02", now)), digests()) == (0, [])


def test_a_digest_goes_to_the_clinician_without_anybodys_name(clinic, signs_in, smtp_sink):
    visit = booked_with_ortiz(clinic)
    Message.objects.all().delete()
    outbox.intend_digests(now=at("2026-03-02", "18:00"))
    assert outbox.send_due(now=at("2026-03-02", "18:00")) == {"sent": 1}
    [delivery] = smtp_sink.deliveries
    assert delivery.recipients == ["ortiz@example.com"]
    assert [name for name in (visit.patient.first_name, visit.patient.last_name) if name in delivery.text()] == []
