"""What clinicians ask for about their own time: whom it hits, who decides, and what becomes of it."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.models import DeskNote, ExtraHours, SessionLimit, TimeOff, TimeRequest, WorkingHours
from bookings.worklists import WORKLISTS
from clinic import roles
from tests import factories
from tests.cast import NOW, at, open_clinic
from tests.desk import book, member
from tests.processes import run_together

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
WEDNESDAY = dt.date(2026, 3, 4)


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture
def ortiz(clinic):
    return member(roles.CLINICIAN, clinician=clinic.ortiz)


@pytest.fixture
def manager(db):
    return member(roles.MANAGER)


def leave(clinic, start="09:00", end="17:00", *, date="2026-03-04", token="a-token", **fields):
    return TimeRequest(
        clinician=clinic.ortiz, kind="leave", start=at(date, start), end=at(date, end), form_token=token, **fields
    )


def hours(clinic, *, date=WEDNESDAY, token="some-hours", opens="18:00", closes="20:00"):
    times = {"opens": dt.time.fromisoformat(opens), "closes": dt.time.fromisoformat(closes)}
    return TimeRequest(
        clinician=clinic.ortiz, kind="extra", location=clinic.house, date=date, form_token=token, **times
    )


def session_of(clinic, weekday=2):
    return WorkingHours.objects.get(resource=clinic.ortiz.resource, weekday=weekday, valid_until=None)


def change(clinic, opens="09:00", closes="12:00", *, date=WEDNESDAY, token="a-change"):
    times = {"opens": opens and dt.time.fromisoformat(opens), "closes": closes and dt.time.fromisoformat(closes)}
    session = session_of(clinic)
    return TimeRequest(clinician=clinic.ortiz, kind="session", session=session, date=date, form_token=token, **times)


def ask(wish, user, *, now=NOW):
    mark = scheduling.mark_of(wish, scheduling.hit_by_request(wish, now=now))
    return scheduling.ask_time(wish, by=scheduling.By.staff(user), now=now, mark=mark)


def approve(asked, user, *, now=NOW, **options):
    asked = TimeRequest.objects.get(pk=asked.pk)
    mark = scheduling.mark_of(asked, scheduling.hit_by_request(asked, now=now))
    return scheduling.approve_time(asked, by=scheduling.By.staff(user), now=now, mark=mark, **options)


def hit(wish, *, now=NOW):
    return [visit.patient.first_name for visit in scheduling.hit_by_request(wish, now=now)]


# --- Whom it hits ---------------------------------------------------------------------------------------------------


def test_leave_hits_the_clinicians_own_visits_that_overlap_it(clinic):
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-04", "10:00"), patient=clinic.ben, clinician=clinic.sato)
    assert hit(leave(clinic)) == ["Ada"]
    assert hit(leave(clinic, "10:20", "11:00")) == ["Ada"]
    assert hit(leave(clinic, "13:00", "17:00")) == []
    assert hit(leave(clinic, date="2026-03-05")) == []


def test_canceled_and_past_visits_are_not_hit(clinic):
    visit = book(clinic, at("2026-03-04", "10:00"))
    assert hit(leave(clinic), now=visit.end + dt.timedelta(hours=1)) == []
    scheduling.cancel(visit, by=scheduling.By.system(), now=NOW, reason="time")
    assert hit(leave(clinic)) == []


def test_hours_on_one_day_hit_nobody(clinic):
    book(clinic, at("2026-03-04", "10:00"))
    assert hit(hours(clinic)) == []


def test_a_shorter_session_hits_what_does_not_fit_any_more(clinic):
    book(clinic, at("2026-03-04", "10:00"))
    book(clinic, at("2026-03-11", "14:00"), patient=clinic.ben)
    book(clinic, at("2026-03-12", "14:00"), patient=factories.PatientFactory(first_name="Dot"))
    assert hit(change(clinic)) == ["Ben"]
    assert hit(change(clinic, "10:15", "17:00")) == ["Ada"]
    assert hit(change(clinic, None, None)) == ["Ada", "Ben"]
    assert hit(change(clinic, None, None, date=dt.date(2026, 3, 5))) == ["Ben"]
    assert hit(change(clinic, "08:00", "18:00")) == []


# --- Asking ---------------------------------------------------------------------------------------------------------


def test_a_wish_waits_for_the_manager_and_changes_nothing_before(clinic, ortiz):
    made = ask(leave(clinic), ortiz)
    assert (made.state, made.asked_by, made.asked_at) == ("asked", ortiz, NOW)
    assert not TimeOff.objects.exists()


def test_where_nobody_must_approve_it_takes_effect_at_once(clinic, ortiz, settings):
    settings.CLINIC_TIME_NEEDS_APPROVAL = False
    made = ask(leave(clinic), ortiz)
    assert (made.state, made.decided_by) == ("approved", ortiz)
    assert list(TimeOff.objects.values_list("resource", "kind", "start", "end")) == [
        (clinic.ortiz.resource.pk, "leave", at("2026-03-04", "09:00"), at("2026-03-04", "17:00"))
    ]


def test_a_form_sent_twice_asks_once(clinic, ortiz):
    assert ask(leave(clinic), ortiz) == ask(leave(clinic), ortiz)
    assert TimeRequest.objects.count() == 1


def test_a_form_that_has_asked_for_something_else_is_refused(clinic, ortiz):
    ask(leave(clinic), ortiz)
    with pytest.raises(scheduling.FormReused):
        ask(leave(clinic, "12:00", "13:00"), ortiz)


def test_a_visit_booked_between_the_look_and_the_press_is_shown_first(clinic, ortiz):
    wish = leave(clinic)
    mark = scheduling.mark_of(wish, scheduling.hit_by_request(wish, now=NOW))
    book(clinic, at("2026-03-04", "10:00"))
    with pytest.raises(scheduling.HitsChanged):
        scheduling.ask_time(wish, by=scheduling.By.staff(ortiz), now=NOW, mark=mark)
    assert not TimeRequest.objects.exists()


def test_the_same_time_is_not_asked_for_twice(clinic, ortiz):
    for wish, again in [
        (leave(clinic), leave(clinic, "16:00", "18:00", token="more")),
        (hours(clinic), hours(clinic, opens="19:00", closes="00:00", token="later")),
        (change(clinic), change(clinic, None, None, token="an-end")),
    ]:
        ask(wish, ortiz)
        with pytest.raises(scheduling.NotAllowed, match="asked for this already"):
            ask(again, ortiz)


def test_other_times_are(clinic, ortiz):
    ask(leave(clinic, "09:00", "12:00"), ortiz)
    ask(leave(clinic, "12:00", "17:00", token="the-rest"), ortiz)
    ask(hours(clinic), ortiz)
    ask(hours(clinic, opens="20:00", closes="00:00", token="later"), ortiz)
    assert TimeRequest.objects.count() == 4


def test_the_past_is_refused(clinic, ortiz):
    for wish in [
        leave(clinic, date="2026-02-27"),
        hours(clinic, date=dt.date(2026, 3, 1)),
    ]:
        with pytest.raises(scheduling.NotAllowed, match="in the past"):
            ask(wish, ortiz)


def test_what_nobody_has_decided_can_be_taken_back_and_asked_anew(clinic, ortiz):
    made = ask(leave(clinic), ortiz)
    by = scheduling.By.staff(ortiz)
    assert scheduling.withdraw_time(made, by=by, now=NOW).state == "withdrawn"
    assert scheduling.withdraw_time(made, by=by, now=NOW).state == "withdrawn"
    assert ask(leave(clinic, token="again"), ortiz).state == "asked"


# --- Deciding -------------------------------------------------------------------------------------------------------


def test_leave_that_is_approved_is_time_off(clinic, ortiz, manager):
    visit = book(clinic, at("2026-03-04", "10:00"))
    made = approve(ask(leave(clinic, note="Wedding"), ortiz), manager, answer="Have fun")
    assert (made.state, made.decided_by, made.decided_at, made.answer) == ("approved", manager, NOW, "Have fun")
    assert (made.time_off.kind, made.time_off.note, made.time_off.history.get().history_user) == (
        "leave",
        "Wedding",
        manager,
    )
    # The visit stays, and is on the desk's list until somebody has found it another time.
    assert list(WORKLISTS["away"].rows(NOW)) == [visit]
    scheduling.cancel(visit, by=scheduling.By.system(), now=NOW, reason="clinician_away")
    assert list(WORKLISTS["away"].rows(NOW)) == []


def test_hours_that_are_approved_can_be_booked(clinic, ortiz, manager):
    evening = at("2026-03-04", "18:00")
    with pytest.raises(scheduling.NotOffered):
        book(clinic, evening)
    made = approve(ask(hours(clinic), ortiz), manager)
    row = ExtraHours.objects.get()
    assert (row, row.start, row.end, row.location) == (made.extra_hours, dt.time(18), dt.time(20), clinic.house)
    assert book(clinic, evening).start == evening


def test_a_session_that_changes_ends_and_begins_anew_with_its_limits(clinic, ortiz, manager):
    session = session_of(clinic)
    session.only_treatments.set([clinic.consultation])
    SessionLimit.objects.create(hours=session, treatment=clinic.consultation, at_most=3)
    approve(ask(change(clinic, "10:00", "12:00", date=dt.date(2026, 3, 11)), ortiz), manager)
    rows = WorkingHours.objects.filter(resource=clinic.ortiz.resource, weekday=2).order_by("pk")
    assert [(row.start, row.end, row.valid_from, row.valid_until) for row in rows] == [
        (dt.time(9), dt.time(17), None, dt.date(2026, 3, 10)),
        (dt.time(10), dt.time(12), dt.date(2026, 3, 11), None),
    ]
    assert [list(row.only_treatments.all()) for row in rows] == [[clinic.consultation]] * 2
    assert [[(limit.treatment, limit.at_most) for limit in row.limits.all()] for row in rows] == [
        [(clinic.consultation, 3)],
        [(clinic.consultation, 3)],
    ]


def test_a_session_that_ends_leaves_the_desk_a_line_about_each_visit(clinic, ortiz, manager):
    visit = book(clinic, at("2026-03-11", "14:00"))
    approve(ask(change(clinic, None, None), ortiz), manager)
    assert session_rows(clinic) == [(None, dt.date(2026, 3, 3))]
    assert list(DeskNote.objects.values_list("appointment", "user")) == [(visit.pk, manager.pk)]


def test_a_session_that_has_not_begun_is_changed_or_goes(clinic, ortiz, manager):
    WorkingHours.objects.filter(pk=session_of(clinic).pk).update(valid_from=dt.date(2026, 4, 1))
    approve(ask(change(clinic, "10:00", "12:00"), ortiz), manager)
    assert session_rows(clinic) == [(dt.date(2026, 4, 1), None)]
    made = approve(ask(change(clinic, None, None, token="an-end"), ortiz), manager)
    assert session_rows(clinic) == []
    assert TimeRequest.objects.get(pk=made.pk).session is None


def session_rows(clinic):
    rows = WorkingHours.objects.filter(resource=clinic.ortiz.resource, weekday=2)
    return list(rows.order_by("pk").values_list("valid_from", "valid_until"))


def test_what_is_declined_changes_nothing(clinic, ortiz, manager):
    made = ask(leave(clinic), ortiz)
    by = scheduling.By.staff(manager)
    declined = scheduling.decline_time(made, by=by, now=NOW, answer="Two are away already")
    assert (declined.state, declined.answer) == ("declined", "Two are away already")
    assert not TimeOff.objects.exists()


def test_nobody_decides_about_their_own_time(clinic, manager):
    clinic.ortiz.user = manager
    clinic.ortiz.save()
    made = ask(leave(clinic), manager)
    for decide in (approve, lambda asked, user: scheduling.decline_time(asked, by=scheduling.By.staff(user), now=NOW)):
        with pytest.raises(scheduling.NotAllowed, match="their own time"):
            decide(made, manager)
    assert TimeRequest.objects.get().state == "asked"


def test_a_visit_booked_since_the_manager_looked_is_shown_first(clinic, ortiz, manager):
    made = ask(leave(clinic), ortiz)
    mark = scheduling.mark_of(made, [])
    book(clinic, at("2026-03-04", "10:00"))
    with pytest.raises(scheduling.HitsChanged):
        scheduling.approve_time(made, by=scheduling.By.staff(manager), now=NOW, mark=mark)
    assert not TimeOff.objects.exists()


def test_what_is_decided_is_not_decided_again(clinic, ortiz, manager):
    made = approve(ask(leave(clinic), ortiz), manager)
    by = scheduling.By.staff(factories.UserFactory())
    with pytest.raises(scheduling.Decided, match=f"{manager.name} decided this already"):
        scheduling.decline_time(made, by=by, now=NOW)
    with pytest.raises(scheduling.Decided):
        scheduling.withdraw_time(made, by=scheduling.By.staff(ortiz), now=NOW)


def test_what_was_taken_back_is_not_approved(clinic, ortiz, manager):
    made = ask(leave(clinic), ortiz)
    scheduling.withdraw_time(made, by=scheduling.By.staff(ortiz), now=NOW)
    with pytest.raises(scheduling.Decided, match="taken back"):
        approve(made, manager)


def test_a_session_that_somebody_deleted_is_not_approved(clinic, ortiz, manager):
    made = ask(change(clinic), ortiz)
    session_of(clinic).delete()
    with pytest.raises(scheduling.NotAllowed, match="does not exist any more"):
        approve(made, manager)


@pytest.mark.parametrize("times", [("10:00", "12:00"), (None, None)])
def test_a_session_that_somebody_ended_before_neither_comes_back_nor_grows_longer(times, clinic, ortiz, manager):
    wish = change(clinic, *times, date=dt.date(2026, 3, 11))
    made = ask(wish, ortiz)
    WorkingHours.objects.filter(pk=wish.session_id).update(valid_until=dt.date(2026, 3, 5))
    with pytest.raises(scheduling.NotAllowed, match="ends before that date"):
        approve(made, manager)
    assert session_rows(clinic) == [(None, dt.date(2026, 3, 5))]
    assert TimeRequest.objects.get().state == "asked"


def test_a_session_that_ends_before_is_not_asked_about(clinic, ortiz):
    wish = change(clinic, date=dt.date(2026, 3, 11))
    wish.session.valid_until = dt.date(2026, 3, 5)
    with pytest.raises(scheduling.NotAllowed, match="ends before that date"):
        ask(wish, ortiz)
    assert not TimeRequest.objects.exists()


def test_the_last_day_of_a_session_can_still_be_changed(clinic, ortiz, manager):
    last = dt.date(2026, 3, 11)
    wish = change(clinic, date=last)
    wish.session.valid_until = last
    wish.session.save()
    assert approve(ask(wish, ortiz), manager).state == "approved"
    assert session_rows(clinic) == [(None, dt.date(2026, 3, 10)), (last, last)]


# --- Races of processes ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_managers_one_decides(clinic, ortiz):
    made = ask(leave(clinic), ortiz)
    managers = [member(roles.MANAGER).pk for _each in range(6)]
    asked = [{"request": made.pk, "user": user, "approves": n % 2 == 0} for n, user in enumerate(managers)]
    answers = run_together("tests.bookings.clinician_racers:decide", asked)
    assert sorted(answers) == ["Decided"] * 5 + ["done"]
    is_approved = answers.index("done") % 2 == 0
    assert TimeRequest.objects.get().state == ("approved" if is_approved else "declined")
    assert TimeOff.objects.count() == is_approved


@pytest.mark.django_db(transaction=True)
def test_of_a_manager_and_the_clinician_who_takes_it_back_one_is_heard(clinic, ortiz):
    made = ask(leave(clinic), ortiz)
    asked = [{"request": made.pk, "user": member(roles.MANAGER).pk, "approves": True}]
    asked += [{"request": made.pk, "user": ortiz.pk, "approves": None}]
    answers = run_together("tests.bookings.clinician_racers:decide", asked)
    assert sorted(answers) == ["Decided", "done"]
    assert TimeRequest.objects.get().state == ("approved" if answers[0] == "done" else "withdrawn")
    assert TimeOff.objects.count() == (answers[0] == "done")


@pytest.mark.django_db(transaction=True)
def test_leave_and_a_booking_at_once_never_leave_a_visit_that_nobody_was_shown(clinic, ortiz):
    made = ask(leave(clinic), ortiz)
    manager = member(roles.MANAGER)
    asked = [{"request": made.pk, "user": manager.pk, "approves": True}]
    asked += [{"visit_at": at("2026-03-04", "10:00").isoformat(), "patient": clinic.ada.pk}]
    answers = run_together("tests.bookings.clinician_racers:decide_or_book", asked)
    assert answers in (["done", "NotOffered"], ["HitsChanged", "done"], ["done", "Taken"])
