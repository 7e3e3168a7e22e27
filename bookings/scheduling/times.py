"""Keeping a time: lock, drop expired holds, look again, choose, write. Every verb that takes a time passes here."""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from bookings import availability
from bookings.intervals import Interval, from_minute, to_minute
from bookings.models import Appointment, Hold, Occupancy, Patient, Resource
from bookings.scheduling.parties import Slot
from bookings.scheduling.refusals import NotAllowed, NotOffered, Taken, TooMany, diary_transaction
from treatments.models import Capability, ClinicianTreatment


def hold(slot: Slot, *, session_key: str, now: dt.datetime, address_hash: str = "") -> Hold:
    """Keep a time for a session for some minutes; its earlier hold goes. Raises Taken, NotOffered or TooMany."""
    with diary_transaction():
        lock_session(session_key)
        lock_for(slot)
        drop_expired(now=now)
        release(session_key, now=now)
        _refuse_too_many_holds(address_hash, now=now)
        choice = choose(slot, now=now)
        row = Hold.objects.create(
            session_key=session_key,
            address_hash=address_hash,
            treatment=slot.treatment,
            clinician_id=choice.clinician.pk,
            location=slot.location,
            start=slot.start,
            end=from_minute(choice.end_minute),
            created_at=now,
            expires_at=now + dt.timedelta(minutes=settings.CLINIC_HOLD_MINUTES),
        )
        occupy(choice.resources, hold=row)
    return row


def extend(hold: Hold, *, now: dt.datetime) -> Hold:
    """Give a live hold its minutes again, once. Raises NotAllowed when it is over or was extended before."""
    until = now + dt.timedelta(minutes=settings.CLINIC_HOLD_MINUTES)
    with diary_transaction():
        changed = Hold.objects.live(now=now).filter(pk=hold.pk, extended=False).update(expires_at=until, extended=True)
    if not changed:
        raise NotAllowed(_("We cannot keep this time any longer. If it is still free, you can book it."))
    hold.expires_at, hold.extended = until, True
    return hold


def release(session_key: str, *, now: dt.datetime) -> None:
    """Let go of what this session holds."""
    with diary_transaction():
        Hold.objects.filter(session_key=session_key).delete()


def drop_expired(*, now: dt.datetime) -> int:
    """Delete holds that are over: an exclusion constraint cannot look at the clock. Returns how many."""
    rows = Hold.objects.expired(now=now).order_by("pk")
    if connection.features.has_select_for_update_skip_locked and connection.in_atomic_block:
        # One that somebody else is deleting right now is as good as gone.
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    expired = list(rows.values_list("pk", flat=True))
    if expired:
        Hold.objects.filter(pk__in=expired).delete()
    return len(expired)


def lock_session(session_key: str) -> None:
    """Let the presses of one session wait for each other, before any resource is locked, so that each sees the last hold."""
    if not connection.features.has_select_for_update:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"hold/{session_key}"])


def lock_for(slot: Slot, *, patient: Patient | None = None, also: list[int] | None = None) -> None:
    """Lock every resource that could serve the slot, in order of pk, then the patient. SQLite is locked by BEGIN IMMEDIATE.

    `also`: resources (pk) of a time that will be freed.
    """
    if not connection.features.has_select_for_update:
        return
    resources = Resource.objects.filter(_could_serve(slot) | Q(pk__in=also or [])).order_by("pk")
    list(resources.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    if patient is not None and patient.pk:
        Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=patient.pk)


def _could_serve(slot: Slot) -> Q:
    needed = Capability.objects.filter(needs__treatment=slot.treatment)
    capable = Resource.capabilities.through.objects.filter(resource=OuterRef("pk"), capability__in=needed)
    if slot.clinician is not None:
        return Q(clinician=slot.clinician) | Q(Exists(capable), location=slot.location)
    offering = ClinicianTreatment.objects.filter(treatment=slot.treatment).values("clinician")
    return Q(clinician__in=offering) | Q(Exists(capable), location=slot.location)


def look_at(slot: Slot, *, now: dt.datetime, session_key: str = "", without: int | None = None, by_staff: bool = False):
    """Take the picture of the slot's one local date."""
    return availability.look(
        [slot.treatment],
        first=slot.start.astimezone(slot.location.zone).date(),
        days=1,
        now=now,
        clinician=slot.clinician.pk if slot.clinician else None,
        location=slot.location.pk,
        session_key=session_key,
        without=without,
        by_staff=by_staff,
    )


def choose(slot: Slot, *, minutes: int | None = None, **options) -> availability.Choice:
    """Return who and what serves the slot, for its usual length or for `minutes`.

    Raises Taken when it is offered but busy, NotOffered when it never was.
    """
    refuse_impossible(slot)
    picture = look_at(slot, **options)
    asked = (slot.treatment.pk, to_minute(slot.start), slot.location.pk)
    choice = picture.choose(*asked, minutes=minutes)
    if choice is not None:
        return choice
    # Without the visits and holds of others, would it be free? Then somebody was quicker.
    if picture.without_visits().choose(*asked, minutes=minutes) is not None:
        raise Taken
    raise NotOffered


def decision_due(slot: Slot, *, now: dt.datetime) -> dt.datetime:
    """Return until when the desk should decide a request: before the visit in any case."""
    return min(now + dt.timedelta(hours=slot.treatment.decide_within_hours), slot.start)


def refuse_merged(patient: Patient) -> None:
    """An entry that was merged into another, perhaps since a form was opened, is booked for no more."""
    if Patient.objects.filter(pk=patient.pk, merged_into__isnull=False).exists():
        raise NotAllowed(_("This entry has been merged into another one of the same person. Please book for that one."))


def refuse_elsewhere(patient: Patient, start: dt.datetime, end: dt.datetime, *, without: int | None = None) -> None:
    """A known patient is never in two places. `without`: an appointment (pk) that does not count."""
    same_time = (
        Appointment.objects.keeping_time().filter(patient=patient, start__lt=end, end__gt=start).exclude(pk=without)
    )
    if same_time.exists():
        raise NotAllowed(_("This patient already has an appointment at that time."))


def refuse_impossible(slot: Slot) -> None:
    """A start is an aware whole minute at an active place; anything else was made by hand."""
    if slot.start.tzinfo is None or slot.start.second or slot.start.microsecond:
        raise NotOffered
    if not (slot.location.active and slot.treatment.active and (slot.clinician is None or slot.clinician.active)):
        raise NotOffered


def occupy(
    resources: dict[int, Interval], *, appointment=None, hold=None, overbooked_resource: int | None = None
) -> None:
    """Write one row for each resource; only an overbooked visit's clinician carries the flag that the guard skips."""
    Occupancy.objects.bulk_create(
        Occupancy(
            resource_id=resource,
            start=minutes.start,
            end=minutes.end,
            appointment=appointment,
            hold=hold,
            overbooked=resource == overbooked_resource,
        )
        for resource, minutes in sorted(resources.items())
    )


def _refuse_too_many_holds(address_hash: str, *, now: dt.datetime) -> None:
    if not address_hash:
        return
    if Hold.objects.live(now=now).filter(address_hash=address_hash).count() >= settings.CLINIC_HOLDS_PER_ADDRESS:
        raise TooMany
