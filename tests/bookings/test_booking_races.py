"""The last press of the flow, by real processes at the same instant: a double click, and strangers at one time."""

import pytest
from django.conf import settings
from django.urls import reverse

from bookings.models import Appointment, Message
from tests import cast
from tests.bookings.visitor import Visitor
from tests.processes import run_together

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def house(settings):
    settings.CLINIC_FORM_SECONDS = 0
    return cast.open_clinic()


def test_a_double_click_makes_one_appointment_and_one_message():
    visitor = ready_to_confirm("maya@example.com")
    both = run_together("tests.bookings.visitor:press_confirm", [ticket(visitor)] * 2)
    assert both == [[302, reverse("book-done")]] * 2
    assert Appointment.objects.count() == 1
    assert Message.objects.filter(kind="confirmation").count() == 1


def test_of_strangers_at_one_time_one_is_booked_and_the_others_are_told():
    strangers = [ready_to_choose() for _number in range(6)]
    slot = strangers[0].slots()[-1]
    tickets = [ticket(stranger) | {"slot": slot} for stranger in strangers]
    answers = run_together("tests.bookings.visitor:press_choose", tickets)
    assert sorted(answers) == [[302, reverse("book-details")]] + [[302, reverse("book-time")]] * 5


def ready_to_choose():
    visitor = Visitor(host="localhost")
    visitor.arrive(treatment="physical-therapy-session")
    visitor.answer_signs()
    return visitor


def ready_to_confirm(email):
    visitor = ready_to_choose()
    visitor.choose()
    visitor.tell(email=email)
    return visitor


def ticket(visitor):
    """What another process needs to go on as this visitor."""
    token = visitor.page.context.get("token", "")
    return {"session": visitor.client.cookies[settings.SESSION_COOKIE_NAME].value, "token": token}
