"""What a clinician wants after a visit that is done, as its patient is told: choose a time, from when on, or it is booked."""

import datetime as dt
from typing import Any

from bookings import eligibility
from bookings.availability.search import clinic_date
from bookings.models import Appointment, NextStep
from bookings.models.appointments import Status
from treatments.models import ClinicianTreatment


def wish_after(appointment: Appointment) -> NextStep | None:
    """Return what is wanted after this visit, whether it is booked or not; not what was taken back or ticked off."""
    if appointment.status != Status.DONE:
        return None
    rows = NextStep.objects.wanted().not_ticked().select_related("treatment")
    wish = rows.filter(appointment=appointment).first()
    if wish is not None:
        wish.appointment = appointment
    return wish


def next_facts(appointment: Appointment, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the page of a visit says of the next one: nothing, when it is, or how to get it. Up to two statements."""
    wish = wish_after(appointment)
    if wish is None:
        return {}
    visit = wish.visit()
    if visit is not None:
        return {"next_visit": visit} if visit.end > now else {}
    answer = eligibility.answer(wish.treatment, patient=appointment.patient, now=now)
    return {"wanted": wish, "next_online": answer.allowed, "next_opens": opens_on(wish, now=now)}


def opens_on(wish: NextStep, *, now: dt.datetime) -> dt.date | None:
    """Return from which date on a time for it can be chosen, if that is later than today."""
    assert wish.earliest is not None  # noqa: S101  only a discharge has none, and nobody wants a visit then
    assert wish.treatment is not None  # noqa: S101
    horizon = dt.timedelta(days=wish.treatment.horizon_days)
    return wish.earliest - horizon if wish.earliest > clinic_date(now) + horizon else None


def same_clinician(wish: NextStep):
    """Return the clinician of the visit if they offer what is wanted next; None: whoever does."""
    clinician = wish.appointment.clinician
    offers = ClinicianTreatment.objects.filter(clinician=clinician, treatment=wish.treatment)
    return clinician if clinician.active and offers.exists() else None
