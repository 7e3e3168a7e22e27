"""What patients read: the same in text and HTML, neutral, plain, and safe to be seen by others."""

import re

import icalendar
import pytest
from django.core import mail

from bookings import emails, links, outbox, scheduling, sms
from bookings.models import Message
from tests import cast
from tests.bookings.visits import book

pytestmark = pytest.mark.django_db

KINDS = list(Message.Kind)


@pytest.fixture
def clinic(db):
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    return book(clinic)


def message_of(visit, kind):
    row = visit.messages.order_by("pk").first()
    row.kind = kind
    return row


def sent(visit):
    """Send what is due and return the newest mail."""
    outbox.send_due(now=cast.NOW)
    return mail.outbox[-1]


def calendar_of(email):
    return next(icalendar.Calendar.from_ical(content) for content, kind in email.alternatives if "calendar" in kind)


def readable(html):
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def test_a_confirmation_says_when_where_and_how_to_cancel(visit):
    email = sent(visit)
    link = re.search(r"http\S+", email.body).group()
    expected = f"""Hi Ada,

Your appointment is booked. You do not need to do anything else.

Wednesday, March 4, 2026
Arrive at: 9:50 am
Starts at: 10 am
Where: Harbor Street, 1 Harbor Street, Riverbend, NY 10001
Phone: (212) 555-0100

See or cancel it, or add it to your calendar:
{link}

Cannot come? Please tell us soon, so that somebody else can have the time.

--{" "}
Riverbend
In an emergency, do not write to us. Call 911.
"""
    assert (email.subject, email.body) == ("Your appointment on Wednesday, March 4", expected)


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
def test_nothing_tells_what_the_visit_is_for(clinic, kind):
    visit = scheduling.book(
        scheduling.Slot(clinic.injection, cast.at("2026-03-04", "10:00"), clinic.house, clinic.ortiz),
        patient=clinic.ada,
        by=scheduling.By.patient(),
        now=cast.NOW,
        source="web",
        reason="My left hip burns at night",
    )
    email = emails.compose(message_of(visit, kind), link=links.PLACEHOLDER, now=cast.NOW)
    everything = email.message().as_string().lower() + sms.text(message_of(visit, kind)).lower()
    telling = [
        "injection",
        "trigger",
        "hip",
        "ortiz",
        "physician",
        "pain",
        "vale",
        "treatment",
        visit.reference.lower(),
    ]
    assert [word for word in telling if word in everything] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_message_can_be_written_for_everybody(clinic, visit, kind, language):
    visit.patient.first_name = "Wolfeschlegelsteinhausenbergerdorff-Núñez O'Brien <b>"
    visit.patient.last_name = ""
    visit.patient.language = language
    message = message_of(visit, kind)
    message.appointment = visit
    rendered = outbox.preview(message)
    assert ("O'Brien <b>" in rendered.text, "O&#x27;Brien &lt;b&gt;" in rendered.html) == (True, True)
    assert rendered.subject == rendered.subject.strip() != ""


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same_facts(visit, kind):
    rendered = outbox.preview(message_of(visit, kind))
    words = readable(rendered.html)
    facts = ["Hi Ada,", "Wednesday, March 4, 2026", "10 am", "(212) 555-0100", "Call 911"]
    assert [fact for fact in facts if fact not in words or fact not in rendered.text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_html_fetches_nothing_and_carries_no_styles_or_scripts(visit, kind):
    html = outbox.preview(message_of(visit, kind)).html
    assert re.findall(r"<(?:img|link|script|style|iframe)|\bstyle=|\bsrc=|\bon\w+=", html) == []
    assert {href.partition(":")[0] for href in re.findall(r'href="([^"]+)"', html)} <= {"https", "tel"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_reads_at_grade_six_or_below(visit, kind):
    rendered = outbox.preview(message_of(visit, kind))
    prose = [line for line in rendered.text.splitlines() if line.endswith((".", "?"))]
    assert grade(" ".join(prose)) <= 6


def grade(text):
    """Flesch-Kincaid grade level, with syllables counted as groups of vowels."""
    sentences = max(1, len(re.findall(r"[.?!:]+", text)))
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word.lower())))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def test_a_confirmation_puts_the_visit_into_the_calendar(visit):
    calendar = calendar_of(sent(visit))
    event = calendar.events[0]
    assert (str(calendar["method"]), event.start, event["sequence"]) == ("REQUEST", visit.local_start, 0)
    assert str(event["summary"]) == "Appointment at Riverbend"


def test_book_move_and_cancel_are_one_calendar_entry_that_ends_cancelled(clinic, visit):
    booked = calendar_of(sent(visit))
    slot = scheduling.Slot(clinic.consultation, cast.at("2026-03-05", "14:00"), clinic.house)
    moved = calendar_of(sent(scheduling.move(visit, slot, by=scheduling.By.patient(), now=cast.NOW)))
    scheduling.cancel(visit, by=scheduling.By.patient(), now=cast.NOW, reason="better")
    gone = calendar_of(sent(visit))
    calendars = [booked, moved, gone]
    assert [str(each["method"]) for each in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [each.events[0]["sequence"] for each in calendars] == [0, 1, 2]
    assert len({str(each.events[0]["uid"]) for each in calendars}) == 1
    assert str(gone.events[0]["status"]) == "CANCELLED"


def test_a_request_is_in_no_calendar_until_it_is_approved(clinic):
    clinic.consultation.policy = "request"
    clinic.consultation.save()
    visit = book(clinic)
    assert [kind for _content, kind in sent(visit).alternatives] == ["text/html"]
    approved = scheduling.approve(visit, by=scheduling.By.system(), now=cast.NOW)
    assert str(calendar_of(sent(approved))["method"]) == "REQUEST"


def test_times_are_those_of_the_place(clinic, visit):
    clinic.house.time_zone = "America/Los_Angeles"
    clinic.house.save()
    assert "Starts at: 7 am" in outbox.preview(visit.messages.first()).text


def test_a_text_is_short_and_begins_with_who_writes(visit):
    texts = [sms.text(message_of(visit, kind)) for kind in KINDS]
    assert [text for text in texts if len(text) > 160 or not text.startswith("Riverbend: ")] == []
