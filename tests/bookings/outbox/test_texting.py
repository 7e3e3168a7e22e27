"""No more than one text a day and three in seven days that we start ourselves; the soonest visits win."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Message
from bookings.outbox.texting import may_text
from tests import factories
from tests.bookings.visits import book
from tests.cast import NOW

pytestmark = pytest.mark.django_db

NOON = NOW.replace(hour=12)
DAY = dt.timedelta(days=1)
PHONE = "+12125550123"


@pytest.fixture
def visits(clinic):
    """Four visits of one phone, the soonest first; a family shares it."""
    clinic.ada.phone = PHONE
    clinic.ada.save()
    child = factories.PatientFactory(phone=PHONE)
    people = [clinic.ada, child, clinic.ada, child]
    days = ["2026-03-11", "2026-03-12", "2026-03-13", "2026-03-16"]
    return [book(clinic, who, date=day) for who, day in zip(people, days, strict=True)]


def row(visit, *, due=NOON, state="due", sent=None, kind="reminder"):
    number = Message.objects.count()
    return Message.objects.create(
        intent=f"row {number}", kind=kind, channel="sms", appointment=visit, patient=visit.patient, state=state,
        created_at=NOW, due_at=due, sent_at=sent, useful_until=due + 2 * DAY,
    )  # fmt: skip


def sent(visit, at, **fields):
    return row(visit, due=at, state="sent", sent=at, **fields)


@pytest.mark.engine
def test_the_first_text_of_a_day_may_go_and_the_second_may_not(visits):
    text = row(visits[1])
    assert may_text(text, now=NOON) is True
    sent(visits[0], NOON - dt.timedelta(hours=2))
    assert (may_text(text, now=NOON), may_text(text, now=NOON + DAY)) == (False, True)


def test_the_day_is_the_one_of_the_place(visits):
    late = NOW.replace(hour=19, minute=59)  # the next day in UTC
    sent(visits[0], late)
    text = row(visits[1])
    assert may_text(text, now=late) is False
    assert may_text(text, now=late + dt.timedelta(hours=12, minutes=2)) is True


@pytest.mark.engine
def test_three_in_seven_days_are_enough(visits):
    for days in (6, 4, 2):
        sent(visits[0], NOON - days * DAY)
    text = row(visits[1])
    assert (may_text(text, now=NOON), may_text(text, now=NOON + DAY)) == (False, True)


def test_the_sooner_visit_wins_the_day(visits):
    sooner, later = row(visits[0], due=NOON + dt.timedelta(hours=3)), row(visits[1])
    assert (may_text(sooner, now=NOON), may_text(later, now=NOON)) == (True, False)


def test_sooner_visits_that_fill_the_week_leave_nothing(visits):
    for days in (1, 2, 3):
        row(visits[0], due=NOON + days * DAY)
    assert may_text(row(visits[3]), now=NOON) is False


def test_texts_too_far_apart_to_share_seven_days_do_not_add_up(visits):
    sent(visits[0], NOON - 6 * DAY)
    sent(visits[0], NOON - 5 * DAY)
    row(visits[0], due=NOON + 5 * DAY)
    assert may_text(row(visits[3]), now=NOON) is True


def test_of_two_in_one_senders_hands_one_goes(visits):
    rows = [row(visit, state="sending") for visit in (visits[0], visits[1])]
    assert [may_text(each, now=NOON) for each in rows] == [True, False]


@pytest.mark.parametrize("kind", ["confirmation", "moved", "cancelled", "delayed", "link"])
def test_what_somebody_asked_for_does_not_count(visits, kind):
    sent(visits[0], NOON, kind=kind)
    assert may_text(row(visits[1]), now=NOON) is True


@pytest.mark.parametrize("state", ["void", "dead"])
def test_what_never_went_does_not_count(visits, state):
    row(visits[0], state=state)
    assert may_text(row(visits[1]), now=NOON) is True


def test_what_is_of_no_use_any_more_wins_nothing(visits):
    row(visits[0], due=NOON - 3 * DAY)
    assert may_text(row(visits[1]), now=NOON) is True


def test_another_phone_is_another_matter(visits, clinic):
    sent(book(clinic, clinic.ben, date="2026-03-10"), NOON)
    assert may_text(row(visits[1]), now=NOON) is True


@pytest.mark.parametrize("others", [1, 3])
def test_two_statements_whatever_there_is(visits, others, django_assert_num_queries):
    for days in range(others):
        sent(visits[0], NOON - days * DAY)
    message = row(visits[1])
    message.appointment.location.zone  # noqa: B018  read before, as the sender does
    with django_assert_num_queries(2):
        may_text(message, now=NOON)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.integers(0, 9), st.integers(8, 19), st.integers(0, 3)), max_size=9))
def test_whatever_is_due_no_phone_gets_more(visits, plan):
    """An hourly sender through two weeks, against the plain rule."""
    Message.objects.filter(intent__startswith="row").delete()
    for day, hour, visit in plan:
        row(visits[visit], due=NOW + dt.timedelta(days=day, hours=hour - 8))
    gone = run_two_weeks()
    assert max([len([at for at in gone if at.date() == day.date()]) for day in gone], default=0) <= 1
    assert max([len([at for at in gone if begin <= at < begin + 7 * DAY]) for begin in gone], default=0) <= 3
    assert bool(gone) is bool(plan)


def run_two_weeks():
    gone = []
    for hours in range(14 * 24):
        now = NOW + dt.timedelta(hours=hours)
        due = Message.objects.filter(intent__startswith="row", state="due", due_at__lte=now).order_by("due_at", "pk")
        for message in due:
            may = may_text(message, now=now)
            message.state, message.sent_at = ("sent", now) if may else ("void", None)
            message.save()
            gone += [now] if may else []
    return gone
