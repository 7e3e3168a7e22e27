"""How a patient is reached and what they agreed to: dated, kept in the history, and closed to whoever held the old links."""

import datetime as dt

import pytest

from bookings import contacts, links, outbox, scheduling
from bookings.models import Appointment, ManageLink, Message, Patient
from tests import cast
from tests.bookings.own_pages import link_of
from tests.bookings.visits import book
from tests.processes import run_together

pytestmark = pytest.mark.django_db
LATER = cast.NOW + dt.timedelta(hours=1)
PHONE = "+12125550123"


@pytest.fixture
def clinic(db, settings):
    settings.CLINIC_SMS_URL = "console:"
    return cast.open_clinic()


@pytest.fixture
def ada(clinic):
    return clinic.ada


def change(patient, **details):
    return contacts.change(patient, now=LATER, **details)


def with_texts(patient):
    return contacts.change(patient, now=cast.NOW, phone=PHONE, texts=True)


# --- Consents -------------------------------------------------------------------------------------------------------


def test_leave_to_send_texts_is_dated(ada):
    saved = change(ada, phone=PHONE, texts=True)
    assert (saved.phone.as_e164, saved.sms_consent_at, saved.sms_stopped_at) == (PHONE, LATER, None)


def test_leave_given_again_after_stop_counts_from_then_on(ada):
    with_texts(ada)
    Patient.objects.filter(pk=ada.pk).update(sms_stopped_at=cast.NOW)
    saved = change(ada, texts=True)
    assert (saved.sms_consent_at, saved.sms_stopped_at) == (LATER, None)


def test_leave_taken_back_is_none(ada):
    assert change(with_texts(ada), texts=False).sms_consent_at is None


def test_what_is_agreed_already_keeps_its_date(ada):
    with_texts(ada)
    assert change(ada, texts=True, access_needs="A ramp").sms_consent_at == cast.NOW


def test_leave_belongs_to_the_number(ada):
    with_texts(ada)
    assert change(ada, phone="+12125550199", texts=True).sms_consent_at == LATER


def test_without_a_number_there_is_no_leave(ada):
    with_texts(ada)
    assert change(ada, phone="", texts=True).sms_consent_at is None


def test_no_reminders_is_dated_and_taken_back(ada):
    assert change(ada, reminders=False).reminders_off_at == LATER
    assert change(ada, reminders=True).reminders_off_at is None


def test_no_reminders_twice_keeps_the_first_date(ada):
    contacts.change(ada, now=cast.NOW, reminders=False)
    assert change(ada, reminders=False).reminders_off_at == cast.NOW


def test_a_new_email_has_not_been_refused(ada):
    Patient.objects.filter(pk=ada.pk).update(email_refused_at=cast.NOW)
    assert change(ada, email="vale@example.com").email_refused_at is None


def test_the_same_email_stays_refused(ada):
    Patient.objects.filter(pk=ada.pk).update(email_refused_at=cast.NOW)
    assert change(ada, email=ada.email, access_needs="A ramp").email_refused_at == cast.NOW


# --- History --------------------------------------------------------------------------------------------------------


def test_the_history_says_that_it_was_the_patient(ada):
    change(ada, access_needs="A ramp")
    newest, before = ada.history.all()[:2]
    assert (newest.access_needs, newest.history_user, newest.history_change_reason) == (
        "A ramp",
        None,
        "by the patient",
    )
    assert before.access_needs == ""


def test_nothing_new_writes_nothing(ada):
    rows = ada.history.count()
    change(ada, email=ada.email, phone="", texts=False, reminders=True, message_channel="both", access_needs="")
    assert ada.history.count() == rows


def test_a_name_is_not_changed_here(ada):
    with pytest.raises(TypeError, match=r"change\(\) cannot change date_of_birth, first_name"):
        change(ada, first_name="Eve", date_of_birth=dt.date(1990, 1, 1))


# --- Links ----------------------------------------------------------------------------------------------------------


def revoked(*tokens):
    kept = {row.token_hash: row.revoked_at for row in ManageLink.objects.all()}
    return [kept[links.hash_of(token)] is not None for token in tokens]


def test_a_new_address_closes_every_link_but_the_one_in_use(clinic, ada):
    one, two = book(clinic), book(clinic, time="11:00")
    own, in_use = link_of(one)
    older, other_visit = link_of(one)[1], link_of(two)[1]
    change(ada, email="vale@example.com", keep=own.pk)
    assert revoked(in_use, older, other_visit) == [False, True, True]


def test_links_of_somebody_else_stay_open(clinic, ada):
    token = link_of(book(clinic, clinic.ben))[1]
    change(ada, email="vale@example.com")
    assert revoked(token) == [False]


def test_the_link_that_stops_mail_is_closed_by_a_new_email_and_not_by_a_new_phone(clinic, ada):
    visit = book(clinic)
    stop = link_of(visit, purpose=ManageLink.Purpose.UNSUBSCRIBE)[1]
    change(ada, phone=PHONE)
    assert revoked(stop) == [False]
    change(ada, email="vale@example.com")
    assert revoked(stop) == [True]


@pytest.mark.parametrize("details", [{"access_needs": "A ramp"}, {"reminders": False}, {"message_channel": "email"}])
def test_what_is_no_address_closes_no_link(clinic, ada, details):
    token = link_of(book(clinic))[1]
    change(ada, **details)
    assert revoked(token) == [False]


def test_a_new_address_is_sent_a_new_link_for_each_visit_ahead(clinic, ada):
    visits = [book(clinic), book(clinic, time="11:00")]
    over = book(clinic, time="13:00")
    scheduling.cancel(over, by=scheduling.By.system(), now=cast.NOW, reason="other")
    change(ada, email="vale@example.com")
    rows = Message.objects.filter(kind="link").values_list("appointment", "channel", "state", "due_at")
    assert sorted(rows) == [(visit.pk, "email", "due", LATER) for visit in visits]


# --- Two at once ----------------------------------------------------------------------------------------------------


def test_whoever_saw_something_else_is_refused_and_nothing_is_written(ada):
    seen = contacts.fingerprint(ada)
    contacts.change(ada, now=cast.NOW, phone=PHONE, by_patient=False)
    with pytest.raises(contacts.Changed, match="Your details have changed"):
        change(ada, email="vale@example.com", seen=seen)
    ada.refresh_from_db()
    assert (ada.email, ada.phone.as_e164) == ("ada@example.com", PHONE)


def test_a_change_of_something_else_refuses_nobody(ada):
    seen = contacts.fingerprint(ada)
    Patient.objects.filter(pk=ada.pk).update(alert="Prefers the left arm")
    assert change(ada, access_needs="A ramp", seen=seen).access_needs == "A ramp"


def test_an_entry_merged_meanwhile_is_changed_where_it_went(clinic, ada):
    scheduling.merge(clinic.ben, ada, by=scheduling.By.system(), now=cast.NOW)
    assert change(clinic.ben, reminders=False).pk == ada.pk
    with pytest.raises(contacts.Changed):
        change(clinic.ben, reminders=True, seen=contacts.fingerprint(clinic.ben))


def try_change(patient, email, seen):
    try:
        contacts.change(Patient.objects.get(pk=patient), now=LATER, email=email, seen=seen)
    except contacts.Changed:
        return "changed"
    return "done"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_of_four_tabs_that_save_at_one_instant_one_wins_and_the_others_are_told(transactional_db):
    clinic = cast.open_clinic()
    book(clinic)
    seen = contacts.fingerprint(clinic.ada)
    asked = [{"patient": clinic.ada.pk, "email": f"ada{n}@example.com", "seen": seen} for n in range(4)]
    answers = run_together("tests.bookings.test_contacts:try_change", asked)
    assert sorted(answers) == ["changed"] * 3 + ["done"]
    clinic.ada.refresh_from_db()
    assert clinic.ada.email == f"ada{answers.index('done')}@example.com"


def one_of(do, **told):
    """For a race of two different hands: the patient leaves only a phone, the desk cancels."""
    if do == "leave":
        contacts.change(Patient.objects.get(pk=told["patient"]), now=LATER, email="", phone=PHONE)
    else:
        visit = Appointment.objects.get(pk=told["visit"])
        scheduling.cancel(visit, by=scheduling.By.system(), now=LATER, reason="other")
    return do


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_patient_who_leaves_while_the_desk_cancels_is_written_to_by_neither(transactional_db):
    clinic = cast.open_clinic()
    visits = [book(clinic, date="2026-03-11", time=hour) for hour in ("09:00", "10:00", "11:00")]
    asked = [{"do": "leave", "patient": clinic.ada.pk}] + [{"do": "cancel", "visit": each.pk} for each in visits]
    answers = run_together("tests.bookings.test_contacts:one_of", asked)
    assert answers == ["leave", "cancel", "cancel", "cancel"]
    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}
    assert not Message.objects.unsent().filter(kind="reminder").exists()


# --- What is still to be sent ---------------------------------------------------------------------------------------


def reminders(visit):
    """Return the reminders of a visit as {"2d/email": "due"}."""
    rows = Message.objects.filter(appointment=visit, kind="reminder").values_list("intent", "state")
    return {"/".join(intent.split("/")[2:4]): state for intent, state in rows}


@pytest.fixture
def visit(clinic):
    return book(clinic, date="2026-03-11")


BY_EMAIL = {"1d/email": "due", "2d/email": "due"}


def test_a_way_newly_opened_reminds_of_visits_booked_before(ada, visit):
    assert reminders(visit) == BY_EMAIL
    change(ada, phone=PHONE, texts=True)
    assert reminders(visit) == BY_EMAIL | {"1d/sms": "due", "2d/sms": "due"}


def test_a_way_no_longer_wanted_is_withdrawn_and_comes_back_when_wanted_again(ada, visit):
    change(ada, phone=PHONE, texts=True, message_channel="sms")
    texts = {"1d/sms": "due", "2d/sms": "due"}
    assert reminders(visit) == texts | {"1d/email": "void", "2d/email": "void"}
    change(ada, message_channel="both")
    assert reminders(visit) == texts | BY_EMAIL


def test_no_reminders_withdraws_them_and_the_desk_need_not_phone(ada, visit):
    change(ada, reminders=False)
    visit.refresh_from_db()
    assert (reminders(visit), visit.phone_to_confirm) == ({"1d/email": "void", "2d/email": "void"}, False)


def test_what_somebody_did_is_told_all_the_same(ada, visit):
    change(ada, reminders=False)
    assert list(Message.objects.filter(kind="confirmation").values_list("state", flat=True)) == ["due"]


def test_a_reminder_whose_hour_has_passed_does_not_come_back(ada, visit):
    change(ada, reminders=False)
    contacts.change(ada, now=cast.at("2026-03-09", "12:00"), reminders=True)
    assert reminders(visit) == {"1d/email": "due", "2d/email": "void"}


def test_whoever_cannot_be_written_to_any_more_is_phoned(ada, visit):
    change(ada, email="", phone=PHONE)
    visit.refresh_from_db()
    assert (outbox.can_reach(Patient.objects.get(pk=ada.pk)), visit.phone_to_confirm) == (False, True)


def test_a_change_takes_the_same_statements_for_many_old_visits_as_for_none(clinic, ada, django_assert_num_queries):
    for hour in ("09:00", "10:00", "11:00"):
        visit = book(clinic, time=hour)
        scheduling.cancel(visit, by=scheduling.By.system(), now=cast.NOW, reason="other")
    assert Appointment.objects.count() == 3
    with django_assert_num_queries(8):
        change(ada, access_needs="A ramp")
