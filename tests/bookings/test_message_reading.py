"""Half of all adults are lost by an average text: everything we send reads at grade 6 or below."""

import pytest

from bookings import emails, sms
from bookings.desk.previews import invented, sentences
from bookings.models import Message
from tests import cast
from treatments.editorial.reading import grade

pytestmark = pytest.mark.django_db
HIGHEST = 6


@pytest.fixture
def place():
    return cast.open_clinic().house


def letters(place):
    """Every letter there is, in each of its variants."""
    for kind in Message.Kind:
        message = invented(kind, "Ada", place=place, now=cast.NOW)
        for variant in variants(message):
            yield kind, sentences(emails.render(variant, link="https://…/", stop_link="https://…/stop/").text)


def variants(message):
    """The same message where its words depend on the visit: another status, confirmed, canceled for another reason."""
    yield message
    for field, value in [
        ("status", "requested"),
        ("confirmed_at", cast.NOW),
        ("cancel_reason", "time"),
        ("decide_by", None),
    ]:
        if message.appointment is not None:
            setattr(message.appointment, field, value)
            yield message


def test_every_letter_reads_at_grade_six_or_below(place):
    graded = [(kind, grade(text), text) for kind, text in letters(place)]
    assert [each for each in graded if each[1] > HIGHEST] == []
    assert [kind for kind, _grade, text in graded if not text] == []


def test_every_text_message_reads_at_grade_six_or_below(place):
    patients = [kind for kind in Message.Kind if kind != Message.Kind.DIGEST]
    texts = {kind: sms.text(invented(kind, "Ada", place=place, now=cast.NOW)) for kind in patients}
    assert {kind: grade(text) for kind, text in texts.items() if grade(text) > HIGHEST} == {}


def test_the_measure_tells_a_hard_sentence_from_an_easy_one():
    hard = "Notification regarding the cancellation of a previously scheduled interventional consultation is enclosed."
    assert (grade(hard) > HIGHEST, grade("We had to cancel. Please call us.") < HIGHEST) == (True, True)
