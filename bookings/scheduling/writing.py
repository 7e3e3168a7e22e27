"""How a change is written: the row by compare-and-set, its event, its messages."""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import outbox
from bookings.models import Appointment, AppointmentEvent, Message, Occupancy
from bookings.models.appointments import Status
from bookings.scheduling.parties import By
from bookings.scheduling.refusals import Changed
from treatments.templatetags.hours import short_moment

# What an event's verb did, in a word for people.
DEEDS = {
    "book": gettext_lazy("booked"),
    "request": gettext_lazy("requested"),
    "approve": gettext_lazy("approved"),
    "accept": gettext_lazy("offered time accepted"),
    "decline": gettext_lazy("declined"),
    "offer": gettext_lazy("another time offered"),
    "confirm": gettext_lazy("confirmed"),
    "check_in": gettext_lazy("arrived"),
    "room": gettext_lazy("in room"),
    "start": gettext_lazy("with clinician"),
    "finish": gettext_lazy("done"),
    "miss": gettext_lazy("missed"),
    "cancel": gettext_lazy("canceled"),
    "move": gettext_lazy("moved"),
    "amend": gettext_lazy("details changed"),
    "merge": gettext_lazy("patient entries merged"),
    "undo": gettext_lazy("undone"),
}


def lock_appointment(appointment: Appointment, *, version: int | None) -> Appointment:
    """Return the row as it is now, locked until the transaction ends. Raises Changed when `version` is not its version."""
    rows = Appointment.objects.select_related("treatment", "clinician", "location", "patient")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    current = rows.get(pk=appointment.pk)
    if version is not None and current.version != version:
        raise changed(current)
    return current


def changed(current: Appointment) -> Changed:
    """Return the refusal that says who changed the appointment, what they did, and when by the clock of the place."""
    event = current.events.select_related("user").last()
    if event is None:
        return Changed()
    who = event.user or {"patient": _("The patient")}.get(event.actor, _("The clinic"))
    message = _(
        "%(who)s has changed this appointment (%(what)s, %(when)s). Please look again; nothing you typed is lost."
    )
    when = short_moment(event.at.astimezone(current.location.zone))
    return Changed(message % {"who": who, "what": DEEDS.get(event.verb, event.verb), "when": when})


def change(current: Appointment, *, new_revision: bool, **values: Any) -> Appointment:
    """Write the values if the row is still the one that was read; `revision` and `version` rise. Returns it fresh."""
    rows = Appointment.objects.filter(pk=current.pk, version=current.version)
    raised = {"version": F("version") + 1} | ({"revision": F("revision") + 1} if new_revision else {})
    if rows.compare_and_set(**values, **raised) != 1:
        raise Changed
    current.refresh_from_db()
    return current


def record(appointment: Appointment, verb: str, *, by: By, now: dt.datetime, before: str = "", **detail: Any) -> None:
    """Append what happened, when, and who did it."""
    AppointmentEvent.objects.create(
        appointment=appointment,
        verb=verb,
        at=now,
        actor=by.actor,
        user=by.user,
        status_before=before,
        status_after=appointment.status,
        revision=appointment.revision,
        detail=detail,
    )


def free(appointment: Appointment) -> None:
    """Let the appointment's resources go."""
    Occupancy.objects.filter(appointment=appointment).let_go()


def tell(appointment: Appointment, kind: str | None, *, by: By, now: dt.datetime, notify: bool = True) -> None:
    """Void what is out of date, write what the patient must hear, and remind of what is booked.

    What staff did waits a little before it is said, so that a slip can be taken back before anybody hears of it.
    """
    outbox.void_unsent(appointment, now=now)
    due = _due(kind, by=by, now=now)
    if notify and kind and outbox.intend(appointment, kind, now=now, due=due) and due is not None and due <= now:
        outbox.nudge_on_commit()
    if appointment.status == Status.BOOKED:
        outbox.intend_reminders(appointment, now=now)


def _due(kind: str | None, *, by: By, now: dt.datetime) -> dt.datetime | None:
    """Return when to say it; None where the plan says so: what follows a visit by itself has its own hour."""
    if kind in (Message.Kind.MISSED, Message.Kind.AFTERCARE):
        return None
    return outbox.notice_due(now) if by.is_staff else now


def is_news(current: Appointment) -> bool:
    """Whether the patient must hear that the last change is undone: they heard of it, or not yet of what was before it."""
    revision = current.revision
    return outbox.was_told(current, since=revision) or outbox.last_notice_lost(current, before=revision)
