"""One patient on one page, and the quick edit in which nobody's words are lost."""

import pytest
from django.urls import reverse

from bookings import scheduling
from bookings.models import AccessEntry, Message, Patient, PossibleMatch
from clinic import roles
from tests import cast, factories
from tests.cast import NOW, at
from tests.desk import book, member

pytestmark = pytest.mark.django_db

HOSTILE = '"><svg onload=alert(1)>'
BACKWARDS = "\u202egnortS"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return cast.open_clinic()


@pytest.fixture
def desk(client):
    client.user = member(roles.FRONT_DESK, name="Robin Hale")
    client.force_login(client.user)
    return client


def page(patient):
    return f"/admin/patients/{patient.pk}/"


def typed(patient, **fields):
    """What the quick edit sends."""
    seen = patient.history.first().history_id if patient.history.exists() else ""
    consent = {"sms_consent": "on"} if patient.phone and patient.sms_consent_at and not patient.sms_stopped_at else {}
    consent |= {"reminders_off": "on"} if patient.reminders_off_at else {}
    return {
        "phone": str(patient.phone), "email": patient.email, "language": patient.language, "coverage": patient.coverage,
        "access_needs": patient.access_needs, "alert": patient.alert, "message_channel": patient.message_channel,
        "seen": seen, **consent, **fields,
    }  # fmt: skip


# --- What it shows --------------------------------------------------------------------------------------------------


def test_the_page_says_who_they_are_by_two_identifiers_and_the_title_does_not(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107", alert="Falls easily")
    text = desk.get(page(clinic.ada)).text
    assert "<h1>Ada Vale</h1>" in text
    assert f"born May 17, 1980, (212) 555-0107, number {clinic.ada.pk}" in text
    assert "<b>Alert:</b> Falls easily" in text
    assert "<title>Patient | Front desk</title>" in text


def test_visits_ahead_and_past_are_in_order_on_the_clock_of_the_place(clinic, desk, time_machine):
    clinic.house.time_zone = "Pacific/Honolulu"
    clinic.house.save()
    zone = clinic.house.zone
    past = [book(clinic, at(day, "09:00", zone)) for day in ("2026-03-03", "2026-03-04")]
    ahead = [book(clinic, at(day, "09:00", zone)) for day in ("2026-03-12", "2026-03-11")]
    time_machine.move_to(at("2026-03-06", "09:00"), tick=False)
    desk.force_login(desk.user)
    response = desk.get(page(clinic.ada))
    assert (response.context["ahead"], response.context["past"]) == (ahead[::-1], past[::-1])
    assert "March 11, 2026, 9 am" in response.text


def test_consents_say_when_they_were_given(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(sms_consent_at=NOW, email_refused_at=NOW)
    text = desk.get(page(clinic.ada)).text
    assert "agreed on March 2, 2026" in text
    assert "refused on March 2, 2026" in text
    assert "not accepted yet" in text


def test_messages_say_how_they_went_and_why_not(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    Message.objects.filter(appointment=visit, kind="confirmation").update(state="failed", last_error="550 no mailbox")
    text = desk.get(page(clinic.ada)).text
    assert "550 no mailbox" in text
    assert [letter.message.kind for letter in desk.get(page(clinic.ada)).context["letters"]] == list(
        visit.messages.values_list("kind", flat=True)
    )


def test_the_history_says_who_changed_what_and_when(clinic, desk):
    desk.post(page(clinic.ada), typed(clinic.ada, alert="Falls easily", language="es"))
    newest, first = desk.get(page(clinic.ada)).context["entries"]
    assert (newest.at, newest.who, newest.is_first) == (NOW, str(desk.user), False)
    assert [tuple(change) for change in newest.changes] == [
        ("language", "English", "Spanish"),
        ("alert for staff", "–", "Falls easily"),
    ]
    assert (first.is_first, first.changes) == (True, [])


def test_a_patient_without_history_says_so_and_the_first_change_counts(clinic, desk):
    """Patients who were imported have no history rows."""
    clinic.ada.history.all().delete()
    assert "Nothing was changed so far." in desk.get(page(clinic.ada)).text
    assert desk.post(page(clinic.ada), typed(clinic.ada, alert="Falls easily")).status_code == 302
    (entry,) = desk.get(page(clinic.ada)).context["entries"]
    assert (entry.who, entry.is_first, entry.changes) == (str(desk.user), False, [])
    assert "Changed; what it said before is not known" in desk.get(page(clinic.ada)).text


def test_it_offers_to_book_and_to_call(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(phone="+12125550107")
    text = desk.get(page(clinic.ada)).text
    assert f'href="/admin/desk/book/?patient={clinic.ada.pk}"' in text
    assert 'href="tel:+12125550107"' in text


def test_a_merged_entry_leads_to_the_kept_one_and_is_not_booked_or_edited(clinic, desk):
    Patient.objects.filter(pk=clinic.ben.pk).update(merged_into=clinic.ada)
    response = desk.get(page(clinic.ben))
    assert f'This is the same person as <a href="{page(clinic.ada)}">Ada Vale</a>, born' in response.text
    assert ("/admin/desk/book/" in response.text, response.context["form"]) == (False, None)
    assert desk.post(page(clinic.ben), typed(clinic.ben, alert="x")).status_code == 403
    assert f'<a href="{page(clinic.ben)}">Ben Okafor, May 17, 1980</a>' in desk.get(page(clinic.ada)).text


def test_an_entry_merged_into_a_merged_one_leads_to_the_last(clinic, desk):
    cleo = factories.PatientFactory(first_name="Cleo", merged_into=clinic.ben)
    Patient.objects.filter(pk=clinic.ben.pk).update(merged_into=clinic.ada)
    assert desk.get(page(cleo)).context["kept"] == clinic.ada
    assert desk.post("/admin/find/", {"find": "cleo"}).url == page(clinic.ada)


def test_open_questions_about_a_second_entry_are_on_both_pages(clinic, desk):
    match = PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    for one, other in ((clinic.ada, clinic.ben), (clinic.ben, clinic.ada)):
        text = desk.get(page(one)).text
        assert f'<a href="{page(other)}">{other}</a>' in text
        assert f'href="/admin/matches/{match.pk}/merge/"' in text
    PossibleMatch.objects.update(decision="different")
    assert desk.get(page(clinic.ada)).context["matches"] == []


def test_whoever_is_shown_is_written_down(clinic, desk):
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason="phone", created_at=NOW)
    desk.get(page(clinic.ada))
    assert list(AccessEntry.objects.values_list("view", "patients")) == [
        ("admin:patient", sorted([clinic.ada.pk, clinic.ben.pk]))
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_row_and_three(rows, clinic, desk, django_assert_num_queries):
    for number in range(rows):
        book(clinic, at("2026-03-04", f"1{number}:00"))
        other = factories.PatientFactory()
        PossibleMatch.objects.create(patient=other, known=clinic.ada, reason="phone", created_at=NOW)
        factories.PatientFactory(merged_into=clinic.ada)
        clinic.ada.alert = f"{number}"
        clinic.ada.save()
    desk.get("/admin/find/")  # the first page of a session writes when it was seen
    with django_assert_num_queries(13):
        desk.get(page(clinic.ada))


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_others_see_no_patient_and_the_try_is_written_down(role, clinic, client):
    client.force_login(member(role))
    answers = [client.get(page(clinic.ada)).status_code, client.post(page(clinic.ada), {}).status_code]
    assert answers == [403, 403]
    assert list(AccessEntry.objects.values_list("view", "patients", "allowed")) == [("admin:patient", [], False)] * 2


def test_nobody_has_that_number(clinic, desk):
    assert [desk.get(f"/admin/patients/{number}/").status_code for number in (0, 99999, "9" * 30)] == [404, 404, 404]


def test_every_field_is_shown_as_text(clinic, desk):
    fields = dict.fromkeys(
        ["first_name", "last_name", "access_needs", "alert", "email", "phone", "language", "coverage"]
    )
    for name in fields:
        longest = Patient._meta.get_field(name).max_length
        setattr(clinic.ada, name, HOSTILE[: longest or None])
    clinic.ada.save()
    clinic.ben.first_name = clinic.ben.last_name = clinic.ben.alert = HOSTILE
    clinic.ben.save()
    PossibleMatch.objects.create(patient=clinic.ben, known=clinic.ada, reason=HOSTILE, created_at=NOW)
    visit = book(clinic, at("2026-03-04", "10:00"))
    Message.objects.update(last_error=HOSTILE)
    pages = [
        page(clinic.ada),
        page(clinic.ben),
        reverse("admin:bookings_patient_changelist"),
        reverse("admin:bookings_patient_change", args=[clinic.ada.pk]),
        reverse("admin:bookings_appointment_changelist"),
        reverse("admin:bookings_appointment_change", args=[visit.pk]),
    ]
    texts = [desk.get(address).text for address in pages]
    texts.append(desk.post("/admin/find/", {"find": "onload"}).text)
    assert ["<svg onload" in text for text in texts] == [False] * 7
    assert ["&lt;svg onload" in text for text in texts] == [True] * 7


# --- The quick edit -------------------------------------------------------------------------------------------------


def test_the_quick_edit_saves_and_stamps_consent(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(email_refused_at=NOW)
    changes = {"phone": "(212) 555-0107", "sms_consent": "on", "email": "new@example.com", "coverage": "medicare",
               "access_needs": "Wheelchair", "alert": "Falls easily"}  # fmt: skip
    response = desk.post(page(clinic.ada), typed(clinic.ada, **changes))
    assert response.url == page(clinic.ada)
    ada = Patient.objects.get(pk=clinic.ada.pk)
    assert (ada.phone.as_e164, ada.sms_consent_at, ada.email, ada.email_refused_at) == (
        "+12125550107",
        NOW,
        "new@example.com",
        None,
    )
    assert (ada.coverage, ada.access_needs, ada.alert) == ("medicare", "Wheelchair", "Falls easily")
    assert (str(ada), str(ada.date_of_birth)) == ("Ada Vale", "1980-05-17")
    assert ada.history.first().history_user == desk.user


def test_saving_what_is_there_already_keeps_when_consent_was_given(clinic, desk):
    Patient.objects.filter(pk=clinic.ada.pk).update(sms_consent_at=factories.LONG_AGO, phone="+12125550107")
    clinic.ada.refresh_from_db()
    desk.post(page(clinic.ada), typed(clinic.ada))
    clinic.ada.refresh_from_db()
    assert clinic.ada.sms_consent_at == factories.LONG_AGO


def test_consent_to_texts_needs_the_number_they_go_to(clinic, desk):
    response = desk.post(page(clinic.ada), typed(clinic.ada, sms_consent="on", alert="Falls easily"))
    assert list(response.context["form"].errors) == ["sms_consent"]
    assert response.context["form"]["alert"].value() == "Falls easily"


@pytest.fixture
def stopped(clinic):
    clinic.ada.phone, clinic.ada.sms_consent_at, clinic.ada.sms_stopped_at = "+12125550107", factories.LONG_AGO, NOW
    clinic.ada.save()
    return Patient.objects.get(pk=clinic.ada.pk)


def test_stop_is_shown_with_its_date_and_the_box_is_empty(stopped, desk):
    response = desk.get(page(stopped))
    assert "said STOP on March 2, 2026" in response.text
    assert "They get no text message until they agree anew." in response.text
    assert response.context["form"]["sms_consent"].value() is False


def test_stop_stays_when_something_else_is_saved(stopped, desk):
    desk.post(page(stopped), typed(stopped, alert="Falls easily"))
    stopped.refresh_from_db()
    assert (stopped.alert, stopped.sms_stopped_at) == ("Falls easily", NOW)


def test_only_consent_given_anew_lifts_stop_and_is_stamped(stopped, desk):
    desk.post(page(stopped), typed(stopped, sms_consent="on"))
    stopped.refresh_from_db()
    assert (stopped.sms_consent_at, stopped.sms_stopped_at) == (NOW, None)
    entry = desk.get(page(stopped)).context["entries"][0]
    assert (entry.who, [change.label for change in entry.changes]) == (
        str(desk.user),
        ["agreed to text messages", "said STOP to text messages"],
    )


def test_no_reminders_and_the_way_are_saved_with_one_row_of_history_and_waiting_mail_follows(clinic, desk):
    visit = book(clinic, at("2026-03-06", "10:00"))
    rows = clinic.ada.history.count()
    changes = {"reminders_off": "on", "message_channel": "email", "alert": "Falls easily"}
    desk.post(page(clinic.ada), typed(clinic.ada, **changes))
    clinic.ada.refresh_from_db()
    assert (clinic.ada.reminders_off_at, clinic.ada.message_channel, clinic.ada.alert) == (NOW, "email", "Falls easily")
    assert clinic.ada.history.count() == rows + 1
    assert set(visit.messages.filter(kind="reminder").values_list("state", flat=True)) == {"void"}
    text = desk.get(page(clinic.ada)).text
    assert "no reminders by email since March 2, 2026" in text
    desk.post(page(clinic.ada), typed(clinic.ada, reminders_off=""))
    clinic.ada.refresh_from_db()
    assert clinic.ada.reminders_off_at is None
    assert set(visit.messages.filter(kind="reminder").values_list("state", flat=True)) == {"due"}


def somebody_else_writes(patient, **fields):
    other = member(roles.FRONT_DESK, name="Maria Lopez")
    patient = Patient.objects.get(pk=patient.pk)
    for name, value in fields.items():
        setattr(patient, name, value)
    patient._history_user = other
    patient.save()
    return other


@pytest.mark.engine
def test_a_stale_save_is_told_who_and_when_with_both_values_and_can_be_saved_anyway(clinic, desk, time_machine):
    mine = typed(clinic.ada, alert="Mine", access_needs="Wheelchair")
    time_machine.move_to(at("2026-03-02", "09:14"), tick=False)
    other = somebody_else_writes(clinic.ada, alert="Theirs", language="es")
    time_machine.move_to(at("2026-03-02", "09:20"), tick=False)
    response = desk.post(page(clinic.ada), mine)
    stale = response.context["stale"]
    assert (response.status_code, stale.who, stale.at) == (200, str(other), at("2026-03-02", "09:14"))
    assert [tuple(each) for each in stale.conflicts] == [
        ("Language", "English", "Spanish", None),
        ("Alert for staff", "–", "Theirs", "Mine"),
    ]
    assert "changed this entry at 9:14 am on March 2, 2026, while you were typing" in response.text
    form = response.context["form"]
    shown = {name: form[name].value() for name in ("alert", "access_needs", "language", "seen")}
    assert shown == {
        "alert": "Mine", "access_needs": "Wheelchair", "language": "es", "seen": clinic.ada.history.first().history_id
    }  # fmt: skip
    clinic.ada.refresh_from_db()
    assert (clinic.ada.alert, clinic.ada.access_needs) == ("Theirs", "")
    again = desk.post(page(clinic.ada), {**mine, "language": "es", "seen": shown["seen"]})
    clinic.ada.refresh_from_db()
    assert again.status_code == 302
    assert (clinic.ada.alert, clinic.ada.access_needs, clinic.ada.language) == ("Mine", "Wheelchair", "es")


def test_another_edit_of_fields_that_are_not_in_this_form_is_nobodys_conflict(clinic, desk):
    mine = typed(clinic.ada, alert="Mine")
    somebody_else_writes(clinic.ada, last_name="Vale-Ruiz")
    assert desk.post(page(clinic.ada), mine).status_code == 302
    clinic.ada.refresh_from_db()
    assert (clinic.ada.alert, clinic.ada.last_name) == ("Mine", "Vale-Ruiz")


@pytest.mark.parametrize("seen", ["", "0", "999999", "x", "-1", "9" * 30])
@pytest.mark.engine
def test_a_form_that_does_not_say_what_it_saw_overwrites_nothing(seen, clinic, desk):
    response = desk.post(page(clinic.ada), typed(clinic.ada, alert="Mine", seen=seen))
    clinic.ada.refresh_from_db()
    assert (response.status_code, clinic.ada.alert) == (200, "")
    assert response.context["form"]["alert"].value() == "Mine"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"alert": "a\x00b"}, "alert"),
        ({"alert": BACKWARDS}, "alert"),
        ({"alert": "x" * 10_000}, "alert"),
        ({"access_needs": BACKWARDS}, "access_needs"),
        ({"phone": "12"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"language": "xx"}, "language"),
        ({"coverage": "gold"}, "coverage"),
    ],
)
def test_what_cannot_be_written_down_is_words_on_the_form_and_keeps_the_rest(fields, wrong, clinic, desk):
    response = desk.post(page(clinic.ada), typed(clinic.ada, **{"access_needs": "Wheelchair", **fields}))
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (200, [wrong])
    assert form["access_needs"].value() == {"access_needs": "Wheelchair", **fields}["access_needs"]
    assert not Patient.objects.exclude(alert="", access_needs="").exists()


def test_a_refused_form_does_not_change_the_facts_beside_it(clinic, desk):
    response = desk.post(page(clinic.ada), typed(clinic.ada, email="new@example.com", phone="12"))
    assert response.context["patient"].email == "ada@example.com"


def test_who_may_look_but_not_change_has_no_form(clinic, client):
    from django.contrib.auth.models import Permission

    user = member(roles.EDITOR)
    user.user_permissions.add(Permission.objects.get(codename="change_appointment"))
    client.force_login(user)
    assert client.get(page(clinic.ada)).context["form"] is None
    assert client.post(page(clinic.ada), typed(clinic.ada, alert="x")).status_code == 403


def test_a_canceled_visit_is_not_ahead_and_keeps_its_word(clinic, desk):
    visit = book(clinic, at("2026-03-04", "10:00"))
    scheduling.cancel(visit, by=scheduling.By.system(), now=NOW, reason="time")
    response = desk.get(page(clinic.ada))
    assert (response.context["ahead"], response.context["past"]) == ([], [visit])
    assert '<span class="desk-chip desk-chip--cancelled">canceled</span>' in response.text


# --- The admin's own list and form ----------------------------------------------------------------------------------


def listed(desk, **query):
    response = desk.get(reverse("admin:bookings_patient_changelist"), query)
    return [patient.first_name for patient in response.context["cl"].result_list]


def test_the_list_shows_one_entry_a_person_unless_asked(clinic, desk):
    Patient.objects.filter(pk=clinic.ben.pk).update(merged_into=clinic.ada)
    assert (listed(desk), listed(desk, entries="merged"), listed(desk, entries="all")) == (
        ["Ada"],
        ["Ben"],
        ["Ben", "Ada"],
    )


def test_lists_lead_to_the_page_of_the_patient(clinic, desk):
    book(clinic, at("2026-03-04", "10:00"))
    for model in ("patient", "appointment"):
        assert f'href="{page(clinic.ada)}"' in desk.get(reverse(f"admin:bookings_{model}_changelist")).text


def test_a_merged_entry_is_not_changed_or_deleted_in_the_admin(clinic, client):
    Patient.objects.filter(pk=clinic.ben.pk).update(merged_into=clinic.ada)
    client.force_login(factories.UserFactory(is_superuser=True))
    answers = [
        client.post(reverse(f"admin:bookings_patient_{verb}", args=[pk]), {"post": "yes"}).status_code
        for verb, pk in (("change", clinic.ben.pk), ("delete", clinic.ben.pk), ("delete", clinic.ada.pk))
    ]
    assert answers == [403, 403, 403]
