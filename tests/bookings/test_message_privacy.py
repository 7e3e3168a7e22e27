"""What a message must not say, said by nobody: not in its words, nor around them, nor where machines write them down.

The visit of these tests is made of words that would tell: whatever shows up of them outside the letter's own greeting has
leaked.
"""

import ast
import datetime as dt
import inspect
import logging
import re
from pathlib import Path

import icalendar
import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core import mail

from bookings import emails, ical, links, outbox, scheduling, sms, tasks
from bookings.models import ManageLink, Message
from tests import cast, factories
from treatments.models import PreparationStep

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "bookings" / "messages"
PATIENT_KINDS = [kind for kind in Message.Kind if kind != Message.Kind.DIGEST]
LINK = "https://riverbend.example.com/appointments/a-token/"
STOP = "https://riverbend.example.com/appointments/stop/a-token/"
# Whatever would tell what the visit is for, or which Ada it is. The mailbox may stand in the address of the letter alone.
SECRETS = [
    *(
        "zzsurname",
        "zztreatment",
        "zzwanted",
        "zzclinician",
        "zzcredentials",
        "zzregion",
        "zzreason",
        "zzalert",
        "zzneeds",
    ),
    *(
        "zzarticle",
        "zzoutcome",
        "zzstep",
        "zzagain",
        "zzmailbox",
        "5550147",
        "555-0147",
        "1987",
        "november 23",
        "11/23",
    ),
    *("medicare", "injection", "procedure", "left knee"),
]

# What no template may ask a row for.
PRIVATE = "|".join(
    [
        *("last_name", "date_of_birth", "treatment", "region", "side", "reason", "clinician", "alert", "access_needs"),
        *("coverage", "outcome", "article", "reference", "pk"),
    ]
)


@pytest.fixture
def clinic(settings):
    settings.CLINIC_SMS_URL = "console:"
    return cast.open_clinic()


@pytest.fixture
def visit(clinic):
    """A visit of Ada Zzsurname's, about everything that nobody else may know."""
    rename(clinic.injection, name="Zztreatment injection", slug="zztreatment", summary="Zztreatment procedure")
    rename(clinic.ortiz, name="Zzclinician Ortiz", slug="zzclinician", credentials="Zzcredentials")
    rename(
        clinic.ada, last_name="Zzsurname", date_of_birth=dt.date(1987, 11, 23), email="zzmailbox@example.com",
        phone="+12125550147", sms_consent_at=cast.NOW, alert="Zzalert", access_needs="Zzneeds", coverage="medicare",
    )  # fmt: skip
    PreparationStep.objects.create(treatment=clinic.injection, days_before=1, text="Zzstep.")
    visit = scheduling.book(
        scheduling.Slot(clinic.injection, cast.at("2026-03-04", "10:00"), clinic.house, clinic.ortiz),
        patient=clinic.ada,
        by=scheduling.By.patient(),
        now=cast.NOW,
        source="web",
        reason="Zzreason in my left knee",
        region=factories.BodyRegionFactory(name="Zzregion", slug="zzregion"),
        side="left",
        article=factories.ArticleFactory(title="Zzarticle", slug="zzarticle"),
        treatment_wanted=factories.TreatmentFactory(name="Zzwanted", slug="zzwanted"),
    )
    type(visit).objects.filter(pk=visit.pk).update(outcome="Zzoutcome")
    visit.refresh_from_db()
    return visit


def rename(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def message_of(visit, kind, channel="email"):
    return Message(kind=kind, channel=channel, appointment=visit, patient=visit.patient, again_reason="Zzagain")


def told(words, visit):
    """Return the secrets in some words, the reference and the row's own numbers among them."""
    words = words.lower()
    return [secret for secret in [*SECRETS, visit.reference.lower()] if secret in words]


# --- The words ------------------------------------------------------------------------------------------------------


def test_every_kind_has_a_folder_with_its_three_templates_and_every_folder_is_a_kind():
    folders = {path.name: sorted(file.name for file in path.iterdir()) for path in TEMPLATES.iterdir() if path.is_dir()}
    assert folders == {kind.value: ["body.html", "body.txt", "subject.txt"] for kind in Message.Kind}


def test_no_template_asks_for_what_it_must_not_say():
    """Also where the words of this test's visit would not show it, such as in a branch nobody took."""
    asked = re.compile(rf"(?<!\w)\w+\.(?:\w+\.)*(?:{PRIVATE})\b")
    found = {str(file.relative_to(TEMPLATES)): asked.findall(file.read_text()) for file in TEMPLATES.rglob("*.*")}
    assert {name: names for name, names in found.items() if names} == {}
    assert len(found) > 3 * len(Message.Kind)


def test_no_email_tells_anything_in_subject_headers_words_or_file_names(visit):
    leaks = {}
    for kind in PATIENT_KINDS:
        email = emails.compose(message_of(visit, kind), link=LINK, stop_link=STOP, now=cast.NOW)
        found = told(" ".join(words_of(email.message())), visit)
        leaks |= {kind: found} if found else {}
    assert leaks == {}


def words_of(message):
    """Return the subject, all headers but To, and the parts of a mail, decoded; of a calendar all but whom it invites."""
    for part in message.walk():
        yield from (f"{name}: {value}" for name, value in part.items() if name != "To")
        yield part.get_filename() or ""
        if part.get_content_maintype() != "text":
            continue
        words = part.get_payload(decode=True).decode()
        if part.get_content_subtype() == "calendar":
            words = re.sub(r"(?m)^ATTENDEE.*$", "", re.sub(r"\r?\n ", "", words))
        yield words


def test_a_calendar_says_who_and_where_and_nothing_else(visit):
    for build in (ical.published, ical.requested, ical.cancelled):
        (event,) = icalendar.Calendar.from_ical(build(visit, now=cast.NOW)).events
        assert (str(event["summary"]), str(event["location"]), str(event["description"]), ical.FILE_NAME) == (
            "Appointment at Riverbend",
            "1 Harbor Street, Riverbend, NY 10001",
            "Please arrive at 9:50 am. Questions? Call (212) 555-0100.",
            "appointment.ics",
        )
        assert told(" ".join(str(event[name]) for name in event if name != "ATTENDEE"), visit) == []


def test_no_text_message_tells_anything_and_none_says_a_name(visit):
    texts = {kind: sms.text(message_of(visit, kind, "sms")) for kind in PATIENT_KINDS}
    assert {kind: text for kind, text in texts.items() if told(text, visit) or "Ada" in text} == {}


def test_a_clinician_s_digest_names_nobody(visit, clinic):
    user = clinic.ortiz.user = factories.UserFactory(name="Zzclinician")
    clinic.ortiz.save()
    message = Message(kind="digest", channel="email", user=user, intent=f"digest/{user.pk}/2026-03-04/email")
    email = emails.compose(message, link="https://riverbend.example.com/schedule/", now=cast.NOW)
    words = " ".join(words_of(email.message()))
    assert ("You have 1 visit on Wednesday, March 4." in words, told(words, visit), "Ada" in words) == (True, [], False)


def test_the_addresses_in_messages_are_a_token_and_nothing_else(visit):
    address = links.address(links.mint(visit, now=cast.NOW))
    stop = links.unsubscribe_address(links.mint(visit, now=cast.NOW, purpose=ManageLink.Purpose.UNSUBSCRIBE))
    base = re.escape(django_settings.CLINIC_BASE_URL)
    assert re.fullmatch(rf"{base}/appointments/[\w-]{{43}}/", address)
    assert re.fullmatch(rf"{base}/appointments/stop/[\w-]{{43}}/", stop)


# --- What somebody types in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: eve@example.com",
        "Ada\nContent-Type: text/html\n\n<h1>Hi",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ appointment.reason }}{% debug %}",
        "\u202egnirts\u202c",
        "END:VEVENT\r\nEND:VCALENDAR",
        "A" * 80,
        "\x00\x1b[31m",
    ],
)
def test_a_hostile_name_adds_no_header_no_markup_and_no_calendar_line(visit, name):
    visit.patient.first_name = name
    for kind in PATIENT_KINDS:
        plain = emails.compose(message_of(visit, kind), link=LINK, stop_link=STOP, now=cast.NOW).message()
        html = plain.get_payload()[1].get_payload(decode=True).decode()
        assert (plain["Bcc"], plain["To"], told(" ".join(words_of(plain)), visit)) == (
            None,
            "zzmailbox@example.com",
            [],
        )
        assert re.findall(r"<(?:script|img|h1>Hi)|[\u202e\x00\x1b]", html) == []
        assert [part.get_content_maintype() for part in plain.walk()][1:3] == ["text", "text"]
    calendar = icalendar.Calendar.from_ical(ical.requested(visit, now=cast.NOW))
    assert len(calendar.events) == 1


# --- Where machines write things down -------------------------------------------------------------------------------


def test_our_tasks_take_nothing_so_that_no_broker_holds_anything():
    current_app.loader.import_default_modules()
    ours = {name: task for name, task in current_app.tasks.items() if name.startswith(("bookings.", "clinic."))}
    assert {task.name for task in vars(tasks).values() if hasattr(task, "delay")} <= ours.keys()
    taking = {
        name: str(inspect.signature(task.run))
        for name, task in ours.items()
        if str(inspect.signature(task.run)) != "()"
    }
    assert {name: said for name, said in taking.items() if said != "() -> None"} == {}


def test_nobody_hands_arguments_to_a_task():
    calls = [call for package in ("bookings", "clinic") for call in task_calls(ROOT / package)]
    assert [ast.unparse(call) for call in calls if hands_over(call)] == []
    assert calls


def task_calls(package):
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in ("send_task", "delay", "apply_async"):
                yield node


def hands_over(call):
    most = 1 if call.func.attr == "send_task" else 0
    return len(call.args) > most or any(keyword.arg in ("args", "kwargs", None) for keyword in call.keywords)


def test_no_log_line_names_anybody_while_sending_being_refused_and_failing(visit, smtp_sink, caplog):
    caplog.set_level(logging.DEBUG)
    outbox.send_due(now=cast.NOW)
    answers = ["451 zzmailbox@example.com: Zzsurname is away", "550 zzmailbox@example.com unknown"]
    for minutes, answer in enumerate(answers, start=1):
        outbox.send_link(visit, now=cast.NOW)
        smtp_sink.refuse(answer, recipient="zzmailbox@example.com")
        outbox.send_due(now=cast.NOW + dt.timedelta(minutes=10 * minutes))
        smtp_sink.accept()
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith(("bookings", "clinic")))
    assert told(ours, visit) == []
    assert ("Text message" in ours, "refused" in ours) == (True, True)
    errors = " ".join(Message.objects.exclude(last_error="").values_list("last_error", flat=True))
    assert (told(errors, visit), errors != "") == ([], True)


def test_a_letter_that_cannot_be_written_is_logged_without_its_reason(visit, caplog):
    """An exception repeats what it could not use: only its class is written down."""
    type(visit.patient).objects.filter(pk=visit.patient_id).update(email="zzmailbox@example.com\nBcc: eve@example.com")
    outbox.send_due(now=cast.NOW, channel="email")
    assert (mail.outbox, visit.messages.get(kind="confirmation", channel="email").last_error) == ([], "ValueError")
    assert told(caplog.text, visit) == []
