"""Texts that come back: a yes counts for one visit, STOP counts at once, and what is unclear is read by a person."""

import datetime as dt

import pytest

from bookings import replies, scheduling
from bookings.models import Message, Patient, TextReply
from bookings.worklists import WORKLISTS
from tests import cast
from tests.bookings.visits import book
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db

PHONE = "+12125550123"


@pytest.fixture
def clinic(settings):
    settings.CLINIC_SMS_URL = "console:"
    clinic = cast.open_clinic()
    clinic.ada.phone, clinic.ada.sms_consent_at = PHONE, NOW
    clinic.ada.save()
    return clinic


def texted(visit):
    Message.objects.filter(appointment=visit, channel="sms").update(state="sent", sent_at=NOW)
    return visit


def kept():
    return list(TextReply.objects.values_list("meaning", "words"))


@pytest.mark.parametrize("words", ["C", "c.", " Yes! ", "confirm", "OK", "sí", "Si"])
def test_a_yes_confirms_the_visit_they_were_texted_about(clinic, words):
    visit = texted(book(clinic, clinic.ada))
    assert replies.take("SM1", PHONE, words, now=NOW) == "Riverbend: thank you, see you then."
    visit.refresh_from_db()
    assert (visit.confirmed_at, kept()) == (NOW, [("confirm", "")])
    assert TextReply.objects.get().appointment == visit


def test_the_same_text_twice_counts_once(clinic):
    visit = texted(book(clinic, clinic.ada))
    answers = [replies.take("SM1", PHONE, "C", now=NOW) for _time in range(2)]
    assert answers == ["Riverbend: thank you, see you then.", ""]
    assert (visit.events.filter(verb="confirm").count(), len(kept())) == (1, 1)


def test_of_two_visits_the_sooner_one_is_confirmed(clinic):
    later = texted(book(clinic, clinic.ada, date="2026-03-06"))
    sooner = texted(book(clinic, clinic.ada, date="2026-03-04"))
    replies.take("SM1", PHONE, "C", now=NOW)
    sooner.refresh_from_db()
    later.refresh_from_db()
    assert (sooner.confirmed_at, later.confirmed_at) == (NOW, None)


def test_a_yes_from_a_phone_of_two_people_is_read_by_a_person(clinic):
    Patient.objects.filter(pk=clinic.ben.pk).update(phone=PHONE, sms_consent_at=NOW)
    clinic.ben.refresh_from_db()
    visits = [texted(book(clinic, clinic.ada)), texted(book(clinic, clinic.ben, date="2026-03-06"))]
    assert replies.take("SM1", PHONE, "C", now=NOW) == ""
    for visit in visits:
        visit.refresh_from_db()
    assert ([visit.confirmed_at for visit in visits], kept()) == ([None, None], [("other", "C")])


@pytest.mark.parametrize("why", ["never texted", "over", "canceled"])
def test_a_yes_to_nothing_is_read_by_a_person(clinic, why):
    visit = book(clinic, clinic.ada)
    now = NOW
    if why != "never texted":
        texted(visit)
    if why == "canceled":
        scheduling.cancel(visit, by=scheduling.By.patient(), now=NOW, reason="better")
    if why == "over":
        now = visit.end + dt.timedelta(days=1)
    assert replies.take("SM1", PHONE, "C", now=now) == ""
    assert kept() == [("other", "C")]


@pytest.mark.parametrize("words", ["STOP", "stop.", "Unsubscribe", "QUIT", "alto"])
def test_stop_counts_at_once_and_what_waits_goes_by_email(clinic, words):
    visit = book(clinic, clinic.ada, date="2026-03-09")
    replies.take("SM1", PHONE, words, now=NOW)
    clinic.ada.refresh_from_db()
    waiting = set(visit.messages.filter(state="due", kind="reminder").values_list("channel", flat=True))
    assert (clinic.ada.sms_stopped_at, waiting, kept()) == (NOW, {"email"}, [("stop", "")])


def test_stop_counts_for_everybody_with_that_phone(clinic):
    Patient.objects.filter(pk=clinic.ben.pk).update(phone=PHONE, sms_consent_at=NOW)
    replies.take("SM1", PHONE, "STOP", now=NOW)
    assert list(Patient.objects.filter(phone=PHONE).values_list("sms_stopped_at", flat=True)) == [NOW, NOW]


def test_whoever_has_no_email_is_phoned_after_a_stop(clinic):
    Patient.objects.filter(pk=clinic.ada.pk).update(email="")
    clinic.ada.refresh_from_db()
    visit = book(clinic, clinic.ada)
    replies.take("SM1", PHONE, "STOP", now=NOW)
    visit.refresh_from_db()
    assert visit.phone_to_confirm is True


def test_cancel_stops_texts_and_is_read_by_a_person_because_it_may_mean_the_visit(clinic):
    visit = texted(book(clinic, clinic.ada))
    replies.take("SM1", PHONE, "Cancel", now=NOW)
    visit.refresh_from_db()
    clinic.ada.refresh_from_db()
    assert (visit.status, clinic.ada.sms_stopped_at, kept()) == ("booked", NOW, [("stop", "Cancel")])


def test_start_takes_a_stop_back_and_makes_no_consent(clinic):
    Patient.objects.filter(pk=clinic.ben.pk).update(phone=PHONE, sms_consent_at=None, sms_stopped_at=NOW)
    replies.take("SM1", PHONE, "STOP", now=NOW)
    replies.take("SM2", PHONE, "START", now=NOW)
    clinic.ada.refresh_from_db()
    clinic.ben.refresh_from_db()
    assert (clinic.ada.sms_stopped_at, clinic.ben.sms_stopped_at) == (None, NOW)


def test_help_says_whom_to_call(clinic):
    book(clinic, clinic.ada)
    assert replies.take("SM1", PHONE, "HELP", now=NOW) == (
        "Riverbend: call us at (212) 555-0100. Reply STOP to end texts."
    )


def test_anything_else_is_on_the_list_with_the_words_and_the_phone_until_ticked(clinic):
    assert replies.take("SM1", PHONE, "Can I come at four?", now=NOW) == ""
    [reply] = WORKLISTS["replies"].rows(NOW)
    assert (reply.words, reply.patient, str(reply.phone.as_e164)) == ("Can I come at four?", clinic.ada, PHONE)


def test_a_stranger_is_on_the_list_too(clinic):
    replies.take("SM1", "+12125550199", "Who is this?" * 40, now=NOW)
    [reply] = WORKLISTS["replies"].rows(NOW)
    assert (reply.patient, len(reply.words)) == (None, 320)


def test_what_is_understood_is_not_kept(clinic):
    texted(book(clinic, clinic.ada))
    replies.take("SM1", PHONE, "C", now=at("2026-03-02", "09:00"))
    assert (list(WORKLISTS["replies"].rows(NOW)), str(TextReply.objects.get().phone)) == ([], "")
