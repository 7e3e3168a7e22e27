"""What happened, in words: whom it is about by two identifiers, what changed, who did it, and where to look."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import scheduling
from bookings.models import Appointment, AppointmentEvent, CallbackRequest, Message, PossibleMatch
from bookings.worklists import Person
from bookings.worklists.mechanism import person
from treatments.models import Clinician, Location
from treatments.templatetags.hours import short_moment


class News(NamedTuple):
    """One thing that happened. `by`: who did it, empty where nobody did."""

    people: list[Person]
    says: list[str]
    by: Any
    at: dt.datetime
    patients: set[int]


class Time(NamedTuple):
    """When, with whom and where a visit was or is."""

    start: dt.datetime
    clinician: int
    location: int


def of_visits(events: list[AppointmentEvent]) -> list[News]:
    return [_of_event(event, [_what(event.appointment)]) for event in events]


def of_ends(events: list[AppointmentEvent]) -> list[News]:
    return [_of_event(event, [_what(event.appointment), *_why(event)]) for event in events]


def of_moves(events: list[AppointmentEvent]) -> list[News]:
    """Tell of moves from when to when: three statements more, however many."""
    times = _times_after(events)
    who, where = Clinician.objects.in_bulk(), Location.objects.in_bulk()
    told = []
    for event in events:
        was, now = _time(event.detail["was"]), times[event.pk]
        lines = [_from_to(was, now, where), *_with_whom(was, now, who), str(event.appointment.treatment)]
        told.append(_of_event(event, [*lines, *_offered(event)]))
    return told


def of_messages(lost: list[Message]) -> list[News]:
    return [_of_message(message) for message in lost]


def of_calls(calls: list[CallbackRequest]) -> list[News]:
    found = []
    for call in calls:
        link = reverse("admin:bookings_callbackrequest_change", args=[call.pk])
        says = [str(part) for part in (call.get_best_time_display(), call.location or "", call.note) if part]
        found.append(News([Person(call.name, None, call.phone, "", link)], says, "", call.created_at, set()))
    return found


def of_matches(matches: list[PossibleMatch]) -> list[News]:
    found = []
    for match in matches:
        link = reverse("admin:merge", args=[match.pk])
        people = [person(match.patient, link), person(match.known, link)]
        says = [_("They share: %(what)s") % {"what": match.reason}]
        found.append(News(people, says, "", match.created_at, {match.patient_id, match.known_id}))
    return found


# --- In words -------------------------------------------------------------------------------------------------------


def _of_event(event: AppointmentEvent, says: list[str]) -> News:
    visit = event.appointment
    by = event.user or (_("the patient") if event.actor == AppointmentEvent.Actor.PATIENT else _("the system"))
    return News([_who(visit)], says, by, event.at, {visit.patient_id})


def _of_message(message: Message) -> News:
    visit: Any = message.appointment  # `since` asks for those that have one
    says = [f"{message.get_kind_display()}, {message.get_channel_display()}", _what(visit)]
    return News([_who(visit)], says, "", message.failed_at or message.due_at, {visit.patient_id})


def _who(visit: Appointment) -> Person:
    return person(visit.patient, reverse("admin:bookings_appointment_change", args=[visit.pk]))


def _what(visit: Appointment) -> str:
    return f"{_when(visit.start, visit.location)}: {visit.treatment}, {visit.clinician.name}, {visit.location}"


def _why(event: AppointmentEvent) -> list[str]:
    reason = scheduling.CANCEL_REASONS.get(event.detail.get("reason", ""))
    return [str(reason)] if reason else []


def _offered(event: AppointmentEvent) -> list[str]:
    return [_("Offered to the patient, who has to say yes.")] if event.verb == "offer" else []


def _when(instant: dt.datetime, place: Location) -> str:
    return short_moment(timezone.localtime(instant, place.zone))


# --- From when to when ----------------------------------------------------------------------------------------------


def _time(said: dict) -> Time:
    return Time(dt.datetime.fromisoformat(said["start"]), said["clinician"], said["location"])


def _times_after(events: Iterable[AppointmentEvent]) -> dict[int, Time]:
    """Return by event (pk) the time it moved the visit to: where the next move began, or where the visit is now."""
    visits = {event.appointment_id: event.appointment for event in events}
    after = {pk: Time(visit.start, visit.clinician_id, visit.location_id) for pk, visit in visits.items()}
    moves = AppointmentEvent.objects.filter(appointment__in=visits, detail__has_key="was").order_by("-pk")
    found: dict[int, Time] = {}
    for pk, visit, detail in moves.values_list("pk", "appointment_id", "detail"):
        found[pk], after[visit] = after[visit], _time(detail["was"])
    return found


def _from_to(was: Time, now: Time, where: dict[int, Location]) -> str:
    old, new = where[was.location], where[now.location]
    said = {"was": _when(was.start, old), "now": _when(now.start, new)}
    if old == new:
        return _("from %(was)s to %(now)s") % said
    return _("from %(was)s, %(there)s, to %(now)s, %(here)s") % {**said, "there": old, "here": new}


def _with_whom(was: Time, now: Time, who: dict[int, Clinician]) -> list[str]:
    if was.clinician == now.clinician:
        return [who[now.clinician].name]
    return [_("%(now)s instead of %(was)s") % {"now": who[now.clinician].name, "was": who[was.clinician].name}]
