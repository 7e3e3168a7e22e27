"""What the tests of the outbox run in processes of their own. Importable by name."""

import os

from bookings import outbox
from tests import cast


def send():
    """Send what is due; return how many went out."""
    return outbox.send_due(now=cast.NOW)["sent"]


def claim_and_die():
    """Take the rows and be killed before anything is sent."""
    outbox.claim(now=cast.NOW)
    os._exit(9)


def book_at_ten(treatment, location):
    from bookings import scheduling
    from tests import factories
    from treatments.models import Location, Treatment

    slot = scheduling.Slot(
        Treatment.objects.get(pk=treatment), cast.at("2026-03-04", "10:00"), Location.objects.get(pk=location)
    )
    patient = factories.PatientFactory.build()
    by = scheduling.By.patient()
    return scheduling.book(slot, patient=patient, by=by, now=cast.NOW, source="web").pk
