"""What a clinician tells the desk: a message about a visit or about the day, and that they run late."""

import datetime as dt
from typing import NamedTuple

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings import access, outbox, scheduling
from bookings.forms.clinician import USUAL_MINUTES, LateForm, NoteForm
from bookings.models import Appointment, Delay, ExtraHours, WorkingHours
from bookings.scheduling.refusals import diary_transaction
from bookings.views.clinician_deeds import METHODS, about_own_visit, to_day
from bookings.views.clinician_pages import page
from bookings.views.own_clinician import clinician_of, for_clinicians
from treatments.models import Clinician, Location
from treatments.templatetags.hours import clock

# --- A message ------------------------------------------------------------------------------------------------------


@about_own_visit
def note(request, visit, *, now):
    """Leave a message about a visit."""
    return _note(request, visit, now=now)


@for_clinicians
@require_http_methods(METHODS)
def day_note(request):
    """Leave a message about the day."""
    return _note(request, None, now=timezone.now())


def _note(request, visit: Appointment | None, *, now):
    form = NoteForm(request.POST if request.method == "POST" else None)
    token = request.POST.get("form_token", "")
    if form.is_bound and form.is_valid():
        by = scheduling.By.staff(request.user)
        try:
            scheduling.tell_desk(clinician_of(request), **form.cleaned_data, appointment=visit, by=by, now=now)
        except scheduling.Refused as refusal:  # of a form that has said something else it is sent anew
            form.add_error(None, str(refusal.message))
            token = ""
        else:
            messages.success(request, _("The desk has your message."))
            return to_day(visit, now=now) if visit else redirect("schedule")
    context = {"form": form, "form_token": token or NoteForm.new_token()}
    if visit is None:
        return render(request, "bookings/schedule/note.html", context)
    return page(request, "note", visit, **context, now=now)


# --- Running late ---------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a clinician is today, how late they said they are there, and whom a delay concerns."""

    location: Location
    minutes: int
    visits: list[tuple[Appointment, bool]]  # whether we can write to them


@for_clinicians
@require_http_methods(METHODS)
def late(request):
    """Say how late one runs, or that one is on time again; shows first whom it reaches."""
    now, clinician = timezone.now(), clinician_of(request)
    places = places_today(clinician, now=now)
    form = LateForm(request.POST if request.method == "POST" else None, places=places)
    if form.is_bound and form.is_valid():
        try:
            return _say(request, clinician, **form.cleaned_data, now=now)
        except scheduling.Refused as refusal:
            form.add_error(None, str(refusal.message))
    return _late_page(request, clinician, places, form, now=now)


def places_today(clinician: Clinician, *, now: dt.datetime) -> QuerySet[Location]:
    """Return the locations where the clinician has visits or hours today."""
    today = timezone.localdate(now)
    valid = Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_until=None) | Q(valid_until__gte=today)
    weekly = WorkingHours.objects.filter(*valid, resource__clinician=clinician, weekday=today.weekday())
    extra = ExtraHours.objects.filter(resource__clinician=clinician, date=today)
    visits = clinician.appointments.keeping_time().on_dates(today)
    return Location.objects.filter(Q(pk__in=_place(weekly)) | Q(pk__in=_place(extra)) | Q(pk__in=_place(visits)))


def _place(rows: QuerySet) -> QuerySet:
    return rows.order_by().values("location")


def _say(request, clinician, *, location: Location, minutes: int, notify: bool, now):
    """Write it down, and say how many hear of it. Whom nobody can write to, the desk is asked to phone in the same step."""
    by = scheduling.By.staff(request.user)
    with diary_transaction():
        said = scheduling.run_late_once(clinician, location, minutes, by=by, now=now, notify=notify)
        unheard = said.not_told if said and notify else []
        if said and unheard:
            _ask_to_phone(clinician, said.delay, unheard, by=by, now=now)
    if said:
        _tell_whom(request, said, unheard, now=now)
    words = _("You run %(minutes)s minutes late.") if minutes else _("You are on time again.")
    messages.success(request, words % {"minutes": minutes})
    return redirect("schedule")


def _ask_to_phone(clinician, delay: Delay, visits: list[Appointment], *, by, now) -> None:
    """Leave the desk the visits to phone about, by time: their names stand on its board."""
    times = ", ".join(clock(visit.local_start) for visit in visits[:20])
    words = _("Running %(minutes)s minutes late. Please phone, because we cannot write to them: %(times)s.")
    words %= {"minutes": delay.minutes, "times": times}
    scheduling.tell_desk(clinician, words, by=by, now=now, form_token=scheduling.phoning_token(delay))


def _tell_whom(request, said: scheduling.Lateness, unheard: list[Appointment], *, now) -> None:
    if said.told:
        at = clock(outbox.notice_due(now).astimezone(said.delay.location.zone))
        told = ngettext("%(n)s patient hears of it at %(at)s.", "%(n)s patients hear of it at %(at)s.", len(said.told))
        messages.success(request, told % {"n": len(said.told), "at": at})
    if unheard:
        words = ngettext(
            "%(n)s patient cannot be written to: the desk is asked to phone.",
            "%(n)s patients cannot be written to: the desk is asked to phone.",
            len(unheard),
        )
        messages.warning(request, words % {"n": len(unheard)})


def _late_page(request, clinician, places: QuerySet[Location], form: LateForm, *, now):
    shown = [_concerned(clinician, location, now=now) for location in places]
    access.shows_patients(request, [visit.patient_id for place in shown for visit, _reachable in place.visits])
    is_late = any(place.minutes for place in shown)
    context = {"places": shown, "is_late": is_late, "form": form, "often": USUAL_MINUTES}
    return render(request, "bookings/schedule/late.html", context)


def _concerned(clinician: Clinician, location: Location, *, now) -> Place:
    today = now.astimezone(location.zone).date()
    visits = scheduling.late_audience(clinician, location, now=now)
    minutes = scheduling.delays_of(location, today).get(clinician.pk, 0)
    return Place(location, minutes, [(visit, outbox.can_tell(visit)) for visit in visits])
