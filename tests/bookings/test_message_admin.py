"""What the desk reads of messages: on the visit, on the patient's page, on the row itself; and one sent once more."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import outbox, scheduling
from bookings.desk.letters import PROBLEMS, letter_of, problem_of, told
from bookings.models import AccessEntry, Message, PreparationDone
from bookings.models.appointments import Status
from clinic import roles
from tests import cast
from tests.cast import NOW, at
from tests.desk import book, member
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


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


@pytest.fixture
def visit(clinic):
    """Ada's visit on Friday week, confirmed by email an hour ago."""
    visit = book(clinic, at("2026-03-13", "10:00"))
    sent = {"state": "sent", "sent_at": NOW - HOUR, "attempts": 1}
    Message.objects.filter(appointment=visit, kind="confirmation").update(**sent)
    return visit


def confirmation(visit, **fields):
    Message.objects.filter(appointment=visit, kind="confirmation").update(**fields)
    rows = Message.objects.select_related("appointment__location")
    return rows.get(appointment=visit, kind="confirmation", again_reason="")


def change_page(visit):
    return reverse("admin:bookings_appointment_change", args=[visit.pk])


def again(message):
    return reverse("admin:message-again", args=[message.pk])


# --- In words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "sent"}, "sent"),
        ({"state": "sent", "delivered_at": NOW}, "arrived"),
        ({"state": "sending"}, "being sent"),
        ({"state": "due", "sent_at": None}, "to be sent"),
        ({"state": "due", "attempts": 2, "lease_until": NOW + HOUR}, "tried, next try March 2, 2026, 9 am"),
        ({"state": "failed", "sent_at": None}, "could not be delivered"),
        ({"state": "failed"}, "sent, then came back"),
        ({"state": "dead", "sent_at": None}, "given up"),
        ({"state": "void", "sent_at": None}, "not sent, no longer needed"),
    ],
)
def test_how_a_message_ended_is_said_in_words(fields, said, visit):
    assert letter_of(confirmation(visit, **fields)).ended == said


def test_what_went_wrong_is_said_to_people_and_never_as_a_class_of_python():
    assert problem_of("SMTPRecipientsRefused 550") == "Its mail server refused the address."
    assert problem_of("TimeoutError") == "The server did not answer."
    assert problem_of("the sender stopped; whether it arrived is unknown").startswith("The sender stopped")
    assert (problem_of(""), problem_of("Odd 99")) == ("", "Odd 99")
    assert all(str(words).endswith(".") for words in PROBLEMS.values())


def test_every_reason_the_outbox_writes_has_words():
    written = [
        outbox.attempts.TOO_LATE, outbox.attempts.NO_ADDRESS, outbox.attempts.NOT_WANTED, outbox.attempts.ENOUGH_TEXTS,
        outbox.upkeep.UNKNOWN, outbox.upkeep.BEFORE_THE_DIARY, outbox.intents.OUT_OF_DATE,
        outbox.attempts.OTHER_WAY, outbox.reconciling.NOT_PLANNED,
    ]  # fmt: skip
    assert [reason for reason in written if reason not in PROBLEMS] == []


# --- On the page of a visit -----------------------------------------------------------------------------------------


def test_the_page_of_a_visit_says_all_that_was_written_and_how_it_went(visit, desk):
    confirmation(visit, state="failed", sent_at=None, attempts=2, last_error="SMTPRecipientsRefused 550")
    response = desk.get(change_page(visit))
    assert [letter.message.pk for letter in response.context["letters"]] == list(
        visit.messages.values_list("pk", flat=True)
    )
    text = " ".join(response.text.split())
    assert "could not be delivered, tried 2 times" in text
    assert "Its mail server refused the address." in text
    assert "SMTPRecipientsRefused" not in text


def test_a_receipt_is_shown_with_its_time(visit, desk):
    confirmation(visit, delivered_at=NOW - 30 * MINUTE)
    assert "receipt March 2, 2026, 7:30 am" in desk.get(change_page(visit)).text


def test_the_page_costs_the_same_for_two_messages_and_for_eight(visit, desk):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as found:
            desk.get(change_page(visit))
        return len(found)

    desk.get(change_page(visit))
    before = cost()
    message = confirmation(visit)
    for number in range(6):
        extra = {"kind": "link", "channel": "email", "appointment": visit, "asked_by": desk.user, "again_reason": "x"}
        Message.objects.create(intent=f"more{number}", created_at=NOW, due_at=NOW, patient=message.patient, **extra)
    assert cost() == before


def test_a_message_says_what_it_is_on_its_own_page(visit, desk):
    text = desk.get(reverse("admin:bookings_message_change", args=[confirmation(visit).pk])).text
    assert f'<a href="{again(confirmation(visit))}">Send again</a>' in text
    Message.objects.filter(pk=confirmation(visit).pk).update(state="due")
    text = desk.get(reverse("admin:bookings_message_change", args=[confirmation(visit).pk])).text
    assert "waits to be sent already" in text


def test_the_patients_page_has_the_same_words(visit, desk):
    confirmation(visit, last_error="SMTPRecipientsRefused 550", state="failed", sent_at=None)
    text = desk.get(reverse("admin:patient", args=[visit.patient_id])).text
    assert "Its mail server refused the address." in text
    assert again(confirmation(visit)) in text


# --- Sent again -----------------------------------------------------------------------------------------------------


def test_the_page_asks_why_and_shows_what_it_is_about(visit, desk):
    text = desk.get(again(confirmation(visit))).text
    assert "<b>Confirmation</b>, email: sent, March 2, 2026, 7 am" in text
    assert "Why is it sent again?" in text
    assert Message.objects.filter(appointment=visit, kind="confirmation").count() == 1


def test_sent_again_is_a_row_of_its_own_with_the_reason_and_who(visit, desk):
    response = desk.post(again(confirmation(visit)), {"reason": "Says it never came", "seen": "0"})
    assert response.url == f"{change_page(visit)}#messages"
    row = Message.objects.get(appointment=visit, kind="confirmation", state="due")
    assert (row.intent, row.again_reason, row.asked_by, row.created_at, row.due_at) == (
        f"{confirmation(visit).intent}/again1",
        "Says it never came",
        desk.user,
        NOW,
        NOW,
    )
    assert "Sent again by Robin Hale: Says it never came" in " ".join(desk.get(change_page(visit)).text.split())
    assert AccessEntry.objects.filter(view="admin:message-again", patients=[visit.patient_id]).exists()


@pytest.mark.parametrize("reason", ["", "   ", "\u202egnorts", "x" * 121])
def test_a_reason_is_needed_and_plain(reason, visit, desk):
    response = desk.post(again(confirmation(visit)), {"reason": reason, "seen": "0"})
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["reason"])
    assert Message.objects.filter(appointment=visit, kind="confirmation").count() == 1


def test_a_second_press_writes_nothing(visit, desk):
    typed = {"reason": "Says it never came", "seen": "0"}
    for _press in range(2):
        desk.post(again(confirmation(visit)), typed)
    assert Message.objects.filter(appointment=visit, kind="confirmation").count() == 2


def test_a_second_press_after_the_first_went_out_writes_nothing_either(visit, desk):
    typed = {"reason": "Says it never came", "seen": "0"}
    desk.post(again(confirmation(visit)), typed)
    Message.objects.filter(state="due", kind="confirmation").update(state="sent", sent_at=NOW)
    response = desk.post(again(confirmation(visit)), typed, follow=True)
    assert "It has been sent again already." in response.text
    assert Message.objects.filter(appointment=visit, kind="confirmation").count() == 2
    desk.post(again(confirmation(visit)), typed | {"seen": "1"})  # asked on purpose
    assert Message.objects.filter(appointment=visit, kind="confirmation").count() == 3


def test_what_is_not_true_any_more_is_refused_in_words(visit, desk):
    message = confirmation(visit)
    scheduling.cancel(visit, by=scheduling.By.staff(desk.user), now=NOW, reason="other")
    response = desk.post(again(message), {"reason": "Says it never came", "seen": "0"})
    assert response.context["form"].non_field_errors() == [
        "The appointment has changed since: this message would not be true any more."
    ]
    assert "message-again" not in " ".join(
        line for line in desk.get(change_page(visit)).text.splitlines() if again(message) in line
    )


def test_what_cannot_reach_them_is_refused_in_words(visit, desk):
    message = confirmation(visit)
    visit.patient.email_refused_at = NOW
    visit.patient.save()
    response = desk.post(again(message), {"reason": "Says it never came", "seen": "0"})
    assert response.context["form"].non_field_errors() == ["Nothing can be sent to this patient that way."]


@pytest.mark.parametrize("role", [roles.EDITOR, roles.CLINICIAN])
def test_only_the_desk_sends_again(role, visit, client):
    client.force_login(member(role))
    answers = [client.get(again(confirmation(visit))), client.post(again(confirmation(visit)), {"reason": "x"})]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_digest_is_not_sent_again_from_here(visit, desk):
    digest = Message.objects.create(
        intent="d", kind="digest", channel="email", user=desk.user, created_at=NOW, due_at=NOW
    )
    assert desk.get(again(digest)).status_code == 404


# --- Beside the board -----------------------------------------------------------------------------------------------


def test_the_panel_says_in_a_line_what_the_patient_was_told(visit, desk):
    assert told(visit) == [
        "confirmation, sent Mon, Mar 2, 7 am",
        "reminder due Wed, Mar 11, 10 am",
        "reminder due Thu, Mar 12, 10 am",
    ]
    assert (
        "<b>Told:</b> confirmation, sent Mon, Mar 2, 7 am; reminder due"
        in desk.get(f"/admin/desk/visit/{visit.pk}/").text
    )


def test_the_line_is_one_statement_and_leaves_out_what_was_withdrawn(visit, django_assert_num_queries):
    confirmation(visit, state="failed", sent_at=None)
    Message.objects.filter(appointment=visit, kind="reminder").update(state="void")
    with django_assert_num_queries(1):
        assert told(visit) == ["confirmation, not delivered"]


# --- Prepared on the phone ------------------------------------------------------------------------------------------


@pytest.fixture
def step(visit):
    return PreparationStep.objects.create(treatment=visit.treatment, days_before=1, text="Arrange a ride home.")


def press(desk, visit, step, done="prepared", **fields):
    return desk.post(f"/admin/desk/visit/{visit.pk}/{done}/{step.pk}/", fields)


def test_the_desk_ticks_a_step_off_and_takes_it_back(visit, step, desk):
    page = f"/admin/desk/visit/{visit.pk}/"
    assert "Arrange a ride home." in desk.get(page).text
    assert press(desk, visit, step).url == page
    assert PreparationDone.objects.get().user == desk.user
    assert f"done Mon, Mar 2, 8 am, {desk.user}" in " ".join(desk.get(page).text.split())
    assert press(desk, visit, step, next="/admin/day/").url == "/admin/day/"
    assert PreparationDone.objects.count() == 1
    press(desk, visit, step, "not-prepared")
    assert not PreparationDone.objects.exists()


def test_a_step_of_another_treatment_and_a_visit_that_is_over_are_refused_in_words(visit, step, clinic, desk):
    other = PreparationStep.objects.create(treatment=clinic.injection, days_before=1, text="Something else.")
    assert (
        "That is not a step of this visit."
        in desk.post(f"/admin/desk/visit/{visit.pk}/prepared/{other.pk}/", follow=True).text
    )
    scheduling.cancel(visit, by=scheduling.By.staff(desk.user), now=NOW, reason="other")
    press(desk, visit, step)
    assert (PreparationDone.objects.exists(), Status(visit.status)) == (False, Status.BOOKED)


def test_nobody_is_led_to_another_site(visit, step, desk):
    assert press(desk, visit, step, next="https://evil.example/").url == f"/admin/desk/visit/{visit.pk}/"


def test_a_get_ticks_nothing_off(visit, step, desk):
    assert desk.get(f"/admin/desk/visit/{visit.pk}/prepared/{step.pk}/").status_code == 405
