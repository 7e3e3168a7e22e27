"""The messenger on one page: is it alive, what waits, what failed; paused and released, and what it calls itself."""

import datetime as dt
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from bookings import health, outbox
from bookings.desk.visit import duration
from bookings.forms.messenger import NameForm, PauseForm
from bookings.models import Appointment, Message, Messenger, Tick

A_DAY, A_WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
ENDED_BADLY = (Message.State.FAILED, Message.State.DEAD)
MOST_DEEDS = 8


class Failures(NamedTuple):
    """How often a kind of message did not arrive, by one way."""

    kind: str
    channel: str
    state: str
    day: int
    week: int


class Waiting(NamedTuple):
    """What is still to be sent by one way."""

    channel: str
    due: int
    later: int


@require_safe
def messenger(request):
    """Show how the messenger is. A form that was refused shows itself again by its own view."""
    _require(request, "bookings.view_message")
    return _page(request, now=timezone.now())


@require_POST
def pause(request):
    _require(request, "bookings.change_messenger")
    now, form = timezone.now(), PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, now=now, pause_form=form)
    if outbox.is_paused():
        messages.info(request, _("Messages were paused already."))
        return redirect("admin:messenger")
    outbox.pause(form.cleaned_data["reason"], user=request.user, now=now)
    _note(request, _("Paused: %(reason)s") % form.cleaned_data)
    messages.success(request, _("Paused: nothing is sent until somebody releases it."))
    return redirect("admin:messenger")


@require_POST
def release(request):
    """Let messages go again, also where only the mail server has shut us out: then it is asked at once."""
    _require(request, "bookings.change_messenger")
    try:
        outbox.release(user=request.user, now=timezone.now())
    except outbox.Rehearsing as error:
        messages.error(request, str(error))
        return redirect("admin:messenger")
    _note(request, _("Released"))
    messages.success(request, _("Released: what is due and still of use goes out, oldest first."))
    return redirect("admin:messenger")


@require_POST
def rename(request):
    _require(request, "bookings.change_messenger")
    form = NameForm(request.POST, instance=Messenger.kept())
    if not form.is_valid():
        return _page(request, now=timezone.now(), name_form=form)
    Messenger.objects.filter(pk=Messenger.ONLY).update(neutral_name=form.cleaned_data["neutral_name"])
    said = _("Messages come from “%(name)s” now.") % {"name": Messenger.current().name}
    _note(request, said)
    messages.success(request, said)
    return redirect("admin:messenger")


def troubles(*, now: dt.datetime) -> list[str]:
    """Say what keeps messages from going out, in a line each; nothing while all is well. Two statements."""
    row = Messenger.current()
    oldest = Message.objects.unsent().filter(due_at__lte=now).aggregate(first=Min("due_at"))["first"]
    found = []
    if row.paused_at is not None:
        found.append(_("Messages are paused: %(reason)s") % {"reason": row.pause_reason})
    if row.shut_until is not None:
        found.append(_("The mail server refuses all our messages."))
    if oldest is not None and now - oldest > health.LATE_AFTER:
        found.append(_("A message waits for %(long)s.") % {"long": _long(now - oldest)})
    return found


# --- The page -------------------------------------------------------------------------------------------------------


def _require(request, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _note(request, said: str) -> None:
    """Write down who did it, in the admin's own log."""
    LogEntry.objects.log_actions(request.user.pk, [Messenger.kept()], CHANGE, change_message=said, single_object=True)


def _deeds():
    """Return what was done here, the newest first."""
    rows = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Messenger)).select_related("user")
    return rows.order_by("-action_time", "-pk")[:MOST_DEEDS]


def _page(request, *, now: dt.datetime, pause_form: PauseForm | None = None, name_form: NameForm | None = None):
    row = Messenger.objects.select_related("paused_by").filter(pk=Messenger.ONLY).first() or Messenger(pk=1)
    oldest = Message.objects.unsent().filter(due_at__lte=now).aggregate(first=Min("due_at"))["first"]
    tick = Tick.objects.filter(name="tick").values_list("at", flat=True).first()
    outlook = outbox.state(now=now)
    context = {
        "title": _("Messages"),
        "row": row,
        "now": now,
        "oldest": _long(now - oldest) if oldest else "",
        "is_late": oldest is not None and now - oldest > health.LATE_AFTER,
        "ticked": _long(now - tick) if tick else "",
        "tick_is_late": tick is None or now - tick > health.TICK_LATE_AFTER,
        "broker_answers": health.broker_answers(),
        "outlook": outlook,
        "if_released": _if_released(outlook),
        "waiting": _waiting(now=now),
        "held": outbox.count_held(Appointment.objects.filter(start__gt=now)),
        "failures": _failures(now=now),
        "form": pause_form or name_form,
        "pause_form": pause_form or PauseForm(),
        "name_form": name_form or NameForm(instance=row),
        "usual_name": settings.CLINIC_NEUTRAL_NAME,
        "deeds": _deeds(),
        "may_change": request.user.has_perm("bookings.change_messenger"),
    }
    return TemplateResponse(request, "admin/messenger.html", admin.site.each_context(request) | context)


def _waiting(*, now: dt.datetime) -> list[Waiting]:
    due, later = Q(due_at__lte=now), Q(due_at__gt=now)
    rows = Message.objects.unsent().order_by().values("channel")
    counted = {row["channel"]: row for row in rows.annotate(due=Count("pk", due), later=Count("pk", later))}
    nothing = {"due": 0, "later": 0}
    found = [(label, counted.get(value, nothing)) for value, label in Message.Channel.choices]
    return [Waiting(label, row["due"], row["later"]) for label, row in found]


def _failures(*, now: dt.datetime) -> list[Failures]:
    """Return what did not arrive in the last seven days, the most frequent first."""
    rows = Message.objects.filter(state__in=ENDED_BADLY, failed_at__gt=now - A_WEEK).order_by()
    counted = rows.values_list("kind", "channel", "state").annotate(
        day=Count("pk", Q(failed_at__gt=now - A_DAY)), week=Count("pk")
    )
    labels = [dict(Message.Kind.choices), dict(Message.Channel.choices), dict(Message.State.choices)]
    found = [Failures(*(labels[place][row[place]] for place in range(3)), *row[3:]) for row in counted]
    return sorted(found, key=lambda each: (-each.week, str(each.kind), str(each.channel)))


def _if_released(outlook: Any) -> list[str]:
    """Say what a release would do this moment."""
    if not outlook.due and not outlook.too_late:
        return [_("Nothing waits: no message would go out at once.")]
    said = [
        ngettext(
            "%(count)s message would go out, oldest first.",
            "%(count)s messages would go out, oldest first.",
            outlook.due,
        )
        % {"count": outlook.due}
    ]
    most = settings.CLINIC_MESSAGES_PER_MINUTE
    if most and outlook.due > most:
        said.append(_("No more than %(most)s go in a minute.") % {"most": most})
    if outlook.too_late:
        said.append(
            ngettext(
                "%(count)s comes too late to be of use and would be withdrawn.",
                "%(count)s come too late to be of use and would be withdrawn.",
                outlook.too_late,
            )
            % {"count": outlook.too_late}
        )
    return said


def _long(time: dt.timedelta) -> str:
    return duration(int(time.total_seconds()) // 60)
