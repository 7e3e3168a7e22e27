"""What somebody asks for: a message again, with a reason; a link again, by whoever lost it."""

import pytest
from django.core import mail

from bookings import outbox, scheduling
from bookings.models import Message
from tests import factories
from tests.bookings.visits import book
from tests.cast import NOW
from tests.processes import run_together

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db):
    return factories.UserFactory()


@pytest.fixture
def sent(visit):
    outbox.send_due(now=NOW)
    return visit.messages.get(kind="confirmation")


def again(message, desk, reason="They deleted it"):
    return outbox.send_again(message, reason=reason, user=desk, now=NOW)


def test_a_message_goes_again_once_with_the_reason_and_who_asked(sent, desk):
    row = again(sent, desk)
    assert (row.intent, row.again_reason, row.asked_by) == (f"{sent.intent}/again1", "They deleted it", desk)
    assert outbox.send_due(now=NOW) == {"sent": 1}
    assert [email.subject for email in mail.outbox] == ["Your appointment on Wednesday, March 4"] * 2


def test_while_one_waits_a_second_press_writes_nothing(sent, desk):
    again(sent, desk)
    with pytest.raises(outbox.NotSendable, match="waits to be sent already"):
        again(sent, desk)
    assert Message.objects.filter(intent__contains="/again").count() == 1


def test_what_was_sent_again_can_be_sent_once_more(sent, desk):
    again(sent, desk)
    outbox.send_due(now=NOW)
    assert again(sent, desk).intent == f"{sent.intent}/again2"


def test_without_a_reason_nothing_goes(sent, desk):
    with pytest.raises(outbox.NotSendable, match="Say why"):
        again(sent, desk, reason="  ")


def test_what_is_true_no_more_is_not_sent_again(visit, sent, desk):
    scheduling.cancel(visit, by=scheduling.By.patient(), now=NOW, reason="better")
    sent.refresh_from_db()
    with pytest.raises(outbox.NotSendable, match="has changed since"):
        again(Message.objects.get(pk=sent.pk), desk)


def test_nobody_is_written_to_who_cannot_be_reached_that_way(clinic, sent, desk):
    clinic.ada.email_refused_at = NOW
    clinic.ada.save()
    with pytest.raises(outbox.NotSendable, match="that way"):
        again(Message.objects.get(pk=sent.pk), desk)


def test_a_message_after_its_visit_is_of_no_use(visit, sent, desk):
    with pytest.raises(outbox.NotSendable, match="too late"):
        outbox.send_again(sent, reason="Lost", user=desk, now=visit.start)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_one_instant_it_goes_once(sent, desk):
    press = {"message": sent.pk, "user": desk.pk}
    answers = run_together("tests.bookings.outbox.senders:press_again", [press, press])
    assert sorted(answers) == ["sent", "waits"]
    assert Message.objects.filter(intent__contains="/again").count() == 1


# --- The link -------------------------------------------------------------------------------------------------------


def test_a_link_goes_again_by_every_way_they_have(visit):
    outbox.send_due(now=NOW)
    assert [row.intent for row in outbox.send_link(visit, now=NOW)] == [f"{visit.pk}/link/link1/email/r0"]
    outbox.send_due(now=NOW)
    assert len(mail.outbox) == 2


def test_while_a_link_waits_there_is_no_second_one(visit):
    outbox.send_link(visit, now=NOW)
    assert outbox.send_link(visit, now=NOW) == []


def test_a_link_outlives_a_change_of_the_visit(visit):
    outbox.send_link(visit, now=NOW)
    scheduling.cancel(visit, by=scheduling.By.patient(), now=NOW, reason="better")
    assert outbox.send_due(now=NOW) == {"sent": 2}


def test_whoever_cannot_be_reached_gets_none(clinic):
    clinic.ada.email = ""
    clinic.ada.save()
    assert outbox.send_link(book(clinic, clinic.ada), now=NOW) == []
