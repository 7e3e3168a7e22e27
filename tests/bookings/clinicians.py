"""A clinician at work, for the tests of their pages: who is signed in, a visit of theirs, and presses on its page."""

from bookings import scheduling
from bookings.models import Appointment
from tests.cast import at
from tests.desk import book

BY = scheduling.By.system()
START = at("2026-03-02", "10:30")


def booked(clinic, **options):
    """Book Ada's visit of this morning, 10:30, with Dr. Ortiz; `status` walks it on, up to "done"."""
    status = options.pop("status", None)
    early = status in ("with_clinician", "done")
    visit = book(clinic, options.pop("start", START), status="arrived" if early else status, **options)
    if early:
        visit = scheduling.start(visit, by=BY, now=visit.start)
    if status == "done":
        visit = scheduling.finish(visit, by=BY, now=visit.start)
    return fresh(visit)


def fresh(visit):
    return Appointment.objects.select_related("treatment", "location", "patient", "region").get(pk=visit.pk)


def address(visit, deed=""):
    return f"/schedule/visit/{visit.reference}/{deed and deed + '/'}"


def post(client, visit, deed, *, version=None, **data):
    """Press a button of the visit's page, as it stood at `version`; the visit's own without one."""
    version = visit.version if version is None else version
    return client.post(address(visit, deed), {"version": version, **data})


def said(client):
    """Return the words that wait for the next page, each once."""
    return [str(message) for message in client.get("/schedule/").context["messages"]]


def course(visit):
    return list(visit.events.values_list("verb", flat=True))
