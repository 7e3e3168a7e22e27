"""Two entries of one person become one: nothing is lost, nobody is told, and the diary still adds up."""

import datetime as dt

import pytest

from bookings import scheduling
from bookings.findings import findings
from bookings.models import AppointmentEvent, ManageLink, Message, PossibleMatch
from bookings.scheduling.merging import overlaps
from tests import factories
from tests.bookings.scheduling.asking import SYSTEM, book, desk, messages_of, slot
from tests.cast import NOW, at, open_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
LATER = NOW + dt.timedelta(minutes=10)


@pytest.fixture
def clinic():
    return open_clinic()


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic):
    yield
    assert [str(finding) for finding in findings(now=LATER)] == []


@pytest.fixture
def second(clinic):
    """Ada's second entry, as she typed it on the website."""
    return factories.PatientFactory(first_name="Adah", last_name="Vale", email="adah@example.com")


def merge(old, kept, **options):
    return scheduling.merge(old, kept, by=options.pop("by", SYSTEM), now=LATER, **options)


def said(patient, *names):
    return tuple(getattr(patient, name) for name in names)


# --- Visits and messages --------------------------------------------------------------------------------------------


def test_visits_move_to_the_entry_that_stays_and_stay_as_they_are(clinic, second):
    visit, mine = book(clinic, patient=second), book(clinic, "14:00")
    before = said(visit, "start", "end", "status", "revision", "version", "reference")
    merge(second, clinic.ada)
    visit.refresh_from_db()
    start, end, status, revision, version, reference = before
    assert said(visit, "start", "end", "status", "revision", "version", "reference") == (
        *(start, end, status, revision),
        version + 1,
        reference,
    )
    assert list(clinic.ada.appointments.order_by("pk")) == [visit, mine]
    assert second.appointments.count() == 0


def test_each_visit_remembers_the_entry_it_was_made_for_and_who_merged(clinic, second):
    visit, by = book(clinic, patient=second), desk()
    merge(second, clinic.ada, by=by)
    event = visit.events.last()
    assert (event.verb, event.detail, event.user, event.at) == ("merge", {"entry": second.pk}, by.user, LATER)
    assert (event.status_before, event.status_after, event.revision) == ("booked", "booked", visit.revision)
    assert AppointmentEvent.objects.filter(verb="merge").count() == 1


def test_past_and_canceled_visits_move_as_well(clinic, second):
    gone = scheduling.cancel(book(clinic, patient=second), by=SYSTEM, now=NOW, reason="other")
    merge(second, clinic.ada)
    gone.refresh_from_db()
    assert (gone.patient, gone.status) == (clinic.ada, "cancelled")


def test_messages_and_manage_links_stay_with_their_visit(clinic, second):
    visit = book(clinic, patient=second)
    Message.objects.filter(appointment=visit, kind="confirmation").update(state="sent", sent_at=NOW)
    link = ManageLink.objects.create(
        token_hash="f" * 64, appointment=visit, created_at=NOW, expires_at=NOW + dt.timedelta(days=60)
    )
    before = messages_of(visit)
    merge(second, clinic.ada)
    assert messages_of(visit) == before
    assert set(visit.messages.values_list("patient", flat=True)) == {clinic.ada.pk}
    assert list(visit.manage_links.all()) == [link]


def test_whoever_can_be_written_to_now_is_reminded_of_every_visit(clinic):
    silent = factories.PatientFactory(email="")
    visit = book(clinic, patient=silent)
    assert (visit.phone_to_confirm, visit.messages.count()) == (True, 0)
    merge(silent, clinic.ada)
    assert list(visit.messages.values_list("kind", "state", "patient")) == [("reminder", "due", clinic.ada.pk)]


def test_the_address_of_the_other_entry_reminds_of_the_visits_that_had_none(clinic, second):
    silent = factories.PatientFactory(email="")
    visit = book(clinic, patient=silent)
    merge(second, silent)
    assert list(visit.messages.values_list("kind", flat=True)) == ["reminder"]


def test_whoever_cannot_be_written_to_any_more_is_phoned(clinic, second):
    refused = factories.PatientFactory(email="refused@example.com", email_refused_at=NOW)
    visit = book(clinic, patient=second)
    merge(second, refused)
    visit.refresh_from_db()
    assert (visit.phone_to_confirm, visit.patient) == (True, refused)


def test_a_visit_goes_on_after_the_merge(clinic, second):
    visit = book(clinic, patient=second)
    merge(second, clinic.ada)
    visit.refresh_from_db()
    visit = scheduling.check_in(visit, by=SYSTEM, now=visit.start)
    visit = scheduling.room(visit, by=SYSTEM, now=visit.start)
    visit = scheduling.undo(visit, by=SYSTEM, now=visit.start)
    assert (visit.status, visit.patient) == ("arrived", clinic.ada)


def test_a_form_that_was_open_during_the_merge_is_told(clinic, second):
    visit = book(clinic, patient=second)
    merge(second, clinic.ada)
    with pytest.raises(scheduling.Changed, match="patient entries merged"):
        scheduling.cancel(visit, by=SYSTEM, now=LATER, reason="other", version=visit.version)


# --- What the entries say -------------------------------------------------------------------------------------------


def test_what_the_kept_entry_does_not_say_is_filled_in(clinic, second):
    second.phone, second.coverage, second.alert = "+12125550177", "medicare", "Uses a wheelchair"
    second.privacy_notice_at, second.created_at = NOW, dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    second.save()
    kept = merge(second, clinic.ada)
    kept.refresh_from_db()
    assert said(kept, "first_name", "email", "coverage", "alert", "privacy_notice_at") == (
        "Ada",
        "ada@example.com",
        "medicare",
        "Uses a wheelchair",
        NOW,
    )
    assert (kept.phone.as_e164, kept.created_at.year) == ("+12125550177", 2025)


def test_chosen_values_of_the_other_entry_are_taken(clinic, second):
    second.date_of_birth = dt.date(1981, 5, 17)
    second.save()
    kept = merge(second, clinic.ada, take={"email": "other", "date_of_birth": "other"})
    kept.refresh_from_db()
    assert said(kept, "first_name", "email", "date_of_birth") == ("Ada", "adah@example.com", dt.date(1981, 5, 17))


def test_two_alerts_can_both_be_kept_and_none_is_cut_short(clinic, second):
    clinic.ada.alert, second.alert = "Blood thinner", "Uses a wheelchair"
    clinic.ada.save()
    second.save()
    kept = merge(second, clinic.ada, take={"alert": "both"})
    assert kept.alert == "Blood thinner; Uses a wheelchair"
    third = factories.PatientFactory(alert="x" * 290)
    with pytest.raises(scheduling.NotAllowed, match="too long"):
        merge(third, clinic.ada, take={"alert": "both"})
    third.refresh_from_db()
    assert third.merged_into is None


@pytest.mark.parametrize("take", [{"merged_into": "other"}, {"email": "both"}, {"email": "mine"}])
def test_only_what_may_be_chosen_is_taken(take, clinic, second):
    with pytest.raises(TypeError):
        merge(second, clinic.ada, take=take)


@pytest.mark.parametrize(
    ("phones", "consents", "expected"),
    [
        (("", "+12125550177"), (None, NOW), NOW),  # the number comes with its consent
        (("+12125550111", "+12125550177"), (None, NOW), None),  # agreed for another number
        (("+12125550177", "+12125550177"), (None, NOW), NOW),  # agreed for this number, under the other entry
        (("+12125550177", "+12125550177"), (NOW, None), NOW),
    ],
)
def test_the_agreement_to_texts_belongs_to_the_number(phones, consents, expected, clinic, second):
    for patient, phone, consent in zip((clinic.ada, second), phones, consents, strict=True):
        patient.phone, patient.sms_consent_at = phone, consent
        patient.save()
    assert merge(second, clinic.ada).sms_consent_at == expected


def test_an_agreement_that_was_taken_back_stays_taken_back(clinic, second):
    for patient in (clinic.ada, second):
        patient.phone, patient.sms_consent_at = "+12125550177", NOW
        patient.save()
    clinic.ada.sms_consent_at = None
    clinic.ada.save()
    assert merge(second, clinic.ada).sms_consent_at is None


def test_an_address_that_was_refused_stays_refused(clinic, second):
    second.email, second.email_refused_at = "ada@example.com", NOW
    second.save()
    assert merge(second, clinic.ada).email_refused_at == NOW


def test_another_address_is_not_refused(clinic, second):
    second.email_refused_at = NOW
    second.save()
    assert merge(second, clinic.ada).email_refused_at is None


def test_the_other_entry_stays_readable_and_points_to_the_kept_one(clinic, second):
    before = said(second, "first_name", "email", "date_of_birth")
    merge(second, clinic.ada)
    second.refresh_from_db()
    assert (second.merged_into, said(second, "first_name", "email", "date_of_birth")) == (clinic.ada, before)
    assert list(type(second).objects.current().filter(last_name="Vale")) == [clinic.ada]


def test_the_history_of_both_says_who_merged(clinic, second):
    by = desk()
    merge(second, clinic.ada, by=by)
    for patient in (clinic.ada, second):
        last, first = patient.history.all()
        assert (last.history_user, last.history_change_reason, first.history_type) == (by.user, "merge", "+")


# --- Refusals -------------------------------------------------------------------------------------------------------


def test_entries_with_visits_at_one_time_are_not_merged_and_the_visits_are_named(clinic, second):
    mine, theirs = book(clinic), book(clinic, treatment=clinic.consultation, patient=second)
    assert overlaps(clinic.ada, second) == [(mine, theirs)]
    with pytest.raises(scheduling.NotAllowed, match=f"{theirs.reference}.*{mine.reference}"):
        merge(second, clinic.ada)
    second.refresh_from_db()
    theirs.refresh_from_db()
    assert (second.merged_into, theirs.patient, theirs.version) == (None, second, 0)


def test_visits_one_after_the_other_and_canceled_ones_do_not_overlap(clinic, second):
    first = book(clinic, treatment=clinic.consultation)
    scheduling.cancel(book(clinic, treatment=clinic.injection, patient=second), by=SYSTEM, now=NOW, reason="time")
    book(clinic, "09:30", treatment=clinic.consultation, patient=second)
    assert f"{first.local_end:%H:%M}" == "09:30"
    assert merge(second, clinic.ada).appointments.count() == 3


def test_an_entry_is_merged_once(clinic, second):
    merge(second, clinic.ada)
    third = factories.PatientFactory()
    for old, kept in ((second, clinic.ada), (third, second), (second, third)):
        with pytest.raises(scheduling.NotAllowed, match="Adah Vale has been merged into another entry already"):
            merge(old, kept)
    with pytest.raises(scheduling.NotAllowed, match="one entry already"):
        merge(third, third)


# --- Possible matches -----------------------------------------------------------------------------------------------


def alike(patient, known, **fields):
    return PossibleMatch.objects.create(patient=patient, known=known, reason="phone", created_at=NOW, **fields)


def questions():
    return sorted(PossibleMatch.objects.values_list("patient__first_name", "known__first_name", "decision"))


def test_the_question_is_answered_whichever_way_round_it_was_asked(clinic, second):
    by = desk()
    matches = [alike(second, clinic.ada), alike(clinic.ada, second)]
    merge(second, clinic.ada, by=by)
    for match in matches:
        match.refresh_from_db()
        assert said(match, "decision", "decided_at", "decided_by") == ("same", LATER, by.user)


def test_open_questions_about_the_other_entry_are_asked_about_the_kept_one(clinic, second):
    alike(second, clinic.ada)
    alike(second, clinic.ben)
    cleo = factories.PatientFactory(first_name="Cleo")
    alike(cleo, second)
    merge(second, clinic.ada)
    assert questions() == [("Ada", "Ben", ""), ("Adah", "Ada", "same"), ("Cleo", "Ada", "")]


def test_a_question_that_is_asked_or_answered_already_is_not_asked_again(clinic, second):
    cleo = factories.PatientFactory(first_name="Cleo")
    alike(clinic.ada, clinic.ben)
    alike(second, clinic.ben)
    alike(clinic.ada, cleo, decision="different", decided_at=NOW)
    alike(cleo, second)
    merge(second, clinic.ada)
    assert questions() == [("Ada", "Ben", ""), ("Ada", "Cleo", "different")]


def test_what_was_decided_about_the_other_entry_stays(clinic, second):
    alike(second, clinic.ben, decision="different", decided_at=NOW)
    merge(second, clinic.ada)
    assert questions() == [("Adah", "Ben", "different")]


def test_the_kept_entry_is_booked_as_before(clinic, second):
    book(clinic, patient=second)
    merge(second, clinic.ada)
    with pytest.raises(scheduling.NotAllowed, match="already has an appointment at that time"):
        book(clinic, treatment=clinic.consultation)
    taken = scheduling.book(slot(clinic, "16:00"), patient=clinic.ada, by=SYSTEM, now=LATER, source="desk")
    assert (taken.patient, taken.start) == (clinic.ada, at(f"{taken.local_start:%Y-%m-%d}", "16:00"))


# --- Afterwards -----------------------------------------------------------------------------------------------------


def test_an_entry_merged_since_a_form_was_opened_is_booked_for_no_more(clinic, second):
    merge(second, clinic.ada)
    with pytest.raises(scheduling.NotAllowed, match="merged"):
        book(clinic, "15:00", patient=second)


def test_there_is_no_chain_of_merged_entries(clinic, second):
    third = factories.PatientFactory(first_name="Ada", last_name="Valle")
    merge(third, second)
    merge(second, clinic.ada)
    third.refresh_from_db()
    assert third.merged_into == clinic.ada


# --- What they asked of our messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [("both", "both", "both"), ("both", "sms", "sms"), ("email", "both", "email"), ("email", "sms", "email")],
)
def test_one_way_is_kept_rather_than_both(mine, theirs, kept, clinic, second):
    clinic.ada.message_channel, second.message_channel = mine, theirs
    clinic.ada.save()
    second.save()
    assert merge(second, clinic.ada).message_channel == kept


@pytest.mark.parametrize("field", ["sms_stopped_at", "reminders_off_at"])
@pytest.mark.parametrize("whose", ["kept", "second"])
def test_a_no_on_either_entry_stays(field, whose, clinic, second):
    said_no = second if whose == "second" else clinic.ada
    setattr(said_no, field, NOW)
    said_no.save()
    merge(second, clinic.ada)
    clinic.ada.refresh_from_db()
    assert getattr(clinic.ada, field) == NOW
