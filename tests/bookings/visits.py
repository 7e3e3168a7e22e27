"""Visits for tests of what comes after the booking."""

from bookings import scheduling
from tests import cast


def book(clinic, patient=None, date="2026-03-04", time="10:00", *, now=cast.NOW, by=None, notify=True):
    """Book a consultation for Ada or whoever is named: by default on Wednesday at 10:00, seen from Monday at 8:00."""
    return scheduling.book(
        scheduling.Slot(clinic.consultation, cast.at(date, time), clinic.house),
        patient=patient or clinic.ada,
        by=by or scheduling.By.patient(),
        now=now,
        source="web",
        notify=notify,
    )
