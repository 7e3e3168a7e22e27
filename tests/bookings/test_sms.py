"""What a text says: who, when, whom to call; in one message, whatever the clinic is called."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookings import sms
from bookings.models import Message, Messenger
from tests.bookings.visits import book
from tests.cast import open_clinic

pytestmark = pytest.mark.django_db

BY_TEXT = [kind for kind in Message.Kind if kind != Message.Kind.DIGEST]


@pytest.fixture
def visit():
    return book(open_clinic())


def said(visit, kind, *, name=""):
    Messenger.objects.update_or_create(pk=Messenger.ONLY, defaults={"neutral_name": name})
    return sms.text(Message(kind=kind, channel="sms", appointment=visit, patient=visit.patient))


def test_a_reminder_says_when_and_what_to_answer(visit):
    assert said(visit, "reminder") == (
        "Riverbend: see you Wed, Mar 4. Arrive at 9:50 am. Reply C to confirm, STOP to end texts. "
        "Cannot come? (212) 555-0100"
    )


def test_a_missed_visit_and_a_cancellation_say_whom_to_call(visit):
    assert said(visit, "missed") == "Riverbend: we missed you on Wed, Mar 4. For another time call (212) 555-0100"
    assert said(visit, "cancelled_by_clinic") == (
        "Riverbend: your appointment on Wed, Mar 4, 10 am is canceled. For another time call (212) 555-0100"
    )


def test_no_text_carries_a_link(visit):
    assert [kind for kind in BY_TEXT if "http" in said(visit, kind)] == []


@pytest.mark.parametrize("kind", BY_TEXT)
def test_every_kind_begins_with_the_sender_and_names_no_treatment_or_person(visit, kind):
    words = said(visit, kind)
    assert words.startswith("Riverbend: ")
    told = ("onsultation", "Vale", "Ada", "Ortiz", "Sato", "pain", "1980")
    assert [word for word in told if word in words] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    kind=st.sampled_from(BY_TEXT),
)
@example(name="€" * 30, kind="reminder")
@example(name="…" * 30, kind="delayed")
@example(name="Clínica Ñandú del Río – Łódź", kind="reminder")
def test_whatever_the_clinic_is_called_a_text_is_one_message(visit, name, kind):
    words = said(visit, kind, name=name)
    assert (sms.septets(words) <= 160, sms.plainly(words), set(words) <= sms.BASIC | sms.EXTENDED) == (
        True,
        words,
        True,
    )
    assert kind == "aftercare" or "Wed, Mar 4" in words or "10 am" in words


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("Ada’s – “soon”…", 'Ada\'s - "soon"...'),
        ("8\u202fam, 9\u00a0am", "8 am, 9 am"),
        ("Zoë Núñez-Ångström", "Zoe Nuñez-Ångström"),
        ("Łódź œuvre", "Lodz oeuvre"),
        ("cafe\u0301", "café"),
        ("a\u200db", "ab"),
        ("\N{GRINNING FACE}", "?"),
    ],
)
def test_what_a_plain_phone_has_not_is_written_plainly(words, plain):
    assert sms.plainly(words) == plain


def test_brackets_and_the_euro_count_twice():
    assert (sms.septets("abc"), sms.septets("[€]"), sms.septets("ñé")) == (3, 6, 2)


def test_a_shifted_day_is_the_one_of_the_place(visit):
    visit.location.time_zone = "Pacific/Auckland"
    assert said(visit, "confirmation").startswith("Riverbend: you are booked for Thu, Mar 5. Arrive at 3:50 am")
