"""What patients read: the same in text and HTML, neutral, plain, and safe to be seen by others."""

import re

import icalendar
import pytest
from django.core import mail

from bookings import emails, links, outbox, scheduling
from bookings.emails import facts
from bookings.models import Appointment, Delay, Message, Messenger, Patient
from bookings.outbox.intents import OURS_TO_START
from tests import cast, factories
from tests.bookings.visits import book
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db

# Those to patients; a clinician's digest has no visit.
KINDS = [kind for kind in Message.Kind if kind != Message.Kind.DIGEST]
LINK = "https://riverbend.example.com/appointments/a-token/"
STOP = "https://riverbend.example.com/appointments/stop/another-token/"


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


def message_of(visit, kind):
    return Message(kind=kind, channel="email", appointment=visit, patient=visit.patient, revision=visit.revision)


def text_of(visit, kind):
    return emails.render(message_of(visit, kind), link=LINK, stop_link=STOP).text


def composed(visit, kind):
    return emails.compose(message_of(visit, kind), link=LINK, stop_link=STOP, now=cast.NOW)


def sent(visit):
    """Send what is due and return the newest mail."""
    outbox.send_due(now=cast.NOW)
    return mail.outbox[-1]


def calendar_of(email):
    """Return (method, status of the entry) of the calendar part, None without one."""
    for content, kind in email.alternatives:
        if "calendar" in kind:
            calendar = icalendar.Calendar.from_ical(content)
            return str(calendar["method"]), str(calendar.events[0]["status"])
    return None


def readable(html):
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL).split())


# --- Every kind -----------------------------------------------------------------------------------------------------


def test_every_kind_has_its_function_and_only_what_we_start_can_be_stopped():
    assert (list(emails.KINDS), emails.CAN_BE_STOPPED) == (list(Message.Kind), OURS_TO_START)


@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_greets_then_says_the_one_thing_to_do_then_when_and_where(visit, kind):
    lines = text_of(visit, kind).splitlines()
    first_link = next(place for place, line in enumerate(lines) if "://" in line)
    assert (lines[0], lines[first_link], lines[first_link - 1][-1]) == ("Hi Ada,", LINK, ":")
    assert lines.index("Wednesday, March 4, 2026") > first_link
    assert [line for line in lines if "://" in line] == [LINK, STOP] if kind in OURS_TO_START else [LINK]


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same_facts(visit, kind):
    rendered = emails.render(message_of(visit, kind), link=LINK)
    words = readable(rendered.html)
    said = ["Hi Ada,", "Wednesday, March 4, 2026", "10 am", "(212) 555-0100", "Call 911", LINK]
    assert [fact for fact in said if fact not in words or fact not in rendered.text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_html_fetches_nothing_and_carries_no_styles_or_scripts(visit, kind):
    html = emails.render(message_of(visit, kind), link=LINK, stop_link=STOP).html
    assert re.findall(r"<(?:img|link|script|style|iframe)|\bstyle=|\bsrc=|\bon\w+=", html) == []
    assert {href.partition(":")[0] for href in re.findall(r'href="([^"]+)"', html)} <= {"https", "tel"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_message_can_be_written_for_everybody(visit, kind, language):
    visit.patient.first_name = "Wolfeschlegelsteinhausenbergerdorff-Núñez O'Brien <b>"
    visit.patient.last_name = ""
    visit.patient.language = language
    rendered = outbox.preview(message_of(visit, kind))
    assert ("O'Brien <b>" in rendered.text, "O&#x27;Brien &lt;b&gt;" in rendered.html) == (True, True)
    assert rendered.subject == rendered.subject.strip() != ""


def test_a_letter_costs_one_statement_for_our_name(visit, django_assert_num_queries):
    row = outbox.claim(now=cast.NOW)[0]
    row = Message.objects.select_related("appointment__location", "appointment__patient").get(pk=row.pk)
    with django_assert_num_queries(1):
        emails.compose(row, link=LINK, now=cast.NOW)


# --- Headers --------------------------------------------------------------------------------------------------------


def test_the_headers_let_copies_collapse_and_stop_automatic_answers(visit):
    row = visit.messages.get(kind="confirmation")
    headers = sent(visit).message()
    assert {name: headers[name] for name in ("From", "To", "Reply-To", "Message-ID", "Auto-Submitted")} == {
        "From": "Riverbend <appointments@riverbend.example.com>",
        "To": "ada@example.com",
        "Reply-To": "appointments@riverbend.example.com",
        "Message-ID": f"<{row.message_id}@riverbend.example.com>",
        "Auto-Submitted": "auto-generated",
    }
    assert headers["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_we_start_ourselves_carries_the_mail_program_s_button_to_stop_it(visit, kind):
    headers = composed(visit, kind).message()
    expected = (f"<{STOP}>", "List-Unsubscribe=One-Click") if kind in OURS_TO_START else (None, None)
    assert (headers["List-Unsubscribe"], headers["List-Unsubscribe-Post"]) == expected


def test_the_address_in_the_button_is_not_broken_over_lines(visit):
    assert f"<{STOP}>".encode() in composed(visit, "reminder").message().as_bytes()


def test_the_sender_and_the_signature_have_the_name_that_staff_chose(visit):
    Messenger.objects.create(pk=1, neutral_name="Harbor Street 1")
    email = composed(visit, "confirmation")
    assert email.from_email == "Harbor Street 1 <appointments@riverbend.example.com>"
    assert ("\nHarbor Street 1\n" in email.body, "Riverbend\n" in email.body) == (True, False)


# --- Each kind ------------------------------------------------------------------------------------------------------


def test_a_confirmation_says_when_where_and_how_to_change_it(visit):
    email = sent(visit)
    link = re.search(r"http\S+", email.body).group()
    expected = f"""Hi Ada,

Your appointment is booked for Wednesday, March 4. Please arrive at 9:50 am. You do not need to do anything else.

See, move or cancel it, or add it to your calendar:
{link}

Wednesday, March 4, 2026
Arrive at: 9:50 am
Starts at: 10 am
Where: Harbor Street, 1 Harbor Street, Riverbend, NY 10001
Phone: (212) 555-0100

Cannot come? Please tell us soon, so that somebody else can have the time.

--{" "}
Riverbend
In an emergency, do not write to us. Call 911.
"""
    assert (email.subject, email.body) == ("Your appointment on Wednesday, March 4", expected)


def test_a_reminder_asks_to_confirm_until_that_is_done(visit):
    ask, thanks = "Please confirm that you will come:", "You told us that you will come. Thank you."
    assert (ask in text_of(visit, "reminder"), thanks in text_of(visit, "reminder")) == (True, False)
    visit = scheduling.confirm(visit, by=scheduling.By.patient(), now=cast.NOW)
    assert (ask in text_of(visit, "reminder"), thanks in text_of(visit, "reminder")) == (False, True)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("clinician_away", "We are sorry: we had to cancel your appointment on Wednesday, March 4."),
        ("closed", "We are sorry: we had to cancel your appointment on Wednesday, March 4."),
        ("unwell", "Your appointment on Wednesday, March 4 is canceled. You do not need to come."),
        ("left", "Your appointment on Wednesday, March 4 is canceled. You do not need to come."),
    ],
)
def test_we_are_sorry_for_what_was_our_doing_and_not_for_what_the_patient_asked_on_the_phone(visit, reason, said):
    gone = scheduling.cancel(visit, by=scheduling.By.system(), now=cast.NOW, reason=reason)
    assert said in text_of(gone, "cancelled_by_clinic")


def test_our_doing_is_among_the_reasons_there_are():
    assert facts.OUR_DOING - scheduling.CANCEL_REASONS.keys() == set()


@pytest.mark.parametrize(("done", "said"), [(0, "There are 2 things to do"), (1, "There is 1 thing to do")])
def test_how_to_prepare_says_how_many_things_are_left_and_not_what(clinic, visit, done, said):
    for days, text in ((3, "Pause the blood thinner."), (1, "Bring a driver.")):
        PreparationStep.objects.create(treatment=clinic.consultation, days_before=days, text=text)
    for step in list(PreparationStep.objects.all())[:done]:
        visit.preparation_done.create(step=step, at=cast.NOW)
    text = text_of(visit, "preparation")
    assert (said in text, "thinner" in text, "driver" in text) == (True, False, False)


def test_how_to_prepare_thanks_whoever_has_done_it_all(visit):
    assert "You have done what there is to do before you come" in text_of(visit, "preparation")


def test_after_a_procedure_it_says_when_to_call_and_when_not_to_wait(visit):
    expected = "If you feel unwell in a way that worries you, call us: (212) 555-0100. In an emergency, call 911."
    assert expected in text_of(visit, "aftercare").splitlines()


def test_running_late_says_how_late(clinic, visit):
    Delay.objects.create(
        clinician=visit.clinician, location=clinic.house, minutes=25, at=cast.at("2026-03-04", "09:00")
    )
    assert "We are running about 25 minutes late today." in text_of(visit, "delayed")


@pytest.mark.parametrize(
    ("status", "arrive"), [("booked", True), ("requested", True), ("cancelled", False), ("done", False)]
)
def test_a_link_sent_again_tells_nobody_to_arrive_for_what_is_over(visit, status, arrive):
    visit.status = status
    assert ("Arrive at: 9:50 am" in text_of(visit, "link")) is arrive


def test_a_request_that_moved_is_not_called_booked(visit):
    visit.status = "requested"
    assert "Your request has a new time: Wednesday, March 4. It is not booked yet." in text_of(visit, "moved")


def test_times_are_those_of_the_place(clinic, visit):
    clinic.house.time_zone = "America/Los_Angeles"
    clinic.house.save()
    assert "Starts at: 7 am" in outbox.preview(visit.messages.first()).text


# --- Names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("O'Brien-Núñez", "Hi O'Brien-Núñez,"),
        ("Q", "Hi Q,"),
        ("Null", "Hi Null,"),
        ("Zoë 🌻", "Hi Zoë 🌻,"),
        ("{{ settings }}{% now 'Y' %}", "Hi {{ settings }}{% now 'Y' %},"),
        ("A" * 80, f"Hi {'A' * 80},"),
        ("Ada\r\nBcc: eve@example.com", "Hello,"),
        ("Ada\r\nSubject", "Hi Ada Subject,"),
        ("Ada\u202eadA", "Hi Ada adA,"),
        ("www.example.com", "Hello,"),
        ("Win at https://evil.example", "Hello,"),
        ("\u200b", "Hello,"),
    ],
)
def test_a_name_stays_on_its_line_and_leads_nowhere(visit, name, greeting):
    visit.patient.first_name = name
    assert text_of(visit, "confirmation").splitlines()[0] == greeting


# --- A clinician's digest -------------------------------------------------------------------------------------------


def digest_of(user, date="2026-03-04"):
    return Message(kind="digest", channel="email", user=user, intent=f"digest/{user.pk}/{date}/email")


@pytest.fixture
def ortiz(clinic):
    clinic.ortiz.user = factories.UserFactory(email="ortiz@example.com", name="Amara Ortiz")
    clinic.ortiz.save()
    return clinic.ortiz.user


def test_a_digest_counts_the_visits_of_that_clinician_on_that_local_day(clinic, ortiz):
    def visit(date, time, clinician):
        slot = scheduling.Slot(clinic.consultation, cast.at(date, time), clinic.house, clinician)
        patient = factories.PatientFactory()
        return scheduling.book(slot, patient=patient, by=scheduling.By.system(), now=cast.NOW, source="desk")

    visit("2026-03-04", "16:30", clinic.ortiz)
    visit("2026-03-04", "09:30", clinic.ortiz)
    visit("2026-03-04", "09:00", clinic.sato)
    visit("2026-03-05", "09:00", clinic.ortiz)
    gone = visit("2026-03-04", "09:00", clinic.ortiz)
    scheduling.cancel(gone, by=scheduling.By.system(), now=cast.NOW, reason="time")
    email = emails.compose(digest_of(ortiz), link="https://riverbend.example.com/schedule/", now=cast.NOW)
    expected = f"""Hello,

You have 2 visits on Wednesday, March 4. The first one starts at 9:30 am.

Sign in to see your day:
https://riverbend.example.com/schedule/

--{" "}
Riverbend
"""
    assert (email.to, email.subject, email.body) == (["ortiz@example.com"], "Your day on Wednesday, March 4", expected)


def test_a_digest_says_so_when_the_day_has_emptied(ortiz):
    assert "You have no visits on Wednesday, March 4." in emails.render(digest_of(ortiz), link=LINK).text


def test_a_digest_is_about_the_local_day_of_the_place(clinic, ortiz, visit):
    clinic.house.time_zone = "Pacific/Auckland"
    clinic.house.save()
    assert "You have no visits" in emails.render(digest_of(ortiz), link=LINK).text
    assert "You have 1 visit on Thursday, March 5. The first one starts at 4 am." in (
        emails.render(digest_of(ortiz, "2026-03-05"), link=LINK).text
    )


# --- The calendar part ----------------------------------------------------------------------------------------------


@pytest.fixture
def by_request(clinic):
    clinic.consultation.policy = "request"
    clinic.consultation.save()


def test_a_confirmation_puts_the_visit_into_the_calendar(visit):
    assert calendar_of(sent(visit)) == ("REQUEST", "CONFIRMED")


def test_a_request_is_in_no_calendar_until_it_is_approved(by_request, clinic):
    visit = book(clinic)
    assert calendar_of(sent(visit)) is None
    approved = scheduling.approve(visit, by=scheduling.By.system(), now=cast.NOW)
    assert calendar_of(sent(approved)) == ("REQUEST", "CONFIRMED")


def test_a_declined_request_and_one_taken_back_have_nothing_to_take_out(by_request, clinic):
    declined = scheduling.decline(book(clinic), by=scheduling.By.system(), now=cast.NOW)
    taken_back = book(clinic, clinic.ben, time="11:00")
    taken_back = scheduling.cancel(taken_back, by=scheduling.By.patient(), now=cast.NOW, reason="time")
    assert [calendar_of(composed(declined, "declined")), calendar_of(composed(taken_back, "cancelled"))] == [None, None]


def test_a_visit_that_staff_book_and_cancel_before_anybody_heard_has_nothing_to_take_out(clinic):
    visit = book(clinic, by=scheduling.By.system(), notify=False)
    gone = scheduling.cancel(visit, by=scheduling.By.system(), now=cast.NOW, reason="mistake")
    assert calendar_of(composed(gone, "cancelled_by_clinic")) is None


def test_what_the_patient_was_told_is_taken_out_whoever_cancels(clinic):
    visit = book(clinic, by=scheduling.By.system())
    sent(visit)
    gone = scheduling.cancel(visit, by=scheduling.By.system(), now=cast.NOW, reason="closed")
    assert calendar_of(composed(gone, "cancelled_by_clinic")) == ("CANCEL", "CANCELLED")


def test_what_the_patient_could_save_on_the_last_page_is_taken_out(visit):
    gone = scheduling.cancel(visit, by=scheduling.By.patient(), now=cast.NOW, reason="time")
    assert calendar_of(composed(gone, "cancelled")) == ("CANCEL", "CANCELLED")


def test_a_yes_taken_back_is_taken_out_again(by_request, clinic):
    approved = scheduling.approve(book(clinic), by=scheduling.By.staff(factories.UserFactory()), now=cast.NOW)
    Message.objects.filter(kind="approved").update(state="sent")
    undone = scheduling.undo(approved, by=scheduling.By.staff(factories.UserFactory()), now=cast.NOW)
    assert calendar_of(composed(undone, "request")) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize("kind", ["reminder", "preparation", "missed", "aftercare", "invitation", "delayed", "link"])
def test_what_changes_nothing_carries_no_calendar(visit, kind):
    assert calendar_of(composed(visit, kind)) is None


# --- Previews -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_no_database_can_be_previewed(clinic, kind):
    visit = unbooked_visit(clinic)
    assert "Hi Ada," in emails.render(Message(kind=kind, appointment=visit), link=links.PLACEHOLDER).text


def unbooked_visit(clinic):
    """A visit nobody booked, about a patient nobody knows."""
    start = cast.at("2026-03-04", "10:00")
    return Appointment(
        patient=Patient(first_name="Ada"), location=clinic.house, start=start, end=start, arrive_at=start
    )
