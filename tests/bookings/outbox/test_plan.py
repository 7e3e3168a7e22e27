"""Which messages a visit has by itself, when they are due, and until when they are of use."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings import outbox, scheduling
from bookings.models import Message, ReminderStep
from bookings.outbox.hours import decent
from tests import factories
from tests.bookings.visits import book
from tests.cast import NOW, at
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db

DESK = scheduling.By.system()
FAR = "2026-03-16"  # two weeks after NOW


def injection(clinic, date=FAR, time="10:00", now=NOW):
    slot = scheduling.Slot(clinic.injection, at(date, time), clinic.house, clinic.ortiz)
    return scheduling.book(slot, patient=clinic.ada, by=scheduling.By.patient(), now=now, source="web")


def reminders(visit, **chosen):
    rows = visit.messages.filter(kind="reminder", **chosen).order_by("due_at", "pk")
    return [(row.intent.split("/")[2], row.due_at, row.useful_until) for row in rows]


def seen_through(visit):
    """Take a visit of today to its end; a procedure says first where it is."""
    scheduling.amend(visit, by=DESK, now=visit.start, region=factories.BodyRegionFactory(), side="left")
    for verb in (scheduling.check_in, scheduling.start, scheduling.finish):
        visit = verb(visit, by=DESK, now=visit.start)
    return visit


# --- The hours ------------------------------------------------------------------------------------------------------


@given(
    st.integers(1_767_225_600, 1_830_297_600).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC)),
    st.sampled_from(["America/New_York", "America/Phoenix", "Europe/Madrid", "Asia/Kathmandu"]),
)
def test_a_decent_hour_is_between_8_and_8_and_never_earlier_nor_a_day_later(instant, zone):
    local = decent(instant, ZoneInfo(zone)).astimezone(ZoneInfo(zone))
    assert (8 <= local.hour < 20, dt.timedelta(0) <= local - instant <= dt.timedelta(hours=14)) == (True, True)


# --- The steps ------------------------------------------------------------------------------------------------------


def test_a_procedure_is_reminded_7_2_and_1_days_before_each_until_the_next(clinic):
    visit = injection(clinic)
    assert reminders(visit) == [
        ("7d", at("2026-03-09", "10:00"), at("2026-03-14", "10:00")),
        ("2d", at("2026-03-14", "10:00"), at("2026-03-15", "10:00")),
        ("1d", at("2026-03-15", "10:00"), at("2026-03-16", "08:00")),
    ]


def test_everything_else_2_and_1_days_before(clinic):
    assert [step for step, *_when in reminders(book(clinic, date=FAR))] == ["2d", "1d"]


def test_who_has_just_booked_is_not_reminded_the_same_day_but_by_the_last_step(clinic):
    assert [step for step, *_when in reminders(book(clinic, date="2026-03-04", time="11:00"))] == ["1d"]
    tomorrow = book(clinic, clinic.ben, date="2026-03-03", time="11:00", now=at("2026-03-02", "10:59"))
    assert [step for step, *_when in reminders(tomorrow)] == ["1d"]


def test_the_steps_of_a_treatment_take_the_place_of_all_others(clinic):
    ReminderStep.objects.create(treatment=None, days_before=3)
    ReminderStep.objects.create(treatment=clinic.injection, days_before=5, way="email")
    assert [step for step, *_when in reminders(injection(clinic))] == ["5d"]
    assert [step for step, *_when in reminders(book(clinic, clinic.ben, date=FAR))] == ["3d"]


def test_a_treatment_whose_steps_are_out_of_use_is_not_reminded_of(clinic):
    ReminderStep.objects.create(treatment=clinic.injection, days_before=5, active=False)
    assert reminders(injection(clinic)) == []


def test_a_step_goes_by_its_way_alone(clinic, settings):
    settings.CLINIC_SMS_URL = "console:"
    clinic.ada.phone, clinic.ada.sms_consent_at = "+12125550123", NOW
    clinic.ada.save()
    ReminderStep.objects.create(days_before=3, way="email")
    ReminderStep.objects.create(days_before=1, way="sms")
    rows = book(clinic, date=FAR).messages.filter(kind="reminder").order_by("due_at")
    assert [(row.intent.split("/")[2], row.channel) for row in rows] == [("3d", "email"), ("1d", "sms")]


# --- Preparation ----------------------------------------------------------------------------------------------------


@pytest.fixture
def prepared(clinic):
    for days, text in ((5, "Have your plan in writing."), (0, "Bring your list.")):
        PreparationStep.objects.create(treatment=clinic.injection, days_before=days, text=text)


def preparations(visit):
    rows = visit.messages.filter(kind="preparation").order_by("pk")
    return [(row.revision, row.state, row.due_at) for row in rows]


def test_how_to_prepare_is_told_the_day_before_the_first_step(clinic, prepared):
    assert preparations(injection(clinic)) == [(0, "due", at("2026-03-10", "10:00"))]


def test_booked_late_it_follows_an_hour_after_the_confirmation(clinic, prepared):
    assert preparations(injection(clinic, date="2026-03-04")) == [(0, "due", at("2026-03-02", "09:00"))]


def test_what_was_told_is_not_told_again_after_a_move_and_what_was_not_is(clinic, prepared):
    later = scheduling.Slot(clinic.injection, at("2026-03-17", "10:00"), clinic.house, clinic.ortiz)
    told, untold = injection(clinic), injection(clinic, time="14:00")
    told.messages.filter(kind="preparation").update(state="sent")
    scheduling.move(told, later, by=DESK, now=NOW)
    afternoon = scheduling.Slot(clinic.injection, at("2026-03-17", "14:00"), clinic.house, clinic.ortiz)
    scheduling.move(untold, afternoon, by=DESK, now=NOW)
    assert [row[:2] for row in preparations(told)] == [(0, "sent")]
    assert [row[:2] for row in preparations(untold)] == [(0, "void"), (1, "due")]


# --- What follows ---------------------------------------------------------------------------------------------------


def test_the_day_after_a_procedure_we_ask_how_they_are(clinic):
    visit = seen_through(injection(clinic))
    row = visit.messages.get(kind="aftercare")
    assert (row.due_at, row.useful_until) == (at("2026-03-17", "10:00"), at("2026-03-18", "10:00"))


def test_after_anything_else_we_do_not(clinic):
    visit = seen_through(book(clinic, date=FAR))
    assert not visit.messages.filter(kind="aftercare").exists()


def test_an_end_that_is_taken_back_says_nothing_and_a_second_end_says_it_once(clinic):
    visit = seen_through(injection(clinic))
    visit = scheduling.undo(visit, by=DESK, now=visit.start)
    assert [row.state for row in visit.messages.filter(kind="aftercare")] == ["void"]
    scheduling.finish(visit, by=DESK, now=visit.start)
    assert sorted(row.state for row in visit.messages.filter(kind="aftercare")) == ["due", "void"]


@pytest.mark.parametrize(("time", "due"), [("10:00", (FAR, "10:30")), ("19:30", ("2026-03-17", "08:00"))])
def test_who_missed_a_visit_hears_a_quarter_of_an_hour_later_but_not_at_night(clinic, time, due):
    visit = book(clinic, date=FAR)
    visit = scheduling.miss(visit, by=DESK, now=at(FAR, "10:15") if time == "10:00" else at(FAR, "19:50"))
    assert visit.messages.get(kind="missed").due_at == at(*due)


def test_a_missed_visit_that_was_none_is_not_told(clinic):
    visit = book(clinic, date=FAR)
    missed = scheduling.miss(visit, by=DESK, now=visit.start)
    scheduling.undo(missed, by=DESK, now=visit.start)
    assert [row.state for row in visit.messages.filter(kind="missed")] == ["void"]


@pytest.mark.parametrize(
    ("by", "kind"), [(scheduling.By.patient(), "cancelled"), (scheduling.By.system(), "cancelled_by_clinic")]
)
def test_who_cancels_decides_what_is_said(clinic, by, kind):
    visit = scheduling.cancel(book(clinic, date=FAR), by=by, now=NOW, reason="other")
    assert [row.kind for row in visit.messages.filter(revision=1)] == [kind]


# --- Ways -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "fields", "ways"),
    [
        ("both", {}, {"email", "sms"}),
        ("email", {}, {"email"}),
        ("sms", {}, {"sms"}),
        ("sms", {"sms_stopped_at": NOW}, {"email"}),
        ("sms", {"sms_consent_at": None}, {"email"}),
        ("email", {"email_refused_at": NOW}, {"sms"}),
        ("both", {"reminders_off_at": NOW}, {"sms"}),
        ("email", {"reminders_off_at": NOW}, set()),
    ],
)
def test_a_reminder_goes_the_way_they_chose_where_it_works(clinic, settings, asked, fields, ways):
    settings.CLINIC_SMS_URL = "console:"
    known = {"phone": "+12125550123", "sms_consent_at": NOW, "message_channel": asked} | fields
    for name, value in known.items():
        setattr(clinic.ada, name, value)
    clinic.ada.save()
    visit = book(clinic, clinic.ada, date=FAR)
    assert set(visit.messages.filter(kind="reminder").values_list("channel", flat=True)) == ways


def test_who_wants_no_reminders_still_hears_of_the_booking(clinic):
    clinic.ada.reminders_off_at = NOW
    clinic.ada.save()
    assert [row.kind for row in book(clinic, clinic.ada).messages.all()] == ["confirmation"]
    assert outbox.send_due(now=NOW) == {"sent": 1}


def test_a_step_is_named_by_its_days(clinic):
    assert [step.name for step in outbox.steps_for(clinic.injection)] == ["7d", "2d", "1d"]
    assert Message.objects.count() == 0
