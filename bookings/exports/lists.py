"""What each list holds, and how a row of the database becomes cells. Dates and times are ISO 8601, on the clock of the place."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from bookings.exports.columns import COLUMNS
from bookings.models import (
    Appointment,
    AppointmentEvent,
    ExtraHours,
    Message,
    Occupancy,
    Patient,
    Resource,
    TimeOff,
    WorkingHours,
)
from treatments.models import Clinician, Location, Treatment


class Listed(NamedTuple):
    """One list: its rows, all of one model, and how a slice of them becomes cells by column."""

    rows: Callable[[], QuerySet]
    cells: Callable[[list], Iterator[dict[str, Any]]]


def _instant(value) -> str:
    return value.isoformat(timespec="seconds") if value else ""


def _wall(value, zone) -> str:
    return value.astimezone(zone).isoformat(timespec="minutes") if value else ""


# --- Lists -----------------------------------------------------------------------------------------------------------


def _patients(rows: list[Patient]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "patient_id": row.pk,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "date_of_birth": row.date_of_birth.isoformat() if row.date_of_birth else "",
            "email": row.email,
            "phone": row.phone.as_e164 if row.phone else "",
            "language": row.language,
            "message_channel": row.message_channel,
            "access_needs": row.access_needs,
            "alert": row.alert,
            "coverage": row.coverage,
            "sms_consent_at": _instant(row.sms_consent_at),
            "sms_stopped_at": _instant(row.sms_stopped_at),
            "reminders_off_at": _instant(row.reminders_off_at),
            "email_refused_at": _instant(row.email_refused_at),
            "privacy_notice_at": _instant(row.privacy_notice_at),
            "known_since": _instant(row.created_at),
            "merged_into": row.merged_into_id or "",
        }


def _appointments(rows: list[Appointment]) -> Iterator[dict[str, Any]]:
    rooms, overbooked = _taken(rows)
    for row in rows:
        zone = row.location.zone
        yield {
            "appointment_id": row.pk,
            "reference": row.reference,
            "patient_id": row.patient_id,
            "patient_name": str(row.patient),
            "start": _wall(row.start, zone),
            "end": _wall(row.end, zone),
            "arrive_at": _wall(row.arrive_at, zone),
            "clinician": row.clinician.slug,
            "clinician_name": row.clinician.name,
            "treatment": row.treatment.slug,
            "location": row.location.slug,
            "time_zone": row.location.time_zone,
            "rooms": "; ".join(rooms.get(row.pk, ())),
            "overbooked": overbooked.get(row.pk, ""),
            "status": row.status,
            "confirmed_at": _instant(row.confirmed_at),
            "region": row.region.slug if row.region else "",
            "side": row.side,
            "reason": row.reason,
            "treatment_wanted": row.treatment_wanted.slug if row.treatment_wanted else "",
            "booked_by": row.source,
            "booked_at": _instant(row.created_at),
            "article": row.article.slug if row.article else "",
            "cancel_reason": row.cancel_reason,
            "outcome": row.outcome,
        }


def _taken(rows: list[Appointment]) -> tuple[dict[int, list[str]], dict[int, str]]:
    """Return by visit the rooms and devices it has, and why it was overbooked."""
    rooms: dict[int, list[str]] = {}
    span = Q(appointment__gte=rows[0].pk, appointment__lte=rows[-1].pk)
    taken = Occupancy.objects.filter(span).exclude(resource__kind=Resource.Kind.CLINICIAN)
    for visit, name in taken.order_by("resource").values_list("appointment_id", "resource__name"):
        rooms.setdefault(visit, []).append(name)
    excused = Occupancy.objects.filter(span, overbooked=True).values("appointment")
    events = (
        AppointmentEvent.objects.filter(appointment__in=excused).order_by("pk").values_list("appointment_id", "detail")
    )
    reasons = dict.fromkeys(excused.values_list("appointment", flat=True), "overbooked")
    return rooms, reasons | {visit: detail["overbooked"] for visit, detail in events if "overbooked" in detail}


def _weekly(rows: list[WorkingHours]) -> Iterator[dict[str, Any]]:
    for row in rows:
        only = "; ".join(treatment.slug for treatment in row.only_treatments.all())
        limits = "; ".join(f"{limit.treatment.slug}={limit.at_most}" for limit in row.limits.all())
        yield {
            **_hours_of(row),
            "weekday": row.get_weekday_display(),
            "date": "",
            "valid_from": row.valid_from.isoformat() if row.valid_from else "",
            "valid_until": row.valid_until.isoformat() if row.valid_until else "",
            "treatments": only,
            "limits": limits,
        }


def _extra(rows: list[ExtraHours]) -> Iterator[dict[str, Any]]:
    nothing = dict.fromkeys(["weekday", "valid_from", "valid_until", "treatments", "limits"], "")
    for row in rows:
        yield {**_hours_of(row), "date": row.date.isoformat(), **nothing}


def _hours_of(row: WorkingHours | ExtraHours) -> dict[str, Any]:
    who = row.resource.clinician
    clinician = who.slug if who else row.resource.name
    times = {"start": f"{row.start:%H:%M}", "end": f"{row.end:%H:%M}"}
    return {"clinician": clinician, "location": row.location.slug, **times}


def _leave(rows: list[TimeOff]) -> Iterator[dict[str, Any]]:
    for row in rows:
        resource = row.resource
        who = resource.clinician if resource else None
        zone = row.location.zone if row.location else resource.location.zone if resource.location else None
        yield {
            "clinician": who.slug if who else "",
            "room": resource.name if resource and not who else "",
            "location": row.location.slug if row.location else "",
            "start": _wall(row.start, zone) if zone else _instant(row.start),
            "end": _wall(row.end, zone) if zone else _instant(row.end),
            "kind": row.kind,
            "note": row.note,
        }


def _messages(rows: list[Message]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "message_id": row.pk,
            "appointment_id": row.appointment_id or "",
            "patient_id": row.patient_id or "",
            "kind": row.kind,
            "channel": row.channel,
            "state": row.state,
            "due_at": _instant(row.due_at),
            "sent_at": _instant(row.sent_at),
            "delivered_at": _instant(row.delivered_at),
        }


def _events(rows: list[AppointmentEvent]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "appointment_id": row.appointment_id,
            "at": _instant(row.at),
            "what": row.verb,
            "who": row.actor,
            "member_of_staff": row.user.name if row.user else "",
            "status_before": row.status_before,
            "status_after": row.status_after,
        }


def _rooms(rows: list[Resource]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "name": row.name,
            "kind": row.kind,
            "location": row.location.slug if row.location else "",
            "active": row.active,
        }


def _fields(*names: str) -> Callable[[list], Iterator[dict[str, Any]]]:
    def cells(rows: list) -> Iterator[dict[str, Any]]:
        for row in rows:
            yield {name: "" if getattr(row, name) is None else _said(getattr(row, name)) for name in names}

    return cells


def _said(value: Any) -> Any:
    return value if isinstance(value, (str, int)) else str(value)


def _related(model, *names: str) -> Callable[[], QuerySet]:
    return lambda: model.objects.select_related(*names)


_WEEKLY = "only_treatments", "limits__treatment"
_VISIT = "patient", "location", "clinician", "treatment", "treatment_wanted", "region", "article"
# A list may come from several tables; the columns are in `exports.columns`.
LISTS: dict[str, list[Listed]] = {
    "patients": [Listed(Patient.objects.all, _patients)],
    "hours": [
        Listed(lambda: _related(WorkingHours, "resource__clinician", "location")().prefetch_related(*_WEEKLY), _weekly),
        Listed(_related(ExtraHours, "resource__clinician", "location"), _extra),
    ],
    "appointments": [Listed(_related(Appointment, *_VISIT), _appointments)],
    "leave": [Listed(_related(TimeOff, "resource__clinician", "resource__location", "location"), _leave)],
    "history": [Listed(_related(AppointmentEvent, "user"), _events)],
    "messages": [Listed(Message.objects.all, _messages)],
    "treatments": [Listed(Treatment.objects.all, _fields(*COLUMNS["treatments"]))],
    "clinicians": [Listed(Clinician.objects.all, _fields(*COLUMNS["clinicians"]))],
    "locations": [
        Listed(
            Location.objects.all,
            _fields(*COLUMNS["locations"]),
        )
    ],
    "rooms": [Listed(lambda: Resource.objects.exclude(kind="clinician").select_related("location"), _rooms)],
}
