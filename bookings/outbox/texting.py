"""How many text messages one phone gets from us: no more than one a day and three in seven days of what we start ourselves.

The US health-care exemption for texts without a fee (47 CFR 64.1200(a)(9)(iv)) sets these numbers; the soonest visits win.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from bookings.models import Appointment, Message
from bookings.outbox.intents import OURS_TO_START

A_DAY, A_WEEK = 1, 3
WEEK = dt.timedelta(days=7)
State = Message.State


def may_text(message: Message, *, now: dt.datetime) -> bool:
    """Whether this text may go now to its phone; two statements. Raises nothing: without an appointment it may.

    It yields to what went out already, and to texts for sooner visits that still wait or are with a sender this moment.
    """
    appointment = message.appointment
    if appointment is None:
        return True
    others = _texts_beside(message, appointment)
    gone = others.filter(sent_at__gt=now - WEEK).values_list("sent_at", flat=True)
    sooner = others.filter(_waits(now), _is_sooner(message, appointment)).values_list("due_at", flat=True)
    times = [*(at for at in gone if at), *(max(due, now) for due in sooner)]
    today = now.astimezone(appointment.location.zone).date()
    on_this_day = sum(time.astimezone(appointment.location.zone).date() == today for time in times)
    return on_this_day < A_DAY and _busiest_week(times, now=now) < A_WEEK


def _texts_beside(message: Message, appointment: Appointment) -> QuerySet[Message]:
    """The other texts we start to this phone, whoever's: a family may share one."""
    rows = Message.objects.filter(
        channel=Message.Channel.SMS,
        kind__in=OURS_TO_START,
        patient__phone=appointment.patient.phone,
    )
    return rows.exclude(pk=message.pk)


def _waits(now: dt.datetime) -> Q:
    """Still to go within seven days. What a sender holds counts too: of two in one batch, only the later visit's yields."""
    unsent = Q(state__in=[State.DUE, State.SENDING], due_at__lt=now + WEEK)
    return unsent & (Q(useful_until=None) | Q(useful_until__gt=now))


def _is_sooner(message: Message, appointment: Appointment) -> Q:
    start = appointment.start
    return Q(appointment__start__lt=start) | Q(appointment__start=start, pk__lt=message.pk)


def _busiest_week(times: Iterable[dt.datetime], *, now: dt.datetime) -> int:
    """Return how many of these fall at most into any seven days of which now is one moment."""
    begins = [time for time in times if time <= now] + [now]
    return max(sum(begin <= time < begin + WEEK for time in times) for begin in begins)
