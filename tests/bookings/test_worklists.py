"""What waits for the desk, and what is taken off a list when it is done."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import (
    CallbackRequest,
    DeskNote,
    ExtraHours,
    Message,
    PossibleMatch,
    Resource,
    TextReply,
    TimeOff,
    WorkDone,
)
from bookings.worklists import WORKLISTS, waiting
from bookings.worklists.counting import numbers_of
from bookings.worklists.openings import next_open_days
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member, wished

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = scheduling.By.system()


@pytest.fixture
def clinic():
    return cast.open_clinic()


def listed(name, now=NOW):
    return list(WORKLISTS[name].rows(now))


def test_requests_wait_in_order_of_their_due_time(clinic):
    later = book(clinic, at("2026-03-05", "10:00"), status="requested")
    clinic.consultation.decide_within_hours = 1
    clinic.consultation.save()
    sooner = book(clinic, at("2026-03-06", "10:00"), status="requested")
    assert listed("requests") == [sooner, later]
    scheduling.approve(sooner, by=BY, now=NOW)
    assert listed("requests") == [later]
    assert listed("requests", now=later.end) == []


def test_somebody_without_a_way_to_write_to_them_is_phoned_and_then_confirmed(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"), patient=factories.PatientFactory(email="", phone="+12125550144"))
    book(clinic, at("2026-03-05", "11:00"))
    assert listed("phone") == [visit]
    scheduling.confirm(visit, by=BY, now=NOW)
    assert listed("phone") == []


def test_calls_wait_until_they_are_made(clinic):
    call = CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    CallbackRequest.objects.create(name="Dot", phone="+12125550112", created_at=NOW, done_at=NOW)
    assert listed("calls") == [call]


def test_possible_matches_wait_until_they_are_decided(clinic):
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    assert listed("matches") == [match]
    match.decision = "same"
    match.save()
    assert listed("matches") == []


# --- Requests -------------------------------------------------------------------------------------------------------


def marks(name, row, now):
    return [str(mark) for mark in WORKLISTS[name].marks(row, now)]


def test_a_request_past_its_due_time_is_marked(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    assert marks("requests", visit, visit.decide_by) == []
    assert marks("requests", visit, visit.decide_by + dt.timedelta(minutes=1)) == ["overdue"]


def test_a_request_with_another_time_offered_comes_back_when_nobody_answers(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"), status="requested")
    slot = scheduling.Slot(clinic.consultation, at("2026-03-06", "11:00"), clinic.house, clinic.ortiz)
    visit = scheduling.offer(visit, slot, by=BY, now=NOW)
    assert listed("requests") == []
    assert listed("requests", now=visit.decide_by) == [visit]
    assert marks("requests", visit, visit.decide_by) == ["no answer to the time offered"]
    assert [move.verb for move in WORKLISTS["requests"].moves(visit, NOW)] == ["decline", "accept", "offer", "move"]


# --- Could not be reached -------------------------------------------------------------------------------------------


def lose(visit, at, state="failed"):
    """Let the visit's last message end, as the sender does."""
    message = visit.messages.order_by("pk").last()
    Message.objects.filter(pk=message.pk).update(state=state, failed_at=at)
    return message


def test_whoever_no_message_reached_is_listed_for_thirty_days(clinic):
    gone = lose(book(clinic, at("2026-03-05", "10:00")), NOW)
    dead = lose(book(clinic, at("2026-03-05", "11:00"), patient=clinic.ben), NOW, state="dead")
    assert listed("unreached") == [gone, dead]
    assert listed("unreached", now=NOW + dt.timedelta(days=30)) == []


def test_a_canceled_visit_whose_mail_was_refused_is_listed(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"))
    visit = scheduling.cancel(visit, by=BY, now=NOW, reason="closed")
    message = lose(visit, NOW)
    assert (message.kind, listed("unreached")) == ("cancelled_by_clinic", [message])


def test_a_message_that_was_withdrawn_lists_nobody(clinic):
    lose(book(clinic, at("2026-03-05", "10:00")), NOW, state="void")
    assert listed("unreached") == []


def test_a_visit_is_listed_once_by_its_last_lost_message(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"))
    Message.objects.filter(appointment=visit).update(state="failed", failed_at=NOW)
    assert (visit.messages.count(), listed("unreached")) == (3, [visit.messages.order_by("pk").last()])


def test_who_has_confirmed_since_was_reached(clinic):
    visit = book(clinic, at("2026-03-05", "10:00"))
    lose(visit, NOW)
    scheduling.confirm(visit, by=BY, now=NOW + dt.timedelta(minutes=5))
    assert listed("unreached") == []


# --- Not confirmed for the next open day ----------------------------------------------------------------------------

FRIDAY = at("2026-03-06", "15:00")


def next_open(clinic, now=FRIDAY):
    found = next_open_days(now).get(clinic.house.pk)
    return found and f"{found[0].astimezone(cast.NEW_YORK):%Y-%m-%d %H:%M}"


def close(place, first, last, **fields):
    TimeOff.objects.create(start=at(first, "00:00"), end=at(last, "00:00"), location=place, kind="holiday", **fields)


def test_on_a_friday_the_next_open_day_is_monday(clinic):
    monday = book(clinic, at("2026-03-09", "10:00"))
    book(clinic, at("2026-03-10", "10:00"), patient=clinic.ben)
    assert (next_open(clinic), listed("unconfirmed", FRIDAY)) == ("2026-03-09 00:00", [monday])


def test_a_public_holiday_is_no_open_day(clinic):
    tuesday = book(clinic, at("2026-03-10", "10:00"))
    close(clinic.house, "2026-03-09", "2026-03-10")
    assert (next_open(clinic), listed("unconfirmed", FRIDAY)) == ("2026-03-10 00:00", [tuesday])


def test_a_day_that_is_closed_for_a_part_is_open(clinic):
    TimeOff.objects.create(
        start=at("2026-03-09", "00:00"), end=at("2026-03-09", "12:00"), location=clinic.house, kind="closure"
    )
    assert next_open(clinic) == "2026-03-09 00:00"


def test_a_day_on_which_every_clinician_is_away_is_not_open(clinic):
    for resource in Resource.objects.filter(kind="clinician"):
        TimeOff.objects.create(start=at("2026-03-09", "00:00"), end=at("2026-03-10", "00:00"), resource=resource)
    assert next_open(clinic) == "2026-03-10 00:00"


def test_extra_hours_on_a_saturday_open_it(clinic):
    ExtraHours.objects.create(
        resource=clinic.ortiz.resource,
        location=clinic.house,
        date=dt.date(2026, 3, 7),
        start=dt.time(9),
        end=dt.time(12),
    )
    assert next_open(clinic) == "2026-03-07 00:00"


def test_each_location_has_its_own_next_open_day(clinic):
    north = factories.LocationFactory(slug="north", time_zone="Pacific/Auckland")
    cast.work(clinic.sato.resource, north, [5], "09:00", "12:00")
    late_on_thursday = at("2026-03-05", "15:00")  # Friday morning in Auckland
    found = next_open_days(late_on_thursday)
    assert {pk: f"{start:%m-%d %H:%M}" for pk, (start, _end) in found.items()} == {
        clinic.house.pk: "03-06 05:00",
        north.pk: "03-06 11:00",
    }


def test_a_location_that_is_closed_for_good_has_no_open_day(clinic):
    close(clinic.house, "2026-03-01", "2027-03-01")
    assert (next_open(clinic), listed("unconfirmed", FRIDAY)) == (None, [])


def test_who_confirms_leaves_the_list_of_the_next_open_day(clinic):
    visit = book(clinic, at("2026-03-03", "10:00"))
    book(clinic, at("2026-03-03", "11:00"), status="requested", patient=clinic.ben)
    assert listed("unconfirmed") == [visit]
    scheduling.confirm(visit, by=BY, now=NOW)
    assert listed("unconfirmed") == []


# --- Missed ---------------------------------------------------------------------------------------------------------


def miss(visit):
    return scheduling.miss(visit, by=BY, now=visit.end)


def test_who_missed_a_visit_is_listed_until_they_have_another(clinic):
    missed = miss(book(clinic, at("2026-03-03", "10:00")))
    later = at("2026-03-04", "08:00")
    assert listed("missed", later) == [missed]
    again = book(clinic, at("2026-03-12", "10:00"))
    assert listed("missed", later) == []
    scheduling.cancel(again, by=BY, now=later, reason="time")
    assert listed("missed", later) == [missed]


def test_who_missed_two_visits_is_listed_once(clinic):
    miss(book(clinic, at("2026-03-03", "10:00")))
    second = miss(book(clinic, at("2026-03-04", "10:00")))
    assert listed("missed", at("2026-03-05", "08:00")) == [second]


def test_a_missed_visit_is_forgotten_after_thirty_days(clinic):
    missed = miss(book(clinic, at("2026-03-03", "10:00")))
    assert listed("missed", missed.start + dt.timedelta(days=30)) == []


def test_a_missed_visit_is_booked_again_with_everything_but_the_time(clinic):
    missed = miss(book(clinic, at("2026-03-03", "10:00")))
    [again, undo] = WORKLISTS["missed"].moves(missed, at("2026-03-03", "11:00"))
    assert (again.verb, again.opens_page, undo.verb) == ("rebook", True, "undo")
    assert again.url == (
        f"/admin/desk/book/?location=harbor-street&clinician=amara-ortiz&treatment=consultation&patient={clinic.ada.pk}"
    )


def test_what_is_ticked_off_waits_no_more(clinic):
    missed = miss(book(clinic, at("2026-03-03", "10:00")))
    now = at("2026-03-04", "08:00")
    WorkDone.objects.create(worklist="missed", row=missed.pk, done_at=now, done_by=member(roles.FRONT_DESK))
    ticked = WORKLISTS["missed"].ticked(since=now, now=now)
    assert (listed("missed", now), list(ticked)) == ([], [missed])


def test_a_tick_counts_for_its_own_list_only(clinic):
    missed = miss(book(clinic, at("2026-03-03", "10:00")))
    WorkDone.objects.create(worklist="unreached", row=missed.pk, done_at=NOW, done_by=member(roles.FRONT_DESK))
    assert listed("missed", at("2026-03-04", "08:00")) == [missed]


def test_whoever_was_canceled_and_cannot_be_reached_is_told_by_phone(clinic):
    nobody, reached = factories.PatientFactory(email=""), clinic.ada
    for patient, time in ((nobody, "10:00"), (reached, "11:00")):
        visit = book(clinic, at("2026-03-05", time), patient=patient)
        scheduling.cancel(visit, by=BY, now=NOW, reason="clinician_away")
    own = book(clinic, at("2026-03-05", "13:00"), patient=nobody)
    scheduling.cancel(own, by=scheduling.By.patient(), now=NOW, reason="better")
    assert [visit.start for visit in listed("untold", NOW)] == [at("2026-03-05", "10:00")]
    assert listed("untold", at("2026-03-05", "10:30")) == []


# --- The numbers ----------------------------------------------------------------------------------------------------

FRONT_DESK_LISTS = [
    *("requests", "phone", "untold", "calls", "replies", "notes", "away", "unreached", "unconfirmed", "missed", "next"),
    "matches",
]


def test_everybody_sees_only_the_lists_they_work_on(clinic):
    assert [each.name for each, _count in waiting(member(roles.FRONT_DESK), now=NOW)] == FRONT_DESK_LISTS
    assert waiting(member(roles.EDITOR), now=NOW) == []


def fill(clinic):
    """Put something on every list: twice on that of requests."""
    untold = book(clinic, at("2026-03-06", "10:00"), patient=factories.PatientFactory(email=""))
    scheduling.cancel(untold, by=BY, now=NOW, reason="clinician_away")
    book(clinic, at("2026-03-05", "10:00"), status="requested")
    TextReply.objects.create(provider_id="SM1", at=NOW, meaning="other", words="Late")
    book(clinic, at("2026-03-05", "10:00"), clinician=clinic.sato, patient=clinic.ben, status="requested")
    unreachable = factories.PatientFactory(email="", phone="+12125550144")
    book(clinic, at("2026-03-03", "09:30"), patient=unreachable)
    lose(book(clinic, at("2026-03-05", "11:00"), patient=factories.PatientFactory()), NOW)
    missed = book(clinic, at("2026-03-02", "11:00"), patient=factories.PatientFactory())
    scheduling.miss(missed, by=BY, now=at("2026-03-02", "11:30"))
    CallbackRequest.objects.create(name="Cleo", phone="+12125550111", created_at=NOW)
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    seen = wished(clinic, at("2026-03-02", "10:30"), patient=factories.PatientFactory())
    said = {"words": "Please call the lab.", "created_at": NOW, "user": factories.UserFactory()}
    DeskNote.objects.create(clinician=clinic.ortiz, appointment=seen, form_token="a-note", **said)
    alone = factories.PatientFactory()
    visit = book(clinic, at("2026-03-17", "10:00"), patient=alone)
    TimeOff.objects.create(resource=visit.clinician.resource, start=visit.start, end=visit.end)


def test_every_list_has_its_own_number(clinic):
    fill(clinic)
    now = at("2026-03-02", "12:00")
    counted = {each.name: count for each, count in waiting(member(roles.FRONT_DESK), now=now)}
    expected = {name: len(listed(name, now)) for name in FRONT_DESK_LISTS}
    assert counted == expected
    assert counted == {
        "requests": 2,
        "phone": 1,
        "untold": 1,
        "calls": 1,
        "replies": 1,
        "notes": 1,
        "away": 1,
        "unreached": 1,
        "unconfirmed": 1,
        "missed": 1,
        "next": 1,
        "matches": 1,
    }


def test_empty_lists_count_zero(clinic):
    assert [count for _each, count in waiting(member(roles.FRONT_DESK), now=NOW)] == [0] * 12


def test_all_numbers_are_one_statement(clinic, django_assert_num_queries):
    fill(clinic)
    found = [each.rows(NOW) for each in WORKLISTS.values()]
    with django_assert_num_queries(1):
        numbers_of(found)
    with django_assert_num_queries(0):
        assert numbers_of([]) == []


def test_a_single_list_is_counted_too(clinic):
    book(clinic, at("2026-03-05", "10:00"), status="requested")
    assert numbers_of([WORKLISTS["requests"].rows(NOW)]) == [1]


@pytest.mark.parametrize("visits", [1, 3])
def test_the_numbers_cost_the_same_for_one_row_and_three(visits, clinic, django_assert_num_queries):
    for hour in range(visits):
        book(clinic, at("2026-03-03", f"1{hour}:00"), patient=factories.PatientFactory())
    desk = member(roles.FRONT_DESK)
    desk.has_perm("bookings.change_appointment")  # read once a request
    with django_assert_num_queries(3):
        waiting(desk, now=NOW)
