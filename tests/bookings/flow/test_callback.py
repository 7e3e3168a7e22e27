"""Ask us to call you."""

import pytest

from bookings.models import CallbackRequest
from tests.bookings.visitor import path

pytestmark = pytest.mark.django_db


def test_asking_to_be_called_writes_a_line_for_the_desk(visitor):
    visitor.look("callback")
    stamp = visitor.page.context["form"]["asked"].value()
    told = {
        "name": "Maya",
        "phone": "212 555 0123",
        "best_time": "morning",
        "location": "harbor-street",
        "asked": stamp,
    }
    visitor._post("callback", **told)
    assert visitor.path == path("callback-thanks")
    assert "We call in the morning of the next day we are open." in visitor.text
    row = CallbackRequest.objects.get()
    assert (row.name, row.phone.as_e164, row.best_time, row.location.slug) == (
        "Maya",
        "+12125550123",
        "morning",
        "harbor-street",
    )


def test_calls_from_one_address_are_limited(visitor, settings):
    settings.CLINIC_CALLBACKS_PER_ADDRESS_HOUR = 1
    for _attempt in range(2):
        stamp = visitor.look("callback").context["form"]["asked"].value()
        visitor._post("callback", name="Maya", phone="212 555 0123", asked=stamp)
    assert (visitor.page.status_code, CallbackRequest.objects.count()) == (429, 1)
