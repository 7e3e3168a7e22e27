"""What the patient's page says: in which state the visit is, what became of it, and what can be done about it now."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings import scheduling
from bookings.models import Appointment, AppointmentEvent
from bookings.models.appointments import Status
from bookings.views.own_person import others_of
from bookings.views.own_visit import OwnVisit
from bookings.views.own_wishes import next_facts

TITLES = {
    "requested": _("Your request"),
    "offered": _("We can offer you this time"),
    "booked": _("Your appointment"),
    "here": _("You are here. Welcome"),
    "over": _("This appointment is over"),
    "missed": _("We missed you"),
    "cancelled": _("This appointment is canceled"),
    "declined": _("We could not say yes to this time"),
}
# The color of the word beside the title, and the word.
CHIPS = {
    "requested": ("requested", _("requested, not booked yet")),
    "offered": ("requested", _("offered, not booked yet")),
    "booked": ("booked", _("booked")),
    "confirmed": ("arrived", _("confirmed")),
    "here": ("arrived", _("arrived")),
    "over": ("done", _("past")),
    "missed": ("missed", _("missed")),
    "cancelled": ("cancelled", _("canceled")),
    "declined": ("cancelled", _("not booked")),
}
# States in which the visit is still to come.
AHEAD = ("requested", "offered", "booked")


def facts(appointment: Appointment, *, now: dt.datetime) -> dict[str, Any]:
    """What every page may say, to anybody who has the link.

    Never the name, treatment, clinician or reason: mails are forwarded.
    """
    state = state_of(appointment, now=now)
    ahead = state in AHEAD and now < appointment.start
    until = scheduling.online_until(appointment)
    return {
        "appointment": appointment,
        "location": appointment.location,
        "state": state,
        "title": TITLES[state],
        "ahead": ahead,
        "started": state in AHEAD and not ahead,
        "ended": state not in (*AHEAD, "here"),
        "change_until": until,
        "may_accept": ahead and state == "offered",
        "may_confirm": ahead and state == "booked" and appointment.confirmed_at is None,
        "may_change": ahead and now <= until,
        "must_phone": ahead and now > until,
        "in_calendar": ahead and state == "booked",
        "answer_is_late": state in ("requested", "offered") and _is_past(appointment.decide_by, now=now),
    }


def page_facts(own: OwnVisit, *, now: dt.datetime) -> dict[str, Any]:
    """What the page itself says beside that: what happened since the message, and more for who gave the date of birth."""
    appointment = own.appointment
    events = list(appointment.events.order_by("pk"))
    found = facts(appointment, now=now) | _ended(appointment, events)
    confirmed = found["state"] == "booked" and appointment.confirmed_at is not None
    chip, chip_word = CHIPS["confirmed" if confirmed else found["state"]]
    return (
        found
        | {
            "chip": chip,
            "chip_word": chip_word,
            "verified": own.verified,
            "birth_date_known": own.link.appointment.patient.date_of_birth is not None,
            "book_url": _book_url(own),
            "was_at": _start_in_message(own, events) if found["state"] in AHEAD else None,
        }
        | _to_take_back(appointment, events, now=now)
        | next_facts(appointment, now=now)
        | ({"others": others_of(own.link, but=appointment, now=now)} if own.verified else {})
    )


def state_of(appointment: Appointment, *, now: dt.datetime) -> str:
    """Return what the page is about: one of the keys of TITLES, `declined` apart."""
    if appointment.status in (Status.CANCELLED, Status.MISSED):
        return appointment.status
    if appointment.status == Status.DONE or appointment.end <= now:
        return "over"
    if appointment.status == Status.REQUESTED and appointment.offered_at:
        return "offered"
    return appointment.status if appointment.status in (Status.REQUESTED, Status.BOOKED) else "here"


def _ended(appointment: Appointment, events: list[AppointmentEvent]) -> dict[str, Any]:
    """Who ended a canceled visit, and when; a request that was declined is a state of its own."""
    if appointment.status != Status.CANCELLED:
        return {}
    ends = [event for event in events if event.verb in ("cancel", "decline")]
    declined = bool(ends) and ends[-1].verb == "decline"
    by_patient = bool(ends) and ends[-1].actor == AppointmentEvent.Actor.PATIENT
    from_request = bool(ends) and ends[-1].status_before == Status.REQUESTED
    said = {"ended_by_patient": by_patient, "ended_from_request": from_request, "ended_at": appointment.status_at}
    return said | ({"state": "declined", "title": TITLES["declined"]} if declined else {})


def _to_take_back(appointment: Appointment, events: list[AppointmentEvent], *, now: dt.datetime) -> dict[str, Any]:
    """Until when the patient's own last deed can be undone, and from where they moved."""
    last = events[-1] if events else None
    if not scheduling.may_take_back(appointment, last, now=now):
        return {}
    moved_from = _start_before(last) if last.verb == "move" else None
    until = scheduling.take_back_until(appointment, last)
    return {"undo_until": until, "moved_from": moved_from, "was_at": None}


def _start_in_message(own: OwnVisit, events: list[AppointmentEvent]) -> dt.datetime | None:
    """Return the start the visit had when its link was made, if it has been moved to another one since."""
    if not own.is_of_link:
        return None
    moves = [event for event in events if event.at > own.link.created_at and "was" in event.detail]
    start = _start_before(moves[0]) if moves else None
    return start if start != own.appointment.start else None


def _start_before(event: AppointmentEvent) -> dt.datetime:
    return dt.datetime.fromisoformat(event.detail["was"]["start"])


def _is_past(instant: dt.datetime | None, *, now: dt.datetime) -> bool:
    return instant is not None and instant <= now


def _book_url(own: OwnVisit) -> str:
    """Return where to book again. An address that names the treatment is shown to its person alone."""
    again = f"?treatment={own.appointment.treatment.slug}" if own.verified else ""
    return reverse("book") + again
