"""A clinic that moves in while patients book: each time is sold once, and nobody sees an error."""

import pytest

from bookings.findings import findings
from bookings.models import Appointment
from tests import cast, factories
from tests.bookings.scheduling.import_racers import slots
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


def test_an_import_and_the_website_never_sell_one_time_twice():
    cast.open_clinic()
    wanted = list(slots())
    patients = [factories.PatientFactory().pk for _slot in wanted]
    lanes = [{"deed": "move_in", "patients": patients}, {"deed": "book", "number": 1}, {"deed": "book", "number": 2}]
    made = run_together("tests.bookings.scheduling.import_racers:run", lanes)
    visits = Appointment.objects.values_list("clinician", "start")
    assert sorted(visits) == sorted({(slot.clinician.pk, slot.start) for slot in wanted})
    assert sum(map(len, made)) == len(wanted)
    assert list(findings(now=cast.NOW)) == []
