"""What patients, the system and colleagues did since this person last looked. One's own deeds are no news."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bookings import access
from bookings.desk import news
from bookings.desk.news import News
from bookings.models import AppointmentEvent, CallbackRequest, LastLook, Message, PossibleMatch
from bookings.models.appointments import FREES_THE_TIME
from bookings.worklists import Worklist, lists_of, waiting
from bookings.worklists.counting import numbers_of

MOST_ROWS = 50  # of each kind
# A change that was under way while the page was made carries an earlier time: rather shown twice than never.
UNDER_WAY = dt.timedelta(seconds=10)


class Kind(NamedTuple):
    """One kind of news. `rows`: what happened after an instant and was not done by this user, newest first."""

    name: str
    title: Any
    permission: str
    rows: Callable[[Any, Any], QuerySet]
    tell: Callable[[list], list[News]]


class Group(NamedTuple):
    kind: Kind
    number: int
    rows: list[News]

    @property
    def more(self) -> int:
        return self.number - len(self.rows)


@require_http_methods(["GET", "HEAD", "POST"])
def since(request):
    """Show the news. "I have seen these" moves the look to the moment its page was made; a GET changes nothing."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    if request.method == "POST":
        return _seen(request, now=now)
    look = look_of(request.user, now=now)
    groups = _groups(request.user, look)
    access.shows_patients(request, {pk for group in groups for row in group.rows for pk in row.patients})
    context = {
        "title": _("Since you last looked"),
        "look": look,
        "now": now,
        "groups": groups,
        "worklists": waiting(request.user, now=now),
    }
    return TemplateResponse(request, "admin/since.html", admin.site.each_context(request) | context)


def unseen(user, *, now: dt.datetime) -> list[QuerySet]:
    """Return what is new to this user, a queryset for each kind: for counting, so that the look is asked in the same statement."""
    at = LastLook.objects.filter(user=user).values("at")[:1]
    look = Coalesce(Subquery(at), Value(_start_of_yesterday(now)), output_field=DateTimeField())
    return [kind.rows(look, user) for kind in _kinds(user)]


def waiting_and_new(user, *, now: dt.datetime) -> tuple[list[tuple[Worklist, int]], int]:
    """Return the worklists with their numbers, as `worklists.waiting`, and how much is new: one statement for all of them."""
    lists = lists_of(user)
    numbers = numbers_of([*(each.rows(now) for each in lists), *unseen(user, now=now)])
    return list(zip(lists, numbers[: len(lists)], strict=True)), sum(numbers[len(lists) :])


def look_of(user, *, now: dt.datetime) -> dt.datetime:
    """Return up to when this user has seen what happened; who never looked sees from the start of yesterday on."""
    at = LastLook.objects.filter(user=user).values_list("at", flat=True).first()
    return at or _start_of_yesterday(now)


def _start_of_yesterday(now: dt.datetime) -> dt.datetime:
    today = timezone.localtime(now)
    midnight = dt.datetime.combine(today.date() - dt.timedelta(days=1), dt.time(0))
    return timezone.make_aware(midnight, today.tzinfo)


def _seen(request, *, now: dt.datetime):
    """Move the look on: never into the future, and never back, whatever an old page says."""
    until = _instant(request.POST.get("until", ""))
    if until is not None:
        until = max(min(until, now) - UNDER_WAY, look_of(request.user, now=now))
        _row, made = LastLook.objects.get_or_create(user=request.user, defaults={"at": until})
        if not made:
            LastLook.objects.filter(user=request.user, at__lt=until).update(at=until)
        messages.success(request, _("Seen. What happens from now on is shown next time."))
    return redirect("admin:since")


def _instant(typed: str) -> dt.datetime | None:
    try:
        instant = parse_datetime(typed)
    except ValueError:
        return None
    return instant if instant is not None and timezone.is_aware(instant) else None


def _kinds(user) -> list[Kind]:
    return [kind for kind in KINDS if user.has_perm(kind.permission)]


def _groups(user, look: dt.datetime) -> list[Group]:
    kinds = _kinds(user)
    numbers = numbers_of([kind.rows(look, user) for kind in kinds])
    found = zip(kinds, numbers, strict=True)
    return [Group(kind, number, kind.tell(list(kind.rows(look, user)[:MOST_ROWS]))) for kind, number in found if number]


# --- The kinds ------------------------------------------------------------------------------------------------------


def _events(name: str, title: Any, which: Q, tell: Callable[[list], list[News]]) -> Kind:
    about = [f"appointment__{part}" for part in ("patient", "treatment", "clinician", "location")]

    def rows(look: dt.datetime, user) -> QuerySet[AppointmentEvent]:
        found = AppointmentEvent.objects.filter(which, at__gt=look).exclude(user=user)
        return found.select_related("user", *about).order_by("-at", "-pk")

    return Kind(name, title, "bookings.change_appointment", rows, tell)


def _lost(look: dt.datetime, user) -> QuerySet[Message]:
    about = [f"appointment__{part}" for part in ("patient", "treatment", "clinician", "location")]
    lost = [Message.State.FAILED, Message.State.DEAD]
    found = Message.objects.filter(state__in=lost, failed_at__gt=look, appointment__isnull=False)
    return found.select_related(*about).order_by("-failed_at", "-pk")


def _alike(look: dt.datetime, user) -> QuerySet[PossibleMatch]:
    found = PossibleMatch.objects.filter(decision="", created_at__gt=look)
    return found.select_related("patient", "known").order_by("-created_at", "-pk")


def _calls(look: dt.datetime, user) -> QuerySet[CallbackRequest]:
    found = CallbackRequest.objects.filter(done_at=None, created_at__gt=look)
    return found.select_related("location").order_by("-created_at", "-pk")


MOVED = Q(verb__in=["move", "offer"]) | Q(verb="undo", detail__has_key="was")
BACK = Q(verb="undo", status_before__in=FREES_THE_TIME)

KINDS = (
    _events("requested", _("Requested"), Q(verb="request"), news.of_visits),
    _events("booked", _("Booked"), Q(verb__in=["book", "accept"]), news.of_visits),
    _events("moved", _("Moved"), MOVED, news.of_moves),
    _events("cancelled", _("Canceled"), Q(verb__in=["cancel", "decline"]), news.of_ends),
    _events("back", _("Not canceled after all"), BACK, news.of_visits),
    Kind("lost", _("Not delivered"), "bookings.change_appointment", _lost, news.of_messages),
    Kind("calls", _("Asked for a call"), "bookings.change_callbackrequest", _calls, news.of_calls),
    Kind("matches", _("Possible matches"), "bookings.change_possiblematch", _alike, news.of_matches),
)
