"""The last page, and the one to keep: check your answers, confirm, and what happens next."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bookings import ical, limits, scheduling
from bookings.models import Appointment
from bookings.models.appointments import Status
from bookings.views.draft import booked_with, last_booked
from bookings.views.steps import lose_time, show, step, too_many
from treatments.rendering import render as render_prose


@step("book-check")
def check(request, draft):
    token = draft.form_token()
    if request.method != "POST":
        return show(request, draft, "check", at="book-check", token=token)
    if booked_with(request, request.POST.get("form_token", "")):
        return redirect("book-done")
    if request.POST.get("form_token") != token:
        # A page of before: the answers have changed since, so that nobody confirms what they do not see.
        messages.info(request, _("Your answers have changed since that page was opened. Please check them once more."))
        return show(request, draft, "check", at="book-check", token=token)
    if _is_too_much(request, draft):
        return too_many(request, draft)
    return _book(request, draft, token)


def _book(request, draft, token):
    time = draft.chosen["time"]
    draft.patient.language = (get_language() or "en")[:2]
    try:
        appointment = scheduling.book(
            time.slot(draft.treatment),
            patient=draft.patient,
            by=scheduling.By.patient(),
            now=draft.now,
            source=Appointment.Source.WEB,
            reason=draft.answers["about"]["reason"],
            article=draft.article,
            treatment_wanted=draft.wanted if draft.consultation_first else None,
            form_token=token,
            form_digest=draft.digest,
            session_key=draft.holder,
        )
    except (scheduling.Taken, scheduling.NotOffered) as refusal:
        return lose_time(draft, time.start, refusal)
    except scheduling.TooMany:
        return too_many(request, draft)
    except scheduling.Refused as refusal:
        messages.error(request, refusal.message)
        draft.keep(token=None, token_for=None)
        return redirect("book-check")
    for scope, key, _limit in _limits(request, draft):
        limits.count(scope, key, now=draft.now)
    draft.finish(appointment)
    return redirect("book-done")


def _limits(request, draft):
    """What counts bookings, and how many an hour may have."""
    return [
        ("book-session", draft.holder, settings.CLINIC_BOOKINGS_PER_SESSION_HOUR),
        ("book-address", limits.address_hash(request), settings.CLINIC_BOOKINGS_PER_ADDRESS_HOUR),
    ]


def _is_too_much(request, draft) -> bool:
    if limits.contact_is_full(draft.patient, now=draft.now):
        return True
    return any(limits.too_many(scope, key, limit=limit, now=draft.now) for scope, key, limit in _limits(request, draft))


@require_safe
def done(request):
    """The confirmation. It may be reloaded for as long as the session lasts."""
    appointment = last_booked(request)
    if appointment is None:
        messages.info(
            request, _("We cannot show a booking here any more. If you made one, it is safe. Not sure? Call us.")
        )
        return redirect("book-signs")
    treatment = appointment.treatment
    context = {
        "appointment": appointment,
        "reachable": appointment.patient.reachable,
        "preparation": render_prose(treatment.preparation).html,
        "requested": appointment.status == Status.REQUESTED,
    }
    return render(request, "bookings/book/done.html", context)


@require_safe
def calendar(request):
    """The visit as a calendar file, for the session that booked it."""
    appointment = last_booked(request)
    if appointment is None:
        return redirect("book-signs")
    response = HttpResponse(
        ical.published(appointment, now=timezone.now()), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{ical.FILE_NAME}"'
    return response
