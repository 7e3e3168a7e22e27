"""The invitation to book the next visit: when it goes, to whom, and when it is needed no more."""

import datetime as dt

import pytest

from bookings import outbox, scheduling
from bookings.models import ManageLink, Message, WorkDone
from tests import factories
from tests.cast import at
from tests.desk import book, wished

pytestmark = pytest.mark.django_db
BY = scheduling.By.system()
START = at("2026-03-02", "10:00")
DUE = at("2026-03-02", "10:45")


def invitations(visit):
    rows = visit.messages.filter(kind="invitation").order_by("pk")
    return [(row.channel, row.state, row.due_at) for row in rows]


def sent_at(now, visit):
    """Send what is due and return what became of the invitation."""
    outbox.send_due(now=now)
    return [state for _way, state, _due in invitations(visit)]


def test_it_goes_three_quarters_of_an_hour_after_the_visit(clinic):
    visit = wished(clinic, START)
    assert invitations(visit) == [("email", "due", DUE)]
    assert [sent_at(DUE - dt.timedelta(minutes=1), visit), sent_at(DUE, visit)] == [["due"], ["sent"]]


def test_in_the_evening_it_waits_for_the_morning(clinic):
    visit = wished(clinic, START)
    Message.objects.all().delete()
    outbox.invite(visit.next_steps.get(), now=at("2026-03-02", "19:30"))
    assert invitations(visit) == [("email", "due", at("2026-03-03", "08:00"))]


def test_what_lies_beyond_the_horizon_is_invited_on_the_day_it_can_be_booked(clinic):
    """26 weeks from March 2 is August 31; 90 days before that is June 2."""
    visit = wished(clinic, START, weeks=26)
    opens = at("2026-06-02", "10:00")
    assert invitations(visit) == [("email", "due", opens)]
    assert sent_at(opens, visit) == ["sent"]
    lives = ManageLink.objects.filter(purpose="manage").latest("pk").expires_at - at("2026-07-02", "10:00")
    assert lives < dt.timedelta(minutes=1)


def test_after_two_weeks_of_outage_it_helps_nobody(clinic):
    visit = wished(clinic, START)
    assert visit.messages.get(kind="invitation").useful_until == at("2026-03-16", "11:45")


def test_whoever_has_booked_before_they_left_is_not_invited(clinic):
    visit = wished(clinic, START)
    book(clinic, at("2026-04-13", "10:00"))
    assert sent_at(DUE, visit) == ["void"]


def test_whom_the_desk_has_settled_with_is_not_invited(clinic):
    visit = wished(clinic, START)
    step = visit.next_steps.get()
    WorkDone.objects.create(worklist="next", row=step.pk, done_at=START, done_by=factories.UserFactory())
    assert sent_at(DUE, visit) == ["void"]


def test_an_end_that_is_taken_back_invites_nobody_and_the_second_end_once(clinic):
    visit = wished(clinic, START)
    visit = scheduling.undo(visit, by=BY, now=START)
    assert [state for _way, state, _due in invitations(visit)] == ["void"]
    scheduling.finish(visit, by=BY, now=START, then=scheduling.Next("follow_up", 4, clinic.consultation))
    assert sent_at(DUE, visit) == ["void", "sent"]


@pytest.mark.parametrize(("kind", "weeks"), [("discharge", None)])
def test_a_discharge_invites_nobody(clinic, kind, weeks):
    assert invitations(wished(clinic, START, kind=kind, weeks=weeks)) == []


def test_what_begins_with_a_consultation_is_left_to_the_desk(clinic):
    clinic.injection.policy = "consultation"
    clinic.injection.save()
    assert invitations(wished(clinic, START, kind="treatment", treatment=clinic.injection)) == []


@pytest.mark.parametrize("wish", [{"email": ""}, {"reminders_off_at": START}, {"email_refused_at": START}])
def test_whoever_cannot_be_written_to_or_wants_no_reminders_is_left_to_the_desk(clinic, wish):
    assert invitations(wished(clinic, START, patient=factories.PatientFactory(**wish))) == []


def test_whoever_is_merged_meanwhile_is_invited_where_the_kept_entry_is_written_to(clinic, mailoutbox):
    visit = wished(clinic, START)
    kept = factories.PatientFactory(email="kept@example.com")
    scheduling.merge(clinic.ada, into=kept, by=scheduling.By.staff(factories.UserFactory()), now=START)
    assert sent_at(DUE, visit) == ["sent"]
    assert [mail.to for mail in mailoutbox if "next visit" in mail.subject] == [["kept@example.com"]]


def test_it_says_nothing_of_the_treatment_and_can_be_stopped(clinic, mailoutbox):
    visit = wished(clinic, START)
    sent_at(DUE, visit)
    mail = mailoutbox[-1]
    assert mail.subject == "Please choose a time for your next visit"
    assert "List-Unsubscribe" in mail.extra_headers
    assert [word for word in ("onsultation", "Ortiz", "Vale") if word in mail.body] == []
