"""Comparing the outbox with the diary and the plan: reminders that are missing, reminders the plan no longer has, digests."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bookings.intervals import from_minute, wall_minute
from bookings.models import Appointment, Message
from bookings.models.appointments import Status
from bookings.outbox.intents import intend_reminders
from bookings.outbox.plan import Plan, Step, reminders_of
from treatments.models import Treatment

# How many visits one round mends of each step; the next round mends the rest.
MOST_MENDED = 500
NOT_PLANNED = "no step of the plan any more"
LOOK_AHEAD = dt.timedelta(days=14)
# A clinician hears in the evening what the next day brings; from noon on the row can be written.
DIGEST_FROM, DIGEST_AT = dt.time(12), 18 * 60


def reconcile(*, now: dt.datetime) -> int:
    """Write reminders that booked visits lack, as after an import, a restored backup or a new plan; returns how many rows.

    Confirmations are not made up afterwards: a visit may have been booked without one on purpose.
    """
    plan, written = Plan(), 0
    for treatment in Treatment.objects.order_by("pk"):
        steps = plan.steps(treatment)
        for step in steps:
            for appointment in _without(step, treatment, now=now):
                if any(each.step == step for each in reminders_of(appointment, steps, now=now)):
                    written += _mend(appointment, now=now)
    return written


def replan(treatment: Treatment | None, *, now: dt.datetime) -> int:
    """Make the unsent reminders of a treatment (None: of all) those of its plan; returns how many were withdrawn.

    A step that was taken out and put back is due again. What was never written is written by the next round of `reconcile`.
    """
    plan, withdrawn = Plan(), 0
    chosen = Treatment.objects.filter(pk=treatment.pk) if treatment else Treatment.objects.all()
    for each in chosen:
        ahead = Message.objects.filter(kind=Message.Kind.REMINDER, appointment__treatment=each, due_at__gt=now)
        kept = _of(plan.steps(each))
        unsent = ahead.filter(state=Message.State.DUE)
        withdrawn += unsent.exclude(kept).update(state=Message.State.VOID, last_error=NOT_PLANNED)
        put_back = ahead.filter(kept, state=Message.State.VOID, last_error=NOT_PLANNED)
        still = put_back.filter(revision=F("appointment__revision"), appointment__status=Status.BOOKED)
        still.update(state=Message.State.DUE, last_error="")
    return withdrawn


def _of(steps: list[Step]) -> Q:
    """The reminders of these steps, each by its ways."""
    kept = Q(pk__in=[])
    for step in steps:
        ways = [way for way in Message.Channel.values if step.goes_by(way)]
        kept |= Q(intent__contains=f"/reminder/{step.name}/", channel__in=ways)
    return kept


def _mend(appointment: Appointment, *, now: dt.datetime) -> int:
    said = Message.objects.filter(
        appointment=appointment, kind=Message.Kind.REMINDER, revision=appointment.revision
    ).values_list("intent", flat=True)
    try:
        with transaction.atomic():
            return len(intend_reminders(appointment, now=now, but={intent.split("/")[2] for intent in said}))
    except IntegrityError:  # somebody else wrote it this moment
        return 0


def _without(step: Step, treatment: Treatment, *, now: dt.datetime) -> QuerySet[Appointment]:
    """Booked visits that can still be reminded by this step and never were in this revision, the next ones first."""
    written = Message.objects.filter(
        appointment=OuterRef("pk"),
        revision=OuterRef("revision"),
        kind=Message.Kind.REMINDER,
        intent__contains=f"/reminder/{step.name}/",
    )
    # A reminder is due at most a day and some hours before or after this many times 24 hours.
    soonest = now + dt.timedelta(days=step.days) - dt.timedelta(hours=13)
    # What is due later than in two weeks is looked at when it comes nearer.
    latest = now + dt.timedelta(days=step.days) + LOOK_AHEAD
    ahead = Appointment.objects.filter(_reachable(), treatment=treatment, status=Status.BOOKED, held_since=None)
    ahead = ahead.starting_in(soonest, latest)
    rows = ahead.filter(~Exists(written)).select_related("patient", "location", "treatment")
    return rows.order_by("start", "pk")[:MOST_MENDED]


def _reachable() -> Q:
    reachable = Q(patient__email_refused_at=None, patient__reminders_off_at=None) & ~Q(patient__email="")
    if settings.CLINIC_SMS_URL:
        by_text = Q(patient__sms_consent_at__isnull=False, patient__sms_stopped_at=None) & ~Q(patient__phone="")
        reachable |= by_text
    return reachable


def intend_digests(*, now: dt.datetime) -> int:
    """Write tomorrow's digest for each clinician who signs in and has visits then; returns how many rows. Once for each day."""
    days = _days_ahead(now=now)
    intents = {f"digest/{user}/{date}/email": (user, date, first) for (user, date), first in days.items()}
    known = set(Message.objects.filter(intent__in=intents).values_list("intent", flat=True))
    return sum(_digest(intent, *told, now=now) for intent, told in intents.items() if intent not in known)


def _days_ahead(*, now: dt.datetime) -> dict[tuple[int, dt.date], Appointment]:
    """Return by user and local date the first visit of tomorrow, where it is past noon today."""
    ahead = Appointment.objects.expected().starting_in(now, now + dt.timedelta(days=2))
    mine = ahead.filter(clinician__user__is_active=True).select_related("location", "clinician").order_by("start", "pk")
    found: dict[tuple[int, dt.date], Appointment] = {}
    for visit in mine:
        local = now.astimezone(visit.location.zone)
        tomorrow = local.date() + dt.timedelta(days=1)
        if local.time() >= DIGEST_FROM and visit.local_start.date() == tomorrow:
            found.setdefault((visit.clinician.user_id, tomorrow), visit)
    return found


def _digest(intent: str, user: int, date: dt.date, first: Appointment, *, now: dt.datetime) -> int:
    evening = from_minute(wall_minute(date - dt.timedelta(days=1), DIGEST_AT, first.location.zone))
    values: dict[str, Any] = {
        "kind": Message.Kind.DIGEST,
        "channel": Message.Channel.EMAIL,
        "user_id": user,
        "created_at": now,
        "due_at": max(evening, now),
        "useful_until": first.start,
    }
    _row, is_new = Message.objects.get_or_create(intent=intent, defaults=values)
    return int(is_new)
