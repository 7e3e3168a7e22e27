"""Two at the desk press *Send again* at the same instant: one message more, and the other is told."""

import pytest

from bookings import outbox
from bookings.models import Message
from clinic.models import User
from tests.bookings.scheduling.asking import desk
from tests.cast import NOW, at, open_clinic
from tests.desk import book
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


def press(user, message):
    row = Message.objects.select_related("appointment__patient", "appointment__location").get(pk=message)
    try:
        outbox.send_again(row, reason="Says it never came", user=User.objects.get(pk=user), now=NOW)
    except outbox.NotSendable as refusal:
        return str(refusal)
    return "done"


def test_one_row_whoever_was_quicker():
    visit = book(open_clinic(), at("2026-03-13", "10:00"))
    Message.objects.filter(appointment=visit, kind="confirmation").update(state="sent", sent_at=NOW)
    message = Message.objects.get(appointment=visit, kind="confirmation")
    staff = [desk(name=name).user for name in ("Maria Lopez", "Jo Kim")]
    answers = run_together(f"{__name__}:press", [{"user": user.pk, "message": message.pk} for user in staff])
    assert sorted(answers) == ["It waits to be sent already.", "done"]
    assert list(
        Message.objects.filter(appointment=visit, kind="confirmation", state="due").values_list("intent", flat=True)
    ) == [f"{message.intent}/again1"]
